"""Finding the listed names that a name could be: exact, in another order, or written otherwise.

Candidates share words, letter triples or consonants with the name (`name_grams`); the best of them are laid beside it
word by word (`name_score`). A name that shares too little with every listed name costs no alignment, so that a list of
mostly clean names goes fast.

An index is plain arrays. What stands in them for a listed name depends on that name alone, so that an index with some
names more and some less is what an index built anew would be. It is kept as one file, which is mapped when it is
loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.matching.array_file import read_arrays, write_arrays
from counterflow.matching.machine_code import Array
from counterflow.matching.name_alignment import Alignment, aligned, phrases
from counterflow.matching.name_arrays import OPEN, Names, build_postings, names_of, rarity
from counterflow.matching.name_grams import CONSONANTS, LETTERS, Postings
from counterflow.matching.name_rarity import VERSION as RARITY
from counterflow.matching.name_score import MAX_TOKENS, Weights, kinds_differ
from counterflow.matching.name_search import Entries, Hits, SearchOptions, lay, search, tell
from counterflow.matching.normalise import VERSION, normalise_all

__all__ = ["HOW", "Hit", "NameIndex", "SearchOptions"]

_FILE = "counterflow index of names 3"
#: How a listed name was met, by its number in `Hits`.
HOW = ("exact", "reordered", "similar")


@dataclass(frozen=True, slots=True)
class Hit:
    """Name `row` met listed name `listed`; `how` is exact | reordered | similar, the score in [0, 1)."""

    row: int
    listed: int
    how: str
    score: float


@dataclass(frozen=True)
class NameIndex:
    """Listed names, ready to be looked for; `NameIndex.of` builds one.

    Args:
        names: the listed names as arrays.
        printed: the listed names as printed.
        entries: what entry each belongs to, and where what is found.

    >>> index = NameIndex.of(["GUZMAN LOERA, Joaquin", "ACME TRADING LTD"], [0, 1])
    >>> [(hit.row, hit.how) for hit in index.search(["Joaquín Guzmán Loera", "Guzman Loera Joaquin"])]
    [(0, 'exact'), (1, 'reordered')]
    """

    names: Names
    printed: pa.LargeStringArray
    entries: Entries

    @classmethod
    def of(
        cls,
        names: Sequence[str] | pa.Array | pa.ChunkedArray,
        owners: Sequence[int] | Array,
        exact_only: Sequence[bool] | Array | None = None,
        *,
        kinds: Array | None = None,
        keys: Array | None = None,
        known: NameIndex | None = None,
    ) -> NameIndex:
        """Build the index of names as printed.

        Args:
            names: the names.
            owners: for each name, the number of the entry it belongs to; an entry is met once.
            exact_only: for each name, whether it is met by the same words only, and not at all when it is one word.
            kinds: for each name, what kind of party it names.
            keys: for each name, a number that stays its own from one version of a list to the next: of two names
                equally alike the smaller comes first. Where not given, the order of the names decides.
            known: an index whose names need not be worked out again.
        """
        printed = _as_text(names)
        total = len(printed)
        apart = np.zeros(total, np.bool_) if exact_only is None else np.asarray(exact_only, np.bool_)
        key = np.arange(total, dtype=np.uint64) if keys is None else np.asarray(keys, np.uint64)
        kind = np.full(total, OPEN, np.int8) if kinds is None else np.asarray(kinds, np.int8)
        arrays = _worked_out(printed, kind, known)
        return cls(arrays, printed, _entries(arrays, np.asarray(owners, np.int32), key, apart))

    def apply(
        self,
        removed: Sequence[int] | Array,
        names: Sequence[str],
        owners: Sequence[int] | Array,
        exact_only: Sequence[bool] | None = None,
        *,
        kinds: Array | None = None,
        keys: Array | None = None,
    ) -> NameIndex:
        """Return the index without some of its names and with others: what `of` would build from those.

        Args:
            removed: numbers of names that go.
            names: names that come, behind those that stay.
            owners: as for `of`; entries of names that stay keep their numbers.
            exact_only: as for `of`.
            kinds: as for `of`.
            keys: as for `of`; needed where the index was built with keys.
        """
        stay = np.ones(len(self), np.bool_)
        stay[np.asarray(removed, np.int64)] = False
        kept = np.flatnonzero(stay)
        old, extra = self.entries, len(names)
        printed = pa.concat_arrays([self.printed.take(pa.array(kept)), pa.array(names, pa.large_string())])
        parts = {
            "owners": (old.owner, np.asarray(owners, np.int32)),
            "exact_only": (old.apart, np.zeros(extra, np.bool_) if exact_only is None else np.asarray(exact_only)),
            "kinds": (self.names.kind, np.full(extra, OPEN, np.int8) if kinds is None else np.asarray(kinds, np.int8)),
            "keys": (old.key, _next_keys(old.key, extra) if keys is None else np.asarray(keys, np.uint64)),
        }
        joined = {part: np.concatenate([before[kept], new]) for part, (before, new) in parts.items()}
        return NameIndex.of(printed, known=self, **joined)

    def __len__(self) -> int:
        """How many names are listed."""
        return len(self.names)

    @property
    def owners(self) -> npt.NDArray[np.int32]:
        """For each name, the number of the entry it belongs to."""
        return self.entries.owner

    @cached_property
    def tokens(self) -> list[list[str]]:
        """The words of each listed name."""
        return [self.names.tokens(name) for name in range(len(self))]

    # ---- looking names up

    def search(self, names: Sequence[str | None], options: SearchOptions | None = None) -> list[Hit]:
        """Return the hits of each name, in order of name, then best first, at most one per listed entry.

        Args:
            names: names as written. One that names nobody, or is one common word, meets nothing.
            options: how far to go.
        """
        hits = self.find(self.looked_for(names), options)
        columns = hits.row.tolist(), hits.listed.tolist(), hits.how.tolist(), hits.score.tolist()
        return [Hit(row, number, HOW[how], score) for row, number, how, score in zip(*columns, strict=True)]

    @staticmethod
    def looked_for(names: Sequence[str | None], kinds: Array | None = None) -> Names:
        """Return names as `find` takes them.

        Args:
            names: names as written.
            kinds: for each, what kind of party it names; open where not given.
        """
        return names_of(normalise_all(names), kinds)

    def find(self, names: Names, options: SearchOptions | None = None) -> Hits:
        """Return hits as arrays, for many names: see `search`."""
        options = options or SearchOptions()
        return search(names, _worth_asking(names, options.least_rarity), self.names, self.entries, options)

    def explain(self, name: str, listed: int, weights: Weights | None = None) -> Alignment:
        """Return the name and listed name number `listed` side by side, for a person to read."""
        return self.explained(self.looked_for([name]), np.zeros(1, np.int64), np.array([listed]), weights)[0]

    def explained(self, names: Names, rows: Array, listed: Array, weights: Weights | None = None) -> list[Alignment]:
        """Return names and the listed names they met side by side.

        Args:
            names: names looked for, as `looked_for` gives them.
            rows: which of them.
            listed: the listed name beside each.
            weights: the numbers of the score.
        """
        weights = weights or Weights()
        _, counts, met = lay(names, rows, self.names, listed, weights, with_pairs=True)
        met = met.reshape(len(rows), MAX_TOKENS, 7)
        kinds = zip(names.kind[rows].tolist(), self.names.kind[listed].tolist(), strict=True)
        laid = zip(names.each(rows), self.names.each(listed), counts.tolist(), met, kinds, strict=True)
        return [
            aligned(one, other, pairs[:count], weights, differ=kinds_differ(*both))
            for one, other, count, pairs, both in laid
        ]

    def explain_all(
        self, names: Names, rows: Array, listed: Array, weights: Weights | None = None
    ) -> pa.LargeStringArray:
        """Return what `explained` says in words, for many pairs of names."""
        weights = weights or Weights()
        return tell(names, rows, self.names, listed, weights, phrases(weights))

    def score_pairs(self, names: Names, rows: Array, listed: Array, weights: Weights | None = None) -> Array:
        """Return the score of each name with the listed name beside it."""
        return lay(names, rows, self.names, listed, weights or Weights())[0]

    @staticmethod
    def rarity(words: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the rarity of each word, in nats."""
        return rarity(words)

    # ---- keeping it

    def save(self, path: Path) -> None:
        """Write the index as one file; another process that writes the same does no harm."""
        arrays = {f"names.{part.name}": getattr(self.names, part.name) for part in fields(Names)}
        for part in fields(Entries):
            value = getattr(self.entries, part.name)
            arrays |= (
                {f"{part.name}.{n}": a for n, a in value._asdict().items()}
                if isinstance(value, Postings)
                else {f"entries.{part.name}": value}
            )
        _, offsets, text = self.printed.buffers()
        begin = self.printed.offset
        arrays["printed.offsets"] = np.frombuffer(offsets, np.int64)[begin : begin + len(self) + 1]
        arrays["printed.text"] = np.frombuffer(text or b"", np.uint8)
        write_arrays(path, _FILE, arrays)

    @classmethod
    def load(cls, path: Path) -> NameIndex:
        """Map an index that `save` wrote. Raises OSError or ValueError when it is not one."""
        found = read_arrays(path, _FILE)
        try:
            names = Names(*(found[f"names.{part.name}"] for part in fields(Names)))
            postings: dict[str, Any] = {
                part: Postings(*(found[f"{part}.{column}"] for column in Postings._fields))
                for part in ("letters", "consonants")
            }
            plain = [part.name for part in fields(Entries) if part.name not in postings]
            parts: dict[str, Any] = {part: found[f"entries.{part}"] for part in plain} | postings
            buffers = [None, pa.py_buffer(found["printed.offsets"]), pa.py_buffer(found["printed.text"])]
        except KeyError as error:
            raise ValueError(f"{path.name} holds no index of names: {error}") from error
        return cls(names, pa.Array.from_buffers(pa.large_string(), len(names), buffers), Entries(**parts))

    @staticmethod
    def file_name(versions: Sequence[str] | None) -> str:
        """Return the name of the file that an index of these list versions is kept under in a cache.

        Args:
            versions: the versions; None for a pattern that all indexes fit which `of` can take names from.

        >>> NameIndex.file_name(["ofac-sdn@1234"]) == NameIndex.file_name(["ofac-sdn@1235"])
        False
        """
        mine = _digest(_FILE, VERSION, RARITY)
        return f"names-{mine}-{'*' if versions is None else _digest(*sorted(versions))}.index"


