"""`orders screen`: may I ship this? Clear, needs or hold for every order, with duties, thresholds and citations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.orders_load import DatesOption
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.core.clock import Clock
    from counterflow.flow.order_screening import Screened
    from counterflow.intake.mapping import Mapping
    from counterflow.store.workspace import Workspace

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]


def add_to(app: typer.Typer) -> None:
    """Add `screen` to the commands of `orders`."""
    app.command()(screen)


def screen(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV, XLSX or Parquet of orders; the open ones of the workspace where not given.",
                       show_default=False),
    ] = None,
    customers: Annotated[
        Path | None, typer.Option("--customers", help="CSV, XLSX or Parquet of customers.", show_default=False)
    ] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=_DAY, help="Day asked: law, licences and notices as of it.", show_default="today"),
    ] = None,
    ship_from: Annotated[
        str, typer.Option("--from", help="Country that goods leave, where the order does not say it.")
    ] = "",
    since: Annotated[
        dt.datetime | None,
        typer.Option(
            "--since", formats=_DAY, help="Open orders of the workspace from this day.", show_default="31 days back"
        ),
    ] = None,
    all_sites: Annotated[
        bool, typer.Option("--all-sites", help="Sum quantities over all sellers of the orders, not each seller's own.")
    ] = False,
    map_name: Annotated[
        str | None, typer.Option("--map", help="Mapping of the orders; else by their headers.", show_default=False)
    ] = None,
    customer_map: Annotated[
        str | None,
        typer.Option("--customers-map", help="Mapping of the customers; else by their headers.", show_default=False),
    ] = None,
    dates: DatesOption = None,
    item: Annotated[str | None, typer.Option(help="One order: what is ordered.", show_default=False)] = None,
    quantity: Annotated[str | None, typer.Option(help="One order: quantity, as `25 kg`.", show_default=False)] = None,
    cas: Annotated[str | None, typer.Option(help="One order: CAS number.", show_default=False)] = None,
    customer: Annotated[str | None, typer.Option(help="One order: the customer's id.", show_default=False)] = None,
    ship_to: Annotated[
        str | None, typer.Option("--to", help="One order: country it goes to.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:  # fmt: skip
    """Answer for every order whether it may leave: clear, needs (each thing named) or hold."""
    from counterflow.core.errors import UsageError

    one = item is not None or cas is not None
    beside = {"--quantity": quantity, "--customer": customer, "--to": ship_to}
    given = [name for name, value in beside.items() if value is not None]
    if one and file is not None:
        raise UsageError("A file and one order are asked at once.", hint="Give the file, or --item; not both.")
    if given and not one:
        raise UsageError(f"{', '.join(given)} speak of one order, and none is given.", hint="Give --item or --cas.")
    if since is not None and (one or file is not None):
        raise UsageError("--since is for the open orders of a workspace.", hint="Leave the file out, or --since.")
    with _session(ctx) as (workspace, clock):
        day = on.date() if on else clock().date()
        if one:
            order = {"item": item or "", "quantity": quantity or "", "cas": cas or "", "ship_to": ship_to or ""}
            told = _one(order, customer, customers, customer_map, workspace, clock, day, ship_from)
        elif file is not None:
            from counterflow.flow.order_screening import screen_file

            told = screen_file(
                file, on=day, customers=customers, mapping=_mapping(map_name),
                customer_mapping=_mapping(customer_map), workspace=workspace, ship_from=ship_from,
                all_sites=all_sites, dates=dates, clock=clock,
            )  # fmt: skip
        elif workspace is not None:
            from counterflow.flow.order_screening import screen_open

            first = since.date() if since else None
            told = screen_open(workspace, on=day, since=first, ship_from=ship_from, all_sites=all_sites)
        else:
            hint = "Give a file of orders, one order by --item, or a workspace with -w."
            raise UsageError("There are no orders to answer.", hint=hint)
    for line in told.said:
        say(line)
    emit(told.answers, form, out)


def _one(
    order: dict[str, str], customer: str | None, customers: Path | None, customer_map: str | None,
    workspace: Workspace | None, clock: Clock, day: dt.date, ship_from: str,
) -> Screened:  # fmt: skip
    """Answer one order."""
    import pyarrow as pa

    from counterflow.flow.order_desk import OrderDesk
    from counterflow.flow.order_screening import Screened
    from counterflow.orders.ship import ANSWER

    held, said = None, tuple[str, ...]()
    if customers is not None or workspace is not None:
        from counterflow.flow.customer_file import read_customers

        read = read_customers(customers, workspace, mapping=_mapping(customer_map), clock=clock)
        held, said = read.newest(), read.said
    desk = OrderDesk(held, on=day, workspace=workspace, ship_from=ship_from, clock=clock)
    answered = desk.ask(order["item"], order["quantity"], customer=customer, ship_to=order["ship_to"], cas=order["cas"])
    return Screened(pa.Table.from_pylist([answered.as_dict()], schema=ANSWER), tuple(said))


def _mapping(name: str | None) -> Mapping | None:
    if name is None:
        return None
    from counterflow.intake.mapping import find_mapping

    return find_mapping(name)


@contextmanager
def _session(ctx: typer.Context) -> Iterator[tuple[Workspace | None, Clock]]:
    """Yield the workspace where one is named, and the clock."""
    from counterflow.core.clock import system_clock

    named = ctx.find_root().obj["workspace"] is not None
    with workspace_of(ctx) if named else nullcontext() as workspace:
        yield workspace, workspace.clock if workspace is not None else system_clock
