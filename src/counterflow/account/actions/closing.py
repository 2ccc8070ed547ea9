"""Closing an action: when it really took place, what was done, and what came in, as pure mass between bounds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.actions.acts import named, seal_act
from counterflow.account.actions.plan import read_toml
from counterflow.account.actions.sealing import action_named
from counterflow.account.actions.terms import MEASURES
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import ACTION_CLOSE

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Closing", "close_action", "closing_of", "read_closing"]

_KEYS = ("starts", "ends", "done", "cancelled", "seized", "observed")
_SEIZED = ("substance", "mass_kg", "purity", "purity_low", "purity_high", "source")
_OBSERVED = ("measure", "value", "unit", "source")


@dataclass(frozen=True, slots=True)
class Closing:
    """What was done.

    Args:
        cancelled: it never took place.
        starts: its first day as it was; None where it was cancelled.
        ends: its last day.
        done: in words.
        seized: rows with substance, mass_kg, pure_low_kg, pure_high_kg (None where the purity is not known), source.
        observed: rows with measure, value, unit, source: what the agency itself counted.
    """

    cancelled: bool
    starts: dt.date | None
    ends: dt.date | None
    done: str
    seized: tuple[dict[str, Any], ...] = ()
    observed: tuple[dict[str, Any], ...] = ()


def read_closing(path: Path, text: str | None = None) -> Closing:
    """Read what was done from a TOML file, or from the text that was sent under its name.

    Raises:
        InputError: a key is missing, unknown or of another type, or dates or purities are crossed.
    """
    tree = read_toml(path, text)
    _known(tree, _KEYS, path)
    done, cancelled = tree.get("done"), tree.get("cancelled", False)
    if not isinstance(done, str) or not done.strip():
        raise InputError("What was done?", file=path, column="done", value=done, hint="Say it in words.")
    if not isinstance(cancelled, bool):
        raise InputError("This is true or false.", file=path, column="cancelled", value=cancelled)
    days = [tree.get(name) for name in ("starts", "ends")]
    if cancelled:
        if any(days) or "seized" in tree or "observed" in tree:
            raise InputError("What was cancelled has no days and no outputs.", file=path, column="cancelled")
        return Closing(True, None, None, done.strip())
    for name, day in zip(("starts", "ends"), days, strict=True):
        if type(day) is not dt.date:
            hint = f"Write it without quotes, as {name} = 2026-04-01."
            raise InputError("When did it really take place?", file=path, column=name, value=day, hint=hint)
    starts, ends = days
    if starts is None or ends is None or ends < starts:
        raise InputError("It ended before it started.", file=path, column="ends", value=ends)
    seized = tuple(_seized(row, path) for row in tree.get("seized", []))
    observed = tuple(_observed(row, path) for row in tree.get("observed", []))
    return Closing(False, starts, ends, done.strip(), seized, observed)


def _known(tree: object, keys: tuple[str, ...], path: Path) -> None:
    if not isinstance(tree, Mapping):
        raise InputError("This is no table.", file=path, hint=f"It has {', '.join(keys)}.")
    for name in tree:
        if name not in keys:
            raise UnknownName("key of a closing", name, keys, file=path)


def _seized(row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return one seizure, its pure mass between bounds.

    Pure mass = mass x purity; a purity that nobody measured gives none, never an assumed one.
    """
    _known(row, _SEIZED, path)
    for name in ("substance", "source"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise InputError("A seizure needs this, in words.", file=path, column=f"seized.{name}", value=row.get(name))
    mass = _number(row, "mass_kg", path)
    low, high = (row.get(name, row.get("purity")) for name in ("purity_low", "purity_high"))
    if (low is None) != (high is None):
        raise InputError("Give both ends of the purity.", file=path, column="seized.purity_high", value=high)
    bounds: tuple[float | None, float | None] = (None, None)
    if low is not None:
        ends = [_share(value, path) for value in (low, high)]
        if ends[1] < ends[0]:
            raise InputError("The ends of the purity are crossed.", file=path, column="seized.purity_high", value=high)
        bounds = (mass * ends[0], mass * ends[1])
    return {"substance": row["substance"].strip(), "mass_kg": mass, "pure_low_kg": bounds[0],
            "pure_high_kg": bounds[1], "source": row["source"].strip()}  # fmt: skip


def _share(value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        hint = "Write 0.12 for twelve per cent."
        raise InputError("A purity lies between 0 and 1.", file=path, column="seized.purity", value=value, hint=hint)
    return float(value)


def _number(row: Mapping[str, Any], name: str, path: Path) -> float:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError("This is a number from 0.", file=path, column=name, value=value)
    return float(value)


def _observed(row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    _known(row, _OBSERVED, path)
    if row.get("measure") not in MEASURES:
        raise UnknownName("measure", str(row.get("measure")), MEASURES, file=path)
    if not isinstance(row.get("source"), str) or not row["source"].strip():
        raise InputError("Where does it stand?", file=path, column="observed.source", value=row.get("source"))
    value = row.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("This is a number.", file=path, column="observed.value", value=value)
    return {"measure": row["measure"], "value": float(value), "unit": str(row.get("unit", "")), "source": row["source"]}


def close_action(workspace: Workspace, action: str, closing: Closing, *, person: str) -> dict[str, Any]:
    """Close an action; return its row. Closed once: what comes later is for its evaluation.

    Raises:
        InputError: it is closed, or its last day is still to come.
    """
    who, row = named(person), action_named(workspace, action)
    if closing_of(workspace, action) is not None:
        raise InputError(
            "This action is closed.", column="action", value=action, hint="Score it: account action score."
        )
    today = workspace.clock().date()
    last = closing.ends or today
    if last > today:
        hint = "Close it when it is over, or as cancelled = true where it will not take place."
        raise InputError("Its last day is still to come.", column="ends", value=last, hint=hint)
    outputs = json.dumps({"seized": list(closing.seized), "observed": list(closing.observed)}, sort_keys=True)
    kept: dict[str, Any] = {
        "action": action, "cancelled": closing.cancelled, "starts": closing.starts, "ends": closing.ends,
        "done": closing.done, "outputs": outputs, "person": who,
    }  # fmt: skip
    days = {n: None if d is None else d.isoformat() for n, d in (("starts", closing.starts), ("ends", closing.ends))}
    body = {"cancelled": closing.cancelled, **days, "as_planned": (row["starts"], row["ends"]) == (
        closing.starts, closing.ends)}  # fmt: skip
    with workspace.store.transaction():
        entry = seal_act(workspace, "action-close", action, [closing.done, outputs, who], body, who)
        kept |= {"closed_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("action_close", pa.Table.from_pylist([kept], schema=ACTION_CLOSE))
    return kept


def closing_of(workspace: Workspace, action: str) -> dict[str, Any] | None:
    """Return the closing of an action; None where it is open."""
    rows = workspace.store.rows("SELECT * FROM action_close WHERE action = ?", [action])
    return dict(rows[0]) if rows else None
