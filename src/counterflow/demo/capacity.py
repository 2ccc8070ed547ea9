"""What the offices can inspect: officers everywhere, dogs at parcels, scanners at bulk; each with what it finds.

Minutes follow the traffic, so that a set share of records can be inspected. Places too small for one inspection a day
share one roving team (``*``), whose minutes are spent once over all of them.
"""

from __future__ import annotations

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
#: resource to minutes of one inspection and the chance that it finds what is there; invented, kept apart by enough to matter
RESOURCES: dict[str, tuple[float, float]] = {
    "officer": (15.0, 0.85),
    "dog-team": (4.0, 0.70),
    "scanner": (8.0, 0.75),
    "roving-team": (15.0, 0.80),
}
_DAYS_A_WEEK = 7
_OFFICER_SHARE = 0.6


def capacity_table(options: WorldOptions, places: Places) -> pa.Table:
    """Return the capacity file of this world (schema `CAPACITY`); every row holds for any day."""
    rows: list[tuple[object, ...]] = []
    left = 0.0
    daily = options.records / options.weeks / _DAYS_A_WEEK * options.capacity_share
    for lane in places.lanes:
        for office, share in lane.offices.items():
            for resource, part in _split(lane):
                inspections = daily * lane.share * share * part
                if inspections < 1:
                    left += inspections
                else:
                    minutes, rate = RESOURCES[resource]
                    rows.append((office, lane.name, "*", resource, round(inspections * minutes), minutes, rate))
    if left > 0:
        minutes, rate = RESOURCES["roving-team"]
        rows.append(("*", "*", "*", "roving-team", max(round(left * minutes), minutes), minutes, rate))
    columns = list(zip(*rows, strict=True))
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, CAPACITY, strict=True)], CAPACITY)


def _split(lane: Lane) -> tuple[tuple[str, float], ...]:
    """Return who inspects a lane: officers, and the second resource that suits it."""
    other = "scanner" if lane.is_cargo else "dog-team"
    return ("officer", _OFFICER_SHARE), (other, 1 - _OFFICER_SHARE)


def detection_rates() -> dict[str, float]:
    """Return the true chance that each resource finds what is there."""
    return {name: rate for name, (_, rate) in RESOURCES.items()}
