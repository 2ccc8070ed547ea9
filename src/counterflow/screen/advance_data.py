"""Was the data there when it was due, and was it complete?

Data that comes after the goods cannot choose them. Lateness is held against the record's own due time (set by
the mapping: as a rule, before loading); a record without a due time is neither late nor in time, and nothing
is said. The duty for the post to the United States: STOP Act of 2018, 19 CFR 145.73-145.75.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Resources, Subject
from counterflow.screen.masks import in_row_order, told
from counterflow.screen.rules import Rule, by_code, codes_of, own_settings

__all__ = ["AdvanceDataCheck", "make"]

RULES = 1
_MEANING = "judgement: how much the gap takes from screening in time; no probability"
_LAW = "19 CFR 145.73-145.75 (post to the United States); elsewhere the rules of the office of entry"
_SAID = {"meaning": _MEANING, "citation": _LAW}
_RULES = by_code(
    Rule(
        "advance-missing", "data", 0.50, "advance_at", "Advance data was due and never came.",
        "advance data was due and never came",
    ),
    Rule(
        "advance-late", "data", 0.30, "advance_at", "Advance data came {} hours after it was due.",
        "advance data came after it was due",
    ),
    Rule(
        "advance-after-arrival", "data", 0.45, "advance_at", "Advance data came at {}, after the goods.",
        "advance data came after the goods",
    ),
    Rule(
        "fields-missing", "data", 0.15, "missing", "Required fields are empty: {}.",
        "required fields are empty",
    ),
)  # fmt: skip
#: What each empty field adds to the strength of `fields-missing`, and where that ends.
_EACH_FIELD, _MANY_FIELDS = 0.10, 0.65


class AdvanceDataCheck:
    """Missing, late and incomplete advance data."""

    id = "advance-data"
    title = "Missing, late or incomplete advance data"
    subject: Subject = "consignment"
    reads: tuple[str, ...] = ("missing", "advance_at", "due_at", "posted_at", "arrived_at")
    codes = codes_of(_RULES)
    version = f"{RULES}"

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings; see `counterflow.core.check.Check`."""
        came, due, arrived = (batch.column(name) for name in ("advance_at", "due_at", "arrived_at"))
        never = pc.and_(pc.is_valid(due), pc.is_null(came))
        behind = pc.fill_null(pc.greater(came, arrived), False)
        late = pc.and_not(pc.fill_null(pc.greater(came, due), False), behind)
        after_goods = told("Advance data came at ", came, ", after the goods at ", arrived, ".")
        return in_row_order(
            [
                _RULES["advance-missing"].found(
                    never, batch, sentence=told("Advance data was due at ", due, " and never came."), **_SAID
                ),
                _RULES["advance-late"].found(late, batch, pc.hours_between(due, came), **_SAID),
                _RULES["advance-after-arrival"].found(behind, batch, came, sentence=after_goods, **_SAID),
                _missing_fields(batch),
            ]
        )


def make(resources: Resources) -> AdvanceDataCheck:
    """Return the check (entry point)."""
    own_settings(resources, AdvanceDataCheck.id)
    return AdvanceDataCheck()


def _missing_fields(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a finding where fields are missing, stronger for more of them."""
    missing, rule = batch.column("missing"), _RULES["fields-missing"]
    count = pc.fill_null(pc.list_value_length(missing), 0)
    strength = rule.strength + _EACH_FIELD * count.to_numpy(zero_copy_only=False)
    return rule.found(
        pc.greater(count, 0),
        batch,
        pc.binary_join(missing, ", "),
        strength=np.minimum(strength, _MANY_FIELDS),
        **_SAID,
    )
