"""What a decision about a name rests on: the versions of lists, normaliser and score."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

__all__ = ["lists_in_words", "lists_of_words", "score_version"]


def lists_in_words(versions: Mapping[str, str]) -> str:
    """Return list versions as one text.

    >>> lists_in_words({"un": "9f", "ofac-sdn": "74"})
    'ofac-sdn@74; un@9f'
    """
    return "; ".join(f"{name}@{version}" for name, version in sorted(versions.items()))


def lists_of_words(text: str) -> dict[str, str]:
    """Return what `lists_in_words` wrote.

    >>> lists_of_words("ofac-sdn@74; un@9f")
    {'ofac-sdn': '74', 'un': '9f'}
    """
    return dict(part.rsplit("@", 1) for part in text.split("; ") if "@" in part)


@cache
def score_version() -> str:
    """Return the version of the score: its formula, its weights, and the statistics that say how rare words are."""
    from counterflow.matching.name_rarity import VERSION
    from counterflow.matching.name_score import Weights
    from counterflow.matching.name_score import __doc__ as formula

    return hashlib.sha256(repr((formula, Weights(), VERSION)).encode()).hexdigest()[:8]
