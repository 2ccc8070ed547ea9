"""Giving tables of a workspace to a partner, and keeping in the ledger that it was done.

Lists are public. Parties and entities name people: they leave only for a named recipient on a stated ground, and the
ledger holds both with how many entities left and the digest of the file, never what stood in it. What was erased is
not there to be given: its party is gone, and its findings name no entry any more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, TextIO

from counterflow.core.errors import InputError, UnknownName, UsageError, nearest
from counterflow.share.ftm import to_ftm, write_lines
from counterflow.share.ftm_terms import Entity
from counterflow.store.loads import is_synthetic
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["WHAT", "Disclosure", "export_ftm"]

WHAT = ("lists", "parties", "entities")
#: the parts of a finding that leave; its sentence quotes the name and the likeness, and stays
_FINDINGS = (
    'SELECT DISTINCT source, record_id, part, code, "check", check_version, harm_class, reference, reference_version'
    " FROM finding WHERE harm_class = 'party' AND reference IS NOT NULL ORDER BY ALL"
)
_PARTIES = "SELECT * FROM party ORDER BY source, record_id, role"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Who receives what names people, and why.

    Args:
        recipient: the office or partner.
        ground: the law, agreement or request it rests on.
    """

    recipient: str = ""
    ground: str = ""


def export_ftm(
    workspace: Workspace,
    what: str,
    out: Path | TextIO,
    *,
    lists: Sequence[str] = (),
    disclosure: Disclosure | None = None,
) -> dict[str, Any]:
    """Write FollowTheMoney JSON lines and seal in the ledger that they left; return the receipt.

    Args:
        workspace: where the tables are.
        what: lists | parties | entities.
        out: a file, written beside its place and then renamed; or a text stream.
        lists: names of lists, each in its latest version; all where none is named. For `lists` only.
        disclosure: who receives it and why; required where people are named.

    Raises:
        UsageError: `what` is unknown, or people would be named without recipient and ground.
        UnknownName: there is no such list.
        InputError: there is nothing to write.
    """
    if what not in WHAT:
        raise UsageError(f"{what!r} cannot be shared.", hint=f"Use {', '.join(nearest(what, WHAT) or WHAT)}.")
    disclosure = disclosure or Disclosure()
    if what != "lists" and not (disclosure.recipient.strip() and disclosure.ground.strip()):
        raise UsageError(
            f"The {what} name people: who receives them, and on what ground?",
            hint="Give --recipient and --ground; both go into the ledger.",
        )
    if lists and what != "lists":
        raise UsageError(f"--list chooses among lists, and the {what} are asked for.", hint="Leave it out.")
    versions = _versions(workspace.store, lists) if what == "lists" else []
    entities = _entities(workspace.store, what, versions)
    first = next(entities, None)
    if first is None:
        raise InputError(f"There are no {what} to share.", hint=_NOTHING[what])
    with _room(workspace, out) as room:
        count, digest = write_lines(chain([first], entities), room)
        body: dict[str, Any] = {"what": what, "form": "followthemoney", "entities": count, "sha256": digest}
        body |= {"lists": [f"{name}@{version}" for name, version in versions]} if versions else {}
        if what != "lists":
            body |= {"recipient": disclosure.recipient.strip(), "ground": disclosure.ground.strip()}
        # The entry goes first: something that left without being on record is worse than the other way round.
        workspace.ledger.append("export", body)
    return body | {"synthetic": is_synthetic(workspace.store)}


_NOTHING = {
    "lists": "`counterflow lists load` brings one.",
    "parties": "`counterflow intake load` brings records.",
    "entities": "`counterflow parties resolve` makes them.",
}


def _versions(store: Store, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the latest version of each list asked for, as screening takes it."""
    rows = store.rows(
        "SELECT list, last(version ORDER BY coalesce(published, CAST(loaded_at AS DATE)), loaded_at) AS version"
        " FROM list_version GROUP BY list ORDER BY list"
    )
    latest = {str(row["list"]): str(row["version"]) for row in rows}
    for name in names:
        if name not in latest:
            raise UnknownName("list", name, list(latest))
    return [(name, version) for name, version in latest.items() if not names or name in names]


def _entities(store: Store, what: str, versions: Sequence[tuple[str, str]]) -> Iterator[Entity]:
    if what == "lists":
        for name, version in versions:
            rows, places = (
                store.query(f"SELECT * FROM {table} WHERE list = ? AND version = ? ORDER BY ALL", [name, version])
                for table in ("list_entry", "list_address")
            )
            yield from to_ftm(rows, addresses=places)
        return
    parties, findings = store.query(_PARTIES), store.query(_FINDINGS)
    if what == "parties":
        yield from to_ftm(parties, findings=findings)
    else:
        members = store.query("SELECT * FROM entity_member WHERE scope = 'parties'")
        yield from to_ftm(members, parties=parties, findings=findings)


@contextmanager
def _room(workspace: Workspace, out: Path | TextIO) -> Iterator[IO[bytes]]:
    """Give room to write; what was written reaches `out` once the caller is done with it, and not if it fails."""
    if isinstance(out, Path):
        half = out.with_name(out.name + ".part")
        try:
            with half.open("wb") as stream:
                yield stream
            half.replace(out)
        finally:
            half.unlink(missing_ok=True)
        return
    with tempfile.TemporaryFile(dir=workspace.path) as room:
        yield room
        room.seek(0)
        buffer = getattr(out, "buffer", None)
        if buffer is None:
            out.write(room.read().decode("utf-8"))
        else:
            out.flush()
            shutil.copyfileobj(room, buffer)
            buffer.flush()
