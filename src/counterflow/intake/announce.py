"""Announcements: how many records posts and carriers say they will send, so that what never came can be seen.

A later announcement for the same sender, country, lane and month stands in for the earlier one; both are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.intake.coverage import announcements
from counterflow.intake.load import already_loaded, content_digest, receipt_of, source_name
from counterflow.intake.receipt import Receipt
from counterflow.store.spool import LoadBatch, drain, write_batch

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["announce"]

_MAPPING = "announcements 1"


def announce(workspace: Workspace, file: Path, *, source: str = "announcements") -> Receipt:
    """Load announcements from a CSV `sender,departure,lane,period,expected`; all of its rows or none.

    Raises:
        InputError: a row cannot be read, a month is not named, or the file has no row.
    """
    table = announcements(file)
    if not table.num_rows:
        raise InputError("The file announces nothing: it has no row.", file=file)
    named = source_name(source)
    digest = content_digest(named, _MAPPING, file)
    known = already_loaded(workspace, named, digest)
    if known is not None:
        return known
    batch = LoadBatch(
        source=named,
        content_sha256=digest,
        file=file.name,
        mapping=_MAPPING,
        read=table.num_rows,
        accepted=table.num_rows,
        rejected=0,
    )
    rows = table.append_column("batch", pa.repeat(batch.batch, table.num_rows))
    write_batch(workspace.path, batch, {"announcement": rows}, workspace.clock())
    drained = next(d for d in drain(workspace) if d.row["batch"] == batch.batch)
    return receipt_of(drained.row, already=drained.already_loaded)
