"""What a strategy is in the weekly loop: it sees a week's records, chooses some, and later learns what those held.

A strategy sees everything that was declared up to and including its week, and of outcomes only those of records that
it chose itself and that are known by then. Labels of records that were not chosen do not exist for it. The loop
(`simulate.run`) keeps to that: it hands over prefixes of the history, never the hidden labels.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from counterflow.target.features.lines import Lines

__all__ = [
    "ARMS",
    "FOLLOWUP",
    "RANDOM",
    "TARGETED",
    "Chosen",
    "Floats",
    "Learner",
    "Past",
    "Places",
    "Scores",
    "Strategy",
    "WeekView",
]

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: arms of a choice: drawn by chance, following a hit up, by score
ARMS = ("random", "followup", "targeted")
RANDOM, FOLLOWUP, TARGETED = range(3)


@dataclass(frozen=True)
class WeekView:
    """What may be known when a week's inspections are chosen.

    Args:
        week: number of the week, 0 for the first week of the history.
        first_day: its first day.
        rows: the week's records, as places among all records so far, rising: the last ones of `lines`.
        lines: every record declared up to the end of this week (`row` is the place), in order of day. No labels.
        keys: (records so far, key columns) whole-number codes of text columns; -1 where empty. The same value has the
            same code in every week. Codes follow the alphabetical order of the values, as label encoding does; in a
            world that grows, values that are new in a week come behind the earlier ones.
        key_names: columns of `keys`; the last two, `hs4` and `hs2`, are heading and chapter of `hs`.
        numbers: (records so far, number columns) mass, value, price per kilogram and the like; NaN where empty.
        number_names: columns of `numbers`.
        week_of: week of each record so far.
        classes: harm classes; label k stands for `classes[k - 1]`, 0 for nothing found.
        critical: for each label, 0 included, whether it belongs to the top tier.
    """

    week: int
    first_day: dt.date
    rows: Places
    lines: Lines
    keys: npt.NDArray[np.int32]
    key_names: tuple[str, ...]
    numbers: Floats
    number_names: tuple[str, ...]
    week_of: npt.NDArray[np.int16]
    classes: tuple[str, ...]
    critical: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Chosen:
    """What a strategy chooses to inspect in a week.

    Args:
        rows: places of records of the week, each once, at most the budget.
        arm: for each, its place in `ARMS`.
        probability: for each, how probable its draw was in the random arm (0 < p <= 1); for records of other arms the
            probability with which the random arm would have drawn them, kept for weighting.
    """

    rows: Places
    arm: npt.NDArray[np.int8]
    probability: Floats


@dataclass(frozen=True)
class Past:
    """Inspections whose outcome is known, in order of the week in which they were chosen.

    Args:
        rows: places of the records.
        labels: 0 nothing found, k = class k.
        arm: place in `ARMS`.
        probability: as in `Chosen`.
        week: week in which each was chosen.
    """

    rows: Places
    labels: npt.NDArray[np.int8]
    arm: npt.NDArray[np.int8]
    probability: Floats
    week: npt.NDArray[np.int16]

    @classmethod
    def empty(cls) -> Past:
        """Return a past in which nothing was inspected."""
        return cls(
            np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, np.int8), np.empty(0), np.empty(0, np.int16)
        )

    def joined(self, later: Past) -> Past:
        """Return this past with a later one behind it."""
        return Past(
            *(
                np.concatenate([getattr(self, name), getattr(later, name)])
                for name in ("rows", "labels", "arm", "probability", "week")
            )
        )


@dataclass(frozen=True)
class Scores:
    """A learner's view of the week's records, aligned with `WeekView.rows`.

    Args:
        find: probability that an inspection finds anything.
        critical: probability that it finds a class of the top tier.
        rank: the order in which records are taken, greatest first.
    """

    find: Floats
    critical: Floats
    rank: Floats


class Learner(Protocol):
    """Learns from inspected records and scores a week."""

    def refit(self, week: WeekView, past: Past, seed: int) -> None:
        """Learn anew from the inspections in `past`; what `week.lines` shows unlabelled may be used too."""

    def score(self, week: WeekView, past: Past) -> Scores:
        """Score the week's records with the model of the last `refit`; rates by key may use all of `past`."""


class Strategy(Protocol):
    """Chooses a week's inspections."""

    name: str

    def choose(self, week: WeekView, budget: int, rng: np.random.Generator) -> Chosen:
        """Choose at most `budget` of `week.rows`. Chance comes from `rng` only."""

    def learn(self, week: WeekView, known: Past) -> None:
        """Take outcomes that became known since the last call; called before `choose` of the same week.

        The first calls bring the warm-up: weeks in which a share was drawn at random by the loop itself.
        """
