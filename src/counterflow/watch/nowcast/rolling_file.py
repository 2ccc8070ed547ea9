"""Reading published vintages of twelve-month sums from one file: Parquet or CSV."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np

from counterflow.core.errors import InputError, UnknownName
from counterflow.watch.nowcast.rolling import Vintage

__all__ = ["month_name", "read_vintages"]

_NEEDED = ("state", "month", "indicator", "reported", "through")
_MONTHS = 12


def read_vintages(path: Path, indicator: str, through: dt.date | None = None) -> list[Vintage]:
    """Return the vintages of one indicator, oldest first, up to the one through the month of `through`.

    Args:
        path: columns state, month (YYYY-MM), indicator, reported, through (YYYY-MM), and pct_pending where known.
        indicator: its name, or a part that only one indicator's name has.
        through: no later vintage is read.

    Raises:
        InputError: the file cannot be read, lacks a column, or gives one sum of one vintage twice, differently.
    """
    with duckdb.connect() as con:
        rows = _rows(con, path)
        names = sorted({str(row[2]) for row in rows})
        chosen = _named(indicator, names)
        latest = _month_of(f"{through:%Y-%m}", path) if through else None
        cells: dict[int, dict[tuple[str, int], tuple[float, float]]] = {}
        for state, month, name, reported, until, pending in rows:
            last = _month_of(until, path)
            if name != chosen or (latest is not None and last > latest):
                continue
            key, value = (str(state), _month_of(month, path)), _number(reported)
            held = cells.setdefault(last, {})
            if key in held and held[key][0] != value and not (np.isnan(held[key][0]) and np.isnan(value)):
                raise InputError(
                    f"Vintage {until} gives {state} {month} twice, as {held[key][0]:g} and {value:g}.", file=path.name,
                    hint="Keep one row per state, month, indicator and vintage.",
                )  # fmt: skip
            held[key] = (value, _number(pending))
    if not cells:
        raise InputError(f"No vintage of {chosen} is that old.", file=path.name, hint="Give a later --as-of.")
    return [_vintage(last, cells[last]) for last in sorted(cells)]


def _rows(con: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[object, ...]]:
    if not path.is_file():
        raise InputError("There is no such file.", file=path.name, hint="Give a Parquet or CSV file of vintages.")
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    try:
        found = con.execute(f"SELECT * FROM {reader}(?) LIMIT 0", [str(path)]).description or []
    except duckdb.Error as error:
        raise InputError(f"It cannot be read: {str(error).splitlines()[0]}", file=path.name) from None
    names = [str(column[0]) for column in found]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        hint = f"The file has {', '.join(names)[:200]}."
        raise InputError(f"A column is missing: {', '.join(missing)}.", file=path.name, line=1, hint=hint)
    pending = "pct_pending" if "pct_pending" in names else "NULL"
    query = f"SELECT state, month, indicator, reported, through, {pending} FROM {reader}(?)"
    return con.execute(query, [str(path)]).fetchall()


def _named(indicator: str, names: list[str]) -> str:
    if indicator in names:
        return indicator
    like = [name for name in names if indicator.casefold() in name.casefold()]
    if len(like) != 1:
        # A code stands for its own indicator before it stands for groups that hold it.
        alone = [name for name in like if f"({indicator.casefold()})" in name.casefold()]
        if len(alone) != 1:
            raise UnknownName("indicator", indicator, like or names)
        return alone[0]
    return like[0]


def _month_of(value: object, path: Path) -> int:
    text = str(value)[:7]
    if len(text) != 7 or text[4] != "-" or not (text[:4] + text[5:]).isdigit() or not 1 <= int(text[5:]) <= _MONTHS:
        raise InputError("This is no month.", file=path.name, value=value, hint="Write YYYY-MM.")
    return int(text[:4]) * _MONTHS + int(text[5:]) - 1


def month_name(month: int) -> str:
    """Return a month as YYYY-MM.

    >>> month_name(2018 * 12 + 8)
    '2018-09'
    """
    return f"{month // _MONTHS:04d}-{month % _MONTHS + 1:02d}"


def _number(value: object) -> float:
    return float("nan") if value is None else float(str(value))


def _vintage(last: int, cells: dict[tuple[str, int], tuple[float, float]]) -> Vintage:
    keys = sorted(cells)
    values = np.array([cells[key] for key in keys], np.float64)
    return Vintage(
        last, np.array([place for place, _ in keys]), np.array([month for _, month in keys], np.int64), values[:, 0],
        values[:, 1],
    )  # fmt: skip
