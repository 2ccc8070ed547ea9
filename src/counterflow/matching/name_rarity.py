"""How rare a word is in names at large, in nats: -ln of the share of names that hold it.

The shares are frozen (`reference.name_statistics`): inverse document frequency (Sparck Jones 1972, J. Documentation
28(1)) of the names of the world, not of the list at hand. A word that the tables do not hold is taken for as rare as
its letters allow, with four exceptions: made of two known syllables or words it is as rare as both together; a letter
or two away from a company form it is that form, misspelt; a number and a single letter tell little; and a word written
without vowels is as common as all words with its consonants.

`name_word_rarity` says the same of many words at once, compiled; what changes here changes there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.name_consonants import skeletons
from counterflow.matching.normalise import rules
from counterflow.reference.name_statistics import VERSION as STATISTICS
from counterflow.reference.name_statistics import name_statistics

__all__ = ["VERSION", "known_words", "numbers", "rarity", "word_shares", "written_forms"]

LEGAL = 0.25  # a company form hardly tells two parties apart
_GARBLED = 1.25  # a word that seems to be a company form, misspelt
_LEAST = 1.0  # the commonest words
_LETTER = 3.5  # a single letter: one of some thirty
_UNSEEN = 10.3  # a word of five letters or more that nobody has seen
_SHORT, _BY_LETTER = 3.2, 1.9  # a shorter one: this and so much for each letter
_DIGIT, _NUMBER = 2.3, 9.0  # ln 10 for each digit of a number, up to this

#: Version of what words weigh: changes with the statistics and with this code's numbers.
VERSION = hashlib.sha256(
    repr([STATISTICS, LEGAL, _GARBLED, _LEAST, _LETTER, _UNSEEN, _SHORT, _BY_LETTER, _DIGIT, _NUMBER, 1]).encode()
).hexdigest()[:8]


def numbers() -> tuple[float, ...]:
    """Return what words weigh that the tables do not hold, as `name_word_rarity` takes it."""
    return _GARBLED, _LEAST, _LETTER, _UNSEEN, _SHORT, _BY_LETTER, _DIGIT, _NUMBER


def word_shares() -> Mapping[str, float]:
    """Return of what share of the names at large each common word is part."""
    return name_statistics().words


def rarity(words: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the rarity of each word, in nats, to two decimals, as explanations print it.

    >>> mohammed, taylor, loera = rarity(["mohammed", "taylor", "loeraxa"]).tolist()
    >>> mohammed < taylor < loera
    True
    """
    known = known_words()
    return np.fromiter(
        (known[word] if word in known else _backed_off(word) for word in words), dtype=np.float64, count=len(words)
    )


@cache
def known_words() -> Mapping[str, float]:
    """Return the rarity of every word that the tables hold."""
    found = {word: round(max(-math.log(share), _LEAST), 2) for word, share in word_shares().items()}
    found |= dict.fromkeys("abcdefghijklmnopqrstuvwxyz", _LETTER)
    return found | dict.fromkeys(rules().legal_classes, LEGAL)


@lru_cache(maxsize=1 << 16)
def _backed_off(word: str) -> float:
    """How rare a word is that the tables do not hold."""
    if word.isdigit():
        return round(min(1.0 + _DIGIT * len(word), _NUMBER), 2)
    if word != word.lower():
        share = name_statistics().skeletons.get(skeletons([word])[0], 0.0)
        return round(max(min(-math.log(share), _UNSEEN), _LEAST), 2) if share else _UNSEEN
    if _is_garbled_form(word):
        return _GARBLED
    unseen = min(_UNSEEN, _SHORT + _BY_LETTER * len(word)) if len(word) > 1 else _LETTER
    return round(max(min(unseen, _of_parts(word)), _LEAST), 2)


def _of_parts(word: str) -> float:
    """How rare two known syllables or words are that make up this one; infinite where none do."""
    shares, syllables = word_shares(), name_statistics().syllables
    least = math.inf
    for cut in range(2, len(word) - 1):
        one, other = word[:cut], word[cut:]
        # Shares of syllables stand for names with the syllable anywhere; other words as they are.
        both = syllables.get(one, 0.0) * syllables.get(other, 0.0)
        both = both or shares.get(one, 0.0) * shares.get(other, 0.0)
        if both > 0.0:
            least = min(least, -math.log(both))
    return least


# ---- company forms, misspelt


@cache
def written_forms() -> tuple[tuple[str, frozenset[str]], ...]:
    """Company forms of five letters or more as they are written, with their letters."""
    forms = {written for kinds in rules().data["legal_forms"].values() for written in kinds}
    return tuple((form, frozenset(form)) for form in sorted(forms) if len(form) >= 5)


def _is_garbled_form(word: str) -> bool:
    """Whether a word is one letter from a company form of five letters, or two from one of seven with its last letter.

    >>> [_is_garbled_form(word) for word in ("compny", "nimited", "lmiietd", "compass")]
    [True, True, True, False]
    """
    if len(word) < 4:
        return False
    letters = frozenset(word)
    for form, of_form in written_forms():
        most = 2 if len(form) >= 7 and word[-1] == form[-1] else 1
        if abs(len(form) - len(word)) <= most and len(letters ^ of_form) <= 2 * most and _changes(word, form) <= most:
            return True
    return False


def _changes(one: str, other: str) -> int:
    """Letters to change, leave out, put in or swap (optimal string alignment; Boytsov 2011, section 2.1)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, x in enumerate(one, 1):
        this = [i]
        for j, y in enumerate(other, 1):
            best = min(last[j - 1] + (x != y), last[j] + 1, this[j - 1] + 1)
            if i > 1 and j > 1 and x == other[j - 2] and y == one[i - 2]:
                best = min(best, before[j - 2] + 1)
            this.append(best)
        before, last = last, this
    return last[-1]
