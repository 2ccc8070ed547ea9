"""Orders, customers and stock from where they are kept (files, a workspace, or both), asked for flags and for stock.

from counterflow.flow.order_flags import read_book
book = read_book(Path("orders.csv"), customers=Path("customers.csv"), on=date(2026, 11, 22))
flags_of(book)
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import InputError, UsageError
from counterflow.core.tables import (
    CUSTOMER,
    CUSTOMER_EXPECTED,
    CUSTOMER_LICENCE,
    ORDER_ALARM,
    ORDER_LINE,
    STOCK_EVENT,
    conform,
    empty,
)
from counterflow.flow.order_items import product_of
from counterflow.orders.cases.matters import OPEN_ALARMS
from counterflow.orders.patterns import Setting, flags
from counterflow.reference.trade_law import load_trade_law

if TYPE_CHECKING:
    from counterflow.intake.mapping import Mapping as FileMapping
    from counterflow.intake.standalone import ReadFile
    from counterflow.store.workspace import Workspace

__all__ = ["Book", "flags_of", "open_alarms", "read_book", "read_lines", "read_stock", "store_flags"]


@dataclass(frozen=True)
class Book:
    """What is known of orders and customers as of a day.

    Args:
        lines: rows of ORDER_LINE that are asked about, with `product`.
        history: further orders that serve as background, with `product`; None where there are none.
        customers: rows of CUSTOMER.
        licences: rows of CUSTOMER_LICENCE.
        expected: rows of CUSTOMER_EXPECTED, with `product`.
        on: the day as of which is asked.
        said: what reading brought up, in words.
        refused: rows that could not be read.
    """

    lines: pa.Table
    history: pa.Table | None
    customers: pa.Table
    licences: pa.Table
    expected: pa.Table
    on: dt.date
    said: tuple[str, ...] = ()
    refused: int = 0


def read_book(
    file: Path | None = None,
    workspace: Workspace | None = None,
    *,
    mapping: FileMapping | None = None,
    customers: Path | None = None,
    on: dt.date | None = None,
    dates: str | None = None,
    clock: Clock = system_clock,
) -> Book:
    """Return orders and customers of files, of a workspace, or of both; with a file, the workspace is the background.

    Args:
        file: CSV, XLSX or Parquet of orders; its headers are recognised where no mapping is given.
        workspace: where orders and customers were loaded.
        mapping: how the file of orders is read.
        customers: file of customers.
        on: the day as of which is asked; the day of the last order where None.
        dates: strptime format of the days of the files, where they have no mapping.
        clock: tells now.

    Raises:
        UsageError: neither a file nor a workspace.
        InputError: a file cannot be read, or no row of it.
    """
    lines, read_said, refused = read_lines(file, workspace, mapping=mapping, dates=dates, clock=clock)
    said = [*read_said]
    history = None if file is None or workspace is None else read_lines(None, workspace)[0]
    kept = _customers(customers, workspace, clock, said, dates)
    expected = kept["customer_expected"]
    return Book(
        lines=lines,
        history=history,
        customers=kept["customer"],
        licences=kept["customer_licence"],
        expected=expected.append_column("product", product_of(expected)),
        on=on or _last_day(lines, clock),
        said=tuple(said),
        refused=refused,
    )


def read_lines(
    file: Path | None, workspace: Workspace | None, *, mapping: FileMapping | None = None,
    dates: str | None = None, clock: Clock = system_clock,
) -> tuple[pa.Table, tuple[str, ...], int]:  # fmt: skip
    """Return orders with `product`, what reading them brought up, and how many rows were refused; a file goes first."""
    if file is not None:
        read = _read(file, mapping, "order", clock, dates)
        return _known(read.tables["order_line"]), read.said, read.refused.num_rows
    if workspace is None:
        raise UsageError("There are no orders.", hint="Name a file of orders, or a workspace with -w.")
    return _known(conform(workspace.store.query("SELECT * FROM order_line"), ORDER_LINE)), (), 0


def flags_of(book: Book, setting: Setting | None = None) -> pa.Table:
    """Return the red flags that stand, as rows of ORDER_FLAG."""
    return flags(
        book.lines, None, book.customers, book.licences, book.expected, load_trade_law(),
        on=book.on, history=book.history, setting=setting,
    )  # fmt: skip


def read_stock(
    file: Path | None, workspace: Workspace | None, *, mapping: FileMapping | None = None,
    dates: str | None = None, clock: Clock = system_clock,
) -> tuple[pa.Table, tuple[str, ...], int]:  # fmt: skip
    """Return stock events with `product`, what reading them brought up, and how many rows were refused."""
    if file is None and workspace is None:
        raise UsageError("There is no stock.", hint="Name a file of stock events, or a workspace with -w.")
    if file is not None:
        read = _read(file, mapping, "stock", clock, dates)
        return _known(read.tables["stock_event"]), read.said, read.refused.num_rows
    events = workspace.store.query("SELECT * FROM stock_event") if workspace else empty(STOCK_EVENT)
    return _known(conform(events, STOCK_EVENT)), (), 0


def open_alarms(workspace: Workspace) -> pa.Table:
    """Return the alarms of the monitoring that no person has disposed of."""
    return conform(workspace.store.query(OPEN_ALARMS), ORDER_ALARM)


def store_flags(workspace: Workspace, found: pa.Table) -> int:
    """Keep flags that are not kept yet; return how many were new. Repeating it changes nothing."""
    fresh = workspace.store.query("SELECT * FROM found WHERE flag NOT IN (SELECT flag FROM order_flag)", found=found)
    return workspace.store.append("order_flag", fresh) if fresh.num_rows else 0


def _read(file: Path, mapping: FileMapping | None, table: Literal["order", "stock"], clock: Clock,
    dates: str | None,
) -> ReadFile:  # fmt: skip
    from counterflow.intake.standalone import read_file

    read = read_file(file, mapping, table=table, now=clock(), date_format=dates)
    if not read.accepted:
        first = read.refused.slice(0, 1).to_pylist()
        why = f" The first: {first[0]['reason']}. {first[0]['hint'] or ''}".rstrip() if first else ""
        raise InputError(f"No row of it could be read.{why}", hint="Mend it and try again.", file=file)
    return read


def _customers(
    file: Path | None, workspace: Workspace | None, clock: Clock, said: list[str], dates: str | None
) -> dict[str, pa.Table]:
    from counterflow.flow.customer_file import read_customers

    if file is None and workspace is None:
        said.append(
            "No customer file: peers go by the type of buyer, and declarations and registrations are not known."
        )
        return {
            "customer": empty(CUSTOMER), "customer_licence": empty(CUSTOMER_LICENCE),
            "customer_expected": empty(CUSTOMER_EXPECTED),
        }  # fmt: skip
    read = read_customers(file, workspace, dates=dates, clock=clock)
    said += read.said
    said += [f"The customer {who} could not be read: {why}" for who, why in read.unread.items()]
    newest = read.newest()
    return {
        "customer": newest.customers, "customer_licence": newest.licences, "customer_expected": newest.expected,
    }  # fmt: skip


def _known(rows: pa.Table) -> pa.Table:
    return rows.append_column("product", product_of(rows))


def _last_day(lines: pa.Table, clock: Clock) -> dt.date:
    import pyarrow.compute as pc

    last = pc.max(lines.column("ordered_on")).as_py()
    return min(last, clock().date()) if last else clock().date()
