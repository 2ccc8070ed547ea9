"""A campaign on record: proposed by one, approved by another, both before it starts; closed with its comparison.

What is expected stands in the ledger before the first day, so that nobody is wise afterwards. A campaign on record is
never changed: another plan is another campaign.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import CAMPAIGN, CAMPAIGN_ACT
from counterflow.store.ledger import decimal_text
from counterflow.target.acts import another_person, required, seal
from counterflow.target.campaigns.plan_file import Campaign, campaign_of
from counterflow.target.rules.life import versions

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["approve_campaign", "campaigns", "close_campaign", "propose_campaign", "stored_campaign"]

_SHORTEST_GROUND = 8


def propose_campaign(workspace: Workspace, made: Campaign, *, person: str) -> dict[str, Any]:
    """Put a campaign on record and return its row; the same again returns the row that is there.

    Raises:
        InputError: it has started, or another one has its id.
        UnknownName: it names an office, lane or rule that is not there.
    """
    store, digest = workspace.store, made.sha256()
    held = store.rows("SELECT * FROM campaign WHERE campaign = ?", [made.campaign])
    if held:
        if held[0]["sha256"] == digest:
            return dict(held[0])
        hint = "A campaign on record is never changed; give the new plan its own id."
        raise InputError("Another campaign has this id.", hint=hint, column="campaign", value=made.campaign)
    _require_before_start(made, workspace.clock().date())
    _require_known(store, made, workspace.clock().date())
    row: dict[str, Any] = {
        "campaign": made.campaign, "title": made.title, "starts": made.starts, "ends": made.ends,
        "offices": list(made.offices), "lanes": list(made.lanes), "direction": made.direction or None,
        "rules": list(made.rules), "resources": json.dumps([_plain(p) for p in made.pools()]),
        "expected": json.dumps([_expected(made, i) for i in range(len(made.expected))]),
        "body": json.dumps({"toml": made.toml}), "sha256": digest, "person": required("person", person),
    }  # fmt: skip
    body = {
        "campaign": made.campaign, "act": "propose", "starts": made.starts.isoformat(), "ends": made.ends.isoformat(),
        "sha256": digest, "expected": [_expected(made, i) for i in range(len(made.expected))],
    }  # fmt: skip
    with store.transaction():
        entry = seal(workspace, "campaign", made.campaign, [row["title"], row["person"]], body, [row["person"]])
        row |= {"proposed_at": entry.time, "ledger_seq": entry.seq}
        store.append("campaign", pa.Table.from_pylist([row], schema=CAMPAIGN))
    return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"day": row["day"].isoformat()}


def _expected(made: Campaign, place: int) -> dict[str, str]:
    one = made.expected[place]
    numbers = {name: decimal_text(getattr(one, name)) for name in ("low", "high", "level")}
    return {"harm_class": one.harm_class, **numbers}


def _require_before_start(made: Campaign, today: dt.date) -> None:
    if today >= made.starts:
        hint = "What is expected after the start proves nothing. Give a first day from tomorrow."
        raise InputError(f"The campaign starts on {made.starts}: it is too late.", column="starts", value=made.starts,
                         hint=hint)  # fmt: skip


def _require_known(store: Store, made: Campaign, today: dt.date) -> None:
    for column, asked in (("office", made.offices), ("lane", made.lanes)):
        known = store.query(f"SELECT DISTINCT {column} AS name FROM consignment WHERE {column} IS NOT NULL")
        names = known.column("name").to_pylist()
        for name in asked:
            if name != "*" and names and name not in names:
                raise UnknownName(column, name, names)
    rules = {str(v.row["rule"]) for v in versions(store, today)}
    for name in made.rules:
        if name not in rules:
            raise UnknownName("rule", name, rules)


def stored_campaign(store: Store, campaign: str) -> tuple[dict[str, Any], Campaign]:
    """Return the row of a campaign, and the campaign as it was written.

    Raises:
        UnknownName: there is none of this id.
        InputError: its words were erased.
    """
    held = store.rows("SELECT * FROM campaign WHERE campaign = ?", [campaign])
    if not held:
        known = store.query("SELECT campaign FROM campaign").column("campaign").to_pylist()
        raise UnknownName("campaign", campaign, known)
    body = json.loads(str(held[0]["body"]))
    if "toml" not in body:
        raise InputError("The words of this campaign were erased.", column="campaign", value=campaign,
                         hint="What it expected stands in the ledger.")  # fmt: skip
    return dict(held[0]), campaign_of(body["toml"])


def approve_campaign(workspace: Workspace, campaign: str, *, person: str, ground: str) -> dict[str, Any]:
    """Approve a campaign before it starts; return the act.

    Raises:
        AccessError: the one who proposed it may not approve it.
        InputError: it has started.
    """
    row, made = stored_campaign(workspace.store, campaign)
    named = another_person(str(row["person"]), person, "Whoever proposed a campaign does not approve it.")
    held = _acts(workspace.store, campaign, "approve")
    if held:
        return held[0]
    _require_before_start(made, workspace.clock().date())
    return _act(workspace, campaign, "approve", ground, named, {"sha256": row["sha256"]}, first=str(row["person"]))


def close_campaign(
    workspace: Workspace, campaign: str, comparison: dict[str, Any], *, person: str, ground: str
) -> dict[str, Any]:
    """Close a campaign with what its comparison showed; return the act.

    Raises:
        InputError: it is not over, was never approved, or is closed.
    """
    _, made = stored_campaign(workspace.store, campaign)
    if workspace.clock().date() <= made.ends:
        hint = "Compare it as often as you like; close it when it is over."
        raise InputError(f"The campaign runs until {made.ends}.", column="campaign", value=campaign, hint=hint)
    if not _acts(workspace.store, campaign, "approve"):
        raise InputError("This campaign was never approved.", column="campaign", value=campaign, hint="Leave it be.")
    if _acts(workspace.store, campaign, "close"):
        raise InputError("This campaign is closed.", column="campaign", value=campaign, hint="Nothing is to do.")
    return _act(workspace, campaign, "close", ground, required("person", person), {}, json.dumps(comparison))


def _acts(store: Store, campaign: str, act: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.rows(
        "SELECT * FROM campaign_act WHERE campaign = ? AND act = ? ORDER BY acted_at, ledger_seq", [campaign, act]
    )
    return rows


def _act(
    workspace: Workspace,
    campaign: str,
    act: str,
    ground: str,
    person: str,
    body: dict[str, Any],
    said: str = "",
    *,
    first: str = "",
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "campaign": campaign, "act": act, "person": person, "body": said or None,
        "ground": required("ground", ground, shortest=_SHORTEST_GROUND),
    }  # fmt: skip
    whole = {"campaign": campaign, "act": act, **body}
    persons = [first, person] if first else [person]
    with workspace.store.transaction():
        entry = seal(workspace, "campaign", f"{campaign}/{act}", [row["ground"], person, said], whole, persons)
        row |= {"acted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("campaign_act", pa.Table.from_pylist([row], schema=CAMPAIGN_ACT))
    return row


def campaigns(store: Store, today: dt.date) -> list[dict[str, Any]]:
    """Return every campaign by first day, with `state`: proposed | approved | running | over | closed | lapsed.

    Lapsed is what nobody approved before its first day.
    """
    rows: list[dict[str, Any]] = store.rows("SELECT * FROM campaign ORDER BY starts, campaign")
    acts = {(a["campaign"], a["act"]): a for a in store.rows("SELECT * FROM campaign_act")}
    return [row | {"state": _state(row, acts, today)} for row in rows]


def _state(row: dict[str, Any], acts: dict[tuple[object, object], dict[str, object]], today: dt.date) -> str:
    if (row["campaign"], "close") in acts:
        return "closed"
    if (row["campaign"], "approve") not in acts:
        return "lapsed" if today >= row["starts"] else "proposed"
    if today < row["starts"]:
        return "approved"
    return "running" if today <= row["ends"] else "over"
