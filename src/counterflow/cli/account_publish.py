"""`account publish TABLE.csv`: a table of counts made fit to be published, small cells withheld and attacked."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.account.publish import Ask, Release
    from counterflow.account.publish.sheet import Sheet

__all__ = ["add_to"]


class Zeros(enum.StrEnum):
    """What is done with zeros."""

    SHOWN = "shown"
    COVER = "cover"
    PROTECT = "protect"


class Margins(enum.StrEnum):
    """Which totals a reader is taken to know."""

    KNOWN = "known"
    FILE = "file"


class Blanks(enum.StrEnum):
    """What an empty field of counts is."""

    REFUSED = "refused"
    ZERO = "zero"


def add_to(app: typer.Typer) -> None:
    """Add the command to a group."""
    app.command("publish")(publish)


def publish(
    ctx: typer.Context,
    table: Annotated[Path | None, typer.Argument(help="CSV of counts, wide or long, with or without totals.")] = None,
    form: FormatOption = Format.CSV,
    out: OutOption = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="Column of counts; may be repeated, or parted by commas.")
    ] = None,
    minimum: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=1000,
            help="Counts from 1 to one less are small.",
            show_default="10, or the setting watch.small_cell",
        ),
    ] = None,
    protect: Annotated[
        str | None, typer.Option(help="LOW:HIGH that each small cell must be possible to be.", show_default="0:minimum")
    ] = None,
    zeros: Annotated[
        Zeros, typer.Option(help="shown: always; cover: may be withheld too; protect: are small.")
    ] = Zeros.SHOWN,
    margins: Annotated[
        Margins, typer.Option(help="known: a reader knows totals that the file lacks; file: only those in it.")
    ] = Margins.KNOWN,
    blanks: Annotated[Blanks, typer.Option(help="What an empty field of counts is.")] = Blanks.REFUSED,
    weighted: Annotated[bool, typer.Option("--weighted", help="Counts are weighted: fractions are allowed.")] = False,
    total: Annotated[list[str] | None, typer.Option(help='Label that means a total; "none": no label does.')] = None,
    mark: Annotated[str, typer.Option(help="What stands where a cell is withheld.")] = "*",
    earlier: Annotated[
        Path | None, typer.Option(help="The same table as it was published before.", show_default=False)
    ] = None,
    dominance: Annotated[
        str | None,
        typer.Option(help="LARGEST,SECOND[,P]: columns of the largest contributors, p % rule.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--as", help="Keep it in the workspace under this name; the last release binds the next."),
    ] = None,
    shape: Annotated[
        str | None, typer.Option(help="In place of a file, a table of the workspace: arq-seizures, arq-deaths, …")
    ] = None,
) -> None:
    """Withhold small cells, and others so that no sum gives one away; an attack on the result is part of it."""
    from counterflow.account.publish.release import release
    from counterflow.account.publish.sheet import read_sheet

    if (table is None) == (shape is None):
        raise UsageError("Name a file, or a table of the workspace with --shape.", hint="One of the two.")
    if shape is not None:
        _arq(ctx, shape, form, out)
        return
    asked = _ask(ctx, columns, minimum, protect, zeros, margins, blanks, weighted, total, mark, dominance)
    if name is not None and earlier is not None:
        raise UsageError("--as knows the earlier release itself.", hint="Leave --earlier out.")
    sheet = read_sheet(table or Path())
    if name is not None:
        made = _kept(ctx, name, sheet, asked)
    else:
        made = release(sheet, asked, read_sheet(earlier) if earlier is not None else None)
    for words in (*sheet.said, *said(made)):
        say(words)
    emit(_whole(made) if form is Format.JSON else made.rows(), form, out)


def _kept(ctx: typer.Context, name: str, sheet: Sheet, asked: Ask) -> Release:
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_publications import publish_as

    with workspace_of(ctx) as workspace:
        made, version = publish_as(workspace, name, sheet, asked)
    say(f"Release {version} of {name}.")
    return made


def _arq(ctx: typer.Context, shape: str, form: Format, out: Path | None) -> None:
    from counterflow.cli.session import workspace_of
    from counterflow.flow.account_arq import arq_table

    with workspace_of(ctx) as workspace:
        rows, words, made = arq_table(workspace, shape, workspace.settings.watch.small_cell)
    for line in (*words, *(said(made) if made is not None else ())):
        say(line)
    emit(rows, form, out)


def said(made: Release) -> list[str]:
    """Return what a release withholds, in words."""
    counts, ask = made.counts(), made.ask
    words = [*made.layout.said]
    if made.layout.left_out:
        names = ", ".join(made.layout.left_out)
        words.append(f"Left out, since nothing protects them: {names}. A figure made from counts can give one away.")
    rule = f"p % rule, {ask.dominance.percent:g} %" if ask.dominance else f"from 1 to {ask.minimum - 1}"
    words.append(
        f"{counts['cells']:,} cell(s): {counts['primary']:,} withheld for themselves ({rule}), "
        f"{counts['complementary']:,} so that no sum gives those away, {counts['shown']:,} shown. "
        f'Withheld: "{ask.mark}", whatever the reason.'
    )
    if counts["margins_not_to_publish"]:
        words.append(
            f"{counts['margins_not_to_publish']:,} total(s) that the file does not have must not be published "
            "elsewhere either (--format json lists them)."
        )
    if made.pattern.fractional:
        words.append("Against whole numbers alone the protection of some cells is not proved; against fractions it is.")
    return words


def _whole(made: Release) -> dict[str, Any]:
    """Return the table with the pattern and the audit; for the house, not for publication."""
    counts, ask = made.counts(), made.ask
    return {
        "table": made.rows(),
        "mark": ask.mark,
        "minimum": ask.minimum,
        "zeros": ask.zeros,
        "margins": "known" if ask.margins_known else "file",
        "counts": counts,
        "programs": made.pattern.programs,
        "proved_in_whole_numbers": made.pattern.fractional == 0,
        "audit": made.audit(),
        "limits": [
            "The audit says which cells are small: it stays in the house.",
            "Not covered: what somebody knows from elsewhere, and the difference of two tables that are almost alike.",
        ],
    }


def _ask(
    ctx: typer.Context, columns: list[str] | None, minimum: int | None, protect: str | None, zeros: Zeros,
    margins: Margins, blanks: Blanks, weighted: bool, total: list[str] | None, mark: str, dominance: str | None,
) -> Ask:  # fmt: skip
    from counterflow.account.publish.release import Ask

    return Ask(
        columns=tuple(name.strip() for part in columns or () for name in part.split(",")),
        minimum=minimum or _small_cell(ctx),
        interval=_interval(protect),
        zeros=zeros.value,
        margins_known=margins is Margins.KNOWN,
        blanks_are_zero=blanks is Blanks.ZERO,
        weighted=weighted,
        totals=tuple(total or ()),
        mark=mark,
        dominance=_dominance(dominance),
    )


def _small_cell(ctx: typer.Context) -> int:
    """Return the house's rule where a workspace is named, else 10."""
    if ctx.find_root().obj["workspace"] is None:
        return 10
    from counterflow.cli.session import workspace_of

    with workspace_of(ctx) as workspace:
        return workspace.settings.watch.small_cell


def _interval(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    low, mark, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (1.0, 0.0)
    if not mark or not 0 <= ends[0] < ends[1] < 1e9:
        raise UsageError(f"{text!r} is no interval to protect.", hint="Write LOW:HIGH, such as 0:10.")
    return ends


def _dominance(text: str | None) -> Any:
    if text is None:
        return None
    from counterflow.account.publish.dominance import Dominance

    parts = [part.strip() for part in text.split(",")]
    try:
        percent = float(parts[2]) if len(parts) == 3 else 10.0
    except ValueError:
        percent = 0.0
    if len(parts) not in (2, 3) or not all(parts):
        raise UsageError(f"{text!r} names no contributors.", hint="Write LARGEST,SECOND or LARGEST,SECOND,P.")
    return Dominance(parts[0], parts[1], percent)
