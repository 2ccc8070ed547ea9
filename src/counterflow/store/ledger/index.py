"""Where each batch begins, and under which key it was written: 36 bytes per batch."""

from __future__ import annotations

import bisect
import hashlib
import struct

from counterflow.store.ledger.files import Place

__all__ = ["BatchIndex"]

_RECORD = struct.Struct("<QIQ16s")
_NO_KEY = bytes(16)


def _short(key: str) -> bytes:
    """Return 128 bits that stand for `key`; whoever finds by them compares the whole key in the ledger."""
    return hashlib.sha256(key.encode()).digest()[:16]


class BatchIndex:
    """Batches 1, 2, 3, … with their first entry, their place and their key.

    Args:
        packed: what `packed` returned earlier.
    """

    def __init__(self, packed: bytes = b"") -> None:
        self._records = bytearray(packed)
        self._by_key = {
            short: batch for batch, (*_, short) in enumerate(_RECORD.iter_unpack(packed), 1) if short != _NO_KEY
        }

    def __len__(self) -> int:
        return len(self._records) // _RECORD.size

    def add(self, first_seq: int, place: Place, key: str | None) -> None:
        """Note the next batch."""
        short = _NO_KEY if key is None else _short(key)
        self._records += _RECORD.pack(first_seq, place.segment, place.offset, short)
        if key is not None:
            self._by_key[short] = len(self)

    def first_seq(self, batch: int) -> int:
        """Return the number of the first entry of batch number `batch` (from 1)."""
        return int(_RECORD.unpack_from(self._records, (batch - 1) * _RECORD.size)[0])

    def place(self, batch: int) -> Place:
        """Return where batch number `batch` (from 1) begins."""
        _, segment, offset, _ = _RECORD.unpack_from(self._records, (batch - 1) * _RECORD.size)
        return Place(segment, offset)

    def with_key(self, key: str) -> int | None:
        """Return the batch written under `key`, if there is one."""
        return self._by_key.get(_short(key))

    def holding(self, seq: int) -> int:
        """Return the batch that holds entry number `seq`."""
        return bisect.bisect_right(range(1, len(self) + 1), seq, key=self.first_seq)

    def packed(self) -> bytes:
        """Return the index as bytes, for the checkpoint."""
        return bytes(self._records)
