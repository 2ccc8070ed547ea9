"""One alarm: how sure it is, who must be told, and buttons for what was done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.core.clock import parse_instant
from counterflow.core.errors import UsageError
from counterflow.flow.watch_answers import mark_acknowledged, mark_acted, mark_disposed, mark_told, may_answer
from counterflow.flow.watch_desk import alarm_file
from counterflow.report import numbers
from counterflow.report.blocks import html
from counterflow.report.watch_brief import blocks, kicker
from counterflow.watch.disclosure.rules import COARSE
from counterflow.watch.response.told import VERDICTS
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs
from counterflow.web.watch_views import reader_for

__all__ = ["Act", "Alarm", "Decide", "Form", "Read", "instant_of", "router"]

router = APIRouter()

Alarm = Annotated[str, Path(max_length=80, pattern=r"^[AH]-[0-9A-Za-z.\-]+$")]
Read = Annotated[Visitor, needs("watch")]
Act = Annotated[Visitor, needs("watch", "act")]
Decide = Annotated[Visitor, needs("watch", "decide")]
Form = Annotated[Filled, Depends(filled)]
_ACTS = {
    "told": "told", "acknowledged": "acknowledged", "acted": "acted", "disposed": "said what it was",
    "told-correction": "told that it no longer stands", "corrected": "no longer stands by newer counts",
    "stands-again": "stands again by newer counts",
}  # fmt: skip
_SAYS = {
    "outbreak": "more people were harmed",
    "artefact": "the way of counting or reporting made it",
    "data-error": "the counts were wrong",
    "known-event": "known before, as a festival",
    "not-judged": "nobody could find out",
}


@router.get("/watch/alarms/{alarm}", response_class=HTMLResponse)
def show(request: Request, who: Read, alarm: Alarm) -> HTMLResponse:
    """Show one alarm with what was done about it and what is left to do."""
    found = _file(request, who, alarm)
    brief = found["brief"]
    return page(request, "watch/alarm.html", {
        "alarm": found["alarm"], "title": brief["title"], "kicker": kicker(brief), "brief": html(blocks(brief)),
        "stands": found["stands"], "verdict": found["verdict"], "verdicts": [(v, _SAYS[v]) for v in VERDICTS],
        "to_tell": [_due(name, brief) for name in found["to_tell"]], "waiting": found["to_acknowledge"],
        "told": found["told"], "acts": [_told(one) for one in found["acts"]],
        "may_act": who.may("watch", "act"), "may_decide": who.may("watch", "decide"),
    })  # fmt: skip


@router.get("/watch/alarms/{alarm}/brief.pdf")
def as_pdf(request: Request, who: Read, alarm: Alarm) -> Response:
    """Give the brief of an alarm as a PDF."""
    from counterflow.report.pdf import pdf
    from counterflow.report.watch_brief import BAND

    brief = _file(request, who, alarm)["brief"]
    made = pdf(
        brief["title"], kicker(brief), blocks(brief), made_at=parse_instant(brief["made_at"]),
        foot=f"{brief['alarm']} – shown for {brief['role']}, {brief['purpose']}",
        band=BAND if brief["synthetic"] else "",
    )  # fmt: skip
    name = f'attachment; filename="brief-{brief["alarm"]}.pdf"'
    return Response(made, media_type="application/pdf", headers={"content-disposition": name})


@router.post("/watch/alarms/{alarm}/told")
def was_told(request: Request, who: Act, alarm: Alarm, form: Form) -> Response:
    """Put on record that contacts were told; all that are due where none is ticked."""
    _may_answer(request, who, alarm)
    with site_of(request).acting() as workspace:
        mark_told(workspace, alarm, person=who.person, to=form.all("to"), at=instant_of(form))
    return _back(alarm, form)


@router.post("/watch/alarms/{alarm}/acknowledged")
def was_acknowledged(request: Request, who: Act, alarm: Alarm, form: Form) -> Response:
    """Put on record that a contact who was told acknowledged."""
    _may_answer(request, who, alarm)
    contact = form.need("contact", "Who acknowledged", 200)
    with site_of(request).acting() as workspace:
        mark_acknowledged(workspace, alarm, contact=contact, person=who.person, at=instant_of(form))
    return _back(alarm, form)


@router.post("/watch/alarms/{alarm}/acted")
def was_acted_on(request: Request, who: Act, alarm: Alarm, form: Form) -> Response:
    """Put on record what was done."""
    _may_answer(request, who, alarm)
    words, contact = form.need("words", "What was done", 2000), form.get("contact", "")
    with site_of(request).acting() as workspace:
        mark_acted(workspace, alarm, person=who.person, words=words, contact=contact, at=instant_of(form))
    return _back(alarm, form)


@router.post("/watch/alarms/{alarm}/disposed")
def was_judged(request: Request, who: Decide, alarm: Alarm, form: Form) -> Response:
    """Put on record what the alarm turned out to have been."""
    _may_answer(request, who, alarm)
    verdict, words = form.need("verdict", "What it was", 40), form.need("words", "How that is known", 2000)
    with site_of(request).acting() as workspace:
        mark_disposed(workspace, alarm, verdict, person=who.person, words=words)
    return _back(alarm, form)


def _may_answer(request: Request, who: Visitor, alarm: str) -> None:
    may_answer(site_of(request).workspace, alarm, reader_for(site_of(request), who))


def instant_of(form: Mapping[str, str]) -> dt.datetime | None:
    """Return when it was done, None for now.

    Raises:
        UsageError: it is no instant.
    """
    text = form.get("at", "")
    if not text:
        return None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no instant.", hint="Write ISO 8601, as 2026-03-01T09:30+01:00.") from None


def _file(request: Request, who: Visitor, alarm: str) -> dict[str, Any]:
    site = site_of(request)
    reader = reader_for(site, who)
    found = alarm_file(site.workspace, alarm, role=reader.role, purpose=reader.purpose)
    if found["brief"]["where"]["level"] not in COARSE:
        who.saw([found["alarm"]])
    return found


def _due(name: str, brief: Mapping[str, Any]) -> dict[str, str]:
    row = next((one for one in brief["response"] if one["contact"] == name), None)
    if row is None:
        return {"contact": name, "who": "told of it before", "by": ""}
    return {"contact": name, "who": f"{row['duty']}, {row['organisation']}", "by": numbers.when(_utc(row["tell_by"]))}


def _utc(text: str) -> str:
    return parse_instant(text).astimezone(dt.UTC).isoformat(timespec="seconds")


def _told(one: Mapping[str, Any]) -> dict[str, str]:
    at = one["done_at"]
    return {
        "when": numbers.when(at.astimezone(dt.UTC).isoformat(timespec="seconds")), "what": _ACTS[str(one["act"])],
        "contact": str(one["contact"] or ""), "verdict": str(one["verdict"] or ""),
        "words": str(one.get("words") or ""), "person": str(one.get("person") or ""),
        "seq": "" if one["ledger_seq"] is None else str(one["ledger_seq"]),
    }  # fmt: skip


def _back(alarm: str, form: Mapping[str, str]) -> Response:
    to = {"room": "/watch", "supply": "/watch/supply"}.get(form.get("back", ""), f"/watch/alarms/{alarm}")
    return RedirectResponse(to, status_code=303)
