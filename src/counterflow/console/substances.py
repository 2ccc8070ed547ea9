"""Substances: is this controlled, where, since when? One box, then the law, comparisons and list versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.console.layout import page
from counterflow.flow import substance_desk as desk
from counterflow.report.grid import grid
from counterflow.web.site import site_of
from counterflow.web.visitor import needs

__all__ = ["VERDICTS", "marked", "router"]

router = APIRouter()

Text = Annotated[str, Query(max_length=4000)]
Short = Annotated[str, Query(max_length=400)]
Day = Annotated[str, Query(max_length=10)]

#: verdict to what it is called, and the sentence that lists its places
VERDICTS = {
    "controlled": ("Controlled", "Controlled in"),
    "listed_precursor": ("Listed precursor", "A listed precursor in"),
    "unclear": ("Unclear", "Unclear, a person must look, in"),
    "watch": ("Listed elsewhere", "No entry found, but listed elsewhere, in"),
    "none": ("Nothing found", "No entry found in"),
}
TABS = (
    ("/substances", "Look up"), ("/substances/matrix", "Compare places"), ("/substances/gaps", "Gaps on a route"),
    ("/substances/lists", "Lists and updates"), ("/substances/rules", "Class rules"),
)  # fmt: skip
_MOST_GAPS = 300


@router.get("/substances", response_class=HTMLResponse, dependencies=[needs("substances")])
def look(
    request: Request, q: Text = "", smiles: Short = "", hs: Short = "", places: Short = "", on: Day = ""
) -> HTMLResponse:
    """Answer one item as it is typed: what it names, and what the law of each place makes of it."""
    workspace = site_of(request).workspace
    item = {"text": q.strip(), "smiles": smiles.strip(), "hs": hs.strip()}
    asked = {name: value for name, value in item.items() if value}
    answer = desk.look_up(workspace, asked, places=split(places), on=day_of(on)) if asked else None
    return page(request, "substances/look.html", {
        "tabs": TABS, "q": q, "smiles": smiles, "hs": hs, "places": places, "on": on, "verdicts": VERDICTS,
        "answer": answer, "marked": marked(q.strip(), answer["found"]) if answer else [],
        "names": {row["code"]: row["name"] for row in desk.places_of(workspace)},
    })  # fmt: skip


@router.get("/substances/show", response_class=HTMLResponse, dependencies=[needs("substances")])
def show(request: Request, substance: Short = "", on: Day = "") -> HTMLResponse:
    """Lay open all that is held of a substance."""
    found = desk.lay_open(site_of(request).workspace, substance, on=day_of(on))
    return page(request, "substances/show.html", {
        "tabs": TABS, "asked": substance,
        "found": [one | {"controls": grid(one["controls"]), "class_rules": grid(one["class_rules"])} for one in found],
    })  # fmt: skip


@router.get("/substances/matrix", response_class=HTMLResponse, dependencies=[needs("substances")])
def matrix(request: Request, names: Text = "", places: Short = "", on: Day = "") -> HTMLResponse:
    """Compare places: where each substance is controlled, since when, under which list."""
    workspace, asked = site_of(request).workspace, split(names)
    found = desk.compare(workspace, asked, places=split(places), on=day_of(on)) if asked else None
    return page(request, "substances/matrix.html", {
        "tabs": TABS, "names": names, "places": places, "on": on, "found": found, "verdicts": VERDICTS,
        "held": desk.places_of(workspace), "most": desk.MOST_COMPARED,
    })  # fmt: skip


@router.get("/substances/gaps", response_class=HTMLResponse, dependencies=[needs("substances")])
def gaps(request: Request, origin: Short = "", destination: Short = "", on: Day = "") -> HTMLResponse:
    """List what is listed or seen at the destination and not found in the law of the origin."""
    workspace = site_of(request).workspace
    found = desk.find_gaps(workspace, origin, destination, on=day_of(on)) if origin and destination else None
    return page(request, "substances/gaps.html", {
        "tabs": TABS, "origin": origin, "destination": destination, "on": on, "found": found, "verdicts": VERDICTS,
        "held": desk.places_of(workspace), "rows": found["rows"][:_MOST_GAPS] if found else [],
    })  # fmt: skip


@router.get("/substances/lists", response_class=HTMLResponse, dependencies=[needs("substances")])
def lists(request: Request) -> HTMLResponse:
    """Show which lists are held, how far each goes, and what was brought up to date by whom."""
    return page(request, "substances/lists.html", {"tabs": TABS, **desk.updates(site_of(request).workspace)})


@router.get("/substances/lists/update", response_class=HTMLResponse, dependencies=[needs("substances")])
def update(request: Request, update: Short) -> HTMLResponse:
    """Show what one accepted update changed."""
    found = desk.update_in_full(site_of(request).workspace, update)
    return page(request, "substances/update.html", {"tabs": TABS, "found": found, "rows": grid(found["rows"])})


@router.get("/substances/rules", response_class=HTMLResponse, dependencies=[needs("substances")])
def rules(request: Request, rule: Short = "") -> HTMLResponse:
    """List the definitions by structure, or show one with the words of the law."""
    shown = desk.rule_in_full(rule) if rule else []
    return page(request, "substances/rules.html", {"tabs": TABS, "rule": rule, "shown": shown, "rules": desk.rules()})


def marked(text: str, found: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the text in pieces, each with the verdict of what it names; empty where it names nothing.

    >>> marked("25 kg norfentanyl", [{"verdict": "controlled", "spans": [{"field": "text", "begin": 6, "end": 17}]}])
    [('25 kg ', ''), ('norfentanyl', 'controlled')]
    """
    spans = sorted(
        {(span["begin"], span["end"], one["verdict"]) for one in found for span in one["spans"]
         if span["field"] == "text"}
    )  # fmt: skip
    pieces, at = [], 0
    for begin, end, verdict in spans:
        if begin >= at:
            pieces += [(text[at:begin], ""), (text[begin:end], verdict)]
            at = end
    return [(piece, verdict) for piece, verdict in [*pieces, (text[at:], "")] if piece]


def split(text: str) -> list[str]:
    """Return what stands between commas, semicolons or line breaks."""
    for mark in (";", "\n", "\r"):
        text = text.replace(mark, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def day_of(text: str) -> dt.date | None:
    """Return a day as a form sends it; None where it is empty.

    Raises:
        InputError: it is none.
    """
    from counterflow.core.errors import InputError

    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise InputError("This is no day.", hint="Write it as 2026-12-31.", column="on", value=text) from None


def address(path: str, **query: object) -> str:
    """Return an address with what is asked for.

    >>> address("/parties/alerts", text="a & b", offset=0)
    '/parties/alerts?text=a+%26+b'
    """
    asked = {name: value for name, value in query.items() if value not in (None, "", 0)}
    return f"{path}?{urlencode(asked)}" if asked else path
