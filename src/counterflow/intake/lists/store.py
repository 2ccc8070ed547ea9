"""Writing versions of lists to the workspace, showing them, and telling what changed between two."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.core.tables import LIST_VERSION
from counterflow.intake.lists.load import ListLoad
from counterflow.store.list_entries import changed_entries, find_version
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["diff", "find_version", "show_entries", "show_versions", "store_list"]


def store_list(workspace: Workspace, load: ListLoad) -> dict[str, Any]:
    """Store one version of a list and seal it in the ledger; return its receipt. A version is stored once.

    The ledger holds digest and counts; it is keyed by the version, so that a load cut off half-way can be repeated.
    """
    receipt = {
        "list": load.list_name, "version": load.version, "read": load.read, "accepted": load.accepted,
        "rejected": load.rejected, "reasons": load.reasons, "noted": dict(load.noted), "skipped": dict(load.skipped),
        "names": load.entries.num_rows, "already_loaded": _is_known(workspace.store, load),
    }  # fmt: skip
    if receipt["already_loaded"]:
        return receipt
    version = {
        "list": load.list_name, "version": load.version, "sha256": load.sha256,
        "files": "; ".join(load.files), "published": load.published, "loaded_at": workspace.clock(),
        "read": load.read, "accepted": load.accepted, "rejected": load.rejected,
    }  # fmt: skip
    tables = {
        "list_version": pa.Table.from_pylist([version], schema=LIST_VERSION),
        "list_entry": load.entries,
        "list_address": load.addresses,
        "quarantine": load.refused,
    }
    with workspace.store.transaction():
        for name, rows in tables.items():
            if rows.num_rows:
                workspace.store.append(name, rows)
        workspace.ledger.append("list-version", _sealed(load), key=f"list:{load.list_name}:{load.sha256}")
    return receipt


def _is_known(store: Store, load: ListLoad) -> bool:
    known = store.rows("SELECT 1 FROM list_version WHERE list = ? AND sha256 = ?", [load.list_name, load.sha256])
    return bool(known)


def _sealed(load: ListLoad) -> dict[str, object]:
    return {
        "list": load.list_name, "version": load.version, "sha256": load.sha256,
        "published": load.published.isoformat() if load.published else None,
        "read": load.read, "accepted": load.accepted, "rejected": load.rejected,
        "names": load.entries.num_rows,
    }  # fmt: skip


def show_versions(store: Store) -> pa.Table:
    """Return every version of every list, the last loaded of each list last."""
    return store.query(
        "SELECT v.*, coalesce(e.entries, 0) AS entries, coalesce(e.names, 0) AS names FROM list_version v"
        " LEFT JOIN (SELECT list, version, count(DISTINCT entry_id) AS entries, count(*) AS names"
        " FROM list_entry GROUP BY list, version) e USING (list, version) ORDER BY list, loaded_at, version"
    )


def show_entries(store: Store, version: str) -> pa.Table:
    """Return the names of one version, by entry; `version` may be the beginning of one."""
    found = find_version(store, version)
    return store.query(
        "SELECT * FROM list_entry WHERE list = ? AND version = ?"
        " ORDER BY entry_id, array_position(['primary', 'alias', 'weak_alias'], name_kind), name",
        [found["list"], found["version"]],
    )


def diff(store: Store, before: str, after: str) -> pa.Table:
    """Return what changed from one version of a list to another: a row for each entry that differs.

    Args:
        store: the tables.
        before: the earlier version, or a beginning of it.
        after: the later version.

    Returns:
        Columns change (added | removed | changed), entry_id, name, schema, program, and what (which parts differ:
        names, type, programme, birth, nationality, papers, addresses, remarks).

    Raises:
        UnknownName: there is no such version.
        InputError: several versions begin so, or the two are of different lists.
    """
    old, new = find_version(store, before), find_version(store, after)
    if old["list"] != new["list"]:
        raise InputError(
            f"{old['version']} is of {old['list']}, {new['version']} of {new['list']}.",
            hint="Compare two versions of one list: `counterflow lists show` names them.",
        )
    return changed_entries(store, str(new["list"]), str(old["version"]), str(new["version"]))
