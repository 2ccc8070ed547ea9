"""What is asked of a look-up, and what it meets: parties and hits as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import UsageError
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.corroboration import FIELDS
from counterflow.screen.parties.kinds import OPEN, infer_kinds, kind_of_schema

if TYPE_CHECKING:
    from counterflow.matching.name_arrays import Names

__all__ = [
    "EXACT",
    "HOW",
    "PAPER",
    "REORDERED",
    "SIMILAR",
    "WEAK",
    "BestScores",
    "Met",
    "Parties",
    "Words",
    "together",
]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
_NO_FACTS: Mapping[str, str | None] = {}


@dataclass(frozen=True)
class Words:
    """Names after normalisation, with the kind of each: as stated, else as its words tell."""

    tokens: list[list[str]]
    kinds: npt.NDArray[np.int8]

    @classmethod
    def of(cls, names: Sequence[str | None], kinds: npt.NDArray[np.int8]) -> Words:
        """Return the words of names as written."""
        tokens = normalise_all(names)
        if (kinds == OPEN).any():
            kinds = np.where(kinds == OPEN, infer_kinds(tokens), kinds).astype(np.int8)
        return cls(tokens, kinds)

    @cached_property
    def looked_for(self) -> Names:
        """The same as arrays."""
        from counterflow.matching.name_arrays import names_of

        return names_of(self.tokens, self.kinds)


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

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def words(self) -> Words:
        """The names as the index takes them."""
        return Words.of(self.names, self.kinds)

    def words_of(self, rows: Places) -> tuple[Words, Places]:
        """Return words that hold those of some parties, and where in them each stands.

        Where all were looked for, their words are at hand; else only those of these parties are worked out.
        """
        if "words" in self.__dict__:
            return self.words, rows
        some, of = np.unique(rows, return_inverse=True)
        return Words.of([self.names[row] for row in some.tolist()], self.kinds[some]), of

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


#: How a party met a listed name: by its words; by a paper or number, whatever the names; or by a weak alias of one
#: word that a birth speaks for.
HOW = ("exact", "reordered", "similar", "paper", "weak")
EXACT, REORDERED, SIMILAR, PAPER, WEAK = range(len(HOW))


@dataclass(frozen=True)
class Met:
    """What was met: party `row` and listed name `listed`, best first for each party; all arrays of one length.

    `how` is the number of a word of `HOW`; the score is printed to four decimals and stands so here.
    """

    row: Places
    listed: Places
    how: npt.NDArray[np.int8]
    score: Floats

    def __len__(self) -> int:
        return len(self.row)

    def take(self, places: Places) -> Met:
        """Return these of them."""
        return Met(self.row[places], self.listed[places], self.how[places], self.score[places])

    def carried_to(self, numbers: Places) -> Met:
        """Return what each of many parties meets, where party i bears name `numbers[i]` of those looked for."""
        begins = np.searchsorted(self.row, numbers, side="left")
        counts = np.searchsorted(self.row, numbers, side="right") - begins
        row = np.repeat(np.arange(len(numbers)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = np.repeat(begins, counts) + within
        return Met(row, self.listed[place], self.how[place], self.score[place])


@dataclass(frozen=True)
class BestScores:
    """The best score of each distinct name of clean traffic, with its kind, the name as written and its words."""

    scores: Floats
    kinds: npt.NDArray[np.int8]
    names: Sequence[str]
    words: Sequence[str]


def together(met: Met, more: Sequence[tuple[int, int, int, float]], top: int) -> Met:
    """Return hits with further ones, as (party, listed name, how, score), best first, at most `top` for each party.

    What was met by a number or a birth comes before what only looks alike.
    """
    if not more:
        return met
    rows, listed, how, scores = zip(*more, strict=True)
    both = Met(
        np.concatenate([met.row, np.array(rows, np.int64)]), np.concatenate([met.listed, np.array(listed, np.int64)]),
        np.concatenate([met.how, np.array(how, np.int8)]), np.concatenate([met.score, np.array(scores, np.float64)]),
    )  # fmt: skip
    alike = np.arange(len(both)) < len(met)
    order = np.lexsort((both.listed, -both.score, alike, both.row))
    sorted_rows = both.row[order]
    return both.take(order[np.arange(len(order)) - np.searchsorted(sorted_rows, sorted_rows, side="left") < top])
