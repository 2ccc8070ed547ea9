"""Where supply events meet health: a sealed action opens a watch on harm in its area, and closes with what happened."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from counterflow.account.actions.sealing import list_actions
from counterflow.core.errors import InputError, UnknownName
from counterflow.watch.response.health import (
    WEEKS_AFTER,
    Span,
    close_row,
    notice,
    open_row,
    shown,
    span_of,
    watches,
)

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["KINDS", "close_watch", "list_watches", "masked", "open_after_event", "open_watch", "unwatched"]

#: kinds of action that change supply in a place
KINDS = ("campaign", "operation", "takedown")
#: how long ago an event may be; a watch compares with the year before it
_OLDEST = dt.timedelta(days=3653)


def open_watch(
    workspace: Workspace,
    action: str,
    area: str,
    *,
    person: str,
    level: str = "county",
    substance_class: str = "all",
    weeks: int = WEEKS_AFTER,
) -> dict[str, Any]:
    """Open a health watch from an action's first day to `weeks` after its last; return it with its notice.

    Raises:
        UnknownName: there is no such action or place.
        InputError: the action's words were changed since it was sealed, or the area is finer than a county.
    """
    known = {str(row["action"]): row for row in list_actions(workspace)}
    if action not in known:
        raise UnknownName("action", action, known)
    row = known[action]
    if not row["intact"]:
        hint = "`account action list` shows it; a health watch rests on what was sealed."
        raise InputError("The action is not what was sealed.", column="action", value=action, hint=hint)
    ends = row["ends"] + dt.timedelta(weeks=weeks)
    span = Span(area, level, substance_class.casefold(), row["starts"], ends)
    opened = open_row(workspace, action, span, person=person)
    return opened | {"notice": notice(opened)}


def open_after_event(
    workspace: Workspace,
    event: str,
    day: dt.date,
    area: str,
    *,
    person: str,
    level: str = "county",
    substance_class: str = "all",
    weeks: int = WEEKS_AFTER,
) -> dict[str, Any]:
    """Open a health watch after what nobody planned, as a large seizure, from its day on; return it with its notice.

    Args:
        workspace: where.
        event: its id in the books of who reports it; health is not told.
        day: its day.
        area: county or coarser.
        person: who opens it.
        level: level of the area.
        substance_class: class of substance; all.
        weeks: weeks watched after that day.

    Raises:
        UnknownName: there is no such place.
        InputError: no id, a day to come or more than ten years ago, or an area finer than a county.
    """
    if not event.strip():
        raise InputError("The event has no id.", hint="Give the number under which it was reported.", column="event")
    if day > workspace.clock().date():
        hint = "What is planned is sealed before (`account action propose`), then opened with --action."
        raise InputError("This day is to come.", hint=hint, column="day", value=day)
    if day < workspace.clock().date() - _OLDEST:
        raise InputError("This day is long past.", hint="Give the day of the event.", column="day", value=day)
    span = Span(area, level, substance_class.casefold(), day, day + dt.timedelta(weeks=weeks))
    opened = open_row(workspace, event.strip(), span, person=person)
    return opened | {"notice": notice(opened)}


def list_watches(workspace: Workspace, *, role: str = "health") -> list[dict[str, Any]]:
    """Return every health watch with what is known so far; which action is behind one, health is not told."""
    today, least = workspace.clock().date(), workspace.settings.watch.small_cell
    rows = []
    for row in watches(workspace.store):
        closed = row["closed"]
        known = json.loads(closed["shown"]) if closed else shown(workspace.store, span_of(row), today, least)
        state = (
            "closed" if closed else "to come" if today < row["starts"] else "open" if today <= row["ends"] else "over"
        )
        kept = {name: row[name] for name in ("watch", "area", "level", "substance_class", "starts", "ends")}
        behind = {} if role == "health" else {"action": row["action"]}
        rows.append(kept | behind | {"state": state, "known": known, "notice": notice(row)})
    return rows


def unwatched(workspace: Workspace) -> list[str]:
    """Return the actions that change supply and have no health watch, by first day."""
    held = {str(row["action"]) for row in watches(workspace.store)}
    return [str(row["action"]) for row in list_actions(workspace)
            if row["kind"] in KINDS and row["action"] not in held]  # fmt: skip


def close_watch(workspace: Workspace, watch: str, *, person: str) -> dict[str, Any]:
    """Close a watch that is over, with what happened; the digest of it stands in the ledger.

    Raises:
        UnknownName: there is no such watch.
        InputError: it still runs, or is closed.
    """
    known = {str(row["watch"]): row for row in watches(workspace.store)}
    if watch not in known:
        raise UnknownName("health watch", watch, known)
    opened = known[watch]
    least = workspace.settings.watch.small_cell
    happened = shown(workspace.store, span_of(opened), workspace.clock().date(), least)
    row: dict[str, Any] = close_row(workspace, opened, happened, person=person)
    return row | {"shown": happened}


def masked(known: dict[str, Any], least: int) -> dict[str, Any]:
    """Return what happened with small counts hidden, and the ratios that would tell them."""
    from counterflow.watch.response.showing import small
    from counterflow.watch.response.withheld import WITHHELD

    rows = []
    for row in known["series"]:
        # A row that was sealed before says nothing of what it tells.
        seen = WITHHELD if row.get("tells") else small(row["observed"], least)
        like = WITHHELD if row.get("like_tells") else small(row["like_observed"], least)
        shown = {"observed": seen, "like_observed": like}
        shown["ratio"] = None if isinstance(seen, str) else row["ratio"]
        shown["like_ratio"] = None if isinstance(like, str) else row["like_ratio"]
        rows.append({k: v for k, v in (row | shown).items() if k not in {"tells", "like_tells"}})
    return known | {"series": rows}
