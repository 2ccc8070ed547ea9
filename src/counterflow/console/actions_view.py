"""What the pages of actions show, every text and number ready to stand in the template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.account.actions.forecast import Forecast
from counterflow.account.actions.terms import AUTHORS
from counterflow.flow.account_action_page import SHORT, coverage_text, forecast_rows, harm_lines, score_rows, small
from counterflow.report import numbers
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.expected import expected_chart
from counterflow.report.grid import grid

__all__ = ["action_view", "example_action", "example_closing", "page_view"]

_STATES = {
    "to come": "sealed, to come", "running": "running", "to close": "over: say what was done",
    "to score": "due for scoring", "waiting": "windows still run", "scored": "scored", "cancelled": "cancelled",
}  # fmt: skip
_STANDING = {"unforecast": "emergency, unforecast", "late": "late, no forecast"}


def page_view(rows: Sequence[Mapping[str, Any]], record: Mapping[str, Any], *, may_see: bool) -> dict[str, Any]:
    """Return the list and the record.

    Args:
        rows: what `listed` gives.
        record: what `record_of` gives.
        may_see: whether this visitor may see what is still to come.
    """
    counts = record["counts"]
    return {
        "rows": [_row(row, may_see) for row in rows], "as_of": record["as_of"],
        "harm": harm_lines(record["harm_first"]),
        "flagged": [row for row in record["classes"] if row["flagged"]],
        "classes": grid([_class(row) for row in record["classes"]]),
        "coverage": grid([_coverage(row) for row in record["coverage"]]),
        "by_measure": grid([_coverage(row) for row in record["by_measure"]]),
        "by_kind": grid([_coverage(row) for row in record["by_kind"]]),
        "counts": [(name.replace("_", " "), numbers.count(counts[name]), False) for name in (
            "actions", "forecast", "unforecast", "late", "scored", "harm_rose", "overdue", "cancelled")],
        "overdue": [row["action"] for row in record["overdue"]], "words": record["words"],
    }  # fmt: skip


def _row(row: Mapping[str, Any], may_see: bool) -> dict[str, Any]:
    hidden = row["state"] == "to come" and not may_see
    marks = [
        mark for mark, there in (
            ("harm rose", row["harm"]), (_STANDING.get(row["standing"], ""), row["standing"] != "sealed"),
            ("words changed", not row["intact"]),
        ) if there
    ]  # fmt: skip
    return {
        "hidden": hidden, "action": "" if hidden else row["action"],
        "title": "An action that has not begun" if hidden else row["title"], "harm": row["harm"],
        "what": "" if hidden else f"{row['kind']}, {row['substance_class']}",
        "days": "" if hidden else f"{row['starts']} to {row['ends']}",
        "state": row["state"].replace(" ", "-"), "state_words": _STATES[row["state"]], "marks": marks,
        "held": f"{row['inside']} of {row['scored']}" if row["scored"] else numbers.ABSENT,
        "alerted": "told" if row["alerted"] else "not told",
        "sealed": f"entry {numbers.count(row['sealed_seq'])}, {numbers.when(_iso(row['sealed_at']))}",
    }  # fmt: skip


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)


def _class(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Kind": row["kind"], "Substances": row["substance_class"], "Harm": row["measure"], "Uses": row["uses"],
        "Rose above": row["rose"], "Evidence (e-value)": f"{row['e_value']:.3g}",
        "Happened over expected": "" if row["mean_ratio"] is None else f"{row['mean_ratio']:.2f}",
        "Flagged": f"at use {row['flagged_at_use']}" if row["flagged"] else "no",
    }  # fmt: skip


def _coverage(row: Mapping[str, Any]) -> dict[str, Any]:
    told = coverage_text(row)
    names = {"by": "Forecast by", "measure": "Measure", "kind": "Kind", "scores": "Scores", "held_50": "50 % held",
             "held_80": "80 % held", "held_90": "90 % held", "bias": "Bias"}  # fmt: skip
    return {words: told[name] for name, words in names.items() if name in told}


def action_view(told: Mapping[str, Any], least: int) -> dict[str, Any]:
    """Return one action."""
    row, closing = told["action"], told["closing"]
    return {
        "action": row["action"], "title": row["title"], "state": told["state"].replace(" ", "-"),
        "state_words": _STATES[told["state"]], "harm": told["harm"], "intact": row["intact"],
        "standing": _STANDING.get(row["standing"], ""), "reason": row["reason"], "design": row["design"],
        "facts": _facts(row), "silent": told["silent_on"],
        "forecasts": grid([_forecast(one) for one in forecast_rows(row["forecasts"])]),
        "chart": _chart(row["forecasts"], told["scores"], least),
        "counted": sorted({f"{one['source']}, as of {one['as_of']}" for one in told["scores"]}),
        "scores": grid([_score(one) for one in score_rows(told["scores"], least)]), "scored": bool(told["scores"]),
        "alerts": [_alert(one) for one in told["alerts"]],
        "closing": None if closing is None else _closing(closing, told["outputs"]),
        "can_alert": closing is None and bool(row["area"]) and not told["alerts"],
        "can_close": closing is None and told["state"] in ("running", "to close"),
        "can_score": told["state"] == "to score",
    }  # fmt: skip


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    return [
        ("Kind", row["kind"], False), ("Substances", row["substance_class"], False),
        ("Planned", f"{row['starts']} to {row['ends']}", False),
        ("Area", row["area"] or row["place_words"] or numbers.ABSENT, False),
        ("Sealed", f"ledger entry {numbers.count(row['sealed_seq'])}, {numbers.when(_iso(row['sealed_at']))}", False),
        ("Digest", "as sealed" if row["intact"] else "not what was sealed", False),
        ("Resources", row["resources"], False), ("Judged by", row["evaluation_design"], False),
    ]  # fmt: skip


def _forecast(row: Mapping[str, str]) -> dict[str, str]:
    return {
        "Measure": row["measure"], "Forecast by": row["by"], "Days": row["days"], "Middle": row["middle"],
        "50 %": row["half"], "90 %": row["wide"], "Unit": row["of"], "Why not": row["why_not"],
    }  # fmt: skip


def _score(row: Mapping[str, str]) -> dict[str, str]:
    return {
        "Measure": row["measure"], "Forecast by": row["by"], "Days": row["days"], "Happened": row["observed"],
        "Expected": row["middle"], "Intervals": row["held"], "Harm": row["harm"], "Score (0 is best)": row["score"],
    }  # fmt: skip


def _alert(row: Mapping[str, Any]) -> dict[str, Any]:
    sent = row["as_sent"]
    return {
        "facts": [
            ("Area", f"{sent['area']} ({sent['level']})", False),
            ("Months", f"{sent['period']['from']} to {sent['period']['to']}", False),
            ("Substances", sent["substance_class"], False), ("Received by", row["received_by"], False),
            ("Sent", f"{numbers.when(_iso(row['sent_at']))}{', LATE' if row['late'] else ''}", False),
            ("Ledger entry", numbers.count(row["ledger_seq"]), False),
        ],
        "words": sent["words"],
    }  # fmt: skip


def _closing(closing: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    if closing["cancelled"]:
        return {"words": f"Cancelled: {closing['done']}", "seized": []}
    seized = []
    for one in outputs.get("seized", []):
        pure = "purity not measured"
        if one["pure_low_kg"] is not None:
            pure = f"{one['pure_low_kg']:.4g} to {one['pure_high_kg']:.4g} kg pure"
        seized.append(f"{one['substance']}: {one['mass_kg']:g} kg, {pure} ({one['source']})")
    return {"words": f"{closing['starts']} to {closing['ends']}: {closing['done']}", "seized": seized}


def _chart(forecasts: Sequence[Forecast], scores: Sequence[Mapping[str, Any]], least: int) -> Chart:
    """Return forecasts of counts as multiples of what counts alone led to expect in the same days."""
    alone = {(one.measure, one.starts, one.ends): one.at(0.5) for one in forecasts if one.by == "history"}
    happened = {int(one["number"]): None if small(one, least) else float(one["observed"]) for one in scores}
    rows = []
    for number, one in enumerate(forecasts, 1):
        unit, wide, half = alone.get((one.measure, one.starts, one.ends)), one.interval(0.9), one.interval(0.5)
        if not unit or wide is None or half is None or one.basis != "value":
            continue
        seen, middle = happened.get(number), one.at(0.5) or 0.0
        rows.append({
            "name": f"{one.measure}: {_whose(one)}", "low": wide[0] / unit,
            "high": wide[1] / unit, "low50": half[0] / unit, "high50": half[1] / unit, "middle": middle / unit,
            "happened": None if seen is None else seen / unit,
            "text": (f"{one.measure}, {one.window}: {AUTHORS[one.by]}", numbers.amount(middle),
                     f"{numbers.amount(wide[0])} to {numbers.amount(wide[1])}", numbers.amount(seen)),
        })  # fmt: skip
    return expected_chart(rows)


def _whose(one: Forecast) -> str:
    """Return whose forecast; of the first weeks there is that of the counts alone."""
    return "first weeks" if one.window == "first weeks" else SHORT[one.by].removeprefix("the ")


def example_action(today: dt.date) -> str:
    """Return an action to begin from, four weeks from next Monday."""
    start = today + dt.timedelta(days=7 - today.weekday())
    ends = start + dt.timedelta(days=27)
    return f"""action = "name-of-it"
