"""What the workspace knows for a report: the customer, its licence, the order, the alarm, or the loss."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UnknownName
from counterflow.core.standing import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from counterflow.store.repository import Store

__all__ = ["facts_about"]

_CUSTOMER = "SELECT * FROM customer WHERE record_id = ? ORDER BY first_seen DESC LIMIT 1"
_LICENCE = "SELECT number FROM customer_licence WHERE record_id = ? ORDER BY expires_on DESC NULLS LAST, line LIMIT 1"
_ORDER = "SELECT * FROM order_line WHERE record_id = ? ORDER BY first_seen DESC, line LIMIT 1"
_OF_ALARM = "SELECT * FROM order_line WHERE customer_id = ? AND ordered_on >= ? AND ordered_on < ?"
_DECISION = """
SELECT act, finding, decided_at FROM order_decision WHERE customer_id = ?
ORDER BY decided_at DESC, ledger_seq DESC LIMIT 1
"""


def facts_about(store: Store, subject: str, kind: str) -> dict[str, Any]:
    """Return facts by dotted name (`customer.name`, `order.item`, …) about an alarm, an order or a stock event.

    Args:
        store: the tables.
        subject: its id.
        kind: kind of report: of a disappearance the subject is a stock event.

    Raises:
        UnknownName: nothing on record has that id.
    """
    return _of_stock(store, subject) if kind == "disappearance" else _of_order(store, subject)


def _of_stock(store: Store, subject: str) -> dict[str, Any]:
    rows = store.rows("SELECT * FROM stock_event WHERE record_id = ? ORDER BY first_seen DESC LIMIT 1", [subject])
    if not rows:
        known = store.query("SELECT DISTINCT record_id FROM stock_event LIMIT 50000")
        raise UnknownName("stock event", subject, known.column("record_id").to_pylist())
    row = rows[0]
    earlier = store.rows(
        "SELECT count(DISTINCT record_id) AS n FROM stock_event WHERE kind IN ('loss', 'theft') AND record_id <> ?"
        " AND happened_on BETWEEN CAST(? AS DATE) - INTERVAL 24 MONTH AND ?",
        [subject, row["happened_on"], row["happened_on"]],
    )[0]["n"]
    quantity = " ".join(str(row[name]) for name in ("quantity", "unit") if row[name] is not None)
    return _dotted("stock", row) | {"stock.quantity": quantity, "stock.earlier": earlier}


def _largest(lines: pa.Table) -> list[dict[str, Any]]:
    """Return the largest sale that stands: the one that a report is about first."""
    sales = [row for row in standing(lines).to_pylist() if row["kind"] == "sale"]
    return sorted(sales, key=_size)[:1]


def _size(row: Mapping[str, Any]) -> tuple[float, str]:
    known = (row[name] for name in ("units", "active_g", "mass_g", "quantity"))
    return -next((float(amount) for amount in known if amount is not None), 0.0), row["record_id"]


def _of_order(store: Store, subject: str) -> dict[str, Any]:
    alarms = store.rows("SELECT * FROM order_alarm WHERE alarm = ? LIMIT 1", [subject])
    orders = [] if alarms else store.rows(_ORDER, [subject])
    if not alarms and not orders:
        known = store.query(
            "SELECT DISTINCT alarm AS id FROM order_alarm UNION SELECT record_id FROM order_line LIMIT 50000"
        )
        raise UnknownName("alarm or order", subject, known.column("id").to_pylist())
    customer = str((alarms or orders)[0]["customer_id"] or "")
    if alarms:
        orders = _largest(store.query(_OF_ALARM, [customer, *_bounds(str(alarms[0]["month"]))]))
    facts: dict[str, Any] = {"customer_id": customer}
    for name, rows in (
        ("order", orders),
        ("customer", store.rows(_CUSTOMER, [customer])),
        ("licence", store.rows(_LICENCE, [customer])),
    ):
        facts |= _dotted(name, rows[0]) if rows else {}
    decided = store.rows(_DECISION, [customer])
    if decided:
        facts["decision"] = f"{decided[0]['act']} on {decided[0]['decided_at']:%Y-%m-%d}"
    return facts | {"circumstances": _circumstances(store, customer, alarms, orders)}


def _bounds(month: str) -> tuple[dt.date, dt.date]:
    """Return the first day of a month written YYYY-MM, and of the next."""
    first = dt.date.fromisoformat(f"{month}-01")
    return first, (first + dt.timedelta(days=31)).replace(day=1)


def _circumstances(store: Store, customer: str, alarms: list[dict[str, Any]], orders: list[dict[str, Any]]) -> str:
    """Say what was seen, in facts: the alarm's reasons and the flags' words; no conclusion."""
    words = [f"Alarm of {row['month']}: {row['reasons'] or row['meaning']}." for row in alarms]
    flags = store.rows(
        "SELECT DISTINCT words FROM order_flag WHERE customer_id = ? AND (order_id IS NULL OR order_id = ? OR ?)"
        " ORDER BY words",
        [customer, orders[0]["record_id"] if orders else "", bool(alarms)],
    )
    return " ".join([*words, *(f"{str(row['words']).rstrip('.')}." for row in flags)])


def _dotted(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}.{column}": value for column, value in row.items() if value is not None}