def _as_text(names: Sequence[str] | pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    if isinstance(names, pa.ChunkedArray):
        names = names.combine_chunks()
    return names.cast(pa.large_string()) if isinstance(names, pa.Array) else pa.array(names, pa.large_string())


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:12]


def _worked_out(printed: pa.LargeStringArray, kinds: npt.NDArray[np.int8], known: NameIndex | None) -> Names:
    """Return names as arrays, taking those from a known index that it holds."""
    if known is None:
        return names_of(normalise_all(printed.to_pylist()), kinds)
    places = pc.index_in(printed, value_set=known.printed)
    new = pc.is_null(places).to_numpy(zero_copy_only=False)
    fresh = names_of(normalise_all(printed.filter(pa.array(new)).to_pylist()))
    order = pc.fill_null(places, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    order[new] = len(known) + np.arange(len(fresh))
    return known.names.beside(fresh).take(order).of_kinds(kinds)


def _entries(names: Names, owner: Array, key: Array, apart: Array) -> Entries:
    words = np.diff(names.names)
    met = np.flatnonzero((words > 1) | ((words == 1) & ~apart))
    order = met[np.lexsort((key[met], names.bag[met]))]
    letters, consonants = (build_postings(names, apart, route) for route in (LETTERS, CONSONANTS))
    return Entries(owner, key, apart, names.bag[order], order.astype(np.int32), letters, consonants)


def _next_keys(keys: Array, count: int) -> Array:
    first = int(keys.max()) + 1 if len(keys) else 0
    return np.arange(first, first + count, dtype=np.uint64)


def _worth_asking(names: Names, least_rarity: float) -> npt.NDArray[np.bool_]:
    """Whether each name says enough to be looked for: more than one word, or one rare word."""
    weight = np.where(names.legal, 0.0, names.rarity)
    sums = np.concatenate([np.zeros(1), np.cumsum(weight)])[names.names]
    words = np.concatenate([np.zeros(1, np.int64), np.cumsum(~names.legal)])[names.names]
    letters, count = np.diff(names.words[names.names]), np.diff(words)
    answer: npt.NDArray[np.bool_] = (letters >= 3) & ((count > 1) | ((count == 1) & (np.diff(sums) >= least_rarity)))
    return answer
