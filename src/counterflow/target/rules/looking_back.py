"""What the past says of a key: when it was last declared, and what inspections of it showed.

Nothing of a line's own day counts as past, and an outcome counts from the day after it became known: a rule gives the
same answer whether it is asked on the day or in a back-test a year later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.features.lines import Known, Lines
from counterflow.target.rules.conditions import New, Past
from counterflow.target.rules.keys import Ints, key_codes

__all__ = ["History", "declared_before", "inspected_before"]

Floats = npt.NDArray[np.float64]
_COMPARED = {
    "<": np.less, "<=": np.less_equal, "=": np.equal, ">=": np.greater_equal, ">": np.greater,
}  # fmt: skip


@dataclass(frozen=True)
class History:
    """The stored past that a rule may look at.

    Args:
        lines: earlier records (those that are asked about may be among them).
        known: what inspections of them showed, one place per record of `lines`.
    """

    lines: Lines
    known: Known


def declared_before(test: New, lines: Lines, history: History | None) -> pa.Array:
    """Return for each line whether its key is new: true, false, or null where nobody can tell.

    Nobody can tell where the key is empty, or where the records at hand do not reach back so far and none of them has
    the key: then it may have been there before.
    """
    tables = [lines.table] if history is None else [lines.table, history.lines.table]
    codes = key_codes(tables, test.key)
    days = [_days(table) for table in tables]
    every_code, every_day = np.concatenate(codes), np.concatenate(days)
    if not len(every_day):
        return pa.array([], pa.bool_())
    first_day = every_day.min()
    before = _day_before(every_code, every_day)[: lines.table.num_rows]
    mine, day = codes[0], days[0]
    seen = before >= day - test.days
    unsure = ~seen & (day - test.days < first_day)
    return pa.array(~seen, mask=unsure | (mine < 0))


def _days(table: pa.Table) -> Ints:
    return np.asarray(table.column("day").cast(pa.int32()).to_numpy(), np.int64)


_NEVER = np.iinfo(np.int64).min // 2


def _day_before(codes: Ints, days: Ints) -> Ints:
    """Return for each line the last earlier day with the same code; a day before all days where there was none."""
    first = days.min()
    span = days.max() - first + 1
    pairs, place = np.unique(codes * span + (days - first), return_inverse=True)
    before = np.full(len(pairs), _NEVER, np.int64)
    same = pairs[1:] // span == pairs[:-1] // span
    before[1:][same] = pairs[:-1][same] % span + first
    return before[place]


def inspected_before(test: Past, lines: Lines, history: History | None) -> pa.Array:
    """Return for each line whether the past of its key meets the bound; null where it cannot be told."""
    if history is None:
        return pa.nulls(lines.table.num_rows, pa.bool_())
    mine, theirs = key_codes([lines.table, history.lines.table], test.key)
    day = _days(lines.table)
    inspected, found = _events(test, history, theirs)
    count = _within(inspected, mine, day, test.days)
    finds = _within(found, mine, day, test.days)
    if test.what == "rate":
        number: Floats = 100.0 * finds / np.maximum(count, 1)
        unknown = count < test.least
    else:
        number = (finds if test.what == "finds" else count).astype(np.float64)
        unknown = np.zeros(len(mine), bool)
    met = _COMPARED[test.op](number, float(test.bound))
    return pa.array(met, mask=unknown | (mine < 0))


def _events(test: Past, history: History, codes: Ints) -> tuple[Ints, Ints]:
    """Return (code, day known) of every inspection and of every find; a record counts once for each of its keys."""
    known = history.known
    settled = np.asarray(pc.is_valid(known.found).to_numpy(zero_copy_only=False), bool)
    row = history.lines.row
    used = settled[row] & (codes >= 0)
    code, record = np.divmod(np.unique(codes[used] * history.lines.records + row[used]), max(history.lines.records, 1))
    events = np.stack([code, np.asarray(known.on, np.int64)[record]], axis=1)
    wanted = pc.not_equal(known.found, "") if test.harm_class in {"any", ""} else pc.equal(known.found, test.harm_class)
    is_find = np.asarray(pc.fill_null(wanted, False).to_numpy(zero_copy_only=False), bool)
    return events, events[is_find[record]]


def _within(events: Ints, codes: Ints, day: Ints, days: int) -> Ints:
    """Return how many events of each line's code lie from `days` days before its day to the day before it."""
    if not len(events):
        return np.zeros(len(codes), np.int64)
    low = min(int(events[:, 1].min()), int(day.min()) if len(day) else 0) - days - 1
    span = max(int(events[:, 1].max()), int(day.max()) if len(day) else 0) - low + 2
    placed = np.sort(events[:, 0] * span + (events[:, 1] - low))
    at = codes * span - low
    # One place for each code and day: the number of events up to a place is found by halving.
    return np.searchsorted(placed, at + day, "left") - np.searchsorted(placed, at + day - days, "left")
