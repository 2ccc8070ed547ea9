"""The monitor: orders in, one row per customer, product and month out, with what was expected and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.monitor.events import declared_events, disposed_events, in_order
from counterflow.orders.monitor.layout import VISITS
from counterflow.orders.monitor.months import Months, monthly
from counterflow.orders.monitor.reasons import reasons_of
from counterflow.orders.monitor.series import rows_of
from counterflow.orders.monitor.setting import Setting
from counterflow.orders.monitor.watched import Watched, watch

__all__ = ["Monitored", "monitor", "monitored", "monitored_months", "now_by_subject", "open_alarms", "rows_by_month"]

Ints = npt.NDArray[np.int64]
_Number = TypeVar("_Number", np.float64, np.int8)


@dataclass(frozen=True)
class Monitored:
    """What the monitor saw, for those who show it.

    Args:
        seen: the watch.
        setting: the numbers it went by.
        unmet: declared volumes that met no orders in the same measure.
        answered: places of the subjects that somebody disposed of after the last month: nothing of them is open now,
            and no month's row says so, as it was not known by its end.
    """

    seen: Watched
    setting: Setting
    unmet: int = 0
    answered: frozenset[int] = frozenset()

    def shown(self) -> Ints:
        """Return the row whose measure is shown for each month and subject: the first it ever had by then, T × E."""
        rows = self.seen.rows
        shown = np.broadcast_to(rows.begins[:-1], self.seen.opened.shape).copy()
        place = np.arange(len(rows.kind)) - rows.begins[rows.subject]
        columns = np.arange(len(shown))[:, None]
        for at in range(int(place.max(initial=0)), -1, -1):
            these = np.flatnonzero((place == at) & (rows.kind != VISITS))
            had = rows.started[these][None, :] <= columns
            shown[:, rows.subject[these]] = np.where(had, these[None, :], shown[:, rows.subject[these]])
        return shown


def monitored(
    lines: pa.Table,
    *,
    product: pa.Array | pa.ChunkedArray | None = None,
    expected: pa.Table | None = None,
    customers: pa.Table | None = None,
    decisions: pa.Table | None = None,
    setting: Setting | None = None,
    last_month: str | None = None,
    answered_after: int = 0,
) -> Monitored:
    """Watch order lines; see `monitor` for what is what.

    Args:
        lines: as there.
        product: as there.
        expected: as there.
        customers: as there.
        decisions: as there.
        setting: as there.
        last_month: last month to look at, YYYY-MM.
        answered_after: for planning: months after which whatever is open is disposed of as explained, with the level
            of the three months before accepted, as if somebody worked the queue; 0 = nobody does.
    """
    return monitored_months(
        monthly(lines, product, last_month=last_month),
        expected=expected, customers=customers, decisions=decisions, setting=setting, answered_after=answered_after,
    )  # fmt: skip


def monitored_months(
    months: Months,
    *,
    expected: pa.Table | None = None,
    customers: pa.Table | None = None,
    decisions: pa.Table | None = None,
    setting: Setting | None = None,
    answered_after: int = 0,
) -> Monitored:
    """Watch orders that are laid out by month already."""
    rows = rows_of(months, _lines(months, customers))
    declared, unmet = declared_events(rows, expected) if expected is not None else ([], 0)
    disposed = disposed_events(rows, decisions) if decisions is not None else []
    chosen = setting or Setting()
    seen = watch(rows, in_order(declared, disposed), chosen, answered_after=answered_after)
    after = frozenset(int(rows.subject[int(row)]) for column, _, row, _ in disposed if column >= len(months.names))
    return Monitored(seen, chosen, unmet, after)


def now_by_subject(watched: Monitored) -> pa.Table:
    """Return the last month's row of every subject as it stands now: what was disposed of since is not open."""
    months, subjects = watched.seen.opened.shape
    rows = _cells(watched, np.full(subjects, months - 1), np.arange(subjects)).drop_columns("measure")
    answered = np.isin(np.arange(subjects), list(watched.answered))
    was_open = answered & (rows["open"].to_numpy() == 1)
    if not was_open.any():
        return rows
    told = pc.binary_join_element_wise(rows["reasons"], "disposed of since", "; ")
    for name, now in (
        ("open", pa.array(np.where(answered, 0, rows["open"].to_numpy()).astype(np.int8))),
        ("reasons", pc.if_else(pa.array(was_open), told, rows["reasons"])),
    ):
        rows = rows.set_column(rows.column_names.index(name), name, now)
    return rows


