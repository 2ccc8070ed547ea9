"""Which parameters drive a result, read from runs that were made already.

For each parameter the part of the variance that a smooth curve of it alone explains: orthogonal polynomials of its
rank, degree 4, adjusted R² (a given-data estimate of the first-order index; Plischke, Borgonovo & Smith 2013; smooth
basis instead of their bins). It sees no interaction; `sobol` does, at n runs more per parameter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from counterflow.strategy.doubt.space import Floats

__all__ = ["Driver", "drivers", "explained"]

_DEGREE = 4


@dataclass(frozen=True, slots=True)
class Driver:
    """One parameter's part in a result.

    Args:
        name: the parameter.
        share: share of the variance that it explains alone; never below 0.
        direction: rank correlation with the result: above 0, more of it means more of the result.
        informed: whether data inform it.
    """

    name: str
    share: float
    direction: float
    informed: bool


def drivers(
    draws: Floats, result: Floats, names: tuple[str, ...], informed: np.ndarray[tuple[int], np.dtype[np.bool_]],
    most: int = 10,
) -> tuple[Driver, ...]:  # fmt: skip
    """Return the parameters that explain most of `result`, largest first.

    Args:
        draws: (n, parameters).
        result: (n,).
        names: names of the columns.
        informed: which columns data inform.
        most: how many to return; what explains less than chance would is left out.
    """
    shares = explained(draws, result)
    ranks = rankdata(result)
    found = [
        Driver(names[c], float(shares[c]), float(np.corrcoef(rankdata(draws[:, c]), ranks)[0, 1]), bool(informed[c]))
        for c in np.flatnonzero(shares > 0)
    ]
    return tuple(sorted(found, key=lambda driver: (-driver.share, driver.name))[:most])


def explained(draws: Floats, result: Floats) -> Floats:
    """Return the share of the variance that each parameter explains alone, (parameters,); 0 where chance would do it.

    Chance: below the 1 % point of chi-squared with 4 degrees of freedom over n, what noise explains of noise.
    """
    centred = result - result.mean()
    whole = float(centred @ centred)
    shares = np.zeros(draws.shape[1])
    if whole > 0:
        for column in np.flatnonzero(draws.min(axis=0) < draws.max(axis=0)):
            shares[column] = _explained(rankdata(draws[:, column]), centred, whole)
    return np.where(shares > 13.3 / max(len(result), 14), shares, 0.0)


def _explained(places: Floats, centred: Floats, whole: float) -> float:
    """Return the adjusted R² of the result on a smooth curve of one parameter's ranks."""
    n = len(places)
    basis = np.polynomial.legendre.legvander(2 * (places - 0.5) / n - 1, _DEGREE)[:, 1:]
    basis -= basis.mean(axis=0)
    fitted = basis @ np.linalg.lstsq(basis, centred, rcond=None)[0]
    plain = float(fitted @ fitted) / whole
    return max(0.0, 1 - (1 - plain) * (n - 1) / max(n - 1 - _DEGREE, 1))
