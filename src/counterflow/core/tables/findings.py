"""What checks find, with the evidence; and which load has been through which check."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, KEY, KEY_REQUIRED, Column, table_of

__all__ = ["FINDING", "FINDING_ROW", "SCREENING"]

_EVIDENCE: tuple[Column, ...] = (
    ("code", pa.string(), "what was found, as listed by the check"),
    ("kind", pa.string(), "deterministic | calibrated"),
    ("strength", pa.float64(), "0 < strength < 1; re-derives from the evidence"),
    ("meaning", pa.string(), "what the strength means"),
    ("harm_class", pa.string(), "drug | precursor | equipment | party | declaration | data"),
    ("field", pa.string(), "column the evidence stands in"),
    ("start", pa.int32(), "first character of the span, from 0; empty when the whole field speaks"),
    ("end", pa.int32(), "one past the last character of the span"),
    ("matched", pa.string(), "the text met"),
    ("reference", pa.string(), "row of the reference met, as list:id"),
    ("reference_text", pa.string(), "what that row says"),
    ("reference_version", pa.string(), "version of the list or table met"),
    ("citation", pa.string(), "law, list or method the finding rests on"),
    ("sentence", pa.string(), "the finding in words a person can read"),
)
_EVIDENCE_REQUIRED = ("code", "kind", "strength", "meaning", "sentence")

#: What a check gives back: evidence on rows of its input batch.
FINDING_ROW = table_of(
    ("row", pa.int64(), "value of `row` in the check's input"),
    *_EVIDENCE,
    required=("row", *_EVIDENCE_REQUIRED),
)

#: A finding on a record (may be personal: evidence can quote a name).
FINDING = table_of(
    *KEY,
    ("part", pa.string(), "line number or party role the finding is on; empty for the record"),
    ("check", pa.string(), "check that found it"),
    ("check_version", pa.string(), "version of that check"),
    *_EVIDENCE,
    ("run", pa.string(), "screening run"),
    required=(*KEY_REQUIRED, "part", "check", "check_version", *_EVIDENCE_REQUIRED, "run"),
)

#: Which load has been through which version of which check; a changed version makes the load wait again.
SCREENING = table_of(
    ("run", pa.string(), "screening run"),
    ("source", pa.string(), "source"),
    ("batch", pa.string(), "load"),
    ("check", pa.string(), "check"),
    ("check_version", pa.string(), "its version, with the versions of the lists it rests on"),
    ("screened_at", INSTANT, "when"),
    required=("run", "source", "batch", "check", "check_version", "screened_at"),
)
