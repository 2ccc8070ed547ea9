"""From a long table of findings to streams: every row taken or refused with its reason, nothing filled in unsaid.

Columns: `period`, `subject`, `count`, and any of `place`, `source`, `measure`, `definition`, `tested`, `looked_for`.
A subject `all` gives the number tested of its counter and period. A table of panel changes has `from_day`, `change`,
`subject`, and any of `source`, `place`, `measure`, `said`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from counterflow.core.errors import InputError, UsageError, nearest
from counterflow.watch.emergence.build import Cells, build
from counterflow.watch.emergence.periods import GRAINS, day_of, floored, grain_of
from counterflow.watch.emergence.streams import CHANGES, Change, Streams

__all__ = ["OPTIONAL", "PANEL_OPTIONAL", "PANEL_REQUIRED", "REQUIRED", "Taken", "read_panel", "read_streams"]

REQUIRED = ("period", "subject", "count")
OPTIONAL = ("place", "source", "measure", "definition", "tested", "looked_for")
PANEL_REQUIRED = ("from_day", "change", "subject")
PANEL_OPTIONAL = ("source", "place", "measure", "said")
_KEY = ("source", "place", "measure", "subject", "definition")
_WITHOUT = {"source": "", "place": "all", "measure": "lab-reports", "definition": ""}
_YES, _NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}
_SHOWN = 5


@dataclass(frozen=True)
class Taken:
    """Streams of a file, and what became of its rows: read = accepted + len(refused), always.

    Args:
        streams: what was read.
        accepted: rows taken.
        refused: line and reason of each row that was not.
    """

    streams: Streams
    accepted: int
    refused: tuple[str, ...]

    def in_words(self) -> str:
        """Return the counts, and the first reasons."""
        shown = "; ".join(self.refused[:_SHOWN]) + (" …" if len(self.refused) > _SHOWN else "")
        told = f"{self.accepted + len(self.refused)} rows read, {self.accepted} taken, {len(self.refused)} refused"
        return f"{told} ({shown})." if shown else f"{told}."


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """Why a row is not taken."""


def read_streams(
    rows: pa.Table,
    changes: Sequence[Change] = (),
    *,
    lines: Sequence[int] | None = None,
    grain: str | None = None,
    file: str = "",
    source: str = "",
) -> Taken:
    """Return the streams of a long table of text cells.

    Args:
        rows: columns as in `REQUIRED` and `OPTIONAL`; other columns are passed over.
        changes: changes of panels and definitions.
        lines: line of each row in its file; counted from 2 where None.
        grain: periods to add up to; as the file has them where None.
        file: name of the file, for messages.
        source: source of rows that name none.

    Raises:
        InputError: a column is missing, or no row could be taken.
        UsageError: `grain` is finer than the file's periods.
    """
    for name in REQUIRED:
        if name not in rows.column_names:
            hint = f"Columns: {','.join(REQUIRED)}, and any of {','.join(OPTIONAL)}."
            raise InputError("A column is missing.", file=file, line=1, column=name, hint=hint)
    columns = {name: rows.column(name).to_pylist() for name in (*REQUIRED, *OPTIONAL) if name in rows.column_names}
    numbers = _looked_are_numbers(columns)
    cells: list[_Cell] = []
    refused: list[str] = []
    seen: set[tuple[object, ...]] = set()
    for place in range(rows.num_rows):
        row = {name: str(values[place] or "").strip() for name, values in columns.items()}
        try:
            cell = _cell(row, source, numbers=numbers)
            _refuse_twice(cell, seen)
            cells.append(cell)
        except _Refused as why:
            refused.append(f"line {lines[place] if lines else place + 2}: {why}")
    if not cells:
        raise InputError(f"No row could be taken. {'; '.join(refused[:_SHOWN])}", file=file, hint="Mend the rows.")
    return Taken(_streams(cells, changes, grain), len(cells), tuple(refused))


def _refuse_twice(cell: _Cell, seen: set[tuple[object, ...]]) -> None:
    if cell.same in seen:
        raise _Refused("a second row of one subject, place, source, definition and period; add them up")
    seen.add(cell.same)


@dataclass(frozen=True, slots=True)
class _Cell:
    key: tuple[str, ...]
    day: dt.date
    written: str
    count: float
    tested: float
    looked: int

    @property
    def same(self) -> tuple[object, ...]:
        return (self.key, self.day)


def _looked_are_numbers(columns: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether `looked_for` holds how many were looked at, not yes or no."""
    given = {str(value).strip().casefold() for value in columns.get("looked_for", ()) if value}
    return bool(given - _YES - _NO) and "tested" not in columns


