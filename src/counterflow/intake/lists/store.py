"""Writing versions of lists to the workspace, showing them, and telling what changed between two."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import LIST_VERSION
from counterflow.intake.lists.load import ListLoad
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["diff", "find_version", "show_entries", "show_versions", "store_list"]

#: What is compared of an entry, and how it is called when it differs.
_COMPARED = {
    "names": "string_agg(DISTINCT name_kind || ' ' || name, chr(30) ORDER BY name_kind || ' ' || name)",
    "type": "max(coalesce(schema, ''))",
    "programme": "max(coalesce(program, ''))",
    "remarks": "max(coalesce(remarks, ''))",
}


def store_list(workspace: Workspace, load: ListLoad) -> dict[str, Any]:
    """Store one version of a list and seal it in the ledger; return its receipt. A version is stored once.

    The ledger holds digest and counts; it is keyed by the version, so that a load cut off half-way can be repeated.
    """
    receipt = {
        "list": load.list_name, "version": load.version, "read": load.read, "accepted": load.accepted,
        "rejected": load.rejected, "reasons": load.reasons, "names": load.entries.num_rows,
        "already_loaded": _is_known(workspace.store, load),
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


def find_version(store: Store, version: str) -> dict[str, Any]:
    """Return the one version that begins with `version` (``list@version`` where two lists share a beginning).

    Raises:
        UnknownName: no version begins so.
        InputError: several do.
    """
    rows = store.rows("SELECT * FROM list_version ORDER BY list, loaded_at")
    full = [f"{row['list']}@{row['version']}" for row in rows]
    found = [
        row for row, name in zip(rows, full, strict=True)
        if version and (str(row["version"]).startswith(version) or name.startswith(version))
    ]  # fmt: skip
    if not found:
        raise UnknownName("list version", version, [str(row["version"]) for row in rows])
    if len(found) > 1:
        named = ", ".join(f"{row['list']}@{row['version']}" for row in found[:6])
        raise InputError(
            f"{len(found)} list versions begin so.",
            hint=f"Give more of it: {named}.",
            value=version,
        )
    return found[0]


def diff(store: Store, before: str, after: str) -> pa.Table:
    """Return what changed from one version of a list to another: a row for each entry that differs.

    Args:
        store: the tables.
        before: the earlier version, or a beginning of it.
        after: the later version.

    Returns:
        Columns change (added | removed | changed), entry_id, name, schema, program, and what (which parts differ).

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
    parts = [*_COMPARED, "addresses"]
    what = ", ".join(f'CASE WHEN a."{p}" IS DISTINCT FROM b."{p}" THEN \'{p}\' END' for p in parts)
    same = " AND ".join(f'a."{p}" IS NOT DISTINCT FROM b."{p}"' for p in parts)
    return store.query(
        f"WITH a AS ({_entries_sql()}), b AS ({_entries_sql()})"
        " SELECT CASE WHEN a.entry_id IS NULL THEN 'added' WHEN b.entry_id IS NULL THEN 'removed'"
        " ELSE 'changed' END AS change, coalesce(b.entry_id, a.entry_id) AS entry_id,"
        " coalesce(b.name, a.name) AS name,"
        " coalesce(b.type, a.type) AS schema, coalesce(b.programme, a.programme) AS program,"
        " CASE WHEN a.entry_id IS NULL OR b.entry_id IS NULL THEN ''"
        f" ELSE concat_ws(', ', {what}) END AS what"
        " FROM a FULL OUTER JOIN b ON a.entry_id = b.entry_id"
        f" WHERE NOT coalesce(a.entry_id = b.entry_id AND {same}, false) ORDER BY change, entry_id",
        [old["list"], old["version"]] * 2 + [new["list"], new["version"]] * 2,
    )


def _entries_sql() -> str:
    compared = ", ".join(f'{sql} AS "{part}"' for part, sql in _COMPARED.items())
    return (
        "SELECT n.*, d.addresses FROM ("
        f"SELECT entry_id, min(name) FILTER (name_kind = 'primary') AS name, {compared}"
        " FROM list_entry WHERE list = ? AND version = ? GROUP BY entry_id) n LEFT JOIN"
        " (SELECT entry_id, string_agg(concat_ws(chr(31), address, country), chr(30)"
        " ORDER BY concat_ws(chr(31), address, country)) AS addresses"
        " FROM list_address WHERE list = ? AND version = ? GROUP BY entry_id) d ON d.entry_id = n.entry_id"
    )
