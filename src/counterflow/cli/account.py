"""`account …`: coverage, scans, interdiction rate, what was missed; actions; ledger head; erasure; the board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli import (
    account_actions,
    account_burden,
    account_care,
    account_design,
    account_disparity,
    account_disparity_alarms,
    account_doses,
    account_evaluate,
    account_facts,
    account_heads,
    account_oversight,
    account_publish,
    account_reach,
    account_swap,
    account_targets,
)
from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.run import day_of, days_of
from counterflow.cli.session import workspace_of
from counterflow.core.errors import UsageError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

account_actions.add_to(app)
account_burden.add_to(app)
account_disparity.add_to(app)
account_disparity_alarms.add_to(app)
account_care.add_to(app)
account_design.add_to(app)
account_doses.add_to(app)
account_evaluate.add_to(app)
account_facts.add_to(app)
account_heads.add_to(app)
account_oversight.add_to(app)
account_publish.add_to(app)
account_reach.add_to(app)
account_swap.add_to(app)
account_targets.add_to(app)

FromOption = Annotated[str | None, typer.Option("--from", help="First planned day, YYYY-MM-DD.", show_default=False)]
ToOption = Annotated[str | None, typer.Option("--to", help="Last planned day, included.", show_default=False)]


@app.command()
def coverage(
    ctx: typer.Context,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    by: Annotated[list[str] | None, typer.Option(help="sender, departure, lane, period; may be repeated.")] = None,
    expected: Annotated[
        Path | None, typer.Option(help="CSV of announcements: sender,departure,lane,period,expected.")
    ] = None,
) -> None:
    """Say who sent what: expected and received, complete, valid, late, and what cannot be screened."""
    from counterflow.intake.coverage import coverage as covered

    cut = tuple(by) if by else ("sender", "departure", "lane", "period")
    with workspace_of(ctx) as workspace:
        table = covered(workspace.store, by=cut, expected=expected)
    emit(table, form, out)


@app.command()
def scans(
    ctx: typer.Context,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    by: Annotated[
        list[str] | None, typer.Option(help="port, lane, direction, vehicle_class, period; may be repeated.")
    ] = None,
) -> None:
    """Say of the vehicles that crossed how many were scanned, beside the target. An input, not a result."""
    from counterflow.intake.scans import BY, scan_target
    from counterflow.intake.scans import scans as scanned
    from counterflow.report.board import scan_words
    from counterflow.store.loads import is_synthetic

    with workspace_of(ctx) as workspace:
        table = scanned(workspace.store, by=tuple(by) if by else BY)
        synthetic = is_synthetic(workspace.store)
    if synthetic:
        say("SYNTHETIC records: they say nothing about any real port.")
    if not table.num_rows:
        say("No crossing has been loaded: counterflow intake load FILE --map crossings.")
    say(scan_words({"scan_target": scan_target()}))
    emit(table, form, out)


@app.command()
def interdiction(
    ctx: typer.Context,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    since: FromOption = None,
    until: ToOption = None,
    sensitivity: Annotated[
        str | None,
        typer.Option(
            help="How well inspection detects: 18/20 (blind tests), beta:18,2 (prior), 0.9 (taken as known).",
            show_default="settings, else the detection rates of the capacity file",
        ),
    ] = None,
) -> None:
    """Give hit rates by lane and arm and, from the random arm alone, what was found and what was missed."""
    from counterflow.account.interdiction.frame import interdiction as rows_of
    from counterflow.account.interdiction.sensitivity import parse_sensitivity

    used = parse_sensitivity(sensitivity) if sensitivity else None
    first, last = days_of(since, until)
    with workspace_of(ctx) as workspace:
        rows = rows_of(workspace, since=first, until=last, sensitivity=used)
    for line in _headline(rows):
        say(line)
    emit(rows if form is Format.JSON else [_flat(row) for row in rows], form, out)


@app.command()
def board(
    ctx: typer.Context,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
    since: FromOption = None,
    until: ToOption = None,
    pack: Annotated[
        str | None,
        typer.Option(
            help="Board of a pack of targets, shipped, loaded or a file; needs no workspace.", show_default=False
        ),
    ] = None,
    paper: Annotated[
        Path | None,
        typer.Option(
            "--pdf", help="PDF for a committee; the data too with --out.", show_default=False, callback=in_a_folder
        ),
    ] = None,
) -> None:
    """Write the board as data: coverage, plan, sheet, rates, burden, findings, ledger head, limits."""
    from counterflow.flow.board import board_of

    if pack is not None and paper is not None:
        raise UsageError("A pack has no PDF of its own.", hint="Leave out --pack: the PDF is that of a workspace.")
    if pack is not None:
        account_targets.emit_pack_board(ctx, pack, form, out)
        return
    first, last = days_of(since, until)
    with workspace_of(ctx) as workspace:
        shown = board_of(workspace, since=first, until=last)
    if paper is not None:
        from counterflow.report.board_pdf import board_pdf

        paper.write_bytes(board_pdf(shown))
        say(f"The board for a committee: {paper}")
    if paper is None or out is not None:
        emit(shown, form, out)


@app.command()
def erase(
    ctx: typer.Context,
    person: Annotated[str, typer.Option(help="Who orders it; stands in the ledger.")],
    ground: Annotated[str, typer.Option(help="Why; stands in the ledger.")],
    record: Annotated[list[str] | None, typer.Option(help="Record to erase; may be repeated.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the records.", show_default=False)] = None,
    before: Annotated[
        str | None, typer.Option(help="Erase all records declared before this day.", show_default=False)
    ] = None,
) -> None:
    """Erase personal payloads, by record or by age; facts, findings and the ledger's chain stay."""
    from counterflow.store.erasure import erase_before, erase_records

    if bool(record) == bool(before) or (record and not source):
        raise UsageError("Name either --record with --source, or --before.", hint="Records are named per source.")
    with workspace_of(ctx) as workspace:
        if before:
            count = erase_before(workspace, day_of(before), person=person, ground=ground)
        else:
            count = erase_records(workspace, source or "", record or [], person=person, ground=ground)
    say(f"The personal payload of {count:,} record(s) is erased; the ledger says who ordered it and why.")
    say("Its bytes leave the store's file when the process that owns the workspace ends: now, or with `serve`.")


