"""Numbers with their doubt, and where each comes from: measured, stated by somebody, or assumed because nobody said."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ASSUMED", "BASES", "MEASURED", "STATED", "Doubtful", "counted", "ranged", "weakest"]

Floats = npt.NDArray[np.float64]
MEASURED, STATED, ASSUMED = "measured", "stated", "assumed"
BASES = (MEASURED, STATED, ASSUMED)
_Z = 1.959963984540054
_NEVER, _ALWAYS = 1e-12, 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A share that is not known for sure.

    Args:
        value: its middle (median).
        low: lower end of its 95 % interval.
        high: upper end.
        basis: one of `BASES`.
        counts: found and tried, where it was counted; then draws are of the Beta posterior under Jeffreys' prior.
        said: where it comes from, in words.
    """

    value: float
    low: float
    high: float
    basis: str
    said: str
    counts: tuple[float, float] | None = None

    def drawn(self, count: int, rng: np.random.Generator) -> Floats:
        """Return `count` draws.

        Counted ones come from Beta(found + 1/2, missed + 1/2) (Brown, Cai and DasGupta 2001, section 4.1.2). Of the
        others value, low and high are the 50, 2.5 and 97.5 % points of a normal on the log-odds scale whose two halves
        may differ in width.
        """
        if self.counts is not None:
            found, tried = self.counts
            return rng.beta(found + 0.5, tried - found + 0.5, count)
        middle = _odds(self.value)
        z = rng.standard_normal(count)
        below, above = (middle - _odds(self.low)) / _Z, (_odds(self.high) - middle) / _Z
        result: Floats = 1.0 / (1.0 + np.exp(-(middle + z * np.where(z < 0, below, above))))
        return result


def ranged(value: float | None, low: float, high: float, basis: str, said: str) -> Doubtful:
    """Return a share with a stated interval; without a value its middle is that of the interval on the log-odds scale.

    >>> ranged(None, 0.001, 0.1, "stated", "x").value < 0.05
    True
    """
    middle = value if value is not None else 1.0 / (1.0 + math.exp(-(_odds(low) + _odds(high)) / 2))
    return Doubtful(middle, low, high, basis, said)


def counted(found: float, tried: float, basis: str, said: str) -> Doubtful:
    """Return a share that was counted: `found` of `tried`.

    >>> counted(0, 100, "measured", "x").high < 0.04
    True
    """
    from scipy.special import betaincinv

    a, b = found + 0.5, tried - found + 0.5
    low, value, high = (float(betaincinv(a, b, q)) for q in (0.025, 0.5, 0.975))
    return Doubtful(value, low, high, basis, said, (found, tried))


def weakest(*bases: str) -> str:
    """Return the weakest of several bases: what is assumed anywhere is assumed.

    >>> weakest("measured", "assumed", "stated")
    'assumed'
    """
    return max(bases, key=BASES.index)


def _odds(share: float) -> float:
    share = min(max(share, _NEVER), _ALWAYS)
    return math.log(share / (1 - share))
