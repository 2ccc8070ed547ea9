"""Acts of people on alarms, health watches and approvals: a person, words, and an entry in the ledger.

The ledger holds ids, acts, days and salted digests; names, channels and grounds stand in the tables and can be erased.
The salt of a row is kept (table `payload`, source `watch`) before the ledger hears of it, so that the same row tried
again after a crash is the same entry and not a second one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import AccessError, InputError
from counterflow.core.persons import folded, same_person
from counterflow.store.salts import salt_of as kept_salt
from counterflow.store.watch_payloads import WATCH_UNDER

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["another_person", "named", "salt_of", "seal", "worded"]

_LONGEST_TEXT = 500
_SHORTEST_GROUND = 8


def named(person: str | None) -> str:
    """Return a person's name without needless blanks.

    Raises:
        InputError: nobody is named.
    """
    plain = " ".join((person or "").split())
    if not plain or len(plain) > _LONGEST_TEXT or not folded(plain):
        raise InputError("This act needs the person who does it.", hint="Give --person NAME.", column="person",
                         value=person or None)  # fmt: skip
    return plain


def worded(column: str, text: str | None, *, shortest: int = _SHORTEST_GROUND) -> str:
    """Return words that another person can follow.

    Raises:
        InputError: they are missing, too short or too long.
    """
    plain = " ".join((text or "").split())
    if not shortest <= len(plain) <= _LONGEST_TEXT:
        hint = f"Give --{column} in {shortest} to {_LONGEST_TEXT} characters that another person can follow."
        raise InputError("This act needs a reason in words.", hint=hint, column=column, value=text or None)
    return plain


def another_person(first: str, second: str, message: str) -> None:
    """Refuse where two names are one person's.

    Raises:
        AccessError: they are.
    """
    if same_person(first, second):
        raise AccessError(message, hint="Ask another person; the ledger shows that two acted.")


def seal(
    workspace: Workspace,
    kind: str,
    record: str,
    said: Sequence[object],
    body: Mapping[str, Any],
    persons: Sequence[str],
) -> Entry:
    """Write the ledger's entry for an act and return it; the same act again returns the same entry.

    Args:
        workspace: whose ledger.
        kind: kind of entry.
        record: id of the act; names its salt. Its part before the first slash is the id to erase it by.
        said: what the digest is over: words and names that the ledger must not hold.
        body: what the entry says openly: ids, acts, days; never a place below the county, never a count.
        persons: who acted; only digests are written, under one salt, so that an outsider sees that two are not one.
    """
    from counterflow.store.ledger import salted_digest

    salt_of(workspace, record.split("/", 1)[0])  # so that the record can be named when it is to be erased
    salt = salt_of(workspace, record)
    digest = salted_digest(salt, json.dumps([_plain(part) for part in said], ensure_ascii=False))
    workspace.store.execute(
        "UPDATE payload SET digest = ? WHERE source = ? AND record_id = ?", [digest, WATCH_UNDER, record]
    )
    who = [salted_digest(salt, f"person:{folded(name)}") for name in persons]
    return workspace.ledger.append(kind, {**body, "persons": who, "digest": digest}, key=f"{kind}:{digest}")


def salt_of(workspace: Workspace, record: str) -> bytes:
    """Return the salt of one record of this room, made where there is none yet."""
    return kept_salt(workspace.store, WATCH_UNDER, record)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
