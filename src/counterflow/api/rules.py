"""`/v1/rules`, `/v1/campaigns`, `/v1/lookouts`: who may put a record first, tested, agreed by two, with an end."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.sent import sent
from counterflow.flow.campaigns import approve as agree_campaign
from counterflow.flow.campaigns import close as close_campaign
from counterflow.flow.rule_desk import campaign_whole, propose, rule_names, rule_whole, rules_desk, try_text
from counterflow.flow.target_rules import MOST_BYTES, draft, rule_of
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.target.grounds.lookout import add_lookout, review_lookout
from counterflow.target.rules.life import approve_rule, retire_rule
from counterflow.target.rules.trial import keep_test
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["rules"])

Name = Annotated[str, Path(max_length=64)]
VersionNumber = Annotated[int, Path(ge=1, le=100_000)]
Answer = dict[str, Any]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class RuleText(_Sent):
    """A rule as it is written."""

    text: str = Field(
        min_length=1, max_length=MOST_BYTES, description="the rule; docs/how-to/write-a-targeting-rule.md"
    )


class RuleDraft(RuleText):
    """A rule to be kept as a draft."""

    until: dt.date = Field(description="last day; a year after the first at most")
    starts: dt.date | None = Field(None, description="first day; today if left out")
    review: dt.date | None = Field(None, description="day of review; 90 days after the first if left out")
    of: str | None = Field(None, max_length=64, description="rule of which it is a new version")


class Ground(_Sent):
    """Why, in words that another person can follow."""

    ground: str = Field(min_length=8, max_length=500)


class CampaignText(_Sent):
    """A campaign as it is written."""

    text: str = Field(min_length=1, max_length=64_000, description="TOML: days, places, minutes, what is expected")


class LookoutSent(_Sent):
    """A tip: records that meet it are mandatory while it lives."""

    field: Literal["record_id", "item_id", "party", "office", "lane", "hs"]
    value: str = Field(min_length=1, max_length=500, description="what to look for there")
    ground: str = Field(min_length=8, max_length=500, description="what the tip rests on")
    hours: float | None = Field(None, gt=0, le=72, description="how long it lives; as long as the settings allow")


class ReviewSent(_Sent):
    """What a review of a lookout came to."""

    verdict: Literal["upheld", "withdrawn"]


@router.get("/rules")
def show_desk(request: Request, who: Annotated[Visitor, needs("rules")]) -> Answer:
    """Give every version of every rule, every campaign and lookout with its state, and what waits for whom."""
    desk = rules_desk(site_of(request).workspace)
    who.saw([str(row["lookout"]) for row in desk["lookouts"]])
    told: Answer = plain(desk)
    return told


@router.get("/rules/names", dependencies=[needs("rules")])
def show_names(prefix: Annotated[str, Query(max_length=100)] = "") -> dict[str, list[dict[str, str]]]:
    """List what a rule may ask about: name, type, unit, meaning, example."""
    return {"items": rule_names(prefix)}


@router.post("/rules/try", dependencies=[needs("rules", "act")])
def try_rule(request: Request, told: Annotated[RuleText, sent(RuleText)]) -> Answer:
    """Read a rule and say what it would have done on stored weeks; nothing is kept."""
    shown: Answer = plain(try_text(site_of(request).workspace, told.text))
    return shown


@router.post("/rules", status_code=201)
def draft_rule(
    request: Request,
    who: Annotated[Visitor, needs("rules", "act")],
    told: Annotated[RuleDraft, sent(RuleDraft)],
    key: Key = "",
) -> JSONResponse:
    """Keep a rule as a draft, after a dry run; it does nothing until it is tested and another person agreed."""

    def act(workspace: Workspace) -> Answer:
        made = draft(
            workspace, rule_of(told.text, workspace.settings), person=who.person, starts=told.starts, ends=told.until,
            review_on=told.review, of=told.of,
        )  # fmt: skip
        return made.row | {"fresh": made.fresh, "dry_run": made.tried.as_dict() if made.tried else None}

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act, status=201)


@router.get("/rules/{rule}/{version}", dependencies=[needs("rules")])
def show_rule(request: Request, rule: Name, version: VersionNumber) -> Answer:
    """Give one version whole: text, ground, days, who did what, and its latest back-test."""
    told: Answer = plain(rule_whole(site_of(request).workspace, rule, version))
    return told


@router.post("/rules/{rule}/{version}/test")
def back_test(
    request: Request, who: Annotated[Visitor, needs("rules", "act")], rule: Name, version: VersionNumber, key: Key = ""
) -> JSONResponse:
    """Test a version on stored weeks and keep what that showed."""

    def act(workspace: Workspace) -> Answer:
        row, made = keep_test(workspace, rule, person=who.person, version=version)
        return {name: row[name] for name in row if name != "body"} | {"backtest": made.as_dict()}

    return once(request, site_of(request), who, key, digest_of(rule, str(version)), act)


@router.post("/rules/{rule}/{version}/approve")
def approve(
    request: Request,
    who: Annotated[Visitor, needs("rules", "decide")],
    rule: Name,
    version: VersionNumber,
    told: Annotated[Ground, sent(Ground)],
    key: Key = "",
) -> JSONResponse:
    """Let a tested version act; never by the one who drafted it."""
    return once(
        request, site_of(request), who, key, digest_of(rule, str(version), told.ground),
        lambda w: approve_rule(w, rule, person=who.person, ground=told.ground, version=version),
    )  # fmt: skip


@router.post("/rules/{rule}/{version}/retire")
def retire(
    request: Request,
    who: Annotated[Visitor, needs("rules", "act")],
    rule: Name,
    version: VersionNumber,
    told: Annotated[Ground, sent(Ground)],
    key: Key = "",
) -> JSONResponse:
    """Take a version out of force, from now on; one person may."""
    return once(
        request, site_of(request), who, key, digest_of(rule, str(version), told.ground),
        lambda w: {"retired": retire_rule(w, rule, person=who.person, ground=told.ground, version=version)},
    )  # fmt: skip


@router.post("/campaigns", status_code=201)
def propose_campaign(
    request: Request,
    who: Annotated[Visitor, needs("campaigns", "act")],
    told: Annotated[CampaignText, sent(CampaignText)],
    key: Key = "",
) -> JSONResponse:
    """Put a campaign on record before it starts, with what it is expected to find."""
    return once(
        request, site_of(request), who, key, digest_of(told.text), lambda w: propose(w, told.text, person=who.person),
        status=201,
    )  # fmt: skip


@router.get("/campaigns/{campaign}", dependencies=[needs("campaigns")])
def show_campaign(request: Request, campaign: Name) -> Answer:
    """Give a campaign with its acts and, once it began, what happened beside lanes without it."""
    told: Answer = plain(campaign_whole(site_of(request).workspace, campaign))
    return told


@router.post("/campaigns/{campaign}/approve")
def approve_campaign(
    request: Request,
    who: Annotated[Visitor, needs("campaigns", "decide")],
    campaign: Name,
    told: Annotated[Ground, sent(Ground)],
    key: Key = "",
) -> JSONResponse:
    """Approve a campaign before it starts; never by the one who proposed it."""
    return once(
        request, site_of(request), who, key, digest_of(campaign, told.ground),
        lambda w: agree_campaign(w, campaign, person=who.person, ground=told.ground),
    )  # fmt: skip


@router.post("/campaigns/{campaign}/close")
def end_campaign(
    request: Request,
    who: Annotated[Visitor, needs("campaigns", "act")],
    campaign: Name,
    told: Annotated[Ground, sent(Ground)],
    key: Key = "",
) -> JSONResponse:
    """Close a campaign that is over; the comparison of today is kept with it."""
    return once(
        request, site_of(request), who, key, digest_of(campaign, told.ground),
        lambda w: close_campaign(w, campaign, person=who.person, ground=told.ground),
    )  # fmt: skip


@router.post("/lookouts", status_code=201)
def set_lookout(
    request: Request,
    who: Annotated[Visitor, needs("campaigns", "act")],
    told: Annotated[LookoutSent, sent(LookoutSent)],
    key: Key = "",
) -> JSONResponse:
    """Set a lookout: records that meet it are mandatory while it lives; another person reviews it the next day."""

    def act(workspace: Workspace) -> Answer:
        return add_lookout(workspace, told.field, told.value, ground=told.ground, person=who.person, hours=told.hours)

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act, status=201)


@router.post("/lookouts/{lookout}/review")
def review(
    request: Request,
    who: Annotated[Visitor, needs("campaigns", "decide")],
    lookout: Name,
    told: Annotated[ReviewSent, sent(ReviewSent)],
    key: Key = "",
) -> JSONResponse:
    """Write down the review of a lookout; never by the one who set it."""
    return once(
        request, site_of(request), who, key, digest_of(lookout, told.verdict),
        lambda w: review_lookout(w, lookout, person=who.person, verdict=told.verdict),
    )  # fmt: skip
