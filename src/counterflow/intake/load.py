"""Load one file: read it, convert it piece by piece, spool it as one batch, and answer with a receipt.

A load is all or nothing, and the same content (file, mapping, source) goes in once. Corrections of records that are in
already are not made here: a record id that an earlier load holds is refused as `duplicate-record`. Orders and customers
are the exception: what comes again with other content stands in place of what came before (`core.standing`).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from counterflow.core.errors import ConfigError, InputError, UsageError
from counterflow.intake.convert.rows import Converter, Piece
from counterflow.intake.held_orders import held_lines
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.targets import OF_ORDERS, RecordTable, coverage_targets
from counterflow.intake.readers import RawRows, ReaderOptions, RowSource, open_source
from counterflow.intake.readers.rows import check_file
from counterflow.intake.receipt import Receipt, reasons_of
from counterflow.store.spool import LoadBatch, SpoolWriter, drain

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = [
    "already_loaded",
    "content_digest",
    "load",
    "load_rows",
    "pieces",
    "reader_options",
    "receipt_of",
    "source_name",
]

_SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_BLOCK = 1 << 20
#: tables that hold one row per record
_TABLES_OF_RECORDS = ("consignment", "crossing", "order_line", "customer", "stock_event")

#: told after each piece: rows read so far
Progress = Callable[[int], None]


def load(
    workspace: Workspace,
    file: Path,
    mapping: Mapping,
    *,
    source: str | None = None,
    progress: Progress | None = None,
) -> Receipt:
    """Load `file` under `mapping` into the workspace.

    Args:
        workspace: where the records go.
        file: CSV, XLSX, Parquet, NDJSON or EDIFACT.
        mapping: which column feeds which field.
        source: who the records come from; the mapping's own source where None.
        progress: told how far the reading is.

    Raises:
        InputError: the file cannot be read, or holds no row.
        ConfigError: the mapping names a column that the file does not have.
        UsageError: neither call nor mapping says who the records come from.
    """
    check_file(file)
    named = source_name(source or mapping.source)
    digest = content_digest(named, mapping.sha256, file)
    known = already_loaded(workspace, named, digest)
    if known is not None:
        return known
    rows = open_source(file, reader_options(mapping, field_limit=_field_limit(mapping.reader, workspace)))
    mapping.check_columns(rows, file.name)
    return load_rows(workspace, rows, mapping, source=named, digest=digest, file=file, progress=progress)


def reader_options(mapping: Mapping, **other: Any) -> ReaderOptions:
    """Return how a file is read under a mapping: a workbook's number and day cells are written as they are read."""
    numeric = {"number", "mass", "integer", "amount", "share"}
    return replace(
        mapping.reader,
        number_marks={c: r.decimal for r in mapping.fields if r.kind in numeric for c in r.columns},
        day_formats={c: r.formats[0] for r in mapping.fields if r.formats for c in r.columns},
        **other,
    )


def load_rows(
    workspace: Workspace,
    rows: RowSource,
    mapping: Mapping,
    *,
    source: str,
    digest: str,
    file: Path,
    progress: Progress | None = None,
) -> Receipt:
    """Load rows that are open for reading already; see `load`."""
    tally = _Tally()
    batch = LoadBatch(
        source=source,
        content_sha256=digest,
        file=file.name,
        mapping=mapping.identity,
        synthetic=mapping.synthetic,
        read=0,
        accepted=0,
        rejected=0,
    )
    received_at = workspace.clock()
    converter = Converter(
        mapping,
        source=source,
        batch=batch.batch,
        first_seen=received_at,
        required=required_fields(mapping, workspace),
        known_ids=None if mapping.table in OF_ORDERS else _known_ids(workspace, mapping.table, source),
        held=held_lines(workspace.store, source) if mapping.table == "order" else None,
    )
    with SpoolWriter(workspace.path) as spool:
        for piece in pieces(converter, rows, grouped=mapping.in_one):
            tally.add(piece, spool)
            if progress is not None:
                progress(tally.read)
        if tally.read == 0:
            raise InputError("The file has no row: only a header, or empty lines.", file=file)
        keep_mapping(workspace, mapping)
        spool.commit(tally.filled_in(batch), received_at)
    drained = next(d for d in drain(workspace) if d.row["batch"] == batch.batch)
    return replace(
        receipt_of(drained.row, already=drained.already_loaded),
        warnings=dict(sorted(tally.warnings.items())),
        unused=_unused(mapping, rows),
        withheld=tuple(c for c in mapping.labels if c in rows.columns),
    )


class _Tally:
    """Adds the pieces of a load up, while they go to the spool."""

    def __init__(self) -> None:
        self.read = self.accepted = 0
        self.reasons, self.warnings = Counter[str](), Counter[str]()

    def add(self, piece: Piece, spool: SpoolWriter) -> None:
        for name, table in piece.tables.items():
            spool.add(name, table)
        self.read += piece.read
        self.accepted += piece.accepted
        self.reasons.update(piece.reasons)
        self.warnings.update(piece.warnings)

    def filled_in(self, batch: LoadBatch) -> LoadBatch:
        """Return `batch` with its counts."""
        return replace(
            batch,
            read=self.read,
            accepted=self.accepted,
            rejected=self.read - self.accepted,
            reasons=dict(sorted(self.reasons.items())),
            warnings=dict(sorted(self.warnings.items())),
        )


