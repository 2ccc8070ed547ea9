"""May this leave? One row for each order line: clear, needs or hold, with duties, thresholds, reasons and citations.

* `clear`: nothing that this program knows stands against it, and what the law asks for is on file;
* `needs`: something can be supplied, and each thing is named;
* `hold`: it must not leave now.

Lines are answered together: each distinct (item, route, thresholds passed) asks the law once, each demand is checked
for all customers at once, and sums run over whole days per customer, substance and period. What the goods are comes as
a table (`ship.items.ITEMS`), and so does who is on a list; the method is on the page `docs/methods/may-i-ship.md`.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.ship.amounts import Amounts
from counterflow.orders.ship.arrow import choose, fill, join, numbers, same, texts
from counterflow.orders.ship.cases import Cases
from counterflow.orders.ship.checks import Checks
from counterflow.orders.ship.customer_facts import CustomerFacts
from counterflow.orders.ship.day_law import DayLaw
from counterflow.orders.ship.items import ItemBook, days_of, text_of
from counterflow.orders.ship.plain import Plain
from counterflow.orders.ship.said import ANSWERS, Said
from counterflow.orders.ship.stops import Stops, in_force
from counterflow.orders.ship.thresholds import Clock, Thresholds
from counterflow.reference.trade_law import TradeLaw

__all__ = ["ANSWER", "answer"]

_OTHER = (
    "needs: no sale (a transfer, a sample, a cancelled order): it is in no sum. A cancelled order does not leave; "
    "where goods do leave, enter them as a sale and ask again"
)
ANSWER = pa.schema(
    [(name, pa.string()) for name in ("order_id", "answer", "duties", "thresholds", "reasons", "citations")]
)

Ints = npt.NDArray[np.int64]


def answer(  # noqa: PLR0913 - each table is one thing that people keep
    lines: pa.Table,
    customers: pa.Table | None,
    licences: pa.Table | None,
    items: pa.Table,
    law: TradeLaw,
    *,
    on: dt.date,
    history: pa.Table | None = None,
    hits: pa.Table | None = None,
    decisions: pa.Table | None = None,
    alarms: pa.Table | None = None,
    ship_from: str = "",
    all_sites: bool = False,
) -> pa.Table:
    """Answer every line of `lines`, in order.

    Args:
        lines: table `order_line`.
        customers: table `customer`; None where there is none.
        licences: table `customer_licence`; None where there is none.
        items: what the items are: table `ship.items.ITEMS`.
        law: duties and thresholds.
        on: the day asked: the law, licences and notices are those of that day.
        history: further order lines that count in the sums and get no answer; a line that `lines` has too counts once.
        hits: parties that may be on lists (`flow.customer_parties`).
        decisions: table `order_decision`.
        alarms: alarms of `order_alarm` that are open.
        ship_from: country that goods leave where a line does not say it.
        all_sites: whether the sums run over all sellers of the lines; else each seller's own.

    Returns:
        Table of schema `ANSWER`.
    """
    asked = lines.num_rows
    together = _together(lines, history)
    said = Said(together.num_rows)
    book = ItemBook(items)
    places = book.places(together)
    facts = CustomerFacts(customers, licences, on)
    who = facts.places(together)
    stops = Stops(together, book.facts, places, said)
    held = in_force(decisions, on)
    stops.decided(held)
    stops.open(alarms, held)
    stops.listed(hits, facts, who)
    amounts = Amounts(together, law)
    replaced = _replaced(together)
    counts = _sales(together) & ~replaced & ~stops.refused
    clock = _clock(together, counts, on, all_sites=all_sites)
    known = DayLaw(law, on)
    cases = Cases(together, book, places, facts, who, known, ship_from)
    cases.measure(Thresholds(amounts, clock, said))
    cases.ask(Checks(together, facts, who, known, said), said)
    Plain(said, together, facts, who).say(amounts.given, amounts.nothing, replaced, stops.freed, on)
    return _written(said, together, asked)


def _together(lines: pa.Table, history: pa.Table | None) -> pa.Table:
    if history is None or not history.num_rows:
        return lines.combine_chunks()
    again = pc.is_in(history["record_id"], value_set=pc.unique(lines["record_id"].combine_chunks()))
    return pa.concat_tables([lines, history.filter(pc.invert(again))], promote_options="default").combine_chunks()


def _sales(lines: pa.Table) -> npt.NDArray[np.bool_]:
    kind = fill(text_of(lines, "kind"), "sale")
    return np.asarray(same(kind, "sale").to_numpy(zero_copy_only=False))


def _replaced(lines: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which lines another line corrects."""
    corrected = pc.drop_null(text_of(lines, "corrects"))
    return np.asarray(pc.is_in(text_of(lines, "record_id"), value_set=corrected).to_numpy(zero_copy_only=False))


def _clock(lines: pa.Table, counts: npt.NDArray[np.bool_], on: dt.date, *, all_sites: bool) -> Clock:
    days = days_of(lines, "ordered_on")
    days = np.where(np.isnat(days), np.datetime64(on, "D"), days)
    who, order = _codes(text_of(lines, "customer_id")), _codes(text_of(lines, "record_id"))
    if not all_sites:
        sites = _codes(text_of(lines, "supplier_id"))
        who = who * (int(sites.max(initial=0)) + 1) + sites
    return Clock(days.astype("datetime64[D]").astype(np.int64), who, order, text_of(lines, "record_id"), counts)


def _codes(column: pa.Array) -> Ints:
    codes = fill(column, "").dictionary_encode().indices
    return np.asarray(codes.to_numpy(zero_copy_only=False)).astype(np.int64)


def _written(said: Said, lines: pa.Table, asked: int) -> pa.Table:
    """Return the rows of the lines that were asked about; what is no sale leaves nothing to ship, and says so."""
    level = said.level.astype(np.int64)
    columns = {
        "answer": texts(ANSWERS).take(numbers(level)),
        "duties": said.joined("duties"),
        "thresholds": said.joined("thresholds"),
        "reasons": said.joined("reasons", prefix=True),
        "citations": said.joined("citations"),
    }
    sale = numbers(_sales(lines))
    kind = text_of(lines, "kind")
    # A transfer or a sample leaves the house too, and a cancelled order must not: what is no sale by its kind is asked.
    other = same(fill(kind, "sale"), "other")
    gone_back = join("no sale but a ", kind, ": nothing is shipped, and no sum is made less", "")
    no_sale = {
        "answer": choose(other, "needs", "clear"),
        "reasons": choose(other, _OTHER, gone_back),
    }
    filled = [
        choose(sale, column.cast(pa.string()), no_sale.get(name, pa.scalar(""))).slice(0, asked)
        for name, column in columns.items()
    ]
    return pa.Table.from_arrays([text_of(lines, "record_id").slice(0, asked), *filled], schema=ANSWER)
