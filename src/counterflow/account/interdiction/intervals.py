"""Exact intervals for a share: how high and how low can the true rate be, given what a sample showed?

At the rates that matter here (a few per thousand, or per million) the usual normal interval covers the truth
a few times in a hundred; `benchmarks/bench_interval_coverage.py` shows it. These hold their level at any
rate, and zero found of n inspected gives "at most x", never "none".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson

__all__ = [
    "Share",
    "beta_interval",
    "clopper_pearson",
    "effective_size",
    "korn_graubard",
    "percent",
    "zero_found_words",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A share in [0, 1] with its interval and the size of simple sample that it is worth."""

    value: float | None
    low: float
    high: float
    effective_n: float


def effective_size(found: Floats, weights: Floats) -> float:
    """Return the size of simple random sample that the weighted share of `found` is worth, at most its own.

    The smaller of two: n_e = p(1-p)/v with v the linearised variance of the weighted share (Korn & Graubard
    1998), and Kish's (Sum w)^2 / Sum w^2 (Survey Sampling, 1965). The second stands in when nothing or
    everything was found, where v says nothing, and guards against a variance computed from finds that happen
    to carry small weights. Strata are not used in v: cells hold one or two draws, and leaving them out errs
    to the wide side.
    """
    n = len(found)
    total = weights.sum()
    kish = float(total**2 / (weights**2).sum())
    share = float((weights * found).sum() / total)
    variance = float(((weights * (found - share)) ** 2).sum() / total**2) * n / max(n - 1, 1)
    linearised = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else float(n)
    return min(kish, linearised, float(n))


def korn_graubard(found: Floats, weights: Floats, level: float = 0.95) -> Share:
    """Return the weighted share of `found` with the effective-sample-size Clopper-Pearson interval.

    Korn & Graubard, Survey Methodology 24 (1998) 193-201; the effective size is held at or below n. The point
    is Hajek's (1971): Sum(w y) / Sum(w). Equal weights give the plain Clopper-Pearson interval.

    Args:
        found: one number per inspected record, 1 where found, else 0; shape (n,).
        weights: 1 / inclusion probability; shape (n,), positive.
        level: nominal coverage.

    >>> korn_graubard(np.array([1.0, 0, 0, 0]), np.full(4, 50.0)).value
    0.25
    """
    if len(found) != len(weights) or np.any(weights <= 0):
        raise ValueError("every inspected record needs one positive weight")
    if len(found) == 0:
        return Share(None, 0.0, 1.0, 0.0)
    share = min(float((weights * found).sum() / weights.sum()), 1.0)
    size = float(len(found)) if np.all(weights == weights[0]) and _is_binary(found) else effective_size(found, weights)
    low, high = clopper_pearson(share * size, size, level)
    return Share(share, min(low, share), max(high, share), size)


def beta_interval(a: float, b: float, level: float) -> tuple[float, float]:
    """Return the central interval of a Beta(a, b) distribution."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def percent(share: float) -> str:
    """Write a share the way people read it: per cent, or per million where per cent is too small to read.

    >>> percent(0.0122), percent(0.00001)
    ('1.22 %', '10 per million')
    """
    return f"{share * 1e6:.3g} per million" if 0 < share < 1e-4 else f"{share * 100:.3g} %"


def zero_found_words(n: int, high: float, level: float) -> str:
    """Say what finding nothing means. The rule of three (3/n) is the one-sided bound; ours is two-sided.

    >>> zero_found_words(300, clopper_pearson(0, 300)[1], 0.95)
    '0 of 300: at most 1.22 % (95 % interval)'
    """
    return f"0 of {n:,}: at most {percent(high)} ({level * 100:g} % interval)"


def _is_binary(found: Floats) -> bool:
    return bool(np.all((found == 0) | (found == 1)))
