"""What the ledger is told of acts on access: ids, names of acts, dates, and salted digests of the words.

The salt is kept among the payloads (source `access`, the act's id) until the person or the request is erased.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.store.access_payloads import ACCESS_UNDER
from counterflow.store.salts import salt_of

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["COMMAND_LINE", "in_words", "keyed", "seal"]

#: who acts where somebody at this machine's command line does: its own user holds the files anyway
COMMAND_LINE = "command-line"
_LONGEST_TEXT = 500


def seal(workspace: Workspace, kind: str, record: str, said: Sequence[str], body: Mapping[str, Any]) -> Entry:
    """Write the ledger's entry for an act and return it.

    Args:
        workspace: whose ledger.
        kind: kind of entry.
        record: id of the person or request; names the salt.
        said: words that the ledger must not hold; it gets their digest. None: no digest.
        body: what the entry says openly.
    """
    if not said:
        return workspace.ledger.append(kind, body)
    return workspace.ledger.append(kind, {**body, "digest": keyed(workspace, record, said)})


def keyed(workspace: Workspace, record: str, said: Sequence[str]) -> str:
    """Return the digest of words under the salt of `record`."""
    from counterflow.store.ledger import salted_digest

    return salted_digest(salt_of(workspace.store, ACCESS_UNDER, record), json.dumps(list(said), ensure_ascii=False))


def in_words(column: str, text: str, *, shortest: int = 8) -> str:
    """Return `text` without needless blanks.

    Raises:
        InputError: it is missing, too short to be followed, or too long.
    """
    plain = " ".join(text.split())
    if not shortest <= len(plain) <= _LONGEST_TEXT:
        hint = f"Write {shortest} to {_LONGEST_TEXT} characters that another person can follow."
        raise InputError(f"This needs a {column} in words.", hint=hint, column=column, value=text or None)
    return plain
