"""Is this item a controlled drug or a listed precursor, where, since when, under which words of the law?

>>> from datetime import date
>>> look = SubstanceLookup(on=date(2025, 8, 1), route=["CN", "US"])
>>> for row in look.check(text="norfentanyl, 25 kg drum"):
...     print(row.jurisdiction, row.verdict, row.list, row.schedule, row.since, row.span)
CN listed_precursor CN precursors Category 2 2024-09-01 text:0-11
US controlled US CSA Schedule II 2020-05-18 text:0-11

A row speaks of one substance under the law of one place on one day. An item in which nothing is recognised has one row
too, which says how far the registry goes and never that the item is not controlled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import UsageError
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.substances.class_rows import by_class_rule, class_rows
from counterflow.screen.substances.evidence import ClassFinding, Item, Met, Weight
from counterflow.screen.substances.items import FIELDS, ItemReader
from counterflow.screen.substances.law import COLUMNS, RANK, Law, Verdict, default_jurisdictions
from counterflow.screen.substances.routes import read_route

__all__ = ["ANSWER", "SubstanceLookup"]

ANSWER = pa.schema([(name, pa.string()) for name in COLUMNS])
_NOTHING_GIVEN = "nothing given"
#: Columns that a row has from the law, and not from the item.
_OF_THE_LAW = tuple(name for name in COLUMNS if name not in {"id", "verdict", "span", "reason"})


class _Row(NamedTuple):
    """One row of an answer before it is written: what is the item's own, beside a row of the law."""

    item: int
    law: Verdict
    verdict: str
    span: str
    reason: str


