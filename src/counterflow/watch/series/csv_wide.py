"""The wide form: one row per period, one column of counts per series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.grid import Grid
from counterflow.watch.series.csv_key import key_of, tell_gaps
from counterflow.watch.series.csv_text import MISSING, CsvText, Fault
from counterflow.watch.series.csv_values import fault_of_count, fault_of_day, fault_of_whole
from counterflow.watch.series.periods import between, grain_of, index_of

__all__ = ["read_wide"]

Tell = Callable[[str], None]
_DAYS = ("starts", "date", "day", "week", "month", "week_start", "period")
_LONGEST = 200_000


@dataclass(frozen=True)
class _Columns:
    period: str
    dated: bool
    counts: tuple[str, ...]


def read_wide(text: CsvText, tell: Tell) -> Grid:
    """Return the grid of a wide file; `counterflow.watch.series.csv_series.read_series` says what it raises."""
    columns = _columns(text)
    period_type = pa.date32() if columns.dated else pa.int64()
    types = {columns.period: period_type, **dict.fromkeys(columns.counts, pa.float64())}
    try:
        blocks = list(text.blocks(types))
        table = pa.Table.from_batches(blocks) if blocks else None
    except pa.ArrowInvalid as error:
        _say_where(text, columns, str(error))
    if table is None or not table.num_rows:
        text.fail("It holds no row.", hint="Write at least one row under the header.", line=2)
    counts = np.stack([np.asarray(table.column(name).to_numpy(), np.float64) for name in columns.counts])
    bad = ~np.isnan(counts) & ((counts < 0) | (counts >= 2**53) | (counts != np.floor(counts)))
    at = np.asarray(table.column(columns.period).cast(pa.int64() if not columns.dated else pa.int32()).to_numpy())
    if bad.any() or table.column(columns.period).null_count or len(np.unique(at)) != len(at):
        _say_where(text, columns, "A count or a period is unusable.")
    grid = _grid(text, columns, at.astype(np.int64), counts)
    tell_gaps(grid, tell)
    return grid


def _columns(text: CsvText) -> _Columns:
    t = text.column("t")
    period = t or text.column(*_DAYS)
    if period is None:
        if text.column("y", "count") is not None:
            text.need("series")
        text.need("t")
    aside = {name for name in (text.column("year"), text.column("week") if t else None) if name}
    counts = tuple(name for name in text.header if name != period and name not in aside)
    if not counts:
        text.fail("It has no column of counts.", hint="Give series,t,year,week,y or one column per series.", line=1)
    return _Columns(str(period), t is None, counts)


def _grid(text: CsvText, columns: _Columns, at: npt.NDArray[np.int64], counts: npt.NDArray[np.float64]) -> Grid:
    grain, starts = "week", None
    if columns.dated:
        days = at.astype("datetime64[D]")
        grain = grain_of(days)
        starts = between(days.min(), days.max(), grain)
        at = index_of(days, grain)
    low, width = int(at.min()), int(at.max() - at.min() + 1)
    if width > max(_LONGEST, 200 * len(at)):
        said = f"The periods run from {low} to {int(at.max())} in {len(at)} rows."
        text.fail(said, hint="t counts periods and rises by one; dates go in `starts`.", column=columns.period)
    full = np.full((len(columns.counts), width), np.nan)
    full[:, at - low] = counts
    if starts is None:
        starts = np.full(width, np.datetime64("NaT"), "datetime64[D]")
    first = 1 if columns.dated else low
    key = key_of(list(columns.counts), source=[text.path.name] * len(columns.counts))
    return Grid(key, grain, starts, np.arange(first, first + width), full)


def _say_where(text: CsvText, columns: _Columns, otherwise: str) -> NoReturn:
    seen: set[str] = set()

    def check(row: Mapping[str, str]) -> Fault | None:
        period = row[columns.period]
        fault = (fault_of_day(columns.period, period) if columns.dated
                 else fault_of_whole(columns.period, period, None, None))  # fmt: skip
        if fault:
            return fault
        if period in seen:
            hint = "One row per period; a file of replicates is split into one file each."
            return Fault(columns.period, period, "This period stands twice.", hint)
        seen.add(period)
        found = (fault_of_count(name, row[name]) for name in columns.counts if row[name] not in MISSING)
        return next((fault for fault in found if fault), None)

    text.first_fault(check, otherwise)
