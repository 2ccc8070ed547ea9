"""Packs in a workspace: loaded, locked, counted against; everything sealed in the ledger, nothing overwritten.

    load ──► lock (expectations stand) ──► actuals, each with a note where it deviates ──► corrections beside them
                  └── an edit of what is locked needs two people, and stands on record with both

A correction is a new row: both stay, and the one known last holds.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.account.indicators.amounts import Amount, as_text, read_amount, same_unit
from counterflow.account.indicators.days import read_period
from counterflow.account.indicators.pack_read import kept_text, pack_of_text
from counterflow.account.indicators.records import Actual, Pack, Target
from counterflow.account.indicators.sealing import expectation, named, seal_promise
from counterflow.account.indicators.status import expected_at
from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import PROMISE_ACTUAL, PROMISE_LOCK, PROMISE_NOTE, PROMISE_PACK

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "Entered",
    "changed_locks",
    "enter_actual",
    "entry_of",
    "kept_actuals",
    "kept_names",
    "kept_pack",
    "load_pack",
    "lock_targets",
    "locks_of",
    "note_variance",
    "put_pack",
    "required_pack",
    "variances",
]

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Entered:
    """An actual as a person enters it.

    Args:
        indicator: of the pack.
        period: as people write it.
        value: a number, or a text with its unit.
        source: who counted it.
        as_of: last day of the data that the source had; today where None.
        low: lower end of its interval.
        high: upper end.
        definition: version that it follows; the indicator's where "".
        note: why it deviates from what was expected.
    """

    indicator: str
    period: str
    value: str
    source: str
    as_of: dt.date | None = None
    low: str = ""
    high: str = ""
    definition: str = ""
    note: str = ""


def kept_names(workspace: Workspace) -> list[str]:
    """Return the names of the packs that were loaded."""
    return [str(row["pack"]) for row in workspace.store.rows("SELECT DISTINCT pack FROM promise_pack ORDER BY 1")]


def kept_pack(workspace: Workspace, name: str) -> Pack | None:
    """Return the latest version of a loaded pack; None where none was loaded under this name."""
    rows = workspace.store.rows(
        "SELECT text FROM promise_pack WHERE pack = ? ORDER BY loaded_at DESC, ledger_seq DESC LIMIT 1", [name]
    )
    return pack_of_text(str(rows[0]["text"]), name) if rows else None


def required_pack(workspace: Workspace, name: str) -> Pack:
    """Return a loaded pack; raises UnknownName where there is none."""
    pack = kept_pack(workspace, name)
    if pack is None:
        raise UnknownName("loaded pack", name, kept_names(workspace))
    return pack


def load_pack(workspace: Workspace, text: str, name: str, *, person: str) -> dict[str, Any]:
    """Keep a pack; loading the same text again changes nothing. Return its receipt.

    Raises:
        InputError: it holds no TOML, or it changes what a locked target expects: that takes two people.
    """
    who, text = named(person), kept_text(text)
    pack = pack_of_text(text, name)
    held = kept_pack(workspace, pack.name)
    if held is not None and held.sha256 == pack.sha256:
        return _receipt(pack, fresh=False)
    changed = changed_locks(workspace, pack)
    if changed:
        raise InputError(
            f"It changes what is locked: {', '.join(changed)}.",
            hint="Two people change a locked target: ask for it on the page of the pack, and another person agrees.",
            column="target",
        )
    put_pack(workspace, pack, text, who)
    return _receipt(pack, fresh=True)


def put_pack(workspace: Workspace, pack: Pack, text: str, who: str) -> int:
    """Store a version of a pack and seal it; return the ledger's entry."""
    version, now = pack.sha256[:12], workspace.clock()
    body = {"version": version, "sha256": pack.sha256, "targets": len(pack.targets)}
    entry = seal_promise(workspace, "promise-pack", pack.name, [version], body, [who])
    row = {"pack": pack.name, "version": version, "text": text, "person": who, "loaded_at": now,
           "ledger_seq": entry.seq}  # fmt: skip
    workspace.store.append("promise_pack", pa.Table.from_pylist([row], schema=PROMISE_PACK))
    return entry.seq


def _receipt(pack: Pack, *, fresh: bool) -> dict[str, Any]:
    return {"pack": pack.name, "version": pack.sha256[:12], "targets": len(pack.targets), "fresh": fresh,
            "not_sound": [one.id for one in pack.targets if not one.sound]}  # fmt: skip


