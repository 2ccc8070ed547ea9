"""Counts by place and period, and coordinates, from CSV files: every fault with its line, never a filled gap unsaid.

Counts: `place,t,count` and, where known, `population` or `expected`; `t` is a whole number that rises by one a period,
or the first day of each. Coordinates: `place,lat,lon`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UsageError
from counterflow.watch.clusters.circles import Coordinates
from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.csv_text import MISSING, CsvText, Fault, open_csv
from counterflow.watch.series.csv_values import fault_of_day
from counterflow.watch.series.periods import between, grain_of

__all__ = ["ABSENT", "Counts", "read_coordinates", "read_counts"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: what a row that is not there means
ABSENT = ("auto", "zero", "unknown")
_WITHHELD = ("*", "s", "suppressed", "withheld")
_LONGEST_GAP = 20
#: cases that are scanned one by one in each replicate
_MOST = 50_000_000
#: nobody counts more at risk in one place; above it sums lose their meaning
_MOST_AT_RISK = 1e12


@dataclass(frozen=True)
class Counts:
    """What a file of counts holds.

    Args:
        grid: one series a place, in the order of the file.
        at_risk: population or expected counts, (S, T); None where the file has neither.
        at_risk_is: population | expected | "".
        said: what was assumed, in sentences.
    """

    grid: Grid
    at_risk: Floats | None
    at_risk_is: str
    said: tuple[str, ...]


def read_coordinates(path: Path) -> Coordinates:
    """Return the coordinates in a CSV of place,lat,lon.

    Raises:
        InputError: no such file, a column missing, no number, a place twice, degrees out of range or swapped.
    """
    text = open_csv(path, "a CSV of place,lat,lon")
    names = text.need("place", "area", "id"), text.need("lat", "latitude"), text.need("lon", "lng", "longitude")
    table = _table(text, dict.fromkeys(names, pa.string()))
    places = [str(p) for p in pc.utf8_trim_whitespace(table.column(names[0])).to_pylist()]
    if not places:
        text.fail("It holds no place.", hint="Write one row a place.")
    if "" in places or len(set(places)) < len(places):
        seen: set[str] = set()
        text.first_fault(lambda row: _once(row, names[0], seen), "A place stands twice.")
    lat, lon = (_numbers(text, table.column(name), name) for name in names[1:])
    if not ((np.abs(lat) <= 90) & (np.abs(lon) <= 180)).all():
        text.first_fault(lambda row: _coordinate(row, names), "A coordinate is missing.")
    try:
        return Coordinates(tuple(places), lat, lon)
    except InputError as error:
        text.fail(error.message, hint=error.hint, value=error.value)


def read_counts(path: Path, *, absent: str = "auto") -> Counts:
    """Return the counts in a CSV of place,t,count and, where known, population or expected.

    Args:
        path: the file.
        absent: what a row that is not there means: zero | unknown | auto, which takes zero where the file writes no
            zero at all (a list of what happened) and unknown where it does.

    Raises:
        InputError: a column missing, a negative or fractional count, a place and period twice, periods that do not
            follow each other, population missing or 0 where there are cases.
    """
    if absent not in ABSENT:
        raise UsageError(f"An absent row cannot be {absent!r}.", hint=f"One of {', '.join(ABSENT)}.")
    text = open_csv(path, "a CSV of place,t,count")
    names = {"place": text.need("place", "area", "id"), "t": text.need("t", "time", "week", "date", "period"),
             "count": text.need("count", "n", "y")}  # fmt: skip
    more = next((name for name in ("expected", "population") if text.column(name)), "")
    if more:
        names[more] = str(text.column(more))
    table = _table(text, dict.fromkeys(names.values(), pa.string()))
    if not table.num_rows:
        text.fail("It holds no count.", hint="Write one row a place and period.")
    columns = {name: pc.utf8_trim_whitespace(table.column(of)) for name, of in names.items()}
    count = _counts(text, columns["count"], names["count"])
    place = columns["place"].combine_chunks().dictionary_encode()
    t, starts, grain = _periods(text, columns["t"], names["t"])
    # Places stand by name, so that the order of a file's rows changes no replicate.
    order = np.argsort(np.array(place.dictionary.to_pylist(), object), kind="stable")
    named = place.dictionary.take(pa.array(order))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    at = rank[place.indices.to_numpy()], t - t.min()
    size = len(named), len(starts)
    _twice(text, names, at, size)
    values = np.full(size, np.nan)
    values[at] = count
    there = np.zeros(size, np.bool_)
    there[at] = True
    said = _fill(values, there, absent)
    at_risk = None
    if more:
        at_risk, told = _at_risk(text, _numbers(text, columns[more], names[more]), at, values, names[more])
        said += told
    if any(not name or "\n" in name for name in named.to_pylist()):
        text.first_fault(lambda row: _named(row, names["place"]), "A place has no name.")
    grid = Grid(_key(named, path.name), grain, starts, np.arange(t.min(), t.max() + 1), values)
    return Counts(grid, at_risk, more, tuple(said))


def _table(text: CsvText, types: Mapping[str, pa.DataType]) -> pa.Table:
    schema = pa.schema(list(types.items()))
    try:
        return pa.Table.from_batches(list(text.blocks(types)), schema)
    except pa.ArrowInvalid as error:
        text.first_fault(lambda _: None, f"The CSV cannot be read: {error}.")


def _counts(text: CsvText, column: pa.ChunkedArray, name: str) -> Floats:
    lower = pc.utf8_lower(column)
    withheld = pc.or_(pc.is_in(lower, value_set=pa.array(_WITHHELD)), pc.starts_with(column, "<"))
    values = _numbers(text, pc.if_else(withheld, "", column), name)
    with np.errstate(invalid="ignore"):
        wrong = (values < 0) | (values != np.floor(values)) & ~np.isnan(values) | (values > _MOST)
    if wrong.any():
        text.first_fault(lambda row: _whole(row, name), "A count is no count.")
    if np.nansum(values) > _MOST:
        hint = "A scan looks at every case: take fewer periods or one substance."
        text.fail(f"There are {np.nansum(values):,.0f} cases, more than {_MOST:,}.", hint=hint, column=name)
    return values


def _numbers(text: CsvText, column: pa.ChunkedArray, name: str) -> Floats:
    """Return numbers; NaN where the cell is empty."""
    empty = pc.is_in(column, value_set=pa.array(MISSING))
    try:
        made = pc.if_else(empty, pa.scalar(None, pa.string()), column).cast(pa.float64())
    except pa.ArrowInvalid:
        text.first_fault(lambda row: _number(row, name), f"{name} is no number.")
    values: Floats = pc.fill_null(made, float("nan")).to_numpy()
    return values


def _periods(text: CsvText, column: pa.ChunkedArray, name: str) -> tuple[Whole, npt.NDArray[np.datetime64], str]:
    """Return the period's number of each row, the first day of every period, and the grain."""
    try:
        t: Whole = column.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return _days(text, column, name)
    span, met = int(t.max() - t.min()) + 1, len(np.unique(t))
    if span > _LONGEST_GAP * met:
        hint = "t rises by one a period; for years and weeks, give the first day of each week."
        text.fail(f"{met} periods lie between {t.min()} and {t.max()}.", hint=hint, column=name, value=t.max())
    return t, np.full(span, np.datetime64("NaT"), "datetime64[D]"), "week"


