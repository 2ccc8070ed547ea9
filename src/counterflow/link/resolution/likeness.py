"""The compiled part of comparing: two names word by word, two addresses word by word.

Names are laid side by side by the kernel that also compares them with lists (`matching.name_score.align_into`); here
what it met is read without sides, since neither record is the listed one:

    likeness = (matched - changed) / (matched + 4 contradicted + 0.35 left over)

in nats of rarity: *matched* of the paired words, *changed* what letters that differ take of it, *contradicted* what is
left over on both sides, *left over* what one side says more. `nats` is matched less changed: how much it says that the
names are alike; an initial says little, whatever it stands for.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Array, Kernel, njit
from counterflow.matching.name_bounds import letter_classes
from counterflow.matching.name_score import MAX_LETTERS, MAX_TOKENS, OPEN, OPTIONS, Weights, align_into, cost_table

__all__ = ["LIKE_NAMES", "LIKE_PLACES", "name_room", "place_room"]

Letters = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sets = npt.NDArray[np.uint64]

CONTRADICTED, LEFT_OVER = 4.0, 0.35
INITIAL, INITIAL_NATS = 2, 2.5  # how a pair was met; an initial is shared by one name in twelve or so
PLACE_WORDS = 24  # words of an address that are compared
_ONE_EDIT = 0.8  # likeness of two words of an address that differ by one letter


@njit
def _summed(met: Floats, count: int, aw: Floats, bw: Floats, here: Floats, there: Floats) -> tuple[float, float]:
    """Return likeness and nats of an alignment; `here` and `there` are room for what is left of each word."""
    for i in range(len(aw)):
        here[i] = aw[i]
    for j in range(len(bw)):
        there[j] = bw[j]
    matched = nats = only_here = only_there = 0.0
    for p in range(count):
        rarity = min(met[p, 6], INITIAL_NATS) if met[p, 4] == INITIAL else met[p, 6]
        matched += rarity
        nats += rarity * met[p, 5]
        for i in range(int(met[p, 0]), int(met[p, 0] + met[p, 1])):
            here[i] = 0.0
        for j in range(int(met[p, 2]), int(met[p, 2] + met[p, 3])):
            there[j] = 0.0
    for i in range(len(aw)):
        only_here += here[i]
    for j in range(len(bw)):
        only_there += there[j]
    both = min(only_here, only_there)
    total = matched + CONTRADICTED * both + LEFT_OVER * (max(only_here, only_there) - both)
    return (nats / total if total > 0.0 else 0.0), nats


@njit
def _before(letters: Letters, a0: int, a1: int, b0: int, b1: int) -> bool:
    """Whether a name comes first: the shorter one (which may have been cut off), then by its letters."""
    if a1 - a0 != b1 - b0:
        return a1 - a0 < b1 - b0
    for place in range(a1 - a0):
        if letters[a0 + place] != letters[b0 + place]:
            return bool(letters[a0 + place] < letters[b0 + place])
    return True


@njit
def _like_names(  # noqa: PLR0913, PLR0917
    left: Ints, right: Ints, letters: Letters, words: Ints, names: Ints, rarity: Floats, held: Sets, near: Sets,
    weights: Floats, costs: Floats, light: Sets, least: Floats, rows: Floats, met: Floats, options: Floats,
    here: Floats, there: Floats, likeness: Floats, nats: Floats,
) -> int:  # fmt: skip
    """Write likeness and nats of each pair of names; the same whichever stands left."""
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        if not _before(letters, words[names[a]], words[names[a + 1]], words[names[b]], words[names[b + 1]]):
            a, b = b, a
        a0, a1 = names[a], min(names[a + 1], names[a] + MAX_TOKENS)
        b0, b1 = names[b], min(names[b + 1], names[b] + MAX_TOKENS)
        aw, bw = rarity[a0:a1], rarity[b0:b1]
        _, count = align_into(
            letters, words[a0 : a1 + 1], aw, held[a0:a1], near[a0:a1],
            letters, words[b0 : b1 + 1], bw, held[b0:b1], near[b0:b1],
            weights, costs, light[0], least, rows, met, options, OPEN, OPEN,
        )  # fmt: skip
        likeness[pair], nats[pair] = _summed(met, count, aw, bw, here, there)
    return len(left)


@njit
def _one_edit(letters: Letters, a0: int, a1: int, b0: int, b1: int) -> bool:
    """Whether two words of five letters or more differ by one letter, left out, put in, changed or swapped."""
    if a1 - a0 > b1 - b0:
        a0, a1, b0, b1 = b0, b1, a0, a1
    n, m = a1 - a0, b1 - b0
    if n < 4 or m < 5 or m - n > 1:
        return False
    front = 0
    while front < n and letters[a0 + front] == letters[b0 + front]:
        front += 1
    back = 0
    while back < n - front and letters[a1 - 1 - back] == letters[b1 - 1 - back]:
        back += 1
    left = n - front - back
    if left <= 0 or (left == 1 and n == m):
        return True
    at, bt = a0 + front, b0 + front
    return n == m and left == 2 and bool(letters[at] == letters[bt + 1] and letters[at + 1] == letters[bt])


@njit
def _like_places(  # noqa: PLR0913, PLR0917
    left: Ints, right: Ints, begins: Ints, tokens: npt.NDArray[np.int32], letters: Letters, words: Ints,
    rarity: Floats, number: npt.NDArray[np.bool_], used: npt.NDArray[np.bool_],
    likeness: Floats, nats: Floats, rarest: Floats, numbers: npt.NDArray[np.int8],
) -> int:  # fmt: skip
    """Write likeness, nats, those of the rarest word shared, and what house numbers say.

    Of house numbers: 1 one is shared, -1 both have some and none is, 0 else.
    """
    for pair in range(len(left)):
        a0, b0 = begins[left[pair]], begins[right[pair]]
        n, m = min(begins[left[pair] + 1] - a0, PLACE_WORDS), min(begins[right[pair] + 1] - b0, PLACE_WORDS)
        for j in range(m):
            used[j] = False
        said = top = only_here = only_there = 0.0
        here = there = shared = False
        for i in range(n):
            a = tokens[a0 + i]
            here = here or number[a]
            found, share = -1, 0.0
            for j in range(m):
                if not used[j] and tokens[b0 + j] == a:
                    found, share = j, 1.0
                    break
            if found < 0 and not number[a]:
                for j in range(m):
                    b = tokens[b0 + j]
                    if (
                        not used[j]
                        and not number[b]
                        and _one_edit(letters, words[a], words[a + 1], words[b], words[b + 1])
                    ):
                        found, share = j, _ONE_EDIT
                        break
            if found < 0:
                only_here += rarity[a]
                continue
            used[found] = True
            shared = shared or number[a]
            worth = share * min(rarity[a], rarity[tokens[b0 + found]])
            said, top = said + worth, max(top, worth)
        for j in range(m):
            there = there or number[tokens[b0 + j]]
            if not used[j]:
                only_there += rarity[tokens[b0 + j]]
        both = min(only_here, only_there)
        total = said + both + 0.2 * (max(only_here, only_there) - both)
        likeness[pair], nats[pair], rarest[pair] = (said / total if total > 0.0 else 0.0), said, top
        numbers[pair] = 1 if shared else -1 if here and there else 0
    return len(left)


#: lays names side by side: see `_like_names` for what it takes
LIKE_NAMES = Kernel(
    "like-names",
    _like_names,
    [
        ("i8", 1),
        ("i8", 1),
        ("u4", 1),
        ("i8", 1),
        ("i8", 1),
        ("f8", 1),
        ("u8", 1),
        ("u8", 1),
        ("f8", 1),
        ("f8", 2),
        ("u8", 1),
        ("f8", 1),
        *[("f8", 2)] * 3,
        *[("f8", 1)] * 4,
    ],
    (*(f"counterflow.matching.name_{part}" for part in ("score", "letters", "weights", "consonants")), __name__),
)
#: lays addresses side by side: see `_like_places`
LIKE_PLACES = Kernel(
    "like-places",
    _like_places,
    [("i8", 1)] * 3 + [("i4", 1), ("u4", 1), ("i8", 1), ("f8", 1)] + [("?", 1)] * 2 + [("f8", 1)] * 3 + [("i1", 1)],
    (__name__,),
)


def name_room() -> tuple[Array, ...]:
    """Return weights, costs and room for `LIKE_NAMES`, one for each thread."""
    _, light, least = letter_classes()
    return (
        Weights().array(), cost_table(), np.array([light]), least, np.empty((4, 4 * MAX_LETTERS)),
        np.empty((MAX_TOKENS, 7)), np.empty((OPTIONS, 8)), np.empty(MAX_TOKENS), np.empty(MAX_TOKENS),
    )  # fmt: skip


def place_room() -> npt.NDArray[np.bool_]:
    """Return room for `LIKE_PLACES`, one for each thread."""
    return np.empty(PLACE_WORDS, np.bool_)
