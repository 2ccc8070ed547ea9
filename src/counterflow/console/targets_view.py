"""What the pages of targets show, every text and number ready to stand in the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from counterflow.account.indicators.amounts import as_text
from counterflow.report import numbers
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.target import target_chart

__all__ = ["board_view", "check_view", "target_view"]

_TONES = {"met": "good", "on track": "good", "behind": "doubt", "missed": "bad", "not assessable": "none"}
_KINDS = {
    "input": "input: what goes in", "output": "output: what was done", "outcome": "outcome: what people gain or lose",
    "counter": "counter-indicator: what it may harm", "rate": "rate: of all there is",
}  # fmt: skip
_PARTS = (("outcome", "Outcome"), ("counter", "Counter-indicator"), ("rate", "Rate"))


def board_view(board: Mapping[str, Any], names: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the board of a pack for a committee: the answer first, then targets by kind, refusals, claims, steps."""
    rows = [_row(row, board["pack"]) for row in board["rows"]]
    readings = [one for row in board["rows"] for one in row["readings"]]
    return {
        "pack": board["pack"], "title": board["title"] or board["pack"], "packs": names,
        "answer": _answer(board, readings), "tiles": _tiles(board, readings),
        "kinds": [(words, [row for row in rows if row["kind"] == kind]) for kind, words in _KINDS.items()],
        "refused": [_refused(row, board["pack"]) for row in board["refused"]],
        "claims": [_claim(row) for row in board["claims"]], "flags": _flags(board),
        "steps": [_step(row) for row in board["steps"]],
        "commitments": [_commitment(row) for row in board["commitments"]],
        "notes": board["notes"], "made_on": board["made_on"], "as_of": board["as_of"] or "no actual",
        "edition": board["edition"],
    }  # fmt: skip


def _answer(board: Mapping[str, Any], readings: Sequence[Mapping[str, Any]]) -> str:
    if not board["rows"] and not board["refused"]:
        return "This pack holds no target."
    said = {status: sum(one["status"] == status for one in readings) for status in _TONES}
    told = [f"{count} {status}" for status, count in said.items() if count]
    words = f"Of {numbers.counted(len(readings), 'reading')} shown: {', '.join(told) or 'none'}."
    if board["refused"]:
        words += f" {len(board['refused'])} refused: their record does not hold, or an output stands alone."
    return words


