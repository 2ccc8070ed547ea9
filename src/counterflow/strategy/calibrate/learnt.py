"""What the data say of each parameter: learnt, not learnt, or pressed against the end of its prior.

A parameter on its bound is a failure to identify it, not an estimate: the fit would have gone on. One whose spread is
as wide as its prior's was not learnt, and what hangs on it is assumption. Two that move together are known only
together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.strategy.calibrate.diagnostics import bulk_ess, rank_rhat, tail_ess
from counterflow.strategy.calibrate.space import Space
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.parameters import Parameters

__all__ = ["LEARNT_FROM", "Learnt", "learnt_of", "tied"]

Floats = npt.NDArray[np.float64]
#: A spread less than this share narrower than the prior's was not learnt.
LEARNT_FROM = 0.2
_END = 1.96
_MASS = 0.25
_TIED = 0.7


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the data say of one parameter.

    Args:
        name: the parameter.
        prior_low: 2.5 % point of its prior.
        prior_high: 97.5 % point of its prior.
        low: 2.5 % point of the posterior.
        median: its median.
        high: 97.5 % point.
        shrinkage: 1 less the ratio of spreads, posterior to prior, on the prior's own scale.
        standing: "learnt", "not learnt" or "on its bound".
        rhat: rank-normalised split R-hat.
        bulk: effective draws of the middle.
        tail: effective draws of the 5 % and 95 % points.
    """

    name: str
    prior_low: float
    prior_high: float
    low: float
    median: float
    high: float
    shrinkage: float
    standing: str
    rhat: float
    bulk: float
    tail: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, four significant digits."""
        return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in asdict(self).items()}


def learnt_of(space: Space, chains: Floats) -> tuple[Learnt, ...]:
    """Return what was learnt of each fitted parameter.

    Args:
        space: the parameters.
        chains: walkers after the first half was left out, shape (steps, W, d).
    """
    points = chains.reshape(-1, chains.shape[2]).astype(np.float64)
    values = space.values(points)
    fitted = Parameters(tuple(space.held.rows[p] for p in space.places))
    ends = prior_quantiles(np.repeat([[0.025], [0.975]], len(fitted.rows), axis=1), fitted)
    out = []
    for place, row in enumerate(fitted.rows):
        low, median, high = (float(q) for q in np.quantile(values[:, place], (0.025, 0.5, 0.975)))
        chain = chains[:, :, place].astype(np.float64)
        shrinkage = 1.0 - float(points[:, place].std())
        out.append(
            Learnt(
                row.name, float(ends[0, place]), float(ends[1, place]), low, median, high, shrinkage,
                _standing(points[:, place], shrinkage), rank_rhat(chain), bulk_ess(chain), tail_ess(chain),
            )
        )  # fmt: skip
    return tuple(out)


def _standing(points: Floats, shrinkage: float) -> str:
    if max(float((points > _END).mean()), float((points < -_END).mean())) > _MASS:
        return "on its bound"
    return "learnt" if shrinkage >= LEARNT_FROM else "not learnt"


def tied(space: Space, points: Floats) -> tuple[tuple[str, str, float], ...]:
    """Return pairs of parameters whose rank correlation is beyond 0.7, strongest first.

    Args:
        space: the parameters.
        points: shape (n, d).
    """
    ranks = np.argsort(np.argsort(points[:, : len(space.places)], axis=0), axis=0).astype(np.float64)
    held = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    pairs = [(a, b) for a, b in np.argwhere(np.abs(held) > _TIED) if a < b]
    pairs.sort(key=lambda p: -abs(float(held[p[0], p[1]])))
    return tuple((space.names[a], space.names[b], round(float(held[a, b]), 3)) for a, b in pairs)
