"""Which records were taken to name one party, on what grounds, and what a person decided about it.

An entity is a claim about records, never a judgement of a person: no score stands here but the probability that the
claim is true. Everything can be taken back: decisions are rows of their own, and later ones overrule earlier ones.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, KEY, KEY_REQUIRED, table_of

__all__ = ["ENTITY_DECISION", "ENTITY_EVENT", "ENTITY_MEMBER", "ENTITY_MERGE", "RESOLUTION"]

#: One run of the resolution over one body of records.
RESOLUTION = table_of(
    ("resolution", pa.string(), "id of the run"),
    ("scope", pa.string(), "what was resolved: parties (those of loaded records), or file:NAME"),
    ("as_of", INSTANT, "when"),
    ("records", pa.int64(), "records resolved"),
    ("entities", pa.int64(), "entities they were taken for"),
    ("pairs", pa.int64(), "pairs of records compared"),
    ("cut_buckets", pa.int64(), "groups of records too large to compare each with each; neighbours were compared"),
    ("threshold", pa.float64(), "probability from which two records are put together"),
    ("weights_version", pa.string(), "version of the comparison and of the weights it starts from"),
    ("normaliser", pa.string(), "version of the name normaliser"),
    ("weights", pa.string(), "JSON: the weights learnt on these records"),
    required=("resolution", "scope", "as_of", "records", "entities", "weights_version"),
)

#: The present answer: which entity each record belongs to. A new run of the same scope replaces its rows.
ENTITY_MEMBER = table_of(
    ("scope", pa.string(), "what was resolved"),
    *KEY,
    ("part", pa.string(), "role of the party on the record; empty for records of a file"),
    ("entity", pa.string(), "id of the entity: E and 16 hexadecimal digits"),
    ("probability", pa.float64(), "chance that the record belongs where it stands; see docs/methods/resolution.md"),
    ("resolution", pa.string(), "run that said so"),
    ("as_of", INSTANT, "when it said so"),
    required=("scope", *KEY_REQUIRED, "entity", "probability", "resolution", "as_of"),
)

#: Why: for each two records that hold an entity together, each field with what it weighs (personal).
ENTITY_MERGE = table_of(
    ("scope", pa.string(), "what was resolved"),
    ("entity", pa.string(), "entity that the two belong to"),
    *KEY,
    ("part", pa.string(), "role of the party on the record"),
    ("other_source", pa.string(), "source of the other record"),
    ("other_record_id", pa.string(), "id of the other record"),
    ("other_part", pa.string(), "role on the other record"),
    (
        "field",
        pa.string(),
        "what was compared; prior: the chance before any comparison; record: all of it; decision: a person's word",
    ),
    ("met", pa.string(), "how alike the two are in it, in words"),
    ("here", pa.string(), "what the record says"),
    ("there", pa.string(), "what the other record says"),
    (
        "against_strangers",
        pa.float64(),
        "log2 of how much more often this is met in records of one party than in those of two strangers",
    ),
    ("against_namesakes", pa.float64(), "the same against two parties whose names are alike for a reason"),
    ("against_neighbours", pa.float64(), "the same against two parties at one address or telephone"),
    ("probability", pa.float64(), "chance that the two are one party, from the sums of all weights of the pair"),
    required=("scope", "entity", *KEY_REQUIRED, "other_source", "other_record_id", "field", "met", "probability"),
)

#: What a run changed against the run before it, in ids alone.
ENTITY_EVENT = table_of(
    ("resolution", pa.string(), "run that changed it"),
    ("at", INSTANT, "when"),
    ("entity", pa.string(), "entity"),
    ("what", pa.string(), "new | grown | shrunk | joined | divided | gone"),
    ("records", pa.int64(), "records it holds now"),
    ("before", pa.string(), "entities that its records were of before, space-separated"),
    required=("resolution", "at", "entity", "what", "records"),
)

#: What a person decided on two records, whatever the comparison says. The last word on a pair holds.
ENTITY_DECISION = table_of(
    ("decision", pa.string(), "id of the act: one split or join can decide on several pairs"),
    ("scope", pa.string(), "what was resolved"),
    *KEY,
    ("part", pa.string(), "role of the party on the record"),
    ("other_source", pa.string(), "source of the other record"),
    ("other_record_id", pa.string(), "id of the other record"),
    ("other_part", pa.string(), "role on the other record"),
    ("verdict", pa.string(), "same | different | open (an earlier word taken back)"),
    ("reason", pa.string(), "ground, in words"),
    ("person", pa.string(), "who decided"),
    ("decided_at", INSTANT, "when"),
    required=("decision", "scope", *KEY_REQUIRED, "other_source", "other_record_id", "verdict", "decided_at"),
)
