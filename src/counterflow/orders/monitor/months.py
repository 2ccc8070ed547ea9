"""Orders as months: one series per customer, product and measure, one column per calendar month.

A series has one measure, because units, grams and litres cannot be added up:

* ``units``: dosage units or pieces, wherever the line gives them;
* ``grams``: of the active substance where the line gives them, else of the item; for lines without units (bulk);
* ``litres``: for lines that give neither;
* else the unit as written (``drum``): what cannot be converted is still watched, in its own measure.

Only sales are orders. Returns are laid beside (`returned`) and reduce nothing. Rows that a later one has replaced or
corrected do not count.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.orders.monitor.counted import rows_that_count

__all__ = ["Months", "month_name", "month_number", "monthly"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: more cells than this do not fit the memory of the machines this is for
_MOST_CELLS = 200_000_000


def month_number(name: str) -> int:
    """Return the number of a month written YYYY-MM: months since January of year 0.

    >>> month_number("2006-01") - month_number("2005-11")
    2
    """
    year, month = name.split("-")
    return int(year) * 12 + int(month) - 1


def month_name(number: int) -> str:
    """Return the month of a number as YYYY-MM.

    >>> month_name(month_number("2006-12") + 1)
    '2007-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@dataclass(frozen=True)
class Months:
    """Orders by month: S series (rows, ordered by customer, product, measure) × T months (columns, none left out).

    Args:
        customer: customer of each series, S texts.
        product: product of each series, S texts.
        measure: measure of each series: ``units``, ``grams``, ``litres`` or the unit as written.
        line: business line or type of the customer, S texts, empty where unknown; peers go by it.
        first: number of the month in column 0 (`month_number`).
        quantity: what was ordered in each month, in the measure of its row; 0 without an order. (S, T)
        squares: sum of the squares of each day's quantity: how lumpy the ordering is. (S, T)
        orders: number of order lines. (S, T)
        days: number of days with an order, counted for each supplier. (S, T)
        largest_day: the most ordered on one day, of one supplier or several. (S, T)
        suppliers: number of suppliers. (S, T)
        returned: what was returned, in the same measure. (S, T)
        started: column of the first order of each series. (S,)
        dosage: whether the units of a series are dosage units: its first line gives a strength or the active
            substance beside them. (S,)
        left_out: what was not counted as an order, in words to number of lines.
    """

    customer: pa.Array
    product: pa.Array
    measure: pa.Array
    line: pa.Array
    first: int
    quantity: Floats
    squares: Floats
    orders: npt.NDArray[np.int32]
    days: npt.NDArray[np.int32]
    largest_day: Floats
    suppliers: npt.NDArray[np.int32]
    returned: Floats
    started: npt.NDArray[np.int32]
    dosage: npt.NDArray[np.bool_]
    left_out: dict[str, int]

    @cached_property
    def names(self) -> list[str]:
        """The months of the columns, as YYYY-MM."""
        return [month_name(self.first + column) for column in range(self.quantity.shape[1])]

    @cached_property
    def measures(self) -> list[str]:
        """The measure of each series, as plain texts."""
        return [str(name) for name in self.measure.to_pylist()]

    def until(self, column: int) -> Months:
        """Return what was known by the end of the month in `column`: later months and series do not exist yet."""
        known = self.started <= column
        cut: dict[str, Any] = {
            name: np.ascontiguousarray(getattr(self, name)[known, : column + 1])
            for name in ("quantity", "squares", "orders", "days", "largest_day", "suppliers", "returned")
        }
        return dataclasses.replace(self.pick(known), **cut)

    def pick(self, rows: npt.NDArray[np.bool_]) -> Months:
        """Return the series that `rows` marks."""
        changes: dict[str, Any] = {}
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                changes[entry.name] = value[rows]
            elif isinstance(value, pa.Array):
                changes[entry.name] = value.filter(pa.array(rows))
        return dataclasses.replace(self, **changes)


def monthly(
    lines: pa.Table, product: pa.Array | pa.ChunkedArray | None = None, *, last_month: str | None = None
) -> Months:
    """Lay order lines out by month.

    Args:
        lines: `ORDER_LINE` rows, in any order. Columns that are absent count as empty.
        product: what each line is of, beside the lines; the item as written, folded, where not given.
        last_month: last month to look at, YYYY-MM; later lines are left out, and series run up to it. Without it
            the last month that has an order.

    Raises:
        InputError: months and series are too many to hold.

    >>> import datetime as dt
    >>> day = lambda month: dt.datetime(2026, month, 5).date()
    >>> lines = pa.table({"kind": ["sale"] * 3, "customer_id": ["C1"] * 3, "item": ["Aspirin", "aspirin ", "aspirin"],
    ...     "ordered_on": [day(1), day(1), day(3)], "units": [100.0, 50.0, 30.0]})
    >>> monthly(lines).quantity.tolist()
    [[150.0, 0.0, 30.0]]
    """
    if product is None:
        product = pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(_column(lines, "item", pa.string()), "")))
    if "product" in lines.column_names:
        lines = lines.drop_columns("product")
    lines = lines.append_column("product", product)
    table, left_out = rows_that_count(lines)
    kind = table["kind"]
    sales = _cells(table.filter(pc.equal(kind, "sale")), left_out, last_month)
    returns = _cells(table.filter(pc.equal(kind, "return")), {}, last_month)
    return _laid_out(sales, returns, left_out, last_month)


