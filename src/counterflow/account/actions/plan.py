"""An action as its author wrote it, read from TOML: what, when, where, what is expected, and how it will be judged."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from counterflow.account.actions.forecast import Forecast, from_words
from counterflow.account.actions.terms import CLASSES, EXPECTED, FORM, KINDS, MEASURES
from counterflow.core.errors import InputError, UnknownName
from counterflow.store.ledger import canonical_bytes

__all__ = ["Action", "digest_of", "read_action", "read_toml", "silent_on"]

_TEXTS = ("action", "kind", "title", "resources", "evaluation_design")
_DATES = ("starts", "ends")
_MORE = ("area", "place_words", "substance_class", "design", "reason")
_KEYS = (*_TEXTS, *_DATES, "forecast", "area", "where", "substance_class", "design", "reason", "started_at", "counts",
         "possible_targets")  # fmt: skip
_COUNTS = ("measure", "subject", "source", "definition")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: what the digest of form 1 was over
_FIRST_FORM = (*_TEXTS, *_DATES, "forecast")
_WRITTEN = (*_TEXTS, *_DATES, "forecast", "form", *_MORE, "counts", "possible_targets", "standing", "started_at")


@dataclass(frozen=True, slots=True)
class Action:
    """One action; the columns of the `action` table without the seal.

    Args:
        action: id.
        kind: one of `KINDS`.
        title: title.
        starts: first day.
        ends: last day.
        resources: what goes in.
        forecasts: what is expected, by whom.
        evaluation_design: how it will be judged, in words.
        area: place as watch counts it.
        place_words: place in words.
        substance_class: one of `CLASSES`.
        design: id of a registered design.
        counts: measure to the names of the series that it is counted in.
        possible_targets: place to how many targets it could be aimed at there.
        standing: sealed, unforecast or late.
        reason: why it could not be sealed before.
        started_at: when an emergency began.
    """

    action: str
    kind: str
    title: str
    starts: dt.date
    ends: dt.date
    resources: str
    forecasts: tuple[Forecast, ...]
    evaluation_design: str
    area: str = ""
    place_words: str = ""
    substance_class: str = "all"
    design: str = ""
    counts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    possible_targets: Mapping[str, int] = field(default_factory=dict)
    standing: str = "sealed"
    reason: str = ""
    started_at: dt.datetime | None = None

    def with_forecasts(self, more: list[Forecast]) -> Action:
        """Return it with more forecasts after its own."""
        return replace(self, forecasts=(*self.forecasts, *more))

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of `action`, unsealed."""
        plain = {name: getattr(self, name) for name in (*_TEXTS, *_DATES, *_MORE, "standing", "started_at")}
        return plain | {
            "form": FORM,
            "forecast": json.dumps([one.as_row() for one in self.forecasts], sort_keys=True),
            "counts": json.dumps({name: dict(row) for name, row in self.counts.items()}, sort_keys=True),
            "possible_targets": json.dumps(dict(self.possible_targets), sort_keys=True),
        }

    def digest(self) -> str:
        """Return the SHA-256 of all that was written, in the ledger's canonical JSON."""
        return digest_of(self.as_row())

    def sealed_body(self) -> dict[str, Any]:
        """Return what the ledger says of it: dates and numbers, and a digest in place of the words."""
        kept = ("by", "measure", "starts", "ends", "basis", "levels", "quantiles")
        return {
            "action": self.action, "kind": self.kind, "starts": self.starts.isoformat(), "ends": self.ends.isoformat(),
            "form": FORM, "standing": self.standing,
            "forecasts": [{k: v for k, v in one.as_row().items() if k in kept} for one in self.forecasts],
            "sha256": self.digest(),
        }  # fmt: skip


def digest_of(row: Mapping[str, Any]) -> str:
    """Return the digest of a row of `action`, in the form that it was sealed in."""
    names = _WRITTEN if row.get("form") else _FIRST_FORM
    return hashlib.sha256(canonical_bytes({name: _plain(row[name]) for name in names})).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return "" if value is None else str(value)


