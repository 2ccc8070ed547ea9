"""`orders flags|stock`: red flags in orders, weighed together; does the stock agree with the books?"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.orders_load import DatesOption
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.core.clock import Clock
    from counterflow.orders.patterns import HouseLimit, Setting
    from counterflow.store.workspace import Workspace

__all__ = ["add_to"]

_Map = Annotated[
    str | None,
    typer.Option("--map", help="Mapping of the file; its headers are recognised where not given.", show_default=False),
]
_On = Annotated[
    dt.datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Day as of which is asked.", show_default="the last day there is"),
]


class StockView(enum.StrEnum):
    """What to show of the stock."""

    RECONCILED = "reconciled"
    RECURRING = "recurring"
    MISSING = "missing"
    RETURNS = "returns"


def add_to(app: typer.Typer) -> None:
    """Add the commands to `orders`."""
    app.command("flags")(flags)
    app.command("stock")(stock)


def flags(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV, XLSX or Parquet of orders; those of the workspace where not given.", show_default=False
        ),
    ] = None,
    map_name: _Map = None,
    customers: Annotated[
        Path | None, typer.Option(help="CSV, XLSX or Parquet of customers.", show_default=False)
    ] = None,
    dates: DatesOption = None,
    on: _On = None,
    days: Annotated[int, typer.Option(min=1, help="Days for which a flag stands.")] = 180,
    threshold: Annotated[
        list[str] | None,
        typer.Option(help="Limit of the house, as 'methadone=8000 units/month'; may be repeated.", show_default=False),
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Only this customer.", show_default=False)] = None,
    weighed: Annotated[
        bool, typer.Option("--weigh", help="One row for each customer: what its flags and alarms say together.")
    ] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show what stands out in orders, each with its evidence and what would clear it. No single flag accuses."""
    from counterflow.flow.order_flags import flags_of, open_alarms, read_book, store_flags
    from counterflow.orders.patterns import weigh

    setting = _setting(days, threshold or ())
    with _session(ctx) as (workspace, clock):
        book = read_book(
            file,
            workspace,
            mapping=_mapping(map_name),
            customers=customers,
            on=on.date() if on else None,
            dates=dates,
            clock=clock,
        )
        _say_all(book.said, book.refused)
        found = flags_of(book, setting)
        kept = store_flags(workspace, found) if workspace is not None and file is None else 0
        alarms = open_alarms(workspace) if workspace is not None else None
    silent = (found.schema.metadata or {}).get(b"silent", b"").decode()
    if silent:
        say(f"Too few orders or customers to compare with, so that nothing is said of: {silent}.")
    say(f"{found.num_rows} flags stand on {book.on}" + (f"; {kept} of them are new." if kept else "."))
    told = weigh(found, alarms) if weighed else found
    emit(_of(told, customer), form, out)


