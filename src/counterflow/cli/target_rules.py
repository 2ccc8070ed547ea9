"""`target rule …`: officers write rules, test them on stored weeks, and another person lets them act."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.target.rules.backtest import BackTest
    from counterflow.target.rules.life import Version

__all__ = ["add_to"]

rule = typer.Typer(no_args_is_help=True)
_DAY = ["%Y-%m-%d"]


def _known_names(incomplete: str) -> list[str]:
    from counterflow.target.rules.names import names as catalogue

    return [row["name"] for row in catalogue(incomplete)]


RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="Id of the rule, as R-1.")]
VersionOption = Annotated[int | None, typer.Option(min=1, help="Version; the latest.", show_default=False)]
GroundOption = Annotated[str, typer.Option(help="Why, in words that another person can follow.")]
FirstOption = Annotated[dt.datetime | None, typer.Option("--from", formats=_DAY, help="First day.", show_default=False)]
LastOption = Annotated[dt.datetime | None, typer.Option("--to", formats=_DAY, help="Last day.", show_default=False)]


def _day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else moment.date()


@rule.command()
def names(
    prefix: Annotated[
        str, typer.Argument(help="Only names that begin so.", autocompletion=_known_names, show_default=False)
    ] = "",
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List what a rule may ask about: name, type, unit, meaning and an example that works."""
    from counterflow.core.errors import UnknownName
    from counterflow.target.rules.names import names as catalogue

    rows = catalogue(prefix)
    if not rows:
        raise UnknownName("name that begins with", prefix, [row["name"] for row in catalogue()])
    emit(rows, form, out)


