"""The sequential test, compiled: tails of shares, and evidence that adds up over periods.

numba is loaded with this module, so only a process that judges streams pays for it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["KAPPAS", "judge_places", "judge_subjects", "rise"]

Array = npt.NDArray[Any]

#: powers of the bets `k * p ** (k - 1)`; the evidence is their mean, so none has to be chosen
KAPPAS = np.array([0.05, 0.15, 0.3, 0.5, 0.7, 0.9])
_TINY = 1e-300
#: squares count for the dispersion up to so many times what is usual
_WINSOR = 9.0
#: dispersion believed before anything is seen, and for how many samples it stands
_PRIOR, _PRIOR_WEIGHT = 0.002, 500.0
#: samples from which, and times the baseline's precision from which, the law of the share stands for that of counts
_LARGE, _LARGE_TO_PRECISION = 2_000, 20.0
#: periods' worth of the source's dispersion in that of one of its streams
_SHRINK = 6.0
_MOST_CORRELATED = 0.2


@njit(cache=True)
def rise(found: float, tested: float, before: float, tested_before: float, rho: float) -> float:
    """Return the chance of `found` or more of `tested` where the share stayed as it was.

    Beta-binomial tail, P(X >= found) with X ~ BB(tested; before + 1, tested_before - before) when `rho` is 0: that is
    Fisher's exact one-sided p value (Altham 1969). `rho` adds correlation within a period, as lots and raids bring.
    """
    if found <= 0.0:
        return 1.0
    a, b = before + 1.0, tested_before - before
    if b <= 0.0:
        return 1.0
    mean, precision = a / (a + b), a + b
    if rho > 0.0:
        precision = 1.0 / (1.0 / (precision + 1.0) + rho) - 1.0
        precision = max(precision, 1e-3)
    a, b = mean * precision, (1.0 - mean) * precision
    if tested > _LARGE and tested > _LARGE_TO_PRECISION * precision:
        # So many samples tell the share itself, whose law is the beta's.
        return max(_TINY, _beta(1.0 - (found - 0.5) / tested, b, a))
    return _upper(found, tested, a, b)


@njit(cache=True)
def _upper(found: float, tested: float, a: float, b: float) -> float:
    """Return P(X >= found), X beta-binomial, summed from the side that is shorter."""
    start = int(found)
    n = int(tested)
    base = math.lgamma(n + 1.0) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) - math.lgamma(n + a + b)
    if start > n * a / (a + b):
        term = math.exp(_log_mass(start, n, a, b, base))
        total = 0.0
        for k in range(start, n + 1):
            total += term
            if term < total * 1e-12:
                break
            term *= (n - k) * (k + a) / ((k + 1.0) * (n - k - 1.0 + b)) if k < n else 0.0
        return min(1.0, total + _TINY)
    term = math.exp(_log_mass(start - 1, n, a, b, base))
    total = 0.0
    for k in range(start - 1, -1, -1):
        total += term
        if term < total * 1e-12:
            break
        term *= k * (n - k + b) / ((n - k + 1.0) * (k - 1.0 + a)) if k > 0 else 0.0
    return max(_TINY, 1.0 - total)


@njit(cache=True)
def _log_mass(k: int, n: int, a: float, b: float, base: float) -> float:
    return base - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0) + math.lgamma(k + a) + math.lgamma(n - k + b)


@njit(cache=True)
def _bet(evidence: Array, row: int, p: float, kappas: Array) -> float:
    """Take one period into the evidence of a row (Shiryaev-Roberts sum of bets); return their mean."""
    total = 0.0
    for k in range(len(kappas)):
        grown = (1.0 + evidence[row, k]) * kappas[k] * max(p, _TINY) ** (kappas[k] - 1.0)
        evidence[row, k] = min(grown, 1e250)
        total += evidence[row, k]
    return total / len(kappas)


@njit(cache=True)
def judge_places(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    found: Array, tested: Array, look: Array, restart: Array, group: Array, settle: int, fewest: float,
    threshold: Array, kappas: Array,
) -> tuple[Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Judge every stream at every period, with what was known before it alone.

    Args:
        found: findings, shape (S, T).
        tested: what they are a share of, shape (S, T).
        look: looked for, shape (S, T).
        restart: a baseline begins anew, shape (S, T).
        group: source of each stream, from 0, shape (S,).
        settle: periods of looking before anything is judged.
        fewest: number tested before anything is judged.
        threshold: evidence that alarms, shape (S,).
        kappas: `KAPPAS`.

    Returns:
        p values and evidence (NaN where not judged), alarms, the number found and tested in the baseline, and the
        dispersion used, each of shape (S, T).
    """
    rows, periods = found.shape
    p_values, evidence = np.full((rows, periods), np.nan), np.full((rows, periods), np.nan)
    alarm = np.zeros((rows, periods), np.bool_)
    base_found, base_tested = np.zeros((rows, periods)), np.zeros((rows, periods))
    used = np.zeros((rows, periods))
    groups = group.max() + 1
    over, under = np.full(groups, _PRIOR * _PRIOR_WEIGHT), np.full(groups, _PRIOR_WEIGHT)
    own_over, own_under, last = np.zeros(rows), np.zeros(rows), np.zeros((rows, 4))
    bets = np.zeros((rows, len(kappas)))
    known, sampled, age = np.zeros(rows), np.zeros(rows), np.zeros(rows, np.int64)
    new_over, new_under = np.zeros(groups), np.zeros(groups)
    for t in range(periods):
        new_over[:] = 0.0
        new_under[:] = 0.0
        for s in range(rows):
            if restart[s, t]:
                known[s], sampled[s], age[s] = 0.0, 0.0, 0
                bets[s] = 0.0
            n, x = tested[s, t], found[s, t]
            if not look[s, t] or not n > 0.0:
                continue
            base_found[s, t], base_tested[s, t] = known[s], sampled[s]
            rho = _dispersion(over[group[s]], under[group[s]], own_over[s], own_under[s], age[s])
            used[s, t] = rho
            if age[s] >= settle and sampled[s] >= fewest:
                p = rise(x, n, known[s], sampled[s], rho)
                p_values[s, t] = p
                evidence[s, t] = _bet(bets, s, p, kappas)
                if evidence[s, t] >= threshold[s]:
                    alarm[s, t] = True
                    # What comes next is judged against a baseline of its own.
                    bets[s] = 0.0
                    known[s], sampled[s], age[s] = 0.0, 0.0, 0
            if age[s] >= 2:
                surplus, weight = _scatter(x, n, last[s], rho)
                new_over[group[s]] += surplus
                new_under[group[s]] += weight
                own_over[s] += surplus
                own_under[s] += weight
            last[s, 2], last[s, 3] = last[s, 0], last[s, 1]
            last[s, 0], last[s, 1] = x, n
            known[s] += x
            sampled[s] += n
            age[s] += 1
        over += new_over
        under += new_under
    return p_values, evidence, alarm, base_found, base_tested, used


