"""What buyers ordered month by month, with the lines it is made of: the ground that diversion is planted into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["MEASURES", "History", "Usual", "history_of"]

#: what a series is counted in, by preference
MEASURES = ("units", "grams", "litres", "as written")


@dataclass(frozen=True, slots=True)
class Usual:
    """How a buyer usually orders: orders in a month with orders, and the size of one."""

    orders: np.ndarray
    size: np.ndarray


@dataclass(frozen=True, slots=True)
class History:
    """One series per customer and product that was ever sold to it.

    Args:
        customer, product: of each series.
        start: number of the first month (year x 12 + month - 1).
        first: month of the first order of each series, counted from `start`.
        quantity: series by months, in the measure of the series.
        measure: of each series: the first of units, grams, litres, as written that it ever had.
        line_series: series of each line; -1 where it counts in none.
        line_month: month of each line, counted from `start`.
        measured: quantity of each line in the measure of its series.
    """

    customer: pa.Array
    product: pa.Array
    start: int
    first: np.ndarray
    quantity: np.ndarray
    measure: pa.Array
    line_series: np.ndarray
    line_month: np.ndarray
    measured: np.ndarray

    def month(self, number: int) -> str:
        """Return a month as YYYY-MM."""
        year, month = divmod(self.start + int(number), 12)
        return f"{year:04d}-{month + 1:02d}"

    def dates(self, month: np.ndarray, day: np.ndarray) -> pa.Array:
        """Return days: months counted from `start`, days counted from 0."""
        first = (month + self.start - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
        return pa.array(first + day)

    def usual(self, series: np.ndarray, onset: np.ndarray) -> Usual:
        """Return how each series usually ordered in the twelve months before its onset."""
        lines, owner = self._before(series, onset)
        count = np.bincount(owner, minlength=len(series)).astype(float)
        total = np.bincount(owner, weights=self.measured[lines], minlength=len(series))
        cells = np.unique(owner * self.quantity.shape[1] + self.line_month[lines]) // self.quantity.shape[1]
        months = np.bincount(cells, minlength=len(series))
        return Usual(count / np.maximum(months, 1), total / np.maximum(count, 1))

    def like(self, series: np.ndarray, onset: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a line of the year before its onset for each entry of `target` (places in `series`), at random."""
        lines, owner = self._before(series, onset)
        order = np.argsort(owner, kind="stable")
        begin = np.searchsorted(owner[order], np.arange(len(series)))
        count = np.bincount(owner, minlength=len(series))
        return np.asarray(lines[order][begin[target] + (rng.random(len(target)) * count[target]).astype(np.int64)])

    def _before(self, series: np.ndarray, onset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = np.full(len(self.first) + 1, -1)
        place[series] = np.arange(len(series))
        owner = place[self.line_series]
        start = np.append(onset, 0)[owner]
        fit = (owner >= 0) & (self.line_month < start) & (self.line_month >= start - 12) & (self.measured > 0)
        lines = np.flatnonzero(fit)
        return lines, owner[lines]


def history_of(lines: pa.Table, product: pa.Array) -> History:
    """Return the months of each customer and product, sales alone.

    Args:
        lines: ORDER_LINE columns customer_id, ordered_on, and of units, active_g, mass_g, volume_l, quantity
            those that there are.
        product: one per line.
    """
    sold = _sold(lines)
    customer, customers = _codes(lines["customer_id"], sold)
    what, products = _codes(product, sold)
    sold = sold & (customer >= 0) & (what >= 0)
    month = _months(lines["ordered_on"])
    start = int(month[sold].min()) if sold.any() else 0
    pairs, series = np.unique(customer[sold].astype(np.int64) * max(len(products), 1) + what[sold], return_inverse=True)
    line_series = np.full(lines.num_rows, -1)
    line_series[sold] = series
    measured, measure = _measured(lines, sold, line_series, len(pairs))
    months = int(month[sold].max()) - start + 1 if sold.any() else 0
    cell = line_series[sold] * months + (month[sold] - start)
    quantity = np.bincount(cell, weights=measured[sold], minlength=len(pairs) * months).reshape(len(pairs), months)
    return History(
        customer=customers.take(pa.array(pairs // max(len(products), 1))),
        product=products.take(pa.array(pairs % max(len(products), 1))),
        start=start,
        first=np.argmax(quantity > 0, axis=1) if months else np.zeros(0, np.int64),
        quantity=quantity,
        measure=measure,
        line_series=line_series,
        line_month=month - start,
        measured=measured,
    )


def _measured(lines: pa.Table, sold: np.ndarray, line_series: np.ndarray, count: int) -> tuple[np.ndarray, pa.Array]:
    """Return each line's amount in the measure of its series, and the measure of each series."""
    active = _amount(lines, "active_g")
    amounts = np.stack(
        [
            _amount(lines, "units"),
            np.where(active > 0, active, _amount(lines, "mass_g")),
            _amount(lines, "volume_l"),
            _amount(lines, "quantity"),
        ]
    )
    there = np.stack([np.bincount(line_series[sold], weights=each[sold], minlength=count) > 0 for each in amounts])
    which = np.argmax(there, axis=0) if count else np.zeros(0, np.int64)
    measured = amounts[np.append(which, 0)[line_series], np.arange(lines.num_rows)]
    return measured, pa.array([MEASURES[i] for i in which], pa.string())


def _sold(lines: pa.Table) -> np.ndarray:
    dated = pc.is_valid(lines["ordered_on"])
    if "kind" in lines.column_names:
        dated = pc.and_(dated, pc.equal(lines["kind"], "sale"))
    return np.asarray(pc.fill_null(dated, False).to_numpy(zero_copy_only=False))


def _codes(values: pa.Array | pa.ChunkedArray, _sold: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    coded = pc.dictionary_encode(values)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return np.asarray(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)), coded.dictionary


def _months(days: pa.ChunkedArray) -> np.ndarray:
    months = days.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy().astype("datetime64[D]")
    return np.asarray(months.astype("datetime64[M]").astype(np.int64) + 1970 * 12)


def _amount(lines: pa.Table, name: str) -> np.ndarray:
    if name not in lines.column_names:
        return np.zeros(lines.num_rows)
    return np.asarray(np.nan_to_num(lines[name].fill_null(0.0).to_numpy().astype(float)))
