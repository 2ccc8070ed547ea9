"""`/v1/coverage`: what who sent, how complete, how late; what is missing, the trend, and what the law asks for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.shapes import shape
from counterflow.core.tables import COVERAGE, SCAN_COVERAGE
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["coverage"])

CoverageRow = shape("CoverageRow", COVERAGE)
ScanRow = shape("ScanRow", SCAN_COVERAGE)
_CELL = ("sender", "departure", "lane", "period")
_SCAN_CELL = ("port", "lane", "direction", "vehicle_class", "period")

By = Annotated[
    list[Literal["sender", "departure", "lane", "period"]] | None,
    Query(max_length=4, description="what to cut by; left out, one row over all"),
]
ScanBy = Annotated[
    list[Literal["port", "lane", "direction", "vehicle_class", "period"]] | None,
    Query(max_length=5, description="what to cut by; left out, one row over all"),
]
Month = Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$", description="YYYY-MM")]


@router.get("/coverage", response_model=Page[CoverageRow])  # type: ignore[valid-type]
def show(
    request: Request,
    who: Annotated[Visitor, needs("coverage", "read")],
    by: By = None,
    since: Month = "",
    until: Month = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List coverage by cell: expected and received, complete, valid, on time, and what cannot be screened."""
    from counterflow.intake.coverage import coverage

    del who
    cut = sorted(set(by or ()))
    rows = coverage(site_of(request).workspace.store, by=cut, since=since, until=until).to_pylist()
    of = list_of("coverage", by=cut, since=since, until=until)
    return page_of(rows, lambda row: tuple(row[name] for name in _CELL), limit, cursor, of)


@router.get("/coverage/detail")
def detail(request: Request, who: Annotated[Visitor, needs("coverage", "read")], by: By = None) -> dict[str, Any]:
    """Give what stands behind it: missing fields, lateness, trend, statutory targets."""
    from counterflow.intake.coverage_detail import report

    del who
    told: dict[str, Any] = plain(report(site_of(request).workspace.store, tuple(sorted(set(by or ()))), None))
    return told


@router.get("/scans", response_model=Page[ScanRow])  # type: ignore[valid-type]
def scanned(
    request: Request,
    who: Annotated[Visitor, needs("coverage", "read")],
    by: ScanBy = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List, of the vehicles that crossed, how many were scanned. An input, not a result."""
    from counterflow.intake.scans import scans

    del who
    cut = sorted(set(by or ()))
    rows = scans(site_of(request).workspace.store, by=cut).to_pylist()
    return page_of(rows, lambda row: tuple(row[n] for n in _SCAN_CELL), limit, cursor, list_of("scans", by=cut))
