"""The model fitted again under each structure that data can speak of, and how well each foresaw years it had not seen.

A loop taken out of a fitted model breaks the fit, which says nothing of a world without the loop: the others' strengths
were fitted beside it. So each structure is fitted for itself, by the same descents and the same likelihood as the model
as built (`calibrate.search`), to the years up to `TRAINED`; then its log predictive density is taken of each later year
(parameters and errors of the series as CALIBRATION carries them, `calibrate.errors`). All structures get the same
approximation near their best point (Laplace), so that scores compare like with like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.engine_runs import engine_simulator
from counterflow.strategy.calibrate.errors import predicted, series_errors
from counterflow.strategy.calibrate.fit import HELD_BACK
from counterflow.strategy.calibrate.likelihood import Likelihood, Simulator, likelihood_of
from counterflow.strategy.calibrate.screen import movers
from counterflow.strategy.calibrate.search import Found, descend
from counterflow.strategy.calibrate.space import Space, space_of
from counterflow.strategy.calibrate.targets import Targets, targets
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.doubt.structures import Structure, structures, switches_of
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior, save

__all__ = ["TRAINED", "UNTIL", "Refit", "refit", "scores", "write_fits"]

Progress = Callable[[str], None]
TRAINED, UNTIL = 2012, 2020
_ROWS = 300
_STARTS = 2
_REACH = 3.5
#: what the structure misses per year where no hindcast was made: the median of calibration's families
_STEP = 0.05


@dataclass(frozen=True)
class Refit:
    """A structure fitted for itself.

    Args:
        structure: which one.
        space: the parameters that were fitted.
        likelihood: over the fitted years.
        found: where the descents ended.
    """

    structure: Structure
    space: Space
    likelihood: Likelihood
    found: Found

    def points(self, n: int, seed: int) -> Floats:
        """Return `n` points near the best one, by its curvature; shape (n, d)."""
        noise = generator(seed, "strategy doubt", "refit", self.structure.name).standard_normal((n, self.space.size))
        return np.asarray(np.clip(self.found.points[0] + noise @ self.found.root.T, -_REACH, _REACH))

    def posterior(self, seed: int, rows: int = _ROWS) -> Posterior:
        """Return rows near the best point as a posterior that `model.draws.draw` takes."""
        about = {
            "structure": self.structure.name, "switches": dict(switches_of(self.structure)), "seed": seed,
            "until": self.likelihood.targets.years[-1], "targets": self.likelihood.targets.digest,
            "method": "Laplace approximation at the best of several descents",
            "log_density": float(self.found.values[0]),
        }  # fmt: skip
        values = self.space.values(self.points(rows, seed)).astype(np.float32)
        return Posterior(self.space.names, values, self.space.held.version, about)


def refit(
    structure: Structure, until: int, seed: int, tell: Progress, simulate: Simulator | None = None,
    series: Targets | None = None, starts: Floats | None = None,
) -> Refit:  # fmt: skip
    """Return the model fitted under one structure.

    Args:
        structure: which one.
        until: last year that is fitted to.
        seed: seed of the starts.
        tell: takes a line of progress.
        simulate: runs the model under this structure; the engine if not given.
        series: those shipped if not given.
        starts: points to begin from in place of the usual values and one near them, shape (m, d).
    """
    run = simulate or engine_simulator(switches=dict(switches_of(structure)) or None)
    held, whole = parameters(), series or targets()
    wanted = whole.until(until)
    # What moves any year up to the last: the same space whatever years are fitted to.
    space = space_of(held, movers(held, run, whole.until(UNTIL)))
    noise = 0.5 * generator(seed, "strategy doubt", "starts").standard_normal((_STARTS - 1, space.size))
    begin = np.concatenate([space.usual()[None], space.usual() + noise]) if starts is None else starts
    found, likelihood = descend(space, run, likelihood_of(wanted), begin, tell)
    return Refit(structure, space, likelihood, found)


def scores(fitted: Refit, seed: int, simulate: Simulator | None = None, n: int = 400) -> dict[int, float]:
    """Return the log predictive density of each year after the fit, by year: the fifteen series of the published test.

    The densities of a year's series are added, each with the weight that it has in the fit: series hang together.
    """
    run = simulate or engine_simulator(switches=dict(switches_of(fitted.structure)) or None)
    whole = targets().until(UNTIL)
    begin = fitted.likelihood.targets.years[-1]
    steps = {s.family: _STEP for s in whole.series}
    errors = series_errors(fitted.space, run, fitted.likelihood, fitted.found.points[0], steps)
    points = fitted.points(n, seed)
    ran = run(fitted.space.vectors(points), UNTIL)
    # A point far out on a slope may not stay finite: it foresaw nothing, and is no part of what was foreseen.
    good = require_finite(ran)
    runs = likelihood_of(whole).expected(ran[good], points[good, -1])
    seen = np.log(np.maximum(predicted(runs, whole.years, errors, seed), 1e-9))
    middle, spread = np.median(seen, axis=0), np.maximum(seen.std(axis=0), 1e-3)
    weights = fitted.likelihood.weights
    found = {}
    for place, year in enumerate(whole.years):
        if year <= begin:
            continue
        total = 0.0
        for name in HELD_BACK:
            s = whole.place(name)
            if whole.fitted[place, s]:
                z = (np.log(max(whole.values[place, s], 1e-9)) - middle[place, s]) / spread[place, s]
                total += float(weights[s]) * _student(float(z), float(spread[place, s]))
        found[year] = total
    return found


def _student(z: float, spread: float) -> float:
    """Return the log density of a Student t with 5 degrees of freedom: one year far out must not decide alone."""
    from scipy.stats import t

    return float(t.logpdf(z, 5) - np.log(spread))


def write_fits(folder: Path, seed: int, tell: Progress) -> list[Path]:
    """Fit every structure that data can speak of, twice, and write what the package ships: fits and scores.

    The fit to `TRAINED` gives the score of the years after it; the fit to `UNTIL` gives the rows that results under
    this structure are drawn from. The model as built is scored in the same way; its rows are calibration's.

    Args:
        folder: where `structure_scores.csv` and one `posterior_….npz` for each alternative go.
        seed: seed of starts and rows.
        tell: takes lines of progress.
    """
    from counterflow.strategy.doubt.average import SCORES, file_of

    folder.mkdir(parents=True, exist_ok=True)
    written, lines = [], ["structure,year,score,trained,version"]
    for structure in (s for s in structures() if s.data_speak):
        tell(f"{structure.name}: fitting to {TRAINED}")
        early = refit(structure, TRAINED, seed, tell)
        found = scores(early, seed)
        version = early.space.held.version
        lines += [f"{structure.name},{year},{score:.4f},{TRAINED},{version}" for year, score in found.items()]
        if structure.switch:
            tell(f"{structure.name}: fitting to {UNTIL}")
            written.append(folder / file_of(structure))
            save(refit(structure, UNTIL, seed, tell, starts=early.found.points[:1]).posterior(seed), written[-1])
    (folder / SCORES).write_text("\n".join(lines) + "\n", "utf-8")
    return [*written, folder / SCORES]