kind = "operation"             # campaign, takedown, sanction, scheduling, listing, broker-removal
title = "What it is about"
starts = {start}
ends = {ends}
area = "County"                # as watch counts it
substance_class = "opioids"
resources = "2 officers, 9,600 minutes"
evaluation_design = "Against which counties, over which months, by which estimators"
possible_targets = 40          # how many it could be aimed at there, to a reader

[counts.overdoses]             # the series in which it is counted
measure = "overdoses"

[[forecast]]                   # one for each measure; or why_not = "nobody measures it"
measure = "overdoses"
basis = "relative change"      # against the same days without the action
value = -0.05
low = -0.2
high = 0.2
level = 0.9
to = {ends + dt.timedelta(weeks=3)}
unit = "relative change"
method = "judgement of the planning group"
source = "what it rests on"
as_of = {today}

[[forecast]]
measure = "burden"
why_not = "nobody counts stops here yet"
"""


def example_closing(row: Mapping[str, Any]) -> str:
    """Return a closing to begin from."""
    return f"""starts = {row["starts"]}            # its days as they were
ends = {row["ends"]}
done = "What was done, in words"

# [[seized]]
# substance = "fentanyl"
# mass_kg = 1.5
# purity_low = 0.05            # leave both out where nobody measured it
# purity_high = 0.12
# source = "laboratory"
"""
