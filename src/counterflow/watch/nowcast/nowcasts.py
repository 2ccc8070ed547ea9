"""A nowcast: for every period that is not final, the law of its final count, beside what has been reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from counterflow.watch.nowcast.triangle import Days, Floats

__all__ = ["LEVELS", "Nowcasts"]

#: quantiles that are given where nobody asks for others: .025, .05, .1 … .9, .95, .975, in steps of .05
LEVELS = (0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975)
#: from this mean on, the missing part is drawn from the gamma law with the same moments: the steps no longer matter
_LARGE = 20_000.0


@dataclass(frozen=True)
class Nowcasts:
    """Final counts as they are expected, of K periods, oldest first.

    The part that is not in yet is negative binomial with mean `missing` and size `size`; its quantiles are spread by
    `stretch` on the normal scale, as past nowcasts showed to be needed. Draws of neighbouring periods go together
    (`together`), for a sum over days is in more doubt than its parts say.

    Args:
        reference: first day of each period.
        levels: quantile levels, rising, shape (Q,).
        values: quantiles of the final count, shape (K, Q).
        reported: counted so far, shape (K,); never above any quantile.
        complete: expected share of the final count that is in, shape (K,).
        missing: expected number still to come, shape (K,).
        size: size of the negative binomial, shape (K,).
        stretch: factor on normal scores of the quantiles, shape (K,).
        together: correlation of neighbouring periods' normal scores.
        chain_ladder: reported over complete, nothing else, shape (K,).
        as_of: day as of which everything above was known.
        method: name of the method.
        group: what was counted.
        settings: the method's settings.
        past: retrospective figures, by name: see `scores.retrospective`.
        said: what a person must know.
    """

    reference: Days
    levels: Floats
    values: Floats
    reported: Floats
    complete: Floats
    missing: Floats
    size: Floats
    stretch: Floats
    together: float
    chain_ladder: Floats
    as_of: dt.date
    method: str
    group: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    past: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def expected(self) -> Floats:
        """Expected final counts, shape (K,)."""
        return self.reported + self.missing

    @property
    def median(self) -> Floats:
        """Median final counts, shape (K,)."""
        return np.ravel(self.at(np.array([0.5])))

    def at(self, levels: Floats) -> Floats:
        """Return quantiles of the final counts at rising `levels`, shape (K, len(levels))."""
        still = quantiles(self.missing, self.size, self.stretch, levels)
        final: Floats = still + self.reported[:, None]
        return final

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return `n` joint draws of the final counts, shape (n, K), from a generator of `core.seeds`."""
        from scipy.special import ndtr

        steps = rng.standard_normal((n, len(self.missing)))
        scores = np.empty_like(steps)
        keep, new = self.together, float(np.sqrt(1.0 - self.together**2))
        for place in range(steps.shape[1]):
            scores[:, place] = steps[:, place] if place == 0 else keep * scores[:, place - 1] + new * steps[:, place]
        shares = np.clip(ndtr(scores * self.stretch), 1e-9, 1 - 1e-9)
        out: Floats = np.empty(shares.shape)
        for place in range(shares.shape[1]):
            order = np.argsort(shares[:, place])
            here = slice(place, place + 1)
            rising = quantiles(self.missing[here], self.size[here], np.ones(1), shares[order, place])[0]
            out[order, place] = self.reported[place] + rising
        return out


def quantiles(mean: Floats, size: Floats, stretch: Floats, levels: Floats) -> Floats:
    """Return negative-binomial quantiles at rising `levels`, each moved out by its `stretch` on the normal scale."""
    from scipy.special import gammaincinv, ndtr, ndtri

    from counterflow.watch.nowcast.kernels import missing_quantiles

    out = np.zeros((len(mean), len(levels)))
    normal = ndtri(levels)
    for value in np.unique(stretch):
        rows = np.flatnonzero(stretch == value)
        moved = ndtr(value * normal) if value != 1.0 else levels
        out[rows] = missing_quantiles(mean[rows], size[rows], np.ascontiguousarray(moved, np.float64), _LARGE)
        large = rows[mean[rows] > _LARGE]
        # Gamma-Poisson of a large mean: the Poisson part adds 1 / mean to the relative variance 1 / size.
        shape = 1.0 / (1.0 / size[large] + 1.0 / mean[large])
        out[large] = np.rint(gammaincinv(shape[:, None], moved[None, :]) * (mean[large] / shape)[:, None])
    return out
