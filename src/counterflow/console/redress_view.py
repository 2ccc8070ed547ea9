"""Redress in words: who waits, by when, what a request touches, and whether what was put right holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from counterflow.flow.redress import ABOUT, VERDICTS
from counterflow.flow.redress_decide import CORRECTIONS
from counterflow.report import numbers
from counterflow.report.text import visible

__all__ = ["list_view", "request_view"]

_STATES = {"open": "not decided", "decided": "decided, not answered", "answered": "answered"}
_ACTS = {
    "extended": "Extended",
    "noted": "Note",
    "decided": "Decided",
    "answered": "Answered",
    "told": "Told",
    "reopened": "Reopened",
}


def list_view(requests: Sequence[Mapping[str, Any]], counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the list of requests shows."""
    waiting = [row for row in requests if row["state"] != "answered"]
    done = [row for row in requests if row["state"] == "answered"]
    return {
        "answer": _answer(counts, waiting),
        "tiles": _tiles(counts),
        "waiting": [_line(row) for row in waiting],
        "done": [_line(row) for row in sorted(done, key=lambda row: row["answered_on"], reverse=True)[:100]],
        "empty": not requests,
    }


def _answer(counts: Mapping[str, Any], waiting: Sequence[Mapping[str, Any]]) -> str:
    if not counts["received"]:
        return "Nobody affected has asked yet."
    if not waiting:
        said = "Everybody who asked has been answered."
    else:
        first = waiting[0]
        one = len(waiting) == 1
        said = f"{numbers.counted(len(waiting), 'person')}".replace("persons", "people")
        said += f" {'waits' if one else 'wait'} for an answer"
        if counts["overdue"]:
            said += f"; {numbers.count(counts['overdue'])} past {'the' if one else 'their'} day"
        else:
            said += f"; the first is due {first['due_on']}"
        said += "."
    if counts["broken"]:
        verb = "holds" if counts["broken"] == 1 else "hold"
        said += f" {numbers.counted(counts['broken'], 'correction')} no longer {verb}."
    return said


def _tiles(counts: Mapping[str, Any]) -> list[dict[str, str]]:
    answered = counts["answered"]
    days = (
        f"half were answered within {numbers.amount(counts['median_days'])} days" if answered else "none answered yet"
    )
    right = f"{counts['granted']} granted, {counts['partly']} in part, {counts['refused']} refused"
    return [
        _tile("Waiting", counts["open"], f"{counts['overdue']} past their day", doubt=counts["overdue"] > 0),
        _tile("Answered by their day", counts["in_time"], f"of {answered} answered; {days}", doubt=False),
        _tile("They were right", counts["granted"] + counts["partly"], right, doubt=False),
        _tile(
            "Put right and holding",
            counts["corrections"] - counts["broken"],
            f"of {counts['corrections']} corrections; {counts['told']} times an office or partner was told",
            doubt=counts["broken"] > 0,
        ),
    ]


def _tile(label: str, value: int, detail: str, *, doubt: bool) -> dict[str, str]:
    return {"label": label, "value": numbers.count(value), "detail": detail, "tone": "doubt" if doubt else ""}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    state = "past its day" if row["overdue"] else _STATES[row["state"]]
    if row["state"] == "answered":
        when = f"answered {row['answered_on']}, {'by its day' if row['in_time'] else 'late'}"
    else:
        when = f"due {row['due_on']}" + (
            f", {numbers.counted(row['left'], 'day')} left" if row["left"] >= 0 else f", {-row['left']} days late"
        )
    return {
        "request": row["request"],
        "address": f"/redress/{row['request']}",
        "about": ABOUT.get(row["about"], row["about"]),
        "asker": row["asker"],
        "state": state,
        "late": bool(row["overdue"]),
        "when": when,
        "verdict": VERDICTS.get(row["verdict"], ""),
        "received": str(row["received_on"]),
        "records": len(row["records"] or []),
    }


