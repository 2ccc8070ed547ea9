"""CDC VSRR provisional drug overdose death counts, by state and the nation (data.cdc.gov xkb8-kh2a).

Each number is a sum over the twelve months that end with the one named: its grain is "12-months", and no method for
weekly or monthly counts takes it. Rows overlap by eleven months. Deaths are by where they occurred; New York is without
New York City (YC); a death stands under each drug that its certificate names ("any mention"), so drugs do not add up.

Checked: column names and cells as published descriptions of 2021 and 2023 quote them; places, indicators and values of
a tidied copy of the vintages 2017-05 to 2018-11. Recalled: that early releases had no column Period.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.watch.series.published.names import icd_subject
from counterflow.watch.series.published.sheet import Sheet, folded_name, text_of
from counterflow.watch.series.published.states import level_of, state_letters
from counterflow.watch.series.published.when import as_of_day, month_number, span, year_of
from counterflow.watch.series.reader import COUNTS, RATES, Options, Read, table_for

__all__ = ["DEFINITION", "measure_and_subject", "read_vsrr"]

SOURCE = "cdc-vsrr"
#: drug poisoning as underlying cause; National Vital Statistics System, provisional counts, by place of occurrence
DEFINITION = "vsrr-12-month-ending; ucd X40-X44,X60-X64,X85,Y10-Y14; any mention; occurrence"
_COLUMNS = {
    "state": ("State",), "year": ("Year",), "month": ("Month",), "period": ("Period",), "indicator": ("Indicator",),
    "value": ("Data Value", "DataValue"), "complete": ("Percent Complete",),
    "pending": ("Percent Pending Investigation",), "name": ("State Name",), "footnote": ("Footnote",),
    "predicted": ("Predicted Value",),
}  # fmt: skip
_REQUIRED = ("state", "year", "month", "indicator", "value")
_TWELVE = frozenset({"", "12monthending", "12monthsending"})
_ALL_CAUSES, _OVERDOSES, _SPECIFIED = "numberofdeaths", "numberofdrugoverdosedeaths", "percentwithdrugsspecified"


def read_vsrr(content: bytes, file: str, options: Options) -> Read:
    """Read the national and state counts; percentages become rates.

    Raises:
        InputError: not this table.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, _REQUIRED)
    places = sheet.each("state", state_letters)
    names = sheet.each("name", state_letters)
    places = [place or name for place, name in zip(places, names, strict=True)]
    sheet.refuse(np.array([place is None for place in places], bool), "state", "no-place", "A state's two letters.")
    periods = _periods(sheet)
    sheet.refuse_twice("state", "name", "year", "month", "period", "indicator")
    kinds = sheet.each("indicator", measure_and_subject)
    sheet.refuse(
        np.array([not k[0] for k in kinds], bool), "indicator", "unknown-indicator", "Ask for a newer version."
    )
    value = sheet.numbers("value")
    percent = np.array([kind[0] == "drugs-specified" for kind in kinds], bool)
    sheet.refuse(
        value != np.floor(np.nan_to_num(value)),
        "value",
        "no-count",
        "A count is whole.",
        only=~np.isnan(value) & ~percent,
    )
    sheet.refuse(value > 100, "value", "too-large", "A share is at most 100 %.", only=percent)
    complete, pending = (sheet.numbers(word, highest=100.0) for word in ("complete", "pending"))
    predicted = sheet.numbers("predicted")
    as_of, said = as_of_day(options, file, None)
    ended = np.array([p is not None and p[1] > as_of for p in periods], bool)
    sheet.refuse(ended, "month", "period-not-over", f"The file is of {as_of}; --as-of names another day.")
    keep = sheet.kept
    at = np.flatnonzero(keep).tolist()
    withheld = _withheld(sheet)
    low_quality = np.isnan(value) & ~withheld
    columns = {
        "source": options.source or SOURCE, "place": [places[i] for i in at],
        "level": [level_of(str(places[i])) for i in at], "measure": [kinds[i][0] for i in at],
        "subject": [kinds[i][1] for i in at], "definition": DEFINITION, "grain": "12-months",
        "starts": [_of(periods, i)[0] for i in at], "ends": [_of(periods, i)[1] for i in at], "count": value[keep],
        "suppressed": pa.array(withheld[keep]), "looked_for": pa.array(~low_quality[keep]),
        "complete": complete[keep] / 100, "predicted": predicted[keep], "as_of": as_of,
    }  # fmt: skip
    whole = table_for(COUNTS, len(at), columns)
    shares = pa.array(percent[keep])
    counts, specified = whole.filter(pc.invert(shares)), whole.filter(shares)
    rates = pa.concat_tables([_rates(specified), _pending(whole, pending[keep])])
    quality = int(low_quality[keep].sum())
    told = [said, "sums over 12 months: rows overlap, and no method for weekly or monthly counts takes them"]
    if quality:
        told.append(f"{quality} values are not shown by the source for low data quality: unknown, never zero")
    return Read(sheet.n, counts, rates=rates, refused=sheet.refused, said=tuple(t for t in told if t))


