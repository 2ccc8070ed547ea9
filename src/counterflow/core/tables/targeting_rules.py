"""Rules that officers write, what testing them on stored weeks showed, and campaigns; and who agreed to each.

All are append-only: a version is never overwritten, what became of it are acts. The ledger holds ids, acts, dates and
digests; grounds and names stand here and can be erased.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["CAMPAIGN", "CAMPAIGN_ACT", "TARGET_RULE", "TARGET_RULE_ACT", "TARGET_RULE_TEST"]

#: One version of a rule, as drafted.
TARGET_RULE = table_of(
    ("rule", pa.string(), "id of the rule; its versions share it"),
    ("version", pa.int32(), "version, from 1"),
    ("text", pa.string(), "canonical text, without the ground"),
    ("sha256", pa.string(), "SHA-256 of the canonical text; stands in the ledger"),
    ("ground", pa.string(), "why, in words"),
    ("starts", pa.date32(), "first day on which it may act, once approved"),
    ("ends", pa.date32(), "last day, included; at most a year after the first"),
    ("review_on", pa.date32(), "day by which somebody looks whether it still earns its minutes"),
    ("person", pa.string(), "who drafted it"),
    ("drafted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("rule", "version", "text", "sha256", "ground", "starts", "ends", "review_on", "person", "drafted_at"),
)

#: One back-test of one version on stored weeks.
TARGET_RULE_TEST = table_of(
    ("test", pa.string(), "id"),
    ("rule", pa.string(), "rule"),
    ("version", pa.int32(), "version"),
    ("sha256", pa.string(), "SHA-256 of the text that was tested"),
    ("starts", pa.date32(), "first stored day it was tested on"),
    ("ends", pa.date32(), "last stored day"),
    ("records", pa.int64(), "records of those days"),
    ("hits", pa.int64(), "records it would have hit"),
    ("body", pa.string(), "JSON: all that the back-test showed"),
    ("person", pa.string(), "who ran it"),
    ("tested_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("test", "rule", "version", "sha256", "starts", "ends", "records", "hits", "body", "person", "tested_at"),
)

#: What a person decided about a version.
TARGET_RULE_ACT = table_of(
    ("rule", pa.string(), "rule"),
    ("version", pa.int32(), "version"),
    ("act", pa.string(), "approve | retire"),
    ("test", pa.string(), "back-test that an approval rests on"),
    ("ground", pa.string(), "why, in words"),
    ("person", pa.string(), "who decided; an approval is never by the one who drafted it"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("rule", "version", "act", "ground", "person", "acted_at"),
)

#: One campaign ("operation"): what goes in, where, and what is expected of it, said before it starts.
CAMPAIGN = table_of(
    ("campaign", pa.string(), "id, as its author wrote it"),
    ("title", pa.string(), "title"),
    ("starts", pa.date32(), "first day"),
    ("ends", pa.date32(), "last day, included"),
    ("offices", pa.list_(pa.string()), "offices it is for; * for all"),
    ("lanes", pa.list_(pa.string()), "lanes it is for; * for all"),
    ("direction", pa.string(), "inbound | outbound; empty for both"),
    ("rules", pa.list_(pa.string()), "rules it rests on"),
    ("resources", pa.string(), "JSON: extra pools as rows of a capacity file"),
    ("expected", pa.string(), "JSON: harm class to the finds expected, low to high"),
    ("body", pa.string(), "JSON: all that its author wrote"),
    ("sha256", pa.string(), "SHA-256 of it; stands in the ledger"),
    ("person", pa.string(), "who proposed it"),
    ("proposed_at", INSTANT, "when; before `starts`"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=(
        "campaign", "title", "starts", "ends", "offices", "lanes", "resources", "expected", "body", "sha256", "person",
        "proposed_at",
    ),
)  # fmt: skip

#: What a person decided about a campaign.
CAMPAIGN_ACT = table_of(
    ("campaign", pa.string(), "campaign"),
    ("act", pa.string(), "approve | close"),
    ("ground", pa.string(), "why, in words"),
    ("body", pa.string(), "JSON: the comparison that a closing rests on; empty for an approval"),
    ("person", pa.string(), "who decided; an approval is never by the one who proposed it"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry that holds it"),
    required=("campaign", "act", "ground", "person", "acted_at"),
)
