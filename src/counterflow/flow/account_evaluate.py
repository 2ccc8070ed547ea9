"""Evaluations as pages show them: what was asked, sealed when, what came out, and what speaks against it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.account.evaluate.design import Design, design_of_plan
from counterflow.account.evaluate.events import NOT_A_CAUSE, events
from counterflow.account.evaluate.registry import list_designs, list_runs, named_design, named_run
from counterflow.account.evaluate.verdict import answers_of, limits_of, rounded, words_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["design_told", "evaluations_told", "policy_events", "run_told"]

NAMES = {
    "sdid": "synthetic difference in differences", "sc": "synthetic control", "asc": "augmented synthetic control",
    "did": "difference in differences", "callaway-santanna": "Callaway and Sant'Anna", "sun-abraham": "Sun and Abraham",
    "imputation": "imputation", "event-study": "event study", "its": "interrupted time series",
    "controlled-its": "controlled interrupted time series",
}  # fmt: skip
_MOST_WEIGHTS = 12


def evaluations_told(workspace: Workspace) -> dict[str, Any]:
    """Return all designs with their standing, and every result, registered or not."""
    runs = list_runs(workspace)
    # what was promised comes first: a later exploratory look does not take its place
    latest = {run["design"]: run for run in runs if run["design"]}
    latest |= {run["design"]: run for run in reversed(runs) if run["design"] and run["standing"] != "exploratory"}
    designs = [
        _head(row) | {"latest": _short(latest[row["design"]]) if row["design"] in latest else None}
        for row in list_designs(workspace)
    ]
    return {
        "designs": designs,
        "runs": [_short(run) for run in reversed(runs)],
        "waiting": sum(1 for row in designs if not row["runs"]),
    }


def _head(row: Mapping[str, Any]) -> dict[str, Any]:
    plan = json.loads(row["plan"])
    return {
        "design": row["design"], "title": row["title"], "question": row["question"], "who": row["who"],
        "sealed_at": row["sealed_at"], "sealed_seq": row["sealed_seq"], "prospective": row["prospective"],
        "first_known": row["first_known"], "runs": row["runs"], "intact": row["intact"],
        "estimators": [NAMES.get(name, name) for name in plan["estimators"]],
    }  # fmt: skip


def _short(run: Mapping[str, Any]) -> dict[str, Any]:
    names = ("run", "design", "standing", "why", "verdict", "ran_at", "outcome")
    return {name: run[name] for name in names}


def design_told(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return one design in full, with every result computed under it.

    Raises:
        UnknownName: none is called so.
    """
    row, design = named_design(workspace, name)
    return _head(row) | {
        "facts": _facts(design),
        "results": [_short(run) for run in list_runs(workspace, name)],
        "sha256": row["sha256"],
    }


def _facts(design: Design) -> list[tuple[str, str]]:
    excluded = "; ".join(f"{row['unit']} ({row['why']})" for row in design.more.get("exclude", ()))
    power = (
        f"finds {rounded(design.smallest_effect)} {design.outcome_unit} four times in five"
        if design.smallest_effect is not None
        else f"not computed: {design.power_waived}"
    )
    donors = design.more.get("donors")
    told = [
        ("Asked", design.question),
        ("Outcome", f"{design.outcome}, {design.outcome_unit}; {design.source}"),
        ("Treated", ", ".join(design.units) or f"by column {design.group}, each unit from its own start"),
        ("From", design.start),
        ("Compared with", design.donor_rule + (f" ({', '.join(donors)})" if donors else "")),
        ("Left out", excluded),
        ("Estimators", ", ".join(NAMES.get(name, name) for name in design.estimators)),
        ("Placebos", ", ".join(design.more.get("placebos", ("space", "time")))),
        ("Would have mattered", f"{rounded(design.margin)} {design.outcome_unit} or more" if design.margin else ""),
        ("Power before the start", power),
        ("Decided by", design.rule),
        ("Registered by", design.who),
    ]
    return [(name, value) for name, value in told if value]


