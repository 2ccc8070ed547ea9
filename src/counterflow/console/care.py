"""Care: who reaches it, who does not, and where a few more sites would reach most, with the price of a floor."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from counterflow.account.care.words import group_words, placed_words
from counterflow.console.layout import page
from counterflow.core.errors import CounterflowError, UsageError
from counterflow.flow.account_care_desk import MOST_NEW, Desk, care_desk
from counterflow.report.charts.care import care_map, reach_chart
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Word = Annotated[str, Query(max_length=60)]
OBJECTIVES = {"max-cover": "most people near a site", "p-median": "least way for all"}
METHODS = {"2sfca": "2SFCA: all near alike", "e2sfca": "E2SFCA: nearer counts more"}


@router.get("/care", response_class=HTMLResponse)
def show(
    request: Request,
    who: Annotated[Visitor, needs("care")],
    new: Annotated[int, Query(ge=1, le=MOST_NEW)] = 4,
    radius: _Word = "5km",
    objective: _Word = "max-cover",
    method: _Word = "2sfca",
    equity: _Word = "",
) -> HTMLResponse:
    """Show the example: a made-up county with candidates for kits."""
    return _answer(request, who, Desk("", "", new, radius, objective, method, equity, small=_small(request)))


@router.post("/care", response_class=HTMLResponse)
def work_out(
    request: Request, who: Annotated[Visitor, needs("care", "act")], form: Annotated[Filled, Depends(filled)]
) -> HTMLResponse:
    """Answer for the files that were put into the form; nothing of them is kept."""
    new = form.get("new", "")
    asked = Desk(
        form.get("demand", ""), form.get("sites", ""), int(new) if new.isdigit() else 0, form.get("radius", ""),
        form.get("objective", ""), form.get("method", ""), form.get("equity", ""),
        tuple(name.strip() for name in form.get("groups", "").split(",") if name.strip()), _small(request),
    )  # fmt: skip
    return _answer(request, who, asked)


def _small(request: Request) -> int:
    return site_of(request).workspace.settings.watch.small_cell


def _answer(request: Request, who: Visitor, asked: Desk) -> HTMLResponse:
    told: dict[str, Any] = {"asked": asked, "objectives": OBJECTIVES, "methods": METHODS, "most": MOST_NEW, "wrong": ""}
    told |= {"may_act": who.may("care", "act"), "made": None}
    try:
        made = care_desk(asked)
    except CounterflowError as error:
        if isinstance(error, UsageError) or error.http_status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return page(request, "care/page.html", told | {"wrong": str(error)}, error.http_status)
        raise
    for when in ("before", "after"):
        made[when]["groups"] = [row | {"group": group_words(row["group"])} for row in made[when]["groups"]]
    near = f"{made['placed']['radius']:g} {made['placed']['unit']}"
    told |= {
        "made": made,
        "words": placed_words(made["placed"]),
        "map": care_map(made["map"]["places"], made["map"]["sites"], near),
        "reach": reach_chart(made["before"]["groups"], made["after"]["groups"], near),
        "limits": [*made["before"]["limits"], *made["placed"]["limits"]],
    }
    return page(request, "care/page.html", told)