def locks_of(workspace: Workspace, pack: str) -> dict[str, Mapping[str, Any]]:
    """Return the lock that holds of each locked target: its first day, and the expectation as last agreed."""
    rows = workspace.store.rows("SELECT * FROM promise_lock WHERE pack = ? ORDER BY locked_at, ledger_seq", [pack])
    locks: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first = locks.get(str(row["target"]), row)
        locks[str(row["target"])] = {**row, "locked_at": first["locked_at"], "known_until": first["known_until"]}
    return locks


def changed_locks(workspace: Workspace, pack: Pack) -> list[str]:
    """Return the locked targets that a version of a pack changes or leaves out."""
    new = {one.id: expectation(pack, one) for one in pack.targets}
    return sorted(name for name, lock in locks_of(workspace, pack.name).items()
                  if new.get(name) != lock["expectation"])  # fmt: skip


def lock_targets(
    workspace: Workspace, name: str, targets: Sequence[str], *, person: str, actuals: Sequence[Actual] = ()
) -> list[dict[str, Any]]:
    """Lock what is expected of targets (all sound ones where none is named); return the rows.

    Args:
        workspace: where.
        name: of a loaded pack.
        targets: ids; empty for all.
        person: who locks.
        actuals: what public series say; what they know already is not judged as expected.

    Raises:
        UnknownName: there is no such pack or target.
        InputError: a record does not hold, so nobody can say what it expects.
    """
    who, pack = named(person), required_pack(workspace, name)
    known = {one.id: one for one in pack.targets}
    for asked in targets:
        if asked not in known:
            raise UnknownName("target", asked, known)
    chosen = [known[one] for one in targets] or [one for one in pack.targets if one.sound]
    held, rows = locks_of(workspace, name), []
    counted = [*pack.actuals, *actuals, *kept_actuals(workspace, pack)]
    with workspace.store.transaction():
        for target in chosen:
            if not target.sound:
                hint = "See `account targets check`; mend it, and load it again."
                raise InputError("Its record does not hold.", hint=hint, column="target", value=target.id)
            if target.id in held:
                continue
            rows.append(_lock(workspace, pack, target, who, counted))
    return rows


def _lock(workspace: Workspace, pack: Pack, target: Target, who: str, counted: Sequence[Actual]) -> dict[str, Any]:
    until = max((one.period.last for one in counted if one.indicator == target.indicator), default=None)
    said = expectation(pack, target)
    body = {"act": "lock", "target": target.id, "expectation": said,
            "known_until": until.isoformat() if until else None}  # fmt: skip
    entry = seal_promise(workspace, "promise-lock", pack.name, [target.id, said], body, [who])
    row = {"pack": pack.name, "target": target.id, "expectation": said, "known_until": until, "person": who,
           "locked_at": entry.time, "ledger_seq": entry.seq}  # fmt: skip
    workspace.store.append("promise_lock", pa.Table.from_pylist([row], schema=PROMISE_LOCK))
    return row


def enter_actual(workspace: Workspace, name: str, entered: Entered, *, person: str) -> dict[str, Any]:
    """Put an actual on record; a second one for its period is a correction. Return its row.

    Raises:
        UnknownName: there is no such pack or indicator.
        InputError: it is no number or period, its unit is another, it has no source, or it deviates from a locked
            expectation by more than the pack allows and nobody says why.
    """
    who, pack = named(person), required_pack(workspace, name)
    if entered.indicator not in pack.indicators:
        raise UnknownName("indicator", entered.indicator, pack.indicators)
    actual = _read(pack, entered, workspace.clock().date())
    before = _rows(workspace, pack.name, entered.indicator)
    same = [row for row in before if (row["first"], row["last"]) == (actual.period.first, actual.period.last)]
    locks = locks_of(workspace, pack.name)
    mine = [one for one in pack.targets if one.indicator == entered.indicator and one.id in locks]
    off = _deviations(pack, actual, mine, locks)
    note = " ".join(entered.note.split())
    if off and len(note) < _SHORTEST:
        raise InputError(
            f"It deviates from what was expected: {'; '.join(off)}.",
            hint='Say why, in words that another person can follow: --note "…".', column="note", value=note or None,
        )  # fmt: skip
    row = {
        "entry": f"T-{secrets.token_hex(5)}", "pack": pack.name, "indicator": actual.indicator,
        "period": actual.period.text, "first": actual.period.first, "last": actual.period.last,
        "value": actual.amount.value, "low": actual.low, "high": actual.high,
        "unit": actual.amount.unit or pack.indicators[entered.indicator].unit, "definition": actual.definition,
        "source": actual.source, "as_of": actual.as_of, "corrects": same[-1]["entry"] if same else None,
        "after_lock": bool(mine), "note": note or None, "person": who,
        "late": _late(pack, actual, workspace.clock().date(), first=not same),
        "entered_at": workspace.clock(),
    }  # fmt: skip
    return _put_actual(workspace, row, who)