@njit(cache=True)
def _scatter(x: float, n: float, last: Array, rho: float) -> tuple[float, float]:
    """Return by how much three periods scatter more than independent samples do, and the samples that says it.

    Second differences of the share: a steady rise has none, so an emergence does not pass for scatter.
    """
    total = n + last[1] + last[3]
    q = (x + last[0] + last[2]) / total
    base = q * (1.0 - q) * (1.0 / n + 4.0 / last[1] + 1.0 / last[3])
    if x + last[0] + last[2] < 1.0 or base <= 0.0:
        return 0.0, 0.0
    bend = x / n - 2.0 * last[0] / last[1] + last[2] / last[3]
    weight = 6.0 / (1.0 / n + 4.0 / last[1] + 1.0 / last[3]) - 1.0
    return min(bend * bend / base, _WINSOR * (1.0 + weight * rho)) - 1.0, max(weight, 0.0)


@njit(cache=True)
def _dispersion(over: float, under: float, own_over: float, own_under: float, age: int) -> float:
    """Return the correlation within a period: the stream's own, shrunk to its source's, never below 0."""
    shared = max(over / under, 0.0) if under > 0.0 else 0.0
    if own_under <= 0.0 or age < 1:
        return min(shared, _MOST_CORRELATED)
    weight = _SHRINK * own_under / max(age, 1)
    return min(max((own_over + weight * shared) / (own_under + weight), 0.0), _MOST_CORRELATED)


