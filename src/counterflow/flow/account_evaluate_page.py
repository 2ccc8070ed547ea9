"""The page of a result as bytes: HTML that stands alone, or PDF; the same for command line and console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.account.evaluate.design import design_of_text
from counterflow.account.evaluate.registry import list_runs, named_design, named_run, register

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["latest_of", "page_bytes", "registered"]


def latest_of(workspace: Workspace, name: str) -> str:
    """Return the id of a result: `name` itself, or the latest of the design that is called so.

    Raises:
        UnknownName: neither result nor design is called so, or the design was never run.
    """
    if any(run["run"] == name for run in list_runs(workspace)):
        return name
    designs = {run["design"] for run in list_runs(workspace)}
    if name in designs and name:
        named_design(workspace, name)
        return str(list_runs(workspace, name)[-1]["run"])
    return str(named_run(workspace, name)["run"])


def page_bytes(told: Mapping[str, Any], *, pdf: bool) -> bytes:
    """Return the page of a result, as `account_evaluate.run_told` tells it."""
    from counterflow.report.evaluation_page import blocks, kicker, render

    if not pdf:
        return render(told).encode()
    from counterflow.report.pdf import pdf as document

    foot = f"Counterflow – {told['run']}, {told['standing']}"
    return document(str(told["title"]), kicker(told), blocks(told), made_at=told["ran_at"], foot=foot)


def registered(workspace: Workspace, text: str) -> str:
    """Seal the design that a text holds and return its id.

    Raises:
        InputError: it is no design, or another one was sealed under its id.
    """
    design = design_of_text(text)
    register(workspace, design)
    return design.design
