"""`substances …`: is this item a controlled drug or a listed precursor, where, since when; tables over places."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli import substance_updates
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.reference.registry import Registry
    from counterflow.screen.substances import SubstanceLookup
    from counterflow.screen.substances.overview import Seen

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

#: items answered at a time: what is held of a file of millions stays small
_PORTION = 20_000
#: a goods text may go over many lines; a quote that nobody closed goes to the end of the file
_MOST_LINES = 5_000
#: columns and lines told of by name
_SHOWN = 8

_On = Annotated[
    dt.datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Day whose law is asked; today where not given."),
]


@app.command()
def check(
    ctx: typer.Context,
    items: Annotated[
        Path | None,
        typer.Argument(help="CSV: id and any of text,name,cas,inchikey,smiles,hs; .gz too.", show_default=False),
    ] = None,
    on: _On = None,
    route: Annotated[
        str | None,
        typer.Option(help="origin[,transit…],destination as CN,MX,US; every law held here where not given."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="One item: goods text.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="One item: name of the substance.", show_default=False)] = None,
    cas: Annotated[str | None, typer.Option(help="One item: CAS number.", show_default=False)] = None,
    inchikey: Annotated[str | None, typer.Option(help="One item: InChIKey.", show_default=False)] = None,
    smiles: Annotated[str | None, typer.Option(help="One item: structure as SMILES.", show_default=False)] = None,
    hs: Annotated[str | None, typer.Option(help="One item: declared HS code.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say of each item whether it is controlled or listed, in each place of the route, under which words of the law."""
    from counterflow.core.errors import UsageError
    from counterflow.screen.substances import SubstanceLookup

    fields = {"text": text, "name": name, "cas": cas, "inchikey": inchikey, "smiles": smiles, "hs": hs}
    single = {field: value for field, value in fields.items() if value is not None}
    if bool(items) == bool(single):
        hint = "Give a file, or one item by --text, --name, --cas, --inchikey, --smiles or --hs."
        raise UsageError("Say what to check.", hint=hint)
    places = route.split(",") if route is not None else None
    look = SubstanceLookup(on.date() if on else None, places, _registry(ctx))
    said = _Said(look)
    if items is None:
        import pyarrow as pa

        asked = pa.table({field: pa.array([value], pa.string()) for field, value in ({"id": "1"} | single).items()})
    else:
        asked = _read_items(items)
    say(look.in_words())
    emit(_answers(look, asked, said, with_day=form is Format.JSON), form, out)
    said.say()


