"""Official lists of parties: which editions are held, what each says, what changed, and whom that touches here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UsageError
from counterflow.store.list_entries import find_version

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["changes", "entries", "look_again", "versions"]

_MOST = 500


def versions(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every edition of every list, the latest of each list first; `in_force` is screened against."""
    from counterflow.intake.lists import show_versions
    from counterflow.screen.resources import latest_lists

    held = latest_lists(workspace.store)
    rows: list[dict[str, Any]] = show_versions(workspace.store).to_pylist()
    before: dict[str, str] = {}
    for row in rows:  # oldest first
        row["in_force"] = held.get(row["list"]) == row["version"]
        row["earlier"] = before.get(row["list"], "")
        before[row["list"]] = row["version"]
    rows.reverse()
    return sorted(rows, key=lambda row: str(row["list"]))


def changes(
    workspace: Workspace, before: str, after: str, *, kind: str = "", text: str = "", offset: int = 0, limit: int = 100
) -> dict[str, Any]:
    """Return which entries differ between two editions of a list.

    Args:
        workspace: where they are.
        before: the earlier version, or its beginning.
        after: the later one.
        kind: added | removed | changed; all where empty.
        text: part of a name or an id.
        offset: rows passed over.
        limit: rows returned, 1 to 500.

    Raises:
        UnknownName: there is no such version.
        InputError: several begin so, or the two are of different lists.
    """
    from counterflow.intake.lists import diff

    if kind not in ("", "added", "removed", "changed"):
        raise UsageError(f"There is no change {kind!r}.", hint="Give added, removed or changed.")
    _page(offset, limit)
    rows = diff(workspace.store, before, after).to_pylist()
    asked = " ".join(text.split()).casefold()
    shown = [
        row
        for row in rows
        if kind in ("", row["change"]) and asked in f"{row['name'] or ''} {row['entry_id']}".casefold()
    ]
    counted = Counter(row["change"] for row in rows)
    return {
        "list": find_version(workspace.store, before)["list"], "before": before, "after": after,
        "counts": {name: counted[name] for name in ("added", "removed", "changed")},
        "total": len(shown), "rows": shown[offset : offset + limit],
    }  # fmt: skip


def entries(workspace: Workspace, version: str, *, text: str = "", offset: int = 0, limit: int = 100) -> dict[str, Any]:
    """Return the names of one edition, by entry.

    Raises:
        UnknownName: there is no such version.
    """
    _page(offset, limit)
    found = find_version(workspace.store, version)
    rows = workspace.store.rows(
        "SELECT *, count(*) OVER () AS total FROM list_entry WHERE list = ? AND version = ?"
        " AND (contains(lower(name), ?) OR contains(lower(entry_id), ?))"
        " ORDER BY entry_id, array_position(['primary', 'alias', 'weak_alias'], name_kind), name LIMIT ? OFFSET ?",
        [found["list"], found["version"], *[" ".join(text.split()).casefold()] * 2, limit, offset],
    )
    total = int(str(rows[0]["total"])) if rows else 0
    return {**found, "total": total, "rows": [{k: v for k, v in row.items() if k != "total"} for row in rows]}


def _page(offset: int, limit: int) -> None:
    if not (1 <= limit <= _MOST and offset >= 0):
        raise UsageError("This is no page.", hint=f"Give a limit from 1 to {_MOST} and an offset from 0.")


def look_again(workspace: Workspace, since: str) -> dict[str, Any]:
    """Look stored parties up again where a list changed since a version; return what is new, gone and touched.

    Raises:
        UnknownName: there is no such version.
        InputError: it is the version in force.
    """
    from counterflow.screen.parties.rescreen import rescreen

    told: list[str] = []
    rows: list[dict[str, Any]] = rescreen(workspace, since, tell=told.append).to_pylist()
    return {"told": told, "rows": rows}
