"""Monitoring: has the ordering of a customer stopped looking like itself, and is somebody looking at it?

`months` lays orders out as customer × product × measure × month; `baseline` says what is to be expected, `watch`
weighs each month against it and keeps alarms open until a person disposes of them; `published` holds the rules that
others have published, for comparison.
"""

from __future__ import annotations

from counterflow.orders.monitor.explain import explain
from counterflow.orders.monitor.monitor import (
    Monitored,
    monitor,
    monitored,
    now_by_subject,
    open_alarms,
    rows_by_month,
)
from counterflow.orders.monitor.months import Months, monthly
from counterflow.orders.monitor.setting import Setting

__all__ = [
    "Monitored",
    "Months",
    "Setting",
    "explain",
    "monitor",
    "monitored",
    "monthly",
    "now_by_subject",
    "open_alarms",
    "rows_by_month",
]
