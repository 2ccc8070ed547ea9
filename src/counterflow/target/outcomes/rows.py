"""Reading an outcomes file: each row becomes an outcome or a refusal with line, column, value and hint."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from counterflow.core.clock import parse_instant
from counterflow.core.errors import nearest
from counterflow.core.refused import LONGEST_VALUE, Refused
from counterflow.report.export import restored
from counterflow.target.csv_file import CsvRows

__all__ = ["STATES", "OutcomeRow", "read_outcomes"]

STATES = ("not_presented", "presented", "held", "inspected")
CONFIRMATIONS = ("none", "suspected", "presumptive", "confirmed", "refuted")
REQUIRED = ("record_id", "state", "confirmation", "harm_class", "time")
OPTIONAL = ("source", "plan", "recorded_by")
_DAY_ONLY = len("2026-01-01")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome as read: `day_only` where its time is a day; `source` and `plan` are "" where not given.

    `taken_as_utc` where the time names an hour and no offset.
    """

    line: int
    record_id: str
    state: str
    confirmation: str
    harm_class: str
    time: dt.datetime
    day_only: bool
    source: str
    plan: str
    recorded_by: str
    raw: str
    taken_as_utc: bool = False


class _Bad(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, column: str, value: str, reason: str, hint: str) -> None:
        self.place = (column, value, reason, hint)
        super().__init__(reason)


def read_outcomes(content: bytes, file: str, classes: Collection[str]) -> tuple[list[OutcomeRow], list[Refused]]:
    """Read the bytes of an outcomes file.

    Ids that our own CSV made safe for spreadsheets (a leading apostrophe) are read back as they were.

    Args:
        content: CSV in UTF-8.
        file: its name, for messages.
        classes: harm classes of the severity table.

    Raises:
        InputError: not UTF-8, not CSV, or a column is missing or unknown.
    """
    rows = CsvRows(content, file, REQUIRED, OPTIONAL)
    good: list[OutcomeRow] = []
    refused: list[Refused] = []
    for number, (line, values) in enumerate(rows, start=1):
        raw = json.dumps(values, ensure_ascii=False)
        try:
            good.append(_row(rows.header, values, line, raw, classes))
        except _Bad as bad:
            refused.append(_refused(bad, line, number, raw))
    return good, refused


def _refused(bad: _Bad, line: int, number: int, raw: str) -> Refused:
    column, value, reason, hint = bad.place
    return Refused(line, number, column, value[:LONGEST_VALUE], reason, hint, raw)


def _row(header: tuple[str, ...], values: list[str], line: int, raw: str, classes: Collection[str]) -> OutcomeRow:
    if len(values) != len(header):
        hint = f"The row has {len(values)} fields, the header {len(header)}."
        raise _Bad("", "", "ragged", hint)
    row = dict(zip(header, (value.strip() for value in values), strict=True))
    if not row["record_id"]:
        raise _Bad("record_id", "", "no-record-id", "Write the record's own id.")
    state = _one_of(row, "state", STATES)
    confirmation = _one_of(row, "confirmation", CONFIRMATIONS, empty="none")
    harm_class = _harm_class(row, confirmation, classes)
    _agree(state, confirmation)
    return OutcomeRow(
        line, restored(row["record_id"]), state, confirmation, harm_class, _time(row),
        len(row["time"]) <= _DAY_ONLY, restored(row.get("source", "")), row.get("plan", ""),
        row.get("recorded_by", ""), raw, _without_offset(row["time"]),
    )  # fmt: skip


def _one_of(row: Mapping[str, str], column: str, allowed: tuple[str, ...], empty: str = "") -> str:
    """Return the value, `empty` for an empty one where the format says what that means."""
    value = row[column].casefold() or empty
    if value not in allowed:
        close = nearest(value, allowed, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(allowed)}."
        raise _Bad(column, row[column], f"unknown-{column}", hint)
    return value


def _harm_class(row: Mapping[str, str], confirmation: str, classes: Collection[str]) -> str:
    value = row["harm_class"].casefold()
    value = "" if value == "none" else value
    if value and value not in classes:
        close = nearest(value, classes, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(sorted(classes))}."
        raise _Bad("harm_class", row["harm_class"], "unknown-harm-class", hint)
    if not value and confirmation in {"suspected", "presumptive", "confirmed"}:
        hint = f"Say what was {confirmation}."
        raise _Bad("harm_class", "", "no-harm-class", hint)
    if value and confirmation == "none":
        hint = "Where nothing was found harm_class is empty; else say suspected, presumptive or confirmed."
        raise _Bad("harm_class", value, "contradiction", hint)
    return value


#: what can be said of the contents in each state
_SAYABLE = {
    "not_presented": {"none"},
    "presented": {"none", "suspected"},
    "held": {"none", "suspected", "presumptive", "refuted"},
    "inspected": set(CONFIRMATIONS),
}


def _agree(state: str, confirmation: str) -> None:
    if confirmation not in _SAYABLE[state]:
        hint = f"Nobody can have {confirmation} what is {state}; the state is then inspected."
        raise _Bad("confirmation", confirmation, "contradiction", hint)


def _time(row: Mapping[str, str]) -> dt.datetime:
    try:
        return parse_instant(row["time"])
    except (ValueError, OverflowError):
        hint = "Write ISO 8601 with an offset, as 2026-03-01T09:30+01:00; without one it is UTC."
        raise _Bad("time", row["time"], "unreadable-time", hint) from None


def _without_offset(text: str) -> bool:
    return len(text) > _DAY_ONLY and dt.datetime.fromisoformat(text).tzinfo is None
