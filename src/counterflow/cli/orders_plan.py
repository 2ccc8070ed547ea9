"""`orders plan`: what a setting costs and finds before it goes live; `orders demo`: a synthetic book to try it on."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.orders_load import DatesOption
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.flow.order_monitoring import Book
    from counterflow.orders.plan.candidates import Candidate

__all__ = ["add_to"]


class Size(enum.StrEnum):
    """How large a synthetic order book is."""

    SMALL = "small"
    LARGE = "large"


def add_to(app: typer.Typer) -> None:
    """Add `plan` and `demo` to the commands of `orders`."""
    app.command()(plan)
    app.command()(demo)


def plan(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="Orders: CSV, XLSX or Parquet; those of the workspace without.", show_default=False),
    ] = None,
    dates: DatesOption = None,
    map_name: Annotated[
        str | None,
        typer.Option("--map", help="Mapping of the file; without, its headers are recognised.", show_default=False),
    ] = None,
    customers: Annotated[
        Path | None, typer.Option(help="Customer file: business line, declared volumes.", show_default=False)
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--setting",
            help="usual; quieter=1.3; numbers, as limit=3,growth=0.2; or a published rule, as 'mean-12 x3'. Repeat it.",
            show_default="usual, quieter=1.3, quieter=0.75",
        ),
    ] = None,
    months: Annotated[int, typer.Option(min=6, max=240, help="Latest months that alarms are counted in.")] = 24,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, max=10_000, help="Minutes of work an alarm takes.", show_default="the house's, else 30"),
    ] = None,
    disposed: Annotated[
        int | None, typer.Option(min=0, help="Alarms that can be disposed of in a month.", show_default="all that come")
    ] = None,
    inject: Annotated[bool, typer.Option("--inject/--no-inject", help="Plant diversion in copies of it.")] = True,
    diversion: Annotated[
        list[str] | None,
        typer.Option(help="Kind of diversion to plant, as step or 'ramp x3 over 6'. Repeat it.", show_default="all"),
    ] = None,
    by_line: Annotated[bool, typer.Option("--by-line", help="By business line too.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is planted, and of the intervals.")] = 1,
    adopt: Annotated[
        str | None,
        typer.Option(help="Put this setting of those compared into force in the workspace.", show_default=False),
    ] = None,
    person: Annotated[str | None, typer.Option(help="Who decides that.", show_default=False)] = None,
    ground: Annotated[str | None, typer.Option(help="Why.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compare settings on your own history: alarms and hours a month, backlog, delay and misses on planted diversion.

    Writes nothing unless --adopt names a setting and --person who decides.
    """
    from counterflow.orders.plan.candidates import Firm, candidates
    from counterflow.orders.plan.diversion import named
    from counterflow.orders.plan.forecast import Trial, forecast

    tried = candidates(settings or [])
    chosen = _chosen(tried, adopt, person, ground)
    planted = named(diversion or [])
    book, each = _book(ctx, file, map_name, customers, minutes, dates)
    trial = Trial(months=months, minutes=each, disposed=disposed, inject=inject, diversions=planted, seed=seed)
    told = forecast(Firm(book.lines, book.product, book.customers, book.expected), tried, trial, by_line=by_line)
    emit(_side_by_side(told) if form is Format.TABLE else told, form, out)
    say("On the past alone; what is planted is invented, and no forecast of what criminals do.")
    if chosen is not None:
        _adopt(ctx, chosen, str(person), str(ground))


def _chosen(tried: tuple[Candidate, ...], adopt: str | None, person: str | None, ground: str | None) -> Any:
    """Return the setting to put into force, before any work is done for it."""
    from counterflow.core.errors import UnknownName, UsageError

    if adopt is None:
        if person or ground:
            raise UsageError("--person and --ground go with --adopt.", hint="Name the setting that is adopted.")
        return None
    if not person or not ground:
        raise UsageError("A setting is put into force by a named person, with a ground.", hint="Give both.")
    found = {each.name: each.setting for each in tried}
    if adopt not in found:
        raise UnknownName("setting among those compared", adopt, found)
    if found[adopt] is None:
        raise UsageError("A published rule is shown for comparison; the monitor does not run it.", hint="Adopt ours.")
    return found[adopt]


