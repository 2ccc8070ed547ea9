"""Paths of the three latent states of supply (dose, share, price), and how they enter the model.

`dose` is the log of the mean dose of illicit opioids, `price` the log of their price per pure unit, `share` the angle
asin(sqrt(s)) of fentanyl's share s of their market: on that scale (Fisher 1922; Anscombe 1948) the share rose by much
the same step every year of 2014-2020, on log-odds ten times faster at its start than at its end. Each is 0 in the
middle of the last known year.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.strategy.forecast.indicators import Observation
from counterflow.strategy.forecast.walk import Moves, condition, covariance, draw_paths, knots
from counterflow.strategy.model.engine import Changes
from counterflow.strategy.model.layout import LAST_YEAR, MECHANISMS, places

__all__ = ["STATES", "Supply", "changes_of", "supply_paths"]

Floats = npt.NDArray[np.float64]
STATES = ("dose", "share", "price")
#: first knot: a fiscal year 2022 begins in October 2021
_BEFORE = 1.0
_HALF = 0.5
_LONGEST = 30.0
#: a share never leaves 0.04 % to 99.96 %
_ANGLES = (0.02, math.pi / 2 - 0.02)


@dataclass(frozen=True)
class Supply:
    """Paths of supply.

    Args:
        times: knots, shape (T,).
        paths: state -> shape (n, T).
        share_then: share of the market in the last known year.
        origin: last known year.
    """

    times: Floats
    paths: Mapping[str, Floats]
    share_then: float
    origin: int

    def yearly(self, state: str, years: npt.NDArray[np.int64]) -> Floats:
        """Return the mean of a state over calendar years, shape (n, years); 0 up to the last known year."""
        weights = np.stack([_mean_over(self.times, float(year), float(year) + 1) for year in years])
        weights[years <= self.origin] = 0.0
        return np.asarray(self.paths[state] @ weights.T)

    def share(self, path: Floats) -> Floats:
        """Return the share of the market that belongs to values of the state `share`."""
        at = math.asin(math.sqrt(self.share_then))
        return np.asarray(np.sin(np.clip(at + path, *_ANGLES)) ** 2)


def _mean_over(times: Floats, starts: float, ends: float) -> Floats:
    """Return weights over the knots whose product with a path is its mean over a stretch (trapezoid on a fine grid)."""
    inside = np.linspace(starts, ends, 13)
    at = np.clip(np.searchsorted(times, inside, side="right") - 1, 0, len(times) - 2)
    part = np.clip((inside - times[at]) / (times[at + 1] - times[at]), 0.0, 1.0)
    worth = np.full(len(inside), 1.0)
    worth[[0, -1]] = 0.5
    weights = np.zeros(len(times))
    np.add.at(weights, at, worth * (1 - part))
    np.add.at(weights, at + 1, worth * part)
    return np.asarray(weights / weights.sum())


def supply_paths(
    moves: Mapping[str, Moves],
    seen: Mapping[str, tuple[Observation, ...]],
    spread: Floats,
    share_then: float,
    origin: int,
    seed: int,
) -> Supply:
    """Return paths of every state to the last year of the model, given what was seen of each.

    Args:
        moves: size of past moves of each state.
        seen: indicator values of each state.
        spread: standard deviation of the log of doses met, per draw: pills cross a lethal dose as much sooner as it is
            smaller.
        share_then: share of the market in the last known year.
        origin: last known year; every path is 0 in its middle.
        seed: seed.
    """
    middle, count = origin + _HALF, len(spread)
    # to the end of the model whatever is asked: a path does not hang on how far it is looked at
    times = knots(middle - _BEFORE, LAST_YEAR + 1.0)
    paths: dict[str, Floats] = {}
    for state in STATES:
        random = generator(seed, "strategy forecast", state)
        drawn = draw_paths(moves[state], times, middle, count, random)
        paths[state] = _given(drawn, moves[state], times, middle, seen.get(state, ()), spread, random)
    return Supply(times, paths, share_then, origin)


def _given(
    drawn: Floats, moves: Moves, times: Floats, middle: float, rows: tuple[Observation, ...], spread: Floats,
    random: np.random.Generator,
) -> Floats:  # fmt: skip
    if not rows:
        return drawn
    means = np.stack([_mean_over(times, row.period.starts, row.period.ends) for row in rows])
    unit = np.stack([spread if row.kind.link == "probit" else np.ones(len(spread)) for row in rows], axis=1)
    values = unit * np.array([row.scaled for row in rows])
    errors = unit * np.array([row.error for row in rows])
    names = sorted({row.kind.name for row in rows})
    tied = np.array([names.index(row.kind.name) for row in rows])
    return condition(drawn, covariance(moves, times, middle), means, values, errors, tied, random)


def changes_of(supply: Supply, uses: Mapping[str, npt.NDArray[np.bool_]], last: int) -> Changes:
    """Return the paths as timed changes of the model's mechanisms, straight between half-years.

    Args:
        supply: the paths.
        uses: state -> which draws' overdoses follow it, shape (n,).
        last: last year that is run.
    """
    at = places(MECHANISMS)
    times = supply.times[(supply.times >= supply.origin + _HALF) & (supply.times <= last + 1.5)][::2]
    which = np.searchsorted(supply.times, times)
    rows: list[tuple[int, float, float, Floats]] = []
    for state, name in (("dose", "illicit_dose"), ("share", "fentanyl_share"), ("price", "illicit_availability")):
        path = np.where(uses[state][:, None], supply.paths[state][:, which], 0.0)
        level = _relative(supply, state, path)
        rows += [
            (at[name], float(times[k]), float(times[k + 1] - times[k]), level[:, k + 1] - level[:, k])
            for k in range(len(times) - 1)
        ]
    return Changes(
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.full(len(rows), np.inf),
        np.stack([row[3] for row in rows]),
    )


def _relative(supply: Supply, state: str, path: Floats) -> Floats:
    """Return a state's path as the relative change of its mechanism."""
    if state == "share":
        return np.asarray(supply.share(path) / supply.share_then - 1)
    bounded = np.clip(path, -math.log(_LONGEST), math.log(_LONGEST))
    return np.asarray(np.exp(bounded if state == "dose" else -bounded) - 1)
