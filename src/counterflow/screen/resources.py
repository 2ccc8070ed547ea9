"""What checks are made from: the latest version of each loaded list, as files that every process can map.

A list's file holds its names (`list_entry`) and, on each, the addresses of its entry; it is written once for each
version and may be deleted at any time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from counterflow.core.check import Resources
from counterflow.screen.parties.check import ID
from counterflow.screen.parties.thresholds import in_force
from counterflow.screen.substances.accepted import changes_file
from counterflow.store.repository import Store
from counterflow.store.workspace import Workspace

__all__ = ["latest_lists", "list_file", "list_files", "resources_for", "resources_of"]

_FORMAT = 2
_ADDRESS = "concat_ws(', ', address, city, postcode, country)"
#: how the names of a version are ordered: the order that settles ties, whatever the list's own
_ENTRIES = (
    "SELECT e.*, a.addresses FROM list_entry e LEFT JOIN ("
    f"SELECT entry_id, string_agg(DISTINCT {_ADDRESS}, chr(30) ORDER BY {_ADDRESS}) AS addresses"
    " FROM list_address WHERE list = ? AND version = ? GROUP BY entry_id) a USING (entry_id)"
    " WHERE e.list = ? AND e.version = ? ORDER BY e.entry_id, e.name_kind, e.name"
)


def resources_of(workspace: Workspace) -> Resources:
    """Write the latest version of each loaded list where checks can map it, and return what checks are made from."""
    return resources_for(workspace, latest_lists(workspace.store))


def resources_for(workspace: Workspace, versions: Mapping[str, str]) -> Resources:
    """Return what checks are made from where these versions of lists are in force."""
    settings = {name: dict(own) for name, own in workspace.settings.screen.checks.items()}
    thresholds = in_force(workspace.store, versions)
    if thresholds.own:
        settings[ID] = settings.get(ID, {}) | {"thresholds": thresholds.as_setting()}
    return Resources(
        lists=list_files(workspace, versions),
        versions=dict(versions),
        cache=workspace.cache,
        settings=settings,
        substances=changes_file(workspace),
    )


def latest_lists(store: Store) -> dict[str, str]:
    """Return the version of each list that is screened against: the last published, or where unsaid loaded."""
    latest = store.rows(
        "SELECT list, last(version ORDER BY coalesce(published, CAST(loaded_at AS DATE)), loaded_at) AS version"
        " FROM list_version GROUP BY list ORDER BY list"
    )
    return {str(row["list"]): str(row["version"]) for row in latest}


def list_files(workspace: Workspace, versions: Mapping[str, str]) -> dict[str, Path]:
    """Return the file of each of these list versions."""
    return {name: list_file(workspace, name, version) for name, version in versions.items()}


def list_file(workspace: Workspace, name: str, version: str) -> Path:
    """Return the Arrow file of the names of one list version, written where it is not there yet."""
    folder = workspace.cache / "lists"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-{_FORMAT}.arrow"
    if not path.exists():
        entries = workspace.store.query(_ENTRIES, [name, version] * 2)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, entries.schema) as writer:
            writer.write_table(entries)
        temporary.replace(path)
    return path
