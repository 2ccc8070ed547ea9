"""Counts as they may be shown."""

from __future__ import annotations

__all__ = ["rough", "small", "two_digits"]


def small(count: float | None, least: int) -> float | str | None:
    """Return a count as it may be shown: from 1 to one less than `least` as "<10".

    >>> small(3.0, 10), small(0.0, 10), small(12.0, 10)
    ('<10', 0, 12)
    """
    if count is None:
        return None
    return f"<{least}" if 0 < count < least else int(count) if count == int(count) else count


def rough(expected: float | None) -> float | None:
    """Return an expected count to one decimal, or to two digits where it is below 1.

    >>> rough(25.234), rough(0.0312), rough(None)
    (25.2, 0.031, None)
    """
    if expected is None:
        return None
    return round(float(expected), 1) if abs(expected) >= 1 else float(f"{float(expected):.2g}")


def two_digits(expected: float | None) -> float | None:
    """Return an expected count as a whole number of two digits, which does not tell a hidden count it was learned from.

    One case moves what the default expects by some .03 for weeks: where little is expected, two digits would show that.

    >>> two_digits(24.318), two_digits(118.0), two_digits(0.31), two_digits(None)
    (24.0, 120.0, 0.0, None)
    """
    return None if expected is None else float(f"{round(float(expected)):.2g}")
