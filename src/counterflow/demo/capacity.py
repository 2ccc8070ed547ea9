"""What the offices can inspect: officers everywhere, dogs at parcels, scanners at bulk.

Minutes follow the traffic, so that a set share of records can be inspected, and every record of a lane has
the same chance of the random arm: unequal chances would cost the estimate most of its sample. So a lane is
split by office only where each of its offices inspects at least once a day, a lane below one inspection a day
gets one, and a world too small for that has one roving team for everything (``*``, ``*``).
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Lane, Places

__all__ = ["RESOURCES", "capacity_table", "detection_rates"]

CAPACITY = pa.schema(
    [
        ("office", pa.string()), ("lane", pa.string()), ("day", pa.string()), ("resource", pa.string()),
        ("minutes", pa.float64()), ("service_minutes", pa.float64()), ("detection_rate", pa.float64()),
    ]
)  # fmt: skip
#: resource to minutes of one inspection and the chance that it finds what is there; invented, kept apart by
#: enough to matter
RESOURCES: dict[str, tuple[float, float]] = {
    "officer": (15.0, 0.85),
    "dog-team": (4.0, 0.70),
    "scanner": (8.0, 0.75),
    "roving-team": (15.0, 0.80),
}
_DAYS_A_WEEK = 7
_OFFICER_SHARE, _ENOUGH_FOR_TWO, _FEWEST_A_LANE = 0.6, 5.0, 2.0


def capacity_table(options: WorldOptions, places: Places) -> pa.Table:
    """Return the capacity file of this world (schema `CAPACITY`); every row holds for any day."""
    rows: list[tuple[object, ...]]
    daily = options.records / options.weeks / _DAYS_A_WEEK * options.capacity_share
    if daily < _FEWEST_A_LANE * len(places.lanes):
        minutes, rate = RESOURCES["roving-team"]
        rows = [("*", "*", "*", "roving-team", max(round(daily * minutes), minutes), minutes, rate)]
    else:
        rows = [row for lane in places.lanes for row in _lane_rows(lane, daily * lane.share)]
    columns = list(zip(*rows, strict=True))
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, CAPACITY, strict=True)], CAPACITY)


def _lane_rows(lane: Lane, daily: float) -> list[tuple[object, ...]]:
    """Return a lane's rows: by office where each has one inspection a day, else one team for the lane."""
    own = {office: daily * share for office, share in lane.offices.items()}
    if min(own.values()) < 1:
        return _team("*", lane, max(daily, 1.0))
    return [row for office, inspections in own.items() for row in _team(office, lane, inspections)]


def _team(office: str, lane: Lane, inspections: float) -> list[tuple[object, ...]]:
    """Return the rows of a place: officers alone below five inspections a day, else a second resource too."""
    other = "scanner" if lane.is_cargo else "dog-team"
    parts = (
        {"officer": 1.0} if inspections < _ENOUGH_FOR_TWO else {"officer": _OFFICER_SHARE, other: 1 - _OFFICER_SHARE}
    )
    return [
        (office, lane.name, "*", name, round(inspections * part * RESOURCES[name][0]), *RESOURCES[name])
        for name, part in parts.items()
    ]


def detection_rates() -> dict[str, float]:
    """Return the true chance that each resource finds what is there."""
    return {name: rate for name, (_, rate) in RESOURCES.items()}
