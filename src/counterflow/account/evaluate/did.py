"""Difference in differences: the change of the treated less the mean change of the donors."""

from __future__ import annotations

import numpy as np

from counterflow.account.evaluate.fit import Fit
from counterflow.account.evaluate.panel import Block

__all__ = ["WORDS", "did", "unequal_variance_interval"]

WORDS = "difference in differences: change of the treated less the mean change of all donors (Card & Krueger 1994)"


def did(block: Block) -> Fit:
    """Return the two-by-two estimate; equal to two-way fixed effects where all are treated from one period on."""
    count = len(block.names)
    gaps = block.mean_treated - block.donors.mean(axis=0)
    before = block.before
    gaps = gaps - gaps[:before].mean()
    return Fit(
        float(gaps[before:].mean()),
        gaps,
        np.full(count, 1 / count),
        np.full(before, 1 / before),
        {"parallel_before": _slope_before(gaps[:before])},
    )


def _slope_before(gaps: np.typing.NDArray[np.float64]) -> float | None:
    """Return how much the gap grew per period before the start: parallel trends need about none."""
    if len(gaps) < 3:
        return None
    return float(np.polyfit(np.arange(len(gaps)), gaps, 1)[0])


def unequal_variance_interval(block: Block, level: float) -> tuple[float, float, float, float]:
    """Return standard error, interval and p of the difference between two means of unit changes.

    Each unit counts once, by its change from before to after, so serial correlation within units does no harm
    (Bertrand, Duflo & Mullainathan 2004, section IV.C); variances may differ between treated and donors (Welch 1947).

    Args:
        block: at least two treated units and two donors.
        level: coverage.
    """
    from scipy import stats

    def changes(rows: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        return np.asarray(rows[:, block.before :].mean(axis=1) - rows[:, : block.before].mean(axis=1))

    treated, donors = changes(block.treated), changes(block.donors)
    parts = treated.var(ddof=1) / len(treated), donors.var(ddof=1) / len(donors)
    se = float(np.sqrt(sum(parts)))
    effect = float(treated.mean() - donors.mean())
    if se == 0:
        return 0.0, effect, effect, 0.0 if effect else 1.0
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(treated) - 1) + parts[1] ** 2 / (len(donors) - 1))
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * se
    return se, effect - half, effect + half, float(2 * stats.t.sf(abs(effect) / se, freedom))
