"""A ceiling on the score of two names that costs a fraction of laying them side by side.

A letter of one word that the other does not hold must be changed or left out, whatever else happens; what
that costs at least gives each word the best likeness it can reach, and the words together the best score.
Two names whose ceiling lies below the threshold are not compared further: the answer is the same, and
comes several times sooner.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_consonants import has_capital
from counterflow.matching.name_letters import fewest_changes, kept_of
from counterflow.matching.name_score import initials_count, kinds_differ
from counterflow.matching.name_weights import (
    ADDED,
    CONTRADICTED,
    CUT_OFF,
    ENOUGH,
    INITIAL,
    JOINED,
    KINDS,
    LEAST,
    MOST,
    SPREAD,
)
from counterflow.matching.normalise import rules

__all__ = ["ceiling", "letter_classes", "letters_held"]

Letters = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sets = npt.NDArray[np.uint64]


@cache
def letter_classes() -> tuple[Sets, np.uint64, Floats]:
    """Return, for each of 64 letter bits, the bits near it; the bits left out lightly; and the least costs.

    Bits 0 to 25 are a to z, 26 to 35 the digits; all other letters share the rest. The costs are those of
    a near letter, of leaving out a light letter, and of any other change.
    """
    data = rules().data
    near = np.array([1 << bit for bit in range(64)], dtype=np.uint64)
    for group in data["confusable"]["groups"]:
        together = np.bitwise_or.reduce([np.uint64(1 << (ord(c) - 97)) for c in group])
        for c in group:
            near[ord(c) - 97] |= together
    light = np.uint64(sum(1 << (ord(c) - 97) for c in data["lightly"]["letters"]))
    return near, light, np.array([data["confusable"]["cost"], data["lightly"]["cost"], 1.0])


@njit
def letters_held(letters: Letters, words: Places, near: Sets, held: Sets, around: Sets) -> None:
    """Write for each word the set of its letters, and that of the letters near them, as bits."""
    for word in range(len(words) - 1):
        held[word] = around[word] = np.uint64(0)
        for place in range(words[word], words[word + 1]):
            code = letters[place]
            if 97 <= code <= 122:
                bit = code - 97
            elif 48 <= code <= 57:
                bit = code - 48 + 26
            else:
                bit = 36 + code % 28
            held[word] |= np.uint64(1) << np.uint64(bit)
            around[word] |= near[bit]


@njit(inline="always")
def _best_likeness(  # noqa: PLR0913, PLR0917
    held_a: np.uint64, near_a: np.uint64, held_b: np.uint64, near_b: np.uint64, longest: int, ra: float, rb: float,
    most: float, light: np.uint64, least: Floats, w: Floats,
) -> float:  # fmt: skip
    changes = fewest_changes(held_a, near_a, held_b, near_b, light, least)
    if changes > most * longest:
        return 0.0
    # Likenesses are rounded to three decimals.
    return kept_of(changes, longest, ra, rb, w) + 0.0005


@njit
def ceiling(  # noqa: C901, PLR0912, PLR0913, PLR0917
    a: Letters, at: Places, aw: Floats, ah: Sets, an: Sets,
    b: Letters, bt: Places, bw: Floats, bh: Sets, bn: Sets,
    w: Floats, light: np.uint64, least: Floats, best: Floats, cap: Floats, kind_a: int, kind_b: int,
) -> float:  # fmt: skip
    """Return a score that two names cannot exceed.

    Letters, word places, rarities, `w` and kinds are as for `name_score.align_into`; `ah` and `an` are the letters
    held and near of each word of `a`, `bh` and `bn` of `b`; `light` and `least` are as `letter_classes` gives
    them; `best` and `cap` are room for one number a word.
    """
    n, m = len(aw), len(bw)
    # Words written without vowels hold few of the letters of their spellings: letters bound nothing there.
    if has_capital(a, at[0], at[n]) or has_capital(b, bt[0], bt[m]):
        return 1.0
    initials = initials_count(kind_a, kind_b)
    for i in range(n):
        best[i], cap[i] = 0.0, 0.0
    for i in range(n):
        a0, size, ra = at[i], at[i + 1] - at[i], aw[i]
        for j in range(m):
            other, rb = bt[j + 1] - bt[j], bw[j]
            reach = _best_likeness(ah[i], an[i], bh[j], bn[j], max(size, other), ra, rb, w[MOST], light, least, w)
            if a[a0] == b[bt[j]]:
                if initials and (size == 1 or other == 1):
                    reach = max(reach, w[INITIAL])
                if i == n - 1:
                    reach = max(reach, w[CUT_OFF])
            if reach >= w[LEAST]:
                best[i], cap[i] = max(best[i], reach), max(cap[i], min(ra, rb))
            held, near, more, rarity = ah[i], an[i], size, ra
            for k in range(i + 1, min(i + 3, n)):
                held, near, more, rarity = held | ah[k], near | an[k], more + at[k + 1] - at[k], rarity + aw[k]
                if abs(more - other) <= 2:
                    reach = _best_likeness(
                        held, near, bh[j], bn[j], max(more, other), rarity + 0.005, rb + 0.005, w[JOINED],
                        light, least, w,
                    )  # fmt: skip
                    if reach >= w[LEAST]:
                        for p in range(i, k + 1):
                            best[p], cap[p] = max(best[p], reach), aw[p]
            held, near, more, rarity = bh[j], bn[j], other, rb
            for k in range(j + 1, min(j + 3, m)):
                held, near, more, rarity = held | bh[k], near | bn[k], more + bt[k + 1] - bt[k], rarity + bw[k]
                if abs(more - size) <= 2:
                    reach = _best_likeness(
                        ah[i], an[i], held, near, max(more, size), ra + 0.005, rarity + 0.005, w[JOINED],
                        light, least, w,
                    )  # fmt: skip
                    if reach >= w[LEAST]:
                        best[i], cap[i] = max(best[i], reach), max(cap[i], min(ra, rarity) + 0.01)
    most = _highest(best, cap, aw, n, w)
    return most * w[KINDS] if kinds_differ(kind_a, kind_b) else most


@njit
def _highest(best: Floats, cap: Floats, aw: Floats, n: int, w: Floats) -> float:
    """Return the highest score with each word as like as `best` allows and weighing anything up to `cap`.

    Words that can reach no likeness at all are left over, and cost at least what an addition costs. Of the
    others the mean likeness is highest when only those weigh that lift it, so they are taken best first
    while they do; what is said at most is the sum over all.
    """
    total = said = 0.0
    for i in range(n):
        if best[i] < w[LEAST]:
            total += min(w[CONTRADICTED], w[ADDED]) * aw[i]
            best[i] = -1.0
        else:
            best[i] = min(best[i], 1.0)
            said += best[i] * cap[i]
    gained = 0.0
    while True:
        top = -1
        for i in range(n):
            if best[i] > 0.0 and (top < 0 or best[i] > best[top]):
                top = i
        if top < 0 or (total > 0.0 and best[top] * total < gained):
            break
        gained += best[top] * cap[top]
        total += cap[top]
        best[top] = -1.0
    if total <= 0.0:
        return 0.0
    agreed = gained / total
    return float(agreed * agreed / (1.0 + math.exp((w[ENOUGH] - said) / w[SPREAD])))
