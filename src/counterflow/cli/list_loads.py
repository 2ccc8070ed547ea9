"""`lists load …`: one edition of a list, from its publisher's file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.intake.lists import ListColumns, ListLoad

__all__ = ["app", "tell_load"]

app = typer.Typer(no_args_is_help=True)

#: what was taken with a loss, in words
_NOTED = {
    "names-nobody": "names are digits, a placeholder or a company form alone: kept, never matched as names",
    "name-too-long": "further names are too long to be names: left out",
    "birth-not-understood": "births are written in a way that is not understood: left out",
    "date-not-understood": "dates are written in a way that is not understood",
    "fewer-or-more-records-than-the-file-says": "entries fewer or more than the file says of itself",
}

_File = Annotated[Path, typer.Argument(help="The file as published; .gz is read too.", show_default=False)]
_Published = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day the edition was published.", show_default=False),
]


def _column(words: str) -> Any:
    return typer.Option(help=f"Column of {words}.", show_default=False)


@app.command()
def ofac(
    ctx: typer.Context,
    sdn: Annotated[Path, typer.Option(help="sdn.csv: names, programmes, remarks.")],
    alt: Annotated[Path | None, typer.Option(help="alt.csv: aliases.", show_default=False)] = None,
    add: Annotated[Path | None, typer.Option(help="add.csv: addresses.", show_default=False)] = None,
    comments: Annotated[
        Path | None, typer.Option(help="sdn_comments.csv: where long remarks go on.", show_default=False)
    ] = None,
    published: _Published = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load the US Treasury's list of Specially Designated Nationals from its CSV files."""
    from counterflow.intake.lists import load_ofac

    _store(ctx, load_ofac(sdn, alt, add, _day(published), comments=comments), form, out)


@app.command("ofac-xml")
def ofac_xml(
    ctx: typer.Context, file: _File, published: _Published = None, form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Load the same list from the Treasury's SDN.XML."""
    from counterflow.intake.lists import load_ofac_xml

    _store(ctx, load_ofac_xml(file, _day(published)), form, out)


@app.command()
def un(
    ctx: typer.Context, file: _File, published: _Published = None, form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Load the UN Security Council's consolidated list from its XML."""
    from counterflow.intake.lists import load_un

    _store(ctx, load_un(file, _day(published)), form, out)


@app.command()
def bis(
    ctx: typer.Context, file: _File, published: _Published = None, form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Load the US Commerce Department's Denied Persons List (dpl.txt or CSV)."""
    from counterflow.intake.lists import load_bis

    _store(ctx, load_bis(file, _day(published)), form, out)


@app.command()
def ftm(
    ctx: typer.Context,
    file: _File,
    list_name: Annotated[str, typer.Option("--list", help="What the list is called here.")],
    published: _Published = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load a list of FollowTheMoney entities (JSON lines), as OpenSanctions publishes them."""
    from counterflow.intake.lists import load_ftm

    _store(ctx, load_ftm(file, list_name, _day(published)), form, out)


@app.command("csv")
def from_csv(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Columns with a header line; .gz is read too.", show_default=False)],
    columns_file: Annotated[
        Path | None, typer.Option("--map", help="TOML file with all that follows.", show_default=False)
    ] = None,
    list_name: Annotated[
        str | None, typer.Option("--list", help="What the list is called here.", show_default=False)
    ] = None,
    name: Annotated[str | None, _column("the name")] = None,
    entry_id: Annotated[
        str | None, typer.Option("--id", help="Column of the list's own id.", show_default=False)
    ] = None,
    schema: Annotated[str | None, _column("person, entity, vessel or aircraft")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Column of further names, `;` between them.")] = None,
    weak_alias: Annotated[list[str] | None, typer.Option(help="Column of names too common to go by alone.")] = None,
    program: Annotated[str | None, _column("the programme")] = None,
    country: Annotated[str | None, _column("the country")] = None,
    address: Annotated[str | None, _column("the address")] = None,
    city: Annotated[str | None, _column("the city")] = None,
    postcode: Annotated[str | None, _column("the postcode")] = None,
    born: Annotated[str | None, _column("days or years of birth, `;` between them")] = None,
    nationality: Annotated[str | None, _column("nationalities, `;` between them")] = None,
    identifier: Annotated[
        list[str] | None, typer.Option(help="Column of papers and numbers, `;` between them.")
    ] = None,
    remarks: Annotated[str | None, _column("remarks")] = None,
    published: _Published = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load any list that comes as columns: say which column holds what, here or in a --map file."""
    from counterflow.intake.lists import load_list_csv

    said = {
        "name": name, "entry_id": entry_id, "schema": schema, "alias": tuple(alias or ()),
        "weak_alias": tuple(weak_alias or ()), "program": program, "country": country, "address": address,
        "city": city, "postcode": postcode, "born": born, "nationality": nationality,
        "identifier": tuple(identifier or ()), "remarks": remarks,
    }  # fmt: skip
    named, columns = _columns(columns_file, list_name, {key: value for key, value in said.items() if value})
    _store(ctx, load_list_csv(file, named, columns, _day(published)), form, out)


def _columns(file: Path | None, list_name: str | None, said: dict[str, Any]) -> tuple[str, ListColumns]:
    """Return the list's name and its columns, from the file and what the command line says beside it."""
    import dataclasses

    from counterflow.core.errors import UsageError
    from counterflow.intake.lists import ListColumns, read_list_map

    if file is not None:
        named, columns = read_list_map(file)
        return list_name or named, dataclasses.replace(columns, **said)
    if list_name is None or "name" not in said:
        raise UsageError(
            "The list's name or the column of the name is missing.", hint="Give --list and --name, or --map."
        )
    return list_name, ListColumns(**said)


def _day(published: dt.datetime | None) -> dt.date | None:
    return published.date() if published else None


def _store(ctx: typer.Context, read: ListLoad, form: Format, out: Path | None) -> None:
    from counterflow.intake.lists import store_list

    with workspace_of(ctx) as workspace:
        receipt = store_list(workspace, read)
    tell_load(read, known=bool(receipt["already_loaded"]))
    emit(receipt, form, out)


def tell_load(read: ListLoad, *, known: bool) -> None:
    """Say what a load has taken, what it has not, and why."""
    say(
        f"{read.list_name} version {read.version}: {read.read} rows read, {read.accepted} accepted,"
        f" {read.rejected} rejected; {read.entries.num_rows} names."
        f"{' It was loaded before; nothing was added.' if known else ''}"
    )
    for reason, count in read.noted.items():
        say(f"  {count} {_NOTED.get(reason, reason)}.")
    if read.skipped:
        kinds = ", ".join(f"{kind} {count}" for kind, count in list(read.skipped.items())[:6])
        say(f"  {sum(read.skipped.values())} lines of other kinds passed over ({kinds}).")
