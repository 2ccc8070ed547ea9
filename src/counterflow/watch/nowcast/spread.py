"""How sure a nowcast is: variances by moments from past nowcasts, the two estimates joined, and the missing part's law.

Two estimates of a period's final count T are joined by their precision: chain ladder (what is in over the share that
should be, relative variance phi (1 - F) / F from reporting plus that of counting) and the level by neighbouring
periods (relative variance sigma_h at horizon h plus that of counting). phi, sigma_h and the width of the law of the
missing part are learned from nowcasts made as of past days, held against what is known today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.watch.nowcast.triangle import Floats

__all__ = ["Doubt", "Past", "joined", "learn"]

#: pseudo-origins behind each variance: what a series with no past of its own is taken to be
_PRIOR_ORIGINS = 3.0
_PRIOR_PHI, _PRIOR_SIGMA = 0.03, 0.04
#: an error beyond this many variances counts as that many: one broken day is not the rule
_CAP = 9.0
#: horizons share what they learn with their neighbours, with this standard deviation
_SHARED_HORIZONS = 2.0
_LEAST_MISSING = 0.02
#: past days after which an error counts half in leaning, and how far from 1 a lean is expected to be
_LEAN_HALF_LIFE, _LEAN_SPREAD = 7.0, 0.1


@dataclass(frozen=True)
class Past:
    """Nowcasts made as of past days, by origin and horizon, and what their periods came to since.

    Args:
        seen: reported then, shape (S, H).
        share: share that was expected to be in then.
        level: level by neighbours then.
        final: best estimate today of the final count.
        weight: weight in learning; 0 where today knows little more than was known then.
    """

    seen: Floats
    share: Floats
    level: Floats
    final: Floats
    weight: Floats


@dataclass(frozen=True)
class Doubt:
    """What was learned.

    Args:
        phi: relative variance of chain ladder is phi (1 - F) / F.
        sigma: relative variance of the level by neighbours, by horizon, shape (H,).
        lean: factor on the missing part, by horizon, shape (H,): what lately came over what was expected to.
        factor: factor on the doubt of the missing part, by horizon, shape (H,).
        stretch: factor on normal scores.
        together: correlation of neighbouring horizons' normal scores.
        origins: effective number of past days behind it.
    """

    phi: float
    sigma: Floats
    lean: Floats
    factor: Floats
    stretch: float
    together: float
    origins: float


def joined(seen: Floats, share: Floats, level: Floats, phi: float, sigma: Floats) -> tuple[Floats, Floats]:
    """Return the expected final count and its relative variance, by the two estimates' precisions."""
    level = np.maximum(level, 0.05)
    away = (1.0 - share) / share
    by_level = 1.0 / (sigma + 1.0 / level)
    by_ladder = 1.0 / np.maximum(phi * away + away / level, 1e-9)
    expected = (by_level * level + by_ladder * seen / share) / (by_level + by_ladder)
    # What is still to come is never nothing while something is expected: a part of the level's own missing share.
    return np.maximum(expected, seen + 0.05 * (1.0 - share) * level), 1.0 / (by_level + by_ladder)


def _moment(excess: Floats, scale: Floats, weight: Floats, prior: float) -> float:
    """Return the variance v whose multiples `scale` x v explain `excess`, shrunk to `prior`; outliers are capped."""
    usual = float((weight * scale).sum())
    typical = usual / max(float(weight.sum()), 1e-9)
    add = _PRIOR_ORIGINS * (typical if usual > 0 else 1.0)
    value = (float((weight * excess).sum()) + add * prior) / (usual + add)
    for _ in range(5):
        capped = np.minimum(excess, _CAP * max(value, 1e-5) * scale)
        value = (float((weight * capped).sum()) + add * prior) / (usual + add)
    return max(value, 1e-5)


