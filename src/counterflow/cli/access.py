"""`access …`: people and their roles, tokens of programs, who may do what and why, and who looked at what.

Whoever may run this holds the workspace's files and could read them anyway; so the command line asks for no password,
and what it changes stands in the ledger as done there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.access.people import Person

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name that their acts are signed with.")]
RoleOption = Annotated[
    list[str],
    typer.Option("--role", help="viewer, analyst, officer, supervisor, inspector, auditor or admin; may be repeated."),
]
_BY = "command-line"


@app.command("add-user")
def add_user(
    ctx: typer.Context,
    name: NameArgument,
    role: RoleOption,
    password_file: Annotated[
        Path | None,
        typer.Option(help="File whose first line is their password; else one is made and shown.", show_default=False),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="Service where they sign in instead (OpenID Connect).", show_default=False)
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Their id at that service (sub).", show_default=False)] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Add a person. The password that is made for them opens the page where they set their own, and nothing else."""
    from counterflow.access.doors import Doors
    from counterflow.core.errors import UsageError

    if bool(issuer) != bool(subject) or (issuer and password_file):
        hint = "Give --issuer and --subject together, without a password."
        raise UsageError("A person signs in here or elsewhere.", hint=hint)
    password = None if password_file is None else _first_line(password_file)
    at = (issuer, subject) if issuer and subject else None
    with workspace_of(ctx) as workspace:
        person, given = Doors.of(workspace).add_person(name, role, by=_BY, password=password, issuer=at)
    _tell_password(person, given, issuer)
    emit([_row(person) | {"password": given or ""}], form, out)


