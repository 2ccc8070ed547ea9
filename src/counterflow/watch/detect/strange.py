"""How strange the last few counts are under their expectation, as one number for every series alike.

The judged sum is this period's count and a fading share of those just before it: a week alone misses an outbreak that
takes three weeks to rise, a long sum is slow, and a fading sum is a short likelihood ratio for a rise of that length
(Frisén, J. R. Stat. Soc. A 166 (2003), on how optimal surveillance weighs recent partial evidence). Under the
expectation the sum has a mean, and a variance that holds Poisson's or the series' own spread and the doubt of the
expectation itself; a Gamma with that mean and variance gives the tail (for a single Poisson or negative-binomial count
it is the smooth version of the count's own tail). No random number breaks ties between whole counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.watch.detect.baseline import Baseline, Rule

__all__ = ["enough", "strangeness"]

Floats = npt.NDArray[np.float64]

#: the scale ends here: one in 10^12, far beyond what any past can speak of
_STRANGEST = 12.0


def strangeness(counts: Floats, baseline: Baseline, rule: Rule) -> Floats:
    """Return -log10 of the tail probability of each judged sum; 0 where the count is not above its expectation.

    NaN where a count is not known or was not to be judged. A past count that is not known lends no weight.
    """
    shape, rate, past = _gamma(counts, baseline, rule)
    found = np.where(np.isnan(counts) | np.isnan(baseline.mean), np.nan, 0.0)
    above = counts > baseline.mean
    total = past[above] + rule.weights[0] * counts[above]
    found[above] = _log_tail(shape[above], total * rate[above])
    return found


def enough(counts: Floats, baseline: Baseline, rule: Rule, at: Floats) -> Floats:
    """Return the count above which a period is stranger than `at` (shape (S, T) or (T,)): never below its expectation.

    The counts before it are as they were; where they alone are strange enough, anything above the expectation is.
    """
    from scipy.special import gammainccinv

    shape, rate, past = _gamma(counts, baseline, rule)
    with np.errstate(invalid="ignore", over="ignore"):
        total = gammainccinv(shape, 10.0 ** -np.asarray(at, np.float64)) / rate
        return np.asarray(np.fmax((total - past) / rule.weights[0], baseline.mean) + 0.0 * baseline.mean)


def _gamma(counts: Floats, baseline: Baseline, rule: Rule) -> tuple[Floats, Floats, Floats]:
    """Return shape and rate of the judged sum's Gamma, and what the periods before this one bring to the sum."""
    mean = rule.weights[0] * baseline.mean
    own = rule.weights[0] ** 2 * baseline.mean
    past = np.zeros_like(counts)
    for back, weight in enumerate(rule.weights[1:], start=1):
        expected, seen = baseline.mean[:, :-back], counts[:, :-back]
        known = ~np.isnan(expected) & ~np.isnan(seen)
        mean[:, back:] += np.where(known, weight * expected, 0.0)
        own[:, back:] += np.where(known, weight**2 * expected, 0.0)
        past[:, back:] += np.where(known, weight * seen, 0.0)
    variance = baseline.spread * own + baseline.doubt * mean**2
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = mean / variance
    return mean * rate, rate, past


def _log_tail(shape: Floats, x: Floats) -> Floats:
    from scipy.special import gammaincc

    return np.asarray(-np.log10(np.maximum(gammaincc(shape, np.maximum(x, 0.0)), 10.0**-_STRANGEST)))
