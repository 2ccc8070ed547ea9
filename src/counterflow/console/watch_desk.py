"""The desk behind the room of early warning: take a look, take files in, agree, watch after supply events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from counterflow.console.layout import page
from counterflow.console.watch_alarm import Act, Decide, Form, Read
from counterflow.core.errors import AccessError, UsageError
from counterflow.flow import watch_actions
from counterflow.flow.watch_answers import NO_SIDE, side_of
from counterflow.flow.watch_answers import agree as agree_for
from counterflow.flow.watch_desk import FILES, look_now, registers, take_counts, take_register
from counterflow.report.grid import grid
from counterflow.watch.disclosure import Request as Agreement
from counterflow.watch.disclosure.approvals import standing, withdraw
from counterflow.watch.disclosure.rules import LEVELS, PURPOSES
from counterflow.watch.series.load import form_names
from counterflow.web.forms import Filled
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import reader_for

__all__ = ["MOST_BYTES", "router"]

router = APIRouter()

#: of a file of counts; a line list of a year of a state is smaller
MOST_BYTES = 64 << 20
_MOST_ROWS = 300
_COUNTS = ("source", "measure", "subject", "level", "grain", "places", "first", "last", "withheld")


@router.post("/watch/look", dependencies=[needs("watch", "act")])
def look(request: Request) -> Response:
    """Judge what is held, and put alarms on record."""
    with site_of(request).acting() as workspace:
        seen = look_now(workspace, made_by="console")
    told = f"new={len(seen.new)}&held={len(seen.held)}&gone={len(seen.corrected)}"
    return RedirectResponse(f"/watch?{told}", status_code=303)


@router.get("/watch/register", response_class=HTMLResponse)
def show_registers(request: Request, who: Read) -> HTMLResponse:
    """Show what is held, and take files in."""
    return page(request, "watch/register.html", _registers(request, who))


@router.post("/watch/register", response_class=HTMLResponse)
@takes(MOST_BYTES)
async def take_in(request: Request, who: Act) -> HTMLResponse:
    """Take a file in: counts, contacts, places or stock; show its receipt."""
    async with received(request, most_bytes=MOST_BYTES) as came:
        return await run_in_threadpool(_taken, request, who, came)


def _taken(request: Request, who: Visitor, came: Any) -> HTMLResponse:
    what = came.fields.get("what", "")
    with site_of(request).acting() as workspace:
        if what == "counts":
            receipt = take_counts(
                workspace, came.path, form=came.fields.get("form", ""), source=came.fields.get("source", "").strip(),
                as_of=_day(came.fields, "as_of", required=False), more=_more(came.fields),
            )  # fmt: skip
        else:
            receipt = take_register(workspace, what, came.path).as_dict()
    shown = {
        "name": came.name, "read": receipt["accepted"] + receipt["rejected"], "accepted": receipt["accepted"],
        "rejected": receipt["rejected"], "repeated": receipt["repeated"], "said": receipt.get("said", ()),
        "refused": [_refused(row) for row in receipt["refused"][:50]],
    }  # fmt: skip
    return page(request, "watch/register.html", _registers(request, who) | {"receipt": shown})


@router.get("/watch/agreements", response_class=HTMLResponse)
def show_agreements(request: Request, who: Read) -> HTMLResponse:
    """Show who agreed that enforcement may see an area below the county."""
    workspace = site_of(request).workspace
    today = workspace.clock().date()
    side = _side(who)
    return page(request, "watch/agreements.html", {
        "rows": [one.as_dict(today) for one in standing(workspace.store)], "side": side, "purposes_of": PURPOSES,
        "today": today, "latest": today + dt.timedelta(days=92), "why": "" if side else NO_SIDE,
        "may": bool(side),
    })  # fmt: skip


@router.post("/watch/agreements")
def agree(request: Request, who: Annotated[Visitor, needs("watch-local", "decide")], form: Form) -> Response:
    """Agree for one's own side; it holds when somebody of the other side agreed, too."""
    side, ground = side_of(who.purpose), form.need("ground", "The ground", 2000)
    asked = Agreement(
        form.need("purpose", "What for", 40), form.need("area", "The area", 200), _must(form, "from"),
        _must(form, "to"), _must(form, "expires"),
    )  # fmt: skip
    with site_of(request).acting() as workspace:
        agree_for(workspace, asked, side=side, person=who.person, ground=ground)
    return RedirectResponse("/watch/agreements", status_code=303)


