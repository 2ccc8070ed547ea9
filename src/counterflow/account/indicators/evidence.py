"""The library of evidence: what studies found of an intervention, how they were made, and how far that can be trusted.

Grades are those of the strategy room: A trial or full count, B cohort or a published fit, C expert or one weak study,
D our judgement. An effect that was not randomised says so, and no effect here is a claim about another place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.reference.csv_files import read_rows

__all__ = ["GRADES", "evidence_rows", "grade_of"]

GRADES: Mapping[str, str] = {
    "A": "trial or full count",
    "B": "cohort or a published fit",
    "C": "expert or one weak study",
    "D": "our judgement",
}

_KEPT = ("id", "intervention", "side", "lever", "outcome", "design", "measure", "comparison", "grade", "risk_of_bias",
         "applies_to", "row", "source", "checked", "note")  # fmt: skip


def evidence_rows(levers: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return studies first, then the levers that the strategy room grades without a study here.

    Args:
        levers: rows with name, side, words, grade, source and note, brought by whoever may ask that room.
    """
    studies = [_study(row) for row in read_rows("account", "evidence.csv")]
    held = {row["lever"] for row in studies if row["lever"]}
    return studies + [_lever(row) for row in levers if row["name"] not in held]


def _study(row: Mapping[str, str]) -> dict[str, Any]:
    numbers = {name: float(row[name]) if row[name] else None for name in ("effect", "low", "high", "level")}
    missing = "" if numbers["low"] is not None else "no interval is given by the source"
    return (
        {name: row[name] for name in _KEPT} | numbers | {"randomised": row["randomised"] == "yes", "why_not": missing}
    )


def _lever(row: Mapping[str, Any]) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(("effect", "low", "high", "level"))
    return {
        "id": f"lever-{row['name']}", "intervention": row["words"], "side": row["side"], "lever": row["name"],
        "outcome": "see `strategy run`", "design": "graded by the strategy room", "measure": "", "comparison": "",
        "grade": row["grade"], "risk_of_bias": GRADES.get(str(row["grade"]), ""), "applies_to": "", "row": "",
        "source": row["source"], "checked": "", "note": row["note"], "randomised": False,
        "why_not": "no study is entered here",
    } | blank  # fmt: skip


def grade_of(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the grade of an intervention, by the id of a study or the name of a lever; "" where nothing is known."""
    if not name:
        return ""
    exact = [str(row["grade"]) for row in rows if row["id"] == name]
    return exact[0] if exact else max((str(row["grade"]) for row in rows if row["lever"] == name), default="")
