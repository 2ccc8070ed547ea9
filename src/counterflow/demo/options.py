"""How large, how long, how dirty, how clever: the choices behind a training world, each with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from counterflow.core.errors import UsageError

__all__ = ["REHEARSAL_CAPACITY", "REHEARSAL_PREVALENCE", "SOURCE", "WorldOptions"]

#: the source name that every record of the training world is loaded under
SOURCE = "training-world"
FEWEST_RECORDS = 1_000
MOST_RECORDS = 1_000_000
_LONGEST_WEEKS = 520
#: lane to share of its records that hide something, in `counterflow demo`: three times the world's default, because
#: a rehearsal of twelve weeks must show finds, refutations and an interval that says something
REHEARSAL_PREVALENCE: Mapping[str, float] = {
    "mail": 0.030, "express": 0.018, "air": 0.009, "sea": 0.006, "rail": 0.006, "road": 0.012,
    "mail-out": 0.003, "express-out": 0.003, "road-out": 0.012,
}  # fmt: skip


#: share of records that its offices have minutes for, so that twelve weeks draw some five hundred records at random
REHEARSAL_CAPACITY = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldOptions:
    """What a training world is made from; the same options give the same bytes.

    Args:
        records: consignments over all weeks, 1,000 to 1,000,000.
        weeks: weeks of traffic.
        seed: seed of everything.
        start: first day; a Monday keeps weeks whole.
        prevalence: lane to share of its records that hide something; lanes left out keep that of
            `data/places.toml` (1 % of inbound mail, less elsewhere: high enough to learn from in a training
            year, and still so low that a random arm of ordinary size finds few).
        dirt_share: share of rows broken on purpose, 1 % by default: enough of each defect to see it in a
            small world.
        capacity_share: share of records that the offices have minutes to inspect; 8 % by default, more than
            in the field, so that a short training year has outcomes to learn from.
        crossings_per_record: vehicle crossings written for each consignment.
        sharpness: how hard schemes shift after a loss: the weight of a loss rate in their softmax; 0 never
            learns.
        curiosity: share of a scheme's choices made evenly over its options, so that it keeps trying.
        all_distinct: every description and party name written once only, for the worst case of a screening benchmark.

    Raises:
        UsageError: a number lies outside what the world can be made with.
    """

    records: int = 10_000
    weeks: int = 12
    seed: int = 3
    start: dt.date = dt.date(2026, 1, 5)
    prevalence: Mapping[str, float] = field(default_factory=dict)
    dirt_share: float = 0.01
    capacity_share: float = 0.08
    crossings_per_record: float = 0.25
    sharpness: float = 12.0
    curiosity: float = 0.05
    all_distinct: bool = False

    def __post_init__(self) -> None:
        if not FEWEST_RECORDS <= self.records <= MOST_RECORDS:
            raise UsageError(
                f"A training world has {FEWEST_RECORDS:,} to {MOST_RECORDS:,} records, not {self.records:,}."
            )
        if not 1 <= self.weeks <= _LONGEST_WEEKS:
            raise UsageError(f"A training world lasts 1 to {_LONGEST_WEEKS} weeks, not {self.weeks}.")
        if self.seed < 0:
            raise UsageError(f"A seed is a whole number from 0, not {self.seed}.")
        for name in ("dirt_share", "capacity_share", "curiosity"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is a share between 0 and 1, not {getattr(self, name)}.")
        if self.crossings_per_record < 0 or self.sharpness < 0:
            raise UsageError("crossings_per_record and sharpness are not negative.")
        if any(not 0 <= share < 1 for share in self.prevalence.values()):
            raise UsageError("A prevalence is a share of a lane's records, at least 0 and below 1.")

    def monday(self, week: int) -> dt.date:
        """Return the first day of `week`, counted from 0."""
        return self.start + dt.timedelta(weeks=week)

    def records_in(self, week: int) -> int:
        """Return how many consignments `week` brings; the weeks sum to `records`."""
        return self.records // self.weeks + (1 if week < self.records % self.weeks else 0)

    def crossings_in(self, week: int) -> int:
        """Return how many vehicles cross in `week`; may be none in a small world."""
        return round(self.records_in(week) * self.crossings_per_record)
