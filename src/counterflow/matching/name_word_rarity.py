"""The rarity of many words at once: what `name_rarity.rarity` says of each, compiled.

Words are looked up by a hash of 64 bits in tables of the frozen statistics. The tables are worked out once for each
version of the statistics and kept beside the compiled code; a test holds both ways to the same figures.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.array_file import read_arrays, write_arrays
from counterflow.matching.machine_code import Array, Kernel, cache_folders, njit
from counterflow.matching.name_consonants import has_capital, skeleton_classes, skeleton_into
from counterflow.matching.normalise import VERSION as NORMALISER

__all__ = ["word_hash", "word_rarities"]

Letters = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

_FILE = "counterflow rarity of words 1"
_LONGEST = 64  # letters of a word that is compared with company forms; these are shorter


@njit(inline="always")
def _stir(mixed: np.uint64, code: np.uint64) -> np.uint64:
    """One step of FNV-1a (Fowler, Noll and Vo), with code points for bytes."""
    return (mixed ^ code) * np.uint64(0x100000001B3)


@njit(inline="always")
def _settle(mixed: np.uint64) -> np.uint64:
    """Mix a hash to the end: the finaliser of MurmurHash3 (Appleby)."""
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return mixed ^ (mixed >> np.uint64(33))


@njit
def word_hash(letters: Letters, begin: int, end: int) -> np.uint64:
    """Return one number for a word."""
    mixed = np.uint64(0xCBF29CE484222325)
    for place in range(begin, end):
        mixed = _stir(mixed, np.uint64(letters[place]))
    return _settle(mixed)


@njit
def _worth(key: np.uint64, keys: Hashes, values: Floats) -> float:
    """Return the value of a hash in a table in order; -1 where it is not in it."""
    at = np.searchsorted(keys, key)
    if at < len(keys) and keys[at] == key:
        return float(values[at])
    return -1.0


@njit
def _changes(a: Letters, a0: int, n: int, b: Letters, b0: int, m: int, rows: npt.NDArray[np.int32]) -> int:
    """Letters to change, leave out, put in or swap (optimal string alignment; Boytsov 2011, section 2.1)."""
    before, last, this = rows[0], rows[1], rows[2]
    for j in range(m + 1):
        last[j] = j
    for i in range(1, n + 1):
        this[0] = i
        x = a[a0 + i - 1]
        for j in range(1, m + 1):
            y = b[b0 + j - 1]
            best = min(last[j - 1] + (0 if x == y else 1), last[j] + 1, this[j - 1] + 1)
            if i > 1 and j > 1 and x == b[b0 + j - 2] and y == a[a0 + i - 2]:
                best = min(best, before[j - 2] + 1)
            this[j] = best
        before, last, this = last, this, before
    return int(last[m])


@njit
def _letter_set(letters: Letters, begin: int, end: int) -> np.uint64:
    """The letters of a word as bits; that others share a bit only lets more words through."""
    held = np.uint64(0)
    for place in range(begin, end):
        held |= np.uint64(1) << np.uint64(letters[place] & np.uint32(63))
    return held


@njit
def _bits(held: np.uint64) -> int:
    count = 0
    while held:
        held &= held - np.uint64(1)
        count += 1
    return count


@njit
def _is_garbled_form(
    letters: Letters, begin: int, size: int, forms: Letters, words: Ints, rows: npt.NDArray[np.int32]
) -> bool:
    """Whether a word is one letter from a company form, or two from a longer one: `name_rarity` says when."""
    if size < 4 or size >= _LONGEST:
        return False
    held = _letter_set(letters, begin, begin + size)
    for form in range(len(words) - 1):
        first = words[form]
        length = words[form + 1] - first
        most = 2 if length >= 7 and letters[begin + size - 1] == forms[first + length - 1] else 1
        # A letter changed is at most one letter less and one more.
        if abs(length - size) > most or _bits(held ^ _letter_set(forms, first, first + length)) > 2 * most:
            continue
        if _changes(letters, begin, size, forms, first, length, rows) <= most:
            return True
    return False


@njit
def _of_parts(
    letters: Letters, begin: int, end: int, syllables: Hashes, by_syllable: Floats, words: Hashes, by_word: Floats
) -> float:
    """How rare two known syllables or words are that make up a word; infinite where none do."""
    least = np.inf
    mixed = np.uint64(0xCBF29CE484222325)
    for cut in range(begin + 1, end - 1):
        mixed = _stir(mixed, np.uint64(letters[cut - 1]))
        if cut < begin + 2:
            continue
        one, other = _settle(mixed), word_hash(letters, cut, end)
        first, last = _worth(one, syllables, by_syllable), _worth(other, syllables, by_syllable)
        if first < 0.0 or last < 0.0:
            first, last = _worth(one, words, by_word), _worth(other, words, by_word)
        if first >= 0.0 and last >= 0.0:
            least = min(least, first + last)
    return float(least)


@njit
def _rarities(  # noqa: PLR0913, PLR0917
    letters: Letters, words: Ints, rarity: Floats, legal: npt.NDArray[np.bool_],
    known: Hashes, by_known: Floats, forms_of_law: npt.NDArray[np.bool_], shares: Hashes, by_share: Floats,
    syllables: Hashes, by_syllable: Floats, skeletons: Hashes, by_skeleton: Floats,
    forms: Letters, form_words: Ints, numbers: Floats, classes: npt.NDArray[np.uint8],
    skeleton: Hashes, rows: npt.NDArray[np.int32],
) -> int:  # fmt: skip
    """Write the rarity of each word and whether it is a company form; nan for a word that is not plain ASCII."""
    garbled, least, letter, unseen, short, by_letter, digit, number = (
        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7],
    )  # fmt: skip
    for word in range(len(words) - 1):
        begin, end = words[word], words[word + 1]
        size = end - begin
        key = word_hash(letters, begin, end)
        at = np.searchsorted(known, key)
        legal[word] = False
        if at < len(known) and known[at] == key:
            rarity[word], legal[word] = by_known[at], forms_of_law[at]
            continue
        digits, plain = True, True
        for place in range(begin, end):
            code = letters[place]
            digits = digits and 48 <= code <= 57
            plain = plain and (48 <= code <= 57 or 65 <= code <= 90 or 97 <= code <= 122)
        if not plain:
            rarity[word] = np.nan
            continue
        if digits:
            value = min(1.0 + digit * size, number)
        elif has_capital(letters, begin, end):
            count = skeleton_into(letters, begin, end, classes, skeleton)
            mixed = np.uint64(0xCBF29CE484222325)
            for place in range(count):
                mixed = _stir(mixed, skeleton[place])
            share = _worth(_settle(mixed), skeletons, by_skeleton)
            value = max(min(share, unseen), least) if share >= 0.0 else unseen
        elif _is_garbled_form(letters, begin, size, forms, form_words, rows):
            value = garbled
        else:
            alone = min(unseen, short + by_letter * size) if size > 1 else letter
            parts = _of_parts(letters, begin, end, syllables, by_syllable, shares, by_share)
            value = max(min(alone, parts), least)
        rarity[word] = np.floor(value * 100.0 + 0.5) / 100.0
    return len(words) - 1


_TABLE = [("u8", 1), ("f8", 1)]
_KERNEL = Kernel(
    "names-rarity",
    _rarities,
    [
        ("u4", 1), ("i8", 1), ("f8", 1), ("?", 1), *_TABLE, ("?", 1), *_TABLE, *_TABLE, *_TABLE,
        ("u4", 1), ("i8", 1), ("f8", 1), ("u1", 1), ("u8", 1), ("i4", 2),
    ],
    [f"counterflow.matching.name_{part}" for part in ("word_rarity", "consonants")],
)  # fmt: skip


def word_rarities(letters: Letters, words: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the rarity of each word in nats, and whether it is a company form.

    Args:
        letters: code points of all words.
        words: where each word begins in `letters`, with the end of the last.
    """
    total = len(words) - 1
    rarity, legal = np.empty(total), np.empty(total, np.bool_)
    room = skeleton_classes(), np.empty(2 * _LONGEST, np.uint64), np.empty((3, 2 * _LONGEST), np.int32)
    _KERNEL(letters, words, rarity, legal, *_tables().values(), *room)
    left = np.flatnonzero(np.isnan(rarity))
    if len(left):
        from counterflow.matching.name_rarity import rarity as rarity_of

        texts = [letters[words[n] : words[n + 1]].tobytes().decode("utf-32-le") for n in left.tolist()]
        rarity[left] = rarity_of(texts)
    return rarity, legal


