"""What a goods line says by itself: mass, value, price, how complete and how early its data came, findings on it.

No day is a feature but the day of the week: what is told apart by date alone would not hold tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.features.lines import PARTY_COLUMNS, Lines
from counterflow.target.features.spec import FeatureSpec, scored_findings

__all__ = ["days_of_lines", "finding_columns", "measure_of", "number_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_WEEK = 7
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
_ATTRIBUTE = "number:"


def days_of_lines(lines: Lines) -> Ints:
    """Return the day of each line as days since 1970-01-01.

    Raises:
        ValueError: a line has no day, or its record's lines are of different days.
    """
    column = lines.table.column("day")
    if column.null_count:
        raise ValueError("every line needs the day of its declaration")
    return np.asarray(column.cast(pa.int32()).to_numpy(), np.int64)


def measure_of(table: pa.Table, name: str) -> Floats:
    """Return the natural logarithm of a measure of each line; nan where it is not stated or not above 0."""
    above, below = _MEASURES[name]
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = np.log(_positive(table, above))
        return measured - np.log(_positive(table, below)) if below else measured


_MEASURES: Mapping[str, tuple[str, str]] = {
    "mass": ("mass_kg", ""),
    "value": ("value", ""),
    "price": ("value", "mass_kg"),
    "quantity": ("quantity", ""),
    "unit_value": ("value", "quantity"),
    "unit_mass": ("mass_kg", "quantity"),
    "pieces": ("pieces", ""),
}


def _plain(table: pa.Table, name: str) -> Floats:
    return np.asarray(table.column(name).cast(pa.float64()).to_numpy(), np.float64)


def _positive(table: pa.Table, name: str) -> Floats:
    values = _plain(table, name)
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def number_of(lines: Lines, name: str, without: frozenset[str] = frozenset()) -> Floats:
    """Return one plain number of each line; nan where it says none. Nothing is read from columns in `without`."""
    if name == "empty":
        return _empty(lines, without)
    if name in _MEASURES:
        return measure_of(lines.table, name)
    if name.startswith(_ATTRIBUTE):
        return _parsed(lines.table.column(name.removeprefix(_ATTRIBUTE)))
    return _OTHER[name](lines)


def _parsed(column: pa.ChunkedArray) -> Floats:
    """Return texts as numbers, nan for those that are none. Distinct texts are parsed once."""
    coded = column.combine_chunks().dictionary_encode()
    plain = pc.match_substring_regex(coded.dictionary, r"^-?\d+(\.\d+)?$")
    values = pc.if_else(plain, coded.dictionary, None).cast(pa.float64())
    return np.asarray(values.take(coded.indices).to_numpy(zero_copy_only=False), np.float64)


def _hs_number(lines: Lines) -> Floats:
    """Return the first six digits of the HS code as a number: neighbours in it are neighbours in the tariff."""
    six = pc.utf8_rpad(pc.utf8_slice_codeunits(lines.table.column("hs"), 0, 6), 6, "0")
    return _parsed(six)


def _weekday(lines: Lines) -> Floats:
    return ((days_of_lines(lines) + _EPOCH_WEEKDAY) % _WEEK).astype(float)


def _lines(lines: Lines) -> Floats:
    return np.bincount(lines.row, minlength=lines.records)[lines.row].astype(float)


def _empty(lines: Lines, without: frozenset[str]) -> Floats:
    """Return how many of the columns that every declaration may hold are empty on a line."""
    empty = np.zeros(lines.table.num_rows)
    for name in ("hs", "origin", "departure", "mass_kg", "value", "quantity", *PARTY_COLUMNS):
        if name not in without and lines.table.column(name).null_count:
            empty += pc.is_null(lines.table.column(name)).to_numpy()
    return empty


_OTHER: Mapping[str, Callable[[Lines], Floats]] = {
    "hs_number": _hs_number,
    "missing": lambda lines: _plain(lines.table, "missing"),
    "lead_hours": lambda lines: _plain(lines.table, "lead_hours"),
    "weekday": _weekday,
    "lines": _lines,
}


def finding_columns(lines: Lines, spec: FeatureSpec) -> dict[str, Floats]:
    """Return per feature of findings what each record has: strongest per code, sum of strengths per harm class.

    A likeness of a party's name that nobody has judged is no feature.
    """
    taken = scored_findings(lines.findings, spec.unscored)
    row, strength = taken["row"].to_numpy(), taken["strength"].fill_null(0.0).to_numpy()
    out: dict[str, Floats] = {}
    for code in spec.finding_codes:
        of = pc.fill_null(pc.equal(taken["code"], code), fill_value=False).to_numpy()
        out[f"finding:{code}"] = np.zeros(lines.records)
        np.maximum.at(out[f"finding:{code}"], row[of], strength[of])
    for name in spec.finding_classes:
        of = pc.fill_null(pc.equal(taken["harm_class"], name), fill_value=False).to_numpy()
        out[f"findings:{name}"] = np.bincount(row[of], strength[of], minlength=lines.records).astype(float)
    return out
