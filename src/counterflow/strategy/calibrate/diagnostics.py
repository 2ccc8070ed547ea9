"""Whether walkers have mixed: rank-normalised split R-hat, bulk and tail effective sample size.

Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and localization: an improved
R-hat for assessing convergence of MCMC, Bayesian Analysis 16(2): 667-718. Sections 3.1 to 4.3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["bulk_ess", "rank_rhat", "tail_ess"]

Floats = npt.NDArray[np.float64]


def rank_rhat(chains: Floats) -> float:
    """Return the larger of the rank-normalised split R-hat of location and of spread; 1 is mixed, above 1.01 not yet.

    Args:
        chains: one quantity, shape (steps, chains), at least four steps.
    """
    halves = _split(chains)
    folded = np.abs(halves - np.median(halves))
    return max(_rhat(_normal_ranks(halves)), _rhat(_normal_ranks(folded)))


def bulk_ess(chains: Floats) -> float:
    """Return how many independent draws the middle of the distribution is worth."""
    return _ess(_normal_ranks(_split(chains)))


def tail_ess(chains: Floats) -> float:
    """Return how many independent draws the 5 % and 95 % quantiles are worth, the smaller of the two."""
    halves = _split(chains)
    return min(_ess((halves <= cut).astype(np.float64)) for cut in np.quantile(halves, (0.05, 0.95)))


def _split(chains: Floats) -> Floats:
    half = len(chains) // 2
    return np.concatenate([chains[:half], chains[len(chains) - half :]], axis=1)


def _normal_ranks(chains: Floats) -> Floats:
    ranks = rankdata(chains, method="average").reshape(chains.shape)
    return np.asarray(ndtri((ranks - 0.375) / (chains.size + 0.25)))


def _rhat(chains: Floats) -> float:
    steps = len(chains)
    within = float(chains.var(axis=0, ddof=1).mean())
    between = steps * float(chains.mean(axis=0).var(ddof=1))
    if within == 0.0:
        return 1.0 if between == 0.0 else float("inf")
    return float(np.sqrt((steps - 1) / steps + between / (steps * within)))


def _ess(chains: Floats) -> float:
    """Geyer's initial monotone sequence over the joint autocorrelation of all chains (eq. 10 to 13)."""
    steps, count = chains.shape
    if np.ptp(chains) == 0.0:
        return float(chains.size)
    covariance = _autocovariance(chains).mean(axis=1)
    within = covariance[0] * steps / (steps - 1)
    total = covariance[0] + chains.mean(axis=0).var(ddof=1) if count > 1 else covariance[0]
    rho = 1.0 - (within - covariance) / total
    rho[0] = 1.0
    pairs = rho[: steps - steps % 2].reshape(-1, 2).sum(axis=1)
    positive = np.flatnonzero(pairs <= 0)
    pairs = np.minimum.accumulate(pairs[: positive[0] if len(positive) else len(pairs)])
    tau = max(-1.0 + 2.0 * float(pairs.sum()), 1.0 / np.log10(chains.size))
    return float(chains.size / tau)


def _autocovariance(chains: Floats) -> Floats:
    steps = len(chains)
    centred = chains - chains.mean(axis=0)
    length = 1 << (2 * steps - 1).bit_length()
    spectrum = np.fft.rfft(centred, n=length, axis=0)
    return np.asarray(np.fft.irfft(spectrum * spectrum.conj(), n=length, axis=0)[:steps] / steps)
