"""A list of the house's own, edited by two people: each agreed edit is a new version, and no version ever changes.

Lists of others come from their publishers and are never edited here. A house list has a name that begins with `house-`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import LIST_ADDRESS, LIST_ENTRY, QUARANTINE

if TYPE_CHECKING:
    from counterflow.intake.lists import ListLoad
    from counterflow.store.workspace import Workspace

__all__ = ["HOUSE", "agreed_edit", "house_lists"]

#: how the name of a list begins that the house keeps itself
HOUSE = "house-"
_FIELDS = ("id", "name", "schema", "alias", "country", "born", "program", "remarks")
_MOST = 200
_LONGEST = 500


def house_lists(workspace: Workspace) -> list[str]:
    """Return the names of the lists that the house keeps itself."""
    rows = workspace.store.rows("SELECT DISTINCT list FROM list_version WHERE starts_with(list, ?) ORDER BY 1", [HOUSE])
    return [str(row["list"]) for row in rows]


def agreed_edit(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Store a new version of the house list `subject` with entries added and taken out; return its receipt.

    Args:
        workspace: where.
        subject: name of the list.
        payload: `add`, a list of entries (`name`, and `id`, `schema`, `alias`, `country`, `born`, `program`, `remarks`
            where known; several in one field stand between semicolons); `remove`, ids of entries.
        asked_by: who asked; stands with the request.
        agreed_by: who agreed.
        ground: why.

    Raises:
        InputError: no house list, nothing to do, an entry that cannot be used, or one that is there already.
        UnknownName: an entry that is to go is not there.
    """
    from counterflow.intake.lists import store_list

    del asked_by, agreed_by, ground  # they stand with the request
    if not subject.startswith(HOUSE):
        hint = f"The name of a list that may be edited begins with {HOUSE}."
        raise InputError("Lists of others are loaded, not edited.", hint=hint, column="list", value=subject)
    added, removed = _checked(payload.get("add"), payload.get("remove"))
    entries, addresses, version = _present(workspace, subject)
    held = set(entries.column("entry_id").to_pylist())
    for entry in removed:
        if entry not in held:
            raise UnknownName(f"entry of {subject}", entry, held)
    new, places = _read(subject, added)
    twice = held & set(new.column("entry_id").to_pylist()) - set(removed)
    if twice:
        raise InputError(f"{min(twice)} is on the list already.", hint="Take it out first.", column="id")
    edited = _joined(subject, version, [_without(entries, removed), new], [_without(addresses, removed), places])
    receipt = store_list(workspace, edited)
    return {"list": subject, "version": receipt["version"], "added": len(added), "removed": len(removed),
            "entries": edited.accepted}  # fmt: skip


def _checked(add: object, remove: object) -> tuple[list[dict[str, str]], list[str]]:
    added, removed = add if isinstance(add, list) else [], remove if isinstance(remove, list) else []
    if not added and not removed:
        raise InputError("Nothing is added and nothing taken out.", hint="Name an entry.", column="add")
    if len(added) + len(removed) > _MOST:
        raise InputError(f"At most {_MOST} entries at once.", hint="Edit in parts, or load a file.", column="add")
    rows = []
    for entry in added:
        if not isinstance(entry, dict) or not str(entry.get("name", "")).strip():
            raise InputError("An entry needs a name.", hint="Give it.", column="name")
        for field in entry:
            if field not in _FIELDS:
                raise UnknownName("field of an entry", str(field), _FIELDS)
        row = {field: " ".join(str(entry.get(field, "") or "").split())[:_LONGEST] for field in _FIELDS}
        made = hashlib.sha256(json.dumps([row["name"], row["born"], row["country"]]).encode()).hexdigest()[:10]
        rows.append(row | {"id": row["id"] or made})
    return rows, [str(entry) for entry in removed]


def _present(workspace: Workspace, name: str) -> tuple[pa.Table, pa.Table, str]:
    """Return entries, addresses and version of a list as it is; empty ones where it begins now."""
    store = workspace.store
    versions = store.rows(
        "SELECT version FROM list_version WHERE list = ? ORDER BY loaded_at DESC, version LIMIT 1", [name]
    )
    version = str(versions[0]["version"]) if versions else ""
    of = [name, version]
    return (
        store.query("SELECT * FROM list_entry WHERE list = ? AND version = ?", of),
        store.query("SELECT * FROM list_address WHERE list = ? AND version = ?", of),
        version,
    )


def _read(name: str, added: Sequence[Mapping[str, str]]) -> tuple[pa.Table, pa.Table]:
    """Read new entries as a file of them would be read: the same rules for names, dates and ids."""
    from counterflow.intake.lists import ListColumns, load_list_csv

    if not added:
        return LIST_ENTRY.empty_table(), LIST_ADDRESS.empty_table()
    columns = ListColumns(
        name="name", entry_id="id", schema="schema", alias=("alias",), country="country", born="born",
        program="program", remarks="remarks",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="counterflow-list-") as folder:
        path = Path(folder) / "edit.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, _FIELDS)
            writer.writeheader()
            writer.writerows(added)
        load = load_list_csv(path, name, columns)
    for refused in load.refused.to_pylist():
        raise InputError(
            f"An entry cannot be used: {refused['reason']}.", hint=refused["hint"] or "Mend it.",
            column=refused["column"] or None, value=refused["value"],
        )  # fmt: skip
    return load.entries, load.addresses


def _without(table: pa.Table, removed: Sequence[str]) -> pa.Table:
    keep = [entry not in set(removed) for entry in table.column("entry_id").to_pylist()]
    return table.filter(pa.array(keep, pa.bool_()))


def _joined(name: str, before: str, entries: Sequence[pa.Table], addresses: Sequence[pa.Table]) -> ListLoad:
    """Return the version that comes of the parts; its digest is over its rows and the version before."""
    from counterflow.intake.lists import ListLoad

    parts = [pa.concat_tables([t.select(schema.names).cast(schema) for t in tables])
             for tables, schema in ((entries, LIST_ENTRY), (addresses, LIST_ADDRESS))]  # fmt: skip
    said = [[{k: v for k, v in row.items() if k != "version"} for row in part.to_pylist()] for part in parts]
    sha256 = hashlib.sha256(json.dumps([before, *said], ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    stamped = [
        part.set_column(part.schema.get_field_index("version"), part.schema.field("version"),
                        pa.array([sha256[:12]] * part.num_rows, pa.string()))
        for part in parts
    ]  # fmt: skip
    count = len(set(stamped[0].column("entry_id").to_pylist()))
    return ListLoad(
        list_name=name, sha256=sha256, files=("edit agreed by two",), published=None, entries=stamped[0],
        addresses=stamped[1], read=count, accepted=count, refused=QUARANTINE.empty_table(), noted={}, skipped={},
    )  # fmt: skip
