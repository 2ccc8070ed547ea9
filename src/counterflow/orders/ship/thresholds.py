"""Sums against thresholds: which duties begin for which line, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.orders.ship.amounts import HOW, Amounts
from counterflow.orders.ship.arrow import choose, fill, join, numbers, texts
from counterflow.orders.ship.said import NEEDS, Said
from counterflow.orders.ship.sums import Running, running
from counterflow.reference.trade_law import Threshold

__all__ = ["NEAR", "Clock", "Thresholds"]

#: Share of a threshold from which an answer says that it is near.
NEAR = 0.8
_SHOWN_IN = {"g": (1000.0, "kg"), "l": (1.0, "L"), "units": (1.0, "units")}
_SMALL_GRAMS = 1000.0

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Clock:
    """When each line was ordered, by whom, and which order it belongs to.

    Args:
        day: days since 1970-01-01.
        who: number of the customer, and of the seller's site where sites count apart.
        order: number of the order.
        ids: `record_id` of each line.
        counts: whether the line counts in sums: a sale that was not replaced or refused.
    """

    day: Ints
    who: Ints
    order: Ints
    ids: pa.Array
    counts: Bools


class Thresholds:
    """Measures lines against thresholds and says how they stand."""

    def __init__(self, amounts: Amounts, clock: Clock, said: Said) -> None:
        self._amounts, self._clock, self._said = amounts, clock, said

    def passed(self, threshold: Threshold, name: str, lines: Ints, *, twin: bool = False) -> tuple[Ints, Ints]:
        """Say how each line stands to a threshold; return the lines that pass it, and those of which it cannot be told.

        Args:
            threshold: which.
            name: of the substance.
            lines: all lines of the substance that the threshold concerns.
            twin: whether the same threshold stands in grams and in litres: each line is then told in its own unit.
        """
        proposed = threshold.status == "proposed"
        binds = not (proposed or threshold.scope)
        if threshold.any_amount:
            self._told(threshold, name, lines, "any amount")
            return (lines if binds else lines[:0]), lines[:0]
        if threshold.quantity is None:
            self._told(threshold, name, lines, "a threshold that is not recorded here")
            return lines[:0], (lines if binds else lines[:0])
        measured = self._amounts.measured(lines, threshold.substance, threshold.unit)
        known = ~np.isnan(measured.amount)
        sums, total = self._sum(threshold, lines, measured.amount)
        limit = threshold.quantity
        over = total > limit if threshold.reaching == "exceeds" else (total >= limit) & (total > 0)
        own = self._amounts.in_litres(lines) == (threshold.unit == "l") if twin else np.ones(len(lines), bool)
        shown = known & own & (over | (not threshold.scope))
        if shown.any():
            words = self._words(threshold, name, lines, sums, total, over)
            words = join(words, self._left_out(threshold, lines, ~known), "")
            self._said.add("thresholds", lines[shown], _with(words, measured.how, proposed).filter(numbers(shown)))
        if not binds:
            return lines[:0], lines[:0]
        unknown = ~known & own & ~over
        self._ask(threshold, name, lines[unknown])
        return lines[over], lines[unknown]

    def _sum(
        self, threshold: Threshold, lines: Ints, amount: npt.NDArray[np.float64]
    ) -> tuple[Running, npt.NDArray[np.float64]]:
        """Return the running sums, and for each line the sum that it is measured by."""
        clock = self._clock
        counts = clock.counts[lines]
        where = clock.who[lines], threshold.period, clock.day[lines], clock.order[lines]
        sums = running(*where, np.where(counts, amount, 0.0))
        # a line that does not count for others is still measured, with what counts before it
        return sums, np.where(counts, sums.total, sums.total + np.nan_to_num(amount))

    def _left_out(self, threshold: Threshold, lines: Ints, unknown: Bools) -> pa.Array:
        """Say how many lines of the same sum have no amount in its unit."""
        if not unknown.any():
            return texts([""]).take(numbers(np.zeros(len(lines), np.int64)))
        number = np.rint(self._sum(threshold, lines, unknown.astype(float))[0].total).astype(np.int64)
        told = join(", not counting ", numbers(number).cast(pa.string()), " of no known amount", "")
        return choose(numbers(number > 0), told, "")

    def _told(self, threshold: Threshold, name: str, lines: Ints, what: str) -> None:
        told = f"{name}: {what} ({_cited(threshold)})"
        told += f", only {threshold.scope}" if threshold.scope else ""
        self._said.add("thresholds", lines, ("proposed: " if threshold.status == "proposed" else "") + told)

    def _ask(self, threshold: Threshold, name: str, lines: Ints) -> None:
        given = self._amounts.given[lines]
        other = {"g": "a mass, or the density", "l": "litres, or the density", "units": "the number of units"}
        ask = f"say {other[threshold.unit]} of {name}: its threshold is in {_SHOWN_IN[threshold.unit][1]}"
        self._said.add("reasons", lines[given], ask, level=NEEDS)

    def _words(
        self, threshold: Threshold, name: str, lines: Ints, sums: Running, total: npt.NDArray[np.float64], over: Bools
    ) -> pa.Array:
        limit = threshold.quantity or 0.0
        per, unit = _SHOWN_IN[threshold.unit]
        if threshold.unit == "g" and limit < _SMALL_GRAMS:
            per, unit = 1.0, "g"
        near = ~over & (total >= NEAR * limit)
        state = np.where(over, 2, np.where(near, 1, 0))
        reached = "reached" if threshold.reaching == "reaches" else "exceeded"
        tail = texts(["", ", near", f", {reached}"]).take(numbers(state))
        several = (sums.count > 1) & (state > 0)
        with_others = join(", with ", numbers(np.maximum(sums.count - 1, 0)).cast(pa.string()), " more", "")
        before = numbers(sums.before, mask=sums.before < 0)
        latest = join(
            ", the last before it ", self._clock.ids.take(numbers(lines)).take(before), "", null_handling="emit_null"
        )
        others = choose(numbers(several), with_others, "")
        latest = choose(numbers(several), fill(latest, ""), "")
        begin, close = f"{name}: ", f" of {_number(limit / per)} {unit} "
        cited = f" ({_cited(threshold)}" + (f"; only {threshold.scope}" if threshold.scope else "") + ")"
        return join(
            begin, _numbers(total / per), close, self._period(threshold.period, lines), cited, tail, others, latest, ""
        )

    def _period(self, period: str, lines: Ints) -> pa.Array:
        if period == "transaction":
            return texts(["in this order"]).take(numbers(np.zeros(len(lines), np.int64)))
        days = self._clock.day[lines].astype("datetime64[D]")
        shown = {"day": "D", "30 days": "D", "month": "M", "year": "Y"}[period]
        begin = {"day": "on ", "30 days": "in 30 days to "}.get(period, "in ")
        found, at = np.unique(days.astype(f"datetime64[{shown}]"), return_inverse=True)
        return texts([f"{begin}{one}" for one in found]).take(numbers(at))


def _with(words: pa.Array, how: npt.NDArray[np.int8], proposed: bool) -> pa.Array:
    """Return the words with how the amount was come by, and whether the threshold is only proposed."""
    tails = texts([f"; {one}" if one else "" for one in HOW])
    return join("proposed: " if proposed else "", words, tails.take(numbers(how.astype(np.int64))), "")


def _cited(threshold: Threshold) -> str:
    return f"{threshold.jurisdiction} {threshold.citation}" + " [recalled]" * threshold.unverified


def _numbers(values: npt.NDArray[np.float64]) -> pa.Array:
    found, at = np.unique(np.round(values, 3), return_inverse=True)
    return texts([_number(float(one)) for one in found]).take(numbers(at))


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")
