"""Reading a reporting triangle from a CSV: reference_date, report_date or delay, count, and what the counts are of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from counterflow.core.errors import InputError, nearest
from counterflow.watch.nowcast.groups import pick
from counterflow.watch.nowcast.triangle import MAX_DELAY, Floats, Triangle

__all__ = ["Asked", "read_triangles"]

Whole = npt.NDArray[np.int64]

_REFERENCE, _REPORT, _DELAY, _COUNT = "reference_date", "report_date", "delay", "count"
#: longest stretch of reference days in one file, in steps: a mistyped century is no series
_LONGEST = 20_000
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


def read_triangles(path: Path, asked: Asked | None = None) -> list[Triangle]:
    """Return the triangles of a CSV, plain or gzipped.

    Weeks are told from days by the reference days themselves: all seven days apart. Delays then count in whole weeks, a
    begun one as whole. Cells that have no row count as 0, up to the last report.

    Raises:
        InputError: the file cannot be read, a value is none, two rows contradict each other, groups are not told
            apart, or counts look like running totals.
    """
    wanted = asked or Asked()
    table = _table(path)
    days = _days(table, _REFERENCE, path)
    counts = _counts(table, path)
    others = [name for name in table.column_names if name not in (_REFERENCE, _REPORT, _DELAY, _COUNT)]
    step = _step(days)
    delays, said = _delays(table, days, step, path)
    out = []
    for group, rows in pick(table, others, wanted.where or {}, each=wanted.each, file=path.name):
        triangle = _triangle(days[rows], delays[rows], counts[rows], rows, step, wanted, path)
        out.append(replace(triangle, group=group, said=said + triangle.said))
    return out


def _table(path: Path) -> pa.Table:
    """Return the file as text columns."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with pa.input_stream(str(path), compression="gzip" if packed else None) as stream:
            content = stream.read()
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give the path of a triangle CSV.") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"It cannot be read: {error}.", file=path.name, hint="Give a CSV, plain or gzipped.") from None
    head = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    mark = next((mark for mark in ",;\t" if mark in head), ",")
    names = [name.strip().strip('"') for name in head.strip().split(mark)]
    _check_header(names, path)
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=pyarrow.csv.ParseOptions(delimiter=mark),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(f"The CSV breaks off: {error}.", file=path.name, hint="Mend that row.") from None


def _check_header(names: Sequence[str], path: Path) -> None:
    missing = [name for name in (_REFERENCE, _COUNT) if name not in names]
    if _REPORT not in names and _DELAY not in names:
        missing.append(f"{_REPORT} or {_DELAY}")
    if missing:
        near = [f"{found[0]!r} for {name}" for name in missing if (found := nearest(name.split()[0], names, 1))]
        hint = f"The file has {', '.join(names)[:200]}." + (f" Rename {', '.join(near)}?" if near else "")
        raise InputError(f"A column is missing: {', '.join(missing)}.", file=path.name, line=1, hint=hint)
    if len(set(names)) < len(names):
        raise InputError("Two columns have the same name.", file=path.name, line=1, hint="Rename one of them.")


def _bad(path: Path, table: pa.Table, column: str, row: int, words: str, hint: str) -> InputError:
    """Return the error for one cell; its line is told as the row under the header, which it is without empty lines."""
    value = table.column(column)[row].as_py()
    return InputError(words, file=path.name, line=row + 2, column=column, value=value, hint=hint)


def _days(table: pa.Table, column: str, path: Path) -> Whole:
    """Return days since 1970."""
    text = pc.utf8_trim_whitespace(table.column(column))
    days = pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True)
    wrong = pc.is_null(days)
    if pc.any(wrong).as_py():
        row = pc.index(wrong, True).as_py()
        raise _bad(path, table, column, row, "This is no day.", "Write YYYY-MM-DD.")
    if not len(days):
        raise InputError("It holds no row.", file=path.name, line=2, hint="Write at least one row under the header.")
    return np.asarray(days.to_numpy().astype("datetime64[D]").astype(np.int64))


