"""What every estimator of one block gives: an effect, the gap in each period, and the weights behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from counterflow.account.evaluate.panel import Block, Floats

__all__ = ["Estimator", "Fit", "noise_level"]


@dataclass(frozen=True, slots=True)
class Fit:
    """One estimate on one block.

    Args:
        effect: mean effect over the treated periods, in the outcome's unit.
        gaps: treated less what stands for it untreated, shape (T,).
        weights: of the donors, shape (n,), sum one.
        time_weights: of the periods before the start, or None.
        more: what only this estimator has.
    """

    effect: float
    gaps: Floats
    weights: Floats
    time_weights: Floats | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def rmspe(self, first: int, last: int) -> float:
        """Return the root mean square gap over periods `first` to `last`, the last not included."""
        return float(np.sqrt(np.mean(self.gaps[first:last] ** 2)))


Estimator = Callable[[Block], Fit]


def noise_level(block: Block) -> float:
    """Return the standard deviation of the donors' changes from period to period before the start.

    Arkhangelsky et al. (2021), section 2, below equation (5). The level of the changes counts where one is known only.
    """
    changes = np.diff(block.donors[:, : block.before], axis=1)
    if changes.size < 2:
        return float(np.abs(changes).mean()) if changes.size else float(block.donors[:, : block.before].std())
    return float(changes.std(ddof=1))
