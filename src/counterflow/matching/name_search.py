"""Names as arrays in, hits as arrays out: the kernel of `name_kernels`, with room to work in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.matching.machine_code import Array
from counterflow.matching.name_arrays import Names
from counterflow.matching.name_bounds import letter_classes
from counterflow.matching.name_consonants import skeleton_classes
from counterflow.matching.name_grams import ROOM, Postings
from counterflow.matching.name_kernels import BLOCK, MATCH, SAME_WORDS
from counterflow.matching.name_score import MAX_LETTERS, MAX_TOKENS, OPTIONS, Weights, cost_table
from counterflow.matching.name_told import ROOM_A_WORD

__all__ = ["Entries", "Hits", "SearchOptions", "lay", "search", "tell"]

_PORTION = 65_536  # names searched at a time
_LINES_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How far a search goes.

    Args:
        candidates: listed names laid beside each name because they share letters.
        by_consonants: listed names laid beside each name besides, because they share consonants.
        per_entry: how many of the candidates may be names of one entry.
        least_cosine: share of letter triples (TF-IDF cosine) below which no alignment is tried.
        threshold: score from which a name is similar.
        most_hits: listed entries kept for each name, best first.
        least_rarity: rarity in nats below which a name of one word is not looked for.
        weights: the numbers of the score.
    """

    candidates: int = 20
    by_consonants: int = 5
    per_entry: int = 1
    least_cosine: float = 0.25
    threshold: float = 0.7
    most_hits: int = 5
    least_rarity: float = 6.0
    weights: Weights = field(default_factory=Weights)

    @classmethod
    def top(cls, entries: int) -> SearchOptions:
        """Return options that give the best entries of each name, whatever their score.

        >>> SearchOptions.top(10).most_hits
        10
        """
        candidates = max(20, entries + entries // 2)
        return cls(candidates, least_cosine=0.0, threshold=0.0, most_hits=entries, least_rarity=0.0)


@dataclass(frozen=True, slots=True)
class Entries:
    """What a search needs of listed names beside the names.

    Args:
        owner: for each name, the number of the entry it belongs to.
        key: for each name, a number that is its own in every version of the list; it decides ties.
        apart: for each name, whether it is met by the same words only.
        bags: `Names.bag` of those that can be met, in order.
        bag_names: the name of each.
        letters: which names hold which letter triples.
        consonants: which names hold which triples of consonants.
    """

    owner: npt.NDArray[np.int32]
    key: npt.NDArray[np.uint64]
    apart: npt.NDArray[np.bool_]
    bags: npt.NDArray[np.uint64]
    bag_names: npt.NDArray[np.int32]
    letters: Postings
    consonants: Postings


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits in order of name, then best first: name looked for, listed name, number in `HOW`, score in [0, 1)."""

    row: npt.NDArray[np.int64]
    listed: npt.NDArray[np.int32]
    how: npt.NDArray[np.int8]
    score: npt.NDArray[np.float64]
    #: for each name looked for, how many listed names were candidates
    candidates: npt.NDArray[np.int32]


def search(
    queries: Names, asked: npt.NDArray[np.bool_], listed: Names, entries: Entries, options: SearchOptions
) -> Hits:
    """Return the best entries of each name that is asked for.

    Args:
        queries: names looked for.
        asked: which of them are looked for.
        listed: the listed names.
        entries: what else is known of these.
        options: how far to go.
    """
    parts = []
    for first in range(0, max(len(queries), 1), _PORTION):
        last = min(first + _PORTION, len(queries))
        part = queries if last - first == len(queries) else queries.take(np.arange(first, last))
        parts.append(_search(part, asked[first:last], listed, entries, options, first))
    row, number, how, score, candidates = zip(*parts, strict=True)
    return Hits(*(np.concatenate(p) for p in (row, number, how, score, candidates)))


def _search(
    queries: Names, asked: npt.NDArray[np.bool_], listed: Names, entries: Entries, options: SearchOptions, first: int
) -> tuple[Array, Array, Array, Array, Array]:
    most = options.most_hits
    routes = options.candidates, options.by_consonants, options.least_cosine, options.least_cosine
    numbers = np.array([*routes, options.per_entry, options.threshold, most], dtype=np.float64)
    found, none = _found(len(queries), most), np.zeros(0, np.int64)
    MATCH(
        np.zeros(1, np.int64), *queries.arrays(), *listed.arrays(), *_tables(options.weights),
        *_room(len(listed), SAME_WORDS + options.candidates + options.by_consonants + most),
        np.ascontiguousarray(asked),
        entries.owner, entries.key, entries.apart, entries.bags, entries.bag_names,
        *entries.letters, *entries.consonants, numbers, *found, *_laid(none, none, 0), *_lines(),
    )  # fmt: skip
    number, how, score, count, candidates = found
    kept = np.flatnonzero(np.arange(most) < count[:, None])
    return kept // most + first, number[kept], how[kept], score[kept], candidates


def lay(
    a: Names, rows: Array, b: Names, numbers: Array, weights: Weights, *, with_pairs: bool = False
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Lay names side by side.

    Args:
        a: names.
        rows: which of them, in order; a name may come more than once.
        b: other names.
        numbers: which of these meets each.
        weights: the numbers of the score.
        with_pairs: also give the pairs of words met.

    Returns:
        Scores; how many pairs of words each met; and those pairs, `MAX_TOKENS` rows for each, as `align_into` writes
        them (none where not asked for).
    """
    laid = _laid(rows, numbers, MAX_TOKENS if with_pairs else 0)
    _lay(a, b, weights, laid, _lines())
    return laid[2], laid[3], laid[4]


def tell(
    a: Names, rows: Array, b: Names, numbers: Array, weights: Weights, phrases: Sequence[str]
) -> pa.LargeStringArray:
    """Lay names side by side and return a line of text on each, made of `phrases` as `name_told` takes them."""
    data = [phrase.encode() for phrase in phrases]
    begins = np.cumsum([0, *map(len, data)])
    said = np.frombuffer(b"".join(data), np.uint8), begins.astype(np.int64)
    parts = []
    for first in range(0, max(len(rows), 1), _LINES_AT_ONCE):
        some = slice(first, first + _LINES_AT_ONCE)
        laid = _laid(rows[some], numbers[some], 0)
        ends = np.empty(len(laid[0]), np.int64)
        text = np.empty(int((_bytes_of(a, laid[0]) + _bytes_of(b, laid[1])).sum()), np.uint8)
        _lay(a, b, weights, laid, (*said, text, ends))
        offsets = np.concatenate([np.zeros(1, np.int64), ends])
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text[: offsets[-1]].tobytes())]
        parts.append(pa.Array.from_buffers(pa.large_string(), len(ends), buffers))
    return pa.concat_arrays(parts)


