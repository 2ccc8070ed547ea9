"""What a party keeps between two messages: its secret and which of its rows each identifier stands for.

One file for each matching, readable by its owner alone, in the workspace's folder `matching/`. It is deleted once the
matching is finished; with it goes the secret, and no message of that matching can be used any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.core.errors import InputError
from counterflow.orders.across.protocol import Answer, Answered, Offer, Offered
from counterflow.orders.across.queries import Query
from counterflow.store.ledger.files import replace_file

__all__ = ["Held", "Rows", "drop", "keep", "kept"]

#: form of a key to identifier to the ids of the rows that have it
Rows = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Held:
    """A matching that is under way here.

    Args:
        query: with whom and what for.
        role: offer | answer: what we sent.
        state: what the protocol keeps.
        rows: which of our rows each identifier stands for.
    """

    query: Query
    role: str
    state: Offered | Answered
    rows: Rows


def keep(folder: Path, held: Held) -> None:
    """Keep a matching until its next message comes."""
    folder.mkdir(mode=0o700, exist_ok=True)
    state = held.state
    sent = state.offer if isinstance(state, Offered) else state.answer
    body: dict[str, Any] = {
        "role": held.role, "session": sent.session, "reveal": sent.reveal,
        "held": {form: list(names) for form, names in state.held.items()},
        "rows": {form: {name: list(ids) for name, ids in of.items()} for form, of in held.rows.items()},
        "partner": held.query.partner, "purpose": held.query.purpose, "person": held.query.person,
    }  # fmt: skip
    if isinstance(state, Offered):
        body["secret"] = state.secret
    replace_file(_path(folder, sent.session), json.dumps(body).encode(), mode=0o600)


def kept(folder: Path, session: str) -> Held:
    """Return a matching that is under way.

    Raises:
        InputError: none of that id is.
    """
    try:
        body = json.loads(_path(folder, session).read_bytes())
    except FileNotFoundError:
        hint = "It was finished already, or begun in another workspace."
        raise InputError("No matching is under way here to which this message belongs.", hint=hint) from None
    query = Query(body["partner"], body["purpose"], body["person"], body["reveal"])
    names = {form: tuple(of) for form, of in body["held"].items()}
    # Of what was sent only the head and the sizes are needed again; the points are worked out anew or not at all.
    bare = {form: tuple(b"" for _ in of) for form, of in names.items()}
    state: Offered | Answered
    if body["role"] == "offer":
        state = Offered(Offer(session, body["reveal"], bare), body["secret"], names)
    else:
        state = Answered(Answer(session, body["reveal"], {}, bare), names)
    return Held(query, body["role"], state, body["rows"])


def drop(folder: Path, session: str) -> None:
    """Forget a matching and its secret."""
    _path(folder, session).unlink(missing_ok=True)


def _path(folder: Path, session: str) -> Path:
    return folder / f"{session}.json"