@app.command()
def show(
    ctx: typer.Context,
    substance: Annotated[str, typer.Argument(help="Name, id or CAS number.")],
    on: _On = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show all that is held of a substance: names, numbers, structure, every control with dates and words, coverage."""
    from counterflow.screen.substances.overview import find_substances
    from counterflow.screen.substances.overview import show as lay_open

    registry = _registry(ctx)
    found = [lay_open(one, registry, _day(on)) for one in find_substances(substance, registry)]
    if len(found) > 1:
        say(f"{substance!r} is a name of {len(found)} substances.")
    if form is Format.TABLE and len(found) == 1:
        emit(_read_down(found[0]), form, out)
    else:
        emit(found[0] if len(found) == 1 else found, form, out)


@app.command()
def matrix(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Names, ids or CAS numbers.")],
    on: _On = None,
    route: Annotated[
        str | None, typer.Option("--in", help="Places, as CN,MX,US; every law held here where not given.")
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Compare places: where a substance is controlled on a day, since when, under which words, and how it was read."""
    from counterflow.screen.substances.items import ItemReader
    from counterflow.screen.substances.overview import find_substances
    from counterflow.screen.substances.overview import matrix as compare
    from counterflow.screen.substances.routes import read_route

    registry, day = _registry(ctx), _day(on)
    reader = ItemReader(registry)
    wanted = list(dict.fromkeys(one for name in names for one in find_substances(name, registry, reader)))
    places = read_route(route.split(","), registry) if route is not None else ()
    say(f"On {day.isoformat()}. An empty cell is not “not controlled”: see the coverage of each line.")
    rows = compare(wanted, registry, day, places)
    shown = [{k: v for k, v in row.items() if k != "reason"} for row in rows] if form is Format.TABLE else rows
    emit(shown, form, out)


@app.command()
def gaps(
    ctx: typer.Context,
    origin: Annotated[str, typer.Option(help="Place it comes from, as CN.")],
    destination: Annotated[str, typer.Option(help="Place it goes to, as US.")],
    seen: Annotated[
        Path | None,
        typer.Option(help="CSV: substance[,count] seen in seizures or laboratory series.", show_default=False),
    ] = None,
    on: _On = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what is controlled or was seen at the destination and is not found in the law of the origin on that day."""
    from counterflow.screen.substances.law import Law
    from counterflow.screen.substances.overview import gaps as find_gaps
    from counterflow.screen.substances.routes import read_route

    registry, day = _registry(ctx), _day(on)
    leaves, arrives = (read_route([place], registry)[0] for place in (origin, destination))
    sightings = [*(_seen_in_file(seen, registry) if seen else []), *_seen_in_workspace(ctx, registry)]
    found = find_gaps(leaves, arrives, registry, day, sightings)
    law = Law(registry, day, (leaves, arrives))
    say(f"On {day.isoformat()}: {len(found)} substances. Not found is not “not controlled”.")
    say(law.coverage_in_short)
    emit(found, form, out)


def _day(on: dt.datetime | None) -> dt.date:
    from counterflow.core.clock import system_clock

    return on.date() if on else system_clock().date()


def _registry(ctx: typer.Context) -> Registry:
    """Return the registry with what the workspace accepted, where one is named; else the shipped one."""
    from counterflow.reference.registry import load_registry

    if ctx.find_root().obj["workspace"] is None:
        return load_registry()
    from counterflow.screen.substances.accepted import registry_of

    with workspace_of(ctx) as workspace:
        return registry_of(workspace)


def _read_items(items: Path) -> pa.Table:
    from counterflow.cli.party_files import read_party_file
    from counterflow.core.errors import InputError
    from counterflow.screen.substances.items import FIELDS

    read = read_party_file(items, ("id",), FIELDS, most_lines=_MOST_LINES)
    say(read.in_words())
    kept = [name for name in ("id", *FIELDS) if name in read.table.column_names]
    if kept == ["id"]:
        hint = f"Give any of {', '.join(FIELDS)}."
        raise InputError("The file has no column to check.", hint=hint, file=items.name, line=1)
    passed = [name for name in read.table.column_names if name not in kept]
    if passed:
        say(f"Columns passed over: {', '.join(passed[:_SHOWN])}{' …' * (len(passed) > _SHOWN)}.")
    return read.table.select(kept)


def _seen_in_file(path: Path, registry: Registry) -> list[Seen]:
    from counterflow.cli.party_files import read_party_file
    from counterflow.screen.substances.sightings import seen_in_file

    read = read_party_file(path, ("substance",), ("count",))
    say(read.in_words())
    blank = [
        str(line)
        for line, name in zip(read.lines, read.table.column("substance").to_pylist(), strict=True)
        if not (name or "").strip()
    ]
    if blank:
        say(
            f"Rows that name no substance, not counted: line {', '.join(blank[:_SHOWN])}{' …' * (len(blank) > _SHOWN)}."
        )
    counts = read.table.column("count").to_pylist() if "count" in read.table.column_names else None
    found = seen_in_file(read.table.column("substance").to_pylist(), counts, read.lines, registry, read.name)
    unknown = sorted({one.name for one in found if not one.substance})
    if unknown:
        say(f"{len(unknown)} names are not in this registry and are listed as written: {', '.join(unknown[:5])}.")
    return found


def _seen_in_workspace(ctx: typer.Context, registry: Registry) -> list[Seen]:
    if ctx.find_root().obj["workspace"] is None:
        return []
    from counterflow.flow.watch_gaps import seen_in_counts
    from counterflow.screen.substances.sightings import seen_in_workspace

    with workspace_of(ctx) as workspace:
        return [*seen_in_workspace(workspace.store, registry), *seen_in_counts(workspace.store, registry)]


def _read_down(record: dict[str, object]) -> dict[str, object]:
    """Return a record whose lists stand as numbered lines, and whose nested records as words."""
    lines: dict[str, object] = {}
    for name, value in record.items():
        if isinstance(value, list):
            lines |= {f"{name} {n}": _in_words(one) for n, one in enumerate(value, 1)}
        else:
            lines[name] = value
    return lines


def _in_words(value: object) -> object:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {one}" for name, one in value.items() if one)
    return value


class _Said:
    """What is told of all items once they were answered."""

    def __init__(self, look: SubstanceLookup) -> None:
        self._look = look
        self._items = self._rows = 0
        self._verdicts: Counter[str] = Counter()

    def add(self, items: int, answer: pa.Table) -> None:
        import pyarrow.compute as pc

        self._items += items
        self._rows += answer.num_rows
        counted = pc.value_counts(answer.column("verdict")).to_pylist()
        self._verdicts.update({one["values"]: one["counts"] for one in counted})

    def say(self) -> None:
        from counterflow.screen.substances.law import RANK

        told = ", ".join(f"{self._verdicts[v]} {v}" for v in reversed(RANK) if self._verdicts[v])
        items, rows = (f"{n} {what}{'s' * (n != 1)}" for n, what in ((self._items, "item"), (self._rows, "row")))
        say(f"{items}, {rows}: {told or 'nothing asked'}.")


def _answers(look: SubstanceLookup, asked: pa.Table, said: _Said, *, with_day: bool) -> pa.RecordBatchReader:
    import pyarrow as pa

    from counterflow.screen.substances.lookup import ANSWER

    schema = ANSWER.append(pa.field("on", pa.string())) if with_day else ANSWER

    def portions() -> Iterator[pa.RecordBatch]:
        for start in range(0, asked.num_rows, _PORTION):
            portion = asked.slice(start, _PORTION)
            answer = look.check_table(portion)
            said.add(portion.num_rows, answer)
            if with_day:
                answer = answer.append_column("on", pa.repeat(look.on.isoformat(), answer.num_rows))
            yield from answer.to_batches()

    return pa.RecordBatchReader.from_batches(schema, portions())


substance_updates.add_to(app)
