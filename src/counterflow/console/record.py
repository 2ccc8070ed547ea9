"""One record: what happened to it, what was found on it and by which law, who is named, what its keys did before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console import queue_view as view
from counterflow.console.layout import page
from counterflow.console.record_files import shown_files
from counterflow.flow.queue_ask import SERIOUS, STATES
from counterflow.flow.record_file import record_file
from counterflow.report import numbers
from counterflow.report.grid import grid
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_MOST_PAST = 40


@router.get("/record", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("record")],
    source: Annotated[str, Query(max_length=200)],
    record_id: Annotated[str, Query(max_length=500, alias="id")],
) -> HTMLResponse:
    """Show the file of one record."""
    file = record_file(site_of(request).workspace, source, record_id)
    who.saw([f"{source}/{record_id}"])
    return page(request, "record/page.html", _shown(file, who))


def _shown(file: Mapping[str, Any], who: Visitor) -> dict[str, Any]:
    record = file["record"]
    return {
        "source": record["source"],
        "record_id": record["record_id"],
        "address": view.record_address(record["source"], record["record_id"]),
        "key": view.key_of(record),
        "verdict": _verdict(file),
        "declared": _facts(record, file),
        "goods": grid(file["goods"], ("line", "description", "hs", "quantity", "unit", "mass_kg", "value", "currency",
                                      "origin")),
        "findings": [_finding(row) for row in file["findings"]],
        "screened": bool(file["screenings"]),
        "parties": [_party(row) for row in file["parties"]],
        "erased": view.moment_words(file["erased_at"]) if file["erased_at"] else "",
        "keys": grid([_past(row) for row in file["keys"][:_MOST_PAST]]),
        "timeline": [moment | {"time": view.moment_words(moment["time"])} for moment in file["timeline"]],
        "plans": [_plan(row) for row in reversed(file["plans"])],
        "may_see_plans": who.may("sheet"),
        "notes": [note | {"acted_at": view.moment_words(note["acted_at"])} for note in file["notes"]],
        "ledger": [entry | {"time": view.moment_words(entry["time"])} for entry in file["ledger"]],
        "may_act": who.may("record", "act") and who.may("queue", "act"),
        "hand": _hand(file["acts"]),
        "released": _released(file["acts"]),
        "may_ledger": who.may("ledger"),
        "may_look_up": who.may("parties"),
        "may_take_in": who.may("redress-intake", "act"),
    } | shown_files(file, who)  # fmt: skip


def _verdict(file: Mapping[str, Any]) -> str:
    """Return what a reader wants to know first, in one sentence."""
    serious = [f for f in file["findings"] if f["harm_class"] in SERIOUS and not f["unjudged"]]
    alike = sum(f["unjudged"] for f in file["findings"])
    if not file["screenings"]:
        found = "It waits for its checks"
    elif serious:
        found = f"{numbers.counted(len(serious), 'finding')} about harm"
    elif alike:
        found = "A name on it is like a listed one, and nobody has judged that yet"
    elif file["findings"]:
        about = numbers.counted(len(file["findings"]), "finding")
        found = f"Nothing about harm was found; {about} on how it was declared"
    else:
        found = "The checks found nothing; that is no proof that nothing is there"
    beside = f"; {numbers.counted(alike, 'alike name')} beside, not judged yet" if alike and serious else ""
    return f"{found}{beside}. {_stands(file)}"


def _stands(file: Mapping[str, Any]) -> str:
    if file["outcomes"]:
        last = file["outcomes"][-1]
        proof = {
            "none": "nothing was found",
            "suspected": "a find is suspected",
            "presumptive": "a presumptive test was positive, which is no find until a laboratory confirms it",
            "confirmed": f"{last['harm_class'] or 'something'} was found, confirmed",
            "refuted": "a suspicion was refuted",
        }[last["confirmation"]]
        state = STATES[last["state"].replace("_", " ")]
        return f"It {state}" + (f"; {proof}." if last["state"] == "inspected" else ".")
    if _released(file["acts"]):
        return "Two people released it."
    planned = [row for row in file["plans"] if row["arm"]]
    if planned:
        row = planned[-1]
        return f"It is number {row['rank']} on the sheet of {row['office']}, {row['lane']}, {row['day']}."
    return "Nobody has decided about it." if not _hand(file["acts"]) else f"{_hand(file['acts'])} has it in hand."


def _hand(acts: list[dict[str, Any]]) -> str:
    moves = [act for act in acts if act["act"] in ("take", "give-back")]
    return str(moves[-1]["person"]) if moves and moves[-1]["act"] == "take" else ""


def _released(acts: list[dict[str, Any]]) -> bool:
    moves = [act for act in acts if act["act"] in ("release", "reopen")]
    return bool(moves) and moves[-1]["act"] == "release"


def _facts(record: Mapping[str, Any], file: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return the declared facts as (name, text, is long)."""
    amount = "" if record["value"] is None else f"{numbers.amount(record['value'])} {record['currency'] or ''}".strip()
    load = file["load"]
    pairs: list[tuple[str, Any]] = [
        ("Kind", record["kind"]), ("Item", record["item_id"]), ("Sent by", record["sender"]),
        ("From", record["departure"]), ("Origin of the goods", record["origin"]), ("To", record["destination"]),
        ("Office", record["office"]), ("Lane", record["lane"]), ("Direction", record["direction"]),
        ("Mass", None if record["mass_kg"] is None else f"{numbers.amount(record['mass_kg'])} kg"), ("Value", amount),
        ("Pieces", record["pieces"]), ("Left empty", ", ".join(record["missing"] or []).replace("_", " ")),
        ("File", load.get("file")), ("Load", load.get("batch")), ("Read with", load.get("mapping")),
    ]  # fmt: skip
    pairs += [(str(name), value) for name, value in (record["attributes"] or [])]
    return [(name, str(value), len(str(value)) > 40) for name, value in pairs if value not in (None, "")]


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    where = f"line {row['part']}" if str(row["part"]).isdigit() else row["part"]
    grounds = " ".join(str(g) for g in (row["reference"], row["reference_version"]) if g)
    return {
        "code": view.code_words(row["code"]), "serious": row["harm_class"] in SERIOUS and not row["unjudged"],
        "sentence": row["sentence"],
        "strength": f"{row['strength']:.2f}", "meaning": row["meaning"], "text": row["text"], "matched": row["matched"],
        "where": " of ".join(str(w).replace("_", " ") for w in (row["field"], where) if w), "citation": row["citation"],
        "reference_text": row["reference_text"], "grounds": grounds, "unjudged": row["unjudged"],
        "check": f"{row['check']} {row['check_version']}",
    }  # fmt: skip


