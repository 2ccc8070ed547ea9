"""What is open in a workspace, read from its tables for `queue`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.orders.cases.decisions import standing
from counterflow.orders.cases.dispositions import dispositions, licit_share
from counterflow.orders.cases.matters import open_alarms
from counterflow.orders.cases.questions import questions
from counterflow.orders.cases.queue import Open
from counterflow.orders.cases.reports import due_of, reports

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["CURRENT_FLAGS", "open_matters", "standing_licences"]

#: days before its end at which a licence stands in the queue
EXPIRING_DAYS = 30

#: flags that no finding has answered since the day they stand for
CURRENT_FLAGS = """
WITH once AS (
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY flag ORDER BY day) AS place FROM order_flag) AS f
  WHERE place = 1
), answered AS (
  SELECT customer_id, product, max(decided_at) AS at FROM order_decision
  WHERE finding IS NOT NULL GROUP BY customer_id, product
)
SELECT f.flag, f.kind, f."group", f.grade, f.customer_id, f.product, f.order_id, f.day, f.words, f.evidence, f.clears,
       f.citation
FROM once AS f WHERE NOT EXISTS (
  SELECT 1 FROM answered AS a WHERE a.customer_id = f.customer_id
    AND (a.product IS NULL OR f.product IS NULL OR a.product = f.product)
    AND (f.day IS NULL OR CAST(a.at AS DATE) >= f.day)
)
"""

#: the licences that end soon, of customers who have ordered in the last year
_LICENCES = """
SELECT record_id AS customer_id, kind, number, expires_on FROM standing_licences
WHERE record_id IN (SELECT customer_id FROM order_line WHERE kind = 'sale' AND ordered_on >= ?)
  AND expires_on BETWEEN ? AND ? ORDER BY record_id, line
"""

_HELD = """
SELECT record_id AS order_id, max(customer_id) AS customer_id, max(item) AS product, max(ordered_on) AS day,
       sum(coalesce(units, active_g, mass_g)) AS quantity,
       CASE WHEN count(units) > 0 THEN 'units' ELSE 'grams' END AS measure
FROM order_line WHERE record_id IN (SELECT record_id FROM asked) GROUP BY record_id ORDER BY record_id
"""


def open_matters(
    store: Store,
    today: dt.date,
    *,
    answered_hold: dict[str, str] | None = None,
    product_of: dict[str, str] | None = None,
) -> Open:
    """Return what is open on `today`.

    Args:
        store: the tables.
        today: the day.
        answered_hold: orders whose answer is hold, to the reasons; beside those that a decision holds.
        product_of: item as written to the product it is, as alarms and flags name it.
    """
    rows = dispositions(store, today)
    return Open(
        alarms=open_alarms(store),
        flags=store.rows(CURRENT_FLAGS + " ORDER BY f.customer_id, f.product, f.kind, f.flag"),
        held=_held(store, today, answered_hold or {}, product_of or {}),
        questions=_questions(store, today),
        licences=_licences(store, today),
        reports=_reports(store),
        licit=licit_share(rows),
    )


def standing_licences(store: Store) -> pa.Table:
    """Return the licences of the customer files as they stand: a file sent again replaces its licences."""
    from counterflow.core.standing import of_standing
    from counterflow.core.standing import standing as rows_that_stand

    files = rows_that_stand(store.query("SELECT * FROM customer"))
    return of_standing(store.query("SELECT * FROM customer_licence"), files)


def _licences(store: Store, today: dt.date) -> list[dict[str, Any]]:
    days = [today - dt.timedelta(days=365), today, today + dt.timedelta(days=EXPIRING_DAYS)]
    return store.rows(_LICENCES, days, standing_licences=standing_licences(store))


def _held(store: Store, today: dt.date, answered: dict[str, str], product_of: dict[str, str]) -> list[dict[str, Any]]:
    in_force = {row["subject_id"]: row for row in standing(store, today) if row["subject"] == "order"}
    words = {
        order: reasons
        for order, reasons in answered.items()
        if order not in in_force or in_force[order]["act"] == "hold"
    }
    words |= {
        order: f"held by {row['person']}: {row['ground']}" for order, row in in_force.items() if row["act"] == "hold"
    }
    if not words:
        return []
    asked = pa.table({"record_id": pa.array(sorted(words), pa.string())})
    return [
        row | {"words": words[str(row["order_id"])], "product": product_of.get(str(row["product"]), row["product"])}
        for row in store.rows(_HELD, asked=asked)
    ]


def _questions(store: Store, today: dt.date) -> list[dict[str, Any]]:
    """Return the unanswered questions, each with the product of the alarm or order that it is about."""
    products = _products(store)
    waiting = [row for row in questions(store, today) if row["state"] != "answered"]
    return [row | {"product": products.get(str(row["subject_id"]))} for row in waiting]


def _products(store: Store) -> dict[str, object]:
    rows = store.rows("SELECT DISTINCT alarm AS id, product FROM order_alarm")
    return {str(row["id"]): row["product"] for row in rows}


def _reports(store: Store) -> list[dict[str, Any]]:
    """Return drafts with their last day, and matters that somebody decided to report and nobody drafted since."""
    drafts = [row for row in reports(store) if due_of(row) is not None]
    products = _products(store)
    found = [
        {
            "customer_id": row["customer_id"] or "", "product": products.get(str(row["subject_id"])),
            "due_on": due_of(row), "words": f"report {row['report']} is drafted and not filed",
        }
        for row in drafts
    ]  # fmt: skip
    rows = store.rows(
        "SELECT d.customer_id, d.product, d.subject_id, CAST(min(d.decided_at) AS DATE) AS due_on FROM order_decision d"
        " WHERE d.act = 'report' AND NOT EXISTS (SELECT 1 FROM order_report r"
        ' WHERE r.customer_id = d.customer_id AND r."at" >= d.decided_at)'
        " GROUP BY d.customer_id, d.product, d.subject_id ORDER BY d.customer_id, d.product, d.subject_id"
    )
    said = "somebody decided on {} to report it; nothing is drafted yet"
    return found + [row | {"words": said.format(row["due_on"])} for row in rows]
