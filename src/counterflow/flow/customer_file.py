"""The customer file from where it is kept (a file, a workspace, or both), reviewed: what the commands answer from.

from counterflow.flow.customer_file import read_customers, reviewed
file = read_customers(Path("customers.csv"))
reviewed(file, on=date(2026, 11, 22)).points
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.core.tables import TABLES, conform
from counterflow.flow.order_items import recognise
from counterflow.orders.customers import PRODUCT, CustomerFile, changes, completeness, newest, review
from counterflow.orders.customers.points import ASK, STOPS
from counterflow.orders.customers.told import in_words
from counterflow.orders.customers.volumes import expected_kilos
from counterflow.orders.ship.items import item_key

if TYPE_CHECKING:
    from counterflow.intake.mapping import Mapping as FileMapping
    from counterflow.intake.standalone import ReadFile
    from counterflow.store.workspace import Workspace

__all__ = [
    "CUSTOMER_TABLES",
    "Customers",
    "OneCustomer",
    "Reviewed",
    "bought",
    "completeness_by_month",
    "one_customer",
    "read_customers",
    "reviewed",
]

CUSTOMER_TABLES = ("customer", "customer_licence", "customer_expected", "customer_owner")
#: orders of so many days back say what a customer buys
_BUYS_DAYS = 365


@dataclass(frozen=True)
class Customers:
    """All rows of the customer file, old and new.

    Args:
        tables: name of the table to its rows.
        said: what reading them brought up, in words.
        refused: rows that could not be read, as in quarantine; None where nothing was read from a file.
        unread: customers of whom no row could be read, each with what is wrong.
    """

    tables: Mapping[str, pa.Table]
    said: tuple[str, ...] = ()
    refused: pa.Table | None = None
    unread: Mapping[str, str] = field(default_factory=dict)

    def newest(self, as_of: dt.datetime | None = None) -> CustomerFile:
        """Return what holds: of each customer the row seen last."""
        return newest(*(self.tables[name] for name in CUSTOMER_TABLES), as_of=as_of)


@dataclass(frozen=True)
class Reviewed:
    """The points of every file, and what they were found in.

    Args:
        file: the customer file as it holds.
        points: table of schema `POINT`.
        hits: what the look-up on lists met, schema `HIT`; None where nobody looked.
        said: what else is to be told, in words.
    """

    file: CustomerFile
    points: pa.Table
    hits: pa.Table | None
    said: tuple[str, ...] = field(default=())


def read_customers(
    file: Path | None = None,
    workspace: Workspace | None = None,
    *,
    mapping: FileMapping | None = None,
    dates: str | None = None,
    clock: Clock = system_clock,
) -> Customers:
    """Return the customers of a file, or of a workspace, or of both; a row of the file is seen last.

    Args:
        file: CSV, XLSX or Parquet; its headers are recognised where no mapping is given.
        workspace: where customers were loaded.
        mapping: how the file is read.
        dates: strptime format of its days, where it has no mapping.
        clock: tells now, which is when the rows of the file are seen.

    Raises:
        UsageError: neither a file nor a workspace.
        InputError: the file cannot be read, or no row of it.
    """
    if file is None and workspace is None:
        raise UsageError("There are no customers.", hint="Name a file of customers, or a workspace with -w.")
    parts: list[Mapping[str, pa.Table]] = []
    said: tuple[str, ...] = ()
    refused, unread = None, dict[str, str]()
    if workspace is not None:
        parts.append({name: workspace.store.query(f'SELECT * FROM "{name}"') for name in CUSTOMER_TABLES})
    if file is not None:
        from counterflow.intake.standalone import read_file

        read = read_file(file, mapping, table="customer", now=clock(), date_format=dates)
        if not read.accepted:
            why = read.refused.slice(0, 1).to_pylist()
            first = f" The first: {why[0]['reason']}: {why[0]['hint']}" if why else ""
            raise InputError(
                f"No row of it could be read as a customer.{first}", hint="Mend it and try again.", file=file
            )
        parts.append(read.tables)
        said, refused, unread = tuple(read.said), read.refused, _unread(read)
    tables = {
        name: pa.concat_tables(
            [conform(part[name], TABLES[name].schema) for part in parts if name in part]
            or [TABLES[name].schema.empty_table()]
        )
        for name in CUSTOMER_TABLES
    }
    return Customers(tables, said, refused, unread)


def _unread(read: ReadFile) -> dict[str, str]:
    """Return the customers none of whose rows could be read, each with what is wrong with the first."""
    columns = next((rule.columns for rule in read.mapping.fields if rule.target == "record_id"), ())
    told: dict[str, str] = {}
    for row in read.refused.select(["line", "row", "column", "value", "reason", "hint", "raw"]).to_pylist():
        raw = json.loads(row["raw"] or "{}")
        who = " ".join(str(raw[name]).strip() for name in columns if raw.get(name))
        place = f"line {row['line']}" if row["line"] else f"row {row['row']}"
        value = f", value “{row['value']}”" if row["value"] else ""
        told.setdefault(who, f"{place}, column {row['column']}{value}: {row['reason']}. {row['hint'] or ''}".rstrip())
    held = set(read.tables["customer"].column("record_id").to_pylist())
    return {who: words for who, words in told.items() if who and who not in held}


def reviewed(
    customers: Customers,
    *,
    on: dt.date,
    as_of: dt.datetime | None = None,
    workspace: Workspace | None = None,
    lines: pa.Table | None = None,
    within_days: int = 60,
) -> Reviewed:
    """Review the customer file as it stands on a day.

    Args:
        customers: what `read_customers` gave.
        on: the day asked about.
        as_of: rows of customers seen later do not count; all count where None.
        workspace: whose lists, clearings and orders are used; without one nobody is looked up.
        lines: orders, schema `ORDER_LINE`; those of the workspace where None.
        within_days: what ends within so many days is told as running out.
    """
    file = customers.newest(as_of)
    hits, lists = None, ""
    if workspace is not None:
        from counterflow.flow.customer_parties import lists_of, screen_customers

        lists = lists_of(workspace)
        hits = screen_customers(file.customers, file.owners, workspace)
        lines = lines if lines is not None else _lines_of(workspace, on)
    products = bought(file, lines, on=on)
    points = review(
        file.customers, file.licences, file.expected, file.owners, hits,
        on=on, products=products, within_days=within_days, lists=lists,
    )  # fmt: skip
    said = () if lists else ("Nobody was looked up on a list: none is loaded (`lists load`, with -w).",)
    return Reviewed(file, points, hits, said)


def bought(file: CustomerFile, lines: pa.Table | None, *, on: dt.date) -> pa.Table:
    """Return what each customer buys or said it would buy, recognised, under the law of its country.

    Args:
        file: the customer file as it holds.
        lines: orders, schema `ORDER_LINE`; None for none.
        on: the day whose law is asked.

    Returns:
        Table of schema `PRODUCT`, kilograms a month, of orders the mean over a year; an item in which nothing sure was
        recognised has one row without a substance.
    """
    expected = file.expected
    told = pa.table(
        {
            "customer_id": expected.column("record_id"), "item": expected.column("item"),
            "cas": pa.nulls(expected.num_rows, pa.string()), "kilos": expected_kilos(expected),
        }
    )  # fmt: skip
    parts = [told]
    if lines is not None and lines.num_rows:
        # The null day of a line whose day nobody knows stays out, like a line that is too old.
        year = pc.and_(
            pc.less_equal(lines.column("ordered_on"), pa.scalar(on)),
            pc.greater_equal(lines.column("ordered_on"), pa.scalar(on - dt.timedelta(days=_BUYS_DAYS))),
        )
        sales = lines.filter(pc.and_(pc.equal(lines.column("kind"), "sale"), year))
        ordered = pa.table(
            {
                "customer_id": sales.column("customer_id"), "item": sales.column("item"), "cas": sales.column("cas"),
                "kilos": pc.divide(sales.column("mass_g"), 1000.0 * 12),
            }
        )  # fmt: skip
        parts.append(
            ordered.group_by(["customer_id", "item", "cas"])
            .aggregate([("kilos", "sum")])
            .rename_columns(["customer_id", "item", "cas", "kilos"])
        )
    items = pa.concat_tables(parts, promote_options="permissive")
    items = items.filter(pc.or_(pc.is_valid(items.column("item")), pc.is_valid(items.column("cas"))))
    if not items.num_rows:
        return PRODUCT.empty_table()
    return _recognised(items, file.customers, on)


def _recognised(items: pa.Table, customers: pa.Table, on: dt.date) -> pa.Table:
    from counterflow.orders.customers.asked import select
    from counterflow.reference.registry import load_registry

    registry = load_registry()
    countries = [code for code in pc.unique(customers.column("country")).to_pylist() if code in registry.jurisdictions]
    law = recognise(items.select(["item", "cas"]), on=on, registry=registry, places=countries)
    items = items.append_column("key", item_key(items))
    return select(
        """
        SELECT i.customer_id, i.item, l.substance, l.jurisdiction, coalesce(l.verdict, 'none') AS verdict, l.list,
            l.schedule, max(i.kilos) AS kilos
        FROM items i LEFT JOIN customers c ON c.record_id = i.customer_id
        LEFT JOIN law l ON l.key = i.key AND l.jurisdiction = c.country AND coalesce(l.doubt, '') = ''
            AND coalesce(l.substance, '') <> ''
        GROUP BY ALL ORDER BY ALL""",
        items=items,
        customers=customers.select(["record_id", "country"]),
        law=law.append_column("key", item_key(law)),
    ).cast(PRODUCT)


def _lines_of(workspace: Workspace, on: dt.date) -> pa.Table:
    columns = "customer_id, kind, item, cas, mass_g, ordered_on"
    return workspace.store.query(
        f"SELECT {columns} FROM order_line WHERE ordered_on BETWEEN ? AND ?", [on - dt.timedelta(days=_BUYS_DAYS), on]
    )


@dataclass(frozen=True)
class OneCustomer:
    """One customer's file, to be read.

    Args:
        held: what is on file: the customer's row, its licences, expected products and owners.
        points: its points, gravest first.
        changes: what changed and when, oldest first.
        said: what else is to be told.
    """

    held: Mapping[str, list[dict[str, Any]]]
    points: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    said: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """What there is to do, in words."""
        weights = Counter(point["weight"] for point in self.points)
        ending = sum(point["standing"] == "expiring" for point in self.points)
        (row,) = self.held["customer"]
        return f"{row['name'] or row['record_id']}: {in_words(weights[STOPS], weights[ASK], ending)}."

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {**self.held, "points": self.points, "changes": self.changes, "in_words": self.in_words}

    def lines(self) -> list[dict[str, Any]]:
        """Return it line by line: what part of the file, what, how it stands, and what it rests on."""
        held = [
            _line(table.removeprefix("customer_"), name, "", str(value), "")
            for table, rows in self.held.items()
            for row in rows
            for name, value in row.items()
            if value is not None and name not in _BOOKKEEPING
        ]
        points = [
            _line("point", p["point"], p["standing"], p["words"], p["evidence"], p["weight"], p["to_do"], p["citation"])
            for p in self.points
        ]
        changes = [
            _line("change", c["column"], c["seen"].date().isoformat(), f"{c['was']} → {c['is']}", "")
            for c in self.changes
        ]
        return held + points + changes


_BOOKKEEPING = frozenset({"source", "batch", "line", "first_seen"})


def _line(*cells: str) -> dict[str, Any]:
    names = ("part", "what", "standing", "words", "evidence", "weight", "to_do", "citation")
    return dict(zip(names, (*cells, *[""] * (len(names) - len(cells))), strict=True))


def one_customer(
    customers: Customers,
    customer_id: str,
    *,
    on: dt.date,
    workspace: Workspace | None = None,
    lines: pa.Table | None = None,
    within_days: int = 60,
) -> OneCustomer:
    """Return one customer's file with its points and what changed.

    Raises:
        UnknownName: no such customer; the nearest ids are told.
    """
    everybody = customers.tables["customer"].column("record_id")
    if customer_id not in set(everybody.to_pylist()):
        raise UnknownName("customer", customer_id, set(everybody.to_pylist()))
    done = reviewed(customers, on=on, workspace=workspace, lines=lines, within_days=within_days)
    names = {
        "customer": done.file.customers, "customer_licence": done.file.licences,
        "customer_expected": done.file.expected, "customer_owner": done.file.owners,
    }  # fmt: skip
    held = {name: _of(table, "record_id", customer_id) for name, table in names.items()}
    points = _of(done.points, "customer_id", customer_id)
    return OneCustomer(held, points, changes(customers.tables["customer"], customer_id), done.said)


def _of(table: pa.Table, column: str, value: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column(column), value)).to_pylist()
    return rows


def completeness_by_month(
    customers: Customers, now: dt.datetime, *, months: int, workspace: Workspace | None = None
) -> pa.Table:
    """Return how complete the files were at the end of each month, as they were known then; the last row is now."""
    firsts = [dt.datetime(*_month_before(now, back), 1, tzinfo=dt.UTC) for back in range(months - 1)]
    instants = [*(first - dt.timedelta(microseconds=1) for first in reversed(firsts)), now]

    def as_then(file: CustomerFile, day: dt.date) -> pa.Table:
        rows = dict(zip(CUSTOMER_TABLES, (file.customers, file.licences, file.expected, file.owners), strict=True))
        return reviewed(Customers(rows), on=day, workspace=workspace).points

    return completeness(instants, customers.newest, as_then)


def _month_before(now: dt.datetime, back: int) -> tuple[int, int]:
    number = now.year * 12 + now.month - 1 - back
    return number // 12, number % 12 + 1
