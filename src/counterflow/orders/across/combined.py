"""The months of buyers that two suppliers share, summed: what each supplier sees is half, and half looks like nothing.

Only months leave a house, and only those of matched buyers: no order, no price, no address. A series of one supplier
that has no counterpart at the other stays as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.orders.monitor.months import Months

__all__ = ["combined"]

_SUMMED = ("quantity", "squares", "orders", "days", "suppliers", "returned")


def combined(months_a: Months, months_b: Months, matched: Iterable[tuple[str, str]]) -> Months:
    """Return the months of matched buyers over both suppliers, under the first supplier's customer ids.

    Quantities, orders, days, suppliers and returns are summed. Days are not known to the other house: of the largest
    day the larger is taken, and the squares of the days are added, each the least that it can have been; `days` counts
    a day on which both delivered twice, as it does within one house. Products have to be named alike on both sides
    (substance ids are).

    Args:
        months_a: the first supplier's months.
        months_b: the second's.
        matched: pairs of customer ids, the first supplier's and the second's. A buyer that has several ids is one
            buyer, under the first of its ids in alphabetical order.
    """
    names_a, names_b = _groups(matched)
    a, b = _renamed(months_a, names_a), _renamed(months_b, names_b)
    if not len(a.customer) or not len(b.customer):
        kept = a if len(a.customer) else b
        return _summed([kept], kept.first, kept.quantity.shape[1])
    first = min(a.first, b.first)
    width = max(a.first + a.quantity.shape[1], b.first + b.quantity.shape[1]) - first
    return _summed([a, b], first, width)


def _groups(matched: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return for the ids of each side the name of the buyer they stand for."""
    over: dict[tuple[str, str], tuple[str, str]] = {}

    def top(one: tuple[str, str]) -> tuple[str, str]:
        while over.setdefault(one, one) != one:
            one = over[one]
        return one

    for id_a, id_b in matched:
        one, other = sorted((top(("a", id_a)), top(("b", id_b))))
        over[other] = one
    # Every buyer has an id of side "a", which stands before those of side "b": the top is always one of them.
    sides: dict[str, dict[str, str]] = {"a": {}, "b": {}}
    for side, name in list(over):
        sides[side][name] = top((side, name))[1]
    return sides["a"], sides["b"]


def _renamed(months: Months, names: dict[str, str]) -> Months:
    at = pc.index_in(months.customer, value_set=pa.array(list(names), pa.string()))
    kept = months.pick(np.asarray(pc.is_valid(at)))
    called = pa.array(list(names.values()), pa.string()).take(pc.drop_null(at))
    return dataclasses.replace(kept, customer=called)


def _summed(parts: list[Months], first: int, width: int) -> Months:
    """Lay series of one customer, product and measure over each other."""
    keys = [
        key for part in parts for key in zip(*(getattr(part, name).to_pylist() for name in _KEY), strict=True)
    ]  # fmt: skip
    order = sorted(set(keys))
    place = {key: row for row, key in enumerate(order)}
    rows = np.fromiter((place[key] for key in keys), np.int64, len(keys))
    changes: dict[str, Any] = {name: pa.array([key[at] for key in order], pa.string()) for at, name in enumerate(_KEY)}
    for name in (*_SUMMED, "largest_day"):
        changes[name] = _laid(parts, rows, name, (len(order), width), first)
    started = np.concatenate([part.started + (part.first - first) for part in parts]).astype(np.int32)
    begins = np.full(len(order), width, np.int32)
    np.minimum.at(begins, rows, started)
    dosage = np.zeros(len(order), np.bool_)
    np.logical_or.at(dosage, rows, np.concatenate([part.dosage for part in parts]))
    lines = [""] * len(order)
    for row, line in zip(rows.tolist(), (line for part in parts for line in part.line.to_pylist()), strict=True):
        lines[row] = lines[row] or line
    left_out: dict[str, int] = {}
    for part in parts:
        for words, count in part.left_out.items():
            left_out[words] = left_out.get(words, 0) + count
    changes |= {"line": pa.array(lines, pa.string()), "started": begins, "dosage": dosage}
    return dataclasses.replace(parts[0], first=first, left_out=left_out, **changes)


_KEY = ("customer", "product", "measure")


def _laid(
    parts: list[Months], rows: npt.NDArray[np.int64], name: str, shape: tuple[int, int], first: int
) -> npt.NDArray[Any]:
    whole = np.zeros(shape, getattr(parts[0], name).dtype)
    lay = np.maximum.at if name == "largest_day" else np.add.at
    begin = 0
    for part in parts:
        values = getattr(part, name)
        at = part.first - first
        end = begin + len(values)
        lay(whole[:, at : at + values.shape[1]], rows[begin:end], values)
        begin = end
    return whole
