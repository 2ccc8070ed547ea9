"""Official names with one letter wrong: `fentanil`, `ketamin`, `acetic anydride`, `aceticanhydride`, `fenta nyl`.

A word that nobody knows is held against the official names (statutory, INN, chemical) of seven letters or more: is it
one letter away: one too many, one missing, one changed, or two neighbours exchanged (Damerau 1964, CACM 7(3))? The
names are kept with every letter left out in turn, so that a word needs as many look-ups as it has letters (the idea of
SymSpell, Garbe 2012); what is found so is measured before it is believed. In a name of several words one word may be
wrong, or one space too many, missing or misplaced; the rest must stand beside it as it is.

No misspelling is

- a word that we know: a word of any name in the registry, of the goods tables, or of `reference/goods/near_words.csv`,
  which holds ordinary words and other chemicals that stand one letter from an official name, each with its reason;
- another chemical by the grammar of names: `ethyl` for `methyl`, or another ending (`-ol` for `-al`, `-ite` for
  `-ate`). Digits are never read as others: 1,3-butanediol is not 1,4-butanediol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.matching.automaton import FoldedTexts
from counterflow.reference.goods_tables import GoodsTables
from counterflow.reference.registry import Name
from counterflow.screen.substances.near_names import NearIndex, Part, Suspect, near_side

__all__ = ["NearHit", "NearNames"]

#: Bytes of the shortest and longest word looked at, words looked at on either side, and words remembered.
_SHORTEST, _LONGEST, _REACH, _REMEMBERED = 4, 40, 12, 200_000
#: Suspicious words looked into in one text: what bounds the work on a text made of nothing else.
_MOST_IN_A_TEXT = 5_000
_Places = npt.NDArray[np.int64]
_Reading = tuple[int, int, Name]


@dataclass(frozen=True, slots=True)
class NearHit:
    """A stretch of a folded block that is one letter away from a name, and of how many substances the name may be.

    `exact`: no letter is wrong; the name stands in one word with a salt or form.
    """

    name: Name
    begin: int
    end: int
    meanings: int
    exact: bool = False


class NearNames:
    """The official names of a registry, to be met with one letter wrong; see `NearIndex` for the arguments."""

    def __init__(self, names: Sequence[Name], goods: GoodsTables) -> None:
        self._index = NearIndex(names, goods)
        self._remembered: dict[bytes, Suspect | None] = {}

    def find_in(self, folded: FoldedTexts) -> Iterator[NearHit]:
        """Yield what stands one letter from a name, in order of place."""
        begins, ends = folded.words
        suspects, numbers, places = self._suspects(folded.blob, begins, ends)
        if not len(places):
            return
        rows = folded.rows(begins[places])
        kept = np.arange(len(rows)) - np.searchsorted(rows, rows) < _MOST_IN_A_TEXT
        numbers, places, rows = numbers[kept], places[kept], rows[kept]
        bounds = np.searchsorted(begins, np.append(folded.starts, len(folded.blob)))
        # The byte between two texts counts as a word: the last of every text but the last.
        lows, highs = bounds[rows].tolist(), (bounds[rows + 1] - (rows + 1 < len(folded.starts))).tolist()
        for number, place, low, high in zip(numbers.tolist(), places.tolist(), lows, highs, strict=True):
            suspect = suspects[number]
            if suspect is None:
                continue
            if suspect.compound:
                yield NearHit(suspect.compound, int(begins[place]), int(ends[place]), 1, exact=True)
                continue
            if suspect.near or suspect.begins or self._odd_beside(folded.blob, begins, ends, low, high, place):
                around = _Around(folded.blob, begins, ends, low, high, place)
                yield from _longest(list(self._readings(suspect, around)), around)

    def _odd_beside(self, blob: bytes, begins: _Places, ends: _Places, low: int, high: int, place: int) -> bool:
        """Whether one of three words beside can be wrong without being a suspect itself: short, or with figures."""
        words = [blob[begins[p] : ends[p]] for p in range(place - 3, place + 4) if p != place and low <= p < high]
        odd = (word for word in words if len(word) <= _SHORTEST or not word.isalpha())
        return any(word.decode(errors="replace") not in self._index.known for word in odd)

    def _suspects(self, blob: bytes, begins: _Places, ends: _Places) -> tuple[list[Suspect | None], _Places, _Places]:
        """Return what the distinct words may be, and, per suspicious word of the block, which that is and its place.

        Every distinct word is looked up once and remembered.
        """
        lengths = ends - begins
        places = np.flatnonzero((lengths >= _SHORTEST) & (lengths <= _LONGEST))
        distinct = _slices(blob, begins[places], ends[places]).dictionary_encode()
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        suspects = [self._suspect(word) for word in distinct.dictionary.to_pylist()]
        suspicious = np.array([s is not None for s in suspects], dtype=bool)
        numbers = distinct.indices.to_numpy()
        met = np.flatnonzero(suspicious[numbers])
        return suspects, numbers[met], places[met]

    def _suspect(self, data: bytes) -> Suspect | None:
        try:
            return self._remembered[data]
        except KeyError:
            # Numbers are many and different in goods texts, and no name is one.
            meant = None if data.isdigit() else self._index.look_up(data.decode(errors="replace")) or None
            return self._remembered.setdefault(data, meant)

    def _readings(self, suspect: Suspect, around: _Around) -> Iterator[_Reading]:
        """Yield every name that a word can be read as, with the words that it takes up."""
        for word in suspect.near:
            for name in self._index.single.get(word, ()):
                yield around.place, around.place + 1, name
            for part in self._index.parts.get(word, ()):
                yield from _word_wrong(word, part, around)
        for word in suspect.begins:
            stop = around.stops.get(len(word) - len(around.word))
            if stop is not None and around.behind.startswith(word[len(around.word) :]):
                yield from ((around.place, stop, name) for name in self._index.single[word])
        if suspect.anchor:
            for part in self._index.anchors[around.word]:
                yield from _beside_wrong(part, around, self._index.known)


def _slices(blob: bytes, begins: _Places, ends: _Places) -> pa.Array:
    """Return stretches of a byte string as an Arrow array, without a Python object for each."""
    offsets = np.empty(2 * len(begins) + 1, dtype=np.int32)
    offsets[0:-1:2], offsets[1::2], offsets[-1] = begins, ends, len(blob)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(blob)]
    return pa.Array.from_buffers(pa.binary(), 2 * len(begins), buffers).take(pa.array(np.arange(0, 2 * len(begins), 2)))


def _longest(readings: list[_Reading], around: _Around) -> Iterator[NearHit]:
    """Yield the readings that take up most words, one per substance."""
    longest = max((last - first for first, last, _ in readings), default=0)
    best = {name.substance: (first, last, name) for first, last, name in readings if last - first == longest}
    for first, last, name in best.values():
        yield NearHit(name, int(around.begins[first]), int(around.ends[last - 1]), len(best))


def _word_wrong(word: str, part: Part, around: _Around) -> Iterator[_Reading]:
    """Read a word as `word` of a name of several, the others as they are; or with the space beside it misplaced."""
    before, behind, written = part.text_before, part.text_behind, around.word
    fits_before, fits_behind = around.before.endswith(before), around.behind.startswith(behind)
    if not fits_before and not fits_behind:
        return
    first, last = around.starts.get(len(before)), around.stops.get(len(behind))
    if fits_before and fits_behind and first is not None and last is not None:
        yield first, last, part.name
    elif fits_before and first is not None and behind and (written + around.behind).startswith(word + behind):
        last = around.stops.get(len(word) + len(behind) - len(written))
        if last is not None:
            yield first, last, part.name
    elif fits_behind and last is not None and before and (around.before + written).endswith(before + word):
        first = around.starts.get(len(word) + len(before) - len(written))
        if first is not None:
            yield first, last, part.name


def _beside_wrong(part: Part, around: _Around, known: set[str]) -> Iterator[_Reading]:
    """Read a word as it stands, and what stands before or behind it with one letter or space wrong."""
    before, behind = part.text_before, part.text_behind
    first, last = around.starts.get(len(before)), around.stops.get(len(behind))
    if before and last is not None and around.behind.startswith(behind):
        for length in (len(before) - 1, len(before), len(before) + 1):
            start = around.starts.get(length)
            if start is not None and _wrong(
                around.before[-length:], part.before, around.words(start, -1), known, long=part.long
            ):
                yield start, last, part.name
    if behind and first is not None and around.before.endswith(before):
        for length in (len(behind) - 1, len(behind), len(behind) + 1):
            stop = around.stops.get(length)
            if stop is not None and _wrong(
                around.behind[:length], part.behind, around.words(1, stop), known, long=part.long
            ):
                yield first, stop, part.name


def _wrong(written: str, meant: tuple[str, ...], words: tuple[str, ...], known: set[str], *, long: bool) -> bool:
    """Whether words are those meant with one letter or space wrong; in a short name, one must be unknown to us."""
    if words == meant or (not long and known.issuperset(words)):
        return False
    return written == "".join(meant) or near_side(written, meant, long=long)


class _Around:
    """A word and the words beside it in its text, run together, with the places where words begin and end.

    `starts` and `stops` map a number of characters before and behind the word to the word that begins or ends there.
    """

    def __init__(self, blob: bytes, begins: _Places, ends: _Places, low: int, high: int, place: int) -> None:
        self.begins, self.ends, self.place = begins, ends, place
        first, last = max(low, place - _REACH), min(high, place + _REACH + 1)
        whole = blob[begins[first] : ends[last - 1]].decode(errors="replace").split()
        at = place - first
        self._words, self._first = whole, first
        self.word = whole[at]
        self.before, self.behind = "".join(whole[:at]), "".join(whole[at + 1 :])
        self.starts, self.stops = {0: place}, {0: place + 1}
        length = 0
        for back in range(at - 1, -1, -1):
            length += len(whole[back])
            self.starts[length] = first + back
        length = 0
        for ahead in range(at + 1, len(whole)):
            length += len(whole[ahead])
            self.stops[length] = first + ahead + 1

    def words(self, start: int, stop: int) -> tuple[str, ...]:
        """Return the words from place `start` to before the word, or from behind the word to before `stop`."""
        at = self.place - self._first
        if stop < 0:
            return tuple(self._words[start - self._first : at])
        return tuple(self._words[at + 1 : stop - self._first])
