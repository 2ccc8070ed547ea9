"""A report to an authority as a page that prints: each field with its value and where that came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.report.markup import Safe, tag
from counterflow.report.page import facts, grid_of, page, section

__all__ = ["render"]

_STATE = {
    "draft": "DRAFT – nothing has been sent; a person checks it and files it",
    "filed": "Filed by a person",
    "withdrawn": "WITHDRAWN",
}


def render(report: Mapping[str, Any], *, synthetic: bool = False) -> str:
    """Return the page of one report; `report["body"]` holds the fields as data."""
    body = report["body"]
    title = f"{report['report']}: {report['authority']}"
    rows = [dict(field) | {"value": field["value"] or "________________"} for field in body["fields"]]
    return page(
        title,
        tag("p", _STATE[report["state"]], class_="kicker"),
        tag("h1", report["authority"]),
        facts([
            ("Report", report["report"]), ("About", report["subject_id"]), ("Law", report["citation"]),
            ("Within", body["within"]), ("Authority's number", report.get("reference")),
            ("Filed on", body.get("filed_on")), ("Withdrawn because", body.get("withdrawn_because")),
        ]),
        section("Fields", grid_of(
            rows, {"label": "Field", "value": "Value", "source": "Where it is from"}, caption="Fields of the form"
        )),
        section("To fill in", _list(body["missing"])),
        tag(
            "footer",
            tag("p", "What is said here was seen in orders and files. It says what was seen, not what it means."),
            tag("p", body["not_read"]) if body["not_read"] else "",
        ),
        synthetic=synthetic,
    )  # fmt: skip


def _list(lines: list[str]) -> Safe:
    return tag("ul", *(tag("li", line) for line in lines)) if lines else Safe("")
