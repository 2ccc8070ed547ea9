"""Official names with one letter wrong: `fentanil`, `ketamin`, `acetic anydride`, `aceticanhydride`.

A word that nobody knows is held against the official names (statutory, INN, chemical) of seven letters or more: is it
one letter away: one too many, one missing, one changed, or two neighbours exchanged (Damerau 1964, CACM 7(3))? The
names are kept with every letter left out in turn, so that a word needs as many look-ups as it has letters (the idea of
SymSpell, Garbe 2012); what is found so is measured before it is believed. In a name of several words one word may be
wrong, and the others must stand beside it as they are.

No misspelling is

- a word that we know: a word of any name in the registry, of the goods tables, or of `reference/goods/near_words.csv`,
  which holds ordinary words and other chemicals that stand one letter from an official name, each with its reason;
- another chemical by the grammar of names: `ethyl` for `methyl`, or another ending (`-ol` for `-al`, `-ite` for
  `-ate`). Digits are never read as others: 1,3-butanediol is not 1,4-butanediol.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.matching.automaton import FoldedTexts, fold_with_offsets
from counterflow.reference.goods_tables import GoodsTables
from counterflow.reference.registry import Name

__all__ = ["OFFICIAL", "SHORTEST", "NearHit", "NearNames", "one_edit_apart"]

OFFICIAL = frozenset({"statutory", "INN", "chemical"})
#: Letters of the shortest name that may be misspelt; shorter ones are too near to too much.
SHORTEST = 7
#: Letters of the shortest word that may be wrong within a name of several words.
_SHORTEST_PART = 4
#: Bytes of the longest word looked at, and the number of words remembered.
_LONGEST, _REMEMBERED = 40, 200_000
_ENDING = re.compile(r"(?:ane|ene|ine|yne|one|ole|ide|ite|ate|ol|al|yl)$")
_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearHit:
    """A stretch of a folded block that is one letter away from a name, and in how many substances' names it ends."""

    name: Name
    begin: int
    end: int
    meanings: int


def one_edit_apart(word: str, other: str) -> bool:
    """Whether one letter inserted, left out, changed, or two neighbours exchanged, turn one word into the other.

    >>> [one_edit_apart("ketamine", w) for w in ("ketamin", "ketaimne", "kettamine", "ketomine", "katomine")]
    [True, True, True, True, False]
    """
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    short = min(len(word), len(other))
    head = next((i for i in range(short) if word[i] != other[i]), short)
    if len(word) != len(other):
        longer, shorter = (word, other) if len(word) > len(other) else (other, word)
        return longer[head + 1 :] == shorter[head:]
    if word[head + 1 :] == other[head + 1 :]:
        return True
    return word[head : head + 2] == other[head : head + 2][::-1] and word[head + 2 :] == other[head + 2 :]


def _another_chemical(word: str, other: str) -> bool:
    """Whether the difference is one that tells chemicals apart: a prefix of the ethyl kind, or an ending."""
    if word.replace("meth", "eth") == other.replace("meth", "eth"):
        return True
    mine, theirs = _ENDING.search(word), _ENDING.search(other)
    return bool(mine and theirs and mine[0] != theirs[0] and word[: mine.start()] == other[: theirs.start()])


