"""What a late-reported count will come to, with its doubt, beside what has been reported."""

from counterflow.watch.nowcast.default import Settings, nowcast
from counterflow.watch.nowcast.nowcasts import LEVELS, Nowcasts
from counterflow.watch.nowcast.triangle import Triangle

__all__ = ["LEVELS", "Nowcasts", "Settings", "Triangle", "nowcast"]
