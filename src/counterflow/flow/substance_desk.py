"""Is this a controlled substance, where, since when; the same laid open, compared across places, and list by list.

What pages and programs show of substances: each function takes a workspace (for what its people accepted) and gives
plain data. An answer never says "not controlled": it says what was found, and how far the law held here goes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import UsageError
from counterflow.screen.substances.accepted import accepted_changes, registry_of
from counterflow.screen.substances.items import FIELDS
from counterflow.screen.substances.law import RANK, default_jurisdictions
from counterflow.screen.substances.lookup import SubstanceLookup
from counterflow.screen.substances.overview import find_substances, gaps, matrix, show
from counterflow.screen.substances.routes import read_route

if TYPE_CHECKING:
    from counterflow.reference.registry import Registry
    from counterflow.store.workspace import Workspace

__all__ = ["compare", "find_gaps", "lay_open", "look_up", "places_of", "rule_in_full", "rules", "update_in_full",
           "updates"]  # fmt: skip

#: verdicts, strongest first
_VERDICTS = tuple(sorted(RANK, key=lambda verdict: -RANK[verdict]))
_MOST_KEPT = 16
_kept: dict[tuple[str, dt.date, tuple[str, ...]], SubstanceLookup] = {}
#: substances compared at once
MOST_COMPARED = 40


def look_up(
    workspace: Workspace, item: Mapping[str, str], *, places: Sequence[str] = (), on: dt.date | None = None
) -> dict[str, Any]:
    """Answer one item: what it names, and what the law of each place makes of that on a day.

    Args:
        workspace: whose accepted updates count.
        item: any of text, name, cas, inchikey, smiles, hs.
        places: codes or names; every place whose own law is held where empty.
        on: the day; today where None.

    Returns:
        `on`, `places`, `coverage`, and `found`: a row for each substance, the strongest first, with its `verdict`,
        `spans` of the item (field, begin, end), the `places` of each verdict, and the `rows` of the law.

    Raises:
        UsageError: a field or a place that there is not.
    """
    unknown = sorted(set(item) - set(FIELDS))
    if unknown:
        raise UsageError(f"An item has no {', '.join(unknown)}.", hint=f"It has {', '.join(FIELDS)}.")
    look = _look(registry_of(workspace), on or workspace.clock().date(), tuple(places))
    rows = [asdict(row) for row in look.check(**{name: value for name, value in item.items() if value.strip()})]
    by_substance: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_substance.setdefault(row["substance"], []).append(row)
    found = [_found(substance, own, look.registry) for substance, own in by_substance.items()]
    found.sort(key=lambda one: -RANK[one["verdict"]])
    return {
        "item": dict(item), "on": look.on, "places": list(look.route), "found": found,
        "coverage": [{"place": code, "words": look.law.coverage(code)} for code in look.route],
    }  # fmt: skip


def _look(registry: Registry, on: dt.date, places: tuple[str, ...]) -> SubstanceLookup:
    """Return the look-up of a registry, a day and places; those of the last questions are kept."""
    key = registry.version, on, places
    look = _kept.get(key)
    if look is None:
        look = SubstanceLookup(on, places or None, registry)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = look
    return look


def _found(substance: str, rows: list[dict[str, Any]], registry: Registry) -> dict[str, Any]:
    rows.sort(key=lambda row: -RANK[row["verdict"]])
    known = registry.substances.get(substance)
    by_verdict = {
        verdict: list(dict.fromkeys(row["jurisdiction"] for row in rows if row["verdict"] == verdict))
        for verdict in _VERDICTS
    }
    return {
        "substance": substance, "name": known.name if known else "", "verdict": rows[0]["verdict"],
        "spans": _spans(rows), "places": {verdict: held for verdict, held in by_verdict.items() if any(held)},
        "rows": rows,
    }  # fmt: skip


def _spans(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where in the item it was met, each place once."""
    met = dict.fromkeys(span for row in rows for span in str(row["span"]).split())
    found = []
    for span in met:
        name, _, where = span.partition(":")
        begin, _, end = where.partition("-")
        if begin.isdigit() and end.isdigit():
            found.append({"field": name, "begin": int(begin), "end": int(end)})
    return found


def places_of(workspace: Workspace) -> list[dict[str, str]]:
    """Return the places whose own law is held, with code and name."""
    registry = registry_of(workspace)
    return [{"code": code, "name": registry.jurisdictions[code].name} for code in default_jurisdictions(registry)]


def lay_open(workspace: Workspace, asked: str, *, on: dt.date | None = None) -> list[dict[str, Any]]:
    """Return all that is held of what a name, an id or a CAS number stands for; more than one where a name is shared.

    Raises:
        UnknownName: nothing is called so, which does not make it uncontrolled.
    """
    registry, day = registry_of(workspace), on or workspace.clock().date()
    return [_opened(show(one, registry, day), day) for one in find_substances(asked, registry)]


