"""How far is one officer from the others, when honest officers differ too? Tails of counts, with honest spread.

Honest officers differ more than chance alone would have it (leniency, habit, mood). The spread is estimated from the
middle of all officers, so that the few who are searched for do not widen it, and every tail is taken with it:

* a count x of n with expected share p is beta-binomial with intraclass correlation rho (Skellam 1948);
* rho is the least for which the normal scores of all officers have a robust scale of 1 (Qn, Rousseeuw & Croux 1993);
  this is the empirical null of Efron (2004, JASA 99:96-104), put on the spread of the model instead of its scores;
* what is left of scale above 1, and of centre above 0, is taken out, and the tail is Student's with the degrees of
  freedom that a scale from so few officers deserves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Tails", "beta_binomial_tail", "least_of_many", "qn_scale", "tails_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: how well Qn does beside the standard deviation, at the normal (Rousseeuw & Croux 1993, table 1)
_EFFICIENCY = 0.82
_LARGEST_RHO = 0.6
#: no tail is read below this: no model is true so far out
FLOOR = 1e-12


@dataclass(frozen=True)
class Tails:
    """How far each officer is out.

    Args:
        p: chance that an honest officer shows as much or more (m,); nan without exposure.
        rho: intraclass correlation of honest officers.
        scale, centre: of normal scores, after rho; 1 and 0 where the model holds.
        df: degrees of freedom of the tail.
    """

    p: Floats
    rho: float
    scale: float
    centre: float
    df: float


def beta_binomial_tail(x: Ints, n: Ints, p: Floats, rho: float) -> tuple[Floats, Floats]:
    """Return P(X >= x) and P(X > x) of beta-binomial counts.

    Args:
        x: counts (m,).
        n: totals (m,).
        p: expected shares, in (0, 1) (m,).
        rho: intraclass correlation, in [0, 1); 0 gives the binomial.

    >>> [round(float(t[0]), 6) for t in beta_binomial_tail(np.array([2]), np.array([2]), np.array([0.5]), 0.0)]
    [0.25, 0.0]
    """
    from scipy.special import betaln, gammaln

    most = int(n.max(initial=0))
    k = np.arange(most + 1)
    p = np.clip(p, 1e-9, 1 - 1e-9)
    log = gammaln(n + 1)[:, None] - gammaln(k + 1)[None, :] - gammaln(np.maximum(n[:, None] - k, 0) + 1)
    if rho < 1e-7:
        log = log + k * np.log(p)[:, None] + (n[:, None] - k) * np.log1p(-p)[:, None]
    else:
        whole = (1 - rho) / rho
        a, b = (p * whole)[:, None], ((1 - p) * whole)[:, None]
        log = log + betaln(k + a, np.maximum(n[:, None] - k, 0) + b) - betaln(a, b)
    mass = np.where(k[None, :] <= n[:, None], np.exp(log), 0.0)
    above = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
    above = np.hstack([above, np.zeros((above.shape[0], 1))])
    rows = np.arange(x.size)
    return np.clip(above[rows, x], 0, 1), np.clip(above[rows, np.minimum(x + 1, most + 1)], 0, 1)


def qn_scale(scores: Floats) -> float:
    """Return Qn of some scores: 2.2219 times the quarter quantile of their distances (Rousseeuw & Croux 1993, eq. 3.1).

    Half of the scores can lie anywhere before it breaks. With the correction for few scores of their section 4.
    """
    n = scores.size
    if n < 3:
        return 0.0
    first, second = np.triu_indices(n, 1)
    half = n // 2 + 1
    place = half * (half - 1) // 2 - 1
    distance = np.partition(np.abs(scores[first] - scores[second]), place)[place]
    small = n / (n + 1.4) if n % 2 else n / (n + 3.8)
    return float(2.2219 * distance * small)


def tails_of(x: Ints, n: Ints, p: Floats, *, high: bool, enough: float = 0.0) -> Tails:
    """Return how far out each officer is, on one side.

    Args:
        x: counts (m,).
        n: totals (m,).
        p: share expected of each, from others' work of the same kind (m,).
        high: whether more than expected is what is searched for; else less.
        enough: officers with fewer expected count without helping to estimate the spread.
    """
    from scipy.stats import norm, t

    if not high:
        x, p = n - x, 1 - p
    have = (n > 0) & np.isfinite(p)
    tail = np.full(x.size, np.nan)
    judged = have & (n * np.minimum(p, 1 - p) >= enough)
    base = judged if judged.sum() >= 5 else have
    df = max(_EFFICIENCY * (float(base.sum()) - 1), 1.0)
    if not have.any():
        return Tails(tail, 0.0, 1.0, 0.0, df)
    rho = _rho(x[base], n[base], p[base])
    middle = norm.isf(_middle(x[base], n[base], p[base], rho))
    scale, centre = max(qn_scale(middle), 1.0), max(float(np.median(middle)), 0.0)
    at_least, _ = beta_binomial_tail(x[have], n[have], p[have], rho)
    scores = norm.isf(np.clip(at_least, FLOOR, 1 - FLOOR))
    tail[have] = np.clip(t.sf((scores - centre) / scale, df), FLOOR, 1.0)
    return Tails(tail, rho, scale, centre, df)


def _middle(x: Ints, n: Ints, p: Floats, rho: float) -> Floats:
    at_least, above = beta_binomial_tail(x, n, p, rho)
    return np.clip((at_least + above) / 2, FLOOR, 1 - FLOOR)


def _rho(x: Ints, n: Ints, p: Floats) -> float:
    """Return the least rho for which normal scores have a scale of 1, by halving."""
    from scipy.stats import norm

    def scale(rho: float) -> float:
        return qn_scale(norm.isf(_middle(x, n, p, rho)))

    if scale(0.0) <= 1:
        return 0.0
    low, high = 1e-5, _LARGEST_RHO
    if scale(high) > 1:
        return high
    for _ in range(14):
        half = float(np.sqrt(low * high))
        low, high = (half, high) if scale(half) > 1 else (low, half)
    return high


def least_of_many(p: Floats, most: int = 3, out_of: int | None = None) -> float:
    """Return one p-value from the smallest of many independent ones: of the best 1, 2 … `most`, times their number.

    The k-th smallest of m uniform values is Beta(k, m - k + 1) (Wilkinson 1951); Bonferroni pays for the choice of k.

    Args:
        p: p-values (m,).
        most: how many of the smallest are looked at.
        out_of: how many there could have been; those not given count as 1.

    >>> round(least_of_many(np.array([0.01]), out_of=1), 4)
    0.01
    """
    from scipy.special import betainc

    m = max(p.size, out_of or 0)
    if not m:
        return float("nan")
    ordered = np.sort(p)[:most]
    k = np.arange(1, ordered.size + 1)
    tails = betainc(k, m - k + 1, np.clip(ordered, 0, 1))
    return float(np.clip(min(most, m) * tails.min(initial=1.0), FLOOR, 1.0))
