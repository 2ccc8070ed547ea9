"""What else lies on the desks of a training site: an order book with its alarms, requests by people affected.

The loop of consignments needs none of it; whoever trains on orders or redress finds something to do.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from counterflow.demo.order_book import OrderBookOptions, make_order_book
from counterflow.demo.order_files import write_order_book
from counterflow.flow.order_flags import flags_of, read_book, store_flags
from counterflow.flow.order_monitoring import look, orders_of_workspace, store_alarms
from counterflow.flow.redress import Request, take_in
from counterflow.intake.load import load
from counterflow.intake.propose.recognise import recognise
from counterflow.store.workspace import Workspace

__all__ = ["lay_on_desks"]

_MONTHS = 30
_SOURCE = "training-orders"


def lay_on_desks(workspace: Workspace, world: Path, seed: int) -> dict[str, int]:
    """Load an order book of the months before now, look it over, and take in what people affected ask.

    Args:
        workspace: the training site's.
        world: folder of the world's files; the book is written to `orders/` in it.
        seed: seed of the book.

    Returns:
        How many `orders`, `alarms`, `flags` and `requests` there are.
    """
    today = workspace.clock().date()
    book = make_order_book(OrderBookOptions(seed=seed, months=_MONTHS, start=_months_before(today, _MONTHS)))
    files = write_order_book(book, world / "orders")
    orders = load(workspace, files.orders, recognise(files.orders, "order").mapping, source=_SOURCE)
    load(workspace, files.customers, recognise(files.customers, "customer").mapping, source=_SOURCE)
    alarms = store_alarms(workspace, look(orders_of_workspace(workspace)))
    flags = store_flags(workspace, flags_of(read_book(None, workspace, clock=workspace.clock)))
    return {"orders": orders.accepted, "alarms": alarms, "flags": flags, "requests": _requests(workspace, today)}


def _months_before(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month `months` before the month of `day`."""
    return dt.date(day.year + (day.month - 1 - months) // 12, (day.month - 1 - months) % 12 + 1, 1)


def _requests(workspace: Workspace, today: dt.date) -> int:
    """Take in what two invented people ask: one suspected without a find, one whose answer is past its day."""
    refuted = workspace.store.rows(
        "SELECT source, record_id FROM outcome WHERE confirmation = 'refuted' ORDER BY record_id LIMIT 1"
    )
    long_ago = today - dt.timedelta(days=workspace.settings.redress.days + 3)
    asked = [
        Request(
            "data", "Invented: I want to know what is held about my parcels, and why two of them were opened.",
            "Marta Invented", "marta@example.invalid", received_on=long_ago,
        ),
        *(
            Request(
                "suspicion", "Invented: my parcel was opened for drugs, nothing was found, and nobody told me so.",
                "Jon Invented", "jon@example.invalid", records=(f"{row['source']}/{row['record_id']}",),
                received_on=today - dt.timedelta(days=4),
            )
            for row in refuted
        ),
    ]  # fmt: skip
    for one in asked:
        take_in(workspace, one, person="Ana Analyst")
    return len(asked)
