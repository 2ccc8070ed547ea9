"""`account targets …`: packs of targets checked, loaded, locked and counted against; money and evidence beside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.account_money import add_to as add_money
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterflow.account.indicators.records import Pack
    from counterflow.store.workspace import Workspace

__all__ = ["add_to", "emit_pack_board", "pack_board"]

targets = typer.Typer(no_args_is_help=True)
_DAY = ["%Y-%m-%d"]


def _pack_names(incomplete: str) -> list[str]:
    from counterflow.flow.account_targets import pack_names

    return [name for name in pack_names() if name.startswith(incomplete)]


PackOption = Annotated[
    str, typer.Option("--pack", help="Name of a pack, shipped or loaded, or a TOML file.", autocompletion=_pack_names)
]
PersonOption = Annotated[str, typer.Option("--person", help="Who does it.", show_default=False)]
TodayOption = Annotated[
    dt.datetime | None, typer.Option("--on", formats=_DAY, help="Day of the judgement; today.", show_default=False)
]


@targets.command()
def check(
    file: Annotated[Path, typer.Argument(help="TOML of a pack.")],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
    fail_on_error: Annotated[
        bool, typer.Option("--fail-on-error", help="Leave with 1 where a problem is an error.")
    ] = False,
) -> None:
    """List all that does not hold in a pack: with line, key, value and what to do. Needs no workspace."""
    from counterflow.account.indicators.pack_read import read_pack

    pack = read_pack(file)
    problems = [one.as_dict() for one in pack.problems]
    counts = {
        severity: sum(one.severity == severity for one in pack.problems) for severity in ("error", "warning", "note")
    }
    say(f"{pack.name}: {len(pack.targets)} targets, {len(pack.claims)} claims; {counts['error']} errors, "
        f"{counts['warning']} warnings, {counts['note']} notes.")  # fmt: skip
    if form is Format.JSON:
        emit({"pack": pack.name, "targets": len(pack.targets), "problems": problems, "ok": pack.ok}, form, out)
    else:
        columns = ("line", "severity", "target", "key", "value", "problem", "hint")
        emit([{name: one[name] for name in columns} for one in problems], form, out)
    if fail_on_error and not pack.ok:
        raise typer.Exit(1)


@targets.command()
def packs(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the packs that are shipped, and those that were loaded where a workspace is named."""
    from counterflow.flow.account_targets import pack_named, pack_names

    rows = [_pack_row(pack_named(name), "shipped") for name in pack_names()]
    for workspace in _workspace(ctx):
        from counterflow.account.indicators.kept import kept_names, locks_of, required_pack

        for name in kept_names(workspace):
            rows.append(  # noqa: PERF401 - one line for each pack
                _pack_row(required_pack(workspace, name), "loaded") | {"locked": len(locks_of(workspace, name))}
            )
    emit(rows, form, out)


def _pack_row(pack: Pack, where: str) -> dict[str, Any]:
    return {"pack": pack.name, "where": where, "title": pack.title, "edition": pack.edition,
            "template": pack.template, "indicators": len(pack.indicators), "targets": len(pack.targets),
            "claims": len(pack.claims), "commitments": len(pack.commitments), "steps": len(pack.steps),
            "errors": sum(one.severity == "error" for one in pack.problems), "locked": 0}  # fmt: skip


def _workspace(ctx: typer.Context) -> Iterator[Workspace]:
    """Yield the workspace that is named, if one is."""
    if ctx.find_root().obj["workspace"] is not None:
        with workspace_of(ctx) as workspace:
            yield workspace


