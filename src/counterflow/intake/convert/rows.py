"""Rows of a file, under a mapping, as the tables of the house and of what was refused.

Everything here works on whole columns. The steps, in order: each rule reads its column; faults are collected; record
ids that came before are refused; the rows that are left become tables, in `consignments`, `crossings`, `orders`,
`customers` or `stock` as the mapping says.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError
from counterflow.core.units import KILOGRAMS_PER
from counterflow.intake.convert.assemble import Mask, Origin, column_of, mask_of, present, repeat
from counterflow.intake.convert.consignments import ConsignmentTables
from counterflow.intake.convert.crossings import CrossingTables
from counterflow.intake.convert.customers import CustomerTables
from counterflow.intake.convert.orders import Held, OrderTables
from counterflow.intake.convert.refusals import CELL, Fault, Faults, from_reader, quarantine_rows
from counterflow.intake.convert.stock import StockTables
from counterflow.intake.convert.values import Converted, ValueReader, as_text
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import FieldRule, Mapping
from counterflow.intake.mapping.targets import ALWAYS, OF_ORDERS, default_kind
from counterflow.intake.readers.rows import RawRows

__all__ = ["Converter", "Piece"]

_EMPTY = Unreadable("required-empty", "The mapping requires this field; fill it in, or take `required` out.")
_MISSING = Unreadable("required-empty", "No row can do without this: fill it in, or take the row out if it is none.")
_DOUBLE = Unreadable("duplicate-record", "This record id came before. Give the record its own, or discard the row.")
_SIBLING = Unreadable("record-incomplete", "Another row of the same record was refused; a record goes in whole.")
_BAD_UNIT = Unreadable("unknown-unit", f"No unit of mass. Known: {', '.join(sorted(KILOGRAMS_PER))}.")

#: given record ids (text), says which of them an earlier load holds
KnownIds = Callable[[pa.Array], Mask]


class _Made(Protocol):
    """Makes the tables of rows that are all sound."""

    def tables(self, fed: dict[str, pa.Array], attributes: list[pa.Array], /) -> dict[str, pa.Table]: ...


@dataclass(frozen=True)
class Piece:
    """What some rows of a file became. `read` = rows of `accepted` + rows of quarantine, always.

    Args:
        tables: table of the house to its rows.
        read: rows read.
        accepted: rows taken.
        reasons: reason to count of refused rows.
        warnings: what was blanked, kept or repaired, to count.
        orders: of orders, each row that was taken: `row` in the file, `record_id`, and `gone` where a later row of the
            file takes its place.
    """

    tables: dict[str, pa.Table]
    read: int
    accepted: int
    reasons: Counter[str]
    warnings: Counter[str]
    orders: pa.Table | None = None

    @property
    def rejected(self) -> int:
        """Return how many rows went to quarantine."""
        return int(self.tables["quarantine"].num_rows)


class Converter:
    """Turns the batches of one file into tables; remembers the record ids that went before.

    Args:
        mapping: what feeds what.
        source: who the records come from.
        batch: id of the load.
        first_seen: when we first held the rows.
        required: fields that coverage asks for.
        known_ids: tells ids that an earlier load of the source holds.
        held: of orders, tells the lines that an earlier load of the source holds.

    Raises:
        ConfigError: a constant of the mapping is not what its field holds.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        source: str,
        batch: str,
        first_seen: dt.datetime,
        required: tuple[str, ...],
        known_ids: KnownIds | None = None,
        held: Held | None = None,
    ) -> None:
        self.mapping, self.source, self.batch, self._known_ids = mapping, source, batch, known_ids
        self._constants = {target: _constant(target, text, mapping) for target, text in mapping.constants.items()}
        self._any_hidden = bool(mapping.labels) or mapping.table == "crossing"
        origin = Origin(source, batch, first_seen)
        self._orders: OrderTables | CustomerTables | StockTables | None = None
        if mapping.table in OF_ORDERS:
            self._orders = _of_orders(mapping, origin, held)
        self._made: _Made = self._orders or (
            CrossingTables(origin)
            if mapping.table == "crossing"
            else ConsignmentTables(mapping, origin, required, self._constants)
        )
        grouped = self._orders.grouped if isinstance(self._orders, CustomerTables) else frozenset()
        self._readers = [(rule, ValueReader(rule)) for rule in mapping.fields if rule.target not in grouped]
        self._seen: set[str] = set()

    def convert(self, raw: RawRows) -> Piece:
        """Return the tables that these rows become."""
        hidden = [c for c in raw.table.column_names if self.mapping.hides(c)]
        raw = RawRows(raw.table.drop_columns(hidden), raw.row, raw.line, raw.refused) if hidden else raw
        faults, warnings = Faults(raw.table.num_rows), Counter[str]()
        there = [(rule, reader) for rule, reader in self._readers if not _left_out(rule, raw.table)]
        fed = {rule.target: self._feed(rule, reader, raw.table, faults, warnings) for rule, reader in there}
        rows = raw.table.num_rows
        fed |= {target: repeat(value, rows) for target, value in self._constants.items()}
        if self.mapping.number_rows:
            # With the load's id before it: the rows of another file of the same source are other records.
            numbers = pa.array(raw.row, pa.int64()).cast(pa.string())
            fed["record_id"] = pc.binary_join_element_wise(pa.scalar(self.batch.rpartition("-")[2][:8]), numbers, "-")
        if self._orders is None:
            self._refuse_doubles(fed["record_id"], faults)
        elif isinstance(self._orders, CustomerTables):
            fed = self._orders.checked(fed, raw.table, faults, warnings)
        else:
            fed = self._orders.checked(fed, faults, warnings)
        keep = ~faults.any
        cell = {name: fed[name] for name in CELL if name in fed}
        refused, reasons = faults.refused(raw, cell)
        outside = from_reader(raw.refused, self.mapping.hides, any_hidden=self._any_hidden)
        reasons.update(str(r["reason"]) for r in outside)
        aside = quarantine_rows([*outside, *refused], self.source, self.batch)
        attributes = [as_text(column_of(raw.table, name)) for name in self.mapping.attributes]
        tables = self._made.tables(*_kept(fed, attributes, keep))
        made = tables | {"quarantine": aside}
        return Piece(made, rows + len(raw.refused), int(keep.sum()), reasons, +warnings, _places(fed, raw, keep))

    # -- reading --------------------------------------------------------------------------------------------------

    def _feed(
        self, rule: FieldRule, reader: ValueReader, table: pa.Table, faults: Faults, warnings: Counter[str]
    ) -> pa.Array:
        """Return the values of one field; what is wrong goes to `faults` or, where the rule says so, to `warnings`."""
        made = reader.read(_source_column(rule, table))
        values = made.values
        if rule.unit_column:
            values = _in_kilograms(values, as_text(column_of(table, rule.unit_column)), rule, faults)
        column = rule.columns[0] if rule.pick or len(rule.columns) == 1 else rule.join.join(rule.columns)
        if made.bad is not None:
            if rule.on_invalid == "reject":
                faults.add(Fault(column, made.bad, made.text, made.problems))
            else:
                warnings.update(_count_problems(rule.target, made))
            if rule.on_invalid == "keep":
                values = pc.if_else(pa.array(made.bad), made.text, values)
        warnings.update({f"{rule.target}: {note}": count for note, count in made.notes.items()})
        if rule.required or rule.target in ALWAYS[self.mapping.table]:
            empty = ~present(values)
            if made.bad is not None:
                # What is there and invalid has said so already; blanked by the rule, it is empty.
                empty &= ~made.bad if rule.on_invalid == "reject" else True
            faults.add(Fault(column, empty, same=_MISSING if self.mapping.table in OF_ORDERS else _EMPTY))
        return values

    def _refuse_doubles(self, ids: pa.Array, faults: Faults) -> None:
        """Refuse record ids that came before; in a grouped file, all rows of a record of which one was refused."""
        column = next((r.columns[0] for r in self.mapping.fields if r.target == "record_id"), "record_id")
        if self._known_ids is not None and len(ids):
            faults.add(Fault(column, self._known_ids(ids) & ~faults.any, ids, same=_DOUBLE))
        if self.mapping.group_by:
            self._refuse_siblings(ids, column, faults)
            return
        open_rows = np.flatnonzero(~faults.any)
        names = ids.take(pa.array(open_rows)).to_pylist()
        if len(set(names)) < len(names) or not self._seen.isdisjoint(names):
            faults.add(Fault(column, self._second_ones(open_rows, names, len(ids)), ids, same=_DOUBLE))
        self._seen.update(names)

    def _second_ones(self, open_rows: np.ndarray, names: list[str], rows: int) -> Mask:
        """Return the rows whose id is not met for the first time. Runs only where a batch holds a double."""
        doubles = np.zeros(rows, dtype=bool)
        for index, name in zip(open_rows.tolist(), names, strict=True):
            doubles[index] = name in self._seen
            self._seen.add(name)
        return doubles

    def _refuse_siblings(self, ids: pa.Array, column: str, faults: Faults) -> None:
        broken = pc.unique(ids.filter(pa.array(faults.any))).drop_null()
        if len(broken):
            faults.add(Fault(column, mask_of(pc.is_in(ids, broken)) & ~faults.any, ids, same=_SIBLING))


