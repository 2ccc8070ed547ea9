"""Acts of people on rules and campaigns: two different persons, a ground, and an entry in the ledger.

The ledger holds ids, acts, dates and salted digests; grounds and names stand in the tables and can be erased. The salt
of a row is kept (table `payload`, source `target-rule`) before the ledger hears of it, so that the same row tried again
after a crash is the same entry and not a second one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import AccessError, InputError
from counterflow.core.persons import folded, same_person
from counterflow.store.rule_payloads import RULES_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["another_person", "required", "seal"]

_LONGEST_TEXT = 500


def required(column: str, text: str | None, *, shortest: int = 1) -> str:
    """Return `text` without needless blanks.

    Raises:
        InputError: it is missing, too short to be followed, or too long.
    """
    plain = " ".join((text or "").split())
    if not shortest <= len(plain) <= _LONGEST_TEXT:
        hint = f"Give {shortest} to {_LONGEST_TEXT} characters that another person can follow."
        raise InputError(f"This needs a {column}.", hint=hint, column=column, value=text or None)
    return plain


def another_person(first: str, second: str, message: str) -> str:
    """Return `second`, who must be somebody else than `first`.

    Raises:
        AccessError: they are the same person.
        InputError: nobody is named, or a name without a letter or digit.
    """
    named = required("person", second)
    if not folded(named):
        raise InputError("This is nobody's name.", hint="Name a person.", column="person", value=second)
    if same_person(first, named):
        raise AccessError(message, hint="Ask another person; the ledger shows that two acted.")
    return named


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
        record: id of the act; names its salt.
        said: what the digest is over: words and names that the ledger must not hold.
        body: what the entry says openly: ids, acts, dates, counts.
        persons: who acted; only digests are written, under one salt, so that where two are
            named, the first act's person first, an outsider sees that they are not one.
    """
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, RULES_UNDER, record)
    digest = salted_digest(salt, json.dumps([_plain(part) for part in said], ensure_ascii=False))
    workspace.store.execute(
        "UPDATE payload SET digest = ? WHERE source = ? AND record_id = ?", [digest, RULES_UNDER, record]
    )
    who = [salted_digest(salt, f"person:{folded(name)}") for name in persons]
    whole = dict(body) | {"persons": who, "digest": digest}
    return workspace.ledger.append(kind, whole, key=f"{kind}:{record}:{digest[:32]}")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