def _bytes_of(names: Names, rows: Array) -> npt.NDArray[np.int64]:
    """Return how many bytes are enough for what is said of each name: letters have up to four."""
    first, last = names.names[rows], names.names[rows + 1]
    found: npt.NDArray[np.int64] = 4 * (names.words[last] - names.words[first]) + ROOM_A_WORD * (last - first + 1)
    return found


def _lay(a: Names, b: Names, weights: Weights, laid: tuple[Array, ...], lines: tuple[Array, ...]) -> None:
    none = _Nothing()
    MATCH(
        np.ones(1, np.int64), *a.arrays(), *b.arrays(), *_tables(weights), *_room(0, 1), none["?"],
        none["i4"], none["u8"], none["?"], none["u8"], none["i4"],
        *2 * (none["u2"], none["i8"], none["u4"], none["u2"]), none["f8"], *_found(0, 0), *laid, *lines,
    )  # fmt: skip


class _Nothing(dict[str, Array]):
    """Empty arrays by dtype."""

    def __missing__(self, dtype: str) -> Array:
        return np.zeros(0, dtype)


def _tables(weights: Weights) -> tuple[Array, ...]:
    near, light, least = letter_classes()
    return weights.array(), cost_table(), near, np.array([light], np.uint64), least, skeleton_classes()


def _room(listed: int, candidates: int) -> tuple[Array, ...]:
    words = np.empty((4, 4 * MAX_LETTERS)), np.empty((MAX_TOKENS, 7)), np.empty((OPTIONS, 8))
    grams = np.empty(ROOM, np.int64), np.empty(ROOM, np.int64), np.empty(2 * MAX_LETTERS, np.uint64)
    return (
        *grams, *words, np.empty(MAX_TOKENS), np.empty(MAX_TOKENS), np.zeros(listed, np.int32),
        np.empty(-(-listed // BLOCK), np.int32), np.empty(candidates, np.int32), np.empty(2 * candidates, np.int32),
    )  # fmt: skip


def _found(names: int, most: int) -> tuple[Array, Array, Array, Array, Array]:
    size = names * most
    counts = np.zeros(names, np.int32), np.zeros(names, np.int32)
    return np.empty(size, np.int32), np.empty(size, np.int8), np.empty(size), *counts


def _laid(rows: Array, numbers: Array, met: int) -> tuple[Array, ...]:
    """Return which names are laid side by side, and room for what is found, with so many pairs of words each."""
    places = np.ascontiguousarray(rows, np.int64), np.ascontiguousarray(numbers, np.int64)
    return *places, np.empty(len(rows)), np.zeros(len(rows), np.int32), np.empty((len(rows) * met, 7))


def _lines() -> tuple[Array, ...]:
    none = _Nothing()
    return none["u1"], none["i8"], none["u1"], none["i8"]
