"""A reporting triangle: how many of each reference period's events were first reported with each delay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError

__all__ = ["MAX_DELAY", "Days", "Floats", "Triangle"]

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: delays counted where nobody says how many, in steps
MAX_DELAY = 40


@dataclass(frozen=True)
class Triangle:
    """Incident counts by reference period and delay; a later report adds, or takes away where it corrects.

    Args:
        reference: first day of each reference period, evenly spaced by `step` days, shape (R,).
        counts: newly reported events, shape (R, D + 1); column d holds the reports that came d steps after the
            period; NaN where nothing is known, as for days that have not come.
        step: days between periods and between delays: 1 or 7.
        group: what the triangle is of, as location and age group.
        said: what a person must know of how it was read.
        ends_after: days from the reference day to the one from which delays count: 6 where a week is named by its first
            day and delays count from its last.
    """

    reference: Days
    counts: Floats
    step: int = 1
    group: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    ends_after: int = 0

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or len(self.reference) != len(self.counts) or self.counts.shape[1] < 2:
            raise ValueError(f"a triangle is reference periods by delays, at least 0 and 1, not {self.counts.shape}")
        if self.step not in (1, 7):
            raise ValueError(f"a triangle steps by 1 day or by 7, not by {self.step}")
        days = self.reference.astype("datetime64[D]").astype(np.int64)
        if len(days) > 1 and not (np.diff(days) == self.step).all():
            raise ValueError("reference periods must follow each other without a gap")

    @property
    def max_delay(self) -> int:
        """Largest delay that is counted, in steps."""
        return int(self.counts.shape[1]) - 1

    @property
    def last_report(self) -> dt.date:
        """Last day of which a report is known, even of nothing."""
        rows, delays = np.nonzero(~np.isnan(self.counts))
        steps = int((rows + delays).max(initial=0))
        first: dt.date = self.reference[0].astype("datetime64[D]").astype(dt.date)
        return first + dt.timedelta(steps * self.step + self.ends_after)

    @classmethod
    def from_cumulative(cls, reference: Days, cumulative: Floats, *, step: int = 1, **more: Any) -> Triangle:
        """Make a triangle of counts as they stood: column d is the total known d steps after the period.

        A total that is not known between two that are takes the earlier one's place: what came since counts at the
        later day. Totals may fall; the fall is kept as a negative count and settled when a nowcast is made.
        """
        filled = cumulative.astype(np.float64, copy=True)
        known = ~np.isnan(filled)
        last = np.where(known.any(axis=1), filled.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
        for delay in range(filled.shape[1]):
            before = filled[:, delay - 1] if delay else np.zeros(len(filled))
            gap = np.isnan(filled[:, delay]) & (delay <= last)
            filled[gap, delay] = before[gap]
        return cls(reference, np.diff(filled, axis=1, prepend=0.0), step, **more)

    def known_on(self, as_of: dt.date) -> Triangle:
        """Return what was known at the end of `as_of`: no later period, no later report.

        Periods up to that day of which nothing was reported are added, empty.

        Raises:
            InputError: nothing was reported yet.
        """
        first = self.reference[0].astype("datetime64[D]").astype(dt.date)
        periods = ((as_of - first).days - self.ends_after) // self.step + 1
        if periods < 1:
            hint = f"Give a day from {first + dt.timedelta(self.step * 3 + self.ends_after)}."
            raise InputError(f"Nothing was reported by {as_of}: the first reference day is {first}.", hint=hint)
        more = max(0, periods - len(self.counts))
        kept = np.vstack([self.counts[:periods], np.zeros((more, self.counts.shape[1]))])
        age = periods - 1 - np.arange(periods)
        kept[np.arange(kept.shape[1])[None, :] > age[:, None]] = np.nan
        reference = self.reference[0] + np.arange(periods) * np.timedelta64(self.step, "D")
        return replace(self, reference=reference, counts=kept)

    def settled(self) -> tuple[Triangle, int]:
        """Return the triangle without negative counts, and how many cells were negative.

        A correction downward is taken from what was reported before it, the latest first, so that the period's total
        stays; a period whose total is negative becomes 0.
        """
        negative = self.counts < 0
        cells = int(negative.sum())
        if not cells:
            return self, 0
        counts = self.counts.copy()
        for row in np.flatnonzero(negative.any(axis=1)):
            owed = 0.0
            for delay in range(counts.shape[1] - 1, -1, -1):
                value = counts[row, delay]
                if np.isnan(value):
                    continue
                owed -= min(value, 0.0)
                value = max(value, 0.0)
                taken = min(owed, value)
                counts[row, delay] = value - taken
                owed -= taken
        return replace(self, counts=counts), cells
