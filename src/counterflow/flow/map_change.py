"""Whether a count changed against the same periods a year before, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson

__all__ = ["LEVEL", "Change", "change_of", "spread_of"]

#: one area in twenty would stand out by chance at 95 %; a map of thousands asks for more
LEVEL = 0.99
#: fewest counts of the past that its spread is learned from
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class Change:
    """The newest count over that of a year before.

    Args:
        before: count a year before.
        ratio: how many times as many now; infinite where there was none.
        low: of the interval at `LEVEL`.
        high: of the interval.
        verdict: more | fewer | no clear change.
    """

    before: float
    ratio: float
    low: float
    high: float
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; what has no bound is None."""
        finite = {name: value if math.isfinite(value) else None
                  for name, value in (("ratio", self.ratio), ("low", self.low), ("high", self.high))}  # fmt: skip
        return {"before": self.before, **finite, "level": LEVEL, "verdict": self.verdict}


def change_of(now: float, before: float, spread: float = 1.0, *, late: bool = False) -> Change | None:
    """Return the change; None where both counts are zero.

    Given their sum, the newest of two Poisson counts of one rate is binomial with one half (Przyborowski and Wilenski,
    Biometrika 31 (1940) 313-323): its exact interval gives that of the ratio. Counts that vary more than Poisson are
    divided by their spread first (quasi-Poisson), which widens it.

    Args:
        now: count of the newest periods.
        before: count of the same periods a year before.
        spread: variance over mean of single periods, at least 1.
        late: whether reports of now are still to come: then fewer is not said.

    >>> change_of(60, 20).verdict, change_of(24, 20).verdict, change_of(60, 20, spread=9.0).verdict
    ('more', 'no clear change', 'no clear change')
    """
    if now + before <= 0:
        return None
    low, high = clopper_pearson(now / spread, (now + before) / spread, LEVEL)
    least, most = _odds(low), _odds(high)
    verdict = "more" if least > 1 else "fewer" if most < 1 and not late else "no clear change"
    return Change(before, _odds(now / (now + before)), least, most, verdict)


def spread_of(counts: npt.NDArray[np.float64]) -> float:
    """Return variance over mean of a series' past around its own slow course, at least 1.

    Differences of neighbouring periods, so that a trend or a season does not count as spread: half their mean square
    is the variance (von Neumann et al., Ann. Math. Stat. 12 (1941) 153-162).

    >>> spread_of(np.array([4.0, 4.0, 5.0, 4.0, 4.0, 5.0, 4.0, 4.0, 4.0]))
    1.0
    """
    known = counts[np.isfinite(counts)][-104:]
    if len(known) < _FEWEST or known.mean() <= 0:
        return 1.0
    return max(1.0, float((np.diff(known) ** 2).mean() / 2 / known.mean()))


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)
