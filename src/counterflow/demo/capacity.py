"""What the offices can inspect: officers everywhere, dogs at parcels, scanners at bulk.

Minutes follow the traffic, so that a set share of records can be inspected. Offices too small for one
inspection a day share a team of their lane (office ``*``), lanes too small for that share one roving team
(``*``, ``*``); a shared team's minutes are spent once over all it serves.
"""

from __future__ import annotations

import math

import pyarrow as pa

from counterflow.demo.options import WorldOptions
from counterflow.demo.places import Lane, Places

__all__ = ["CAPACITY", "RESOURCES", "capacity_table", "detection_rates"]

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
_OFFICER_SHARE, _ENOUGH_FOR_TWO = 0.6, 5.0


def capacity_table(options: WorldOptions, places: Places) -> pa.Table:
    """Return the capacity file of this world (schema `CAPACITY`); every row holds for any day."""
    daily = options.records / options.weeks / _DAYS_A_WEEK * options.capacity_share
    rows: list[tuple[object, ...]] = []
    over = 0.0
    for lane in places.lanes:
        small = 0.0
        for office, share in lane.offices.items():
            own = daily * lane.share * share
            small += own if own < 1 else 0.0
            rows += _team(office, lane, own)
        rows += _team("*", lane, small)
        over += small if small < 1 else 0.0
    if over > 0:
        minutes, rate = RESOURCES["roving-team"]
        rows.append(("*", "*", "*", "roving-team", math.ceil(over) * minutes, minutes, rate))
    columns = list(zip(*rows, strict=True))
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, CAPACITY, strict=True)], CAPACITY
    )


def _team(office: str, lane: Lane, inspections: float) -> list[tuple[object, ...]]:
    """Return a place's rows: none below one inspection a day, officers alone below five, else two."""
    if inspections < 1:
        return []
    other = "scanner" if lane.is_cargo else "dog-team"
    parts = (
        {"officer": 1.0}
        if inspections < _ENOUGH_FOR_TWO
        else {"officer": _OFFICER_SHARE, other: 1 - _OFFICER_SHARE}
    )
    return [
        (office, lane.name, "*", name, round(inspections * part * RESOURCES[name][0]), *RESOURCES[name])
        for name, part in parts.items()
    ]


def detection_rates() -> dict[str, float]:
    """Return the true chance that each resource finds what is there."""
    return {name: rate for name, (_, rate) in RESOURCES.items()}
