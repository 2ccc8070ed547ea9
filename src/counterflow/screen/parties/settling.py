"""Bringing stored findings into step with what people cleared: after screening, clearing, revoking, and with time.

The check itself knows no clearing, so that the same name always finds the same. Its findings on a cleared pair become
`listed-cleared`: they stay where they are, say who cleared the pair and until when, and neither make a record
mandatory nor enter a score. Where a clearing no longer holds, the party is screened again and alerts anew.

Beside a finding on a confirmed pair stands one of its own, `listed-confirmed`, as long as the confirmation holds and no
clearing covers the record: it is deterministic, so that it counts as a rule does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.matching.normalise import normalise_all
from counterflow.screen.again import screen_again
from counterflow.screen.parties.check import CLEARED, CONFIRMED, ID, make
from counterflow.screen.parties.clearings import Cleared, Clearing, cleared_now
from counterflow.screen.parties.corroboration import FIELDS
from counterflow.screen.parties.kinds import infer_kinds
from counterflow.screen.resources import resources_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["settle_clearings"]

_RUN = "clearings"
_MEANING = "cleared by a person: it does not alert"
_CONFIRMED_MEANING = "confirmed by two people: set by rule, not a likeness of names and not a probability"
_CONFIRMED_STRENGTH = 0.95  # as the same number on both
#: what tells one finding from another, and one on a confirmed pair from another
_KEY = ("source", "record_id", "part", "code", "reference", "sentence")
_TOLD = ("source", "record_id", "part", "reference", "sentence")
_SAME = " AND ".join(f"f.{name} = m.{name}" for name in _KEY)
#: each finding with the party it is on; a role that a record holds twice is told apart by the text that was met
_FOUND = (
    "SELECT DISTINCT f.source, f.record_id, f.part, f.code, f.reference, f.reference_version, f.matched, f.sentence,"
    " p.name, p.born, p.country, p.identifier, p.address FROM finding f JOIN party p"
    " ON p.source = f.source AND p.record_id = f.record_id AND p.role = f.part AND contains(p.name, f.matched)"
    f" WHERE f.\"check\" = '{ID}' AND f.reference IS NOT NULL"
)


def settle_clearings(workspace: Workspace, tell: Callable[[str], None] = lambda _: None) -> int:
    """Bring stored findings into step with what is cleared and confirmed today.

    Findings on cleared pairs are marked, those whose clearing no longer holds alert again, and beside those on
    confirmed pairs stands that they are.

    Returns:
        How many findings changed.
    """
    store = workspace.store
    if not store.rows("SELECT 1 AS one FROM party_clearing LIMIT 1"):
        return 0
    resources = resources_of(workspace)
    if not resources.lists:
        return 0
    today = workspace.clock().date()
    cleared = cleared_now(store, resources.versions, today)
    with store.transaction():
        before = _take_confirmed(store)
        ended = [row for row in store.rows(f"{_FOUND} AND f.code = '{CLEARED}'") if not _clearing_of(row, cleared)]
        if ended:
            screen_again(store, make(resources), _parties(ended), _RUN)
        changed = _mark(workspace, cleared)
        confirmed = len(before ^ _confirm(store, cleared_now(store, resources.versions, today, "confirm")))
    if ended:
        tell(f"{len(ended)} findings alert again: their clearing no longer holds.")
    if changed:
        tell(f"{changed} findings are on cleared pairs and do not alert.")
    if confirmed:
        tell(f"{confirmed} findings say, or say no more, that two people confirmed a pair.")
    return len(ended) + changed + confirmed


def _take_confirmed(store: Store) -> set[tuple[str, ...]]:
    """Take every finding on a confirmed pair away and return what each was; those that still hold come back."""
    which = f"FROM finding WHERE \"check\" = '{ID}' AND code = '{CONFIRMED}'"
    rows = store.rows(f"SELECT {', '.join(_TOLD)} {which}")
    if rows:
        store.execute(f"DELETE {which}")
    return {tuple(str(row[name]) for name in _TOLD) for row in rows}


def _confirm(store: Store, confirmed: Cleared) -> set[tuple[str, ...]]:
    """Put a finding of its own beside each on a confirmed pair that nobody cleared; return what each is."""
    open_ones = _on_entries(store, confirmed)
    marks: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in open_ones:
        if held := _clearing_of(row, confirmed):
            words = f"C{held.in_words('confirmed')[1:]}. {row['sentence']}"
            key = tuple(str(row[name]) for name in ("source", "record_id", "part", "reference", "matched"))
            marks.setdefault(key, {name: row[name] for name in _KEY} | {"words": words})
    if marks:
        store.execute(
            f"INSERT INTO finding SELECT DISTINCT f.* REPLACE ('{CONFIRMED}' AS code, 'deterministic' AS kind,"
            f" {_CONFIRMED_STRENGTH} AS strength, '{_CONFIRMED_MEANING}' AS meaning, m.words AS sentence)"
            f" FROM finding f JOIN marks m ON f.\"check\" = '{ID}' AND {_SAME}",
            marks=pa.Table.from_pylist(list(marks.values())),
        )
    return {tuple(str(mark["words" if name == "sentence" else name]) for name in _TOLD) for mark in marks.values()}


def _on_entries(store: Store, judged: Cleared) -> list[dict[str, Any]]:
    """Return findings on the entries of some judgements, but those on cleared pairs."""
    entries = sorted({entry for _, entry in judged.by_entry})
    if not entries:
        return []
    return store.rows(
        f"{_FOUND} AND f.code <> '{CLEARED}' AND f.reference IN (SELECT entry_id FROM entries)",
        entries=pa.table({"entry_id": pa.array(entries, pa.string())}),
    )


def _mark(workspace: Workspace, cleared: Cleared) -> int:
    store = workspace.store
    marks = [
        {name: row[name] for name in _KEY} | {"words": f"C{clearing.in_words()[1:]}. {row['sentence']}"}
        for row in _on_entries(store, cleared)
        if (clearing := _clearing_of(row, cleared))
    ]
    if marks:
        store.execute(
            f"UPDATE finding f SET code = '{CLEARED}', kind = 'deterministic', strength = 0.001,"
            f" meaning = '{_MEANING}', sentence = m.words FROM marks m WHERE f.\"check\" = '{ID}' AND {_SAME}",
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
