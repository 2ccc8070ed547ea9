"""Programmes that start at different times in different places: effects by cohort and period, never mixed silently.

Two-way fixed effects compare units that start late with units that started before, whose effect may still be growing;
with staggered starts the answer can have the wrong sign. Here every cohort is compared only with units that are not
treated, and the pieces are added up in the open (Callaway & Sant'Anna 2021). The estimates come from diff-diff; the
aggregation by calendar time and the placebo assignments from `cells`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.evaluate.cells import NEVER, Cell, aggregate
from counterflow.account.evaluate.cohorts import CONTROL_HINT, CONTROLS, Staggered, Told, prepared
from counterflow.core.errors import InputError

__all__ = ["callaway_santanna", "diff_diff_frame", "fitted"]

Ints = npt.NDArray[np.int64]

_METHOD = "Callaway & Sant'Anna (2021)"


def callaway_santanna(
    panel: Staggered, *, control: str = "never", anticipation: int = 0, level: float = 0.95, seed: int = 1
) -> dict[str, Any]:
    """Return the effects by cohort and period, their means, and how placebo assignments compare.

    Args:
        panel: units, periods, outcome, cohorts.
        control: `never` compares with units that are never treated in the panel, `notyet` also with those that
            start later. Without any never-treated unit `notyet` is used, and that is said.
        anticipation: periods before the start in which a programme may already act.
        level: coverage of the intervals, point by point.
        seed: of the placebo assignments.

    Raises:
        InputError: no cohort has a period before its start, or nothing is left to compare with.
    """
    ready = prepared(panel, control=control, anticipation=anticipation, level=level, seed=seed)
    panel, control, cells, told = ready.panel, ready.control, ready.cells, ready.told
    clustered = len(set(panel.clusters.tolist())) < len(panel.units)
    error_of = panel.clusters if clustered else None
    result = fitted(panel, control, anticipation, level)
    simple = ready.mean_row(float(result.overall_att), float(result.overall_se))
    study = _study(panel, cells, result, told, error_of)
    return simple | {
        "level": level,
        "method": f"{_METHOD}, {_adjustment(panel)}, compared with {CONTROLS[control]}; {told.words}",
        "simple": simple,
        "overall": {name: _overall(panel, cells, rows, name, told, error_of) for name, rows in study.items()},
        **study,
        "att": [_att_row(panel, key, value, told) for key, value in sorted(result.group_time_effects.items())],
        "placebo_p": ready.placebo_p,
        "placebos": ready.placebos,
        "weights": None,
        "pretrend": _pretrend(cells, error_of),
        "control": control,
        "anticipation": anticipation,
        **ready.counts,
        **ready.closing(simple),
    }


def diff_diff_frame(panel: Staggered) -> Any:
    """Return the panel as the data frame that diff-diff reads: periods from 1, first treated 0 where never."""
    import pandas as pd

    units, periods = panel.outcome.shape
    first = np.where(panel.cohort == NEVER, 0, panel.cohort + 1)
    columns = {
        "unit": np.repeat(np.arange(units), periods),
        "time": np.tile(np.arange(1, periods + 1), units),
        "outcome": panel.outcome.ravel(),
        "first": np.repeat(first, periods),
        "cluster": np.repeat(panel.clusters, periods),
    }
    return pd.DataFrame(columns | {f"x_{i}": v.ravel() for i, v in enumerate(panel.covariates.values())})


def fitted(panel: Staggered, control: str, anticipation: int, level: float, base: str = "varying") -> Any:
    """Return diff-diff's fit of the panel; what it warns of is raised as an error of the input where it stops."""
    from diff_diff import CallawaySantAnna

    clustered = len(set(panel.clusters.tolist())) < len(panel.units)
    model = CallawaySantAnna(
        control_group="never_treated" if control == "never" else "not_yet_treated",
        anticipation=anticipation, alpha=1 - level, cluster="cluster" if clustered else None, base_period=base,
        rank_deficient_action="silent",
    )  # fmt: skip
    names = [f"x_{i}" for i in range(len(panel.covariates))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model.fit(
                diff_diff_frame(panel), outcome="outcome", unit="unit", time="time", first_treat="first",
                covariates=names or None,
            )  # fmt: skip
        except (ValueError, np.linalg.LinAlgError) as error:
            raise InputError(f"The effects by cohort cannot be estimated: {error}.", hint=CONTROL_HINT) from error


def _adjustment(panel: Staggered) -> str:
    if not panel.covariates:
        return "without covariates"
    return f"doubly robust in {', '.join(panel.covariates)}"


def _pretrend(cells: Sequence[Cell], clusters: Ints | None) -> dict[str, Any] | None:
    """Return the Wald test that all effects before the start are zero; a high p is no proof that trends are parallel.

    Without covariates, whatever the estimate adjusts for. None where no period before the start can be compared.
    """
    from scipy.stats import chi2

    pre = [cell for cell in cells if cell.pre]
    if not pre:
        return None
    parts = np.stack([cell.influence for cell in pre])
    if clusters is not None:
        parts = np.stack([np.bincount(clusters, weights=part) for part in parts])
    covariance, effects = parts @ parts.T, np.array([cell.effect for cell in pre])
    if np.linalg.matrix_rank(covariance) < len(pre):
        return None
    wald = float(effects @ np.linalg.solve(covariance, effects))
    return {"wald": wald, "df": len(pre), "p": float(chi2.sf(wald, len(pre)))}


def _att_row(panel: Staggered, key: tuple[Any, Any], value: Mapping[str, Any], told: Told) -> dict[str, Any]:
    group, time = (int(k) - 1 for k in key)
    row = told.row(float(value["effect"]), float(value["se"]))
    place = {"group": panel.times[group], "time": panel.times[time], "pre": time < group}
    return place | row | {"treated": int(value["n_treated"]), "control": int(value["n_control"])}


def _study(
    panel: Staggered, cells: Sequence[Cell], result: Any, told: Told, clusters: Ints | None
) -> dict[str, list[dict[str, Any]]]:
    """Return the effects by time since the start, by cohort, and by calendar time."""
    study = result.aggregate("event_study").to_dataframe()
    dynamic = [
        {"event_time": int(row.event_time), "pre": bool(row.event_time < 0)} | told.row(row.att, row.se)
        for row in study.itertuples()
    ]
    by_group = result.aggregate("group").to_dataframe()
    group = [{"group": panel.times[int(row.label) - 1]} | told.row(row.att, row.se) for row in by_group.itertuples()]
    return {"dynamic": dynamic, "group": group, "calendar": _calendar(panel, cells, result, told, clusters)}


def _calendar(
    panel: Staggered, cells: Sequence[Cell], result: Any, told: Told, clusters: Ints | None
) -> list[dict[str, Any]]:
    """Return the mean effect in each period over the cohorts treated by then (Callaway & Sant'Anna 2021, section 3)."""
    rows = []
    for time in sorted({cell.time for cell in cells if not cell.pre}):
        now = [cell for cell in cells if cell.time == time and not cell.pre]
        if panel.covariates:
            row = _bounded(now, result, told)
        else:
            mean = aggregate(now, panel.cohort)
            row = told.row(mean.effect, mean.error(clusters))
        rows.append({"time": panel.times[time]} | row)
    return rows


def _bounded(now: Sequence[Cell], result: Any, told: Told) -> dict[str, float | None]:
    """Return the mean of adjusted cells; the errors are added as if all fell the same way, so never too small."""
    cells = result.group_time_effects
    known = [(cell.treated, cells[cell.group + 1, cell.time + 1]) for cell in now]
    size = sum(n for n, _ in known)
    effect = sum(n * float(value["effect"]) for n, value in known) / size
    return told.row(effect, sum(n * float(value["se"]) for n, value in known) / size)


def _overall(
    panel: Staggered, cells: Sequence[Cell], rows: Sequence[Mapping[str, Any]], name: str, told: Told,
    clusters: Ints | None,
) -> dict[str, float | None]:  # fmt: skip
    """Return the mean of one kind of aggregate: event times and periods count alike, cohorts by their units."""
    post = [cell for cell in cells if not cell.pre]
    if panel.covariates:
        return _overall_bounded(panel, rows, name, told)
    key: dict[str, Callable[[Cell], int]] = {
        "dynamic": lambda cell: cell.time - cell.group,
        "group": lambda cell: cell.group,
        "calendar": lambda cell: cell.time,
    }
    parts: dict[int, list[Cell]] = {}
    for cell in post:
        parts.setdefault(key[name](cell), []).append(cell)
    means = [aggregate(part, panel.cohort) for part in parts.values()]
    weight = np.full(len(means), 1 / len(means))
    influence = np.zeros(len(panel.cohort))
    if name == "group":
        share = np.array([np.mean(panel.cohort == group) for group in parts])
        weight = share / share.sum()
        member = np.stack([(panel.cohort == g) - p for g, p in zip(parts, share, strict=True)], axis=1)
        of_weight = member / share.sum() - np.outer(member.sum(axis=1), share) / share.sum() ** 2
        influence = of_weight @ np.array([mean.effect for mean in means]) / len(panel.cohort)
    influence = influence + sum(w * mean.influence for w, mean in zip(weight, means, strict=True))
    effect = float(sum(w * mean.effect for w, mean in zip(weight, means, strict=True)))
    parts_of = influence if clusters is None else np.bincount(clusters, weights=influence)
    return told.row(effect, float(np.sqrt(np.sum(parts_of**2))))


def _overall_bounded(
    panel: Staggered, rows: Sequence[Mapping[str, Any]], name: str, told: Told
) -> dict[str, float | None]:
    kept = [row for row in rows if not row.get("pre") and row["effect"] is not None and row["se"] is not None]
    if not kept:
        return told.row(float("nan"), float("nan"))
    sizes = [int(np.sum(panel.cohort == panel.times.index(row["group"]))) if name == "group" else 1 for row in kept]
    effect = sum(n * row["effect"] for n, row in zip(sizes, kept, strict=True)) / sum(sizes)
    return told.row(effect, sum(n * row["se"] for n, row in zip(sizes, kept, strict=True)) / sum(sizes))
