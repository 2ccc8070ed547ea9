"""Requests by people affected, what was done about them, and the corrections that followed.

All three are append-only: the last act on a request holds, and a correction is taken back by a row of its own. Words
and names stand here and can be erased; the ledger holds ids, days, verdicts and salted digests.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["REDRESS_ACT", "REDRESS_CORRECTION", "REDRESS_REQUEST"]

#: Somebody affected asks: what is held against them, and what they say is wrong.
REDRESS_REQUEST = table_of(
    ("request", pa.string(), "id: D- and 12 hexadecimal digits"),
    ("received_on", pa.date32(), "day on which it reached this house"),
    ("due_on", pa.date32(), "day by which it is answered, unless it is extended"),
    ("about", pa.string(), "listed | suspicion | finding | identity | order | data | other"),
    ("words", pa.string(), "what they say is wrong"),
    ("asker", pa.string(), "who asks"),
    ("standing", pa.string(), "as whom: themselves, or for whom"),
    ("contact", pa.string(), "where the answer goes"),
    ("records", pa.list_(pa.string()), "records that it is about, as source/record id"),
    ("name", pa.string(), "name as it stands on the records; empty where none is meant"),
    ("customer_id", pa.string(), "customer that it is about; empty where none is"),
    ("person", pa.string(), "who took it in"),
    ("taken_at", INSTANT, "when it was put on record"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("request", "received_on", "due_on", "about", "words", "asker", "contact", "person", "taken_at"),
)

#: What was done about a request.
REDRESS_ACT = table_of(
    ("request", pa.string(), "the request"),
    ("act", pa.string(), "extended | noted | decided | answered | told | reopened"),
    ("verdict", pa.string(), "of a decision: granted | partly | refused"),
    ("words", pa.string(), "ground, note, or what was told"),
    ("due_on", pa.date32(), "of an extension: the new day"),
    ("recipient", pa.string(), "of a telling: office or partner that was told of the correction"),
    ("person", pa.string(), "who did it"),
    ("done_on", pa.date32(), "of an answer: the day on which it went out"),
    ("acted_at", INSTANT, "when it was put on record"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("request", "act", "person", "acted_at"),
)

#: One thing that a decision put right, by the means that the room concerned has for it.
REDRESS_CORRECTION = table_of(
    ("correction", pa.string(), "id: request, a dot, and a number"),
    ("request", pa.string(), "the request"),
    ("act", pa.string(), "make | take-back"),
    ("kind", pa.string(), "cleared | set-aside | refuted | parted"),
    ("source", pa.string(), "source of the record"),
    ("record_id", pa.string(), "record that it is on"),
    ("part", pa.string(), "line or role of the record"),
    ("check", pa.string(), "of a finding: the check that made it"),
    ("code", pa.string(), "of a finding: what it said; of an outcome: its harm class"),
    ("reference", pa.string(), "of a finding: row of the list or table that it met"),
    ("means", pa.string(), "what carries it: id of the clearing or of the entity decision, or the plan of the outcome"),
    ("person", pa.string(), "who decided"),
    ("made_at", INSTANT, "when"),
    required=("correction", "request", "act", "kind", "person", "made_at"),
)
