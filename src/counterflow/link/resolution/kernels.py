"""The compiled part of blocking: letter triples of names, the nearest names of each, and pairs within groups.

numba is loaded with this module, so only a process that resolves records pays for it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from counterflow.matching.name_score import MAX_LETTERS, MAX_TOKENS

__all__ = ["grams_of_names", "neighbours", "pairs_across", "pairs_in_groups", "sorted_within", "word_pairs"]

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Singles = npt.NDArray[np.float32]
_ROOM = MAX_TOKENS * (MAX_LETTERS + 1)
_SHORTLIST = 4  # times the neighbours wanted: how many are measured in full
_KEY_WORDS = 4  # rarest words of an address of which two must be shared


@njit(cache=True, nogil=True)
def grams_of_names(
    letters: npt.NDArray[np.uint32], words: Ints, names: Ints, legal: npt.NDArray[np.bool_]
) -> tuple[Ints, npt.NDArray[np.uint64]]:
    """Return the distinct letter triples of every name (word ends as 0), and where each name's begin.

    Company forms have none, unless the name is nothing else.
    """
    total = len(names) - 1
    begins = np.zeros(total + 1, np.int64)
    out = np.empty(len(letters) + len(words), np.uint64)
    room = np.empty(_ROOM, np.uint64)
    filled = 0
    for name in range(total):
        count = 0
        for word in range(names[name], min(names[name + 1], names[name] + MAX_TOKENS)):
            if legal[word]:
                continue
            begin, end = words[word], min(words[word + 1], words[word] + MAX_LETTERS)
            before, here = np.uint64(0), np.uint64(letters[begin])
            for place in range(begin + 1, end + 1):
                after = np.uint64(letters[place]) if place < end else np.uint64(0)
                room[count] = (before << np.uint64(42)) | (here << np.uint64(21)) | after
                count += 1
                before, here = here, after
        ordered = np.sort(room[:count])
        for g in range(count):
            if g == 0 or ordered[g] != ordered[g - 1]:
                out[filled] = ordered[g]
                filled += 1
        begins[name + 1] = filled
    return begins, out[:filled]


@njit(cache=True, nogil=True)
def sorted_within(values: Small, begins: Ints) -> Small:
    """Return `values` with each group in order."""
    out = values.copy()
    for group in range(len(begins) - 1):
        out[begins[group] : begins[group + 1]] = np.sort(out[begins[group] : begins[group + 1]])
    return out


@njit(cache=True, nogil=True)
def _cosine(a: Small, b: Small, weight: Singles) -> float:
    """Sum of squared weights of the triples that both hold; both in order."""
    i, j, total = 0, 0, 0.0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            total += weight[a[i]] * weight[a[i]]
            i += 1
            j += 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return total


@njit(cache=True, nogil=True)
def _keep(number: int, value: float, kept: int, best: Ints, worth: npt.NDArray[np.float64]) -> int:
    """Put one into the best so far, highest first (ties: the earlier); return how many there are."""
    if kept == len(best):
        if value < worth[kept - 1] or (value == worth[kept - 1] and number > best[kept - 1]):
            return kept
        kept -= 1
    place = kept
    while place > 0 and (worth[place - 1] < value or (worth[place - 1] == value and best[place - 1] > number)):
        best[place], worth[place] = best[place - 1], worth[place - 1]
        place -= 1
    best[place], worth[place] = number, value
    return kept + 1


@njit(cache=True, nogil=True)
def neighbours(  # noqa: PLR0913, PLR0917
    first: int, last: int, begins: Ints, grams: Small, weight: Singles, length: Singles,
    post: Ints, owner: Small, wanted: int, least: float, budget: int,
) -> Ints:  # fmt: skip
    """Return pairs of names `first` to before `last` with their nearest among all names.

    `grams` are the triples of each name, rarest first; of triple g, `owner[post[g]:post[g + 1]]` hold it. Names are
    taken in from the rarest triples until `budget` were read and what is left cannot make two names alike alone; the
    most promising are then measured in full.
    """
    sums = np.zeros(len(begins) - 1, np.float32)
    touched = np.empty(len(begins) - 1, np.int32)
    best, worth = np.empty(_SHORTLIST * wanted, np.int64), np.empty(_SHORTLIST * wanted)
    near, alike = np.empty(wanted, np.int64), np.empty(wanted)
    out = np.empty(((last - first) * wanted, 2), np.int64)
    count = 0
    for name in range(first, last):
        mine = grams[begins[name] : begins[name + 1]]
        hit, read, left = 0, 0, length[name] * length[name]
        for gram in mine:
            square = weight[gram] * weight[gram]
            spread = post[gram + 1] - post[gram]
            if left < least * least * length[name] * length[name] or (read > 0 and read + spread > budget):
                break
            for p in range(post[gram], post[gram + 1]):
                other = owner[p]
                if sums[other] == 0.0:
                    touched[hit] = other
                    hit += 1
                sums[other] += square
            read += spread
            left -= square
        kept = 0
        for t in range(hit):
            other = touched[t]
            if other != name:
                kept = _keep(other, sums[other] / length[other], kept, best, worth)
            sums[other] = 0.0
        found = 0
        for k in range(kept):
            other = best[k]
            share = _cosine(mine, grams[begins[other] : begins[other + 1]], weight) / (length[name] * length[other])
            if share >= least:
                found = _keep(other, share, found, near, alike)
        for k in range(found):
            out[count, 0], out[count, 1] = name, near[k]
            count += 1
    return out[:count]


@njit(cache=True, nogil=True)
def pairs_in_groups(begins: Ints, bucket: int, window: int) -> tuple[Ints, int]:
    """Return pairs of places within groups: all of a group up to `bucket`, neighbours up to `window` of a larger."""
    total, cut = 0, 0
    for group in range(len(begins) - 1):
        size = begins[group + 1] - begins[group]
        reach = size if size <= bucket else window
        cut += size > bucket
        for i in range(size):
            total += min(reach, size - 1 - i)
    out = np.empty((total, 2), np.int64)
    count = 0
    for group in range(len(begins) - 1):
        size = begins[group + 1] - begins[group]
        reach = size if size <= bucket else window
        for i in range(begins[group], begins[group + 1]):
            for j in range(i + 1, min(i + reach + 1, begins[group + 1])):
                out[count, 0], out[count, 1] = i, j
                count += 1
    return out, cut


@njit(cache=True, nogil=True)
def pairs_across(begins: Ints, alike: Ints, most: int) -> tuple[Ints, int]:
    """Return pairs of places of two groups, at most `most` of each; `alike` holds pairs of groups."""
    total, cut = 0, 0
    for pair in range(len(alike)):
        a, b = alike[pair, 0], alike[pair, 1]
        here, there = begins[a + 1] - begins[a], begins[b + 1] - begins[b]
        total += min(here, most) * min(there, most)
        cut += here > most or there > most
    out = np.empty((total, 2), np.int64)
    count = 0
    for pair in range(len(alike)):
        a, b = alike[pair, 0], alike[pair, 1]
        for i in range(begins[a], min(begins[a + 1], begins[a] + most)):
            for j in range(begins[b], min(begins[b + 1], begins[b] + most)):
                out[count, 0], out[count, 1] = i, j
                count += 1
    return out, cut


@njit(cache=True, nogil=True)
def word_pairs(begins: Ints, tokens: Small, rarity: npt.NDArray[np.float64], total: int) -> tuple[Ints, Ints]:
    """Return, for each two of the rarest words of each address, the address and one number for the two words."""
    most = _KEY_WORDS * (_KEY_WORDS - 1) // 2
    holder, key = np.empty((len(begins) - 1) * most, np.int64), np.empty((len(begins) - 1) * most, np.int64)
    best, worth = np.empty(_KEY_WORDS, np.int64), np.empty(_KEY_WORDS)
    count = 0
    for address in range(len(begins) - 1):
        kept = 0
        for place in range(begins[address], begins[address + 1]):
            kept = _keep(tokens[place], rarity[tokens[place]], kept, best, worth)
        for i in range(kept):
            for j in range(i + 1, kept):
                holder[count] = address
                key[count] = min(best[i], best[j]) * total + max(best[i], best[j])
                count += 1
    return holder[:count], key[:count]
