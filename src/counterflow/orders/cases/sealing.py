"""Sealing what people decide, ask and report: the ledger first, then the table.

The ledger holds ids, acts and a salted digest; words and names stand in the tables and can be erased. The salt of a row
is kept (table `payload`, source `order-work`) before the ledger hears of it, so that the same row tried again after a
crash is the same entry and not a second one.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.core.persons import folded
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["SOURCE", "digest_of", "persons_of", "required", "seal", "short_id"]

#: source under which the salts of this work stand among the payloads
SOURCE = "order-work"
_LONGEST_TEXT = 2000


def required(column: str, text: str | None, *, shortest: int = 1, why: str = "") -> str:
    """Return `text` without needless blanks.

    Raises:
        InputError: it is shorter than `shortest` characters, or too long to be a reason.
    """
    plain = " ".join((text or "").split())
    if len(plain) < shortest or len(plain) > _LONGEST_TEXT:
        hint = why or f"Give {shortest} to {_LONGEST_TEXT} characters."
        raise InputError(f"This needs a {column.replace('_', ' ')}.", hint=hint, column=column, value=text or None)
    return plain


def short_id(letter: str, *parts: object) -> str:
    """Return an id out of other ids and a counter; never of words or names, which an id could give away."""
    import hashlib

    said = json.dumps([str(part) for part in parts], ensure_ascii=False)
    return f"{letter}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def digest_of(salt: bytes, row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return the salted digest of what a row says in `columns`."""
    from counterflow.store.ledger import salted_digest

    return salted_digest(salt, json.dumps([_plain(row.get(name)) for name in columns], ensure_ascii=False))


def persons_of(salt: bytes, *names: str | None) -> list[str]:
    """Return one salted digest per person named: an outsider sees that two acted, and that they are not one."""
    from counterflow.store.ledger import salted_digest

    return [salted_digest(salt, f"person:{folded(name)}") for name in names if name]


def seal(
    workspace: Workspace,
    kind: str,
    record: str,
    row: Mapping[str, Any],
    *,
    columns: Sequence[str],
    body: Mapping[str, Any],
    persons: Sequence[str | None],
) -> Entry:
    """Write the ledger's entry for `row` and return it; the same row again returns the same entry.

    Args:
        workspace: whose ledger.
        kind: kind of entry.
        record: id of the row; names its salt.
        row: what is sealed.
        columns: columns of `row` that the digest is over, in order.
        body: what the entry says openly: ids, acts, dates, counts.
        persons: who acted; only their digests are written.
    """
    salt = salt_of(workspace.store, SOURCE, record)
    digest = digest_of(salt, row, columns)
    workspace.store.execute(
        "UPDATE payload SET digest = ? WHERE source = ? AND record_id = ?", [digest, SOURCE, record]
    )
    whole = dict(body) | {"persons": persons_of(salt, *persons), "digest": digest}
    return workspace.ledger.append(kind, whole, key=f"{kind}:{record}:{digest[:32]}")


def _plain(value: object) -> object:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value
