"""Small pasts made to measure: lines with keys that repeat, outcomes that come late or never."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from counterflow.target.features.assemble import NO_FINDINGS
from counterflow.target.features.lines import LINE, Known, Lines

START = 18_300  # a day in 2020


def lines_of(rows, findings=NO_FINDINGS):
    """Return lines from dictionaries; `row` and `day` (whole numbers) are needed, all else may be left out."""
    full = [dict.fromkeys(LINE.names) | row for row in rows]
    for row in full:
        row["day"] = dt.date(1970, 1, 1) + dt.timedelta(days=int(row["day"]))
    extra = sorted({name for row in rows for name in row if name.startswith("attributes.")})
    schema = pa.schema([*LINE, *((name, pa.string()) for name in extra)])
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in full], schema=schema)
    return Lines(table, max((row["row"] for row in rows), default=-1) + 1, findings)


def known_of(found, on):
    count = len(found)
    return Known(pa.array(found, pa.string()), np.array(on, np.int32), np.ones(count), np.ones(count, bool))


def random_past(seed, records=120, days=40):
    """Return lines and outcomes: some records of two lines, some without outcome, some known days later."""
    rng = np.random.default_rng(seed)
    rows, found, on = [], [], []
    for record, day in enumerate(np.sort(rng.integers(0, days, records))):
        for _ in range(1 + (rng.random() < 0.2)):
            rows += [
                {
                    "row": record, "day": START + day, "office": str(rng.integers(2)), "currency": "EUR",
                    "hs": f"{rng.integers(2):02d}{rng.integers(2):02d}{rng.integers(3):02d}",
                    "origin": "CN" if rng.random() < 0.5 else "NL", "departure": "NL" if rng.random() < 0.7 else "CN",
                    "importer": None if rng.random() < 0.2 else f"i{rng.integers(6)}", "value": rng.lognormal(),
                    "mass_kg": None if rng.random() < 0.1 else rng.lognormal(), "lead_hours": rng.normal(),
                    "attributes.tax_rate": "8.5" if rng.random() < 0.5 else "0",
                }
            ]  # fmt: skip
        found.append([None, "", "", "drug", "revenue"][rng.integers(5)])
        on.append(START + day + rng.integers(0, 6))
    return lines_of(rows), known_of(found, on)
