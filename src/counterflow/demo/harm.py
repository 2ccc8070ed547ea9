"""Weekly overdose events per area, reported late: the files of a reporting triangle.

Events of an area in a week are Poisson around a base with a season; drugs that got through the week before
lift it a little (weakly, as any real link is). Each event is reported 0 to 8 weeks later; a week's file holds
what was reported in that week, so the files together are the triangle. Counts only, by area; there are no
people in it.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places

__all__ = ["HarmCounts"]

HARM = pa.schema([("area", pa.string()), ("week", pa.date32()), ("reported_week", pa.date32()), ("events", pa.int32())])
#: share of events reported 0, 1, 2 … weeks after they happened
REPORTING_DELAY = np.array([0.22, 0.28, 0.20, 0.12, 0.07, 0.05, 0.03, 0.02, 0.01])
#: lift of the weekly rate for one "usual week" of drug mass that got through, and the season's swing
_LINK, _SEASON = 0.12, 0.10


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

    @property
    def areas(self) -> tuple[str, ...]:
        """Names of the areas."""
        return self._areas

    def week(self, week: int, undetected_kg: np.ndarray) -> pa.Table:
        """Return what `week` reports (schema `HARM`), given the drug mass in each area the week before."""
        rng = generator(self._options.seed, "world", "harm", week)
        season = 1 + _SEASON * math.sin(2 * math.pi * week / 52.0)
        rate = self._base * season * (1 + _LINK * np.minimum(undetected_kg / self._usual, 5.0))
        for area, events in zip(self._areas, rng.poisson(rate).tolist(), strict=True):
            for delay, count in enumerate(rng.multinomial(events, REPORTING_DELAY / REPORTING_DELAY.sum()).tolist()):
                self._coming.setdefault(week + delay, []).append((area, week, count))
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