def _days(text: CsvText, column: pa.ChunkedArray, name: str) -> tuple[Whole, npt.NDArray[np.datetime64], str]:
    try:
        days = column.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    except pa.ArrowInvalid:
        text.first_fault(lambda row: _period(row, name), "t is no period.")
    grain = grain_of(days)
    if grain is None:
        text.fail("These days are not the first days of periods.", hint="Give the first day of each.", column=name)
    starts = between(days.min(), days.max(), grain)
    t = np.searchsorted(starts, days)
    if len(starts) > _LONGEST_GAP * len(np.unique(days)):
        hint = "Give the first day of each week, month or year, the same weekday throughout."
        text.fail(f"{len(np.unique(days))} days lie between {starts[0]} and {starts[-1]}.", hint=hint, column=name)
    return t.astype(np.int64), starts, grain


def _twice(text: CsvText, names: Mapping[str, str], at: tuple[Whole, Whole], size: tuple[int, int]) -> None:
    if len(np.unique(at[0] * size[1] + at[1])) == len(at[0]):
        return
    seen: dict[tuple[str, str], None] = {}

    def again(row: Mapping[str, str]) -> Fault | None:
        cell = row[names["place"]], row[names["t"]]
        if cell in seen:
            return Fault(names["place"], f"{cell[0]}, {cell[1]}", "This place and period stand twice.", "Keep one row.")
        seen[cell] = None
        return None

    text.first_fault(again, "A place and period stand twice.")


def _fill(values: Floats, there: npt.NDArray[np.bool_], absent: str) -> list[str]:
    """Write zeros where an absent row means zero; return what was assumed."""
    lacking = int((~there).sum())
    withheld = int(np.isnan(values[there]).sum())
    said = [f"{withheld} counts are empty or withheld: they are not known, and not zero."] if withheld else []
    if not lacking:
        return said
    zero = absent == "zero" or (absent == "auto" and not (values[there] == 0).any())
    if zero:
        values[~there] = 0.0
        why = "as asked" if absent == "zero" else "because the file writes no zero at all; else --absent unknown"
        said.append(f"{lacking} places and periods have no row: taken as zero, {why}.")
    else:
        why = "as asked" if absent == "unknown" else "because the file writes its zeros; else --absent zero"
        said.append(f"{lacking} places and periods have no row: not known, {why}.")
    return said


