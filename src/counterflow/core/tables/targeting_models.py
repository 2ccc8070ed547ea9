"""Models that rank records, and what is known of each: what it learned from, when, and how well it ranked."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["MODEL"]

#: One trained model; its files stand in `models/<model>/` of the workspace.
MODEL = table_of(
    ("model", pa.string(), "id"),
    ("known_before", pa.date32(), "outcomes known before this day entered; a plan that starts earlier does not use it"),
    ("first_day", pa.date32(), "first day of declaration it learned from"),
    ("last_day", pa.date32(), "last day of declaration it learned from"),
    ("records", pa.int64(), "inspected records with a settled outcome that it learned from"),
    ("finds", pa.string(), "JSON: harm class to confirmed finds among them"),
    ("codes", pa.list_(pa.string()), "finding codes that enough of them bore for the model to have learned"),
    ("attributes", pa.list_(pa.string()), "attributes of the source that it reads"),
    ("without", pa.list_(pa.string()), "columns that it was told to leave out"),
    ("features_sha256", pa.string(), "SHA-256 of the specification of its features"),
    ("files_sha256", pa.string(), "SHA-256 of its files; a model whose files differ is not used"),
    ("calibration", pa.string(), "what its probabilities were calibrated on, in words"),
    ("metrics", pa.string(), "JSON: how it ranked the last part of time, held out, with intervals"),
    ("seed", pa.int64(), "seed of the training"),
    ("trained_at", INSTANT, "when it was trained"),
    ("trained_by", pa.string(), "who had it trained"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("model", "known_before", "records", "finds", "features_sha256", "files_sha256", "seed", "trained_at"),
)
