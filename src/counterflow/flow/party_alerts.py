"""Alerts on stored parties: each pair of a name and a listed entry once, with what was decided about it.

A pair that many records bring is one matter. It is open until a person clears it; a clearing that no longer holds
(its last day is past, the entry or the rules changed) opens it again. Two people may confirm it instead
(`party_confirming`); it is shown as confirmed as long as that holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UsageError
from counterflow.screen.parties import clearings as kept
from counterflow.screen.parties.check import CLEARED, CONFIRMED, ID
from counterflow.screen.parties.settling import settle_clearings
from counterflow.screen.resources import latest_lists

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["STATES", "alerts", "clear", "clearings", "counts", "revoke"]

STATES = ("open", "confirmed", "cleared", "all")
#: a name so common that its likeness alone says nothing; it is told of on the record and is no alert
_COMMON = "listed-common-name"
_MOST = 200

#: findings on a confirmed pair have one beside them that says so; a pair is confirmed where each of its records has
_OWN = f"FILTER (f.code <> '{CONFIRMED}')"
_ON = "(f.source, f.record_id, f.part)"
_PAIRS = f"""
SELECT p.name, any_value(p.country) AS country, f.reference AS entity_id,
  split_part(any_value(f.reference_version), '@', 1) AS list, max(f.reference_text) AS listed_name,
  CASE WHEN count(DISTINCT {_ON}) FILTER (f.code = '{CONFIRMED}')
      >= greatest(1, count(DISTINCT {_ON}) FILTER (f.code NOT IN ('{CONFIRMED}', '{CLEARED}')))
    THEN '{CONFIRMED}' ELSE max(f.code) {_OWN} END AS code,
  coalesce(max(f.kind) {_OWN}, 'deterministic') AS kind,
  coalesce(max(f.strength) {_OWN}, max(f.strength)) AS strength,
  coalesce(max(f.sentence) FILTER (f.code = '{CONFIRMED}'), max(f.sentence)) AS sentence,
  string_agg(DISTINCT f.part, ', ' ORDER BY f.part) AS roles, count(DISTINCT (f.source, f.record_id)) AS records,
  min(f.source) AS source, arg_min(f.record_id, f.source || f.record_id) AS record_id,
  string_agg(DISTINCT p.born, '; ') AS born, max(p.identifier) AS identifier
FROM finding f JOIN party p ON p.source = f.source AND p.record_id = f.record_id AND p.role = f.part
  AND contains(p.name, f.matched)
WHERE f."check" = '{ID}' AND f.reference IS NOT NULL AND f.code <> '{_COMMON}'
GROUP BY p.name, f.reference
"""
_OPEN = f"code NOT IN ('{CLEARED}', '{CONFIRMED}')"
_OF_STATE = {
    "open": _OPEN, "confirmed": f"code = '{CONFIRMED}'", "cleared": f"code = '{CLEARED}'", "all": "true"
}  # fmt: skip
_ORDER = "kind <> 'deterministic', strength DESC, records DESC, name, entity_id"


def alerts(
    workspace: Workspace, *, state: str = "open", text: str = "", offset: int = 0, limit: int = 50
) -> dict[str, Any]:
    """Return pairs of a stored name and a listed entry, those that rest on equality first, then the most alike.

    Args:
        workspace: findings and parties.
        state: open | confirmed | cleared | all.
        text: part of the name or of the listed name.
        offset: pairs passed over.
        limit: pairs returned, 1 to 200.

    Returns:
        `total` and `rows`; each row has `records`, how many records bring the pair, and one of them.
    """
    if state not in STATES:
        raise UsageError(f"There is no state {state!r}.", hint=f"Give {', '.join(STATES)}.")
    if not (1 <= limit <= _MOST and offset >= 0):
        raise UsageError("This is no page.", hint=f"Give a limit from 1 to {_MOST} and an offset from 0.")
    asked = " ".join(text.split()).casefold()
    where = f"{_OF_STATE[state]} AND (contains(lower(name), ?) OR contains(lower(listed_name), ?))"
    found = workspace.store.rows(
        f"SELECT *, count(*) OVER () AS total FROM ({_PAIRS}) WHERE {where} ORDER BY {_ORDER} LIMIT ? OFFSET ?",
        [asked, asked, limit, offset],
    )
    rows = [{name: value for name, value in row.items() if name != "total"} for row in found]
    return {"total": int(str(found[0]["total"])) if found else 0, "rows": rows}


def counts(workspace: Workspace) -> dict[str, int]:
    """Return how many pairs are open, of them how many rest on equality, and how many are confirmed and cleared."""
    row = workspace.store.rows(
        f"SELECT count(*) FILTER ({_OPEN}) AS open, count(*) FILTER ({_OPEN} AND kind = 'deterministic') AS equal,"
        f" count(*) FILTER (code = '{CONFIRMED}') AS confirmed, count(*) FILTER (code = '{CLEARED}') AS cleared"
        f" FROM ({_PAIRS})"
    )[0]
    return {name: int(str(value)) for name, value in row.items()}


def clearings(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every clearing with its state today, the newest first."""
    today = workspace.clock().date()
    return [one.as_dict() for one in kept.clearings(workspace.store, latest_lists(workspace.store), today)]


def clear(
    workspace: Workspace, party: Mapping[str, str], entity: str, *, reason: str, person: str,
    until: dt.date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Have a person's word on record that a party is not a listed one, and bring stored findings into step.

    Args:
        workspace: where.
        party: `name`, and what a record must state to be meant: schema, born, country, identifier.
        entity: the entry that it is not.
        reason: what tells the two apart.
        person: who decides.
        until: last day; a year from today where None.

    Returns:
        The clearing, with `told`: what changed on stored records, in words.

    Raises:
        InputError: the name names nobody, a text is missing or too short, or the last day is past.
        UnknownName: there is no such entry.
    """
    told: list[str] = []
    done = kept.add_clearing(
        workspace, party.get("name") or "", entity, reason=reason, person=person,
        lists=latest_lists(workspace.store), until=until, schema=party.get("schema") or "",
        born=party.get("born") or "", country=party.get("country") or "", identifier=party.get("identifier") or "",
    )  # fmt: skip
    settle_clearings(workspace, tell=told.append)
    return done | {"told": told}


def revoke(workspace: Workspace, clearing: str, *, reason: str, person: str) -> dict[str, Any]:
    """Take a clearing or a confirmation back: the pair alerts again.

    Raises:
        UnknownName: there is no such clearing.
        InputError: it was revoked already, or reason or person is missing.
    """
    told: list[str] = []
    done = kept.revoke_clearing(workspace, clearing, reason=reason, person=person)
    settle_clearings(workspace, tell=told.append)
    return done | {"told": told}