def _read(pack: Pack, entered: Entered, today: dt.date) -> Actual:
    own = pack.indicators[entered.indicator]
    try:
        amount = read_amount(entered.value, own.unit)
        ends = [read_amount(end, own.unit).value if end else None for end in (entered.low, entered.high)]
    except ValueError as error:
        raise InputError(f"This is no amount: {error}.", column="value", value=entered.value) from error
    try:
        period = read_period(entered.period, pack.fiscal)
    except ValueError as error:
        raise InputError(f"This is no period: {error}.", column="period", value=entered.period) from error
    if not same_unit(amount.unit, own.unit):
        hint = f"Write it in {own.unit}."
        raise InputError(f"The indicator is in {own.unit}.", hint=hint, column="value", value=entered.value)
    if (ends[0] is not None and ends[0] > amount.value) or (ends[1] is not None and ends[1] < amount.value):
        raise InputError("The value lies outside its interval.", column="value", value=entered.value)
    if not entered.source.strip():
        raise InputError("An actual names who counted it.", hint="Give --source.", column="source")
    as_of = entered.as_of or today
    if as_of < period.last:
        hint = f"Name the period that the data cover, as {period.first:%Y-%m} to {as_of:%Y-%m}, or mend --as-of."
        raise InputError(
            f"The period ends on {period.last}, after the data end.", hint=hint, column="as_of", value=as_of
        )
    return Actual(own.id, period, Amount(amount.value, own.unit), ends[0], ends[1], " ".join(entered.source.split()),
                  as_of, entered.definition or own.definition)  # fmt: skip


def _late(pack: Pack, actual: Actual, today: dt.date, *, first: bool) -> bool:
    """Say whether the first actual of a period came after the day on which it was due."""
    return first and pack.due_days is not None and today > actual.period.last + dt.timedelta(days=pack.due_days)


def _put_actual(workspace: Workspace, row: dict[str, Any], who: str) -> dict[str, Any]:
    from counterflow.store.ledger import decimal_text

    body = {
        "entry": row["entry"], "indicator": row["indicator"], "period": row["period"],
        "value": decimal_text(row["value"]), "as_of": row["as_of"].isoformat(), "corrects": row["corrects"],
        "after_lock": row["after_lock"],
        "low": None if row["low"] is None else decimal_text(row["low"]),
        "high": None if row["high"] is None else decimal_text(row["high"]),
    }  # fmt: skip
    with workspace.store.transaction():
        said = [row["entry"], row["source"], row["note"], row["definition"]]
        entry = seal_promise(workspace, "promise-actual", row["pack"], said, body, [who])
        row["ledger_seq"] = entry.seq
        workspace.store.append("promise_actual", pa.Table.from_pylist([row], schema=PROMISE_ACTUAL))
    return row


