"""Which records are compared at all: those that share something rare.

A million records have half a billion pairs; only those are laid side by side that share

* letter triples of the name (the rarest of them first, by inverse document frequency; Sparck Jones 1972), or all words
  of it in any order;
* two of the rarest words of the address;
* a telephone number, an e-mail address or an identifier.

Each pass finds pairs that the others miss, so that what one field is worth is learnt from pairs that another field
brought together. What hundreds of records share (a courier's number, a name of common words) would bring far too
many pairs: in such a group only neighbours in order of their text are compared (sorted neighbourhood; Hernández and
Stolfo 1995, SIGMOD). How many groups were cut so is counted and said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.link.resolution import kernels
from counterflow.link.resolution.fields import Forms, Sets
from counterflow.link.resolution.threads import in_parts
from counterflow.link.resolution.words import Places, Words

__all__ = ["Blocked", "Limits", "candidate_pairs", "distinct"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far blocking goes.

    Args:
        neighbours: names looked at closely for each name.
        least_cosine: share of letter triples (TF-IDF cosine) below which two names are not compared.
        postings: names read for each name before only those already met are looked at.
        bucket: records of one group that are all compared with each other.
        window: neighbours compared in a larger group.
        forms_each: records of one name (one address) that are compared with those of a similar one.
    """

    neighbours: int = 15
    least_cosine: float = 0.3
    postings: int = 8_000
    bucket: int = 40
    window: int = 12
    forms_each: int = 8


@dataclass(frozen=True, slots=True)
class Blocked:
    """Pairs to compare: forms `left` < `right`, in order; and how many groups were cut."""

    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    cut: int


def candidate_pairs(forms: Forms, limits: Limits | None = None) -> Blocked:
    """Return the pairs of forms that share something rare."""
    limits = limits or Limits()
    passes = list(_passes(forms, limits))
    total = len(forms)
    keys = distinct(np.concatenate([np.zeros(0, np.int64), *(_as_keys(pairs, total) for pairs, _ in passes)]))
    left, right = np.divmod(keys, max(total, 1))
    return Blocked(left.astype(np.int32), right.astype(np.int32), sum(cut for _, cut in passes))


def _passes(forms: Forms, limits: Limits) -> Iterator[tuple[Ints, int]]:
    name, place = forms.column("name"), forms.column("address")
    yield _within(name, place, limits)
    yield _across(name, similar_names(forms.names, limits), limits)
    yield _within(place, name, limits)
    yield _across(place, similar_places(forms.places, limits), limits)
    for field, sets in (("phone", forms.phones), ("email", forms.emails), ("identifier", forms.papers)):
        yield _sharing(forms.column(field), sets, name, limits)


def _as_keys(pairs: Ints, total: int) -> Ints:
    """Return each pair as one number, smaller form first; a form is no pair with itself."""
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    return distinct((low * total + high)[low != high])


def distinct(keys: Ints) -> Ints:
    """Return keys once each, in order; by sorting, which for millions is faster than by hashing."""
    ordered = np.sort(keys)
    found: Ints = ordered[np.diff(ordered, prepend=-1) != 0]
    return found


