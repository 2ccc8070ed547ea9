"""The days of one record in order: posted, announced, arrived, received, screened, drawn, presented, found, decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from counterflow.report.numbers import counted

__all__ = ["timeline_of"]

_MOVES = {
    "take": "taken in hand",
    "give-back": "given back",
    "note": "noted",
    "release": "released",
    "reopen": "reopened",
}
_MIDNIGHT = dt.time(tzinfo=dt.UTC)


def timeline_of(file: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what happened, oldest first: `time` (instant or day), `what`, `words`.

    What is only known to the day stands before the instants of that day.
    """
    moments = [*_sent(file["record"]), *_received(file), *_planned(file), *_after(file)]
    return sorted((m for m in moments if m["time"] is not None), key=lambda m: _instant(m["time"]))


def _instant(time: dt.date | dt.datetime) -> dt.datetime:
    return time if isinstance(time, dt.datetime) else dt.datetime.combine(time, _MIDNIGHT)


def _moment(time: object, what: str, words: str = "") -> dict[str, Any]:
    return {"time": time, "what": what, "words": words}


def _sent(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield _moment(record["declared_on"], "declared", f"by {record['sender']}" if record["sender"] else "")
    yield _moment(record["posted_at"], "posted or handed over")
    late = record["advance_at"] and record["due_at"] and record["advance_at"] > record["due_at"]
    yield _moment(record["advance_at"], "advance data came", "later than it was due" if late else "")
    if record["due_at"] and not record["advance_at"]:
        yield _moment(record["due_at"], "advance data was due", "none came")
    yield _moment(record["arrived_at"], "arrived", f"at {record['office']}" if record["office"] else "")


def _received(file: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    name = file["load"].get("file")
    yield _moment(file["record"]["first_seen"], "received here", f"in {name}" if name else "")
    for row in file["screenings"]:
        yield _moment(row["screened_at"], "screened", f"by {counted(len(row['checks']), 'check')}")


def _planned(file: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in file["plans"]:
        if row["arm"]:
            words = f"{row['arm']}, number {row['rank']} on the sheet of {row['office']}, {row['lane']}, {row['day']}"
            yield _moment(row["made_at"], "drawn", words)
        else:
            yield _moment(row["made_at"], "in the frame, not drawn", f"for {row['day']}")


def _after(file: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in file["outcomes"]:
        found = "" if row["confirmation"] == "none" else f": {row['confirmation']} {row['harm_class'] or ''}".rstrip()
        by = f", recorded by {row['recorded_by']}" if row["recorded_by"] else ""
        nothing = ": nothing found" if row["state"] == "inspected" and row["confirmation"] == "none" else ""
        yield _moment(row["time"], f"{row['state'].replace('_', ' ')}{found}{nothing}", by.removeprefix(", "))
    for row in file["notices"]:
        yield _moment(
            row["told_at"], f"{row['recipient']} was told", f"{row['told']}: {row['about'] or ''}".rstrip(": ")
        )
    for row in file["acts"]:
        two = f" and {row['second_person']}" if row["second_person"] else ""
        words = f"by {row['person']}{two}" + (f": {row['words']}" if row["words"] else "")
        yield _moment(row["acted_at"], _MOVES.get(row["act"], row["act"]), words)
    yield _moment(file["erased_at"], "personal data erased")
