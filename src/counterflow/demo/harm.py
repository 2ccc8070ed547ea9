"""Weekly overdose events per area, reported late: the files of a reporting triangle.

Events of an area in a week are Poisson around a base with a season; drugs that got through the week before
lift it a little (weakly, as any real link is). Each event is reported 0 to 8 weeks later; a week's file holds
what was reported in that week, so the files together are the triangle. Counts only, by area; there are no
people in it. Two years before the first week are given too, as an office that begins to watch would load them.

One outbreak is planted, as truth to be found: towards the end, for three weeks, one area has many times its
usual events, as when a strong batch is sold.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places

__all__ = ["HISTORY_WEEKS", "HarmCounts"]

HARM = pa.schema([("area", pa.string()), ("week", pa.date32()), ("reported_week", pa.date32()), ("events", pa.int32())])
#: share of events reported 0, 1, 2 … weeks after they happened
REPORTING_DELAY = np.array([0.22, 0.28, 0.20, 0.12, 0.07, 0.05, 0.03, 0.02, 0.01])
#: lift of the weekly rate for one "usual week" of drug mass that got through, and the season's swing
_LINK, _SEASON = 0.12, 0.10
#: weeks before the first that are given as history
HISTORY_WEEKS = 104
#: how many times its usual events the area of the planted outbreak has, and for how many weeks
_OUTBREAK_TIMES, _OUTBREAK_WEEKS = 2.5, 3
OUTBREAK = pa.schema([("area", pa.string()), ("week", pa.date32()), ("times", pa.float64())])


class HarmCounts:
    """Counts events as weeks go by.

    Args:
        options: the world's options.
        places: areas with their weekly base.
        usual_kg: drug mass that a usual week lets through, over all areas.
    """

    def __init__(self, options: WorldOptions, places: Places, usual_kg: float) -> None:
        self._options = options
        self._areas = tuple(places.areas)
        self._base = np.array(list(places.areas.values()))
        self._usual = max(usual_kg, 1e-9) * self._base / self._base.sum()
        self._coming: dict[int, list[tuple[str, int, int]]] = {}
        self._outbreak = self._planted()
        for week in range(-HISTORY_WEEKS, 0):
            self._happen(week, np.zeros(len(self._areas)))

    @property
    def areas(self) -> tuple[str, ...]:
        """Names of the areas."""
        return self._areas

    def history(self) -> pa.Table:
        """Return what the weeks before the first reported (schema `HARM`)."""
        return pa.concat_tables([self._reported(week) for week in range(-HISTORY_WEEKS, 0)])

    def outbreak(self) -> pa.Table:
        """Return the truth: which area had how many times its usual events in which weeks; for scoring alone."""
        area, weeks = self._outbreak
        return pa.table(
            {
                "area": [self._areas[area]] * len(weeks),
                "week": [self._options.monday(week) for week in weeks],
                "times": [_OUTBREAK_TIMES] * len(weeks),
            },
            schema=OUTBREAK,
        )

    def week(self, week: int, undetected_kg: np.ndarray) -> pa.Table:
        """Return what `week` reports (schema `HARM`), given the drug mass in each area the week before."""
        self._happen(week, undetected_kg)
        return self._reported(week)

    def _planted(self) -> tuple[int, range]:
        """Choose the outbreak: an area that has events enough, in the last weeks but one."""
        rng = generator(self._options.seed, "world", "harm", "outbreak")
        area = int(rng.choice(len(self._areas), p=self._base / self._base.sum()))
        first = max(self._options.weeks - _OUTBREAK_WEEKS - 1, 0)
        return area, range(first, min(first + _OUTBREAK_WEEKS, self._options.weeks))

    def _happen(self, week: int, undetected_kg: np.ndarray) -> None:
        """Draw the events of `week` and when each will be reported."""
        rng = generator(self._options.seed, "world", "harm", week)
        season = 1 + _SEASON * math.sin(2 * math.pi * week / 52.0)
        rate = self._base * season * (1 + _LINK * np.minimum(undetected_kg / self._usual, 5.0))
        area, weeks = self._outbreak
        rate[area] *= _OUTBREAK_TIMES if week in weeks else 1.0
        for name, events in zip(self._areas, rng.poisson(rate).tolist(), strict=True):
            for delay, count in enumerate(rng.multinomial(events, REPORTING_DELAY / REPORTING_DELAY.sum()).tolist()):
                self._coming.setdefault(week + delay, []).append((name, week, count))

    def _reported(self, week: int) -> pa.Table:
        """Return, once, what `week` reports of itself and of weeks before it."""
        rows = sorted(self._coming.pop(week, []), key=lambda row: (row[1], row[0]))
        return pa.table(
            {
                "area": [area for area, _, _ in rows],
                "week": [self._options.monday(event) for _, event, _ in rows],
                "reported_week": [self._options.monday(week)] * len(rows),
                "events": [count for _, _, count in rows],
            },
            schema=HARM,
        )
