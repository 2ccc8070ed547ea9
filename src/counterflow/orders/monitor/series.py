"""From months to the rows that are watched: measures of a customer's product, its days with orders, groups, events.

What is watched together is a *subject*: a customer's product. Its rows stand side by side: one for each measure, units
first, and last one that counts days with orders (frequency). An alarm on any of them is an alarm on the subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.orders.monitor.layout import DOSAGE, OTHER, VISITS
from counterflow.orders.monitor.months import Months

__all__ = ["Rows", "rows_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: which measure of a subject is shown where it has several: the first of these it ever had
_ORDER = {"units": 0, "grams": 1, "litres": 2}


@dataclass(frozen=True)
class Rows:
    """What is watched: R rows (measures and days with orders), E subjects, T months.

    Args:
        months: where they come from.
        series: number of the series in `months` of each row; of a row of visits the first series of its subject. (R,)
        kind: `DOSAGE`, `VISITS` or `OTHER`. (R,)
        subject: number of the subject of each row. (R,)
        begins: first row of each subject, and the number of rows at the end. (E + 1,)
        group: peers of each row. (R,)
        started: column of the first order. (R,)
        quantity: what is watched. (R, T)
        squares: sum of squares over days of the same. (R, T)
    """

    months: Months
    series: Ints
    kind: Ints
    subject: Ints
    begins: Ints
    group: Ints
    started: Ints
    quantity: Floats
    squares: Floats

    def subjects(self) -> tuple[pa.Array, pa.Array]:
        """Return customer and product of each subject."""
        firsts = pa.array(self.series[self.begins[:-1]])
        return self.months.customer.take(firsts), self.months.product.take(firsts)


def rows_of(months: Months, line: pa.Array | None = None) -> Rows:
    """Return the rows to be watched.

    Args:
        months: orders by month.
        line: business line of each series, where the customer file knows better than the orders.
    """
    count = len(months.customer)
    new = np.ones(count, dtype=np.bool_)
    customer, product, measure = (_codes(column) for column in (months.customer, months.product, months.measure))
    new[1:] = (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])
    subject = np.cumsum(new) - 1
    subjects = int(subject[-1]) + 1 if count else 0
    firsts = np.flatnonzero(new)
    rank = np.array([_ORDER.get(name, 3) for name in measure_names(months)], dtype=np.int64)[measure]
    of = np.concatenate([subject, np.arange(subjects)])
    order = np.lexsort((np.concatenate([rank, np.full(subjects, 9)]), of))
    series = np.concatenate([np.arange(count), firsts])[order]
    is_visits = order >= count
    units = (rank == 0) & months.dosage
    kind = np.where(is_visits, VISITS, np.where(units[series], DOSAGE, OTHER))
    lines = _codes(months.line if line is None else line)[series]
    keys = np.stack([lines, product[series], np.where(is_visits, -1, measure[series])])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    started = np.minimum.reduceat(months.started, firsts) if count else months.started
    return Rows(
        months=months,
        series=series,
        kind=kind.astype(np.int64),
        subject=of[order],
        begins=np.searchsorted(of[order], np.arange(subjects + 1)),
        group=group.astype(np.int64).reshape(-1),
        started=np.where(is_visits, started[of[order]], months.started[series]).astype(np.int64),
        quantity=_beside(months.quantity, months.days, firsts, order),
        squares=_beside(months.squares, months.days, firsts, order),
    )


def measure_names(months: Months) -> list[str]:
    """Return the distinct measures, in the order of their codes."""
    return sorted(months.measure.unique().to_pylist())


def _codes(column: pa.Array) -> Ints:
    """Return the number of each text among the distinct ones, in their order: the same for the same texts."""
    words = column.dictionary_encode()
    rank = np.empty(len(words.dictionary), dtype=np.int64)
    rank[np.argsort(np.array(words.dictionary.to_pylist(), dtype=object))] = np.arange(len(rank))
    codes: Ints = rank[words.indices.to_numpy()]
    return codes


def _beside(values: Floats, days: npt.NDArray[np.int32], firsts: Ints, order: Ints) -> Floats:
    """Return `values` with the subjects' days with orders beside them, in `order`."""
    visits = np.add.reduceat(days, firsts, axis=0) if len(firsts) else days[:0]
    return np.concatenate([values, visits.astype(np.float64)])[order]