def stock(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV, XLSX or Parquet of counts, receipts and losses; those of the workspace where not given.",
            show_default=False,
        ),
    ] = None,
    map_name: _Map = None,
    orders: Annotated[
        Path | None, typer.Option(help="File of orders; those of the workspace where not given.", show_default=False)
    ] = None,
    on: _On = None,
    show: Annotated[
        StockView,
        typer.Option(help="Periods between counts, losses that recur, what has to be reported, or what came back."),
    ] = StockView.RECONCILED,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(help="Tolerance in per cent, as 0.5 or 'acetone=2'; may be repeated.", show_default="0.5"),
    ] = None,
    dates: DatesOption = None,
    country: Annotated[
        str | None, typer.Option(help="Place whose law holds for losses, as US or DE.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compare what should be there by the books with what was counted; show losses and what they ask for."""
    from counterflow.core.errors import InputError
    from counterflow.flow.order_flags import read_lines, read_stock
    from counterflow.orders.stock import lay, missing, reconcile, recurring, returned
    from counterflow.reference.trade_law import load_trade_law

    general, named = _tolerances(tolerance or ())
    with _session(ctx) as (workspace, clock):
        events, said, refused = read_stock(file, workspace, mapping=_mapping(map_name), dates=dates, clock=clock)
        _say_all(said, refused)
        if events.num_rows == 0:
            raise InputError("There is no stock event.", hint="Load counts, receipts and losses with `orders load`.")
        day = on.date() if on else clock().date()
        lines = None
        if orders is not None or workspace is not None:
            lines, said, refused = read_lines(orders, workspace, dates=dates, clock=clock)
            _say_all(said, refused)
    desk = lay(events, lines, on=day)
    _say_all(desk.said, 0)
    reconciled = reconcile(desk, named, tolerance=general)
    shown = {
        StockView.RECONCILED: lambda: reconciled,
        StockView.RECURRING: lambda: recurring(desk, reconciled),
        StockView.MISSING: lambda: missing(desk, reconciled, load_trade_law(), country, on=day),
        StockView.RETURNS: lambda: returned(desk),
    }[show]()
    emit(shown, form, out)


@contextmanager
def _session(ctx: typer.Context) -> Iterator[tuple[Workspace | None, Clock]]:
    """Yield the workspace where one is named, and the clock."""
    from counterflow.core.clock import system_clock

    named = ctx.find_root().obj["workspace"] is not None
    with workspace_of(ctx) if named else nullcontext() as workspace:
        _say_synthetic(workspace)
        yield workspace, workspace.clock if workspace is not None else system_clock


def _say_synthetic(workspace: Workspace | None) -> None:
    from counterflow.store.loads import is_synthetic

    if workspace is not None and is_synthetic(workspace.store):
        say("SYNTHETIC orders: nobody ever sent them.")


def _mapping(name: str | None) -> Any:
    if name is None:
        return None
    from counterflow.intake.mapping import find_mapping

    return find_mapping(name)


def _say_all(said: Sequence[str], refused: int) -> None:
    for line in said:
        say(line)
    if refused:
        say(f"{refused} rows refused; `orders load` shows each with its reason.")


def _of(table: Any, customer: str | None) -> Any:
    import pyarrow.compute as pc

    from counterflow.core.errors import UnknownName

    if customer is None:
        return table
    known = set(table.column("customer_id").to_pylist())
    if customer not in known:
        raise UnknownName("customer with a flag", customer, known)
    return table.filter(pc.equal(table.column("customer_id"), customer))


def _setting(days: int, thresholds: Sequence[str]) -> Setting:
    from counterflow.orders.patterns import Setting

    return Setting(stands=days, house=tuple(_limit(text) for text in thresholds))


def _limit(text: str) -> HouseLimit:
    """Read a limit of the house: product=quantity unit/period."""
    import re

    from counterflow.core.errors import UsageError
    from counterflow.core.units import unit_of
    from counterflow.orders.patterns import HouseLimit

    measures = {"mass": "g", "volume": "l", "pieces": "units"}
    read = re.fullmatch(r"\s*(.*?)\s*=\s*([\d.]+)\s*([^\d/]+?)\s*/\s*(transaction|month)\s*", text)
    unit = unit_of(read[3]) if read else None
    if read is None or unit is None or unit.kind not in measures or read[2].count(".") > 1 or float(read[2]) <= 0:
        raise UsageError(
            f"--threshold {text!r} is no limit.",
            hint="Write it as 'methadone=8000 units/month' or '=25 kg/transaction'.",
        )
    return HouseLimit(read[1].casefold(), float(read[2]) * unit.factor, measures[unit.kind], read[4])


def _tolerances(texts: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Read tolerances in per cent: one for all, or by product."""
    from counterflow.core.errors import UsageError
    from counterflow.orders.stock import TOLERANCE

    general, named = TOLERANCE, {}
    for text in texts:
        product, _, figure = text.rpartition("=")
        try:
            share = float(figure) / 100
        except ValueError:
            share = -1.0
        if not 0 <= share < 1:
            raise UsageError(f"--tolerance {text!r} is no per cent.", hint="Write it as 0.5 or 'acetone=2'.")
        if product.strip():
            named[product.strip().casefold()] = share
        else:
            general = share
    return general, named