def _opened(record: dict[str, Any], day: dt.date) -> dict[str, Any]:
    """Return the record with names that programs can use: the day stands beside, not in a key."""
    holds = f"holds on {day.isoformat()}"
    renamed = {name.replace(" ", "_").lower(): value for name, value in record.items()}
    renamed["controls"] = [
        {("holds" if name == holds else name.replace(" ", "_")): value for name, value in entry.items()}
        for entry in record["controls"]
    ]
    return renamed | {"on": day}


def compare(
    workspace: Workspace, names: Sequence[str], *, places: Sequence[str] = (), on: dt.date | None = None
) -> dict[str, Any]:
    """Return substances against places: in each cell the verdict, the list, since when, and how it was read.

    Raises:
        UnknownName: a name that no substance bears.
        UsageError: none or too many were named, or a place there is not.
    """
    if not 1 <= len(names) <= MOST_COMPARED:
        raise UsageError("Nothing is compared." if not names else f"{len(names)} substances are too many.",
                         hint=f"Name 1 to {MOST_COMPARED}.")  # fmt: skip
    registry, day = registry_of(workspace), on or workspace.clock().date()
    wanted = list(dict.fromkeys(one for name in names for one in find_substances(name, registry)))
    codes = read_route(list(places), registry) if places else default_jurisdictions(registry)
    cells = matrix(wanted, registry, day, codes)
    by_substance = {one: {cell["jurisdiction"]: cell for cell in cells if cell["substance"] == one} for one in wanted}
    return {
        "on": day, "places": list(codes),
        "rows": [
            {"substance": one, "name": registry.substances[one].name, "cells": by_substance[one]} for one in wanted
        ],
        "coverage": [{"place": code, "words": _covered(cells, code)} for code in codes],
    }  # fmt: skip


def _covered(cells: Iterable[Mapping[str, str]], code: str) -> str:
    return next((cell["coverage"] for cell in cells if cell["jurisdiction"] == code), "")


def find_gaps(workspace: Workspace, origin: str, destination: str, *, on: dt.date | None = None) -> dict[str, Any]:
    """Return what is listed or was seen at the destination and is not found in the law of the origin on a day.

    Raises:
        UsageError: a place there is not, or one whose own law is not held.
    """
    from counterflow.flow.watch_gaps import seen_in_counts
    from counterflow.screen.substances.law import Law
    from counterflow.screen.substances.sightings import seen_in_workspace

    registry, day = registry_of(workspace), on or workspace.clock().date()
    leaves, arrives = (read_route([place], registry)[0] for place in (origin, destination))
    seen = [*seen_in_workspace(workspace.store, registry), *seen_in_counts(workspace.store, registry)]
    rows = gaps(leaves, arrives, registry, day, seen)
    return {
        "on": day, "origin": leaves, "destination": arrives, "rows": rows,
        "coverage": Law(registry, day, (leaves, arrives)).coverage_in_short,
    }  # fmt: skip


def updates(workspace: Workspace) -> dict[str, Any]:
    """Return the instruments held with how far each goes, and the updates that people accepted, the latest first."""
    from counterflow.screen.substances.updates import listed_updates

    registry = registry_of(workspace)
    return {
        "registry": registry.version,
        "instruments": [
            {
                "instrument": one.id, "short": one.short, "place": one.jurisdiction, "coverage": one.coverage,
                "as_of": one.as_of, "words": one.coverage_text,
                "entries": sum(c.instrument == one.id for held in registry.controls.values() for c in held),
            }
            for one in registry.instruments.values()
        ],
        "updates": listed_updates(workspace)[::-1],
    }  # fmt: skip


def update_in_full(workspace: Workspace, update: str) -> dict[str, Any]:
    """Return one accepted update and every change it made.

    Raises:
        UnknownName: there is no such update.
    """
    from counterflow.core.errors import UnknownName
    from counterflow.screen.substances.updates import accepted_updates

    known = {str(row["update"]): row for row in accepted_updates(workspace)}
    if update not in known:
        raise UnknownName("update", update, known)
    changes = [
        {
            "change": one.change, "substance": one.substance, "name": one.name, "list_before": one.list_before,
            "list_after": one.list_after, "effective": one.effective, "code": one.code,
        }
        for one in accepted_changes(workspace.store, update=update)
    ]  # fmt: skip
    return {**known[update], "rows": changes}


def rules(*, on: dt.date | None = None) -> list[dict[str, Any]]:
    """Return the definitions by structure, a row for each and its period."""
    from counterflow.screen.substances import rule_pages

    return rule_pages.listed(rule_pages.chosen_rules(None, on))


def rule_in_full(rule: str) -> list[dict[str, Any]]:
    """Return all that one definition by structure says, statement by statement.

    Raises:
        UnknownName: there is no such rule.
    """
    from counterflow.screen.substances import rule_pages

    return rule_pages.described(rule_pages.chosen_rules(rule, None))
