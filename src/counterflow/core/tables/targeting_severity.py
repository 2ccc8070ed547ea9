"""Dated counts of harm with what they are held against, and the severities that people put into force from them.

Counts only: no row is about a person, and a small cell stands as a range. Severities are versions: proposed by one
person, approved by another, in force from a day, never overwritten.
"""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import BATCH_FIELD, INSTANT, table_of

__all__ = ["EXPOSURE", "HARM_COUNT", "SEVERITY", "SEVERITY_ACT", "SEVERITY_VERSION"]

_WHERE = (
    ("place", pa.string(), "place that was counted; places in one derivation must not contain each other"),
    ("starts", pa.date32(), "first day counted"),
    ("ends", pa.date32(), "last day counted, included"),
)
_WHAT = (
    ("harm_class", pa.string(), "harm class, as drug"),
    ("substance", pa.string(), "substance, as the registry of substances names it by id; empty where not known"),
    ("form", pa.string(), "powder | tablet | liquid | …; empty where not known"),
    ("market", pa.string(), "market it was sold in, as street or online; empty where not known"),
    ("route", pa.string(), "way it came, as mail or land; empty where not known"),
)
_KEPT = (
    ("source", pa.string(), "who counted"),
    ("as_of", pa.date32(), "day of the count; a later one for the same cell and source supersedes"),
    ("first_seen", INSTANT, "when we first held it"),
    BATCH_FIELD,
)
_KEY = ("place", "starts", "ends", "harm_class", "substance", "form", "market", "route")

#: Harm that was counted: deaths, overdoses, visits. Counts, never cases.
HARM_COUNT = table_of(
    *_WHERE,
    *_WHAT,
    ("outcome", pa.string(), "death | nonfatal-overdose | hospital-stay | ed-visit | treatment-entry"),
    ("count", pa.int64(), "how many; empty where only a range is known or the cell is suppressed"),
    ("low", pa.float64(), "at least; empty where the count is exact"),
    ("high", pa.float64(), "at most"),
    ("suppressed", pa.bool_(), "true where the counter withheld a small number"),
    *_KEPT,
    required=(*_KEY, "outcome", "suppressed", "source", "as_of", "first_seen"),
)

#: What the counts are held against: how much of it there was in the same market and period.
EXPOSURE = table_of(
    *_WHERE,
    *_WHAT,
    ("unit", pa.string(), "records | doses | kg"),
    ("amount", pa.float64(), "how much came or was used"),
    ("low", pa.float64(), "at least"),
    ("high", pa.float64(), "at most"),
    *_KEPT,
    required=(*_KEY, "unit", "amount", "low", "high", "source", "as_of", "first_seen"),
)

#: One proposed version of the severities.
SEVERITY_VERSION = table_of(
    ("version", pa.string(), "id"),
    ("proposed_by", pa.string(), "who proposed it"),
    ("ground", pa.string(), "why, in words"),
    ("proposed_at", INSTANT, "when"),
    ("method", pa.string(), "how its points were made: JSON of what was asked"),
    ("said", pa.list_(pa.string()), "what had to be known of it"),
    ("consequences", pa.string(), "JSON: which lanes, offices and classes would gain and lose inspections"),
    ("sha256", pa.string(), "SHA-256 of its rows; stands in the ledger"),
    ("ledger_seq", pa.int64(), "ledger entry"),
    required=("version", "proposed_by", "ground", "proposed_at", "method", "consequences", "sha256"),
)

#: The severities of a version; an empty key is any.
SEVERITY = table_of(
    ("version", pa.string(), "version"),
    *_WHAT,
    ("points", pa.float64(), "severity points of one record with it"),
    ("low", pa.float64(), "lower end of the 95 % interval"),
    ("high", pa.float64(), "upper end"),
    ("basis", pa.string(), "derived | edited"),
    ("counts_to", pa.date32(), "last day of the counts that it rests on; empty for an edited one"),
    ("said", pa.string(), "what it rests on, in words"),
    required=(
        "version",
        "harm_class",
        "substance",
        "form",
        "market",
        "route",
        "points",
        "low",
        "high",
        "basis",
        "said",
    ),
)

#: What a person decided about a version.
SEVERITY_ACT = table_of(
    ("version", pa.string(), "version"),
    ("act", pa.string(), "approve"),
    ("in_force_from", pa.date32(), "first day on which an approved version holds"),
    ("ground", pa.string(), "why, in words"),
    ("person", pa.string(), "who decided; an approval is never by the one who proposed it"),
    ("acted_at", INSTANT, "when"),
    ("ledger_seq", pa.int64(), "ledger entry"),
    required=("version", "act", "ground", "person", "acted_at"),
)
