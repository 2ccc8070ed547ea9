"""What the compiled loop works on: flat arrays of one run, and the small sums that every part uses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import positions as at

__all__ = ["Floats", "Ints", "Room", "factor", "raised", "treated_with_disorder", "with_disorder"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Room(NamedTuple):
    """Arrays of one run.

    Args:
        p: parameters, in the order of `positions.TAKES`.
        c: constants of the run (`positions.C_*`).
        d: drivers now, as they are after the policy's changes where people read them.
        m: mechanisms now: 0 where nothing is changed.
        k: switches.
        s: signals of supply.
        x: stocks.
        w: room for one step.
    """

    p: Floats
    c: Floats
    d: Floats
    m: Floats
    k: Ints
    s: Floats
    x: Floats
    w: Floats


@njit
def factor(room: Room, mechanism: int) -> float:
    """Return what a relative mechanism multiplies by, never below 0."""
    return float(max(0.0, 1.0 + room.m[mechanism]))


@njit
def raised(share: float, closed: float) -> float:
    """Return a share after part of its gap to 1 is closed (`closed` > 0) or part of it is lost (< 0)."""
    moved = share + closed * (1.0 - share) if closed >= 0.0 else share * (1.0 + closed)
    return min(1.0, max(0.0, moved))


@njit
def treated_with_disorder(room: Room, pathway: int) -> float:
    """Return people of a pathway who are on a medication and not in remission."""
    total = 0.0
    for m in range(at.MEDICATIONS):
        total += (1.0 - room.w[at.W_REMITTED_M + m]) * room.x[at.TREATED + 3 * pathway + m]
    return float(total)


@njit
def with_disorder(room: Room, pathway: int) -> float:
    """Return people of a pathway with a disorder, on medication or not, at large."""
    return float(room.w[at.W_AT_LARGE_P + pathway] + treated_with_disorder(room, pathway))
