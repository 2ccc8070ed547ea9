"""Targets: packs as loaded, what was locked, what was counted, why it deviated, and edits that two people agreed to.

All are append-only: a correction is a new row beside the old one, and the latest version of a pack holds.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["PROMISE_ACTUAL", "PROMISE_EDIT", "PROMISE_LOCK", "PROMISE_MONEY", "PROMISE_NOTE", "PROMISE_PACK"]

#: A pack of targets as it was loaded.
PROMISE_PACK = table_of(
    ("pack", pa.string(), "name of the pack"),
    ("version", pa.string(), "first 12 hexadecimal digits of the SHA-256 of its text"),
    ("text", pa.string(), "the pack, TOML"),
    ("person", pa.string(), "who loaded it"),
    ("loaded_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("pack", "version", "text", "person", "loaded_at"),
)

#: Expectations of a target from a day on: they change by two people only.
PROMISE_LOCK = table_of(
    ("pack", pa.string(), "name of the pack"),
    ("target", pa.string(), "the target"),
    ("expectation", pa.string(), "SHA-256 over readings, baseline and milestones"),
    ("known_until", pa.date32(), "last day of the latest actual that was known; later ones are judged"),
    ("person", pa.string(), "who locked it"),
    ("locked_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("pack", "target", "expectation", "person", "locked_at"),
)

#: What was counted for a period; a correction is a row of its own.
PROMISE_ACTUAL = table_of(
    ("entry", pa.string(), "id: T- and 10 hexadecimal digits"),
    ("pack", pa.string(), "name of the pack"),
    ("indicator", pa.string(), "indicator of the pack"),
    ("period", pa.string(), "period as it was written"),
    ("first", pa.date32(), "its first day"),
    ("last", pa.date32(), "its last day"),
    ("value", pa.float64(), "what was counted, in the indicator's unit"),
    ("low", pa.float64(), "lower end of its interval; empty where it has none"),
    ("high", pa.float64(), "upper end"),
    ("unit", pa.string(), "unit"),
    ("definition", pa.string(), "version of the definition that it follows"),
    ("source", pa.string(), "who counted it"),
    ("as_of", pa.date32(), "last day of the data that the source had"),
    ("corrects", pa.string(), "entry that it corrects; empty for the first of a period"),
    ("after_lock", pa.bool_(), "whether a target of the indicator was locked by then"),
    ("late", pa.bool_(), "whether it came after the day on which it was due"),
    ("note", pa.string(), "why it deviates from what was expected; empty where it does not"),
    ("person", pa.string(), "who entered it"),
    ("entered_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("entry", "pack", "indicator", "period", "first", "last", "value", "source", "as_of", "after_lock",
              "person", "entered_at"),
)  # fmt: skip

#: A word on why an actual deviates from what was expected.
PROMISE_NOTE = table_of(
    ("entry", pa.string(), "the actual"),
    ("words", pa.string(), "why"),
    ("person", pa.string(), "who says so"),
    ("noted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("entry", "words", "person", "noted_at"),
)

#: An edit of a locked target that two people agreed to.
PROMISE_EDIT = table_of(
    ("pack", pa.string(), "name of the pack"),
    ("target", pa.string(), "the target"),
    ("before", pa.string(), "expectation as it was locked, SHA-256"),
    ("after", pa.string(), "expectation as it is now"),
    ("ground", pa.string(), "why"),
    ("asked_by", pa.string(), "who asked"),
    ("agreed_by", pa.string(), "who agreed"),
    ("edited_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("pack", "target", "before", "after", "ground", "asked_by", "agreed_by", "edited_at"),
)

#: A sum of money: asked for, agreed, awarded or spent.
PROMISE_MONEY = table_of(
    ("id", pa.string(), "name of the sum; a later one of the same name stands in for it"),
    ("programme", pa.string(), "what it is for"),
    ("side", pa.string(), "supply | enforcement | prevention | treatment | harm reduction | recovery | … | all"),
    ("intervention", pa.string(), "study of the evidence library or lever; empty where none is named"),
    ("status", pa.string(), "requested | appropriated | agreed | awarded | invested | spent"),
    ("amount", pa.float64(), "in `currency`"),
    ("currency", pa.string(), "ISO 4217"),
    ("period", pa.string(), "period of the sum"),
    ("outcome", pa.string(), "what was counted beside it"),
    ("outcomes", pa.float64(), "how many; empty where not counted"),
    ("low", pa.float64(), "lower end of that count"),
    ("high", pa.float64(), "upper end"),
    ("source", pa.string(), "where the sum stands"),
    ("quote", pa.string(), "its words"),
    ("row", pa.string(), "row of the list of recommendations"),
    ("note", pa.string(), "what else must be known"),
    ("batch", pa.string(), "load: first 12 hexadecimal digits of the file's SHA-256"),
    ("person", pa.string(), "who loaded it"),
    ("loaded_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("id", "programme", "side", "status", "amount", "currency", "period", "source", "batch", "person",
              "loaded_at"),
)  # fmt: skip
