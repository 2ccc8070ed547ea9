"""What was loaded: one row per load, with how its refused rows stand today."""

from __future__ import annotations

import json
from typing import Any

from counterflow.core.errors import UnknownName
from counterflow.report.rows import plain
from counterflow.store.repository import Store

__all__ = ["load_named", "loads_of"]


def loads_of(store: Store, source: str | None = None) -> list[dict[str, Any]]:
    """Return every load of a source (or of all), oldest first; `reasons` and `tables` as counts."""
    from counterflow.intake.receipt import receipts

    return [
        {**row, "reasons": json.loads(row["reasons"] or "{}"), "tables": json.loads(row["tables"] or "{}")}
        for row in receipts(store, source).to_pylist()
    ]


def load_named(store: Store, batch: str) -> dict[str, Any]:
    """Return one load, ready for JSON.

    Raises:
        UnknownName: there is none of this name.
    """
    found = loads_of(store)
    for row in found:
        if row["batch"] == batch:
            told: dict[str, Any] = plain(row)
            return told
    raise UnknownName("load", batch, [str(row["batch"]) for row in found])
