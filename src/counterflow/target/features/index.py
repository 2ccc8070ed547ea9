"""Where the counts of a key's value stand: a hash table from 64-bit codes to slots, grown as codes come."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from counterflow.target.features.columns import Codes

__all__ = ["Index"]

Slots = npt.NDArray[np.int32]
_SMALLEST = 1 << 10


@dataclass
class Index:
    """Codes with their slots 0, 1, 2 … in the order in which they came; at most half full.

    Args:
        kept: code of each slot, with room at the end.
        filled: how many slots there are.
    """

    kept: Codes = field(default_factory=lambda: np.zeros(_SMALLEST, np.uint64))
    filled: int = 0
    _table: Codes = field(default_factory=lambda: np.zeros(2 * _SMALLEST, np.uint64))
    _places: Slots = field(default_factory=lambda: np.zeros(2 * _SMALLEST, np.int32))

    @classmethod
    def of(cls, codes: Codes) -> Index:
        """Return the index in which `codes` have slots 0, 1, 2 and so on."""
        made = cls()
        made._grow(len(codes))
        made.kept[: len(codes)] = codes
        made.filled = len(codes)
        made._refill()
        return made

    @property
    def codes(self) -> Codes:
        """Code of each slot."""
        return self.kept[: self.filled]

    def copy(self) -> Index:
        """Return an index that can grow by itself."""
        return Index(self.kept.copy(), self.filled, self._table.copy(), self._places.copy())

    def insert(self, codes: Codes) -> None:
        """Give every code that is new a slot; 0 is none."""
        from counterflow.target.features import code_kernels

        flat, at = np.ascontiguousarray(codes).ravel(), 0
        while True:
            self.filled, at = code_kernels.insert_codes(flat, at, self._table, self._places, self.kept, self.filled)
            if at == len(flat):
                return
            self._grow(2 * len(self.kept))
            self._refill()

    def find(self, codes: Codes) -> Slots:
        """Return the slot of each code, lines down and keys across; -1 for one never seen, -2 for none."""
        from counterflow.target.features import code_kernels

        slots: Slots = code_kernels.find_slots(codes, self._table, self._places)
        return slots

    def _grow(self, slots: int) -> None:
        size = _SMALLEST
        while size < slots:
            size *= 2
        kept = np.zeros(size, np.uint64)
        kept[: self.filled] = self.codes
        self.kept = kept

    def _refill(self) -> None:
        from counterflow.target.features import code_kernels

        self._table = np.zeros(2 * len(self.kept), np.uint64)
        self._places = np.zeros(2 * len(self.kept), np.int32)
        code_kernels.refill(self.codes, self._table, self._places)
