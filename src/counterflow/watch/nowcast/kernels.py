"""The arithmetic of a nowcast in compiled loops: shares that are in, level of each period, and both as of past days.

Delays: reverse-time hazards, the share of what is known at delay d that came at exactly d (Lawless 1994; the
development factors of Mack 1993 in another form). Each hazard is learned by class of the *reporting* day and shrunk
to the one of all days, with weights that halve with age. Level: local log-linear regression with negative-binomial
weights around the period, leaving the period itself out.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
import numpy.typing as npt

__all__ = ["completeness", "hazards_of", "levels_of", "missing_quantiles", "size_likelihood"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@nb.njit(cache=True)
def hazards_of(cum: Floats, last: int, classes: Whole, knobs: Floats, prior: Floats) -> Floats:
    """Return the share of what is known at each delay that came at just that delay, by class of reporting day.

    Args:
        cum: cumulative counts by delay, shape (R, D + 1); only cells known at `last` are read.
        last: index of the period that ends as of now.
        classes: class of each reporting day from the first period on, shape (>= last + D + 1,).
        knobs: age in steps at which a report counts half; weight of the hazard of all days, in days, and in counts, so
            that small counts borrow more; weight of `prior` in counts; the rest is for `levels_of`.
        prior: hazards of a wider place by delay and class, shape (D + 1, classes); taken as they are for delays that
            were never seen.
    """
    half, pooled_days, pooled_counts, prior_counts = knobs[0], knobs[1], knobs[2], knobs[3]
    most, kinds = cum.shape[1] - 1, prior.shape[1]
    new = np.zeros((most + 1, kinds))
    held = np.zeros((most + 1, kinds))
    days = np.zeros(most + 1)
    decay = 2.0 ** (-1.0 / half)
    for t in range(last + 1):
        weight = decay ** (last - t - 1)
        for d in range(1, min(most, last - t) + 1):
            here = classes[t + d]
            new[d, here] += weight * (cum[t, d] - cum[t, d - 1])
            held[d, here] += weight * cum[t, d]
            days[d] += weight
            weight /= decay
    out = np.zeros((most + 1, kinds))
    for d in range(1, most + 1):
        whole, came = 0.0, 0.0
        for c in range(kinds):
            whole += held[d, c]
            came += new[d, c]
            out[d, c] = prior[d, c]
        if whole > 0:
            pool = came / whole
            borrowed = pooled_counts + pooled_days * whole / days[d]
            for c in range(kinds):
                lent = borrowed * pool + prior_counts * prior[d, c]
                out[d, c] = min(0.98, (new[d, c] + lent) / (held[d, c] + borrowed + prior_counts))
    return out


@nb.njit(cache=True)
def completeness(hazard: Floats, classes: Whole, last: int) -> Floats:
    """Return the expected share of each period's final count that is in at `last`, shape (last + 1,)."""
    shares = np.ones(last + 1)
    for t in range(last + 1):
        for d in range(last - t + 1, len(hazard)):
            shares[t] *= 1.0 - hazard[d, classes[t + d]]
    return shares


@nb.njit(cache=True)
def _kind_effects(seen: Floats, share: Floats, classes: Whole, kinds: int, half: float, shrink: float) -> Floats:
    """Return how many events a day of each class brings, over the mean of its seven days."""
    own, mean, weights = np.zeros(kinds), np.zeros(kinds), 0.0
    effects = np.ones(kinds)
    if kinds == 1:
        return effects
    count, means = len(seen), 0.0
    for t in range(3, count - 4):
        middle = 0.0
        for near in range(t - 3, t + 4):
            middle += seen[near] / share[near] / 7.0
        weight = 2.0 ** (-(count - 1 - t) / half) * share[t]
        own[classes[t]] += weight * seen[t] / share[t]
        mean[classes[t]] += weight * middle
        means += weight * middle
        weights += weight
    if weights > 0:
        add = shrink * means / weights + 1e-6
        for c in range(kinds):
            effects[c] = max(0.05, (own[c] + add) / (mean[c] + add))
    return effects


