"""What the customer file says that an answer needs: who is known, identified, and what was declared, until when."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.customers.lines import sells_on
from counterflow.orders.ship.arrow import choose, fill, join, numbers, same, texts
from counterflow.orders.ship.items import days_of, text_of
from counterflow.orders.ship.licences import Licences

__all__ = ["LAPSED", "NOT_GIVEN", "NO_DAY", "NO_DECLARATION", "STANDS", "CustomerFacts", "latest_files"]

#: A declaration without a last day serves for a year (Reg. (EC) No 273/2004 art. 4(2): transactions within one year).
DECLARATION_DAYS = 365
#: What a column says where there is nothing: "no", "-", "pending".
NOT_GIVEN = ("no", "none", "n", "false", "0", "-", "--", "n/a", "na", "missing", "pending", "no declaration", "nein",
             "nil", "null", "not given", "?", "tbd")  # fmt: skip

#: words of a trade that sells on what it buys
_IN_TRADE = re.compile(r"distribut|wholesal|gro(ß|ss)handel|\breseller|\btrader|\bbroker|\bdealer|mayorista|grossiste")

Bools = npt.NDArray[np.bool_]


def latest_files(customers: pa.Table) -> pa.Table:
    """Return one row for each customer: the latest that was seen, else the last in the table."""
    if not customers.num_rows:
        return customers
    ids = text_of(customers, "record_id")
    seen = np.arange(len(ids))
    if "first_seen" in customers.column_names:
        stamps = fill(customers["first_seen"].cast(pa.int64()), 0).to_numpy()
        seen = np.lexsort((seen, stamps))
    place = ids.take(numbers(seen)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    last = np.full(int(place.max(initial=-1)) + 1, -1, np.int64)
    last[place] = seen
    return customers.take(numbers(np.sort(last)))


class CustomerFacts:
    """The customer file as arrays: one entry for each customer, and one more for a customer without file.

    Args:
        customers: table `customer`.
        licences: table `customer_licence`, or None.
        on: the day asked.
    """

    def __init__(self, customers: pa.Table | None, licences: pa.Table | None, on: dt.date) -> None:
        kept = latest_files(customers) if customers is not None else pa.table({"record_id": texts([])})
        self.ids = text_of(kept, "record_id")
        self.licences = Licences(licences, kept, on)
        self.country = [*fill(text_of(kept, "country"), "").to_pylist(), ""]
        numbered = [fill(text_of(kept, name), "") for name in ("registration", "tax_id")]
        has = np.zeros(len(self.ids) + 1, bool)
        for column in numbered:
            has[:-1] |= pc.greater(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False)
        self.identified: Bools = has | self.licences.any_number()
        self.sells_on, self.may_sell_on = _sells_on(kept)
        self.declared, self.declared_words = _declared(kept, on)
        self.use_declared: Bools = self.declared != NO_DECLARATION
        self.refused = fill(text_of(kept, "refusals"), "")
        said = pc.utf8_lower(pc.utf8_trim_whitespace(self.refused))
        none = pc.or_(same(said, ""), pc.is_in(said, value_set=texts(NOT_GIVEN)))
        self.was_refused: Bools = np.append(~none.to_numpy(zero_copy_only=False), False)

    def places(self, lines: pa.Table) -> npt.NDArray[np.int64]:
        """Return the position of the customer of each line; the last one where there is no file."""
        found = pc.index_in(text_of(lines, "customer_id"), value_set=self.ids)
        found = choose(pc.is_null(text_of(lines, "customer_id")), None, found)
        at = fill(found, len(self.ids)).to_numpy(zero_copy_only=False)
        return np.asarray(at, np.int64)


#: How a declaration in the customer file stands.
NO_DECLARATION, NO_DAY, LAPSED, STANDS = range(4)


def _declared(kept: pa.Table, on: dt.date) -> tuple[npt.NDArray[np.int8], pa.Array]:
    """Return how the declared end use of each customer stands on the day, and words."""
    use = fill(text_of(kept, "end_use"), "")
    given = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(use)), 0).to_numpy(zero_copy_only=False)
    from_day, to_day = (days_of(kept, name) for name in ("end_use_on", "end_use_to"))
    day = np.datetime64(on, "D")
    ends = np.where(np.isnat(to_day), from_day + np.timedelta64(DECLARATION_DAYS, "D"), to_day)
    code = np.full(len(use) + 1, NO_DECLARATION, np.int8)
    held = code[:-1]
    held[given] = STANDS
    held[given & np.isnat(ends)] = NO_DAY
    held[given & ~np.isnat(ends) & ((ends < day) | (from_day > day))] = LAPSED
    told = texts(["no customer declaration on file", "the declared end use has no day: ",
                     "the customer declaration does not hold on the day asked: ", "declared: "])  # fmt: skip
    last = texts(np.datetime_as_string(ends, unit="D").tolist())
    until = choose(numbers(np.isnat(ends)), "", join(" (to ", last, ")", ""))
    told_use = choose(numbers(held == NO_DECLARATION), "", join(use, until, ""))
    words = join(told.take(numbers(held.astype(np.int64))), told_use, "")
    return code, pa.concat_arrays([words, texts(["no customer declaration on file"])])


def _sells_on(kept: pa.Table) -> tuple[Bools, Bools]:
    """Return who says that it sells on what it buys, and who is in a trade that does and does not say."""
    told = kept["resells"].to_pylist() if "resells" in kept.column_names else [None] * kept.num_rows
    uses = text_of(kept, "end_use").to_pylist()
    does = np.array([sells_on(*said) for said in zip(told, uses, strict=True)] + [False], bool)
    trades = zip(told, *(text_of(kept, name).to_pylist() for name in ("business_line", "site_type")), strict=True)
    may = np.array([said is None and bool(_IN_TRADE.search(f"{a} {b}".casefold())) for said, a, b in trades] + [False])
    return does, may & ~does
