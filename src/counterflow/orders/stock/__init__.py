"""Stock: does what is there agree with what was received and sold; what is missing, and to whom is it owed to say so?

`lay` puts stock events and orders beside each other; `reconcile`, `recurring`, `missing` and `returned` ask of them.
"""

from __future__ import annotations

from counterflow.orders.stock.desk import Desk, lay
from counterflow.orders.stock.losses import RECURRING, recurring
from counterflow.orders.stock.missing import MISSING, missing
from counterflow.orders.stock.reconcile import RECONCILED, TOLERANCE, reconcile
from counterflow.orders.stock.returns import RETURNED, returned

__all__ = [
    "MISSING",
    "RECONCILED",
    "RECURRING",
    "RETURNED",
    "TOLERANCE",
    "Desk",
    "lay",
    "missing",
    "reconcile",
    "recurring",
    "returned",
]
