"""The room of orders as pages and programs show it: what takes time is worked out once, until something changed.

A queue over a year of orders, the answers for all open orders and the review of every customer file cost seconds in a
large house; a page may not. So each part is kept, and made again once orders, files, lists, decisions or the day are
other ones.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import CounterflowError
from counterflow.flow.order_cases import Known, dossier_of, months_of, queue_rows_of, standings_of
from counterflow.flow.order_screening import Screened, screen_open
from counterflow.orders.cases.queue import within_minutes

if TYPE_CHECKING:
    from counterflow.flow.customer_file import Reviewed
    from counterflow.flow.order_desk import Answered, OrderDesk
    from counterflow.store.workspace import Workspace

__all__ = ["OrderRoom", "room_of"]

Made = TypeVar("Made")
_log = logging.getLogger(__name__)

#: what differs once the queue or an answer can be another one; an erased customer has no name any more
_STATE = "SELECT (SELECT count(name) FROM customer) AS named, " + ", ".join(
    f"(SELECT count(*) FROM {table}) AS {table}"
    for table in (
        "order_line", "customer", "customer_licence", "list_version", "substance_list_version", "party_clearing",
        "party_threshold", "order_alarm", "order_flag", "order_decision", "order_question", "order_report",
    )
)  # fmt: skip
#: of them, what differs once orders or customer files are other ones
_OF_BOOK = 8
_OPEN_COLUMNS = ("record_id", "line", "customer_id", "ordered_on", "item", "quantity_text", "ship_from",
                 "ship_to_country")  # fmt: skip


class OrderRoom:
    """Gives what pages of orders show.

    Args:
        workspace: orders, files, lists, decisions.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = weakref.proxy(workspace)
        self._held: dict[str, tuple[object, Any]] = {}
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    # ---- what is kept

    def ready(self) -> bool:
        """Whether the queue stands as it is now, so that showing it takes no time."""
        held = self._held.get("queue")
        return held is not None and held[0] == self._state()

    def warm(self) -> None:
        """Work everything out now, so that whoever comes first does not wait; nothing where no order is held."""
        if self._workspace.store.rows("SELECT 1 AS one FROM order_line LIMIT 1"):
            self.overview()
            self._desk()

    def warm_soon(self) -> threading.Thread:
        """Do the same beside whatever else is being done; return the thread, to be waited for before closing."""
        thread = threading.Thread(target=self._quietly, name="orders", daemon=True)
        thread.start()
        return thread

    def _quietly(self) -> None:
        try:
            self.warm()
        except (CounterflowError, ReferenceError):
            # The workspace was closed meanwhile, or cannot be read: whoever asks next is told.
            _log.debug("orders were not worked out ahead", exc_info=True)

    def _state(self, parts: int | None = None) -> object:
        counted = list(self._workspace.store.rows(_STATE)[0].values())[:parts]
        return tuple(counted), self._workspace.clock().date(), self._workspace.loaded_settings.settings

    def _part(self, name: str, state: object, make: Callable[[], Made]) -> Made:
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            held = self._held.get(name)
            if held is None or held[0] != state:
                held = self._held[name] = (state, make())
            made: Made = held[1]
            return made

    def _book(self, name: str, make: Callable[[Workspace], Made]) -> Made:
        return self._part(name, self._state(_OF_BOOK), lambda: make(self._workspace))

    def _work(self, name: str, make: Callable[[Workspace], Made]) -> Made:
        return self._part(name, self._state(), lambda: make(self._workspace))

    def _reviewed(self) -> Reviewed:
        from counterflow.flow.customer_file import read_customers, reviewed

        today = self._workspace.clock().date()
        return self._book("files", lambda w: reviewed(read_customers(workspace=w), on=today, workspace=w))

    def _open(self) -> Screened:
        return self._work("open", lambda w: screen_open(w, on=w.clock().date()))

    def _since(self, since: dt.date) -> Screened:
        """Return the answers for orders since a day; those of the day asked for last are kept."""
        workspace = self._workspace
        return self._part(
            "since", (self._state(), since),
            lambda: screen_open(workspace, on=workspace.clock().date(), since=since),
        )  # fmt: skip

    def _not_clear(self) -> list[dict[str, Any]]:
        answers = self._open().answers
        rows: list[dict[str, Any]] = answers.filter(pc.not_equal(answers["answer"], "clear")).to_pylist()
        return rows

    def _desk(self) -> OrderDesk:
        from counterflow.flow.customer_file import read_customers
        from counterflow.flow.order_desk import OrderDesk

        return self._work("desk", lambda w: OrderDesk(read_customers(workspace=w).newest(), workspace=w, clock=w.clock))

    # ---- what is shown

    def ask(self, item: str = "", quantity: str = "", *, customer: str | None = None, **order: str) -> Answered:
        """Answer whether one order may be shipped now; arguments as of `OrderDesk.ask`.

        Raises:
            UsageError: nothing is ordered, or a place is none.
            InputError: the quantity cannot be read.
        """
        return self._desk().ask(item, quantity, customer=customer, **order)

    def queue(self, *, minutes: float | None = None) -> list[dict[str, Any]]:
        """Return what is open, by what waiting would cost; each row says whether it fits in `minutes`."""

        def make(workspace: Workspace) -> list[dict[str, Any]]:
            months, product_of = self._book("months", months_of)
            return queue_rows_of(workspace, months, product_of, answers=self._not_clear(),
                                 standings=self._book("standings", standings_of))  # fmt: skip

        return within_minutes(self._work("queue", make), minutes)

    def dossier(self, customer: str, product: str | None = None) -> dict[str, Any]:
        """Return all that is known of a customer.

        Raises:
            UnknownName: nothing is on record of the customer.
        """
        files = self._reviewed()
        known = Known(
            months=self._book("months", months_of)[0], queue=self.queue(), answers=self._not_clear(),
            standing=self._book("standings", standings_of)[0], points=files.points, hits=files.hits,
        )  # fmt: skip
        state = self._state(), customer, product
        return self._part("dossier", state, lambda: dossier_of(self._workspace, customer, product, known=known))

    def open_orders(self, *, since: dt.date | None = None) -> dict[str, Any]:
        """Return the open orders with their answers: holds first, then what is needed, the oldest first.

        Args:
            since: first day of the orders asked about; a month back where None.

        Returns:
            `counts` by answer, `said`, `last` (the day of the last order held), and `rows`.
        """
        workspace = self._workspace
        told = self._open() if since is None else self._since(since)
        rows = [] if told.lines is None else _beside(told.lines, told.answers)
        rank = {"hold": 0, "needs": 1, "clear": 2}
        rows.sort(key=lambda row: (rank[row["answer"]], row["ordered_on"] or dt.date.min, row["order_id"], row["line"]))
        last = workspace.store.rows("SELECT max(ordered_on) AS last FROM order_line WHERE kind = 'sale'")[0]["last"]
        counts = {name: sum(row["answer"] == name for row in rows) for name in rank}
        return {"counts": counts, "said": list(told.said), "last": last, "rows": rows}

    def endings(self) -> list[dict[str, Any]]:
        """Return licences and declarations that ran out or will within 60 days; those that stop a sale first."""
        names = self.names()
        points = self._reviewed().points
        ends = pc.is_in(points["standing"], value_set=pa.array(["expired", "expiring"]))
        found = points.filter(pc.and_(ends, pc.not_equal(points["point"], "visit"))).to_pylist()
        order = {"stops a sale": 0, "ask": 1}
        found.sort(key=lambda row: (row["standing"], order.get(row["weight"], 2), row["customer_id"]))
        return [row | {"name": names.get(row["customer_id"], "")} for row in found]

    def overview(self) -> dict[str, int]:
        """Return how much waits: open matters, held orders, overdue answers, drafts past their day, endings."""
        from counterflow.orders.cases.questions import questions
        from counterflow.orders.cases.reports import due_of, reports

        store, today = self._workspace.store, self._workspace.clock().date()
        asked = [row["state"] for row in questions(store, today)]
        due = [due_of(row) for row in reports(store) if row["state"] == "draft"]
        counts, ends = self.open_orders()["counts"], self.endings()
        return {
            "matters": len(self.queue()), "hold": counts["hold"], "needs": counts["needs"],
            "waiting": asked.count("waiting"), "overdue": asked.count("overdue"), "drafts": len(due),
            "late": sum(day is not None and day < today for day in due),
            "expired": sum(row["standing"] == "expired" for row in ends), "expiring": sum(
                row["standing"] == "expiring" for row in ends),
        }  # fmt: skip

    def customers(self) -> list[dict[str, Any]]:
        """Return the customers with what there is to settle at each; those with most first. No rating of anybody."""
        from counterflow.orders.customers import per_customer

        files = self._reviewed()
        rows: list[dict[str, Any]] = per_customer(files.file.customers, files.points).to_pylist()
        return rows

    def names(self) -> Mapping[str, str]:
        """Return the name of each customer on file."""
        held = self._reviewed().file.customers
        pairs = zip(held["record_id"].to_pylist(), held["name"].to_pylist(), strict=True)
        return {str(customer): str(name or "") for customer, name in pairs}


def _beside(lines: pa.Table, answers: pa.Table) -> list[dict[str, Any]]:
    """Return each line beside its answer."""
    asked = lines.select([name for name in _OPEN_COLUMNS if name in lines.column_names]).to_pylist()
    return [row | answer for row, answer in zip(asked, answers.to_pylist(), strict=True)]


_lock = threading.Lock()
_rooms: weakref.WeakKeyDictionary[Workspace, OrderRoom] = weakref.WeakKeyDictionary()


def room_of(workspace: Workspace) -> OrderRoom:
    """Return the one room of an opened workspace."""
    with _lock:
        room = _rooms.get(workspace)
        if room is None:
            room = _rooms[workspace] = OrderRoom(workspace)
        return room
