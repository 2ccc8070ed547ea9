"""Reading a reporting triangle from a CSV: reference_date, report_date or delay, count, and what the counts are of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import nearest
from counterflow.watch.nowcast.groups import pick
from counterflow.watch.nowcast.triangle import MAX_DELAY, Floats, Triangle
from counterflow.watch.series.csv_text import CsvText, open_csv
from counterflow.watch.series.csv_values import fault_of_day

__all__ = ["Asked", "read_triangles"]

Whole = npt.NDArray[np.int64]

_REFERENCE, _REPORT, _DELAY, _COUNT = "reference_date", "report_date", "delay", "count"
#: longest stretch of reference days in one file, in steps: a mistyped century is no series
_LONGEST = 20_000
#: a count is a whole number that a double holds exactly
_LARGEST = 2.0**53
_WRITE = "Write a whole number; 0 where nothing new came, as for a row that is left out."
#: from this share of rows on that never fall, with many delays, counts are taken to be running totals
_RUNNING = 0.98


@dataclass(frozen=True)
class Asked:
    """What is wanted of a file.

    Args:
        where: column to the value that it must have.
        each: a triangle for every group, instead of one.
        max_delay: largest delay that counts, in steps; later reports are left out.
        cumulative: the counts are running totals, not new reports.
    """

    where: Mapping[str, str] | None = None
    each: bool = False
    max_delay: int = MAX_DELAY
    cumulative: bool = False


def read_triangles(path: Path | str, asked: Asked | None = None) -> list[Triangle]:
    """Return the triangles of a CSV, plain or gzipped.

    Weeks are told from days by the reference days themselves: all seven days apart. Delays then count in whole weeks, a
    begun one as whole. Cells that have no row count as 0, up to the last report.

    Raises:
        InputError: the file cannot be read, a value is none, two rows contradict each other, groups are not told
            apart, or counts look like running totals.
    """
    wanted = asked or Asked()
    file = open_csv(path, "a triangle: a CSV of reference_date, report_date or delay, count")
    table = _table(file)
    days = _days(table, _REFERENCE, file)
    counts = _counts(table, file)
    others = [name for name in table.column_names if name not in (_REFERENCE, _REPORT, _DELAY, _COUNT)]
    step = _step(days)
    delays, said = _delays(table, days, step, file)
    out = []
    for group, rows in pick(table, others, wanted.where or {}, each=wanted.each, file=file.path.name):
        triangle = _triangle(days[rows], delays[rows], counts[rows], rows, step, wanted, file)
        total = [] if wanted.each else _totals_taken(table, group, wanted.where or {})
        out.append(replace(triangle, group=group, said=(*total, *said, *triangle.said)))
    return out


def _totals_taken(table: pa.Table, group: Mapping[str, str], where: Mapping[str, str]) -> list[str]:
    """Say which total of several groups was taken where nobody named one."""
    free = [name for name in group if name not in where and len(pc.unique(table.column(name))) > 1]
    return [f"Of column {name} the total {group[name]!r} is taken; --where or --each for its parts." for name in free]


def _table(file: CsvText) -> pa.Table:
    """Return the file as text columns; those that are read have our names."""
    _check_header(file)
    ours = {file.column(name): name for name in (_REFERENCE, _REPORT, _DELAY, _COUNT)}
    types = dict.fromkeys(file.header, pa.string())
    try:
        table = pa.Table.from_batches(list(file.blocks(types)), pa.schema(list(types.items())))
    except pa.ArrowInvalid as error:
        file.first_fault(lambda _: None, f"The CSV cannot be read: {error}.")
    return table.rename_columns([ours.get(name, name) for name in file.header])


def _check_header(file: CsvText) -> None:
    missing = [name for name in (_REFERENCE, _COUNT) if file.column(name) is None]
    if file.column(_REPORT, _DELAY) is None:
        missing.append(f"{_REPORT} or {_DELAY}")
    if missing:
        near = [f"{found[0]!r} for {name}" for name in missing if (found := nearest(name.split()[0], file.header, 1))]
        hint = f"The file has {', '.join(file.header)[:200]}." + (f" Rename {', '.join(near)}?" if near else "")
        file.fail(f"A column is missing: {', '.join(missing)}.", hint=hint, line=1)


def _line(file: CsvText, row: int) -> int:
    """Return the line on which a row ends; empty lines and breaks within quotes are counted."""
    return next(islice(file.rows(), row, None))[0]


def _bad(file: CsvText, table: pa.Table, column: str, row: int, words: str, hint: str) -> NoReturn:
    """Raise the error for one cell."""
    value = table.column(column)[row].as_py()
    file.fail(words, hint=hint, line=_line(file, row), column=file.column(column), value=value)


def _days(table: pa.Table, column: str, file: CsvText) -> Whole:
    """Return days since 1970."""
    text = pc.utf8_trim_whitespace(table.column(column))
    if not len(text):
        file.fail("It holds no row.", line=2, hint="Write at least one row under the header.")
    try:
        # A cast refuses 30 February; strptime would make it 1 March.
        days = text.cast(pa.date32())
    except pa.ArrowInvalid:
        wrong = (row for row, day in enumerate(text.to_pylist()) if fault_of_day("", day))
        _bad(file, table, column, next(wrong, 0), "This is no day.", "Write YYYY-MM-DD.")
    return np.asarray(days.cast(pa.int32()).to_numpy(), np.int64)


def _numbers(table: pa.Table, column: str, file: CsvText) -> Floats:
    text = pc.utf8_trim_whitespace(table.column(column))
    fits = pc.match_substring_regex(text, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?$")
    if not pc.all(fits).as_py():
        row = pc.index(fits, False).as_py()
        _bad(file, table, column, row, "This is no number.", _WRITE)
    return np.asarray(pc.cast(text, pa.float64()).to_numpy(), np.float64)


def _counts(table: pa.Table, file: CsvText) -> Floats:
    counts = _numbers(table, _COUNT, file)
    whole = counts == np.rint(counts)
    if not whole.all():
        row = int(np.flatnonzero(~whole)[0])
        _bad(file, table, _COUNT, row, "A count is whole.", "Rates and shares are no counts; give events.")
    large = np.abs(counts) >= _LARGEST
    if large.any():
        _bad(file, table, _COUNT, int(np.flatnonzero(large)[0]), "This is no count.", _WRITE)
    return counts


def _step(days: Whole) -> int:
    apart = np.diff(np.unique(days)).astype(np.int64)
    return 7 if len(apart) and not np.remainder(apart, 7).any() else 1


def _delays(table: pa.Table, days: Whole, step: int, file: CsvText) -> tuple[Whole, tuple[str, ...]]:
    """Return delays in steps."""
    if _REPORT in table.column_names:
        reported = _days(table, _REPORT, file)
        late, column = reported - days, _REPORT
        # A report in the middle of a week is known to be there at the week's end only.
        delays = -(-late // step)
        if _DELAY in table.column_names:
            told = _numbers(table, _DELAY, file)
            differs = (told != late) & (told != delays)
            if differs.any():
                row = int(np.flatnonzero(differs)[0])
                hint = f"From {_REFERENCE} to {_REPORT} are {late[row]} days; leave out one of the two columns."
                _bad(file, table, _DELAY, row, "Delay and days disagree.", hint)
    else:
        told, column = _numbers(table, _DELAY, file), _DELAY
        if (told != np.rint(told)).any():
            row = int(np.flatnonzero(told != np.rint(told))[0])
            _bad(file, table, _DELAY, row, "A delay is whole.", "Delays count in steps of the reference days.")
        late = delays = told.astype(np.int64)
    if (late < 0).any():
        row = int(np.flatnonzero(late < 0)[0])
        _bad(file, table, column, row, "It was reported before it happened.", "Mend the dates of this row.")
    unit = "weeks" if step == 7 else "days"
    return delays.astype(np.int64), (f"Delays are counted in {unit}.",) if step == 7 else ()


def _triangle(
    days: Whole, delays: Whole, counts: Floats, rows: Whole, step: int, wanted: Asked, file: CsvText
) -> Triangle:
    """Return one group's triangle; a cell that has no row is 0."""
    said: tuple[str, ...] = ()
    first = int(days.min())
    periods = (days - first) // step
    if int(periods.max()) + 1 > _LONGEST:
        near, far = (dt.date(1970, 1, 1) + dt.timedelta(int(day)) for day in (first, days.max()))
        said_far = f"Reference days run from {near} to {far}: more than {_LONGEST} periods."
        file.fail(said_far, hint="Mend the day that is out of place.", column=file.column(_REFERENCE))
    kept = delays <= wanted.max_delay
    if not kept.all():
        share = float(np.abs(counts[~kept]).sum() / max(np.abs(counts).sum(), 1.0))
        said += (f"Reports later than {wanted.max_delay} steps are left out: {share:.1%} of the file's counts.",)
    keys, once, back = np.unique(
        periods[kept] * (wanted.max_delay + 1) + delays[kept], return_index=True, return_inverse=True
    )
    values = counts[kept]
    if (values != values[once][back]).any():
        row = int(rows[kept][np.flatnonzero(values != values[once][back])[0]])
        hint = "Keep one row per reference and report; name a group with --where COLUMN=VALUE where there are several."
        file.fail("Two rows give different counts for one cell.", line=_line(file, row), hint=hint)
    if len(keys) < len(values):
        said += (f"{len(values) - len(keys)} rows repeat another one word for word; each counts once.",)
    cells = np.full((int(periods.max()) + 1, wanted.max_delay + 1), np.nan)
    cells.flat[keys] = values[once]
    final = int((periods + delays).max())
    due = np.arange(len(cells))[:, None] + np.arange(cells.shape[1])[None, :] <= final
    reference = (np.datetime64("1970-01-01") + first + step * np.arange(len(cells))).astype("datetime64[D]")
    if wanted.cumulative:
        made = Triangle.from_cumulative(reference, cells, step=step, said=said)
        return replace(made, counts=np.where(due, np.nan_to_num(made.counts), np.nan))
    _refuse_running_totals(cells, file)
    return Triangle(reference, np.where(due, np.nan_to_num(cells), np.nan), step, said=said)


def _refuse_running_totals(cells: Floats, file: CsvText) -> None:
    """Raise where counts look like running totals: they never fall with delay, in nearly every period."""
    known = (~np.isnan(cells)).sum(axis=1)
    rows = cells[(known >= 6) & (np.nan_to_num(cells).sum(axis=1) >= 20)]
    if len(rows) < 5:
        return
    steps = np.diff(rows, axis=1)
    never_falls = np.where(np.isnan(steps), True, steps >= 0).all(axis=1)
    if float(never_falls.mean()) >= _RUNNING:
        hint = "Give --cumulative where they are; else give what each report added."
        said = "The counts never fall with delay: they look like running totals, not like new reports."
        file.fail(said, hint=hint, column=file.column(_COUNT))
