"""What people decided and what lists say: earlier refusals and holds, a person's leave to ship, denied parties.

A decision is of a named person. The latest on a subject counts, from the moment it was taken to its last day. Leave to
ship an order answers a list hit, an alarm or an earlier hold; it never stands in for a licence or a notice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import fill, texts
from counterflow.orders.ship.customer_facts import CustomerFacts
from counterflow.orders.ship.items import ItemFacts, text_of
from counterflow.orders.ship.said import CLEAR, HOLD, NEEDS, Said

__all__ = ["Stops", "in_force"]

_WEIGHED = frozenset({"ship", "hold", "refuse", "dispose"})
Ints = npt.NDArray[np.int64]
_NOWHERE = np.zeros(0, np.int64)


def in_force(decisions: pa.Table | None, on: dt.date) -> list[dict[str, Any]]:
    """Return the latest decision on each subject that holds on a day."""
    if decisions is None or not decisions.num_rows:
        return []
    latest: dict[tuple[str, ...], dict[str, Any]] = {}
    taken = [row for row in decisions.to_pylist() if row["act"] in _WEIGHED and row["decided_at"].date() <= on]
    for row in sorted(taken, key=lambda row: row["decided_at"]):
        latest[row["subject"], row["subject_id"], row["customer_id"] or "", row["product"] or ""] = row
    return [row for row in latest.values() if row["holds_to"] is None or row["holds_to"] >= on]


class _Places:
    """Where each value of a column stands; laid out when it is first asked, for many are asked of a long column."""

    def __init__(self, column: pa.Array) -> None:
        self._column = column

    @cached_property
    def _encoded(self) -> pa.DictionaryArray:
        return self._column.dictionary_encode()

    @property
    def names(self) -> pa.Array:
        """The distinct values."""
        return self._encoded.dictionary

    @cached_property
    def _lines(self) -> dict[str, Ints]:
        codes = fill(self._encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
        by = np.argsort(codes, kind="stable").astype(np.int64)
        ends = np.searchsorted(codes[by], np.arange(len(self.names) + 1))
        return {
            name: by[ends[code] : ends[code + 1]] for code, name in enumerate(self.names.to_pylist())
        }  # fmt: skip

    def of(self, value: str | None) -> Ints:
        """Return the positions of a value, in their order; none for None."""
        return _NOWHERE if value is None else self._lines.get(value, _NOWHERE)


class Stops:
    """Says of lines what stands against them beside the law.

    Args:
        lines: the order lines.
        facts: the item of each, by `places`.
        places: position of each line's item in `facts`.
        said: where it is said.
    """

    def __init__(self, lines: pa.Table, facts: list[ItemFacts], places: Ints, said: Said) -> None:
        self._said = said
        self._ids, self._customers = _Places(text_of(lines, "record_id")), _Places(text_of(lines, "customer_id"))
        self._facts, self._places = facts, places
        self._meant: dict[str, npt.NDArray[np.bool_]] = {}
        self.freed = np.zeros(lines.num_rows, bool)
        self.refused = np.zeros(lines.num_rows, bool)

    def decided(self, decisions: Iterable[dict[str, Any]]) -> None:
        """Say what people decided; ships first, since they answer holds of alarms and lists."""
        held = list(decisions)
        for row in held:
            if row["act"] == "ship":
                self._ship(row)
        for row in held:
            if row["act"] in {"hold", "refuse"}:
                self._stop(row)

    def _ship(self, row: dict[str, Any]) -> None:
        lines = self._lines_of(row)
        self.freed[lines] = True
        to = f" to {row['holds_to']}" if row["holds_to"] else ""
        self._said.add("reasons", lines, f"{row['person']} decided to ship{to}: {row['ground']}")

    def _stop(self, row: dict[str, Any]) -> None:
        lines = self._lines_of(row)
        if row["act"] == "refuse" and row["subject"] == "order":
            self.refused[lines] = True
        if row["subject"] != "order":
            lines = lines[~self.freed[lines]]
        word = "refused" if row["act"] == "refuse" else "held"
        of = {"order": "the order", "customer": "the customer", "alarm": "an alarm on this customer"}
        told = f"{of.get(row['subject'], row['subject'])} was {word} by {row['person']} on {row['decided_at'].date()}"
        self._said.add("reasons", lines, f"{told}: {row['ground']}", level=HOLD)

    def _lines_of(self, row: dict[str, Any]) -> Ints:
        if row["subject"] == "order":
            return self._ids.of(row["subject_id"])
        customer = row["subject_id"] if row["subject"] == "customer" else row["customer_id"]
        lines = self._customers.of(customer)
        product = (row["product"] or "").casefold().strip()
        if not product or not len(lines):
            return lines
        if product not in self._meant:
            self._meant[product] = np.array([_is(facts, product) for facts in self._facts], bool)
        kept: Ints = lines[self._meant[product][self._places[lines]]]
        return kept

    def open(self, alarms: pa.Table | None, decisions: Iterable[dict[str, Any]]) -> None:
        """Say which alarms nobody has answered; one on which a hold was decided is told there."""
        if alarms is None:
            return
        answered = {row["subject_id"] for row in decisions if row["subject"] == "alarm"}
        # Thousands of alarms may be open, and one order is of one customer.
        for row in alarms.filter(pc.is_in(alarms["customer_id"], value_set=self._customers.names)).to_pylist():
            if row["alarm"] in answered:
                continue
            lines = self._lines_of({**row, "subject": "alarm", "subject_id": row["alarm"]})
            told = f"an alarm of {row['month']} on {row['product']} is open ({row['reasons'] or 'no reasons given'})"
            self._said.add("reasons", lines[~self.freed[lines]], f"{told}: a person answers it first", level=NEEDS)

    def listed(self, hits: pa.Table | None, customers: CustomerFacts, who: Ints) -> None:
        """Say which customers, owners and forwarders a list may name; a possible name is a question, not a stop."""
        if hits is None or not hits.num_rows:
            return
        level, words = np.zeros(len(customers.ids) + 1, np.int8), [""] * (len(customers.ids) + 1)
        place = {customer: at for at, customer in enumerate(customers.ids.to_pylist())}
        for row in hits.to_pylist():
            at = place.get(row["customer_id"])
            if at is None or row["cleared"] or not row["alert"]:
                continue
            strong = bool(row["strong"])
            level[at] = max(level[at], HOLD if strong else NEEDS)
            told = f"{row['role']} “{row['name']}” {'is' if strong else 'may be'} on {row['list']} ({row['entry']})"
            words[at] += "; " * bool(words[at]) + told + ": a person decides whether it is the same"
        lines = np.flatnonzero((level[who] > CLEAR) & ~self.freed)
        self._said.add("reasons", lines, texts(words), who[lines], level[who[lines]])


def _is(facts: ItemFacts, product: str) -> bool:
    return product in facts.laws or " ".join(facts.item.casefold().split()) == product
