"""Farrington's method (1996) and its improved form (Noufaily et al. 2013): a threshold from the season in past years.

Each week's baseline is fitted by a quasi-Poisson regression (`farrington_fit`), weeks that look like past outbreaks are
weighted down and the fit repeated, the trend is kept where it passes the paper's rules, and the count is compared with
an upper quantile of what the fit expects of this week. docs/methods/watch-alarms.md gives the equations.
"""

from __future__ import annotations

import numpy as np

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.calendar import references
from counterflow.watch.alarms.judged import Judged, blank
from counterflow.watch.alarms.settings import Asked, Setting, years_of

__all__ = ["FLEXIBLE", "ORIGINAL", "judge", "reach"]

#: settings of R's `farringtonFlexible` that Noufaily et al. (2013) recommend
FLEXIBLE: dict[str, Setting] = {
    "b": None, "w": 3, "periods": 10, "gap": 26, "trend": True, "p_trend": 1.0, "reweight": True,
    "weigh_above": 2.58, "rule": "plugin", "alpha": 0.01, "power": 2 / 3, "few": 0, "recent": 4,
    "score": "r", "start": None,
}  # fmt: skip
#: those of the method as Farrington et al. (1996) gave it
ORIGINAL: dict[str, Setting] = {
    **FLEXIBLE, "periods": 1, "gap": 3, "p_trend": 0.05, "weigh_above": 1.0, "rule": "delta", "alpha": 0.05, "few": 5,
}  # fmt: skip

_RULES = {"plugin": 0, "delta": 1}
#: weeks beyond the last full year of a baseline at which judging begins
_LEAD = 31


def reach(asked: Asked) -> np.ndarray:
    """Return for each series how many periods lie before its first judged one."""
    frequency = asked.grid.frequency
    years = _years(asked)
    lead = max(round(_LEAD * frequency / 52), asked.whole("w") + 1)
    before: np.ndarray = frequency * years + lead - 1
    return before


def _years(asked: Asked) -> np.ndarray:
    return years_of(asked.last - asked.first + 1, asked.grid.frequency, asked.settings["b"])


def judge(asked: Asked) -> Judged:
    """Judge a block of series; `METHODS` holds what the two methods differ in."""
    from scipy import stats

    from counterflow.watch.alarms.farrington_weeks import judge_weeks

    grid, rule = asked.grid, str(asked.settings["rule"])
    alpha, p_trend, half = asked.number("alpha"), asked.number("p_trend"), asked.whole("w")
    if rule not in _RULES or str(asked.settings["score"]) not in ("r", "paper"):
        raise UsageError("rule is plugin or delta, and score r or paper.")
    if not (0 < alpha < 1 and asked.whole("periods") >= 1 and 2 * half + 1 <= grid.frequency and asked.number("power")):
        raise UsageError("alpha lies between 0 and 1, periods and power above 0, and a window within a year.")
    years = _years(asked)
    back, calendar = references(grid, int(years.max(initial=1)))
    shift = back.max(axis=1)[calendar, years]
    begin = np.maximum(asked.begin, np.where(asked.first >= 0, asked.first, 0) + shift + half)
    out = blank(grid.counts.shape)
    start = np.full(len(years), -1, np.int64)
    free = np.arange(1, len(grid.t) + 2)
    critical = np.full(len(free) + 1, -1.0)
    if p_trend < 1:
        critical = np.concatenate([[0.0], stats.t.isf(p_trend / 2, free)])
    judge_weeks(
        np.ascontiguousarray(grid.counts), asked.last, years, begin, asked.wanted, back, calendar, half,
        asked.whole("gap"), asked.whole("periods"), bool(asked.settings["trend"]), critical,
        bool(asked.settings["reweight"]), asked.number("weigh_above"), _RULES[rule], asked.number("power"),
        float(stats.norm.isf(alpha)), alpha, asked.number("few"), asked.whole("recent"),
        asked.settings["score"] == "paper", *out, start,
    )  # fmt: skip
    return Judged("", *out, start)