def _headline(rows: list[dict[str, Any]]) -> list[str]:
    """Return what the random arm says over all lanes, and what no figure holds."""
    from counterflow.account.interdiction.intervals import percent

    pooled = next((row for row in rows if row["lane"] == "*" and row["arm"] == "random"), None)
    if pooled is None:
        return []
    said = [f"Random arm, all lanes: {pooled['words']}."]
    rate, missed = pooled["interdiction"], pooled["undetected"]
    if pooled["informative"] and rate and missed and rate["value"] is not None and missed["value"] is not None:
        found = f"{percent(rate['value'])} ({percent(rate['low'])} to {percent(rate['high'])})"
        rest = f"{missed['value']:,.0f} ({missed['low']:,.0f} to {missed['high']:,.0f})"
        said.append(f"Found, of all there is to find: {found}. Undetected: {rest}.")
    else:
        said.append(f"Not informative: {pooled['why_not']}.")
    return [*said, f"Outside these figures: {pooled['outside']}."]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its estimates spread over columns, for tables and CSV."""
    flat = {
        name: row[name]
        for name in ("lane", "arm", "eligible", "drawn", "n", "found", "not_presented", "pending", "refuted")
    }
    flat["awaiting"] = sum(row["awaiting"].values())
    for name in ("rate", "prevalence", "undetected", "interdiction"):
        estimate = row[name] or {}
        flat |= {f"{name}_{end}" if end else name: estimate.get(end or "value") for end in ("", "low", "high")}
    return flat | {"informative": row["informative"], "why_not": row["why_not"]}
