"""The desk of those who write rules: what acts today, what waits for a second person, what is past its day of review.

Rules, campaigns and lookouts stand side by side because they are three answers to one question: who may make a record
mandatory, on what ground, until when, and who agreed?
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.flow.target_rules import rule_of
from counterflow.store.loads import is_synthetic
from counterflow.target.campaigns.compare import compare
from counterflow.target.campaigns.plan_file import campaign_of
from counterflow.target.campaigns.record import campaigns, propose_campaign, stored_campaign
from counterflow.target.grounds.lookout import lookouts
from counterflow.target.rules.conditions import look_back_days
from counterflow.target.rules.life import OLDEST_TEST, Version, stored_rule, versions
from counterflow.target.rules.names import names
from counterflow.target.rules.trial import try_on_workspace
from counterflow.target.rules.wording import rule_text

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["campaign_whole", "propose", "require_days", "rule_names", "rule_whole", "rules_desk", "try_text"]

#: what can still act or be decided on stands first
_LIVING = ("active", "approved", "tested", "draft")
_MOST_ENDED = 30


def rules_desk(workspace: Workspace) -> dict[str, Any]:
    """Return every rule, campaign and lookout with its state, and what waits for whom.

    Returns:
        synthetic, today, rules (newest versions first of each state), campaigns, lookouts, waiting (what, who may not,
        which), counts by state.
    """
    store, now = workspace.store, workspace.clock()
    today = now.date()
    every = [version_row(one, today) for one in versions(store, today)]
    every.sort(key=lambda row: _LIVING.index(row["state"]) if row["state"] in _LIVING else len(_LIVING))
    planned = [_campaign_row(row) for row in campaigns(store, today)]
    tips = lookouts(store, now)
    return {
        "synthetic": is_synthetic(store), "today": today, "rules": every, "campaigns": planned, "lookouts": tips,
        "waiting": [*_rules_waiting(every, today), *_campaigns_waiting(planned), *_tips_waiting(tips)],
    }  # fmt: skip


def version_row(version: Version, today: dt.date) -> dict[str, Any]:
    """Return one version of a rule as plain data: what it says, its days, state, latest test and whether it is due."""
    row, test = version.row, version.test
    approval = next((act for act in version.acts if act["act"] == "approve"), None)
    kept = ("rule", "version", "text", "ground", "starts", "ends", "review_on", "person", "drafted_at", "ledger_seq")
    return {
        **{name: row[name] for name in kept}, "title": str(row["text"]).split('"')[1], "state": version.state,
        "review_due": version.state == "active" and row["review_on"] < today, "test": test,
        "approved_by": approval["person"] if approval else None, "acts": [dict(act) for act in version.acts],
    }  # fmt: skip


def _rules_waiting(rules: list[dict[str, Any]], today: dt.date) -> list[dict[str, Any]]:
    """Return what is to be done about rules: test a draft, agree to a tested one, look again at an active one."""
    waiting = []
    for row in rules:
        name = f"{row['rule']} version {row['version']}"
        if row["state"] == "draft":
            waiting.append({"what": f"{name} is to be tested on stored weeks", "rule": row, "not": None})
        elif row["state"] == "tested":
            stale = today - row["test"]["tested_at"].date() > OLDEST_TEST
            what = "is to be tested again: its back-test is too old" if stale else "waits for a second person"
            waiting.append({"what": f"{name} {what}", "rule": row, "not": None if stale else row["person"]})
        elif row["review_due"]:
            waiting.append({"what": f"{name} is past its day of review, {row['review_on']}", "rule": row, "not": None})
    return waiting


def _campaigns_waiting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    waiting = []
    for row in rows:
        if row["state"] == "proposed":
            what = f"campaign {row['campaign']} waits for a second person until {row['starts']}"
            waiting.append({"what": what, "campaign": row, "not": row["person"]})
        elif row["state"] == "over":
            what = f"campaign {row['campaign']} is over: compare and close it"
            waiting.append({"what": what, "campaign": row, "not": None})
    return waiting


def _tips_waiting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"what": f"lookout {row['lookout']} waits for its review ({row['review']})", "lookout": row,
         "not": row["person"]}
        for row in rows if row["review"] in ("due", "overdue")
    ]  # fmt: skip


def _campaign_row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name != "body"}
    return kept | {name: json.loads(str(row[name])) for name in ("resources", "expected")}


def rule_whole(workspace: Workspace, rule: str, version: int | None = None) -> dict[str, Any]:
    """Return a version with the whole of its latest back-test, and the other versions of the rule.

    Raises:
        UnknownName: there is no such rule.
        InputError: it has no such version.
    """
    store, today = workspace.store, workspace.clock().date()
    one = stored_rule(store, rule, version, today)
    body = None
    if one.test is not None:
        held = store.rows("SELECT body FROM target_rule_test WHERE test = ?", [one.test["test"]])
        body = json.loads(str(held[0]["body"]))
    others = [version_row(v, today) for v in versions(store, today) if v.row["rule"] == rule]
    return {
        "synthetic": is_synthetic(store), "today": today, "rule": version_row(one, today), "backtest": body,
        "versions": [v for v in others if v["version"] != one.row["version"]],
    }  # fmt: skip


def try_text(workspace: Workspace, text: str, *, of: str = "") -> dict[str, Any]:
    """Read a rule and try it on stored weeks; nothing is kept.

    Args:
        workspace: records, outcomes, plans, rules in force.
        text: the rule.
        of: rule of which it is to be a new version, if any.

    Returns:
        text (canonical), title, ground, looks_back_days, and what the back-test showed (`trial`; None where no record
        is stored).

    Raises:
        RuleError: the rule cannot be used; line, place, value and what to write instead.
    """
    read = rule_of(text, workspace.settings)
    trial = None
    if workspace.store.rows("SELECT 1 FROM consignment LIMIT 1"):
        trial = try_on_workspace(workspace, read, name=of).as_dict()
    return {
        "text": rule_text(read), "title": read.title, "ground": read.ground or "",
        "looks_back_days": look_back_days(read), "trial": trial,
    }  # fmt: skip


def rule_names(prefix: str = "") -> list[dict[str, str]]:
    """Return what a rule may ask about: name, type, unit, meaning, example."""
    return names(prefix)


def propose(workspace: Workspace, text: str, *, person: str) -> dict[str, Any]:
    """Put a campaign on record from its text (TOML), before it starts, with what it is expected to find.

    Raises:
        InputError: the text cannot be used, it has started, or another campaign has its id.
        UnknownName: it names an office, lane, class or rule that is not there.
    """
    made = campaign_of(text.replace("\r\n", "\n"), sorted(workspace.settings.target.severity))
    return _campaign_row(propose_campaign(workspace, made, person=person))


def campaign_whole(workspace: Workspace, campaign: str) -> dict[str, Any]:
    """Return a campaign with its acts and, once it began, what happened beside lanes without it.

    Raises:
        UnknownName: there is none of this id.
    """
    store, today = workspace.store, workspace.clock().date()
    row, made = stored_campaign(store, campaign)
    state = next(one["state"] for one in campaigns(store, today) if one["campaign"] == campaign)
    acts = store.rows(
        "SELECT act, person, ground, acted_at, ledger_seq FROM campaign_act WHERE campaign = ? ORDER BY acted_at",
        [campaign],
    )
    shown = compare(store, made, today).as_dict() if today >= made.starts else None
    return {
        "synthetic": is_synthetic(store), "today": today, "campaign": _campaign_row(row) | {"state": state},
        "focus": made.focus, "toml": made.toml, "acts": acts, "comparison": shown,
    }  # fmt: skip


def require_days(starts: dt.date | None, ends: dt.date | None) -> tuple[dt.date | None, dt.date]:
    """Return the days of a draft; an end is needed.

    Raises:
        InputError: there is no end.
    """
    if ends is None:
        raise InputError("A rule needs a last day.", hint="A year after its first day at most.", column="until")
    return starts, ends
