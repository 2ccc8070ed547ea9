"""What the pages of rules, campaigns and lookouts show, every text and number ready to stand in the template."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from counterflow.core.persons import same_person
from counterflow.report import numbers
from counterflow.report.grid import Grid, grid
from counterflow.report.text import visible
from counterflow.target.rules.life import LARGEST_SHARE

__all__ = [
    "DONE",
    "campaign_view",
    "desk_view",
    "example_campaign",
    "example_rule",
    "lines_of",
    "rule_path",
    "rule_view",
    "trial_view",
]

#: what was just done, as the page that one comes back to says it
DONE = {
    "drafted": "Kept as a draft. It does nothing yet: test it on stored weeks, then another person agrees.",
    "known": "These very words for these days are on record already; nothing was written.",
    "tested": "The back-test is kept. Read it as a colleague who will be asked about it.",
    "approved": "Approved. It acts from its first day to its last.",
    "retired": "Retired. Plans made before stay as they were.",
    "proposed": "On record, with what it is expected to find. Another person approves it before it starts.",
    "agreed": "Approved. It stands among the actions of the account, with its forecast sealed.",
    "closed": "Closed; the comparison of today is kept with it.",
    "lookout": "Set. Records that meet it are mandatory while it lives; another person reviews it tomorrow.",
    "reviewed": "The review is on record.",
}
_STATE_WORDS = {
    "active": "acting", "approved": "agreed, not begun", "tested": "waits for a second person", "draft": "draft",
    "expired": "over", "superseded": "replaced", "retired": "retired", "proposed": "waits for a second person",
    "running": "running", "over": "over, to be closed", "closed": "closed", "lapsed": "lapsed: nobody agreed in time",
}  # fmt: skip
_MOST_ENDED = 20
_HITS = "It would have hit"
_LIVING = ("active", "approved", "tested", "draft")


def rule_path(rule: str, version: int | None = None) -> str:
    """Return the address of a rule's page.

    >>> rule_path("R-1", 2)
    '/rules/rule/R-1?version=2'
    """
    return f"/rules/rule/{quote(rule, safe='')}" + (f"?version={version}" if version is not None else "")


def campaign_path(campaign: str) -> str:
    """Return the address of a campaign's page."""
    return f"/rules/campaign/{quote(campaign, safe='')}"


def desk_view(desk: Mapping[str, Any], person: str) -> dict[str, Any]:
    """Return what the desk shows to a person: what waits and for whom first, then what acts, then the rest."""
    rules = [_rule_row(row) for row in desk["rules"]]
    living = [row for row in rules if row["state"] in _LIVING]
    ended = [row for row in rules if row["state"] not in _LIVING]
    return {
        "synthetic": desk["synthetic"], "today": desk["today"].isoformat(),
        "waiting": [_waiting(one, person) for one in desk["waiting"]],
        "tiles": _tiles(desk), "rules": living, "ended": ended[:_MOST_ENDED],
        "ended_left": max(len(ended) - _MOST_ENDED, 0),
        "campaigns": [_campaign_row(row) for row in desk["campaigns"]],
        "lookouts": [_lookout_row(row, person) for row in desk["lookouts"]],
    }  # fmt: skip


def _tiles(desk: Mapping[str, Any]) -> list[dict[str, str]]:
    acting = [row for row in desk["rules"] if row["state"] == "active"]
    due = sum(row["review_due"] for row in acting)
    lookouts = [row for row in desk["lookouts"] if row["state"] == "active"]
    overdue = sum(row["review"] == "overdue" for row in desk["lookouts"])
    running = sum(row["state"] == "running" for row in desk["campaigns"])
    late = f"{due} past their day of review" if due else "none past its day of review"
    unseen = f"{overdue} overdue for review" if overdue else "72 hours at most"
    return [
        _tile("Rules that act today", len(acting), late, due),
        _tile("Wait for somebody", len(desk["waiting"]), "tests, second persons, reviews", len(desk["waiting"])),
        _tile("Lookouts alive", len(lookouts), unseen, overdue),
        _tile("Campaigns running", running, f"of {numbers.counted(len(desk['campaigns']), 'campaign')} on record", 0),
    ]  # fmt: skip


def _tile(label: str, value: int, detail: str, doubt: int) -> dict[str, str]:
    return {"label": label, "value": numbers.count(value), "detail": detail, "tone": "doubt" if doubt else ""}


