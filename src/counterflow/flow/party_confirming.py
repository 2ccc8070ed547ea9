"""Saying that a party is the listed one: one person asks with a ground, another agrees, and then it counts as a rule.

A confirmation stands in the table of clearings and holds as one does: until its last day, until it is taken back, and
until the entry on the list changes. See `screen.parties.clearings` and `screen.parties.settling`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties import clearings as kept
from counterflow.screen.parties.kinds import infer_kinds, kind_of_schema
from counterflow.screen.parties.settling import settle_clearings
from counterflow.screen.resources import latest_lists

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["agreed_confirmation", "confirmations", "confirmed_in_words", "judges_of", "request"]

_PARTY = ("name", "schema", "born", "country", "identifier")


def confirmations(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every confirmation with its state today, the newest first."""
    today, lists = workspace.clock().date(), latest_lists(workspace.store)
    return [one.as_dict() for one in kept.clearings(workspace.store, lists, today, "confirm")]


def confirmed_in_words(workspace: Workspace, party: Mapping[str, str], list_name: str, entity: str) -> str:
    """Return who confirmed a party to be this entry, until when, and why; empty where nobody did."""
    today, lists = workspace.clock().date(), latest_lists(workspace.store)
    held = kept.cleared_now(workspace.store, lists, today, "confirm")
    if not held:
        return ""
    (words,) = normalise_all([party.get("name") or ""])
    kind = kind_of_schema(party.get("schema")) if party.get("schema") else int(infer_kinds([words])[0])
    found = held.of(" ".join(words), kind, party, list_name, entity)
    return found.in_words("confirmed") if found else ""


def request(
    workspace: Workspace, party: Mapping[str, str], entity: str, *, reason: str, until: dt.date | None = None
) -> tuple[str, dict[str, Any]]:
    """Return subject and payload of a request to confirm a pair; what could not be confirmed is refused now.

    Args:
        workspace: where.
        party: `name`, and what a record must state to be meant: schema, born, country, identifier.
        entity: the entry that it is.
        reason: what shows it.
        until: last day; a year from the day of agreement where None.

    Raises:
        InputError: the name names nobody, the reason is too short, the last day is past, or the pair was judged.
        UnknownName: there is no such entry.
    """
    means = {name: str(party.get(name) or "").strip() for name in _PARTY if party.get(name)}
    _fits(workspace, means, entity, reason, until)
    return entity, {"party": means, "reason": reason, "until": until.isoformat() if until else ""}


def judges_of(workspace: Workspace, subject: str, payload: Mapping[str, Any]) -> list[str]:
    """Return nobody: no earlier decision is in question. What could not be confirmed is refused before anybody waits.

    Raises:
        InputError: what is asked could not be confirmed.
        UnknownName: there is no such entry.
    """
    party, reason, until = _read(payload)
    _fits(workspace, party, subject, reason, until)
    return []


def _fits(workspace: Workspace, party: Mapping[str, str], entity: str, reason: str, until: dt.date | None) -> None:
    lists = latest_lists(workspace.store)
    kept.judged_row(
        workspace, party, entity, act="confirm", reason=reason, person="two people", lists=lists, until=until
    )


def _read(payload: Mapping[str, Any]) -> tuple[dict[str, str], str, dt.date | None]:
    party = {str(name): str(value) for name, value in payload["party"].items()}
    unknown = sorted(set(party) - set(_PARTY))
    if unknown:
        hint = f"It has {', '.join(_PARTY)}."
        raise InputError(f"A confirmed party has no {unknown[0]}.", hint=hint, column="party", value=unknown[0])
    until = payload.get("until") or ""
    return party, str(payload["reason"]), dt.date.fromisoformat(until) if until else None


def agreed_confirmation(
    workspace: Workspace, subject: str, payload: Mapping[str, Any], *, asked_by: str, agreed_by: str, ground: str
) -> dict[str, Any]:
    """Write down what one person asked for and another agreed to, and bring stored findings into step.

    Args:
        workspace: where.
        subject: the entry.
        payload: `party`, `reason`, `until`, as `request` gives them.
        asked_by: who asked.
        agreed_by: who agreed.
        ground: why it was asked for; it stands with the request, `reason` with the confirmation.

    Returns:
        Id and last day of the confirmation, and how many findings changed.
    """
    del ground
    party, reason, until = _read(payload)
    done = kept.add_clearing(
        workspace, party.get("name", ""), subject, reason=reason, person=f"{asked_by} and {agreed_by}",
        lists=latest_lists(workspace.store), until=until, schema=party.get("schema", ""), born=party.get("born", ""),
        country=party.get("country", ""), identifier=party.get("identifier", ""), act="confirm",
    )  # fmt: skip
    changed = settle_clearings(workspace)
    return {"confirmation": done["clearing"], "until": done["until"].isoformat(), "findings": changed}
