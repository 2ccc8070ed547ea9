"""The registry of substances as this workspace has it: what is shipped, and what its people accepted since.

`registry_of` answers a command that holds the workspace; `registry_from` a check, which is given a file of the accepted
changes (`Resources.substances`) and may run in another process. Both give the same registry, with the same version.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.reference.csv_files import Source
from counterflow.reference.registry import Registry, load_registry
from counterflow.reference.registry_overlay import RegistryChange, overlaid

if TYPE_CHECKING:
    from counterflow.core.check import Resources
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["accepted_changes", "changes_file", "registry_from", "registry_of"]

#: every accepted change, in the order in which it was accepted, with what is said of its update
_CHANGES = (
    'SELECT c.*, v.act, v.version, v.sha256, v.file, v.edition, v.accepted_by, v.accepted_at, v."update" AS id'
    ' FROM substance_change c JOIN substance_list_version v ON v."update" = c."update"'
    " ORDER BY v.ordinal, c.number"
)


def registry_of(workspace: Workspace) -> Registry:
    """Return the registry with all updates that were accepted in this workspace."""
    return _overlaid(tuple(accepted_changes(workspace.store)))


def registry_from(resources: Resources) -> Registry:
    """Return the registry that a check is made from; the shipped one where nothing was accepted."""
    return load_registry() if resources.substances is None else _registry_at(resources.substances)


def accepted_changes(store: Store, *, update: str | None = None) -> list[RegistryChange]:
    """Return the accepted changes in the order in which they were accepted; those of one update where it is named."""
    rows = store.rows(_CHANGES)
    return [_change(row) for row in rows if update is None or row["id"] == update]


def changes_file(workspace: Workspace) -> Path | None:
    """Return the file of the accepted changes, named by its content; None where there are none."""
    changes = accepted_changes(workspace.store)
    if not changes:
        return None
    text = json.dumps([asdict(change) | {"effective": change.effective.isoformat()} for change in changes])
    path = workspace.cache / "substances" / f"changes-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    return path


def _change(row: Mapping[str, Any]) -> RegistryChange:
    return RegistryChange(
        change=row["change"],
        instrument=row["instrument"],
        substance=row["substance"],
        name=row["name"],
        effective=row["effective"],
        source=source_of(row),
        list_before=row["list_before"] or "",
        list_after=row["list_after"] or "",
        scope=row["scope"] or "",
        code=row["code"] or "",
        scheme=row["scheme"] or "",
        cas=row["cas"] or "",
        smiles=row["smiles"] or "",
        inchikey=row["inchikey"] or "",
        other_names=tuple(row["other_names"] or ()),
    )


def source_of(update: Mapping[str, Any]) -> Source:
    """Return how the entries of an accepted update cite it.

    Args:
        update: columns of `SUBSTANCE_LIST_VERSION`.
    """
    accepted = f"accepted by {update['accepted_by']} on {update['accepted_at']:%Y-%m-%d}"
    if update["act"] == "take-back":
        return Source(update["update"], f"update {update['update']}, taking back", accepted, "text at hand")
    edition = f", edition of {update['edition']}" if update["edition"] else ""
    citation = f"{update['file']}{edition} (SHA-256 {update['sha256'][:12]}), {accepted}"
    return Source(update["update"], f"update {update['update']}", citation, "text at hand")


@lru_cache(maxsize=4)
def _overlaid(changes: tuple[RegistryChange, ...]) -> Registry:
    return overlaid(load_registry(), changes)


@lru_cache(maxsize=4)
def _registry_at(file: Path) -> Registry:
    """Return the registry with the changes of a file; the file is named by its content, so it never goes stale."""
    return _overlaid(tuple(_read(json.loads(file.read_text("utf-8")))))


def _read(rows: Sequence[dict[str, Any]]) -> list[RegistryChange]:
    return [
        RegistryChange(
            **row
            | {"effective": date.fromisoformat(row["effective"]), "source": Source(**row["source"])}
            | {"other_names": tuple(row["other_names"])}
        )
        for row in rows
    ]
