"""What every page is made of: the frame around it, and the templates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from counterflow import __version__
from counterflow.access.policy import PURPOSES, purposes_of
from counterflow.console.rooms import GROUPS, PLACES
from counterflow.report.glossary import anchor, terms
from counterflow.report.text import visible
from counterflow.store.loads import is_synthetic
from counterflow.web.problems import Problem
from counterflow.web.site import site_of
from counterflow.web.visitor import purposes_that_would_do, visitor_of

__all__ = ["frame", "page", "problem_card", "templates"]


def page(request: Request, name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Return the template `name`, filled, in the frame that this visitor sees.

    Args:
        request: gives who is asking, and the site.
        name: template.
        context: what it shows; `synthetic` may be left out and then says whether the workspace holds made-up data.
        status: HTTP status.
    """
    return HTMLResponse(templates().get_template(name).render(frame(request) | dict(context)), status_code=status)


def frame(request: Request) -> dict[str, Any]:
    """Return what every page shows around its content."""
    who = visitor_of(request)
    places = [place for place in PLACES if who.may(place.resource, place.action) and not who.may(place.instead_of)]
    synthetic = is_synthetic(site_of(request).workspace.store)
    purposes = [name for name in purposes_of(who.roles) if synthetic or name != "training"]
    return {
        "visitor": who,
        "csrf": Markup('<input type="hidden" name="csrf" value="{}">').format(who.csrf),
        "purposes": {name: PURPOSES[name] for name in purposes},
        "trainees": _trainees(request) if who.person else [],
        "groups": [(group, [p for p in places if p.group == group]) for group in GROUPS],
        "synthetic": synthetic,
    }


def _trainees(request: Request) -> list[str]:
    """Return the names of the training world's people, where one may choose who to be."""
    access = site_of(request).access
    if not access.training:
        return []
    return [one.name for one in access.people.all() if one.open and one.secret is None and one.issuer is None]


def problem_card(request: Request, told: Problem) -> Response:
    """Draw a problem: a fragment where a part of a page was asked for, otherwise a page."""
    part = "hx-request" in request.headers
    text = templates().get_template("problem_part.html" if part else "problem.html")
    shown = frame(request) | {
        "status": told.status, "title": told.title, "hint": told.hint, "code": told.code, "synthetic": False,
        "would_do": purposes_that_would_do(request) if told.status == HTTPStatus.FORBIDDEN else [],
    }  # fmt: skip
    answer = HTMLResponse(text.render(shown), status_code=told.status)
    if part:
        # the part that was asked for stays as it is; the card goes where cards go
        answer.headers["hx-retarget"], answer.headers["hx-reswap"] = "#problem", "innerHTML"
    return answer


@cache
def templates() -> Environment:
    """Return the template engine: everything escaped, nothing undefined let through."""
    engine = Environment(
        loader=PackageLoader("counterflow.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    engine.globals |= {"icon": _icon, "term": _term, "version": __version__}
    return engine


def _shown(value: object) -> object:
    """Spell out control and direction-changing characters; markup that the engine made stays as it is."""
    return value if hasattr(value, "__html__") else visible(str(value))


@cache
def _icon(name: str) -> Markup:
    """Return a vendored icon to stand in the page, hidden from screen readers: its words stand beside it."""
    path = resources.files("counterflow.console") / "static" / "vendor" / "icons" / f"{name}.svg"
    drawing = path.read_text(encoding="utf-8")
    return Markup(drawing[drawing.index("<svg") :].replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704


@cache
def _term(name: str, shown: str = "") -> Markup:
    """Return a word of the glossary with its meaning as a hover, and a link to it.

    In templates: ``{{ term("interdiction rate") }}``, or ``{{ term("head", "heads") }}``.
    """
    says = terms()[name]
    markup = Markup('<a class="term" href="/help#{}" data-means="{}" aria-description="{}">{}</a>')
    return markup.format(anchor(name), says, says, shown or name)
