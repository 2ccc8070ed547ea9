"""What a load answers: how many rows were read, taken and refused, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from counterflow.core.tables import BATCH
from counterflow.store.repository import Store

__all__ = ["Receipt", "receipts"]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The answer to one load; `read` = `accepted` + `rejected`, always.

    Args:
        batch: id of the load; the same file under the same mapping has the same.
        source: who the records come from.
        file: file name without its folder.
        mapping: name, version and digest of the mapping.
        read: rows read.
        accepted: rows taken.
        rejected: rows in quarantine.
        reasons: reason to count of refused rows.
        warnings: what was blanked, kept or repaired, to count; on the rows that hold it.
        records: records written; fewer than `accepted` where a record stands on several rows.
        unused: columns of the file that the mapping does not use.
        withheld: label columns that were left out.
        synthetic: the mapping says that nobody ever sent these records.
        already_loaded: the same content was in before; nothing was added.
    """

    batch: str
    source: str
    file: str
    mapping: str
    read: int
    accepted: int
    rejected: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    records: int = 0
    unused: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    synthetic: bool = False
    already_loaded: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self) | {"unused": list(self.unused), "withheld": list(self.withheld)}

    def in_words(self) -> str:
        """Return the receipt as a person would say it."""
        if self.already_loaded:
            return f"{self.file} was loaded before, as batch {self.batch}; nothing was added."
        said = "SYNTHETIC records. " if self.synthetic else ""
        said += f"{self.file}: {self.read:,} rows read, {self.accepted:,} accepted, {self.rejected:,} rejected."
        if self.rejected:
            worst = sorted(self.reasons.items(), key=lambda r: (-r[1], r[0]))[:5]
            said += " Reasons: " + ", ".join(f"{reason} {count:,}" for reason, count in worst)
            said += f". See: counterflow intake quarantine list --batch {self.batch}"
        return said


def receipts(store: Store, source: str | None = None) -> pa.Table:
    """Return every load of a source (or of all), oldest first, with how its refused rows stand today."""
    where, parameters = ("WHERE b.source = ?", [source]) if source else ("", [])
    columns = ", ".join(f'b."{f.name}"' for f in BATCH)
    return store.query(
        f"SELECT {columns}, count(q.row) FILTER (WHERE q.state = 'open') AS open,"
        " count(q.row) FILTER (WHERE q.state = 'reloaded') AS reloaded,"
        " count(q.row) FILTER (WHERE q.state = 'discarded') AS discarded"
        f" FROM batch b LEFT JOIN quarantine q ON q.source = b.source AND q.batch = b.batch {where}"
        " GROUP BY ALL ORDER BY b.received_at, b.source, b.batch",
        parameters,
    )


def reasons_of(row: Mapping[str, object], column: str) -> dict[str, int]:
    """Return a JSON column of the batch table as counts, parsed already or not."""
    found = row.get(column)
    return dict(json.loads(found)) if isinstance(found, str) else dict(found) if isinstance(found, Mapping) else {}
