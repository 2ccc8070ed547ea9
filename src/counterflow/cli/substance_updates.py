"""`substances update` and `substances rules`: what an official list changes, accepted by name; the class rules."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from counterflow.screen.substances.updates import OfficialList, Proposal

__all__ = ["add_to"]

_DAY = ["%Y-%m-%d"]
_SHOWN_REFUSED = 5
#: More of an instrument's entries than this seldom end at once.
_MANY = 0.05


def add_to(app: typer.Typer) -> None:
    """Put the commands among those of `substances`."""
    app.command()(update)
    app.command()(rules)


def update(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--from", help="The official list, as CSV.", show_default=False, dir_okay=False)
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="An earlier list: compare file with file.", show_default=False)
    ] = None,
    instrument: Annotated[
        str | None, typer.Option(help="Whose list it is; told from its names where not given.", show_default=False)
    ] = None,
    edition: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Day the list speaks of; today.", show_default=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what it changes, keep nothing (as without).")
    ] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Keep what it changes.")] = False,
    by: Annotated[str | None, typer.Option(help="Who accepts it, or takes it back.", show_default=False)] = None,
    effective: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="First day on which it holds.", show_default=False)
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only these: added, removed, moved, renamed.")] = None,
    pick: Annotated[
        Path | None,
        typer.Option(help="CSV that --dry-run printed, with the rows that are kept.", show_default=False),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN; fields: name, code, list, other_names, cas, inchikey, smiles."),
    ] = None,
    list_name: Annotated[
        str, typer.Option("--list", help="Schedule of every row, where no column says it.", show_default=False)
    ] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of a file without a byte order mark.")] = "utf-8",
    force: Annotated[
        bool, typer.Option("--force", help="Accept although rows were refused or a great part would end.")
    ] = False,
    take_back: Annotated[
        str | None, typer.Option(help="Undo this accepted update from --effective on.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show what an official list changes; keep it on a named person's word; without --from, list what was accepted."""
    from counterflow.core.errors import UsageError

    _require_sense(file, take_back, dry_run=dry_run, accept=accept, against=against)
    if take_back is not None:
        _take_back(ctx, take_back, by, effective, form, out)
    elif file is None:
        _list_updates(ctx, form, out)
    else:
        official = _read(file, columns, list_name, encoding)
        if against is not None:
            _tell_between(_read(against, columns, list_name, encoding), official, form, out)
        elif not accept:
            _tell(_proposed(ctx, official, instrument, edition), only, pick, form, out)
        elif by is None or effective is None:
            raise UsageError("An update is accepted by a person, from a day on.", hint="Give --by and --effective.")
        else:
            choice = _Choice(only, pick, by=by, effective=effective.date(), force=force)
            _accept(ctx, official, instrument, edition, choice, form, out)


class _Choice:
    """What of a proposal is accepted, by whom, from when."""

    def __init__(
        self, only: Sequence[str] | None, pick: Path | None, *, by: str, effective: dt.date, force: bool
    ) -> None:
        self.only, self.pick, self.by, self.effective, self.force = only, pick, by, effective, force


def _require_sense(
    file: Path | None, take_back: str | None, *, dry_run: bool, accept: bool, against: Path | None
) -> None:
    from counterflow.core.errors import UsageError

    if accept and (dry_run or against or take_back or file is None):
        raise UsageError("--accept goes with --from, and with none of --dry-run, --against and --take-back.")
    if take_back is not None and file is not None:
        raise UsageError("--from and --take-back are two different things.", hint="Give one of them.")
    if against is not None and file is None:
        raise UsageError("--against is compared with --from.", hint="Give both.")


def _read(file: Path, columns: Sequence[str] | None, list_name: str, encoding: str) -> OfficialList:
    from counterflow.core.errors import UsageError
    from counterflow.screen.substances.updates import read_official_list

    named = dict(part.split("=", 1) for part in columns or () if "=" in part)
    if len(named) != len(columns or ()):
        raise UsageError("--map is FIELD=COLUMN, each field once.", hint='As --map name="Substance name".')
    official = read_official_list(file, columns=named, list_name=list_name, encoding=encoding)
    held = ", ".join(f"{name} from {column!r}" for name, column in official.columns.items())
    say(f"{official.file} version {official.version}: {held}.")
    return official


def _proposed(
    ctx: typer.Context, official: OfficialList, instrument: str | None, edition: dt.datetime | None
) -> Proposal:
    """Compare with the registry of the workspace where one is named, else with the shipped one."""
    from counterflow.core.clock import system_clock
    from counterflow.reference.registry import load_registry
    from counterflow.screen.substances.accepted import registry_of
    from counterflow.screen.substances.updates import propose

    if ctx.find_root().obj["workspace"] is None:
        registry, day = load_registry(), system_clock().date()
    else:
        with workspace_of(ctx) as workspace:
            registry, day = registry_of(workspace), workspace.clock().date()
    return propose(registry, official, instrument=instrument, day=edition.date() if edition else day)


