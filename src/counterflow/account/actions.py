"""Actions: what we set out to do and expect of it, sealed before it starts, so nobody is wise afterwards.

An action (a campaign, operation, listing, scheduling or takedown) is written as TOML, with a forecast that has an
interval and a design for judging the result. Sealing puts its dates, its forecast and a digest of all of it in the
ledger; the words stay in the `action` table. On or after its first day it is refused, and a sealed action is never
changed: a new plan is a new action.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.estimate import Estimate
from counterflow.core.tables import ACTION
from counterflow.store.ledger import canonical_bytes, decimal_text

if TYPE_CHECKING:
    from counterflow.store.ledger import Entry
    from counterflow.store.workspace import Workspace

__all__ = ["KINDS", "Action", "list_actions", "read_action", "seal_action"]

KINDS = ("campaign", "operation", "listing", "scheduling", "takedown")
_TEXTS = ("action", "kind", "title", "resources", "evaluation_design")
_DATES = ("starts", "ends")
_FORECAST = ("value", "low", "high", "level", "method", "source", "as_of", "unit")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Action:
    """One action as its author wrote it; the columns of the `action` table without the seal."""

    action: str
    kind: str
    title: str
    starts: dt.date
    ends: dt.date
    resources: str
    forecast: Estimate
    evaluation_design: str

    def digest(self) -> str:
        """Return the SHA-256 of all that was written, in the ledger's canonical JSON."""
        return _digest(self.as_row())

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of `action`, unsealed."""
        forecast = json.dumps(self.forecast.as_dict(), sort_keys=True)
        return {name: getattr(self, name) for name in (*_TEXTS, *_DATES)} | {"forecast": forecast}

    def sealed_body(self) -> dict[str, Any]:
        """Return what the ledger says of it: dates and numbers, and a digest in place of the words."""
        numbers = {k: v for k, v in asdict(self.forecast).items() if k in {"value", "low", "high", "level"}}
        return {
            "action": self.action,
            "kind": self.kind,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
            "forecast": {k: None if v is None else decimal_text(v) for k, v in numbers.items()},
            "sha256": self.digest(),
        }


def read_action(path: Path) -> Action:
    """Read an action from a TOML file.

    Raises:
        InputError: the file cannot be read, a key is missing, unknown or of another type, or dates are crossed.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", file=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"This is not TOML: {error}.", file=path, hint="Mend the line it names.") from error
    _only_known(tree, (*_TEXTS, *_DATES, "forecast"), path)
    texts = {name: _text(tree, name, path) for name in _TEXTS}
    starts, ends = (_date(tree, name, path) for name in _DATES)
    if texts["kind"] not in KINDS:
        raise UnknownName("kind of action", texts["kind"], KINDS, file=path)
    if not _ID.fullmatch(texts["action"]):
        hint = "Use 1 to 64 letters, digits, dots, dashes or underscores."
        raise InputError("An id of an action is short.", file=path, column="action", value=texts["action"], hint=hint)
    if ends < starts:
        raise InputError("An action ends before it starts.", file=path, column="ends", value=ends)
    return Action(**texts, starts=starts, ends=ends, forecast=_forecast(tree.get("forecast"), path))


def _only_known(tree: Mapping[str, object], known: tuple[str, ...], path: Path) -> None:
    for name in tree:
        if name not in known:
            raise UnknownName("key of an action", name, known, file=path)


def _text(tree: Mapping[str, object], name: str, path: Path) -> str:
    value = tree.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InputError("An action needs this, in words.", file=path, column=name, value=value)
    return value.strip()


def _date(tree: Mapping[str, object], name: str, path: Path) -> dt.date:
    value = tree.get(name)
    if type(value) is not dt.date:
        hint = f"Write it without quotes, as {name} = 2026-04-01."
        raise InputError("An action needs this date.", file=path, column=name, value=value, hint=hint)
    return value


def _forecast(tree: object, path: Path) -> Estimate:
    if not isinstance(tree, dict):
        hint = f"Write [forecast] with {', '.join(_FORECAST)}."
        raise InputError("An action without a forecast cannot be judged.", file=path, column="forecast", hint=hint)
    _only_known(tree, _FORECAST, path)
    texts = {name: _text(tree, name, path) for name in ("method", "source", "unit")}
    numbers = {name: _number(tree, name, path) for name in ("low", "high", "level")}
    value = None if "value" not in tree else _number(tree, "value", path)
    try:
        return Estimate(value=value, as_of=_date(tree, "as_of", path), **texts, **numbers)  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(f"The forecast does not hold together: {error}.", file=path, column="forecast") from error


def _number(tree: Mapping[str, object], name: str, path: Path) -> float:
    value = tree.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("A forecast needs this number.", file=path, column=f"forecast.{name}", value=value)
    return float(value)


def seal_action(workspace: Workspace, action: Action) -> dict[str, Any]:
    """Seal `action` in the ledger and store it; sealing the same one again changes nothing. Return its row.

    Raises:
        InputError: it has started, or another action was sealed under its id.
    """
    known = workspace.store.rows("SELECT * FROM action WHERE action = ?", [action.action])
    if known:
        if _digest(known[0]) == action.digest():
            return known[0]
        raise InputError(
            f"Another action was sealed as {action.action!r} on {known[0]['sealed_at']}.",
            hint="A sealed action is never changed; give the new plan its own id.",
            column="action",
        )
    entry = _sealed_entry(workspace, action)
    row = action.as_row() | {"sealed_seq": entry.seq, "sealed_at": entry.time}
    workspace.store.append("action", pa.Table.from_pylist([row], schema=ACTION))
    return row


def _sealed_entry(workspace: Workspace, action: Action) -> Entry:
    """Return the ledger's entry for it: a new one, or that of an earlier try that got no further."""
    if workspace.clock().date() < action.starts:
        return workspace.ledger.append("action", action.sealed_body(), key=f"action:{action.digest()}")
    for entry in workspace.ledger.entries("action"):
        if entry.body.get("sha256") == action.digest():
            return entry
    raise InputError(
        f"The action starts on {action.starts}; it is too late to seal it.",
        hint="A forecast made after the start proves nothing. Record it elsewhere, as what it is.",
        column="starts",
        value=action.starts,
    )


def list_actions(workspace: Workspace) -> list[dict[str, Any]]:
    """Return all actions by first day, each with `intact`: are its words still those that were sealed?"""
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT * FROM action ORDER BY starts, action")
    for row in rows:
        sealed = workspace.ledger.entry(row["sealed_seq"]).body.get("sha256") if row["sealed_seq"] else None
        row["intact"] = sealed == _digest(row)
        row["forecast"] = json.loads(row["forecast"])
    return rows


def _digest(row: Mapping[str, Any]) -> str:
    words = {name: str(row[name]) for name in (*_TEXTS, *_DATES, "forecast")}
    return hashlib.sha256(canonical_bytes(words)).hexdigest()
