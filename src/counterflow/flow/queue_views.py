"""Saved views of the queue: a name for a filter and an order, for oneself or for everybody."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import QUEUE_VIEW
from counterflow.flow.queue_ask import QueueAsk

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["remove_view", "save_view", "views_of"]

_LONGEST_NAME = 60
_MOST_VIEWS = 100


def views_of(workspace: Workspace, person: str) -> list[dict[str, Any]]:
    """Return the views that are offered to a person: their own and those that others share, by name.

    Each has `view`, `name`, `person`, `shared`, `asks` (a query string) and `own`.
    """
    rows = workspace.store.rows(
        "SELECT view, name, person, shared, asks, saved_at FROM queue_view WHERE removed_at IS NULL AND asks <> ''"
        " AND (shared OR person = ?) ORDER BY lower(name), view",
        [person],
    )
    return [row | {"own": row["person"] == person} for row in rows]


def save_view(workspace: Workspace, name: str, ask: QueueAsk, *, person: str, shared: bool = False) -> dict[str, Any]:
    """Save a filter and order under a name; the same name of the same person takes the place of the older view.

    Raises:
        InputError: no name, one too long, nothing that is asked, or too many views.
    """
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= _LONGEST_NAME:
        hint = f"Give a name of 1 to {_LONGEST_NAME} characters."
        raise InputError("A view needs a name.", hint=hint, column="name", value=plain[:60])
    asks = ask.without_place().address()
    if not ask.asks():
        raise InputError("This view asks for nothing in particular.", hint="Set a filter or an order first.")
    own = [row for row in views_of(workspace, person) if row["own"]]
    if len(own) >= _MOST_VIEWS:
        raise InputError(f"{_MOST_VIEWS} views are saved already.", hint="Remove one first.")
    now = workspace.clock()
    row = {
        "view": f"V-{secrets.token_hex(6)}", "name": plain, "person": person, "shared": shared, "asks": asks,
        "saved_at": now,
    }  # fmt: skip
    with workspace.store.transaction():
        workspace.store.execute(
            "UPDATE queue_view SET removed_at = ? WHERE person = ? AND lower(name) = lower(?) AND removed_at IS NULL",
            [now, person, plain],
        )
        workspace.store.append("queue_view", pa.Table.from_pylist([row], schema=QUEUE_VIEW))
    return row


def remove_view(workspace: Workspace, view: str, *, person: str) -> None:
    """Take a view away.

    Raises:
        UnknownName: there is none of this id.
        AccessError: it is somebody else's.
    """
    rows = workspace.store.rows("SELECT view, person FROM queue_view WHERE view = ? AND removed_at IS NULL", [view])
    if not rows:
        raise UnknownName("saved view", view, [str(row["view"]) for row in views_of(workspace, person)])
    if not same_person(str(rows[0]["person"]), person):
        raise AccessError("This view is somebody else's.", hint="Whoever saved it can remove it.")
    workspace.store.execute("UPDATE queue_view SET removed_at = ? WHERE view = ?", [workspace.clock(), view])


def asked_in(asks: str) -> QueueAsk:
    """Return what a saved view asks."""
    return QueueAsk.read(dict(parse_qsl(asks)))
