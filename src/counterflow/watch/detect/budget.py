"""A false-alarm budget: how many alarms a reader can look into where nothing happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterflow.core.errors import UsageError

__all__ = ["Budget", "read_budget"]

#: days in each length of period; a year of weeks has 52 here as everywhere in the room
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 364.0}
_FORM = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(%?)\s*(?:/\s*(day|week|month|quarter|year))?\s*")


@dataclass(frozen=True)
class Budget:
    """How many false alarms are borne.

    Args:
        amount: per series and period where `per` is empty, else over all series together in one `per`.
        per: day | week | month | quarter | year, or empty.
    """

    amount: float
    per: str = ""

    def rate(self, series: int, grain: str) -> float:
        """Return the expected false alarms per series and period that keep to it, at most one in two.

        >>> round(Budget(2, "week").rate(3000, "week"), 6)
        0.000667
        """
        if not self.per:
            return self.amount
        return min(self.amount * _DAYS[grain] / _DAYS[self.per] / max(series, 1), 0.5)

    def said(self) -> str:
        """Return it in words."""
        if not self.per:
            return f"{self.amount:g} false alarms per series and period"
        return f"{self.amount:g} false alarms a {self.per} over all series together"


def read_budget(text: str) -> Budget:
    """Read ``0.01``, ``1%`` (per series and period) or ``2/week`` (over all series).

    >>> read_budget("2/week")
    Budget(amount=2.0, per='week')

    Raises:
        UsageError: it is not of these forms, or a share is not above 0 and at most one half.
    """
    found = _FORM.fullmatch(text)
    hint = "Give a share of series-periods, as 0.01 or 1%, or a number over all series, as 2/week."
    if found is None or (found[2] and found[3]):
        raise UsageError(f"A false-alarm budget is not {text!r}.", hint=hint)
    amount = float(found[1]) / (100.0 if found[2] else 1.0)
    if amount <= 0 or (not found[3] and amount > 0.5):
        raise UsageError(f"A budget of {text} cannot be kept: it lies outside (0, 0.5].", hint=hint)
    return Budget(amount, found[3] or "")
