"""A small past in which finds follow the goods' route, and grave finds one corner of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.target.features.assemble import NO_FINDINGS
from counterflow.target.features.lines import LINE, Known, Lines
from counterflow.target.learn.options import LearnOptions

FIRST = dt.date(2026, 1, 1)
EPOCH = dt.date(1970, 1, 1)


def make_lines(rows, findings=()):
    """Return lines from dictionaries that name a record's `row`; days are whole numbers from `FIRST`."""
    full = []
    for row in rows:
        made = dict.fromkeys(LINE.names) | row
        full.append(made | {"day": FIRST + dt.timedelta(days=int(made["day"])), "source": "s"})
        full[-1]["record_id"] = made["record_id"] or f"r{made['row']:05d}"
    schema = NO_FINDINGS.schema
    found = pa.Table.from_pylist(list(findings), schema=schema) if findings else NO_FINDINGS
    return Lines(pa.Table.from_pylist(full, schema=LINE), max(r["row"] for r in rows) + 1, found)


def make_known(found, days, random=True):
    count = len(found)
    start = (FIRST - EPOCH).days
    return Known(
        pa.array(found, pa.string()), np.array(days, np.int32) + start, np.ones(count), np.full(count, bool(random))
    )


def make_past(records=1500, seed=3, days=90):
    """Return lines and outcomes of `records` records."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, days, records))
    route = rng.integers(0, 12, records)
    hs = rng.integers(0, 6, records)
    mass = rng.lognormal(size=records)
    grave = rng.random(records) < np.where((route == 3) & (hs < 3), 0.7, 0.01)
    other = rng.random(records) < np.where((hs >= 4) | (mass > 3), 0.8, 0.05)
    found = np.where(grave, "drug", np.where(other, "revenue", ""))
    rows = [
        {"row": i, "day": day[i], "office": str(i % 3), "departure": f"D{route[i] % 4}", "origin": f"O{route[i]}",
         "hs": f"{hs[i]:02d}0410", "mass_kg": float(mass[i]), "value": float(10 * mass[i]), "currency": "EUR",
         "importer": f"i{rng.integers(40)}"}
        for i in range(records)
    ]  # fmt: skip
    return make_lines(rows), make_known(found.tolist(), day)


SMALL = LearnOptions(trees=12, leaves=7, top_trees=8, top_leaves=5, folds=3)


@pytest.fixture(scope="session")
def past():
    return make_past()


@pytest.fixture(scope="session")
def scorer(past):
    from counterflow.target.learn.scorer import Scorer

    return Scorer.fit(*past, SMALL, on=FIRST + dt.timedelta(days=90), seed=5)


@pytest.fixture(scope="session")
def later():
    lines, known = make_past(records=400, seed=8, days=20)
    table = lines.table
    day = pa.array([d + dt.timedelta(days=90) for d in table["day"].to_pylist()], pa.date32())
    return Lines(table.set_column(table.column_names.index("day"), "day", day), lines.records, lines.findings), known
