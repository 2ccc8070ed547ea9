"""Reading the official series file in place of the typed table: role, series, time, value.

The file is refused as a whole, with line and reason, where a series has a gap, is in another unit, is unknown, or a
value cannot be one: a fit on a file half understood would look like any other.
"""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterflow.core.errors import InputError, UnknownName, nearest
from counterflow.strategy.calibrate.targets import REDEFINED, Targets, assembled, series, targets
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR

__all__ = ["DEFINITION_FACTOR", "Read", "read_series"]

#: What the new words of 2015 multiplied reported misuse by (Lim et al. 2022: 0.440 more; 90 % 0.394 to 0.493).
DEFINITION_FACTOR = 1.44
_COLUMNS = ("role", "series", "time", "value")
_MOST_OFF = 8.0
_HEROIN, _SYNTHETIC_HEROIN = "Total overdose deaths base heroin NVSS", "Total overdose deaths synth heroin NVSS"
_UNUSED = (
    _SYNTHETIC_HEROIN,
    "HUD NSDUH RAND alternative",
    "Initiating Rx misuse own Rx RDAS SAMHSA",
    "Bup providers DATA",
    "Fentanyl penetration curve NFLIS",
    "Heroin price index DATA",
    "Population",
    "Total Rx MME prescribed IQVIA",
    "Total prescription opioid Rx IQVIA",
    "ADF fraction of prescribed Rx opioids base",
    "Fraction of NDHU who use Rx NSDUH",
    "Fraction of HUD who use Rx NSDUH",
    "Nx kits distributed HR IQVIA",
    "Patients receiving opioid prescription annual IQVIA",
    "Patients with current month opioid Rx IQVIA",
)
#: synthetics of the prescription pathway were counted apart up to this year; fentanyl came after it
_LAST_PLAIN = 2012


@dataclass(frozen=True)
class Read:
    """What a file gave.

    Args:
        targets: the series.
        used: lines that went into them.
        unused: lines of known series that the fit does not need, and values between the years.
    """

    targets: Targets
    used: int
    unused: int


def read_series(path: Path) -> Read:
    """Read the official series.

    Args:
        path: CSV with the columns role, series, time, value; may be packed with gzip.

    Raises:
        InputError: with line and reason, where it cannot be used.
    """
    lines = _lines(path)
    known = {s.published: s.id for s in series() if s.published} | {_HEROIN: _HEROIN}
    found: dict[str, dict[int, tuple[float, int]]] = {}
    unused = 0
    for number, row in enumerate(lines, start=2):
        name, time, value = _checked(path, number, row, known)
        if name not in known or time != int(time):
            unused += 1
        elif int(time) in found.setdefault(known[name], {}):
            raise _refused(path, number, "time", row[2], f"{name} has two values for {int(time)}.", "Keep one.")
        else:
            found[known[name]][int(time)] = value, number
    _complete(path, found, known)
    _same_unit(path, found)
    return Read(_made(found), sum(len(v) for v in found.values()), unused)


def _lines(path: Path) -> list[list[str]]:
    try:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        rows = list(csv.reader(text.decode("utf-8").splitlines()))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error) as error:
        raise InputError("This is no CSV text in UTF-8.", file=path, hint="Columns: role,series,time,value.") from error
    if not rows or tuple(cell.strip() for cell in rows[0]) != _COLUMNS:
        said = ",".join(rows[0])[:80] if rows else ""
        raise _refused(path, 1, None, said, "The columns are not those of a series file.", f"Use {','.join(_COLUMNS)}.")
    return [row for row in rows[1:] if row]


def _checked(path: Path, number: int, row: list[str], known: dict[str, str]) -> tuple[str, float, float]:
    if len(row) != len(_COLUMNS):
        raise _refused(path, number, None, ",".join(row), f"{len(row)} cells.", f"Use {','.join(_COLUMNS)}.")
    name = row[1].strip()
    if name not in known and name not in _UNUSED:
        close = nearest(name, (*known, *_UNUSED))
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {'; '.join(sorted(known))}."
        raise _refused(path, number, "series", name, "This series is unknown.", hint)
    time, value = (_number(path, number, column, cell) for column, cell in zip(("time", "value"), row[2:], strict=True))
    if not FIRST_YEAR <= time <= LAST_YEAR:
        hint = f"Give years from {FIRST_YEAR} to {LAST_YEAR}."
        raise _refused(path, number, "time", row[2], "The model does not know this year.", hint)
    if value < 0:
        raise _refused(path, number, "value", row[3], "A count cannot be negative.", "Correct it.")
    return name, time, value


