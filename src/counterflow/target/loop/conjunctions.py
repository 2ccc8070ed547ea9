"""Conjunctions of a record's own traits: which they are, who shares them, and what inspections say about them.

A trait is one thing that can be the same in two records: a goods heading, a departure, a declarant, a price about as
high. A conjunction of one to three traits of a record describes a segment: all records that share them with it.
Segments are kept as bit masks; which traits a record shares with the record at the start is one word of bits, so
membership is one operation: ``bits & mask == mask``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_TRAITS", "Bits", "Floats", "Places", "Traits", "masks_of", "shared_bits", "words_of"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

#: traits that fit one word of bits, one bit left free
MOST_TRAITS = 63


@dataclass(frozen=True)
class Traits:
    """What records can have in common, aligned with the records.

    Args:
        names: what each code column is called, in the words of the data.
        codes: (records, columns) the same number means the same value; below 0 is shared with nobody.
        near_names: what each rank column is called.
        ranks: (records, columns) place of a number among all records, 0 to 1; NaN is near to nobody.
        nested: pairs of names of which the first implies the second (heading of six digits, of four); a conjunction of
            both says no more than the first.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32]
    near_names: tuple[str, ...]
    ranks: Floats
    nested: tuple[tuple[str, str], ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names in the order of bits."""
        return self.names + self.near_names


def shared_bits(traits: Traits, record: int, rows: Places, width: float) -> Bits:
    """Return for each of `rows` one bit per trait that it shares with `record`; ranks within `width` are shared."""
    from counterflow.target.loop.kernels import shared

    bits = np.zeros(len(rows), np.uint64)
    shared(traits.codes, traits.ranks, record, rows, width, bits)
    return bits


def masks_of(traits: Traits, usable: npt.NDArray[np.bool_], most: int = 3) -> tuple[Bits, npt.NDArray[np.int8]]:
    """Return the masks of all conjunctions of up to `most` usable traits, and how many traits each joins."""
    at = {name: place for place, name in enumerate(traits.all_names)}
    nested = tuple((at[a], at[b]) for a, b in traits.nested if a in at and b in at)
    masks, sizes = _all_masks(len(usable), nested, most)
    unusable = np.uint64(sum(1 << place for place in np.flatnonzero(~usable).tolist()))
    kept = masks & unusable == 0
    return masks[kept], sizes[kept]


@lru_cache(maxsize=8)
def _all_masks(traits: int, nested: tuple[tuple[int, int], ...], most: int) -> tuple[Bits, npt.NDArray[np.int8]]:
    """Return every conjunction of up to `most` traits that joins no two nested ones."""
    redundant = [1 << a | 1 << b for a, b in nested]
    masks, sizes = [], []
    for size in range(1, most + 1):
        for parts in itertools.combinations(range(traits), size):
            mask = sum(1 << part for part in parts)
            if all(mask & pair != pair for pair in redundant):
                masks.append(mask)
                sizes.append(size)
    return np.asarray(masks, np.uint64), np.asarray(sizes, np.int8)


def words_of(names: Sequence[str], mask: int) -> tuple[str, ...]:
    """Return the names of the traits in a mask."""
    return tuple(name for place, name in enumerate(names) if mask >> place & 1)
