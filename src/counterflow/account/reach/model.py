"""The model behind a probability of reaching: a level with a slope that returns to zero, on the log scale.

    y_t   = m_t + s_t + e_t               e_t ~ N(0, noise^2 + v_t)
    dm    = b dt + level dW1              m: where the series stands, apart from season s and noise e
    db    = -theta b dt + bend dW2        b: its slope per year; old trends fade, theta = -log(kept per year)

the local linear trend of Harvey (Forecasting, Structural Time Series Models and the Kalman Filter, 1989, section 2.3.2)
in continuous time (section 9.2), with the damped slope of Gardner & McKenzie (Management Science 31 (1985) 1237-1246).
Time runs in years whatever the step, so that one prior serves years, months and weeks. v_t is known where a value is
itself an estimate. Seasons, where a year holds several steps, are two harmonics with fixed, shrunk amplitudes.

A handful of points cannot tell noise from drift. So nothing is estimated once and then believed: the likelihood (Kalman
filter; Harvey 1989, section 3.4) is worked out on a grid of noise, level, slope and damping, and weighed with a prior
(`prior.toml`, fitted on development series; docs/methods/account-reach.md). Paths are drawn from all of it.

Log scale: a series moves by shares of itself. A series that holds a zero gets half its smallest positive value (at most
1/2) added; one that goes below zero is modelled as it stands, in units of its mean size.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product

import numpy as np
import numpy.typing as npt

__all__ = ["AXES", "Fitted", "Grid", "Prior", "Scale", "fit", "grid_of", "prior_of", "scale_of"]

Floats = npt.NDArray[np.float64]
_DIFFUSE = 10.0
#: values of the grid, by axis
AXES: dict[str, tuple[float, ...]] = {
    "noise": (0.003, 0.01, 0.03, 0.08, 0.2, 0.5, 1.2),
    "level": (0.005, 0.02, 0.05, 0.12, 0.3, 0.8, 2.0),
    "slope": (0.01, 0.04, 0.1, 0.25, 0.6),
    "kept": (0.3, 0.6, 0.85),
}


@dataclass(frozen=True, slots=True)
class Prior:
    """What series of this kind have been like: weights of the values of each axis of the grid, and how shocks fall.

    Args:
        noise: weights of the noise of one value.
        level: weights of the drift of the level over a year.
        slope: weights of the standing standard deviation of the slope per year.
        kept: weights of the share of a slope that lasts a year.
        season: standard deviation of a seasonal amplitude.
        tails: degrees of freedom of the t law of a path's shocks.
        widen: factor on every shock, from hindcasts of development series.
    """

    noise: tuple[float, ...]
    level: tuple[float, ...]
    slope: tuple[float, ...]
    kept: tuple[float, ...]
    season: float
    tails: float
    widen: float


@cache
def prior_of() -> Prior:
    """Return the prior shipped."""
    text = resources.files("counterflow.account.reach").joinpath("prior.toml").read_text("utf-8")
    tree = tomllib.loads(text)
    axes = {name: tuple(float(weight) for weight in tree[name]) for name in AXES}
    return Prior(**axes, season=float(tree["season"]), tails=float(tree["tails"]), widen=float(tree["widen"]))


@dataclass(frozen=True, slots=True)
class Grid:
    """Parameter vectors, shape (k,) each, and the log of their prior weight."""

    noise: Floats
    level: Floats
    slope: Floats
    theta: Floats
    weight: Floats


def grid_of(prior: Prior) -> Grid:
    """Return the grid with its prior weights."""
    places = np.array(list(product(*(range(len(values)) for values in AXES.values()))))
    found = {name: np.array(values)[places[:, k]] for k, (name, values) in enumerate(AXES.items())}
    weight = np.zeros(len(places))
    for k, name in enumerate(AXES):
        share = np.array(getattr(prior, name))
        weight += np.log(share / share.sum())[places[:, k]]
    return Grid(found["noise"], found["level"], found["slope"], -np.log(found["kept"]), weight)


@dataclass(frozen=True, slots=True)
class Scale:
    """How values are turned into what the model sees: log(y + shift), or y / size where values go below zero."""

    log: bool
    shift: float
    size: float

    def into(self, values: Floats) -> Floats:
        """Return values on the scale of the model."""
        return np.asarray(np.log(values + self.shift) if self.log else values / self.size)

    def back(self, seen: Floats) -> Floats:
        """Return values in the unit of the series."""
        if not self.log:
            return np.asarray(seen * self.size)
        # exp(300) is beyond any count; it keeps a wild path a number
        return np.asarray(np.maximum(np.exp(np.minimum(seen, 300.0)) - self.shift, 0.0))

    def error(self, values: Floats, errors: Floats) -> Floats:
        """Return standard errors on the scale of the model (delta method)."""
        if not self.log:
            return np.asarray(errors / self.size)
        return np.asarray(errors / np.maximum(values + self.shift, 1e-12))


def scale_of(values: Floats) -> Scale:
    """Return the scale that fits values, NaN left out."""
    known = values[~np.isnan(values)]
    if (known < 0).any():
        return Scale(False, 0.0, float(np.abs(known).mean()) or 1.0)
    if (known > 0).all():
        return Scale(True, 0.0, 1.0)
    positive = known[known > 0]
    return Scale(True, min(0.5, float(positive.min()) / 2) if positive.size else 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Where the series stands at its last step, for each parameter vector.

    Args:
        grid: the parameter vectors.
        posterior: their weights given the series, shape (k,), sum 1.
        mean: state level, slope, seasonal amplitudes; shape (k, d).
        cov: its covariance, shape (k, d, d).
        steps: steps seen; the season of the next one follows.
        per_year: steps in a year.
        harmonics: pairs of seasonal amplitudes.
        log_likelihood: of the series under the prior, the first value left out.
    """

    grid: Grid
    posterior: Floats
    mean: Floats
    cov: Floats
    steps: int
    per_year: int
    harmonics: int
    log_likelihood: float

    def season(self, step: int) -> Floats:
        """Return the row that picks the season of a step out of the state, shape (2 * harmonics,)."""
        return season_row(step, self.per_year, self.harmonics)