def _places(fed: dict[str, pa.Array], raw: RawRows, keep: Mask) -> pa.Table | None:
    """Return where in the file the orders stand that were taken; None of other tables."""
    if "_gone" not in fed:
        return None
    chosen = np.flatnonzero(keep)
    index = pa.array(chosen)
    columns = {"row": pa.array(np.asarray(raw.row)[chosen], pa.int64()), "gone": fed["_gone"].take(index)}
    return pa.table(columns | {"record_id": fed["record_id"].take(index)})


def _left_out(rule: FieldRule, table: pa.Table) -> bool:
    """Say whether a file leaves out a field that it may leave out."""
    return rule.optional and rule.default is None and not set(rule.columns).intersection(table.column_names)


def _of_orders(mapping: Mapping, origin: Origin, held: Held | None) -> OrderTables | CustomerTables | StockTables:
    if mapping.table == "order":
        return OrderTables(mapping, origin, held)
    return CustomerTables(mapping, origin) if mapping.table == "customer" else StockTables(mapping, origin)


def _kept(
    fed: dict[str, pa.Array], attributes: list[pa.Array], keep: Mask
) -> tuple[dict[str, pa.Array], list[pa.Array]]:
    """Return fields and attributes of the rows that are kept."""
    if keep.all():
        return fed, attributes
    chosen = pa.array(keep)
    return {t: v.filter(chosen) for t, v in fed.items()}, [v.filter(chosen) for v in attributes]


