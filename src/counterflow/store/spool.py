"""The spool: how rows reach the owner of a store without ever touching its file.

A load writes one folder of Parquet files beside a manifest, all under a temporary name, flushes them to disk and
renames the folder into `spool/`: from that moment it is complete, and cannot be half there. The owner drains it in one
transaction whose last row is the manifest (`batch` table), then removes the folder. Killed at any point, the next
drain either finds the manifest row (and only removes the folder) or does the whole thing again: nothing is lost and
nothing is doubled. The same content from the same source is loaded once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from counterflow.core.errors import EngineError
from counterflow.core.tables import TABLES, conform
from counterflow.store.durable import sync
from counterflow.store.order_payloads import SAID

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Drained", "LoadBatch", "SpoolWriter", "drain", "pending", "write_batch"]

MANIFEST = "manifest.json"
#: tables whose record ids are unique per source, with the tables that hold a record's rows
_RECORDS = {"consignment": ("consignment", "goods_line", "party"), "crossing": ("crossing",)}


@dataclass(frozen=True, kw_only=True)
class LoadBatch:
    """What is known of one load: the `batch` row, before the store has seen it.

    Args:
        source: who the records come from.
        content_sha256: hex SHA-256 of file and mapping; the same content of a source is loaded once.
        file: file name without its folder.
        mapping: mapping and version.
        read: rows read; must equal accepted + rejected.
        accepted: rows taken.
        rejected: rows in quarantine.
        reasons: reason code to count.
        warnings: what was blanked or repaired, to count.
        synthetic: the mapping says that nobody ever sent these records.
    """

    source: str
    content_sha256: str
    file: str
    mapping: str
    read: int
    accepted: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    synthetic: bool = False

    @property
    def batch(self) -> str:
        """The id of the load: fixed by source and content, so that a repeated load has the same."""
        return f"{self.source}-{self.content_sha256[:16]}"

    def __post_init__(self) -> None:
        if self.read != self.accepted + self.rejected:
            raise ValueError(f"{self.read} read but {self.accepted} accepted + {self.rejected} rejected")


class SpoolWriter:
    """Writes the tables of one load, a piece at a time, and makes them visible all at once.

    Used as a context manager: leaving it without `commit` removes what was written.
    """

    def __init__(self, workspace: Path) -> None:
        self._spool = workspace / "spool"
        self._spool.mkdir(parents=True, exist_ok=True)
        self._folder = self._spool / f".tmp-{os.getpid()}-{uuid.uuid4().hex}"
        self._folder.mkdir()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._counts: dict[str, int] = {}

    def add(self, table: str, rows: pa.Table) -> None:
        """Add rows to a table of the house; columns are checked against its schema."""
        schema = TABLES[table].schema
        if table not in self._writers:
            self._writers[table] = pq.ParquetWriter(self._folder / f"{table}.parquet", schema, compression="zstd")
        self._writers[table].write_table(conform(rows, schema))
        self._counts[table] = self._counts.get(table, 0) + rows.num_rows

    def commit(self, batch: LoadBatch, received_at: dt.datetime) -> Path:
        """Flush everything and rename it into the spool; return the folder."""
        for writer in self._writers.values():
            writer.close()
        manifest = asdict(batch) | {
            "batch": batch.batch, "received_at": received_at.isoformat(), "tables": self._counts,
            # Drawn before anything is sealed, so that a drain that is cut off and repeated makes the same salts;
            # it goes with the spooled folder, and then nobody can make them again.
            "salt_seed": secrets.token_hex(32),
        }  # fmt: skip
        (self._folder / MANIFEST).write_text(json.dumps(manifest, sort_keys=True, default=dict), "utf-8")
        for path in self._folder.iterdir():
            sync(path)
        sync(self._folder)
        target = self._spool / f"{received_at:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
        self._folder.rename(target)
        sync(self._spool)
        return target

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def write_batch(workspace: Path, batch: LoadBatch, tables: Mapping[str, pa.Table], received_at: dt.datetime) -> Path:
    """Spool one load that fits in memory; see `SpoolWriter` for larger ones."""
    with SpoolWriter(workspace) as writer:
        for name, rows in tables.items():
            writer.add(name, rows)
        return writer.commit(batch, received_at)


def pending(workspace: Path) -> list[Path]:
    """Return the complete loads waiting in the spool, oldest first."""
    spool = workspace / "spool"
    return sorted(p for p in spool.iterdir() if not p.name.startswith(".")) if spool.is_dir() else []


@dataclass(frozen=True)
class Drained:
    """A load that is in: its `batch` row, and whether the same content was in already."""

    row: Mapping[str, Any]
    already_loaded: bool


def drain(workspace: Workspace) -> list[Drained]:
    """Take every waiting load into the store; return what became of each, in order."""
    _sweep(workspace.path / "spool")
    return [_drain_one(workspace, folder) for folder in pending(workspace.path)]


def _remove(folder: Path) -> None:
    """Remove a drained load. It goes out of sight in one step first: half of it must never look like a load."""
    gone = folder.with_name(f".done-{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone)


def _sweep(spool: Path) -> None:
    """Remove what killed processes left behind: drained loads half removed, and loads that nobody writes any more."""
    for folder in spool.glob(".*") if spool.is_dir() else ():
        kind, _, rest = folder.name.partition("-")
        if kind == ".done" or (kind == ".tmp" and not _lives(int(rest.partition("-")[0]))):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drain_one(workspace: Workspace, folder: Path) -> Drained:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise EngineError(
            f"The spooled load {folder.name} has no readable manifest: {error}.",
            hint="Move the folder out of the spool and load its file again.",
        ) from error
    known = workspace.store.rows(
        "SELECT * FROM batch WHERE source = ? AND content_sha256 = ?",
        [manifest["source"], manifest["content_sha256"]],
    )
    if known:
        _remove(folder)
        return Drained(_public(known[0]), already_loaded=True)
    row = _take_in(workspace, folder, manifest)
    _remove(folder)
    return Drained(_public(row), already_loaded=False)


def _public(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "reasons": json.loads(row["reasons"] or "{}"), "tables": json.loads(row["tables"] or "{}")}


def _take_in(workspace: Workspace, folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Insert the tables of one load, set aside records that are in already, and record the load, all or nothing."""
    store = workspace.store
    tables: dict[str, int] = manifest["tables"]
    with store.transaction():
        for name in tables:
            store.execute(f'INSERT INTO "{name}" SELECT * FROM read_parquet(?)', [str(folder / f"{name}.parquet")])
        doubled = sum(_set_doubles_aside(workspace, manifest, name) for name in _RECORDS if name in tables)
        if doubled:
            manifest["accepted"] -= doubled
            manifest["rejected"] += doubled
            manifest["reasons"]["duplicate-record"] = manifest["reasons"].get("duplicate-record", 0) + doubled
        payload = _digest_payloads(workspace, manifest) if SAID.keys() & tables.keys() else ""
        row = {
            "source": manifest["source"], "batch": manifest["batch"], "content_sha256": manifest["content_sha256"],
            "file": manifest["file"], "mapping": manifest["mapping"],
            "received_at": dt.datetime.fromisoformat(manifest["received_at"]),
            "synthetic": manifest["synthetic"],
            "read": manifest["read"], "accepted": manifest["accepted"], "rejected": manifest["rejected"],
            "reasons": json.dumps(manifest["reasons"], sort_keys=True),
            "tables": json.dumps(_counts(workspace, manifest), sort_keys=True),
        }  # fmt: skip
        store.append("batch", pa.Table.from_pylist([row]))
        _write_facts(workspace, manifest)
        # The ledger entry is keyed by content: should we die between it and the commit, the repeat finds it.
        workspace.ledger.append_many(
            [("load", _ledger_body(row, payload))],
            key=f"load:{manifest['source']}:{manifest['content_sha256']}",
        )
    return row


