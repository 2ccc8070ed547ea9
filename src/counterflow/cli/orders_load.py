"""`orders load`: orders, customers and stock into a workspace, by a mapping or by the names of the columns."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["DatesOption", "Rows", "add_to"]


class Rows(enum.StrEnum):
    """What a row of a file is."""

    ORDER = "order"
    CUSTOMER = "customer"
    STOCK = "stock"


DatesOption = Annotated[
    str | None, typer.Option("--dates", help="How days are written, as %d/%m/%Y; ISO needs none.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Add the command to the group `orders`."""
    app.command()(load)


def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet or NDJSON.")],
    map_name: Annotated[
        str | None,
        typer.Option("--map", help="A shipped mapping (arcos) or a TOML file.", show_default="columns by their names"),
    ] = None,
    table: Annotated[Rows, typer.Option(help="What a row is, where no mapping says it.")] = Rows.ORDER,
    source: Annotated[str | None, typer.Option(help="Who the records come from.", show_default=False)] = None,
    dates: DatesOption = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Load orders, customers or stock; every row is accepted or in quarantine, with its reason.

    Without --map the columns are recognised by their names, and what was read as what is said.
    """
    from counterflow.core.errors import UsageError
    from counterflow.intake.load import load as load_file
    from counterflow.intake.mapping import find_mapping
    from counterflow.intake.mapping.targets import OF_ORDERS
    from counterflow.intake.propose.recognise import recognise

    if map_name is not None:
        mapping = find_mapping(map_name)
        if mapping.table not in OF_ORDERS:
            raise UsageError(
                f"The mapping {map_name} makes a row a {mapping.table}.",
                hint="`counterflow intake load` loads those.",
            )
        if dates is not None:
            raise UsageError("--dates goes with columns read by their names; a mapping has its own format.")
    else:
        recognised = recognise(file, table.value, date_format=dates)
        mapping = recognised.mapping
        for line in recognised.said:
            say(line)
    with workspace_of(ctx) as workspace:
        receipt = load_file(workspace, file, mapping, source=source, progress=lambda n: say(f"{n:,} rows read"))
    for note, count in receipt.warnings.items():
        say(f"{note}: {count:,} rows.")
    if receipt.unused and not receipt.already_loaded:
        say(f"Not read: {', '.join(receipt.unused)}.")
    say(receipt.in_words())
    emit(receipt.as_dict(), form, out)
