"""Stretches of time as indicator files write them: calendar years, US fiscal years, halves, quarters, months.

A fiscal year of the United States runs from October to September: FY2024 is October 2023 to September 2024.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Period", "period_of"]

_YEAR = re.compile(r"(?P<fiscal>FY ?)?(?P<year>\d{4})(?:[- ]?(?P<part>[HQ])(?P<number>\d))?", re.IGNORECASE)
_MONTHS = re.compile(r"(\d{4})-(\d{2})(?:/(\d{4})-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of calendar time.

    Args:
        starts: its start as a decimal year.
        ends: its end, not included.
        words: how it was written.
    """

    starts: float
    ends: float
    words: str

    @property
    def fiscal(self) -> bool:
        """Whether it was written as a fiscal year."""
        return self.words.upper().startswith("FY")


def period_of(text: str, *, fiscal: bool = False) -> Period | None:
    """Return the period that a text names; None where it names none.

    Args:
        text: `2024`, `FY2024`, `2024H1`, `2024Q3`, `2024-07` or `2024-07/2024-12`.
        fiscal: whether a bare year is a US fiscal year.

    >>> period_of("FY2024")
    Period(starts=2023.75, ends=2024.75, words='FY2024')
    >>> period_of("2024H2").starts
    2024.5
    """
    said = text.strip()
    if (months := _MONTHS.fullmatch(said)) is not None:
        year, month, last_year, last_month = (int(part) if part else 0 for part in months.groups())
        return _of_months(said, (year, month), (last_year or year, last_month or month))
    found = _YEAR.fullmatch(said)
    if found is None:
        return None
    is_fiscal = bool(found["fiscal"]) or (fiscal and not found["part"])
    start = int(found["year"]) - (0.25 if is_fiscal else 0.0)
    words = f"FY{found['year']}" if is_fiscal and not found["fiscal"] else said
    if not found["part"]:
        return Period(start, start + 1, words)
    pieces = 2 if found["part"].upper() == "H" else 4
    number = int(found["number"])
    if not 1 <= number <= pieces:
        return None
    return Period(start + (number - 1) / pieces, start + number / pieces, said)


def _of_months(said: str, first: tuple[int, int], last: tuple[int, int]) -> Period | None:
    if not (1 <= first[1] <= 12 and 1 <= last[1] <= 12):
        return None
    starts, ends = first[0] + (first[1] - 1) / 12, last[0] + last[1] / 12
    return Period(starts, ends, said) if ends > starts else None
