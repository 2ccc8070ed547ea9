"""Rules: what may put a record first, who wrote it, what it would have done, and who agreed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import frame, page, templates
from counterflow.console.rules_view import DONE, desk_view, example_rule, lines_of, rule_path, rule_view, trial_view
from counterflow.core.errors import InputError
from counterflow.flow.rule_desk import require_days, rule_names, rule_whole, rules_desk, try_text
from counterflow.flow.target_rules import MOST_BYTES, draft, rule_of
from counterflow.target.rules.life import approve_rule, retire_rule
from counterflow.target.rules.trial import keep_test
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["day_in", "router"]

router = APIRouter()

RuleName = Annotated[str, Path(max_length=64)]
_Version = Annotated[int | None, Query(ge=1, le=100_000)]
_Done = Annotated[str, Query(max_length=20)]
Form = Annotated[Filled, Depends(filled)]


@router.get("/rules", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("rules")], done: _Done = "") -> HTMLResponse:
    """Show what acts, what waits and for whom."""
    site = site_of(request)
    desk = rules_desk(site.workspace)
    who.saw([str(row["lookout"]) for row in desk["lookouts"]])
    hours = site.workspace.settings.target.lookout_hours
    shown = desk_view(desk, who.person) | _rights(who) | {"done": DONE.get(done, ""), "hours": hours}
    return page(request, "rules/page.html", shown)


def _rights(who: Visitor) -> dict[str, bool]:
    return {
        "may_write": who.may("rules", "act"), "may_agree": who.may("rules", "decide"),
        "may_campaign": who.may("campaigns", "act"), "may_agree_campaign": who.may("campaigns", "decide"),
    }  # fmt: skip


@router.get("/rules/new", dependencies=[needs("rules", "act")], response_class=HTMLResponse)
def write(request: Request, of: Annotated[str, Query(max_length=64)] = "", version: _Version = None) -> HTMLResponse:
    """Show the place where a rule is written, or a new version of one."""
    workspace = site_of(request).workspace
    text = example_rule()
    if of:
        held = rule_whole(workspace, of, version)["rule"]
        text = f'{held["text"]}\nbecause "{held["ground"]}"\n'
    return _written(request, text, of, {}, None)


def _written(
    request: Request, text: str, of: str, days: dict[str, str], error: InputError | None, status: int = 200
) -> HTMLResponse:
    today = site_of(request).workspace.clock().date()
    usual = {"starts": today.isoformat(), "until": (today + dt.timedelta(days=180)).isoformat(), "review": ""}
    shown: dict[str, Any] = {
        "text": lines_of(text),
        "of": of,
        "days": usual | days,
        "names": rule_names(),
        "tried": None,
    }
    return page(request, "rules/write.html", shown | {"error": error_view(error)}, status)


def error_view(error: InputError | None) -> dict[str, str] | None:
    """Return what is wrong with a text, and where."""
    if error is None:
        return None
    place = [f"line {error.line}"] if error.line else []
    place += [f"place {error.column}" if error.line else str(error.column)] if error.column else []
    place += [f"“{error.value}”"] if error.value else []
    return {"where": ", ".join(place), "message": error.message, "hint": error.hint}


def _text_in(form: Filled) -> str:
    text = form.need("text", "the rule", MOST_BYTES)
    if len(text.encode()) > MOST_BYTES:
        raise InputError("This text is too long for a rule.", hint="One rule at a time.")
    return text


@router.post("/rules/try", dependencies=[needs("rules", "act")], response_class=HTMLResponse)
def try_it(request: Request, form: Form) -> HTMLResponse:
    """Show what a rule would have done on stored weeks; nothing is kept."""
    text, of = _text_in(form), form.get("of", "")[:64]
    told, error = None, None
    try:
        told = try_text(site_of(request).workspace, text, of=of)
    except InputError as refused:
        error = refused
    tried = (
        {"trial": trial_view(told["trial"]) if told["trial"] else None, "text": lines_of(told["text"])}
        if told
        else None
    )
    context = {"tried": tried, "error": error_view(error), "synthetic": frame(request)["synthetic"]}
    if "hx-request" in request.headers:
        return HTMLResponse(templates().get_template("rules/tried.html").render(frame(request) | context))
    whole = {"text": lines_of(text), "of": of, "days": _days_said(form), "names": rule_names()}
    return page(request, "rules/write.html", whole | context, 422 if error else 200)


def _days_said(form: Filled) -> dict[str, str]:
    return {name: form.get(name, "")[:10] for name in ("starts", "until", "review")}


def day_in(form: Filled, name: str, words: str) -> dt.date | None:
    """Return a day of a form; None where it is empty.

    Raises:
        InputError: it is no day.
    """
    text = form.get(name, "")
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise InputError(f"{words} is not a day.", hint="Write YYYY-MM-DD.", column=name, value=text[:40]) from None


@router.post("/rules/draft")
def keep_draft(request: Request, who: Annotated[Visitor, needs("rules", "act")], form: Form) -> Response:
    """Keep a rule as a draft; what cannot be kept comes back with its text and the reason."""
    text, of = _text_in(form), form.get("of", "")[:64]
    site = site_of(request)
    try:
        starts, ends = require_days(day_in(form, "starts", "The first day"), day_in(form, "until", "The last day"))
        with site.acting() as workspace:
            made = draft(
                workspace, rule_of(text, workspace.settings), person=who.person, of=of or None, ends=ends,
                starts=starts, review_on=day_in(form, "review", "The day of review"),
            )  # fmt: skip
    except InputError as error:
        return _written(request, text, of, _days_said(form), error, status=422)
    address = rule_path(made.row["rule"], made.row["version"])
    return RedirectResponse(f"{address}&done={'drafted' if made.fresh else 'known'}", status_code=303)


@router.get("/rules/rule/{rule}", response_class=HTMLResponse)
def show_rule(
    request: Request,
    who: Annotated[Visitor, needs("rules")],
    rule: RuleName,
    version: _Version = None,
    done: _Done = "",
) -> HTMLResponse:
    """Show one version of a rule with what its back-test showed."""
    told = rule_whole(site_of(request).workspace, rule, version)
    shown = rule_view(told, who.person) | _rights(who) | {"done": DONE.get(done, ""), "person_here": who.person}
    return page(request, "rules/rule.html", shown)


def _back(rule: str, version: int, done: str) -> Response:
    return RedirectResponse(f"{rule_path(rule, version)}&done={done}", status_code=303)


def _version_in(form: Filled) -> int:
    text = form.need("version", "the version", 6)
    if not text.isdigit():
        raise InputError("This is no version.", hint="Open the page again.", column="version", value=text)
    return int(text)


@router.post("/rules/rule/{rule}/test")
def back_test(request: Request, who: Annotated[Visitor, needs("rules", "act")], rule: RuleName, form: Form) -> Response:
    """Test a version on stored weeks and keep what that showed."""
    version = _version_in(form)
    with site_of(request).acting() as workspace:
        keep_test(workspace, rule, person=who.person, version=version)
    return _back(rule, version, "tested")


@router.post("/rules/rule/{rule}/approve")
def approve(
    request: Request, who: Annotated[Visitor, needs("rules", "decide")], rule: RuleName, form: Form
) -> Response:
    """Let a tested version act; never by the one who drafted it."""
    version, ground = _version_in(form), form.need("ground", "why you agree")
    with site_of(request).acting() as workspace:
        approve_rule(workspace, rule, person=who.person, ground=ground, version=version)
    return _back(rule, version, "approved")


@router.post("/rules/rule/{rule}/retire")
def retire(request: Request, who: Annotated[Visitor, needs("rules", "act")], rule: RuleName, form: Form) -> Response:
    """Take a version out of force, from now on; one person may, because stopping is the safe direction."""
    version, ground = _version_in(form), form.need("ground", "why it is retired")
    with site_of(request).acting() as workspace:
        retire_rule(workspace, rule, person=who.person, ground=ground, version=version)
    return _back(rule, version, "retired")