def content_digest(source: str, mapping: str, file: Path) -> str:
    """Return the SHA-256 over source, mapping and the bytes of the file: what makes a load the same load."""
    digest = hashlib.sha256(f"{source}\0{mapping}\0".encode())
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def already_loaded(workspace: Workspace, source: str, digest: str) -> Receipt | None:
    """Return the receipt of the load that has brought this very content in, if one has."""
    drain(workspace)
    found = workspace.store.rows("SELECT * FROM batch WHERE source = ? AND content_sha256 = ?", [source, digest])
    return receipt_of(found[0], already=True) if found else None


def required_fields(mapping: Mapping, workspace: Workspace) -> tuple[str, ...]:
    """Return the fields that coverage asks for: the mapping's, else the settings'; only consignments have any."""
    if mapping.table != "consignment":
        return ()
    if mapping.required is not None:
        return mapping.required
    required: tuple[str, ...] = workspace.settings.intake.required
    for name in required:
        if not coverage_targets(name):
            raise ConfigError(
                f"[intake] required names {name!r}, which is no field.",
                hint="See docs/how-to/write-a-mapping.md.",
            )
    return required


def keep_mapping(workspace: Workspace, mapping: Mapping) -> None:
    """Keep a copy of the mapping in the workspace, so that refused rows can be loaded by it again."""
    folder = workspace.path / "mappings"
    folder.mkdir(exist_ok=True)
    path = folder / f"{mapping.sha256[:12]}.toml"
    if not path.exists():
        temporary = path.with_suffix(".tmp")
        temporary.write_text(mapping.text, "utf-8")
        temporary.replace(path)


def _field_limit(options: ReaderOptions, workspace: Workspace) -> int:
    own = options.field_limit
    return own if own != ReaderOptions().field_limit else int(workspace.settings.intake.longest_field)


def source_name(source: str | None) -> str:
    """Return `source` where it is a plain name; raise UsageError else."""
    if source is None:
        raise UsageError("Nobody says who the records come from.", hint="Add --source NAME, or source to the mapping.")
    if not _SOURCE_NAME.fullmatch(source):
        raise UsageError(
            f"{source!r} is no plain name for a source.", hint="Letters, digits, - _ and dots; at most 64."
        )
    return source


def pieces(converter: Converter, rows: RowSource, *, grouped: bool) -> Iterable[Piece]:
    """Return the converted pieces; where a record stands on several rows, the file is converted as one."""
    if not grouped:
        return (converter.convert(raw) for raw in rows.batches())
    batches = list(rows.batches())
    return [converter.convert(_joined(batches))] if batches else []


def _joined(batches: list[RawRows]) -> RawRows:
    lines = None if any(b.line is None for b in batches) else np.concatenate([b.line for b in batches])
    return RawRows(
        pa.concat_tables([b.table for b in batches], promote_options="default"),
        np.concatenate([b.row for b in batches]),
        lines,
        tuple(r for b in batches for r in b.refused),
    )


def _known_ids(workspace: Workspace, table: RecordTable, source: str) -> Callable[[pa.Array], np.ndarray] | None:
    """Return a test for ids of `table` that an earlier load of the source holds; None where it has loaded nothing."""
    store = workspace.store
    if not store.rows(f'SELECT 1 AS one FROM "{table}" WHERE source = ? LIMIT 1', [source]):
        return None

    def known(ids: pa.Array) -> np.ndarray:
        asked = pa.table({"place": np.arange(len(ids)), "record_id": ids})
        found = store.query(
            "SELECT a.place FROM asked a WHERE EXISTS"
            f' (SELECT 1 FROM "{table}" c WHERE c.source = ? AND c.record_id = a.record_id)',
            [source],
            asked=asked,
        )
        mask = np.zeros(len(ids), dtype=bool)
        mask[found.column("place").to_numpy()] = True
        return mask

    return known


def _unused(mapping: Mapping, rows: RowSource) -> tuple[str, ...]:
    used = {c for rule in mapping.fields for c in rule.all_columns} | set(mapping.attributes) | set(mapping.labels)
    return tuple(c for c in rows.columns if c not in used) if rows.fixed else ()


def receipt_of(told: Dictionary[str, Any], *, already: bool) -> Receipt:
    """Return the receipt of a load by its `batch` row."""
    written = reasons_of(told, "tables")
    return Receipt(
        batch=told["batch"],
        source=told["source"],
        file=told["file"],
        mapping=told["mapping"],
        read=told["read"],
        accepted=told["accepted"],
        rejected=told["rejected"],
        reasons=reasons_of(told, "reasons"),
        records=sum(written.get(table, 0) for table in _TABLES_OF_RECORDS),
        already_loaded=already,
        synthetic=bool(told.get("synthetic")),
    )
