"""How alike two names are: their words laid side by side, each weighed by how rare it is.

Words are paired, the pair that carries most first; two or three neighbouring words may be written as one.
A pair is as alike as the letters that must change between its words (optimal string alignment: Damerau
1964, CACM 7(3); the restricted form of Boytsov 2011, ACM JEA 16, section 2.1), where letters that one
script's writers use for another cost less. Words are weighed by inverse document frequency (Sparck Jones
1972, J. Documentation 28(1)), so that a rare surname says more than ``company``. The score is

    (matched - changed) / (matched + 2 k_c contradicted + k_o omitted + k_a added + k_b beyond)
        * (1 - exp(-matched / scale))

matched       rarity of the paired words (of the commoner of the two), in nats;
changed       the part of it that the changed letters take away;
contradicted  rarity left over on both sides, counted on both: the names say different things;
omitted       rarity left over on the list alone: the record says less, a lesser ground for doubt;
added         rarity left over in the record alone: it says more than the list;
beyond        rarity of listed words behind the point where a field of the record was cut off.

The last factor keeps two common words from counting like two rare ones. The score lies in [0, 1) and is
computed again from the `Pair`s of an `Alignment`: what is shown is what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_consonants import consonant_likeness, has_capital, write_costs
from counterflow.matching.normalise import rules

__all__ = [
    "MAX_LETTERS",
    "MAX_TOKENS",
    "OPTIONS",
    "Weights",
    "align_into",
    "cost_table",
    "cut_after",
    "letters_of",
    "score_of_sums",
]

Floats = npt.NDArray[np.float64]
Letters = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]

MAX_TOKENS = 24  # words of a name that are compared; the rest is a text, not a name
MAX_LETTERS = 48  # letters of a word that are compared
LEAST_CUT = 12  # letters from which a field may have been cut off; name fields of trade messages have 17 or more
#: Most ways that words of two names are laid side by side: single, and two or three written as one, on either side.
OPTIONS = 5 * MAX_TOKENS * MAX_TOKENS


@dataclass(frozen=True, slots=True)
class Weights:
    """The few numbers the score rests on; set on the development half, see `docs/methods/name-matching.md`.

    Args:
        contradicted: what rarity left over on both sides costs, against 1 for rarity matched.
        omitted: what rarity left over on the list alone costs.
        added: what rarity left over in the record alone costs.
        beyond_cut: what words cost that stand behind the point where a field was cut off.
        slope: how much faster likeness falls than the share of letters changed.
        least: likeness below which two words are different words.
        initial: likeness of an initial and the word it could stand for.
        scale: rarity, in nats, that counts for 63 % of full evidence.
    """

    contradicted: float = 1.5
    omitted: float = 0.25
    added: float = 0.45
    beyond_cut: float = 0.2
    slope: float = 1.3
    least: float = 0.35
    initial: float = 0.75
    scale: float = 2.0

    def array(self) -> Floats:
        """Return the numbers in order, as the kernels take them."""
        return np.array([getattr(self, f.name) for f in fields(self)], dtype=np.float64)


@njit
def score_of_sums(
    matched: float, changed: float, only_here: float, only_listed: float, beyond: float, w: Floats
) -> float:
    """Return the score from its sums (see the head of this module); `w` is `Weights.array()`."""
    if matched <= 0.0:
        return 0.0
    contradicted = min(only_here, only_listed)
    omitted, added = only_listed - contradicted, only_here - contradicted
    # Contradiction is counted on both sides: two words stand where one should.
    total = matched + 2.0 * w[0] * contradicted + w[1] * omitted + w[2] * added + w[3] * beyond
    return float((matched - changed) / total * (1.0 - math.exp(-matched / w[7])))


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
def _likeness(  # noqa: PLR0913, PLR0917
    a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int, unwritten: bool, w: Floats, costs: Floats, rows: Floats
) -> float:
    """How alike two words are, 0 to 1; 0 below `least`. `unwritten`: either name holds words without vowels."""
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
        return consonant_likeness(a, a0, a1, b, b0, b1, costs, rows)
    if n == 1 or m == 1:
        return 0.0
    limit = (1.0 - w[5]) / w[4] * longest
    if 0.3 * abs(n - m) > limit:
        return 0.0
    changes = _changes(a, a0, a1, b, b0, b1, limit, costs, rows)
    likeness = 1.0 - w[4] * changes / longest
    return likeness if likeness >= w[5] else 0.0


@njit
def _starts_with(a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int) -> bool:
    """Whether word `a` is a beginning of the longer word `b`."""
    if a1 - a0 >= b1 - b0:
        return False
    for i in range(a1 - a0):  # noqa: SIM110 - numba compiles loops
        if a[a0 + i] != b[b0 + i]:
            return False
    return True


@njit
def align_into(  # noqa: PLR0913, PLR0917
    a: Letters, at: Places, aw: Floats,
    b: Letters, bt: Places, bw: Floats,
    w: Floats, costs: Floats, rows: Floats, met: Floats, options: Floats,
) -> tuple[float, int]:  # fmt: skip
    """Lay name `b` (listed) beside name `a` (looked for); return the score and the number of pairs met.

    `a` holds the letters of all words of the name, `at` the places where words begin and the end of the last,
    `aw` the rarity of each word; `b`, `bt` and `bw` are the same of the listed name. `w` is `Weights.array()` and
    `costs` is `cost_table()`. The rest is room: `rows` (4 by 4 * MAX_LETTERS), `options` (OPTIONS by 8), and `met`
    (MAX_TOKENS by 7) for the pairs: first word and count on each side, number in HOW, likeness, rarity.
    """
    n, m = min(len(at) - 1, MAX_TOKENS), min(len(bt) - 1, MAX_TOKENS)
    count = 0
    unwritten = has_capital(a, at[0], at[n]) or has_capital(b, bt[0], bt[m])
    for i in range(n):
        for j in range(m):
            a0, a1, b0, b1 = at[i], at[i + 1], bt[j], bt[j + 1]
            how, likeness = 1, _likeness(a, a0, a1, b, b0, b1, unwritten, w, costs, rows)
            if likeness == 1.0:
                how = 0
            elif min(a1 - a0, b1 - b0) == 1 and a[a0] == b[b0]:
                how, likeness = 2, w[6]
            elif (
                i == n - 1
                and at[n] - at[0] >= LEAST_CUT
                and n > 1
                and _starts_with(a, a0, a1, b, b0, b1)
                and likeness < 0.9
            ):
                how, likeness = 3, 0.9
            if likeness > 0.0:
                _put(options, count, i, 1, j, 1, how, likeness, min(aw[i], bw[j]))
                count += 1
            for extra in (1, 2):
                # Two or three words here, one there; only where the length allows it.
                if i + extra < n and (unwritten or abs((at[i + extra + 1] - a0) - (b1 - b0)) <= 2):
                    joined = _likeness(a, a0, at[i + extra + 1], b, b0, b1, unwritten, w, costs, rows)
                    if joined >= 0.8:
                        rarity = min(_sum(aw, i, i + extra + 1), bw[j])
                        _put(options, count, i, extra + 1, j, 1, 4, joined, rarity)
                        count += 1
                if j + extra < m and (unwritten or abs((bt[j + extra + 1] - b0) - (a1 - a0)) <= 2):
                    joined = _likeness(a, a0, a1, b, b0, bt[j + extra + 1], unwritten, w, costs, rows)
                    if joined >= 0.8:
                        # A word that nobody has seen weighs what the words weigh that it is made of.
                        rarity = _sum(bw, j, j + extra + 1)
                        _put(options, count, i, 1, j, extra + 1, 4, joined, rarity)
                        count += 1
    return _choose(options[:count], n, m, at, aw, bw, w, met)


@njit
def _sum(column: Floats, begin: int, end: int) -> float:
    total = 0.0
    for place in range(begin, end):
        total += column[place]
    return total


@njit
def _put(  # noqa: PLR0913, PLR0917
    options: Floats, row: int, i: int, ni: int, j: int, nj: int, how: int, likeness: float, rarity: float
) -> None:
    options[row, 0], options[row, 1], options[row, 2], options[row, 3] = i, ni, j, nj
    options[row, 4], options[row, 5], options[row, 6] = how, likeness, rarity
    # What it adds; the same word before all, and a hair more where the places are close.
    options[row, 7] = likeness * likeness * rarity - 1e-6 * abs(i - j) + (1e3 if how == 0 else 0.0)


@njit
def _choose(
    options: Floats, n: int, m: int, at: Places,
    aw: Floats, bw: Floats, w: Floats, met: Floats,
) -> tuple[float, int]:  # fmt: skip
    """Take the options that add most, none twice, into `met`; return the score and their number."""
    # Bit k of `used` says that word k is taken: a name has at most MAX_TOKENS words, fewer than the bits of a number.
    used_a, used_b = 0, 0
    pairs = 0
    matched = changed = 0.0
    while True:
        best = -1
        for o in range(len(options)):
            if options[o, 7] > -1.0 and (best < 0 or options[o, 7] > options[best, 7]):
                best = o
        if best < 0:
            break
        i, ni, j, nj = (int(options[best, 0]), int(options[best, 1]), int(options[best, 2]), int(options[best, 3]))
        options[best, 7] = -2.0
        here, there = ((1 << ni) - 1) << i, ((1 << nj) - 1) << j
        if used_a & here or used_b & there:
            continue
        used_a |= here
        used_b |= there
        for column in range(7):
            met[pairs, column] = options[best, column]
        matched += options[best, 6]
        changed += options[best, 6] * (1.0 - options[best, 5])
        pairs += 1
    cut = cut_after(used_a, used_b, met[:pairs], at, n, m)
    only_here = only_listed = beyond = 0.0
    for i in range(n):
        if not used_a >> i & 1:
            only_here += aw[i]
    for j in range(m):
        if not used_b >> j & 1:
            if j >= cut:
                beyond += bw[j]
            else:
                only_listed += bw[j]
    return score_of_sums(matched, changed, only_here, only_listed, beyond, w), pairs


@njit
def cut_after(used_a: int, used_b: int, met: Floats, at: Places, n: int, m: int) -> int:
    """Return the first listed word behind the point where the field was cut off; `m` where it was not cut.

    A field was cut when it holds at least `LEAST_CUT` letters, all its words meet the first words of the listed
    name in order, and only the listed name goes on. Bit k of `used_a` and `used_b` says that word k is met; `n` and
    `m` are the numbers of words.
    """
    if used_a != (1 << n) - 1 or at[n] - at[0] < LEAST_CUT:
        return m
    last = 0
    for p in range(len(met)):
        if met[p, 4] == 2.0:
            return m
        last = max(last, int(met[p, 2] + met[p, 3]))
    for p in range(len(met)):
        for q in range(len(met)):
            if met[p, 0] < met[q, 0] and met[p, 2] > met[q, 2]:
                return m
    first = (1 << last) - 1
    return last if used_b & first == first else m


def letters_of(tokens: Sequence[str]) -> tuple[Letters, Places]:
    """Return the letters of all words as code points, and where words begin, with the end of the last."""
    letters = np.frombuffer("".join(tokens).encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum(np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens)))
    return letters, np.concatenate([np.zeros(1, np.int64), ends])
