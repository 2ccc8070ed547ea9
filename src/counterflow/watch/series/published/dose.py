"""CDC DOSE-SyS: rates of emergency-department visits for suspected nonfatal overdose, by state and month.

These are rates, per 10,000 visits, and are kept as rates, in a table that no method for counts reads. A count comes out
only where somebody gives the visits behind the rate (option `denominators`, a CSV of jurisdiction, year, month and
visits), and only where the rate's rounding leaves one whole number; else the rate stands, its count is refused.

Rows "Annual" are sums over 12 months that end with the month named: grain "12-months".

Checked: the dashboard's table of 2019-01 to 2025-06. Its signs were not explained in the copy at hand and are read as
what the figures show: * a small number withheld; § and ¶ nothing reported or shared (whole states, always).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.watch.series.published.sheet import Sheet, number, text_of
from counterflow.watch.series.published.states import level_of, state_letters
from counterflow.watch.series.published.when import as_of_day, month_number, span, year_of
from counterflow.watch.series.reader import COUNTS, RATES, Options, Read, table_for

__all__ = ["RATE", "read_dose"]

SOURCE = "cdc-dose-sys"
RATE = "ed-visits"
_UNIT = "per 10,000 visits"
_DEFINITION = "dose-sys suspected nonfatal overdose visits per 10,000 visits"
_COUNT_DEFINITION = "dose-sys suspected nonfatal overdose visits, from rate and visits"
_PER = 10_000.0
#: rates are published to one decimal
_HALF = 0.05
_KINDS = {
    "drug_rate": "all", "opioid_rate": "opioids", "fentanyl_rate": "fentanyl", "heroin_rate": "heroin",
    "stimulant_rate": "stimulants", "cocaine_rate": "cocaine", "methamphetamine_rate": "methamphetamine",
    "benzodiazepine_rate": "benzodiazepines",
}  # fmt: skip
_COLUMNS = {
    "jurisdiction": ("State",), "year": (), "month": (), "rate_time": ("Rate Time",),
    **{name: (name.replace("_", " "),) for name in _KINDS},
}  # fmt: skip
_WITHHELD, _NOT_SHARED = frozenset({"*"}), frozenset({"§", "¶", "†", "‡"})
_MONTHS = {"monthly": 1, "": 1, "annual": 12}
_Key = tuple[str, int, int]


def read_dose(content: bytes, file: str, options: Options) -> Read:
    """Read the rates of each kind of overdose.

    Raises:
        InputError: not this table, or no denominators where some are named.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, ("jurisdiction", "year", "month", "drug_rate"))
    places = sheet.each("jurisdiction", state_letters)
    sheet.refuse(np.array([each is None for each in places], bool), "jurisdiction", "no-place", "A state's letters.")
    years, months = sheet.each("year", year_of), sheet.each("month", month_number)
    sheet.refuse(np.array([not y for y in years], bool), "year", "no-year", "A year, as 2024.")
    sheet.refuse(np.array([not m for m in months], bool), "month", "no-month", "A month from 1 to 12.")
    lengths = sheet.each("rate_time", lambda text: _MONTHS.get(text.casefold(), 0))
    sheet.refuse(np.array([not each for each in lengths], bool), "rate_time", "unknown-period", "Monthly or Annual.")
    sheet.refuse_twice("jurisdiction", "year", "month", "rate_time")
    kinds = [word for word in _KINDS if word in sheet]
    rates = {word: _rates(sheet, word) for word in kinds}
    as_of, said = as_of_day(options, file, None)
    when = [span(y or 1, m or 1, n or 1) for y, m, n in zip(years, months, lengths, strict=True)]
    over = np.array([each[1] > as_of for each in when], bool)
    sheet.refuse(over, "month", "period-not-over", f"The file is of {as_of}; --as-of names another day.")
    at = np.flatnonzero(sheet.kept).tolist()
    here = {
        "source": options.source or SOURCE, "place": [places[i] for i in at],
        "level": [level_of(str(places[i])) for i in at],
        "grain": ["month" if lengths[i] == 1 else "12-months" for i in at],
        "starts": [when[i][0] for i in at], "ends": [when[i][1] for i in at], "as_of": as_of,
    }  # fmt: skip
    tables = []
    for word in kinds:
        rate, withheld, absent = (np.asarray(each)[at] for each in rates[word])
        more = {
            "measure": RATE, "subject": _KINDS[word], "definition": _DEFINITION, "rate": rate, "unit": _UNIT,
            "suppressed": pa.array(withheld), "looked_for": pa.array(np.logical_not(absent)),
        }  # fmt: skip
        tables.append(table_for(RATES, len(at), here | more))
    told = [said, "rates, not counts: kept as rates; no method for counts takes them"]
    rates_made, counts = pa.concat_tables(tables), COUNTS.empty_table()
    if "denominators" in options.more:
        counts, words = _as_counts(rates_made, _denominators(Path(options.more["denominators"])))
        told += words
    else:
        told.append("refused as counts: a rate without the visits behind it is none (--option denominators=FILE)")
    return Read(sheet.n, counts, rates=rates_made, refused=sheet.refused, said=tuple(t for t in told if t))


