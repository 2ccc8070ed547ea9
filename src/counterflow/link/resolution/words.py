"""Names and addresses as arrays of words, each word weighed by how rare it is.

Words of names are weighed by frozen statistics of names at large, and no higher than the records themselves allow: a
word that a tenth of this file's names hold tells little here, however rare it is elsewhere. Words of addresses have no
statistics at large: they are weighed by the records alone (inverse document frequency; Sparck Jones 1972,
J. Documentation 28(1)), as part of a body of at least `AT_LARGE` addresses, and words that addresses are full of by no
more than `data/contact_words.toml` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.matching.name_arrays import rarity as rarity_of
from counterflow.matching.name_score import letters_of
from counterflow.matching.normalise import rules

__all__ = ["AT_LARGE", "Places", "Words", "name_words", "place_words"]

Letters = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: names and addresses that even a small file is taken as a part of
AT_LARGE = 20_000
_FORM_WORD = 0.7  # nats, at most, of a word of a company form that is written out (``joint``, ``otvetstvennostyu``)


@dataclass(frozen=True, slots=True)
class Words:
    """Distinct names in order: letters of all words, where words begin in them, where names begin among the words.

    Args:
        keys: each name as its words, joined.
        letters: letters of all words.
        words: where each word begins, with the end of the last.
        names: where each name begins among the words, with the end of the last.
        rarity: of each word, in nats.
        legal: whether the word is a company form.
        weight: rarity of each name, in nats: what its words say together.
    """

    keys: list[str]
    letters: Letters
    words: Offsets
    names: Offsets
    rarity: Floats
    legal: npt.NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True, slots=True)
class Places:
    """Distinct addresses in order, as numbers of words.

    Args:
        keys: each address as its words, joined.
        begins: where each address begins among `tokens`.
        tokens: numbers of words.
        letters: letters of the vocabulary.
        words: where each word of the vocabulary begins in them.
        rarity: of each word of the vocabulary, in nats.
        number: whether the word holds a digit.
        weight: rarity of each address, in nats.
    """

    keys: list[str]
    begins: Offsets
    tokens: npt.NDArray[np.int32]
    letters: Letters
    words: Offsets
    rarity: Floats
    number: npt.NDArray[np.bool_]
    weight: Floats


def name_words(keys: list[str]) -> Words:
    """Return names, given as their words joined, as arrays."""
    tokens = [key.split() for key in keys]
    flat = [token for words in tokens for token in words]
    letters, words = letters_of(flat)
    names = _ends([len(words) for words in tokens])
    form_words = _form_words()
    form_word = np.fromiter((token in form_words for token in flat), dtype=np.bool_, count=len(flat))
    rarity = np.minimum(rarity_of(flat), _rarity_here(flat, names))
    rarity[form_word] = np.minimum(rarity[form_word], _FORM_WORD)
    legal = np.fromiter((token in rules().legal_classes for token in flat), dtype=np.bool_, count=len(flat))
    return Words(keys, letters, words, names, rarity, legal, _sums(rarity, names))


def _rarity_here(flat: list[str], names: Offsets) -> Floats:
    """Rarity of each word in nats, from the share of these names that hold it."""
    if not flat:
        return np.zeros(0)
    number = pa.array(flat).dictionary_encode().indices.to_numpy().astype(np.int64)
    total = len(names) - 1
    held = np.unique(number * total + np.repeat(np.arange(total), np.diff(names))) // total
    here: Floats = -np.log((np.bincount(held)[number] + 1.0) / (max(total, AT_LARGE) + 1.0))
    return here


@cache
def _form_words() -> frozenset[str]:
    """Words that company forms of several words are made of."""
    return frozenset(part for forms in rules().phrases.values() for form, _ in forms for part in form if len(part) > 1)


def place_words(keys: list[str], holders: npt.NDArray[np.int64], known: dict[str, Any]) -> Places:
    """Return addresses, given as their words joined, as arrays.

    Args:
        keys: each address as its words, joined.
        holders: how many forms hold each.
        known: `data/contact_words.toml`.
    """
    tokens = [key.split() for key in keys]
    flat = [token for words in tokens for token in words]
    vocabulary = sorted(set(flat))
    number = {word: place for place, word in enumerate(vocabulary)}
    ids = np.fromiter((number[token] for token in flat), dtype=np.int32, count=len(flat))
    letters, words = letters_of(vocabulary)
    sizes = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    held = np.bincount(ids, weights=np.repeat(holders, sizes), minlength=len(vocabulary))
    rarity = -np.log((held + 1.0) / (max(int(holders.sum()), AT_LARGE) + 1.0))
    for group, listed in (("generic", "words"), ("towns", "names")):
        at = [number[word] for word in known[group][listed] if word in number]
        rarity[at] = np.minimum(rarity[at], known[group]["weight"])
    begins = _ends([len(words) for words in tokens])
    has_digit = np.fromiter((any(c.isdigit() for c in word) for word in vocabulary), np.bool_, len(vocabulary))
    return Places(keys, begins, ids, letters, words, rarity, has_digit, _sums(rarity[ids], begins))


def _ends(sizes: list[int]) -> Offsets:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, dtype=np.int64))])


def _sums(values: Floats, begins: Offsets) -> Floats:
    total = np.concatenate([np.zeros(1), np.cumsum(values)])
    sums: Floats = total[begins[1:]] - total[begins[:-1]]
    return sums
