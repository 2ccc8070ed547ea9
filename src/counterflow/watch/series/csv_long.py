"""The long form: one row per series and period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.watch.grid import KEY, Grid
from counterflow.watch.series.calendars import Calendars
from counterflow.watch.series.csv_key import key_of, tell_gaps
from counterflow.watch.series.csv_text import MISSING, CsvText, Fault
from counterflow.watch.series.csv_values import fault_of_count, fault_of_day, fault_of_whole
from counterflow.watch.series.periods import between, grain_of, index_of, week_start, weeks_in

__all__ = ["read_long"]

Tell = Callable[[str], None]
Whole = npt.NDArray[np.int64]
#: a grid may be mostly empty, but not so empty that its index must be a date or an id
_EMPTIEST = 200
_ALWAYS_ALLOWED = 1_000_000
_MOST_EXACT_SINGLE = 1 << 24


@dataclass(frozen=True)
class _Columns:
    """The file's own names of the columns that are read."""

    series: str
    y: str
    t: str | None
    day: str | None
    year: str | None
    week: str | None
    described: Mapping[str, str]

    def types(self) -> dict[str, pa.DataType]:
        names = pa.dictionary(pa.int32(), pa.string())
        types: dict[str, pa.DataType] = {self.series: names, self.y: pa.float64()}
        types |= {name: pa.int64() for name in (self.t, self.year, self.week) if name}
        if self.day:
            types[self.day] = pa.date32()
        return types | dict.fromkeys(self.described.values(), pa.string())


@dataclass
class _Read:
    """What has been read so far; a row is 12 bytes (16 where a count is very large)."""

    names: dict[str, int] = field(default_factory=dict)
    rows: list[npt.NDArray[np.int32]] = field(default_factory=list)
    at: list[npt.NDArray[np.int32]] = field(default_factory=list)
    counts: list[npt.NDArray[np.floating]] = field(default_factory=list)
    described: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped_weeks: int = 0
    calendars: Calendars = field(default_factory=Calendars)
    weeks_53: int = 0
    no_such_53: int = 0


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """A block holds something unusable; the file is read again to say where."""


def read_long(text: CsvText, tell: Tell) -> Grid:
    """Return the grid of a long file; `counterflow.watch.series.csv_series.read_series` says what it raises."""
    columns = _columns(text)
    read = _Read()
    try:
        for block in text.blocks(columns.types()):
            _take(block, columns, read)
        if not read.rows:
            text.fail("It holds no row.", hint="Write at least one row under the header.", line=2)
        grid = _grid(text, columns, read)
    except (pa.ArrowInvalid, _Wrong) as wrong:
        _say_where(text, columns, str(wrong))
    _tell(read, tell)
    tell_gaps(grid, tell)
    return grid


def _columns(text: CsvText) -> _Columns:
    series, y = text.need("series"), text.need("y", "count", "n")
    t = text.column("t")
    year, week = text.column("year"), text.column("week")
    day = None if t else text.column("starts", "date", "day")
    if t is None and day is None and not (year and week):
        text.need("t")
    if (year is None) != (week is None) and day is None:
        text.need("week" if year else "year")
    described = {name: own for name in KEY.names[1:] if (own := text.column(name)) and own != y}
    return _Columns(series, y, t, day, year if week else None, week if year else None, described)


def _take(block: pa.RecordBatch, columns: _Columns, read: _Read) -> None:
    codes = _codes(block.column(columns.series), read)
    counts = _numbers(block.column(columns.y), np.nan)
    whole = np.isnan(counts) | ((counts >= 0) & (counts < 2**53) & (counts == np.floor(counts)))
    if not whole.all():
        raise _Wrong("A count is not a whole number from 0.")
    at = _at(block, columns, read, codes)
    if len(at) and max(int(at.max()), -int(at.min())) >= 2**31:
        raise _Wrong("A period is out of range.")
    read.rows.append(codes)
    read.at.append(at.astype(np.int32))
    small = not (counts >= _MOST_EXACT_SINGLE).any()
    read.counts.append(counts.astype(np.float32) if small else counts)
    _describe(block, columns, read)


def _codes(column: pa.DictionaryArray, read: _Read) -> npt.NDArray[np.int32]:
    if column.null_count:
        raise _Wrong("A row names no series.")
    own = [str(name).strip() for name in column.dictionary.to_pylist()]
    if not all(own):
        raise _Wrong("A row names no series.")
    if any("\n" in name for name in own):
        raise _Wrong("The name of a series runs over lines.")
    ours = np.array([read.names.setdefault(name, len(read.names)) for name in own], np.int32)
    taken: npt.NDArray[np.int32] = ours[column.indices.to_numpy(zero_copy_only=False)]
    return taken


