"""Text columns as 64-bit codes, and keys as codes of tuples: the same in every run, with no dictionary to ship.

A code is a hash of the text alone. Two texts that share one would share their history; among ten million values the
chance that any two do is about 3 in a million (birthday bound for 64 bits).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, nearest
from counterflow.target.features.lines import PARTY_COLUMNS
from counterflow.target.features.spec import HS_LENGTH, Key

__all__ = ["Codes", "code_keys", "code_numbers", "code_texts"]

Codes = npt.NDArray[np.uint64]
_ANY = 1 << 30


def code_texts(table: pa.Table, columns: Sequence[str]) -> dict[str, Codes]:
    """Return the code of every line's text in each column, 0 where it is empty.

    Raises:
        InputError: the lines lack a column.
    """
    return {name: _coded(_column(table, name), HS_LENGTH.get(name, _ANY)) for name in columns}


def _column(table: pa.Table, name: str) -> pa.Array:
    source = "hs" if name in HS_LENGTH else name
    if source not in table.column_names:
        close = nearest(source, table.column_names, 1)
        raise InputError(
            f"The records have no column {source!r}, and the features were set up with it.",
            hint=f"Nearest: {close[0]!r}." if close else "Map it, or train again without it.", column=source,
        )  # fmt: skip
    column = table.column(source)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _coded(column: pa.Array, longest: int) -> Codes:
    from counterflow.target.features import code_kernels

    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    valid = pc.is_valid(column).to_numpy(zero_copy_only=False)
    _, offsets, data = column.buffers()
    size = np.dtype(np.int64 if pa.types.is_large_string(column.type) else np.int32)
    if offsets is None or not len(column):
        return np.zeros(len(column), np.uint64)
    places = np.frombuffer(offsets, size)[column.offset : column.offset + len(column) + 1]
    text = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    codes: Codes = code_kernels.text_codes(places, text, valid, longest)
    return codes


def code_keys(texts: Mapping[str, Codes], keys: Sequence[Key], purpose: str) -> Codes:
    """Return the code of each key (row) on each line (column); 0 where it needs an identifier that is not there.

    Args:
        texts: codes of columns, as `code_texts` gives them.
        keys: the keys.
        purpose: what the codes are for; the same key has other codes for another purpose.
    """
    from counterflow.target.features import code_kernels

    names = sorted({column for key in keys for column in key})
    lines = len(next(iter(texts.values()))) if texts else 0
    if not keys:
        return np.zeros((0, lines), np.uint64)
    place = {name: i for i, name in enumerate(names)}
    parts = np.array([place[column] for key in keys for column in key], np.int64)
    begins = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    needed = np.array([name in PARTY_COLUMNS or name in {"hs", *HS_LENGTH} for name in names])
    seeds = np.array([_seed(f"{purpose}:{'+'.join(key)}") for key in keys], np.uint64)
    codes: Codes = code_kernels.codes_of_keys(np.stack([texts[name] for name in names]), parts, begins, seeds, needed)
    return codes


@cache
def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") | 1


def code_numbers(codes: Codes) -> npt.NDArray[np.float32]:
    """Return 24 bits of each code as a number: arbitrary, but the same for the same text; nan for none."""
    return np.where(codes == 0, np.nan, (codes >> np.uint64(40)).astype(np.float32)).astype(np.float32)
