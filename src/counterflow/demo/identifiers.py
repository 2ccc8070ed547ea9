"""Identifiers with the right check digits, in bulk: S10 for mail, ISO 6346 for containers, air waybills.

Sources: UPU S10-12 (weights 8 6 4 2 3 5 9 7, 11 less the sum modulo 11, 10 → 0, 11 → 5); ISO 6346:2022 clause
4 and annex A (letters from 10 on, multiples of 11 left out, weight 2ⁱ, modulo 11, 10 → 0); IATA resolution
600a (seventh power of the serial modulo 7: the serial number modulo 7). All as recalled and checked against vectors.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["air_waybills", "bills", "containers", "postal_items", "record_ids"]

_S10_WEIGHTS = np.array([8, 6, 4, 2, 3, 5, 9, 7])
_SERVICES = np.array([b"CP", b"RR", b"EE", b"LX", b"UX"], dtype="S2")
_OWNERS = np.array([b"TWXU", b"TWYU", b"TWZU", b"TWQU", b"TWKU"], dtype="S4")
_ZERO = ord("0")
#: a multiplier without 2, 5 or 7 as factor permutes the serials below a power of ten, so that they do not run in order
_STRIDE = 48_271


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Return rows × width digits of numbers, leading zeros kept."""
    return (numbers[:, None] // 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)) % 10


def _text(characters: np.ndarray) -> pa.Array:
    width = characters.shape[1]
    return pa.array(np.ascontiguousarray(characters).view(f"S{width}").ravel()).cast(pa.string())


def _letters(codes: np.ndarray, width: int) -> np.ndarray:
    return np.ascontiguousarray(codes.astype(f"S{width}")).view(np.uint8).reshape(-1, width)


def postal_items(serials: np.ndarray, countries: np.ndarray) -> pa.Array:
    """Return S10 identifiers, one for each serial (0 to 10⁸), with the two-letter country beside it.

    >>> postal_items(np.array([7]), np.array(["DE"])).to_pylist()
    ['EE003378975DE']
    """
    digits = _digits(serials * _STRIDE % 10**8, 8)
    remainder = 11 - digits @ _S10_WEIGHTS % 11
    check = np.where(remainder == 10, 0, np.where(remainder == 11, 5, remainder))
    out = np.empty((len(serials), 13), np.uint8)
    out[:, 0:2] = _letters(_SERVICES[serials % len(_SERVICES)], 2)
    out[:, 2:10] = digits + _ZERO
    out[:, 10] = check + _ZERO
    out[:, 11:13] = _letters(countries, 2)
    return _text(out)


def containers(serials: np.ndarray) -> pa.Array:
    """Return ISO 6346 container numbers of invented owners.

    >>> containers(np.array([0])).to_pylist()
    ['TWXU0000006']
    """
    digits = _digits(serials * _STRIDE % 10**6, 6)
    owners = _letters(_OWNERS[serials % len(_OWNERS)], 4)
    values = np.concatenate([_letter_values()[owners - ord("A")], digits], axis=1)
    check = values @ (2 ** np.arange(10)) % 11 % 10
    return _text(np.concatenate([owners, digits + _ZERO, check[:, None] + _ZERO], axis=1).astype(np.uint8))


def _letter_values() -> np.ndarray:
    """Return A..Z as ISO 6346 counts them: 10, 12, 13 … 38, without the multiples of 11."""
    return np.array([value for value in range(10, 39) if value % 11])


def air_waybills(serials: np.ndarray) -> pa.Array:
    """Return air waybill numbers: prefix, serial of seven digits, the serial modulo 7."""
    numbers = serials * _STRIDE % 10**7
    prefix = _digits(np.full(len(serials), 990, np.int64), 3)
    parts = [prefix, _digits(numbers, 7), (numbers % 7)[:, None]]
    return _text((np.concatenate(parts, axis=1) + _ZERO).astype(np.uint8))


def bills(serials: np.ndarray) -> pa.Array:
    """Return road bill numbers, ``TWB`` and eight digits."""
    head = _letters(np.full(len(serials), b"TWB"), 3)
    return _text(np.concatenate([head, _digits(serials, 8) + _ZERO], axis=1).astype(np.uint8))


def record_ids(serials: np.ndarray) -> pa.Array:
    """Return record ids, ``TW-`` and nine digits; they follow the order of the file and tell nothing else."""
    head = _letters(np.full(len(serials), b"TW-"), 3)
    return _text(np.concatenate([head, _digits(serials, 9) + _ZERO], axis=1).astype(np.uint8))
