"""Oversight in words: who stands apart and by what, what may explain it, which reviews run, pairs, and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.account.oversight.integrity import Report
from counterflow.account.oversight.signals import FAMILIES, KINDS
from counterflow.flow.account_reviews import VERDICTS
from counterflow.report import numbers
from counterflow.report.charts.integrity import evidence_chart
from counterflow.report.grid import grid

__all__ = ["log_rows", "pair_rows", "patterns_view", "review_view", "reviews_view"]

#: officers listed who do not stand apart; the rest are in the chart and its table
_SHOWN = 3
_STATES = {"asked": "asked, no reply yet", "silent": "the day passed without a reply", "replied": "replied",
           "concluded": "concluded"}  # fmt: skip
_ACTS = {"replied": "The officer replied", "noted": "Note", "concluded": "Concluded", "reopened": "Opened again"}


def patterns_view(report: Report) -> dict[str, Any]:
    """Return what the page shows of a report."""
    flagged = [row for row in report.rows if row["flagged"]]
    named = [row for row in flagged if row["named"]]
    shown = len(flagged) + _SHOWN
    return {
        "answer": _answer(len(report.rows), len(flagged), len(named)),
        "chart": evidence_chart(report.rows),
        "officers": [_officer(row) for row in report.rows[:shown]],
        "more": max(len(report.rows) - shown, 0),
        "signals": [_signal(one) for one in report.signals],
        "left_out": [{"name": KINDS[name].says, "why": why} for name, why in report.left_out.items()],
        "said": [said[:1].upper() + said[1:] for said in report.said],
        "source": report.source, "as_of": report.as_of,
    }  # fmt: skip


def _answer(officers: int, flagged: int, named: int) -> str:
    if not flagged:
        return f"Of {officers} officers nobody stands out beyond honest spread."
    verb = "stands" if flagged == 1 else "stand"
    said = f"{flagged} of {officers} officers {verb} apart"
    if not named:
        return f"{said}, by one signal only: look at the work, ask nobody yet."
    return f"{said}, {named} by two independent signals: ask, and hear the reply."


def _officer(row: Mapping[str, Any]) -> dict[str, Any]:
    families = str(row["families"]).replace("look_ups", "look-ups").split()
    return {
        "code": row["officer"], "decisions": numbers.count(row["decisions"]), "flagged": row["flagged"],
        "named": row["named"], "chance": _chance(row["posterior"]), "families": [FAMILIES[f] for f in families],
        "reasons": [part for part in str(row["reasons"]).split("; ") if part],
    }  # fmt: skip


def _chance(value: float) -> str:
    return "over 99 %" if value > 0.99 else "under 1 %" if value < 0.01 else f"{value * 100:.0f} %"


def _signal(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "says": one["says"], "family": FAMILIES[one["family"]], "innocent": one["innocent"],
        "counted": f"{numbers.count(one['count'])} of {numbers.count(one['total'])}",
    }  # fmt: skip


def reviews_view(reviews: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the reviews as lines, open ones first."""
    return [
        {"id": row["review"], "code": row["officer"], "state": _STATES[row["state"]],
         "verdict": VERDICTS.get(row["verdict"], ""), "due": row["reply_due_on"].isoformat(),
         "late": row["state"] == "silent", "open": row["state"] != "concluded"}
        for row in reviews
    ]  # fmt: skip


def review_view(held: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what the page of one review shows; `name` is who stands behind the code, "" for an outside file."""
    pattern = held["pattern"]
    acts = [
        {"what": _ACTS[act["act"]], "when": numbers.when(act["acted_at"].isoformat()), "who": act["person"],
         "words": act["words"], "verdict": VERDICTS.get(act["verdict"] or "", ""), "entry": act["ledger_seq"]}
        for act in held["acts"]
    ]  # fmt: skip
    return {
        "review": held["review"], "code": held["officer"], "name": name, "of": held["of"],
        "state": held["state"], "state_words": _STATES[held["state"]], "verdict": VERDICTS.get(held["verdict"], ""),
        "question": held["question"], "due": held["reply_due_on"].isoformat(), "opened_by": held["person"],
        "reasons": [part for part in str(pattern.get("reasons", "")).split("; ") if part], "acts": acts,
        "chance": _chance(pattern["posterior"]) if "posterior" in pattern else "",
        "verdicts": list(VERDICTS.items()),
    }  # fmt: skip


def pair_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return pairs of asker and second person as a table."""
    told = [
        {"asker": row["asker"], "second person": row["second"], "acts": row["acts"], "refused": row["refused"],
         "within 10 s": f"{row['quick']} of {row['timed']}", "what stands out": row["words"]}
        for row in rows[:20]
    ]  # fmt: skip
    return grid(told)


def log_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return reconciliations as a table."""
    told = [
        {"when": numbers.when(row["ran_at"].isoformat()), "log": row["log"], "lines": row["lines"],
         "matched": row["matched"], "at another time": row["other_time"], "never reached us": row["missing"],
         "share, 95 %": f"{row['low'] * 100:.1f} to {row['high'] * 100:.1f} %", "twice": row["again"],
         "without id": row["no_id"], "not in the log": row["unseen"]}
        for row in rows
    ]  # fmt: skip
    return grid(told)
