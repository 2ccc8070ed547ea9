"""How alike two names are: their words laid side by side, each weighed by how rare it is.

Words are paired, the pair that carries most first; two or three neighbouring words may be written as one. How alike
the words of a pair are is said by `name_letters`, how rare a word is by `name_rarity`: both rest on the two words and
on frozen tables, never on what else a list holds. The score is

    ((matched - changed) / (matched + k_c contradicted + k_o omitted + k_a added + k_b beyond)) ** 2
        / (1 + exp((enough - (matched - changed)) / spread))

matched       rarity of the paired words (of the commoner of the two), in nats;
changed       the part of it that the changed letters take away;
contradicted  rarity left over on both sides: the names say different things;
omitted       rarity left over on the list alone: the record says less, a lesser ground for doubt;
added         rarity left over in the record alone: it says more than the list;
beyond        rarity of listed words behind the point where a field of the record was cut off.

A number on one side alone contradicts (``Fund 2`` is not ``Fund``); a word that a name says twice and that the other
says once weighs a fifth. The first factor says how far the names agree, the second how much they say: the chance that
two parties bear the words that agree falls with e ** -(matched - changed), the likelihood ratio of record linkage
(Fellegi and Sunter 1969, JASA 64, section 2), so that two common names of people need more than two rare ones. Where
the kinds of the parties contradict (a person, a ship), the score is `kinds` of it.

The score lies in [0, 1) and is computed again from the `Pair`s of an `Alignment`: what is shown is what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_consonants import has_capital
from counterflow.matching.name_letters import MAX_LETTERS, cost_table, fewest_changes, starts_with, word_likeness
from counterflow.matching.name_weights import (
    ADDED,
    AGAIN,
    BEYOND_CUT,
    CONTRADICTED,
    CUT_OFF,
    ENOUGH,
    INITIAL,
    JOINED,
    KINDS,
    LEAST,
    MOST,
    OMITTED,
    SPREAD,
    Weights,
)

__all__ = [
    "MAX_LETTERS",
    "MAX_TOKENS",
    "OPEN",
    "OPTIONS",
    "Weights",
    "align_into",
    "cost_table",
    "cut_after",
    "initials_count",
    "kinds_differ",
    "letters_of",
    "said_again",
    "score_of_sums",
]

Floats = npt.NDArray[np.float64]
Letters = npt.NDArray[np.uint32]
Sets = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

MAX_TOKENS = 24  # words of a name that are compared; the rest is a text, not a name
LEAST_CUT = 12  # letters from which a field may have been cut off; name fields of trade messages have 17 or more
FORM = 1.0  # rarity in nats that company forms stay below
MOST_SCORE = 0.9999  # no score says that two parties are one
#: Most ways that words of two names are laid side by side: single, and two or three written as one, on either side.
OPTIONS = 5 * MAX_TOKENS * MAX_TOKENS
#: Kinds of parties: 0 person, 1 organisation, 2 ship, 3 aircraft; this one contradicts none.
OPEN = 4
_UNWRITTEN_JOINED = 0.8  # likeness from which words without vowels may be written as one


@njit
def kinds_differ(kind_a: int, kind_b: int) -> bool:
    """Whether two parties are of kinds that contradict each other."""
    return kind_a < OPEN and kind_b < OPEN and kind_a != kind_b


@njit
def initials_count(kind_a: int, kind_b: int) -> bool:
    """Whether a letter may stand for a word that it begins: in names of people, not of companies and ships."""
    return (kind_a == 0 or kind_a >= OPEN) and (kind_b == 0 or kind_b >= OPEN)


@njit
def score_of_sums(
    matched: float, changed: float, only_here: float, only_listed: float, beyond: float, differ: bool, w: Floats
) -> float:
    """Return the score from its sums (see the head of this module); `w` is `Weights.array()`."""
    said = matched - changed
    if said <= 0.0:
        return 0.0
    contradicted = min(only_here, only_listed)
    omitted, added = only_listed - contradicted, only_here - contradicted
    total = matched + w[CONTRADICTED] * contradicted + w[OMITTED] * omitted + w[ADDED] * added + w[BEYOND_CUT] * beyond
    agreed = said / total
    score = agreed * agreed / (1.0 + math.exp((w[ENOUGH] - said) / w[SPREAD]))
    return float(min(score * w[KINDS] if differ else score, MOST_SCORE))


@njit
def align_into(  # noqa: C901, PLR0913, PLR0917
    a: Letters, at: Places, aw: Floats, ah: Sets, an: Sets,
    b: Letters, bt: Places, bw: Floats, bh: Sets, bn: Sets,
    w: Floats, costs: Floats, light: np.uint64, least: Floats,
    rows: Floats, met: Floats, options: Floats, kind_a: int, kind_b: int,
) -> tuple[float, int]:  # fmt: skip
    """Lay name `b` (listed) beside name `a` (looked for); return the score and the number of pairs met.

    `a` holds the letters of all words of the name, `at` the places where words begin and the end of the last,
    `aw` the rarity of each word, `ah` and `an` the letters held and near (`name_bounds`); `b`, `bt`, `bw`, `bh` and
    `bn` are the same of the listed name. `w` is `Weights.array()` and `costs` is `cost_table()`; `light` and `least`
    are as `name_bounds.letter_classes` gives them; kinds of the parties as in `OPEN`. The rest is room: `rows` (4 by 4
    * MAX_LETTERS), `options` (OPTIONS by 8), and `met` (MAX_TOKENS by 7) for the pairs: first word and count on each
    side, number in HOW, likeness, rarity.
    """
    n, m = min(len(at) - 1, MAX_TOKENS), min(len(bt) - 1, MAX_TOKENS)
    count = 0
    unwritten = has_capital(a, at[0], at[n]) or has_capital(b, bt[0], bt[m])
    as_one = max(w[LEAST], _UNWRITTEN_JOINED) if unwritten else w[LEAST]
    initials, may_be_cut = initials_count(kind_a, kind_b), n > 1 and at[n] - at[0] >= LEAST_CUT
    for i in range(n):
        for j in range(m):
            a0, a1, b0, b1 = at[i], at[i + 1], bt[j], bt[j + 1]
            ra, rb = aw[i], bw[j]
            few = fewest_changes(ah[i], an[i], bh[j], bn[j], light, least)
            how, likeness = 1, word_likeness(a, a0, a1, b, b0, b1, ra, rb, few, w[MOST], unwritten, w, costs, rows)
            if likeness == 1.0:
                how = 0
            elif ra > FORM and rb > FORM:
                if min(a1 - a0, b1 - b0) == 1 and a[a0] == b[b0] and initials:
                    how, likeness = 2, w[INITIAL]
                elif may_be_cut and i == n - 1 and likeness < w[CUT_OFF] and starts_with(a, a0, a1, b, b0, b1):
                    how, likeness = 3, w[CUT_OFF]
            if likeness > 0.0:
                _put(options, count, i, 1, j, 1, how, likeness, min(ra, rb))
                count += 1
            for extra in (1, 2):
                # Two or three words here, one there; only where the length allows it.
                if i + extra < n and (unwritten or abs((at[i + extra + 1] - a0) - (b1 - b0)) <= 2):
                    both = _sum(aw, i, i + extra + 1)
                    held, near = _together(ah, i, i + extra + 1), _together(an, i, i + extra + 1)
                    fewest = fewest_changes(held, near, bh[j], bn[j], light, least)
                    end = at[i + extra + 1]
                    joined = word_likeness(
                        a, a0, end, b, b0, b1, both, rb, fewest, w[JOINED], unwritten, w, costs, rows
                    )
                    if joined >= as_one:
                        _put(options, count, i, extra + 1, j, 1, 4, joined, min(both, rb))
                        count += 1
                if j + extra < m and (unwritten or abs((bt[j + extra + 1] - b0) - (a1 - a0)) <= 2):
                    both = _sum(bw, j, j + extra + 1)
                    held, near = _together(bh, j, j + extra + 1), _together(bn, j, j + extra + 1)
                    fewest = fewest_changes(ah[i], an[i], held, near, light, least)
                    end = bt[j + extra + 1]
                    joined = word_likeness(
                        a, a0, a1, b, b0, end, ra, both, fewest, w[JOINED], unwritten, w, costs, rows
                    )
                    if joined >= as_one:
                        _put(options, count, i, 1, j, extra + 1, 4, joined, min(both, ra))
                        count += 1
    return _choose(options[:count], n, m, a, at, aw, b, bt, bw, kinds_differ(kind_a, kind_b), w, met)


@njit
def _sum(column: Floats, begin: int, end: int) -> float:
    """Add rarities up, to two decimals as each of them is."""
    total = 0.0
    for place in range(begin, end):
        total += column[place]
    return float(np.floor(total * 100.0 + 0.5) / 100.0)


@njit
def _together(sets: Sets, begin: int, end: int) -> np.uint64:
    """The letters of several words as one set."""
    held = np.uint64(0)
    for place in range(begin, end):
        held |= sets[place]
    return held


@njit
def _put(  # noqa: PLR0913, PLR0917
    options: Floats, row: int, i: int, ni: int, j: int, nj: int, how: int, likeness: float, rarity: float
) -> None:
    options[row, 0], options[row, 1], options[row, 2], options[row, 3] = i, ni, j, nj
    options[row, 4], options[row, 5], options[row, 6] = how, likeness, rarity
    # What it adds; the same word before all, and a hair more where the places are close.
    options[row, 7] = likeness * likeness * rarity - 1e-6 * abs(i - j) + (1e3 if how == 0 else 0.0)


@njit
def _choose(  # noqa: C901, PLR0912, PLR0913, PLR0917
    options: Floats, n: int, m: int, a: Letters, at: Places, aw: Floats, b: Letters, bt: Places, bw: Floats,
    differ: bool, w: Floats, met: Floats,
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
            rarity = _left(aw[i], said_again(a, at, i, n, met[:pairs], 0), w)
            only_here += rarity
            if _is_number(a[at[i]]):
                only_listed += rarity
    for j in range(m):
        if not used_b >> j & 1:
            rarity = _left(bw[j], said_again(b, bt, j, m, met[:pairs], 2), w)
            if _is_number(b[bt[j]]):
                only_listed += rarity
                only_here += rarity
            elif j >= cut:
                beyond += rarity
            else:
                only_listed += rarity
    return score_of_sums(matched, changed, only_here, only_listed, beyond, differ, w), pairs


@njit
def _is_number(code: int) -> bool:
    return 48 <= code <= 57


@njit
def _left(rarity: float, again: bool, w: Floats) -> float:
    """What a word left over weighs, to two decimals."""
    return float(np.floor(rarity * w[AGAIN] * 100.0 + 0.5) / 100.0) if again else rarity


@njit
def said_again(letters: Letters, words: Places, word: int, count: int, met: Floats, side: int) -> bool:
    """Whether a word that is left over also stands elsewhere in its name, and is met there, alone.

    `side` is the column of `met` that says where words of this side begin: 0 here, 2 listed.
    """
    size = words[word + 1] - words[word]
    for p in range(len(met)):
        other = int(met[p, side])
        if met[p, side + 1] != 1.0 or other >= count or words[other + 1] - words[other] != size:
            continue
        same = True
        for place in range(size):
            if letters[words[other] + place] != letters[words[word] + place]:
                same = False
                break
        if same:
            return True
    return False


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
