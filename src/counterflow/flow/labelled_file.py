"""A published file of declarations with its labels, as features and back-tests read it: no workspace, nothing stored.

The labels of a file are withheld from every load. Only here, where a past is replayed, do they become outcomes, as
`[labels.finds]` of the mapping says; they stand apart from the lines, so that nothing scored can see them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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


@dataclass(frozen=True)
class Labelled:
    """A file that was read; `read` = records of `lines` + rows of `refused`, for a file with one record a row.

    Args:
        lines: goods lines of the records taken, in order of day, then of the file.
        known: what the labels say; known on the record's own day. Null where the file has no label for it.
        record_id: ids of the records of `lines`, in their order.
        all_ids: the id in every row of the file, in its order, refused rows too; null where a row has none.
        read: rows of the file.
        refused: refused rows, as the quarantine table holds them.
        said: what a person should know.
        synthetic: nobody ever sent these records.
    """

    lines: Lines
    known: Known
    record_id: pa.Array
    all_ids: pa.Array
    read: int
    refused: pa.Table
    said: tuple[str, ...]
    synthetic: bool

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
    tables = {name: pa.concat_tables([m.tables[name] for m in made]) for name in ("consignment", "goods_line", "party")}
    if not tables["consignment"].num_rows:
        raise InputError("Every row was refused.", hint="The reasons stand beside it; mend the mapping.", file=parts[0])
    _refuse_doubles(tables["consignment"], parts)
    order = pc.sort_indices(tables["consignment"], sort_keys=[("declared_on", "ascending")])
    consignments = tables["consignment"].take(order).combine_chunks()
    lines = assemble(consignments, tables["goods_line"], tables["party"], attributes=mapping.attributes)
    ids = consignments["record_id"].combine_chunks()
    all_ids = pa.concat_arrays([ids_of for ids_of, _ in raw])
    found = pa.concat_arrays([found_of for _, found_of in raw])
    return Labelled(
        lines=lines,
        known=_known(consignments, found.take(pc.index_in(ids, value_set=all_ids))),
        record_id=ids,
        all_ids=all_ids,
        read=sum(m.read for m in made),
        refused=pa.concat_tables([m.refused for m in made]),
        said=tuple(dict.fromkeys(line for m in made for line in m.said)),
        synthetic=mapping.synthetic,
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


def _labels(file: Path, mapping: Mapping) -> tuple[pa.Array, pa.Array]:
    """Return record id and found class ("" for nothing, null for no label) of every row of a file."""
    rule = next((r for r in mapping.fields if r.target == "record_id"), None)
    if rule is None or len(rule.columns) != 1:
        raise ConfigError(
            f"{mapping.name}: a back-test needs record ids from one column.", hint="Map record_id to a column."
        )
    ids, found = [], []
    for rows in open_source(file, reader_options(mapping)).batches():
        table = rows.table
        ids.append(_text(table, rule.columns[0]))
        found.append(_found(table, mapping))
    return pa.concat_arrays(ids), pa.concat_arrays(found)


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