def _waiting(one: Mapping[str, Any], person: str) -> dict[str, Any]:
    mine = one["not"] is not None and same_person(str(one["not"]), person)
    if "rule" in one:
        where = rule_path(one["rule"]["rule"], one["rule"]["version"])
    elif "campaign" in one:
        where = campaign_path(one["campaign"]["campaign"])
    else:
        where = "#lookouts"
    who = "" if one["not"] is None else f"not by {one['not']}"
    return {"what": one["what"], "address": where, "who": f"{who}: that is you" if mine else who, "mine": mine}


def _rule_row(row: Mapping[str, Any]) -> dict[str, Any]:
    test = row["test"]
    return {
        "name": f"{row['rule']} v{row['version']}", "address": rule_path(row["rule"], row["version"]),
        "title": row["title"], "state": row["state"], "state_words": _STATE_WORDS.get(row["state"], row["state"]),
        "days": f"{row['starts']} to {row['ends']}", "person": row["person"], "approved_by": row["approved_by"] or "",
        "review": row["review_on"].isoformat(), "review_due": row["review_due"],
        "hits": f"{numbers.count(test['hits'])} of {numbers.count(test['records'])}" if test else "never tested",
    }  # fmt: skip


def _campaign_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["campaign"], "address": campaign_path(row["campaign"]), "title": row["title"],
        "state": row["state"], "state_words": _STATE_WORDS.get(row["state"], row["state"]),
        "days": f"{row['starts']} to {row['ends']}", "person": row["person"],
        "where": f"{_names(row['offices'])}; {_names(row['lanes'])}", "expected": _expected(row["expected"]),
    }  # fmt: skip


def _names(names: Sequence[str]) -> str:
    return "all" if "*" in names else ", ".join(names)


