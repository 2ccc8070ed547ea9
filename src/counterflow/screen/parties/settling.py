"""Bringing stored findings into step with what people cleared: after screening, clearing, revoking, and with time.

The check itself knows no clearing, so that the same name always finds the same. Its findings on a cleared pair become
`listed-cleared`: they stay where they are, say who cleared the pair and until when, and neither make a record
mandatory nor enter a score. Where a clearing no longer holds, the party is screened again and alerts anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.matching.normalise import normalise_all
from counterflow.screen.again import screen_again
from counterflow.screen.parties.check import CLEARED, ID, make
from counterflow.screen.parties.clearings import Cleared, Clearing, cleared_now
from counterflow.screen.parties.corroboration import FIELDS
from counterflow.screen.parties.kinds import infer_kinds
from counterflow.screen.resources import resources_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["settle_clearings"]

_RUN = "clearings"
_MEANING = "cleared by a person: it does not alert"
#: each finding with the party it is on; a role that a record holds twice is told apart by the text that was met
_FOUND = (
    "SELECT DISTINCT f.source, f.record_id, f.part, f.code, f.reference, f.reference_version, f.matched, f.sentence,"
    " p.name, p.born, p.country, p.identifier, p.address FROM finding f JOIN party p"
    " ON p.source = f.source AND p.record_id = f.record_id AND p.role = f.part AND contains(p.name, f.matched)"
    f" WHERE f.\"check\" = '{ID}' AND f.reference IS NOT NULL"
)


def settle_clearings(workspace: Workspace, tell: Callable[[str], None] = lambda _: None) -> int:
    """Mark findings on cleared pairs as cleared, and let those alert again whose clearing no longer holds.

    Returns:
        How many findings changed.
    """
    store = workspace.store
    if not store.rows("SELECT 1 AS one FROM party_clearing LIMIT 1"):
        return 0
    resources = resources_of(workspace)
    if not resources.lists:
        return 0
    cleared = cleared_now(store, resources.versions, workspace.clock().date())
    with store.transaction():
        ended = [row for row in store.rows(f"{_FOUND} AND f.code = '{CLEARED}'") if not _clearing_of(row, cleared)]
        if ended:
            screen_again(store, make(resources), _parties(ended), _RUN)
        changed = _mark(workspace, cleared)
    if ended:
        tell(f"{len(ended)} findings alert again: their clearing no longer holds.")
    if changed:
        tell(f"{changed} findings are on cleared pairs and do not alert.")
    return len(ended) + changed


def _mark(workspace: Workspace, cleared: Cleared) -> int:
    entries = sorted({entry for _, entry in cleared.by_entry})
    if not entries:
        return 0
    store = workspace.store
    open_ones = store.rows(
        f"{_FOUND} AND f.code <> '{CLEARED}' AND f.reference IN (SELECT entry_id FROM entries)",
        entries=pa.table({"entry_id": pa.array(entries, pa.string())}),
    )
    marks = [
        {name: row[name] for name in ("source", "record_id", "part", "code", "reference", "sentence")}
        | {"words": f"C{clearing.in_words()[1:]}. {row['sentence']}"}
        for row in open_ones
        if (clearing := _clearing_of(row, cleared))
    ]
    if marks:
        same = " AND ".join(
            f"f.{name} = m.{name}" for name in ("source", "record_id", "part", "code", "reference", "sentence")
        )
        store.execute(
            f"UPDATE finding f SET code = '{CLEARED}', kind = 'deterministic', strength = 0.001,"
            f" meaning = '{_MEANING}', sentence = m.words FROM marks m WHERE f.\"check\" = '{ID}' AND {same}",
            marks=pa.Table.from_pylist(marks),
        )
    return len(marks)


def _clearing_of(row: Mapping[str, Any], cleared: Cleared) -> Clearing | None:
    list_name = str(row["reference_version"]).partition("@")[0]
    if (list_name, row["reference"]) not in cleared.by_entry:
        return None
    words = normalise_all([row["name"]])
    facts = {name: row.get(name) for name in FIELDS}
    return cleared.of(" ".join(words[0]), int(infer_kinds(words)[0]), facts, list_name, row["reference"])


def _parties(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[name] for row in rows], pa.string()) for name in ("source", "record_id", "part")}
    )