class SubstanceLookup:
    """Answers items under the law of a route on a day.

    Args:
        on: the day asked about; today where None.
        route: places in order (origin, transit …, destination), as codes or names; where None, every place whose own
            law the registry holds.
        registry: the registry; the shipped one where None.
        clock: tells today.

    Raises:
        UsageError: a place that is no country, union or `UN`; the nearest is told.
    """

    def __init__(
        self,
        on: dt.date | None = None,
        route: Sequence[str] | None = None,
        registry: Registry | None = None,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self.registry = registry or load_registry()
        self.on = on or clock().date()
        self.route = read_route(route, self.registry) if route else default_jurisdictions(self.registry)
        self.law = Law(self.registry, self.on, self.route)
        self._reader = ItemReader(self.registry)

    def in_words(self) -> str:
        """Return the day, the places and how far the registry covers their law, for the person who asks."""
        told = "; ".join(dict.fromkeys(self.law.coverage(code) for code in self.route))
        return f"On {self.on.isoformat()}, law of {', '.join(self.route)}. {told}"

    def check(
        self,
        text: str | None = None,
        *,
        name: str | None = None,
        cas: str | None = None,
        inchikey: str | None = None,
        smiles: str | None = None,
        hs: str | None = None,
    ) -> list[Verdict]:
        """Answer one item, by any of its fields; at least one row.

        Args:
            text: goods description or any other text.
            name: the name of the substance, alone.
            cas: CAS number.
            inchikey: standard InChIKey.
            smiles: structure; RDKit is needed for it.
            hs: declared HS code.
        """
        given = dict(zip(FIELDS, (text, name, cas, inchikey, smiles, hs), strict=True))
        columns = {field: [value] for field, value in given.items() if value is not None}
        rows = list(self._rows(self._reader.read(columns)))
        if not rows:
            blank = not any(value and not value.isspace() for value in given.values())
            rows = [_Row(0, _NO_LAW, "none", "", self._nothing(blank=blank))]
        on = self.on.isoformat()
        return [replace(r.law, verdict=r.verdict, span=r.span, reason=r.reason, on=on) for r in rows]

    def check_table(self, table: pa.Table) -> pa.Table:
        """Answer many items; equal items are read once, and rows stand in the order of the items.

        Args:
            table: column `id` (its place from 0 where there is none) and any of text, name, cas, inchikey, smiles, hs.

        Returns:
            Table of schema `ANSWER`: one row for each item, substance and place, at least one for each item.

        Raises:
            UsageError: none of the columns is there.
        """
        fields = [name for name in FIELDS if name in table.column_names]
        if not fields:
            raise UsageError("The items have nothing to check.", hint=f"Give any of the columns {', '.join(FIELDS)}.")
        if not table.num_rows:
            return ANSWER.empty_table()
        number, first = _distinct(table.select(fields))
        asked = table.select(fields).take(first)
        asked = pa.table({name: asked.column(name).cast(pa.string()) for name in fields})
        items = self._reader.read({name: asked.column(name).to_pylist() for name in fields})
        answers, item = self._answers(items, _blank(asked))
        order = np.argsort(item, kind="stable")
        rows, of = _carried(item[order], number, len(first))
        rows = pa.array(order[rows])
        ids = table.column("id").cast(pa.string()) if "id" in table.column_names else _places(table.num_rows)
        filled = [ids.take(of), *(answers.column(name).take(rows) for name in COLUMNS[1:])]
        return pa.Table.from_arrays(filled, schema=ANSWER)

    def _answers(
        self, items: Mapping[int, Item], blank: npt.NDArray[np.bool_]
    ) -> tuple[pa.Table, npt.NDArray[np.int64]]:
        """Return the rows of distinct items, in any order, and which item each is of."""
        rows = list(self._rows(items))
        spoken = _written(
            {"verdict": [r.verdict for r in rows], "span": [r.span for r in rows], "reason": [r.reason for r in rows]}
            | {name: [getattr(r.law, name) for r in rows] for name in _OF_THE_LAW}
        )
        answered = np.fromiter((r.item for r in rows), np.int64, len(rows))
        rest = np.setdiff1d(np.arange(len(blank)), answered)
        nothing = pa.array([self._nothing(), self._nothing(blank=True)]).take(pa.array(blank[rest].astype(np.int8)))
        silent = _written(
            {"verdict": pa.repeat("none", len(rest)), "reason": nothing, "span": pa.repeat("", len(rest))}
            | dict.fromkeys(_OF_THE_LAW, pa.repeat("", len(rest)))
        )
        return pa.concat_tables([spoken, silent]).combine_chunks(), np.concatenate([answered, rest])

    def _rows(self, items: Mapping[int, Item]) -> Iterator[_Row]:
        """Yield the rows of the items; of two on one substance and place, only the stronger."""
        for place, item in sorted(items.items()):
            told = [*item.notes, item.disagreement()]
            notes = "".join(f"; {note}" for note in told if note)
            kept: dict[tuple[str, str], _Row] = {}
            for row in self._rows_of_item(place, item, notes):
                key = row.law.substance, row.law.jurisdiction
                before = kept.setdefault(key, row)
                if RANK[row.verdict] > RANK[before.verdict]:
                    kept[key] = row
            if kept:
                yield from kept.values()
            else:
                undescribed = "; no class rule of these places that held on that day describes it" * bool(
                    item.described
                )
                yield _Row(place, _NO_LAW, "none", "", self._nothing(undescribed + notes))

    def _rows_of_item(self, place: int, item: Item, notes: str) -> Iterator[_Row]:
        by_rule = {structure.substance: structure.findings for structure in item.described}
        for met in item.met.values():
            yield from self._rows_of(place, met, by_rule.get(met.substance, ()), notes)
        for structure in item.described:
            if not structure.substance:
                for law in class_rows(structure.findings, self.law):
                    yield _Row(place, law, law.verdict, structure.span, f"{structure.words}{notes}: {law.reason}")
        for fault in item.faults:
            law = replace(_NO_LAW, substance=fault.substance)
            reason = f"{fault.words}{notes}; {self.law.said_day}. Law held: {self.law.coverage_in_short}"
            yield _Row(place, law, "unclear", fault.span, reason)

    def _rows_of(self, place: int, met: Met, findings: Sequence[ClassFinding], notes: str) -> Iterator[_Row]:
        """Yield what the law of each place makes of one substance, as far as the evidence carries."""
        span, words = " ".join(met.spans), "; ".join(met.words) + notes
        if met.weight is Weight.ELSEWISE:
            law = replace(_NO_LAW, substance=met.substance)
            said = f"named only as something else: {words}; {self.law.said_day}. Law held: {self.law.coverage_in_short}"
            yield _Row(place, law, "none", span, said)
            return
        for law in self.law.rows(met.substance):
            verdict, doubt = _carries(met, law)
            described = by_class_rule(replace(law, verdict=verdict), findings, self.law) if findings else None
            if described:
                yield _Row(place, described, described.verdict, span, f"{words}: {described.reason}")
            else:
                yield _Row(place, law, verdict, span, f"{words}{doubt}: {law.reason}")

    def _nothing(self, notes: str = "", *, blank: bool = False) -> str:
        said = _NOTHING_GIVEN if blank else f"nothing recognised{notes}; that is not “not controlled”"
        return f"{said}; {self.law.said_day}. Law held: {self.law.coverage_in_short}"


#: A row that speaks of no law.
_NO_LAW = Verdict("", "none", "", "", "", "", "", "", "", "", "")


def _carries(met: Met, law: Verdict) -> tuple[str, str]:
    """Return the verdict that the evidence carries, and the doubt in words."""
    if RANK[law.verdict] <= RANK["unclear"]:
        return law.verdict, ""
    if met.weight < Weight.SURE:
        return "unclear", "; only an ambiguous or weakened sign of it"
    reached, why = met.reach(law.instrument, law.extends_to.split()) if met.reach else (True, "")
    if reached is None:
        return "unclear", f"; {why}"
    return (law.verdict if reached else "none"), f"; {why}" if why else ""


def _written(columns: Mapping[str, Sequence[str] | pa.Array]) -> pa.Table:
    return pa.table({name: pa.array(columns[name], pa.string()) for name in COLUMNS[1:]})


def _blank(asked: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which items say nothing in any field."""
    said = np.zeros(asked.num_rows, bool)
    for column in asked.columns:
        length = pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(column, "")))
        said |= pc.greater(length, 0).to_numpy()
    return ~said


def _distinct(table: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which distinct combination each row holds, and the first row of each combination, in order met."""
    number = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        codes = column.combine_chunks().dictionary_encode(null_encoding="encode")
        codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
        number = number * (len(codes.dictionary) + 1) + codes.indices.to_numpy(zero_copy_only=False)
        if len(table.columns) > 1:
            number = np.unique(number, return_inverse=True)[1]
    _, first, number = np.unique(number, return_index=True, return_inverse=True)
    return number, first


def _carried(
    item: npt.NDArray[np.int64], number: npt.NDArray[np.int64], count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return, for every row of the answer to all items, the row of the distinct answers and the item it is of."""
    held = np.bincount(item, minlength=count)
    begins = np.concatenate([[0], np.cumsum(held)[:-1]])
    repeats = held[number]
    of = np.repeat(np.arange(len(number)), repeats)
    within = np.arange(len(of)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return np.repeat(begins[number], repeats) + within, of


def _places(count: int) -> pa.Array:
    return pa.array(range(count)).cast(pa.string())
