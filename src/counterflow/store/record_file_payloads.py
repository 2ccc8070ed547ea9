"""What files beside records hold and say, and how it is erased: bytes, names and words go with their record.

Bytes lie outside the tables, so they cannot go in the same transaction: the row gives them up first, and whatever no
row holds any more is deleted once that is kept. A crash between the two leaves bytes that nothing leads to; the next
erasure, or the next opening of the workspace, deletes them.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from counterflow.core.errors import refused_by_system
from counterflow.store.repository import Store

__all__ = ["FOLDER", "RECORD_FILE_UNDER", "STILL_SAYS", "forget_files", "sweep_files"]

#: source under which the salts of files stand among the payloads
RECORD_FILE_UNDER = "record-file"
#: folder of the workspace that holds the bytes
FOLDER = "files"
_ERASED = "[erased]"
#: records with files that were not erased yet; there may be some on a record that was
STILL_SAYS = f"SELECT source, record_id FROM record_file WHERE person <> '{_ERASED}'"


def forget_files(store: Store, gone: pa.Table) -> None:
    """Have the files of erased records, and erased files, give up names, words and bytes.

    Args:
        store: the tables.
        gone: (source, record_id) of records, or of files under `RECORD_FILE_UNDER`.
    """
    meant = (
        "EXISTS (SELECT 1 FROM gone g WHERE (g.source = t.source AND g.record_id = t.record_id)"
        f" OR (g.source = '{RECORD_FILE_UNDER}' AND g.record_id = t.file))"
    )
    store.execute(
        f"UPDATE payload p SET salt = NULL WHERE p.source = '{RECORD_FILE_UNDER}'"
        f" AND p.record_id IN (SELECT t.file FROM record_file t WHERE {meant})",
        gone=gone,
    )
    store.execute(
        f"UPDATE record_file t SET name = '{_ERASED}', words = '{_ERASED}', person = '{_ERASED}', sha256 = '',"
        f" stored = '', ground = CASE WHEN ground IS NOT NULL THEN '{_ERASED}' END WHERE {meant}",
        gone=gone,
    )


def sweep_files(folder: Path, store: Store) -> int:
    """Delete the bytes that no row holds; return how many files went. Nothing else may be adding one meanwhile.

    Args:
        folder: the workspace's folder.
        store: its tables.

    Raises:
        WorkspaceError: one cannot be deleted.
    """
    files = folder / FOLDER
    here = [path for path in files.iterdir() if path.is_file()] if files.is_dir() else []
    if not here:
        return 0
    held = {str(row["stored"]) for row in store.rows("SELECT stored FROM record_file WHERE stored <> ''")}
    orphans = [path for path in here if path.name not in held]
    try:
        for path in orphans:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise refused_by_system(error, folder.absolute()) from error
    return len(orphans)
