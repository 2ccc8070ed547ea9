"""V5: told to stop at a year, how close were its forecasts to what came, and how often inside their interval?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.metrics import coverage, resampled, share_interval
from counterflow.strategy.validate.rows import Row, row, unjudged
from counterflow.strategy.validate.setting import Setting, end_of

__all__ = ["check", "later", "rows_of"]

_AS_OF = end_of(2022)


def check(setting: Setting) -> list[Row]:
    """Return the rows of V5: forecasts from earlier years, whose outcomes to 2022 are known."""
    from counterflow.strategy.forecast.pseudo import pseudo_rows

    return rows_of(pseudo_rows(draws=setting.count, seed=setting.seed, posterior=setting.posterior), setting)


def later() -> Row:
    """Return the row that says why years after 2022 are not judged here."""
    return unjudged(
        "V5.later", "nothing after 2022 is shipped or was looked at: whoever holds it can judge", as_of=_AS_OF
    )


def rows_of(points: list[dict[str, Any]], setting: Setting) -> list[Row]:
    """Return coverage and error of pseudo-forecasts, with and without indicators.

    Args:
        points: one of each origin and year: origin, year, observed, low, high (90 %), median, with_indicators.
        setting: seed of intervals.
    """
    kinds = {told: [p for p in points if bool(p["with_indicators"]) is told] for told in (True, False)}
    out = [_inside("V5.with_indicators", kinds[True], setting), _inside("V5.without", kinds[False], setting)]
    if kinds[True]:
        out.append(_error(kinds[True], setting))
    if kinds[True] and kinds[False]:
        wide = [float(np.mean([p["high"] - p["low"] for p in kinds[told]])) for told in (False, True)]
        out.append(row("V5.wider", wide[0] / wide[1], n=len(points), as_of=_AS_OF))
    return [*out, later()]


def _columns(points: list[dict[str, Any]]) -> dict[str, npt.NDArray[np.float64]]:
    names = ("origin", "year", "observed", "low", "high", "median")
    return {name: np.array([float(p[name]) for p in points]) for name in names}


def _inside(bar: str, points: list[dict[str, Any]], setting: Setting) -> Row:
    if not points:
        return unjudged(bar, "no such pseudo-forecast was made", as_of=_AS_OF)
    c = _columns(points)

    def share(at: npt.NDArray[np.intp]) -> float:
        return coverage(c["observed"][at], c["low"][at], c["high"][at])

    out = [
        f"{y:.0f} from {o:.0f}"
        for o, y, x, a, b in zip(c["origin"], c["year"], c["observed"], c["low"], c["high"], strict=True)
        if not a <= x <= b
    ]
    width = float(np.mean((c["high"] - c["low"]) / c["observed"]))
    missed = ", ".join(out) or "none"
    note = f"mean width {width:.0%} of the outcome; outside: {missed}; a year comes under several origins"
    interval = share_interval(share, c["origin"], seed=setting.seed)
    return row(bar, share(np.arange(len(points))), interval, n=len(points), as_of=_AS_OF, note=note)


def _error(points: list[dict[str, Any]], setting: Setting) -> Row:
    c = _columns(points)
    gaps = np.abs(c["median"] / c["observed"] - 1)
    interval = resampled(lambda at: float(np.median(gaps[at])), c["origin"], seed=setting.seed)
    note = f"largest {gaps.max():.0%}, {c['year'][gaps.argmax()]:.0f} from {c['origin'][gaps.argmax()]:.0f}"
    return row("V5.error", float(np.median(gaps)), interval, n=len(points), as_of=_AS_OF, note=note)
