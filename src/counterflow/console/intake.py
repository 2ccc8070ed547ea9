"""Intake: what did who send, how complete, how late; and the rows that could not be taken, mended and in again."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.intake_view import fault_address, intake_view, load_address, reason_words
from counterflow.console.layout import page
from counterflow.core.errors import UsageError
from counterflow.flow import quarantine_desk as desk
from counterflow.flow.intake_room import intake_room
from counterflow.intake.quarantine import discard, list_rows, to_mend
from counterflow.intake.receipt import Receipt
from counterflow.report import numbers
from counterflow.report.export import write
from counterflow.web.forms import Filled, filled
from counterflow.web.kept import Kept
from counterflow.web.limits import takes
from counterflow.web.site import Site, site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Text = Annotated[str, Query(max_length=200)]
_Row = Annotated[int, Query(ge=0, le=10**12)]
_MOST_MENDED_BYTES = 16 << 20
_MOST_EXPORTED = 100_000


@router.get("/intake", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("coverage")]) -> HTMLResponse:
    """Show what arrives, and what does not."""
    site = site_of(request)
    room = arrivals(site)
    view = intake_view(room, may_load=who.may("intake", "act"), may_mend=who.may("quarantine"))
    return page(request, "intake/page.html", view)


def arrivals(site: Site) -> dict[str, Any]:
    """Return what arrives and what does not, as it is kept until a load, a mended row or an announcement changes it."""
    if "intake_room" not in site.extra:
        store = site.workspace.store

        def state() -> object:
            sql = "SELECT count(*) AS n, max(received_at) AS last FROM batch"
            waits = "SELECT count(*) FILTER (state = 'open') AS waits FROM quarantine"
            return (tuple(store.rows(sql)[0].values()), store.rows(waits)[0]["waits"])

        site.extra["intake_room"] = Kept(lambda: intake_room(site.workspace), state, seconds=60)
    kept: Kept[dict[str, Any]] = site.extra["intake_room"]
    return kept()


# -- quarantine -------------------------------------------------------------------------------------------------------


@router.get("/intake/quarantine", response_class=HTMLResponse)
def quarantine(
    request: Request,
    who: Annotated[Visitor, needs("quarantine")],
    source: _Text = "",
    batch: _Text = "",
    done: _Text = "",
) -> HTMLResponse:
    """Show what waits to be mended, by fault."""
    found = desk.groups(site_of(request).workspace, source=source, batch=batch)
    shown = [
        group
        | {"words": reason_words(group["reason"]), "address": fault_address(group | {"batch": batch}),
           "count": numbers.counted(group["rows"], "row"), "when": numbers.when(group["last_at"].isoformat())
           if group["last_at"] else numbers.ABSENT}
        for group in found
    ]  # fmt: skip
    asked = {k: v for k, v in (("source", source), ("batch", batch)) if v}
    sources = sorted({group["source"] for group in found})
    return page(request, "intake/quarantine.html", {
        "faults": shown, "source": source, "batch": batch, "done": done, "rows": sum(g["rows"] for g in found),
        "sources": sources, "may_act": who.may("quarantine", "act"), "mendable": any(g["mendable"] for g in found),
        "export": f"/intake/quarantine.csv?{urlencode(asked)}" if len(sources) == 1 else "",
    })  # fmt: skip


@router.get("/intake/quarantine/fault", response_class=HTMLResponse)
def fault(
    request: Request,
    who: Annotated[Visitor, needs("quarantine")],
    source: _Text,
    reason: _Text,
    column: _Text = "",
    batch: _Text = "",
    after_batch: _Text = "",
    after_row: _Row = 0,
) -> HTMLResponse:
    """Show one fault: its values, to be mended at once, and its rows."""
    workspace = site_of(request).workspace
    found = desk.faults(workspace, source, column, reason, batch)
    rows = desk.page_of_rows(workspace, source, column, reason, batch=batch, after=(after_batch, after_row))
    more, rows = len(rows) > desk.MOST_ROWS, rows[: desk.MOST_ROWS]
    who.saw([f"{row['source']}/{row['batch']}/{row['row']}" for row in rows])
    told = [_row_shown(row) for row in rows]
    next_page = fault_address(found, after_batch=rows[-1]["batch"], after_row=str(rows[-1]["row"])) if more else ""
    total = next(
        (g for g in desk.groups(workspace, source=source, batch=batch)
         if g["column"] == column and g["reason"] == reason), None
    )  # fmt: skip
    return page(request, "intake/fault.html", {
        **found, "words": reason_words(reason), "rows": told, "next_page": next_page,
        "count": numbers.counted(total["rows"] if total else len(rows), "row"),
        "mendable": bool(total and total["mendable"]), "may_act": who.may("quarantine", "act"),
        "hint": found["values"][0]["hint"], "here_address": fault_address(found),
    })  # fmt: skip


def _row_shown(row: Mapping[str, Any]) -> dict[str, Any]:
    address = urlencode({"source": row["source"], "batch": row["batch"], "row": row["row"]})
    cells = [(name, value) for name, value in row["raw"].items() if value and name != row["column"]][:6]
    place = f"line {numbers.count(row['line'])}" if row["line"] else f"row {numbers.count(row['row'])}"
    return {"place": place, "batch": row["batch"], "value": row["value"], "hint": row["hint"], "row": row["row"],
            "cells": cells, "address": f"/intake/quarantine/row?{address}"}  # fmt: skip


@router.post("/intake/quarantine/values", response_class=HTMLResponse, dependencies=[needs("quarantine", "act")])
def mend_values(request: Request, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Load every row of a fault again whose value has another one beside it."""
    source, reason, column, batch = (form.get(name, "") for name in ("source", "reason", "column", "batch"))
    instead = {old: new for old, new in zip(form.all("old"), form.all("new"), strict=False) if new}
    instead |= dict.fromkeys(form.all("empty"), "")
    with site_of(request).acting() as workspace:
        receipt = desk.mend_values(workspace, source, column, reason, instead, batch=batch)
    return _answered(receipt)


