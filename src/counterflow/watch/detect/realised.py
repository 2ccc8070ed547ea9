"""How many alarms came for each series-period, with an interval that knows that weeks of one series hang together."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator

__all__ = ["Realised", "realised"]

_DRAWS = 400
_FEW_SERIES = 5


@dataclass(frozen=True)
class Realised:
    """Alarms per judged series-period.

    Args:
        alarms: how many.
        periods: series-periods judged.
        low: lower end of the 95 % interval.
        high: upper end.
        way: how the interval was made.
    """

    alarms: int
    periods: int
    low: float
    high: float
    way: str

    @property
    def rate(self) -> float:
        """Alarms per series-period; NaN where none was judged."""
        return self.alarms / self.periods if self.periods else float("nan")

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self) | {"rate": self.rate if self.periods else None}

    def said(self, rate: float, grain: str) -> str:
        """Return it as a sentence beside the rate that was asked for."""
        if not self.periods:
            return "No period was judged with a year of judged past: no rate of false alarms can be told yet."
        return (
            f"Out of sample {self.alarms:,} alarms came in {self.periods:,} series-{grain}s: {100 * self.rate:.2g} % "
            f"({100 * self.low:.2g} to {100 * self.high:.2g}) where {100 * rate:.2g} % was to be; true outbreaks are "
            f"among them."
        )


def realised(alarm: npt.NDArray[np.int8], since: int = 0, seed: int = 1) -> Realised:
    """Return the rate of alarms in the periods from `since` on.

    The interval resamples series (5 of them or more); of fewer series it is the exact binomial one, which takes weeks
    for independent and is too narrow where alarms come in runs.

    Args:
        alarm: 1, 0 or -1 where not judged, shape (S, T).
        since: place of the first period that counts.
        seed: of the resampling.
    """
    of = alarm[:, since:]
    hits, judged = (of == 1).sum(axis=1), (of >= 0).sum(axis=1)
    some = judged > 0
    hits, judged = hits[some], judged[some]
    total, n = int(hits.sum()), int(judged.sum())
    if len(hits) < _FEW_SERIES or not total:
        return Realised(total, n, *clopper_pearson(total, n), "exact binomial")
    rng = generator(seed, "watch-realised")
    shares = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        pick = rng.integers(0, len(hits), len(hits))
        shares[draw] = hits[pick].sum() / judged[pick].sum()
    low, high = np.quantile(shares, [0.025, 0.975])
    return Realised(total, n, float(low), float(high), "series resampled")