def silent_on(forecasts: tuple[Forecast, ...] | list[Forecast]) -> list[str]:
    """Return the expected measures of which no forecast says anything, not even that it cannot be told.

    Inspections, stops and arrests speak for burden.
    """
    said = {one.measure for one in forecasts}
    said |= {"burden"} if said & {"inspections", "stops", "arrests"} else set()
    said |= {"overdoses"} if "deaths" in said else set()
    return [name for name in EXPECTED if name not in said]


def read_toml(path: Path, text: str | None = None) -> dict[str, Any]:
    """Read a TOML file, or the text that was sent under its name.

    Raises:
        InputError: it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8") if text is None else text)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", file=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"This is not TOML: {error}.", file=path, hint="Mend the line it names.") from error


def read_action(path: Path, text: str | None = None) -> Action:
    """Read an action from a TOML file, or from the text that was sent under its name.

    Raises:
        InputError: the file cannot be read, a key is missing, unknown or of another type, or dates are crossed.
    """
    tree = read_toml(path, text)
    for name in tree:
        if name not in _KEYS:
            raise UnknownName("key of an action", name, _KEYS, file=path)
    texts = {name: _text(tree, name, path) for name in _TEXTS}
    starts, ends = (_date(tree, name, path) for name in _DATES)
    if texts["kind"] not in KINDS:
        raise UnknownName("kind of action", texts["kind"], KINDS, file=path)
    if not _ID.fullmatch(texts["action"]):
        hint = "Use 1 to 64 letters, digits, dots, dashes or underscores."
        raise InputError("An id of an action is short.", file=path, column="action", value=texts["action"], hint=hint)
    if ends < starts:
        raise InputError("An action ends before it starts.", file=path, column="ends", value=ends)
    more = {name: _text(tree, name, path) for name in ("area", "substance_class", "design", "reason") if name in tree}
    if more.get("substance_class", "all") not in CLASSES:
        raise UnknownName("class of substance", more["substance_class"], CLASSES, file=path)
    words = _text(tree, "where", path) if "where" in tree else ""
    forecasts = tuple(from_words(one, starts, ends, path) for one in _tables(tree.get("forecast", [])))
    return Action(
        **texts, starts=starts, ends=ends, forecasts=forecasts, place_words=words, counts=_counts(tree, path),
        possible_targets=_targets(tree, more.get("area", ""), path), started_at=_instant(tree, path), **more,
    )  # fmt: skip


def _tables(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


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


def _instant(tree: Mapping[str, object], path: Path) -> dt.datetime | None:
    value = tree.get("started_at")
    if value is None:
        return None
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        hint = "Write it with its offset and without quotes, as started_at = 2026-04-01T22:30:00Z."
        raise InputError("This is no instant.", file=path, column="started_at", value=value, hint=hint)
    return value.astimezone(dt.UTC)


def _counts(tree: Mapping[str, Any], path: Path) -> dict[str, dict[str, str]]:
    """Return which series each measure is counted in."""
    found: dict[str, dict[str, str]] = {}
    for measure, names in dict(tree.get("counts", {})).items():
        if measure not in MEASURES:
            raise UnknownName("measure", measure, MEASURES, file=path)
        if not isinstance(names, dict) or "measure" not in names:
            hint = f'Write [counts.{measure}] with measure = "overdoses" and, where there are several, subject, source.'
            raise InputError("Where is it counted?", file=path, column=f"counts.{measure}", hint=hint)
        for name in names:
            if name not in _COUNTS:
                raise UnknownName("name of counts", name, _COUNTS, file=path)
        found[measure] = {name: str(value) for name, value in names.items()}
    return found


def _targets(tree: Mapping[str, Any], area: str, path: Path) -> dict[str, int]:
    """Return how many possible targets there are in which place; a bare number is of the action's area."""
    value = tree.get("possible_targets", {})
    told = value if isinstance(value, dict) else {area: value}
    for place, number in told.items():
        if not place or isinstance(number, bool) or not isinstance(number, int) or number < 1:
            hint = "Write possible_targets = 40, or a table of places: {Cook = 12, Illinois = 300}."
            raise InputError("Possible targets are a whole number from 1, of a place.", file=path,
                             column="possible_targets", value=number, hint=hint)  # fmt: skip
    return dict(told)
