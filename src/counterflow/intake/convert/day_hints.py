"""What to say of a day that is not written as the column is expected to have it."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["HOW_DAYS", "day_hint"]

#: what to do, where a person reads a spreadsheet of orders
HOW_DAYS = (
    "Write days as 2026-04-03, or say how all are written: --dates %d/%m/%Y (or in a mapping: counterflow intake map"
    " FILE --table order --dates %d/%m/%Y --out M.toml)."
)
_NUMERIC = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(\D.*)?")
_SHORT = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}")


def day_hint(text: str) -> str:
    """Return what a text may mean; empty where nothing can be said.

    >>> day_hint("03/04/2026")
    '03/04/2026 can be 3 April or 4 March 2026. '
    >>> day_hint("46085")
    'A spreadsheet counts days so: 46085 is 4 March 2026 there. '
    """
    if found := _NUMERIC.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        days = [d for d in (_day(year, second, first), _day(year, first, second)) if d]
        if len(days) == 2 and first != second:
            return f"{text} can be {days[0]:%-d %B} or {days[1]:%-d %B %Y}. "
        return f"It can only be {days[0]}; the column has days in another form. " if days else ""
    if _SHORT.fullmatch(text):
        return "Write the year with four digits. "
    if re.fullmatch(r"[2-7]\d{4}", text):
        # Day 1 is 1 January 1900, and the spreadsheets have a 29 February 1900 that never was.
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(text))
        return f"A spreadsheet counts days so: {text} is {day:%-d %B %Y} there. "
    return ""


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
