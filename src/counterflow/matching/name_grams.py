"""Letter triples of names, and which listed names hold them.

A name is a vector of letter triples with word ends, each weighed by how few names hold it (TF-IDF cosine; Salton and
Buckley 1988, Information Processing & Management 24(5)). Names are vectors on two routes:

* letters: triples of the letters as they stand;
* consonants: triples of the classes of consonants (`name_consonants`), which spellings of one name in several scripts
  and tongues share.

What a triple weighs comes from frozen statistics, never from the list: so the vector of a listed name depends on that
name alone, and a list with one more name differs by that name. All sums are whole numbers and do not depend on
the order in which they are added.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_consonants import skeleton_into
from counterflow.matching.name_score import MAX_LETTERS, MAX_TOKENS

__all__ = ["CONSONANTS", "LETTERS", "ROOM", "SHARE", "SLOTS", "Postings", "count_slots", "gather", "slots_of", "vector"]

Letters = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Classes = npt.NDArray[np.uint8]

SLOTS = 1 << 18  # three symbols of six bits
LETTERS, CONSONANTS = 0, 1
SHARE = 16_383.0  # what a share of 1 is as a whole number
ROOM = MAX_TOKENS * (MAX_LETTERS + 1)


class Postings(NamedTuple):
    """Which names hold a triple: of slot s, `holders[begins[s]:begins[s + 1]]`, each with its share of the name.

    Args:
        weights: weight of every slot, in 64ths.
        begins: where the holders of every slot begin, with the end of the last.
        holders: numbers of names, ascending in each slot.
        shares: weight of the triple in the name's vector of length 1, times `SHARE`.
    """

    weights: npt.NDArray[np.uint16]
    begins: Ints
    holders: npt.NDArray[np.uint32]
    shares: npt.NDArray[np.uint16]


@njit(inline="always")
def _symbol(code: np.int64) -> np.int64:
    """Number of a letter in 0 to 62; 63 for one that is neither a to z, a digit nor a capital."""
    if 97 <= code <= 122:
        return code - 96
    if 48 <= code <= 57:
        return code - 21
    if 65 <= code <= 90:
        return code - 28
    return np.int64(0 if code == 0 else 63)


@njit
def _slot(before: np.int64, here: np.int64, after: np.int64) -> np.int64:
    """Slot of a triple; triples with other letters share slots by a hash, which only adds candidates."""
    x, y, z = _symbol(before), _symbol(here), _symbol(after)
    if x == 63 or y == 63 or z == 63:
        mixed = (before * 73_856_093) ^ (here * 19_349_663) ^ (after * 83_492_791)
        return ((mixed >> 7) ^ mixed) & 0x3FFFF
    return (x << 12) | (y << 6) | z


@njit
def slots_of(  # noqa: PLR0913, PLR0917
    letters: Letters, words: Ints, legal: Flags, first: int, last: int, route: int, classes: Classes,
    skeleton: npt.NDArray[np.uint64], out: Ints,
) -> int:  # fmt: skip
    """Write the slots of the triples of words `first` to before `last`; return how many. Company forms have none."""
    count = 0
    for word in range(first, min(last, first + MAX_TOKENS)):
        if legal[word]:
            continue
        begin, end = words[word], min(words[word + 1], words[word] + MAX_LETTERS)
        size = end - begin
        if route == 1:
            size = skeleton_into(letters, begin, end, classes, skeleton)
        before, here = np.int64(0), np.int64(0)
        for place in range(size + 1):
            after = np.int64(0)
            if place < size:
                after = np.int64(skeleton[place]) if route == 1 else np.int64(letters[begin + place])
            if place > 0:
                out[count] = _slot(before, here, after)
                count += 1
            before, here = here, after
    return count


@njit
def _sort(values: Ints, count: int) -> None:
    """Put the first values in order: insertion, since names are short."""
    for place in range(1, count):
        value, at = values[place], place
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


@njit
def vector(slots: Ints, count: int, weights: npt.NDArray[np.uint16], values: Ints) -> tuple[int, float]:
    """Make slots distinct, with frequency times weight in `values`; return how many, and the square of the length."""
    _sort(slots, count)
    distinct, square = 0, 0.0
    place = 0
    while place < count:
        begin = place
        while place < count and slots[place] == slots[begin]:
            place += 1
        value = (place - begin) * np.int64(weights[slots[begin]])
        slots[distinct], values[distinct] = slots[begin], value
        square += float(value) * float(value)
        distinct += 1
    return distinct, square


@njit
def count_slots(  # noqa: PLR0913, PLR0917
    letters: Letters, words: Ints, names: Ints, legal: Flags, apart: Flags, route: int, classes: Classes,
    weights: npt.NDArray[np.uint16], begins: Ints, holders: npt.NDArray[np.uint32], shares: npt.NDArray[np.uint16],
    skeleton: npt.NDArray[np.uint64], slots: Ints, values: Ints,
) -> int:  # fmt: skip
    """Count the holders of every slot into `begins`, or, where `holders` has room, write them there.

    Called twice: first with empty `holders`, then, with `begins` summed up, for the postings themselves. `apart`
    says which names have no postings.
    """
    fill = len(holders) > 0
    for name in range(len(names) - 1):
        if apart[name]:
            continue
        found = slots_of(letters, words, legal, names[name], names[name + 1], route, classes, skeleton, slots)
        distinct, square = vector(slots, found, weights, values)
        length = np.sqrt(square)
        for place in range(distinct):
            slot = slots[place]
            if fill:
                at = begins[slot]
                holders[at] = name
                shares[at] = np.uint16(SHARE * float(values[place]) / length + 0.5)
            begins[slot] += 1
    return 0


@njit
def gather(slots: Ints, values: Ints, distinct: int, postings: Postings, sums: npt.NDArray[np.int32]) -> None:
    """Add up in `sums` what each listed name shares with a vector."""
    holders, shares = postings.holders, postings.shares
    for place in range(distinct):
        value = np.int32(values[place])
        # Places without a sign: numba looks at signed ones for those that count from the end, which costs a half here.
        for p in range(np.uint64(postings.begins[slots[place]]), np.uint64(postings.begins[slots[place] + 1])):
            sums[holders[p]] += value * np.int32(shares[p])