@router.post("/watch/agreements/withdraw")
def take_back(request: Request, who: Annotated[Visitor, needs("watch-local", "decide")], form: Form) -> Response:
    """Take an agreement back, for both sides."""
    ground = form.need("ground", "The ground", 2000)
    with site_of(request).acting() as workspace:
        withdraw(workspace, form.need("agreement", "Which", 40), person=who.person, ground=ground)
    return RedirectResponse("/watch/agreements", status_code=303)


@router.get("/watch/supply", response_class=HTMLResponse)
def show_watches(request: Request, who: Read) -> HTMLResponse:
    """Show watches on harm after supply events."""
    site = site_of(request)
    role, small = reader_for(site, who).role, site.workspace.settings.watch.small_cell
    rows = watch_actions.list_watches(site.workspace, role=role)
    open_actions = watch_actions.unwatched(site.workspace)
    return page(request, "watch/supply.html", {
        "watches": [row | {"known": watch_actions.masked(row["known"], small)} for row in rows], "levels": LEVELS[:4],
        "unwatched": open_actions if role != "health" else [], "unwatched_count": len(open_actions),
        "may_act": who.may("watch", "act"), "may_decide": who.may("watch", "decide"), "role": role,
    })  # fmt: skip


@router.post("/watch/supply")
def open_one(request: Request, who: Decide, form: Form) -> Response:
    """Open a watch after an action that was sealed, or after an event that nobody planned."""
    action, event = form.get("action", ""), form.get("event", "")
    if bool(action) == bool(event):
        raise UsageError("A watch follows one thing.", hint="Give a sealed action, or an event with its day.")
    weeks = form.need("weeks", "How many weeks", 2)
    if not weeks.isascii() or not weeks.isdigit() or not 1 <= int(weeks) <= 26:
        raise UsageError(f"{weeks!r} is no number of weeks.", hint="Give 1 to 26.")
    more: dict[str, Any] = {
        "person": who.person, "level": form.get("level", "county"), "weeks": int(weeks),
        "substance_class": form.get("class", "") or "all",
    }  # fmt: skip
    area = form.need("area", "The area", 200)
    with site_of(request).acting() as workspace:
        if event:
            watch_actions.open_after_event(workspace, event, _must(form, "day"), area, **more)
        else:
            watch_actions.open_watch(workspace, action, area, **more)
    return RedirectResponse("/watch/supply", status_code=303)


@router.post("/watch/supply/close")
def close_one(request: Request, who: Decide, form: Form) -> Response:
    """Close a watch that is over, with what happened."""
    with site_of(request).acting() as workspace:
        watch_actions.close_watch(workspace, form.need("watch", "Which", 40), person=who.person)
    return RedirectResponse("/watch/supply", status_code=303)


def _side(who: Visitor) -> str:
    """Return for which side a visitor agrees, by what they work for; "" for neither."""
    if not who.may("watch-local", "decide"):
        return ""
    try:
        return side_of(who.purpose)
    except AccessError:
        return ""


def _registers(request: Request, who: Visitor) -> dict[str, Any]:
    found = registers(site_of(request).workspace)
    local = reader_for(site_of(request), who).role != "enforcement"
    return {
        "counts": grid(found["counts"][:_MOST_ROWS], _COUNTS), "places": grid(found["places"]), "files": FILES,
        "contacts": grid([_contact(row, local) for row in found["contacts"][:_MOST_ROWS]]),
        "stock": grid(found["stock"][:_MOST_ROWS]), "forms": form_names(), "receipt": None,
        "may_act": who.may("watch", "act"), "most": MOST_BYTES >> 20,
    }  # fmt: skip


def _contact(row: Mapping[str, Any], local: bool) -> dict[str, Any]:
    names = ("contact", "role", "duty", "organisation", "area", "level", "tell_hours", "answer_hours", "until")
    return {name: row[name] for name in names} | ({"channel": row["channel"]} if local else {})


def _refused(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(row.get(name) or "") for name in ("line", "column", "value", "reason", "hint")}


def _more(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the further options of a form, one a line as name=value."""
    made = {}
    for line in fields.get("more", "").splitlines():
        name, mark, value = line.partition("=")
        if line.strip() and not mark:
            raise UsageError(f"{line.strip()!r} holds no =.", hint="Write one name=value a line.")
        if name.strip():
            made[name.strip()] = value.strip()
    return made


def _must(form: Filled, name: str) -> dt.date:
    day = _day(form, name, required=True)
    if day is None:
        raise UsageError(f"The day {name!r} is missing.", hint="Write it as 2026-03-31.")
    return day


def _day(form: Mapping[str, str], name: str, *, required: bool) -> dt.date | None:
    text = form.get(name, "").strip()
    if not text and not required:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day.", hint="Write it as 2026-03-31.") from None