@dataclass(frozen=True)
class _Cells:
    """Lines with what they are counted by; keys are (customer, product, measure), texts."""

    keys: pa.Table
    line: pa.Array
    dosage: pa.Array
    supplier: Ints
    day: Ints
    month: Ints
    amount: Floats


def _column(lines: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray:
    if name not in lines.column_names:
        return pa.chunked_array([pa.nulls(len(lines), kind)])
    return lines[name].cast(kind)


def _cells(lines: pa.Table, left_out: dict[str, int], last_month: str | None) -> _Cells:
    """Give each line its measure and amount; leave out, and count, lines that lack a customer, a day or an amount."""
    amount, measure = _measured(lines)
    customer, day = _column(lines, "customer_id", pa.string()), _column(lines, "ordered_on", pa.date32())
    whole = pa.chunked_array([pa.repeat(True, len(lines))])
    missing = (
        ("no customer", pc.is_valid(customer)),
        ("no day", pc.is_valid(day)),
        ("no quantity", pc.is_valid(amount)),
    )
    for words, there in missing:
        lacking = pc.sum(pc.and_(whole, pc.invert(there))).as_py()
        if lacking:
            left_out[words] = left_out.get(words, 0) + lacking
        whole = pc.and_(whole, there)
    month = _months_of(day)
    if last_month is not None:
        early = pc.fill_null(pc.less_equal(month, month_number(last_month)), fill_value=True)
        later = pc.sum(pc.and_(whole, pc.invert(early))).as_py()
        if later:
            left_out["later than the day asked for"] = later
        whole = pc.and_(whole, early)
    keys = pa.table({"customer": customer, "product": pc.fill_null(lines["product"], ""), "measure": measure})
    supplier = pc.fill_null(_column(lines, "supplier_id", pa.string()), "").combine_chunks().dictionary_encode()
    return _Cells(
        keys.filter(whole),
        pc.fill_null(_column(lines, "customer_type", pa.string()), "").filter(whole).combine_chunks(),
        _dosage(lines).filter(whole).combine_chunks(),
        _numbers(pa.chunked_array([supplier.indices]).filter(whole)),
        _numbers(day.cast(pa.int32()).filter(whole)),
        _numbers(month.filter(whole)),
        amount.filter(whole).to_numpy(),
    )


def _dosage(lines: pa.Table) -> pa.ChunkedArray:
    strength, active = (_column(lines, name, pa.float64()) for name in ("strength_mg", "active_g"))
    return pc.or_(pc.is_valid(strength), pc.is_valid(active))


def _numbers(values: pa.ChunkedArray) -> Ints:
    numbers: Ints = values.to_numpy().astype(np.int64)
    return numbers


def _months_of(day: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.add(pc.multiply(pc.year(day), 12), pc.subtract(pc.month(day), 1))


def _measured(lines: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return amount and measure of each line; see the top of this module for which measure it is."""
    units, active, mass, litres, quantity = (
        _column(lines, name, pa.float64()) for name in ("units", "active_g", "mass_g", "volume_l", "quantity")
    )
    grams = pc.coalesce(active, mass)
    amount = pc.coalesce(units, grams, litres, quantity)
    unit = pc.fill_null(pc.utf8_lower(pc.utf8_trim_whitespace(_column(lines, "unit", pa.string()))), "")
    written = pc.if_else(pc.equal(unit, ""), "no unit", unit)
    measure = pc.if_else(pc.is_valid(litres), "litres", written)
    measure = pc.if_else(pc.is_valid(grams), "grams", measure)
    return amount, pc.if_else(pc.is_valid(units), "units", measure)


def _laid_out(sales: _Cells, returns: _Cells, left_out: dict[str, int], last_month: str | None) -> Months:
    codes, keys = _series(sales.keys)
    first = int(sales.month.min()) if len(sales.month) else month_number(last_month or "1970-01")
    last = month_number(last_month) if last_month else int(sales.month.max(initial=first))
    shape = (len(keys), max(last - first + 1, 0))
    if shape[0] * shape[1] > _MOST_CELLS:
        raise InputError(
            f"{shape[0]:,} series over {shape[1]:,} months are more than can be held at once.",
            hint="Is a date wrong by years? Else monitor parts of the customers, or fewer years.",
        )
    column = sales.month - first
    started = np.full(shape[0], shape[1], dtype=np.int32)
    np.minimum.at(started, codes, column.astype(np.int32))
    line, dosage = _at_first_order(sales, codes, shape[0])
    return Months(
        customer=keys["customer"].combine_chunks(),
        product=keys["product"].combine_chunks(),
        measure=keys["measure"].combine_chunks(),
        line=line,
        first=first,
        started=started,
        dosage=dosage,
        returned=_returned(returns, keys, first, shape),
        left_out=left_out,
        **_by_cell(sales, codes * shape[1] + column, shape),
    )


def _series(keys: pa.Table) -> tuple[Ints, pa.Table]:
    """Return the number of each line's series and the series' keys, ordered by customer, product and measure."""
    columns = [_ranked(keys[name].combine_chunks()) for name in ("customer", "product", "measure")]
    code: Ints = np.zeros(len(keys), dtype=np.int64)
    for numbers, words in columns:
        code = code * max(len(words), 1) + numbers
    sizes = [max(len(words), 1) for _, words in columns]
    size = math.prod(sizes)
    if size <= _MOST_CELLS:
        there = np.zeros(size, dtype=np.bool_)
        there[code] = True
        found = np.flatnonzero(there)
        codes: Ints = (np.cumsum(there) - 1)[code]
    else:
        found, codes = np.unique(code, return_inverse=True)
    places = np.unravel_index(found, sizes)
    named = {
        name: words.take(pa.array(at)) for name, (_, words), at in zip(keys.column_names, columns, places, strict=True)
    }
    return codes, pa.table(named)


def _ranked(column: pa.Array) -> tuple[Ints, pa.Array]:
    """Return the rank of each text among the distinct ones, and those in order."""
    encoded = column.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    rank: Ints = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(order)


def _at_first_order(sales: _Cells, codes: Ints, series: int) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Return each series' customer type and dosage as on its first order, so that the future changes nothing."""
    lines, words = _ranked(sales.line)
    dosage = sales.dosage.to_numpy(zero_copy_only=False)
    key = (sales.day * max(len(words), 1) + lines) * 2 + dosage
    smallest = np.full(series, np.iinfo(np.int64).max)
    np.minimum.at(smallest, codes, key)
    return words.take(pa.array(smallest // 2 % max(len(words), 1))), smallest % 2 == 1


def _by_cell(sales: _Cells, place: Ints, shape: tuple[int, int]) -> dict[str, Any]:
    """Return what is summed or counted by cell; the order of lines changes no sum, not even in its last digit."""
    cells = shape[0] * shape[1]
    suppliers = int(sales.supplier.max(initial=0)) + 1
    days = sales.day - sales.day.min() if len(place) else sales.day
    order = np.lexsort((sales.amount, (place * (int(days.max(initial=0)) + 1) + days) * suppliers + sales.supplier))
    place, day, supplier = (values[order] for values in (place, days, sales.supplier))
    amount = sales.amount[order]
    new_day = _changes(place, day)
    per_day = np.bincount(np.cumsum(new_day) - 1, amount) if len(place) else np.zeros(0)
    day_place = place[new_day]
    largest = np.zeros(cells)
    np.maximum.at(largest, day_place, per_day)
    pairs = np.unique(place * suppliers + supplier) // suppliers if suppliers > 1 else place[_changes(place)]

    def counted(where: Ints) -> npt.NDArray[np.int32]:
        return np.bincount(where, minlength=cells).reshape(shape).astype(np.int32)

    return {
        "quantity": np.bincount(place, amount, minlength=cells).reshape(shape).astype(np.float64),
        "squares": np.bincount(day_place, per_day**2, minlength=cells).reshape(shape).astype(np.float64),
        "orders": counted(place),
        "days": counted(place[_changes(place, day, supplier)]),
        "largest_day": largest.reshape(shape),
        "suppliers": counted(pairs),
    }


def _changes(*columns: Ints) -> npt.NDArray[np.bool_]:
    """Mark the rows of sorted columns in which any differs from the row before."""
    new = np.ones(len(columns[0]), dtype=np.bool_)
    if len(new):
        new[1:] = np.any([values[1:] != values[:-1] for values in columns], axis=0)
    return new


def _returned(returns: _Cells, keys: pa.Table, first: int, shape: tuple[int, int]) -> Floats:
    """Sum returns into the cells of the series that they belong to; what was never bought has no series."""
    if not len(returns.keys):
        return np.zeros(shape)
    numbered = keys.append_column("series", pa.array(np.arange(shape[0])))
    named = returns.keys.append_column("row", pa.array(np.arange(len(returns.keys))))
    met = named.join(numbered, ["customer", "product", "measure"], join_type="inner")
    row, series = met["row"].to_numpy(), met["series"].to_numpy()
    column = returns.month[row] - first
    inside = (column >= 0) & (column < shape[1])
    place, amount = (series * shape[1] + column)[inside], returns.amount[row][inside]
    order = np.lexsort((amount, place))
    sums = np.bincount(place[order], amount[order], minlength=shape[0] * shape[1])
    return sums.reshape(shape).astype(np.float64)
