"""Sealing an action: before its first day, or within a day where it could not wait, or late and listed apart."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.actions.forecast import Forecast, from_estimate
from counterflow.account.actions.plan import Action, digest_of
from counterflow.account.actions.terms import EMERGENCY
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.estimate import Estimate
from counterflow.core.tables import ACTION

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["action_named", "as_emergency", "as_late", "list_actions", "seal_action"]

_SHORTEST_REASON = 8


def seal_action(workspace: Workspace, action: Action) -> dict[str, Any]:
    """Seal `action` in the ledger and store it; sealing the same one again changes nothing. Return its row.

    Raises:
        InputError: it has no forecast, it has started, or another action was sealed under its id.
    """
    known = workspace.store.rows("SELECT * FROM action WHERE action = ?", [action.action])
    if known:
        if known[0]["form"] and digest_of(known[0]) == action.digest():
            return known[0]
        raise InputError(
            f"Another action was sealed as {action.action!r} on {known[0]['sealed_at']}.",
            hint="A sealed action is never changed; give the new plan its own id.",
            column="action",
        )
    if action.standing == "sealed" and not any(one.by in {"agency", "model"} for one in action.forecasts):
        hint = "Write [[forecast]] with measure, low, high, level, unit, method, source, as_of; or --forecast FILE."
        raise InputError("An action without a forecast cannot be judged.", column="forecast", hint=hint)
    with workspace.store.transaction():
        entry = _sealed_entry(workspace, action)
        row = action.as_row() | {"sealed_seq": entry.seq, "sealed_at": entry.time}
        workspace.store.append("action", pa.Table.from_pylist([row], schema=ACTION))
    return row


def _sealed_entry(workspace: Workspace, action: Action) -> Entry:
    """Return the ledger's entry for it: a new one, or that of an earlier try that got no further."""
    digest, key = action.digest(), f"action:{action.digest()}"
    if action.standing != "sealed" or workspace.clock().date() < action.starts:
        return workspace.ledger.append("action", action.sealed_body(), key=key)
    for entry in workspace.ledger.entries("action"):
        if entry.body.get("sha256") == digest:
            return entry
    raise InputError(
        f"The action starts on {action.starts}; it is too late to seal it.",
        hint="A forecast made after the start proves nothing. An emergency may be sealed within 24 hours"
        " (--emergency --reason WORDS); anything later goes on record as late (--late --reason WORDS).",
        column="starts",
        value=action.starts,
    )


def as_emergency(action: Action, reason: str, now: dt.datetime) -> Action:
    """Return it as an emergency: sealed within 24 hours of its start, and marked unforecast whatever it forecasts.

    Raises:
        InputError: it has not begun or began more than 24 hours ago, or no reason is given.
    """
    hint = "Write when it began, as started_at = 2026-04-01T22:30:00Z; its day is `starts`."
    if action.started_at is None or action.started_at.date() != action.starts:
        raise InputError("An emergency says when it began.", column="started_at", value=action.started_at, hint=hint)
    if now < action.started_at:
        raise InputError("It has not begun.", column="started_at", value=action.started_at,
                         hint="Seal it with its forecast before it starts.")  # fmt: skip
    if now - action.started_at > EMERGENCY:
        raise InputError("An emergency is sealed within 24 hours of its start.", column="started_at",
                         value=action.started_at, hint="Put it on record as late: --late --reason WORDS.")  # fmt: skip
    return replace(action, standing="unforecast", reason=_reason(reason or action.reason))


def as_late(action: Action, reason: str, now: dt.datetime) -> Action:
    """Return it as put on record after it began: listed apart, and counted as without a forecast.

    Raises:
        InputError: it has not begun, or no reason is given.
    """
    if now.date() < action.starts:
        raise InputError("It is not late.", column="starts", value=action.starts,
                         hint="Seal it with its forecast: leave --late out.")  # fmt: skip
    return replace(action, standing="late", reason=_reason(reason or action.reason))


def _reason(words: str) -> str:
    plain = " ".join(words.split())
    if len(plain) < _SHORTEST_REASON:
        hint = "Give --reason in words that another person can follow."
        raise InputError("Why could it not be sealed before?", column="reason", value=plain or None, hint=hint)
    return plain


def list_actions(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all actions by first day.

    Each has `forecasts` (list of `Forecast`), `counts` and `possible_targets` as dictionaries, and `intact`: are its
    words still those that were sealed?
    """
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT * FROM action ORDER BY starts, action")
    return [_read(workspace, row) for row in rows]


def action_named(workspace: Workspace, action: str) -> dict[str, Any]:
    """Return one action as `list_actions` does.

    Raises:
        UnknownName: there is none of this id.
    """
    found = workspace.store.rows("SELECT * FROM action WHERE action = ?", [action])
    if not found:
        known = [str(row["action"]) for row in workspace.store.rows("SELECT action FROM action")]
        raise UnknownName("action", action, known)
    return _read(workspace, dict(found[0]))


def _read(workspace: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    sealed = workspace.ledger.entry(row["sealed_seq"]).body.get("sha256") if row["sealed_seq"] else None
    intact = sealed == digest_of(row)
    made = {"forecasts": _forecasts(row), "intact": intact, "standing": row["standing"] or "sealed"}
    made |= {name: json.loads(row[name] or "{}") for name in ("counts", "possible_targets")}
    empty = {name: row[name] or "" for name in ("area", "place_words", "design", "reason")}
    kept = {name: value for name, value in row.items() if name not in ("forecast", "form")}
    return kept | empty | made | {"substance_class": row["substance_class"] or "all"}


def _forecasts(row: dict[str, Any]) -> list[Forecast]:
    """Return the forecasts of a row of either form; none where its words were changed beyond reading."""
    try:
        tree = json.loads(row["forecast"])
        if row["form"]:
            return [Forecast.of_row(one) for one in tree]
        told = Estimate(**(tree | {"as_of": dt.date.fromisoformat(tree["as_of"])}))
        return [from_estimate(told, "other", row["starts"], row["ends"])]
    except (ValueError, TypeError, KeyError):
        return []
