"""A panel with cohorts: what is left out, whom it is compared with, and how wide an honest interval is.

Every estimator for staggered starts begins here, so that they answer for the same units and their doubt is made in
the same way: from the influence of each unit where clusters are many, from placebo assignments where they are few.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.evaluate.cells import (
    NEVER,
    Cell,
    cells_of,
    mean_of,
    placebo_statistics,
    studentised,
)
from counterflow.account.evaluate.placebo import between_ranks
from counterflow.core.errors import InputError
from counterflow.core.seeds import generator

__all__ = ["CONTROLS", "CONTROL_HINT", "Prepared", "Staggered", "Told", "critical_value", "prepared"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PLACEBOS = {True: 999, False: 199}
#: with fewer treated or untreated clusters the normal interval is too narrow, and placebos set its width
_FEW = 20
CONTROLS = {"never": "units never treated in the panel", "notyet": "units not treated yet"}
CONTROL_HINT = "Add units that are never treated, or that start later, or end the panel before the last start."


@dataclass(frozen=True)
class Staggered:
    """A balanced panel with staggered starts.

    Args:
        units: names.
        times: labels of the periods, in order.
        outcome: shape (units, periods), nothing missing.
        cohort: index of each unit's first treated period; `NEVER` where there is none within the panel.
        clusters: cluster of each unit from 0; one unit each where nothing else was said.
        covariates: name to values, shape (units, periods).
        said: what was left out or read in a way that the reader should know.
    """

    units: tuple[str, ...]
    times: tuple[Any, ...]
    outcome: Floats
    cohort: Ints
    clusters: Ints
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def treated(self) -> int:
        """How many units are treated within the panel."""
        return int(np.sum(self.cohort != NEVER))

    @property
    def few(self) -> int:
        """The smaller number of clusters, treated or never treated: what an interval can rest on."""
        treated = {int(c) for c in self.clusters[self.cohort != NEVER]}
        never = {int(c) for c in self.clusters[self.cohort == NEVER]}
        return min(len(treated), len(never)) if never else len(treated)


@dataclass(frozen=True, slots=True)
class Told:
    """How an estimate's interval is made.

    Args:
        critical: standard errors that it reaches.
        level: its coverage.
        words: how the critical value was found.
        by_placebo: whether placebo assignments set it.
    """

    critical: float
    level: float
    words: str
    by_placebo: bool = False

    def row(self, effect: float, error: float) -> dict[str, float | None]:
        """Return effect, interval and error; None where the data give no error."""
        if not (np.isfinite(effect) and np.isfinite(error) and error > 0):
            return {"effect": float(effect) if np.isfinite(effect) else None, "low": None, "high": None, "se": None}
        if not np.isfinite(self.critical):
            return {"effect": float(effect), "low": None, "high": None, "se": float(error)}
        wide = self.critical * error
        return {"effect": float(effect), "low": float(effect - wide), "high": float(effect + wide), "se": float(error)}


@dataclass(frozen=True)
class Prepared:
    """A panel that can be estimated, its cells, and how its intervals are made.

    Args:
        panel: without units treated from the first period on, and cut where everybody is treated.
        control: never or notyet, as is used.
        cells: effects by cohort and period, unadjusted.
        told: how wide intervals are.
        error: standard error of the unadjusted mean effect, the weights of the cohorts taken as known: the one that
            placebo assignments are studentised by.
        placebo_p: share of placebo assignments at least as extreme.
        drawn: how many placebo assignments.
        said: what the reader should know.
    """

    panel: Staggered
    control: str
    cells: list[Cell]
    told: Told
    error: float
    placebo_p: float
    drawn: int
    said: tuple[str, ...]

    @property
    def placebos(self) -> dict[str, Any]:
        """What the placebos were."""
        words = "assignments of the same starts to other units, studentised and unadjusted"
        return {"in": words, "drawn": self.drawn, "smallest_p": 1 / (self.drawn + 1)}

    @property
    def counts(self) -> dict[str, int]:
        """How much the panel holds."""
        never = int(np.sum(self.panel.cohort == NEVER))
        return {"n_units": len(self.panel.units), "n_treated": self.panel.treated, "n_never": never,
                "n_periods": len(self.panel.times)}  # fmt: skip

    def mean_row(self, effect: float, error: float) -> dict[str, float | None]:
        """Return the mean effect with its interval; where placebos set it, by the error that they have too."""
        row = self.told.row(effect, error)
        if self.told.by_placebo and not self.panel.covariates and row["low"] is not None:
            wide = self.told.critical * self.error
            row |= {"low": effect - wide, "high": effect + wide}
        return row

    def closing(self, row: Mapping[str, float | None]) -> dict[str, Any]:
        """Return what every answer ends with: whether no effect is excluded, the smallest p, and the limits."""
        low, high = row["low"], row["high"]
        limits = [*self.said]
        if self.panel.few < _FEW:
            limits.append(f"{self.panel.few} cluster(s) on the smaller side: read the placebos before the interval.")
        return {
            "excludes_zero": None if low is None or high is None else low > 0 or high < 0,
            "smallest_p": 1 / (self.drawn + 1),
            "interval_method": self.told.words,
            "limits": limits,
        }


def prepared(panel: Staggered, *, control: str, anticipation: int, level: float, seed: int) -> Prepared:
    """Return what every estimator for staggered starts begins with; see `callaway_santanna`."""
    said = list(panel.said)
    panel, control = _checked(panel, control, anticipation, said)
    never = control == "never"
    cells = cells_of(panel.outcome, panel.cohort, never=never, anticipation=anticipation)
    if not [cell for cell in cells if not cell.pre]:
        raise InputError("No cohort can be compared after its start: nobody is untreated then.", hint=CONTROL_HINT)
    placebo_p, drawn, extremes = _placebos(panel, never, anticipation, seed)
    told = critical_value(level, panel.few, extremes)
    error = mean_of([cell for cell in cells if not cell.pre]).error()
    return Prepared(panel, control, cells, told, error, placebo_p, drawn, tuple(said))


def _checked(panel: Staggered, control: str, anticipation: int, said: list[str]) -> tuple[Staggered, str]:
    """Return the panel without units that were treated from its first period on, and the comparison to use."""
    early = panel.cohort <= anticipation
    if panel.treated == 0:
        raise InputError("No unit starts within the panel.", hint="The column of first treated periods names none.")
    if np.all(early | (panel.cohort == NEVER)):
        raise InputError(
            "Every treated unit is treated from the first period on, so there is nothing before to compare with.",
            hint="Add earlier periods.",
        )
    if early.any():
        names = ", ".join(np.array(panel.units)[early][:5])
        said.append(f"Left out, treated from the first period on: {int(early.sum())} unit(s) ({names}).")
        panel = _kept(panel, ~early)
    if control == "never" and not np.any(panel.cohort == NEVER):
        said.append("No unit is never treated: compared with units that are not treated yet.")
        control = "notyet"
    if control == "notyet" and not np.any(panel.cohort == NEVER):
        last = int(panel.cohort.max())
        said.append(
            f"From {panel.times[last]} on everybody is treated: those periods cannot be compared, and the last"
            " cohort serves as comparison only."
        )
        panel = Staggered(
            panel.units, panel.times[:last], panel.outcome[:, :last],
            np.where(panel.cohort == last, NEVER, panel.cohort), panel.clusters,
            {name: values[:, :last] for name, values in panel.covariates.items()}, panel.said,
        )  # fmt: skip
        if panel.treated == 0:
            raise InputError("All units start in the same period: nobody is left to compare with.", hint=CONTROL_HINT)
    return panel, control


def _kept(panel: Staggered, mask: npt.NDArray[np.bool_]) -> Staggered:
    units = tuple(name for name, keep in zip(panel.units, mask, strict=True) if keep)
    clusters = np.unique(panel.clusters[mask], return_inverse=True)[1].astype(np.int64)
    covariates = {name: values[mask] for name, values in panel.covariates.items()}
    return Staggered(units, panel.times, panel.outcome[mask], panel.cohort[mask], clusters, covariates, panel.said)


def _placebos(panel: Staggered, never: bool, anticipation: int, seed: int) -> tuple[float, int, Floats]:
    """Return the share of placebo assignments at least as extreme, how many there were, and their statistics.

    All other assignments where there are few, else random ones; the true one counts as one of them.
    """
    clusters = panel.clusters
    if len({(int(c), int(g)) for c, g in zip(clusters, panel.cohort, strict=True)}) > int(clusters.max()) + 1:
        clusters = np.arange(len(panel.units))  # units of one cluster start apart: units are what is reassigned
    of_cluster = np.zeros(int(clusters.max()) + 1, dtype=np.int64)
    of_cluster[clusters] = panel.cohort
    drawn = np.array(list(_assignments(of_cluster, _PLACEBOS[never], seed)), dtype=np.int64)
    drawn = drawn.reshape(-1, len(of_cluster))
    own = abs(studentised(panel.outcome, panel.cohort, never=never, anticipation=anticipation))
    told = np.abs(
        placebo_statistics(panel.outcome, panel.cohort, drawn[:, clusters], never=never,
                           anticipation=anticipation)
    )  # fmt: skip
    return between_ranks(own, told), len(drawn), told


def _assignments(of_cluster: Ints, draws: int, seed: int) -> Iterator[Ints]:
    """Yield other assignments of the same cohorts: every one where they are at most `draws`, else random ones."""
    count = Counter(of_cluster.tolist())
    distinct = math.factorial(len(of_cluster)) // math.prod(math.factorial(n) for n in count.values())
    treated = [group for group in count if group != NEVER]
    if distinct <= draws + 1 and len(treated) == 1 and len(count) > 1:
        for chosen in itertools.combinations(range(len(of_cluster)), count[treated[0]]):
            one = np.full(len(of_cluster), NEVER, dtype=np.int64)
            one[list(chosen)] = treated[0]
            if not np.array_equal(one, of_cluster):
                yield one
        return
    rng = generator(seed, "placebo assignments")
    for _ in range(min(draws, distinct - 1)):
        yield rng.permutation(of_cluster)


def critical_value(level: float, few: int, extremes: Floats) -> Told:
    """Return how many standard errors an interval reaches: normal, or as placebos say where clusters are few."""
    from scipy.stats import norm

    normal = float(norm.ppf(0.5 + level / 2))
    if few >= _FEW:
        return Told(normal, level, f"{level:.0%} interval from the influence of each unit")
    size = len(extremes)
    if level * (size + 1) > size:
        words = f"no {level:.0%} interval: {size} placebo assignments can only give a p from {1 / (size + 1):.2g}"
        return Told(math.inf, level, words)
    placebo = float(np.quantile(extremes, level, method="weibull"))
    words = f"{level:.0%} interval as wide as placebo assignments ask ({few} cluster(s) on the smaller side)"
    return Told(placebo, level, words, by_placebo=True)