def _deviations(
    pack: Pack, actual: Actual, targets: Sequence[Target], locks: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Return in words how far an actual is from what was locked, where that is more than the pack allows."""
    said = []
    for target in targets:
        for reading, expected, share in _expected(target, actual, locks.get(target.id)):
            if abs(share) > pack.tolerance:
                of = f"{target.id}{f' ({reading})' if reading else ''}"
                said.append(f"{of} expected {as_text(expected)}, {share:+.0%}")
    return said


def _expected(target: Target, actual: Actual, lock: Mapping[str, Any] | None) -> list[tuple[str, float, float]]:
    """Return (reading, what was expected, relative deviation) where an actual can be held against a lock."""
    if lock is None or (lock["known_until"] is not None and actual.period.last <= lock["known_until"]):
        return []
    found = []
    for reading in target.readings:
        expected = expected_at(target, reading, actual.period.last)
        if expected:
            found.append((reading.id, expected, actual.amount.value / expected - 1))
    return found


def _rows(workspace: Workspace, pack: str, indicator: str | None = None) -> list[dict[str, Any]]:
    where, values = ("AND indicator = ?", [pack, indicator]) if indicator else ("", [pack])
    rows: list[dict[str, Any]] = workspace.store.rows(
        f"SELECT * FROM promise_actual WHERE pack = ? {where} ORDER BY entered_at, ledger_seq", values
    )
    return rows


def kept_actuals(workspace: Workspace, pack: Pack) -> list[Actual]:
    """Return the actuals on record of a pack, as entered; a correction says what it corrects."""
    rows = _rows(workspace, pack.name)
    by = {row["entry"]: row for row in rows}
    return [_actual(row, by.get(row["corrects"])) for row in rows]


def _actual(row: Mapping[str, Any], corrected: Mapping[str, Any] | None) -> Actual:
    note = str(row["note"] or "")
    if corrected is not None:
        late = " after the lock" if row["after_lock"] else ""
        told = f"corrected{late}: {as_text(corrected['value'])} as of {corrected['as_of']} before"
        note = f"{told}; {note}" if note else told
    return Actual(
        str(row["indicator"]), read_period_of(row), Amount(float(row["value"]), str(row["unit"] or "")), row["low"],
        row["high"], str(row["source"]), row["as_of"], str(row["definition"] or ""), note,
    )  # fmt: skip


def entry_of(workspace: Workspace, entry: str) -> Mapping[str, Any]:
    """Return one actual on record; raises UnknownName where there is none."""
    rows: list[dict[str, Any]] = workspace.store.rows("SELECT * FROM promise_actual WHERE entry = ?", [entry])
    if not rows:
        known = [str(row["entry"]) for row in workspace.store.rows("SELECT entry FROM promise_actual")]
        raise UnknownName("actual", entry, known)
    return rows[0]


def read_period_of(row: Mapping[str, Any]) -> Any:
    """Return the period of a stored row, with the days that were kept."""
    from counterflow.account.indicators.days import Period

    return Period(row["first"], row["last"], str(row["period"]), str(row["period"]).upper().startswith("FY"))


def note_variance(workspace: Workspace, entry: str, words: str, *, person: str) -> dict[str, Any]:
    """Add a word on why an actual deviates; return the row.

    Raises:
        UnknownName: there is no such entry.
        InputError: the words are too short to follow.
    """
    who, plain = named(person), " ".join(words.split())
    rows = [entry_of(workspace, entry)]
    if len(plain) < _SHORTEST:
        raise InputError("A note is in words that another person can follow.", column="note", value=plain or None)
    sealed = seal_promise(workspace, "promise-note", str(rows[0]["pack"]), [entry, plain], {"entry": entry}, [who])
    row = {"entry": entry, "words": plain, "person": who, "noted_at": sealed.time, "ledger_seq": sealed.seq}
    workspace.store.append("promise_note", pa.Table.from_pylist([row], schema=PROMISE_NOTE))
    return row


def variances(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """Return every actual that stands against a locked expectation: expected, actual, deviation, notes, corrections."""
    pack, locks = required_pack(workspace, name), locks_of(workspace, name)
    notes: dict[str, list[str]] = {}
    for row in workspace.store.rows("SELECT entry, words FROM promise_note ORDER BY noted_at"):
        notes.setdefault(str(row["entry"]), []).append(str(row["words"]))
    rows, found = _rows(workspace, name), []
    corrected = {row["corrects"] for row in rows if row["corrects"]}
    for row in rows:
        actual = _actual(row, None)
        for target in pack.targets:
            if target.indicator != row["indicator"]:
                continue
            for reading, expected, share in _expected(target, actual, locks.get(target.id)):
                told = [str(row["note"])] if row["note"] else []
                found.append({
                    "target": target.id, "reading": reading, "period": row["period"], "expected": expected,
                    "actual": row["value"], "deviation": share, "large": abs(share) > pack.tolerance,
                    "note": "; ".join([*told, *notes.get(str(row["entry"]), [])]), "entry": row["entry"],
                    "corrects": row["corrects"], "superseded": row["entry"] in corrected, "as_of": row["as_of"],
                    "locked_on": locks[target.id]["locked_at"].date(),
                })  # fmt: skip
    return found