def measure_and_subject(indicator: str) -> tuple[str, str]:
    """Return what an indicator counts and of what; an empty measure where it is none that is known.

    >>> measure_and_subject("Heroin (T40.1)"), measure_and_subject("Number of Drug Overdose Deaths")
    (('deaths', 'heroin'), ('deaths', 'all'))
    >>> measure_and_subject("Synthetic opioids, excl. methadone (T40.4)")[1]
    'Synthetic opioids, excl. methadone (T40.4)'
    """
    plain = folded_name(indicator)
    if plain == _ALL_CAUSES:
        return "deaths-all-causes", "all"
    if plain == _OVERDOSES:
        return "deaths", "all"
    if plain == _SPECIFIED:
        return "drugs-specified", "all"
    _, bracket, codes = indicator.rpartition("(")
    if not bracket or not codes.startswith(("T40", "T43")):
        return "", ""
    return "deaths", icd_subject(codes.rstrip(") ")) or " ".join(indicator.split())


def _periods(sheet: Sheet) -> list[tuple[dt.date, dt.date] | None]:
    kind = sheet.each("period", folded_name)
    bad = np.array([each not in _TWELVE for each in kind], bool)
    sheet.refuse(bad, "period", "unknown-period", "This form gives sums over 12 months (12 month-ending).")
    years, months = sheet.each("year", year_of), sheet.each("month", month_number)
    sheet.refuse(np.array([not y for y in years], bool), "year", "no-year", "A year, as 2024.")
    sheet.refuse(np.array([not m for m in months], bool), "month", "no-month", "A month, as March.")
    known: dict[tuple[int, int], tuple[dt.date, dt.date]] = {}
    return [
        known.setdefault((y, m), span(y, m, 12)) if y and m else None for y, m in zip(years, months, strict=True)
    ]  # fmt: skip


def _of(periods: list[tuple[dt.date, dt.date] | None], at: int) -> tuple[dt.date, dt.date]:
    found = periods[at]
    if found is None:
        raise ValueError("a refused row has no period")
    return found


def _withheld(sheet: Sheet) -> npt.NDArray[np.bool_]:
    blank = np.array([not each for each in sheet.text("value")], bool)
    noted = np.array(sheet.each("footnote", lambda text: "suppress" in text.casefold()), bool)
    both: npt.NDArray[np.bool_] = blank & noted
    return both


def _rates(rows: pa.Table) -> pa.Table:
    """Return rows of shares as rates."""
    columns = {name: rows.column(name) for name in rows.column_names if name != "count"}
    return table_for(RATES, rows.num_rows, columns | {"rate": rows.column("count"), "unit": "percent"})


def _pending(rows: pa.Table, pending: npt.NDArray[np.float64]) -> pa.Table:
    """Return the share of deaths whose cause is being looked into, once per place and period."""
    keys = ["source", "place", "level", "grain", "starts", "ends", "as_of"]
    cells = rows.select(keys).append_column("rate", pa.array(pending, from_pandas=True))
    cells = cells.group_by(keys).aggregate([("rate", "max")]).filter(pc.is_valid(pc.field("rate_max")))
    columns = {name: cells.column(name) for name in keys} | {"rate": cells.column("rate_max"), "unit": "percent"}
    more = {"measure": "pending-investigation", "subject": "all", "definition": DEFINITION}
    return table_for(RATES, cells.num_rows, columns | more | {"suppressed": False, "looked_for": True})
