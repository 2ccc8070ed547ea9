"""The compiled part of the name index: what is worked out once for names, and looking names up among listed ones.

`PREPARE` works out letters held, bags of words and postings; `MATCH` searches and lays names side by side, in one
kernel so that what both need is compiled once. What each array is stands in `name_sides`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import Kernel, njit
from counterflow.matching.name_bounds import ceiling, letters_held
from counterflow.matching.name_consonants import has_capital
from counterflow.matching.name_grams import SHARE, Postings, count_slots, gather, slots_of, vector
from counterflow.matching.name_score import MAX_TOKENS, align_into, kinds_differ
from counterflow.matching.name_sides import Found, Laid, Lines, Listed, Room, Side, Tables
from counterflow.matching.name_told import tell
from counterflow.matching.name_word_rarity import word_hash

__all__ = ["BLOCK", "EXACT", "MATCH", "PREPARE", "REORDERED", "SAME_WORDS", "SIMILAR"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sets = npt.NDArray[np.uint64]

EXACT, REORDERED, SIMILAR = 0, 1, 2
BLOCK = 64  # sums looked at in one go
SAME_WORDS = 256  # listed names of the same words that are looked at for one name


@njit
def _earlier(value: int, key: int, other: int, other_key: int) -> bool:
    """Whether the first comes before the second: higher value, then smaller key."""
    return value > other or (value == other and key < other_key)


@njit
def _best(room: Room, least: int, kept: int, most: int, per_entry: int, listed: Listed) -> int:
    """Add the names whose sum is at least `least` to `room.best`, best first, and clear the sums.

    At most `most` names and `per_entry` of one entry; ties go to the smaller key. Names among the first `kept` are
    there already. Returns how many there are.
    """
    bar = _bar(room, least, kept + most)
    count = _above(room, bar, kept, most, per_entry, listed)
    if bar > least and count < kept + most:
        # Too many of those above it were names of one entry.
        count = _above(room, least, kept, most, per_entry, listed)
    sums = room.sums
    for name in range(np.uint64(len(sums))):
        sums[name] = 0
    return count


@njit
def _bar(room: Room, least: int, most: int) -> int:
    """Write the highest sum of every block; return the highest but `most` of these: so many names reach it."""
    top, filled = room.share[len(room.share) - most :], 0
    for block in range(len(room.highest)):
        here = np.uint64(block * BLOCK)
        highest = np.int32(0)
        for name in range(here, min(here + np.uint64(BLOCK), np.uint64(len(room.sums)))):
            highest = max(highest, room.sums[name])
        room.highest[block] = highest
        if highest >= least and (filled < most or highest > top[most - 1]):
            place = min(filled, most - 1)
            while place > 0 and top[place - 1] < highest:
                top[place] = top[place - 1]
                place -= 1
            top[place] = highest
            filled = min(filled + 1, most)
    return int(top[most - 1]) if filled == most else least


@njit
def _above(room: Room, bar: int, kept: int, most: int, per_entry: int, listed: Listed) -> int:
    """Add the names whose sum is at least `bar` to `room.best`; return how many there are."""
    first, lowest = kept, np.int32(bar)
    for block in range(len(room.highest)):
        if room.highest[block] < lowest:
            continue
        here = np.uint64(block * BLOCK)
        for name in range(here, min(here + np.uint64(BLOCK), np.uint64(len(room.sums)))):
            if room.sums[name] >= lowest:
                kept = _keep(room, np.int64(name), first, kept, most, per_entry, listed)
                if kept == first + most:
                    lowest = room.share[kept - 1]
    return kept


@njit
def _keep(room: Room, name: np.int64, first: int, kept: int, most: int, per_entry: int, listed: Listed) -> int:
    """Put one name among the best, if it is one of them; return how many there are."""
    best, share = room.best, room.share
    value, key, owner = room.sums[name], listed.key[name], listed.owner[name]
    drop, same = kept, 0
    for place in range(kept):
        if best[place] == name:
            return kept
        if place >= first and listed.owner[best[place]] == owner:
            same += 1
            if same == per_entry:
                drop = place
    if same < per_entry and kept == first + most:
        drop = kept - 1
    if drop < kept and not _earlier(value, key, share[drop], listed.key[best[drop]]):
        return kept
    if drop == kept:
        kept += 1
    while drop > first and _earlier(value, key, share[drop - 1], listed.key[best[drop - 1]]):
        best[drop], share[drop] = best[drop - 1], share[drop - 1]
        drop -= 1
    best[drop], share[drop] = name, value
    return kept


@njit
def _same_letters(a: Side, i: int, b: Side, j: int) -> bool:
    """Whether two names are the same words in the same order."""
    first, other = a.names[i], b.names[j]
    if a.names[i + 1] - first != b.names[j + 1] - other:
        return False
    for word in range(a.names[i + 1] - first):
        begin, there = a.words[first + word], b.words[other + word]
        size = a.words[first + word + 1] - begin
        if b.words[other + word + 1] - there != size:
            return False
        for place in range(size):
            if a.letters[begin + place] != b.letters[there + place]:
                return False
    return True


@njit
def _candidates(
    a: Side, name: int, listed: Listed, first: Postings, second: Postings, tables: Tables, room: Room, options: Floats
) -> int:
    """Write the listed names worth laying beside a name to `room.best`; return how many.

    Those of the same words come first, then the best of the route of letters, then those of the route of consonants.
    Where words are written without vowels their letters say little: the two routes change places in how many they give.
    """
    kept = 0
    place = np.searchsorted(listed.bags, a.bag[name])
    while place < len(listed.bags) and listed.bags[place] == a.bag[name] and kept < SAME_WORDS:
        room.best[kept], room.share[kept] = listed.bag_names[place], 0
        kept += 1
        place += 1
    begin, end = a.names[name], a.names[name + 1]
    unwritten = has_capital(a.letters, a.words[begin], a.words[end])
    for route in range(2):
        postings = first if route == 0 else second
        most = int(options[1 - route]) if unwritten else int(options[route])
        if route == 1 and kept < int(options[6]):
            most = max(most, int(options[6]))  # where few share letters, there are still as many as are asked for
        if most == 0:
            continue
        count = slots_of(a.letters, a.words, a.legal, begin, end, route, tables.classes, room.skeleton, room.slots)
        distinct, square = vector(room.slots, count, postings.weights, room.values)
        gather(room.slots, room.values, distinct, postings, room.sums)
        least = max(1, int(options[2 + route] * np.sqrt(square) * SHARE))
        kept = _best(room, least, kept, most, int(options[4]), listed)
    return kept


@njit
def _before(score: float, how: int, key: int, other: float, other_how: int, other_key: int) -> bool:
    """Whether a hit stands before another: by score, then the closer way, then the key."""
    if score != other:
        return score > other
    return how < other_how or (how == other_how and key < other_key)


@njit
def _put(found: Found, base: int, filled: int, top: int, number: int, how: int, score: float, listed: Listed) -> int:
    """Put a hit among the best entries of a name, one name of each entry; return how many there are."""
    key, owner = listed.key[number], listed.owner[number]
    place = filled
    for row in range(filled):
        other = found.listed[base + row]
        if listed.owner[other] == owner:
            if not _before(score, how, key, found.score[base + row], found.how[base + row], listed.key[other]):
                return filled
            place = row
            break
    if place == top:
        last = base + top - 1
        if not _before(score, how, key, found.score[last], found.how[last], listed.key[found.listed[last]]):
            return filled
        place = top - 1
    elif place == filled:
        filled += 1
    while place > 0:
        at = base + place - 1
        if not _before(score, how, key, found.score[at], found.how[at], listed.key[found.listed[at]]):
            break
        found.listed[at + 1], found.how[at + 1], found.score[at + 1] = (
            found.listed[at],
            found.how[at],
            found.score[at],
        )
        place -= 1
    at = base + place
    found.listed[at], found.how[at], found.score[at] = number, how, score
    return filled


@njit
def _search(  # noqa: PLR0913, PLR0917
    a: Side, asked: npt.NDArray[np.bool_], b: Side, listed: Listed, first: Postings, second: Postings,
    tables: Tables, room: Room, options: Floats, found: Found,
) -> int:  # fmt: skip
    """Write the best entries of each name that is asked for; return how many hits there are in all."""
    threshold, top, total = options[5], int(options[6]), 0
    w, light, least = tables.weights, tables.light[0], tables.least
    for name in range(len(a.names) - 1):
        filled = 0
        kept = 0
        if asked[name]:
            kept = _candidates(a, name, listed, first, second, tables, room, options)
        lo, hi = a.names[name], min(a.names[name + 1], a.names[name] + MAX_TOKENS)
        at, aw, ah, an = a.words[lo : hi + 1], a.rarity[lo:hi], a.held[lo:hi], a.near[lo:hi]
        for k in range(kept):
            other = room.best[k]
            begin, end = b.names[other], min(b.names[other + 1], b.names[other] + MAX_TOKENS)
            bt, bw, bh, bn = b.words[begin : end + 1], b.rarity[begin:end], b.held[begin:end], b.near[begin:end]
            same = a.bag[name] == b.bag[other]
            if not same:
                bar = threshold if filled < top else max(threshold, found.score[name * top + top - 1])
                most = 1.0 if bar <= 0.0 else ceiling(
                    a.letters, at, aw, ah, an, b.letters, bt, bw, bh, bn, w, light, least, room.reach, room.cap,
                    a.kind[name], b.kind[other],
                )  # fmt: skip
                if most < bar:
                    continue
            score, _ = align_into(
                a.letters, at, aw, ah, an, b.letters, bt, bw, bh, bn, w, tables.costs, light, least,
                room.rows, room.met, room.options,
                a.kind[name], b.kind[other],
            )  # fmt: skip
            if not same and score < threshold:
                continue
            how = SIMILAR
            if same:
                how = EXACT if _same_letters(a, name, b, other) else REORDERED
            filled = _put(found, name * top, filled, top, other, how, score, listed)
        found.filled[name] = filled
        found.candidates[name] = kept
        total += filled
    return total


@njit
def _lay(a: Side, rows: Ints, b: Side, numbers: Ints, tables: Tables, room: Room, laid: Laid, lines: Lines) -> int:
    """Lay name `rows[k]` of one side beside name `numbers[k]` of the other: score, and pairs and lines if asked for."""
    filled = 0
    for k in range(len(rows)):
        lo, hi = a.names[rows[k]], min(a.names[rows[k] + 1], a.names[rows[k]] + MAX_TOKENS)
        begin, end = b.names[numbers[k]], min(b.names[numbers[k] + 1], b.names[numbers[k]] + MAX_TOKENS)
        at, aw, bt, bw = a.words[lo : hi + 1], a.rarity[lo:hi], b.words[begin : end + 1], b.rarity[begin:end]
        kind_a, kind_b = a.kind[rows[k]], b.kind[numbers[k]]
        met = laid.met[k * MAX_TOKENS : (k + 1) * MAX_TOKENS] if len(laid.met) else room.met
        score, count = 0.0, 0
        if lo < hi and begin < end:
            score, count = align_into(
                a.letters, at, aw, a.held[lo:hi], a.near[lo:hi],
                b.letters, bt, bw, b.held[begin:end], b.near[begin:end],
                tables.weights, tables.costs, tables.light[0], tables.least, room.rows, met, room.options,
                kind_a, kind_b,
            )  # fmt: skip
        laid.score[k], laid.pairs[k] = score, count
        if len(lines.ends):
            filled = tell(
                a.letters, at, aw, b.letters, bt, bw, met[:count], kinds_differ(kind_a, kind_b), tables.weights,
                lines.phrases, lines.begins, lines.text, filled,
            )  # fmt: skip
            lines.ends[k] = filled
    return len(rows)


@njit
def _bags(letters: npt.NDArray[np.uint32], words: Ints, names: Ints, bag: Sets) -> None:
    """Write one number for the words of each name in any order: the sum of a hash of each."""
    for name in range(len(names) - 1):
        total = np.uint64(names[name + 1] - names[name])
        for word in range(names[name], names[name + 1]):
            total += word_hash(letters, words[word], words[word + 1])
        bag[name] = total


@njit
def _prepare(  # noqa: PLR0913, PLR0917
    job: Ints, letters: npt.NDArray[np.uint32], words: Ints, names: Ints, legal: npt.NDArray[np.bool_],
    apart: npt.NDArray[np.bool_], near_letters: Sets, held: Sets, near: Sets, bag: Sets,
    classes: npt.NDArray[np.uint8], weights: npt.NDArray[np.uint16], begins: Ints, holders: npt.NDArray[np.uint32],
    shares: npt.NDArray[np.uint16], skeleton: Sets, slots: Ints, values: Ints,
) -> int:  # fmt: skip
    if job[0] == 0:
        letters_held(letters, words, near_letters, held, near)
        _bags(letters, words, names, bag)
        return len(words)
    return count_slots(
        letters, words, names, legal, apart, job[1], classes, weights, begins, holders, shares, skeleton, slots, values
    )


@njit
def _match(*x: Any) -> int:
    """Take the arrays of `MATCH` apart and do the job: 0 search, 1 lay names side by side."""
    a, b, tables, room = Side(*x[1:10]), Side(*x[10:19]), Tables(*x[19:25]), Room(*x[25:37])
    if x[0][0] == 0:
        return _search(
            a,
            x[37],
            b,
            Listed(*x[38:43]),
            Postings(*x[43:47]),
            Postings(*x[47:51]),
            tables,
            room,
            x[51],
            Found(*x[52:57]),
        )
    return _lay(a, x[57], b, x[58], tables, room, Laid(*x[59:62]), Lines(*x[62:66]))


_SIDE = [("u4", 1), ("i8", 1), ("i8", 1), ("?", 1), ("f8", 1), ("u8", 1), ("u8", 1), ("u8", 1), ("i1", 1)]
_TABLES = [("f8", 1), ("f8", 2), ("u8", 1), ("u8", 1), ("f8", 1), ("u1", 1)]
_ROOM = [("i8", 1), ("i8", 1), ("u8", 1), ("f8", 2), ("f8", 2), ("f8", 2), ("f8", 1), ("f8", 1)]
_ROOM += [("i4", 1), ("i4", 1), ("i4", 1), ("i4", 1)]
_LISTED = [("i4", 1), ("u8", 1), ("?", 1), ("u8", 1), ("i4", 1)]
_POSTINGS = [("u2", 1), ("i8", 1), ("u4", 1), ("u2", 1)]
_FOUND = [("i4", 1), ("i1", 1), ("f8", 1), ("i4", 1), ("i4", 1)]
_LAID = [("i8", 1), ("i8", 1), ("f8", 1), ("i4", 1), ("f8", 2)]
_LINES = [("u1", 1), ("i8", 1), ("u1", 1), ("i8", 1)]
_PARTS = ("kernels", "sides", "told", "bounds", "score", "letters", "weights", "consonants", "grams", "word_rarity")
_SOURCES = [f"counterflow.matching.name_{part}" for part in _PARTS]

#: job (0 search, 1 lay); sides a, b; tables; room; asked; listed; postings of both routes; options; found; laid; lines
MATCH = Kernel(
    "names",
    _match,
    [
        ("i8", 1),
        *_SIDE,
        *_SIDE,
        *_TABLES,
        *_ROOM,
        ("?", 1),
        *_LISTED,
        *_POSTINGS,
        *_POSTINGS,
        ("f8", 1),
        *_FOUND,
        *_LAID,
        *_LINES,
    ],
    _SOURCES,
)
#: job (0 letters and bags, 1 postings) and route; then as `_prepare` names them
PREPARE = Kernel(
    "names-prepare",
    _prepare,
    [
        ("i8", 1), ("u4", 1), ("i8", 1), ("i8", 1), ("?", 1), ("?", 1), ("u8", 1), ("u8", 1), ("u8", 1), ("u8", 1),
        ("u1", 1), ("u2", 1), ("i8", 1), ("u4", 1), ("u2", 1), ("u8", 1), ("i8", 1), ("i8", 1),
    ],
    _SOURCES,
)  # fmt: skip
