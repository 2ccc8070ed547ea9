"""Whether the fit finds known truth again: series made from known parameters, fitted, the truth looked for.

Truth is drawn from the priors, drawn in by a fifth so that the series stay in the realm of the observed. The model is
run, each series gets the error and the lasting bias that the fit supposes, and the whole fit is run on the result with
fewer runs. Of intervals that say 80 % and 95 %, that share should hold the truth; fewer says that the method is too
sure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from counterflow.core.clock import Clock
from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.calibration import Asked, calibrate
from counterflow.strategy.calibrate.likelihood import Simulator
from counterflow.strategy.calibrate.screen import movers
from counterflow.strategy.calibrate.space import Space, space_of
from counterflow.strategy.calibrate.targets import Targets
from counterflow.strategy.model.parameters import Parameters

__all__ = ["Recovered", "recover", "synthetic"]

Floats = npt.NDArray[np.float64]
LEVELS = (0.8, 0.95)
_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found again of one parameter in one set.

    Args:
        set: number of the set of series.
        name: the parameter.
        truth: its true value.
        low: 2.5 % point of the posterior.
        median: its median.
        high: 97.5 % point.
        inside_80: whether the middle 80 % hold the truth.
        inside_95: whether the middle 95 % do.
        shrinkage: how much narrower than its prior.
        standing: learnt, not learnt, or on its bound.
    """

    set: int
    name: str
    truth: float
    low: float
    median: float
    high: float
    inside_80: bool
    inside_95: bool
    shrinkage: float
    standing: str


def recover(
    asked: Asked, held: Parameters, simulate: Simulator, clock: Clock, tell: Callable[[str], None],
    *, sets: int = 5,
) -> tuple[Recovered, ...]:  # fmt: skip
    """Return, for each set and parameter, what was found again.

    Args:
        asked: runs and seed of each fit; its series give years and gaps.
        held: the parameters of the model.
        simulate: runs it.
        clock: the time.
        tell: takes a line of progress.
        sets: how many times.
    """
    space = space_of(held, movers(held, simulate, asked.targets))
    out: list[Recovered] = []
    for number in range(1, sets + 1):
        truth, series = synthetic(space, simulate, asked.targets, asked.seed, number)
        fit = calibrate(
            replace(asked, targets=series, seed=asked.seed + number, folder=None),
            held,
            simulate,
            clock,
            lambda _w: None,
        )
        known = dict(zip(space.names, space.values(truth[None])[0].tolist(), strict=True))
        standing = {one.name: one for one in fit.learnt}
        for place, name in enumerate(fit.posterior.names):
            row = fit.posterior.rows[:, place].astype(np.float64)
            low80, high80, low, median, high = (float(q) for q in np.quantile(row, (0.1, 0.9, 0.025, 0.5, 0.975)))
            value = known.get(name, float(held.values[held.place(name)]))
            out.append(
                Recovered(
                    number, name, value, low, median, high, low80 <= value <= high80, low <= value <= high,
                    standing[name].shrinkage, standing[name].standing,
                )
            )  # fmt: skip
        mine = [r for r in out if r.set == number]
        share = np.mean([r.inside_95 for r in mine])
        tell(f"set {number} of {sets}: 95 % intervals hold {100 * share:.0f} % of {len(mine)} parameters")
    return tuple(out)


def synthetic(space: Space, simulate: Simulator, targets: Targets, seed: int, number: int) -> tuple[Floats, Targets]:
    """Return a true point, shape (d,), and series made from it with the gaps of `targets`.

    Args:
        space: the parameters.
        simulate: runs the model.
        targets: gives years, gaps and usual errors.
        seed: whole number from 0.
        number: of the set.
    """
    random = generator(seed, "strategy", "calibrate", "synthetic", number)
    truth = np.clip(_NEAR * random.standard_normal(space.size), -2.5, 2.5)
    truth[-1] = 0.0
    runs = simulate(space.vectors(truth[None]), targets.years[-1])[0]
    error = np.array([s.error for s in targets.series])
    bias = np.array([s.bias for s in targets.series]) * random.standard_normal(len(error))
    noise = bias + random.standard_normal(targets.values.shape)
    made = runs * np.exp(error * noise)
    made = np.where(targets.values == 0, 0.0, made)
    for place, s in enumerate(targets.series):
        if s.parts:
            made[:, place] = made[:, [targets.place(part) for part in s.parts]].sum(axis=1)
    return truth, replace(targets, values=np.where(np.isfinite(targets.values), made, np.nan))