def _set_doubles_aside(workspace: Workspace, manifest: Mapping[str, Any], table: str) -> int:
    """Move records of this load whose id an earlier load of the source holds into quarantine; return how many."""
    store, source, batch = workspace.store, manifest["source"], manifest["batch"]
    doubles = store.query(
        f'SELECT n.* FROM "{table}" n WHERE n.source = ? AND n.batch = ? AND EXISTS (SELECT 1 FROM "{table}" o'
        " WHERE o.source = n.source AND o.record_id = n.record_id AND o.batch <> n.batch)",
        [source, batch],
    )
    if not doubles.num_rows:
        return 0
    ids = doubles.select(["record_id"])
    # Their place in the file is not known here: they stand after the rows that intake refused.
    after = store.rows(
        "SELECT coalesce(max(row), 0) AS last FROM quarantine WHERE source = ? AND batch = ?", [source, batch]
    )
    first = int(str(after[0]["last"])) + 1
    aside = [
        {
            "source": source, "batch": batch, "row": position, "column": "record_id", "value": record["record_id"],
            "reason": "duplicate-record", "state": "open",
            "hint": "An earlier load holds this id. Give the record its own id, or discard this row.",
            "raw": json.dumps(record, default=str, ensure_ascii=False),
        }
        for position, record in enumerate(doubles.to_pylist(), start=first)
    ]  # fmt: skip
    for name in _RECORDS[table]:
        store.execute(
            f'DELETE FROM "{name}" WHERE source = ? AND batch = ? AND record_id IN (SELECT record_id FROM doubled)',
            [source, batch],
            doubled=ids,
        )
    return store.append("quarantine", pa.Table.from_pylist(aside))


