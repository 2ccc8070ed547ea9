"""Audit: is the record whole, who looked at what, and proof to take away.

The check is made by the verifier that shares no code with the writer, on a still copy, in a process of its own.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from counterflow.access.policy import PURPOSES, RESOURCES
from counterflow.console.layout import page
from counterflow.core.errors import UsageError
from counterflow.flow.evidence import write_pack
from counterflow.flow.ledger_view import LedgerKinds, entry_row, in_words, ledger_page
from counterflow.flow.outside import verify_outside
from counterflow.flow.read_log import ReadAsk, read_log, read_sums
from counterflow.report import numbers
from counterflow.web.forms import Filled, filled
from counterflow.web.site import Site, site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_DAYS = dt.timedelta(days=7)
_LONGEST_HEAD = 20_000
#: of the choice of kinds: every kind, groups of looks too
_ALL = "all"

_Text = Annotated[str, Query(max_length=200)]
_Number = Annotated[int | None, Query(ge=1, le=2**53 - 1)]


@router.get("/audit", response_class=HTMLResponse)
def show(
    request: Request, who: Annotated[Visitor, needs("ledger")], kind: _Text = "", about: _Text = "",
    before: _Number = None,
) -> HTMLResponse:  # fmt: skip
    """Show whether the record is whole, what waits, who looked at what, and the entries."""
    site = site_of(request)
    ledger = site.workspace.ledger
    context = {
        "head": ledger.head().head,
        "kinds": _kinds(site).counts(ledger),
        "check": _check_words(site.extra.get("ledger_check")),
        "found": _entries(site, kind, about, before),
        "words": lambda body: in_words(body, site.access.people.name_of),
        "kind": kind, "about": about, "before": before, "when": numbers.when, "count": numbers.count,
        "sums": _sums(site) if who.may("reads") else None,
        "late": [one for one in site.access.overrides.open() if one.state == "overdue"] if who.may("overrides") else [],
        "waiting": len(site.access.requests.open_requests()) if who.may("requests") else 0,
        "may_take": who.may("evidence", "export"), "may_head": who.may("ledger", "export"),
    }  # fmt: skip
    return page(request, "audit/page.html", context)


@router.get("/audit/entry/{seq}", response_class=HTMLResponse, dependencies=[needs("ledger")])
def show_entry(request: Request, seq: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> HTMLResponse:
    """Show one entry of the ledger whole."""
    ledger = site_of(request).workspace.ledger
    entry = entry_row(ledger.entry(seq))
    return page(request, "audit/entry.html", {"entry": entry, "size": ledger.size, "when": numbers.when})


@router.post("/audit/check")
def check(
    request: Request, _who: Annotated[Visitor, needs("ledger")], form: Annotated[Filled, Depends(filled)]
) -> Response:
    """Have the ledger checked from outside, against a head that somebody kept where one is given."""
    site, saved = site_of(request), form.get("saved", "")
    if len(saved) > _LONGEST_HEAD:
        raise UsageError("This is longer than a head.", hint="Paste one saved head, as it was handed out.")
    site.extra["ledger_check"] = verify_outside(site.workspace, saved)
    return RedirectResponse("/audit", status_code=303)


@router.get("/audit/head.json", dependencies=[needs("ledger", "export")])
def head(request: Request) -> Response:
    """Give a signed head to keep."""
    line = site_of(request).workspace.ledger.head().as_json() + "\n"
    name = f"head-{site_of(request).workspace.clock():%Y%m%d-%H%M}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(line, media_type="application/json", headers=headers)


@router.post("/audit/pack")
def pack(
    request: Request, who: Annotated[Visitor, needs("evidence", "export")], form: Annotated[Filled, Depends(filled)]
) -> Response:
    """Give an evidence pack; who took it stands in the ledger."""
    site = site_of(request)
    made_for = form.need("made_for", "whom it is for", 200)
    site.access.reads.settle()
    folder = tempfile.TemporaryDirectory(prefix="counterflow-pack-")
    out = FilePath(folder.name) / f"evidence-{site.workspace.clock():%Y%m%d-%H%M}.zip"
    try:
        write_pack(site.workspace, out, by=site.access.people.of(who), made_for=made_for)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(out, media_type="application/zip", filename=out.name, background=BackgroundTask(folder.cleanup))


def _wanted(
    person: _Text = "", resource: _Text = "", purpose: _Text = "", record: _Text = "", asked: _Text = "",
    refused: bool = False, before: _Text = "",
) -> dict[str, Any]:  # fmt: skip
    """Return what is asked of the log."""
    return {
        "person": person, "resource": resource, "purpose": purpose, "record": record.strip(), "asked": asked.strip(),
        "refused": refused, "before": before,
    }  # fmt: skip


@router.get("/audit/reads", response_class=HTMLResponse)
def reads(
    request: Request, who: Annotated[Visitor, needs("reads")], wanted: Annotated[dict[str, Any], Depends(_wanted)]
) -> HTMLResponse:
    """Show who looked at what, newest first."""
    access = site_of(request).access
    query = access.reads.digest(wanted["asked"]) if wanted["asked"] else ""
    ask = ReadAsk(**{name: value for name, value in wanted.items() if name != "asked"}, query=query, limit=40)
    try:
        rows = read_log(site_of(request).workspace, ask)
    except ValueError:
        raise UsageError("This is no place in the log.", hint="Begin at its first page.") from None
    who.saw([row["read"] for row in rows])
    context = wanted | {
        "rows": [row | {"name": access.people.name_of(row["person"])} for row in rows],
        "next": f"{rows[-1]['at'].isoformat()} {rows[-1]['read']}" if len(rows) == ask.limit else "",
        "people": access.people.all(), "resources": sorted(n for n, one in RESOURCES.items() if one.sensitive),
        "purposes_known": list(PURPOSES), "when": numbers.when, "count": numbers.count,
    }  # fmt: skip
    return page(request, "audit/reads.html", context)


def _entries(site: Site, kind: str, about: str, before: int | None) -> dict[str, Any]:
    """Return a page of entries; groups of looks are left out unless they or an id are asked for."""
    without = "" if kind or about else "reads"
    wanted = "" if kind == _ALL else kind
    return ledger_page(site.workspace.ledger, kind=wanted, without=without, about=about, before=before, limit=25)


def _kinds(site: Site) -> LedgerKinds:
    found: LedgerKinds = site.extra.setdefault("ledger_kinds", LedgerKinds())
    return found


def _sums(site: Site) -> dict[str, Any]:
    sums = read_sums(site.workspace, site.workspace.clock() - _DAYS)
    named = [row | {"name": site.access.people.name_of(row["person"])} for row in sums["by_person"]]
    return sums | {"by_person": named}


def _check_words(answer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what the verifier said, for the page; None where nobody asked it since this server started."""
    if answer is None:
        return None
    heads = [one for one in answer.get("heads_held_against", ()) if "now.json" not in one["name"]]
    return {
        "whole": answer["verdict"] == "verified", "verdict": answer["verdict"], "at": answer["checked_at"],
        "size": answer["size"], "problems": answer.get("problems", []),
        "held": [f"The head that was given ({one['size']} entries, {one['time'][:16]}) is part of it" for one in heads],
        "not_excluded": answer.get("not_excluded", []), "notes": answer.get("notes", []),
    }  # fmt: skip
