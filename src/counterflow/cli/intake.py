"""`intake …`: load files by a mapping, propose a mapping, see receipts, coverage and what was refused."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, in_a_folder, say
from counterflow.cli.session import workspace_of

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
quarantine_app = typer.Typer(no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine", help="Rows that were refused: list, mend, load again, discard.")

MapOption = Annotated[str, typer.Option("--map", help="Name of a shipped mapping, or a TOML file.")]
SourceOption = Annotated[str | None, typer.Option(help="Who the records come from.", show_default=False)]
BatchOption = Annotated[str | None, typer.Option(help="Only this load.", show_default=False)]
ReasonOption = Annotated[str | None, typer.Option(help="Only this reason.", show_default=False)]


@app.command()
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, NDJSON or EDIFACT.")],
    map_name: MapOption,
    source: SourceOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load a file and answer with a receipt: every row is accepted or in quarantine, with its reason."""
    from counterflow.intake.load import load as load_file
    from counterflow.intake.mapping import find_mapping

    mapping = find_mapping(map_name)
    with workspace_of(ctx) as workspace:
        receipt = load_file(workspace, file, mapping, source=source, progress=lambda n: say(f"{n:,} rows read"))
    say(receipt.in_words())
    if receipt.withheld:
        say(f"Withheld as labels: {', '.join(receipt.withheld)}.")
    emit(receipt.as_dict(), form, out)


class Made(enum.StrEnum):
    """What a row of a file can become by a proposed mapping."""

    CONSIGNMENT = "consignment"
    ORDER = "order"
    CUSTOMER = "customer"
    STOCK = "stock"


