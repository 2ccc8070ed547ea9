"""The same draws with everything that no data inform drawn anew: the second half of each pick-freeze pair.

What counts as informed is not what a table claims but what the fit did. A parameter that was fitted and came out about
as wide as its prior has learnt nothing (its spread is the prior's, wherever its middle went): it is drawn anew as well,
given the parameters that did learn (a Gaussian copula fitted to the posterior; Kucherenko, Tarantola & Annoni 2012,
sections 2 and 3, for pick-freeze with dependent inputs). All else comes, as one block, from another row: the blocks
are independent, so that any exchange of rows is a fair draw, whatever priors the draws were made with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from counterflow.core.seeds import generator
from counterflow.strategy.calibrate.learnt import LEARNT_FROM
from counterflow.strategy.doubt.space import Floats
from counterflow.strategy.model.draws import Draws, prior_quantiles
from counterflow.strategy.model.parameters import Parameter, parameters
from counterflow.strategy.model.posterior import Posterior, shipped

__all__ = ["Learnt", "judged", "learnt", "learnt_from", "second", "truly_informed"]

#: a fitted parameter whose 90 % interval keeps more than this part of its prior's has learnt nothing: as in `calibrate`
_AS_WIDE = 1 - LEARNT_FROM
_RIDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a fit told of one parameter.

    Args:
        name: the parameter.
        width: its 90 % interval over that of its prior, on the prior's own scale.
        moved: how far its median moved, in widths of the prior's 90 % interval.
        informed: whether its spread shrank by a fifth or more, as calibration's own report has it.
    """

    name: str
    width: float
    moved: float
    informed: bool


def learnt(posterior: Posterior | None = None) -> tuple[Learnt, ...]:
    """Return what the fit told of each fitted parameter; nothing without a fit."""
    found = posterior or shipped()
    if found is None:
        return ()
    told = learnt_from(found.names, np.asarray(found.rows, dtype=np.float64))
    report = found.about.get("learnt")
    # Calibration's own verdict stands where there is one: a parameter pressed against its bound is not identified.
    return told if report is None else tuple(replace(each, informed=each.name in report) for each in told)


def learnt_from(names: tuple[str, ...], rows: Floats) -> tuple[Learnt, ...]:
    """Return what rows of a posterior (n, names) told of each parameter."""
    held = parameters()
    shares = np.tile(np.array([[0.05], [0.5], [0.95]]), (1, len(held.rows)))
    prior = prior_quantiles(shares, held)
    found = []
    for column, name in enumerate(names):
        row = held.rows[held.place(name)]
        before = _on_scale(row, prior[:, held.place(name)])
        after = np.quantile(_on_scale(row, rows[:, column]), (0.05, 0.5, 0.95))
        wide = float(before[2] - before[0])
        width = float(after[2] - after[0]) / wide if wide > 0 else 0.0
        moved = abs(float(after[1] - before[1])) / wide if wide > 0 else 0.0
        found.append(Learnt(name, width, moved, width <= _AS_WIDE))
    return tuple(found)


def _on_scale(row: Parameter, values: Floats) -> Floats:
    if row.scale == "log":
        return np.log(np.maximum(values, 1e-300))
    if row.scale == "logit":
        inside = np.clip(values, 1e-12, 1 - 1e-12)
        return np.asarray(np.log(inside / (1 - inside)))
    return values


@cache
def _learnt_shipped() -> tuple[Learnt, ...]:
    return learnt()


def truly_informed(draws: Draws, posterior: Posterior | None = None) -> npt.NDArray[np.bool_]:
    """Return which parameters data inform: fitted, and changed by the fit; shape (P,)."""
    informed = draws.informed.copy()
    index = parameters().index
    for found in _learnt_shipped() if posterior is None else learnt(posterior):
        if not found.informed:
            informed[index[found.name]] = False
    return informed


def judged() -> npt.NDArray[np.bool_]:
    """Return which parameters rest on one source, experts or our own judgement (grades C and D), shape (P,)."""
    return np.array([row.grade in ("C", "D") for row in parameters().rows])


def second(draws: Draws, posterior: Posterior | None = None, only: npt.NDArray[np.bool_] | None = None) -> Draws:
    """Return draws that share with `draws` what data inform, row by row, and nothing else.

    Args:
        draws: 2 rows or more.
        posterior: the fit that they came from; the shipped one where None.
        only: draw anew only these of the parameters that no data inform, shape (P,).

    Raises:
        ValueError: fewer than two rows.
    """
    n = len(draws.values)
    if n < 2:
        raise ValueError("drawing anew needs two rows or more")
    anew = ~truly_informed(draws, posterior)
    if only is not None:
        anew = anew & only
    values = draws.values.copy()
    # A turn by a random step leaves no row in its own place.
    step = int(generator(draws.seed, "strategy doubt", "again").integers(1, n))
    prior = anew & ~draws.informed
    values[:, prior] = np.roll(draws.values[:, prior], step, axis=0)
    idle = np.flatnonzero(draws.informed & anew)
    if len(idle):
        values[:, idle] = _given(draws.values, np.flatnonzero(draws.informed & ~anew), idle, draws.seed)
    return replace(draws, values=values)


def _given(values: Floats, known: npt.NDArray[np.intp], idle: npt.NDArray[np.intp], seed: int) -> Floats:
    """Return new values of the columns `idle` given those `known`, by a Gaussian copula of the draws themselves."""
    n = len(values)
    scores = np.column_stack([ndtri((rankdata(values[:, c]) - 0.5) / n) for c in (*known, *idle)])
    together = np.corrcoef(scores, rowvar=False).reshape(len(known) + len(idle), -1)
    together = together + _RIDGE * np.eye(len(together))
    k = len(known)
    slope = np.linalg.solve(together[:k, :k], together[:k, k:]) if k else np.zeros((0, len(idle)))
    rest = together[k:, k:] - together[k:, :k] @ slope
    # Few rows and many columns can leave no variance that is sure to be positive.
    sizes, directions = np.linalg.eigh((rest + rest.T) / 2)
    root = directions * np.sqrt(np.maximum(sizes, 0.0))
    noise = generator(seed, "strategy doubt", "idle").normal(size=(n, len(idle)))
    shares = ndtr(scores[:, :k] @ slope + noise @ root.T)
    return np.column_stack([np.quantile(values[:, c], shares[:, i]) for i, c in enumerate(idle)])
