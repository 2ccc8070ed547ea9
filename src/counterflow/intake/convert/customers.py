"""Rows of a file as customers, their licences, what they said they would buy, and who owns them.

A customer may stand on several rows. What it has once (name, address …) is taken from the first row that says it; where
two rows say two things, all rows of the customer are refused and asked for.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa

from counterflow.core.tables import (
    CUSTOMER,
    CUSTOMER_EXPECTED,
    CUSTOMER_LICENCE,
    CUSTOMER_OWNER,
    INSTANT,
    conform,
)
from counterflow.intake.convert.assemble import Origin, column_of, first_rows, present, repeat
from counterflow.intake.convert.customer_groups import Entries, Group
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.convert.row_marks import content_marks, rank
from counterflow.intake.convert.values import as_text
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import FieldRule, Mapping
from counterflow.intake.mapping.order_targets import CUSTOMER_GROUPS

__all__ = ["CustomerTables"]

_DOUBLE = Unreadable("duplicate-record", "The very same row came before in this file.")
_CONTRADICTS = Unreadable("customer-contradicts", "Rows of one customer number say two things here. Which holds?")
_SIBLING = Unreadable("record-incomplete", "Another row of the same customer was refused; a customer goes in whole.")
_SCHEMAS = {"licence": CUSTOMER_LICENCE, "expected": CUSTOMER_EXPECTED, "owner": CUSTOMER_OWNER}
_GROUP = re.compile(rf"(?P<key>(?P<group>{'|'.join(CUSTOMER_GROUPS)})(\.\d+)?)\.(?P<field>\w+)")


class CustomerTables:
    """Makes customers of rows whose fields have been read.

    Args:
        mapping: what feeds what.
        origin: the load that the rows come by.
    """

    def __init__(self, mapping: Mapping, origin: Origin) -> None:
        self.mapping, self._origin = mapping, origin
        self._rules: dict[str, dict[str, FieldRule]] = {}
        for rule in mapping.fields:
            if found := _GROUP.fullmatch(rule.target):
                self._rules.setdefault(found["key"], {})[found["field"]] = rule
        self.grouped = frozenset(r.target for rules in self._rules.values() for r in rules.values())
        self._entries: list[tuple[str, Entries]] = []

    def checked(
        self, fed: dict[str, pa.Array], table: pa.Table, faults: Faults, notes: Counter[str]
    ) -> dict[str, pa.Array]:
        """Return the fields that a customer has once; its groups are read beside and kept for `tables`."""
        rows = table.num_rows
        constants = {name: fed[name] for name in fed if _GROUP.fullmatch(name)}
        fed = {name: values for name, values in fed.items() if name not in constants}
        self._entries = []
        for key, rules in self._rules.items():
            group = key.partition(".")[0]
            fixed = {n.rpartition(".")[2]: v[0] for n, v in constants.items() if n.startswith(f"{group}.") and len(v)}
            self._entries.append((group, Group(rules, fixed).read(table, faults, notes)))
        self._judge(fed, table, faults)
        return fed | {"_row": pa.array(np.arange(rows))}

    def tables(self, fed: dict[str, pa.Array], _attributes: list[pa.Array]) -> dict[str, pa.Table]:
        """Return the tables of rows that are all sound."""
        ids = fed["record_id"]
        group, first = first_rows(ids)
        count = len(first)
        own = ids.take(pa.array(first))
        columns = {name: _first_said(values, group, count) for name, values in fed.items() if name in CUSTOMER.names}
        columns |= self._origin.beside(own)
        columns["first_seen"] = repeat(pa.scalar(self._origin.first_seen, INSTANT), count)
        made = {"customer": conform(pa.table(columns), CUSTOMER)}
        for name, schema in _SCHEMAS.items():
            made[f"customer_{name}"] = self._group_table(name, schema, fed)
        return made

    def _group_table(self, name: str, schema: pa.Schema, fed: dict[str, pa.Array]) -> pa.Table:
        rows = np.asarray(fed["_row"].to_numpy(zero_copy_only=False), dtype=np.int64)
        parts = []
        for group, entries in self._entries:
            if group != name:
                continue
            place = np.searchsorted(rows, entries.parent)
            kept = np.isin(entries.parent, rows)
            index = pa.array(np.flatnonzero(kept))
            columns = {n: v.take(index) for n, v in entries.values.items()}
            columns |= self._origin.beside(fed["record_id"].take(pa.array(place[kept])))
            parts.append(pa.table(columns).append_column("_row", pa.array(entries.parent[kept])))
        if not parts:
            return schema.empty_table()
        table = pa.concat_tables(parts, promote_options="default")
        table = table.take(pa.array(np.argsort(table.column("_row").to_numpy(), kind="stable"))).drop_columns(["_row"])
        told = {n: table.column(n).combine_chunks() for n in table.column_names}
        marks = content_marks({n: v for n, v in told.items() if n != "batch"}, table.num_rows)
        table = table.filter(pa.array(rank(marks) == 1))
        group_of, _ = first_rows(table.column("record_id"))
        return conform(table.append_column("line", pa.array(rank(group_of), pa.int32())), schema)

    def _judge(self, fed: dict[str, pa.Array], table: pa.Table, faults: Faults) -> None:
        """Refuse rows that came before, and customers of which two rows say two things."""
        ids = fed["record_id"]
        column = next((r.columns[0] for r in self.mapping.fields if r.target == "record_id"), "record_id")
        code = np.asarray(ids.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
        chosen = np.flatnonzero(~faults.any & (code >= 0))
        chosen = chosen[np.bincount(code[chosen], minlength=1)[code[chosen]] > 1] if len(chosen) else chosen
        doubles = np.zeros(len(ids), dtype=bool)
        if len(chosen):
            index = pa.array(chosen)
            raw = {name: as_text(column_of(table, name).take(index)) for name in table.column_names}
            doubles[chosen] = rank(content_marks(raw, len(chosen))) > 1
            faults.add(Fault(column, doubles, ids, same=_DOUBLE))
            for rule in self.mapping.fields:
                if rule.target in fed and rule.target != "record_id":
                    torn = _torn(code[chosen], fed[rule.target].take(index))
                    where = np.zeros(len(ids), dtype=bool)
                    where[chosen[torn]] = True
                    faults.add(Fault(rule.columns[0], where & ~doubles, as_text(fed[rule.target]), same=_CONTRADICTS))
        broken = np.unique(code[faults.any & ~doubles & (code >= 0)])
        if len(broken):
            faults.add(Fault(column, np.isin(code, broken) & ~faults.any, ids, same=_SIBLING))


def _torn(code: np.ndarray, values: pa.Array) -> np.ndarray:
    """Tell the rows of customers for whom this field holds two different values."""
    there = present(values)
    marks = content_marks({"value": values}, len(values))
    low = np.full(int(code.max(initial=0)) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    high = np.zeros(len(low), dtype=np.uint64)
    np.minimum.at(low, code[there], marks[there])
    np.maximum.at(high, code[there], marks[there])
    return np.asarray((low[code] < high[code]) & there)


def _first_said(values: pa.Array, group: np.ndarray, count: int) -> pa.Array:
    """Return, per customer, the first value that one of its rows has."""
    first = np.full(count, len(values), dtype=np.int64)
    rows = np.flatnonzero(present(values))
    np.minimum.at(first, group[rows], rows)
    return values.take(pa.array(first, mask=first == len(values)))
