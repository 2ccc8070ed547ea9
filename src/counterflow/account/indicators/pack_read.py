"""Reading a pack: one TOML file of indicators, targets, claims, actuals, commitments and mandated steps.

Everything that does not hold is listed, and nothing is dropped in silence: a target that cannot be used stays in the
pack, marked as not sound.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from counterflow.account.indicators.amounts import unscaled
from counterflow.account.indicators.checks_pack import check_pack
from counterflow.account.indicators.days import fiscal_start
from counterflow.account.indicators.keys import TABLES, canonical
from counterflow.account.indicators.lines import key_lines, line_of
from counterflow.account.indicators.records import (
    DIRECTIONS,
    KINDS,
    Actual,
    Break,
    Claim,
    Commitment,
    Indicator,
    Pack,
    Step,
)
from counterflow.account.indicators.sdg import SDG_TARGETS, sdg_tag
from counterflow.account.indicators.tables import Notes, Row, points_of, tables_of
from counterflow.account.indicators.target_read import read_target
from counterflow.core.errors import InputError, nearest

__all__ = ["kept_text", "pack_of_text", "read_pack"]

_LARGEST = 5_000_000
_DEFAULT_TOLERANCE = 0.1


def read_pack(path: Path) -> Pack:
    """Read a pack from a file.

    Raises:
        InputError: it cannot be read at all, or is no TOML. What is wrong inside a pack is listed in it instead.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", hint="Check the path.", file=path) from error
    if len(content) > _LARGEST:
        raise InputError("This is too large for a pack of targets.", hint="A pack holds targets, not data.", file=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"This is no UTF-8 text: {error.reason}.", hint="Save it as UTF-8.", file=path) from error
    return pack_of_text(text, path.stem, file=path)


