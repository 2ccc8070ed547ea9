"""Rows of a file, under a mapping, as the tables of the house: consignment, goods_line, party, quarantine.

Everything here works on whole columns. The steps, in order: each rule reads its column; faults are collected; record
ids that came before are refused; the rows that are left become tables.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError
from counterflow.core.tables import CONSIGNMENT, GOODS_LINE, PARTY, conform
from counterflow.core.units import KILOGRAMS_PER
from counterflow.intake.convert.assemble import (
    Mask,
    attribute_map,
    column_of,
    first_rows,
    mask_of,
    missing_list,
    present,
)
from counterflow.intake.convert.refusals import CELL, Fault, Faults, from_reader, quarantine_rows
from counterflow.intake.convert.values import ARROW_TYPES, Converted, ValueReader, as_text
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import FieldRule, Mapping
from counterflow.intake.mapping.targets import (
    CONSIGNMENT_TARGETS,
    GOODS_TARGETS,
    PARTY_FIELDS,
    ROLES,
    coverage_targets,
    default_kind,
)
from counterflow.intake.readers.rows import RawRows

__all__ = ["Converter", "Piece"]

_ALWAYS = frozenset({"record_id", "declared_on"})
_EMPTY = Unreadable("required-empty", "The mapping requires this field; fill it in, or take `required` out.")
_DOUBLE = Unreadable("duplicate-record", "This record id came before. Give the record its own, or discard the row.")
_SIBLING = Unreadable("record-incomplete", "Another row of the same record was refused; a record goes in whole.")
_BAD_UNIT = Unreadable("unknown-unit", f"No unit of mass. Known: {', '.join(sorted(KILOGRAMS_PER))}.")

#: given record ids (text), says which of them an earlier load holds
KnownIds = Callable[[pa.Array], Mask]


@dataclass(frozen=True)
class Piece:
    """What some rows of a file became. `read` = rows of `accepted` + rows of quarantine, always.

    Args:
        tables: table of the house to its rows.
        read: rows read.
        accepted: rows taken.
        reasons: reason to count of refused rows.
        warnings: what was blanked, kept or repaired, to count.
    """

    tables: dict[str, pa.Table]
    read: int
    accepted: int
    reasons: Counter[str]
    warnings: Counter[str]

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
    ) -> None:
        self.mapping, self.source, self.batch = mapping, source, batch
        self._first_seen, self._required, self._known_ids = first_seen, required, known_ids
        self._readers = [(rule, ValueReader(rule)) for rule in mapping.fields]
        self._constants = {target: _constant(target, text, mapping) for target, text in mapping.constants.items()}
        self._hidden = frozenset(mapping.labels)
        self._seen: set[str] = set()

    def convert(self, raw: RawRows) -> Piece:
        """Return the tables that these rows become."""
        hidden = [c for c in raw.table.column_names if c in self._hidden]
        raw = RawRows(raw.table.drop_columns(hidden), raw.row, raw.line, raw.refused) if hidden else raw
        faults, warnings = Faults(raw.table.num_rows), Counter[str]()
        fed = {rule.target: self._feed(rule, reader, raw.table, faults, warnings) for rule, reader in self._readers}
        rows = raw.table.num_rows
        fed |= {target: _repeat(value, rows) for target, value in self._constants.items()}
        self._refuse_doubles(fed["record_id"], faults)
        keep = ~faults.any
        cell = {name: fed[name] for name in CELL if name in fed}
        refused, reasons = faults.refused(raw, cell)
        outside = from_reader(raw.refused, self._hidden)
        reasons.update(str(r["reason"]) for r in outside)
        aside = quarantine_rows([*outside, *refused], self.source, self.batch)
        attributes = [as_text(column_of(raw.table, name)) for name in self.mapping.attributes]
        tables = self._tables(fed, attributes, keep)
        return Piece(tables | {"quarantine": aside}, rows + len(raw.refused), int(keep.sum()), reasons, +warnings)

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
        if rule.required or rule.target in _ALWAYS:
            empty = ~present(values)
            if made.bad is not None:
                # What is there and invalid has said so already; blanked by the rule, it is empty.
                empty &= ~made.bad if rule.on_invalid == "reject" else True
            faults.add(Fault(column, empty, same=_EMPTY))
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

    # -- tables ---------------------------------------------------------------------------------------------------

    def _tables(self, fed: dict[str, pa.Array], attributes: list[pa.Array], keep: Mask) -> dict[str, pa.Table]:
        """Return the tables of the rows that are kept."""
        if not keep.all():
            chosen = pa.array(keep)
            fed = {target: values.filter(chosen) for target, values in fed.items()}
            attributes = [values.filter(chosen) for values in attributes]
        rows = int(keep.sum())
        lines = self._goods_masks(fed, rows)
        if not self.mapping.group_by:
            missing = [self._is_missing(name, fed, rows) for name in self._required]
            first, group = np.arange(rows), None
        else:
            group, first_of = first_rows(fed["record_id"])
            first = np.unique(first_of)
            missing = [_any_of(self._is_missing(n, fed, rows), group)[group[first]] for n in self._required]
        return {
            "consignment": self._consignments(fed, attributes, missing, first, rows),
            "goods_line": self._goods(fed, lines, group),
            "party": self._parties(fed, group),
        }

    def _shared(self, fed: dict[str, pa.Array], index: pa.Array) -> dict[str, pa.Array]:
        count = len(index)
        return {
            "source": _repeat(pa.scalar(self.source), count),
            "record_id": fed["record_id"].take(index),
            "batch": _repeat(pa.scalar(self.batch), count),
        }

    def _consignments(
        self,
        fed: dict[str, pa.Array],
        attributes: list[pa.Array],
        missing: list[Mask],
        first: np.ndarray,
        rows: int,
    ) -> pa.Table:
        index = pa.array(first, pa.int64())
        whole = len(first) == rows

        def pick(values: pa.Array) -> pa.Array:
            return values if whole else values.take(index)

        columns = self._shared(fed, index)
        columns |= {t: pick(fed[t]) for t in CONSIGNMENT_TARGETS if t in fed and t != "record_id"}
        columns["first_seen"] = _repeat(pa.scalar(self._first_seen, CONSIGNMENT.field("first_seen").type), len(first))
        columns["missing"] = missing_list(list(self._required), missing, len(first))
        columns["attributes"] = attribute_map(self.mapping.attributes, [pick(a) for a in attributes], len(first))
        return conform(pa.table(columns), CONSIGNMENT)

    def _goods_masks(self, fed: dict[str, pa.Array], rows: int) -> dict[str, Mask]:
        """Return, per group of goods fields ("goods.", "goods.1." …), which rows have such a line."""
        masks: dict[str, Mask] = {}
        for target, values in fed.items():
            prefix = target[: target.rfind(".") + 1]
            if target.startswith("goods.") and target not in self._constants:
                masks[prefix] = masks.get(prefix, np.zeros(rows, dtype=bool)) | present(values)
        return masks

    def _goods(self, fed: dict[str, pa.Array], lines: dict[str, Mask], group: np.ndarray | None) -> pa.Table:
        where = [np.flatnonzero(mask) for mask in lines.values()]
        rows = np.concatenate(where) if where else np.array([], dtype=np.int64)
        order = np.argsort(rows, kind="stable") if len(where) > 1 else np.arange(len(rows))
        index = pa.array(rows[order], pa.int64())
        columns = self._shared(fed, index)
        columns["line"] = pa.array(_rank(rows[order] if group is None else group[rows[order]]), pa.int32())
        for name in GOODS_TARGETS:
            parts = [
                fed[f"{prefix}{name}"].take(pa.array(chosen, pa.int64()))
                if f"{prefix}{name}" in fed
                else _repeat(
                    self._constants.get(f"goods.{name}", pa.scalar(None, _arrow_type(f"goods.{name}"))),
                    len(chosen),
                )
                for prefix, chosen in zip(lines, where, strict=True)
            ]
            if parts:
                joined = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
                columns[name] = joined if len(parts) == 1 else joined.take(pa.array(order))
        if "currency" in fed and not any(t.startswith("goods.") and t.endswith(".currency") for t in fed):
            # A line's value is in the consignment's currency where no other is said.
            columns["currency"] = fed["currency"].take(index)
        return conform(pa.table(columns), GOODS_LINE)

    def _parties(self, fed: dict[str, pa.Array], group: np.ndarray | None) -> pa.Table:
        tables = [self._party(fed, role, group) for role in ROLES]
        return pa.concat_tables([t for t in tables if t is not None] or [PARTY.empty_table()])

    def _party(self, fed: dict[str, pa.Array], role: str, group: np.ndarray | None) -> pa.Table | None:
        """Return the parties of one role, or None where nothing feeds it; a country alone names nobody."""
        own = {name: fed[f"party.{role}.{name}"] for name in PARTY_FIELDS if f"party.{role}.{name}" in fed}
        naming = [present(values) for name, values in own.items() if name != "country"]
        if not naming:
            return None
        rows = np.flatnonzero(np.logical_or.reduce(naming))
        if group is not None:
            rows = rows[np.unique(group[rows], return_index=True)[1]]
            rows.sort()
        index = pa.array(rows, pa.int64())
        columns = self._shared(fed, index) | {"role": _repeat(pa.scalar(role), len(rows))}
        columns |= {name: values.take(index) for name, values in own.items()}
        return conform(pa.table(columns), PARTY)

    def _is_missing(self, name: str, fed: dict[str, pa.Array], rows: int) -> Mask:
        """Return the rows on which a field that coverage asks for is empty, whatever of its targets could hold it."""
        missing = np.ones(rows, dtype=bool)
        wanted = coverage_targets(name)
        for target, values in fed.items():
            plain = f"goods.{target.rpartition('.')[2]}" if target.startswith("goods.") else target
            if plain in wanted:
                missing &= ~present(values)
        return missing


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
    made = ValueReader(FieldRule(target=target, columns=(), kind=default_kind(target))).read(pa.array([text]))
    if made.problems:
        raise ConfigError(f"{mapping.path}: the constant {target} = {text!r}: {made.problems[text].hint}")
    return made.values[0]


def _arrow_type(target: str) -> pa.DataType:
    return ARROW_TYPES.get(default_kind(target), pa.string())


def _repeat(value: pa.Scalar, count: int) -> pa.Array:
    return pa.repeat(value, count) if value.is_valid else pa.nulls(count, value.type)


def _rank(keys: np.ndarray) -> np.ndarray:
    """Return, for each element, its place among the equal ones, from 1, in order.

    >>> _rank(np.array([7, 3, 7, 7])).tolist()
    [1, 1, 2, 3]
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else np.array([], int)
    begin = np.repeat(starts, np.diff(np.append(starts, len(keys))))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys)) - begin + 1
    return rank


def _any_of(flags: Mask, group: np.ndarray) -> Mask:
    """Return, per group, whether any of its rows is flagged."""
    found = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
    np.logical_or.at(found, group, flags)
    return found
