"""How long things waited in a year: alarms for a finding, and orders of customers who were in the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["delays", "disposal_days", "table_figures"]

_ALARMS = """
SELECT a.alarm, min(a.raised_at) AS raised, min(d.decided_at) AS disposed
FROM order_alarm AS a JOIN order_decision AS d ON d.subject = 'alarm' AND d.subject_id = a.alarm AND d.act = 'dispose'
GROUP BY a.alarm
"""

#: each hold of an order with the ship or refuse that came next
_HOLDS = """
SELECT h.subject_id, h.decided_at AS held, n.act AS next_act, n.decided_at AS next_at FROM order_decision AS h
LEFT JOIN (
  SELECT *, lag(ledger_seq) OVER (PARTITION BY subject, subject_id ORDER BY ledger_seq) AS after FROM order_decision
) AS n ON n.subject = h.subject AND n.subject_id = h.subject_id AND n.after = h.ledger_seq
WHERE h.subject = 'order' AND h.act = 'hold' AND extract(year FROM h.decided_at) = ?
ORDER BY h.ledger_seq
"""


_SOLD = "kind = 'sale' AND extract(year FROM ordered_on) = ?"
#: what is counted from tables alone: the table, and how
_COUNTS = {
    "Orders on record": (
        "order_line",
        f"SELECT count(DISTINCT source || chr(31) || record_id) AS n FROM order_line WHERE {_SOLD}",
    ),
    "Customers who ordered": ("order_line", f"SELECT count(DISTINCT customer_id) AS n FROM order_line WHERE {_SOLD}"),
    "Of them with a customer file": (
        "order_line, customer",
        (
            f"SELECT count(DISTINCT customer_id) AS n FROM order_line WHERE {_SOLD}"
            " AND customer_id IN (SELECT record_id FROM customer)"
        ),
    ),
    "Alarms raised": (
        "order_alarm",
        (
            "SELECT count(*) AS n FROM (SELECT customer_id, product, month, min(raised_at) AS raised FROM order_alarm"
            " GROUP BY customer_id, product, month) AS a WHERE extract(year FROM raised) = ?"
        ),
    ),
    "Flags raised": (
        "order_flag",
        "SELECT count(DISTINCT flag) AS n FROM order_flag WHERE extract(year FROM day) = ?",
    ),
    "Thefts and losses on record": (
        "stock_event",
        (
            "SELECT count(DISTINCT record_id) AS n FROM stock_event WHERE kind IN ('loss', 'theft')"
            " AND extract(year FROM happened_on) = ?"
        ),
    ),
}


def disposal_days(store: Store, year: int) -> dict[str, Any]:
    """Return how many days passed from alarm to disposal, of the alarms disposed of in `year`: median, most, number."""
    rows = store.rows(
        "SELECT count(*) AS alarms, median(days) AS median, max(days) AS most FROM"
        " (SELECT date_diff('day', CAST(raised AS DATE), CAST(disposed AS DATE)) AS days"
        f" FROM ({_ALARMS}) AS waited WHERE extract(year FROM disposed) = ?) AS days",
        [year],
    )
    return rows[0] | {"rests_on": {"table": "order_alarm (raised), ledger (disposed)"}}


def delays(store: Store, year: int) -> dict[str, Any]:
    """Return what holds of orders in `year` cost: how many were shipped after all, how late, and how many wait."""
    rows = store.rows(_HOLDS, [year])
    shipped = [row for row in rows if row["next_act"] == "ship"]
    days = sorted((row["next_at"] - row["held"]).days for row in shipped)  # type: ignore[operator]
    middle = len(days) // 2
    median = None if not days else days[middle] if len(days) % 2 else (days[middle - 1] + days[middle]) / 2
    return {
        "held": len(rows), "shipped_after_all": len(shipped),
        "refused": sum(row["next_act"] == "refuse" for row in rows),
        "waiting": sum(row["next_act"] is None for row in rows), "median_days_of_delay": median,
        "days_of_delay_in_all": sum(days), "rests_on": {"table": "order_decision, each row sealed in the ledger"},
    }  # fmt: skip


def table_figures(store: Store, year: int) -> list[dict[str, Any]]:
    """Return the figures of `year` that rest on tables alone."""
    return [
        {"what": what, "value": store.rows(sql, [year])[0]["n"], "rests_on": {"table": table}}
        for what, (table, sql) in _COUNTS.items()
    ]