# ---- the tables


@cache
def _tables() -> dict[str, Array]:
    """Return the tables in the order the kernel takes them: those kept, else worked out and kept."""
    from counterflow.matching.name_rarity import VERSION

    name = f"rarity-{hashlib.sha256(f'{_FILE} {VERSION} {NORMALISER}'.encode()).hexdigest()[:16]}.arrays"
    for folder in cache_folders():
        try:
            return read_arrays(folder / name, _FILE)
        except (OSError, ValueError):
            continue
    tables = _worked_out()
    for folder in cache_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_arrays(folder / name, _FILE, tables)
        except OSError:
            continue
        for old in folder.glob("rarity-*.arrays"):
            if old.name != name:
                old.unlink(missing_ok=True)
        break
    return tables


def _worked_out() -> dict[str, Array]:
    from counterflow.matching import name_rarity
    from counterflow.matching.normalise import rules
    from counterflow.reference.name_statistics import name_statistics

    known = name_rarity.known_words()
    statistics = name_statistics()
    keys, values, order = _table(known)
    legal = np.fromiter((word in rules().legal_classes for word in known), dtype=np.bool_, count=len(known))
    found: dict[str, Array] = {"known": keys, "by_known": values, "forms_of_law": legal[order]}
    tables = {"share": statistics.words, "syllable": statistics.syllables, "skeleton": statistics.skeletons}
    for name, shares in tables.items():
        keys, values, _ = _table({word: -math.log(share) for word, share in shares.items() if share > 0.0})
        found |= {name: keys, f"by_{name}": values}
    found["forms"], found["form_words"] = _letters_of(form for form, _ in name_rarity.written_forms())
    found["numbers"] = np.array(name_rarity.numbers(), dtype=np.float64)
    return found


def _table(values: Mapping[str, float]) -> tuple[Hashes, Floats, Ints]:
    """Return hashes of words in order, the value of each, and which word each was."""
    keys = np.fromiter(map(_hash_of, values), dtype=np.uint64, count=len(values))
    order = np.argsort(keys, kind="stable")
    return keys[order], np.fromiter(values.values(), dtype=np.float64, count=len(values))[order], order


def _hash_of(word: str) -> int:
    """Return what `word_hash` gives, in Python's whole numbers."""
    mixed, most = 0xCBF29CE484222325, (1 << 64) - 1
    for character in word:
        mixed = (mixed ^ ord(character)) * 0x100000001B3 & most
    mixed = (mixed ^ (mixed >> 33)) * 0xFF51AFD7ED558CCD & most
    mixed = (mixed ^ (mixed >> 33)) * 0xC4CEB9FE1A85EC53 & most
    return mixed ^ (mixed >> 33)


def _letters_of(words: Iterable[str]) -> tuple[Letters, Ints]:
    from counterflow.matching.name_score import letters_of

    return letters_of(list(words))
