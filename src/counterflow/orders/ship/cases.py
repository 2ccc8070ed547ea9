"""Lines that ask the law the same question: one item, one route, one band of purity, the same thresholds passed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import fill, join, numbers, texts
from counterflow.orders.ship.checks import Checks
from counterflow.orders.ship.customer_facts import CustomerFacts
from counterflow.orders.ship.day_law import DayLaw
from counterflow.orders.ship.demands import REACHED, UNSURE, Demand, Spoken
from counterflow.orders.ship.items import ItemBook, text_of
from counterflow.orders.ship.routes import Route
from counterflow.orders.ship.said import Said
from counterflow.orders.ship.speak import Speaker
from counterflow.orders.ship.thresholds import Thresholds
from counterflow.orders.ship.unlisted import say_unknown, unknown_items
from counterflow.reference.trade_law import Threshold

__all__ = ["Cases"]

Ints = npt.NDArray[np.int64]
_MOST_BITS = 62


@dataclass(frozen=True)
class _Case:
    item: int
    route: Route
    purity: float


class Cases:
    """The lines, grouped so that each question is put to the law once.

    Args:
        lines: the order lines.
        book: the items.
        places: position of each line's item in `book.facts`.
        facts: the customer file.
        who: position of each line's customer in it.
        law: the law of the day.
        ship_from: country that goods leave where a line does not say it.
    """

    def __init__(
        self,
        lines: pa.Table,
        book: ItemBook,
        places: Ints,
        facts: CustomerFacts,
        who: Ints,
        law: DayLaw,
        ship_from: str,
    ) -> None:
        self._book, self._law = book, law
        self.routes, self.route_of = _routes(lines, facts, who, ship_from)
        bounds = np.unique([e.percent for e in law.trade.exemptions if e.percent is not None])
        band = _bands(lines, bounds)
        self._places, self._unknown = places, unknown_items(book.facts)[places]
        places = np.where(self._unknown, len(book.facts), places)  # all of them are one case, which asks no law
        code = (places * max(len(self.routes), 1) + self.route_of) * (len(bounds) + 1) + band
        _, first, self._of = np.unique(code, return_index=True, return_inverse=True)
        shown = [*bounds.tolist(), float("nan")]
        self._cases = [_Case(int(places[at]), self.routes[self.route_of[at]], shown[band[at]]) for at in first]
        self._grouped = _Grouped(self._of, len(self._cases))
        self._passed: dict[tuple[str, str, str], tuple[list[int], Ints]] = {}

    def measure(self, thresholds: Thresholds) -> None:
        """Measure every threshold once, over all lines that it concerns; keep which lines pass, by instrument."""
        concerned: dict[Threshold, list[int]] = defaultdict(list)
        for number, case in enumerate(self._cases):
            if case.item == len(self._book.facts):
                continue
            for substance in self._law.listed(self._book.facts[case.item], case.route):
                for threshold in self._law.thresholds(substance, case.route):
                    concerned[threshold].append(number)
        over: dict[tuple[str, str, str], list[Ints]] = defaultdict(list)
        where: dict[tuple[str, str, str], set[int]] = defaultdict(set)
        units: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for threshold in concerned:
            units[_without_unit(threshold)].add(threshold.unit)
        for threshold, of_cases in concerned.items():
            name = self._law.registry.substances[threshold.substance].name
            stands = thresholds.passed(
                threshold, name, self._grouped.of(of_cases), twin=len(units[_without_unit(threshold)]) > 1
            )
            for how, lines in zip((REACHED, UNSURE), stands, strict=True):
                if len(lines):
                    key = threshold.substance, threshold.instrument, how
                    over[key].append(lines)
                    where[key].update(of_cases)
        self._passed = {key: (sorted(where[key]), np.unique(np.concatenate(parts))) for key, parts in over.items()}

    def ask(self, checks: Checks, said: Said) -> None:
        """Put each case to the law, say what it says, and check what it demands for all lines at once."""
        unknown = np.flatnonzero(self._unknown)
        say_unknown(said, self._book.facts, self._places, self.routes, self.route_of, unknown, self._law)
        mask, keys = self._masks()
        code = np.unique(mask, return_inverse=True)[1] + self._of * (len(np.unique(mask)) + 1)
        _, first, kind = np.unique(code, return_index=True, return_inverse=True)
        grouped = _Grouped(kind, len(first))
        demanded: dict[Demand, list[int]] = defaultdict(list)
        speaker = Speaker(self._law)
        for number, at in enumerate(first):
            case = self._cases[self._of[at]]
            if case.item == len(self._book.facts):
                continue
            passed = [key for bit, key in enumerate(keys[self._of[at]]) if int(mask[at]) >> bit & 1]
            spoken = speaker.speak(self._book.facts[case.item], case.route, passed, case.purity)
            _say(said, grouped.of([number]), spoken)
            for demand in spoken.gathered():
                demanded[demand].append(number)
        for demand, alike in demanded.items():
            checks.check(demand, grouped.of(alike))

    def _masks(self) -> tuple[Ints, list[list[tuple[str, str, str]]]]:
        """Return for each line which of its case's thresholds it passes, as bits, and what the bits of a case are."""
        keys: list[list[tuple[str, str, str]]] = [[] for _ in self._cases]
        mask = np.zeros(len(self._of), np.int64)
        bit = np.zeros(len(self._cases), np.int64)
        for key, (of_cases, lines) in self._passed.items():
            for number in of_cases:
                bit[number] = min(len(keys[number]), _MOST_BITS)
                keys[number].append(key)
            mask[lines] |= np.int64(1) << bit[self._of[lines]]
        return mask, keys


