"""Refused rows: list them, take them out to be mended, load them again, or discard them with a stated ground.

A refused row is `open` until it is `reloaded` or `discarded`. Reloading makes a new batch with its own receipt; rows
that are refused again are open under that batch, so that at any time, per batch,
rejected = open + reloaded + discarded.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import ConfigError, InputError, UsageError
from counterflow.intake.convert.assemble import column_of
from counterflow.intake.load import already_loaded, content_digest, load_rows
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.parse import parse_mapping
from counterflow.intake.readers import RawRows, ReaderOptions, RowSource
from counterflow.intake.readers.rows import check_file
from counterflow.intake.receipt import Receipt
from counterflow.report.export import restored
from counterflow.store.repository import Store

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["discard", "left_out", "list_rows", "reload", "to_mend"]

#: columns that say which refused row a line of the file to mend stands for
_KEY = ("_source", "_batch", "_row")
_TOLD = (*_KEY, "_line", "_column", "_reason", "_hint")


def list_rows(
    store: Store,
    *,
    source: str | None = None,
    batch: str | None = None,
    reason: str | None = None,
    state: str | None = "open",
) -> pa.Table:
    """Return refused rows in order of batch and row; each argument narrows, None does not."""
    asked = {"source": source, "batch": batch, "reason": reason, "state": state}
    given = {name: value for name, value in asked.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in given) or "true"
    return store.query(
        f'SELECT source, batch, "row", line, "column", value, reason, hint, raw, state FROM quarantine WHERE {where}'
        ' ORDER BY source, batch, "row"',
        list(given.values()),
    )


def to_mend(workspace: Workspace, rows: pa.Table) -> pa.Table:
    """Return refused rows as a table to be mended: the key and the reason of each, then the columns of its file.

    Columns that the mapping reads are there even where every row has left them out. Rows that no mapping reads
    (outcomes, lists, announcements) are not in it: see `left_out`.
    """
    rows = rows.filter(pa.array(_by_mapping(rows), pa.bool_()))
    raw = [_flat(text) for text in rows.column("raw").to_pylist()]
    names: dict[str, None] = {}
    for mapping in _mappings_of(workspace, rows).values():
        names.update(dict.fromkeys(c for rule in mapping.fields for c in rule.all_columns))
        names.update(dict.fromkeys(mapping.attributes))
    for row in raw:
        names.update(dict.fromkeys(row))
    columns = {
        f"_{name}": rows.column(name).cast(pa.string())
        for name in ("source", "batch", "row", "line", "column", "reason", "hint")
    }
    columns |= {name: pa.array([row.get(name) for row in raw], pa.string()) for name in names}
    return pa.table(columns)


def left_out(rows: pa.Table) -> dict[str, int]:
    """Return how many rows `to_mend` leaves out, by source: no mapping reads them, so they cannot be reloaded."""
    sources = rows.column("source").to_pylist()
    return dict(Counter(s for s, mapped in zip(sources, _by_mapping(rows), strict=True) if not mapped))


def reload(workspace: Workspace, file: Path, mapping: Mapping | None = None) -> Receipt:
    """Load mended rows (a CSV as `to_mend` gives) as a new batch; the rows they stand for become `reloaded`.

    Args:
        workspace: where the rows are.
        file: the CSV, mended; rows that were taken out of it stay open.
        mapping: stands in for the mapping of their first load, where that was at fault.

    Raises:
        InputError: a row of the file is no open row of the quarantine, or comes twice.
        ConfigError: the rows were loaded by different mappings, or the mapping is not kept.
    """
    check_file(file)
    mended = _Mended(file)
    source = mended.source
    keys = mended.keys
    batches = keys.select(["batch"]).group_by("batch").aggregate([])
    used = mapping or _one_mapping(workspace, batches.append_column("source", pa.repeat(source, batches.num_rows)))
    digest = content_digest(source, used.sha256, file)
    receipt = already_loaded(workspace, source, digest)
    if receipt is None:
        _check_open(workspace.store, keys, source, file)
        used.check_columns(mended, file.name)
        receipt = load_rows(workspace, mended, used, source=source, digest=digest, file=file)
    # Also after a repeat: should the first try have died between the load and this, it is made good here.
    workspace.store.execute(
        "UPDATE quarantine SET state = 'reloaded' WHERE source = ? AND state = 'open' AND EXISTS"
        ' (SELECT 1 FROM mended m WHERE m.batch = quarantine.batch AND m."row" = quarantine."row")',
        [source],
        mended=keys,
    )
    return receipt


def discard(
    workspace: Workspace,
    *,
    ground: str,
    source: str | None = None,
    batch: str | None = None,
    reason: str | None = None,
    rows: Sequence[int] = (),
) -> int:
    """Give open rows up, on a stated ground that goes into the ledger; return how many.

    Raises:
        UsageError: no ground, or nothing that narrows the choice.
    """
    if not ground.strip():
        raise UsageError(
            "Discarding rows needs a ground.", hint='Say it: --ground "sent twice, confirmed by the sender".'
        )
    if batch is None and source is None:
        raise UsageError("Say which rows: a batch or a source.")
    if rows and batch is None:
        raise UsageError("Row numbers belong to a batch; name it.")
    chosen = list_rows(workspace.store, source=source, batch=batch, reason=reason)
    if rows:
        chosen = chosen.filter(pc.is_in(chosen.column("row"), pa.array(list(rows), pa.int64())))
    if not chosen.num_rows:
        return 0
    keys = chosen.select(["source", "batch", "row"])
    with workspace.store.transaction():
        workspace.store.execute(
            "UPDATE quarantine SET state = 'discarded' WHERE state = 'open' AND EXISTS (SELECT 1 FROM given g"
            ' WHERE g.source = quarantine.source AND g.batch = quarantine.batch AND g."row" = quarantine."row")',
            given=keys,
        )
        told = [
            ("discard", {"source": s, "batch": b, "rows": sorted(n), "ground": ground.strip()})
            for (s, b), n in sorted(_by_batch(keys).items())
        ]
        workspace.ledger.append_many(told)
    return int(chosen.num_rows)


def _by_batch(keys: pa.Table) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for key in keys.to_pylist():
        found.setdefault((key["source"], key["batch"]), []).append(key["row"])
    return found


def _by_mapping(rows: pa.Table) -> list[bool]:
    """Return which rows came through a mapping: their raw form names columns; lists and outcomes hold bare cells."""
    found = (json.loads(text or "{}") for text in rows.column("raw").to_pylist())
    return [isinstance(raw, dict) and not any(isinstance(v, list) for v in raw.values()) for raw in found]


def _flat(text: str | None) -> dict[str, str | None]:
    return {k: None if v is None else str(v) for k, v in json.loads(text or "{}").items()}


def _mappings_of(workspace: Workspace, rows: pa.Table) -> dict[str, Mapping]:
    """Return the kept mappings by which the batches of `rows` were loaded, by file name."""
    found = workspace.store.rows(
        "SELECT DISTINCT b.mapping FROM batch b WHERE EXISTS"
        " (SELECT 1 FROM asked a WHERE a.source = b.source AND a.batch = b.batch) ORDER BY 1",
        asked=rows.select(["source", "batch"]),
    )
    mappings = {}
    for row in found:
        digest = str(row["mapping"]).rpartition(" ")[2]
        path = workspace.path / "mappings" / f"{digest}.toml"
        if path.exists():
            mappings[digest] = parse_mapping(path.read_text("utf-8"), path.name)
    return mappings


def _one_mapping(workspace: Workspace, rows: pa.Table) -> Mapping:
    found = _mappings_of(workspace, rows)
    if len(found) != 1:
        why = "are not kept" if not found else "are several"
        raise ConfigError(f"The mappings of these rows {why}.", hint="Name one with --map, or reload batch by batch.")
    return next(iter(found.values()))


def _check_open(store: Store, keys: pa.Table, source: str, file: Path) -> None:
    """Raise for the first row of the file that is no open row of the quarantine."""
    strange = store.rows(
        'SELECT k.batch, k."row", k.line FROM keys k WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.source = ?'
        ' AND q.batch = k.batch AND q."row" = k."row" AND q.state = \'open\') ORDER BY k.line LIMIT 1',
        [source],
        keys=keys,
    )
    if strange:
        row = strange[0]
        raise InputError(
            "No open row of the quarantine has this key; it may have been reloaded or discarded.",
            hint="`counterflow intake quarantine list` shows the open ones.",
            file=file,
            line=int(str(row["line"])),
            value=f"{row['batch']} row {row['row']}",
        )


def _as_it_was(column: pa.ChunkedArray) -> pa.Array:
    """Take the mark away that the export puts before a text which a spreadsheet would run as a formula."""
    encoded = pa.concat_arrays(column.chunks).dictionary_encode()
    return pa.array([restored(word) for word in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


class _Mended(RowSource):
    """The mended CSV as rows of their first file (see `RowSource`), with the keys of the rows they stand for."""

    fixed = True

    def __init__(self, file: Path) -> None:
        from counterflow.intake.readers.csv_file import CsvFile

        self._file = CsvFile(file, ReaderOptions(format="csv", delimiter=",", field_limit=1 << 24))
        self._path = file
        absent = [name for name in _KEY if name not in self._file.columns]
        if absent:
            raise InputError(
                f"The column {absent[0]} is missing.",
                hint="Mend the file that `counterflow intake quarantine export` writes; keep its first columns.",
                file=file,
            )
        self.columns = tuple(c for c in self._file.columns if c not in _TOLD)
        self._batches = list(self._file.batches())
        self.keys, self.source = self._read_keys()

    def batches(self) -> Iterator[RawRows]:
        for raw in self._batches:
            columns = {name: _as_it_was(raw.table.column(name)) for name in self.columns}
            yield RawRows(pa.table(columns), raw.row, raw.line, raw.refused)

    def _read_keys(self) -> tuple[pa.Table, str]:
        """Return batch, row and line of each row, and the source that all have."""
        for raw in self._batches:
            for refused in raw.refused:
                raise InputError(refused.hint, file=self._path, line=refused.line)
        table = pa.concat_tables([raw.table.select(list(_KEY)) for raw in self._batches])
        lines = np.concatenate([raw.line for raw in self._batches if raw.line is not None] or [np.array([], np.int64)])
        sources = pc.unique(table.column("_source")).to_pylist()
        if len(sources) != 1 or sources[0] is None:
            raise InputError(
                f"The file holds rows of {len(sources)} sources.",
                hint="Reload source by source.",
                file=self._path,
            )
        try:
            rows = column_of(table, "_row").cast(pa.int64())
        except pa.ArrowInvalid as error:
            raise InputError(f"The column _row holds no row number: {error}.", file=self._path) from error
        keys = pa.table({"batch": table.column("_batch"), "row": rows, "line": pa.array(lines)})
        if keys.group_by(["batch", "row"]).aggregate([]).num_rows != keys.num_rows:
            raise InputError("A row of the quarantine comes twice in the file.", file=self._path)
        return keys, str(sources[0])
