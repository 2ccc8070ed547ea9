"""`parties …`: look parties up on lists, explain a hit, clear a pair, set thresholds, look again after a new list."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.entity import resolve
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.screen.parties import PartyLookup
    from counterflow.screen.parties.asked import Parties

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
app.command("resolve")(resolve)

#: names looked up at a time: what is held of a file of millions stays small
_PORTION = 20_000
_QUERY_COLUMNS = ("schema", "born", "country", "nationality", "address", "identifier")

_Schema = Annotated[
    str | None, typer.Option(help="Person, Organization, Company, LegalEntity or Vessel.", show_default=False)
]
_Born = Annotated[str, typer.Option(help="Day or year of birth.", show_default=False)]
_Country = Annotated[str, typer.Option(help="Country of the party.", show_default=False)]
_Identifier = Annotated[str, typer.Option(help="Passport, tax, registration or IMO number.", show_default=False)]


@app.command()
def screen(
    ctx: typer.Context,
    queries: Annotated[
        Path, typer.Argument(help="CSV: query_id,query,schema[,born,country,nationality,address,identifier]; .gz too.")
    ],
    top: Annotated[int, typer.Option(min=1, max=100, help="Listed entries shown for each party, best first.")] = 10,
    alerts_only: Annotated[
        bool, typer.Option("--alerts-only", help="Only what reaches the threshold and is not cleared.")
    ] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Look parties up on every loaded list: the entries most like each, with score, corroboration and reasons."""
    from counterflow.cli.party_files import read_party_file
    from counterflow.screen.parties.kinds import SCHEMAS

    asked = read_party_file(queries, ("query_id", "query"), _QUERY_COLUMNS).with_schemas_known(list(SCHEMAS))
    look = _look_up(ctx)
    say(asked.in_words())
    counts = _Counts()
    emit(_answers(look, asked.table, top, counts, alerts_only=alerts_only), form, out)
    counts.say()


@app.command()
def pairs(
    file: Annotated[Path, typer.Argument(metavar="PAIRS", help="CSV: name1,name2[,schema] and any other columns.")],
    form: FormatOption = Format.CSV,
    out: OutOption = None,
) -> None:
    """Score pairs of names that stand side by side; no list is asked, and other columns are kept."""
    import pyarrow as pa

    from counterflow.cli.party_files import read_party_file
    from counterflow.screen.parties.kinds import SCHEMAS
    from counterflow.screen.parties.pairs import score_pairs
    from counterflow.screen.parties.said import count_unasked

    read = read_party_file(file, ("name1", "name2"), ("schema",)).with_schemas_known(list(SCHEMAS))
    say(read.in_words())
    one, other = (read.table.column(name).to_pylist() for name in ("name1", "name2"))
    schemas = read.table.column("schema").to_pylist() if "schema" in read.table.column_names else [None] * len(one)
    scores = pa.array(score_pairs(one, other, schemas))
    nobody = sum(count_unasked([*one, *other]).values())
    if nobody:
        say(f"{nobody} names name nobody; pairs with them score 0.")
    kept = [name for name in read.table.column_names if name != "score"]
    emit(read.table.select(kept).append_column("score", scores), form, out)


