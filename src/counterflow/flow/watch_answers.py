"""What was done about an alarm, as one act each: the pages and the API call these, and so does whoever embeds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import AccessError
from counterflow.watch.disclosure.approvals import approve, withdraw
from counterflow.watch.response import told

if TYPE_CHECKING:
    from counterflow.flow.watch_role import Reader
    from counterflow.store.workspace import Workspace
    from counterflow.watch.disclosure import Request

__all__ = [
    "NO_SIDE",
    "agree",
    "mark_acknowledged",
    "mark_acted",
    "mark_disposed",
    "mark_told",
    "may_answer",
    "side_of",
    "withdrawn",
]

NO_SIDE = (
    "Health agrees for the purpose health-response, oversight for the purpose oversight: two people, one of each side."
)
_SHOWN = ("about", "alarm", "act", "contact", "verdict", "words", "person", "done_at", "ledger_seq")


def may_answer(workspace: Workspace, alarm: str, reader: Reader) -> None:
    """Refuse an act on an alarm that somebody may not even see; health watches are coarse and for all who act.

    Raises:
        AccessError: they may not see it.
        UnknownName: there is none.
    """
    from counterflow.watch.brief.build import build

    if alarm.startswith(told.WATCH_PREFIX):
        told.find_about(workspace.store, alarm)
    else:
        build(workspace, alarm, role=reader.role, purpose=reader.purpose)


def mark_told(
    workspace: Workspace, alarm: str, *, person: str, to: Sequence[str] = (), at: dt.datetime | None = None
) -> dict[str, Any]:
    """Put on record that contacts were told of an alarm or a health watch; all that are due where none is named."""
    return _shown(told.tell(workspace, alarm, person=person, to=to, at=at))


def mark_acknowledged(
    workspace: Workspace, alarm: str, *, contact: str, person: str, at: dt.datetime | None = None
) -> dict[str, Any]:
    """Put on record that a contact who was told acknowledged."""
    return _shown([told.acknowledge(workspace, alarm, contact=contact, person=person, at=at)])


def mark_acted(
    workspace: Workspace, alarm: str, *, person: str, words: str, contact: str = "", at: dt.datetime | None = None
) -> dict[str, Any]:
    """Put on record what was done."""
    return _shown([told.act(workspace, alarm, person=person, words=words, contact=contact, at=at)])


def mark_disposed(workspace: Workspace, alarm: str, verdict: str, *, person: str, words: str) -> dict[str, Any]:
    """Put on record what an alarm turned out to have been."""
    return _shown([told.dispose(workspace, alarm, verdict, person=person, words=words)])


def side_of(purpose: str) -> str:
    """Return for which side somebody agrees, by what they work for.

    Raises:
        AccessError: for neither.
    """
    side = {"health-response": "health", "oversight": "oversight"}.get(purpose)
    if side is None:
        raise AccessError("You answer for neither side.", hint=NO_SIDE)
    return side


def agree(workspace: Workspace, asked: Request, *, side: str, person: str, ground: str) -> dict[str, Any]:
    """Agree for one side that enforcement may see harm below an area; it holds once the other side agreed, too."""
    return approve(workspace, asked, side=side, person=person, ground=ground).as_dict(workspace.clock().date())


def withdrawn(workspace: Workspace, agreement: str, *, person: str, ground: str) -> dict[str, Any]:
    """Take an agreement back, for both sides; return what is left of it.

    Raises:
        UnknownName: there is no such agreement.
    """
    withdraw(workspace, agreement, person=person, ground=ground)
    return {"request": agreement, "state": "withdrawn"}


def _shown(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"acts": [{name: row[name] for name in _SHOWN} for row in rows]}
