"""Vehicles through lanes at land ports, by hour: what was scanned, what came of it. No driver, no owner.

Scanning grows from week to week from the shares in `data/places.toml`; the hidden truth keeps which vehicles
carried something, so that "share scanned" and "share found" can be told apart.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Places

__all__ = ["CROSSING_TRUTH", "draw_crossings"]

CROSSING_TRUTH = pa.schema([("record_id", pa.string()), ("week", pa.int32()), ("result", pa.string())])
#: traffic by hour of the day, midnight first
_HOURS = np.array([1, 1, 1, 1, 2, 4, 7, 8, 7, 6, 5, 5, 6, 6, 6, 7, 8, 8, 6, 4, 3, 2, 2, 1], float)
_FOUND_BY_SCAN, _FOUND_WITHOUT, _FALSE_ANOMALY, _UNREADABLE = 0.75, 0.03, 0.02, 0.005
_STATES = np.array(["not_scanned", "scanned", "unreadable"])
_RESULTS = np.array(["none", "anomaly", "found"])
_EPOCH = dt.date(1970, 1, 1)


def draw_crossings(options: WorldOptions, places: Places, week: int) -> tuple[pa.Table, pa.Table]:
    """Return a week's crossings, one row a vehicle, and (hidden) those of them that carried something."""
    rng = generator(options.seed, "world", "crossings", week)
    count = options.crossings_in(week)
    lanes = places.vehicles
    shares = np.array([lane["share"] for lane in lanes])
    number = np.sort(rng.choice(len(lanes), count, p=shares / shares.sum()))
    hour = rng.integers(0, 7, count) * 24 + rng.choice(24, count, p=_HOURS / _HOURS.sum())
    order = np.lexsort((number, hour))
    number, hour = number[order], hour[order]
    scanned = rng.random(count) < np.array([min(lane["scanned"] + lane["gain"] * week, 0.98) for lane in lanes])[number]
    illicit = rng.random(count) < np.array([lane["illicit"] for lane in lanes])[number]
    state = np.where(scanned, np.where(rng.random(count) < _UNREADABLE, 2, 1), 0)
    result = _results(rng, state == 1, illicit)
    monday = (options.monday(week) - _EPOCH).days * 24
    table = pa.table(
        {
            "record_id": [f"TX-{week:03}-{i:07}" for i in range(count)],
            "port": pa.array([lane["port"] for lane in lanes]).take(pa.array(number)),
            "lane": pa.array([lane["lane"] for lane in lanes]).take(pa.array(number)),
            "hour": pa.array((monday + hour) * 3_600).cast(pa.timestamp("s", "UTC")),
            "direction": pa.array([lane["direction"] for lane in lanes]).take(pa.array(number)),
            "vehicle_class": pa.array([lane["vehicle_class"] for lane in lanes]).take(pa.array(number)),
            "scan_state": pa.array(_STATES[state].tolist(), pa.string()),
            "result": pa.array(_RESULTS[result].tolist(), pa.string()),
        }
    )
    hidden = table.select(["record_id", "result"]).filter(pa.array(illicit))
    return table, hidden.add_column(1, "week", pa.array([week] * hidden.num_rows, pa.int32())).cast(CROSSING_TRUTH)


def _results(rng: np.random.Generator, read: np.ndarray, illicit: np.ndarray) -> np.ndarray:
    """Return 0 none, 1 anomaly, 2 found for each vehicle."""
    chance = rng.random(len(read))
    found = illicit & (chance < np.where(read, _FOUND_BY_SCAN, _FOUND_WITHOUT))
    anomaly = read & ~found & (illicit | (chance < _FALSE_ANOMALY))
    return np.where(found, 2, np.where(anomaly, 1, 0))
