"""Times of events from a file, for the 24-hour rule: places and times alone, nothing of a person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from counterflow.core.errors import InputError

__all__ = ["read_events"]

_LONGEST_DAYS = 40 * 366


def read_events(path: Path) -> tuple[list[str], npt.NDArray[np.int64], npt.NDArray[np.datetime64]]:
    """Return names of places, the place of each event, and its time.

    Raises:
        InputError: no such file, a column is lacking, a time cannot be read, or times lie decades apart.
    """
    try:
        table = pv.read_csv(path, convert_options=pv.ConvertOptions(
            column_types={"place": pa.string(), "time": pa.string()}, include_columns=["place", "time"],
            strings_can_be_null=True,
        ))  # fmt: skip
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise InputError(
            f"{path.name} cannot be read: {str(error).splitlines()[0]}",
            file=path,
            hint="A CSV with place,time.",
        ) from None
    text = pc.utf8_trim_whitespace(table.column("time").combine_chunks())
    bad = pc.is_null(text)
    try:
        time = pc.cast(pc.replace_substring(text, "T", " "), pa.timestamp("s"))
    except pa.ArrowInvalid:
        time, bad = None, pc.invert(pc.match_substring_regex(pc.fill_null(text, ""), _FORM))
    if time is None or pc.any(bad).as_py():
        row = int(np.flatnonzero(np.asarray(bad))[0]) if pc.any(bad).as_py() else 0
        raise InputError(
            f"{text[row].as_py() or 'nothing'} is not a time.", file=path, line=row + 2, column="time",
            hint="Times are 2026-05-01 13:40, or days alone.",
        )  # fmt: skip
    if not len(text):
        raise InputError(f"{path.name} holds no event.", file=path, hint="One row for each event: place,time.")
    names = pc.fill_null(table.column("place").combine_chunks(), "").dictionary_encode()
    seconds = np.asarray(time).astype("datetime64[s]")
    if (seconds.max() - seconds.min()) > np.timedelta64(_LONGEST_DAYS, "D"):
        raise InputError(
            f"Times go from {seconds.min()} to {seconds.max()}.", file=path, column="time", hint="Is a year mistyped?"
        )
    return names.dictionary.to_pylist(), np.asarray(names.indices).astype(np.int64), seconds


_FORM = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?$"
