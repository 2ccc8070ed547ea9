"""How well the fitted model follows the series: in the fitted years, and in years that were kept from it.

Two uses. `fit_report`: the median run of the posterior against each series, MAE over mean, MAPE and R2.
`out_of_sample`: a posterior trained to an earlier year, and what it says would be observed after it: parameters,
lasting bias, error of the series, and what the structure misses (`errors`), all learnt from the years before.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import ConfigError
from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.engine_runs import engine_simulator
from counterflow.strategy.calibrate.errors import SeriesError, predicted
from counterflow.strategy.calibrate.likelihood import Simulator, likelihood_of
from counterflow.strategy.calibrate.targets import Targets, targets
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.posterior import Posterior, load, shipped

__all__ = ["Fit", "FitRow", "Prediction", "errors_of", "fit_report", "needed", "out_of_sample", "shipped_2012"]

Floats = npt.NDArray[np.float64]
LAST_IN_SAMPLE = 2020
#: The fifteen series of the published test of years held back (Lim et al. 2022); sums and two treatments are left out.
HELD_BACK = ("HUD", "InHD", "InHO", "InHR", "InHT", "InRD", "InRM", "NDHU",
             "ODHC", "ODRB", "ODTo", "RMis", "ROUD", "ROUH", "TxBp")  # fmt: skip


@dataclass(frozen=True, slots=True)
class FitRow:
    """How the median run follows one series.

    Args:
        id: the series.
        mae_over_mean: mean absolute error over the mean of what was observed.
        mape: mean absolute relative error; years observed as zero are left out.
        r2: squared correlation.
        years: how many years.
    """

    id: str
    mae_over_mean: float
    mape: float
    r2: float
    years: int


@dataclass(frozen=True)
class Fit:
    """How the median run follows all series.

    Args:
        rows: by series.
        mean: mean of MAE over mean.
        deaths: MAPE of all deaths.
        years: calendar years compared.
        median: median run, shape (T, S).
        observed: shape (T, S).
    """

    rows: tuple[FitRow, ...]
    mean: float
    deaths: float
    years: tuple[int, ...]
    median: Floats
    observed: Floats


@dataclass(frozen=True, slots=True)
class Prediction:
    """One point that was kept back.

    Args:
        id: the series.
        year: calendar year.
        observed: what was seen.
        median: median of what was predicted.
        low: lower end.
        high: upper end.
        covered: whether what was seen lies between.
    """

    id: str
    year: int
    observed: float
    median: float
    low: float
    high: float
    covered: bool


def shipped_2012() -> Posterior | None:
    """Return the posterior trained to 2012 that the package holds; none before it was made."""
    at = files("counterflow.reference").joinpath("strategy", "posterior_2012.npz")
    if not at.is_file():
        return None
    with as_file(at) as path:
        return load(path)


def needed(posterior: Posterior | None) -> Posterior:
    """Return it.

    Raises:
        ConfigError: there is none.
    """
    if posterior is None:
        raise ConfigError(
            "This installation holds no fitted parameters.",
            hint="Make them with `counterflow strategy calibrate --out FILE`.",
        )
    return posterior


def errors_of(posterior: Posterior) -> tuple[SeriesError, ...]:
    """Return the error of each series that was noted with a posterior."""
    return tuple(SeriesError(**row) for row in posterior.about["errors"])


def fit_report(
    posterior: Posterior | None = None,
    *,
    draws: int = 400,
    seed: int = 1,
    simulate: Simulator | None = None,
    series: Targets | None = None,
) -> Fit:
    """Return how the median of `draws` runs follows the series, 1999 to 2020.

    Args:
        posterior: the one shipped if not given.
        draws: runs; parameters no data inform vary over their priors, as everywhere.
        seed: whole number from 0.
        simulate: runs the model; the engine if not given.
        series: compared with; those shipped if not given.
    """
    held = (series or targets()).until(LAST_IN_SAMPLE)
    vectors = draw(draws, seed, needed(posterior or shipped())).values
    runs = (simulate or engine_simulator())(vectors, held.years[-1])
    median = np.median(runs, axis=0)
    rows = tuple(_row(name, median[:, p], held.values[:, p]) for p, name in enumerate(held.ids))
    deaths = next(row.mape for row in rows if row.id == "ODTo")
    mean = float(np.mean([row.mae_over_mean for row in rows]))
    return Fit(rows, mean, deaths, held.years, median, held.values)


def _row(name: str, run: Floats, seen: Floats) -> FitRow:
    held = np.isfinite(seen)
    run, seen = run[held], seen[held]
    miss = np.abs(run - seen)
    some = seen > 0
    r2 = float(np.corrcoef(run, seen)[0, 1] ** 2) if np.ptp(run) > 0 else 0.0
    return FitRow(name, float(miss.mean() / seen.mean()), float((miss[some] / seen[some]).mean()), r2, len(seen))


def out_of_sample(
    posterior: Posterior | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    level: float = 0.95,
    of_parameters: bool = False,
    simulate: Simulator | None = None,
    series: Targets | None = None,
) -> tuple[Prediction, ...]:
    """Return what a posterior trained to an earlier year says of the years after it, to 2020.

    Args:
        posterior: the one trained to 2012 that is shipped if not given.
        draws: runs.
        seed: whole number from 0.
        level: of the intervals, equal tails.
        of_parameters: intervals of the doubt of parameters alone, as the published ones are, instead of what would be
            observed.
        simulate: runs the model; the engine if not given.
        series: compared with; those shipped if not given.

    Returns:
        One row for each of the 15 series of the published test and each year after the training.
    """
    fitted = needed(posterior or shipped_2012())
    held = (series or targets()).until(LAST_IN_SAMPLE)
    runs = (simulate or engine_simulator())(draw(draws, seed, fitted).values, held.years[-1])
    mean, spread = fitted.about["definition_2015"]
    definition = mean + spread * generator(seed, "strategy", "calibrate", "definition").standard_normal(draws)
    expected = likelihood_of(held).expected(runs, definition)
    seen = expected if of_parameters else predicted(expected, held.years, errors_of(fitted), seed)
    tail = 0.5 * (1.0 - level)
    low, median, high = np.quantile(seen, (tail, 0.5, 1.0 - tail), axis=0)
    out = []
    for name in HELD_BACK:
        p = held.place(name)
        for t, year in enumerate(held.years):
            value = float(held.values[t, p])
            if year > fitted.about["until"] and np.isfinite(value):
                inside = bool(low[t, p] <= value <= high[t, p])
                out.append(
                    Prediction(name, year, value, float(median[t, p]), float(low[t, p]), float(high[t, p]), inside)
                )
    return tuple(out)
