"""CDC VSRR provisional county-level drug overdose death counts (data.cdc.gov gb4e-yj24).

Twelve-month-ending sums by county of residence; 1 to 9 deaths are withheld. Sub-county it is not, but a county is small
enough for care: output goes through suppression like everything else.

Checked: column names as published scripts of 2023 to 2026 use them. Recalled: the words of the
footnote on suppression.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from counterflow.watch.series.published.sheet import Sheet, text_of
from counterflow.watch.series.published.when import as_of_day, day_of, month_number, span, year_of
from counterflow.watch.series.reader import COUNTS, Options, Read, table_for

__all__ = ["read_vsrr_county"]

SOURCE = "cdc-vsrr-county"
DEFINITION = "vsrr-county-12-month-ending; ucd X40-X44,X60-X64,X85,Y10-Y14; residence"
_COLUMNS = {
    "as_of": ("Data as of",), "year": ("Year",), "month": ("Month",), "fips": ("FIPS",),
    "count": ("Provisional Drug Overdose Deaths",), "footnote": ("Footnote",),
    "pending": ("Percentage Of Records Pending Investigation", "Percentage of Records Pending Investigation"),
    "starts": ("Start Date",), "ends": ("End Date", "MonthEndingDate"),
}  # fmt: skip
_FIPS_DIGITS = 5


def read_vsrr_county(content: bytes, file: str, options: Options) -> Read:
    """Read the counts by county; a place is its five FIPS digits.

    Raises:
        InputError: not this table.
    """
    sheet = Sheet(text_of(content, file), file, _COLUMNS, ("year", "month", "fips", "count"))
    places = sheet.each("fips", lambda text: text.removesuffix(".0").zfill(_FIPS_DIGITS))
    bad = np.array([not (p.isdigit() and len(p) == _FIPS_DIGITS and int(p)) for p in places], bool)
    sheet.refuse(bad, "fips", "no-place", "A county's FIPS code has five digits.")
    years, months = sheet.each("year", year_of), sheet.each("month", month_number)
    sheet.refuse(np.array([not y for y in years], bool), "year", "no-year", "A year, as 2024.")
    sheet.refuse(np.array([not m for m in months], bool), "month", "no-month", "A month from 1 to 12.")
    sheet.refuse_twice("fips", "year", "month", "as_of", "starts", "ends")
    count = sheet.numbers("count", whole=True)
    pending = sheet.numbers("pending", highest=100.0)
    days = sheet.each("as_of", day_of)
    newest = max((day for day in days if day), default=None)
    taken, said = as_of_day(options, file, newest)
    as_of = [taken if options.as_of or day is None else day for day in days]
    known: dict[tuple[int, int], tuple[dt.date, dt.date]] = {}
    when = [known.setdefault((y, m), span(y or 1, m or 1, 12)) for y, m in zip(years, months, strict=True)]
    over = np.array([w[1] <= day for w, day in zip(when, as_of, strict=True)], bool)
    sheet.refuse(~over, "month", "period-not-over", "The file is older than the end of this period; see --as-of.")
    at = np.flatnonzero(sheet.kept).tolist()
    here = {
        "source": options.source or SOURCE, "place": [places[i] for i in at], "level": "county", "subject": "all",
        "definition": DEFINITION, "grain": "12-months", "starts": [when[i][0] for i in at],
        "ends": [when[i][1] for i in at], "looked_for": True, "as_of": [as_of[i] for i in at],
    }  # fmt: skip
    withheld = np.isnan(count[at])
    counts = table_for(
        COUNTS, len(at), here | {"measure": "deaths", "count": count[at], "suppressed": pa.array(withheld)}
    )
    shares = table_for(
        COUNTS, len(at), here | {"measure": "percent-pending", "count": pending[at], "suppressed": False}
    )
    shares = shares.filter(pa.array(~np.isnan(pending[at])))
    told = [said, f"{int(withheld.sum())} of {len(at)} counts are withheld (1 to 9 deaths)"]
    told.append("sums over 12 months: rows overlap, and no method for weekly or monthly counts takes them")
    return Read(sheet.n, counts, rates=shares, refused=sheet.refused, said=tuple(t for t in told if t))
