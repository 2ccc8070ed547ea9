"""What is said of a line from the line and the customer file alone: what is missing, and what does not agree."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import fill, join, numbers, texts
from counterflow.orders.ship.customer_facts import CustomerFacts
from counterflow.orders.ship.items import days_of, text_of
from counterflow.orders.ship.said import CLEAR, NEEDS, Said

__all__ = ["Plain"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Plain:
    """Says the plain facts.

    Args:
        said: where they are said.
        lines: the order lines.
        facts: the customer file.
        who: position of each line's customer in it.
    """

    def __init__(self, said: Said, lines: pa.Table, facts: CustomerFacts, who: Ints) -> None:
        self._said, self._lines, self._facts, self._who = said, lines, facts, who

    def say(self, amount_given: Bools, nothing: Bools, replaced: Bools, freed: Bools, on: dt.date) -> None:
        """Say all of them.

        Args:
            amount_given: whether a line says how much it is.
            nothing: whether it says nought.
            replaced: whether another line corrects it.
            freed: whether a person decided to ship it.
            on: the day asked.
        """
        self._customer()
        self._refused_before(freed)
        self._places()
        self._days(on)
        self._say(~amount_given, "say how much it is, with a unit: the quantity cannot be read", NEEDS)
        self._say(nothing, "the quantity is nought: say how much is to leave", NEEDS)
        self._say(replaced, "a later line replaces this one: answer that one", NEEDS)

    def _say(self, where: Bools, words: str, level: int = CLEAR) -> None:
        self._said.add("reasons", np.flatnonzero(where), words, level=level)

    def _customer(self) -> None:
        facts, who = self._facts, self._who
        ids = text_of(self._lines, "customer_id")
        nameless = pc.is_null(ids).to_numpy(zero_copy_only=False)
        unknown = np.flatnonzero((who == len(facts.ids)) & ~nameless)
        told = join("no customer file for ", ids.take(numbers(unknown)), ": send it", "")
        self._said.add("reasons", unknown, told, level=NEEDS)
        self._say(nameless, "the order names no customer", NEEDS)

    def _refused_before(self, freed: Bools) -> None:
        """Say what refusals the customer file notes; a person looks at them, once for as long as the decision holds."""
        facts, who = self._facts, self._who
        refused = np.flatnonzero(facts.was_refused[who])
        told = join("the customer file notes an earlier refusal (", facts.refused, "): a person decides", "")
        level = np.where(freed[refused], CLEAR, NEEDS).astype(np.int8)
        self._said.add("reasons", refused, told, who[refused], level)

    def _places(self) -> None:
        given = text_of(self._lines, "ship_to_country")
        site = texts(self._facts.country).take(numbers(self._who))
        stood_in = pc.and_(pc.is_null(given), pc.greater(pc.utf8_length(fill(site, "")), 0))
        self._say(
            stood_in.to_numpy(zero_copy_only=False), "no country of delivery on the order: taken from the customer file"
        )
        differ = pc.and_(pc.not_equal(given, site), pc.greater(pc.utf8_length(fill(site, "")), 0))
        at = np.flatnonzero(fill(differ, False).to_numpy(zero_copy_only=False))
        told = join(
            "delivered to ", given.take(numbers(at)), ", while the site on file is in ", site.take(numbers(at)), ""
        )
        self._said.add("reasons", at, told)

    def _days(self, on: dt.date) -> None:
        ordered = days_of(self._lines, "ordered_on")
        none = np.isnat(ordered)
        words = "no day of the order: taken as of the day asked"
        self._say(none, words, CLEAR if none.all() else NEEDS)
        self._say(~none & (ordered > np.datetime64(on, "D")), f"the order is dated after the day asked ({on})")
