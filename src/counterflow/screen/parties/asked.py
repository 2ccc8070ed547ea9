"""What is asked of a look-up, and what it meets: parties and hits as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.screen.parties.corroboration import FIELDS
from counterflow.screen.parties.kinds import kind_of_schema

__all__ = ["BestScores", "Met", "Parties", "together"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_NO_FACTS: Mapping[str, str | None] = {}


@dataclass(frozen=True)
class Parties:
    """Parties to look up, column by column.

    Args:
        names: as written.
        kinds: kind of each (`screen.parties.kinds`).
        facts: field of `corroboration.FIELDS` to its values; only the fields that are at hand.
        ids: what each is called in the answer; its place, from 0, where None.
    """

    names: list[str | None]
    kinds: npt.NDArray[np.int8]
    facts: Mapping[str, list[str | None]] = field(default_factory=dict)
    ids: list[str] | None = None

    @classmethod
    def of(cls, given: pa.Table | Sequence[str | None], schema: str | None = None) -> Parties:
        """Return parties from a table, or from names alone.

        Args:
            given: names; or a table with the column name (or query) and, where known, query_id, schema, born,
                country, nationality, address, identifier.
            schema: kind of all of them, where the table does not say.

        Raises:
            UsageError: the table has no names.
            UnknownName: a schema that nobody knows.
        """
        if not isinstance(given, pa.Table):
            given = pa.table({"name": pa.array(given, pa.string())})
        column = next((name for name in ("name", "query") if name in given.column_names), None)
        if column is None:
            raise UsageError("The parties have no column of names.", hint="Call it name.")
        names = given.column(column).to_pylist()
        if "schema" in given.column_names:
            said = given.column("schema").to_pylist()
            kind_of = {one: kind_of_schema(one or schema) for one in set(said)}
            kinds = np.array([kind_of[one] for one in said], dtype=np.int8)
        else:
            kinds = np.full(len(names), kind_of_schema(schema), np.int8)
        facts = {name: _texts(given.column(name)) for name in FIELDS if name in given.column_names}
        facts = {name: values for name, values in facts.items() if any(values)}
        ids = _texts(given.column("query_id")) if "query_id" in given.column_names else None
        return cls(names, kinds, facts, [one or "" for one in ids] if ids else None)

    def facts_of(self, row: int) -> Mapping[str, str | None]:
        """Return what party `row` says beside its name."""
        return {name: values[row] for name, values in self.facts.items()} if self.facts else _NO_FACTS


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    values: list[str | None] = column.cast(pa.string()).to_pylist()
    return values


@dataclass(frozen=True)
class Met:
    """What was met: party `row` and listed name `listed`, best first for each party; all arrays of one length.

    `how` is exact | reordered | similar, paper where only a number of theirs is the same, and weak for a weak alias
    of one word that a birth or a number speaks for.
    """

    row: Places
    listed: Places
    how: Sequence[str]
    score: Floats

    def __len__(self) -> int:
        return len(self.row)

    def carried_to(self, numbers: Places) -> Met:
        """Return what each of many parties meets, where party i bears name `numbers[i]` of those looked for."""
        begins = np.searchsorted(self.row, numbers, side="left")
        counts = np.searchsorted(self.row, numbers, side="right") - begins
        row = np.repeat(np.arange(len(numbers)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = np.repeat(begins, counts) + within
        return Met(row, self.listed[place], [self.how[i] for i in place.tolist()], self.score[place])


@dataclass(frozen=True)
class BestScores:
    """The best score of each distinct name of clean traffic, with its kind, the name as written and its words."""

    scores: Floats
    kinds: npt.NDArray[np.int8]
    names: Sequence[str]
    words: Sequence[str]


def together(met: Met, more: Sequence[tuple[int, int, str, float]], top: int) -> Met:
    """Return hits with further ones, as (party, listed name, how, score), best first, at most `top` for each party.

    What was met by a number or a birth comes before what only looks alike.
    """
    if not more:
        return met
    row = np.concatenate([met.row, np.array([e[0] for e in more], np.int64)])
    listed = np.concatenate([met.listed, np.array([e[1] for e in more], np.int64)])
    score = np.concatenate([met.score, np.array([e[3] for e in more])])
    how = [*met.how, *(e[2] for e in more)]
    alike = np.arange(len(how)) < len(met)
    order = np.lexsort((listed, -score, alike, row))
    sorted_rows = row[order]
    order = order[np.arange(len(order)) - np.searchsorted(sorted_rows, sorted_rows, side="left") < top]
    return Met(row[order], listed[order], [how[i] for i in order.tolist()], score[order])
