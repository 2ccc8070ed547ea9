"""Where weeks come from: a history that replays itself, or a world that answers to what was inspected.

The loop asks for one week after the other and says each time what was inspected so far. A history gives the same weeks
whatever was done; a world with smugglers in it (the training world, which sits above this room) lets them move their
goods first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from counterflow.target.simulate.strategy import Past

if TYPE_CHECKING:
    from counterflow.target.simulate.world import World

__all__ = ["Source", "Truth", "Unfolding"]


@dataclass(frozen=True)
class Truth:
    """What was in the records of one run, for measuring alone.

    Args:
        week: week of each record, rising.
        label: 0 nothing to be found, k = class k.
        critical: for each label, 0 included, whether it is of the top tier.
        scheme: whether the record belongs to the scheme that is watched.
    """

    week: npt.NDArray[np.int16]
    label: npt.NDArray[np.int8]
    critical: npt.NDArray[np.bool_]
    scheme: npt.NDArray[np.bool_]

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return int(self.week[-1]) + 1 if len(self.week) else 0


class Unfolding(Protocol):
    """One run's own course of weeks."""

    @property
    def weeks(self) -> int:
        """Number of weeks that there will be."""

    def until(self, week: int, made: Past) -> World:
        """Return the records up to and including `week`, labels hidden in it, after the inspections `made`.

        Weeks are asked for in order, from 0. Records of earlier weeks keep their places and their codes.
        """

    @property
    def truth(self) -> Truth:
        """What was in the records so far."""


class Source(Protocol):
    """What strategies are compared on; each run begins it anew."""

    @property
    def weeks(self) -> int:
        """Number of weeks."""

    @property
    def first_day(self) -> dt.date:
        """First day of week 0."""

    @property
    def synthetic(self) -> bool:
        """Say whether nobody ever sent these records."""

    @property
    def said(self) -> tuple[str, ...]:
        """What a reader of the results must know about how it was made."""

    @property
    def about(self) -> str:
        """What must stand wherever a result does; empty for a file, whose words hang on `synthetic`."""

    def begin(self, seed: int) -> Unfolding:
        """Begin a run; the same seed gives every strategy the same beginning."""
