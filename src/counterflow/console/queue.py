"""The queue: every record, filtered, in order, a page at a time; saved views, acts on many, exports."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console import queue_view as view
from counterflow.console.layout import page
from counterflow.core.errors import InputError, UnknownName
from counterflow.flow import queue_acts, queue_export, queue_views
from counterflow.flow.queue import QueuePage, choices, keys_of, queue_page
from counterflow.flow.queue_ask import QueueAsk
from counterflow.flow.queue_model import QueueModel
from counterflow.web.forms import Filled, filled
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["read_key", "router"]

router = APIRouter()

Form = Annotated[Filled, Depends(filled)]
_MOST_NAMED = 200
_MOST_MARKED = 200
#: filters that stand folded away
_FURTHER = ("lane", "kind", "departure", "arm", "confirmation", "hand", "source")


@router.get("/queue", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("queue")]) -> HTMLResponse:
    """Show the queue: what is to be looked at, or what the address asks."""
    given = {k: v for k, v in request.query_params.items() if k != "name"}
    ask = QueueAsk.read(given)
    if not ask.asks() and "order" not in given:
        ask = replace(view.TO_LOOK_AT, after=ask.after, size=ask.size)
    shown = queue_page(site_of(request).workspace, ask)
    return _page(request, who, ask, shown)


@router.post("/queue/named", response_class=HTMLResponse)
def named(request: Request, who: Annotated[Visitor, needs("queue")], form: Form) -> HTMLResponse:
    """Show the records that name a party so: asked by POST, so that no name stands in an address or a log."""
    ask = QueueAsk(name=form.need("name", "the name", 200), order="newest", size=_MOST_NAMED)
    return _page(request, who, ask, queue_page(site_of(request).workspace, ask))


def _page(request: Request, who: Visitor, ask: QueueAsk, shown: QueuePage) -> HTMLResponse:
    site = site_of(request)
    who.saw([f"{row['source']}/{row['record_id']}" for row in shown.rows])
    part = request.headers.get("hx-target") == "list" and "hx-history-restore-request" not in request.headers
    context = _list_context(who, ask, shown)
    if not part:
        found = choices(site.workspace)
        context |= {
            "chips": view.chips_of(found, who.person, ask),
            "filters": view.filters_of(found, ask),
            "orders": view.orders(),
            "first": found["first"],
            "last": found["last"],
            "there": found["records"],
            "making": shown.standing.as_of is None,
            "more_open": bool(ask.since or ask.until or any(getattr(ask, name) for name in _FURTHER)),
            "views": queue_views.views_of(site.workspace, who.person),
            "fetch": _agreed_exports(site, who) if who.may("queue", "export") else [],
        }
    answer = page(request, "queue/list.html" if part else "queue/page.html", context)
    if part:
        answer.headers["hx-push-url"] = f"/queue?{ask.address()}" + (f"&after={ask.after}" if ask.after else "")
    return answer


def _list_context(who: Visitor, ask: QueueAsk, shown: QueuePage) -> dict[str, Any]:
    own = f"/queue?{ask.address()}"
    return {
        "ask": ask,
        "asks": ask.address(),
        "rows": [view.entry_of(row) for row in shown.rows],
        "count": view.count_words(shown),
        "fits": shown.count,
        "lag": view.lag_words(shown),
        "as_of": view.moment_words(shown.standing.as_of) if shown.standing.as_of else "",
        "next": f"{own}&{urlencode({'after': shown.next})}" if shown.next and not ask.name else "",
        "before": f"{own}&{urlencode({'after': shown.before})}" if shown.before and not ask.name else "",
        "start": own if ask.after else "",
        "may_act": who.may("queue", "act"),
        "may_export": who.may("queue", "export"),
        "alone": queue_export.ALONE,
        "most": queue_acts.MOST_AT_ONCE,
    }


@router.post("/queue/acts")
def act(request: Request, who: Annotated[Visitor, needs("queue", "act")], form: Form) -> Response:
    """Do something on the records that were marked, or on all that fit the filter."""
    site, wanted, words = site_of(request), form.get("act", ""), form.get("words", "")
    keys = _chosen(site, form)
    if wanted == "release":
        with site.acting():
            subject, payload = queue_acts.release_request(site.workspace, keys)
            request_id = site.access.requests.ask("queue-release", subject, payload, who, words)
        return RedirectResponse(f"/requests?{urlencode({'done': request_id})}", status_code=303)
    with site.acting():
        done = queue_acts.act_on(site.workspace, keys, wanted, person=who.person, words=words)
    QueueModel.of(site.workspace).standing(wait=2)
    back = form.get("back", "")
    if back.startswith("/record?"):
        return RedirectResponse(back, status_code=303)
    told = {"act": wanted, "records": done["records"], "left": done["left"], "back": form.get("asks", "")[:2000]}
    return RedirectResponse(f"/queue/done?{urlencode(told)}", status_code=303)


@router.get("/queue/done", response_class=HTMLResponse, dependencies=[needs("queue", "act")])
def done(
    request: Request,
    act: Annotated[str, Query(max_length=20)],
    records: Annotated[int, Query(ge=0, le=queue_acts.MOST_AT_ONCE)],
    left: Annotated[int, Query(ge=0, le=queue_acts.MOST_AT_ONCE)] = 0,
    back: Annotated[str, Query(max_length=2000)] = "",
) -> HTMLResponse:
    """Say what was done."""
    if act not in queue_acts.ACTS:
        raise UnknownName("act on records", act, queue_acts.ACTS)
    asks = QueueAsk.read(dict(parse_qsl(back))).address()
    told = {"did": queue_acts.ACTS[act], "records": records, "left": left, "back": f"/queue?{asks}"}
    return page(request, "queue/done.html", told)


def _chosen(site: Site, form: Filled) -> list[tuple[str, str]]:
    """Return the keys of the records that were marked, or of all that fit."""
    if form.get("which", "") == "all":
        asks = form.get("asks", "")[:2000]
        if not asks:
            raise InputError("It is not clear which records are meant.", hint="Open the queue again.")
        return keys_of(site.workspace, QueueAsk.read(dict(parse_qsl(asks))), queue_acts.MOST_AT_ONCE)
    marked = form.all("key")
    if len(marked) > _MOST_MARKED:
        raise InputError(f"At most {_MOST_MARKED} records are marked at once.", hint="Choose all that fit instead.")
    return [read_key(text) for text in marked]


def read_key(text: str) -> tuple[str, str]:
    """Return source and record id of a key as `queue_view.key_of` writes it.

    >>> read_key("post%2Fone/A%2F1")
    ('post/one', 'A/1')
    """
    source, _, record_id = text.partition("/")
    return unquote(source), unquote(record_id)


@router.post("/queue/views")
def save(request: Request, who: Annotated[Visitor, needs("queue")], form: Form) -> RedirectResponse:
    """Save the filter and order under a name."""
    ask = QueueAsk.read(dict(parse_qsl(form.get("asks", "")[:2000])))
    with site_of(request).acting() as workspace:
        queue_views.save_view(
            workspace, form.get("name", ""), ask, person=who.person, shared=form.get("shared", "") == "yes"
        )
    return RedirectResponse(f"/queue?{ask.address()}", status_code=303)


@router.post("/queue/views/remove")
def remove(request: Request, who: Annotated[Visitor, needs("queue")], form: Form) -> RedirectResponse:
    """Take a saved view away."""
    with site_of(request).acting() as workspace:
        queue_views.remove_view(workspace, form.need("view", "the view", 40), person=who.person)
    return RedirectResponse("/queue", status_code=303)


@router.post("/queue/export")
def take_out(request: Request, who: Annotated[Visitor, needs("queue", "export")], form: Form) -> Response:
    """Give a file of up to `ALONE` rows, or ask for a second person; or give the file that one agreed to."""
    site, form_name = site_of(request), form.get("format", "csv")
    agreed = None
    ask = QueueAsk.read(dict(parse_qsl(form.get("asks", "")[:2000])))
    if form.get("request", ""):
        asked = next((one for one in _agreed_exports(site, who) if one["id"] == form["request"]), None)
        if asked is None:
            raise InputError("No export of yours was agreed to under this id.", hint="See your requests.")
        agreed, form_name, ask = asked["payload"], asked["payload"]["format"], QueueAsk.read(asked["payload"]["asks"])
    elif queue_page(site.workspace, replace(ask, after="", size=1)).count > queue_export.ALONE:
        count = len(keys_of(site.workspace, ask, queue_export.MOST))
        subject, payload = queue_export.export_request(ask, count, purpose=who.purpose, form=form_name)
        with site.acting():
            request_id = site.access.requests.ask("queue-export", subject, payload, who, form.get("words", ""))
        return RedirectResponse(f"/requests?{urlencode({'done': request_id})}", status_code=303)
    with site.acting():
        made = queue_export.export(
            site.workspace, ask, person=who.person, purpose=who.purpose, form=form_name, agreed=agreed
        )
    who.saw([f"export {made.sha256[:16]}: {made.rows} rows"])
    named = {"content-disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=queue_export.FORMATS[form_name], headers=named)


def _agreed_exports(site: Site, who: Visitor) -> list[dict[str, Any]]:
    """Return this person's exports that a second person agreed to and that can still be fetched."""
    me = site.access.people.id_of(who.person)
    found: list[dict[str, Any]] = []
    for one in site.access.requests.all():
        payload = queue_export.agreed_payload(one, me)
        if payload is not None and queue_export.fetchable(payload, site.workspace.clock()):
            found.append({"id": one.id, "subject": one.subject, "payload": payload})
    return found