def _numbers(column: pa.Array, empty: float) -> npt.NDArray[np.float64]:
    return np.asarray(column.fill_null(empty).to_numpy(zero_copy_only=False), np.float64)


def _at(block: pa.RecordBatch, columns: _Columns, read: _Read, codes: npt.NDArray[np.int32]) -> Whole:
    """Return the index of each row: `t`, else days, so far; week numbers are looked at on the way."""
    for name in (columns.t, columns.day, columns.year, columns.week):
        if name and block.column(name).null_count:
            raise _Wrong("A period is empty.")
    year, week = (np.asarray(block.column(name)) if name else None for name in (columns.year, columns.week))
    t = np.asarray(block.column(columns.t), np.int64) if columns.t else None
    if year is not None and week is not None:
        if ((week < 1) | (week > 53) | (year < 1) | (year > 9999)).any():
            raise _Wrong("A week is a number from 1 to 53.")
        _look_at_weeks(year, week, t, codes, read)
    if t is not None:
        return t
    if columns.day:
        return np.asarray(block.column(columns.day).cast(pa.int32()), np.int64)
    if year is None or week is None:
        raise _Wrong("Nothing says which period a row is of.")
    if ((week == 53) & (weeks_in(year) == 52)).any():
        raise _Wrong("The year has no week 53.")
    days: Whole = week_start(year, week).astype(np.int64)
    return days


def _look_at_weeks(year: Whole, week: Whole, t: Whole | None, codes: npt.NDArray[np.int32], read: _Read) -> None:
    last = week == 53
    read.weeks_53 += int(last.sum())
    if last.any():
        long = (weeks_in(year[last]) == 53) | (weeks_in(year[last], week="mmwr") == 53)
        read.no_such_53 += int((~long).sum())
    if t is None:
        return
    read.calendars.add(codes, year, week, t)
    follows = (np.diff(codes) == 0) & (np.diff(t) == 1)
    within = (np.diff(year) == 0) & (np.diff(week) == 1)
    over = (np.diff(year) == 1) & (week[1:] == 1) & (week[:-1] >= 52)
    read.skipped_weeks += int((follows & ~within & ~over).sum())


def _describe(block: pa.RecordBatch, columns: _Columns, read: _Read) -> None:
    """Keep what the file says of each series, and refuse two different words on one series."""
    if not columns.described:
        return
    own = list(columns.described.values())
    table = pa.table({"series": block.column(columns.series).cast(pa.string()), **{n: block.column(n) for n in own}})
    for row in table.group_by(["series", *own]).aggregate([]).to_pylist():
        said = {name: str(row[column]).strip() for name, column in columns.described.items()}
        if read.described.setdefault(str(row["series"]).strip(), said) != said:
            raise _Wrong("A series is described in two ways.")


def _grid(text: CsvText, columns: _Columns, read: _Read) -> Grid:
    low, high = min(int(at.min()) for at in read.at), max(int(at.max()) for at in read.at)
    grain, starts, index = "week", None, None
    if not columns.t:
        days = np.unique(np.concatenate([np.unique(at) for at in read.at]))
        grain = grain_of(days.astype("datetime64[D]")) if columns.day else "week"
        starts = between(days[0].astype("datetime64[D]"), days[-1].astype("datetime64[D]"), grain)
        index = lambda at: index_of(at.astype("datetime64[D]"), grain)  # noqa: E731 - one use, below
        low, high = 0, len(starts) - 1
    size = len(read.names) * (high - low + 1)
    if size > max(_ALWAYS_ALLOWED, _EMPTIEST * sum(map(len, read.rows))):
        said = f"The periods run from {low} to {high} over {len(read.names)} series, nearly all of it empty."
        text.fail(said, hint="t counts periods and rises by one; dates go in `starts`.", column=columns.t)
    origin = low if index is None or starts is None else int(index_of(starts[:1], grain)[0])
    counts = _fill(read, high - low + 1, origin, index)
    if starts is None:
        starts = _dates(high - low + 1)
    t = np.arange(low, high + 1) if columns.t else np.arange(1, len(starts) + 1)
    began = read.calendars.began(low, len(read.names)) if columns.t else None
    return Grid(_key(text, columns, read), grain, starts, t, counts, began=began)