def _source_column(rule: FieldRule, table: pa.Table) -> pa.Array:
    """Return what a rule reads: one column, the first of several that is not empty, or several joined."""
    columns = [column_of(table, name) for name in rule.columns]
    if len(columns) == 1:
        return columns[0]
    texts = [as_text(column) for column in columns]
    if rule.pick:
        return pc.coalesce(*texts)
    joined = texts[0]
    for text in texts[1:]:
        # Arrow's own null_handling="skip" drops rows on which all are null (pyarrow 26.0): join in pairs instead.
        joined = pc.coalesce(pc.binary_join_element_wise(joined, text, rule.join), joined, text)
    return joined


def _in_kilograms(values: pa.Array, units: pa.Array, rule: FieldRule, faults: Faults) -> pa.Array:
    """Return masses in kilograms, each by the unit that stands beside it; no unit is the unit of the rule."""
    encoded = pc.fill_null(units, rule.unit).dictionary_encode()
    factors = [KILOGRAMS_PER.get(unit.casefold()) for unit in encoded.dictionary.to_pylist()]
    factor = pa.array(factors, pa.float64()).take(encoded.indices)
    unknown = mask_of(pc.and_(pc.is_null(factor), pc.is_valid(values)))
    faults.add(Fault(str(rule.unit_column), unknown, units, same=_BAD_UNIT))
    return pc.multiply(values, factor)


def _count_problems(target: str, made: Converted) -> Counter[str]:
    counted: Counter[str] = Counter()
    for word in made.text.filter(pa.array(made.bad)).to_pylist():
        counted[f"{target}: {made.problems[word].reason}"] += 1
    return counted


def _constant(target: str, text: str, mapping: Mapping) -> pa.Scalar:
    kind = default_kind(target, mapping.table)
    made = ValueReader(FieldRule(target=target, columns=(), kind=kind, table=mapping.table)).read(pa.array([text]))
    if made.problems:
        raise ConfigError(f"{mapping.path}: the constant {target} = {text!r}: {made.problems[text].hint}")
    return made.values[0]
