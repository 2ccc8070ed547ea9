"""Was the data there when it was due, and was it complete?

Data that comes after the goods cannot choose them. Lateness is held against the record's own due time (set by
the mapping: as a rule, before loading); a record without a due time is neither late nor in time, and nothing
is said. The duty for the post to the United States: STOP Act of 2018, 19 CFR 145.73-145.75.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Code, Resources, Subject
from counterflow.screen.masks import findings_where, in_row_order, told

__all__ = ["AdvanceDataCheck", "make"]

RULES = 1
_MEANING = "judgement: how much the gap takes from screening in time; no probability"
_LAW = "19 CFR 145.73-145.75 (post to the United States); elsewhere the rules of the office of entry"
_CODES = (
    Code("advance-missing", "data", "advance data was due and never came"),
    Code("advance-late", "data", "advance data came after it was due"),
    Code("advance-after-arrival", "data", "advance data came after the goods"),
    Code("fields-missing", "data", "required fields are empty"),
)


class AdvanceDataCheck:
    """Missing, late and incomplete advance data."""

    id = "advance-data"
    title = "Missing, late or incomplete advance data"
    subject: Subject = "consignment"
    reads: tuple[str, ...] = ("missing", "advance_at", "due_at", "posted_at", "arrived_at")
    codes = _CODES
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        came, due, arrived = (batch.column(name) for name in ("advance_at", "due_at", "arrived_at"))
        behind = pc.fill_null(pc.greater(came, arrived), False)
        late = pc.and_not(pc.fill_null(pc.greater(came, due), False), behind)
        hours = pc.hours_between(due, came)
        return in_row_order(
            [
                _found(
                    batch,
                    pc.and_(pc.is_valid(due), pc.is_null(came)),
                    "advance-missing",
                    0.50,
                    "advance_at",
                    told("Advance data was due at ", due, " and never came."),
                ),
                _found(
                    batch,
                    late,
                    "advance-late",
                    0.30,
                    "advance_at",
                    told("Advance data came ", hours, " hours after it was due."),
                ),
                _found(
                    batch,
                    behind,
                    "advance-after-arrival",
                    0.45,
                    "advance_at",
                    told("Advance data came at ", came, ", after the goods at ", arrived, "."),
                ),
                _missing_fields(batch),
            ]
        )


def make(resources: Resources) -> AdvanceDataCheck:  # noqa: ARG001 - the factory's signature
    """Return the check (entry point)."""
    return AdvanceDataCheck()


def _found(
    batch: pa.RecordBatch, mask: pa.Array, code: str, strength: float, field: str, sentence: pa.Array
) -> pa.RecordBatch:
    return findings_where(
        mask,
        batch,
        code=code,
        harm_class="data",
        strength=strength,
        meaning=_MEANING,
        citation=_LAW,
        field=field,
        sentence=sentence,
    )


def _missing_fields(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a finding where fields are missing: 0.15 and 0.10 for each, to 0.65."""
    missing = batch.column("missing")
    count = pc.fill_null(pc.list_value_length(missing), 0)
    names = pc.binary_join(missing, ", ")
    return findings_where(
        pc.greater(count, 0),
        batch,
        code="fields-missing",
        harm_class="data",
        strength=np.minimum(0.15 + 0.10 * count.to_numpy(zero_copy_only=False), 0.65),
        meaning=_MEANING,
        citation=_LAW,
        field="missing",
        matched=names,
        sentence=told("Required fields are empty: ", names, "."),
    )