class _Grouped:
    """Positions of lines by group."""

    def __init__(self, group: Ints, count: int) -> None:
        self._by = np.argsort(group, kind="stable")
        self._begins = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count))])

    def of(self, groups: list[int]) -> Ints:
        """Return the lines of some groups, each group's in order."""
        parts = [self._by[self._begins[n] : self._begins[n + 1]] for n in groups]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _without_unit(threshold: Threshold) -> tuple[str, ...]:
    """Return what two thresholds share that say the same in grams and in litres."""
    of = threshold
    return of.substance, of.instrument, of.direction, of.period, of.scope, of.status, " ".join(of.destinations)


def _bands(lines: pa.Table, bounds: npt.NDArray[np.float64]) -> Ints:
    """Return between which percentages of the law the purity of each line lies; the last where it is not known."""
    if "purity_pct" not in lines.column_names:
        return np.full(lines.num_rows, len(bounds), np.int64)
    purity = pc.fill_null(lines["purity_pct"].cast(pa.float64()), float("nan")).to_numpy()
    return np.where(np.isnan(purity), len(bounds), np.searchsorted(bounds, np.nan_to_num(purity))).astype(np.int64)


def _routes(lines: pa.Table, facts: CustomerFacts, who: Ints, ship_from: str) -> tuple[list[Route], Ints]:
    """Return the distinct routes, and which one each line takes; the site of the customer stands in for ship-to."""
    leaves = fill(text_of(lines, "ship_from"), ship_from)
    arrives = pc.coalesce(text_of(lines, "ship_to_country"), texts(facts.country).take(numbers(who)))
    both = join(leaves, fill(arrives, ""), ">").dictionary_encode()
    routes = [Route(*text.split(">", 1)) for text in both.dictionary.to_pylist()]
    return routes, np.asarray(both.indices.to_numpy(zero_copy_only=False)).astype(np.int64)


def _say(said: Said, lines: Ints, spoken: Spoken) -> None:
    for column, told in (("duties", spoken.duties), ("citations", spoken.citations)):
        if told:
            said.add(column, lines, "; ".join(told))
    for level in sorted({level for level, _ in spoken.reasons}):
        words_of = dict.fromkeys(words for of, words in spoken.reasons if of == level)
        said.add("reasons", lines, "; ".join(words_of), level=level)