@router.get("/intake/quarantine/row", response_class=HTMLResponse)
def row(
    request: Request, who: Annotated[Visitor, needs("quarantine")], source: _Text, batch: _Text, row: _Row
) -> HTMLResponse:
    """Show one refused row with every cell, to be mended."""
    found = desk.row_to_mend(site_of(request).workspace, source, batch, row)
    who.saw([f"{source}/{batch}/{row}"])
    wrong = {one["column"]: one for one in found["wrong"]}
    cells = [
        {"name": name, "value": value or "", "wrong": wrong.get(name), "long": len(value or "") > 60}
        for name, value in sorted(found["cells"].items(), key=lambda item: item[0] not in wrong)
    ]
    loose = [one for one in found["wrong"] if one["column"] not in found["cells"]]
    return page(request, "intake/row.html", {
        **found, "cells": cells, "loose": [one | {"words": reason_words(one["reason"])} for one in loose],
        "place": f"line {found['line']}" if found["line"] else f"row {found['row']}",
        "may_act": who.may("quarantine", "act"), "reason_words": reason_words,
    })  # fmt: skip


@router.post("/intake/quarantine/row", response_class=HTMLResponse, dependencies=[needs("quarantine", "act")])
def mend_row(request: Request, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Load one row again as it was mended."""
    cells = {name.removeprefix("cell:"): form[name] for name in form if name.startswith("cell:")}
    with site_of(request).acting() as workspace:
        receipt = desk.mend_row(workspace, form.get("source", ""), form.get("batch", ""), _number(form, "row"), cells)
    return _answered(receipt)


@router.post("/intake/quarantine/discard", response_class=HTMLResponse, dependencies=[needs("quarantine", "act")])
def give_up(request: Request, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Give rows up on a stated ground."""
    ground = form.need("ground", "the ground")
    rows = [_number(form, "row")] if form.get("row") else []
    with site_of(request).acting() as workspace:
        count = discard(
            workspace, ground=ground, source=form.get("source") or None, batch=form.get("batch") or None,
            reason=form.get("reason") or None, rows=rows,
        )  # fmt: skip
    done = f"{numbers.counted(count, 'row')} given up: {ground}"
    return RedirectResponse(f"/intake/quarantine?{urlencode({'done': done[:200]})}", status_code=303)


@router.get("/intake/quarantine.csv", dependencies=[needs("quarantine", "act")])
def export(request: Request, source: _Text = "", batch: _Text = "", reason: _Text = "") -> Response:
    """Give open rows as CSV to be mended in a spreadsheet: key and reason first, then the columns of their file."""
    if not source:
        raise UsageError("Name the source.", hint="Rows are mended source by source.")
    workspace = site_of(request).workspace
    rows = list_rows(workspace.store, source=source, batch=batch or None, reason=reason or None)
    out = io.StringIO()
    write(to_mend(workspace, rows.slice(0, _MOST_EXPORTED)), "csv", out)
    name = {"content-disposition": 'attachment; filename="to-mend.csv"'}
    return Response(out.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=name)


@router.post("/intake/quarantine/reload", response_class=HTMLResponse, dependencies=[needs("quarantine", "act")])
@takes(_MOST_MENDED_BYTES)
async def reload(request: Request) -> Response:
    """Take a mended CSV back."""
    from starlette.concurrency import run_in_threadpool

    def take(path: Any) -> Receipt:
        with site_of(request).acting() as workspace:
            return desk.take_mended(workspace, path)

    async with received(request, most_bytes=_MOST_MENDED_BYTES) as file:
        receipt = await run_in_threadpool(take, file.path)
    return _answered(receipt)


def _answered(receipt: Receipt) -> Response:
    """Go to the answer of the load that the mended rows made."""
    return RedirectResponse(load_address({"source": receipt.source, "batch": receipt.batch}), status_code=303)


def _number(form: Filled, name: str) -> int:
    text = form.get(name, "")
    if not text.isdigit() or len(text) > 12:
        raise UsageError(f"{text!r} is no row.", hint="Open the page again.")
    return int(text)
