"""Evaluation designs, sealed before outcomes are read, and every result that was ever computed."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["EVALUATION_DESIGN", "EVALUATION_RUN"]

#: How an effect will be judged, as it was written and sealed. Never changed: a new plan is a new design.
EVALUATION_DESIGN = table_of(
    ("design", pa.string(), "id"),
    ("title", pa.string(), "title"),
    ("question", pa.string(), "what is asked, in words"),
    ("who", pa.string(), "who registers it: an office or role"),
    ("plan", pa.string(), "JSON of all that was written"),
    ("first_known", pa.date32(), "day from which anyone can know an outcome after the start; empty where not said"),
    ("prospective", pa.bool_(), "sealed before that day"),
    ("sha256", pa.string(), "digest of the plan, as sealed"),
    ("sealed_seq", pa.int64(), "ledger entry that sealed it"),
    ("sealed_at", INSTANT, "when it was sealed"),
    required=("design", "title", "question", "who", "plan", "prospective", "sha256", "sealed_seq", "sealed_at"),
)

#: Every evaluation that a workspace saw, registered or not; none is ever replaced.
EVALUATION_RUN = table_of(
    ("run", pa.string(), "id: the design's and a number; `unregistered` and a number where there is none"),
    ("design", pa.string(), "the design; empty where there is none"),
    ("standing", pa.string(), "confirmatory | registered | exploratory"),
    ("why", pa.string(), "why it stands so, in words"),
    ("deviations", pa.string(), "JSON: what was done otherwise than registered, and the reason given"),
    ("outcome", pa.string(), "column of the outcome"),
    ("treated", pa.string(), "JSON: treated units, or the column of first treated periods"),
    ("start", pa.string(), "first treated period; empty where units start apart"),
    ("first_period", pa.string(), "first period read"),
    ("last_period", pa.string(), "last period read"),
    ("panel_sha256", pa.string(), "digest of the file's bytes"),
    ("content_sha256", pa.string(), "digest of units, periods and outcomes, however the file writes them"),
    ("result", pa.string(), "JSON of the result"),
    ("verdict", pa.string(), "the result in one sentence"),
    ("result_sha256", pa.string(), "digest of the result, as sealed"),
    ("sealed_seq", pa.int64(), "ledger entry that sealed it"),
    ("ran_at", INSTANT, "when it was computed"),
    required=(
        "run", "standing", "why", "outcome", "panel_sha256", "content_sha256", "result", "verdict", "result_sha256",
        "sealed_seq", "ran_at",
    ),
)  # fmt: skip
