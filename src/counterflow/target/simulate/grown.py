"""A world that grows by a week: its records stay where they are, and its values keep their codes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.target.features.lines import Lines
from counterflow.target.simulate.world import World, first_lines, key_column, number_column

__all__ = ["grown"]


def grown(world: World, lines: Lines, found: pa.Array, scheme: npt.NDArray[np.bool_]) -> World:
    """Return the world with one more week behind it; its columns are those of the first week.

    Values that were seen before keep their code; new ones get codes behind them, in alphabetical order.

    Args:
        world: the weeks so far.
        lines: the next week's records, in order of day.
        found: what is in each of them: "" or one of the world's classes.
        scheme: whether each belongs to the scheme that is watched.
    """
    old, new = first_lines(world.lines), first_lines(lines)
    keys = [_codes(key_column(old, name), world.keys[:, at], key_column(new, name))
            for at, name in enumerate(world.key_names)]  # fmt: skip
    numbers = [number_column(new, name) for name in world.number_names]
    label = pc.index_in(found, value_set=pa.array(["", *world.classes], pa.string())).to_numpy()
    return replace(
        world,
        lines=_joined(world.lines, lines),
        record_id=pa.concat_arrays([world.record_id, new.column("record_id").combine_chunks()]),
        week=np.append(world.week, np.full(lines.records, world.weeks, np.int16)),
        label=np.append(world.label, label.astype(np.int8)),
        scheme=np.append(world.scheme, scheme),
        keys=np.vstack([world.keys, np.column_stack(keys)]),
        numbers=np.vstack([world.numbers, np.column_stack(numbers)]),
    )


def _codes(old: pa.ChunkedArray, code: npt.NDArray[np.int32], new: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """Return codes of `new`, where `old` has the codes `code`."""
    known, first = np.unique(code, return_index=True)
    seen = old.take(pa.array(first[known >= 0])).combine_chunks()
    values = new.unique().drop_null()
    fresh = values.filter(pc.invert(pc.is_in(values, value_set=seen))).sort()
    book = pa.concat_arrays([seen, fresh])
    return np.asarray(pc.fill_null(pc.index_in(new, value_set=book), -1).to_numpy(), np.int32)


def _joined(old: Lines, new: Lines) -> Lines:
    tables = [_behind(getattr(new, name), old.records) for name in ("table", "findings")]
    table, findings = (
        pa.concat_tables([before, after]) for before, after in zip((old.table, old.findings), tables, strict=True)
    )
    return Lines(table, old.records + new.records, findings)


def _behind(table: pa.Table, records: int) -> pa.Table:
    at = table.column_names.index("row")
    return table.set_column(at, table.schema.field(at), pc.add(table.column(at), records))
