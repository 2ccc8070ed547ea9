"""Parties: is this one listed? Answers as you type, alerts on stored records, clearings, list versions.

Names are asked for by POST: they stand in no address, no history and no log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.console.substances import address, day_of
from counterflow.flow import list_versions, party_alerts, party_confirming, party_desk
from counterflow.report.grid import grid
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

Text = Annotated[str, Query(max_length=300)]
From = Annotated[int, Query(ge=0, le=10_000_000)]
Form = Annotated[Filled, Depends(filled)]

TABS = (
    ("/parties", "Look up"), ("/parties/alerts", "Alerts on records"), ("/parties/clearings", "Clearings"),
    ("/parties/lists", "Lists and changes"),
)  # fmt: skip
#: fields of a party beside its name, and what each is called
FACTS = {
    "born": "Born (day or year)", "country": "Country", "nationality": "Nationality", "address": "Address",
    "identifier": "Passport, tax, registration or IMO number",
}  # fmt: skip
KINDS = {"": "any kind", "Person": "a person", "Organization": "an organisation", "Vessel": "a vessel"}
_TOP = 12
_ROWS = 50
#: kinds of alert in words
CODES = {
    "listed-exact": "the listed name, word for word", "listed-reordered": "its words in another order",
    "listed-similar": "a similar name", "listed-number": "the same number", "listed-weak-alias": "a weak alias",
    "listed-cleared": "cleared", "listed-confirmed": "confirmed by two people",
}  # fmt: skip


def _asked(form: Mapping[str, str]) -> dict[str, str]:
    """Return the party that a form describes."""
    return {name: form.get(name, "").strip()[:1000] for name in ("name", "schema", *FACTS)}


def _meant(form: Mapping[str, str]) -> dict[str, str]:
    """Return the party that a judgement is to hold for: the name, and the fields that were ticked."""
    asked = _asked(form)
    return {"name": asked["name"], "schema": asked["schema"]} | {
        name: asked[name] for name in ("born", "country", "identifier") if form.get(f"only_{name}")
    }


@router.get("/parties", response_class=HTMLResponse, dependencies=[needs("parties")])
def look(request: Request, text: Text = "") -> HTMLResponse:
    """Offer the box, with a name in it that another page brought; the answer is asked for as if it were typed."""
    return _look(request, dict.fromkeys(("schema", *FACTS), "") | {"name": text.strip()}, None)


@router.post("/parties", response_class=HTMLResponse)
def look_up(request: Request, who: Annotated[Visitor, needs("parties")], form: Form) -> HTMLResponse:
    """Answer one party, as it is typed."""
    asked = _asked(form)
    workspace = site_of(request).workspace
    if not asked["name"] and not asked["identifier"]:
        return _look(request, asked, None)
    found = party_desk.look_up(workspace, [asked], top=_TOP)
    who.saw([row["entity_id"] for row in found["rows"] if row["alert"]], asked=" ".join(filter(None, asked.values())))
    return _look(request, asked, found)


def _look(request: Request, asked: Mapping[str, str], found: Mapping[str, Any] | None) -> HTMLResponse:
    words = party_desk.lookup_words(site_of(request).workspace)
    rows = found["rows"] if found else []
    return page(request, "parties/look.html", {
        "tabs": TABS, "asked": asked, "facts": FACTS, "kinds": KINDS, "words": words, "found": found,
        "alerts": [row for row in rows if row["alert"]], "others": [row for row in rows if not row["alert"]],
    })  # fmt: skip


@router.post("/parties/beside", response_class=HTMLResponse)
def beside(request: Request, who: Annotated[Visitor, needs("parties")], form: Form) -> HTMLResponse:
    """Lay a party and a listed entry side by side, word by word."""
    asked, entity = _asked(form), form.get("entity", "")[:200]
    told = party_desk.beside(site_of(request).workspace, asked, entity)
    who.saw([entity])
    return page(request, "parties/beside.html", {
        "tabs": TABS, "asked": asked, "told": told, "facts": FACTS, "today": _today(request),
        "may_clear": who.may("clearings", "act"),
    })  # fmt: skip


@router.get("/parties/alerts", response_class=HTMLResponse)
def alerts(
    request: Request,
    who: Annotated[Visitor, needs("clearings")],
    state: Annotated[str, Query(max_length=10)] = "open",
    text: Text = "",
    offset: From = 0,
    done: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """Show pairs of a stored name and a listed entry that wait for a person, the surest first."""
    workspace = site_of(request).workspace
    found = party_alerts.alerts(workspace, state=state, text=text, offset=offset, limit=_ROWS)
    who.saw([f"{row['source']}/{row['record_id']}" for row in found["rows"]])
    ends = min(offset + _ROWS, found["total"])
    return page(request, "parties/alerts.html", {
        "tabs": TABS, "state": state, "states": party_alerts.STATES, "text": text, "rows": found["rows"],
        "total": found["total"], "counts": party_alerts.counts(workspace), "codes": CODES,
        "said": f"{offset + 1} to {ends} of {found['total']}" if found["rows"] else "", "done": done,
        "before": address("/parties/alerts", state=state, text=text, offset=offset - _ROWS) if offset else "",
        "after": address("/parties/alerts", state=state, text=text, offset=ends) if ends < found["total"] else "",
    })  # fmt: skip


@router.post("/parties/clearings")
def clear(request: Request, who: Annotated[Visitor, needs("clearings", "act")], form: Form) -> Response:
    """Clear a pair: this party is not that listed one, on this visitor's word."""
    with site_of(request).acting() as workspace:
        made = party_alerts.clear(
            workspace, _meant(form), form.need("entity", "the listed entry"), reason=form.need("reason", "the reason"),
            person=who.person, until=day_of(form.get("until", "")),
        )  # fmt: skip
    return RedirectResponse(address("/parties/clearings", done=made["clearing"]), status_code=303)


