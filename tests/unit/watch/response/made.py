"""Made-up counts of counties and parts of one, judged by a plain rule: for tests of alarms on record."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from counterflow.core.clock import parse_instant
from counterflow.watch.alarms.judged import Judged
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.response import How, record

NOW = "2026-11-23T10:00:00Z"
PERIODS = 80
HOW = How("Shewhart (1931)", {"sd": 3})


class Clock:
    """A clock that a test moves."""

    def __init__(self, now=NOW):
        self.now = parse_instant(now)

    def __call__(self):
        return self.now

    def add(self, **more):
        self.now += dt.timedelta(**more)


def grid(counts, *, level="county", as_of=dt.date(2026, 11, 23), measure="ems-naloxone", places=None):
    names = places or [f"County {n}" for n in range(len(counts))]
    key = [
        {"series": f"{name} | {measure}", "source": "state", "place": name, "level": level, "measure": measure,
         "subject": "opioids", "definition": "1"}
        for name in names
    ]  # fmt: skip
    starts = np.datetime64("2026-11-16") + 7 * np.arange(1 - PERIODS, 1)
    return Grid(pa.Table.from_pylist(key, schema=KEY), "week", starts, np.arange(PERIODS), np.array(counts, float),
                None, as_of)  # fmt: skip


def quiet(places=4, mean=20.0):
    """Counts without an alarm."""
    return np.tile(mean + np.array([0, 1, -1, 2, -2, 0, 1, -1] * (PERIODS // 8), float), (places, 1))


def judge(given, limit=30.0):
    known = ~np.isnan(given.counts)
    expected = np.full(given.counts.shape, 20.0 if limit > 10 else 3.0)
    alarm = np.where(known, given.counts > limit, -1).astype(np.int8)
    first = np.tile(np.maximum(np.arange(PERIODS) - 52, 0), (len(given.counts), 1))
    return Judged("shewhart", expected, np.full(expected.shape, limit), given.counts - expected, alarm, first)


def raise_one(workspace, count=44.0, *, limit=30.0, **more):
    """Put one alarm on the newest week of the first place on record; return its id."""
    counts = quiet(mean=20.0 if limit > 10 else 3.0)
    counts[0, -1] = count
    given = grid(counts, **more)
    return record(workspace, given, judge(given, limit), HOW).new[0]
