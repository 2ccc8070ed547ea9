"""The one way in for counts: what a reader gave is kept with a receipt, or not at all.

Everything of one file happens in one transaction: counts, rates, supply signals, changes of panel, refused rows,
manifest and ledger entry (ids and digests only). The same content read in the same way changes nothing. A later
`as_of` supersedes and overwrites nothing; what a new file repeats, takes back or contradicts is told.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.refused import Refused
from counterflow.core.tables import PANEL, PLACE_WITHIN, SERIES_COUNT, SERIES_RATE, SUPPLY_SIGNAL
from counterflow.watch.series.instalments import added_to_held, refuse_unsaid_instalment
from counterflow.watch.series.reader import Read
from counterflow.watch.series.revised import revisions, without_repeats

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["SOURCE", "CountsReceipt", "digest_of", "keep"]

#: source under which loads of counts stand in the manifest
SOURCE = "watch-counts"
_SHOWN = 20
_SCHEMAS = {
    "series_count": SERIES_COUNT,
    "series_rate": SERIES_RATE,
    "supply_signal": SUPPLY_SIGNAL,
    "panel": PANEL,
    "place_within": PLACE_WITHIN,
}


@dataclass(frozen=True)
class CountsReceipt:
    """What became of a file: read = accepted + rejected.

    Args:
        batch: id of the load.
        read: rows of the file.
        accepted: rows taken, each into one or more counts or none (an event adds to a count).
        rejected: rows refused.
        tables: table to rows written.
        reasons: reason to number of refused rows.
        refused: each refused row, without what may not be kept.
        said: what a person has to know.
        repeated: True where the same content was taken before, and nothing changed.
    """

    batch: str
    read: int
    accepted: int
    rejected: int
    tables: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    said: tuple[str, ...] = ()
    repeated: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; of the refused rows the first twenty."""
        return {
            "batch": self.batch, "read": self.read, "accepted": self.accepted, "rejected": self.rejected,
            "repeated": self.repeated, "tables": dict(self.tables), "reasons": dict(self.reasons),
            "said": list(self.said), "refused": [row.as_dict() for row in self.refused[:_SHOWN]],
        }  # fmt: skip


def digest_of(content: bytes | str, how: Mapping[str, object]) -> str:
    """Return the digest of a file (bytes, or the SHA-256 of them as hex) and of how it was read."""
    own = content if isinstance(content, str) else hashlib.sha256(content).hexdigest()
    said = json.dumps(how, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(f"{own}\x1f{said}".encode()).hexdigest()


def keep(
    workspace: Workspace, read: Read, *, file: str, form: str, digest: str, triangle: bool = False, adds: bool = False
) -> CountsReceipt:
    """Keep what a reader gave.

    Args:
        workspace: where.
        read: what the file held.
        file: its name, without a folder.
        form: name of the form it was read in.
        digest: `digest_of` the file and how it was read; the same is kept once.
        triangle: True for what is read as totals known so far; it may not take back most of what is held.
        adds: True where the file brings only what was reported since the one before.

    Raises:
        InputError: an instalment that overlaps what is held, or that does not say that it is one.
    """
    batch = f"{SOURCE}-{digest[:16]}"
    reasons = dict(sorted(Counter(row.reason for row in read.refused).items()))
    store, now = workspace.store, workspace.clock()
    known = store.rows("SELECT batch FROM batch WHERE source = ? AND batch = ?", [SOURCE, batch])
    if known:
        said = (*read.said, "This content was taken before, in the same way; nothing changed.")
        return CountsReceipt(batch, read.rows, read.accepted, len(read.refused), {}, reasons, read.refused, said, True)
    counts, added = added_to_held(store, read.counts, file=file) if adds else (read.counts, ())
    if triangle and not adds:
        refuse_unsaid_instalment(store, counts, file=file)
    counts, repeats = without_repeats(store, counts)
    said = (*read.said, *added, *repeats, *revisions(store, counts))
    new = {
        "series_count": counts,
        "series_rate": read.rates,
        "supply_signal": read.signals,
        "panel": read.panel,
        "place_within": _new_places(store, read.places),
    }
    tables = {name: rows.num_rows for name, rows in new.items() if rows.num_rows}
    receipt = CountsReceipt(batch, read.rows, read.accepted, len(read.refused), tables, reasons, read.refused, said)
    body: dict[str, Any] = {"batch": batch, "form": form, "sha256": digest, "tables": tables}
    body |= {"accepted": receipt.accepted, "rejected": receipt.rejected}
    with store.transaction():
        workspace.ledger.append("watch-counts", body, key=f"watch-counts {batch}")
        for name in tables:
            store.append(name, _stamped(new[name], _SCHEMAS[name], now, batch))
        if read.refused:
            out = [row.as_quarantine() | {"source": SOURCE, "batch": batch, "state": "open"} for row in read.refused]
            store.append("quarantine", pa.Table.from_pylist(out))
        store.append("batch", pa.Table.from_pylist([_manifest(receipt, digest, file, form, now)]))
    return receipt


def _new_places(store: Store, places: pa.Table) -> pa.Table:
    """Return the places that are not held already, each once."""
    if not places.num_rows:
        return places
    return store.query(
        """SELECT DISTINCT source, place, within FROM new_places n WHERE NOT EXISTS (SELECT 1 FROM place_within p
        WHERE p.source = n.source AND p.place = n.place AND p.within = n.within) ORDER BY source, place, within""",
        new_places=places,
    )


def _stamped(rows: pa.Table, schema: pa.Schema, now: Any, batch: str) -> pa.Table:
    stamps = {"first_seen": pa.scalar(now, schema.field("first_seen").type), "batch": pa.scalar(batch, pa.string())}
    for name, value in stamps.items():
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows.select(schema.names).cast(schema)


def _manifest(receipt: CountsReceipt, digest: str, file: str, form: str, now: Any) -> dict[str, Any]:
    return {
        "source": SOURCE, "batch": receipt.batch, "content_sha256": digest, "file": file, "mapping": form,
        "received_at": now, "read": receipt.read, "accepted": receipt.accepted, "rejected": receipt.rejected,
        "reasons": json.dumps(dict(receipt.reasons)), "tables": json.dumps(dict(receipt.tables)),
    }  # fmt: skip
