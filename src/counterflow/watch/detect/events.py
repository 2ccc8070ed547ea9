"""Times of events from a file, for the 24-hour rule: places and times alone, nothing of a person."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.watch.series.csv_text import Fault, open_csv

__all__ = ["read_events"]

_LONGEST_DAYS = 40 * 366


def read_events(path: Path | str) -> tuple[list[str], npt.NDArray[np.int64], npt.NDArray[np.datetime64]]:
    """Return names of places, the place of each event, and its time.

    Raises:
        InputError: no such file, a column is lacking, an event has no place, a time cannot be read, or times lie
            decades apart.
    """
    file = open_csv(path, "a CSV of events: place,time")
    names = file.need("place"), file.need("time")
    try:
        table = pa.Table.from_batches(list(file.blocks(dict.fromkeys(names, pa.string()))))
    except pa.ArrowInvalid as error:
        file.first_fault(lambda row: _fault(row, *names), f"The CSV cannot be read: {error}.")
    except ValueError:
        file.fail("It holds no event.", hint="One row for each event: place,time.", line=2)
    place, text = (pc.utf8_trim_whitespace(table.column(name).combine_chunks()) for name in names)
    try:
        time = pc.cast(pc.replace_substring(text, "T", " "), pa.timestamp("s"))
    except pa.ArrowInvalid:
        file.first_fault(lambda row: _fault(row, *names), "A time is none.")
    if pc.any(pc.equal(place, "")).as_py():
        file.first_fault(lambda row: _fault(row, *names), "An event has no place.")
    encoded = place.dictionary_encode()
    seconds = np.asarray(time).astype("datetime64[s]")
    if (seconds.max() - seconds.min()) > np.timedelta64(_LONGEST_DAYS, "D"):
        file.fail(f"Times go from {seconds.min()} to {seconds.max()}.", hint="Is a year mistyped?", column=names[1])
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.int64), seconds


def _fault(row: Mapping[str, str], place: str, time: str) -> Fault | None:
    if not row[place]:
        return Fault(place, "", "The event has no place.", "Name it, or leave the row out.")
    hint = "Times are 2026-05-01T13:40, in local time and without offset, or days alone."
    try:
        known = dt.datetime.fromisoformat(row[time]).tzinfo is None and re.match(_FORM, row[time])
    except ValueError:
        known = None
    return None if known else Fault(time, row[time], "This is not a time.", hint)


_FORM = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?$"