@nb.njit(cache=True)
def _level(seen: Floats, share: Floats, usual: Floats, at: int, out: Floats, knobs: Floats) -> None:
    """Set `out` to level and slope, both on the log scale, at period `at` by its neighbours.

    A local log-linear fit with weights that fall by distance and quasi negative-binomial variance, by Newton steps from
    where `out` stands; the period itself is left out.
    """
    width, spread, ridge, window = knobs[6], knobs[7], knobs[8], int(knobs[9])
    first = max(0, at - window)
    final = min(len(seen), at + window + 1)
    if np.isnan(out[0]):
        have, could = 0.0, 0.0
        for t in range(first, final):
            if t != at:
                near = math.exp(-abs(t - at) / width)
                have += near * seen[t]
                could += near * share[t] * usual[t]
        out[0] = math.log((have + 0.1) / max(could, 1e-9))
        out[1] = 0.0
    for _ in range(8):
        a, b = out[0], out[1]
        ga, gb, haa, hab, hbb = 0.0, -ridge * b, 1e-6, 0.0, ridge
        for t in range(first, final):
            if t != at:
                x = float(t - at)
                mean = share[t] * usual[t] * math.exp(a + b * x)
                extra = spread * (1.0 - share[t]) / share[t] + 0.02
                near = math.exp(-abs(x) / width) / (1.0 + mean * extra)
                ga += near * (seen[t] - mean)
                gb += near * (seen[t] - mean) * x
                haa += near * mean
                hab += near * mean * x
                hbb += near * mean * x * x
        det = haa * hbb - hab * hab
        da = min(1.0, max(-1.0, (hbb * ga - hab * gb) / det))
        db = min(0.1, max(-0.1, (haa * gb - hab * ga) / det))
        out[0] = max(-20.0, a + da)
        out[1] = min(0.5, max(-0.5, b + db))
        if abs(da) + 7.0 * abs(db) < 1e-4:
            break


@nb.njit(cache=True)
def levels_of(seen: Floats, share: Floats, classes: Whole, kinds: int, knobs: Floats, count: int) -> Floats:
    """Return the level of each of the newest `count` periods by its neighbours, newest first.

    `knobs`: half-life of delays, pooled days, pooled counts, weight of the prior, half-life of weekday effects, their
    shrinkage, width of the local fit, spread of delays, ridge of the slope, window of the local fit.
    """
    last = len(seen) - 1
    effects = _kind_effects(seen, share, classes, kinds, knobs[4], knobs[5])
    usual = np.empty(last + 1)
    for t in range(last + 1):
        usual[t] = effects[classes[t]]
    level = np.empty(count)
    fit = np.full(2, np.nan)
    for h in range(count):
        _level(seen, share, usual, last - h, fit, knobs)
        level[h] = usual[last - h] * math.exp(fit[0])
        fit[0] -= fit[1]
    return level


@nb.njit(cache=True)
def size_likelihood(missing: Floats, mean: Floats, doubt: Floats, weight: Floats, grid: Floats) -> Floats:
    """Return the weighted log-likelihood of each factor on the doubt, by horizon, shape (len(grid), horizons).

    The part that is still missing is negative binomial around `mean` with size 1 / (factor x doubt).
    """
    out = np.zeros((len(grid), missing.shape[1]))
    for g in range(len(grid)):
        for i in range(missing.shape[0]):
            for h in range(missing.shape[1]):
                if weight[i, h] > 0:
                    size = 1.0 / (grid[g] * doubt[i, h])
                    r, m = missing[i, h], mean[i, h]
                    out[g, h] += weight[i, h] * (
                        math.lgamma(r + size) - math.lgamma(size) - math.lgamma(r + 1.0)
                        + size * math.log(size / (size + m)) + r * math.log(m / (size + m))
                    )  # fmt: skip
    return out


@nb.njit(cache=True)
def missing_quantiles(mean: Floats, size: Floats, levels: Floats, large: float) -> Floats:
    """Return negative-binomial quantiles at rising `levels`, shape (len(mean), len(levels)), by adding up the law.

    Where the mean is beyond `large` the caller uses another law; NaN there.
    """
    out: Floats = np.full((len(mean), len(levels)), np.nan)
    for i in range(len(mean)):
        m, k = mean[i], size[i]
        if m > large:
            continue
        log_p = k * math.log(k / (k + m))
        step = math.log(m / (k + m))
        total, value, at = math.exp(log_p), 0.0, 0
        end = m + 60.0 * math.sqrt(m + m * m / k) + 100.0
        while at < len(levels):
            while at < len(levels) and total >= levels[at]:
                out[i, at] = value
                at += 1
            if value > end:
                out[i, at:] = value
                break
            log_p += math.log((value + k) / (value + 1.0)) + step
            value += 1.0
            total += math.exp(log_p)
    return out