@targets.command("list")
def list_targets(
    ctx: typer.Context, pack: PackOption = "documents", form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """List the targets of a pack, one line for each reading."""
    from counterflow.flow.account_targets import pack_named

    held = None
    for workspace in _workspace(ctx):
        held = pack_named(pack, workspace)
    held = held or pack_named(pack)
    rows = []
    for target in held.targets:
        own = held.indicators[target.indicator]
        for reading in target.readings or (None,):
            rows.append({  # noqa: PERF401 - a table is easier to read in full
                "target": target.id, "reading": reading.id if reading else "", "indicator": own.id, "kind": own.kind,
                "direction": own.direction, "unit": own.unit,
                "baseline": target.baseline.amount.value if target.baseline else None,
                "baseline_date": str(target.baseline.period) if target.baseline and target.baseline.period else None,
                "value": reading.amount.value if reading and reading.amount else None,
                "deadline": reading.deadline.text if reading else None, "owner": target.owner, "sound": target.sound,
            })  # fmt: skip
    emit(rows, form, out)


@targets.command()
def show(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(help="Id of a target of the pack.")],
    pack: PackOption = "documents",
    today: TodayOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Show one target whole: its words, readings, path, actuals, what stands beside it and what it lacks."""
    from counterflow.core.errors import UnknownName
    from counterflow.flow.account_target_page import target_of

    shown = None
    for workspace in _workspace(ctx):
        shown = target_of(pack, target, workspace, today=_date(today))
    shown = shown or target_of(pack, target, today=_date(today))
    if shown is None:
        raise UnknownName("target", target, [])
    emit(shown, form, out)


@targets.command()
def status(
    ctx: typer.Context,
    pack: PackOption = "documents",
    today: TodayOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say of each reading: met, on track, behind, missed or not assessable, with the reason and the probability."""
    board = pack_board(ctx, pack, _date(today))
    emit(status_rows(board), form, out)
    for one in board["refused"]:
        say(f"Refused: {one['id']}. {one['why']}")


def status_rows(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the readings of a board as flat rows."""
    return [
        {"target": row["id"], "reading": one["id"], "kind": row["kind"], "indicator": row["words"],
         "deadline": one["deadline"], "value": one["value"], "unit": one["unit"],
         "latest": row["latest"]["value"] if row["latest"] else None,
         "period": row["latest"]["period"] if row["latest"] else None, "status": one["status"],
         "p_reach": one["p_reach"].get("probability"), "p_low": one["p_reach"].get("low"),
         "p_high": one["p_reach"].get("high"), "reason": one["reason"]}
        for row in board["rows"]
        for one in row["readings"]
    ]  # fmt: skip


def pack_board(ctx: typer.Context, pack: str, today: dt.date | None = None) -> dict[str, Any]:
    """Return the board of a pack, with the workspace that is named or without one."""
    from counterflow.flow.account_targets import board_of

    for workspace in _workspace(ctx):
        return board_of(pack, workspace, today=today)
    return board_of(pack, today=today)


def emit_pack_board(ctx: typer.Context, pack: str, form: Format, out: Path | None) -> None:
    """Write the board of a pack: whole as JSON, its readings one a line else."""
    shown = pack_board(ctx, pack)
    if form is Format.JSON:
        emit(shown, form, out)
        return
    emit(status_rows(shown), form, out)
    for one in shown["refused"]:
        say(f"Refused: {one['id']}. {one['why']}")
    for flag in shown["flags"]:
        say(flag["problem"])


def _date(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else moment.date()


@targets.command()
def export(
    pack: PackOption = "documents",
    out: OutOption = None,
) -> None:
    """Write the text of a shipped pack, to read, to fill in or to change."""
    from counterflow.flow.account_targets import shipped_text

    text = shipped_text(pack)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, "utf-8")
        say(f"{out} is written. Check it: counterflow account targets check {out}")


@targets.command()
def load(
    ctx: typer.Context,
    pack: Annotated[str, typer.Argument(help="TOML file of a pack, or the name of a shipped one.")],
    person: PersonOption,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Keep a pack in the workspace. What is locked changes by two people only, on the page of the pack."""
    from counterflow.account.indicators.kept import load_pack
    from counterflow.account.indicators.pack_read import read_pack
    from counterflow.flow.account_targets import pack_names, shipped_text

    name, text = pack, ""
    if pack in pack_names():
        text = shipped_text(pack)
    else:
        path = Path(pack)
        name = read_pack(path).name
        text = path.read_bytes().decode("utf-8-sig")
    with workspace_of(ctx) as workspace:
        made = load_pack(workspace, text, name, person=person)
    if made["not_sound"]:
        say(f"Their records do not hold, so the board refuses them: {', '.join(made['not_sound'])}.")
    emit(made, form, out)


@targets.command()
def lock(
    ctx: typer.Context,
    pack: PackOption,
    person: PersonOption,
    target: Annotated[
        list[str] | None, typer.Option(help="Only these; all that hold else.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Lock what is expected, in the ledger: from now on an edit needs two people, and deviations need a note."""
    from counterflow.account.indicators.kept import lock_targets, required_pack
    from counterflow.flow.account_targets import actuals_of

    with workspace_of(ctx) as workspace:
        public = actuals_of(required_pack(workspace, pack))
        rows = lock_targets(workspace, pack, target or [], person=person, actuals=public)
    say(f"{len(rows)} targets are locked.")
    emit([{name: row[name] for name in ("pack", "target", "known_until", "locked_at", "expectation")} for row in rows],
         form, out)  # fmt: skip


@targets.command()
def actual(
    ctx: typer.Context,
    indicator: Annotated[str, typer.Argument(help="Indicator of the pack.")],
    period: Annotated[str, typer.Argument(help="As 2026, FY 2026, 2026-03 or Q1 2026.")],
    value: Annotated[str, typer.Argument(help='A number, with its unit if you like: "1.3 billion doses".')],
    pack: PackOption,
    person: PersonOption,
    source: Annotated[str, typer.Option(help="Who counted it.", show_default=False)],
    as_of: Annotated[
        dt.datetime | None, typer.Option("--as-of", formats=_DAY, help="Day of the source; today.", show_default=False)
    ] = None,
    low: Annotated[str, typer.Option(help="Lower end of its interval.", show_default=False)] = "",
    high: Annotated[str, typer.Option(help="Upper end.", show_default=False)] = "",
    definition: Annotated[
        str, typer.Option(help="Version of the definition that it follows.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="Why it deviates, where it does.", show_default=False)] = "",
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Enter what was counted. A second value for a period is a correction: both stay on record."""
    from counterflow.account.indicators.kept import Entered, enter_actual

    entered = Entered(indicator, period, value, source, _date(as_of), low, high, definition, note)
    with workspace_of(ctx) as workspace:
        row = enter_actual(workspace, pack, entered, person=person)
    if row["corrects"]:
        say(f"It corrects {row['corrects']}{', after the lock' if row['after_lock'] else ''}; both stay on record.")
    if row["late"]:
        say("It came after the day on which it was due; that stands with it.")
    emit(row, form, out)


@targets.command()
def correct(
    ctx: typer.Context,
    entry: Annotated[str, typer.Argument(help="Entry that is corrected, as T-0123456789.")],
    value: Annotated[str, typer.Argument(help="What it should have been.")],
    person: PersonOption,
    source: Annotated[str, typer.Option(help="Who says so.", show_default=False)],
    note: Annotated[str, typer.Option(help="Why.", show_default=False)],
    as_of: Annotated[
        dt.datetime | None, typer.Option("--as-of", formats=_DAY, help="Day of the source; today.", show_default=False)
    ] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Correct an actual with a new row: the old one stays, and the board says that it was corrected."""
    from counterflow.account.indicators.kept import Entered, enter_actual, entry_of

    with workspace_of(ctx) as workspace:
        old = entry_of(workspace, entry)
        entered = Entered(str(old["indicator"]), str(old["period"]), value, source, _date(as_of),
                          definition=str(old["definition"] or ""), note=note)  # fmt: skip
        row = enter_actual(workspace, str(old["pack"]), entered, person=person)
    say(f"{entry} is corrected{' after the lock' if row['after_lock'] else ''}; both stay on record.")
    emit(row, form, out)


@targets.command()
def variance(
    ctx: typer.Context,
    pack: PackOption,
    entry: Annotated[str | None, typer.Option(help="Actual to add a note to.", show_default=False)] = None,
    note: Annotated[str, typer.Option(help="The note.", show_default=False)] = "",
    person: Annotated[str | None, typer.Option(help="Who notes it.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List actuals against what was locked, with deviation and note; with --entry and --note, add one."""
    from counterflow.account.indicators.kept import note_variance, variances
    from counterflow.core.errors import UsageError

    if bool(entry) != bool(note):
        raise UsageError("--entry and --note go together.", hint="Give both, or neither.")
    with workspace_of(ctx) as workspace:
        if entry:
            note_variance(workspace, entry, note, person=person or "")
        rows = variances(workspace, pack)
    emit(rows, form, out)


def add_to(app: typer.Typer) -> None:
    """Add `targets`, `money` and `evidence` to the commands of `account`."""
    app.add_typer(targets, name="targets", help="What was promised, by when, in which reading, and what came of it.")
    add_money(app)
