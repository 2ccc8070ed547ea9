"""What the compiled part of the name index takes and gives: arrays, in tuples that say what each is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Found", "Laid", "Lines", "Listed", "Room", "Side", "Tables"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Sets = npt.NDArray[np.uint64]


class Side(NamedTuple):
    """Names as arrays; see `name_arrays.Names`."""

    letters: npt.NDArray[np.uint32]
    words: Ints
    names: Ints
    legal: npt.NDArray[np.bool_]
    rarity: Floats
    held: Sets
    near: Sets
    bag: Sets
    kind: npt.NDArray[np.int8]


class Tables(NamedTuple):
    """What the score rests on: weights, cost of changes, light letters, least costs, classes of consonants."""

    weights: Floats
    costs: Floats
    near: Sets
    light: Sets
    least: Floats
    classes: npt.NDArray[np.uint8]


class Room(NamedTuple):
    """Room for one name at a time."""

    slots: Ints
    values: Ints
    skeleton: Sets
    rows: Floats
    met: Floats
    options: Floats
    reach: Floats
    cap: Floats
    sums: npt.NDArray[np.int32]
    highest: npt.NDArray[np.int32]
    best: npt.NDArray[np.int32]
    share: npt.NDArray[np.int32]


class Listed(NamedTuple):
    """What only the listed side has: entries, keys, who is met by the same words only, and bags in order."""

    owner: npt.NDArray[np.int32]
    key: Sets
    apart: npt.NDArray[np.bool_]
    bags: Sets
    bag_names: npt.NDArray[np.int32]


class Found(NamedTuple):
    """The best entries of each name: `filled` of them, in rows of fixed width."""

    listed: npt.NDArray[np.int32]
    how: npt.NDArray[np.int8]
    score: Floats
    filled: npt.NDArray[np.int32]
    candidates: npt.NDArray[np.int32]


class Laid(NamedTuple):
    """Names laid side by side: score, number of pairs of words met, and those pairs where there is room."""

    score: Floats
    pairs: npt.NDArray[np.int32]
    met: Floats


class Lines(NamedTuple):
    """Lines of text on names laid side by side, where `ends` has room: see `name_told.tell`."""

    phrases: npt.NDArray[np.uint8]
    begins: Ints
    text: npt.NDArray[np.uint8]
    ends: Ints
