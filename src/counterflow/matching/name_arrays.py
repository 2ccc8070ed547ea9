"""Names as arrays: letters of all words, where words begin in them, where names begin among the words.

Everything here is worked out for each name alone, so that names can be taken from one index into the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Array
from counterflow.matching.name_bounds import letter_classes
from counterflow.matching.name_consonants import skeleton_classes
from counterflow.matching.name_grams import CONSONANTS, LETTERS, ROOM, SLOTS, Postings
from counterflow.matching.name_kernels import PREPARE
from counterflow.matching.name_rarity import rarity, word_shares
from counterflow.matching.name_score import OPEN, letters_of
from counterflow.matching.name_word_rarity import word_rarities

__all__ = ["OPEN", "Names", "build_postings", "letter_sets", "names_of", "rarity"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sets = npt.NDArray[np.uint64]

_NAMES = 20_000.0
_NONE: dict[str, Array] = {kind: np.zeros(0, dtype=kind) for kind in ("u2", "u4", "i8", "u8", "?")}


@dataclass(frozen=True, slots=True)
class Names:
    """Names ready to be compared.

    Args:
        letters: code points of all words.
        words: where each word begins in `letters`, with the end of the last.
        names: where each name begins in `words`, with the end of the last.
        legal: for each word, whether it is a company form.
        rarity: for each word, its rarity in nats.
        held: for each word, the set of its letters (`name_bounds`).
        near: for each word, the set of letters near its own.
        bag: for each name, one number for its words in any order.
        kind: for each name, what kind of party it names (`kinds`).
    """

    letters: npt.NDArray[np.uint32]
    words: Ints
    names: Ints
    legal: npt.NDArray[np.bool_]
    rarity: Floats
    held: Sets
    near: Sets
    bag: Sets
    kind: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.names) - 1

    def arrays(self) -> tuple[Array, ...]:
        """Return the arrays in the order of `name_kernels.Side`."""
        return tuple(getattr(self, part.name) for part in fields(self))

    def tokens(self, name: int) -> list[str]:
        """Return the words of one name."""
        first, last = int(self.names[name]), int(self.names[name + 1])
        begin = int(self.words[first])
        text = self.letters[begin : self.words[last]].tobytes().decode("utf-32-le")
        cuts = (self.words[first : last + 1] - begin).tolist()
        return [text[a:b] for a, b in pairwise(cuts)]

    def take(self, rows: Ints) -> Names:
        """Return these names in this order."""
        words, names = _ragged(self.names, rows)
        letters, begins = _ragged(self.words, words)
        by_word = {part: getattr(self, part)[words] for part in ("legal", "rarity", "held", "near")}
        return Names(self.letters[letters], begins, names, **by_word, bag=self.bag[rows], kind=self.kind[rows])

    def one(self, name: int) -> tuple[list[str], Floats]:
        """Return the words of one name and their rarities."""
        return self.tokens(name), self.rarity[self.names[name] : self.names[name + 1]]

    def each(self, numbers: Ints) -> list[tuple[list[str], list[float]]]:
        """Return the words of these names and their rarities, each name read once however often it comes."""
        known, places = np.unique(numbers, return_inverse=True)
        some = self.take(known)
        text = some.letters.tobytes().decode("utf-32-le")
        words = [text[a:b] for a, b in pairwise(some.words.tolist())]
        rarities = some.rarity.tolist()
        read = [(words[a:b], rarities[a:b]) for a, b in pairwise(some.names.tolist())]
        return [read[place] for place in places.tolist()]

    def of_kinds(self, kinds: npt.NDArray[np.int8]) -> Names:
        """Return these names as names of other kinds of parties."""
        return replace(self, kind=kinds)

    def beside(self, other: Names) -> Names:
        """Return these names, and then the others."""
        parts = {
            part.name: np.concatenate([getattr(self, part.name), getattr(other, part.name)]) for part in fields(self)
        }
        for part in ("words", "names"):
            mine, theirs = getattr(self, part), getattr(other, part)
            parts[part] = np.concatenate([mine, theirs[1:] + mine[-1]])
        return Names(**parts)


def _ragged(begins: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the places of all members of some groups, one group after the other, and where each begins then."""
    sizes = begins[rows + 1] - begins[rows]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    places = np.arange(ends[-1]) + np.repeat(begins[rows] - ends[:-1], sizes)
    return places, ends