def learn(past: Past) -> Doubt:
    """Return what past nowcasts say of the doubt."""
    weight, share, final = past.weight, past.share, past.final
    away = (1.0 - share) / share
    base = np.maximum(final, 1.0)
    phi = _moment(((past.seen / share - final) / base) ** 2 - away / base, away, weight, _PRIOR_PHI)
    sigma = _sigma(past)
    expected, relative = joined(past.seen, share, past.level, phi, sigma[None, :])
    mean = np.maximum(expected - past.seen, _LEAST_MISSING)
    came = np.maximum(final - past.seen, 0.0)
    doubt = np.maximum(relative * expected**2 / mean**2, 1e-6)
    # The width is learned from what was told before leaning: leaning uses the same errors, and would flatter it.
    lean = _lean(came, mean, doubt, weight > 0)
    factor = _factor(came, mean, doubt, weight)
    stretch, together = _scores(came, mean, 1.0 / (factor[None, :] * doubt), weight)
    return Doubt(phi, sigma, lean, factor, stretch, together, float(weight.sum(axis=0).max(initial=0.0)))


def _sigma(past: Past) -> Floats:
    """Return the level's relative variance by horizon, smoothed over horizons."""
    level = np.maximum(past.level, 1.0)
    excess = ((past.level - past.final) / level) ** 2 - 1.0 / level
    horizons = range(excess.shape[1])
    raw = [_moment(excess[:, h], np.ones(len(excess)), past.weight[:, h], _PRIOR_SIGMA) for h in horizons]
    kernel = _kernel(len(raw)) * (past.weight.sum(axis=0) + 1e-3)[None, :]
    smooth = kernel @ np.array(raw) / kernel.sum(axis=1)
    return np.asarray(np.maximum(smooth, 1e-3), np.float64)


def _lean(came: Floats, mean: Floats, doubt: Floats, used: npt.NDArray[np.bool_]) -> Floats:
    """Return what came over what was expected to, by horizon, of late, shrunk to 1.

    Reports speed up when there is less to report and slow down when there is more; past errors of one sign show it
    before the delays themselves do.
    """
    late = 2.0 ** (-np.arange(len(mean)) / _LEAN_HALF_LIFE)[:, None] * used
    weight = late * mean / (doubt * mean**2 + mean)
    kernel = _kernel(mean.shape[1])
    kernel /= kernel.sum(axis=1, keepdims=True)
    have, could = kernel @ (weight * came).sum(axis=0), kernel @ (weight * mean).sum(axis=0)
    held = 1.0 / _LEAN_SPREAD**2
    return np.asarray(np.clip((have + held) / (could + held), 0.5, 2.0), np.float64)


def _kernel(count: int) -> Floats:
    at = np.arange(count)
    return np.asarray(np.exp(-0.5 * ((at[:, None] - at[None, :]) / _SHARED_HORIZONS) ** 2), np.float64)


def _factor(came: Floats, mean: Floats, doubt: Floats, weight: Floats) -> Floats:
    """Return the likeliest factor on the doubt by horizon, on a grid, with a prior around 1."""
    from counterflow.watch.nowcast.kernels import size_likelihood

    grid = np.exp(np.linspace(np.log(0.1), np.log(20.0), 25))
    found = size_likelihood(came, mean, doubt, weight, grid)
    shared = found @ _kernel(found.shape[1]).T - 0.5 * np.log(grid)[:, None] ** 2
    return np.asarray(grid[shared.argmax(axis=0)], np.float64)


def _scores(came: Floats, mean: Floats, size: Floats, weight: Floats) -> tuple[float, float]:
    """Return the spread of past normal scores, at least 1, and how much neighbouring horizons go together."""
    from scipy.special import betainc, ndtri

    used = weight > 0
    if not used.any():
        return 1.0, 0.5
    chance = np.where(used, size / (size + mean), 0.5)
    # P(X <= x) of the negative binomial is the incomplete beta function; the middle of the step keeps it level.
    upper = betainc(np.where(used, size, 1.0), np.where(used, came, 0.0) + 0.5, chance)
    score = np.where(used, ndtri(np.clip(upper, 1e-4, 1 - 1e-4)), 0.0)
    total = float(weight.sum())
    spread = float(np.sqrt((_PRIOR_ORIGINS * 10 + float((weight * score**2).sum())) / (_PRIOR_ORIGINS * 10 + total)))
    both = weight[:, 1:] * (used[:, 1:] & used[:, :-1])
    shared = float((both * score[:, 1:] * score[:, :-1]).sum()) / max(float((both * score[:, 1:] ** 2).sum()), 1e-9)
    return max(1.0, spread), float(np.clip(shared, 0.0, 0.95))