def _number(path: Path, number: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(
            path, number, column, cell, "This is no number.", "Write digits with a point; no thousands mark."
        )
    return value


def _refused(path: Path, line: int, column: str | None, value: str, reason: str, hint: str) -> InputError:
    return InputError(reason, file=path, line=line, column=column, value=value, hint=hint)


def _complete(path: Path, found: dict[str, dict[int, tuple[float, int]]], known: dict[str, str]) -> None:
    """Refuse a file in which a series is missing or has a gap."""
    for name, short in known.items():
        held = found.get(short)
        if not held:
            raise UnknownName("series in this file called", name, found, file=path)
        expected = next((y for y in range(_first(short), max(held)) if y not in held), None)
        if expected is not None:
            before = max((y for y in held if y < expected), default=min(held))
            reason = f"{name} has no value for {expected}: a gap."
            hint = "Add the year; the fit does not guess between years."
            raise _refused(path, held[before][1], "time", str(before), reason, hint)


def _first(short: str) -> int:
    """Return the first year in which the typed table has a value above nothing; treatments began later."""
    held = targets()
    if short not in held.ids:
        return FIRST_YEAR
    column = held.values[:, held.place(short)]
    return held.years[int(np.flatnonzero(column > 0)[0])]


def _same_unit(path: Path, found: dict[str, dict[int, tuple[float, int]]]) -> None:
    """Refuse a series whose values are far from what is known: thousands of people, or a share."""
    held = targets()
    for short, by_year in found.items():
        if short not in held.ids:
            continue
        column = dict(zip(held.years, held.values[:, held.place(short)], strict=True))
        ratios = {y: v / _before(short, y, column[y]) for y, (v, _) in by_year.items() if column.get(y, 0) > 100}
        off = {y: r for y, r in ratios.items() if not 1 / _MOST_OFF <= r <= _MOST_OFF}
        if off:
            year, ratio = next(iter(off.items()))
            value, line = by_year[year]
            reason = f"{short} of {year} is {ratio:.3g} times what is known ({column[year]:,.0f}): another unit?"
            hint = "Thousands of people, perhaps: write people, not thousands." if ratio < 0.1 else "Write people."
            raise _refused(path, line, "value", f"{value:g}", reason, hint)


def _before(short: str, year: int, known: float) -> float:
    redefined = {s.id: s.redefined for s in series()}[short] == "yes" and year >= REDEFINED
    return known * DEFINITION_FACTOR if redefined else known


def _made(found: dict[str, dict[int, tuple[float, int]]]) -> Targets:
    """Return the 21 series: the change of definition taken out, what is made of others made."""
    raw = {(short, year): value for short, by_year in found.items() for year, (value, _) in by_year.items()}
    values = {key: value for key, value in raw.items() if key[0] != _HEROIN}
    for name in [s.id for s in series() if s.redefined == "yes"]:
        values |= {k: v / DEFINITION_FACTOR for k, v in values.items() if k[0] == name and k[1] >= REDEFINED}
    years = sorted({year for _, year in values})
    last_plain = values["ODSB", _LAST_PLAIN]
    values = {k: v for k, v in values.items() if k[0] != "ODSB" or k[1] <= _LAST_PLAIN}
    _sum(values, years, "ODRT", ("ODRB", "ODSB"))
    _sum(values, years, "ROUT", ("ROUD", "ROUH"))
    for year in years:
        if ("InRT", year) in values and ("InRD", year) in values:
            values["InRM", year] = values["InRT", year] - values["InRD", year]
        if year <= _LAST_PLAIN and (_HEROIN, year) in raw:
            values["ODHC", year] = raw[_HEROIN, year]
        elif ("ODTo", year) in values and ("ODRB", year) in values:
            values["ODHC", year] = max(0.0, values["ODTo", year] - values["ODRB", year] - last_plain)
    return assembled(values, set())


def _sum(values: dict[tuple[str, int], float], years: list[int], into: str, parts: tuple[str, ...]) -> None:
    for year in years:
        if all((part, year) in values for part in parts):
            values[into, year] = sum(values[part, year] for part in parts)
