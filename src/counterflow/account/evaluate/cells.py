"""Group-time effects with the influence of every unit on them: what aggregates, clusters and placebos are made of.

diff-diff gives the effects that are printed; this module gives what it does not: aggregation by calendar time, the
covariance between any two effects, and a statistic cheap enough to be computed again for a thousand placebo
assignments. Without covariates only, on a balanced panel; tests hold it to diff-diff to 1e-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NEVER", "Cell", "Mean", "aggregate", "cells_of", "mean_of", "placebo_statistics", "studentised"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: cohort of a unit that is not treated within the panel: later than every period
NEVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """The effect on one cohort in one period.

    Args:
        group: first treated period of the cohort, as an index into the periods.
        time: the period, as an index.
        base: the period compared with, as an index.
        effect: ATT(g, t), in the outcome's unit.
        influence: what each unit adds to the error of `effect`, shape (units,); its squares sum to the variance.
        treated: units of the cohort.
        control: units compared with.
    """

    group: int
    time: int
    base: int
    effect: float
    influence: Floats
    treated: int
    control: int

    @property
    def pre(self) -> bool:
        """Whether the cohort was not treated yet: then the effect is a placebo."""
        return self.time < self.group


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted mean of cells with its standard error, from the influence of each unit and of the weights."""

    effect: float
    influence: Floats

    def error(self, clusters: Ints | None = None) -> float:
        """Return the standard error; units of one cluster are summed first."""
        parts = self.influence if clusters is None else np.bincount(clusters, weights=self.influence)
        return float(np.sqrt(np.sum(parts**2)))


def cells_of(outcome: Floats, cohort: Ints, *, never: bool = True, anticipation: int = 0) -> list[Cell]:
    """Return ATT(g, t) for every cohort with a period before it, and every period but the first.

    Callaway & Sant'Anna (2021), theorem 1 without covariates: the mean change of the cohort since its
    base period less that of the comparison units. Before treatment the base is the period before (a varying base);
    from treatment on it is the last period before `group - anticipation`.

    Args:
        outcome: shape (units, periods), nothing missing.
        cohort: first treated period of each unit as an index, `NEVER` where none; shape (units,).
        never: compare with the never-treated; else with all that are not treated yet at `time + anticipation`.
        anticipation: periods before treatment in which it may already act.
    """
    found = []
    for group in sorted(set(cohort.tolist()) - {NEVER}):
        last_clean = group - anticipation - 1
        if last_clean < 0:
            continue
        for time in range(1, outcome.shape[1]):
            base = last_clean if time > last_clean else time - 1
            cell = _cell(outcome, cohort, group, time, base, never=never, anticipation=anticipation)
            if cell is not None:
                found.append(cell)
    return found


def _cell(
    outcome: Floats, cohort: Ints, group: int, time: int, base: int, *, never: bool, anticipation: int
) -> Cell | None:
    treated = cohort == group
    later = (cohort > max(time, base) + anticipation) & ~treated
    control = cohort == NEVER if never else later
    if not control.any():
        return None
    change = outcome[:, time] - outcome[:, base]
    mean_treated, mean_control = float(change[treated].mean()), float(change[control].mean())
    influence = np.zeros(len(cohort))
    influence[treated] = (change[treated] - mean_treated) / treated.sum()
    influence[control] = -(change[control] - mean_control) / control.sum()
    return Cell(group, time, base, mean_treated - mean_control, influence, int(treated.sum()), int(control.sum()))


