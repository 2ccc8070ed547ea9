"""From a panel as it was read to one with cohorts, and the estimators for staggered starts as commands ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.cells import NEVER
from counterflow.account.evaluate.cohorts import Staggered
from counterflow.account.evaluate.equivalence import two_one_sided
from counterflow.account.evaluate.honest import honest_bounds
from counterflow.account.evaluate.panel import Panel, named_units
from counterflow.account.evaluate.periods import Period
from counterflow.account.evaluate.staggered import callaway_santanna
from counterflow.account.evaluate.staggered_second import event_study, imputation, sun_abraham, two_way_weights
from counterflow.core.errors import InputError

__all__ = [
    "callaway_santanna_asked",
    "event_study_asked",
    "imputation_asked",
    "staggered_of",
    "sun_abraham_asked",
    "two_way_asked",
]

Ints = npt.NDArray[np.int64]
_NAMED = 5
_MOST_NOTES = 12


def callaway_santanna_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `callaway-santanna`: effects by cohort and period, their means, placebos, and how robust they are."""
    staggered = staggered_of(panel, ask)
    told = callaway_santanna(
        staggered, control=ask.control, anticipation=ask.anticipation, level=ask.level, seed=ask.seed
    )
    honest = honest_bounds(staggered, control=told["control"], anticipation=ask.anticipation, level=ask.level)
    return _margin(told | {"honest": honest}, ask)


def sun_abraham_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `sun-abraham`: one regression in which every cohort has its own effects."""
    return _margin(sun_abraham(staggered_of(panel, ask), level=ask.level, seed=ask.seed), ask)


def imputation_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `imputation`: untreated outcomes predicted from all untreated unit-periods."""
    return _margin(imputation(staggered_of(panel, ask), level=ask.level, seed=ask.seed), ask)


def event_study_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `event-study`: effects by time since the start, all against the last period before it."""
    staggered = staggered_of(panel, ask)
    told = event_study(staggered, control=ask.control, anticipation=ask.anticipation, level=ask.level, seed=ask.seed)
    honest = honest_bounds(staggered, control=told["control"], anticipation=ask.anticipation, level=ask.level)
    return _margin(told | {"honest": honest}, ask)


def two_way_asked(panel: Panel, ask: Ask) -> dict[str, Any]:
    """Answer `did` on staggered starts: never the figure alone, always the comparisons that it mixes."""
    return two_way_weights(staggered_of(panel, ask))


def _margin(told: dict[str, Any], ask: Ask) -> dict[str, Any]:
    if ask.margin is None or told["se"] is None or told["low"] is None:
        return told | {"equivalence": None}
    critical = (told["high"] - told["low"]) / 2 / told["se"]
    return told | {"equivalence": two_one_sided(told["effect"], critical, told["se"], ask.margin, alpha=1 - ask.level)}


def staggered_of(panel: Panel, ask: Ask) -> Staggered:
    """Return the panel with cohorts: from its column of first treated periods, or one cohort of named units.

    Units that miss a period are left out and counted: a cohort's mean must be of the same units before and after.

    Raises:
        InputError: neither is given, or fewer than two units have every period.
    """
    said = list(panel.said)
    if panel.group:
        _refuse_marks(panel)
        index = [_index(panel, name, period, said) for name, period in zip(panel.units, panel.group, strict=True)]
        cohort = np.array(index, dtype=np.int64)
    elif ask.treated and ask.start:
        treated = named_units(panel, ask.treated)
        cohort = np.where(np.isin(np.array(panel.units), treated), panel.period_at(ask.start), NEVER).astype(np.int64)
    else:
        hint = "Give --group COLUMN with each unit's first treated period, or --treated and --start."
        raise InputError("Who is treated, and from when on, was not said.", hint=hint, file=panel.path)
    clusters = np.arange(len(panel.units))
    if panel.cluster:
        clusters = np.unique(np.array(panel.cluster), return_inverse=True)[1].astype(np.int64)
    return _complete(panel, cohort, clusters, ask.covariates, said)


def _refuse_marks(panel: Panel) -> None:
    """Refuse a column that marks treated units instead of naming their first treated period."""
    firsts = {period.label for period in panel.group if period is not None}
    if firsts and all(p.place < panel.places[0] - 1 for p in panel.group if p is not None) and len(firsts) == 1:
        raise InputError(
            f"The column of first treated periods holds {firsts.pop()!r} only, long before the first period,"
            f" {panel.labels[0]}.",
            hint="It seems to mark who is treated: name the column that says from which period on, or use --treated"
            " and --start.",
            file=panel.path,
        )


def _index(panel: Panel, name: str, period: Period | None, said: list[str]) -> int:
    """Return the index of the first period of the panel in which a unit is treated, or `NEVER`."""
    if period is None:
        return NEVER
    later = np.flatnonzero(panel.places >= period.place)
    if not len(later):
        said.append(f"{name} starts in {period.label}, after the last period: compared as not treated.")
        return NEVER
    if panel.places[later[0]] != period.place and later[0] > 0:
        said.append(f"{name} starts in {period.label}, which the panel lacks: taken as {panel.labels[later[0]]}.")
    return int(later[0])


def _complete(panel: Panel, cohort: Ints, clusters: Ints, covariates: Sequence[str], said: list[str]) -> Staggered:
    """Return the units that miss nothing, and say which were left out."""
    gaps: npt.NDArray[np.bool_] = np.asarray(np.isnan(panel.outcome).any(axis=1))
    for name in covariates:
        gaps = gaps | np.asarray(np.isnan(panel.columns[name]).any(axis=1))
    if gaps.any():
        names = ", ".join(np.array(panel.units)[gaps][:_NAMED])
        said.append(f"Left out because a period is missing: {int(gaps.sum())} of {gaps.size} units ({names}).")
    kept = ~gaps
    if int(kept.sum()) <= 1:
        raise InputError(
            "Fewer than two units have every period.",
            hint="Leave out the periods that most units miss, or fill the gaps on record.",
            file=panel.path,
        )
    return Staggered(
        tuple(np.array(panel.units)[kept].tolist()),
        tuple(_plain(period) for period in panel.periods),
        panel.outcome[kept],
        cohort[kept],
        np.unique(clusters[kept], return_inverse=True)[1].astype(np.int64),
        {name: panel.columns[name][kept] for name in covariates},
        _short(said),
    )


def _plain(period: Period) -> Any:
    """Return a period as JSON shows it: whole numbers as numbers."""
    return int(period.place) if period.kind == "number" and period.place.is_integer() else period.label


def _short(said: Sequence[str]) -> tuple[str, ...]:
    if len(said) <= _MOST_NOTES:
        return tuple(said)
    return (*said[:_MOST_NOTES], f"… and {len(said) - _MOST_NOTES} more notes of this kind.")
