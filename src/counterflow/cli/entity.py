"""`entity …`: what records were taken for one party, why, and a person's word on it; and `parties resolve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

__all__ = ["app", "resolve"]

app = typer.Typer(no_args_is_help=True)

_Entity = Annotated[str, typer.Argument(help="Entity, or the beginning of its id.", show_default=False)]
_Reason = Annotated[str, typer.Option(help="Why, so that another person can follow.", show_default=False)]
_Person = Annotated[str, typer.Option("--person", help="Who decides.", show_default=False)]


def resolve(
    ctx: typer.Context,
    records: Annotated[
        Path | None,
        typer.Argument(
            help="CSV of records with a header line; .gz too. Without it: the parties of all loaded records.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(help="What a column is, where its header does not tell: name=Shipper.", show_default=False),
    ] = None,
    link: Annotated[float, typer.Option(min=0.05, max=0.999, help="Probability from which two are linked.")] = 0.5,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say which records name the same party: an entity and a probability for each, in the records' order."""
    if records is not None:
        _resolve_file(ctx, records, columns or [], link, form, out)
        return
    from counterflow.link.resolution.run import PARTIES, stored_parties
    from counterflow.link.resolution.run import resolve as run

    with workspace_of(ctx) as workspace:
        answer = run(stored_parties(workspace.store), PARTIES, workspace, link)
    say(answer.in_words())
    emit(answer.table, form, out)


def _resolve_file(
    ctx: typer.Context, path: Path, columns: list[str], link: float, form: Format, out: Path | None
) -> None:
    from counterflow.cli.party_files import read_party_file
    from counterflow.link.resolution.headers import read_columns, records_of
    from counterflow.link.resolution.run import file_scope
    from counterflow.link.resolution.run import resolve as run

    given = read_columns(columns)
    file = read_party_file(path, (), ())
    say(file.in_words())
    known = records_of(file.table, given, file.name, file.lines)
    say(known.in_words())
    if ctx.find_root().obj["workspace"] is None:
        answer = run(known.table, file_scope(path.name), None, link)
    else:
        with workspace_of(ctx) as workspace:
            answer = run(known.table, file_scope(path.name), workspace, link)
    say(answer.in_words())
    emit(answer.table.select(["record_id", "entity_id", "probability"]), form, out)


@app.command("list")
def list_entities(
    ctx: typer.Context,
    least: Annotated[int, typer.Option(min=1, help="Fewest records of an entity shown.")] = 2,
    most: Annotated[int, typer.Option(min=1, help="Most entities shown, the largest first.")] = 100,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List entities by the number of their records."""
    from counterflow.link.resolution import review

    with workspace_of(ctx) as workspace:
        found = review.list_entities(workspace.store, least, most)
    if not found.num_rows:
        say("No entity has so many records; `counterflow parties resolve` makes them.")
    emit(found, form, out)


@app.command()
def show(
    ctx: typer.Context,
    entity: _Entity,
    members: Annotated[bool, typer.Option("--members", help="Its records alone.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show why records were taken for one party: link by link, field by field, with what each weighs in bits."""
    from counterflow.link.resolution import review
    from counterflow.link.resolution.wording import in_words

    with workspace_of(ctx) as workspace:
        of = review.members_of(workspace.store, entity)
        why = of if members else review.show_entity(workspace.store, entity)
    say(in_words(of, None if members else why))
    emit(why, form, out)


@app.command()
def split(
    ctx: typer.Context,
    entity: _Entity,
    record: Annotated[list[str], typer.Argument(help="Records that are of another party.", show_default=False)],
    reason: _Reason,
    person: _Person,
) -> None:
    """Take records out of an entity: they are another party, now and on every later run."""
    from counterflow.link.resolution import review

    with workspace_of(ctx) as workspace:
        fresh = review.split_entity(workspace, entity, record, reason=reason, person=person)
    say(f"{len(record)} record(s) are now {fresh}.")


@app.command()
def join(
    ctx: typer.Context,
    entity: _Entity,
    other: Annotated[str, typer.Argument(help="The entity that is the same party.", show_default=False)],
    reason: _Reason,
    person: _Person,
) -> None:
    """Put two entities together: they are one party, now and on every later run."""
    from counterflow.link.resolution import review

    with workspace_of(ctx) as workspace:
        name = review.join_entities(workspace, entity, other, reason=reason, person=person)
    say(f"Both are now {name}.")


@app.command()
def decisions(
    ctx: typer.Context,
    take_back: Annotated[str | None, typer.Option(help="A decision to take back.", show_default=False)] = None,
    reason: Annotated[str, typer.Option(help="Why it is taken back.", show_default=False)] = "",
    person: Annotated[str, typer.Option(help="Who takes it back.", show_default=False)] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what people decided on records, or take a decision back; the next run goes by what is left."""
    from counterflow.link.resolution import review

    with workspace_of(ctx) as workspace:
        if take_back:
            pairs = review.take_back(workspace, take_back, reason=reason, person=person)
            say(f"Taken back on {pairs} pair(s); `counterflow parties resolve` goes by it.")
        found = review.list_decisions(workspace.store)
    emit(found, form, out)
