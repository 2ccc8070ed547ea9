"""What posts and carriers announced, by month: the count that coverage holds against what arrived.

More travels than is declared: each sender leaves a few items out altogether, so `expected` exceeds what is received.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places
from counterflow.demo.traffic import Draft

__all__ = ["Announcements"]

EXPECTED = pa.schema(
    [
        ("sender", pa.string()), ("departure", pa.string()), ("lane", pa.string()), ("period", pa.string()),
        ("expected", pa.int64()),
    ]
)  # fmt: skip


class Announcements:
    """Counts what travelled; `table` is what was announced up to now."""

    def __init__(self, options: WorldOptions, places: Places) -> None:
        self._places = places
        shape = (len(places.senders), len(places.all_countries), len(places.lanes))
        self._silent = generator(options.seed, "world", "announcements").beta(2.0, 30.0, shape)
        self._months: dict[str, np.ndarray] = {}

    def add(self, draft: Draft, monday: dt.date) -> None:
        """Count a week's consignments under the months of their declaration days."""
        home = len(self._places.countries)
        outbound = np.array([lane.direction == "outbound" for lane in self._places.lanes])[draft["lane"]]
        departure = np.where(outbound, home, draft["country"])
        months = [(monday + dt.timedelta(days=day)).strftime("%Y-%m") for day in range(7)]
        for month in sorted(set(months)):
            rows = np.isin(draft["day"], [day for day in range(7) if months[day] == month])
            counts = self._months.setdefault(month, np.zeros(self._silent.shape, np.int64))
            np.add.at(counts, (draft["sender"][rows], departure[rows], draft["lane"][rows]), 1)

    def table(self) -> pa.Table:
        """Return the announcements (schema `EXPECTED`), in order."""
        rows = []
        for month, counts in sorted(self._months.items()):
            announced = np.ceil(counts / (1.0 - self._silent)).astype(np.int64)
            for sender, country, lane in np.argwhere(counts).tolist():
                places = self._places
                names = (places.senders[sender], places.all_countries[country], places.lanes[lane].name)
                rows.append((*names, month, int(announced[sender, country, lane])))
        rows.sort()
        columns: list[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [()] * len(EXPECTED)
        return pa.table(
            [pa.array(column, field.type) for column, field in zip(columns, EXPECTED, strict=True)], EXPECTED
        )