def _at_risk(
    text: CsvText, given: Floats, at: tuple[Whole, Whole], values: Floats, name: str
) -> tuple[Floats, list[str]]:
    """Return what is at risk in every cell: as given, else that of the nearest earlier, else later, period."""
    made = np.full(values.shape, np.nan)
    made[at] = given
    if (made < 0).any() or (made > _MOST_AT_RISK).any():
        text.first_fault(lambda row: _positive(row, name), f"{name} is negative.")
    none = np.isnan(made).all(axis=1)
    if none.any():
        hint = f"Give it for every place, or leave the column {name} out: each place is then compared with its past."
        text.fail(f"{int(none.sum())} places have no {name}.", hint=hint, column=name)
    filled = int(np.isnan(made).sum())
    for order in (slice(None), slice(None, None, -1)):
        view = made[:, order]
        last = np.maximum.accumulate(np.where(np.isnan(view), 0, np.arange(view.shape[1])), axis=1)
        view[:] = np.take_along_axis(view, last, axis=1)
    if ((made == 0) & (values > 0)).any():
        text.first_fault(lambda row: _nobody(row, name, text), f"There are cases where {name} is 0.")
    return made, [f"{filled} cells have no {name}: that of the nearest period is taken."] if filled else []


def _key(places: pa.Array, source: str) -> pa.Table:
    empty = pa.array([""] * len(places), pa.string())
    columns: dict[str, Any] = dict.fromkeys(KEY.names, empty)
    columns |= {"series": places, "place": places, "source": pa.array([source] * len(places))}
    return pa.table(columns, schema=KEY)


def _number(row: Mapping[str, str], name: str) -> Fault | None:
    if row[name] in MISSING or row[name].casefold() in _WITHHELD or row[name].startswith("<"):
        return None
    try:
        float(row[name])
    except ValueError:
        return Fault(name, row[name], "This is no number.", "Write a number with a point, or leave it empty.")
    return None


def _whole(row: Mapping[str, str], name: str) -> Fault | None:
    fault = _number(row, name)
    text = row[name]
    if fault or text in MISSING or text.casefold() in _WITHHELD or text.startswith("<"):
        return fault
    if float(text) > _MOST:
        return Fault(name, text, f"A count is above {_MOST:,}.", "Write a whole number from 0; empty where not known.")
    if float(text) < 0 or float(text) % 1 != 0:
        hint = "Counts are whole numbers from 0; a rate, a share or a forecast cannot be scanned."
        return Fault(name, text, "A count is negative." if float(text) < 0 else "A count is not whole.", hint)
    return None


def _positive(row: Mapping[str, str], name: str) -> Fault | None:
    fault = _number(row, name)
    if fault or row[name] in MISSING or 0 <= float(row[name]) <= _MOST_AT_RISK:
        return fault
    return Fault(name, row[name], f"{name} is negative or beyond all people.", "Write a number from 0.")


def _nobody(row: Mapping[str, str], name: str, text: CsvText) -> Fault | None:
    count = str(text.column("count", "n", "y"))
    if row[name] not in MISSING and float(row[name]) == 0 and row[count] not in ("", "0"):
        return Fault(name, row[name], f"There are cases where {name} is 0.", "Give who is at risk there.")
    return None


def _period(row: Mapping[str, str], name: str) -> Fault | None:
    hint = "Write whole numbers that rise by one a period, or the first day of each as YYYY-MM-DD."
    return Fault(name, row[name], "This is no period.", hint) if fault_of_day(name, row[name]) else None


def _coordinate(row: Mapping[str, str], names: tuple[str, str, str]) -> Fault | None:
    lacking = next((name for name in names[1:] if row[name] in MISSING), None)
    if lacking:
        return Fault(lacking, "", f"{row[names[0]]} has no {lacking}.", "Give it in degrees.")
    hint = "lat lies within -90 and 90, lon within -180 and 180, in degrees; look whether the columns are swapped."
    for name, most in zip(names[1:], (90, 180), strict=True):
        if not abs(float(row[name])) <= most:
            return Fault(name, row[name], f"{row[names[0]]} lies nowhere on Earth.", hint)
    return None


def _once(row: Mapping[str, str], name: str, seen: set[str]) -> Fault | None:
    fault = _named(row, name)
    if fault is None and row[name] in seen:
        return Fault(name, row[name], "This place has coordinates twice.", "Keep one row a place.")
    seen.add(row[name])
    return fault


def _named(row: Mapping[str, str], name: str) -> Fault | None:
    if "\n" in row[name]:
        hint = "A quote that nothing closes swallows the rows after it: mend the quotes."
        return Fault(name, row[name], "The name of a place runs over lines.", hint)
    return None if row[name] else Fault(name, "", "A place has no name.", "Give its id.")
