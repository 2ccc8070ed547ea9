"""`watch brief`: an alarm as a page, a PDF, or data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of
from counterflow.cli.watch_respond import PurposeOption, RoleOption

__all__ = ["add_to"]


def brief(
    ctx: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="ALARM_ID", help="Id of the alarm; without .vintage the newest.")],
    html: Annotated[
        Path | None,
        typer.Option("--page", help="Write it as one HTML file.", show_default=False, callback=in_a_folder),
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write it as a PDF.", show_default=False, callback=in_a_folder)
    ] = None,
    role: RoleOption = None,
    purpose: PurposeOption = "health-response",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say of one alarm: what, where, since when, how sure, comparable places, what usually follows, who is told."""
    from counterflow.watch.brief.build import build
    from counterflow.watch.disclosure import role_in_force

    with workspace_of(ctx) as workspace:
        told = build(workspace, asked, role=role_in_force(workspace.settings.watch.role, role), purpose=purpose)
    if told["synthetic"]:
        say("SYNTHETIC counts: they say nothing about any real place.")
    if not told["stands"]:
        say("This alarm no longer stands by the newest counts.")
    if html is not None:
        from counterflow.report.watch_brief import render

        html.write_text(render(told), "utf-8")
        say(f"Page: {html}")
    if pdf is not None:
        pdf.write_bytes(_as_pdf(told))
        say(f"PDF: {pdf}")
    if (html is None and pdf is None) or out is not None or form is not Format.TABLE:
        emit(told if form is Format.JSON else _short(told), form, out)


def _as_pdf(told: dict[str, Any]) -> bytes:
    from counterflow.core.clock import parse_instant
    from counterflow.report.pdf import pdf as document
    from counterflow.report.watch_brief import BAND, blocks, kicker

    band = BAND if told["synthetic"] else ""
    foot = f"{told['alarm']} – shown for {told['role']}, {told['purpose']}"
    return document(told["title"], kicker(told), blocks(told), made_at=parse_instant(told["made_at"]), foot=foot,
                    band=band)  # fmt: skip


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """Return the brief as one record, for a terminal and CSV."""
    numbers, like = told["numbers"], told["like_places"]
    ratio = numbers["ratio"] or {}
    return {
        "alarm": told["alarm"], "title": told["title"], "stands": told["stands"], "place": told["where"]["place"],
        "since": told["when"]["since"], "observed": str(numbers["observed"]), "expected": numbers["expected"],
        "upper": numbers["upper"], "ratio": ratio.get("value"), "ratio_low": ratio.get("low"),
        "ratio_high": ratio.get("high"), "method": told["method"]["name"],
        "panel_changed": told["data"]["panel_changed"], "complete": told["data"]["complete"],
        "like_places": like["places"], "like_ratio": (like["together"] or {}).get("value"),
        "must_be_told": len(told["response"]), "not_known": " ".join(told["not_known"]),
        "data_digest": told["again"]["data_digest"],
    }  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add `brief` to the commands of `watch`."""
    app.command()(brief)
