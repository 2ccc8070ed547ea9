"""What a model's chances have been worth so far: a bent line on the log-odds scale, from its own past forecasts.

A model that learns from records it chose itself knows those it calls safe from hearsay: of records it gave 5 %, more
than 10 % may hold something. A surprise is only one if the chance it is measured against was honest, so forecasts are
first mapped by what came of earlier ones (Cox 1958, Biometrika 45:562-565; Platt 1999, "Probabilistic outputs for
support vector machines"), with one bend, because it errs otherwise about what it avoids than about what it takes::

    logit(honest) = a + b x + c max(x - bend, 0)      x = logit(said)      a, c ~ N(0, 1)      b ~ N(1, 1/2)

Outcomes of all inspections enter that no search asked for: given what was said, choosing by it biases nothing. With few
outcomes the priors keep the line near what was said.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["recalibrated"]

Floats = npt.NDArray[np.float64]

_LEAST, _MOST = 0.005, 0.995
_STEPS = 8
_BEND = -1.1  # chance of a quarter
_RISE = 0.05


def recalibrated(chance: Floats, said: Floats, found: npt.NDArray[np.bool_]) -> Floats:
    """Return honest chances.

    Args:
        chance: what the model says now.
        said: what it said of records before they were inspected.
        found: what came of those.

    >>> said = np.repeat([0.05, 0.5], 500)
    >>> found = np.arange(1000) % 500 < np.where(said < 0.1, 65, 250)
    >>> recalibrated(np.array([0.05, 0.5]), said, found).round(2).tolist()
    [0.13, 0.5]
    """
    centre, precision = np.array([0.0, 1.0, 0.0]), np.array([1.0, 2.0, 1.0])
    line = centre.copy()
    design = _design(said)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        slope = design.T @ (found - p) - precision * (line - centre)
        bend = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
        line = line + np.linalg.solve(bend, slope)
    line[1] = max(line[1], _RISE)  # never turns the order round
    line[2] = max(line[2], _RISE - line[1])
    return np.asarray(1 / (1 + np.exp(-np.clip(_design(chance) @ line, -30, 30))), np.float64)


def _design(chance: Floats) -> Floats:
    p = np.clip(chance, _LEAST, _MOST)
    x = np.log(p / (1 - p))
    return np.column_stack([np.ones(len(x)), x, np.maximum(x - _BEND, 0.0)])
