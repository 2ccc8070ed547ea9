"""The inspection sheets: the list, and each sheet as it prints."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from counterflow.console.board import sheet_address
from counterflow.console.layout import page
from counterflow.report import numbers
from counterflow.report.charts.chart import records, shown_name
from counterflow.report.sheet import render, stylesheet
from counterflow.web.site import site_of
from counterflow.web.visitor import needs

__all__ = ["router"]

router = APIRouter()

_Name = Annotated[str, Query(max_length=200)]


@router.get("/sheets", dependencies=[needs("sheet")], response_class=HTMLResponse)
def index(request: Request) -> HTMLResponse:
    """Show which sheets there are."""
    found = site_of(request).sheets()
    listed = [_entry(row) for row in records(found.get("sheets"))]
    return page(request, "sheets/index.html", {"sheets": listed, "synthetic": bool(found.get("synthetic"))})


def _entry(row: Mapping[str, Any]) -> dict[str, str]:
    where = f"{shown_name(row.get('office'), 'office')}, {shown_name(row.get('lane'), 'lane')}"
    count = numbers.counted(row["records"], "record") if "records" in row else ""
    detail = " · ".join(part for part in (str(row.get("day") or ""), count) if part)
    return {"where": where, "detail": detail, "address": sheet_address(row)}


@router.get("/sheet", dependencies=[needs("sheet")], response_class=HTMLResponse)
def sheet(
    request: Request,
    office: _Name = "",
    lane: _Name = "",
    day: _Name = "",
    plan: _Name = "",
) -> Response:
    """Show one sheet, ready to print; without a day there is none, and the list is shown."""
    if not day:
        return RedirectResponse("/sheets", status_code=303)
    found = site_of(request).sheets(office=office, lane=lane, day=day, plan=plan)
    return HTMLResponse(render(found, style_url="/sheet.css", back_url="/"))


@router.get("/sheet.css", response_class=PlainTextResponse)
def style() -> PlainTextResponse:
    """Give the sheet's style, which `report` owns, with the console's fonts before it."""
    fonts = resources.files("counterflow.console") / "static" / "fonts.css"
    return PlainTextResponse(fonts.read_text(encoding="utf-8") + stylesheet(), media_type="text/css")