def _cell(row: Mapping[str, str], source: str, *, numbers: bool) -> _Cell:
    met = day_of(row["period"])
    if met is None:
        raise _Refused(f"{row['period'][:40]!r} is no period; write 2019, 2019-Q3, 2019-07, 2019-W07 or 2019-07-15")
    if not row["subject"]:
        raise _Refused("no subject")
    key = tuple(row.get(name) or (source if name == "source" and source else _WITHOUT.get(name, "")) for name in _KEY)
    count = _number(row["count"], "count")
    said = row.get("looked_for", "").casefold()
    tested = _number(said if numbers else row.get("tested", ""), "looked_for" if numbers else "tested")
    looked = -1 if numbers else 1 if said in _YES else 0 if said in _NO else -1
    if said and not numbers and looked < 0:
        raise _Refused(f"looked_for is yes or no, not {said[:20]!r}")
    if looked == 0 and count > 0:
        raise _Refused("found, though looked_for says no")
    if math.isnan(count) and looked != 0:
        raise _Refused("no count; where it was not looked for, write looked_for no")
    if not math.isnan(tested) and count > tested:
        raise _Refused(f"more found ({count:g}) than tested ({tested:g})")
    return _Cell(key, *met, count, tested, looked)


def _number(written: str, column: str) -> float:
    if not written:
        return math.nan
    try:
        value = float(written)
    except ValueError:
        raise _Refused(f"{column} is no number: {written[:20]!r}") from None
    if not math.isfinite(value) or value < 0 or value != math.floor(value):
        raise _Refused(f"{column} must be a whole number from 0, not {written[:20]!r}")
    return value


def _streams(cells: Sequence[_Cell], changes: Sequence[Change], grain: str | None) -> Streams:
    days = np.array([cell.day for cell in cells], "datetime64[D]")
    own = grain_of(days, {cell.written for cell in cells})
    wanted = grain or ("week" if own == "day" else own)
    if GRAINS.index(wanted) < GRAINS.index(own):
        raise UsageError(f"The file counts by {own}; it cannot be told by {wanted}.", hint=f"--grain {own} or longer.")
    keys = [pa.array([cell.key[at] for cell in cells]) for at in range(len(_KEY))]
    count, tested = (np.array([getattr(cell, name) for cell in cells], float) for name in ("count", "tested"))
    looked = np.array([cell.looked for cell in cells], np.int8)
    made = Cells(pa.table(keys, names=list(_KEY)), floored(days, wanted), count, tested, looked)
    return build(made, wanted, changes)


def read_panel(rows: pa.Table, *, lines: Sequence[int] | None = None, file: str = "") -> tuple[Change, ...]:
    """Return the changes of panels and definitions that a table of text cells tells.

    Raises:
        InputError: a row cannot be read: a panel is small, and a lost row of it would make a column look like a drug.
    """
    found = []
    for place, row in enumerate(rows.to_pylist()):
        line = lines[place] if lines else place + 2
        met = day_of(str(row.get("from_day") or ""))
        kind = str(row.get("change") or "").strip().casefold()
        if met is None:
            value = row.get("from_day")
            raise InputError(
                "This is no day.", file=file, line=line, column="from_day", value=value, hint="Write YYYY-MM-DD."
            )
        if kind not in CHANGES:
            close = nearest(kind, CHANGES, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(CHANGES)}."
            raise InputError("This is no kind of change.", file=file, line=line, column="change", value=kind, hint=hint)
        who = [str(row.get(name) or "*").strip() for name in ("source", "place", "measure", "subject")]
        found.append(
            Change(who[0], who[1], who[2], who[3], np.datetime64(met[0], "D"), kind, str(row.get("said") or "").strip())
        )
    return tuple(found)