def _expected(rows: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{r['harm_class']}: {r['low']} to {r['high']} finds" for r in rows)


def _lookout_row(row: Mapping[str, Any], person: str) -> dict[str, Any]:
    return {
        "lookout": row["lookout"], "field": row["field"], "value": row["value"], "ground": row["ground"],
        "person": row["person"], "set_at": _when(row["set_at"]), "ends": _when(row["expires_at"]),
        "state": row["state"], "review": row["review"], "reviewed_by": row["reviewed_by"] or "",
        "waits": row["verdict"] is None, "mine": same_person(str(row["person"]), person),
    }  # fmt: skip


def rule_view(told: Mapping[str, Any], person: str) -> dict[str, Any]:
    """Return one version of a rule: what it says, who did what, and what its back-test showed."""
    row = told["rule"]
    state, mine = row["state"], same_person(str(row["person"]), person)
    return {
        **_rule_row(row), "synthetic": told["synthetic"], "rule": row["rule"], "version": row["version"],
        "text": lines_of(row["text"]), "ground": row["ground"], "drafted": _when(row["drafted_at"]),
        "acts": [_act(act) for act in row["acts"]],
        "backtest": trial_view(told["backtest"]) if told["backtest"] else None,
        "test": _test(row["test"]) if row["test"] else "",
        "mine": mine, "can_test": state in ("draft", "tested", "active", "approved"),
        "can_agree": state == "tested" and not mine, "can_retire": state in _LIVING,
        "versions": [_rule_row(one) for one in told["versions"]],
    }  # fmt: skip


def _test(test: Mapping[str, Any]) -> str:
    return f"{test['test']}, {test['starts']} to {test['ends']}, run {_when(test['tested_at'])}"


def _act(act: Mapping[str, Any]) -> dict[str, str]:
    words = {"approve": "agreed", "retire": "retired", "close": "closed"}
    return {
        "what": words.get(str(act["act"]), str(act["act"])), "person": str(act["person"]), "ground": str(act["ground"]),
        "when": _when(act["acted_at"]), "entry": numbers.count(act["ledger_seq"]) if act.get("ledger_seq") else "",
    }  # fmt: skip


def trial_view(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a back-test showed: sentences first, figures below."""
    burden = [
        {"By": row["by"], "Name": row["name"], "Records": row["records"], "Hits": row["hits"],
         "share": row["share"], "Of all others": numbers.share(row["share_of_others"])}
        for row in body["burden"]
    ]  # fmt: skip
    weeks = [
        {"Week of": w["week"], "Records": w["records"], "Hits": w["hits"], "To inspect, under its cap": w["kept"]}
        for w in body["by_week"]
    ]
    said = [str(line) for line in body["said"]]
    # what it hits comes first; what no record has, and all else, stands below
    first = next((line for line in said if line.startswith(_HITS)), said[0] if said else "")
    return {
        "answer": first, "said": [line for line in said if line != first],
        "too_wide": float(body["share"]) > LARGEST_SHARE, "weeks": grid(weeks), "burden": grid(burden),
        "steps": grid([{"Test": step["test"], "Records left": step["records"]} for step in body["steps"]]),
    }  # fmt: skip


def campaign_view(told: Mapping[str, Any], person: str) -> dict[str, Any]:
    """Return a campaign: what goes in, what is expected, who agreed, and what happened beside lanes without it."""
    row, comparison = told["campaign"], told["comparison"]
    state, mine = row["state"], same_person(str(row["person"]), person)
    return {
        **_campaign_row(row), "synthetic": told["synthetic"], "focus": told["focus"], "toml": lines_of(told["toml"]),
        "proposed": _when(row["proposed_at"]), "acts": [_act(act) for act in told["acts"]], "mine": mine,
        "said": list(comparison["said"]) if comparison else [], "figures": _cells(comparison) if comparison else None,
        "can_agree": state == "proposed" and not mine, "can_close": state == "over",
        "resources": grid(_minutes(row["resources"])), "rules": ", ".join(row["rules"]),
    }  # fmt: skip


def _minutes(pools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a campaign's minutes by pool, its days added up."""
    added: dict[tuple[str, str, str], float] = {}
    for pool in pools:
        key = (str(pool["office"]), str(pool["lane"]), str(pool["resource"]))
        added[key] = added.get(key, 0.0) + float(pool["minutes"])
    return [
        {"Office": office, "Lane": lane, "Resource": name, "Minutes in all": minutes}
        for (office, lane, name), minutes in added.items()
    ]


def _cells(comparison: Mapping[str, Any]) -> Grid:
    names = {"campaign": "its lanes", "elsewhere": "other lanes"}
    return grid([
        {"Lanes": names.get(side, side), "Period": period, "Records": cell["records"], "Inspected": cell["inspected"],
         "Found": cell["found"], "Not presented": cell["not_presented"], "Minutes": cell["minutes"],
         "At random: inspected": cell["random"]["inspected"], "At random: found": cell["random"]["found"]}
        for side, periods in comparison["lanes"].items() for period, cell in periods.items()
    ])  # fmt: skip


def _when(value: object) -> str:
    return numbers.when(value.isoformat()) if isinstance(value, dt.datetime) else str(value)


def lines_of(text: str) -> Markup:
    r"""Return a text of several lines, escaped, its line ends kept and every other control character spelled out.

    >>> lines_of("a <b>\nc\td")
    Markup('a &lt;b&gt;\nc    d')
    """
    plain = text.replace("\r\n", "\n").replace("\t", "    ")
    return Markup("\n").join(visible(line) for line in plain.split("\n"))


def example_rule() -> str:
    """Return a rule to begin from."""
    return (
        'rule "light mail that says nothing of its goods"\n'
        'when lane is "mail" and hs is missing and mass between 0.05 kg and 0.5 kg\n'
        "then inspect first, 12 minutes each, at most 3 a day in each office\n"
        'because "What it rests on, in words that another person can follow."\n'
    )


def example_campaign(today: dt.date) -> str:
    """Return a campaign to begin from, four weeks from next Monday."""
    start = today + dt.timedelta(days=7 - today.weekday())
    return f"""campaign = "name-of-it"
title = "What it is about"
starts = {start}
ends = {start + dt.timedelta(days=27)}
offices = ["*"]                # "*" for all
lanes = ["mail"]
rules = []                     # rules it rests on, as ["R-1"]
focus = "What is looked for, and why now"

[[resources]]                  # minutes of one day, on each day of the campaign
office = "*"
lane = "mail"
resource = "bench"
minutes = 120
service_minutes = 15
detection_rate = 0.8

[[expected]]                   # finds in all its lanes over all its days: sealed before it starts
harm_class = "drug"
low = 1
high = 6
level = 0.8
method = "finds of the random arm so far, times the minutes that come on top"
"""
