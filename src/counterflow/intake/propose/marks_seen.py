"""Which date format and which marks in numbers a column of text has, judged by all its values; or that it is unclear.

A column has one style. Values of another style are refused, not read as best they can be: 03/04/2026 beside 13/04/2026
is 3 April, beside 04/13/2026 it is 4 March, and beside neither nobody knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["DayStyle", "NumberStyle", "day_style", "is_day", "number_style"]

_TIME = re.compile(r"(?P<day>.*?)(?P<time>[T ]\d{1,2}:\d\d(?P<seconds>:\d\d)?)?$")
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\d{{1,2}}-{_MONTH}-\d{{4}}"), "%d-{m}-%Y"),
    (re.compile(rf"\d{{1,2}} {_MONTH} \d{{4}}"), "%d {m} %Y"),
    (re.compile(rf"\d{{1,2}}/{_MONTH}/\d{{4}}"), "%d/{m}/%Y"),
    (re.compile(rf"{_MONTH} \d{{1,2}}, \d{{4}}"), "{m} %d, %Y"),
    (re.compile(rf"{_MONTH} \d{{1,2}} \d{{4}}"), "{m} %d %Y"),
)
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_YEAR_FIRST = re.compile(r"\d{4}([/.-])\d{1,2}\1\d{1,2}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True)
class DayStyle:
    """How the days of a column are written.

    Args:
        format: strptime format; None is ISO 8601.
        unclear: what is unclear, in words; empty where nothing is. Unclear values are refused row by row.
    """

    format: str | None = None
    unclear: str = ""


@dataclass(frozen=True)
class NumberStyle:
    """The marks of a column of numbers, and whether its values said so."""

    decimal: str = "."
    thousands: str = ""
    said: bool = False
    unclear: str = ""


def day_style(values: Mapping[str, int]) -> DayStyle:
    """Return the style of the most values.

    Args:
        values: text to how many rows hold it.

    >>> day_style({"03/04/2026": 9, "13/04/2026": 1}).format, day_style({"03/04/2026": 9}).format
    ('%d/%m/%Y', None)
    >>> day_style({"03/04/2026": 9}).unclear
    '03/04/2026 can be 3 April or 4 March'
    """
    families: Counter[str] = Counter()
    for text, count in values.items():
        families[_family(text)] += count
    families.pop("", None)
    if not families:
        return DayStyle()
    best = max(sorted(families), key=families.__getitem__)
    if best == "iso":
        return DayStyle()
    if "?" not in best:
        return DayStyle(best)
    return _day_or_month(best, [t for t in values if _family(t) == best])


def is_day(text: str) -> bool:
    """Say whether a text is written as a day, be it unclear which.

    >>> is_day("03/04/2026"), is_day("PEN-12")
    (True, False)
    """
    return _family(text) != ""


def _family(text: str) -> str:
    """Return the format of one day; with `?` where day and month may be either way round; "" where it is none."""
    found = _TIME.fullmatch(text)
    day, time = (found["day"], found["time"]) if found else (text, None)
    if _ISO.fullmatch(text[:10]) and (len(text) == 10 or text[10] in "T "):
        return "iso"
    clock = "" if not time else f"{time[0]}%H:%M{':%S' if found and found['seconds'] else ''}"
    if _COMPACT.fullmatch(day):
        return f"%Y%m%d{clock}"
    if year_first := _YEAR_FIRST.fullmatch(day):
        mark = year_first[1]
        return f"%Y{mark}%m{mark}%d{clock}"
    if numeric := _NUMERIC.fullmatch(day):
        # Points stand between day and month in this order only (DIN 5008 and its kin); others go both ways.
        return f"%d.%m.%Y{clock}" if numeric[2] == "." else f"?{numeric[2]}{clock}"
    for pattern, form in _WORDS:
        if word := pattern.fullmatch(day):
            return form.format(m="%b" if len(word["month"]) == 3 else "%B") + clock
    return ""


def _day_or_month(family: str, texts: Iterable[str]) -> DayStyle:
    mark, clock = family[1], family[2:]
    day_first, month_first, unclear = False, False, ""
    for text in sorted(texts):
        found = _NUMERIC.match(text)
        first, second = (int(found[1]), int(found[3])) if found else (0, 0)
        day_first |= first > 12
        month_first |= second > 12
        if first != second and not unclear and max(first, second) <= 12:
            unclear = f"{text} can be {first} {_MONTHS[second - 1]} or {second} {_MONTHS[first - 1]}"
    if day_first and month_first:
        return DayStyle(None, "days and months stand both ways round in this column")
    if not day_first and not month_first and unclear:
        return DayStyle(None, unclear)
    return DayStyle(f"%m{mark}%d{mark}%Y{clock}" if month_first else f"%d{mark}%m{mark}%Y{clock}")


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def number_style(values: Iterable[str], *, comma_file: bool = False) -> NumberStyle:
    """Return the marks of a column of numbers or amounts.

    Args:
        values: its texts.
        comma_file: the file is of a kind in which decimal commas are usual (semicolons between columns): a lone "1.500"
            is then unclear, too.

    >>> number_style(["1.500,25 kg", "3 kg"]), number_style(["1,500"]).unclear
    (NumberStyle(decimal=',', thousands='.', said=True, unclear=''), '1,500 can be 1500 or 1.5')
    """
    comma = point = 0
    lone: dict[str, str] = {}
    for text in values:
        for number in _NUMBER.findall(text):
            mark = _decimal_mark(number)
            comma += mark == ","
            point += mark == "."
            if mark == "?":
                lone.setdefault("," if "," in number else ".", number)
    if comma and not point:
        return NumberStyle(",", ".", said=True)
    if point and not comma:
        return NumberStyle(".", ",", said=True)
    if comma and point:
        mark = "," if comma > point else "."
        return NumberStyle(mark, "", said=True, unclear="decimal commas and decimal points stand in one column")
    if "," in lone:
        return NumberStyle(".", "", unclear=_either(lone[","]))
    if "." in lone and comma_file:
        return NumberStyle(",", "", unclear=_either(lone["."]))
    return NumberStyle()


def _decimal_mark(number: str) -> str:
    """Return the decimal mark that a number shows, "?" where its one mark may be either, "" where it has none."""
    commas, points = number.count(","), number.count(".")
    if commas and points:
        return "," if number.rfind(",") > number.rfind(".") else "."
    if not commas and not points:
        return ""
    mark = "," if commas else "."
    if commas + points > 1:
        return "." if mark == "," else ","
    whole, _, rest = number.partition(mark)
    return mark if len(rest) != 3 or len(whole) > 3 or whole.startswith("0") else "?"


def _either(number: str) -> str:
    mark = "," if "," in number else "."
    whole, _, rest = number.partition(mark)
    return f"{number} can be {whole}{rest} or {float(f'{whole}.{rest}'):g}"