def _numbers(table: pa.Table, column: str, path: Path) -> Floats:
    text = pc.utf8_trim_whitespace(table.column(column))
    fits = pc.match_substring_regex(text, r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?$")
    if not pc.all(fits).as_py():
        row = pc.index(fits, False).as_py()
        raise _bad(path, table, column, row, "This is no number.", "Write a whole number; leave out cells not known.")
    return np.asarray(pc.cast(text, pa.float64()).to_numpy(), np.float64)


def _counts(table: pa.Table, path: Path) -> Floats:
    counts = _numbers(table, _COUNT, path)
    whole = counts == np.rint(counts)
    if not whole.all():
        row = int(np.flatnonzero(~whole)[0])
        raise _bad(path, table, _COUNT, row, "A count is whole.", "Rates and shares are no counts; give events.")
    return counts


def _step(days: Whole) -> int:
    apart = np.diff(np.unique(days)).astype(np.int64)
    return 7 if len(apart) and not np.remainder(apart, 7).any() else 1


def _delays(table: pa.Table, days: Whole, step: int, path: Path) -> tuple[Whole, tuple[str, ...]]:
    """Return delays in steps."""
    if _REPORT in table.column_names:
        reported = _days(table, _REPORT, path)
        late, column = reported - days, _REPORT
        # A report in the middle of a week is known to be there at the week's end only.
        delays = -(-late // step)
        if _DELAY in table.column_names:
            told = _numbers(table, _DELAY, path)
            differs = (told != late) & (told != delays)
            if differs.any():
                row = int(np.flatnonzero(differs)[0])
                hint = f"From {_REFERENCE} to {_REPORT} are {late[row]} days; leave out one of the two columns."
                raise _bad(path, table, _DELAY, row, "Delay and days disagree.", hint)
    else:
        told, column = _numbers(table, _DELAY, path), _DELAY
        if (told != np.rint(told)).any():
            row = int(np.flatnonzero(told != np.rint(told))[0])
            raise _bad(path, table, _DELAY, row, "A delay is whole.", "Delays count in steps of the reference days.")
        late = delays = told.astype(np.int64)
    if (late < 0).any():
        row = int(np.flatnonzero(late < 0)[0])
        raise _bad(path, table, column, row, "It was reported before it happened.", "Mend the dates of this row.")
    unit = "weeks" if step == 7 else "days"
    return delays.astype(np.int64), (f"Delays are counted in {unit}.",) if step == 7 else ()


def _triangle(
    days: Whole, delays: Whole, counts: Floats, rows: Whole, step: int, wanted: Asked, path: Path
) -> Triangle:
    """Return one group's triangle; a cell that has no row is 0."""
    said: tuple[str, ...] = ()
    first = int(days.min())
    periods = (days - first) // step
    if int(periods.max()) + 1 > _LONGEST:
        far = dt.date(1970, 1, 1) + dt.timedelta(int(days.max()))
        raise InputError(
            f"Reference days run to {far}: more than {_LONGEST} periods.", file=path.name, hint="Mend that day."
        )
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
        raise InputError("Two rows give different counts for one cell.", file=path.name, line=row + 2, hint=hint)
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
    _refuse_running_totals(cells, path)
    return Triangle(reference, np.where(due, np.nan_to_num(cells), np.nan), step, said=said)


def _refuse_running_totals(cells: Floats, path: Path) -> None:
    """Raise where counts look like running totals: they never fall with delay, in nearly every period."""
    known = (~np.isnan(cells)).sum(axis=1)
    rows = cells[(known >= 6) & (np.nan_to_num(cells).sum(axis=1) >= 20)]
    if len(rows) < 5:
        return
    steps = np.diff(rows, axis=1)
    never_falls = np.where(np.isnan(steps), True, steps >= 0).all(axis=1)
    if float(never_falls.mean()) >= _RUNNING:
        raise InputError(
            "The counts never fall with delay: they look like running totals, not like new reports.", file=path.name,
            column=_COUNT, hint="Give --cumulative where they are; else give what each report added.",
        )  # fmt: skip
