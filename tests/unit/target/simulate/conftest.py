"""A tiny history: 14 weeks, one route that holds finds, and a scheme-to-be where nothing is found."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.target.features.lines import LINE, Lines
from counterflow.target.simulate.world import make_world

FINDINGS = pa.schema(
    [("row", pa.int64()), ("code", pa.string()), ("kind", pa.string()), ("strength", pa.float64()),
     ("harm_class", pa.string())]
)  # fmt: skip


def tiny_lines(days, seed=0):
    """Return one line a record on these days, in this order, and what is in each record."""
    rng = np.random.default_rng(seed)
    count = len(days)
    hs = rng.choice(["300490", "300420", "850440", "940360", "620520"], count)
    departure = rng.choice(["CN", "DE", "VN"], count)
    hot = (hs == "300490") & (departure != "DE")
    found = np.where(hot & (rng.random(count) < 0.9), "revenue", "")
    found[rng.random(count) < 0.03] = "drug"
    columns = {
        "row": np.arange(count), "source": ["s"] * count, "record_id": [f"r{i:04d}" for i in range(count)],
        "day": days, "office": rng.choice(["A", "B"], count), "lane": rng.choice(["air", "sea"], count),
        "departure": departure, "origin": departure, "hs": hs, "mass_kg": rng.lognormal(1, 1, count),
        "value": rng.lognormal(5, 1, count), "importer": [f"i{n}" for n in rng.integers(0, 60, count)],
        "sender": [f"d{n}" for n in rng.integers(0, 9, count)],
    }  # fmt: skip
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in LINE
    ]
    return Lines(pa.table(arrays, schema=LINE), count, FINDINGS.empty_table()), pa.array(found, pa.string())


def days_of(weeks, a_day, more=0):
    """Return `a_day` records on each day of whole weeks and of `more` days after them."""
    return [dt.date(2020, 1, 1) + dt.timedelta(days=d) for d in range(7 * weeks + more) for _ in range(a_day)]


@pytest.fixture(scope="session")
def tiny():
    """14 weeks of 70 records."""
    return make_world(*tiny_lines(days_of(14, 10)), critical={"drug"}, synthetic=True)