def monitor(
    lines: pa.Table,
    *,
    product: pa.Array | pa.ChunkedArray | None = None,
    expected: pa.Table | None = None,
    customers: pa.Table | None = None,
    decisions: pa.Table | None = None,
    setting: Setting | None = None,
    answered_after: int = 0,
) -> pa.Table:
    """Return, for each customer, product and month, what was ordered and expected, and whether an alarm is open.

    Every row rests on what was known by the end of its month: later orders change nothing in it.

    Args:
        lines: `ORDER_LINE` rows.
        product: what each line is of, beside the lines; the item as written, folded, where not given.
        expected: `CUSTOMER_EXPECTED` rows: declared volumes stand in for a baseline until there is one.
        customers: `CUSTOMER` rows: their business line says who their peers are.
        decisions: `ORDER_DECISION` rows: what disposes of alarms.
        setting: the numbers; the usual ones where not given.
        answered_after: for planning, see `monitored`.

    Returns:
        buyer_id, drug, month (YYYY-MM), quantity, baseline (empty where nothing can be expected yet), strength (1 =
        limit; no probability, without upper end), alarm and open (0 or 1), reasons. From each customer's first order
        of the product to the last month that has any order.
    """
    return rows_by_month(
        monitored(
            lines, product=product, expected=expected, customers=customers, decisions=decisions, setting=setting,
            answered_after=answered_after,
        )
    )  # fmt: skip


def rows_by_month(watched: Monitored) -> pa.Table:
    """Return what the monitor saw as the table that `monitor` returns."""
    rows = watched.seen.rows
    months, subjects = watched.seen.opened.shape
    starts = np.minimum.reduceat(rows.started, rows.begins[:-1]) if subjects else np.zeros(0, dtype=np.int64)
    of = np.repeat(np.arange(subjects), months - starts)
    at = np.arange(len(of)) - np.repeat(np.cumsum(months - starts) - months, months - starts)
    return _cells(watched, at, of).drop_columns("measure")


def open_alarms(watched: Monitored) -> pa.Table:
    """Return the alarms of whatever is open now, from the one that opened it on.

    Returns:
        The columns of `monitor`, with `measure`: the measure that quantity and baseline are in.
    """
    seen = watched.seen
    if not seen.opened.size:
        return _cells(watched, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    raised = _by_subject(seen.alarm, seen.rows.begins) > 0
    since = seen.open_since()[-1]
    columns = np.arange(len(raised))[:, None]
    open_now = (since >= 0) & ~np.isin(np.arange(len(since)), list(watched.answered))
    of, at = np.nonzero((raised & open_now & (columns >= since)).T)
    return _cells(watched, at, of)


def _cells(watched: Monitored, at: Ints, of: Ints) -> pa.Table:
    """Return the rows of months `at` of subjects `of`."""
    seen, rows = watched.seen, watched.seen.rows
    customer, product = rows.subjects()
    shown = watched.shown()[at, of]
    baseline = seen.baseline[at, shown]
    return pa.table(
        {
            "buyer_id": customer.take(pa.array(of)),
            "drug": product.take(pa.array(of)),
            "month": pa.array(rows.months.names, pa.string()).take(pa.array(at)),
            "quantity": rows.quantity[shown, at].round(4),
            "baseline": pa.array(baseline.round(2), mask=np.isnan(baseline)),
            "strength": _by_subject(seen.strength, rows.begins)[at, of].round(3),
            "alarm": (_by_subject(seen.alarm, rows.begins)[at, of] > 0).astype(np.int8),
            "open": seen.opened[at, of],
            "reasons": reasons_of(seen, watched.setting, at, of, np.isnan(baseline)),
            "measure": rows.months.measure.take(pa.array(rows.series[shown])),
        }
    )


def _by_subject(values: npt.NDArray[_Number], begins: Ints) -> npt.NDArray[_Number]:
    """Return the largest value among the rows of each subject, T × E."""
    largest: npt.NDArray[_Number] = np.maximum.reduceat(values, begins[:-1], axis=1) if len(begins) > 1 else values
    return largest


def _lines(months: Months, customers: pa.Table | None) -> pa.Array | None:
    """Return the business line of each series from the customer file, else what the orders say."""
    if customers is None or not len(customers):
        return None
    known: dict[str, str] = {}
    newest = customers.sort_by("first_seen") if "first_seen" in customers.column_names else customers
    for said in newest.select(["record_id", "business_line"]).to_pylist():
        if said["business_line"]:
            known[said["record_id"]] = said["business_line"].strip().lower()
    pairs = zip(months.customer.to_pylist(), months.line.to_pylist(), strict=True)
    return pa.array([known.get(customer, line) for customer, line in pairs], pa.string())