def request_view(
    held: Mapping[str, Any],
    found: Mapping[str, Any],
    made: Sequence[Mapping[str, Any]],
    sheets: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what the page of one request shows."""
    findings = [_finding(row) for row in found["findings"]]
    suspicions = [_suspicion(row) for row in found["suspicions"]]
    entities = [_entity(row) for row in found["entities"]]
    return {
        **_line(held),
        **_head(held),
        "acts": [_act(act) for act in held["acts"]],
        "people": found["people"],
        "findings": findings,
        "suspicions": suspicions,
        "entities": entities,
        **_course(found),
        "nothing": not (findings or suspicions or entities or found["orders"]),
        "made": [
            {
                "what": CORRECTIONS[m["kind"]],
                "on": f"{m['source']}/{m['record_id']}",
                "holds": m["holds"],
                "state": m["state"],
            }
            for m in made
        ],
        "broken": sum(not row["holds"] for row in made),
        "sheets": [f"{row['office']}, {row['lane']}, {row['day']}: {row['record_id']}" for row in sheets],
        "verdicts": list(VERDICTS.items()),
        "letter": _lines(_letter(held, made)),
    }


def _head(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return who asks, what, and for whom."""
    return {
        "words": _lines(held["words"]),
        "contact": held["contact"],
        "standing": held["standing"] or "",
        "name": held["name"] or "",
        "customer_id": held["customer_id"] or "",
        "taken_by": held["person"],
        "raw_state": held["state"],
        "extended": held["extended"],
        "record_list": list(held["records"] or []),
    }


def _course(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was done because of what is held: draws, notices, decisions on orders."""
    return {
        "draws": [
            {
                "where": f"{row['office']}, {row['lane']}, {row['day']}",
                "record_id": row["record_id"],
                "arm": row["arm"],
                "reasons": row["reasons"] or "",
                "answered": row["answered"],
            }
            for row in found["draws"]
        ],
        "told": [
            {"who": n["recipient"], "about": n["about"] or "", "when": _when(n["told_at"]), "record_id": n["record_id"]}
            for n in found["told"]
        ],
        "orders": [
            {
                "what": f"{row['act']} {row['subject']} {row['subject_id']}",
                "when": _when(row["decided_at"]),
                "who": row["person"],
            }
            for row in found["orders"]
        ],
    }


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(row["choice"]).partition(":")[0]
    return {
        "record_id": row["record_id"],
        "sentence": row["sentence"],
        "code": row["code"],
        "choice": row["choice"],
        "settled": row["settled"],
        "does": CORRECTIONS.get(kind, ""),
        "citation": row["citation"] or "",
        "of": f"{row['check']}, {row['part']}" if row["part"] else row["check"],
    }


def _suspicion(row: Mapping[str, Any]) -> dict[str, Any]:
    what = f"{row['confirmation']}: {row['harm_class']}" if row["harm_class"] else row["confirmation"]
    said = (
        f"{str(row['state']).replace('_', ' ')}, {what}"
        if row["confirmation"] != "none"
        else (f"{str(row['state']).replace('_', ' ')}, nothing found")
    )
    return {
        "record_id": row["record_id"],
        "said": said,
        "when": _when(row["time"]),
        "choice": row["choice"],
        "does": CORRECTIONS["refuted"] if row["choice"] else "",
        "by": row["recorded_by"] or "nobody named",
    }


def _entity(row: Mapping[str, Any]) -> dict[str, Any]:
    others = int(str(row["records"])) - 1
    return {
        "record_id": row["record_id"],
        "choice": row["choice"],
        "does": CORRECTIONS["parted"] if row["choice"] else "",
        "said": f"{row['part'] or 'party'} {row['name'] or ''} was taken for one party with"
        f" {numbers.counted(others, 'other record')} ({row['entity']}, {numbers.share(row['probability'])} sure)",
    }


def _act(act: Mapping[str, Any]) -> dict[str, Any]:
    what = _ACTS[act["act"]]
    if act["act"] == "decided":
        what = f"Decided: {VERDICTS.get(act['verdict'], act['verdict'])}"
    elif act["act"] == "extended":
        what = f"Extended to {act['due_on']}"
    elif act["act"] == "answered":
        what = f"Answered on {act['done_on']}"
    elif act["act"] == "told":
        what = f"Told {act['recipient']}"
    return {
        "what": what,
        "words": _lines(act["words"] or ""),
        "who": act["person"],
        "when": _when(act["acted_at"]),
        "entry": act["ledger_seq"],
    }


def _letter(held: Mapping[str, Any], made: Sequence[Mapping[str, Any]]) -> str:
    """Return a first draft of the answer, in plain words; a person finishes and sends it."""
    ground = next((act["words"] for act in reversed(held["acts"]) if act["act"] == "decided"), "")
    verdict = {
        "granted": "You are right.",
        "partly": "You are right in part.",
        "refused": "We have looked again and it stands as it is.",
    }.get(held["verdict"], "")
    lines = [f"On {held['received_on']} you wrote to us: {held['words']}", verdict, f"Why: {ground}" if ground else ""]
    if made:
        kinds = list(dict.fromkeys(row["kind"] for row in made))
        lines.append("What we put right: " + "; ".join(CORRECTIONS[kind] for kind in kinds) + ".")
    told = list(dict.fromkeys(act["recipient"] for act in held["acts"] if act["act"] == "told"))
    if told:
        lines.append(f"We told those who had heard of it: {', '.join(told)}.")
    lines.append("If you do not agree, write to us again and another person looks; you can also turn to the")
    lines[-1] += " supervisory authority or the courts."
    return "\n\n".join(line for line in lines if line)


def _lines(text: str) -> Markup:
    """Return words with their line breaks; all else that a page could run or a terminal obey is spelt out."""
    return Markup("\n").join(visible(line) for line in text.splitlines())


def _when(value: object) -> str:
    return numbers.when(value.isoformat() if isinstance(value, dt.datetime) else value)