@njit(cache=True)
def judge_subjects(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    found: Array, tested: Array, judged: Array, base_found: Array, base_tested: Array, used: Array, subject: Array,
    threshold: Array, kappas: Array,
) -> tuple[Array, Array, Array, Array, Array]:  # fmt: skip
    """Judge each subject over all its places at once: found in all, against what each place's own past expects.

    Places keep their own share, so a shift of testing towards a place that always had more is no rise. The tail is a
    negative binomial with the mean and variance of the sum of the places' beta-binomials.

    Args:
        found: findings, shape (S, T).
        tested: what they are a share of, shape (S, T).
        judged: whether the place was judged in the period, shape (S, T).
        base_found: found before, as `judge_places` gives it.
        base_tested: tested before, as `judge_places` gives it.
        used: dispersion, as `judge_places` gives it.
        subject: subject of each stream, from 0, shape (S,).
        threshold: evidence that alarms, shape (J,).
        kappas: `KAPPAS`.

    Returns:
        p values, evidence, alarms, found and expected, each of shape (J, T).
    """
    rows, periods = found.shape
    subjects = len(threshold)
    p_values, evidence = np.full((subjects, periods), np.nan), np.full((subjects, periods), np.nan)
    alarm = np.zeros((subjects, periods), np.bool_)
    seen, expected = np.zeros((subjects, periods)), np.zeros((subjects, periods))
    bets = np.zeros((subjects, len(kappas)))
    for t in range(periods):
        total = np.zeros(subjects)
        spread = np.zeros(subjects)
        for s in range(rows):
            if judged[s, t]:
                total[subject[s]] += base_tested[s, t]
        for s in range(rows):
            if judged[s, t]:
                j, n = subject[s], tested[s, t]
                # One finding is added to the baseline of all places together, so that none is never to be expected.
                extra = base_tested[s, t] / total[j]
                q = min((base_found[s, t] + extra) / (base_tested[s, t] + extra), 1.0)
                seen[j, t] += found[s, t]
                expected[j, t] += n * q
                spread[j] += n * q * (1.0 - q) * (1.0 + n / base_tested[s, t] + (n - 1.0) * used[s, t])
        for j in range(subjects):
            if expected[j, t] > 0.0:
                p = _above(seen[j, t], expected[j, t], spread[j])
                p_values[j, t] = p
                evidence[j, t] = _bet(bets, j, p, kappas)
                if evidence[j, t] >= threshold[j]:
                    alarm[j, t] = True
                    bets[j] = 0.0
    return p_values, evidence, alarm, seen, expected


@njit(cache=True)
def _above(seen: float, mean: float, variance: float) -> float:
    """Return P(X >= seen) for a negative binomial of this mean and variance; Poisson where it is no wider."""
    if seen < 1.0:
        return 1.0
    variance = max(variance, mean * 1.0001)
    size = mean * mean / (variance - mean)
    return max(_TINY, _beta(1.0 - mean / variance, np.floor(seen), size))


@njit(cache=True)
def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if not 0.0 < x < 1.0:
        return 0.0 if not x > 0.0 else 1.0
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - math.exp(front) * _fraction(1.0 - x, b, a) / b
    return math.exp(front) * _fraction(x, a, b) / a


@njit(cache=True)
def _fraction(x: float, a: float, b: float) -> float:
    """Return 1 / (1 + d1 / (1 + d2 / ...)), by Lentz's method (Thompson & Barnett 1986)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > 1e-30 else 1e-30)
    value = d
    for m in range(1, 2000):
        for part in range(2):
            if part == 0:
                term = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
            else:
                term = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > 1e-30 else 1e-30)
            c = 1.0 + term / c
            c = c if abs(c) > 1e-30 else 1e-30
            value *= c * d
        if abs(c * d - 1.0) < 1e-12:
            break
    return value
