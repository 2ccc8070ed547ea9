"""Triangles of the counts that a workspace holds, and who may see their nowcasts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import AccessError, UnknownName
from counterflow.watch.nowcast.triangle import Triangle

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["may_be_seen", "stored_triangles"]

_NAMES = ("source", "measure", "subject", "place", "level", "definition", "grain")
_DAYS_TO_THE_END = {1: 0, 7: 6}


def stored_triangles(store: Store, as_of: dt.date, max_delay: int, where: Mapping[str, str]) -> list[Triangle]:
    """Return the triangles of stored counts as known on a day.

    Args:
        store: the store.
        as_of: nothing said later is used.
        max_delay: largest delay, in days or weeks.
        where: source, measure, subject, place, level, definition or grain to its value.

    Raises:
        UnknownName: `where` names something else.
        InputError: nothing is held that fits, or no count was said twice.
    """
    from counterflow.watch.series.vintages import triangles

    for name in where:
        if name not in _NAMES:
            raise UnknownName("name of stored counts", name, _NAMES)
    asked: dict[str, Any] = {name: value for name, value in where.items() if name != "grain"}
    found = triangles(store, as_of=as_of, grain=where.get("grain"), max_delay=max_delay, **asked)
    # Stored delays count from the end of the period; its name is its first day.
    return [replace(one, ends_after=_DAYS_TO_THE_END[one.step]) for one in found]


def may_be_seen(
    workspace: Workspace, triangles: Sequence[Triangle], role: str | None, purpose: str
) -> tuple[list[Triangle], str]:
    """Return the triangles that this role may see for this purpose, and why others are withheld.

    Raises:
        AccessError: it may see none of them.
    """
    from counterflow.watch.disclosure import allowed, role_in_force
    from counterflow.watch.disclosure.approvals import log_read, standing

    names = ("place", "level", "measure")
    keys = pa.table({name: [str(one.group.get(name, "")) for one in triangles] for name in names})
    serves = role_in_force(workspace.settings.watch.role, role)
    told = allowed(keys, serves, purpose, standing(workspace.store), workspace.clock().date())
    if not told.shown.any():
        raise AccessError(told.why, hint="Ask for a county or a larger area, or for an approval (`watch approve`).")
    if told.approvals:
        log_read(workspace, told.approvals, serves, purpose, int(told.shown.sum()))
    kept = [
        replace(one, group=dict(one.group) | {"place": name})
        for one, name, shown in zip(triangles, told.places, told.shown, strict=True)
        if shown
    ]
    return kept, told.why