def _digest_payloads(workspace: Workspace, manifest: Mapping[str, Any]) -> str:
    """Write a salted digest per record that names somebody; return one digest over all of them, for the ledger."""
    parameters = [manifest["source"], manifest["batch"]]
    there = [name for name in SAID if name in manifest["tables"]]
    said = " UNION ALL ".join(
        f"SELECT source, record_id, batch, {SAID[name]} AS row_said FROM {name} WHERE source = ? AND batch = ?"
        for name in there
    )
    workspace.store.execute(
        "INSERT INTO payload SELECT source, record_id, batch, salt, sha256(salt || chr(31) || said), NULL FROM ("
        " SELECT source, record_id, batch, sha256(? || chr(31) || record_id) AS salt,"
        " array_to_string(list_sort(list(row_said)), chr(30)) AS said"
        f" FROM ({said}) WHERE row_said <> '' GROUP BY source, record_id, batch)",
        [manifest["salt_seed"], *parameters * len(there)],
    )
    found = workspace.store.rows(
        "SELECT sha256(string_agg(digest, '' ORDER BY record_id)) AS root FROM payload WHERE source = ? AND batch = ?",
        parameters,
    )
    return str(found[0]["root"] or "")


def _counts(workspace: Workspace, manifest: Mapping[str, Any]) -> dict[str, int]:
    return {
        name: int(
            str(
                workspace.store.rows(f'SELECT count(*) AS n FROM "{name}" WHERE batch = ?', [manifest["batch"]])[0]["n"]
            )
        )
        for name in manifest["tables"]
    }


def _ledger_body(row: Mapping[str, Any], payload: str) -> dict[str, Any]:
    return {
        "source": row["source"], "batch": row["batch"], "content_sha256": row["content_sha256"],
        "mapping": row["mapping"], "read": row["read"], "accepted": row["accepted"], "rejected": row["rejected"],
        "payload_sha256": payload,
    }  # fmt: skip


def _write_facts(workspace: Workspace, manifest: Mapping[str, Any]) -> None:
    """Write the rows of this load under `facts/<table>/month=…/`, one file per month, each renamed into place."""
    for name, column in _fact_tables(manifest):
        months = workspace.store.rows(
            f"SELECT DISTINCT strftime({column}, '%Y-%m') AS month FROM \"{name}\" WHERE batch = ? ORDER BY month",
            [manifest["batch"]],
        )
        for month in (str(m["month"]) for m in months):
            rows = workspace.store.query(
                f"SELECT * FROM \"{name}\" WHERE batch = ? AND strftime({column}, '%Y-%m') = ? ORDER BY record_id",
                [manifest["batch"], month],
            )
            folder = workspace.path / "facts" / name / f"month={month}"
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f".{manifest['batch']}.parquet"
            pq.write_table(rows, temporary, compression="zstd")
            sync(temporary)
            temporary.rename(folder / f"{manifest['batch']}.parquet")


def _fact_tables(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in manifest["tables"]:
        column = TABLES[name].month_of
        if column is not None:
            yield name, column
