"""Officers' decisions and look-ups as arrays: what every signal reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Events"]

Flags = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """Rows of equal length n; a flag is 1 yes, 0 no, -1 unsaid.

    Args:
        officers: ids as in the file; `officer` holds their places (n,).
        traders: ids as in the file; `trader` holds their places, -1 where none is told (n,).
        decided: rows that are decisions (n,).
        lot: lot gave the work to the officer (n,).
        recommended, override, released, hit, later: flags of decisions (n,).
        stratum: number of the kind of work, from 0 (n,).
        place: number of lane, shift and the like: where work falls to officers, whatever its risk (n,).
        cell: number of the place on one day (n,).
        looks, looks_out: look-ups of the row, and how many of them out of shift (n,); `looks_out` is empty without.
        strata: columns that made the kinds of work.
        columns: field to column of the file.
        said: what the reader should know.
        source: file, or what else it was read from.
        last_day: day of the last row; None without times.
    """

    officers: tuple[str, ...]
    officer: Ints
    traders: tuple[str, ...]
    trader: Ints
    decided: npt.NDArray[np.bool_]
    lot: Flags
    recommended: Flags
    override: Flags
    released: Flags
    hit: Flags
    later: Flags
    stratum: Ints
    place: Ints
    cell: Ints
    looks: Ints
    looks_out: Ints
    strata: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    source: str = ""
    last_day: dt.date | None = None
