"""The compiled pass of the Farrington methods over weeks and series: baseline, fit, weights, trend, threshold."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from counterflow.watch.alarms.farrington_fit import degrees, dispersion, fit, leverage
from counterflow.watch.alarms.tails import upper_quantile

__all__ = ["DELTA", "PLUGIN", "judge_weeks"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

PLUGIN, DELTA = 0, 1


@njit(cache=True, nogil=True)
def _weigh(  # noqa: PLR0913, PLR0917 - compiled: arrays and numbers only
    y: Floats,
    x: Floats,
    g: Whole,
    mu: Floats,
    w: Floats,
    sums: Floats,
    spread: float,
    phi: float,
    threshold: float,
    prior: Floats,
) -> None:
    """Write the weights that take past outbreaks down (Farrington et al. 1996, section 3.6; Noufaily et al. 2013)."""
    total = 0.0
    for i in range(len(y)):
        prior[i] = 1.0
        if y[i] > mu[i] or threshold < 0.0:
            root = math.sqrt(mu[i])
            h = leverage(w[i], x[i], sums[0, g[i]], sums[1, g[i]], spread)
            s = 1.5 * (np.cbrt(y[i] * y[i] / root) - root) / math.sqrt(phi * (1.0 - h)) if h < 1.0 else 0.0
            if s > threshold:
                prior[i] = 1.0 / (s * s)
        total += prior[i]
    share = len(y) / total
    for i in range(len(y)):
        prior[i] *= share


@njit(cache=True, nogil=True)
def _fitted(  # noqa: PLR0913, PLR0917 - compiled: arrays and numbers only
    y: Floats,
    x: Floats,
    g: Whole,
    trend: bool,
    reweight: bool,
    threshold: float,
    prior: Floats,
    mu: Floats,
    w: Floats,
    z: Floats,
    sums: Floats,
) -> tuple[bool, float, float, float, float]:
    """Fit, weigh and fit again; return whether it converged, slope, its precision, dispersion and scale of errors.

    The scale of standard errors is the dispersion, except after weighing: there R takes the weights against past
    outbreaks where those of the last step belong, and so do we.
    """
    prior[:] = 1.0
    ok, slope, spread, phi = fit(y, x, g, prior, trend, mu, w, z, sums)
    scale = phi
    if ok and reweight:
        _weigh(y, x, g, mu, w, sums, spread, max(phi, 1.0), threshold, prior)
        ok, slope, spread, phi = fit(y, x, g, prior, trend, mu, w, z, sums)
        scale = dispersion(y, mu, prior, sums[0], spread > 0.0)
    return ok, slope, spread, phi, scale


@njit(cache=True, nogil=True)
def _threshold(m: float, phi: float, se2: float, rule: int, power: float, normal: float, alpha: float) -> float:
    """Return the upper bound of the count."""
    if rule == PLUGIN:
        return upper_quantile(m, phi, alpha)
    # delta rule on y ** power: var = power^2 m^(2 power - 2) (phi m + se^2)
    if power == 1.0:
        return float(m + normal * math.sqrt(phi * m + se2))
    spread = power * m ** (power - 1.0) * math.sqrt(phi * m + se2)
    return float((m**power + normal * spread) ** (1.0 / power))


@njit(cache=True, nogil=True)
def _baseline(  # noqa: PLR0913, PLR0917 - compiled: arrays and numbers only
    counts: Floats, k: int, back: Whole, years: int, half: int, gap: int, groups: int, y: Floats, x: Floats, g: Whole
) -> int:
    """Write the known counts of the baseline of week `k`, their time relative to it and group; return how many.

    Each year back has a window around its reference week, all one group; what lies between two windows is cut into
    `groups` - 1 stretches of nearly equal length, the longer first (Noufaily et al. 2013, section 3.4).
    """
    n = 0
    for j in range(years, -1, -1):
        start = k - back[j] - half
        end = k - back[j - 1] - half if j > 0 else k
        length = end - start - 2 * half - 1
        many = groups - 1
        short = length // many if many > 0 else 0
        longer = length - short * many if many > 0 else 0
        for t in range(start, min(end, k - gap)):
            i = t - start - 2 * half - 1
            place = many
            if i >= 0:
                if many == 0:
                    break
                place = i // (short + 1) if i < longer * (short + 1) else longer + (i - longer * (short + 1)) // short
            if not math.isnan(counts[t]):
                y[n], x[n], g[n] = counts[t], t - k, place
                n += 1
    return n


@njit(cache=True, nogil=True)
def judge_weeks(  # noqa: PLR0913, PLR0917, D417 - compiled: arrays and numbers only
    counts: Floats,
    last: Whole,
    years: Whole,
    begin: Whole,
    wanted: npt.NDArray[np.bool_],
    back: npt.NDArray[np.int64],
    calendar: Whole,
    half: int,
    gap: int,
    groups: int,
    trend: bool,
    critical: Floats,
    reweight: bool,
    weigh_above: float,
    rule: int,
    power: float,
    normal: float,
    alpha: float,
    few: float,
    recent: int,
    paper_score: bool,
    expected: Floats,
    upper: Floats,
    score: Floats,
    alarm: npt.NDArray[np.int8],
    start: Whole,
) -> None:
    """Judge the wanted weeks of a block of series; the last four arrays are written.

    Args:
        counts: (S, T); NaN where not known.
        last: last known place of each series; begin: first place judged of each; years: years of its baselines.
        wanted: (T,) places to judge.
        back: (calendars, T, years + 1) periods from each place back to its reference in each year; calendar: which
            of them each series follows.
        half: half a window; gap: periods before the current that are left out; groups: seasonal groups, the last of
            which is the current week's.
        critical: by degrees of freedom, |t| that a trend must exceed to be kept; below 0 keeps every trend.
        few, recent: no alarm where the last `recent` counts, this one included, sum to less than `few`.
        paper_score: exceedance on the scale of counts; else R's, which for the plug-in rule puts the logarithm of
            the expected count in its place.
        start: written: place where the baseline of the last week judged begins.
    """
    size = counts.shape[1] + 1
    y, x, g = np.empty(size), np.empty(size), np.empty(size, np.int64)
    prior, mu, w, z = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    sums = np.empty((3, groups))
    own = groups - 1
    for s in range(len(counts)):
        for k in range(begin[s], last[s] + 1):
            now = counts[s, k]
            if not wanted[k] or math.isnan(now):
                continue
            refs = back[calendar[s], k]
            n = _baseline(counts[s], k, refs, years[s], half, gap, groups, y, x, g)
            if n == 0:
                continue
            yn, xn, gn = y[:n], x[:n], g[:n]
            pn, mn, wn, zn = prior[:n], mu[:n], w[:n], z[:n]
            m, slope, spread, phi, scale = np.nan, 0.0, 0.0, np.nan, np.nan
            sloped = trend and years[s] >= 3
            if sloped:
                ok, slope, spread, phi, scale = _fitted(yn, xn, gn, True, reweight, weigh_above, pn, mn, wn, zn, sums)
                m = math.exp(sums[2, own] - slope * sums[1, own]) if ok else np.nan
                free = degrees(n, sums[0], True)
                sloped = ok and spread > 0.0 and m <= yn.max() and free > 0
                if sloped and critical[0] >= 0.0:
                    sloped = abs(slope) * math.sqrt(spread) > critical[free] * math.sqrt(scale)
            if not sloped:
                ok, slope, spread, phi, scale = _fitted(yn, xn, gn, False, reweight, weigh_above, pn, mn, wn, zn, sums)
                m = math.exp(sums[2, own]) if ok else np.nan
            if not sums[0, own] > 0.0 or math.isnan(m):
                continue
            phi = max(phi, 1.0)
            doubt = 1.0 / sums[0, own]
            if spread > 0.0:
                doubt += sums[1, own] * sums[1, own] / spread
            bound = _threshold(m, phi, m * m * scale * doubt, rule, power, normal, alpha)
            middle = m if paper_score or rule != PLUGIN else math.log(m)
            score[s, k] = (now - middle) / (bound - middle)
            enough = 0.0
            for t in range(max(k - recent + 1, 0), k + 1):
                enough += 0.0 if math.isnan(counts[s, t]) else counts[s, t]
            if enough < few:
                alarm[s, k] = 0
                continue
            start[s] = k - refs[years[s]] - half
            expected[s, k], upper[s, k] = m, bound
            alarm[s, k] = 1 if now > bound else 0