@app.command()
def explain(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The party's name as written.")],
    entity: Annotated[str, typer.Argument(help="The listed entry, as ofac:12345.")],
    schema: _Schema = None,
    born: _Born = "",
    country: _Country = "",
    nationality: Annotated[str, typer.Option(help="Nationality of the party.", show_default=False)] = "",
    address: Annotated[str, typer.Option(help="Address of the party.", show_default=False)] = "",
    identifier: _Identifier = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show a party and a listed entry word by word: weights, other fields, threshold, versions."""
    from counterflow.screen.parties.explain import explain as lay_side_by_side

    facts = {
        "born": born, "country": country, "nationality": nationality, "address": address, "identifier": identifier,
    }  # fmt: skip
    told = lay_side_by_side(_look_up(ctx), name, entity, schema, facts)
    emit(_read_down(told) if form is Format.TABLE else told, form, out)


@app.command()
def clear(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="The party's name as written.", show_default=False)] = None,
    entity: Annotated[
        str | None, typer.Argument(help="The entry it is not, as ofac:12345.", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="What tells the two apart.", show_default=False)] = "",
    by: Annotated[str, typer.Option(help="Who decides.", show_default=False)] = "",
    until: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day it holds; a year from today where not given."),
    ] = None,
    schema: _Schema = None,
    born: _Born = "",
    country: _Country = "",
    identifier: _Identifier = "",
    listing: Annotated[bool, typer.Option("--list", help="Show every clearing and whether it still holds.")] = False,
    revoke: Annotated[
        str | None, typer.Option(metavar="CLEARING", help="Take this clearing back.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Clear a pair: this party is not that listed one. It stays visible, and is void when entry or rules change."""
    from counterflow.core.errors import UsageError
    from counterflow.screen.parties import clearings
    from counterflow.screen.parties.settling import settle_clearings
    from counterflow.screen.resources import latest_lists

    if [listing, revoke is not None, name is not None].count(True) != 1 or (name is None) != (entity is None):
        raise UsageError("Say what to do.", hint="Give NAME and ENTITY, or --list, or --revoke CLEARING.")
    with workspace_of(ctx) as workspace:
        lists, today = latest_lists(workspace.store), workspace.clock().date()
        if revoke is not None:
            done = clearings.revoke_clearing(workspace, revoke, reason=reason, person=by)
            say(f"{revoke} is revoked: the pair alerts again.")
        elif name is not None and entity is not None:
            done = clearings.add_clearing(
                workspace, name, entity, reason=reason, person=by, lists=lists, until=until.date() if until else None,
                schema=schema or "", born=born, country=country, identifier=identifier,
            )  # fmt: skip
            say(f"{done['clearing']} holds until {done['until']}, or until the entry or the normaliser changes.")
        if not listing:
            settle_clearings(workspace, tell=say)
        found = clearings.clearings(workspace.store, lists, today)
    if listing:
        emit([clearing.as_dict() for clearing in found], form, out)
    else:
        emit(done, form, out)


@app.command()
def calibrate(
    ctx: typer.Context,
    traffic: Annotated[
        Path | None,
        typer.Argument(help="CSV of clean parties: query[,schema]; the stored parties where not given."),
    ] = None,
    per_1000: Annotated[
        float | None, typer.Option("--per-1000", help="False alerts bearable in 1,000 parties.", show_default=False)
    ] = None,
    reviews: Annotated[
        float | None, typer.Option("--reviews-per-day", help="Alerts that people can review a day.", show_default=False)
    ] = None,
    parties: Annotated[
        float | None, typer.Option("--parties-per-day", help="Parties that come by a day.", show_default=False)
    ] = None,
    by: Annotated[str, typer.Option(help="Who sets it.", show_default=False)] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Set the scores that alert, so that your own clean traffic brings as many alerts as people can review."""
    from counterflow.screen.parties import PartyLookup
    from counterflow.screen.parties.traffic import calibrate as set_thresholds
    from counterflow.screen.parties.traffic import rate_of, stored_parties

    rate = rate_of(per_1000, reviews, parties)
    read = None
    if traffic is not None:
        from counterflow.cli.party_files import read_party_file
        from counterflow.screen.parties.kinds import SCHEMAS

        read = read_party_file(traffic, ("query",), ("schema",)).with_schemas_known(list(SCHEMAS))
    with workspace_of(ctx) as workspace:
        look = PartyLookup.open(workspace)
        rows = read.table if read else stored_parties(workspace.store)
        made = set_thresholds(workspace, look, rows, rate, by)
    for line in [*([read.in_words()] if read else []), *made.said()]:
        say(line)
    emit(made.as_rows(), form, out)


@app.command()
def rescreen(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="VERSION", help="The list version screened before, or its beginning.")],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Look stored parties up again where a list changed since VERSION; show what is new, gone, and touched."""
    from counterflow.screen.parties.rescreen import rescreen as look_again

    with workspace_of(ctx) as workspace:
        done = look_again(workspace, since, tell=say)
    emit(done, form, out)


def _read_down(told: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose lists stand as numbered lines."""
    lines: dict[str, Any] = {}
    for name, value in told.items():
        lines |= {f"{name} {n}": v for n, v in enumerate(value, 1)} if isinstance(value, list) else {name: value}
    return lines


def _look_up(ctx: typer.Context) -> PartyLookup:
    """Return the look-up of the workspace, which is given back before any name is looked up."""
    from counterflow.screen.parties import PartyLookup

    with workspace_of(ctx) as workspace:
        look = PartyLookup.open(workspace)
    say(look.in_words())
    return look


class _Counts:
    """What is told of a file once all of it was looked up."""

    def __init__(self) -> None:
        self.parties = self.rows = self.alerts = self.met = 0
        self.alerting: set[str] = set()
        self.unasked: Counter[str] = Counter()

    def add(self, asked: Parties, answer: pa.Table) -> None:
        import pyarrow.compute as pc

        from counterflow.screen.parties.said import count_unasked

        self.unasked += count_unasked(asked.names, asked.words.tokens)
        self.parties += len(asked)
        alerts = answer.filter(pc.equal(answer.column("alert"), 1))
        self.rows += answer.num_rows
        self.met += pc.sum(pc.equal(answer.column("rank"), 1)).as_py() or 0
        self.alerts += alerts.num_rows
        self.alerting.update(alerts.column("query_id").to_pylist())

    def say(self) -> None:
        say(
            f"{self.parties} parties, {self.rows} listed entries beside them, {self.alerts} alerts"
            f" on {len(self.alerting)} parties."
        )
        nobody = sum(self.unasked.values())
        if nobody:
            told = ", ".join(f"{count} {why}" for why, count in sorted(self.unasked.items()))
            say(f"{nobody} of them name nobody and met nothing: {told}.")
        if alone := self.parties - self.met - nobody:
            say(f"{alone} share nothing with any listed name, or say too little to be looked for.")


def _answers(
    look: PartyLookup, asked: pa.Table, top: int, counts: _Counts, *, alerts_only: bool
) -> pa.RecordBatchReader:
    import pyarrow as pa
    import pyarrow.compute as pc

    from counterflow.screen.parties.asked import Parties
    from counterflow.screen.parties.lookup import ANSWER

    def portions() -> Iterator[pa.RecordBatch]:
        for start in range(0, asked.num_rows, _PORTION):
            parties = Parties.of(asked.slice(start, _PORTION))
            answer = look.screen(parties, top=top)
            counts.add(parties, answer)
            if alerts_only:
                answer = answer.filter(pc.equal(answer.column("alert"), 1))
            yield from answer.to_batches()

    return pa.RecordBatchReader.from_batches(ANSWER, portions())
