"""The compiled part of coding: texts to codes, codes of columns to codes of keys, codes to slots.

numba is loaded with this module, so only a process that makes features pays for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["NO_CODE", "UNKNOWN", "codes_of_keys", "find_slots", "insert_codes", "refill", "text_codes"]

Codes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Slots = npt.NDArray[np.int32]
Anything = npt.NDArray[Any]

#: slot of a code that is not in the table, and of no code at all
UNKNOWN, NO_CODE = -1, -2


@njit(cache=True, nogil=True)
def _mixed(x: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 16)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def text_codes(offsets: Anything, data: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_], longest: int) -> Codes:
    """Return a 64-bit code of each text's first `longest` bytes (FNV-1a, mixed); 0 for an empty one."""
    out = np.zeros(len(offsets) - 1, np.uint64)
    for i in range(len(out)):
        if not valid[i] or offsets[i] == offsets[i + 1]:
            continue
        code = np.uint64(0xCBF29CE484222325)
        begin = np.int64(offsets[i])
        end = min(np.int64(offsets[i + 1]), begin + longest)
        for at in range(begin, end):
            code = (code ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
        code = _mixed(code)
        out[i] = code if code != np.uint64(0) else np.uint64(1)
    return out


@njit(cache=True, nogil=True)
def codes_of_keys(texts: Codes, parts: Ints, begins: Ints, seeds: Codes, needed: npt.NDArray[np.bool_]) -> Codes:
    """Return the code of each key (row) on each line (column); 0 where a column it needs is empty.

    `texts` has a row per column of the lines, `parts` the columns of each key one after another, `begins` where each
    key's begin.
    """
    keys, lines = len(begins) - 1, texts.shape[1]
    out = np.empty((keys, lines), np.uint64)
    for key in range(keys):
        for line in range(lines):
            out[key, line] = seeds[key]
        for place in range(begins[key], begins[key + 1]):
            column, need = parts[place], needed[parts[place]]
            for line in range(lines):
                code, text = out[key, line], texts[column, line]
                if need and text == np.uint64(0):
                    out[key, line] = np.uint64(0)
                elif code != np.uint64(0):
                    out[key, line] = _mixed(code * np.uint64(0x9E3779B97F4A7C15) + text) | np.uint64(1)
    return out


@njit(cache=True, nogil=True)
def find_slots(codes: Codes, table: Codes, places: Slots) -> Slots:
    """Return the slot of each code (same shape, transposed), -1 for one not in the table, -2 for no code."""
    keys, lines = codes.shape
    out = np.empty((lines, keys), np.int32)
    mask = np.uint64(len(table) - 1)
    for key in range(keys):
        for line in range(lines):
            code = codes[key, line]
            slot = np.int32(NO_CODE)
            if code != np.uint64(0):
                slot = np.int32(UNKNOWN)
                at = (code >> np.uint64(1)) & mask
                while table[at] != np.uint64(0):
                    if table[at] == code:
                        slot = places[at]
                        break
                    at = (at + np.uint64(1)) & mask
            out[line, key] = slot
    return out


@njit(cache=True, nogil=True)
def insert_codes(codes: Codes, begin: int, table: Codes, places: Slots, kept: Codes, filled: int) -> tuple[int, int]:
    """Give every new code from place `begin` on the next slot, until `kept` is full.

    Returns:
        How many slots there are now, and the place of the first code that found no room.
    """
    mask = np.uint64(len(table) - 1)
    for i in range(begin, len(codes)):
        code = codes[i]
        if code == np.uint64(0):
            continue
        at = (code >> np.uint64(1)) & mask
        while table[at] != np.uint64(0) and table[at] != code:
            at = (at + np.uint64(1)) & mask
        if table[at] == np.uint64(0):
            if filled == len(kept):
                return filled, i
            table[at] = code
            places[at] = filled
            kept[filled] = code
            filled += 1
    return filled, len(codes)


@njit(cache=True, nogil=True)
def refill(kept: Codes, table: Codes, places: Slots) -> None:
    """Fill an empty table with the codes of slots 0, 1, 2 and so on."""
    mask = np.uint64(len(table) - 1)
    for slot in range(len(kept)):
        at = (kept[slot] >> np.uint64(1)) & mask
        while table[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        table[at] = kept[slot]
        places[at] = slot