def names_of(tokens: Sequence[Sequence[str]], kinds: npt.NDArray[np.int8] | None = None) -> Names:
    """Return names as arrays.

    Args:
        tokens: the words of each name, as `normalise_all` gives them.
        kinds: what kind of party each names; unknown where not given.
    """
    flat = [token for words in tokens for token in words]
    letters, words = letters_of(flat)
    ends = np.cumsum(np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens)))
    names = np.concatenate([np.zeros(1, np.int64), ends])
    weighs, legal = word_rarities(letters, words)
    held, near, bag = _sets_and_bags(letters, words, names)
    kind = np.full(len(tokens), OPEN, np.int8) if kinds is None else np.asarray(kinds, np.int8)
    return Names(letters, words, names, legal, weighs, held, near, bag, kind)


def letter_sets(letters: npt.NDArray[np.uint32], words: Ints) -> tuple[Sets, Sets]:
    """Return for each word the set of its letters, and that of the letters near them (`name_bounds`)."""
    return _sets_and_bags(letters, words, np.zeros(1, np.int64))[:2]


def _sets_and_bags(letters: npt.NDArray[np.uint32], words: Ints, names: Ints) -> tuple[Sets, Sets, Sets]:
    sizes = len(words) - 1, len(words) - 1, len(names) - 1
    held, near, bag = (np.empty(size, np.uint64) for size in sizes)
    no = _NONE
    PREPARE(
        np.zeros(2, np.int64), letters, words, names, no["?"], no["?"], letter_classes()[0], held, near, bag,
        skeleton_classes(), no["u2"], no["i8"], no["u4"], no["u2"], no["u8"], no["i8"], no["i8"],
    )  # fmt: skip
    return held, near, bag


def build_postings(names: Names, apart: npt.NDArray[np.bool_], route: int) -> Postings:
    """Return which names hold which triples; those set apart are in none."""
    return _postings(names, apart, route, gram_weights()[route])


@cache
def gram_weights() -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return what every triple weighs, in 64ths, on the route of letters and on that of consonants.

    Inverse document frequency, ln((N + 1) / (n + 1)) + 1, of the triples of the words that the frozen statistics of
    names hold, as if they were counted on `_NAMES` names.
    """
    shares = word_shares()
    words = names_of([[word] for word in shares])
    spread = np.array(list(shares.values()), dtype=np.float64) * _NAMES
    ones, apart = np.ones(SLOTS, np.uint16), np.zeros(len(words), np.bool_)
    found = []
    for route in (LETTERS, CONSONANTS):
        postings = _postings(words, apart, route, ones)
        slots = np.repeat(np.arange(SLOTS), np.diff(postings.begins))
        held = np.bincount(slots, weights=spread[postings.holders], minlength=SLOTS)
        weights = np.log((_NAMES + 1.0) / (np.minimum(held, _NAMES) + 1.0)) + 1.0
        found.append(np.rint(64.0 * weights).astype(np.uint16))
    return found[0], found[1]


def _postings(names: Names, apart: npt.NDArray[np.bool_], route: int, weights: npt.NDArray[np.uint16]) -> Postings:
    begins = np.zeros(len(weights) + 1, np.int64)
    room = np.empty(ROOM, np.uint64), np.empty(ROOM, np.int64), np.empty(ROOM, np.int64)
    sides = names.letters, names.words, names.names, names.legal, apart, _NONE["u8"], *(_NONE["u8"],) * 3
    holders, shares = _NONE["u4"], _NONE["u2"]
    job = np.array([1, route])
    PREPARE(job, *sides, skeleton_classes(), weights, begins, holders, shares, *room)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(begins[:-1])])
    holders, shares = np.empty(ends[-1], np.uint32), np.empty(ends[-1], np.uint16)
    if len(holders):
        PREPARE(job, *sides, skeleton_classes(), weights, ends[:-1].copy(), holders, shares, *room)
    return Postings(weights, ends, holders, shares)