def _book(
    ctx: typer.Context,
    file: Path | None,
    map_name: str | None,
    customers: Path | None,
    minutes: float | None,
    dates: str | None,
) -> tuple[Book, float]:
    """Return orders with what stands beside them, and the minutes that an alarm takes in this house."""
    from counterflow.core.settings import Settings
    from counterflow.flow.order_monitoring import orders_of_file, orders_of_workspace, with_customers

    house = Settings().orders.minutes
    if file is None:
        with workspace_of(ctx) as workspace:
            book, house = orders_of_workspace(workspace), workspace.settings.orders.minutes
    else:
        book = orders_of_file(file, _mapping(map_name), dates=dates)
    for line in book.said:
        say(line)
    _say_refused(book.refused)
    if customers is not None:
        from counterflow.flow.customer_file import read_customers

        book = with_customers(book, read_customers(customers, dates=dates).tables)
    return book, minutes if minutes is not None else house.get("alarm", 30.0)


def _mapping(name: str | None) -> Any:
    if name is None:
        return None
    from counterflow.intake.mapping import find_mapping

    return find_mapping(name)


def _say_refused(refused: pa.Table | None) -> None:
    if refused is not None and refused.num_rows:
        first = refused.slice(0, 1).to_pylist()[0]
        place = f"line {first['line']}" if first["line"] else f"row {first['row']}"
        say(f"{refused.num_rows} rows refused, in no figure here; the first: {place}, {first['reason']}.")


def _side_by_side(told: pa.Table) -> list[dict[str, Any]]:
    """Return one row per business line and measure, and a column for each setting."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for said in told.to_pylist():
        key = said["business_line"], said["measure"]
        row = rows.setdefault(key, {"business_line": key[0], "measure": key[1]})
        row[said["setting"]] = _words(said)
        row["unit"] = said["unit"]
        if said["setting"] == told["setting"][0].as_py():
            row["how_sure"] = said["how_sure"]
    last = ("unit", "how_sure")
    return [
        {**{k: v for k, v in row.items() if k not in last}, **{k: row.get(k) for k in last}} for row in rows.values()
    ]


def _words(said: dict[str, Any]) -> str:
    if said["value"] is None:
        return "cannot be told"
    share = said["unit"].startswith("share")
    value, low, high = (f"{said[k]:.1%}" if share else f"{said[k]:.1f}" for k in ("value", "low", "high"))
    return value if low == high else f"{value} [{low}, {high}]"


def _adopt(ctx: typer.Context, setting: Any, person: str, ground: str) -> None:
    from counterflow.orders.plan.adopt import adopt

    with workspace_of(ctx) as workspace:
        if adopt(workspace, setting, person=person, ground=ground):
            say(f"Setting {setting.version} is in force; the ledger says who took it, and from which one.")
        else:
            say(f"Setting {setting.version} was in force already; nothing was written.")


def demo(
    out: Annotated[Path, typer.Option(help="A new or empty folder for the files.")],
    size: Annotated[Size, typer.Option(help="small: 60 customers; large: 20,000 with a million orders.")] = Size.SMALL,
    seed: Annotated[int, typer.Option(min=0, help="Seed: the same seed writes the same book.")] = 3,
) -> None:
    """Write a SYNTHETIC order book to try things on: orders, customers, and apart from them what was planted."""
    from dataclasses import replace

    from counterflow.demo.order_book import SIZES, make_order_book
    from counterflow.demo.order_files import write_order_book

    files = write_order_book(make_order_book(replace(SIZES[size.value], seed=seed)), out)
    say(f"SYNTHETIC: {files.rows:,} order rows in {files.orders}, customers in {files.customers.name}.")
    say(f"What was planted and broken lies in {files.truth}; look there last.")
