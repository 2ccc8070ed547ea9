"""Arrow arrays from NumPy arrays and lists of text, made without a detour.

`pyarrow.array` and `pyarrow.scalar` look for pandas at every call, on the disk, where it is not installed; that is more
than an answer to one order costs. So texts and numbers become arrays here, and values of `pyarrow.compute` too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["choose", "fill", "join", "numbers", "same", "texts"]

_TYPES = {
    np.dtype(np.int64): pa.int64(), np.dtype(np.int32): pa.int32(), np.dtype(np.int8): pa.int8(),
    np.dtype(np.float64): pa.float64(),
}  # fmt: skip


def numbers(values: npt.NDArray[Any], *, mask: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Return numbers or truths as an array.

    Args:
        values: whole numbers, floating-point numbers or truths.
        mask: which of them are null; None for none.

    >>> numbers(np.array([3, 4]), mask=np.array([False, True])).to_pylist()
    [3, None]
    """
    valid = None if mask is None else _bits(~mask)
    if values.dtype == np.bool_:
        return pa.Array.from_buffers(pa.bool_(), len(values), [valid, _bits(values)])
    held = np.ascontiguousarray(values)
    return pa.Array.from_buffers(_TYPES[held.dtype], len(held), [valid, pa.py_buffer(held)])


def texts(values: Sequence[str], type_: pa.DataType | None = None) -> pa.Array:
    """Return texts as an array of strings, large ones where `type_` says so.

    >>> texts(["à", "", "bc"]).to_pylist()
    ['à', '', 'bc']
    """
    encoded = [value.encode() for value in values]
    wanted = type_ or pa.string()
    width: type[np.int64 | np.int32] = np.int64 if pa.types.is_large_string(wanted) else np.int32
    ends = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(value) for value in encoded], out=ends[1:])
    buffers = [None, pa.py_buffer(ends.astype(width)), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(wanted, len(encoded), buffers)


def _bits(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def join(*parts: pa.Array | str, null_handling: str = "emit_null") -> pa.Array:
    """Return texts joined element by element; the last part stands between (`binary_join_element_wise`).

    >>> join("a", texts(["b", "c"]), "-").to_pylist()
    ['a-b', 'a-c']
    """
    return pc.binary_join_element_wise(*map(_value, parts), null_handling=null_handling)


def fill(column: pa.Array, value: str | bool | int) -> pa.Array:
    """Return a column with `value` where it is null."""
    return pc.fill_null(column, _value(value))


def same(column: pa.Array, value: str | int) -> pa.Array:
    """Return where a column is `value`."""
    return pc.equal(column, _value(value))


def choose(where: pa.Array, one: pa.Array | str, other: pa.Array | str) -> pa.Array:
    """Return one text where it holds, the other elsewhere."""
    return pc.if_else(where, _value(one), _value(other))


def _value(value: Any) -> Any:
    """Return a plain value as a scalar; arrays as they are."""
    return _scalar(isinstance(value, bool), value) if isinstance(value, (str, bool, int)) else value


@lru_cache(maxsize=512)
def _scalar(truth: bool, value: str | bool | int) -> pa.Scalar:
    if isinstance(value, str):
        return texts([value])[0]
    return numbers(np.array([value], np.bool_ if truth else np.int64))[0]
