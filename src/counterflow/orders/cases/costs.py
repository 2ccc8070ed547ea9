"""What waiting would cost: the order of the queue, as a formula that each row shows the terms of.

    cost = (standing x doubt x surplus x age + delay) x deadline

* *standing*: how the product stands in law, from 1 for a controlled drug to 0.05 for what is on no list held here
  (`standing` has the table); what a lawful customer goes without weighs the same whatever the product.
* *surplus*: what leaves beyond the expectation in each further week, in typical months: the larger of the last two
  months less what was to be expected, a week's part of it, divided by what a typical customer orders of the product in
  a month; at least a tenth of a typical month while anything is open. Where there are only flags, one typical month.
* *doubt*: strength / (1 + strength) of the alarm, joined with the flags: 1 - (1 - a)(1 - f1)(1 - f2)…, each group of
  flags counted once by its strongest (weak 0.1, moderate 0.3, strong 0.6: judgement, written here).
* *age*: 1 + days since raised / 30.
* *delay*: what a customer who is in the right goes without in a further week, in typical months: held orders, licences
  about to end; times the share of alarms that were explained so far (one half before any finding).
* *deadline*: 1 + 7 / days left to the nearest day that law, licence or question sets, 8 at most and when it is past; 1
  without one.

Nothing else enters: no name, owner, country or number of the customer. Two matters with the same terms cost the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

__all__ = ["FLAG_WEIGHTS", "Terms", "cost_of", "deadline_factor", "doubt_of"]

FLAG_WEIGHTS = {"weak": 0.1, "moderate": 0.3, "strong": 0.6}
#: a week of a month
WEEK = 7 / 30.44
_AGE_DAYS = 30
#: typical months that anything open counts for at least: an alarm is not worth nothing because the customer paused
_LEAST = 0.1
_MOST_URGENT = 8.0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one matter's cost, each as the formula names it."""

    surplus: float
    doubt: float
    age: float
    delay: float
    deadline: float
    standing: float = 1.0

    def cost(self) -> float:
        """Return the cost of a further week, in typical months of the product."""
        return (self.standing * self.doubt * self.surplus * self.age + self.delay) * self.deadline

    def as_dict(self) -> dict[str, float]:
        """Return the terms, rounded for reading."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def doubt_of(strength: float | None, groups: Mapping[str, str]) -> float:
    """Return how much doubt alarm and flags give together.

    Args:
        strength: of the strongest open alarm; None without one.
        groups: group of flags to the grade of its strongest.

    >>> round(doubt_of(3.0, {"payment": "moderate"}), 3)
    0.825
    """
    left = 1.0 if strength is None else 1 / (1 + max(strength, 0.0))
    for grade in groups.values():
        left *= 1 - FLAG_WEIGHTS[grade]
    return 1 - left


def deadline_factor(due: dt.date | None, today: dt.date) -> float:
    """Return how much the nearest deadline presses: 1 without one, 8 when it is there or past.

    >>> deadline_factor(dt.date(2026, 1, 8), dt.date(2026, 1, 1))
    2.0
    """
    if due is None:
        return 1.0
    left = (due - today).days
    return _MOST_URGENT if left < 1 else min(1 + 7 / left, _MOST_URGENT)


def cost_of(  # noqa: PLR0913 - the terms of the formula
    *,
    excess: float | None,
    typical: float | None,
    doubt: float,
    since: dt.date,
    held: float,
    licit: float,
    due: dt.date | None,
    today: dt.date,
    standing: float = 1.0,
) -> Terms:
    """Return the terms of a matter.

    Args:
        excess: quantity beyond the expectation in a month of late; None without an alarm.
        typical: what a typical customer orders of the product in a month, in the same measure; None where unknown:
            then a month's excess counts as one typical month.
        doubt: see `doubt_of`.
        since: day on which the matter was raised.
        held: what a customer goes without while this waits, in typical months.
        licit: share of alarms that were explained so far.
        due: nearest deadline.
        today: the day.
        standing: weight of the product's standing in law.
    """
    ratio = 1.0 if excess is None or not typical else max(excess / typical, _LEAST)
    age = 1 + max((today - since).days, 0) / _AGE_DAYS
    return Terms(ratio * WEEK, doubt, age, held * licit * WEEK, deadline_factor(due, today), standing)