@rule.command()
def check(
    file: Annotated[Path, typer.Argument(help="Text file with one rule.")],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Read a rule without a workspace: say where it is wrong, or show its canonical text."""
    from counterflow.flow.target_rules import read_rule
    from counterflow.target.rules.conditions import look_back_days, tests_of
    from counterflow.target.rules.life import rule_sha256
    from counterflow.target.rules.wording import rule_text

    read = read_rule(file)
    tests, days = tests_of(read.condition), look_back_days(read)
    if not read.ground:
        say('It has no ground yet: add  because "…"  before drafting it.')
    say(f"It reads as a rule of {len(tests)} tests" + (f" and looks {days} days back." if days else "."))
    text = rule_text(read)
    row = {"title": read.title, "text": text, "sha256": rule_sha256(read), "looks_back_days": days}
    emit(row if form is Format.JSON else [{"canonical text": line} for line in text.splitlines()], form, out)


@rule.command()
def draft(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Text file with one rule.")],
    person: Annotated[str, typer.Option(help="Who drafts it.")],
    until: Annotated[dt.datetime, typer.Option(formats=_DAY, help="Last day on which it may act.")],
    start: FirstOption = None,
    review: Annotated[
        dt.datetime | None,
        typer.Option(formats=_DAY, help="Day of review; 90 days after the start.", show_default=False),
    ] = None,
    of: Annotated[str | None, typer.Option(help="Rule of which it is a new version.", show_default=False)] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Keep a rule as a draft, after a dry run on stored weeks. It does nothing until it is tested and approved."""
    from counterflow.core.errors import InputError
    from counterflow.flow.target_rules import draft as keep_draft
    from counterflow.flow.target_rules import read_rule

    with workspace_of(ctx) as workspace:
        read = read_rule(file, workspace.settings)
        try:
            made = keep_draft(
                workspace, read, person=person, starts=_day(start), ends=until.date(), review_on=_day(review), of=of
            )
        except InputError as error:
            error.file = str(file)
            raise
    row, tried = made.row, made.tried
    if tried is None:
        say("No record is stored: no dry run.")
    else:
        say(f"Dry run: {tried.hits} hits in {tried.records} records of {tried.first} to {tried.last}.")
        for words in tried.said:
            if words.startswith("No stored record"):
                say(words)
    name = f"{row['rule']} version {row['version']}"
    if not made.fresh:
        say(f"These very words for these days are on record already as {name}; nothing was written.")
    else:
        say(f"{name} is a draft. Next: counterflow target rule backtest {row['rule']} --person NAME")
    emit(row, form, out)


@rule.command("backtest")
def backtest_command(
    ctx: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="RULE|FILE", help="Id of a rule, or a text file with one.")],
    version: VersionOption = None,
    person: Annotated[
        str | None, typer.Option(help="Who runs it; needed to keep the test of a drafted rule.", show_default=False)
    ] = None,
    start: FirstOption = None,
    end: LastOption = None,
    history: Annotated[
        list[Path] | None, typer.Option(help="Labelled file in place of a workspace; several follow in time.")
    ] = None,
    mapping: Annotated[str | None, typer.Option("--map", help="Mapping of that file.", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say what a rule would have done on stored weeks: hits, finds, minutes, overlap, burden. An id keeps the test."""
    from counterflow.core.errors import UsageError

    since, until = _day(start), _day(end)
    if (history is None) != (mapping is None):
        raise UsageError("--history and --map go together.", hint="Give both, or work on a workspace (-w).")
    if since and until and until < since:
        raise UsageError(f"The period ends ({until}) before it starts ({since}).", hint="Swap the days.")
    synthetic = False
    if history is not None and mapping is not None:
        made, synthetic = _on_files(Path(asked), history, mapping, since, until)
    elif Path(asked).is_file():
        made = _on_workspace(ctx, Path(asked), since, until)
    else:
        if person is None:
            raise UsageError("A test that is kept has somebody who ran it.", hint="Give --person, or a rule's file.")
        made = _kept(ctx, asked, version, person, since, until)
    for words in made.said:
        say(words)
    emit(_figures(made) if form is not Format.JSON else {"synthetic": synthetic, **made.as_dict()}, form, out)


def _on_files(
    file: Path, history: list[Path], mapping: str, since: dt.date | None, until: dt.date | None
) -> tuple[BackTest, bool]:
    from counterflow.core.clock import system_clock
    from counterflow.flow.target_rules import backtest_on_files, read_rule
    from counterflow.intake.mapping import find_mapping

    read = read_rule(file)
    shown = backtest_on_files(read, history, find_mapping(mapping), now=system_clock(), since=since, until=until)
    if shown.synthetic:
        say("SYNTHETIC declarations: nobody ever sent them; figures test the machinery and say nothing of the field.")
    say(f"{shown.read} rows read, {shown.refused} refused. Every record of the file is labelled: no office knows that.")
    for words in shown.said:
        say(words)
    return shown.test, shown.synthetic


def _on_workspace(ctx: typer.Context, file: Path, since: dt.date | None, until: dt.date | None) -> BackTest:
    from counterflow.flow.target_rules import read_rule
    from counterflow.target.rules.trial import try_on_workspace

    with workspace_of(ctx) as workspace:
        read = read_rule(file, workspace.settings)
        made = try_on_workspace(workspace, read, since, until)
        _say_synthetic(workspace)
    say("Nothing is kept of this: an approval rests on the test of a drafted rule (target rule backtest R-1).")
    return made


def _kept(
    ctx: typer.Context, asked: str, version: int | None, person: str, since: dt.date | None, until: dt.date | None
) -> BackTest:
    from counterflow.target.rules.trial import keep_test

    with workspace_of(ctx) as workspace:
        row, made = keep_test(workspace, asked, person=person, version=version, since=since, until=until)
        _say_synthetic(workspace)
    say(f"{row['test']} is entry {row['ledger_seq']} of the ledger.")
    return made


def _say_synthetic(workspace: Workspace) -> None:
    from counterflow.store.loads import is_synthetic

    if is_synthetic(workspace.store):
        say("SYNTHETIC records: nobody ever sent them; figures test the machinery and say nothing of the field.")


def _figures(made: BackTest) -> list[dict[str, Any]]:
    """Return the figures as rows: what, who or when, number."""
    figures = made.figures
    rows: list[dict[str, Any]] = [
        {"what": "week", "name": week["week"], "records": week["records"], "hits": week["hits"], "share": None,
         "share_of_others": None}
        for week in figures["by_week"]
    ]  # fmt: skip
    return rows + [
        {"what": row["by"], "name": row["name"], "records": row["records"], "hits": row["hits"], "share": row["share"],
         "share_of_others": row["share_of_others"]}
        for row in figures["burden"]
    ]  # fmt: skip


@rule.command()
def approve(
    ctx: typer.Context,
    asked: RuleArgument,
    person: Annotated[str, typer.Option(help="Who approves; never the one who drafted it.")],
    ground: GroundOption,
    version: VersionOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Let a tested version act from its first day to its last. By another person; tested within 31 days."""
    import json

    from counterflow.target.rules.life import approve_rule

    with workspace_of(ctx) as workspace:
        act = approve_rule(workspace, asked, person=person, ground=ground, version=version)
        test = workspace.store.rows("SELECT body FROM target_rule_test WHERE test = ?", [act["test"]])[0]
    for words in json.loads(str(test["body"]))["said"]:
        say(words)
    say(f"{asked} version {act['version']} is approved on {act['test']}; entry {act['ledger_seq']} of the ledger.")
    emit(act, form, out)


@rule.command()
def retire(
    ctx: typer.Context,
    asked: RuleArgument,
    person: Annotated[str, typer.Option(help="Who retires it; one person may.")],
    ground: GroundOption,
    version: Annotated[int | None, typer.Option(min=1, help="Version; all of them.", show_default=False)] = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Take a rule out of force, from now on."""
    from counterflow.target.rules.life import retire_rule

    with workspace_of(ctx) as workspace:
        acts = retire_rule(workspace, asked, person=person, ground=ground, version=version)
    say(f"{asked}: {len(acts)} version(s) retired. Plans made before stay as they were.")
    emit(acts, form, out)


@rule.command("list")
def list_rules(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List every version of every rule with its state, its days and its latest test."""
    from counterflow.target.rules.life import versions

    with workspace_of(ctx) as workspace:
        today = workspace.clock().date()
        found = versions(workspace.store, today)
    late = [v.name for v in found if v.state == "active" and v.row["review_on"] < today]
    if late:
        say(f"Past their day of review: {', '.join(late)}.")
    rows = [_listed(v) for v in found]
    emit(rows if form is not Format.TABLE else [{**row, "text": _title(row["text"])} for row in rows], form, out)


def _title(text: str) -> str:
    """Return the title that a canonical text begins with."""
    return text.split('"')[1]


def _listed(version: Version) -> dict[str, Any]:
    row, test = version.row, version.test
    kept = {name: row[name] for name in ("rule", "version")}
    days = {name: row[name] for name in ("starts", "ends", "review_on", "person")}
    tested = {"test": test["test"], "hits": test["hits"], "records": test["records"]} if test else {}
    blank: dict[str, Any] = {"test": None, "hits": None, "records": None}
    return kept | {"state": version.state} | days | blank | tested | {"text": " ".join(str(row["text"]).split())}


@rule.command()
def show(
    ctx: typer.Context,
    asked: RuleArgument,
    version: VersionOption = None,
    form: FormatOption = Format.JSON,
    out: OutOption = None,
) -> None:
    """Show a version whole: text, ground, days, who did what, and its latest back-test."""
    import json

    from counterflow.target.rules.life import stored_rule

    with workspace_of(ctx) as workspace:
        one = stored_rule(workspace.store, asked, version, workspace.clock().date())
        body = None
        if one.test is not None:
            held = workspace.store.rows("SELECT body FROM target_rule_test WHERE test = ?", [one.test["test"]])
            body = json.loads(str(held[0]["body"]))
    emit({**one.row, "state": one.state, "acts": list(one.acts), "test": one.test, "backtest": body}, form, out)


def add_to(app: typer.Typer) -> None:
    """Add `rule` to the commands of `target`."""
    app.add_typer(rule, name="rule", help="Rules: a small typed language, tested on stored weeks, agreed by two.")
