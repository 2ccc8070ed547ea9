"""Access to care as supply for each person within reach, shared with all others who reach it.

2SFCA: W. Luo, F. Wang, Measures of spatial accessibility to health care in a GIS environment, Environment and Planning
B 30 (2003) 865-884, equations 4 and 5. First each site shares its supply among everybody within reach, R_j = S_j / sum
of P_k over places k with d_kj <= d0; then each place adds up the shares of the sites within its reach. E2SFCA: W. Luo,
Y. Qi, An enhanced two-step floating catchment area (E2SFCA) method, Health & Place 15 (2009) 1100-1107, equations 2 and
3: both sums weigh pairs by zones of distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError

__all__ = ["Access", "Weights", "floating_catchment", "weights_of"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: weights of the three thirds of a catchment (Luo and Qi 2009, table 1, the weights of 10, 20 and 30 minutes)
_THIRDS = (1.0, 0.68, 0.22)


@dataclass(frozen=True)
class Weights:
    """How much a pair counts by what the journey takes.

    Args:
        steps: (up to, weight) in rising order; empty for a Gaussian.
        sigma: width of a Gaussian, exp(-d^2 / 2 sigma^2); 0 for steps.
    """

    steps: tuple[tuple[float, float], ...] = ()
    sigma: float = 0.0

    def of(self, cost: Floats) -> Floats:
        """Return the weight of each pair, 0 beyond the last step, and of no journey at all.

        >>> Weights(((10.0, 1.0), (20.0, 0.5))).of(np.array([0.0, 10.0, 11.0, 20.5, np.inf])).tolist()
        [1.0, 1.0, 0.5, 0.0, 0.0]
        """
        if self.sigma:
            near = np.where(np.isfinite(cost), cost, 0.0)
            return np.asarray(np.where(np.isfinite(cost), np.exp(-near * near / (2 * self.sigma**2)), 0.0))
        ends = np.array([end for end, _ in self.steps])
        values = np.array([*(weight for _, weight in self.steps), 0.0])
        return np.asarray(values[np.searchsorted(ends, cost, side="left")])


@dataclass(frozen=True)
class Access:
    """What care people reach.

    Args:
        score: supply for each person at each place, shape (D,); 0 where none is in reach.
        nearest: what the journey to the nearest site with supply takes, shape (D,); infinite where there is none.
        sites: number of sites with supply in reach, shape (D,).
        ratio: supply for each person in reach of a site, shape (S,); nan where nobody is.
    """

    score: Floats
    nearest: Floats
    sites: npt.NDArray[np.int64]
    ratio: Floats


def weights_of(text: str | None, method: str, catchment: float) -> Weights:
    """Return the weights of a method.

    Args:
        text: "10:1,20:0.68,30:0.22", "gaussian:SIGMA", or None for the usual ones.
        method: 2sfca (all pairs in reach count alike) or e2sfca.
        catchment: how far is in reach, in the unit of costs.

    Raises:
        UsageError: no such weights, or 2sfca with some.
    """
    if method == "2sfca":
        if text is not None:
            raise UsageError("2sfca counts all pairs within reach alike.", hint="Take --method e2sfca for weights.")
        return Weights(((catchment, 1.0),))
    if text is None:
        return Weights(tuple((catchment * (n + 1) / 3, weight) for n, weight in enumerate(_THIRDS)))
    if text.startswith("gaussian:"):
        sigma = _number(text.removeprefix("gaussian:"))
        if not sigma > 0:
            raise UsageError(f"{text!r} has no width.", hint="Write gaussian:SIGMA, in the unit of the catchment.")
        return Weights(sigma=sigma)
    steps = [tuple(map(_number, part.split(":"))) for part in text.split(",")]
    pairs = tuple((step[0], step[1]) for step in steps if len(step) == 2)
    rising = all(a[0] < b[0] for a, b in pairwise(pairs))
    if len(pairs) != len(steps) or not rising or not all(end > 0 and weight >= 0 for end, weight in pairs):
        raise UsageError(f"{text!r} are no weights.", hint="Write 10:1,20:0.68,30:0.22, or gaussian:SIGMA.")
    return Weights(pairs)


def floating_catchment(people: Floats, supply: Floats, cost: Floats, catchment: float, weights: Weights) -> Access:
    """Return the access of each place.

    Args:
        people: shape (D,), at least 0.
        supply: shape (S,), at least 0.
        cost: what the journey takes, shape (D, S).
        catchment: journeys up to this count, the end included.
        weights: how much each counts.
    """
    weight = np.where(cost <= catchment, weights.of(cost), 0.0)
    shared = weight.T @ people
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shared > 0, supply / shared, np.nan)
    score = weight @ np.nan_to_num(ratio)
    gives = supply > 0
    nearest = cost[:, gives].min(axis=1) if gives.any() else np.full(len(people), np.inf)
    sites = ((cost <= catchment) & (weight > 0) & gives).sum(axis=1)
    return Access(score, nearest, sites.astype(np.int64), ratio)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def spread(values: Floats, people: Floats, shares: Sequence[float]) -> list[float]:
    """Return the quantiles of `values` over people: half of the people have at most the 0.5 one."""
    order = np.argsort(values, kind="stable")
    heaped = np.cumsum(people[order])
    if not heaped[-1] > 0:
        return [float("nan")] * len(shares)
    return [float(values[order][min(np.searchsorted(heaped, share * heaped[-1]), len(order) - 1)]) for share in shares]
