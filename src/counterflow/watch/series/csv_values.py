"""What is wrong with a text that should be a count, a whole number or a day."""

from __future__ import annotations

import datetime as dt
import math

from counterflow.watch.series.csv_text import Fault

__all__ = ["fault_of_count", "fault_of_day", "fault_of_whole"]

_DAY_LONG = len("YYYY-MM-DD")
_WITHHELD = ("<", "*", "s", "suppressed", "x", "-", "..", "<5", "<10")


def fault_of_count(column: str, text: str) -> Fault | None:
    """Return what keeps `text` from being a count, or None where it is one.

    >>> fault_of_count("y", "7") is None
    True
    >>> fault_of_count("y", "-1").said
    'A count is never negative.'
    """
    try:
        value = float(text)
    except ValueError:
        if text.casefold() in _WITHHELD or text.startswith(("<", "≤")):
            return Fault(column, text, "This is no number.", "Leave a withheld count empty; never write 0 for it.")
        return Fault(column, text, "This is no number.", "Write a whole number from 0; leave an unknown one empty.")
    if not math.isfinite(value) or value >= 2**53:
        return Fault(column, text, "This is no count.", "Write a whole number from 0; leave an unknown one empty.")
    if value < 0:
        return Fault(column, text, "A count is never negative.", "Leave it empty where it is not known.")
    if value != math.floor(value):
        hint = "Rates and estimates are no counts: multiply by the population, or load the counts behind them."
        return Fault(column, text, "A count is whole.", hint)
    return None


def fault_of_whole(column: str, text: str, low: int | None, high: int | None) -> Fault | None:
    """Return what keeps `text` from being a whole number from `low` to `high`, or None."""
    try:
        value = int(text)
    except ValueError:
        more = " A column of days is called `starts`." if text[:4].isdigit() and "-" in text[1:] else ""
        return Fault(column, text, "This is no whole number.", f"Write one, as 104.{more}")
    if (low is not None and value < low) or (high is not None and value > high) or abs(value) >= 2**31:
        return Fault(
            column,
            text,
            "This number cannot be.",
            "Write a whole number" + (f" from {low} to {high}." if low is not None else " that counts periods."),
        )
    return None


def fault_of_day(column: str, text: str) -> Fault | None:
    """Return what keeps `text` from being a day, or None; 20240131 and 2024-W05 are none, as Arrow reads no such."""
    try:
        dt.date.fromisoformat(text if len(text) == _DAY_LONG and text[7] == "-" else "")
    except ValueError:
        return Fault(column, text, "This is no day.", "Write YYYY-MM-DD.")
    return None
