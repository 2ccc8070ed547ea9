"""The intake page in words: what arrives, what is missing, how late, and what waits to be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from counterflow.report import numbers
from counterflow.report.charts import coverage_ladder
from counterflow.report.grid import Grid, grid

__all__ = ["REASONS", "fault_address", "intake_view", "load_address", "reason_words"]

#: why rows are refused, as said to whoever mends them
REASONS = {
    "date-format": "not written as the days of the file are",
    "no-such-day": "no such day in the calendar",
    "duplicate-record": "this record came before",
    "required-empty": "a field that no row can do without is empty",
    "country-unknown": "no country of that name or code",
    "currency-unknown": "no currency of that code",
    "number-format": "not written as the numbers of the file are",
    "negative": "less than nothing",
    "unknown-unit": "no such unit",
    "record-incomplete": "another row of the same record was refused",
    "ragged": "more or fewer fields than the header",
    "encoding": "letters in another encoding",
    "formula": "a formula where a value belongs",
}
_LATE_KEYS = {
    "sender": "Sender",
    "on_time_share": "On time",
    "p50_hours": "Half came by",
    "p90_hours": "9 in 10 by",
    "p99_hours": "99 in 100 by",
    "known": "With both times",
    "unknown": "Without",
}


def reason_words(reason: str) -> str:
    """Return a reason in words; its code where there are none."""
    return REASONS.get(reason, reason.replace("-", " "))


def fault_address(fault: Mapping[str, Any], **more: str) -> str:
    """Return the address of the page that mends a fault."""
    asked = {name: str(fault.get(name) or "") for name in ("source", "column", "reason", "batch")} | more
    return f"/intake/quarantine/fault?{urlencode({k: v for k, v in asked.items() if v})}"


def load_address(load: Mapping[str, Any]) -> str:
    """Return the address of a load's answer."""
    return f"/intake/load?{urlencode({'source': load['source'], 'batch': load['batch']})}"


def intake_view(room: Mapping[str, Any], *, may_load: bool, may_mend: bool) -> dict[str, Any]:
    """Return what the template shows, every text and number ready to stand on the page."""
    whole, by = room["whole"], room["by"]
    received = int(whole["received"])
    return {
        "synthetic": room["synthetic"],
        "empty": not room["loads"],
        "received": received,
        "answer": _answer(whole, room["open"]),
        "tiles": _tiles(whole, room),
        "may_load": may_load,
        "may_mend": may_mend,
        "ladders": [
            coverage_ladder(by["sender"]),
            coverage_ladder(by["departure"], by="departure"),
            coverage_ladder([row for row in room["trend"] if row["period"] != "(not said)"], by="period"),
        ]
        if received
        else [],
        "trend": _trend(room["trend"]),
        "late": _late(room["lateness"]),
        "missing": _missing(room["missing_fields"]),
        "law": _law(room["statutory"]),
        "loads": [_load(row) for row in room["loads"]],
        "refused": [
            {"words": reason_words(str(r["reason"])), "rows": numbers.count(r["rows"])} for r in room["refused"][:6]
        ],
        "open": numbers.count(room["open"]),
        "open_rows": room["open"],
    }


def _answer(whole: Mapping[str, Any], waiting: int) -> str:
    """Return the answer to the page's question in one or two sentences."""
    received, expected = int(whole["received"]), whole["expected"]
    if not received:
        return "No shipment records have come in yet."
    said = f"{numbers.counted(received, 'record')} came in"
    if expected:
        missing = max(int(expected) - received, 0)
        said += f" of {numbers.count(expected)} that were announced; {numbers.count(missing)} never came"
    blind = int(whole["unscreenable"])
    said += f". {numbers.count(blind)} ({numbers.share(blind / received)}) say neither what is inside nor who is"
    said += " behind it: no check can see those."
    if waiting:
        said += f" {numbers.counted(waiting, 'row')} could not be taken and {'waits' if waiting == 1 else 'wait'} to be"
        said += " mended."
    return said


