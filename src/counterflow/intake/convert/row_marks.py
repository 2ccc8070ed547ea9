"""What tells rows apart: a number for the content of each row, and ids for rows that have none of their own.

The number is a 64-bit mix (splitmix64; Steele, Lea and Flood, OOPSLA 2014, figure 17) of the values of the row: it is
the same on every machine and in every run, so that an order which comes again in another file is known again. Among a
million rows two of different content share a number with a chance of about 3 in 100 million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["content_marks", "made_ids", "rank"]

Marks = npt.NDArray[np.uint64]
_EMPTY = np.uint64(0x9E3779B97F4A7C15)


def content_marks(columns: Dictionary[str, pa.Array], rows: int) -> Marks:
    """Return, per row, a number that stands for its values; empty ones and columns that are not there weigh alike.

    >>> marks = content_marks({"a": pa.array(["x", "y", "x"]), "b": pa.array([1.0, 1.0, 1.0])}, 3)
    >>> bool(marks[0] == marks[2]), bool(marks[0] == marks[1])
    (True, False)
    """
    total = np.zeros(rows, dtype=np.uint64)
    for name in sorted(columns):
        seed = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))
        there = columns[name].is_valid().to_numpy(zero_copy_only=False)
        # Added, not chained: a column that another extract lacks changes nothing where it is empty.
        total += np.where(there, _mix(_numbers(columns[name]) ^ seed), np.uint64(0))
    return total


def _numbers(values: pa.Array) -> Marks:
    kind = values.type
    if pa.types.is_floating(kind):
        return np.array(values.fill_null(0.0).to_numpy(zero_copy_only=False), dtype=np.float64).view(np.uint64)
    if pa.types.is_date(kind):
        values = values.cast(pa.int32())
    if pa.types.is_integer(values.type):
        return np.array(values.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64).view(np.uint64)
    encoded = values.cast(pa.string()).dictionary_encode()
    words = encoded.dictionary.to_pylist()
    numbers = [int.from_bytes(hashlib.blake2b(w.encode(), digest_size=8).digest(), "little") for w in words]
    index = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return np.asarray(np.array([*numbers, int(_EMPTY)], dtype=np.uint64)[index])


def _mix(numbers: Marks) -> Marks:
    """Return splitmix64 of each number."""
    with np.errstate(over="ignore"):
        mixed = numbers + _EMPTY
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def made_ids(marks: Marks, place: npt.NDArray[np.int64]) -> pa.Array:
    """Return ids for rows without a number of their own: their content, and which of those of one content it is."""
    return pc.binary_join_element_wise("row", pa.array(marks).cast(pa.string()), pa.array(place).cast(pa.string()), "-")


def rank(keys: Sequence[int] | npt.NDArray[np.uint64] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return, for each element, its place among the equal ones, from 1, in order.

    >>> rank(np.array([7, 3, 7, 7])).tolist()
    [1, 1, 2, 3]
    """
    keys = np.asarray(keys)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(keys) else np.array([], int)
    begin = np.repeat(starts, np.diff(np.append(starts, len(keys))))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys)) - begin + 1
    return place