def _grouped(values: npt.NDArray[np.int32] | Ints, order_by: npt.NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Return rows that say something in order of what they say, and where each group begins, with the end."""
    rows = np.flatnonzero(values >= 0)
    rows = rows[np.lexsort((order_by[rows], values[rows]))]
    fresh = np.flatnonzero(np.diff(values[rows], prepend=-1) != 0)
    return rows, np.append(fresh, len(rows))


def _within(values: npt.NDArray[np.int32], order_by: npt.NDArray[np.int32], limits: Limits) -> tuple[Ints, int]:
    """Pairs of forms that say the same in a field."""
    rows, begins = _grouped(values, order_by)
    pairs, cut = kernels.pairs_in_groups(begins, limits.bucket, limits.window)
    return rows[pairs], int(cut)


def _across(values: npt.NDArray[np.int32], alike: Ints, limits: Limits) -> tuple[Ints, int]:
    """Pairs of forms whose values in a field are alike: `alike` holds pairs of values."""
    rows, begins = _grouped(values, np.arange(len(values), dtype=np.int32))
    known = values[rows[begins[:-1]]] if len(rows) else np.zeros(0, np.int32)
    place = np.searchsorted(known, alike)
    pairs, cut = kernels.pairs_across(begins, place, limits.forms_each)
    return rows[pairs], int(cut)


def _sharing(
    values: npt.NDArray[np.int32], sets: Sets, order_by: npt.NDArray[np.int32], limits: Limits
) -> tuple[Ints, int]:
    """Pairs of forms whose sets of values in a field meet."""
    rows = np.flatnonzero(values >= 0)
    sizes = np.diff(sets.begins)[values[rows]]
    holders = np.repeat(rows, sizes)
    starts = np.repeat(sets.begins[:-1][values[rows]], sizes)
    offsets = np.arange(len(holders)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = sets.values[starts + offsets]
    _, number = np.unique(held, return_inverse=True)
    order, begins = _grouped(number.astype(np.int64), order_by[holders])
    pairs, cut = kernels.pairs_in_groups(begins, limits.bucket, limits.window)
    return holders[order][pairs], int(cut)


def similar_names(names: Words, limits: Limits) -> Ints:
    """Pairs of distinct names that share rare letter triples, or all their words in another order."""
    total = len(names.keys)
    if total < 2:
        return np.zeros((0, 2), np.int64)
    begins, grams = kernels.grams_of_names(names.letters, names.words, names.names, names.legal)
    _, numbered = np.unique(grams, return_inverse=True)
    spread = np.bincount(numbered)
    # the rarer, the smaller its number, so that each name's triples stand rarest first
    rank = np.empty(len(spread), np.int32)
    rank[np.lexsort((np.arange(len(spread)), spread))] = np.arange(len(spread), dtype=np.int32)
    ordered = kernels.sorted_within(rank[numbered], begins)
    spread = np.sort(spread)
    weight = (np.log((total + 1.0) / (spread + 1.0)) + 1.0).astype(np.float32)
    holders = np.argsort(ordered, kind="stable").astype(np.int64)
    owner = np.repeat(np.arange(total, dtype=np.int32), np.diff(begins))[holders]
    post = np.concatenate([np.zeros(1, np.int64), np.cumsum(spread)])
    length = np.sqrt(np.add.reduceat(np.append(weight[ordered] ** 2, np.float32(0)), begins[:-1]))
    length[np.diff(begins) == 0] = 1.0

    def part(first: int, last: int) -> Ints:
        found: Ints = kernels.neighbours(
            first, last, begins, ordered, weight, length.astype(np.float32), post, owner,
            limits.neighbours, limits.least_cosine, limits.postings,
        )  # fmt: skip
        return found

    return np.concatenate([*in_parts(part, total), _same_words(names)])


def _same_words(names: Words) -> Ints:
    """Pairs of names with the same words in another order: each with the next."""
    keys = np.array([" ".join(sorted(key.split())) for key in names.keys], dtype=object)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    rows = np.array(order, dtype=np.int64)
    same = np.flatnonzero(keys[rows[1:]] == keys[rows[:-1]])
    return np.stack([rows[same], rows[same + 1]], axis=1)


def similar_places(places: Places, limits: Limits) -> Ints:
    """Pairs of distinct addresses that share two of their four rarest words."""
    holder, key = kernels.word_pairs(places.begins, places.tokens, places.rarity, len(places.rarity))
    _, number = np.unique(key, return_inverse=True)
    rows, begins = _grouped(number.astype(np.int64), holder.astype(np.int32))
    pairs, _ = kernels.pairs_in_groups(begins, limits.bucket, limits.window)
    return holder[rows][pairs]
