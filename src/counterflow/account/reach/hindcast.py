"""Targets put into the past, so that every forecast made by the same rule can be held against what came.

The rule leaves no choice to whoever runs it. A series of yearly values gets, for each possible deadline, targets of 10
and 25 % down and up on a baseline four years before it, asked one, two and three years before the deadline. A series of
shorter steps gets the same levels for the sum of the last twelve months at the deadline, on a baseline two years before
it, asked one year before it. Before the asking there must be enough points. What was not yet known on the day of asking
is not used. Series whose values overlap get no case here: nobody could say what was known of them on a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.account.reach.model import Prior, prior_of
from counterflow.account.reach.probability import FEWEST, Reach, answer, draws_of
from counterflow.account.reach.rules import last_value, margin, regression, straight_line
from counterflow.account.reach.series import Direction, Laid, Series, Target, lay, reached
from counterflow.core.seeds import generator

__all__ = ["CHANGES", "Case", "Scored", "brier", "cases_of", "coverage", "ratio", "score", "scored"]

Floats = npt.NDArray[np.float64]
#: levels of the targets, as a change on the baseline
CHANGES: tuple[tuple[float, Direction], ...] = ((-0.25, "down"), (-0.10, "down"), (0.10, "up"), (0.25, "up"))
_YEARLY_HORIZON, _YEARLY_LEADS = 4, (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Case:
    """One target in the past: what was asked when, and what came.

    Args:
        series: name of the series; cases of one series are not independent.
        known: the series as it could be seen on the day of asking.
        target: what was asked.
        lead: years from asking to deadline.
        came: value that the target speaks of, as it turned out.
    """

    series: str
    known: Series
    target: Target
    lead: float
    came: float

    @property
    def outcome(self) -> bool:
        """Whether the target was reached."""
        return bool(reached(np.array([self.came]), self.target)[0])


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with what each rule said: probability, straight line and its margin, last value, regression, interval."""

    case: Case
    reach: Reach
    straight: float
    margin: float
    last: float
    trend: float


def cases_of(series: Series, *, seen_before: int = FEWEST) -> Iterator[Case]:
    """Return every case that the rule makes of a series.

    Args:
        series: the whole of it, as it is known now.
        seen_before: points there must be on the day of asking, at least two years of them for short steps.
    """
    if len(series.points) < seen_before + 1 or series.rolling > 1:
        return
    laid = lay(series, series.points[-1].period_end)
    steps = laid.per_year
    horizon, leads, window = (_YEARLY_HORIZON, _YEARLY_LEADS, 1) if steps == 1 else (2 * steps, (steps,), steps)
    for deadline in range(horizon, len(laid.values), max(1, steps // 4)):
        base = deadline - horizon
        sums = [_window(laid.values, place, window) for place in (base, deadline)]
        if any(np.isnan(each) for each in sums) or not sums[0] > 0:
            continue
        for lead in leads:
            origin = deadline - lead
            if np.isfinite(laid.values[: origin + 1]).sum() < max(seen_before, 2 * steps if steps > 1 else 0):
                continue
            if np.isnan(laid.values[origin]):
                continue
            known = Series(
                tuple(p for p in series.points if p.period_end <= laid.ends[origin]), series.unit, (), series.name
            )
            yield from _targets(laid, known, base, deadline, lead / steps, (sums[0], sums[1]), window)


def _window(values: Floats, place: int, window: int) -> float:
    """Return the sum of a window that ends at a place; NaN where a value of it is not there."""
    return float(values[place + 1 - window : place + 1].sum()) if place + 1 >= window else float("nan")


def _targets(
    laid: Laid, known: Series, base: int, deadline: int, lead: float, sums: tuple[float, float], window: int
) -> Iterator[Case]:
    for change, direction in CHANGES:
        target = Target(
            sums[0] * (1 + change), laid.ends[deadline], direction, "level" if window == 1 else "cumulative",
            sums[0], laid.ends[base], None if window == 1 else laid.ends[deadline - window],
        )  # fmt: skip
        yield Case(known.name, known, target, lead, sums[1])


def scored(cases: Sequence[Case], *, seed: int = 1, prior: Prior | None = None) -> list[Scored]:
    """Return what every rule says of each case; cases that differ in the level alone share their paths."""
    made, drawn = [], None
    for case in cases:
        key = (case.series, case.known.points[-1].period_end, case.target.by)
        if drawn is None or drawn[0] != key:
            laid = lay(case.known, case.target.by)
            drawn = (key, laid, draws_of(laid, seed, prior or prior_of()))
        _, laid, paths = drawn
        line, gap = straight_line(laid, case.target), margin(laid, case.target)
        if line is not None and gap is not None:
            reach = answer(laid, case.target, paths, seed)
            made.append(Scored(case, reach, line, gap, last_value(laid, case.target), regression(laid, case.target)))
    return made


def brier(said: npt.ArrayLike, came: npt.ArrayLike) -> float:
    """Return the mean squared distance of probabilities from outcomes (Brier, Monthly Weather Review 78 (1950) 1-3)."""
    return float(((np.asarray(said, float) - np.asarray(came, float)) ** 2).mean())


def score(rows: Sequence[Scored]) -> dict[str, float]:
    """Return Brier scores of each rule, their ratio, and how often 80 % intervals held what came."""
    came = [row.case.outcome for row in rows]
    mine = brier([row.reach.probability or 0.0 for row in rows], came)
    line = brier([row.straight for row in rows], came)
    return {
        "cases": len(rows), "series": len({row.case.series for row in rows}), "reached": float(np.mean(came)),
        "brier": mine, "brier_straight": line, "brier_last": brier([row.last for row in rows], came),
        "brier_regression": brier([row.trend for row in rows], came), "ratio": mine / line if line else float("nan"),
        "coverage": coverage(rows),
    }  # fmt: skip


def coverage(rows: Sequence[Scored]) -> float:
    """Return the share of 80 % intervals that hold what came, each series and day of asking counted once."""
    once = {(row.case.series, row.case.target.by, row.reach.origin): row for row in rows}
    held = [
        row.reach.expected is not None and row.reach.expected["low80"] <= row.case.came <= row.reach.expected["high80"]
        for row in once.values()
    ]
    return float(np.mean(held))


def ratio(
    rows: Sequence[Scored], measure: Callable[[Sequence[Scored]], float], *, draws: int = 1000, seed: int = 1
) -> tuple[float, float]:
    """Return the 95 % interval of a measure, whole series drawn with replacement (Efron & Tibshirani 1993)."""
    by_series: dict[str, list[Scored]] = {}
    for row in rows:
        by_series.setdefault(row.case.series, []).append(row)
    names, rng = list(by_series), generator(seed, "reach", "hindcast")
    made = []
    for _ in range(draws):
        chosen = rng.integers(0, len(names), len(names))
        made.append(measure([row for place in chosen for row in by_series[names[place]]]))
    low, high = np.nanquantile(made, [0.025, 0.975])
    return float(low), float(high)
