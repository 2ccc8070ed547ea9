"""Answers of the API that are kept, so that a request sent twice is done once."""

from __future__ import annotations

import pyarrow as pa

from counterflow.core.tables.fields import INSTANT, table_of

__all__ = ["API_ANSWER"]

#: What a request with an idempotency key was answered; kept for some days (personal: an answer can quote a value).
API_ANSWER = table_of(
    ("door", pa.string(), "SHA-256 of who asked and of the route: a key counts once per person and act, hex"),
    ("key", pa.string(), "the idempotency key as sent"),
    ("request_sha256", pa.string(), "SHA-256 of what was asked, hex: the same key with other content is refused"),
    ("status", pa.int32(), "HTTP status of the answer"),
    ("answer", pa.string(), "JSON of the answer"),
    ("made_at", INSTANT, "when it was given"),
    required=("door", "key", "request_sha256", "status", "answer", "made_at"),
)