@router.post("/parties/confirmations")
def confirm(request: Request, who: Annotated[Visitor, needs("clearings", "act")], form: Form) -> Response:
    """Ask to confirm a pair: this party is that listed one; another person has to agree."""
    site, reason = site_of(request), form.need("reason", "what shows it")
    with site.acting() as workspace:
        subject, payload = party_confirming.request(
            workspace, _meant(form), form.need("entity", "the listed entry"), reason=reason,
            until=day_of(form.get("until", "")),
        )  # fmt: skip
        made = site.access.requests.ask("party-confirm", subject, payload, who, reason)
    return RedirectResponse(address("/requests", done=made), status_code=303)


@router.get("/parties/clearings", response_class=HTMLResponse)
def clearings(
    request: Request, who: Annotated[Visitor, needs("clearings")], done: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """Show every clearing and confirmation, whether it still holds, and what made it void."""
    workspace = site_of(request).workspace
    rows, confirmed = party_alerts.clearings(workspace), party_confirming.confirmations(workspace)
    who.saw([row["clearing"] for row in [*rows, *confirmed][:1000]])
    return page(request, "parties/clearings.html", {
        "tabs": TABS, "rows": rows, "confirmed": confirmed, "done": done, "may_revoke": who.may("clearings", "act"),
        "holds": sum(row["state"] == "in force" for row in rows),
        "void": sum(row["state"].startswith("void") for row in rows),
    })  # fmt: skip


@router.post("/parties/clearings/revoke")
def revoke(request: Request, who: Annotated[Visitor, needs("clearings", "act")], form: Form) -> Response:
    """Take a clearing or a confirmation back: the pair alerts again."""
    with site_of(request).acting() as workspace:
        made = party_alerts.revoke(
            workspace, form.need("clearing", "the clearing"), reason=form.need("reason", "the reason"),
            person=who.person,
        )  # fmt: skip
    return RedirectResponse(address("/parties/clearings", done=made["clearing"]), status_code=303)


@router.get("/parties/lists", response_class=HTMLResponse)
def lists(request: Request, who: Annotated[Visitor, needs("lists")]) -> HTMLResponse:
    """Show which editions of which lists are held, and which are screened against."""
    rows = list_versions.versions(site_of(request).workspace)
    return page(request, "parties/lists.html", {"tabs": TABS, "rows": rows, "may_act": who.may("lists", "act")})


@router.get("/parties/lists/changes", response_class=HTMLResponse, dependencies=[needs("lists")])
def changes(
    request: Request,
    before: Annotated[str, Query(max_length=80)],
    after: Annotated[str, Query(max_length=80)],
    kind: Annotated[str, Query(max_length=10)] = "",
    text: Text = "",
    offset: From = 0,
) -> HTMLResponse:
    """Show which entries were added, removed or changed between two editions."""
    workspace = site_of(request).workspace
    found = list_versions.changes(workspace, before, after, kind=kind, text=text, offset=offset, limit=_ROWS)
    asked = {"before": before, "after": after, "kind": kind, "text": text}
    ends = min(offset + _ROWS, found["total"])
    return page(request, "parties/changes.html", {
        "tabs": TABS, "found": found, "rows": grid(found["rows"]), "kind": kind, "text": text,
        "said": f"{offset + 1} to {ends} of {found['total']}" if found["rows"] else "",
        "back": address("/parties/lists/changes", **asked, offset=offset - _ROWS) if offset else "",
        "further": address("/parties/lists/changes", **asked, offset=ends) if ends < found["total"] else "",
    })  # fmt: skip


@router.post("/parties/lists/again", response_class=HTMLResponse)
def look_again(request: Request, who: Annotated[Visitor, needs("lists", "act")], form: Form) -> HTMLResponse:
    """Look stored parties up again after a list changed; show whom that touches."""
    with site_of(request).acting() as workspace:
        done = list_versions.look_again(workspace, form.need("since", "the earlier version"))
    who.saw([f"{row['source']}/{row['record_id']}" for row in done["rows"][:1000]])
    return page(request, "parties/again.html", {
        "tabs": TABS, "told": done["told"], "rows": grid(done["rows"][:500]), "more": max(len(done["rows"]) - 500, 0),
    })  # fmt: skip


def _today(request: Request) -> dt.date:
    return site_of(request).workspace.clock().date()
