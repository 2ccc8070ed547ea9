"""What a customer has several of: licences, what it said it would buy, owners.

They stand in numbered groups of columns, on several rows of one customer, or in one cell with `;` between them. Of
columns that are split, all have as many parts as the longest, or one part that holds for each; else the row is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.intake.convert.amounts import AmountColumns, read_amounts
from counterflow.intake.convert.assemble import column_of, present, repeat
from counterflow.intake.convert.refusals import Fault, Faults
from counterflow.intake.convert.values import ValueReader, as_text
from counterflow.intake.identifiers import Unreadable
from counterflow.intake.mapping.model import FieldRule

__all__ = ["Entries", "Group"]

#: values that were emptied and are told by name
_SHOWN = 5
_BETWEEN = r"\s*[;|\n]\s*"
_PARTS = Unreadable(
    "parts-do-not-match", "Cells that list several with ; between them list the same number in each column."
)
#: fields that list things themselves: split only where there is a part for each entry
_LISTS = frozenset({"covers"})
#: fields that alone do not make an entry
_NOT_NAMING = frozenset({"country", "unit", "period", "schema", "kind"})


@dataclass(frozen=True)
class Entries:
    """Entries of one group: values by field, and the row that each comes from."""

    parent: np.ndarray
    values: dict[str, pa.Array]


class Group:
    """One group of columns, for example the second licence.

    Args:
        rules: field of the group to its rule.
        constants: field of the group to the value that every entry has.
    """

    def __init__(self, rules: dict[str, FieldRule], constants: dict[str, pa.Scalar]) -> None:
        self._rules = {name: rule for name, rule in rules.items() if rule.kind != "amount"}
        self._readers = {name: ValueReader(rule) for name, rule in self._rules.items()}
        self._amount = next((rule for rule in rules.values() if rule.kind == "amount"), None)
        self._all, self._constants = rules, constants

    def read(self, table: pa.Table, faults: Faults, notes: Counter[str]) -> Entries:
        """Return the entries of these rows; what cannot be read goes to `faults` of the row it stands in."""
        cells = {name: as_text(_cell(rule, table)) for name, rule in self._all.items()}
        parent, parts = self._parts(cells, table.num_rows, faults)
        own = Faults(len(parent))
        values: dict[str, pa.Array] = {}
        emptied: dict[str, pa.Array] = {}
        for name, reader in self._readers.items():
            made = reader.read(parts[name])
            if made.bad is not None and self._rules[name].on_invalid == "blank":
                emptied[name] = pc.if_else(pa.array(made.bad), made.text, pa.scalar(None, pa.string()))
                notes.update(_emptied(self._rules[name], made.text.filter(pa.array(made.bad)), made.problems))
            elif made.bad is not None:
                own.add(Fault(self._rules[name].columns[0], made.bad, made.text, made.problems))
            notes.update({f"{self._rules[name].target}: {note}": count for note, count in made.notes.items()})
            values[name] = made.values
        if self._amount is not None:
            columns = AmountColumns(
                quantity=parts["quantity"], unit=parts.get("unit"), pack=None, packs=None, pack_count=None,
                returned=np.zeros(len(parent), dtype=bool), rules={"quantity": self._amount},
            )  # fmt: skip
            told = Faults(len(parent)) if self._amount.on_invalid == "blank" else own
            amounts = read_amounts(columns, told, Counter())
            packs = pc.fill_null(amounts.packs, 1.0)
            counted = pc.is_valid(pc.coalesce(amounts.mass_g, amounts.volume_l, amounts.pieces))
            quantity = pc.if_else(counted, pc.multiply(amounts.quantity, packs), amounts.quantity)
            if told is not own and told.any.any():
                notes[f"{self._amount.columns[0]!r} cannot be read as an amount, left empty"] += int(told.any.sum())
                quantity = pc.if_else(pa.array(told.any), pa.scalar(None, pa.float64()), quantity)
            values["quantity"], values["unit"] = quantity, amounts.unit
        if "expires_on" in emptied:
            values["kind"] = _with_unread_day(values.get("kind"), emptied["expires_on"])
        for fault in own.each():
            self._hand_up(fault, parent, cells, faults)
        there = np.zeros(len(parent), dtype=bool)
        for name, column in values.items():
            if name not in _NOT_NAMING:
                there |= present(column)
        index = pa.array(np.flatnonzero(there))
        kept = {name: column.take(index) for name, column in values.items()}
        kept |= {name: repeat(value, len(index)) for name, value in self._constants.items()}
        return Entries(parent[there], kept)

    def _parts(self, cells: dict[str, pa.Array], rows: int, faults: Faults) -> tuple[np.ndarray, dict[str, pa.Array]]:
        """Return the row of each part, and the parts by field."""
        every = np.arange(rows)
        if not any(pc.any(pc.match_substring_regex(c, "[;|\n]")).as_py() for c in cells.values()):
            return every, cells
        lists = {name: pc.split_pattern_regex(pc.utf8_trim(text, " ;|\n"), _BETWEEN) for name, text in cells.items()}
        counts = {
            name: pc.list_value_length(parts).fill_null(0).to_numpy(zero_copy_only=False)
            for name, parts in lists.items()
        }
        splitting = [counts[name] for name in cells if name not in _LISTS]
        wanted = np.maximum.reduce(splitting) if splitting else np.ones(rows, dtype=np.int64)
        wanted = np.maximum(wanted, 1)
        for name, count in counts.items():
            if name not in _LISTS:
                faults.add(Fault(self._all[name].columns[0], (count > 1) & (count != wanted), cells[name], same=_PARTS))
        parent = np.repeat(every, wanted)
        within = np.arange(len(parent)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
        parts = {}
        for name, held in lists.items():
            count, flat = counts[name], held.flatten()
            start = np.cumsum(count) - count
            if name in _LISTS:
                split = (count == wanted) & (wanted > 1)
                whole = cells[name].take(pa.array(parent))
                place = np.where(split[parent], start[parent] + within, 0)
                parts[name] = pc.if_else(pa.array(split[parent]), _taken(flat, place), whole)
            else:
                place = start[parent] + np.where(count[parent] > 1, np.minimum(within, count[parent] - 1), 0)
                parts[name] = pc.if_else(pa.array(count[parent] > 0), _taken(flat, place), pa.scalar(None, pa.string()))
        return parent, {name: as_text(text) for name, text in parts.items()}

    def _hand_up(self, fault: Fault, parent: np.ndarray, cells: dict[str, pa.Array], faults: Faults) -> None:
        """Say of a row what is wrong with one of its entries."""
        name = next((n for n, rule in self._all.items() if rule.columns[0] == fault.column), None)
        told: dict[tuple[str, str], list[int]] = {}
        problems: dict[tuple[str, str], Unreadable] = {}
        for place in np.flatnonzero(fault.where).tolist():
            problem = fault.at(place)[1]
            key = (problem.reason, problem.hint)
            problems[key] = problem
            told.setdefault(key, []).append(int(parent[place]))
        for key, rows in told.items():
            where = np.zeros(len(faults.any), dtype=bool)
            where[rows] = True
            faults.add(Fault(fault.column, where, cells[name] if name else None, same=problems[key]))


def _emptied(rule: FieldRule, texts: pa.Array, problems: Mapping[str, Unreadable]) -> Counter[str]:
    """Count the values that were emptied, the first few by name."""
    counted = Counter(texts.to_pylist())
    shown = sorted(counted)[:_SHOWN]
    told = Counter(
        {f"{rule.columns[0]!r}: {t!r} left empty, {problems[t].reason} ({problems[t].hint})": counted[t] for t in shown}
    )
    if len(counted) > _SHOWN:
        told[f"{rule.columns[0]!r}: more values left empty"] += sum(counted[t] for t in counted if t not in shown)
    return told


def _with_unread_day(kind: pa.Array | None, day: pa.Array) -> pa.Array:
    """Return the kind of a licence with what stands as its last day: one that cannot be read is not one without end."""
    told = pc.binary_join_element_wise(
        pc.coalesce(kind, pa.scalar("licence")) if kind is not None else pa.scalar("licence"),
        ", last day not readable: ", day, "",
    )  # fmt: skip
    return pc.coalesce(told, kind) if kind is not None else told


def _cell(rule: FieldRule, table: pa.Table) -> pa.Array:
    columns = [as_text(column_of(table, name)) for name in rule.columns]
    text = columns[0]
    for other in columns[1:]:
        if rule.pick:
            text = pc.coalesce(text, other)
        else:
            text = pc.coalesce(pc.binary_join_element_wise(text, other, rule.join), text, other)
    return text


def _taken(flat: pa.Array, place: np.ndarray) -> pa.Array:
    if not len(flat):
        return pa.nulls(len(place), pa.string())
    return flat.take(pa.array(np.clip(place, 0, len(flat) - 1)))
