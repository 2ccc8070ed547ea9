"""The world a strategy is tried in: records by week with labels that stay hidden until an inspection shows them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError
from counterflow.target.features.lines import Lines
from counterflow.target.simulate.source import Truth
from counterflow.target.simulate.strategy import Floats, Past, Places, WeekView

__all__ = ["World", "first_lines", "key_column", "make_world", "number_column", "usual_class"]

#: columns of `LINE` that say nothing about what kind of consignment it is
_NO_KEY = ("row", "source", "record_id", "day")
#: heads of the product code that are keys of their own: heading and chapter (Harmonized System)
PREFIXES = {"hs4": 4, "hs2": 2}
#: a last piece of fewer days than this joins the week before it
SHORTEST_LAST_WEEK = 4


@dataclass(frozen=True)
class World:
    """Records in order of day, their weeks, and their hidden labels.

    Args:
        lines: all lines; `row` is the record's place.
        record_id: id of each record.
        first_day: first day of week 0.
        week: week of each record, rising.
        label: hidden: 0 nothing to be found, k = `classes[k - 1]`.
        classes: harm classes that occur.
        critical: for each label, 0 included, whether it is of the top tier.
        keys, key_names, numbers, number_names: as in `WeekView`, for all records.
        scheme: hidden: whether the record belongs to an injected scheme.
        synthetic: nobody ever sent these records.
        said: what a reader of the results must know about how the world was made.
        about: what must stand wherever a result does, see `source.Source`.
    """

    lines: Lines
    record_id: pa.Array
    first_day: dt.date
    week: npt.NDArray[np.int16]
    label: npt.NDArray[np.int8]
    classes: tuple[str, ...]
    critical: npt.NDArray[np.bool_]
    keys: npt.NDArray[np.int32]
    key_names: tuple[str, ...]
    numbers: Floats
    number_names: tuple[str, ...]
    scheme: npt.NDArray[np.bool_]
    synthetic: bool = False
    said: tuple[str, ...] = ()
    about: str = ""

    def begin(self, seed: int) -> World:  # noqa: ARG002 - the seam of every source
        """Return the history itself: it is the same under every seed."""
        return self

    def until(self, week: int, made: Past) -> World:  # noqa: ARG002 - the seam of every source
        """Return the history itself: nobody in it learns of inspections."""
        return self

    @property
    def truth(self) -> Truth:
        """What was in the records."""
        return Truth(self.week, self.label, self.critical, self.scheme)

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return int(self.week[-1]) + 1 if len(self.week) else 0

    def rows_of(self, week: int) -> Places:
        """Return the places of the week's records."""
        start, end = np.searchsorted(self.week, [week, week + 1])
        return np.arange(start, end, dtype=np.int64)

    def view(self, week: int) -> WeekView:
        """Return what may be known in `week`: a prefix of the history, without labels."""
        rows = self.rows_of(week)
        end = int(np.searchsorted(self.week, week + 1))
        return WeekView(
            week=week,
            first_day=self.first_day + dt.timedelta(days=7 * week),
            rows=rows,
            lines=_prefix(self.lines, end),
            keys=self.keys[:end],
            key_names=self.key_names,
            numbers=self.numbers[:end],
            number_names=self.number_names,
            week_of=self.week[:end],
            classes=self.classes,
            critical=self.critical,
        )

    def with_labels(
        self, rows: Places, labels: Sequence[str], critical: Collection[str], said: Sequence[str] = ()
    ) -> World:
        """Return the world with other labels on `rows`; those of them with something in them are its scheme."""
        classes = tuple(dict.fromkeys([*self.classes, *(name for name in labels if name)]))
        number = {"": 0} | {name: place + 1 for place, name in enumerate(classes)}
        label, scheme = self.label.copy(), np.zeros(len(self.label), bool)
        label[rows] = [number[name] for name in labels]
        scheme[rows] = label[rows] > 0
        tier = [*self.critical.tolist(), *(name in critical for name in classes[len(self.classes) :])]
        return replace(
            self, label=label, scheme=scheme, classes=classes, critical=np.asarray(tier), said=(*self.said, *said)
        )


def make_world(
    lines: Lines,
    found: pa.Array,
    *,
    critical: Collection[str],
    classes: Sequence[str] = (),
    said: Sequence[str] = (),
    synthetic: bool = False,
) -> World:
    """Return the world that a labelled history makes.

    Args:
        lines: its records.
        found: for each record the harm class that is in it, "" for nothing.
        critical: harm classes of the top tier.
        classes: harm classes that there may be, for a world that grows; those that occur where not given.
        said: what is to be said about the history.
        synthetic: nobody ever sent these records.

    Raises:
        InputError: no record, or a record without day or label.
    """
    if not lines.records:
        raise InputError("The history holds no record.", hint="Name a file with labelled declarations.")
    first = first_lines(lines)
    unknown = max(first.column("day").null_count, found.null_count)
    if unknown:
        raise InputError(
            f"{unknown} records of the history have no day or no label.",
            hint="A simulation must know the truth about every record: leave the others out of the file.",
        )
    day = np.asarray(first.column("day").cast(pa.int32()).to_numpy(), np.int64)
    order = np.argsort(day, kind="stable")
    lines, found, first = _reordered(lines, order), found.take(pa.array(order)), first.take(pa.array(order))
    week, words = _weeks(day[order])
    classes = tuple(classes) or tuple(sorted(set(found.unique().to_pylist()) - {""}))
    keys, key_names = _keys(first)
    numbers, number_names = _numbers(first)
    return World(
        lines=lines,
        record_id=first.column("record_id").combine_chunks(),
        first_day=dt.date(1970, 1, 1) + dt.timedelta(days=int(day.min())),
        week=week,
        label=np.asarray(pc.index_in(found, value_set=pa.array(["", *classes], pa.string())), np.int8),
        classes=classes,
        critical=np.asarray([False, *(name in critical for name in classes)]),
        keys=keys,
        key_names=key_names,
        numbers=numbers,
        number_names=number_names,
        scheme=np.zeros(len(week), bool),
        synthetic=synthetic,
        said=(*said, *words),
    )


