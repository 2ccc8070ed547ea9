"""Which alarms are open: the one place that says it.

An alarm is open until somebody disposes of it. A disposal answers all alarms on that customer and product that had been
raised by then: they were one question, and the dossier shows them together. An alarm raised later is a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["OPEN_ALARMS", "open_alarms"]

#: alarms that nobody has disposed of; of a month that two settings of the monitor raised, the later stands
OPEN_ALARMS = """
WITH once AS (
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY customer_id, product, month
    ORDER BY raised_at DESC, alarm) AS place FROM order_alarm) AS a
  WHERE place = 1
), disposed AS (
  SELECT customer_id, product, subject_id, max(decided_at) AS decided_at FROM order_decision
  WHERE act = 'dispose' GROUP BY customer_id, product, subject_id
)
SELECT a.alarm, a.customer_id, a.product, a.month, a.quantity, a.baseline, a.measure, a.strength, a.meaning, a.reasons,
       a.setting, a.raised_at
FROM once AS a
WHERE NOT EXISTS (
  SELECT 1 FROM disposed AS d
  WHERE d.subject_id = a.alarm
     OR (d.customer_id = a.customer_id AND d.product = a.product AND d.decided_at >= a.raised_at)
)
"""


def open_alarms(store: Store, customer: str | None = None) -> list[dict[str, Any]]:
    """Return the open alarms, of one customer or of all, the oldest month first."""
    where, values = (" AND a.customer_id = ?", [customer]) if customer else ("", [])
    rows: list[dict[str, Any]] = store.rows(
        OPEN_ALARMS + where + " ORDER BY a.month, a.customer_id, a.product, a.alarm", values
    )
    return rows
