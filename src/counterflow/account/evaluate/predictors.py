"""Synthetic control with predictors: the donors' mixture matches what predicts the outcome, not only its own past.

Predictors are averaged as in `dataprep` of R's Synth: those of `--predictors` over the periods before the start, those
of `--special` over their own periods, missing values left out. Each is divided by its standard deviation over all
units. How much each counts (V) is chosen so that the mixture follows the outcome best over a window before the start
(Abadie & Gardeazabal 2003, appendix B; Abadie, Diamond & Hainmueller 2010, equation 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.account.evaluate.ask import Ask, Special
from counterflow.account.evaluate.fit import Fit
from counterflow.account.evaluate.panel import Block, Floats, Panel
from counterflow.account.evaluate.periods import read_span
from counterflow.account.evaluate.simplex import nearest_mixture
from counterflow.account.evaluate.synthetic import mixed
from counterflow.core.errors import InputError

__all__ = ["WORDS", "Predictors", "predictors_of"]

Bools = np.typing.NDArray[np.bool_]

WORDS = "synthetic control on predictors (Abadie & Gardeazabal 2003; Abadie, Diamond & Hainmueller 2010)"
#: least share of V that a predictor keeps, as a part of an equal share: see docs/methods/account-evaluate.md
FLOOR = 0.1
#: steps of the search for each predictor: from every start, and again from the best of these ends
_FIRST_STEPS, _STEPS, _CONTINUED = 10, 20, 2


@dataclass(frozen=True, slots=True)
class Predictors:
    """Predictors of all units, ready to match.

    Args:
        names: of the predictors, sorted: the order they were given in changes nothing.
        values: shape (predictors, units), in their own units; nan where a unit has none.
        units: names of the units.
        window: which periods V is fitted on; shape (T,).
        window_words: the same in words.
        latest: the last period any predictor is taken from, as an index.
        said: values left out, in words.
    """

    names: tuple[str, ...]
    values: Floats
    units: tuple[str, ...]
    window: Bools
    window_words: str
    latest: int
    said: tuple[str, ...] = ()

    @property
    def complete(self) -> tuple[str, ...]:
        """The units that have every predictor."""
        lacking = list(map(bool, np.atleast_1d(np.isnan(self.values).any(axis=0))))
        return tuple(unit for unit, gone in zip(self.units, lacking, strict=True) if not gone)

    def estimator(self) -> Callable[[Block], Fit]:
        """Return the estimator that matches blocks of these units."""
        row_of = {unit: i for i, unit in enumerate(self.units)}

        def fit(block: Block) -> Fit:
            donors = self.values[:, [row_of[name] for name in block.names]]
            treated = self.values[:, [row_of[name] for name in block.treated_names]].mean(axis=1)
            spread = np.column_stack([donors, treated]).std(axis=1, ddof=1)
            moving = spread > 0
            donors, treated = (donors[moving].T / spread[moving]).T, treated[moving] / spread[moving]
            share, weights = _searched(donors, treated, block, self.window)
            names = [name for name, moves in zip(self.names, moving, strict=True) if moves]
            found = mixed(block, weights)
            balance = {
                self.names[i]: {
                    "treated": float(self.values[i, [row_of[n] for n in block.treated_names]].mean()),
                    "synthetic": float(self.values[i, [row_of[n] for n in block.names]] @ weights),
                }
                for i in range(len(self.names))
            }
            more = {"predictor_weights": dict(zip(names, map(float, share), strict=True)), "balance": balance}
            return Fit(found.effect, found.gaps, weights, None, more)

        return fit


def _searched(donors: Floats, treated: Floats, block: Block, window: Bools) -> tuple[Floats, Floats]:
    """Return V and the donor weights that follow the outcome best over the window.

    The loss has flat parts and corners, so the search starts several times: from equal shares, from what a regression
    of the outcome on the predictors suggests (as R's Synth does), and from the two predictors that do best alone; a
    short simplex search (Nelder & Mead 1965) from each, continued from the two that came lowest, the best kept.
    """
    from scipy.optimize import minimize

    count = len(treated)
    goal, paths = block.mean_treated[window], block.donors[:, window]
    weight: Floats | None = None

    def weights_of(share: Floats) -> Floats:
        root = np.sqrt(share)
        return nearest_mixture(root[:, None] * donors, root * treated, start=weight)

    def loss(position: Floats) -> float:
        nonlocal weight
        weight = weights_of(_share(position))
        miss = goal - weight @ paths
        return float(miss @ miss) / len(goal)

    if count == 1:
        return np.ones(1), weights_of(np.ones(1))
    starts = [np.zeros(count), _regressed(donors, treated, goal, paths)]
    alone = [3.0 * (np.arange(count) == j) for j in range(count)]
    starts += sorted(alone, key=loss)[:2]
    spread = float(goal.var()) or 1.0

    def descend(start: Floats, steps: int) -> tuple[float, Floats]:
        corners = np.vstack([start, start + np.eye(count)])
        limits = {"maxfev": steps * count, "xatol": 1e-3, "fatol": 1e-10 * spread, "initial_simplex": corners}
        end = minimize(loss, start, method="Nelder-Mead", options=limits)
        return float(end.fun), np.asarray(end.x)

    tried = sorted((descend(start, _FIRST_STEPS) for start in starts), key=lambda end: end[0])
    best = min((descend(position, _STEPS) for _, position in tried[:_CONTINUED]), key=lambda end: end[0])
    share = _share(best[1])
    weight = None
    return share, weights_of(share)


def _share(position: Floats) -> Floats:
    """Return the shares of V at a free position: all at least the floor, sum one."""
    grown = np.exp(position - position.max())
    floor = FLOOR / len(position)
    return np.asarray(floor + (1 - FLOOR) * grown / grown.sum())


def _regressed(donors: Floats, treated: Floats, goal: Floats, paths: Floats) -> Floats:
    """Return the position of the shares that squared regression coefficients suggest (R's Synth, SV2)."""
    known = np.column_stack([donors, treated]).T
    design = np.column_stack([np.ones(len(known)), known])
    slopes = np.linalg.lstsq(design, np.vstack([paths, goal]), rcond=None)[0][1:]
    strength = np.einsum("ij,ij->i", slopes, slopes)
    total = float(strength.sum())
    return np.asarray(np.log(strength / total + 1e-3)) if total > 0 else np.zeros(len(treated))


def predictors_of(panel: Panel, ask: Ask, start: int) -> Predictors:
    """Return the predictors that were asked for, averaged over their periods.

    Raises:
        InputError: special periods that the panel lacks or that are treated already, or a predictor nobody has.
    """
    before = np.arange(len(panel.periods)) < start
    rows: dict[str, tuple[Floats, Bools]] = {name: (panel.columns[name], before) for name in ask.predictors}
    for special in ask.special:
        rows[f"special.{special.column}.{special.words}"] = (
            panel.columns[special.column],
            _periods_of(panel, special, start),
        )
    names, values, said, latest = sorted(rows), list[Floats](), list[str](), 0
    for name in names:
        column, taken = rows[name]
        held = ~np.isnan(column[:, taken])
        if not held.any():
            raise InputError(
                f"The predictor {name!r} has no value in its periods.",
                file=panel.path,
                hint="Name other periods: --special COLUMN:YEARS.",
            )
        if missing := int(held.size - held.sum()):
            said.append(f"{name}: {missing} of {held.size} values missing, left out of the averages.")
        count = held.sum(axis=1)
        sums = np.where(held, column[:, taken], 0.0).sum(axis=1)
        values.append(np.where(count > 0, sums / np.maximum(count, 1), np.nan))
        latest = max(latest, int(np.nonzero(taken)[0][held.any(axis=0)][-1]))
    window, words = fit_window(panel, ask, start)
    return Predictors(tuple(names), np.array(values), panel.units, window, words, latest, tuple(said))


def fit_window(panel: Panel, ask: Ask, start: int) -> tuple[Bools, str]:
    """Return the periods over which V is chosen, and how they were.

    `--fit` where given; else from the first to the last period of the outcome's own special predictors (who averages
    the outcome over 1960-1969 looks at those years); else all periods before the start.
    """
    before = np.arange(len(panel.periods)) < start
    if ask.fit:
        window = _periods_of(panel, Special("--fit", *read_span(ask.fit, "--fit"), ask.fit), start)
        return window, f"{ask.fit} (--fit)"
    own = [_periods_of(panel, special, start) for special in ask.special if special.column == panel.outcome_name]
    if own and (taken := np.logical_or.reduce(own)).sum() > 1:
        places = np.nonzero(taken)[0]
        window = before & (np.arange(len(before)) >= places[0]) & (np.arange(len(before)) <= places[-1])
        return window, f"{panel.labels[places[0]]} to {panel.labels[places[-1]]} (the outcome's own special periods)"
    return before, "all periods before the start"


def _periods_of(panel: Panel, special: Special, start: int) -> Bools:
    places = panel.places
    taken = np.isin(places, sorted(special.singles))
    if special.span is not None:
        taken |= (places >= special.span[0]) & (places <= special.span[1])
    absent = [place for place in special.singles if place not in set(places.tolist())]
    what = special.column if special.column == "--fit" else f"--special {special.column}"
    if not taken.any() or absent:
        raise InputError(
            f"{what}: {special.words} is not among the periods.",
            file=panel.path,
            hint=f"They run from {panel.labels[0]} to {panel.labels[-1]}.",
            value=special.words,
        )
    if taken[start:].any():
        raise InputError(
            f"{what}: {special.words} reaches into the treated periods, which start with {panel.labels[start]}.",
            hint="A predictor must be known before the start, else the effect is matched away.",
            file=panel.path,
            value=special.words,
        )
    return np.asarray(taken)


def complete_donors(names: Sequence[str], known: Predictors) -> tuple[str, ...]:
    """Return the donors that have every predictor."""
    held = set(known.complete)
    return tuple(name for name in names if name in held)