def run_told(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return one result with all that a reader needs to judge it.

    Raises:
        UnknownName: none is called so.
    """
    run = named_run(workspace, name)
    rows = {row["design"]: row for row in list_designs(workspace)}
    design = rows.get(run["design"] or "")
    made = design_of_plan(design["plan"]) if design else None
    result = json.loads(run["result"])
    answers, unit = answers_of(result), made.outcome_unit if made else ""
    return {
        "run": run["run"], "design": _head(design) if design else None, "title": made.title if made else run["run"],
        "question": made.question if made else "", "standing": run["standing"], "why": run["why"],
        "verdict": run["verdict"], "ran_at": run["ran_at"], "sealed_seq": run["sealed_seq"],
        "intact": run["intact"] and (design is None or design["intact"]), "unit": unit, "outcome": run["outcome"],
        "estimators": [_estimator(method, told, unit) for method, told in answers.items()],
        "agreement": result["agreement"]["words"], "effects": _effects(answers), "placebos": _placebos(answers),
        "honest": next((told["honest"] for told in answers.values() if told.get("honest")), None),
        "checks": _checks(answers), "weights": _weights(answers), "series": _series(answers),
        "limits": limits_of(list(answers.values())), "facts": _facts(made) if made else [],
        "panel": _panel(run, result["panel"]), "deviations": json.loads(run["deviations"] or "[]"),
        "others": [_short(other) for other in list_runs(workspace, run["design"] or "") if other["run"] != run["run"]],
    }  # fmt: skip


def _estimator(method: str, told: Mapping[str, Any], unit: str) -> dict[str, Any]:
    equivalence = told.get("equivalence")
    return {
        "name": NAMES.get(method, method), "words": words_of(told, unit), "effect": told.get("effect"),
        "low": told.get("low"), "high": told.get("high"), "level": told.get("level"),
        "placebo_p": told.get("placebo_p"), "smallest_p": told.get("smallest_p"), "method": told.get("method", ""),
        "equivalent": None if not equivalence else equivalence["equivalent"],
    }  # fmt: skip


def _effects(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the effect in each period or time since the start, of the first estimator that has them."""
    for method, told in answers.items():
        if told.get("dynamic"):
            rows = [row | {"at": row["event_time"]} for row in told["dynamic"] if not row.get("reference")]
            return {"name": NAMES.get(method, method), "since": True, "rows": rows}
        if told.get("period_effects"):
            rows = [
                {"at": row["period"], "effect": row["effect"], "low": None, "high": None, "pre": not row["treated"]}
                for row in told["period_effects"]
            ]
            return {"name": NAMES.get(method, method), "since": False, "rows": rows}
    return None


def _placebos(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the effect of each unit taken as treated, beside the true one."""
    for method, told in answers.items():
        found = told.get("placebos")
        rows = found.get("units") if isinstance(found, dict) else found
        if rows:
            shown = [{"name": row["unit"], "effect": row["effect"]} for row in rows]
            return {"name": NAMES.get(method, method), "own": told["effect"], "rows": shown, "p": told["placebo_p"]}
    return None


def _series(answers: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return next((list(told["series"]) for told in answers.values() if told.get("series")), [])


def _weights(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return who stands for the treated unit, heaviest first."""
    for method, told in answers.items():
        weights = told.get("weights")
        if weights and len(set(weights.values())) > 1:
            heavy = sorted(weights.items(), key=lambda pair: -pair[1])
            rest = sum(weight for _, weight in heavy[_MOST_WEIGHTS:])
            rows = [{"name": name, "weight": weight} for name, weight in heavy[:_MOST_WEIGHTS]]
            return {"name": NAMES.get(method, method), "rows": rows, "rest": rest, "count": len(heavy)}
    return None


def _checks(answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what was done to break each answer, in words."""
    said = []
    for method, told in answers.items():
        for part in ("in_time", "leave_one_out"):
            words = told.get(part, {}).get("words") if isinstance(told.get(part), dict) else None
            if words:
                said.append(f"{NAMES.get(method, method)}: {words}")
        pretrend = told.get("pretrend")
        if pretrend:
            said.append(
                f"{NAMES.get(method, method)}: all effects before the start together give p = {pretrend['p']:.2g}"
                " (a high p is no proof that trends were parallel)."
            )
    return said


def _panel(run: Mapping[str, Any], read: Mapping[str, Any]) -> list[tuple[str, str]]:
    left: Sequence[str] = read.get("left_out") or []
    return [
        ("File", str(read["file"])),
        ("Read", f"{read['units']} units, {read['periods']} periods, {read['first']} to {read['last']}"),
        ("Left out", "; ".join(left)),
        ("SHA-256 of the file", run["panel_sha256"]),
        ("SHA-256 of its outcomes", run["content_sha256"]),
    ]


def policy_events(kind: str = "", since: dt.date | None = None, until: dt.date | None = None) -> dict[str, Any]:
    """Return dates on which policy changed, the kinds there are, and why a date is no cause.

    Raises:
        UnknownName: no event is of that kind.
    """
    rows = [event.as_dict() for event in events(kind=kind, since=since, until=until)]
    return {"rows": rows, "kinds": sorted({event.kind for event in events()}), "caution": NOT_A_CAUSE}
