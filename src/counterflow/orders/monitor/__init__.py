"""Monitoring: has the ordering of a customer stopped looking like itself, and is somebody looking at it?

`months` lays orders out as customer × product × measure × month; what is expected of each month, the evidence
against it and the alarms that follow are computed on that matrix.
"""

from __future__ import annotations

from counterflow.orders.monitor.months import Months, monthly

__all__ = ["Months", "monthly"]
