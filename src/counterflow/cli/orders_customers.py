"""`orders customers …`: what is on file about customers, what is missing, what runs out, what contradicts itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.orders_load import DatesOption
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.core.clock import Clock
    from counterflow.flow.customer_file import Customers, Reviewed
    from counterflow.store.workspace import Workspace

__all__ = ["add_to"]

_File = Annotated[
    Path | None,
    typer.Argument(
        help="CSV, XLSX or Parquet of customers; those of the workspace where not given.", show_default=False
    ),
]
_Map = Annotated[
    str | None,
    typer.Option("--map", help="Mapping of the file; its headers are recognised where not given.", show_default=False),
]
_On = Annotated[
    dt.datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Day as of which it stands.", show_default="today"),
]
_Within = Annotated[
    int, typer.Option("--within-days", min=0, max=3650, help="What ends within so many days is told as running out.")
]

_Orders = Annotated[
    Path | None,
    typer.Option(
        help="Orders of the last twelve months: they say what a customer buys, beside what it declared.",
        show_default="those of the workspace",
    ),
]

app = typer.Typer(no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Add `customers` to the commands of `orders`."""
    parent.add_typer(app, name="customers", help="Know your customer: what is on file, missing, running out, at odds.")


@app.command()
def check(
    ctx: typer.Context,
    file: _File = None,
    map_name: _Map = None,
    dates: DatesOption = None,
    orders: _Orders = None,
    on: _On = None,
    within_days: _Within = 60,
    whole: Annotated[bool, typer.Option("--all", help="Show what stands well too, and bare facts.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say point by point what is missing, expired, running out or contradictory, and what to do about each."""
    import pyarrow.compute as pc

    from counterflow.orders.customers.points import ASK, STOPS

    with _session(ctx) as (workspace, clock):
        done = _review(file, map_name, workspace, clock, on, within_days, orders, dates)
    points = done.points
    if not whole:
        shown = pc.is_in(points.column("weight"), pc.pa.array([STOPS, ASK]))
        say(f"{points.num_rows - (pc.sum(shown).as_py() or 0)} points stand well or are bare facts; --all shows them.")
        points = points.filter(shown)
    _say_sum(done)
    emit(_narrow(points) if form is Format.TABLE else points, form, out)


@app.command("list")
def list_(
    ctx: typer.Context,
    file: _File = None,
    map_name: _Map = None,
    dates: DatesOption = None,
    orders: _Orders = None,
    on: _On = None,
    within_days: _Within = 60,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List customers with what there is to do at each; those with most to settle first. No rating of anybody."""
    from counterflow.orders.customers import per_customer

    with _session(ctx) as (workspace, clock):
        done = _review(file, map_name, workspace, clock, on, within_days, orders, dates)
    _say_sum(done)
    emit(per_customer(done.file.customers, done.points), form, out)


@app.command()
def expiring(
    ctx: typer.Context,
    file: _File = None,
    map_name: _Map = None,
    dates: DatesOption = None,
    orders: _Orders = None,
    on: _On = None,
    within_days: _Within = 60,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List licences and declarations that ran out or will soon."""
    import pyarrow.compute as pc

    with _session(ctx) as (workspace, clock):
        points = _review(file, map_name, workspace, clock, on, within_days, orders, dates).points
    ends = pc.is_in(points.column("standing"), pc.pa.array(["expired", "expiring"]))
    found = points.filter(pc.and_(ends, pc.not_equal(points.column("point"), "visit")))
    counts = {kind: found.filter(pc.equal(found.column("standing"), kind)).num_rows for kind in ("expired", "expiring")}
    say(f"{counts['expired']} ran out, {counts['expiring']} will within {within_days} days.")
    emit(_narrow(found) if form is Format.TABLE else found, form, out)


@app.command()
def show(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    file: _File = None,
    map_name: _Map = None,
    dates: DatesOption = None,
    orders: _Orders = None,
    on: _On = None,
    within_days: _Within = 60,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show one customer's file: what is held, every point with its evidence, and what changed when."""
    from counterflow.flow.customer_file import one_customer, read_customers

    with _session(ctx) as (workspace, clock):
        rows = _rows(read_customers(file, workspace, mapping=_mapping(map_name), dates=dates, clock=clock))
        day = on.date() if on else clock().date()
        lines = _lines(orders, clock, dates)
        told = one_customer(rows, customer, on=day, workspace=workspace, lines=lines, within_days=within_days)
    say(told.in_words)
    for line in told.said:
        say(line)
    if form is Format.JSON:
        emit(told.as_dict(), form, out)
    else:
        emit(told.lines(), form, out)


@app.command()
def completeness(
    ctx: typer.Context,
    file: _File = None,
    map_name: _Map = None,
    dates: DatesOption = None,
    months: Annotated[int, typer.Option(min=1, max=120, help="Months back, ending today.")] = 12,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show how many files asked for nothing more at the end of each month, as they were known then."""
    from counterflow.flow.customer_file import completeness_by_month, read_customers

    with _session(ctx) as (workspace, clock):
        rows = _rows(read_customers(file, workspace, mapping=_mapping(map_name), dates=dates, clock=clock))
        found = completeness_by_month(rows, clock(), months=months, workspace=workspace)
    say("A file is complete when nothing in it asks for more; lists and orders are as they are today.")
    emit(found, form, out)


@contextmanager
def _session(ctx: typer.Context) -> Iterator[tuple[Workspace | None, Clock]]:
    """Yield the workspace where one is named, and the clock."""
    from counterflow.core.clock import system_clock

    named = ctx.find_root().obj["workspace"] is not None
    with workspace_of(ctx) if named else nullcontext() as workspace:
        yield workspace, workspace.clock if workspace is not None else system_clock


def _narrow(points: pa.Table) -> pa.Table:
    """Return what fits a terminal; evidence and citation are in the other forms, and in `show`."""
    return points.select(["customer_id", "point", "standing", "weight", "words", "to_do"])


def _mapping(name: str | None) -> Any:
    if name is None:
        return None
    from counterflow.intake.mapping import find_mapping

    return find_mapping(name)


def _rows(customers: Customers) -> Customers:
    """Say what reading brought up, refused rows too."""
    for line in customers.said:
        say(line)
    refused = customers.refused
    if refused is not None and refused.num_rows:
        for row in refused.slice(0, 5).to_pylist():
            place = f"line {row['line']}" if row["line"] else f"row {row['row']}"
            say(f"{place}, {row['column'] or 'row'}: {row['value'] or ''} ({row['reason']}). {row['hint'] or ''}")
        say(f"{refused.num_rows} rows refused in all.")
    return customers


def _review(
    file: Path | None,
    map_name: str | None,
    workspace: Workspace | None,
    clock: Clock,
    on: dt.datetime | None,
    within_days: int,
    orders: Path | None,
    dates: str | None,
) -> Reviewed:
    from counterflow.flow.customer_file import read_customers, reviewed

    rows = _rows(read_customers(file, workspace, mapping=_mapping(map_name), dates=dates, clock=clock))
    day = on.date() if on else clock().date()
    lines = _lines(orders, clock, dates)
    done = reviewed(rows, on=day, workspace=workspace, lines=lines, within_days=within_days)
    for line in done.said:
        say(line)
    return done


def _lines(orders: Path | None, clock: Clock, dates: str | None) -> pa.Table | None:
    """Return the lines of a file of orders, and say what reading it brought up."""
    if orders is None:
        return None
    from counterflow.intake.standalone import read_file

    read = read_file(orders, None, table="order", now=clock(), date_format=dates)
    for line in read.said:
        say(line)
    if read.refused.num_rows:
        say(f"{orders.name}: {read.refused.num_rows} of {read.read} rows refused; `orders load` shows why.")
    return read.tables["order_line"]


def _say_sum(done: Reviewed) -> None:
    from counterflow.orders.customers import per_customer

    rows = per_customer(done.file.customers, done.points).select(["stops", "asks"]).to_pylist()
    stopped = sum(row["stops"] > 0 for row in rows)
    asked = sum(row["stops"] == 0 and row["asks"] > 0 for row in rows)
    say(
        f"{len(rows)} customers: {len(rows) - stopped - asked} with nothing to ask, {asked} to ask something,"
        f" {stopped} where something stops a sale until a person has settled it."
    )
