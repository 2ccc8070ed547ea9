"""The one form in which records come to features: one row per goods line, with the record's own facts beside it.

A workspace's tables and a file read under a mapping both become this (`stored.feature_lines`, `flow.labelled_file`), so
what is learned on a published file and what is scored at an office go through the same code.

Party columns hold opaque identifiers (a digest of an identifier, an entity of resolution), never a name: they say "the
same one as before" and nothing else. Nationality and what a party is called are not here at all, so no feature can be
made from them. `origin` is the origin of the goods; a `FeatureSpec` can leave it and `departure` out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["LINE", "PARTY_COLUMNS", "Known", "Lines"]

#: columns that hold opaque identifiers of parties and places
PARTY_COLUMNS = ("declarant", "importer", "consignor", "courier", "address", "entity")

#: one goods line as features see it; attributes of the source follow as `attributes.NAME` (text)
LINE = pa.schema(
    [
        ("row", pa.int64()),  # place of its record, rising; each record has at least one line
        ("source", pa.string()),
        ("record_id", pa.string()),
        ("day", pa.date32()),  # day of the declaration
        ("office", pa.string()),
        ("lane", pa.string()),
        ("kind", pa.string()),
        ("direction", pa.string()),
        ("sender", pa.string()),  # who sent the data
        ("departure", pa.string()),
        ("origin", pa.string()),  # of the goods
        ("destination", pa.string()),
        ("hs", pa.string()),
        ("mass_kg", pa.float64()),  # of the line, else of the record
        ("value", pa.float64()),  # of the line, else of the record, in `currency`
        ("currency", pa.string()),
        ("quantity", pa.float64()),
        ("unit", pa.string()),
        ("pieces", pa.int32()),
        ("missing", pa.int32()),  # required fields that the source left empty
        ("lead_hours", pa.float64()),  # advance data before it was due; negative where late, null where not known
        *((name, pa.string()) for name in PARTY_COLUMNS),
    ]
)


@dataclass(frozen=True)
class Lines:
    """Goods lines of records in canonical order.

    Args:
        table: `LINE` and any `attributes.NAME`.
        records: number of records; `row` runs from 0 to `records - 1`.
        findings: findings on the records: row, code, kind, strength, harm_class; empty where none were made.
    """

    table: pa.Table
    records: int
    findings: pa.Table

    @property
    def row(self) -> npt.NDArray[np.int64]:
        """Place of each line's record."""
        return np.asarray(self.table.column("row").to_numpy(), np.int64)


@dataclass(frozen=True)
class Known:
    """What inspections showed of records, aligned with `Lines` (one place per record).

    Args:
        found: harm class confirmed, "" where inspected and nothing found; null where no outcome is known.
        on: day on which the outcome became known (days since 1970-01-01); a line sees it from the next day on.
        weight: 1 / probability of having been inspected and answered, where it is known; 1 elsewhere.
        random: true where the record was inspected because it was drawn at random.
    """

    found: pa.Array
    on: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float64]
    random: npt.NDArray[np.bool_]