def season_row(step: int, per_year: int, harmonics: int) -> Floats:
    """Return cosines and sines of a step of the year."""
    angle = 2 * math.pi * step / per_year * np.arange(1, harmonics + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)])


def transition(theta: Floats, dt: float) -> tuple[Floats, Floats]:
    """Return (part of a slope that enters the level in a step, part of it that is left after it), shape (k,)."""
    left = np.exp(-theta * dt)
    return (1 - left) / theta, left


def shocks(grid: Grid, dt: float) -> tuple[Floats, Floats, Floats]:
    """Return variance of the level, covariance, and variance of the slope that a step adds, shape (k,).

    The slope is an Ornstein-Uhlenbeck process with standing deviation `slope`, so bend^2 = 2 theta slope^2; the level
    is its integral plus a random walk.
    """
    theta, left = grid.theta, np.exp(-grid.theta * dt)
    bend2 = 2 * theta * grid.slope**2
    level = bend2 / theta**2 * (dt - 2 * (1 - left) / theta + (1 - left**2) / (2 * theta)) + grid.level**2 * dt
    both = bend2 * (1 - left) ** 2 / (2 * theta**2)
    return level, both, bend2 * (1 - left**2) / (2 * theta)


def fit(seen: Floats, errors: Floats, per_year: int, prior: Prior) -> Fitted:
    """Filter a series for every parameter vector at once.

    Args:
        seen: values on the scale of the model, one per step, NaN where there is none; shape (n,).
        errors: known standard errors, 0 where none is known; shape (n,).
        per_year: steps in a year.
        prior: weights of the grid before the series is seen.
    """
    grid, dt = grid_of(prior), 1.0 / per_year
    harmonics = 0 if per_year == 1 or len(seen) < 2 * per_year else (2 if per_year > 4 else 1)
    size, k = 2 + 2 * harmonics, len(grid.weight)
    enters, left = transition(grid.theta, dt)
    level, both, slope = shocks(grid, dt)
    mean, cov = np.zeros((k, size)), np.zeros((k, size, size))
    mean[:, 0] = seen[~np.isnan(seen)][0]
    cov[:, 0, 0], cov[:, 1, 1] = _DIFFUSE, grid.slope**2
    cov[:, range(2, size), range(2, size)] = prior.season**2
    likelihood, begun = np.zeros(k), False
    for step, value in enumerate(seen):
        if step:
            mean[:, 0] += enters * mean[:, 1]
            mean[:, 1] *= left
            _carry(cov, enters, left)
            cov[:, 0, 0] += level
            cov[:, 0, 1] += both
            cov[:, 1, 0] += both
            cov[:, 1, 1] += slope
        if not np.isnan(value):
            row = np.concatenate([[1.0, 0.0], season_row(step, per_year, harmonics)])
            gain = cov @ row
            total = gain @ row + grid.noise**2 + errors[step] ** 2
            miss = value - mean @ row
            likelihood -= begun * 0.5 * (np.log(2 * math.pi * total) + miss**2 / total)
            begun = True
            mean += gain * (miss / total)[:, None]
            cov -= gain[:, :, None] * gain[:, None, :] / total[:, None, None]
    joint = grid.weight + likelihood
    whole = float(np.logaddexp.reduce(joint))
    return Fitted(grid, np.exp(joint - whole), mean, cov, len(seen), per_year, harmonics, whole)


def _carry(cov: Floats, enters: Floats, left: Floats) -> None:
    """Carry covariances over a step in place: T cov T' with T = [[1, enters], [0, left]] on level and slope."""
    cov[:, 0, :] += enters[:, None] * cov[:, 1, :]
    cov[:, 1, :] *= left[:, None]
    cov[:, :, 0] += enters[:, None] * cov[:, :, 1]
    cov[:, :, 1] *= left[:, None]
