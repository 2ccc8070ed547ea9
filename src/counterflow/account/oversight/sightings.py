"""Sightings: a vehicle, parcel or sample seen at one place and time, as logs of scanners, gates and laboratories do.

Known are an id (record, container, plate, seal or sample), a time and a port; other columns are passed over and named.
A log without ids is refused: nothing could be found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from counterflow.account.given import Rows, read_rows
from counterflow.account.oversight.event_times import moment_of
from counterflow.account.oversight.event_words import folded_name
from counterflow.core.errors import InputError, UsageError

__all__ = ["FIELDS", "Log", "Sighting", "read_log"]

#: field: names under which logs have it
FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "record_id", "record", "plate", "licence_plate", "license_plate", "number_plate", "registration",
           "vehicle", "vehicle_id", "container", "container_id", "container_no", "item_id", "parcel", "tracking",
           "sample", "sample_id", "seal", "consignment", "consignment_id", "declaration", "identifier", "case",
           "case_id"),
    "time": ("time", "timestamp", "datetime", "date_time", "at", "when", "date", "day", "hour", "seen_at", "scanned_at",
             "passed_at", "received_at", "ts", "event_time"),
    "port": ("port", "site", "office", "gate", "location", "place", "terminal", "port_of_entry", "laboratory", "lab"),
}  # fmt: skip
_SIGNS = re.compile(r"[\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One line of a log.

    Args:
        line: line in its file, or place in the store.
        id: as written; "" where the log has none.
        key: the id as it is compared: capitals, without blanks and signs.
        port: as written; "" where none is told.
        minute: minutes since 1970, in the house's own time; None where no time is told.
        bare: whether only the day is told.
    """

    line: int
    id: str
    key: str
    port: str
    minute: int | None
    bare: bool = False


@dataclass(frozen=True)
class Log:
    """A log that was read.

    Args:
        name: scanner, gate, lab or system.
        source: name of its file.
        sightings: in the order of the file.
        said: what the reader should know.
    """

    name: str
    source: str
    sightings: tuple[Sighting, ...]
    said: tuple[str, ...] = ()


def read_log(path: Path, name: str, columns: Mapping[str, str] | None = None) -> Log:
    """Read a log of sightings.

    Args:
        path: CSV or Parquet.
        name: what it is a log of.
        columns: field to column, where the names do not tell.

    Raises:
        InputError: no column of ids, or a time that is none: with line and column.
        UsageError: a field is named that there is not.
    """
    rows = read_rows(path, f"the log of the {name}: an id, a time and a port a line")
    found = _columns(rows, columns or {}, name)
    times = [None] * len(rows.cells) if "time" not in found else _times(rows, found["time"])
    ids = rows.column(found["id"])
    ports = rows.column(found["port"]) if "port" in found else [""] * len(ids)
    made = [
        Sighting(line, one.strip(), comparable(one), port.strip(), *(when or (None, False)))
        for line, one, port, when in zip(rows.lines, ids, ports, times, strict=True)
    ]
    unused = [column for column in rows.header if column not in found.values()]
    said = [*rows.said, *([f"{name}: columns not used: {', '.join(unused)}"] if unused else [])]
    if "time" not in found:
        said.append(f"{name}: no column of times; ids alone decide")
    return Log(name, path.name, tuple(made), tuple(said))


def comparable(text: str) -> str:
    """Return an id as it is compared.

    >>> comparable(" ab-12 c ")
    'AB12C'
    """
    return _SIGNS.sub("", text).upper()


def _columns(rows: Rows, said: Mapping[str, str], name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, column in said.items():
        if field not in FIELDS:
            raise UsageError(f"A log has no field {field!r}.", hint=f"Known: {', '.join(FIELDS)}.")
        if column in rows.header:
            found[field] = column
    for field, words in FIELDS.items():
        for word in () if field in found else words:
            column = next((c for c in rows.header if folded_name(c) == word and c not in found.values()), "")
            if column:
                found[field] = column
                break
    if "id" not in found:
        raise InputError(
            f"This is no log of a {name} that can be read: no column of ids.", file=rows.path, line=1,
            hint=f"Name it: --column id=… ; the file has {', '.join(rows.header)}.",
        )  # fmt: skip
    return found


def _times(rows: Rows, column: str) -> list[tuple[int, bool] | None]:
    made: list[tuple[int, bool] | None] = []
    for row, text in enumerate(rows.column(column)):
        moment = moment_of(text) if text.strip() else None
        if text.strip() and moment is None:
            raise rows.fault(row, column, "This is not a time.", "Write times as 2025-03-31T14:05.")
        made.append(None if moment is None else (moment[0] * 1440 + max(moment[1], 0), moment[1] < 0))
    return made


def log_of(name: str, source: str, rows: Sequence[tuple[str, str, int | None]], *, bare: bool = False) -> Log:
    """Return a log from (id, port, minute) rows, as the store has them."""
    made = [Sighting(n, one, comparable(one), port, minute, bare) for n, (one, port, minute) in enumerate(rows, 1)]
    return Log(name, source, tuple(made))