def _fill(read: _Read, width: int, origin: int, index: Callable[[Whole], Whole] | None) -> npt.NDArray[np.float64]:
    """Return the counts, series by period; gives back what was read as it goes."""
    counts = np.full((len(read.names), width), np.nan)
    filled = np.zeros(counts.shape, bool)
    flat, seen = counts.reshape(-1), filled.reshape(-1)
    rows = 0
    while read.rows:
        code, at, values = read.rows.pop(), read.at.pop(), read.counts.pop()
        place = code.astype(np.int64) * width + ((at if index is None else index(at.astype(np.int64))) - origin)
        flat[place] = values
        seen[place] = True
        rows += len(place)
    if int(np.count_nonzero(seen)) != rows:
        raise _Wrong("A series has one period twice.")
    return counts


def _dates(width: int) -> npt.NDArray[np.datetime64]:
    return np.full(width, np.datetime64("NaT"), "datetime64[D]")


def _key(text: CsvText, columns: _Columns, read: _Read) -> pa.Table:
    names = list(read.names)
    said = {name: [read.described[series][name] for series in names] for name in columns.described}
    return key_of(names, **({"source": [text.path.name] * len(names)} | said))


def _tell(read: _Read, tell: Tell) -> None:
    if read.skipped_weeks:
        tell(
            f"In {read.skipped_weeks} places t goes on by one while year and week do not: weeks are missing that t does"
            " not count, or come twice. The series is read by t."
        )
    if read.weeks_53:
        none = f", {read.no_such_53} of them in years that have none" if read.no_such_53 else ""
        tell(
            f"{read.weeks_53} rows are of a week 53{none}. Where year and week go on with t, the season"
            " goes by their days; else by t, 52 to the year."
        )


def _say_where(text: CsvText, columns: _Columns, otherwise: str) -> NoReturn:
    """Read again, slowly, and raise at the first row that is wrong."""
    seen: set[tuple[str, str]] = set()
    described: dict[str, tuple[str, ...]] = {}

    def check(row: Mapping[str, str]) -> Fault | None:
        return _fault_of_row(row, columns) or _fault_among(row, columns, seen, described)

    text.first_fault(check, otherwise)


def _fault_of_row(row: Mapping[str, str], columns: _Columns) -> Fault | None:
    if not row[columns.series]:
        return Fault(columns.series, "", "The row names no series.", "Write the series that it counts.")
    if "\n" in row[columns.series]:
        hint = "A quote that nothing closes swallows the rows after it: mend the quotes."
        return Fault(columns.series, row[columns.series], "The name of a series runs over lines.", hint)
    for name, low, high in ((columns.t, None, None), (columns.year, 1, 9999), (columns.week, 1, 53)):
        if name and (fault := fault_of_whole(name, row[name], low, high)):
            return fault
    if columns.day and (fault := fault_of_day(columns.day, row[columns.day])):
        return fault
    if not columns.t and columns.week and columns.year and not columns.day:
        year, week = int(row[columns.year]), int(row[columns.week])
        if week == 53 and weeks_in(year) == 52:
            hint = "By ISO 8601 it has 52; give t or starts where weeks are counted in another way."
            return Fault(columns.week, row[columns.week], f"{year} has no week 53.", hint)
    return None if row[columns.y] in MISSING else fault_of_count(columns.y, row[columns.y])


def _fault_among(
    row: Mapping[str, str], columns: _Columns, seen: set[tuple[str, str]], described: dict[str, tuple[str, ...]]
) -> Fault | None:
    series = row[columns.series]
    if columns.t or columns.day:
        name = columns.t or columns.day or ""
        period = str(int(row[name])) if columns.t else row[name]
    else:
        name = columns.week or ""
        period = f"{int(row[columns.year or ''])}-{int(row[name])}"
    if (series, period) in seen:
        hint = "One count per series and period; add them up, or keep the later."
        return Fault(name, row[name], f"Series {series!r} has this period twice.", hint)
    seen.add((series, period))
    said = tuple(row[column] for column in columns.described.values())
    if described.setdefault(series, said) != said:
        at = next(i for i, words in enumerate(said) if words != described[series][i])
        hint = f"It was {described[series][at]!r} before; a series has one. Name the second series otherwise."
        return Fault(list(columns.described.values())[at], said[at], f"Series {series!r} changes on the way.", hint)
    return None
