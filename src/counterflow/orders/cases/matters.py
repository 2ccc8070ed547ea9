"""Which alarms are open, and since when.

An alarm is open until somebody disposes of it. Disposing of an alarm answers it and the earlier ones of the same
customer and product: they were the same question. A later alarm is a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["OPEN_ALARMS", "open_alarms"]

#: alarms that nobody has disposed of, the latest run of the same alarm counting once
OPEN_ALARMS = """
WITH alarms AS (
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY alarm ORDER BY raised_at) AS place FROM order_alarm) AS once
  WHERE place = 1
), disposed AS (
  SELECT d.customer_id, d.product, a.month, max(d.decided_at) AS at
  FROM order_decision AS d JOIN alarms AS a ON d.subject = 'alarm' AND d.subject_id = a.alarm
  WHERE d.act = 'dispose' GROUP BY d.customer_id, d.product, a.month
)
SELECT a.alarm, a.customer_id, a.product, a.month, a.quantity, a.baseline, a.measure, a.strength, a.meaning, a.reasons,
       a.setting, a.raised_at
FROM alarms AS a
WHERE NOT EXISTS (
  SELECT 1 FROM disposed AS d WHERE d.customer_id = a.customer_id AND d.product = a.product AND d.month >= a.month
)
"""


def open_alarms(store: Store, customer: str | None = None) -> list[dict[str, Any]]:
    """Return the open alarms, of one customer or of all, the oldest month first."""
    where, values = (" AND a.customer_id = ?", [customer]) if customer else ("", [])
    rows: list[dict[str, Any]] = store.rows(
        OPEN_ALARMS + where + " ORDER BY a.month, a.customer_id, a.product, a.alarm", values
    )
    return rows
