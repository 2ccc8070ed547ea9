"""Looking one party up, or a few: what it meets on the lists in force, and one pair laid side by side.

An answer is a likeness of names, never a judgement of a person: it says which words met which, and beside that what
birth, place and papers say. A person decides.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UsageError
from counterflow.flow.party_confirming import confirmed_in_words
from counterflow.screen.parties.corroboration import FIELDS
from counterflow.screen.parties.kinds import SCHEMAS

if TYPE_CHECKING:
    from counterflow.screen.parties import PartyLookup
    from counterflow.store.workspace import Workspace

__all__ = ["KINDS_ASKED", "MOST_PARTIES", "beside", "look_of", "look_up", "lookup_words"]

#: kinds that a form offers
KINDS_ASKED = tuple(name for name in SCHEMAS if name in {"Person", "Organization", "Vessel"})
#: parties of one question
MOST_PARTIES = 10_000
#: entries shown for each
MOST_ENTRIES = 50
_LONGEST_NAME = 500

_STATE = (
    "SELECT (SELECT count(*) FROM list_version) AS lists, (SELECT max(loaded_at) FROM list_version) AS loaded,"
    " (SELECT count(*) FROM party_clearing) AS cleared, (SELECT count(*) FROM party_threshold) AS thresholds,"
    " (SELECT count(*) FROM party_clearing WHERE words IS NULL) AS erased"
)
_lock = threading.Lock()
_kept: weakref.WeakKeyDictionary[Workspace, tuple[object, PartyLookup]] = weakref.WeakKeyDictionary()


def look_of(workspace: Workspace) -> PartyLookup:
    """Return the look-up of a workspace; made again when a list, a clearing, a threshold or the day is another one.

    Raises:
        UsageError: no list is loaded.
    """
    from counterflow.screen.parties import PartyLookup

    state = tuple(workspace.store.rows(_STATE)[0].values()), workspace.clock().date()
    with _lock:
        held = _kept.get(workspace)
        if held is None or held[0] != state:
            held = state, PartyLookup.open(workspace)
            _kept[workspace] = held
        return held[1]


def lookup_words(workspace: Workspace) -> str:
    """Return which lists are asked and from which score parties alert; empty where no list is loaded."""
    if not workspace.store.rows("SELECT 1 AS one FROM list_version LIMIT 1"):
        return ""
    return look_of(workspace).in_words()


def look_up(workspace: Workspace, parties: Sequence[Mapping[str, str]], *, top: int = 10) -> dict[str, Any]:
    """Return for each party the listed entries most like it, best first.

    Args:
        workspace: lists, thresholds and clearings in force.
        parties: `name`, and any of `id`, `schema`, born, country, nationality, address, identifier.
        top: entries for each, 1 to 50.

    Returns:
        `words` (lists and thresholds), and `rows`: `id`, `rank`, `list`, `entity_id`, `score`, `corroboration`,
        `alert`, `listed_name`, `explanation`; `nobody`: ids of parties whose name names nobody.

    Raises:
        UsageError: no list is loaded, nobody or too many are asked about, or a field there is not.
    """
    from counterflow.screen.parties.asked import Parties

    if not 1 <= len(parties) <= MOST_PARTIES:
        raise UsageError(f"{len(parties)} parties are asked about.", hint=f"Give 1 to {MOST_PARTIES}.")
    if not 1 <= top <= MOST_ENTRIES:
        raise UsageError(f"{top} entries cannot be shown.", hint=f"Give 1 to {MOST_ENTRIES}.")
    for row in parties:
        _fits(row)
    look = look_of(workspace)
    asked = Parties.of(_table(parties))
    answer = look.screen(asked, top=top)
    words = asked.words.tokens
    ids = asked.ids or [str(place) for place in range(len(words))]
    renamed = {"query_id": "id", "alias": "listed_name"}
    rows = answer.rename_columns([renamed.get(name, name) for name in answer.column_names]).to_pylist()
    return {
        "words": look.in_words(),
        "rows": [row | {"alert": bool(row["alert"])} for row in rows],
        "nobody": [name for name, tokens in zip(ids, words, strict=True) if not tokens],
    }


def _fits(row: Mapping[str, str]) -> None:
    unknown = sorted(set(row) - {"id", "name", "schema", *FIELDS})
    if unknown:
        hint = f"It has name, id, schema, {', '.join(FIELDS)}."
        raise UsageError(f"A party has no {', '.join(unknown)}.", hint=hint)
    if len(row.get("name") or "") > _LONGEST_NAME:
        raise InputError("This name is too long.", hint=f"Give at most {_LONGEST_NAME} characters.", column="name")


def _table(parties: Sequence[Mapping[str, str]]) -> pa.Table:
    names = [name for name in ("schema", *FIELDS) if any(row.get(name) for row in parties)]
    columns = {
        "query_id": pa.array([row.get("id") or str(n) for n, row in enumerate(parties)], pa.string()),
        "query": pa.array([row.get("name") or "" for row in parties], pa.string()),
    }
    return pa.table(
        columns | {name: pa.array([row.get(name) or None for row in parties], pa.string()) for name in names}
    )


def beside(workspace: Workspace, party: Mapping[str, str], entity: str) -> dict[str, Any]:
    """Return a party and a listed entry word by word, with everything that the alert rests on, and who confirmed it.

    Args:
        workspace: lists, thresholds and clearings in force.
        party: `name`, and any of schema, born, country, nationality, address, identifier.
        entity: the entry, as ``ofac:12345``.

    Raises:
        InputError: the name names nobody.
        UnknownName: there is no such entry, or no such schema.
    """
    from counterflow.screen.parties.explain import explain

    _fits(party)
    facts = {name: party.get(name) or "" for name in FIELDS}
    told = explain(look_of(workspace), party.get("name") or "", entity, party.get("schema") or None, facts)
    listed_in = str(told["list"]).partition("@")[0]
    return told | {"confirmed": confirmed_in_words(workspace, party, listed_in, str(told["entity_id"]))}
