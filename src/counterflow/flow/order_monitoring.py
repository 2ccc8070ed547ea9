"""The monitor over a file or a workspace: what the rooms know of items, customers and decisions comes in here.

from pathlib import Path
from counterflow.flow.order_monitoring import orders_of_file, look
look(orders_of_file(Path("orders.csv"))).by_month()
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import InputError
from counterflow.core.standing import of_standing, standing
from counterflow.core.tables import ORDER_ALARM, conform
from counterflow.orders.monitor import Monitored, Setting, monitored, now_by_subject, open_alarms, rows_by_month

if TYPE_CHECKING:
    from counterflow.intake.mapping import Mapping as FileMapping
    from counterflow.store.workspace import Workspace

__all__ = ["Book", "Looked", "look", "orders_of_file", "orders_of_workspace", "store_alarms", "with_customers"]

MEANING = "evidence in units of the limit that raises an alarm (two-month deviance or CUSUM); no probability"
#: a mapping whose item is the drug by its own name: that name is the product, as written
_NAMES_THE_DRUG = "arcos"


@dataclass(frozen=True)
class Book:
    """Orders and what is known beside them.

    Args:
        lines: `ORDER_LINE` rows.
        product: what each line is of, beside them.
        customers: `CUSTOMER` rows.
        expected: declared volumes, each with its product, in the measures that orders have.
        decisions: `ORDER_DECISION` rows.
        said: what reading brought up, in words.
        refused: rows that could not be read, as in quarantine.
    """

    lines: pa.Table
    product: pa.Array
    customers: pa.Table | None = None
    expected: pa.Table | None = None
    decisions: pa.Table | None = None
    said: tuple[str, ...] = ()
    refused: pa.Table | None = None


@dataclass(frozen=True)
class Looked:
    """What the monitor saw of a book."""

    watched: Monitored
    book: Book

    def by_month(self) -> pa.Table:
        """Return one row per customer, product and month, as `orders.monitor.monitor` does."""
        return rows_by_month(self.watched)

    def at_the_end(self) -> pa.Table:
        """Return the last month alone, with what was decided since: open alarms first, each by strength."""
        last = now_by_subject(self.watched)
        order = [("open", "descending"), ("strength", "descending"), ("buyer_id", "ascending"), ("drug", "ascending")]
        return last.sort_by(order)


def orders_of_file(
    file: Path, mapping: FileMapping | None = None, *, dates: str | None = None, until: dt.date | None = None,
    clock: Clock = system_clock,
) -> Book:  # fmt: skip
    """Read orders from a file; without a mapping its headers are recognised.

    Orders dated after today (or `until`, where that is later) are slips of a hand: one of 2062 would make every
    customer silent for decades. They are left out and told.

    Raises:
        InputError: the file cannot be read, or no row of it.
    """
    from counterflow.intake.standalone import read_file

    read = read_file(file, mapping, table="order", now=clock(), date_format=dates)
    if not read.accepted:
        why = read.refused.slice(0, 1).to_pylist()
        first = f" The first: {why[0]['reason']}: {why[0]['hint']}" if why else ""
        raise InputError(f"No row of it could be read as an order.{first}", hint="Mend it and try again.", file=file)
    last = max(clock().date(), until or dt.date.min)
    lines = read.tables["order_line"]
    late = pc.fill_null(pc.greater(lines["ordered_on"], pa.scalar(last)), fill_value=False)
    said = tuple(read.said)
    if count := pc.sum(late).as_py():
        worst = lines.filter(late).sort_by([("ordered_on", "descending")]).slice(0, 1).to_pylist()[0]
        latest = f"the latest {worst['record_id']} of {worst['ordered_on']}"
        said += (f"{count} orders are dated after {last} and not counted, {latest}: check their days.",)
        lines = lines.filter(pc.invert(late))
    return Book(lines, _products(lines, mapping), said=said, refused=read.refused)


def orders_of_workspace(workspace: Workspace) -> Book:
    """Return the orders of a workspace with its customers, declared volumes and decisions."""
    held = {
        name: workspace.store.query(f'SELECT * FROM "{name}"')
        for name in ("order_line", "customer", "customer_expected", "order_decision")
    }
    lines = held["order_line"]
    customers = standing(held["customer"])
    return Book(
        lines, _products(lines, None), customers=customers, decisions=held["order_decision"],
        expected=_with_products(of_standing(held["customer_expected"], customers)),
    )  # fmt: skip


def with_customers(book: Book, tables: Mapping[str, pa.Table], decisions: pa.Table | None = None) -> Book:
    """Return the book with a customer file beside it: who is what, and what was declared."""
    customers = standing(tables["customer"])
    expected = _with_products(of_standing(tables["customer_expected"], customers))
    return replace(book, customers=customers, expected=expected, decisions=decisions or book.decisions)


def look(book: Book, *, setting: Setting | None = None, on: dt.date | None = None, answered_after: int = 0) -> Looked:
    """Run the monitor over a book.

    Args:
        book: the orders and what is known beside them.
        setting: the numbers; the usual ones where not given.
        on: as of this day: orders and decisions after it are not known. Without it, all that there is.
        answered_after: for planning, see `orders.monitor.monitored`.
    """
    lines, product, decisions = book.lines, book.product, book.decisions
    if on is not None:
        early = pc.fill_null(pc.less_equal(lines["ordered_on"], pa.scalar(on)), fill_value=True)
        lines, product = lines.filter(early), product.filter(early.combine_chunks())
        if decisions is not None:
            decisions = decisions.filter(pc.less_equal(decisions["decided_at"].cast(pa.date32()), pa.scalar(on)))
    watched = monitored(
        lines, product=product, expected=book.expected, customers=book.customers, decisions=decisions, setting=setting,
        last_month=f"{on:%Y-%m}" if on is not None else None, answered_after=answered_after,
    )  # fmt: skip
    return Looked(watched, book)


def store_alarms(workspace: Workspace, looked: Looked) -> int:
    """Store the alarms that are open at the end as `ORDER_ALARM` rows, each once; return how many are new."""
    version = looked.watched.setting.version
    found = [_stored(row, version) for row in open_alarms(looked.watched).to_pylist()]
    held = set(workspace.store.query("SELECT alarm FROM order_alarm")["alarm"].to_pylist())
    now = workspace.clock()
    new = [row | {"raised_at": now} for row in found if row["alarm"] not in held]
    if new:
        workspace.store.append("order_alarm", conform(pa.Table.from_pylist(new), ORDER_ALARM))
    return len(new)


def _stored(row: Mapping[str, Any], version: str) -> dict[str, Any]:
    said = "\x1f".join((row["buyer_id"], row["drug"], row["month"], version))
    kept = {name: row[name] for name in ("month", "quantity", "baseline", "measure", "strength", "reasons")}
    return kept | {
        "alarm": f"alarm-{hashlib.sha256(said.encode()).hexdigest()[:16]}",
        "customer_id": row["buyer_id"],
        "product": row["drug"],
        "meaning": MEANING,
        "setting": version,
    }


def _products(lines: pa.Table, mapping: FileMapping | None) -> pa.Array:
    """Return the product of each line: the drug as written where the file names it, else what the registry knows."""
    if mapping is not None and mapping.name == _NAMES_THE_DRUG:
        return pc.fill_null(lines["item"], "").combine_chunks()
    from counterflow.flow.order_items import product_of

    return product_of(lines)


def _with_products(expected: pa.Table) -> pa.Table:
    """Return declared volumes with the product that each is of."""
    from counterflow.flow.order_items import product_of

    known = product_of(expected.select(["item"])) if len(expected) else pa.array([], pa.string())
    return expected.append_column("product", known)
