"""`lists …`: load official lists, show their versions, tell what changed between two."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.intake.lists import ListLoad

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
load = typer.Typer(no_args_is_help=True)
app.add_typer(load, name="load", help="Load one edition of a list; the same files are one version.")

_Published = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day the edition was published.", show_default=False),
]


@load.command()
def ofac(
    ctx: typer.Context,
    sdn: Annotated[Path, typer.Option(help="sdn.csv: names, programmes, remarks.")],
    alt: Annotated[Path | None, typer.Option(help="alt.csv: aliases.", show_default=False)] = None,
    add: Annotated[Path | None, typer.Option(help="add.csv: addresses.", show_default=False)] = None,
    published: _Published = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load the US Treasury's list of Specially Designated Nationals."""
    from counterflow.intake.lists import load_ofac

    read = load_ofac(sdn, alt, add, published.date() if published else None)
    _store(ctx, read, form, out)


@load.command("csv")
def from_csv(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header line; .gz is read too.", show_default=False)],
    list_name: Annotated[str, typer.Option("--list", help="What the list is called here.")],
    name: Annotated[str, typer.Option(help="Column of the name.")],
    entry_id: Annotated[
        str | None, typer.Option("--id", help="Column of the list's own id.", show_default=False)
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option(help="Column that says person, entity, vessel or aircraft.", show_default=False),
    ] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Column of further names, `;` between them.")] = None,
    weak_alias: Annotated[list[str] | None, typer.Option(help="Column of names too common to go by alone.")] = None,
    program: Annotated[str | None, typer.Option(help="Column of the programme.", show_default=False)] = None,
    country: Annotated[str | None, typer.Option(help="Column of the country.", show_default=False)] = None,
    address: Annotated[str | None, typer.Option(help="Column of the address.", show_default=False)] = None,
    remarks: Annotated[str | None, typer.Option(help="Column of remarks.", show_default=False)] = None,
    published: _Published = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load any list that comes as columns."""
    from counterflow.intake.lists import ListColumns, load_list_csv

    columns = ListColumns(
        name=name, entry_id=entry_id, schema=schema,
        alias=tuple(alias or ()), weak_alias=tuple(weak_alias or ()),
        program=program, country=country, address=address, remarks=remarks,
    )  # fmt: skip
    _store(ctx, load_list_csv(file, list_name, columns, published.date() if published else None), form, out)


def _store(ctx: typer.Context, read: ListLoad, form: Format, out: Path | None) -> None:
    from counterflow.intake.lists import store_list

    with workspace_of(ctx) as workspace:
        receipt = store_list(workspace, read)
    known = " It was loaded before; nothing was added." if receipt["already_loaded"] else ""
    say(
        f"{read.list_name} version {read.version}: {read.read} rows read, {read.accepted} accepted,"
        f" {read.rejected} rejected; {read.entries.num_rows} names.{known}"
    )
    emit(receipt, form, out)


@app.command()
def show(
    ctx: typer.Context,
    version: Annotated[
        str | None, typer.Argument(help="A version, or its beginning, to list its names.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show the versions of all lists, or the names of one version."""
    from counterflow.intake.lists import show_entries, show_versions

    with workspace_of(ctx) as workspace:
        found = show_entries(workspace.store, version) if version else show_versions(workspace.store)
    emit(found, form, out)


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(help="The earlier version, or its beginning.", show_default=False)],
    after: Annotated[str, typer.Argument(help="The later version, or its beginning.", show_default=False)],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show which entries were added, removed or changed from one version of a list to another."""
    from collections import Counter

    from counterflow.intake.lists import diff as compare

    with workspace_of(ctx) as workspace:
        found = compare(workspace.store, before, after)
    counts = Counter(found.column("change").to_pylist())
    say(", ".join(f"{counts[change]} {change}" for change in ("added", "removed", "changed")))
    emit(found, form, out)