def usual_class(world: World) -> str:
    """Return the commonest class outside the top tier, or of all where each is of the top tier."""
    counts = Counter(world.label[world.label > 0].tolist())
    ordinary = {label: count for label, count in counts.items() if not world.critical[label]} or counts
    return world.classes[max(ordinary, key=lambda label: (ordinary[label], -label)) - 1] if ordinary else "found"


def first_lines(lines: Lines) -> pa.Table:
    """Return the first line of each record."""
    return lines.table.take(pa.array(np.searchsorted(lines.row, np.arange(lines.records))))


def _reordered(lines: Lines, order: Places) -> Lines:
    """Return lines with records in the given order, findings moved along."""
    if np.array_equal(order, np.arange(lines.records)):
        return lines
    place = np.empty(lines.records, np.int64)
    place[order] = np.arange(lines.records)
    return Lines(_moved(lines.table, place), lines.records, _moved(lines.findings, place))


def _moved(table: pa.Table, place: Places) -> pa.Table:
    if not table.num_rows:
        return table
    row = place[np.asarray(table.column("row").to_numpy(), np.int64)]
    by_place = np.argsort(row, kind="stable")
    moved = table.set_column(table.schema.get_field_index("row"), "row", pa.array(row))
    return moved.take(pa.array(by_place))


def _prefix(lines: Lines, records: int) -> Lines:
    end = int(np.searchsorted(lines.table.column("row").to_numpy(), records))
    findings = lines.findings
    if findings.num_rows:
        findings = findings.slice(0, int(np.searchsorted(findings.column("row").to_numpy(), records)))
    return Lines(lines.table.slice(0, end), records, findings)


def _weeks(day: Places) -> tuple[npt.NDArray[np.int16], list[str]]:
    """Return the week of each day in rising order: blocks of seven days from the first day."""
    week = (day - day[0]) // 7
    days_left = int(day[-1] - day[0]) % 7 + 1
    last = int(week[-1])
    if last > 0 and days_left < SHORTEST_LAST_WEEK:
        week = np.minimum(week, last - 1)
        return week.astype(np.int16), [f"the last {days_left} day(s) count to week {last - 1}"]
    return week.astype(np.int16), []


def _keys(first: pa.Table) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return codes of the text columns that hold more than one value.

    A column that says the same as an earlier one in other words (an identifier and its digest) is left out.
    """
    codes: list[npt.NDArray[np.int32]] = []
    seen: set[bytes] = set()
    names = []
    for name in first.column_names:
        if name in _NO_KEY or not pa.types.is_string(first.schema.field(name).type):
            continue
        column = first.column(name)
        appearance = pc.fill_null(column.combine_chunks().dictionary_encode().indices, -1).to_numpy()
        same = appearance.tobytes()
        if same in seen or len(np.unique(appearance)) < 2:
            continue
        seen.add(same)
        codes.append(_codes(column))
        names.append(name)
    for name in PREFIXES:
        codes.append(_codes(key_column(first, name)))
        names.append(name)
    return np.column_stack(codes), tuple(names)


def key_column(first: pa.Table, name: str) -> pa.ChunkedArray:
    """Return the text that a key is made of: a column, or the first digits of the product code."""
    digits = PREFIXES.get(name)
    return pc.utf8_slice_codeunits(first.column("hs"), 0, digits) if digits else first.column(name)


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """Return the place of each value among the values in alphabetical order; -1 where empty."""
    values = column.unique().drop_null().sort()
    return np.asarray(pc.fill_null(pc.index_in(column, value_set=values), -1).to_numpy(), np.int32)


def _numbers(first: pa.Table) -> tuple[Floats, tuple[str, ...]]:
    """Return the numbers of each record's first line, price per kilogram among them."""
    columns: dict[str, Floats] = {}
    for name in ("mass_kg", "value", "quantity", "pieces", "missing", "lead_hours"):
        column = number_column(first, name)
        if not np.isnan(column).all():
            columns[name] = column
    if "mass_kg" in columns and "value" in columns:
        columns["value_per_kg"] = number_column(first, "value_per_kg")
    for name in first.column_names:
        if name.startswith("attributes."):
            numeric = _all_numbers(first.column(name))
            if numeric is not None:
                columns[name] = numeric
    return np.column_stack(list(columns.values())) if columns else np.empty((first.num_rows, 0)), tuple(columns)


def number_column(first: pa.Table, name: str) -> Floats:
    """Return a column as numbers, or the price per kilogram; NaN where there is none."""
    if name != "value_per_kg":
        return np.asarray(first.column(name).cast(pa.float64()).to_numpy(), np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = number_column(first, "value") / number_column(first, "mass_kg")
    return np.where(np.isfinite(price), price, np.nan)


def _all_numbers(column: pa.ChunkedArray) -> Floats | None:
    """Return an attribute as numbers where each of its values is one, and some are not whole."""
    try:
        numbers = np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
    except pa.ArrowInvalid:
        return None
    known = numbers[~np.isnan(numbers)]
    return numbers if len(known) and (known != np.floor(known)).any() else None