@app.command("map")
def propose(
    file: Annotated[Path, typer.Argument(help="The file to look at.")],
    toml: Annotated[
        Path | None,
        typer.Option("--out", help="Where the mapping is written.", show_default=False, callback=in_a_folder),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the mapping.", show_default="the file's")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Text encoding, where it is not UTF-8.", show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.", show_default=False)] = None,
    skip_lines: Annotated[int, typer.Option(min=0, help="Lines above the header.")] = 0,
    table: Annotated[Made, typer.Option(help="What a row of the file is.")] = Made.CONSIGNMENT,
    dates: Annotated[
        str | None,
        typer.Option("--dates", help="Of orders: how days are written, as %d/%m/%Y.", show_default=False),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Propose a mapping for a file; show what each field would feed and what would stay unscreened."""
    if table is not Made.CONSIGNMENT:
        _propose_orders(file, table, toml, form, dates, encoding=encoding, sheet=sheet, skip_lines=skip_lines)
        return
    from counterflow.core.check import Resources
    from counterflow.core.settings import ScreenSettings
    from counterflow.intake.propose import CheckReads, propose_mapping
    from counterflow.intake.readers import ReaderOptions
    from counterflow.screen.checks import list_checks

    listed = [c.check for c in list_checks(ScreenSettings(), Resources()) if c.check is not None]
    proposal = propose_mapping(
        file,
        name=name or file.name.split(".")[0],
        options=ReaderOptions(encoding=encoding, sheet=sheet, skip_lines=skip_lines),
        checks=[CheckReads(c.id, c.subject, c.reads) for c in listed],
    )
    for line in proposal.in_words():
        say(line)
    emit(proposal.as_table(), form)
    if toml is None:
        say("Nothing was written; --out M.toml writes the mapping.")
        return
    toml.write_text(proposal.toml, "utf-8")
    say(f"Written: {toml}. Read it through, then: counterflow intake load {file} --map {toml}")


def _propose_orders(
    file: Path,
    table: Made,
    toml: Path | None,
    form: Format,
    dates: str | None,
    **options: Any,
) -> None:
    """Propose a mapping for a file of orders, customers or stock, by the names of its columns."""
    from counterflow.intake.propose.recognise import recognise
    from counterflow.intake.readers import ReaderOptions

    recognised = recognise(file, table.value, date_format=dates, options=ReaderOptions(**options))
    for line in recognised.said:
        say(line)
    fields = recognised.mapping.fields
    emit([{"field": r.target, "column": ", ".join(r.columns), "read_as": r.kind} for r in fields], form)
    if toml is None:
        say("Nothing was written; --out M.toml writes the mapping.")
        return
    toml.write_text(recognised.mapping.text, "utf-8")
    say(f"Written: {toml}. Read it through, then: counterflow orders load {file} --map {toml}")


@app.command()
def mappings(form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List the mappings that come with the program."""
    from counterflow.intake.mapping import find_mapping, shipped_names

    found = [find_mapping(name) for name in shipped_names()]
    emit(
        [
            {"name": m.name, "version": m.version, "table": m.table, "fields": len(m.fields), "title": m.title}
            for m in found
        ],
        form,
        out,
    )


@app.command()
def announce(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV: sender,departure,lane,period,expected.")],
    source: Annotated[str, typer.Option(help="Who announces.")] = "announcements",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load what posts and carriers say they will send, so that coverage sees what never came."""
    from counterflow.intake.announce import announce as load_announcements

    with workspace_of(ctx) as workspace:
        receipt = load_announcements(workspace, file, source=source)
    say(receipt.in_words())
    emit(receipt.as_dict(), form, out)


@app.command()
def receipts(
    ctx: typer.Context, source: SourceOption = None, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """List every load: read = accepted + rejected, and how the rejected rows stand today."""
    from counterflow.intake.receipt import receipts as list_receipts

    with workspace_of(ctx) as workspace:
        table = list_receipts(workspace.store, source)
    emit(table, form, out)


@app.command()
def coverage(
    ctx: typer.Context,
    expected: Annotated[
        Path | None,
        typer.Option(help="CSV of announcements: sender,departure,lane,period,expected.", show_default=False),
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="sender, departure, lane, period; may be repeated.")] = None,
    out: OutOption = None,
) -> None:
    """Write all that is known of coverage, as JSON: cells, missing fields, lateness, trend, statutory targets."""
    from counterflow.intake.coverage import BY
    from counterflow.intake.coverage_detail import report

    with workspace_of(ctx) as workspace:
        told = report(workspace.store, tuple(by) if by else BY, expected)
    emit(told, Format.JSON, out)


@quarantine_app.command("list")
def list_quarantine(
    ctx: typer.Context,
    source: SourceOption = None,
    batch: BatchOption = None,
    reason: ReasonOption = None,
    state: Annotated[str, typer.Option(help="open, reloaded, discarded or all.")] = "open",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List refused rows with line, column, value, reason and what to do."""
    from counterflow.core.errors import UsageError
    from counterflow.intake.quarantine import list_rows

    if state not in {"open", "reloaded", "discarded", "all"}:
        raise UsageError(f"There is no state {state!r}.", hint="open, reloaded, discarded or all.")
    with workspace_of(ctx) as workspace:
        rows = list_rows(
            workspace.store,
            source=source,
            batch=batch,
            reason=reason,
            state=None if state == "all" else state,
        )
    emit(rows if form is not Format.TABLE else rows.drop_columns(["raw", "source", "state"]), form, out)


@quarantine_app.command()
def export(
    ctx: typer.Context,
    source: SourceOption = None,
    batch: BatchOption = None,
    reason: ReasonOption = None,
    out: OutOption = None,
) -> None:
    """Write open rows as CSV to be mended: key and reason first, then the columns of their file."""
    from counterflow.intake.quarantine import left_out, list_rows, to_mend

    with workspace_of(ctx) as workspace:
        rows = list_rows(workspace.store, source=source, batch=batch, reason=reason)
        table = to_mend(workspace, rows)
    for name, count in left_out(rows).items():
        say(f"{count:,} rows of {name} are left out: no mapping reads them. Mend the file they came in, and load it.")
    say(
        f"{table.num_rows:,} rows. Mend them, keep the columns that begin with _, then:"
        " counterflow intake quarantine reload FILE"
    )
    emit(table, Format.CSV, out)


@quarantine_app.command()
def reload(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The mended CSV.")],
    map_name: Annotated[
        str | None, typer.Option("--map", help="A mapping in place of the first one.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load mended rows as a batch of their own; the rows that they stand for count as reloaded."""
    from counterflow.intake.mapping import find_mapping
    from counterflow.intake.quarantine import reload as reload_rows

    mapping = find_mapping(map_name) if map_name else None
    with workspace_of(ctx) as workspace:
        receipt = reload_rows(workspace, file, mapping)
    say(receipt.in_words())
    emit(receipt.as_dict(), form, out)


@quarantine_app.command()
def discard(
    ctx: typer.Context,
    ground: Annotated[str, typer.Option(help="Why; goes into the ledger. Name no person.")],
    source: SourceOption = None,
    batch: BatchOption = None,
    reason: ReasonOption = None,
    row: Annotated[list[int] | None, typer.Option(help="Only these rows of the batch; may be repeated.")] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Give open rows up, on a stated ground."""
    from counterflow.intake.quarantine import discard as discard_rows

    with workspace_of(ctx) as workspace:
        count = discard_rows(workspace, ground=ground, source=source, batch=batch, reason=reason, rows=row or ())
    emit({"discarded": count}, form, out)