def _tiles(whole: Mapping[str, Any], room: Mapping[str, Any]) -> list[dict[str, str]]:
    received, expected = int(whole["received"]), whole["expected"]
    announced = f"of {numbers.count(expected)} announced" if expected else "nobody announced how many would come"
    lacking = max(room["missing_fields"], key=lambda row: row["missing"], default=None)
    worst = (
        f"most often missing: {str(lacking['field']).replace('_', ' ')}" if lacking else "no required field is missing"
    )
    share = whole["on_time_share"]
    return [
        _tile("Records received", numbers.count(received), announced, doubt=bool(expected) and received < expected),
        _tile("Complete", numbers.share(whole["complete_share"]), worst, doubt=False),
        _tile("On time", numbers.share(share), "of those that tell both times", doubt=share is None),
        _tile(
            "Waiting to be mended",
            numbers.count(room["open"]),
            "refused rows, each with its reason",
            doubt=room["open"] > 0,
        ),
    ]


def _tile(label: str, value: str, detail: str, *, doubt: bool) -> dict[str, str]:
    return {"label": label, "value": value, "detail": detail, "tone": "doubt" if doubt else ""}


def _trend(rows: Sequence[Mapping[str, Any]]) -> Grid:
    shown = []
    for row in rows:
        if row["period"] == "(not said)":
            continue
        line = {
            "Month": row["period"],
            "Received": numbers.count(row["received"]),
            "Announced": numbers.count(row["expected"]),
        }
        for name, words in (("complete_share", "Complete"), ("valid_share", "Valid"), ("on_time_share", "On time")):
            change = row[f"{name}_change"]
            moved = f" ({change:+.1f} points)" if change is not None and abs(change) >= 0.05 else ""
            line[words] = f"{numbers.share(row[name])}{moved}"
        shown.append(line)
    return grid(shown[-12:])


def _late(rows: Sequence[Mapping[str, Any]]) -> Grid:
    worst = sorted(rows, key=lambda r: (r["on_time_share"] is None, r["on_time_share"] or 0, str(r["sender"])))
    shown = []
    for row in worst[:40]:
        line = {}
        for key, words in _LATE_KEYS.items():
            value = row[key]
            line[words] = (
                _hours(value) if key.endswith("_hours") else (numbers.share(value) if key == "on_time_share" else value)
            )
        shown.append(line)
    return grid(shown)


def _hours(value: float | None) -> str:
    """Return hours around the moment it was due.

    >>> _hours(-13.03), _hours(6.9), _hours(None)
    ('13 h early', '6.9 h late', '–')
    """
    if value is None:
        return numbers.ABSENT
    return f"{numbers.amount(abs(round(value, 1)))} h {'early' if value <= 0 else 'late'}"


def _missing(rows: Sequence[Mapping[str, Any]]) -> Grid:
    ordered = sorted(rows, key=lambda row: (-row["missing"], row["field"]))
    return grid(
        [
            {
                "Field": str(row["field"]).replace("_", " "),
                "Missing on": numbers.counted(row["missing"], "record"),
                "Present": numbers.share(row["present_share"]),
            }
            for row in ordered
        ]
    )


def _law(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    latest: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        latest[str(row["target"])] = row
    return [
        {
            "asked": numbers.share(row["asked"]),
            "share": numbers.share(row["share"]),
            "met": bool(row["met"]),
            "month": row["period"],
            "says": row["says"],
            "law": row["law"],
            "citation": row["citation"],
            "counted": f"{numbers.count(row['with_data'])} of {numbers.count(row['of_records'])} {row['of']},"
            f" {numbers.count(row['in_time'])} of them in time",
            "recalled": row["read"] == "recalled",
            "unseen": row["of"] == "received",
        }
        for row in latest.values()
    ]


def _load(row: Mapping[str, Any]) -> dict[str, Any]:
    reasons = row["reasons"]
    told = json.loads(reasons) if isinstance(reasons, str) else dict(reasons or {})
    return {
        "file": row["file"] or row["batch"],
        "source": row["source"],
        "when": numbers.when(row["received_at"].isoformat()),
        "read": numbers.count(row["read"]),
        "accepted": numbers.count(row["accepted"]),
        "rejected": numbers.count(row["rejected"]),
        "open": row["open"],
        "reasons": ", ".join(f"{reason_words(k)} {v}" for k, v in sorted(told.items(), key=lambda i: -i[1])[:3]),
        "address": load_address(row),
    }
