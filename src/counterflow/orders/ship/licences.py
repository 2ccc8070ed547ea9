"""Does each customer hold the licence or registration that a duty asks for, on the day, for this substance?

Every licence is judged against every duty once, all customers together. The best of a customer's licences counts, so
that one more licence never makes an answer worse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.arrow import choose, fill, join, numbers, same, texts
from counterflow.orders.ship.covers import read_covers
from counterflow.orders.ship.items import days_of, text_of

__all__ = ["ABSENT", "GOOD", "INCOMPLETE", "Licences", "Standing"]

#: How a licence stands to a duty, worst first; above INCOMPLETE it is met, INCOMPLETE can be supplied.
ABSENT, ELSEWHERE, OF_ANOTHER_KIND, NOT_COVERING, NOT_YET, EXPIRED, INCOMPLETE, GOOD = range(8)
_TOLD = {
    ABSENT: "no licence on file",
    ELSEWHERE: "the licence on file holds in another country: ",
    OF_ANOTHER_KIND: "what is on file is a registration, not a licence: ",
    NOT_COVERING: "the licence on file does not cover it: ",
    NOT_YET: "the licence on file does not hold yet: ",
    EXPIRED: "the licence on file has expired: ",
    INCOMPLETE: "the licence on file is not complete: ",
    GOOD: "on file: ",
}
_REGISTRATIONS = frozenset({"registration", "special registration"})
_MEDICAL_SITES = frozenset({"pharmacy", "hospital", "practice", "clinic"})
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Standing:
    """For each customer (and one more at the end: a customer without file), how its best licence stands, and words."""

    code: Codes
    words: pa.Array


class Licences:
    """The licences of all customers, read once.

    Args:
        licences: table `customer_licence`.
        customers: ids in order, and `country` and `site_type` of each, as the customer file has them.
        on: the day asked.
    """

    def __init__(self, licences: pa.Table | None, customers: pa.Table, on: dt.date) -> None:
        ids = text_of(customers, "record_id")
        self.count = len(ids)
        kept = licences if licences is not None else pa.table({"record_id": texts([])})
        owner = pc.index_in(text_of(kept, "record_id"), value_set=ids)
        kept = kept.filter(pc.is_valid(owner))
        self._owner = pc.drop_null(owner).to_numpy(zero_copy_only=False).astype(np.int64)
        countries, sites = (fill(text_of(customers, name), "") for name in ("country", "site_type"))
        at = numbers(self._owner)
        own = fill(text_of(kept, "country"), "")
        self._country = choose(same(own, ""), countries.take(at), own).to_pylist()
        self._medical = np.isin(np.asarray(sites.take(at).to_pylist(), object), list(_MEDICAL_SITES))
        self._kind = _folded(text_of(kept, "kind"))
        self._number = fill(text_of(kept, "number"), "")
        self._covers = _folded(text_of(kept, "covers"))
        self._begins, self._ends = (days_of(kept, name) for name in ("valid_from", "expires_on"))
        self._day = np.datetime64(on, "D")
        self._words = self._in_words(kept)
        self._countries = fill(countries, "").to_pylist()

    def any_number(self) -> npt.NDArray[np.bool_]:
        """Return which customers have a licence or registration with a number on file."""
        has = np.zeros(self.count + 1, bool)
        numbered = pc.greater(pc.utf8_length(self._number), 0).to_numpy(zero_copy_only=False)
        has[self._owner[numbered]] = True
        return has

    def standing(
        self, places: Collection[str], schedules: Collection[str], names: Collection[str],
        *, licence_only: bool, pharmacies: bool,
    ) -> Standing:  # fmt: skip
        """Say how each customer stands to a duty.

        Args:
            places: countries (and the union) in which the licence must hold.
            schedules: lists, schedules or categories of the entry; one of them covered is enough.
            names: id and names of the substance, folded.
            licence_only: whether a registration does not do.
            pharmacies: whether pharmacies and hospitals need no licence that names the substance.
        """
        code = np.full(len(self._owner), GOOD, np.int8)
        covers = self._covering(schedules, names)
        if pharmacies:
            covers[(covers == INCOMPLETE) & self._medical] = GOOD
        dateless = np.isnat(self._ends) & ~np.isin(self._kind, list(_REGISTRATIONS))
        nameless = same(pc.utf8_length(self._number), 0).to_numpy(zero_copy_only=False)
        code[(covers == INCOMPLETE) | dateless | nameless] = INCOMPLETE
        code[~np.isnat(self._ends) & (self._ends < self._day)] = EXPIRED
        code[~np.isnat(self._begins) & (self._begins > self._day)] = NOT_YET
        code[covers == NOT_COVERING] = NOT_COVERING
        if licence_only:
            registered = np.isin(self._kind, list(_REGISTRATIONS))
            code[registered & ~(self._medical if pharmacies else np.zeros_like(registered))] = OF_ANOTHER_KIND
        country = np.asarray(self._country, object)
        code[~np.isin(country, [*places, ""])] = ELSEWHERE
        code[(country == "") & (code == GOOD)] = INCOMPLETE
        return self._best(code, covers == INCOMPLETE, dateless, nameless)

    def _best(self, code: Codes, uncovered: npt.NDArray[np.bool_], dateless: npt.NDArray[np.bool_],
              nameless: npt.NDArray[np.bool_]) -> Standing:  # fmt: skip
        """Return the best licence of each customer; of equals, the first on file."""
        best = np.full(self.count + 1, ABSENT, np.int8)
        np.maximum.at(best, self._owner, code)
        which = np.full(self.count + 1, -1, np.int64)
        good = np.flatnonzero(code == best[self._owner])[::-1]
        which[self._owner[good]] = good
        missing = [
            ("", "what it covers, ")[int(c)] + ("", "its last day, ")[int(d)] + ("", "its number, ")[int(n)]
            for c, d, n in np.ndindex(2, 2, 2)
        ]
        lacks = (uncovered * 4 + dateless * 2 + nameless).astype(np.int64)
        told = texts([_TOLD[int(c)] for c in range(GOOD + 1)]).take(numbers(best.astype(np.int64)))
        at = numbers(which, mask=which < 0)
        named = fill(self._words.take(at), "")
        lacking = texts([f" (say {m.rstrip(', ')})" if m else " (say where it holds)" for m in missing])
        tail = fill(lacking.take(numbers(lacks)).take(at), "")
        tail = choose(numbers(best == INCOMPLETE), tail, "")
        return Standing(best, join(told, named, tail, ""))

    def _covering(self, schedules: Collection[str], names: Collection[str]) -> Codes:
        """Say of each licence whether it covers the entry; asked once for each text."""
        encoded = texts(self._covers.tolist()).dictionary_encode()
        codes = []
        for text in encoded.dictionary.to_pylist():
            said = read_covers(text)
            met = any(said.meets(schedule, names) for schedule in schedules or ("",))
            codes.append(INCOMPLETE if not said.said else GOOD if met else NOT_COVERING)
        if not codes:
            return np.zeros(0, np.int8)
        of_text: Codes = np.asarray(codes, np.int8)
        found: Codes = of_text[encoded.indices.to_numpy(zero_copy_only=False)]
        return found

    def _in_words(self, kept: pa.Table) -> pa.Array:
        kind = fill(text_of(kept, "kind"), "licence")
        number = choose(same(self._number, ""), "without number", self._number)
        ends = fill(text_of(kept, "expires_on"), "no last day")
        to = join(choose(same(ends, "no last day"), ", ", " to "), ends, "")
        covers = fill(text_of(kept, "covers"), "")
        about = choose(same(covers, ""), "", join(" for ", covers, ""))
        return join(kind, " ", number, about, to, "")


def _folded(column: pa.Array) -> npt.NDArray[np.object_]:
    values = pc.utf8_lower(pc.utf8_trim_whitespace(fill(column, "")))
    return np.asarray(values.to_pylist(), object)
