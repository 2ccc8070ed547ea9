"""Rows broken on purpose, so that quarantine has work to do; how many of each kind is known to the truth.

Every defect is one that a good intake refuses with a reason and a person can mend.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DEFECTS", "DIRT", "soiled"]

#: defect to the column it stands in and the values it writes; an empty tuple is worked out from the row
DEFECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "bad-date": ("declared_on", ("2026-02-30", "2026-13-05", "31-06-26?", "soon")),
    "unknown-country": ("departure", ("ZQ", "XX", "??")),
    "unknown-currency": ("currency", ("ZZD", "QQQ", "$")),
    "negative-mass": ("gross_mass_kg", ()),
    "mass-not-a-number": ("gross_mass_kg", ("abt 2", "1,2,3", "heavy")),
    "lost-zero": ("hs", ()),
    "duplicate-record": ("record_id", ()),
}
#: the truth about dirt: one row for each broken row
DIRT = pa.schema(
    [
        ("record_id", pa.string()),
        ("week", pa.int32()),
        ("row", pa.int64()),
        ("defect", pa.string()),
        ("column", pa.string()),
    ]
)


def soiled(
    table: pa.Table, rng: np.random.Generator, share: float, week: int, first_row: int
) -> tuple[pa.Table, pa.Table]:
    """Return the rows with a share of them broken, each in one way, and what was broken (schema `DIRT`).

    Args:
        table: rows of one week as text.
        rng: where the choice comes from.
        share: share of rows to break.
        week: week, for the truth.
        first_row: number of the first row in its file, from 1.
    """
    count = table.num_rows
    chosen = np.sort(rng.permutation(count)[: round(count * share)])
    broken = chosen
    names = list(DEFECTS)
    kinds = rng.permutation(len(chosen)) % len(names)  # each defect as often as any other
    rows: list[np.ndarray] = []
    for kind, name in enumerate(names):
        column, values = DEFECTS[name]
        able = _able(table, name, chosen[kinds == kind], broken, rng)
        written = _written(table, name, able, values, rng)
        table = _replaced(table, column, able, written)
        broken = np.union1d(broken, able)
        rows.append(np.stack([able, np.full(len(able), kind)], axis=1))
    found = np.concatenate(rows) if rows else np.empty((0, 2), np.int64)
    found = found[np.argsort(found[:, 0], kind="stable")]
    truth = {
        "record_id": table.column("record_id").take(pa.array(found[:, 0])),
        "week": pa.array(np.full(len(found), week), pa.int32()),
        "row": pa.array(found[:, 0] + first_row),
        "defect": pa.array([names[kind] for kind in found[:, 1]], pa.string()),
        "column": pa.array([DEFECTS[names[kind]][0] for kind in found[:, 1]], pa.string()),
    }
    return table, pa.table(truth, schema=DIRT)


def _able(table: pa.Table, name: str, rows: np.ndarray, broken: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return rows that can have the defect: a zero must be there to be lost, a sound row to be repeated."""
    if name == "lost-zero":  # few codes begin with a zero, so as many rows as asked for are looked for elsewhere
        zeroed = pc.fill_null(pc.starts_with(table.column("hs"), "0"), pa.scalar(value=False)).to_numpy()
        there = np.setdiff1d(np.flatnonzero(zeroed), broken)
        return np.sort(rng.permutation(there)[: len(rows)])
    return rows[(rows > 0) & ~np.isin(rows - 1, broken)] if name == "duplicate-record" else rows


def _written(
    table: pa.Table, name: str, rows: np.ndarray, values: tuple[str, ...], rng: np.random.Generator
) -> list[str]:
    """Return what stands in the broken fields."""
    if values:
        return [values[i] for i in rng.integers(0, len(values), len(rows))]
    column = table.column(DEFECTS[name][0])
    if name == "duplicate-record":  # the id of the row before
        return list(column.take(pa.array(rows - 1)).to_pylist())
    old = column.take(pa.array(rows)).to_pylist()
    return [text[1:] for text in old] if name == "lost-zero" else [f"-{text}" for text in old]


def _replaced(table: pa.Table, name: str, rows: np.ndarray, values: list[str]) -> pa.Table:
    mask = np.zeros(table.num_rows, bool)
    mask[rows] = True
    column = table.column(name).combine_chunks()
    new = pc.replace_with_mask(column, pa.array(mask), pa.array(values, pa.string()))
    return table.set_column(table.column_names.index(name), name, new)
