"""Reviews of patterns in officers' decisions: what was asked, what the officer replied, what a person concluded.

Both tables are append-only. Codes, words and names stand here and can be erased (source `integrity`, the review's id);
the ledger holds ids, days, verdicts and salted digests.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["INTEGRITY_ACT", "INTEGRITY_REVIEW", "RECONCILIATION"]

#: A pattern that an inspector looks into; the officer is asked in the same breath.
INTEGRITY_REVIEW = table_of(
    ("review", pa.string(), "id: I- and 12 hexadecimal digits"),
    ("officer", pa.string(), "the officer as coded in the events"),
    ("of", pa.string(), "what the pattern was seen in: this house's own decisions, or a file by name and digest"),
    ("pattern", pa.string(), "JSON: chance, families and counts as they stood when it was opened"),
    ("question", pa.string(), "what the officer is asked, in words"),
    ("reply_due_on", pa.date32(), "day until which nothing is concluded without a reply"),
    ("person", pa.string(), "inspector who opened it"),
    ("opened_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("review", "officer", "of", "pattern", "question", "reply_due_on", "person", "opened_at"),
)

#: What became of a review.
INTEGRITY_ACT = table_of(
    ("review", pa.string(), "the review"),
    ("act", pa.string(), "replied | noted | concluded | reopened"),
    ("verdict", pa.string(), "of a conclusion: explained | refer | data-error"),
    ("words", pa.string(), "the reply, note or ground"),
    ("person", pa.string(), "inspector who put it on record"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("review", "act", "words", "person", "acted_at"),
)

#: One log of a scanner, gate or laboratory held against the system, in counts.
RECONCILIATION = table_of(
    ("run", pa.string(), "id: E- and 12 hexadecimal digits"),
    ("log", pa.string(), "scanner | gate | lab"),
    ("file", pa.string(), "name of the log's file"),
    ("lines", pa.int64(), "lines of the log: the sum of the five counts below"),
    ("matched", pa.int64(), "lines found in the system"),
    ("other_time", pa.int64(), "lines whose id the system has at another time"),
    ("missing", pa.int64(), "lines that never reached the system"),
    ("again", pa.int64(), "lines that tell one passing once more"),
    ("no_id", pa.int64(), "lines without an id"),
    ("unseen", pa.int64(), "records of the system that the log does not have"),
    ("low", pa.float64(), "lower end of the share missing"),
    ("high", pa.float64(), "upper end of the share missing"),
    ("level", pa.float64(), "coverage of the interval"),
    ("person", pa.string(), "who ran it"),
    ("ran_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("run", "log", "file", "lines", "matched", "other_time", "missing", "again", "no_id", "unseen", "ran_at"),
)
