"""Two names side by side as a line of text, written where they are laid: for lines by the ten thousand.

What is written is what `name_alignment.Alignment.in_words` says, phrase by phrase from the same table; a test holds
both to the same lines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.matching.name_score import cut_after, said_again
from counterflow.matching.name_weights import AGAIN

__all__ = ["ROOM_A_WORD", "tell"]

Letters = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

#: Bytes that are enough for what is said of one word beside its letters; a line needs as much again.
ROOM_A_WORD = 64
# Places in the table of phrases.
_SAME, _LIKE, _OPEN, _TIMES, _CLOSE, _NEXT, _DIFFER, _MET, _LEFT = 0, 1, 2, 3, 4, 5, 6, 7, 12


@njit
def _phrase(number: int, phrases: Bytes, begins: Ints, text: Bytes, at: int) -> int:
    """Write a phrase; return where the next stands."""
    for place in range(begins[number], begins[number + 1]):
        text[at] = phrases[place]
        at += 1
    return at


@njit
def _number(value: float, decimals: int, text: Bytes, at: int) -> int:
    """Write a number of 0 or more to so many decimals; return where the next stands."""
    scale = 1
    for _ in range(decimals):
        scale *= 10
    whole = int(np.floor(value * scale + 0.5))
    highest = scale
    while highest * 10 <= whole:
        highest *= 10
    while highest > 0:
        text[at] = 48 + (whole // highest) % 10
        at += 1
        if highest == scale:
            text[at] = 46
            at += 1
        highest //= 10
    return at


@njit
def _words(letters: Letters, places: Ints, first: int, count: int, text: Bytes, at: int) -> int:
    """Write words with blanks between them, as UTF-8; return where the next stands."""
    for word in range(first, first + count):
        if word > first:
            text[at] = 32
            at += 1
        for place in range(places[word], places[word + 1]):
            code = letters[place]
            if code < 0x80:
                text[at] = code
                at += 1
            elif code < 0x800:
                text[at], text[at + 1] = 0xC0 | (code >> 6), 0x80 | (code & 0x3F)
                at += 2
            elif code < 0x10000:
                text[at], text[at + 1] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 0x3F)
                text[at + 2] = 0x80 | (code & 0x3F)
                at += 3
            else:
                text[at], text[at + 1] = 0xF0 | (code >> 18), 0x80 | ((code >> 12) & 0x3F)
                text[at + 2], text[at + 3] = 0x80 | ((code >> 6) & 0x3F), 0x80 | (code & 0x3F)
                at += 4
    return at


@njit
def _left_over(  # noqa: PLR0913, PLR0917
    letters: Letters, places: Ints, word: int, rarity: float, how: int, again: bool, w: Floats,
    phrases: Bytes, begins: Ints, text: Bytes, at: int,
) -> int:  # fmt: skip
    """Write a word that met nothing, with the blank before the next; `how` is 0 here, 1 listed, 2 beyond the cut."""
    at = _words(letters, places, word, 1, text, at)
    at = _phrase(_LEFT + 2 * how + (1 if again else 0), phrases, begins, text, at)
    weighs = np.floor(rarity * w[AGAIN] * 100.0 + 0.5) / 100.0 if again else rarity
    at = _number(weighs, 2, text, at)
    return _phrase(_NEXT, phrases, begins, text, _phrase(_CLOSE, phrases, begins, text, at))


@njit
def tell(  # noqa: PLR0913, PLR0917
    a: Letters, at: Ints, aw: Floats, b: Letters, bt: Ints, bw: Floats, met: Floats, differ: bool, w: Floats,
    phrases: Bytes, begins: Ints, text: Bytes, start: int,
) -> int:  # fmt: skip
    """Write how two names lie side by side from `start` on; return where the text ends.

    Letters, places, rarities and `w` are as for `name_score.align_into`, `met` is what it wrote; `differ` says whether
    the kinds of the parties contradict each other. Of phrase p the bytes are `phrases[begins[p]:begins[p + 1]]`.
    """
    n, m, end = len(aw), len(bw), start
    used_a, used_b = 0, 0
    for p in range(len(met)):
        i, ni, j, nj = int(met[p, 0]), int(met[p, 1]), int(met[p, 2]), int(met[p, 3])
        how = int(met[p, 4])
        used_a |= ((1 << ni) - 1) << i
        used_b |= ((1 << nj) - 1) << j
        end = _words(a, at, i, ni, text, end)
        end = _phrase(_SAME if how == 0 else _LIKE, phrases, begins, text, end)
        end = _words(b, bt, j, nj, text, end)
        end = _phrase(_MET + how, phrases, begins, text, _phrase(_OPEN, phrases, begins, text, end))
        end = _number(met[p, 5], 3, text, end)
        end = _number(met[p, 6], 2, text, _phrase(_TIMES, phrases, begins, text, end))
        end = _phrase(_NEXT, phrases, begins, text, _phrase(_CLOSE, phrases, begins, text, end))
    for i in range(n):
        if not used_a >> i & 1:
            again = said_again(a, at, i, n, met, 0)
            end = _left_over(a, at, i, aw[i], 0, again, w, phrases, begins, text, end)
    cut = cut_after(used_a, used_b, met, at, n, m)
    for j in range(m):
        if not used_b >> j & 1:
            again, how = said_again(b, bt, j, m, met, 2), 2 if j >= cut else 1
            end = _left_over(b, bt, j, bw[j], how, again, w, phrases, begins, text, end)
    if differ:
        return _phrase(_DIFFER, phrases, begins, text, end)
    return max(start, end - int(begins[_NEXT + 1] - begins[_NEXT]))
