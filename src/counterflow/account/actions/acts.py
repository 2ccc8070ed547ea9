"""An act on an action: a person, a digest in the ledger under a salt, and the row that stands beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.core.persons import folded
from counterflow.store.action_payloads import ACTIONS_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["named", "seal_act"]

_LONGEST = 200


def named(person: str | None) -> str:
    """Return a person's name without needless blanks.

    Raises:
        InputError: nobody is named.
    """
    plain = " ".join((person or "").split())
    if not plain or len(plain) > _LONGEST or not folded(plain):
        raise InputError("This act needs the person who does it.", hint="Give --person NAME.", column="person",
                         value=person or None)  # fmt: skip
    return plain


def seal_act(
    workspace: Workspace, kind: str, action: str, said: Sequence[object], body: Mapping[str, Any], person: str
) -> Entry:
    """Write the ledger's entry for an act on an action; the same act again returns the same entry.

    Args:
        workspace: whose ledger.
        kind: kind of entry.
        action: id of the action; names the salt, and erases it.
        said: what the digest is over: words and names that the ledger must not hold.
        body: what the entry says openly: ids, days, numbers as decimal text.
        person: who acted; a digest is written.
    """
    from counterflow.store.ledger import salted_digest

    salt = salt_of(workspace.store, ACTIONS_UNDER, action)
    plain = [part.isoformat() if isinstance(part, dt.date | dt.datetime) else part for part in said]
    digest = salted_digest(salt, json.dumps(plain, ensure_ascii=False))
    who = salted_digest(salt, f"person:{folded(person)}")
    entry = {"action": action, **body, "persons": [who], "digest": digest}
    return workspace.ledger.append(kind, entry, key=f"{kind}:{digest}")
