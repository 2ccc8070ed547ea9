"""`orders monitor`: has a customer's ordering stopped looking like itself?"""

from __future__ import annotations

import datetime as dt
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.orders_load import DatesOption
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.flow.order_monitoring import Book, Looked
    from counterflow.orders.monitor import Setting

__all__ = ["add_to"]


class Each(enum.StrEnum):
    """How often to look back."""

    MONTH = "month"


def add_to(app: typer.Typer) -> None:
    """Add `monitor` to the commands of `orders`."""
    app.command()(monitor)


def monitor(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Orders: CSV, XLSX or Parquet; those of the workspace without.", show_default=False),
    ] = None,
    map_name: Annotated[
        str | None,
        typer.Option("--map", help="Mapping of the file; without, its headers are recognised.", show_default=False),
    ] = None,
    customers: Annotated[
        Path | None,
        typer.Option(help="Customer file: business line, declared volumes.", show_default=False),
    ] = None,
    dates: DatesOption = None,
    as_of_each: Annotated[
        Each | None,
        typer.Option("--as-of-each", help="Every month, each with only what was known by its end.", show_default=False),
    ] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="As of this day.", show_default="the last month with orders"),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Say beside each row what the published rules say.")] = False,
    explain: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="BUYER DRUG", help="Lay one customer's product open.", show_default=False),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another number of the setting, to try.", show_default=False),
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Hold each customer's orders against what was to be expected; say which alarms are open, and why.

    An alarm is raised by new evidence and stays open until a named person disposes of it (`orders decide`). It says
    that orders stopped looking like themselves, and accuses nobody. With a workspace, open alarms are stored (not with
    --set, which only tries); with a file, nothing is.
    """
    from counterflow.flow.order_monitoring import look

    setting, day = _setting(set_ or [], _house(ctx)), on.date() if on else None
    if file is not None:
        looked = look(_of_file(ctx, file, map_name, customers, dates, day), setting=setting, on=day)
    else:
        looked = _of_workspace(ctx, setting, day, store=explain is None and not set_)
    _say(looked)
    if explain is not None:
        from counterflow.orders.monitor import explain as lay_open

        emit(lay_open(looked.watched, *explain), form, out)
        return
    told = looked.by_month() if as_of_each else looked.at_the_end()
    emit(_with_rules(told, looked) if rules else told, form, out)


def _of_file(
    ctx: typer.Context, file: Path, map_name: str | None, customers: Path | None, dates: str | None, day: dt.date | None
) -> Book:
    from counterflow.flow.order_monitoring import orders_of_file, with_customers

    book = orders_of_file(file, _mapping(map_name), dates=dates, until=day)
    for line in book.said:
        say(line)
    _say_refused(book.refused)
    if customers is not None:
        from counterflow.flow.customer_file import read_customers

        read = read_customers(customers, dates=dates)
        for line in read.said:
            say(line)
        _say_refused(read.refused)
        book = with_customers(book, read.tables)
    if ctx.find_root().obj["workspace"] is not None:
        with workspace_of(ctx) as workspace:
            book = _beside(book, workspace.store.query("SELECT * FROM order_decision"))
    return book


def _beside(book: Book, decisions: pa.Table) -> Book:
    from dataclasses import replace

    return replace(book, decisions=decisions)


def _of_workspace(ctx: typer.Context, setting: Setting, day: dt.date | None, *, store: bool) -> Looked:
    from counterflow.flow.order_monitoring import look, orders_of_workspace, store_alarms
    from counterflow.store.loads import is_synthetic

    with workspace_of(ctx) as workspace:
        looked = look(orders_of_workspace(workspace), setting=setting, on=day)
        if is_synthetic(workspace.store):
            say("SYNTHETIC orders: nobody ever sent them.")
        if store and day is None:
            say(f"{store_alarms(workspace, looked)} new alarms stored.")
    return looked


def _mapping(name: str | None) -> Any:
    if name is None:
        return None
    from counterflow.intake.mapping import find_mapping

    return find_mapping(name)


def _house(ctx: typer.Context) -> Setting:
    """Return the setting in force: the workspace's where one is named, else the usual one."""
    from counterflow.core.settings import load_settings
    from counterflow.orders.plan.adopt import in_force

    return in_force(load_settings(ctx.find_root().obj["workspace"]).settings.orders.monitor)


def _setting(changes: list[str], house: Setting) -> Setting:
    from dataclasses import replace

    from counterflow.core.errors import UnknownName, UsageError
    from counterflow.orders.monitor import Setting

    numbers: dict[str, float] = {}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in Setting.described():
            raise UnknownName("number of the setting", name, Setting.described())
        try:
            numbers[name] = float(value)
        except ValueError:
            raise UsageError(f"{change!r} gives no number.", hint=f"Write --set {name}=2.5.") from None
    return replace(house, **numbers)


def _say_refused(refused: pa.Table | None) -> None:
    if refused is None or not refused.num_rows:
        return
    for row in refused.slice(0, 5).to_pylist():
        place = f"line {row['line']}" if row["line"] else f"row {row['row']}"
        say(f"{place}, {row['column'] or 'row'}: {row['value'] or ''} ({row['reason']}). {row['hint'] or ''}")
    say(f"{refused.num_rows} rows refused in all; they are in no figure here.")


def _say(looked: Looked) -> None:
    """Say what was counted, and how much is open."""
    watched = looked.watched
    months = watched.seen.rows.months
    for words, count in sorted(months.left_out.items()):
        say(f"Not counted as orders: {count:,} lines ({words}).")
    if watched.unmet:
        say(f"{watched.unmet} declared volumes met no orders in the same measure: nothing was expected from them.")
    series, columns = months.quantity.shape
    if not series:
        say("There are no orders to watch.")
        return
    is_open = int(watched.seen.opened[-1].sum())
    say(
        f"{len(watched.seen.rows.begins) - 1:,} customers' products over {columns} months to {months.names[-1]}; "
        f"{is_open:,} have an open alarm. Setting {watched.setting.version}."
    )


def _with_rules(told: pa.Table, looked: Looked) -> pa.Table:
    """Add what the published rules say of each row: those that would raise an alarm, or that all are silent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from counterflow.orders.monitor.published import beside

    said = beside(looked.watched.seen.rows.months)
    by_row: dict[tuple[str, str, str], list[str]] = {}
    names = ("customer_id", "product", "month", "rule", "times")
    for customer, product, month, rule, times in zip(*(said[name].to_pylist() for name in names), strict=True):
        by_row.setdefault((customer, product, month), []).append(f"{rule} ({times:.3g})")
    keys = zip(*(told[name].to_pylist() for name in ("buyer_id", "drug", "month")), strict=True)
    ordered = pc.greater(told["quantity"], 0).to_pylist()
    words = [
        "; ".join(by_row.get(key, ["silent"] if there else [""])) for key, there in zip(keys, ordered, strict=True)
    ]
    return told.append_column("published", pa.array(words, pa.string()))