def _tiles(board: Mapping[str, Any], readings: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    def of(*statuses: str) -> int:
        return sum(one["status"] in statuses for one in readings)

    late = sum(row["state"] in ("overdue", "done late") for row in board["steps"])
    return [
        {"label": "Met or on track", "value": numbers.count(of("met", "on track")), "detail": "readings of targets",
         "tone": ""},
        {"label": "Behind or missed", "value": numbers.count(of("behind", "missed")), "detail": "readings of targets",
         "tone": "doubt" if of("behind", "missed") else ""},
        {"label": "Not assessable", "value": numbers.count(of("not assessable")),
         "detail": "no baseline, no actual, or a changed definition", "tone": "doubt" if of("not assessable") else ""},
        {"label": "Refused", "value": numbers.count(len(board["refused"])),
         "detail": "outputs alone, records that do not hold", "tone": "doubt" if board["refused"] else ""},
        {"label": "Mandated steps late", "value": f"{late} of {len(board['steps'])}", "detail": "see time to implement",
         "tone": ""},
    ]  # fmt: skip


def _row(row: Mapping[str, Any], pack: str) -> dict[str, Any]:
    return {
        "id": row["id"], "address": f"/targets/{quote(row['id'], safe='')}?pack={quote(pack, safe='')}",
        "words": row["words"], "kind": row["kind"], "quote": row["quote"], "owner": row["owner"] or "nobody named",
        "unit": row["unit"], "sdg": ", ".join(row["sdg"]), "baseline": _baseline(row), "latest": _latest(row["latest"]),
        "source": row["source"], "readings": [_reading(one) for one in row["readings"]],
        "beside": _beside(row["beside"]), "left_out": row["other_definition"],
    }  # fmt: skip


def _baseline(row: Mapping[str, Any]) -> str:
    base = row.get("baseline")
    if not base:
        return "not stated"
    return f"{as_text(base['value'])} in {base['period'] or 'no day given'}"


def _latest(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "none on record"
    ends = ""
    if found.get("low") is not None and found.get("high") is not None:
        ends = f" ({as_text(found['low'])} to {as_text(found['high'])})"
    when = found.get("period") or found.get("area") or "this house's days"
    value = found.get("value")
    return f"{as_text(value) if isinstance(value, int | float) else 'interval only'}{ends} in {when}"


def _reading(one: Mapping[str, Any]) -> dict[str, Any]:
    chance = one["p_reach"]
    return {
        "id": one["id"], "words": one["words"], "deadline": one["deadline"], "status": one["status"],
        "tone": _TONES[one["status"]], "reason": one["reason"],
        "value": as_text(one["value"]) if one["value"] is not None else "a relative change only",
        "chance": _chance(chance), "why": chance.get("why") or "",
    }  # fmt: skip


def _chance(found: Mapping[str, Any]) -> str:
    if found.get("probability") is None:
        return "not given"
    return f"{_percent(found['probability'])} ({_percent(found['low'])} to {_percent(found['high'])})"


def _percent(value: float) -> str:
    """Return a probability in words that claim no more than the draws can tell."""
    return "under 1 %" if value < 0.01 else "over 99 %" if value > 0.99 else f"{value:.0%}".replace("%", " %")


def _beside(found: Mapping[str, Any]) -> list[dict[str, str]]:
    shown = []
    for part, words in _PARTS:
        pair = found.get(part)
        if pair is None:
            continue
        latest = _latest(pair["latest"]) if pair["latest"] else pair["why_not"] or "nothing measured"
        shown.append({"part": words, "words": pair["words"], "latest": latest})
    return shown


def _refused(row: Mapping[str, Any], pack: str) -> dict[str, Any]:
    address = f"/targets/{quote(row['id'], safe='')}?pack={quote(pack, safe='')}" if "readings" in row else ""
    readings = [_promise(one, row) for one in row.get("readings", [])]
    return {"id": row["id"], "what": row["what"], "why": row["why"], "quote": row.get("quote", ""),
            "readings": readings, "address": address, "beside": _beside(row.get("beside") or {})}  # fmt: skip


def _promise(one: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    value = as_text(one["value"]) if one["value"] is not None else "a change"
    words = f" ({one['words']})" if one["words"] else ""
    return f"{value} {row.get('unit') or ''} by {one['deadline']}{words}"


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    value = "" if row["value"] is None else f"{row['sign']} {as_text(row['value'])} {row['unit']}".strip()
    return {"id": row["id"], "quote": row["quote"], "document": row["document"], "value": value,
            "period": row["period"] or "", "latest": _latest(row["latest"]) if row["latest"] else "",
            "flags": row["flags"], "note": row["note"]}  # fmt: skip


def _flags(board: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(one["problem"]) for one in board["flags"]))


def _step(row: Mapping[str, Any]) -> dict[str, str]:
    slip = row["slip_days"]
    told = (
        ""
        if slip is None
        else f"{'at least ' if row['at_least'] else ''}{numbers.count(slip)} days"
        if slip
        else "none"
    )
    expected = row["expected_slip_days"]
    return {"words": row["words"], "mandate": row["mandate"], "due": row["due"] or "no day", "state": row["state"],
            "done": row["done"] or "", "slip": told, "source": row["source"],
            "expected": f"{row['expected']}: {numbers.count(expected)} days late" if expected else ""}  # fmt: skip


def _commitment(row: Mapping[str, Any]) -> dict[str, str]:
    asked = f"{row['answered']} of {row['requests']} answered" if row["requests"] else "no request on record"
    in_time = (
        "" if row["in_time"] is None or not row["requests"] else f"{row['in_time']} in {row['answer_days']:g} days"
    )
    wait = "" if row["longest_wait_days"] is None else f"longest wait {row['longest_wait_days']} days"
    middle = f"median {row['median_days']:g} days" if row["median_days"] is not None else row["why_not"]
    return {"partner": row["partner"], "promise": row["promise"], "due": row["due"] or "no day",
            "requests": "; ".join(part for part in (asked, in_time, wait) if part), "median": middle,
            "source": row["source"]}  # fmt: skip


def target_view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return one target: its words, its readings with a chart each, actuals, variances and what its record lacks."""
    row = told["target"]
    unit = str(row.get("unit") or "")
    readings = {one["id"]: one for one in row["readings"]}
    charts = [
        _chart(told, path, readings[path["reading"]], unit, place)
        for place, path in enumerate(told["path"])
        if path["reading"] in readings and (told["actuals"] or len(path["points"]) > 1)
    ]
    shown = _row(row, told["pack"]) if not told["refused"] else _refused(row, told["pack"])
    return {
        "pack": told["pack"], "row": shown, "refused": told["refused"], "locked": told["locked"], "charts": charts,
        "words": row.get("words") or row.get("what"), "quote": row.get("quote"), "document": row.get("document"),
        "facts": _facts(told, row),
        "actuals": [
            {"period": one["period"], "value": as_text(one["value"]), "interval": _ends(one), "source": one["source"],
             "as_of": one["as_of"] or "not said", "note": one["note"], "definition": one["definition"]}
            for one in reversed(told["actuals"])
        ],
        "others": [one | {"value": _latest(one).rpartition(" in ")[0]} for one in row.get("others", [])],
        "problems": told["problems"], "breaks": row.get("breaks", []),
        "variances": [one | {"expected": as_text(one["expected"]), "actual": as_text(one["actual"]),
                             "deviation": f"{one['deviation']:+.0%}"} for one in told["variances"]],
    }  # fmt: skip


def _facts(told: Mapping[str, Any], row: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    locked = f"since {told['locked']}; an edit needs two people" if told["locked"] else "not locked"
    pairs = [
        ("Kind", _KINDS.get(row.get("kind", ""), "not said"), False), ("Unit", row.get("unit") or "not said", False),
        ("Better is", row.get("direction") or "see the record", False), ("Baseline", _baseline(row), False),
        ("Owner", row.get("owner") or "nobody named", False), ("Expectations", locked, False),
        ("Definition", row.get("definition") or "not said", False),
        ("Sustainable Development Goals", ", ".join(row.get("sdg", [])) or "none named", False),
        ("Source", row.get("source") or "none", True),
    ]  # fmt: skip
    return [(name, str(value), long) for name, value, long in pairs]


def _ends(one: Mapping[str, Any]) -> str:
    if one["low"] is None or one["high"] is None:
        return ""
    return f"{as_text(one['low'])} to {as_text(one['high'])}"


def _chart(
    told: Mapping[str, Any], path: Mapping[str, Any], reading: Mapping[str, Any], unit: str, place: int
) -> Chart:
    counted = [{"day": one["period_end"], "value": one["value"], "low": one["low"], "high": one["high"],
                "period": one["period"]} for one in told["actuals"]]  # fmt: skip
    breaks = [{"day": one["on"], "words": one["words"]} for one in told["target"].get("breaks", [])]
    forecast = reading.get("p_reach", {}).get("path") or []
    title = f"By {reading['deadline']}" + (f", reading {reading['id']}" if reading["id"] else "")
    return target_chart(title, unit, counted, path["points"], forecast, breaks, place=f"target-{place}")


def check_view(pack: Any, text: str, file: str, locked: Sequence[str]) -> dict[str, Any]:
    """Return what a pack lacks, for the page where it was sent."""
    counts = {
        severity: sum(one.severity == severity for one in pack.problems) for severity in ("error", "warning", "note")
    }
    said = (
        f"{file}: {numbers.counted(len(pack.targets), 'target')}, {numbers.counted(counts['error'], 'error')}, "
        f"{numbers.counted(counts['warning'], 'warning')}."
    )
    return {"pack": pack.name, "answer": said, "counts": counts, "text": escape(text), "locked": list(locked),
            "problems": [one.as_dict() for one in pack.problems]}  # fmt: skip
