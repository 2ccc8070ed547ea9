"""Accepting what a list changes: by a named person, from a day on; taking it back; and what was accepted so far.

What is accepted is kept in the workspace (tables `substance_list_version` and `substance_change`) and sealed in the
ledger by its id, counts and digests. Nothing is ever deleted: taking an update back is an update of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.core.tables import SUBSTANCE_CHANGE, SUBSTANCE_LIST_VERSION
from counterflow.reference.csv_files import Source
from counterflow.reference.registry import Registry, load_registry
from counterflow.reference.registry_overlay import (
    ADDED,
    MOVED,
    REMOVED,
    RENAMED,
    RegistryChange,
    overlaid,
    taken_back,
    takes_effect,
)
from counterflow.screen.substances.accepted import accepted_changes, registry_of, source_of
from counterflow.screen.substances.updates.compare import UNSURE
from counterflow.screen.substances.updates.proposal import Change, Proposal
from counterflow.store.workspace import Workspace

__all__ = ["Accepted", "accept", "accepted_updates", "listed_updates", "take_back"]

#: A list that ends more than this share of an instrument's entries is more often the wrong file than the law.
_MOST_ENDED = 0.20
_FEW = 5
_LONGEST_PERSON = 120


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of an update: its id, how many changes of each kind, and the registry's version from now on."""

    update: str
    instrument: str
    effective: date
    changes: Mapping[str, int]
    registry: str

    def row(self) -> dict[str, Any]:
        """Return it as one row of a table."""
        kinds = {kind: self.changes.get(kind, 0) for kind in (ADDED, REMOVED, MOVED, RENAMED)}
        day = self.effective.isoformat()
        return {"update": self.update, "instrument": self.instrument, "effective": day, **kinds,
                "registry": self.registry}  # fmt: skip


def accept(
    workspace: Workspace,
    proposal: Proposal,
    changes: Sequence[Change],
    *,
    by: str,
    effective: date,
    force: bool = False,
) -> Accepted:
    """Keep changes of a proposal from a day on.

    Args:
        workspace: where they are kept.
        proposal: made from the workspace's registry of this moment.
        changes: those of its changes that are accepted; unsure ones must be picked by a person as removed (`picked`).
        by: who accepts.
        effective: first day on which they hold.
        force: accept although rows could not be understood, or a great part of the instrument would end.

    Raises:
        UsageError: nobody is named, nothing is to be accepted, or an added line says no list.
        InputError: rows could not be understood, too much would end, or a change would change nothing on that day.
    """
    person = _person(by)
    kept = [change for change in changes if change.difference.change != UNSURE]
    _require_acceptable(proposal, kept, force=force)
    now, official = workspace.clock(), proposal.official
    version = {
        "act": "accept", "takes_back": "", "instrument": proposal.instrument, "version": official.version,
        "sha256": official.sha256, "file": official.file, "edition": proposal.day, "retrieved": now,
        "rows": official.rows, "accepted": proposal.understood, "rejected": len(proposal.rejected),
        "effective": effective, "accepted_by": person, "accepted_at": now, "registry": proposal.registry,
    }  # fmt: skip
    version["update"] = _id(version, [change.row() for change in kept])
    made = [_registry_change(change, proposal.instrument, effective, source_of(version)) for change in kept]
    _require_effect(registry_of(workspace), made)
    return _keep(workspace, version, made, {c.substance for c in kept if c.is_new})


def take_back(workspace: Workspace, update: str, *, by: str, effective: date) -> Accepted:
    """Undo an accepted update from a day on, by an update of its own.

    Args:
        workspace: where it was accepted.
        update: its id, or its beginning.
        by: who takes it back.
        effective: first day on which its changes no longer hold.

    Raises:
        UnknownName: no update begins so.
        UsageError: it was taken back before.
        InputError: a change would change nothing on that day.
    """
    person, found = _person(by), _find(workspace, update)
    id_ = str(found["update"])
    if any(row["takes_back"] == id_ for row in accepted_updates(workspace)):
        raise UsageError(f"The update {id_} was taken back before.", hint="`substances update` lists them.")
    now = workspace.clock()
    same = ("instrument", "version", "sha256", "file", "edition", "rows", "accepted", "rejected")
    version = {key: found[key] for key in same} | {
        "act": "take-back", "takes_back": id_, "retrieved": now, "effective": effective, "accepted_by": person,
        "accepted_at": now, "registry": registry_of(workspace).version,
    }  # fmt: skip
    version["update"] = _id(version, [id_])
    made = taken_back(accepted_changes(workspace.store, update=id_), effective, source_of(version))
    if not made:
        raise UsageError(f"The update {id_} only brought names.", hint="A name that was once read stays readable.")
    _require_effect(registry_of(workspace), made)
    return _keep(workspace, version, made, set())


