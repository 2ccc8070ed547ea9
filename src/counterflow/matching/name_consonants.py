"""Words written without their vowels beside words written with them: MHMD and mohammed.

Arabic and Hebrew write consonants and long vowels; a Latin spelling puts the short vowels in, each writer in his
own way. The normaliser writes such a word in capitals (`scripts`), and capitals mean here: other vowels may stand
between, unwritten. Two routes rest on that:

* `consonant_likeness` lays such a word beside another: what the script leaves out costs next to nothing to put in, a
  letter that another language reads otherwise (J as g, Q as k, DH as z) costs little, any other change a letter;
* `skeleton_into` writes the classes of consonants of any word, so that both spellings share letter triples and one
  brings the other up as a candidate. This is the idea of Soundex (Russell 1918, US patent 1,261,167), with classes for
  the consonants that romanisations exchange.

What letters cost rests on `data/names.toml` and is kept in the capital rows of `name_score.cost_table`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.normalise import rules

__all__ = ["consonant_likeness", "has_capital", "skeleton_classes", "skeleton_into", "skeletons", "write_costs"]

Letters = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.uint8]

_VOWELS = "aeiou"
_ROOM = 96  # letters of a word that a skeleton is made of
_SLOPE = 1.6  # how much faster likeness falls than the share of letters changed
_LEAST = 0.6  # likeness below which two words are different words


def write_costs(costs: Floats) -> None:
    """Write into the capital rows and columns of a 128 by 128 table what `data/names.toml` says of consonants.

    `costs[C, c]` is the cost of reading capital `C` as `c`; `costs[C, 0]` that of leaving `C` out; `costs[0, c]`
    stays as it is, since what putting in a small letter costs depends on where (see `consonant_likeness`).
    """
    said = rules().data["consonants"]
    capitals = range(ord("A"), ord("Z") + 1)
    for code in capitals:
        costs[code, :] = costs[:, code] = 1.0
        costs[code, code] = costs[code, code + 32] = costs[code + 32, code] = 0.0
    for capital, readings in said["readings"].items():
        for letter, cost in readings.items():
            for other in (ord(letter), ord(letter.upper())):
                if other != ord(capital):
                    costs[ord(capital), other] = costs[other, ord(capital)] = cost
    for capital, cost in said["left_out"].items():
        costs[ord(capital), 0] = costs[0, ord(capital)] = cost


@cache
def skeleton_classes() -> Classes:
    """Return for each ASCII letter the class it has in a skeleton, 0 for none; capitals as small letters."""
    classes = np.zeros(128, dtype=np.uint8)
    classes[ord("0") : ord("9") + 1] = np.arange(ord("0"), ord("9") + 1)
    for group in rules().data["consonants"]["classes"]:
        for letter in group:
            classes[ord(letter)] = classes[ord(letter.upper())] = ord(group[0])
    return classes


def skeletons(words: list[str]) -> list[str]:
    """Return the skeleton of each word; a word without consonants has none.

    >>> skeletons(["mohammed", "MHMD", "gaddafi", "QDHAFY", "ali"])
    ['mhmt', 'mhmt', 'ktf', 'ktf', 'l']
    """
    classes, out = skeleton_classes(), np.empty(_ROOM, np.uint64)
    found = []
    for word in words:
        letters = np.frombuffer(word.encode("utf-32-le"), dtype=np.uint32)
        count = skeleton_into(letters, 0, len(letters), classes, out)
        found.append("".join(map(chr, out[:count].tolist())))
    return found


@njit
def has_capital(letters: Letters, begin: int, end: int) -> bool:
    """Whether a word is written without its vowels: it holds a capital."""
    for place in range(begin, end):  # noqa: SIM110 - numba compiles loops
        if 65 <= letters[place] <= 90:
            return True
    return False


@njit
def _is_vowel(code: Any) -> bool:
    return code in (97, 101, 105, 111, 117)


@njit
def _may_be_vowel(code: Any) -> bool:
    """Whether a capital is A, W or Y."""
    return code in (65, 87, 89)


@njit
def _opens_digraph(code: Any) -> bool:
    """Whether a small letter is the first of sh, kh, gh, dh, th, ch, zh or ph."""
    return code in (115, 107, 103, 100, 116, 99, 122, 112)


@njit
def skeleton_into(letters: Letters, begin: int, end: int, classes: Classes, out: npt.NDArray[np.uint64]) -> int:
    """Write the classes of the consonants of a word into `out`; return how many.

    Vowels, w and y have no class; nor has an h that ends a word or is the second half of a digraph. A consonant
    written double counts once; two equal capitals count twice, since a vowel stands between them unwritten.
    """
    count = 0
    last = previous = np.uint32(0)
    for place in range(begin, min(end, begin + len(out))):
        code = letters[place]
        capital = 65 <= code <= 90
        small = code + np.uint32(32) if capital else code
        if small == 104 and (place == end - 1 or _opens_digraph(previous)):
            previous = small
            continue
        group = np.uint32(classes[small]) if small < 128 else small
        if group != 0 and (capital or group != last):
            out[count] = group
            count += 1
        last, previous = group, small
    return count


@njit
def _put_in(b: Letters, place: int, b0: int, b1: int) -> float:
    """What it costs to put a small letter into a word written without vowels."""
    code = b[place]
    before = b[place - 1] if place > b0 else np.uint32(0)
    if _is_vowel(code):
        # The script writes something for a vowel that begins a word, and mostly for a long one.
        return 0.4 if place == b0 else 0.1 if _is_vowel(before) else 0.02
    if code == before:
        return 0.02
    if code == 104:
        return 0.05 if place == b1 - 1 or _opens_digraph(before) else 0.5
    if code in (119, 121):
        return 0.3
    after = b[place + 1] if place < b1 - 1 else np.uint32(0)
    # dj and tch are one letter elsewhere, and ch or th begin with a letter that is hardly heard
    if code == 99 and after == 104:  # ch for the Hebrew het
        return 0.15
    return 0.1 if (code == 100 and after == 106) or (code == 116 and after == 99) else 1.0


@njit
def _leave_out(a: Letters, place: int, a0: int, a1: int, costs: Floats) -> float:
    """What it costs to leave a letter of the word without vowels out."""
    code = a[place]
    before = a[place - 1] if place > a0 else np.uint32(0)
    if code == 72:
        return 0.1 if place == a1 - 1 or _opens_digraph(before + np.uint32(32)) else costs[code, 0]
    after = a[place + 1] if place < a1 - 1 else np.uint32(0)
    if code == 84 and after == 90:  # tz or z for the Hebrew tsade
        return 0.15
    if _may_be_vowel(code) and (_may_be_vowel(before) or _may_be_vowel(after)):
        return 0.2  # two such letters may write one vowel: ay in Isa, aw in Usama
    if code == 65 and place == a0:
        return 0.5
    if code == 97 or (code == 108 and before == 97):  # the article, its l too: ash-shami, ed-din
        return 0.2 if code == 97 else 0.1
    return costs[code, 0] if code < 128 else 1.0


@njit
def _weighs(letters: Letters, begin: int, end: int) -> float:
    """How many letters of a word carry it: its consonants, and half for those that may stand for a vowel.

    A second letter of a digraph, an h at the end and a letter written double carry nothing.
    """
    total = 0.0
    before = np.uint32(0)
    for place in range(begin, end):
        code = letters[place]
        small = code + np.uint32(32) if 65 <= code <= 90 else code
        if code in (65, 87, 89, 119, 121):
            total += 0.5
        elif not (_is_vowel(code) or code == before or (small == 104 and (place == end - 1 or _opens_digraph(before)))):
            total += 1.0
        before = small
    return total


@njit
def consonant_likeness(
    a: Letters, a0: int, a1: int, b: Letters, b0: int, b1: int, costs: Floats, rows: Floats
) -> float:
    """How alike two words are of which one or both are written without vowels, 0 to 1.

    Weighted edit distance (Wagner and Fischer 1974, J. ACM 21(1)) over the number of letters that carry the longer
    word. `a0` to `a1` and `b0` to `b1` are the letters of the words, at most `MAX_LETTERS` each; `costs` is
    `name_score.cost_table()` and `rows` room for four rows, as for `name_score.align_into`.
    """
    if not has_capital(a, a0, a1):
        a, a0, a1, b, b0, b1 = b, b0, b1, a, a0, a1
    both = has_capital(b, b0, b1)
    n, m = a1 - a0, b1 - b0
    last, this, puts = rows[0], rows[1], rows[2]
    last[0] = 0.0
    for j in range(m):
        puts[j] = _leave_out(b, b0 + j, b0, b1, costs) if both else _put_in(b, b0 + j, b0, b1)
        last[j + 1] = last[j] + puts[j]
    for i in range(n):
        x = a[a0 + i]
        gap = _leave_out(a, a0 + i, a0, a1, costs)
        # the small a of the article is any vowel: el-, ul-
        row = costs[65 if x == 97 else x if x < 128 else 127]
        this[0] = last[0] + gap
        for j in range(m):
            y = b[b0 + j]
            change = 0.0 if x == y else row[y] if y < 128 else 1.0
            if x == 65 and i == 0 and j == 0 and _is_vowel(y):
                change = 0.0
            elif i < n - 1 and a[a0 + i + 1] == 72 and ((x == 84 and y == 115) or (x == 68 and y == 122)):
                change = 0.1  # th is s and dh is z from Turkey to India
            elif x == 89 and y == 97 and i == n - 1 and j == m - 1:
                change = 0.1  # a y at the end may be a long a: Isa, Mustafa
            this[j + 1] = min(last[j] + change, last[j + 1] + gap, this[j] + puts[j])
        last, this = this, last
    carried = max(_weighs(a, a0, a1), _weighs(b, b0, b1), 1.0)
    likeness = 1.0 - _SLOPE * last[m] / carried
    return float(min(likeness, 0.99) if likeness >= _LEAST else 0.0)
