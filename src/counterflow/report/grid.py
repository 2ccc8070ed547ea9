"""Any list of records as a grid of text, formatted by what its columns are called, for pages and reports.

A new column of a room's table shows up here without a change: shares as percentages, estimates with their
interval, instants in UTC, lists joined, everything else as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.report import numbers

__all__ = ["Column", "Grid", "cell_text", "grid", "label_of"]

_LABELS = {
    "n": "Inspected",
    "hs": "HS code",
    "as_of": "As of",
    "record_id": "Record",
    "item_id": "Item",
    "departure": "Origin",
    "awaiting": "Awaiting proof",
    "usable": "Usable as estimate",
    "fruitless": "Nothing found",
    "fruitless_per_1000": "Per 1\u202f000 records",
    "hs6": "HS code",
    "why_not": "Why not",
    "sha256": "SHA-256",
    "ledger_seq": "Ledger entry",
    "capacity_sha256": "Fingerprint of the minutes there are",
    "followup": "Follow-ups",
    "scanned_share": "Scanned",
    "at_most_share": "Scanned, at most",
    "entering_share": "Scanned, of what enters",
    "target_share": "Target for what enters",
    "unrecorded": "Does not say",
    "harm_class": "Harm class",
}
_SHARES = ("_share", "_rate", "rate", "share", "probability", "strength")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its heading, and whether it holds numbers (set to the right)."""

    key: str
    label: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Headings and rows of text, ready for a table."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def grid(records: Sequence[Mapping[str, Any]], keys: Sequence[str] | None = None) -> Grid:
    """Return the records as text; `keys` chooses and orders columns, of which absent ones are left out.

    >>> grid([{"code": "vague", "count": 1200}]).rows
    (('vague', '1\u202f200'),)
    """
    met = list(dict.fromkeys(key for record in records for key in record))
    kept = [key for key in keys if key in met] if keys is not None else met
    columns = tuple(Column(key, label_of(key), _is_numeric(records, key)) for key in kept)
    return Grid(columns, tuple(tuple(cell_text(key, record.get(key)) for key in kept) for record in records))


def label_of(key: str) -> str:
    """Return a key as a heading.

    >>> label_of("not_presented")
    'Not presented'
    """
    if key in _LABELS:
        return _LABELS[key]
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def cell_text(key: str, value: Any) -> str:
    """Return one value as people read it."""
    if value is None or value == "":
        return numbers.ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return numbers.share(value) if key.endswith(_SHARES) and abs(value) <= 1 else numbers.amount(value)
    if isinstance(value, Mapping):
        return _mapping_text(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(cell_text("", v) for v in value) or numbers.ABSENT
    return "all" if value == "*" else numbers.when(value)


def _mapping_text(value: Mapping[str, Any]) -> str:
    if {"low", "high"} <= value.keys():
        unit = "share" if str(value.get("unit", "share")).startswith("share") else "amount"
        return numbers.estimate(value, unit)
    if all(isinstance(v, str | int | float) for v in value.values()):
        return ", ".join(f"{label_of(str(k)).lower()} {cell_text(str(k), v)}" for k, v in value.items())
    return json.dumps(value, ensure_ascii=False)


def _is_numeric(records: Sequence[Mapping[str, Any]], key: str) -> bool:
    values = [record[key] for record in records if record.get(key) is not None]
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
