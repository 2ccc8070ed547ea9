"""Campaigns where rooms meet: an approved campaign is an action too, so the account of actions shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterflow.account.actions.forecast import from_estimate
from counterflow.account.actions.plan import Action
from counterflow.account.actions.sealing import seal_action
from counterflow.core.estimate import Estimate
from counterflow.target.campaigns.compare import compare
from counterflow.target.campaigns.record import approve_campaign, close_campaign, stored_campaign

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["approve", "close"]

_DESIGN = (
    "target campaign compare: finds against what was expected; the random arm's hit rate in its lanes, before and"
    " during, less the same in lanes without it; displacement and burden beside it"
)


def approve(workspace: Workspace, campaign: str, *, person: str, ground: str) -> dict[str, Any]:
    """Approve a campaign and seal it as an action, with what it expects of its first class as the forecast."""
    act = approve_campaign(workspace, campaign, person=person, ground=ground)
    row, made = stored_campaign(workspace.store, campaign)
    first = made.expected[0]
    forecast = Estimate(
        value=None, low=first.low, high=first.high, level=first.level, method=first.method,
        source=f"campaign {campaign} as proposed", as_of=row["proposed_at"].date(), unit=f"finds of {first.harm_class}",
    )  # fmt: skip
    pools = [f"{p.resource}: {p.minutes:g} minutes a day at {p.office}/{p.lane}" for p in made.resources]
    action = Action(
        action=f"campaign-{campaign}"[:64], kind="campaign", title=made.title, starts=made.starts, ends=made.ends,
        resources="; ".join([*pools, *(f"rule {rule}" for rule in made.rules)]),
        forecasts=(from_estimate(forecast, "finds", made.starts, made.ends),), evaluation_design=_DESIGN,
    )  # fmt: skip
    seal_action(workspace, action)
    return act


def close(workspace: Workspace, campaign: str, *, person: str, ground: str) -> dict[str, Any]:
    """Close a campaign with the comparison of today."""
    _, made = stored_campaign(workspace.store, campaign)
    shown = compare(workspace.store, made, workspace.clock().date())
    return close_campaign(workspace, campaign, shown.as_dict(), person=person, ground=ground)
