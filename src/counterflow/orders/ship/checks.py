"""Is what a duty asks for on file? Each demand is checked for all the lines that it concerns at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import fill, join, numbers, same, texts
from counterflow.orders.ship.customer_facts import NOT_GIVEN, STANDS, CustomerFacts
from counterflow.orders.ship.day_law import DayLaw
from counterflow.orders.ship.demands import Demand
from counterflow.orders.ship.items import days_of, text_of
from counterflow.orders.ship.licences import GOOD, INCOMPLETE, Standing
from counterflow.orders.ship.said import CLEAR, HOLD, NEEDS, Said

__all__ = ["Checks"]

Ints = npt.NDArray[np.int64]
_LEVEL = np.array([HOLD] * INCOMPLETE + [NEEDS, CLEAR], np.int8)


class Checks:
    """Checks demands against the customer file and the papers named on the order.

    Args:
        lines: the order lines.
        customers: what the customer file says.
        who: position of each line's customer in it.
        law: the law asked.
        said: where the results go.
    """

    def __init__(self, lines: pa.Table, customers: CustomerFacts, who: Ints, law: DayLaw, said: Said) -> None:
        self._customers, self._who, self._law, self._said = customers, who, law, said
        self._lines = lines
        self._standings: dict[tuple[object, ...], Standing] = {}
        self._permits = _permits_given(lines)
        self._declared = _given(text_of(lines, "declaration"))
        self._used = _given(text_of(lines, "end_use")) | self._declared
        self._notice = days_of(lines, "notice_on")
        self._on = law.on

    def check(self, demand: Demand, lines: Ints) -> None:
        """Say of each of these lines whether the demand is met."""
        by_kind: dict[str, Callable[[Demand, Ints], None]] = {
            "licence": self._licence, "declaration": self._declaration,
            "identity": self._identity, "known": self._known, "reseller": self._reseller,
            "notice": self._notice_sent, "permit": self._permit,
        }  # fmt: skip
        by_kind[demand.kind](demand, lines)

    def _licence(self, demand: Demand, lines: Ints) -> None:
        standing = self._standing(demand)
        who = self._who[lines]
        level = _most(_LEVEL[standing.code], demand)
        more = texts(["", demand.explained]).take(numbers((level > CLEAR).astype(np.int64)))
        words = join(f"{demand.label}: ", standing.words, more, "")
        self._said.add("reasons", lines, words, who, level[who])

    def _standing(self, demand: Demand) -> Standing:
        key = demand.places, demand.schedules, demand.substance, demand.licence_only, demand.pharmacies
        if key not in self._standings:
            self._standings[key] = self._customers.licences.standing(
                demand.places, demand.schedules, self._law.names(demand.substance),
                licence_only=demand.licence_only, pharmacies=demand.pharmacies,
            )  # fmt: skip
        return self._standings[key]

    def _declaration(self, demand: Demand, lines: Ints) -> None:
        facts = self._customers
        who = self._who[lines]
        on_order = self._declared[lines]
        if demand.each_order:
            ask = f"{demand.label}: asked for with each order, and this one names none{demand.explained}"
            self._said.add("reasons", lines[~on_order], ask, level=NEEDS)
            self._said.add("reasons", lines[on_order], f"{demand.label}: named on the order")
            return
        level = np.where(facts.declared[who] == STANDS, CLEAR, NEEDS).astype(np.int8)
        told = texts(["", demand.explained]).take(numbers((facts.declared != STANDS).astype(np.int64)))
        words = join(f"{demand.label}: ", facts.declared_words, told, "")
        self._said.add("reasons", lines[~on_order], words, who[~on_order], level[~on_order])
        self._said.add("reasons", lines[on_order], f"{demand.label}: named on the order")

    def _identity(self, demand: Demand, lines: Ints) -> None:
        has = self._customers.identified[self._who[lines]]
        ask = "no register, tax or licence number of the customer is on file; its existence is not shown"
        self._said.add("reasons", lines[~has], f"{demand.label}: {ask}{demand.explained}", level=NEEDS)

    def _known(self, demand: Demand, lines: Ints) -> None:
        """What knowing a customer rests on here beside a number that shows it exists: the use that it declared."""
        use = self._customers.use_declared[self._who[lines]] | self._used[lines]
        self._said.add("reasons", lines[~use], f"{demand.label}: no end use is declared{demand.explained}", level=NEEDS)

    def _reseller(self, demand: Demand, lines: Ints) -> None:
        """A customer that says it sells on what it buys shows its own registration, in force and for this substance."""
        facts, who = self._customers, self._who[lines]
        standing = self._standing(demand)
        does = facts.sells_on[who]
        more = texts(["", demand.explained]).take(numbers((standing.code < GOOD).astype(np.int64)))
        words = join(f"{demand.label}: the customer sells on what it buys; ", standing.words, more, "")
        level = _most(_LEVEL[standing.code], demand)
        self._said.add("reasons", lines[does], words, who[does], level[who[does]])
        may = facts.may_sell_on[who] & (standing.code[who] < GOOD)
        ask = f"{demand.label}: say whether the customer sells on what it buys, as its line of business does"
        self._said.add("reasons", lines[may], f"{ask}{demand.explained}", level=NEEDS)

    def _notice_sent(self, demand: Demand, lines: Ints) -> None:
        sent = self._notice[lines]
        on = np.datetime64(self._on, "D")
        none = np.isnat(sent) | (sent > on)
        waiting = (
            f"{demand.days} {demand.day_kind or 'calendar'} days" if demand.days else "the days that the law counts"
        )
        ask = (
            f"{demand.label}: no notice is on the order; it is sent {waiting} before the goods leave{demand.explained}"
        )
        self._said.add("reasons", lines[none], ask, level=NEEDS)
        there, sent = lines[~none], sent[~none]
        since, at = np.unique(sent, return_inverse=True)
        over = np.array([_over(day, demand, self._on) for day in since], bool)
        told = [
            f"{demand.label}: sent {day}, {waiting} {'are over' if done else 'are not over'}"
            + ("" if done else "; an objection may still come")
            for day, done in zip(since, over, strict=True)
        ]
        level = _most(np.where(over, CLEAR, HOLD), demand)
        self._said.add("reasons", there, texts(told), at, level[at])

    def _permit(self, demand: Demand, lines: Ints) -> None:
        wanted = len(demand.schedules)
        given = self._permits[lines]
        none, few = lines[given == 0], lines[(given > 0) & (given < wanted)]
        self._said.add("reasons", none, f"{demand.label}: none is named on the order{demand.explained}", level=NEEDS)
        kinds = ", ".join(demand.schedules)
        self._said.add("reasons", few, f"the order names fewer papers than are asked for ({kinds})", level=NEEDS)
        self._said.add("reasons", lines[given >= wanted], f"{kinds}: named on the order")


def _most(level: npt.NDArray[np.integer[Any]], demand: Demand) -> npt.NDArray[np.int8]:
    """Return the levels; what may not be asked at all holds nothing."""
    most: npt.NDArray[np.int8] = np.minimum(level, NEEDS if demand.unsure else HOLD).astype(np.int8)
    return most


def _over(sent: np.datetime64, demand: Demand, on: dt.date) -> bool:
    """Say whether the days after a notice are over; working days are Monday to Friday, public holidays not counted.

    Days in which somebody may answer are over when the last of them is, and the day of the notice is none of them
    (Reg. (EEC, Euratom) No 1182/71, art. 3). A notice "not later than 15 days before" is in time on the fifteenth.
    """
    today = np.datetime64(on, "D")
    if demand.day_kind == "working":
        return bool(np.busday_count(sent + np.timedelta64(1, "D"), today) >= demand.days)
    return bool(int((today - sent) / np.timedelta64(1, "D")) >= demand.days)


def _given(column: pa.Array) -> npt.NDArray[np.bool_]:
    said = pc.utf8_lower(pc.utf8_trim_whitespace(fill(column, "")))
    none = pc.or_(same(said, ""), pc.is_in(said, value_set=texts(NOT_GIVEN)))
    return np.asarray(pc.invert(none).to_numpy(zero_copy_only=False))


def _permits_given(lines: pa.Table) -> Ints:
    """Return how many permits each line names."""
    column = text_of(lines, "permit")
    given = _given(column)
    number = fill(pc.add(pc.count_substring(column, ";"), 1), 0).to_numpy(zero_copy_only=False)
    return np.where(given, number, 0).astype(np.int64)
