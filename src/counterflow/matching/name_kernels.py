"""The compiled part of the name index: letter triples, and the search that uses them.

Kept apart so that only a process that looks names up loads numba. Compiled code is kept on disk by numba,
which looks whether this file has changed but not whether those have that it calls into; so what is kept here
is kept under a digest of them.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from counterflow.matching.name_bounds import ceiling
from counterflow.matching.name_score import MAX_LETTERS, MAX_TOKENS, OPTIONS, align_into

__all__ = ["grams", "search"]

Letters = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Sets = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_ROOM = MAX_TOKENS * (MAX_LETTERS + 1)


@njit(nogil=True)
def _grams_of(letters: Letters, words: Places, legal: Flags, first: int, last: int, out: npt.NDArray[np.uint64]) -> int:
    """Write the letter triples of words `first` to before `last`, ends as 0; return how many."""
    count = 0
    for word in range(first, min(last, first + MAX_TOKENS)):
        if legal[word]:
            continue
        begin, end = words[word], min(words[word + 1], words[word] + MAX_LETTERS)
        before, here = np.uint64(0), np.uint64(letters[begin])
        for place in range(begin + 1, end + 1):
            after = np.uint64(letters[place]) if place < end else np.uint64(0)
            out[count] = (before << np.uint64(42)) | (here << np.uint64(21)) | after
            count += 1
            before, here = here, after
    return count


@njit(nogil=True)
def _grams(letters: Letters, words: Places, names: Places, legal: Flags) -> tuple[npt.NDArray[np.uint64], Places]:
    """Return every letter triple of every name, and the name that holds it."""
    total = len(letters) + len(words)
    codes, holders = np.empty(total, np.uint64), np.empty(total, np.int64)
    room = np.empty(_ROOM, np.uint64)
    count = 0
    for name in range(len(names) - 1):
        found = _grams_of(letters, words, legal, names[name], names[name + 1], room)
        codes[count : count + found] = room[:found]
        holders[count : count + found] = name
        count += found
    return codes[:count], holders[:count]


@njit(nogil=True)
def _gather(  # noqa: PLR0913, PLR0917
    room: npt.NDArray[np.uint64], found: int, codes: npt.NDArray[np.uint64], begins: Places,
    idf: npt.NDArray[np.float32], holders: npt.NDArray[np.int32], shares: npt.NDArray[np.float32],
    unseen: float, sums: npt.NDArray[np.float32], touched: npt.NDArray[np.int32], least: float,
) -> tuple[int, float]:  # fmt: skip
    """Add up what each listed name shares with the name; return how many were touched, and its length.

    Rare triples come first. Once those left could not lift a name to `least` (the inequality of Cauchy and
    Schwarz: a listed name has length 1), no more names are taken in; the sums of those taken are complete.
    This is the bound of Turtle and Flood 1995, Information Processing & Management 31(6), for cosines.
    """
    spread, known = np.empty(found, np.int64), np.empty(found, np.int64)
    square, kept, count = 0.0, 0, 0
    for g in range(found):
        at = np.searchsorted(codes, room[g])
        if at == len(codes) or codes[at] != room[g]:
            square += unseen * unseen
            continue
        square += idf[at] * idf[at]
        place = kept
        size = begins[at + 1] - begins[at]
        while place > 0 and spread[place - 1] > size:
            spread[place], known[place] = spread[place - 1], known[place - 1]
            place -= 1
        spread[place], known[place] = size, at
        kept += 1
    left = 0.0
    for g in range(kept):
        left += idf[known[g]] * idf[known[g]]
    for g in range(kept):
        at = known[g]
        weight = idf[at]
        if left >= least * least * square:
            for p in range(begins[at], begins[at + 1]):
                holder = holders[p]
                if sums[holder] == 0.0:
                    touched[count] = holder
                    count += 1
                sums[holder] += weight * shares[p]
        else:
            for p in range(begins[at], begins[at + 1]):
                if sums[holders[p]] != 0.0:
                    sums[holders[p]] += weight * shares[p]
        left -= weight * weight
    return count, np.sqrt(square)


@njit(nogil=True)
def _best(
    sums: npt.NDArray[np.float32], touched: npt.NDArray[np.int32], count: int, least: float,
    best: npt.NDArray[np.int32], value: npt.NDArray[np.float32],
) -> int:  # fmt: skip
    """Write the names that share most to `best` (ties: the earlier), clear `sums`; return how many."""
    kept = 0
    for t in range(count):
        holder, share = touched[t], sums[touched[t]]
        sums[holder] = 0.0
        if share < least:
            continue
        if kept == len(best):
            if share < value[kept - 1] or (share == value[kept - 1] and holder > best[kept - 1]):
                continue
            kept -= 1
        place = kept
        while place > 0 and (value[place - 1] < share or (value[place - 1] == share and best[place - 1] > holder)):
            best[place], value[place] = best[place - 1], value[place - 1]
            place -= 1
        best[place], value[place] = holder, share
        kept += 1
    return kept


@njit(nogil=True)
def _search(  # noqa: PLR0913, PLR0917
    a: Letters, aw: Places, an: Places, legal: Flags, rarity: Floats, held: Sets, near: Sets, asked: Flags,
    b: Letters, bw: Places, bn: Places, listed_rarity: Floats, listed_held: Sets, listed_near: Sets,
    codes: Sets, begins: Places, idf: npt.NDArray[np.float32], holders: npt.NDArray[np.int32],
    shares: npt.NDArray[np.float32], unseen: float,
    weights: Floats, costs: Floats, light: np.uint64, least_costs: Floats,
    candidates: int, least_cosine: float, threshold: float,
) -> tuple[Places, Places, Floats]:  # fmt: skip
    """Return (name, listed name, score) of each pair that reaches `threshold` among the best candidates.

    Letters, words and names of both sides are as in `name_index.Names`, with the letters held and near as in
    `name_bounds.Bags`; the rest is as in `name_index.Grams`.
    """
    listed = len(bn) - 1
    sums, touched = np.zeros(listed, np.float32), np.empty(listed, np.int32)
    best, value = np.empty(candidates, np.int32), np.empty(candidates, np.float32)
    room, rows, met = np.empty(_ROOM, np.uint64), np.empty((4, 4 * MAX_LETTERS)), np.empty((MAX_TOKENS, 7))
    reach, cap, options = np.empty(MAX_TOKENS), np.empty(MAX_TOKENS), np.empty((OPTIONS, 8))
    size, count = 1024, 0
    out_row, out_listed, out_score = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    for name in range(len(an) - 1):
        if not asked[name]:
            continue
        found = _grams_of(a, aw, legal, an[name], an[name + 1], room)
        hit, length = _gather(room, found, codes, begins, idf, holders, shares, unseen, sums, touched, least_cosine)
        kept = _best(sums, touched, hit, least_cosine * length, best, value)
        first, last = an[name], min(an[name + 1], an[name] + MAX_TOKENS)
        at, ar, ah, ak = aw[first : last + 1], rarity[first:last], held[first:last], near[first:last]
        for k in range(kept):
            other = best[k]
            lo, hi = bn[other], min(bn[other + 1], bn[other] + MAX_TOKENS)
            bt, br, bh, bk = bw[lo : hi + 1], listed_rarity[lo:hi], listed_held[lo:hi], listed_near[lo:hi]
            most = ceiling(a, at, ar, ah, ak, b, bt, br, bh, bk, weights, light, least_costs, reach, cap)
            if most < threshold:
                continue
            score, _ = align_into(a, at, ar, b, bt, br, weights, costs, rows, met, options)
            if score < threshold:
                continue
            if count == size:
                size *= 2
                out_row, out_listed = _longer(out_row, size), _longer(out_listed, size)
                grown = np.empty(size)
                grown[:count] = out_score
                out_score = grown
            out_row[count], out_listed[count], out_score[count] = name, other, score
            count += 1
    return out_row[:count], out_listed[:count], out_score[:count]


@njit(nogil=True)
def _longer(column: Places, size: int) -> Places:
    grown = np.empty(size, np.int64)
    grown[: len(column)] = column
    return grown


def _kept(sources: int) -> tuple[Any, Any]:
    """Return `_grams` and `_search` compiled, and kept on disk while the digest of their sources holds."""

    # A value of the surrounding function is part of the key that numba keeps code under, once it is used.
    @njit(cache=True, nogil=True)
    def grams(*arguments):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN202
        return _grams(*arguments) if sources else None

    @njit(cache=True, nogil=True)
    def search(*arguments):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN202
        return _search(*arguments) if sources else None

    return grams, search


def _digest(*names: str) -> int:
    texts = [(files("counterflow.matching") / name).read_bytes() for name in names]
    return int.from_bytes(hashlib.sha256(b"\0".join(texts)).digest()[:6]) | 1


grams, search = _kept(_digest("name_kernels.py", "name_bounds.py", "name_score.py", "name_consonants.py"))
