"""Generalised likelihood ratio for negative binomial counts with a season (Höhle and Paul 2008): a rise since when?

    log mu(t) = a + b cos(2 pi t / p) + c sin(2 pi t / p),    var y = mu + alpha mu^2, fitted to all earlier counts
    GLR(n) = max over k <= n, kappa >= 0 of  sum over i = k..n of
             y kappa - (y + 1 / alpha) log((1 + alpha mu e^kappa) / (1 + alpha mu)),        alarm where GLR(n) >= c

k runs from the period after the last alarm. In R's wrapper for time series alpha is estimated where it is not given,
and `upper` is then GLR(n) itself (`ret = "value"`), not a count: so here. Coefficients and alpha are fitted in turn to
their maximum likelihood (Venables and Ripley 2002, section 7.4). R looks for kappa by Newton's method from 0.5, which
goes astray where counts rise to some twenty times their mean and then gives 0: `search` safe finds it there too.
Where the fit fails, as for a past without cases, or from a count on that is not known, no verdict is given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.cusum import reach as reach_of_years
from counterflow.watch.alarms.judged import Judged, blank
from counterflow.watch.alarms.settings import Asked, Setting

__all__ = ["GLRNB", "judge", "reach"]

Floats = npt.NDArray[np.float64]

GLRNB: dict[str, Setting] = {"b": None, "c": 5.0, "harmonics": 1, "search": "r", "start": None}

reach = reach_of_years

_ROUNDS = 25
#: steps towards alpha: where there is no overdispersion it shrinks for ever, and where it is left must not depend on us
_STEPS = 24
_TOLERANCE = 1e-8
#: alpha of counts that vary no more than Poisson's
_LEAST = 1e-10


def judge(asked: Asked) -> Judged:
    """Judge a block of series."""
    from counterflow.watch.alarms.glrnb_scan import scan

    c, y = asked.number("c"), asked.grid.counts
    if not c > 0 or 2 * asked.whole("harmonics") >= asked.grid.frequency:
        raise UsageError("c lies above 0, and harmonics are fewer than half the periods of a year.")
    if asked.settings["search"] not in ("r", "safe"):
        raise UsageError("search is r or safe.")
    expected, upper, score, alarm = blank(y.shape)
    for s in range(len(y)):
        first, begin, last = int(asked.first[s]), int(asked.begin[s]), int(asked.last[s])
        if first < 0 or begin > last:
            continue
        wave = _waves(last - first + 1, asked.whole("harmonics"), asked.grid.frequency)
        found = _normal(y[s, first:begin], wave[: begin - first])
        if found is None:
            continue
        beta, alpha = found
        mu = np.exp(wave[begin - first :] @ beta)
        known = y[s, begin : last + 1]
        stop = int(np.isnan(known).argmax()) if np.isnan(known).any() else len(known)
        value, fired = scan(known[:stop], mu[:stop], alpha, c, asked.settings["search"] == "safe")
        span = slice(begin, begin + stop)
        expected[s, span], upper[s, span], score[s, span], alarm[s, span] = mu[:stop], value, value / c, fired
    hidden = ~asked.judged
    for values in (expected, upper, score):
        values[hidden] = np.nan
    alarm[hidden] = -1
    return Judged("", expected, upper, score, alarm, np.where(asked.first >= 0, asked.first, -1))


def _waves(length: int, harmonics: int, frequency: int) -> Floats:
    t = np.arange(1, length + 1)
    waves = [np.ones(length)]
    for h in range(1, harmonics + 1):
        waves += [np.cos(2 * h * np.pi / frequency * t), np.sin(2 * h * np.pi / frequency * t)]
    return np.stack(waves, axis=1)


def _normal(y: Floats, x: Floats) -> tuple[Floats, float] | None:
    """Return coefficients and alpha of what is normal, or None where they cannot be found."""
    known = ~np.isnan(y)
    y, x = y[known], x[known]
    if len(y) <= x.shape[1] or not y.any():
        return None
    mu = _fitted(y, x, y + (y == 0) / 6, 0.0)
    if mu is None:
        return None
    theta = _theta(y, mu)
    before, change = np.inf, 1.0
    scale = np.sqrt(2 * max(1, len(y) - x.shape[1]))
    now = _likelihood(y, mu, theta)
    for _ in range(_ROUNDS):
        if not np.isfinite(theta) or theta <= 0 or abs(before - now) / scale + abs(change) <= _TOLERANCE:
            break
        mu = _fitted(y, x, mu, 1 / theta)
        if mu is None:
            return None
        last, theta = theta, _theta(y, mu)
        change = last - theta
        before, now = now, _likelihood(y, mu, theta)
    if theta <= 0 or np.isnan(theta):
        return None
    beta = np.asarray(np.linalg.lstsq(x, np.log(mu), rcond=None)[0], np.float64)
    return beta, max(1 / theta, _LEAST)


def _fitted(y: Floats, x: Floats, mu: Floats, alpha: float) -> Floats | None:
    """Return means fitted with this alpha, from `mu` on."""
    before = _deviance(y, mu, alpha)
    for _ in range(_ROUNDS):
        w = mu / (1 + alpha * mu)
        root = np.sqrt(w)
        z = np.log(mu) + (y - mu) / mu
        mu = np.maximum(np.exp(x @ np.linalg.lstsq(x * root[:, None], z * root, rcond=None)[0]), 2.220446049250313e-16)
        now = _deviance(y, mu, alpha)
        if not np.isfinite(now):
            return None
        if abs(now - before) / (abs(now) + 0.1) < _TOLERANCE:
            break
        before = now
    return mu


def _deviance(y: Floats, mu: Floats, alpha: float) -> float:
    safe = np.maximum(y, 1.0)
    if alpha == 0:
        return float(2 * np.sum(np.where(y > 0, y * np.log(safe / mu), 0.0) - (y - mu)))
    theta = 1 / alpha
    return float(2 * np.sum(y * np.log(safe / mu) - (y + theta) * np.log((y + theta) / (mu + theta))))


def _theta(y: Floats, mu: Floats) -> float:
    """Return the size that is most likely given the means, by Newton's method."""
    from scipy.special import digamma, polygamma

    spread = float(np.sum((y / mu - 1) ** 2))
    if not spread > len(y) * _LEAST:
        return np.inf
    theta = len(y) / spread
    for _ in range(_STEPS):
        theta = abs(theta)
        both = theta + mu
        slope = np.sum(digamma(theta + y) - digamma(theta) + np.log(theta) + 1 - np.log(both) - (y + theta) / both)
        bend = np.sum(polygamma(1, theta) - polygamma(1, theta + y) - 1 / theta + 2 / both - (y + theta) / both**2)
        step = float(slope / bend)
        theta += step
        if not np.isfinite(theta) or abs(step) < 1.2207e-4:
            break
    return theta if theta > 0 else 0.0


def _likelihood(y: Floats, mu: Floats, theta: float) -> float:
    from scipy.special import gammaln

    if not 0 < theta < np.inf:
        return -np.inf
    parts = gammaln(theta + y) - gammaln(theta) - gammaln(y + 1) + theta * np.log(theta) + y * np.log(mu)
    return float(np.sum(parts - (theta + y) * np.log(theta + mu)))
