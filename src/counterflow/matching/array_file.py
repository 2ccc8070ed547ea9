"""Arrays in one file, read by mapping it: what is not looked at is not loaded.

    line 1   what it is
    line 2   CRC-32 and size of all that follows
    line 3   JSON: name of each array to dtype, shape and place; filled with blanks
    then     the arrays, each at a multiple of 64 bytes

Written beside its place and moved there, so that a reader sees a whole file or none.
"""

from __future__ import annotations

import json
import math
import os
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["read_arrays", "write_arrays"]

_ALIGNED = 64
_CHUNK = 1 << 22
_LONGEST = 1 << 20  # of line 3


def write_arrays(path: Path, kind: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write `arrays` to `path`; another process that writes the same does no harm.

    Args:
        path: the file.
        kind: what the file is, with the version of its form: the first line.
        arrays: name to array.
    """
    places, size = {}, 0
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "at": size}
        size += -(-array.nbytes // _ALIGNED) * _ALIGNED
    before = len(_head(kind, 0, 0))
    said = json.dumps(places, separators=(",", ":")).encode()
    said += b" " * (-(before + len(said) + 1) % _ALIGNED) + b"\n"
    crc = zlib.crc32(said)
    room = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with room.open("wb") as file:
            file.write(b"\0" * before + said)
            for array in arrays.values():
                data = np.ascontiguousarray(array).tobytes()
                data += bytes(-len(data) % _ALIGNED)
                crc = zlib.crc32(data, crc)
                file.write(data)
            file.seek(0)
            file.write(_head(kind, crc, len(said) + size))
        room.replace(path)
    finally:
        room.unlink(missing_ok=True)


def _head(kind: str, crc: int, size: int) -> bytes:
    return f"{kind}\n{crc:08x} {size:015d}\n".encode()


def read_arrays(path: Path, kind: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a file that `write_arrays` wrote, mapped and read-only.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file, or it is damaged.
    """
    with path.open("rb") as file:
        head = file.read(len(_head(kind, 0, 0)))
        said = file.readline(_LONGEST)
        crc, size = zlib.crc32(said), len(said)
        while chunk := file.read(_CHUNK):
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    if head != _head(kind, crc, size):
        what = "is damaged" if head.startswith(f"{kind}\n".encode()) else f"is not a file of {kind}"
        raise ValueError(f"{path.name} {what}")
    begin = len(head) + len(said)
    filled = size > len(said)
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=begin) if filled else np.zeros(0, np.uint8)
    return {name: _array(data, **place) for name, place in json.loads(said).items()}


def _array(data: npt.NDArray[np.uint8], dtype: str, shape: list[int], at: int) -> npt.NDArray[Any]:
    taken = data[at : at + math.prod(shape) * np.dtype(dtype).itemsize]
    return np.asarray(taken).view(dtype).reshape(shape)
