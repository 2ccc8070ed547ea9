"""Values and keys of goods lines as whole numbers, so that rules can compare, count and look back without loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.rules.conditions import Key
from counterflow.target.rules.names import FIELDS

__all__ = ["column_of", "key_codes"]

Ints = npt.NDArray[np.int64]

#: codes times days must stay whole numbers of 63 bits; above, keys are numbered anew
_MOST_KINDS = 2**62
_DAYS = 2**24
_HS = {"hs2": 2, "hs4": 4, "hs6": 6}
_WEEKDAYS = FIELDS["weekday"].choices


def column_of(table: pa.Table, name: str) -> pa.Array:
    """Return the text of a name for every line; null where empty, or where a code is too short."""
    if name in _HS:
        hs = _whole(table, "hs")
        digits = _HS[name]
        long_enough = pc.greater_equal(pc.utf8_length(hs), digits)
        return pc.if_else(long_enough, pc.utf8_slice_codeunits(hs, 0, digits), pa.scalar(None, pa.string()))
    if name == "weekday":
        return pa.array(_WEEKDAYS, pa.string()).take(pc.day_of_week(_whole(table, "day")))
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    text = _whole(table, name)
    text = text.cast(pa.string()) if text.type != pa.string() else text
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def key_codes(tables: Sequence[pa.Table], key: Key) -> list[Ints]:
    """Return, for each table, a number per line that is the same exactly where the key is; -1 where a part is empty."""
    sizes = [table.num_rows for table in tables]
    total = np.zeros(sum(sizes), np.int64)
    empty = np.zeros(sum(sizes), bool)
    kinds = 1
    for name in key:
        text = pa.concat_arrays([column_of(table, name) for table in tables]).dictionary_encode()
        codes = pc.fill_null(text.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        empty |= codes < 0
        values = len(text.dictionary) + 1
        if kinds > _MOST_KINDS // values:
            seen, total = np.unique(total, return_inverse=True)
            kinds = len(seen)
        total = total * values + codes + 1
        kinds *= values
    if kinds > _MOST_KINDS // _DAYS:
        total = np.unique(total, return_inverse=True)[1]
    total = np.where(empty, -1, total)
    return list(np.split(total, np.cumsum(sizes)[:-1]))