def aggregate(cells: Sequence[Cell], cohort: Ints) -> Mean:
    """Return the mean of `cells` weighted by the size of their cohorts, which are themselves estimated.

    Callaway & Sant'Anna (2021), sections 3 and 4: the error has a part from the cells and one from the
    share of each cohort among all units.
    """
    units = len(cohort)
    share = np.array([np.mean(cohort == cell.group) for cell in cells])
    weight = share / share.sum()
    effects = np.array([cell.effect for cell in cells])
    influence = np.sum([w * cell.influence for w, cell in zip(weight, cells, strict=True)], axis=0)
    member = np.stack([(cohort == cell.group) - p for cell, p in zip(cells, share, strict=True)], axis=1)
    of_weight = member / share.sum() - np.outer(member.sum(axis=1), share) / share.sum() ** 2
    return Mean(float(weight @ effects), influence + of_weight @ effects / units)


def studentised(outcome: Floats, cohort: Ints, *, never: bool = True, anticipation: int = 0) -> float:
    """Return the mean post-treatment effect over its standard error, the weights of the cohorts taken as known.

    Units add up over the cells they enter, so the error is that of a difference of means of one score per unit.
    """
    mean = mean_of([c for c in cells_of(outcome, cohort, never=never, anticipation=anticipation) if not c.pre])
    error = mean.error()
    return mean.effect / error if error > 0 else float(np.sign(mean.effect)) * np.inf if mean.effect else 0.0


def mean_of(cells: Sequence[Cell]) -> Mean:
    """Return the mean of cells weighted by the size of their cohorts, taken as known."""
    size = np.array([cell.treated for cell in cells], dtype=float)
    weight = size / size.sum()
    influence = np.sum([w * cell.influence for w, cell in zip(weight, cells, strict=True)], axis=0)
    return Mean(float(sum(w * cell.effect for w, cell in zip(weight, cells, strict=True))), influence)


def placebo_statistics(
    outcome: Floats, cohort: Ints, assignments: Ints, *, never: bool = True, anticipation: int = 0
) -> Floats:
    """Return the studentised effect for other assignments of the same cohorts to units.

    Randomisation of the studentised statistic (Chung & Romano 2013): exact where units could have been exchanged,
    right in large samples where they only have unlike variances.

    Args:
        outcome: shape (units, periods).
        cohort: first treated period of each unit.
        assignments: other cohorts of the units, shape (assignments, units).
        never: as in `cells_of`.
        anticipation: as in `cells_of`.
    """
    if not never:
        told = [studentised(outcome, one, never=False, anticipation=anticipation) for one in assignments]
        return np.array(told)
    return _from_scores(_scores(outcome, cohort, anticipation), assignments)


def _scores(outcome: Floats, cohort: Ints, anticipation: int) -> dict[int, Floats]:
    """Return for each cohort the weighted sum of the changes that its post cells compare, for every unit.

    With never-treated controls each cell compares one change between two sets of units, so a cohort's cells add up
    before units are averaged.
    """
    found: dict[int, Floats] = {}
    post = [cell for cell in cells_of(outcome, cohort, never=True, anticipation=anticipation) if not cell.pre]
    total = sum(cell.treated for cell in post)
    for cell in post:
        change = (outcome[:, cell.time] - outcome[:, cell.base]) * (cell.treated / total)
        found[cell.group] = found.get(cell.group, 0) + change
    # a constant drops out of the difference, and without it squares lose no digits
    return {group: score - score.mean() for group, score in found.items()}


def _from_scores(scores: dict[int, Floats], assignments: Ints) -> Floats:
    """Return the studentised difference of mean scores under each assignment; all of them in a few products."""
    control = (assignments == NEVER).astype(float)
    size = control.sum(axis=1)
    total = np.sum(list(scores.values()), axis=0)
    mean_control = control @ total / size
    effect = -mean_control
    variance = np.maximum(control @ total**2 / size - mean_control**2, 0) / size
    for group, score in scores.items():
        own = (assignments == group).astype(float)
        count = own.sum(axis=1)
        mean = own @ score / count
        effect = effect + mean
        variance = variance + np.maximum(own @ score**2 / count - mean**2, 0) / count
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = effect / np.sqrt(variance)
    return np.where(variance > 0, ratio, np.where(effect == 0, 0.0, np.sign(effect) * np.inf))