def accepted_updates(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the updates accepted in this workspace, in the order in which they were."""
    return workspace.store.rows("SELECT * FROM substance_list_version ORDER BY ordinal")


def listed_updates(workspace: Workspace, shipped: Registry | None = None) -> list[dict[str, Any]]:
    """Return the accepted updates, each with how many of its changes the registry as shipped today leaves to it.

    A later version of the program may have ended, moved or added an entry by itself: `in_effect` tells how many changes
    still change anything, in the order in which they were accepted.

    Args:
        workspace: where they were accepted.
        shipped: the registry to lay them over; that of this installation where None.
    """
    registry, rows = shipped or load_registry(), []
    for row in accepted_updates(workspace):
        changes = accepted_changes(workspace.store, update=str(row["update"]))
        in_effect = sum(takes_effect(registry, change) for change in changes)
        registry = overlaid(registry, changes)
        rows.append(row | {"in_effect": in_effect})
    return rows


def _person(by: str) -> str:
    name = " ".join(by.split())
    if not name or len(name) > _LONGEST_PERSON:
        raise UsageError("Nobody is named who accepts this.", hint="Give --by NAME.")
    return name


def _require_acceptable(proposal: Proposal, changes: Sequence[Change], *, force: bool) -> None:
    if not changes:
        raise UsageError("There is nothing to accept.", hint="The registry has what was chosen of this list.")
    for change in changes:
        after = change.difference.after
        if change.difference.change == ADDED and after and not after.list:
            raise InputError(
                f"The list says no schedule for {change.name!r}.", hint="Give --list, or an edition that says it.",
                file=proposal.official.file, line=after.line,
            )  # fmt: skip
    if force:
        return
    ended = sum(change.difference.change == REMOVED for change in changes)
    if ended and proposal.rejected:
        first = proposal.rejected[0]
        raise InputError(
            f"{len(proposal.rejected)} rows could not be understood, and {ended} entries would end that may stand"
            f" there: {first.reason}.",
            hint="Mend the file, leave out what is removed (--only added …), or --force.",
            file=proposal.official.file,
            line=first.line,
        )
    if ended > max(_FEW, _MOST_ENDED * proposal.held):
        raise InputError(
            f"{ended} of {proposal.held} entries of {proposal.instrument} would end.",
            hint="Is it the whole list? Choose with --only or --pick; --force where it is right.",
            file=proposal.official.file,
        )


def _registry_change(change: Change, instrument: str, effective: date, source: Source) -> RegistryChange:
    before, after = change.difference.before, change.difference.after
    return RegistryChange(
        change=change.difference.change,
        instrument=instrument,
        substance=change.substance,
        name=change.name,
        effective=effective,
        source=source,
        list_before=before.list if before else "",
        list_after=after.list if after else "",
        scope=before.scope if before else "",
        code=after.code if after else "",
        scheme=after.scheme if after else "",
        cas=after.cas if after else "",
        other_names=after.other_names if after and change.is_new else (),
        smiles=after.smiles if after and change.is_new else "",
        inchikey=after.inchikey if after and change.is_new else "",
    )


def _require_effect(registry: Registry, changes: Sequence[RegistryChange]) -> None:
    """Raise InputError where a change would change nothing: its entry does not hold on that day."""
    for change in changes:
        if not takes_effect(registry, change):
            state = "holds already" if change.change == ADDED else "does not hold then"
            raise InputError(
                f"{change.name} ({change.list_before or change.list_after}) cannot be {change.change} from"
                f" {change.effective}: its entry {state}.",
                hint="Choose another effective date, or leave it out.",
            )


def _id(version: Mapping[str, Any], changes: Sequence[Any]) -> str:
    said = json.dumps([version, changes], sort_keys=True, default=_plain)
    return f"U-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _find(workspace: Workspace, update: str) -> dict[str, Any]:
    rows = accepted_updates(workspace)
    found = [row for row in rows if update and str(row["update"]).startswith(update)]
    if len(found) != 1:
        raise UnknownName("update", update, [str(row["update"]) for row in rows])
    return found[0]


def _keep(workspace: Workspace, version: dict[str, Any], changes: Sequence[RegistryChange], new: set[str]) -> Accepted:
    """Write an update to the tables and the ledger, all or nothing."""
    update, counts = str(version["update"]), Counter(change.change for change in changes)
    rows = [
        {name: getattr(change, name) for name in SUBSTANCE_CHANGE.names if hasattr(change, name)}
        | {"update": update, "number": number, "is_new": change.substance in new}
        for number, change in enumerate(changes, 1)
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(rows, sort_keys=True, default=_plain).encode()).hexdigest()
    body = {
        "update": update, "act": version["act"], "instrument": version["instrument"], "file_sha256": version["sha256"],
        "effective": version["effective"].isoformat(), "changes": dict(counts), "changes_sha256": digest,
        "takes_back": version["takes_back"],
    }  # fmt: skip
    said = version | {"changes": len(changes), "ordinal": len(accepted_updates(workspace)) + 1}
    kept = pa.Table.from_pylist([said], schema=SUBSTANCE_LIST_VERSION)
    with workspace.store.transaction():
        workspace.store.append("substance_list_version", kept)
        workspace.store.append("substance_change", pa.Table.from_pylist(rows, schema=SUBSTANCE_CHANGE))
        workspace.ledger.append("substance-update", body)
    registry = registry_of(workspace)
    return Accepted(update, str(version["instrument"]), version["effective"], counts, registry.version)
