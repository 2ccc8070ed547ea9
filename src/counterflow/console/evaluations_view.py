"""What the pages of evaluations show, every text ready to stand in the template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from counterflow.flow.account_evaluate import policy_events
from counterflow.report import numbers
from counterflow.report.charts.evaluation import effects_chart, placebos_chart
from counterflow.report.evaluation_page import STANDINGS

__all__ = ["design_view", "events_view", "list_view", "run_view"]

_CHECKED = {
    "text": "text read", "secondary": "reports of it read", "recalled": "recalled, to be checked",
}  # fmt: skip


def list_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the designs and all results."""
    return {
        "designs": [_design(row) for row in told["designs"]],
        "runs": [_run(row) for row in told["runs"]],
        "counts": _counts(told),
    }


def _counts(told: Mapping[str, Any]) -> str:
    runs = told["runs"]
    parts = [f"{sum(run['standing'] == name for run in runs)} {name}" for name in STANDINGS]
    return (
        f"{numbers.counted(len(told['designs']), 'design')}, {told['waiting']} not run yet;"
        f" {numbers.counted(len(runs), 'result')}: {', '.join(parts)}."
    )


def _design(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["design"], "title": row["title"], "question": row["question"], "who": row["who"],
        "sealed": numbers.when(row["sealed_at"]), "seq": row["sealed_seq"], "runs": row["runs"],
        "prospective": row["prospective"], "intact": row["intact"],
        "known": "" if row["first_known"] is None else row["first_known"].isoformat(),
        "estimators": ", ".join(row["estimators"]),
        "latest": None if row.get("latest") is None else _run(row["latest"]),
    }  # fmt: skip


def _run(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["run"], "design": row["design"] or "", "standing": row["standing"], "why": row["why"],
        "verdict": row["verdict"], "when": numbers.when(row["ran_at"]), "outcome": row["outcome"],
    }  # fmt: skip


def design_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return one design with its results."""
    return _design(told) | {
        "facts": told["facts"],
        "results": [_run(row) for row in told["results"]],
        "sha256": told["sha256"],
    }


def run_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return one result: the sentence, how it stands, each estimator, charts, attempts to break it, limits."""
    unit = told["unit"]
    effects, placebos = told["effects"], told["placebos"]
    return {
        "run": told["run"], "title": told["title"], "question": told["question"], "verdict": told["verdict"],
        "standing": told["standing"], "standing_words": STANDINGS[told["standing"]], "why": told["why"],
        "intact": told["intact"], "when": numbers.when(told["ran_at"]), "seq": told["sealed_seq"],
        "design": told["design"]["design"] if told["design"] else "",
        "sealed": numbers.when(told["design"]["sealed_at"]) if told["design"] else "",
        "estimators": [_estimator(row) for row in told["estimators"]], "agreement": told["agreement"],
        "effects": effects_chart(effects["name"], unit, effects["rows"], since=effects["since"]) if effects else None,
        "placebos": placebos_chart(placebos["name"], unit, placebos["own"], placebos["rows"]) if placebos else None,
        "honest": _honest(told["honest"]), "checks": told["checks"], "weights": _weights(told["weights"]),
        "facts": told["facts"], "limits": told["limits"],
        "panel": [(name, value, name.startswith("SHA")) for name, value in told["panel"] if value],
        "deviations": told["deviations"], "others": [_run(row) for row in told["others"]],
    }  # fmt: skip


def _estimator(row: Mapping[str, Any]) -> dict[str, Any]:
    p, least = row["placebo_p"], row["smallest_p"]
    return {
        "name": row["name"], "words": row["words"], "method": row["method"],
        "p": "none" if p is None else f"{p:.2g}" + (f", least {least:.2g}" if least and least > 0.01 else ""),
    }  # fmt: skip


def _honest(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not found:
        return None
    rows = [
        {"break": f"{row['break']:g}", "low": _short(row["low"]), "high": _short(row["high"]),
         "stands": "yes" if row["excludes_zero"] else "no"}
        for row in found["rows"]
    ]  # fmt: skip
    return {"words": found["words"], "rows": rows}


def _weights(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not found:
        return None
    rows = [{"name": row["name"], "weight": f"{row['weight']:.3f}"} for row in found["rows"]]
    rest = found["count"] - len(rows)
    return {"name": found["name"], "rows": rows, "rest": f"{rest} more share {found['rest']:.3f}" if rest > 0 else ""}


def _short(value: float) -> str:
    return f"{'−' if value < 0 else ''}{numbers.amount(float(f'{abs(value):.3g}'))}"


def events_view(kind: str, since: dt.date | None, until: dt.date | None) -> dict[str, Any]:
    """Return the policy events that were asked for, latest first."""
    told = policy_events(kind, since, until)
    rows = [row | {"checked": _CHECKED.get(row["checked"], row["checked"])} for row in reversed(told["rows"])]
    return {
        "rows": rows, "kinds": told["kinds"], "kind": kind, "caution": told["caution"],
        "since": since.isoformat() if since else "", "until": until.isoformat() if until else "",
    }  # fmt: skip
