"""Numbers as people read them: counts, shares, intervals and instants, in one way everywhere.

A share never loses its interval, and a small one changes to "per million" instead of rounding to nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

__all__ = ["ABSENT", "amount", "count", "counted", "estimate", "interval", "share", "when"]

#: Shown where a number is not known: never a zero.
ABSENT = "–"
_NARROW = "\u202f"
#: Below this a share is told per million.
_PER_MILLION_BELOW = 0.0005


def count(value: object) -> str:
    """Return a whole number with thin gaps between thousands.

    >>> count(1234567).split()
    ['1', '234', '567']
    """
    number = _number(value)
    return ABSENT if number is None else f"{round(number):,}".replace(",", _NARROW)


def counted(value: object, thing: str) -> str:
    """Return a number of things, in the plural where it is not one.

    >>> counted(1, "record"), counted(0, "record")
    ('1 record', '0 records')
    """
    return f"{count(value)} {thing}{'' if value == 1 else 's'}"


def amount(value: object) -> str:
    """Return a quantity to three digits or to the unit, whichever says more.

    >>> amount(0.012345), amount(12.3456)
    ('0.0123', '12.3')
    """
    number = _number(value)
    if number is None:
        return ABSENT
    if abs(number) >= 100 or number == round(number):
        return count(number)
    return f"{number:.3g}"


def share(value: object) -> str:
    """Return a share as a percentage, or per million where a percentage would round it away.

    >>> share(0.2134), share(0.00002)
    ('21.3\u202f%', '20 per million')
    """
    number = _number(value)
    if number is None:
        return ABSENT
    if 0 < abs(number) < _PER_MILLION_BELOW:
        return f"{number * 1e6:.3g} per million"
    digits = 0 if number in (0, 1) else 1 if abs(number) >= 0.1 else 2
    text = f"{number * 100:.{digits}f}"
    # Rounding must not turn "nearly all" into "all".
    if text.startswith("100") and number < 1:
        text = "> 99.9"
    return f"{text}{_NARROW}%"


def interval(found: Mapping[str, object] | None, unit: str = "share") -> str:
    """Return "low to high" of an estimate in words.

    >>> interval({"low": 0.0, "high": 0.036})
    '0\u202f% to 3.60\u202f%'
    """
    if not found:
        return ABSENT
    shown = share if unit == "share" else amount
    return f"{shown(found.get('low'))} to {shown(found.get('high'))}"


def estimate(found: Mapping[str, object] | None, unit: str = "share") -> str:
    """Return an estimate with its interval and level: a value never stands alone.

    >>> estimate({"value": 0.21, "low": 0.18, "high": 0.24, "level": 0.95})
    '21.0\u202f% (95\u202f% interval 18.0\u202f% to 24.0\u202f%)'
    """
    if not found:
        return ABSENT
    shown = share if unit == "share" else amount
    level = _number(found.get("level"))
    name = f"{level * 100:.3g}{_NARROW}% interval" if level is not None else "interval"
    return f"{shown(found.get('value'))} ({name} {interval(found, unit)})"


def when(value: object) -> str:
    """Return an instant, or the ISO text of one, to the minute, in UTC; anything else as it is.

    >>> when("2026-03-01T06:00:00+00:00"), when("2026-03-01")
    ('2026-03-01 06:00 UTC', '2026-03-01')
    """
    if isinstance(value, dt.datetime):
        value = value.astimezone(dt.UTC).isoformat()
    text = ABSENT if value in (None, "") else str(value)
    day, _, hour = text.partition("T")
    if len(hour) >= 5 and (hour.endswith(("Z", "+00:00"))):
        return f"{day} {hour[:5]} UTC"
    return text


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
