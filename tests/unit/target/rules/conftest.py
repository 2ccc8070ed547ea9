"""Goods lines made to measure, and what inspections of them showed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.target.features.assemble import NO_FINDINGS
from counterflow.target.features.lines import LINE, Known, Lines

FIRST = dt.date(2026, 3, 2)


def lines_of(*rows, findings=()):
    """Lines from dictionaries; `row` counts up where it is not given, the day is FIRST plus `after` days."""
    made = []
    for place, row in enumerate(rows):
        base = {"row": place, "source": "s", "record_id": f"r{row.get('row', place):03d}"}
        day = FIRST + dt.timedelta(days=row.get("after", 0))
        made.append(base | {"day": day} | {k: v for k, v in row.items() if k != "after"})
    extra = sorted({k for row in made for k in row if k.startswith("attributes.")})
    schema = pa.schema([*LINE, *((name, pa.string()) for name in extra)])
    table = pa.Table.from_pylist(made, schema=schema)
    found = pa.Table.from_pylist(
        [{"kind": "deterministic", "strength": 0.9, "harm_class": "drug"} | f for f in findings], NO_FINDINGS.schema
    )
    return Lines(table, 1 + max(row["row"] for row in made), found)


def known_of(found, on=None, random=None, weight=None):
    """What inspections showed: a class, "" for nothing, None for never inspected; known `on` days after FIRST."""
    start = (FIRST - dt.date(1970, 1, 1)).days
    days = [start + d for d in (on or [0] * len(found))]
    return Known(
        pa.array(found, pa.string()), np.array(days, np.int32),
        np.array(weight if weight is not None else np.ones(len(found)), float),
        np.array(random if random is not None else np.zeros(len(found)), bool),
    )  # fmt: skip


@pytest.fixture
def lines():
    return lines_of


@pytest.fixture
def known():
    return known_of