def kept_text(text: str) -> str:
    """Return the text of a pack as it is kept: one kind of line end, one at the end, whichever way it came."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"


def pack_of_text(text: str, name: str = "pack", *, file: Path | str | None = None) -> Pack:
    """Read a pack from its text; `name` is what it is called where it does not say.

    Raises:
        InputError: it is no TOML.
    """
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"This is no TOML: {error}.", hint="Mend the line it names.", file=file, line=line) from error
    notes = Notes(key_lines(text))
    head = _head(tree, notes)
    notes.fiscal = _fiscal(head)
    indicators = {one.id: one for one in (_indicator(row) for row in tables_of(tree, "indicator", notes))}
    points = [one for row in tables_of(tree, "actual", notes) for one in points_of(row)]
    actuals = [one for row in points if (one := _actual(row, notes, indicators)) is not None]
    for row in tables_of(tree, "indicator", notes):
        actuals += [one for inner in points_of(row) if (one := _actual(inner, notes, indicators, row.of)) is not None]
    targets = []
    for row in tables_of(tree, "target", notes):
        target, own, counted = read_target(row, indicators, _indicator)
        indicators[own.id] = own
        actuals += [one for inner in counted if (one := _actual(inner, notes, indicators, own.id)) is not None]
        targets.append(target)
    pack = Pack(
        name=head.text("name") or name, title=head.text("title"), edition=head.text("edition"),
        tolerance=_tolerance(head), fiscal=notes.fiscal, due_days=_due_days(head), template=_template(head),
        indicators=indicators, targets=tuple(targets),
        claims=tuple(_claim(row) for row in tables_of(tree, "claim", notes)), actuals=tuple(actuals),
        commitments=tuple(_commitment(row) for row in tables_of(tree, "commitment", notes)),
        steps=tuple(_step(row) for row in tables_of(tree, "step", notes)),
        sources={row.of: row.text("words") or row.of for row in tables_of(tree, "source", notes)},
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    return check_pack(pack, notes)


def _head(tree: Mapping[str, Any], notes: Notes) -> Row:
    """Return what the pack says of itself, in `[pack]` or above all tables."""
    known = {name for names in TABLES.values() for name in names}
    loose = {key: value for key, value in tree.items() if key not in known}
    about: Mapping[str, Any] = next((tree[name] for name in TABLES["pack"] if isinstance(tree.get(name), dict)), {})
    named = next((tree[name] for name in TABLES["pack"] if isinstance(tree.get(name), str)), None)
    tables = {key: value for key, value in loose.items() if isinstance(value, dict | list)}
    for key, value in tables.items():
        close = nearest(key, known)
        hint = f"Did you mean {' or '.join(repr(one) for one in close)}?" if close else f"Known: {', '.join(TABLES)}."
        severity = "error" if close else "warning"
        notes.add("", (key,), type(value).__name__, "unknown-table", f"There is no table {key!r}.", hint, severity)
    head = {key: value for key, value in loose.items() if key not in tables} | dict(about)
    if named is not None:
        head.setdefault("name", named)
    path = ("pack",) if about else ()
    row = Row("", "pack", head, path, notes)
    row.list_unknown()
    return row


def _fiscal(head: Row) -> int:
    found = head.find("fiscal")
    if found is None:
        return 10
    try:
        return fiscal_start(found.value)
    except ValueError as error:
        head.notes.add("", found.path, found.value, "fiscal-year", "This says no first month of a fiscal year.",
                       f"Write {error}.")  # fmt: skip
        return 10


def _tolerance(head: Row) -> float:
    read = head.amount("tolerance")
    if read is None:
        return _DEFAULT_TOLERANCE
    share = read.value / 100 if read.unit in ("%", "percent") else read.value
    if not 0 <= share <= 1:
        head.problem("tolerance", "tolerance", "A tolerance is a share from 0 to 1.", 'Write 0.1 or "10 %".')
        return _DEFAULT_TOLERANCE
    return share


def _due_days(head: Row) -> int | None:
    read = head.amount("due_days", "days")
    return None if read is None else max(0, int(read.value))


def _template(head: Row) -> bool:
    found = head.find("template")
    return found is not None and found.value is True


def _indicator(row: Row) -> Indicator:
    """Read what says how something is measured, from an indicator or from a target that says it itself."""
    if row.kind == "indicator":
        row.list_unknown()
    kind, direction = canonical("kind", row.text("kind")), canonical("direction", row.text("direction"))
    for key, value, known in (("kind", kind, KINDS), ("direction", direction, DIRECTIONS)):
        if value and value not in known:
            close = nearest(value, known)
            row.problem(key, f"unknown-{key}", f"There is no {key} {value!r}.",
                        f"Did you mean {close[0]!r}?" if close else f"Write one of {', '.join(known)}.")  # fmt: skip
    breaks = [one for inner in row.rows("breaks", "break") if (one := _break(inner)) is not None]
    of = row.of
    if row.kind == "target":
        of = row.text("indicator") or row.of
    series = row.find("series") if row.kind == "indicator" else None
    return Indicator(
        id=of, words=row.text("words"), unit=unscaled(row.text("unit"))[1], stated=row.text("unit"),
        kind=kind if kind in KINDS else "", direction=direction if direction in DIRECTIONS else "",
        definition=row.text("definition"), meaning=row.text("meaning"), source=row.text("source"),
        as_of=row.period("as_of"), owner=row.text("owner"), sdg=_sdg(row),
        breaks=tuple(sorted(breaks, key=lambda one: one.on)), outcome=row.text("outcome"),
        counter=row.text("counter"), rate=row.text("rate"),
        series=series.value if series and isinstance(series.value, str) else "",
    )  # fmt: skip


def _sdg(row: Row) -> tuple[str, ...]:
    found = row.find("sdg")
    if found is None:
        return ()
    said = found.value if isinstance(found.value, list) else str(found.value).split(",")
    tags = []
    for one in said:
        tag = sdg_tag(one)
        if tag is None:
            close = nearest(str(one), SDG_TARGETS)
            hint = (
                f"Did you mean {' or '.join(close)}?" if close else "Write a target, as 3.5 or 16.1, or a goal, as 16."
            )
            words = f"{one!r} is no target of the Sustainable Development Goals."
            row.problem("sdg", "unknown-sdg", words, hint, value=one)
        else:
            tags.append(tag)
    return tuple(tags)


def _break(row: Row) -> Break | None:
    row.list_unknown()
    on = row.period("on")
    if on is None:
        row.problem("on", "break-without-date", "A definition break needs its day.", "Write on = 2015-10-01.")
        return None
    words = row.text("words")
    if not words:
        row.problem("words", "break-without-words", "It does not say what changed.", "Say it in words.", "warning")
    found = row.find("linked")
    return Break(on.first, words, found is not None and found.value is True)


def _actual(row: Row, notes: Notes, known: Mapping[str, Indicator], indicator: str = "") -> Actual | None:
    row.list_unknown()
    named = indicator or row.text("indicator")
    unit = row.text("unit") or (known[named].stated if named in known else "")
    here = Row(indicator or named or row.of, "actual", row.tree, row.path, notes)
    amount, period = here.amount("value", unit), here.period("period")
    for key, there in (("value", amount), ("period", period)):
        if there is None and here.find(key) is None:
            here.problem(key, f"no-{key}", f"An actual needs its {key}.", 'As { period = "2024", value = 105007 }.')
    if amount is None or period is None:
        return None
    low, high = here.amount("low", unit), here.amount("high", unit)
    ends = tuple(None if one is None else one.value for one in (low, high))
    if (ends[0] is not None and ends[0] > amount.value) or (ends[1] is not None and ends[1] < amount.value):
        here.problem("value", "outside-interval", "The value lies outside its interval.", "Mend low, value or high.")
    as_of = here.period("as_of")
    return Actual(named, period, amount, ends[0], ends[1], here.text("source"), as_of.last if as_of else None,
                  here.text("definition"), here.text("note"), line_of(notes.lines, row.path))  # fmt: skip


def _claim(row: Row) -> Claim:
    row.list_unknown()
    amount, period = row.amount("value", row.text("unit")), row.period("period")
    if row.find("value") is None:
        row.problem("value", "no-value", "A claim needs its number.", "Give value, or take the claim out.")
    if not (row.text("source") or row.text("document")):
        row.problem("source", "no-source", "It does not say who claims it.", "Name source or document.")
    return Claim(row.of, row.text("indicator"), amount, period, row.text("quote"), row.text("document"),
                 row.text("row"), row.text("source"), row.text("note"), line_of(row.notes.lines, row.path))  # fmt: skip


def _commitment(row: Row) -> Commitment:
    row.list_unknown()
    asked: list[tuple[dt.date, dt.date | None]] = []
    for inner in row.rows("requests", "request"):
        inner.list_unknown()
        sent, back = inner.period("asked"), inner.period("answered")
        if sent is None:
            inner.problem(
                "asked", "no-date", "A request needs the day on which it was sent.", "Write asked = 2026-03-01."
            )
            continue
        if back is not None and back.last < sent.first:
            inner.problem("answered", "answer-before-request", "It was answered before it was asked.", "Mend a day.")
            back = None
        asked.append((sent.first, back.last if back else None))
    days = row.amount("answer_days", "days")
    for key, words in (("partner", "who undertook it"), ("promise", "what was undertaken")):
        if not row.text(key):
            row.problem(key, f"no-{key}", f"It does not say {words}.", f"Write {key}.")
    return Commitment(row.of, row.text("partner"), row.text("promise"), row.period("due"), row.text("indicator"),
                      days.value if days else None, tuple(asked), row.text("quote"), row.text("row"),
                      row.text("source"), line_of(row.notes.lines, row.path))  # fmt: skip


def _step(row: Row) -> Step:
    row.list_unknown()
    due = row.period("due")
    if row.find("due") is None:
        hint = "Write due = 2027-01-05; slip is counted from it."
        row.problem("due", "no-deadline", "A mandated step needs the day on which it was due.", hint)
    return Step(row.of, row.text("words"), due, row.period("done"), row.period("expected"), row.text("mandate"),
                row.text("quote"), row.text("row"), row.text("source"), line_of(row.notes.lines, row.path))  # fmt: skip
