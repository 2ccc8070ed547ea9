"""The marks in numbers: where the decimal mark and the mark between thousands may stand.

A mark in a wrong place is never dropped: "12.50" read with points for thousands would be 1250.
"""

from __future__ import annotations

import re

__all__ = ["marks_hint", "plain_number"]

#: a whole number in groups, `_` for the mark: three digits at the end, two or three before (lakh and crore)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(_\d{2,3})*_\d{3}", re.ASCII)


def plain_number(text: str, decimal: str, thousands: str) -> str | None:
    """Return a number as Python writes it; None where its marks do not stand where the mapping has them.

    >>> plain_number("1.049,50", ",", "."), plain_number("12.50", ",", "."), plain_number("1.049", ",", "")
    ('1049.50', None, None)
    """
    whole, mark, rest = text.partition(decimal)
    if thousands and thousands in whole:
        if not _GROUPED.fullmatch(whole.replace(thousands, "_")):
            return None
        whole = whole.replace(thousands, "")
    if decimal == "," and "." in whole + rest:
        return None
    return f"{whole}.{rest}" if mark else whole


def marks_hint(text: str, decimal: str, thousands: str) -> str:
    """Return what to say of the marks of a text that is no number; empty where they are not at fault."""
    if thousands and thousands in text:
        return f" The mapping has {thousands!r} before every three digits and {decimal!r} for decimals."
    if "," in text and decimal == ".":
        return ' If the comma is the decimal mark, set decimal = ","; if it separates thousands, thousands = ",".'
    if "." in text and decimal == ",":
        return ' The mapping has a comma for decimals. If the point separates thousands, set thousands = ".".'
    return ""