class NearNames:
    """The official names of a registry, to be met with one letter wrong.

    Args:
        names: all names of the registry; those of unofficial types only count as known words.
        goods: words that are no misspelling.
    """

    def __init__(self, names: Sequence[Name], goods: GoodsTables) -> None:
        self._known = {word for name in names for word in _words(name.text)} | set(_words_of_goods(goods))
        self._single: dict[str, list[Name]] = defaultdict(list)
        self._phrases: dict[tuple[str, str], list[tuple[_Words, int, Name]]] = defaultdict(list)
        parts: set[str] = set()
        for name in names:
            words = _words(name.text)
            if name.type in OFFICIAL and name.ambiguity <= 1 and sum(map(_letters, words)) >= SHORTEST:
                parts.update(self._add(words, name))
        self._near: dict[str, list[str]] = defaultdict(list)
        for word in parts:
            for key in _keys(word):
                self._near[key].append(word)
        self._remembered: dict[bytes, _Words] = {}

    def _add(self, words: _Words, name: Name) -> Iterable[str]:
        if len(words) == 1:
            self._single[words[0]].append(name)
            return words if words[0].isalpha() else ()
        joined = "".join(words)
        if joined not in self._known:
            self._single[joined].append(name)
        parts = {i: w for i, w in enumerate(words) if w.isalpha() and len(w) >= _SHORTEST_PART}
        for place, word in parts.items():
            beside = words[place - 1] if place else words[place + 1]
            self._phrases[word, beside].append((words, place, name))
        return parts.values()

    def find_in(self, folded: FoldedTexts) -> Iterator[NearHit]:
        """Yield what stands one letter from a name, in order of place."""
        begins, ends = folded.words()
        if not len(begins):
            return
        near, numbers, places = self._suspects(folded.blob, begins, ends)
        if not len(places):
            return
        rows = folded.rows(begins)
        for number, place in zip(numbers.tolist(), places.tolist(), strict=True):
            low, high = (int(np.searchsorted(rows, rows[place], side)) for side in ("left", "right"))
            around = _Around(folded.blob, begins, ends, low, high)
            yield from self._readings(near[number], place, around)

    def _suspects(
        self, blob: bytes, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
    ) -> tuple[list[_Words], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return what distinct words are near to, and, per suspicious word of the block, which that is and its place.

        Every distinct word is looked up once and remembered.
        """
        lengths = ends - begins
        long_enough = np.flatnonzero((lengths >= _SHORTEST_PART) & (lengths <= _LONGEST))
        offsets = np.empty(2 * len(long_enough) + 1, dtype=np.int32)
        offsets[0:-1:2], offsets[1::2], offsets[-1] = begins[long_enough], ends[long_enough], len(blob)
        pieces = pa.Array.from_buffers(
            pa.binary(), 2 * len(long_enough), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(blob)]
        )
        distinct = pieces.take(pa.array(np.arange(0, 2 * len(long_enough), 2))).dictionary_encode()
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        near = [self._near_to(word) for word in distinct.dictionary.to_pylist()]
        suspicious = np.fromiter(map(bool, near), dtype=bool, count=len(near))
        numbers = distinct.indices.to_numpy()
        met = np.flatnonzero(suspicious[numbers]) if near else np.zeros(0, dtype=np.int64)
        return near, numbers[met], long_enough[met]

    def _near_to(self, data: bytes) -> _Words:
        """Return the words of official names that a word is near to; the word itself where it is a name run together."""
        met = self._remembered.get(data)
        if met is None:
            met = self._remembered[data] = self._looked_up(data.decode(errors="replace"))
        return met

    def _looked_up(self, word: str) -> _Words:
        if word in self._known:
            return ()
        if word in self._single:
            return (word,)
        if not word.isalpha():
            return ()
        near = {other for key in _keys(word) for other in self._near.get(key, ())}
        return tuple(sorted(o for o in near if one_edit_apart(word, o) and not _another_chemical(word, o)))

    def _readings(self, near: _Words, place: int, around: _Around) -> Iterator[NearHit]:
        """Yield the longest readings of one word; several where as many substances have such a name."""
        found: list[tuple[int, int, Name]] = []
        for word in near:
            found += [(place, place + 1, name) for name in self._single.get(word, ())]
            for beside in {around.word(place - 1), around.word(place + 1)} - {""}:
                for words, at, name in self._phrases.get((word, beside), ()):
                    first = place - at
                    if all(i == at or around.word(first + i) == w for i, w in enumerate(words)):
                        found.append((first, first + len(words), name))
        longest = max((last - first for first, last, _ in found), default=0)
        best = {name.substance: (first, last, name) for first, last, name in found if last - first == longest}
        for first, last, name in best.values():
            yield NearHit(name, int(around.begins[first]), int(around.ends[last - 1]), len(best))


@dataclass(frozen=True, slots=True)
class _Around:
    """The words of the text that a word stands in: those from `low` to before `high`."""

    blob: bytes
    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    low: int
    high: int

    def word(self, place: int) -> str:
        """Return a word by its place; empty outside the text."""
        if not self.low <= place < self.high:
            return ""
        return self.blob[self.begins[place] : self.ends[place]].decode(errors="replace")


def _words(text: str) -> _Words:
    return tuple(fold_with_offsets(text)[0].split())


def _letters(word: str) -> int:
    return sum(map(str.isalpha, word))


def _keys(word: str) -> Iterator[str]:
    """Yield the word, and the word with each letter left out."""
    yield word
    yield from (word[:i] + word[i + 1 :] for i in range(len(word)))


def _words_of_goods(goods: GoodsTables) -> Iterator[str]:
    """Yield words that goods texts hold and that are no misspelling."""
    yield from goods.near_words
    phrases: Iterable[str] = (
        *(w.word for w in goods.goods_words),
        *(s.term for s in goods.stop_words),
        *(e.term for e in goods.equipment),
        *(c.title for c in goods.chapters.values()),
        *(phrase for kind in goods.context.values() for phrase in kind),
    )
    for phrase in phrases:
        yield from _words(phrase)
