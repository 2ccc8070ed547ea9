"""Strategy: what a mix of measures would do, over years, with its doubt; turned by sliders, carried by a link."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from counterflow.console.layout import frame, page, templates
from counterflow.console.strategy_asked import Asked, AskedFor
from counterflow.console.strategy_form import form_view, parameters_view
from counterflow.console.strategy_view import answer_view, compare_view, doubt_view
from counterflow.core.errors import CounterflowError
from counterflow.flow.strategy_desk import Mix, compared, levers_of, model_of, run_of
from counterflow.flow.strategy_doubt import doubt_of
from counterflow.flow.strategy_files import FORMS, recorded, run_file
from counterflow.flow.strategy_mix import pulls_of_text
from counterflow.flow.strategy_provenance import parameters_of
from counterflow.web.downloads import attached
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_RUN = needs("strategy", "act")


@router.get("/strategy", response_class=HTMLResponse)
def show(request: Request, who: Annotated[Visitor, needs("strategy")], asked: AskedFor) -> HTMLResponse:
    """Show the sliders and what the mix would do; who may only look sees the years as things are."""
    may_run = who.may("strategy", "act")
    mix, wrong = _mix(asked)
    shown = mix if may_run else Mix((), mix.scenario)
    told = _answer(asked, shown) | form_view(asked, shown, levers_of()) | {"wrong": wrong, "may_run": may_run}
    status = HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK
    return page(request, "strategy/page.html", told, status)


@router.get("/strategy/answer", dependencies=[_RUN], response_class=HTMLResponse)
def answer(request: Request, asked: AskedFor) -> HTMLResponse:
    """Show what the mix of the sliders would do, as a part of the page, and put its link into the address."""
    mix, wrong = _mix(asked)
    if wrong:
        return _part(request, "wrong", {"wrong": wrong})
    told = _part(request, "answer", _answer(asked, mix) | {"wrong": "", "may_run": True})
    told.headers["hx-replace-url"] = asked.address(mix)
    return told


def _mix(asked: Asked) -> tuple[Mix, str]:
    """Return the mix, or none of anything and what is wrong with what was asked for."""
    try:
        return asked.mix(), ""
    except CounterflowError as error:
        return Mix(), str(error)


def _answer(asked: Asked, mix: Mix) -> dict[str, Any]:
    variable = asked.variable if not _mix(asked)[1] else "overdose_deaths"
    return answer_view(run_of(mix, (variable,)), asked, mix)


@router.get("/strategy/doubt", dependencies=[_RUN], response_class=HTMLResponse)
def doubt(request: Request, asked: AskedFor, brief: bool = False) -> HTMLResponse:
    """Show what a mix's result rests on: the share of assumptions, and the parameters that move it most."""
    return _part(request, "doubt", doubt_view(doubt_of(asked.mix())) | {"brief": brief})


@router.get("/strategy/compare", dependencies=[_RUN], response_class=HTMLResponse)
def compare(request: Request, asked: AskedFor) -> HTMLResponse:
    """Show up to four mixes side by side, in the order they were put aside; nothing is ranked."""
    mixes = (*asked.others(), asked.mix())
    return page(request, "strategy/compare.html", compare_view(compared(mixes), asked, mixes))


@router.get("/strategy/parameters", dependencies=[needs("strategy")], response_class=HTMLResponse)
def parameters(request: Request, group: Annotated[str, Query(max_length=60)] = "") -> HTMLResponse:
    """Show where each parameter comes from, what informs it, and whether the data could tell it."""
    return page(request, "strategy/parameters.html", parameters_view(parameters_of(), model_of(), group))


@router.get("/strategy/file", dependencies=[_RUN])
def file(
    asked: AskedFor, form: Annotated[str, Query(max_length=10, description="json, csv or toml")] = "json"
) -> Response:
    """Give a run or its policy as a file: everything that is needed to make it again."""
    made = run_file(asked.mix(), form)
    return attached(made.content, FORMS[form], made.name)


@router.post("/strategy/record", response_class=HTMLResponse)
def record(request: Request, who: Annotated[Visitor, _RUN], form: Annotated[Filled, Depends(filled)]) -> HTMLResponse:
    """Put a run on record in the ledger: what was asked, of which model, and the digest of what came out."""
    del who
    mix = Mix(pulls_of_text(form.need("mix", "the mix", 3000)), form.get("scenario", "base"))
    with site_of(request).acting() as workspace:
        run = recorded(workspace, mix)
    return _part(request, "recorded", {"run": run})


def _part(request: Request, name: str, told: Mapping[str, Any]) -> HTMLResponse:
    """Return a part of the page where htmx asks, else the part in a page of its own."""
    if "hx-request" in request.headers:
        template = templates().get_template(f"strategy/{name}.html")
        return HTMLResponse(template.render(frame(request) | dict(told)))
    return page(request, "strategy/alone.html", dict(told) | {"part": f"strategy/{name}.html"})