@app.command("users")
def users(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List people with their roles and state."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        rows = [_row(person) for person in Doors.of(workspace).people.all()]
    if not rows:
        say("Nobody is named yet: the console then knows this machine's own user only.")
    emit(rows, form, out)


@app.command("give-role")
def give_role(ctx: typer.Context, name: NameArgument, role: RoleOption) -> None:
    """Give a person further roles; those that must not meet in one person are refused."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        for each in role:
            person = Doors.of(workspace).people.give(name, each, by=_BY)
    say(f"{person.name} is {', '.join(sorted(person.roles))}.")


@app.command("take-role")
def take_role(ctx: typer.Context, name: NameArgument, role: RoleOption) -> None:
    """Take roles from a person; it counts from their next request on."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        for each in role:
            person = Doors.of(workspace).people.take(name, each, by=_BY)
    say(f"{person.name} is {', '.join(sorted(person.roles)) or 'without a role'}.")


@app.command("close-user")
def close_user(
    ctx: typer.Context, name: NameArgument, ground: Annotated[str, typer.Option(help="Why, in words.")]
) -> None:
    """Let a person in no more: sessions end and tokens are taken back at once; what they did stays on record."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        person = Doors.of(workspace).close_person(name, by=_BY, ground=ground)
    say(f"{person.name} ({person.id}) is closed.")
    say(f"To erase the name: account erase --source access --record {person.id} --person … --ground …")


@app.command("reset-password")
def reset_password(
    ctx: typer.Context, name: NameArgument, form: FormatOption = Format.TABLE, out: OutOption = None
) -> None:
    """Make a new first password for a person and end their sessions."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        doors = Doors.of(workspace)
        given = doors.reset_password(name, by=_BY)
        person = doors.people.named(name)
    _tell_password(person, given, None)
    emit([_row(person) | {"password": given}], form, out)


@app.command("add-token")
def add_token(
    ctx: typer.Context,
    name: NameArgument,
    scope: Annotated[list[str], typer.Option(help="What it may do at most, as queue:read or *:read; may be repeated.")],
    label: Annotated[str, typer.Option(help="What it is for, in words.")] = "made on the command line",
    purpose: Annotated[
        str | None,
        typer.Option(help="Purpose of all it does; the usual one of the person's roles.", show_default=False),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="Days until it ends; the setting's.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Make a token for a program that acts in a person's name. It is shown this once; only its digest is kept."""
    from counterflow.access.doors import Doors
    from counterflow.access.policy import usual_purpose

    with workspace_of(ctx) as workspace:
        doors = Doors.of(workspace)
        meant = purpose or usual_purpose(doors.people.named(name).roles)
        asked = [one for each in scope for one in each.split(",") if one.strip()]
        text, token = doors.tokens.make(name, label=label, scopes=asked, purpose=meant, by=_BY, days=days)
    say("Shown this once. Send it as `Authorization: Bearer cf_…`; take it back with `access revoke-token`.")
    scopes = " ".join(sorted(token.scopes))
    emit([{"token": text, "id": token.id, "scopes": scopes, "purpose": meant, "ends_at": token.ends_at}], form, out)


@app.command("tokens")
def tokens(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List tokens: whose, for what, until when. What opens is not shown: it is not kept."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        doors, now = Doors.of(workspace), workspace.clock()
        rows = [
            {"id": t.id, "person": doors.people.name_of(t.person), "label": t.label, "state": t.state(now),
             "scopes": " ".join(sorted(t.scopes)), "purpose": t.purpose, "ends_at": t.ends_at}
            for t in doors.tokens.all()
        ]  # fmt: skip
    emit(rows, form, out)


@app.command("revoke-token")
def revoke_token(ctx: typer.Context, token: Annotated[str, typer.Argument(metavar="ID", help="Id of it.")]) -> None:
    """Take a token back; it opens nothing from now on."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        Doors.of(workspace).tokens.revoke(token, by=_BY)
    say(f"Token {token} opens nothing any more.")


@app.command("matrix")
def matrix(
    role: Annotated[list[str] | None, typer.Option(help="Only this role; may be repeated.", show_default=False)] = None,
    resource: Annotated[
        list[str] | None, typer.Option(help="Only this kind of thing; may be repeated.", show_default=False)
    ] = None,
    allowed: Annotated[bool, typer.Option("--allowed", help="Only what is allowed.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Print who may do what: role, kind of thing, action; for which purposes, whether it is logged, and why."""
    from counterflow.access import policy
    from counterflow.core.errors import UnknownName

    for asked, known, what in ((role, policy.ROLES, "role"), (resource, policy.RESOURCES, "resource")):
        for name in asked or ():
            if name not in known:
                raise UnknownName(what, name, known)
    rows = [
        row for row in policy.matrix()
        if (not role or row["role"] in role) and (not resource or row["resource"] in resource)
        and (not allowed or row["allowed"] == "yes")
    ]  # fmt: skip
    say("What no rule allows is refused.")
    emit(rows, form, out)


@app.command("requests")
def requests(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """List acts that wait for a second person. Agreeing takes two people signed in to the console or the API."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        doors = Doors.of(workspace)
        rows = [
            {"request": r.id, "act": r.act, "subject": r.subject, "state": r.state, "ground": r.ground,
             "asked_by": doors.people.name_of(r.asked_by), "asked_at": r.asked_at, "ends_at": r.ends_at,
             "closed_by": doors.people.name_of(r.closed_by) if r.closed_by else None, "closed_at": r.closed_at}
            for r in doors.requests.all() if every or r.state == "open"
        ]  # fmt: skip
    emit(rows, form, out)


@app.command("overrides")
def overrides(ctx: typer.Context, form: FormatOption = Format.TABLE, out: OutOption = None) -> None:
    """List what one person did alone in an emergency, and whether another has reviewed it."""
    from counterflow.access.doors import Doors

    with workspace_of(ctx) as workspace:
        doors = Doors.of(workspace)
        rows = [
            {"override": o.id, "request": o.request, "state": o.state, "by": doors.people.name_of(o.by),
             "ground": o.ground, "at": o.at, "due_at": o.due_at, "verdict": o.verdict or None}
            for o in doors.overrides.all()
        ]  # fmt: skip
    late = sum(row["state"] == "overdue" for row in rows)
    if late:
        say(f"{late} past their review.")
    emit(rows, form, out)


@app.command("reads")
def reads(
    ctx: typer.Context,
    person: Annotated[str | None, typer.Option(help="Only this person's.", show_default=False)] = None,
    resource: Annotated[str | None, typer.Option(help="Only this kind of thing.", show_default=False)] = None,
    record: Annotated[str | None, typer.Option(help="Only looks at this record or case.", show_default=False)] = None,
    asked: Annotated[
        str | None, typer.Option(help="Only looks that asked for exactly these words.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Newest so many.")] = 1000,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Say who looked at what, for which purpose, newest first; also what was refused."""
    from counterflow.access.doors import Doors
    from counterflow.flow.read_log import ReadAsk, read_log

    with workspace_of(ctx) as workspace:
        doors = Doors.of(workspace)
        doors.reads.settle()
        ask = ReadAsk(
            person=doors.people.named(person).id if person else "", resource=resource or "", record=record or "",
            query=doors.reads.digest(asked) if asked else "", limit=limit,
        )  # fmt: skip
        rows = [row | {"person": doors.people.name_of(row["person"])} for row in read_log(workspace, ask)]
    emit(rows, form, out)


def _row(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "id": person.id,
        "roles": " ".join(sorted(person.roles)),
        "state": "open" if person.open else "closed",
        "signs_in": person.issuer[0] if person.issuer else "password" if person.secret else "nowhere",
        "made_at": person.made_at,
    }


def _tell_password(person: Person, given: str | None, issuer: str | None) -> None:
    if given is not None:
        say(f"{person.name} signs in with the password below, once, and sets their own. It is not shown again.")
    elif issuer:
        say(f"{person.name} signs in at {issuer}.")


def _first_line(file: Path) -> str:
    from counterflow.core.errors import InputError

    lines = file.read_text("utf-8").splitlines()
    if not lines:
        raise InputError("This file holds no password.", hint="Write it on the first line.", file=file)
    return lines[0]
