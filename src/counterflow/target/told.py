"""Reasons being gathered, column by column: who is told what, in which order; joined to one text a record at the end.

A plan over millions of records selects hundreds of thousands; their reasons are made without touching one record at a
time. What is gathered is a table of pieces (row, place, words); pieces of one record are joined in order of place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["PIECE", "joined", "of_rows", "pieces"]

Ints = npt.NDArray[np.int64]

#: one reason of one record: `row` is the record's place, `place` the order among its reasons
PIECE = pa.schema([("row", pa.int64()), ("place", pa.int32()), ("words", pa.string())])
_BETWEEN = "; "


def pieces(rows: Ints, place: int | npt.NDArray[np.int32], words: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return reasons as pieces.

    Args:
        rows: the record of each.
        place: order among a record's reasons, one for all or one each.
        words: the reasons; a null is no reason.
    """
    places = np.broadcast_to(np.asarray(place, np.int32), rows.shape)
    table = pa.table([pa.array(rows, pa.int64()), pa.array(places), words.cast(pa.string())], schema=PIECE)
    return table.filter(pc.is_valid(table.column("words")))


def of_rows(table: pa.Table, wanted: npt.NDArray[np.bool_]) -> pa.Table:
    """Return the rows of `table` whose record is wanted."""
    return table.filter(pa.array(wanted[table.column("row").to_numpy()]))


def joined(rows: Ints, parts: Sequence[pa.Table], otherwise: str) -> pa.Array:
    """Return one text a record: its reasons in order of place, which `store.plans.split_reasons` takes apart again.

    What parts reasons is kept out of each, and so is a full stop at the end.

    Args:
        rows: records, rising.
        parts: pieces of these records.
        otherwise: what stands where a record has no reason.

    >>> import numpy as np, pyarrow as pa
    >>> two = pieces(np.array([3, 3]), np.array([1, 0], np.int32), pa.array(["It says: pills; white.", "a lookout"]))
    >>> joined(np.array([1, 3]), [two], "nothing").to_pylist()
    ['nothing', 'a lookout; It says: pills, white']
    """
    whole = pa.concat_tables([PIECE.empty_table(), *parts])
    order = np.lexsort((whole.column("place").to_numpy(), whole.column("row").to_numpy()))
    words = whole.column("words").combine_chunks().dictionary_encode()
    clean = pc.utf8_trim_whitespace(pc.replace_substring(words.dictionary, ";", ","))
    clean = pc.if_else(pc.ends_with(clean, "."), pc.utf8_slice_codeunits(clean, 0, -1), clean)
    texts = clean.take(words.indices.take(pa.array(order)))
    of_piece = whole.column("row").to_numpy()[order]
    starts = np.searchsorted(of_piece, rows, side="left")
    offsets = np.append(starts, len(of_piece)).astype(np.int32)
    told = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), _BETWEEN)
    return pc.if_else(pc.equal(told, ""), otherwise, told)
