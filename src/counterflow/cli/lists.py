"""`lists …`: load official lists or fetch them, show their versions, tell what changed between two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterflow.cli import list_loads
from counterflow.cli.output import Format, FormatOption, OutOption, emit, say
from counterflow.cli.session import workspace_of

if TYPE_CHECKING:
    from counterflow.intake.lists import UpdateOptions

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)
app.add_typer(list_loads.app, name="load", help="Load one edition of a list; the same files are one version.")


@app.command()
def update(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Lists to fetch; all with a known address where none is named.", show_default=False),
    ] = None,
    from_url: Annotated[
        str | None, typer.Option("--from", help="Another address: of the file, or of its folder with / at the end.")
    ] = None,
    sha256: Annotated[
        list[str] | None, typer.Option(help="Digest that a file must have: DIGEST, or FILE=DIGEST.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="Ed25519 key (PEM) that must have signed each file: FILE.sig beside it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Store it even if it lost a fifth of its entries.")] = False,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Fetch lists from their official addresses, and store what is new."""
    from counterflow.core.errors import CounterflowError, UsageError
    from counterflow.intake.lists import UpdateOptions
    from counterflow.reference.list_addresses import lists_with_addresses

    wanted = names or list(lists_with_addresses())
    if len(wanted) > 1 and (from_url or sha256):
        raise UsageError("--from and --sha256 are of one list.", hint="Name the list.")
    digests = {name: digest for name, _, digest in (part.rpartition("=") for part in sha256 or ())}
    options = UpdateOptions(from_url=from_url, sha256=digests, public_key=public_key)
    receipts, failed = [], []
    for name in wanted:
        try:
            receipts.append(_update(ctx, name, options, force=force))
        except CounterflowError as error:
            if len(wanted) == 1:
                raise
            failed.append(error)
    if receipts:
        emit(receipts, form, out)
    for fault in failed[:-1]:
        say(str(fault))
    if failed:
        raise failed[-1]


def _update(ctx: typer.Context, name: str, options: UpdateOptions, *, force: bool) -> dict[str, object]:
    from counterflow.intake.lists import check_plausible, fetch_list, store_list

    with workspace_of(ctx) as workspace:
        fetched = fetch_list(name, workspace.cache / "downloads" / name, options)
        for file in fetched.files:
            gone_on = f" ({file.resumed:,} bytes were here before)" if file.resumed else ""
            say(f"{file.path.name}: {file.size:,} bytes{gone_on}, SHA-256 {file.sha256}")
        if not force:
            check_plausible(workspace.store, fetched.load)
        receipt = store_list(workspace, fetched.load)
    list_loads.tell_load(fetched.load, known=bool(receipt["already_loaded"]))
    return {key: value for key, value in receipt.items() if not isinstance(value, dict)}


@app.command()
def show(
    ctx: typer.Context,
    version: Annotated[
        str | None, typer.Argument(help="A version, or its beginning, to list its names.", show_default=False)
    ] = None,
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show the versions of all lists, or the names of one version."""
    from counterflow.intake.lists import show_entries, show_versions

    with workspace_of(ctx) as workspace:
        found = show_entries(workspace.store, version) if version else show_versions(workspace.store)
    emit(found, form, out)


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(help="The earlier version, or its beginning.", show_default=False)],
    after: Annotated[str, typer.Argument(help="The later version, or its beginning.", show_default=False)],
    form: FormatOption = Format.TABLE,
    out: OutOption = None,
) -> None:
    """Show which entries were added, removed or changed from one version of a list to another."""
    from collections import Counter

    from counterflow.intake.lists import diff as compare

    with workspace_of(ctx) as workspace:
        found = compare(workspace.store, before, after)
    counts = Counter(found.column("change").to_pylist())
    say(", ".join(f"{counts[change]} {change}" for change in ("added", "removed", "changed")))
    emit(found, form, out)
