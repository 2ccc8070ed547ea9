"""What people decided about screening parties: from which score to alert, and which pairs are cleared.

Both are append-only: a later row overrules an earlier one, none is changed. Rows that name a person stand in tables
that can be erased; the ledger holds ids and digests alone.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["PARTY_CLEARING", "PARTY_THRESHOLD"]

#: One threshold, set from what the user's own clean traffic scores against the lists of that day.
PARTY_THRESHOLD = table_of(
    ("threshold", pa.string(), "id of the calibration; the kinds that were set together share it"),
    ("kind", pa.string(), "person | organisation | vessel: kind of party it holds for"),
    ("score", pa.float64(), "score from which a name alerts"),
    ("asked_per_1000", pa.float64(), "false alerts asked for at most, per 1,000 distinct parties of the traffic"),
    ("per_1000", pa.float64(), "false alerts expected per 1,000 distinct parties of the traffic"),
    ("low", pa.float64(), "lower end of the exact interval of that rate"),
    ("high", pa.float64(), "upper end"),
    ("level", pa.float64(), "coverage of the interval"),
    ("names", pa.int64(), "distinct names of this kind in the traffic"),
    ("alerts", pa.int64(), "of them, how many reached the score"),
    ("curve", pa.string(), "JSON: scores, each with the names in 1,000 that reached it"),
    ("lists", pa.string(), "list versions it holds for, as list@version, `; `-joined"),
    ("normaliser", pa.string(), "version of the normaliser it holds for"),
    ("score_version", pa.string(), "version of the score it holds for"),
    ("traffic_sha256", pa.string(), "SHA-256 of the names asked, sorted"),
    ("made_at", INSTANT, "when it was set; the latest that still holds is in force"),
    ("person", pa.string(), "who set it"),
    required=("threshold", "kind", "score", "per_1000", "low", "high", "names", "lists", "normaliser", "made_at"),
)

#: A person's word that a party is not the listed one, two people's that it is, or that it no longer holds (personal).
PARTY_CLEARING = table_of(
    ("clearing", pa.string(), "id"),
    ("act", pa.string(), "clear | confirm | revoke; a revocation is a row of its own under the same id"),
    ("name", pa.string(), "name of the party as written"),
    ("words", pa.string(), "its words as they are compared: the clearing holds for every spelling that gives them"),
    ("schema", pa.string(), "kind of party it holds for; empty for any"),
    ("born", pa.string(), "birth that a party must have to be meant; empty for any"),
    ("country", pa.string(), "country that it must have; empty for any"),
    ("identifier", pa.string(), "paper or number that it must have; empty for any"),
    ("list", pa.string(), "list of the entry"),
    ("entry_id", pa.string(), "the entry that the party is not, or is"),
    ("entry_digest", pa.string(), "digest of what the entry said then; another one voids the clearing"),
    ("normaliser", pa.string(), "version of the normaliser then; another one voids the clearing"),
    ("reason", pa.string(), "why, in words"),
    ("person", pa.string(), "who decided; of a confirmation both people"),
    ("decided_at", INSTANT, "when"),
    ("until", pa.date32(), "last day it holds"),
    required=("clearing", "act", "reason", "person", "decided_at"),
)
