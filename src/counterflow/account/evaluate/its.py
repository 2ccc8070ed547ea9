"""One place, one date: the level and slope of its series before and after (interrupted time series).

Segmented regression (Wagner et al. 2002; Lopez Bernal, Cummins & Gasparrini 2017) with autocorrelated errors. One
series cannot exclude that something else happened on the same date: the answer says so, gives the same figure at
every date before the start, and where there are untreated units the same regression on the difference from them
(controlled) and on each of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.evaluate.placebo import between_ranks
from counterflow.account.evaluate.segments import Fit, Segments, fit_counts, fit_level
from counterflow.core.errors import InputError

__all__ = ["Series", "controlled_series", "interrupted"]

Floats = npt.NDArray[np.float64]

_FEWEST_BEFORE = 3
_FEW_BEFORE = 8
#: degrees of freedom below which an error is no error
_FEWEST_FREE = 3
_COINCIDENCE = "One series cannot exclude a coincidence: whatever else changed on this date is part of the figure."


@dataclass(frozen=True)
class Series:
    """One outcome over time, with the first treated period.

    Args:
        labels: periods; length T.
        places: where they stand on their axis; length T.
        values: the outcome; length T, nothing missing.
        start: index of the first treated period.
        season: periods in a year's cycle; 0 for none.
        counts: whether the values are counts of events, to be fitted on the log scale.
        controls: series of untreated units for placebos in space, shape (n, T); none where empty.
        names: their names.
        what: what the values are, for words.
    """

    labels: tuple[Any, ...]
    places: Floats
    values: Floats
    start: int
    season: int = 0
    counts: bool = False
    controls: Floats | None = None
    names: tuple[str, ...] = ()
    what: str = "the series"


def controlled_series(series: Series) -> Series:
    """Return the difference of a series from the mean of its controls; each control likewise from the others.

    Raises:
        InputError: fewer than two controls.
    """
    controls = series.controls
    if controls is None or len(controls) <= 1:
        raise InputError(
            "A controlled series needs at least two untreated units.", hint="Use its, and read what it cannot exclude."
        )
    total = controls.sum(axis=0)
    others = (total - controls) / (len(controls) - 1)
    return Series(
        series.labels, series.places, series.values - controls.mean(axis=0), series.start, series.season,
        False, controls - others, series.names, f"{series.what} less the mean of {len(controls)} untreated units",
    )  # fmt: skip


def interrupted(series: Series, *, level: float = 0.95) -> dict[str, Any]:
    """Return the mean effect over the periods after the start, with what speaks against it.

    Args:
        series: the series.
        level: coverage of the interval.

    Raises:
        InputError: too few periods before the start or in all, or counts below zero.
    """
    _refuse_short(series)
    fit = _fit(series.values, series, series.start, checked=True)
    in_time = _placebo_dates(series)
    in_space = _placebo_units(series)
    critical, words, why_not = _critical(fit, in_space, in_time, level)
    p = between_ranks(abs(fit.ratio), np.array([abs(row["ratio"]) for row in in_space])) if in_space else None
    p_time = between_ranks(abs(fit.ratio), np.array([abs(row["ratio"]) for row in in_time])) if in_time else None
    return {
        **_ends(fit.effect, fit.error, critical),
        "level": level,
        "se": fit.error,
        "excludes_zero": None if why_not else abs(fit.effect) > critical * fit.error,
        "informative": not why_not,
        "why_not": why_not,
        "interval_method": words,
        "method": f"segmented regression of {series.what}, {fit.words}; {words}",
        "placebo_p": p if p is not None else p_time,
        "placebo_p_in": "space" if p is not None else "time",
        "smallest_p": 1 / (len(in_space or in_time) + 1),
        "weights": None,
        "level_change": _ends(fit.level_change, fit.level_error, critical),
        "slope_change": None if fit.slope_change is None else _ends(fit.slope_change, fit.slope_error, critical),
        "ratio": fit.relative,
        "checks": fit.checks,
        "in_time": in_time,
        "placebos": in_space,
        "series": [
            {"time": label, "observed": float(o), "fitted": float(f), "without": float(w)}
            for label, o, f, w in zip(series.labels, series.values, fit.fitted, fit.without, strict=True)
        ],
        "n_pre": series.start,
        "n_post": len(series.values) - series.start,
        "limits": _limits(series, fit, in_time, p_time, taken_for_granted=bool(why_not)),
    }


def _refuse_short(series: Series) -> None:
    if series.start < _FEWEST_BEFORE:
        raise InputError(
            f"Only {series.start} period(s) before the start: a trend cannot be told from them.",
            hint=f"Give at least {_FEWEST_BEFORE} periods before, better {_FEW_BEFORE} and more.",
        )
    needed = Segments.of(series.places, series.start, series.season).columns + _FEWEST_FREE
    if len(series.values) < needed:
        raise InputError(
            f"{len(series.values)} periods are too few for {needed - _FEWEST_FREE} coefficients.",
            hint="Give a longer series.",
        )
    if series.counts and np.any(series.values < 0):
        raise InputError("A count is below zero.", hint="Leave out --option counts=yes for rates and differences.")
    if np.ptp(series.values) == 0:
        raise InputError("The outcome never changes, so nothing can be estimated.", hint="Check the column.")


def _fit(values: Floats, series: Series, start: int, until: int | None = None, *, checked: bool = False) -> Fit:
    segments = Segments.of(series.places[:until], start, series.season)
    if series.counts:
        return fit_counts(values[:until], segments)
    return fit_level(values[:until], segments, checked=checked)


def _placebo_dates(series: Series) -> list[dict[str, Any]]:
    """Return the same figure for starts that nothing happened at, from the periods before the true one only."""
    rows = []
    after = min(len(series.values) - series.start, max(2, series.start // 3))
    for start in range(_FEWEST_BEFORE + 1, series.start - 1):
        until = min(start + after, series.start)
        if until <= Segments.of(series.places[:until], start, series.season).columns + _FEWEST_FREE - 1:
            continue
        fit = _fit(series.values, series, start, until)
        if math.isfinite(fit.ratio):
            rows.append({"time": series.labels[start], "effect": fit.effect, "ratio": fit.ratio})
    return rows


def _placebo_units(series: Series) -> list[dict[str, Any]]:
    """Return the same figure for each untreated unit at the true start."""
    rows = []
    for name, values in zip(series.names, series.controls if series.controls is not None else (), strict=False):
        if np.ptp(values) == 0 or (series.counts and np.any(values < 0)):
            continue
        fit = _fit(values, series, series.start)
        if math.isfinite(fit.ratio):
            rows.append({"unit": name, "effect": fit.effect, "ratio": fit.ratio})
    return rows


def _critical(
    fit: Fit, in_space: Sequence[Mapping[str, Any]], in_time: Sequence[Mapping[str, Any]], level: float
) -> tuple[float, str, str]:
    """Return how many standard errors the interval reaches, how that was found, and why it settles nothing.

    The regression's own errors take a straight line for granted. Real series bend: taken alone they exclude no effect
    at most dates at which nothing happened. So other units, or dates before the start, must say how wide it is.
    """
    from scipy.stats import t

    usual = float(t.ppf(0.5 + level / 2, fit.df))
    for rows, what in ((in_space, "untreated units"), (in_time, "dates before the start")):
        if level * (len(rows) + 1) <= len(rows):
            placebo = float(np.quantile([abs(row["ratio"]) for row in rows], level, method="weibull"))
            if placebo > usual:
                return placebo, f"{level:.0%} interval as wide as the same regression on {len(rows)} {what} asks", ""
            return usual, f"{level:.0%} interval of the regression; {len(rows)} {what} ask for no more", ""
    widest = max([usual, *(abs(row["ratio"]) for row in (*in_space, *in_time))])
    words = f"interval of the regression, or as wide as the {len(in_space) + len(in_time)} placebos at hand ask"
    why = (
        "The interval takes for granted that a straight line would have gone on, and there are too few untreated units"
        " or dates before the start to test that: it cannot exclude no effect."
    )
    return widest, words, why


def _ends(effect: float, error: float, critical: float) -> dict[str, float]:
    return {"effect": effect, "low": effect - critical * error, "high": effect + critical * error}


def _limits(
    series: Series, fit: Fit, in_time: Sequence[Mapping[str, Any]], p_time: float | None, *, taken_for_granted: bool
) -> list[str]:
    said = [_COINCIDENCE]
    if series.start < _FEW_BEFORE:
        said.append(f"{series.start} periods before the start: the trend rests on little.")
    if taken_for_granted and fit.checks["ljung_box_p"] is not None and fit.checks["ljung_box_p"] < 0.05:
        said.append("Errors are still correlated after the correction: the interval is too narrow.")
    larger = sum(abs(row["ratio"]) >= abs(fit.ratio) for row in in_time)
    if in_time and p_time is not None and larger:
        said.append(
            f"At {larger} of {len(in_time)} dates before the start, where nothing is said to have happened, the"
            " figure is as large against its error as at the start."
        )
    if series.season == 0 and len(series.values) >= 24:
        said.append("No season is fitted.")
    return said