def _tell(proposal: Proposal, only: Sequence[str] | None, pick: Path | None, form: Format, out: Path | None) -> None:
    from counterflow.screen.substances.updates import COLUMNS, chosen, picked

    _say_read(proposal)
    changes = picked(proposal.changes, pick) if pick else proposal.changes
    if not proposal.changes:
        say("Nothing differs.")
    if proposal.counts().get("removed", 0) > _MANY * proposal.held:
        say(
            "Is this a part of the list, or an older edition? `--only added` leaves the rest; `--edition` says its day."
        )
    refused = [] if only or pick else proposal.refused_rows()
    emit(_table([change.row() for change in chosen(changes, only)] + refused, COLUMNS), form, out)


def _say_read(proposal: Proposal) -> None:
    counts, total = proposal.counts(), proposal.official.rows
    told = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("added", "removed", "moved", "renamed", "unsure"))
    say(
        f"{total} rows read, {proposal.understood} understood, {len(proposal.rejected)} refused. Compared with"
        f" {proposal.held} entries of {proposal.instrument} on {proposal.day} (registry {proposal.registry}): {told}."
    )
    for refused in proposal.rejected[:_SHOWN_REFUSED]:
        say(f"  line {refused.line} ({refused.value!r}): {refused.reason}.")
    if len(proposal.rejected) > _SHOWN_REFUSED:
        say(f"  … and {len(proposal.rejected) - _SHOWN_REFUSED} more.")


def _tell_between(before: OfficialList, after: OfficialList, form: Format, out: Path | None) -> None:
    from collections import Counter

    from counterflow.screen.substances.updates import COLUMNS, compare, rows_of

    found = compare(before.entries, after.entries)
    counts = Counter(difference.change for difference in found)
    told = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("added", "removed", "moved", "renamed"))
    codes = [{entry.code for entry in official.entries if entry.code} for official in (before, after)]
    say(f"{before.file} ({before.rows} rows) to {after.file} ({after.rows} rows): {told}.")
    if all(codes):
        new, gone = len(codes[1] - codes[0]), len(codes[0] - codes[1])
        say(f"By code: {len(codes[0])} to {len(codes[1])}, {new} added, {gone} gone.")
    emit(_table(rows_of(found), COLUMNS), form, out)


def _accept(
    ctx: typer.Context,
    official: OfficialList,
    instrument: str | None,
    edition: dt.datetime | None,
    choice: _Choice,
    form: Format,
    out: Path | None,
) -> None:
    from counterflow.screen.substances.accepted import registry_of
    from counterflow.screen.substances.updates import accept, chosen, picked, propose

    with workspace_of(ctx) as workspace:
        day = edition.date() if edition else workspace.clock().date()
        proposal = propose(registry_of(workspace), official, instrument=instrument, day=day)
        _say_read(proposal)
        changes = picked(proposal.changes, choice.pick) if choice.pick else proposal.changes
        kept = chosen(changes, choice.only)
        receipt = accept(workspace, proposal, kept, by=choice.by, effective=choice.effective, force=choice.force)
    say(f"Accepted as {receipt.update}; the next `counterflow screen run` screens every record again.")
    emit([receipt.row()], form, out)


def _take_back(
    ctx: typer.Context, named: str, by: str | None, effective: dt.datetime | None, form: Format, out: Path | None
) -> None:
    from counterflow.core.errors import UsageError
    from counterflow.screen.substances.updates import take_back

    if by is None or effective is None:
        raise UsageError("An update is taken back by a person, from a day on.", hint="Give --by and --effective.")
    with workspace_of(ctx) as workspace:
        receipt = take_back(workspace, named, by=by, effective=effective.date())
    say(f"Taken back as {receipt.update}; what was true before {receipt.effective} stays so.")
    emit([receipt.row()], form, out)


def _list_updates(ctx: typer.Context, form: Format, out: Path | None) -> None:
    import pyarrow as pa

    from counterflow.core.tables import SUBSTANCE_LIST_VERSION
    from counterflow.screen.substances.updates import listed_updates

    with workspace_of(ctx) as workspace:
        rows = listed_updates(workspace)
    if not rows:
        say("No update of the registry was accepted in this workspace; `--from FILE` shows what a list changes.")
    columns = SUBSTANCE_LIST_VERSION.append(pa.field("in_effect", pa.int64()))
    emit(pa.Table.from_pylist(rows, schema=columns), form, out)


def _table(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> pa.Table:
    """Return rows as a table that has its columns even where there is no row."""
    import pyarrow as pa

    kinds = {"line": pa.int64()}
    return pa.Table.from_pylist(
        list(rows), schema=pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    )


def rules(
    rule: Annotated[str | None, typer.Argument(help="Id of one rule; all where not given.", show_default=False)] = None,
    on: Annotated[
        dt.datetime | None, typer.Option(formats=_DAY, help="Only those that hold on this day.", show_default=False)
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Try each rule on its own cases; leave with 1 if one fails.")
    ] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List the definitions by structure with the words of the law; show one, or try them on their own cases."""
    from counterflow.screen.substances import rule_pages

    chosen = rule_pages.chosen_rules(rule, on.date() if on else None)
    if not test:
        emit(rule_pages.listed(chosen) if rule is None else rule_pages.described(chosen), form, out)
        return
    from counterflow.screen.substances.rule_trials import tried

    results = tried(chosen)
    failed = sum(not row["passed"] for row in results)
    say(f"{len(results)} cases of {len(chosen)} rules: {len(results) - failed} passed, {failed} failed.")
    emit(results, form, out)
    if failed:
        raise typer.Exit(1)
