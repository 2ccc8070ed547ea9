"""A published file of declarations with its labels, as features and back-tests read it: no workspace, nothing stored.

The labels of a file are withheld from every load. Only here, where a past is replayed, do they become outcomes, as
`[labels.finds]` of the mapping says; they stand apart from the lines, so that nothing scored can see them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError, InputError
from counterflow.intake.convert.values import as_text
from counterflow.intake.load import reader_options
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.readers import open_source
from counterflow.intake.standalone import read_file
from counterflow.target.features.assemble import assemble
from counterflow.target.features.lines import Known, Lines

__all__ = ["Labelled", "read_labelled"]

#: how many values of a label column are looked at by name
_SHOWN_LABELS = 6


@dataclass(frozen=True)
class Labelled:
    """A file that was read; `read` = records of `lines` + rows of `refused`, for a file with one record a row.

    Args:
        lines: goods lines of the records taken, in order of day, then of the file.
        known: what the labels say; known on the record's own day. Null where the file has no label for it.
        record_id: ids of the records of `lines`, in their order.
        all_ids: the id in every row of the file, in its order, refused rows too, also those that could not be taken
            apart; null where none can be read.
        read: rows of the file.
        refused: refused rows, as the quarantine table holds them.
        said: what a person should know.
        synthetic: nobody ever sent these records.
        id_type: what the file holds ids as: a whole number, in some Parquet files, else text.
    """

    lines: Lines
    known: Known
    record_id: pa.Array
    all_ids: pa.Array
    read: int
    refused: pa.Table
    said: tuple[str, ...]
    synthetic: bool
    id_type: pa.DataType = field(default_factory=pa.string)

    @property
    def labelled(self) -> bool:
        """Say whether the file has labels at all."""
        return bool(self.known.found.null_count < len(self.known.found))


def read_labelled(files: Path | Sequence[Path], mapping: Mapping, *, now: dt.datetime) -> Labelled:
    """Read files of consignments and what their label columns say.

    Args:
        files: one file, or several that follow one another in time.
        mapping: which column feeds which field; its `[labels.finds]` says what a label means.
        now: when they are first seen.

    Raises:
        InputError: a file cannot be read, or none of its rows.
        ConfigError: the mapping names columns that a file lacks.
    """
    parts = [files] if isinstance(files, Path) else list(files)
    made = [read_file(part, mapping, table="consignment", now=now) for part in parts]
    raw = [_labels(part, mapping) for part in parts]
    refused = pa.concat_tables([m.refused for m in made])
    tables = {name: pa.concat_tables([m.tables[name] for m in made]) for name in ("consignment", "goods_line", "party")}
    if not tables["consignment"].num_rows:
        raise _all_refused(refused, parts[0])
    _refuse_doubles(tables["consignment"], parts)
    order = pc.sort_indices(tables["consignment"], sort_keys=[("declared_on", "ascending")])
    consignments = tables["consignment"].take(order).combine_chunks()
    lines = assemble(consignments, tables["goods_line"], tables["party"], attributes=mapping.attributes)
    ids = consignments["record_id"].combine_chunks()
    all_ids = pa.concat_arrays([labels.ids for labels in raw])
    found = pa.concat_arrays([labels.found for labels in raw])
    # An id may stand on a refused row, too: its label is that of the row that was taken.
    own = [np.isin(labels.row, m.refused["row"].to_numpy()) for labels, m in zip(raw, made, strict=True)]
    of_taken = pc.if_else(pa.array(np.concatenate(own)), pa.scalar(None, pa.string()), all_ids)
    return Labelled(
        lines=lines,
        known=_known(consignments, found.take(pc.index_in(ids, value_set=of_taken))),
        record_id=ids,
        all_ids=all_ids,
        read=sum(m.read for m in made),
        refused=refused,
        said=tuple(dict.fromkeys([*(line for m in made for line in m.said), *_why(refused), *_odd(raw, mapping)])),
        synthetic=mapping.synthetic,
        id_type=raw[-1].id_type,
    )


def _refuse_doubles(consignments: pa.Table, parts: Sequence[Path]) -> None:
    """Files that follow one another have no record in common."""
    if len(parts) < 2:
        return
    counted = pc.value_counts(consignments["record_id"].combine_chunks())
    twice = counted.filter(pc.greater(counted.field("counts"), 1))
    if len(twice):
        raise InputError(
            f"{len(twice)} records stand in more than one of the files.", hint="Give each file once.",
            file=parts[-1], column="record_id", value=twice[0]["values"].as_py(),
        )  # fmt: skip


@dataclass(frozen=True)
class _Labels:
    """Number, record id and found class ("" for nothing, null for no label) of every row of a file.

    `nothing` counts the labels, as (column, value), of rows taken as "nothing found"; `absent` are columns it lacks.
    """

    row: npt.NDArray[np.int64]
    ids: pa.Array
    found: pa.Array
    nothing: Counter[tuple[str, str]]
    absent: tuple[str, ...]
    id_type: pa.DataType


def _labels(file: Path, mapping: Mapping) -> _Labels:
    rule = next((r for r in mapping.fields if r.target == "record_id"), None)
    if rule is None or len(rule.columns) != 1:
        raise ConfigError(
            f"{mapping.name}: a back-test needs record ids from one column.", hint="Map record_id to a column."
        )
    source = open_source(file, reader_options(mapping))
    numbers, ids, found, nothing = [], [], [], Counter[tuple[str, str]]()
    id_type = pa.string()
    for rows in source.batches():
        # Rows that could not be taken apart keep their place among the others, without a label.
        number = np.concatenate([rows.row, np.array([bad.row for bad in rows.refused], np.int64)])
        order = np.argsort(number, kind="stable")
        unread = pa.array([bad.raw.get(rule.columns[0]) for bad in rows.refused], pa.string())
        labels = _found(rows.table, mapping)
        as_read = rows.table.schema.field(rule.columns[0]).type if rows.table.num_rows else id_type
        id_type = as_read if pa.types.is_integer(as_read) else pa.string()
        numbers.append(number[order])
        ids.append(pa.concat_arrays([_text(rows.table, rule.columns[0]), unread]).take(order))
        found.append(pa.concat_arrays([labels, pa.nulls(len(unread), pa.string())]).take(order))
        nothing.update(_read_as_nothing(rows.table, labels, mapping))
    absent = tuple(c for c in mapping.labels if c not in source.columns)
    return _Labels(np.concatenate(numbers), pa.concat_arrays(ids), pa.concat_arrays(found), nothing, absent, id_type)


def _read_as_nothing(table: pa.Table, found: pa.Array, mapping: Mapping) -> dict[tuple[str, str], int]:
    none = table.filter(pc.equal(found, "")) if table.num_rows else table
    present = [c for c in mapping.labels if c in none.column_names and none.num_rows]
    counted = ((c, pc.value_counts(_text(none, c))) for c in present)
    return {(c, str(one["values"])): one["counts"].as_py() for c, some in counted for one in some}


def _why(refused: pa.Table) -> Iterator[str]:
    """Say why rows were refused, by reason, with the first of each."""
    for reason, rows in _by_reason(refused).items():
        first = rows[0]
        where = f"line {first['line']}" if first["line"] is not None else f"row {first['row']}"
        at = f", column {first['column']!r}, value {first['value']!r}" if first["column"] else ""
        yield f"{len(rows)} rows refused, {reason}: first {where}{at}. {first['hint']}"


def _by_reason(refused: pa.Table) -> dict[str, list[dict[str, Any]]]:
    shown = refused.select(["row", "line", "column", "value", "reason", "hint"]).to_pylist()
    made: dict[str, list[dict[str, Any]]] = {}
    for row in shown:
        made.setdefault(str(row["reason"]), []).append(row)
    return made


def _all_refused(refused: pa.Table, file: Path) -> InputError:
    first = refused.slice(0, 1).to_pylist()[0]
    return InputError(
        f"Every row was refused; the first: {first['reason']}.", hint=first["hint"], file=file, line=first["line"],
        column=first["column"] or None, value=first["value"],
    )  # fmt: skip


def _odd(raw: Sequence[_Labels], mapping: Mapping) -> Iterator[str]:
    """Name labels that `[labels.finds]` does not know, and which are not the usual one of what is no find."""
    nothing = sum((labels.nothing for labels in raw), Counter[tuple[str, str]]())
    some_known = any(len(labels.absent) < len(mapping.labels) for labels in raw)
    for column in mapping.labels:
        values = Counter({value: count for (of, value), count in nothing.items() if of == column})
        for value, count in values.most_common()[1:_SHOWN_LABELS]:
            yield f"label {column}={value} stands for no find in [labels.finds]: {count} rows count as nothing found"
        if any(column in labels.absent for labels in raw) and some_known:
            yield f"label column {column} is not in every file: what it alone would tell counts as nothing found"


def _found(table: pa.Table, mapping: Mapping) -> pa.Array:
    present = [c for c in mapping.labels if c in table.column_names]
    if not present or not mapping.finds:
        return pa.nulls(table.num_rows, pa.string())
    result = pa.array(np.full(table.num_rows, "", object), pa.string())
    for harm_class, column, value in reversed(mapping.finds):
        if column in present:
            met = pc.fill_null(pc.equal(_text(table, column), value), fill_value=False)
            result = pc.if_else(met, pa.scalar(harm_class), result)
    known = np.zeros(table.num_rows, bool)
    for column in present:
        known |= pc.is_valid(_text(table, column)).to_numpy(zero_copy_only=False)
    return pc.if_else(pa.array(known), result, pa.scalar(None, pa.string()))


def _text(table: pa.Table, column: str) -> pa.Array:
    values = table[column].combine_chunks() if table.num_rows else pa.array([], pa.string())
    return as_text(values)


def _known(consignments: pa.Table, found: pa.Array) -> Known:
    count = consignments.num_rows
    on = consignments["declared_on"].combine_chunks().cast(pa.int32()).to_numpy()
    return Known(found, np.asarray(on, np.int32), np.ones(count), np.ones(count, bool))
