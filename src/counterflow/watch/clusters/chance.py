"""How often chance alone gives a cluster as striking: Monte-Carlo, with a Gumbel tail beyond its last replicate."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Null", "replicate"]

Floats = npt.NDArray[np.float64]
Seeds = npt.NDArray[np.uint32]

_EULER = 0.5772156649015329
#: replicates a thread takes at a time; which thread takes them changes nothing
_PIECE = 16
#: largest distance between the replicates' distribution and the fitted one at which its tail is used
_FARTHEST = 0.1
#: so many times rarer than the rarest replicate the tail may say
_TRUSTED = 1000


@dataclass(frozen=True)
class Null:
    """The highest ratios that replicates without a cluster gave.

    Args:
        ratios: one a replicate.
    """

    ratios: Floats

    @property
    def scale(self) -> float:
        """Scale of the Gumbel distribution fitted by moments: s * sqrt(6) / pi."""
        return float(self.ratios.std(ddof=1) * np.sqrt(6) / np.pi)

    @property
    def place(self) -> float:
        """Its place: the mean less Euler's constant times the scale."""
        return float(self.ratios.mean() - _EULER * self.scale)

    @property
    def fits(self) -> bool:
        """Whether replicates follow a Gumbel distribution closely enough that its tail may be used.

        They do not where there are so few cases that the highest ratio takes a handful of values.
        """
        if self.scale <= 0:
            return False
        ordered = np.sort(self.ratios)
        fitted = np.exp(-np.exp(-(ordered - self.place) / self.scale))
        size = len(ordered)
        steps = np.arange(size + 1) / size
        apart = float(max(np.abs(fitted - steps[1:]).max(), np.abs(fitted - steps[:-1]).max()))
        return bool(apart <= max(_FARTHEST, 1.63 / np.sqrt(size)))

    def monte_carlo(self, ratio: float) -> float:
        """Return the rank among the replicates as a probability (Dwass, Ann. Math. Statist. 28 (1957) 181-187)."""
        return float((1 + (self.ratios >= ratio - 1e-9).sum()) / (len(self.ratios) + 1))

    def gumbel(self, ratio: float) -> float | None:
        """Return the probability by the fitted tail (Abrams, Kulldorff & Kleinman, Int. J. Health Geogr. 9 (2010) 61).

        The tail is followed a thousand times beyond the last replicate and no further: what is smaller is told as
        that. None where the replicates do not follow it.
        """
        if not self.fits:
            return None
        tail = -np.expm1(-np.exp(-(ratio - self.place) / self.scale))
        return float(max(tail, 1 / (_TRUSTED * (len(self.ratios) + 1))))

    def p(self, ratio: float) -> float:
        """Return the probability to go by: the tail's where it fits, else the rank's."""
        tail = self.gumbel(ratio)
        return self.monte_carlo(ratio) if tail is None else tail


def replicate(run: Callable[[Seeds, Floats], None], seeds: Seeds, workers: int = 0) -> Null:
    """Return what `run` fills in for every seed, on as many threads as there are cores; their number changes nothing.

    Args:
        run: fills an array with the highest ratio for each of its seeds, without holding the interpreter.
        seeds: one a replicate.
        workers: threads; 0 = one a core.
    """
    out = np.empty(len(seeds))
    pieces = [slice(first, first + _PIECE) for first in range(0, len(seeds), _PIECE)]
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for _ in pool.map(lambda piece: run(seeds[piece], out[piece]), pieces):
            pass
    return Null(out)