def _party(row: Mapping[str, Any]) -> dict[str, Any]:
    named = ("name", "address", "postcode", "country", "phone", "email", "born", "identifier")
    return {
        "role": row["role"],
        "name": row["name"] or "",
        "facts": [(name.capitalize(), str(row[name]), False) for name in named if row[name]],
        "entity": row["entity"] or "",
        "others": max((row["records"] or 1) - 1, 0),
        "probability": numbers.share(row["probability"]) if row["probability"] is not None else "",
    }


def _past(row: Mapping[str, Any]) -> dict[str, Any]:
    days = "" if row["first"] is None else f"{row['first']} to {row['last']}"
    return {
        "same": row["key"], "value": row["value"], "earlier_records": row["records"], "inspected": row["inspected"],
        "nothing_found": row["clean"], "confirmed": row["confirmed"], "refuted": row["refuted"], "declared": days,
    }  # fmt: skip


def _plan(row: Mapping[str, Any]) -> dict[str, Any]:
    chance = row["inclusion_probability"]
    return {
        "day": str(row["day"]), "arm": row["arm"], "rank": row["rank"], "reasons": row["reasons"] if row["arm"] else [],
        "harm": numbers.amount(row["expected_harm"]), "sheet": _sheet(row) if row["arm"] else "",
        "random": numbers.share(chance) if chance else "none: no resource reaches it",
        "where": ", ".join(str(row[k]) for k in ("office", "lane") if row[k]),
    }  # fmt: skip


def _sheet(row: Mapping[str, Any]) -> str:
    day: dt.date = row["day"]
    named = {"office": row["office"] or "", "lane": row["lane"] or "", "day": day.isoformat(), "plan": row["plan"]}
    return f"/sheet?{urlencode(named)}"