def _rates(sheet: Sheet, word: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return rates, which are withheld and which were not shared."""
    texts = sheet.text(word)
    rate = np.array(sheet.each(word, number), np.float64) if sheet.n else np.empty(0)
    withheld = np.array([text in _WITHHELD for text in texts], bool)
    absent = np.array([text in _NOT_SHARED or not text for text in texts], bool)
    sheet.refuse(np.isnan(rate) & ~withheld & ~absent, word, "no-rate", "A rate, *, § or ¶.")
    sheet.refuse((rate < 0) | (rate > _PER), word, "no-rate", "A rate lies between 0 and 10,000.")
    return rate, withheld, absent


def _denominators(path: Path) -> dict[_Key, float]:
    """Read the visits behind the rates."""
    try:
        text = text_of(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(
            f"The denominators cannot be read: {error.strerror}.", file=path.name, hint="Give a CSV."
        ) from error
    rows = csv.DictReader(io.StringIO(text))
    wanted = ("jurisdiction", "year", "month", "visits")
    if not set(wanted) <= set(rows.fieldnames or ()):
        raise InputError(
            "The denominators lack a column.", file=path.name, line=1, hint=f"Columns: {','.join(wanted)}."
        )
    found: dict[_Key, float] = {}
    for row in rows:
        place, visits = state_letters(row["jurisdiction"] or ""), number(row["visits"] or "")
        if place is None or not visits > 0 or not month_number(row["month"] or ""):
            hint = "A state, a year, a month and visits above 0."
            raise InputError("A denominator cannot be used.", file=path.name, line=rows.line_num, hint=hint)
        found[place, year_of(row["year"] or ""), month_number(row["month"])] = visits
    return found


def _as_counts(rates: pa.Table, visits: Mapping[_Key, float]) -> tuple[pa.Table, list[str]]:
    """Return counts where rate and visits leave one whole number, and what has to be said of the rest."""
    monthly = rates.filter(pc.equal(rates.column("grain"), "month"))
    starts = monthly.column("starts").to_pylist()
    keys = [(p, s.year, s.month) for p, s in zip(monthly.column("place").to_pylist(), starts, strict=True)]
    behind = np.array([visits.get(key, np.nan) for key in keys], np.float64)
    rate = np.array(monthly.column("rate").to_pylist(), np.float64)
    low = np.ceil(np.maximum(rate - _HALF, 0) * behind / _PER - 1e-9)
    high = np.floor((rate + _HALF) * behind / _PER + 1e-9)
    one = (low == high) & ~np.isnan(rate)
    coarse = int(((low != high) & ~np.isnan(rate) & ~np.isnan(behind)).sum())
    made = monthly.filter(pa.array(one))
    columns = {name: made.column(name) for name in made.column_names if name in COUNTS.names}
    columns |= {"measure": "ed-visits", "definition": _COUNT_DEFINITION, "count": low[one]}
    told = [f"{int(one.sum())} counts from rate and visits"]
    if coarse:
        told.append(f"{coarse} rates are too coarse for one whole number of visits: refused as counts, kept as rates")
    return table_for(COUNTS, made.num_rows, columns), told
