"""Columns of text put side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["side_by_side", "text_column"]

_MARK = "\x1f"


def text_column(table: pa.Table, column: str) -> pa.Array:
    """Return a column as one array of text; nulls where the table has no such column."""
    if column not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    return pa.concat_arrays(table.column(column).cast(pa.string()).chunks or [pa.array([], pa.string())])


def side_by_side(texts: Sequence[pa.Array], between: str) -> pa.Array:
    """Return the texts of each row, joined; empty ones are left out, and null stands where all are.

    >>> side_by_side([pa.array(["Cali", None, None]), pa.array(["CO", "CO", None])], ", ").to_pylist()
    ['Cali, CO', 'CO', None]
    """
    filled = [pc.utf8_trim_whitespace(pc.fill_null(text, "")) for text in texts]
    joined = pc.utf8_trim(pc.binary_join_element_wise(*filled, _MARK), _MARK)
    joined = pc.replace_substring_regex(joined, f"{_MARK}+", between)
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)
