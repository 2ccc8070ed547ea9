"""How likely the public series are, given a run of the model.

* **Deaths** are counted whole, and the model is not the world: a negative binomial whose dispersion is not known.
  It is summed out over twelve values, with a log-normal prior about the usual error of the series.
* **Surveys**: log-normal. Each survey has a lasting bias (normal) and an error whose variance is not known
  (inverse gamma); both are integrated out, which leaves a multivariate Student t (Gelman et al. 2013, section 3.6).
* **Treatment** counts: the same without bias; an offset of a tenth of the largest keeps early years from ruling.
* **Single figures** (anchors): log-normal, with the error that is declared.
* **Change of definition** (2015): one factor e^(0.05 d) for the misuse series, d with a standard normal prior.

A series whose residuals hang together from year to year says less than its number of years. Those of surveys and
treatment are taken as AR(1), r their lag-one correlation at the best point, 0 to 0.8, and whitened by it. The log
likelihood of counts is multiplied by (1 - r) / (1 + r) instead, the effective sample size of an AR(1) series, and that
of every series by its weight (a composite likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from counterflow.strategy.calibrate.targets import REDEFINED, Targets

__all__ = ["DEFINITION_SPREAD", "Likelihood", "Simulator", "likelihood_of"]

Floats = npt.NDArray[np.float64]
DEFINITION_SPREAD = 0.05
_SHAPE = 3.0  # of the inverse gamma: as much as six residuals
_DISPERSIONS = np.exp(np.linspace(np.log(0.02), np.log(0.6), 12))  # relative standard deviations
_DISPERSION_SPREAD = 0.5
_OFFSET = 0.1


class Simulator(Protocol):
    """Runs the model: whole parameter vectors (n, P), last year -> the series (n, T, S) from 1999 on."""

    def __call__(self, vectors: Floats, last: int, /) -> Floats:
        """Return the series."""
        ...


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of a table of series.

    Args:
        targets: the series.
        correlation: lag-one correlation of residuals by series, shape (S,).
    """

    targets: Targets
    correlation: Floats

    @property
    def weights(self) -> Floats:
        """What each point of a series counts for, shape (S,)."""
        r = np.where(self._of("count"), np.clip(self.correlation, 0.0, 0.8), 0.0)
        return np.asarray(np.array([s.weight for s in self.targets.series]) * (1 - r) / (1 + r))

    def with_correlation(self, correlation: Floats) -> Likelihood:
        """Return the same with other correlations."""
        return replace(self, correlation=correlation)

    def expected(self, runs: Floats, definition: Floats) -> Floats:
        """Return what the series would show by the published change of definition, given the model's runs.

        Args:
            runs: shape (n, T, S).
            definition: d of each run, shape (n,).
        """
        out = runs.copy()
        after = np.flatnonzero(np.array(self.targets.years) >= REDEFINED)
        if not len(after):
            return out
        factor = np.exp(DEFINITION_SPREAD * definition)[:, None]
        names = self.targets.ids
        for place, s in enumerate(self.targets.series):
            if s.redefined == "yes":
                out[:, after, place] *= factor
            elif s.redefined == "part":
                diverted = runs[:, after, names.index("InRD")]
                whole = (runs[:, after, place] + diverted) * factor
                out[:, after, place] = np.maximum(whole - diverted, 0.2 * runs[:, after, place])
        return out

    def residuals(self, expected: Floats) -> Floats:
        """Return log observed less log expected, shape (n, T, S); 0 where nothing is fitted to."""
        values, fitted = self.targets.values, self.targets.fitted
        offset = self.offsets
        seen = np.log(np.where(fitted, values, 1.0) + offset)
        return np.where(fitted, seen - np.log(np.maximum(expected, 1e-9) + offset), 0.0)

    @property
    def offsets(self) -> Floats:
        """What is added before logarithms are taken, shape (S,)."""
        most = np.nan_to_num(self.targets.values).max(axis=0)
        others = np.where(self._of("anchor"), 0.0, 1.0)
        return np.where(self._of("treatment"), np.maximum(1.0, _OFFSET * most), others)

    @property
    def memory(self) -> Floats:
        """Correlation that residuals are whitened by, shape (S,)."""
        r = np.clip(self.correlation, 0.0, 0.8)
        return np.where(self._of("survey") | self._of("treatment"), r, 0.0)

    def whitened(self, residuals: Floats) -> tuple[Floats, Floats]:
        """Return residuals (n, T, S) as independent ones, and what a lasting bias of 1 becomes, shape (T, S)."""
        fitted = self.targets.fitted
        ones = np.where(fitted, 1.0, 0.0)[None]
        return self._step(residuals), self._step(ones)[0]

    def _step(self, values: Floats) -> Floats:
        fitted, r = self.targets.fitted, self.memory
        follows = fitted[1:] & fitted[:-1]
        out = values.copy()
        out[:, 1:] = np.where(follows, (values[:, 1:] - r * values[:, :-1]) / np.sqrt(1 - r**2), values[:, 1:])
        return out

    def _of(self, kind: str) -> npt.NDArray[np.bool_]:
        return np.array([s.kind == kind for s in self.targets.series])

    def log_likelihood(self, runs: Floats, definition: Floats) -> Floats:
        """Return the log likelihood of each run, shape (n,); -inf where a run is not finite."""
        good = np.asarray(np.isfinite(runs).all(axis=(1, 2)))
        expected = self.expected(np.where(good[:, None, None], runs, 1.0), definition)
        total = self._student(expected) + self._counts(expected) + self._anchors(expected)
        return np.where(good, total, -np.inf)

    def _student(self, expected: Floats) -> Floats:
        places = [p for p, s in enumerate(self.targets.series) if s.kind in ("survey", "treatment")]
        white, level = self.whitened(self.residuals(expected))
        residuals, level = white[:, :, places], level[:, places]
        count = self.targets.fitted[:, places].sum(axis=0)
        errors = np.array([self.targets.series[p].error for p in places])
        bias = np.array([self.targets.series[p].bias ** 2 for p in places])
        weights = self.weights[places]
        seen = (residuals * level).sum(axis=1)
        squares = (residuals**2).sum(axis=1) - bias * seen**2 / (1 + bias * (level**2).sum(axis=0))
        half = _SHAPE + 0.5 * weights * count
        return -np.asarray((half * np.log(_SHAPE * errors**2 + 0.5 * weights * squares)).sum(axis=1))

    def _anchors(self, expected: Floats) -> Floats:
        places = [p for p, s in enumerate(self.targets.series) if s.kind == "anchor"]
        errors = np.array([self.targets.series[p].error for p in places])
        return -0.5 * np.asarray(((self.residuals(expected)[:, :, places] / errors) ** 2).sum(axis=(1, 2)))

    def _counts(self, expected: Floats) -> Floats:
        places = [p for p, s in enumerate(self.targets.series) if s.kind == "count"]
        total = np.zeros(len(expected))
        for place in places:
            rows = np.flatnonzero(self.targets.fitted[:, place])
            seen = self.targets.values[rows, place]
            mean = np.maximum(expected[:, rows, place], 1e-3)
            total += _dispersed(seen, mean, self.targets.series[place].error, float(self.weights[place]))
        return total


def _dispersed(seen: Floats, mean: Floats, error: float, weight: float) -> Floats:
    """Return the log likelihood of counts (T,) given means (n, T), the dispersion summed out: shape (n,)."""
    size = 1.0 / _DISPERSIONS**2
    prior = -0.5 * (np.log(_DISPERSIONS / error) / _DISPERSION_SPREAD) ** 2
    fixed = (gammaln(seen[:, None] + size) - gammaln(size)).sum(axis=0) + len(seen) * size * np.log(size)
    log_mean = (seen * np.log(mean)).sum(axis=1)
    joined = np.log(mean[:, :, None] + size)
    spread = (joined * (seen[:, None] + size)).sum(axis=1)
    each = prior + weight * (fixed + log_mean[:, None] - spread)
    top = each.max(axis=1)
    return np.asarray(top + np.log(np.exp(each - top[:, None]).sum(axis=1)))


def likelihood_of(targets: Targets) -> Likelihood:
    """Return the likelihood before anything is known of correlation: 0.4 for all."""
    return Likelihood(targets, np.full(len(targets.series), 0.4))
