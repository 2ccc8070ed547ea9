"""Beside Callaway & Sant'Anna: Sun & Abraham as second estimator, and what two-way fixed effects would mix.

Two-way fixed effects on staggered starts are never given alone: their weights stand beside them
(Goodman-Bacon 2021), and how much of the answer rests on comparing with units that were already treated.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from counterflow.account.evaluate.cohorts import Prepared, Staggered, prepared
from counterflow.account.evaluate.staggered import diff_diff_frame, fitted
from counterflow.core.errors import InputError

__all__ = ["event_study", "imputation", "sun_abraham", "two_way_weights"]


def sun_abraham(panel: Staggered, *, level: float = 0.95, seed: int = 1) -> dict[str, Any]:
    """Return the interaction-weighted effect of Sun & Abraham (2021): one regression, each cohort on its own.

    Without covariates its mean equals that of Callaway & Sant'Anna; what differs is the error and the base.

    Raises:
        InputError: nobody is never treated, or the regression fails.
    """
    from diff_diff import SunAbraham

    ready = prepared(panel, control="never", anticipation=0, level=level, seed=seed)
    if ready.control != "never":
        raise InputError("Sun & Abraham needs units that are never treated.", hint="Use callaway-santanna alone.")
    with _refused("The regression of Sun & Abraham"):
        found = SunAbraham(alpha=1 - level).fit(diff_diff_frame(ready.panel), **_COLUMNS)
    dynamic = [
        {"event_time": int(e), "pre": bool(e < 0)} | ready.told.row(float(row["effect"]), float(row["se"]))
        for e, row in sorted(found.event_study_effects.items())
    ]
    words = "Sun & Abraham (2021), interaction-weighted, compared with units never treated in the panel"
    return _answer(ready, float(found.overall_att), float(found.overall_se), words) | {"dynamic": dynamic}


def imputation(panel: Staggered, *, level: float = 0.95, seed: int = 1) -> dict[str, Any]:
    """Return the effect by imputation (Borusyak, Jaravel & Spiess 2024): another use of the same untreated periods.

    Every untreated unit-period says what the treated ones would have been, not the last one before the start only:
    sharper where trends are parallel throughout, further off where they are not. A true second opinion.

    Raises:
        InputError: the regression fails.
    """
    from diff_diff import ImputationDiD

    ready = prepared(panel, control="notyet", anticipation=0, level=level, seed=seed)
    with _refused("The imputation"):
        found = ImputationDiD(alpha=1 - level).fit(diff_diff_frame(ready.panel), **_COLUMNS)
    words = "imputation (Borusyak, Jaravel & Spiess 2024) from all untreated unit-periods"
    return _answer(ready, float(found.overall_att), float(found.overall_se), words)


def event_study(
    panel: Staggered, *, control: str = "never", anticipation: int = 0, level: float = 0.95, seed: int = 1
) -> dict[str, Any]:
    """Return the effects by time since the start, all against the last period before it, and their plain mean.

    Raises:
        InputError: as `callaway_santanna`.
    """
    ready = prepared(panel, control=control, anticipation=anticipation, level=level, seed=seed)
    found = fitted(ready.panel, ready.control, anticipation, level, base="universal").aggregate("event_study")
    frame = found.to_dataframe()
    dynamic: list[dict[str, Any]] = [
        {"event_time": int(row.event_time), "pre": bool(row.event_time < 0), "reference": bool(row.is_reference)}
        | (_ZERO if row.is_reference else ready.told.row(float(row.att), float(row.se)))
        for row in frame.itertuples()
    ]
    at = [i for i, e in enumerate(found.vcov_index) if e >= 0]
    after = [row["effect"] for row in dynamic if row["event_time"] >= 0]
    error = float(np.sqrt(np.sum(np.asarray(found.vcov)[np.ix_(at, at)]))) / len(at)
    words = "event study on a common base period, plain mean over the times since the start"
    return _answer(ready, float(np.mean(after)), error, words) | {"dynamic": dynamic}


_COLUMNS = {"outcome": "outcome", "unit": "unit", "time": "time", "first_treat": "first"}
_ZERO: dict[str, float | None] = {"effect": 0.0, "low": None, "high": None, "se": None}


def _answer(ready: Prepared, effect: float, error: float, words: str) -> dict[str, Any]:
    row = ready.told.row(effect, error)
    return row | {
        "level": ready.told.level,
        "method": f"{words}; {ready.told.words}",
        "placebo_p": ready.placebo_p,
        "placebos": ready.placebos,
        "weights": None,
        "control": ready.control,
        **ready.counts,
        **ready.closing(row),
    }


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Turn what diff-diff refuses into an error of the input; its warnings are not for the user of a command."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (ValueError, np.linalg.LinAlgError) as error:
            raise InputError(f"{what} cannot be fitted: {error}.", hint="See which cohorts have few units.") from error


def two_way_weights(panel: Staggered) -> dict[str, Any]:
    """Return what two-way fixed effects would estimate and of which comparisons (Goodman-Bacon 2021, theorem 1).

    Raises:
        InputError: the decomposition fails.
    """
    from diff_diff import BaconDecomposition

    with _refused("Two-way fixed effects"):
        found = BaconDecomposition().fit(diff_diff_frame(panel), **_COLUMNS)
    shares = {
        "treated with never treated": float(found.total_weight_treated_vs_never),
        "earlier with later": float(found.total_weight_earlier_vs_later),
        "later with already treated": float(found.total_weight_later_vs_earlier),
    }
    wrong = shares["later with already treated"]
    why_not = (
        f"Starts are staggered: {wrong:.1%} of this figure compares units with others that were already treated."
        " It is shown with its weights and without an interval; the answer is that of callaway-santanna."
    )
    return {
        "effect": float(found.twfe_estimate),
        "low": None,
        "high": None,
        "se": None,
        "method": "two-way fixed effects, shown for its weights only (Goodman-Bacon 2021)",
        "weights": shares,
        "placebo_p": None,
        "informative": False,
        "why_not": why_not,
        "limits": [why_not],
    }
