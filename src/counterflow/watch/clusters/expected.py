"""What is to be expected in every place and period if no place stands out, and how much counts vary beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["BASELINES", "Spread", "by_history", "by_population", "spread_of"]

Floats = npt.NDArray[np.float64]

BASELINES = ("population", "history")
_MOST_ROUNDS = 500
_CLOSE = 1e-10
#: a spread is taken as real beyond so many standard errors: about one in a thousand by chance
_BEYOND = 3.0
_FEWEST_CASES, _FEWEST_PERIODS = 50, 4
#: gamma noise wider than this says only that the model does not hold
_WIDEST = 10.0


@dataclass(frozen=True)
class Spread:
    """How much counts vary beyond Poisson: variance of what multiplies the expected.

    Args:
        lasting: of what stays for as long as a window: a place that runs high or low for a while.
        cell: of what is new in every place and period.
        standard_errors: how far the larger of the two lies above 0, in its standard errors under Poisson.
        beyond_chance: whether that is more than chance gives.
        cases: cases it was measured on; 0 where there were too few.
    """

    lasting: float
    cell: float
    standard_errors: float
    beyond_chance: bool
    cases: int


def by_population(counts: Floats, at_risk: Floats) -> Floats:
    """Return each period's cases, spread by population: what rises everywhere at once is expected.

    m = C_t * pop_nt / sum of pop_t over the places whose count is known (time-stratified, so adjusted for any purely
    temporal trend; Kulldorff 2001, section 4). NaN counts expect 0.

    Args:
        counts: (N, T), NaN where not known.
        at_risk: (N, T).
    """
    known = ~np.isnan(counts)
    weight = np.where(known, at_risk, 0.0)
    all_of_it = weight.sum(axis=0)
    return _ratio(weight * np.nansum(counts, axis=0), np.broadcast_to(all_of_it, weight.shape))


def by_history(counts: Floats) -> Floats:
    """Return the expected counts if a place's share of all cases never changed.

    m = C_n * C_t / C (Kulldorff et al. 2005, equation 1). Where cells are not known, place and period effects are
    fitted to the margins of those that are (iterative proportional fitting; Deming & Stephan, Ann. Math. Statist. 11
    (1940) 427-444).
    """
    known = ~np.isnan(counts)
    by_place, by_time = np.nansum(counts, axis=1), np.nansum(counts, axis=0)
    total = by_place.sum()
    if total == 0:
        return np.zeros_like(counts)
    if known.all():
        expected: Floats = np.outer(by_place, by_time) / total
        return expected
    of_time = by_time / max(float(by_time.mean()), 1e-300)
    of_place = np.zeros(len(by_place))
    for _ in range(_MOST_ROUNDS):
        of_place = _ratio(by_place, known @ of_time)
        new = _ratio(by_time, of_place @ known)
        done = np.abs(new - of_time).max() <= _CLOSE * np.abs(new).max()
        of_time = new
        if done:
            break
    return np.where(known, np.outer(of_place, of_time), 0.0)


def spread_of(counts: Floats, expected: Floats, *, baseline: str, longest: int) -> Spread:
    """Measure how much counts vary beyond Poisson, by moments.

    With r = y - m: the noise of a cell and the lasting one together give r^2 beyond its Poisson part; products of r a
    quarter of a window apart or less give the lasting one alone. Both are corrected for what fitting takes away.

    Args:
        counts: of the periods before any window, (N, T), NaN where not known.
        expected: fitted to them.
        baseline: as `BASELINES`.
        longest: periods in the longest window.
    """
    known = ~np.isnan(counts)
    cases = int(np.nansum(counts))
    if cases < _FEWEST_CASES or counts.shape[1] < _FEWEST_PERIODS:
        return Spread(0.0, 0.0, 0.0, beyond_chance=False, cases=0)
    r = np.where(known, counts - expected, 0.0)
    by_time, by_place = np.nansum(counts, axis=0), np.nansum(counts, axis=1)
    if baseline == "history":
        left = np.outer(1 - by_place / cases, 1 - by_time / cases) * cases / max(cases - 1, 1)
        taken = _ratio(np.ones(len(by_place)), by_place)
    else:
        left = 1 - np.divide(expected, by_time, out=np.zeros_like(expected), where=by_time > 0)
        taken = np.zeros(len(by_place))
    whole, whole_se = _moment((r**2 - expected * left).sum(), (expected**2).sum(), (2 * expected**2 + expected).sum())
    products, squares = 0.0, 0.0
    # What is alike from a period to the next ones is taken to last for a window: the safe side.
    for lag in range(1, min(max(longest // 4, 1), counts.shape[1] - 1) + 1):
        pair = expected[:, lag:] * expected[:, :-lag]
        products += float((r[:, lag:] * r[:, :-lag] + pair * taken[:, None]).sum())
        squares += float(pair.sum())
    lasting, lasting_se = _moment(products, squares, squares)
    beyond = max(whole / whole_se if whole_se else 0.0, lasting / lasting_se if lasting_se else 0.0)
    lasting = min(max(lasting, 0.0), _WIDEST)
    cell = min(max(whole - lasting, 0.0), _WIDEST)
    return Spread(lasting, cell, float(beyond), beyond_chance=beyond > _BEYOND, cases=cases)


def _moment(above: float, below: float, variance: float) -> tuple[float, float]:
    """Return a ratio of sums and its standard error where its true value is 0."""
    return (float(above / below), float(np.sqrt(variance) / below)) if below > 0 else (0.0, 0.0)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return the quotient; 0 where nothing is below."""
    quotient: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return quotient
