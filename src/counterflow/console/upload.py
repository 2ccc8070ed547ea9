"""Anybody's spreadsheet, from its upload to a reasoned answer: columns guessed, a person confirms, loaded, screened."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from counterflow.console.intake_view import load_address
from counterflow.console.layout import page
from counterflow.console.upload_view import FOR_ALL, answer_view, columns_view
from counterflow.core.errors import ConfigError, CounterflowError, InputError, UsageError
from counterflow.flow.answer_of_load import answer_of_load
from counterflow.flow.upload_columns import Asked, kind_named, look_at
from counterflow.flow.upload_take import look_up_names, take
from counterflow.flow.uploads import KEPT_HOURS, MOST_BYTES, Held, find_held, hold, let_go, waiting
from counterflow.report import numbers
from counterflow.web.forms import Filled, filled
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Text = Annotated[str, Query(max_length=200)]
_FORM_ROOM = 1 << 20


@router.get("/intake/upload", response_class=HTMLResponse)
def choose(request: Request, who: Annotated[Visitor, needs("intake", "act")]) -> HTMLResponse:
    """Ask for a file."""
    held = [
        {"address": f"/intake/upload/{one.id}", "name": one.name, "when": numbers.when(one.came_at.isoformat())}
        for one in waiting(site_of(request).workspace, who.person)
    ]
    return page(request, "intake/upload.html", {"held": held, "most": MOST_BYTES >> 20, "hours": KEPT_HOURS})


@router.post("/intake/upload", response_class=HTMLResponse)
@takes(MOST_BYTES + _FORM_ROOM)
async def send(request: Request, who: Annotated[Visitor, needs("intake", "act")]) -> Response:
    """Take a file in, to be confirmed before anything of it is loaded."""
    async with received(request, most_bytes=MOST_BYTES + _FORM_ROOM) as file:
        workspace = site_of(request).workspace
        held = await run_in_threadpool(hold, workspace, file.path, file.name, who.person)
    return RedirectResponse(f"/intake/upload/{held.id}", status_code=303)


@router.get("/intake/upload/{upload}", response_class=HTMLResponse)
def confirm(
    request: Request,
    upload: str,
    who: Annotated[Visitor, needs("intake", "act")],
    rows: _Text = "",
    sheet: _Text = "",
    encoding: _Text = "",
    skip_lines: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> HTMLResponse:
    """Show what the columns of a file were taken for."""
    held = find_held(site_of(request).workspace, upload, who.person)
    asked = Asked(kind_named(rows), sheet=sheet, skip_lines=skip_lines, encoding=encoding)
    return _columns(request, held, asked)


def _columns(request: Request, held: Held, asked: Asked, problem: CounterflowError | None = None) -> HTMLResponse:
    """Return the page that asks what the columns are, with what was wrong with the last answer."""
    shown: dict[str, Any] = {
        "upload": held.id, "file": held.name, "asked": asked, "problem": problem, "given": dict(asked.for_all),
    }  # fmt: skip
    try:
        seen = columns_view(look_at(held, asked))
    except (InputError, ConfigError) as error:
        return page(request, "intake/unreadable.html", shown | {"problem": error}, error.http_status)
    shown |= seen | {"chosen_days": dict(asked.days)}
    return page(request, "intake/columns.html", shown, problem.http_status if problem else 200)


@router.post("/intake/upload/{upload}", response_class=HTMLResponse)
def load(
    request: Request,
    upload: str,
    who: Annotated[Visitor, needs("intake", "act")],
    form: Annotated[Filled, Depends(filled)],
) -> Response:
    """Load the file as it was confirmed, screen it, and go to the answer; or look its names up."""
    site = site_of(request)
    held = find_held(site.workspace, upload, who.person)
    if form.get("act") == "give-up":
        let_go(site.workspace, held.id)
        return RedirectResponse("/intake/upload", status_code=303)
    asked = _asked(form)
    try:
        if asked.rows == "party":
            met = look_up_names(site.workspace, held, asked)
            return page(request, "intake/names.html", {"upload": held.id, "file": held.name, **_names(met)})
        with site.acting(timeout=30) as workspace:
            receipt = take(workspace, held, asked)
    except (InputError, UsageError, ConfigError) as error:
        return _columns(request, held, asked, error)
    return RedirectResponse(load_address({"source": receipt.source, "batch": receipt.batch}), status_code=303)


def _asked(form: Filled) -> Asked:
    """Return what the form says of the file."""
    skip = form.get("skip_lines", "") or "0"
    if not skip.isdigit() or len(skip) > 4:
        raise UsageError("Lines above the header are a whole number.", hint="0 where the header is the first line.")
    headers = form.all("column")
    fields, days = {}, {}
    for number, header in enumerate(headers):
        fields[header] = form.get(f"field:{number}", "")
        if form.get(f"days:{number}"):
            days[header] = form[f"days:{number}"]
    return Asked(
        kind_named(form.get("rows", "")), form.get("sheet", ""), int(skip), form.get("encoding", ""), fields, days,
        {name: form.get(f"all:{name}", "")[:100] for name, _, _ in FOR_ALL}, form.get("source", ""),
    )  # fmt: skip


def _names(met: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"name": row["name"], "row": row["row"], "alias": row["alias"], "score": f"{row['score']:.2f}",
         "entry": f"{row['list']} {row['entity_id']}", "alert": bool(row["alert"]), "why": row["explanation"]}
        for row in met["rows"]
    ]  # fmt: skip
    return {
        "names": numbers.counted(met["names"], "name"), "alerting": met["alerting"], "said": met["said"],
        "alerts": [row for row in rows if row["alert"]], "near": [row for row in rows if not row["alert"]],
        "left": met["left"], "nobody": met["nobody"],
    }  # fmt: skip


@router.get("/intake/load", response_class=HTMLResponse)
def answer(request: Request, who: Annotated[Visitor, needs("queue")], source: _Text, batch: _Text) -> HTMLResponse:
    """Show what a load brought to light."""
    found = answer_of_load(site_of(request).workspace, source, batch)
    view = answer_view(found)
    who.saw([f"{source}/{one['id']}" for one in view["look"]])
    return page(request, "intake/answer.html", view | {"may_mend": who.may("quarantine", "act"),
                                                       "may_load": who.may("intake", "act")})  # fmt: skip
