"""Arrays in one file, read by mapping it: what is not looked at is not loaded.

    line 1   what it is
    line 2   JSON: name of each array to dtype, shape and place; CRC-32 and size of what follows
    then     the arrays, each at a multiple of 64 bytes

Written beside its place and moved there, so that a reader sees a whole file or none.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["read_arrays", "write_arrays"]

_ALIGNED = 64
_CHUNK = 1 << 22


def write_arrays(path: Path, kind: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write `arrays` to `path`; another process that writes the same does no harm.

    Args:
        path: the file.
        kind: what the file is, with the version of its form: the first line.
        arrays: name to array.
    """
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "at": at}
        at += -(-array.nbytes // _ALIGNED) * _ALIGNED
    room = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    crc = 0
    try:
        with room.open("wb") as file:
            head = _head(kind, places, at, crc)
            file.write(head)
            for array in arrays.values():
                data = np.ascontiguousarray(array).tobytes()
                data += bytes(-len(data) % _ALIGNED)
                crc = zlib.crc32(data, crc)
                file.write(data)
            file.seek(0)
            file.write(_head(kind, places, at, crc))
        room.replace(path)
    finally:
        room.unlink(missing_ok=True)


def _head(kind: str, places: Mapping[str, object], size: int, crc: int) -> bytes:
    said = json.dumps({"size": size, "crc": f"{crc:08x}", "arrays": places}, separators=(",", ":"))
    head = f"{kind}\n{said}".encode()
    return head + b" " * (-(len(head) + 1) % _ALIGNED) + b"\n"


def read_arrays(path: Path, kind: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a file that `write_arrays` wrote, mapped and read-only.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file, or it is damaged.
    """
    with path.open("rb") as file:
        if file.readline(len(kind) + 1) != f"{kind}\n".encode():
            raise ValueError(f"{path.name} is not a file of {kind}")
        line = file.readline(1 << 20)
        begin = file.tell()
        try:
            said = json.loads(line)
            size, crc, places = int(said["size"]), int(said["crc"], 16), dict(said["arrays"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name} has a damaged head: {error}") from error
        found = 0
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
            size -= len(chunk)
    if size != 0 or found != crc:
        raise ValueError(f"{path.name} is damaged: it does not hold what its head says")
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=begin) if begin < path.stat().st_size else np.zeros(0, "u1")
    return {name: _array(data, **place) for name, place in places.items()}


def _array(data: npt.NDArray[np.uint8], dtype: str, shape: list[int], at: int) -> npt.NDArray[Any]:
    count = math.prod(shape)
    bytes_of = data[at : at + count * np.dtype(dtype).itemsize]
    return np.asarray(bytes_of).view(dtype).reshape(shape)
