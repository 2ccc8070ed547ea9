"""Running a registered design on a panel: what was promised is what is done, and every departure is on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.design import Design
from counterflow.account.evaluate.panel import Panel, named_units, panel_of
from counterflow.account.evaluate.registry import (
    earlier_readings,
    keep_run,
    list_runs,
    named_design,
    scope_of,
    standing,
)
from counterflow.account.evaluate.run import evaluate, method_names
from counterflow.account.evaluate.verdict import verdict
from counterflow.account.given import read_rows
from counterflow.core.errors import InputError, UsageError

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["CHANGES", "keep_unregistered", "run_design"]

#: what a run may change, with a reason: then it is exploratory
CHANGES = ("estimators", "treated", "start", "exclude", "margin")


def run_design(
    workspace: Workspace, name: str, path: Path, *, changes: Mapping[str, Any] | None = None, because: str = ""
) -> dict[str, Any]:
    """Compute a registered design on a panel, seal the result and return its row.

    Args:
        workspace: where the design was sealed.
        name: the design.
        path: the panel.
        changes: departures from it, by name of `CHANGES`.
        because: why, in words; needed where there are any.

    Raises:
        UnknownName: no such design, or a column of it that the file lacks.
        UsageError: a departure without a reason.
        InputError: the panel lacks a unit or period of the design, or cannot answer.
    """
    row, design = named_design(workspace, name)
    rows = read_rows(path, "a panel: one row for each unit and period")
    ask, deviations = _changed(design, design.ask(rows), dict(changes or {}), because)
    columns = [*ask.predictors, *(s.column for s in ask.special), *ask.covariates]
    panel = panel_of(
        rows, unit=design.unit, time=design.time, outcome=design.outcome, extra=list(dict.fromkeys(columns)),
        group="" if ask.treated else design.group, cluster=design.cluster,
    )  # fmt: skip
    scope = scope_of(panel, _treated(panel, ask), ask.start)
    result = evaluate(panel, ask)
    _refuse_fewer(result, panel)
    stands = standing(row, deviations, earlier_readings(workspace, row, scope), workspace.clock().date())
    if before := len(list_runs(workspace, name)):
        many = "1 earlier result of this design stands" if before == 1 else f"{before} earlier results of it stand"
        stands = (stands[0], f"{stands[1]} {many} beside it.")
    registered = stands[0] != "exploratory"
    result["registration"] = {"registered": registered, "design": name, "standing": stands[0], "words": stands[1]}
    sentence = verdict(result, unit=design.outcome_unit, margin=ask.margin)
    return keep_run(
        workspace, design=name, scope=scope, result=result, verdict=sentence, stands=stands, deviations=deviations
    )


def keep_unregistered(workspace: Workspace, panel: Panel, ask: Ask, result: dict[str, Any]) -> dict[str, Any]:
    """Seal a result that no design stands behind, so that a later design cannot pass as made before it."""
    scope = scope_of(panel, _treated(panel, ask), ask.start)
    stands = standing(None, (), ())
    sentence = verdict(result, margin=ask.margin)
    return keep_run(workspace, design="", scope=scope, result=result, verdict=sentence, stands=stands)


def _refuse_fewer(result: dict[str, Any], panel: Panel) -> None:
    """Refuse a result for fewer treated units than the design promised: that is a departure, with a reason."""
    if gone := result["panel"].get("treated_left_out"):
        raise InputError(
            f"Treated units have gaps: {'; '.join(gone)}.",
            hint="Fill the gaps on record, or name the other treated units with the reason (--because).",
            file=panel.path,
        )


def _treated(panel: Panel, ask: Ask) -> tuple[str, ...]:
    if ask.treated:
        return named_units(panel, ask.treated)
    return tuple(unit for unit, first in zip(panel.units, panel.group, strict=True) if first is not None)


def _changed(design: Design, ask: Ask, changes: dict[str, Any], because: str) -> tuple[Ask, list[dict[str, str]]]:
    """Return the question as it is asked now, and each departure with what was registered."""
    if not changes:
        return ask, []
    if not because.strip():
        raise UsageError(
            f"This departs from the sealed design in: {', '.join(changes)}.",
            hint="Leave it as it was registered, or give --because with the reason: the result is then exploratory.",
        )
    if unknown := [name for name in changes if name not in CHANGES]:
        raise InputError(f"{unknown[0]!r} cannot be changed in a run.", hint=f"These can: {', '.join(CHANGES)}.")
    was = {
        "estimators": ask.methods, "treated": ask.treated or (design.group,), "start": ask.start,
        "exclude": ask.exclude, "margin": ask.margin,
    }  # fmt: skip
    if "estimators" in changes:
        ask = replace(ask, methods=method_names(list(changes["estimators"])))
    fields = {"treated": "treated", "start": "start", "exclude": "exclude", "margin": "margin"}
    ask = replace(ask, **{fields[name]: value for name, value in changes.items() if name in fields})
    told = [
        {"what": name, "registered": _plain(was[name]), "used": _plain(value), "because": because.strip()}
        for name, value in changes.items()
    ]
    return ask, told


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else "" if value is None else str(value)
