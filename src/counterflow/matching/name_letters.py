"""How alike two words are, by the letters that must change between them.

Optimal string alignment (Damerau 1964, CACM 7(3); the restricted form of Boytsov 2011, ACM JEA 16, section 2.1), where
letters that one script's writers use for another cost less. What a change takes away is counted in nats of the rarity
of the commoner word: a share that grows with the share of letters changed, more for each letter after the first, and
more where both words are names that many people bear, since Cohen is a name of its own and no way to write Chen.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_consonants import consonant_likeness, has_capital, write_costs
from counterflow.matching.name_weights import (
    ENDING,
    KNOWN,
    KNOWN_FROM,
    KNOWN_SPAN,
    LEAST,
    MORE,
    SLOPE,
)
from counterflow.matching.normalise import rules

__all__ = ["MAX_LETTERS", "cost_table", "fewest_changes", "kept_of", "starts_with", "word_likeness"]

Floats = npt.NDArray[np.float64]
Letters = npt.NDArray[np.uint32]
Sets = npt.NDArray[np.uint64]

MAX_LETTERS = 48  # letters of a word that are compared
_A, _O = 97, 111


@cache
def cost_table() -> Floats:
    """Return what changing one ASCII character into another costs; row 0 and column 0 are leaving one out.

    Own table (`data/names.toml`): 1 for unlike letters, less for letters that transliterations exchange,
    and 2 where a digit is involved, since ``Hero 2`` is not ``Hero 3``.
    """
    data = rules().data
    costs = np.ones((128, 128))
    digits = np.arange(ord("0"), ord("9") + 1)
    costs[digits, :] = costs[:, digits] = 2.0
    for group in data["confusable"]["groups"]:
        codes = np.array([ord(c) for c in group])
        costs[np.ix_(codes, codes)] = data["confusable"]["cost"]
    light = np.array([ord(c) for c in data["lightly"]["letters"]])
    costs[0, light] = costs[light, 0] = data["lightly"]["cost"]
    np.fill_diagonal(costs, 0.0)
    costs[127, :] = 1.0  # letters that are not ASCII; equal ones never come to this table
    costs[0, 0] = data["lightly"]["double_cost"]
    write_costs(costs)
    return costs


@njit
def _gaps(letters: Letters, begin: int, end: int, costs: Floats, out: Floats) -> None:
    """Write what leaving out each letter of a word costs; a doubled letter costs little."""
    before = np.uint32(0)
    for place in range(begin, end):
        code = letters[place]
        out[place - begin] = costs[0, 0] if code == before else costs[0, code] if code < 128 else 1.0
        before = code


@njit
def _changes(  # noqa: PLR0913, PLR0917
    a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int, limit: float, costs: Floats, rows: Floats
) -> float:
    """Optimal string alignment of two words, with costs; stops once it must exceed `limit`."""
    n, m = a1 - a0, b1 - b0
    before, last, this, gaps = rows[0], rows[1], rows[2], rows[3]
    _gaps(a, a0, a1, costs, gaps[MAX_LETTERS:])
    _gaps(b, b0, b1, costs, gaps)
    last[0] = 0.0
    for j in range(m):
        last[j + 1] = last[j] + gaps[j]
    previous = np.uint32(0)
    for i in range(n):
        x, gap = a[a0 + i], gaps[MAX_LETTERS + i]
        row = costs[x if x < 128 else 127]
        least = left = last[0] + gap
        this[0] = left
        for j in range(m):
            y = b[b0 + j]
            best = last[j] + (0.0 if x == y else row[y] if y < 128 else 1.0)
            best = min(best, last[j + 1] + gap, left + gaps[j])
            if y == previous and j > 0 and x == b[b0 + j - 1]:
                best = min(best, before[j - 1] + 1.0)
            this[j + 1] = left = best
            least = min(least, best)
        if least > limit:
            return float(least)
        before, last, this = last, this, before
        previous = x
    return float(last[m])


@njit
def kept_of(changes: float, longest: int, ra: float, rb: float, w: Floats) -> float:
    """Return the likeness of two words of rarity `ra` and `rb` between which so many letters change.

    Of the rarity of the commoner word, the part that remains; it falls as `changes` grows, and may fall below 0.
    """
    known = min(max((w[KNOWN_FROM] - max(ra, rb)) / w[KNOWN_SPAN], 0.0), 1.0)
    lost = w[MORE] * max(changes - 1.0, 0.0) + w[KNOWN] * known * changes
    return float(1.0 - w[SLOPE] * changes / longest - lost / min(ra, rb))


@njit(inline="always")
def _count(bits: np.uint64) -> float:
    """How many bits are set (Warren, Hacker's Delight, 2nd ed. 2012, section 5-1)."""
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return float((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(inline="always")
def _must_change(held: np.uint64, other: np.uint64, other_near: np.uint64, light: np.uint64, least: Floats) -> float:
    """The least that the letters of one word cost that the other does not hold."""
    lacking = held & ~other
    if lacking == 0:
        return 0.0
    near, far = lacking & other_near, lacking & ~other_near
    return float(least[0] * _count(near) + least[1] * _count(far & light) + least[2] * _count(far & ~light))


@njit(inline="always")
def fewest_changes(
    held_a: np.uint64, near_a: np.uint64, held_b: np.uint64, near_b: np.uint64, light: np.uint64, least: Floats
) -> float:
    """The least that letters must change between two words, by the letters that one holds and the other does not."""
    there = _must_change(held_a, held_b, near_b, light, least)
    back = _must_change(held_b, held_a, near_a, light, least)
    return max(there, back)


@njit
def word_likeness(  # noqa: PLR0913, PLR0917
    a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int, ra: float, rb: float, fewest: float,
    most: float, unwritten: bool, w: Floats, costs: Floats, rows: Floats,
) -> float:  # fmt: skip
    """How alike two words are, 0 to 1, to three decimals; 0 where they are different words.

    `ra` and `rb` are their rarities, `fewest` the changes that there are at least, `most` the share of letters that may
    change, `unwritten` whether either name holds words without vowels. `w` is `Weights.array()`, `costs` is
    `cost_table()`, `rows` is room (4 by 4 * MAX_LETTERS).
    """
    n, m = min(a1 - a0, MAX_LETTERS), min(b1 - b0, MAX_LETTERS)
    a1, b1 = a0 + n, b0 + m
    longest = max(n, m)
    if n == m:
        same = True
        for i in range(n):
            if a[a0 + i] != b[b0 + i]:
                same = False
                break
        if same:
            return 1.0
    if unwritten and (has_capital(a, a0, a1) or has_capital(b, b0, b1)):
        return _to_three(consonant_likeness(a, a0, a1, b, b0, b1, costs, rows))
    if n == 1 or m == 1:
        return 0.0
    limit = most * longest
    if fewest > limit or 0.3 * abs(n - m) > limit:
        return 0.0
    changes = _changes(a, a0, a1, b, b0, b1, limit, costs, rows)
    x, y = a[a1 - 1], b[b1 - 1]
    if (x == _A and y == _O) or (x == _O and y == _A):
        changes += w[ENDING]
    if changes > limit:
        return 0.0
    likeness = _to_three(kept_of(changes, longest, ra, rb, w))
    return likeness if likeness >= w[LEAST] else 0.0


@njit
def _to_three(x: float) -> float:
    """Round to three decimals, as explanations print it; unlike words never become the same."""
    return float(min(np.floor(x * 1000.0 + 0.5) / 1000.0, 0.999))


@njit
def starts_with(a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int) -> bool:
    """Whether word `a` is a beginning of the longer word `b`."""
    if a1 - a0 >= b1 - b0:
        return False
    for i in range(a1 - a0):  # noqa: SIM110 - numba compiles loops
        if a[a0 + i] != b[b0 + i]:
            return False
    return True
