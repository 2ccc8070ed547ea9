"""What is known of the parameters beforehand, as a space in which every prior is a standard normal.

A point z of the space stands for a value at the share Phi(z) of its prior, so bounds never cut a walk, a prior costs
z²/2, and a parameter pressed against a bound shows as a large z. Beside the model's parameters the space holds one of
the measurement: how far the change of definition of 2015 is from what was published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.parameters import Parameters

__all__ = ["DEFINITION", "EDGE", "Space", "space_of"]

Floats = npt.NDArray[np.float64]
DEFINITION = "definition_2015"
#: beyond this many standard deviations of the prior nothing is proposed
EDGE = 4.5


@dataclass(frozen=True)
class Space:
    """The parameters that are fitted, and where they stand in the engine's vector.

    Args:
        held: all parameters of the model.
        places: places of the k fitted ones.
    """

    held: Parameters
    places: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted parameters, k."""
        return tuple(self.held.rows[p].name for p in self.places)

    @property
    def size(self) -> int:
        """Dimensions: k parameters, and the change of definition."""
        return len(self.places) + 1

    def values(self, points: Floats) -> Floats:
        """Return the fitted parameters at points.

        Args:
            points: shape (n, size).

        Returns:
            Shape (n, k), in the parameters' own units.
        """
        chosen = Parameters(tuple(self.held.rows[p] for p in self.places))
        shares = ndtr(np.clip(points[:, : len(self.places)], -EDGE, EDGE))
        return prior_quantiles(shares, chosen)

    def vectors(self, points: Floats) -> Floats:
        """Return whole parameter vectors, shape (n, P): fitted ones at the points, the others at their usual value."""
        out = np.tile(self.held.values, (len(points), 1))
        out[:, self.places] = self.values(points)
        return out

    def log_prior(self, points: Floats) -> Floats:
        """Return the log density of the prior up to a constant; -inf beyond `EDGE`."""
        inside = (np.abs(points) <= EDGE).all(axis=1)
        return np.where(inside, -0.5 * (points**2).sum(axis=1), -np.inf)

    def usual(self) -> Floats:
        """Return the point of the usual values, shape (size,): one start among many."""
        point = np.zeros(self.size)
        for place, where in enumerate(self.places):
            row = self.held.rows[where]
            if row.scale == "uniform":
                share = (row.value - row.low) / (row.high - row.low)
                point[place] = _normal_point(min(max(share, 0.02), 0.98))
        return point


def _normal_point(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def space_of(held: Parameters, names: tuple[str, ...]) -> Space:
    """Return the space of the named parameters."""
    return Space(held, tuple(held.place(name) for name in names))
