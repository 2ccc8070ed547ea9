"""Draws from a posterior by Hamiltonian Monte Carlo, whitened by its curvature at the mode.

Neal, in Handbook of Markov Chain Monte Carlo (2011), chapter 5. Chains step together as rows of one array. Whether they
agree is told by the split R-hat of Gelman et al. (Bayesian Data Analysis, 3rd ed. 2013, 11.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import EngineError

__all__ = ["AGREED", "CHAINS", "Drawn", "Peak", "draw_posterior", "split_r_hat", "whiten"]

Floats = npt.NDArray[np.float64]
Density = Callable[[Floats], tuple[Floats, Floats]]

#: chains of each posterior
CHAINS = 4
_WARM = 150
_STEPS = 20
_WIDTH = 1e-4
_MOST_STEPS = 100
_DAMPED = 0.5 ** np.arange(0, 12)
_LONGEST = 2.0
_FLATTEST = 0.3
_NEAR = 1e-6
_AIM = 0.8
#: R-hat above which chains do not agree
AGREED = 1.1


@dataclass(frozen=True)
class Peak:
    """Where a density is highest, a root of the inverse of its curvature there, and its log mass by Laplace."""

    mode: Floats
    root: Floats
    log_mass: float


@dataclass(frozen=True)
class Drawn:
    """Draws of a posterior.

    Args:
        draws: shape (chains, kept, size).
        r_hat: the worst split R-hat over parameters.
        accepted: share of proposals taken.
    """

    draws: Floats
    r_hat: float
    accepted: float

    @property
    def flat(self) -> Floats:
        """All draws, shape (chains x kept, size)."""
        return self.draws.reshape(-1, self.draws.shape[2])


def draw_posterior(
    density: Density, peaks: Sequence[Peak], rng: np.random.Generator, *, kept: int = 300
) -> list[Drawn]:
    """Return draws from several posteriors, one for each peak, stepped together.

    Args:
        density: log density and gradient of many points, (k, size) to (k,) and (k, size); rows belong to the peaks in
            turn, `CHAINS` to each.
        peaks: where each is highest, see `whiten`.
        rng: generator.
        kept: draws kept of each chain.
    """
    count, size = len(peaks), len(peaks[0].mode)
    mode = np.repeat(np.stack([peak.mode for peak in peaks]), CHAINS, axis=0)
    root = np.stack([peak.root for peak in peaks])

    def out(w: Floats) -> Floats:
        return np.asarray(mode + np.einsum("pck,pik->pci", w.reshape(count, CHAINS, size), root).reshape(-1, size))

    def moved(w: Floats) -> tuple[Floats, Floats]:
        value, slope = density(out(w))
        slope = np.einsum("pci,pik->pck", slope.reshape(count, CHAINS, size), root).reshape(-1, size)
        return np.where(np.isfinite(value), value, -1e300), np.nan_to_num(slope)

    w = rng.normal(size=(count * CHAINS, size))
    value, slope = moved(w)
    step, stored, taken = np.full(count, 0.3), [], np.zeros(count)
    for turn in range(_WARM + kept):
        with np.errstate(over="ignore", invalid="ignore"):  # a step too long runs away and is not taken
            w, value, slope, chance = _leap(moved, w, value, slope, np.repeat(step, CHAINS), rng)
        mean = chance.reshape(count, CHAINS).mean(axis=1)
        if turn < _WARM:
            step = np.clip(step * np.exp((mean - _AIM) * 2.0 / (1 + turn) ** 0.6), 1e-3, 1.0)
        else:
            stored.append(out(w))
            taken += mean / kept
    draws = np.stack(stored, axis=1).reshape(count, CHAINS, kept, size)
    return [Drawn(draws[i], split_r_hat(draws[i]), float(taken[i])) for i in range(count)]


def _leap(
    density: Density, w: Floats, value: Floats, slope: Floats, step: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the chains after one proposal each, and the chance with which each was taken."""
    push = rng.normal(size=w.shape)
    size = (step * rng.uniform(0.7, 1.3))[:, None]
    at, gain = w, slope
    half = push + 0.5 * size * gain
    reached = value
    for turn in range(_STEPS):
        at = at + size * half
        reached, gain = density(at)
        half = half + (size if turn < _STEPS - 1 else 0.5 * size) * gain
    energy = reached - 0.5 * (half**2).sum(axis=1) - value + 0.5 * (push**2).sum(axis=1)
    chance = np.exp(np.minimum(np.nan_to_num(energy, nan=-1e9, posinf=0.0, neginf=-1e9), 0.0))
    take = rng.random(len(w)) < chance
    pick = take[:, None]
    return np.where(pick, at, w), np.where(take, reached, value), np.where(pick, gain, slope), chance


def whiten(density: Density, begin: Floats) -> Peak:
    """Return where a density is highest and how it bends there, by damped Newton steps from `begin`.

    Raises:
        EngineError: no such place was found.
    """
    at, size = begin.copy(), len(begin)
    values, vectors = np.ones(size), np.eye(size)
    for _ in range(_MOST_STEPS):
        slopes = density(np.concatenate([at + _WIDTH * np.eye(size), at - _WIDTH * np.eye(size), at[None, :]]))[1]
        curve = (slopes[size : 2 * size] - slopes[:size]) / (2 * _WIDTH)
        values, vectors = np.linalg.eigh((curve + curve.T) / 2)
        # Upward bends are left the same way, downhill (saddle-free Newton); the prior alone bends by about 1, and where
        # it is flatter than that, it is a ridge and not followed further than this.
        values = np.maximum(np.abs(values), _FLATTEST)
        ahead = vectors @ ((vectors.T @ slopes[-1]) / values)
        if float(ahead @ slopes[-1]) < _NEAR:
            break
        ahead = ahead * min(1.0, _LONGEST / float(np.abs(ahead).max()))
        reached = density(at + _DAMPED[:, None] * ahead)[0]
        best = int(np.nanargmax(reached))
        at = at + _DAMPED[best] * ahead
    if not np.all(np.isfinite(at)):
        raise EngineError("The threshold test found no likeliest answer.", hint="Look at the counts.")
    mass = float(density(at[None, :])[0][0]) - 0.5 * float(np.log(values).sum())
    return Peak(at, np.asarray(vectors / np.sqrt(values)), mass)


def split_r_hat(draws: Floats) -> float:
    """Return the worst split R-hat of draws (chains, kept, size): near 1 where chains agree.

    >>> split_r_hat(np.random.default_rng(1).normal(size=(4, 200, 3))) < 1.05
    True
    """
    half = draws.shape[1] // 2
    parts = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    within = parts.var(axis=1, ddof=1).mean(axis=0)
    between = parts.mean(axis=1).var(axis=0, ddof=1)
    return float(np.sqrt((within * (half - 1) / half + between) / np.maximum(within, 1e-300)).max())
