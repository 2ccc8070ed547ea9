"""What every page is made of: where its figures come from, and the templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from counterflow import __version__
from counterflow.report.text import visible

__all__ = ["BoardSource", "SheetSource", "Sources", "page", "sources_of", "templates"]


class BoardSource(Protocol):
    """Gives the board's figures."""

    def __call__(self) -> Mapping[str, Any]:
        """Return them as they stand now."""
        ...


class SheetSource(Protocol):
    """Gives the list of sheets, or one sheet."""

    def __call__(self, **which: str) -> Mapping[str, Any]:
        """Return the list without arguments; with `office`, `lane`, `day`, `plan` that sheet."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the pages' figures come from; set once, when the application is made."""

    board: BoardSource
    sheets: SheetSource
    watch: BoardSource


def sources_of(request: Request) -> Sources:
    """Return the sources of the application that is asked."""
    found: Sources = request.app.state.sources
    return found


def page(name: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Return the template `name`, filled."""
    return HTMLResponse(templates().get_template(name).render(context), status_code=status)


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
    engine.globals |= {"icon": _icon, "version": __version__}
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
