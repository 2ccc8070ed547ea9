"""What an entry of an official list says, as one digest; and which entries differ between two versions.

A decision about an entry (a pair that a person has cleared) holds for what the entry said on that day. So an entry
has a digest over all its fields but the version, and two versions are compared part by part: names, type, programme,
birth, nationality, papers, addresses, remarks. The order of names and addresses in the file does not count.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.store.repository import Store

__all__ = ["PARTS", "changed_entries", "entry_digests", "find_version"]

#: Parts of an entry as they are compared, by what they are called when they differ.
PARTS = ("names", "type", "programme", "birth", "nationality", "papers", "addresses", "remarks")
#: SQL of each part but the addresses, over the rows of one entry.
_OF_NAMES = {
    "names": "string_agg(DISTINCT name_kind || ' ' || name, chr(30) ORDER BY name_kind || ' ' || name)",
    "type": "max(coalesce(schema, ''))",
    "programme": "max(coalesce(program, ''))",
    "birth": "max(coalesce(born, ''))",
    "nationality": "max(coalesce(nationality, ''))",
    "papers": "max(coalesce(identifiers, ''))",
    "remarks": "max(coalesce(remarks, ''))",
}
_ADDRESS = "concat_ws(chr(31), address, city, postcode, country)"
_WHOLE = ", ".join(f"coalesce({part}, '')" for part in PARTS)


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


def entry_digests(store: Store, list_name: str, version: str) -> pa.Table:
    """Return (entry_id, digest) of every entry of a version: SHA-256 in hex over all it says."""
    return store.query(
        f"SELECT entry_id, sha256(concat_ws(chr(29), {_WHOLE})) AS digest FROM ({_entries()}) ORDER BY entry_id",
        [list_name, version] * 2,
    )


def changed_entries(store: Store, list_name: str, before: str, after: str) -> pa.Table:
    """Return a row for each entry that differs between two versions of a list.

    Args:
        store: the tables.
        list_name: the list.
        before: the earlier version, whole.
        after: the later version, whole.

    Returns:
        Columns change (added | removed | changed), entry_id, name, schema, program (of the later version; of the
        earlier for what was removed) and what: the parts that differ, in words; empty unless changed.
    """
    what = ", ".join(f"CASE WHEN a.{p} IS DISTINCT FROM b.{p} THEN '{p}' END" for p in PARTS)
    same = " AND ".join(f"a.{p} IS NOT DISTINCT FROM b.{p}" for p in PARTS)
    both = "a.entry_id IS NOT NULL AND b.entry_id IS NOT NULL"
    return store.query(
        f"WITH a AS ({_entries()}), b AS ({_entries()})"
        " SELECT CASE WHEN a.entry_id IS NULL THEN 'added' WHEN b.entry_id IS NULL THEN 'removed' ELSE 'changed' END"
        " AS change, coalesce(b.entry_id, a.entry_id) AS entry_id, coalesce(b.name, a.name) AS name,"
        " coalesce(b.type, a.type) AS schema, coalesce(b.programme, a.programme) AS program,"
        f" CASE WHEN {both} THEN concat_ws(', ', {what}) ELSE '' END AS what"
        f" FROM a FULL OUTER JOIN b USING (entry_id) WHERE NOT ({both} AND {same}) ORDER BY change, entry_id",
        [list_name, before] * 2 + [list_name, after] * 2,
    )


def _entries() -> str:
    parts = ", ".join(f"{sql} AS {part}" for part, sql in _OF_NAMES.items())
    return (
        "SELECT n.*, d.addresses FROM ("
        f"SELECT entry_id, min(name) FILTER (name_kind = 'primary') AS name, {parts}"
        " FROM list_entry WHERE list = ? AND version = ? GROUP BY entry_id) n LEFT JOIN"
        f" (SELECT entry_id, string_agg({_ADDRESS}, chr(30) ORDER BY {_ADDRESS}) AS addresses"
        " FROM list_address WHERE list = ? AND version = ? GROUP BY entry_id) d ON d.entry_id = n.entry_id"
    )
