"""Open data: tables with small cells withheld, so that what is shown gives none of them away."""

from counterflow.account.publish.release import Ask, Release, hide_small, release

__all__ = ["Ask", "Release", "hide_small", "release"]
