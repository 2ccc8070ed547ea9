"""Reading the tables of a pack without losing anything: unknown keys, keys said twice and wrong types are listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from counterflow.account.indicators.amounts import Amount, read_amount
from counterflow.account.indicators.days import Period, read_period
from counterflow.account.indicators.keys import KEYS, NESTED, POINTS, TABLES
from counterflow.account.indicators.lines import Path, line_of
from counterflow.account.indicators.records import Problem
from counterflow.core.errors import nearest

__all__ = ["Found", "Notes", "Row", "points_of", "tables_of"]

_LONGEST = 120
#: what the points of a series take over from it
_SHARED = ("indicator", "measure", "unit", "units", "source", "definition_version", "definition")


@dataclass(slots=True)
class Notes:
    """Problems as they are met, with the lines of the file to point at."""

    lines: Mapping[Path, int]
    fiscal: int = 10
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, of: str, path: Path, value: object, code: str, problem: str, hint: str, severity: str = "error"
    ) -> None:
        """Put a problem on the list."""
        key = ".".join(str(part) for part in path if isinstance(part, str))
        key = key.partition(".")[2] or key
        shown = "" if value is None else str(value)[:_LONGEST]
        self.problems.append(Problem(of, key, shown, code, problem, hint, severity, line_of(self.lines, path)))

    def errors_of(self, name: str) -> bool:
        """Say whether an error was met about `name`."""
        return any(one.target == name and one.severity == "error" for one in self.problems)


@dataclass(frozen=True, slots=True)
class Found:
    """A key that was found: what stands there, and its path."""

    value: Any
    path: Path


@dataclass(frozen=True, slots=True)
class Row:
    """One table of a pack: keys are asked for by the name that this code uses.

    Args:
        of: whose problems these are: id of the target or indicator.
        kind: name in `KEYS`.
        tree: as the parser gave it.
        path: where it stands.
        notes: where problems go.
    """

    of: str
    kind: str
    tree: Mapping[str, Any]
    path: Path
    notes: Notes

    def find(self, name: str) -> Found | None:
        """Return what a key says, under whichever of its spellings; None where it is not there."""
        there = [key for key in KEYS[self.kind][name] if key in self.tree]
        if not there:
            return None
        if len(there) > 1 and any(self.tree[key] != self.tree[there[0]] for key in there[1:]):
            said = " and ".join(f"{key} = {str(self.tree[key])[:40]!r}" for key in there)
            hint = "Keep one of them; where a text can be read in two ways, write each as a [[target.reading]]."
            self.problem(there[1], "said-twice", f"It is said in two ways: {said}.", hint, value=self.tree[there[1]])
        return Found(self.tree[there[0]], (*self.path, there[0]))

    def text(self, name: str) -> str:
        """Return a text, or "" where it is not there or is none."""
        found = self.find(name)
        if found is None:
            return ""
        if isinstance(found.value, list) and all(isinstance(one, str | int | float) for one in found.value):
            return ", ".join(str(one) for one in found.value)
        if isinstance(found.value, str | int | float | dt.date) and not isinstance(found.value, bool):
            return " ".join(str(found.value).split())
        self.wrong(found, "a text")
        return ""

    def amount(self, name: str, unit: str = "") -> Amount | None:
        """Return an amount; a problem is listed where what stands there is none."""
        found = self.find(name)
        return None if found is None else self.amount_of(found, unit)

    def amount_of(self, found: Found, unit: str = "") -> Amount | None:
        """Return the amount that was found."""
        value, own = found.value, unit
        if isinstance(value, dict):
            inner = Row(self.of, "milestone", value, found.path, self.notes)
            at = inner.find("value")
            if at is None:
                self.wrong(found, "a number")
                return None
            value, own = at.value, inner.text("unit") or unit
        try:
            read = read_amount(value, own)
        except ValueError as error:
            self.notes.add(self.of, found.path, value, "not-a-number", f"This is no amount: {error}.",
                           'Write a number, or a text as "1.2 billion doses".')  # fmt: skip
            return None
        return read

    def period(self, name: str) -> Period | None:
        """Return a period; a problem is listed where what stands there is none."""
        found = self.find(name)
        return None if found is None else self.period_of(found)

    def period_of(self, found: Found) -> Period | None:
        """Return the period that was found."""
        try:
            return read_period(found.value, self.notes.fiscal)
        except (ValueError, OverflowError) as error:
            code = "ambiguous-date" if "it names" in str(error) else "not-a-date"
            hint = "Write 2030-09-30, 2030 or FY 2030."
            if code == "ambiguous-date":
                hint = "Hold each of them as a [[target.reading]] with its own deadline."
            self.notes.add(self.of, found.path, found.value, code, f"This is no one day: {error}.", hint)
            return None

    def rows(self, name: str, kind: str) -> list[Row]:
        """Return the tables below a key: a list of them, or a mapping of days to values."""
        found = self.find(name)
        if found is None:
            return []
        value = found.value
        if isinstance(value, dict):
            known = {spelling for spellings in KEYS[kind].values() for spelling in spellings}
            if value and not set(value) & known:
                value = [{"period": day, "value": said} for day, said in value.items()]
                return [Row(self.of, kind, one, found.path, self.notes) for one in value]
            return [Row(self.of, kind, value, found.path, self.notes)]
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return [Row(self.of, kind, one, (*found.path, place), self.notes) for place, one in enumerate(value)]
        self.wrong(found, "a list of tables")
        return []

    def wrong(self, found: Found, wanted: str) -> None:
        """List that a key holds another type."""
        self.notes.add(self.of, found.path, found.value, "wrong-type", f"This should be {wanted}.", f"Write {wanted}.")

    def problem(
        self, key: str, code: str, words: str, hint: str, severity: str = "error", value: object = None
    ) -> None:
        """List a problem about a key of this table, whether it is there or not."""
        at = self.find(key) if key in KEYS[self.kind] else None
        path = at.path if at else (*self.path, key)
        shown = value if value is not None or at is None else at.value
        self.notes.add(self.of, path, shown, code, words, hint, severity)

    def list_unknown(self) -> None:
        """List keys that nothing reads, with the nearest one that is read."""
        known = sorted({spelling for spellings in KEYS[self.kind].values() for spelling in spellings})
        for key in self.tree:
            if key not in known:
                close = nearest(str(key), known)
                hint = f"Did you mean {' or '.join(repr(one) for one in close)}?" if close else "Nothing reads it."
                self.notes.add(
                    self.of, (*self.path, key), self.tree[key], "unknown-key", f"There is no key {key!r} here.", hint,
                    "error" if close else "warning",
                )  # fmt: skip


def tables_of(tree: Mapping[str, Any], kind: str, notes: Notes) -> Iterator[Row]:
    """Yield the tables of one kind: `[[target]]`, `[target.A1]`, or one `[target]`."""
    for name in TABLES[kind]:
        if name not in tree:
            continue
        value = tree[name]
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for place, one in enumerate(value):
                yield Row(_named(one, kind, place), kind, _own(one, kind), (name, place), notes)
        elif isinstance(value, dict) and value and all(isinstance(one, dict) for one in value.values()):
            for key, one in value.items():
                yield Row(str(one.get("id", key)), kind, {"id": key, **_own(one, kind)}, (name, key), notes)
        elif isinstance(value, dict):
            yield Row(_named(value, kind, 0), kind, _own(value, kind), (name,), notes)
        else:
            notes.add(
                "", (name,), value, "wrong-type", f"{name} should be a table.", f"Write [[{name}]] above its keys."
            )


def _own(tree: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Return a table with the tables inside it that only group its keys laid out flat."""
    if kind not in ("target", "indicator"):
        return tree
    flat = {key: value for key, value in tree.items() if not (key in NESTED and isinstance(value, dict))}
    for key in NESTED:
        if isinstance(tree.get(key), dict):
            flat = dict(tree[key]) | flat
    about = flat.get("indicator")
    if kind == "target" and isinstance(about, dict):
        named = next((about[key] for key in KEYS["indicator"]["id"] + ("words", "name") if key in about), "")
        rest = {key: value for key, value in about.items() if key not in (*KEYS["indicator"]["id"], "words", "name")}
        flat = rest | flat | {"indicator": named}
    return flat


def points_of(row: Row) -> list[Row]:
    """Return the single values of an actual, or of the series that stands in an indicator."""
    for key in POINTS:
        value = row.tree.get(key)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            kept = {name: one for name, one in row.tree.items() if name not in POINTS}
            shared = {name: one for name, one in kept.items() if name in _SHARED}
            return [Row(row.of, "actual", shared | one, (*row.path, key, place), row.notes)
                    for place, one in enumerate(value)]  # fmt: skip
    return [row] if row.kind == "actual" else []


def _named(tree: Mapping[str, Any], kind: str, place: int) -> str:
    for key in KEYS[kind].get("id", ()):
        if isinstance(tree.get(key), str | int) and str(tree[key]).strip():
            return str(tree[key]).strip()
    return f"{kind} {place + 1}"
