"""What the fitted model still gets wrong, carried into every interval: error by series, its memory, its growth.

The spread of fitted parameters alone is too narrow a doubt: it holds only if the model is the world (Kennedy & O'Hagan
2001). What is observed in a year beyond the fit is therefore predicted as

    log y = log m + b + r^h (e - b) + walk(h) + noise

m a run of the model, b the lasting bias of the series seen in the fitted years, e its last residual, r the
correlation of residuals from year to year, `noise` the error of the series, of which the share r^2h is known from its
last residual, `walk` a random walk for what the structure misses. The step of the walk is learnt by family of series
from the fitted years alone: the model is fitted to all but the last six of them and predicts those six; what these
errors exceed the noise and the doubt of the parameters by, per year of lead, is the variance of the step.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.likelihood import Likelihood, Simulator, likelihood_of
from counterflow.strategy.calibrate.search import correlations, descend, errors_at
from counterflow.strategy.calibrate.space import Space

__all__ = ["SeriesError", "hindcast", "predicted", "series_errors"]

Floats = npt.NDArray[np.float64]
_LEADS = 6
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class SeriesError:
    """The error of one series about the model.

    Args:
        id: the series.
        spread: standard deviation of log residuals from year to year.
        memory: correlation of residuals from one year to the next.
        bias: lasting log residual in the fitted years, drawn to zero.
        last: log residual of the last fitted year.
        step: standard deviation of the yearly step of what the structure misses.
        until: last fitted year of this series.
    """

    id: str
    spread: float
    memory: float
    bias: float
    last: float
    step: float
    until: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def series_errors(
    space: Space, simulate: Simulator, likelihood: Likelihood, point: Floats, steps: dict[str, float]
) -> tuple[SeriesError, ...]:
    """Return the error of every series at the fitted point; single figures have none to carry.

    Args:
        space: the parameters.
        simulate: runs the model.
        likelihood: over the fitted years.
        point: the best point, shape (d,).
        steps: yearly step by family, of `hindcast`.
    """
    targets = likelihood.targets
    runs = simulate(space.vectors(point[None]), targets.years[-1])
    residuals = likelihood.residuals(likelihood.expected(runs, point[None, -1]))[0]
    memory = correlations(space, simulate, likelihood, point)
    spread = errors_at(space, simulate, likelihood, point)
    out = []
    for place, s in enumerate(targets.series):
        if s.kind == "anchor":
            continue
        rows = np.flatnonzero(targets.fitted[:, place])
        mine = residuals[rows, place]
        bias = s.bias**2 * float(mine.sum()) / (1 + s.bias**2 * len(rows))
        out.append(
            SeriesError(
                s.id, float(spread[place]), float(memory[place]), bias, float(mine[-1]),
                steps.get(s.family, 0.0), targets.years[rows[-1]],
            )
        )  # fmt: skip
    return tuple(out)


def hindcast(space: Space, simulate: Simulator, likelihood: Likelihood, starts: Floats, seed: int) -> dict[str, float]:
    """Return the yearly step by family: fit to all but the last six years, predict these, see what is missed.

    Args:
        space: the parameters.
        simulate: runs the model.
        likelihood: over the fitted years; nothing after them is looked at.
        starts: where the descents of the shorter fit begin, shape (m, d).
        seed: whole number from 0.
    """
    whole = likelihood.targets
    short = likelihood_of(whole.until(whole.years[-1] - _LEADS))
    found, short = descend(space, simulate, short, starts, lambda _words: None, most=15)
    noise = generator(seed, "strategy", "calibrate", "hindcast").standard_normal((_DRAWS, space.size))
    points = np.clip(found.points[0] + noise @ found.root.T, -4.0, 4.0)
    points[0] = found.points[0]
    runs = np.log(np.maximum(simulate(space.vectors(points), whole.years[-1]), 1.0))
    values = np.where(whole.fitted, np.log(np.maximum(whole.values, 1.0)), np.nan)
    begin = len(short.targets.years)
    lead = np.arange(1, _LEADS + 1)[:, None]
    missed = (values - np.median(runs, axis=0))[begin:] ** 2 - runs[:, begin:].var(axis=0) - found.errors**2
    by_series = np.array([_mean(column) for column in (missed / lead).T])
    families = sorted({s.family for s in whole.series})
    return {f: _step([by_series[p] for p, s in enumerate(whole.series) if s.family == f]) for f in families}


def _mean(column: Floats) -> float:
    held = column[np.isfinite(column)]
    return float(held.mean()) if len(held) else float("nan")


def _step(variances: list[float]) -> float:
    held = [v for v in variances if np.isfinite(v)]
    return float(np.sqrt(max(0.0, float(np.median(held))))) if held else 0.0


def predicted(runs: Floats, years: tuple[int, ...], errors: tuple[SeriesError, ...], seed: int) -> Floats:
    """Return what would be observed, one draw for each run.

    Args:
        runs: the model's series, shape (n, T, S), in the order of `errors`.
        years: T calendar years.
        errors: error of each series.
        seed: whole number from 0.

    Returns:
        Shape (n, T, S). Fitted years carry bias and noise; later ones the memory of the last residual and the walk.
    """
    random = generator(seed, "strategy", "calibrate", "predicted")
    out = np.empty_like(runs)
    for place, e in enumerate(errors):
        lead = np.maximum(0, np.array(years) - e.until)
        centre = e.bias + np.where(lead > 0, e.memory**lead * (e.last - e.bias), 0.0)
        steps = random.standard_normal((len(runs), len(years))) * np.where(lead > 0, e.step, 0.0)
        known = np.where(lead > 0, e.memory ** (2 * lead), 0.0)  # of an AR(1) series whose last value is known
        noise = e.spread * np.sqrt(1 - known) * random.standard_normal((len(runs), len(years)))
        out[:, :, place] = runs[:, :, place] * np.exp(centre + np.cumsum(steps, axis=1) + noise)
    return out
