"""Reading counts of harm and what they are held against: a CSV of counts, never of cases.

A count from 1 to 9 could point at somebody. It is refused, and its number is not kept; the counter writes such a cell
as suppressed, with the range that it lies in. Rows that do not parse go to quarantine with their reason: read =
accepted + rejected, always. The same file again changes nothing; a later count of the same cell supersedes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, nearest
from counterflow.core.refused import Refused
from counterflow.core.tables import EXPOSURE, HARM_COUNT
from counterflow.target.csv_file import CsvRows, read_content

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["OUTCOMES", "SMALLEST", "UNITS", "CountReceipt", "load_counts"]

SOURCE = "harm-counts"
OUTCOMES = ("death", "nonfatal-overdose", "hospital-stay", "ed-visit", "treatment-entry")
UNITS = ("records", "doses", "kg")
#: a published cell holds at least so many people, or is suppressed
SMALLEST = 10
_KEYS = ("place", "harm_class", "substance", "form", "market", "route")
_COUNT_COLUMNS = ("starts", "ends", "outcome", "count", "source", "as_of")
_EXPOSURE_COLUMNS = ("starts", "ends", "unit", "amount", "low", "high", "source", "as_of")
_LONGEST_NAME = 100
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0", "")


@dataclass(frozen=True)
class CountReceipt:
    """What became of a file: read = accepted + rejected.

    Args:
        table: harm_count or exposure.
        accepted: rows taken.
        rejected: rows refused.
        suppressed: accepted rows whose number was withheld.
        reasons: reason to number of refused rows.
        refused: each refused row.
        repeated: True where the same file was taken before, and nothing changed.
    """

    table: str
    accepted: int
    rejected: int
    suppressed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    repeated: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "table": self.table, "accepted": self.accepted, "rejected": self.rejected, "suppressed": self.suppressed,
            "repeated": self.repeated, "reasons": dict(self.reasons), "refused": [r.as_dict() for r in self.refused],
        }  # fmt: skip


class _Bad(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, column: str, value: str, reason: str, hint: str) -> None:
        self.place = (column, value, reason, hint)
        super().__init__(reason)


def load_counts(workspace: Workspace, path: Path) -> CountReceipt:
    """Take a CSV of harm counts (column `outcome`) or of exposure (column `unit`).

    Raises:
        InputError: the file cannot be read at all, or lacks a column. A bad row does not raise.
    """
    content = read_content(path, "a CSV of counts")
    table, rows, refused = parse_counts(content, path.name, frozenset(workspace.settings.target.severity))
    batch = f"{SOURCE}-{hashlib.sha256(content).hexdigest()[:16]}"
    suppressed = sum(bool(row.get("suppressed")) for row in rows)
    reasons = dict(sorted(Counter(r.reason for r in refused).items()))
    known = workspace.store.rows("SELECT batch FROM batch WHERE source = ? AND batch = ?", [SOURCE, batch])
    receipt = CountReceipt(table, len(rows), len(refused), suppressed, reasons, tuple(refused), bool(known))
    if not known:
        _keep(workspace, path.name, content, batch, receipt, rows)
    return receipt


def parse_counts(content: bytes, file: str, classes: frozenset[str]) -> tuple[str, list[dict[str, Any]], list[Refused]]:
    """Return the table that a file belongs to, its rows, and those refused."""
    head = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace").casefold()
    exposure = "unit" in head and "outcome" not in head
    required = _EXPOSURE_COLUMNS if exposure else _COUNT_COLUMNS
    more = () if exposure else ("low", "high", "suppressed")
    rows = CsvRows(content, file, required, (*_KEYS, *more))
    good: list[dict[str, Any]] = []
    refused: list[Refused] = []
    for number, (line, values) in enumerate(rows, start=1):
        try:
            row = _by_column(rows.header, values)
            good.append(_exposure(row, classes) if exposure else _count(row, classes))
        except _Bad as bad:
            column, value, reason, hint = bad.place
            # What a small cell says is not kept, not even in quarantine.
            raw = "" if reason == "small-cell" else json.dumps(values, ensure_ascii=False)
            refused.append(Refused(line, number, column, value[:200], reason, hint, raw))
    if not good and not refused:
        raise InputError("It holds no row.", file=file, line=2, hint="Write at least one row under the header.")
    return ("exposure" if exposure else "harm_count"), good, refused


def _by_column(header: tuple[str, ...], values: list[str]) -> dict[str, str]:
    if len(values) != len(header):
        raise _Bad("", "", "ragged", f"The row has {len(values)} fields, the header {len(header)}.")
    return dict(zip(header, (value.strip() for value in values), strict=True))


def _cell(row: Mapping[str, str], classes: frozenset[str]) -> dict[str, Any]:
    """Return what both kinds of row have: where, when, what, by whom."""
    harm_class = (row.get("harm_class") or "drug").casefold()
    if harm_class not in classes:
        close = nearest(harm_class, classes, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(sorted(classes))}."
        raise _Bad("harm_class", row.get("harm_class", ""), "unknown-harm-class", hint)
    cell: dict[str, Any] = {"harm_class": harm_class, "place": row.get("place") or "all"}
    for key in ("substance", "form", "market", "route"):
        cell[key] = (row.get(key) or "").casefold()
        if len(cell[key]) > _LONGEST_NAME or not cell[key].isprintable():
            raise _Bad(key, row[key], "no-name", f"Write a name of at most {_LONGEST_NAME} characters.")
    starts, ends, as_of = (_day(row, column) for column in ("starts", "ends", "as_of"))
    if ends < starts:
        raise _Bad("ends", row["ends"], "ends-before-start", "Swap the days.")
    if as_of < ends:
        raise _Bad("as_of", row["as_of"], "counted-before-its-end", "A count is of days gone by.")
    if not row["source"]:
        raise _Bad("source", "", "no-source", "Say who counted.")
    return cell | {"starts": starts, "ends": ends, "as_of": as_of, "source": row["source"][:200]}


def _count(row: Mapping[str, str], classes: frozenset[str]) -> dict[str, Any]:
    cell = _cell(row, classes)
    outcome = row["outcome"].casefold()
    if outcome not in OUTCOMES:
        close = nearest(outcome, OUTCOMES, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(OUTCOMES)}."
        raise _Bad("outcome", row["outcome"], "unknown-outcome", hint)
    suppressed = _flag(row)
    count = _number(row, "count")
    low, high = _number(row, "low"), _number(row, "high")
    if count is not None and count != math.floor(count):
        raise _Bad("count", row["count"], "no-count", "A count is whole; an estimate stands in low and high.")
    if count is not None and 0 < count < SMALLEST:
        hint = f"Leave count empty, write suppressed yes, low 1, high {SMALLEST - 1}: so few can be recognised."
        raise _Bad("count", "", "small-cell", hint)
    if suppressed and count is not None:
        raise _Bad("suppressed", row["suppressed"], "suppressed-and-counted", "Leave count empty where it is withheld.")
    if suppressed and low is None and high is None:
        low, high = 1.0, float(SMALLEST - 1)
    if count is None and (low is None or high is None or low > high):
        raise _Bad("low", row.get("low", ""), "no-count", "Give a count, or low and high, or suppressed yes.")
    whole = None if count is None else int(count)
    return cell | {"outcome": outcome, "count": whole, "low": low, "high": high, "suppressed": suppressed}


def _exposure(row: Mapping[str, str], classes: frozenset[str]) -> dict[str, Any]:
    cell = _cell(row, classes)
    unit = row["unit"].casefold()
    if unit not in UNITS:
        close = nearest(unit, UNITS, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"One of {', '.join(UNITS)}."
        raise _Bad("unit", row["unit"], "unknown-unit", hint)
    amount, low, high = (_number(row, column) for column in ("amount", "low", "high"))
    if amount is None or low is None or high is None:
        raise _Bad("low", row.get("low", ""), "no-bounds", "Give amount, low and high; all the same where it is known.")
    if not 0 < low <= amount <= high:
        raise _Bad("amount", row["amount"], "bounds-crossed", "0 < low <= amount <= high.")
    return cell | {"unit": unit, "amount": amount, "low": low, "high": high}


def _flag(row: Mapping[str, str]) -> bool:
    text = (row.get("suppressed") or "").casefold()
    if text not in (*_YES, *_NO):
        raise _Bad("suppressed", row["suppressed"], "no-flag", "Write yes or no.")
    return text in _YES


def _number(row: Mapping[str, str], column: str) -> float | None:
    text = row.get(column) or ""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _Bad(column, text, "no-number", "Write a number with a point, as 12.5.") from None
    if not math.isfinite(value) or value < 0:
        raise _Bad(column, text, "no-number", "Write a number from 0.")
    return value


def _day(row: Mapping[str, str], column: str) -> dt.date:
    try:
        return dt.date.fromisoformat(row[column])
    except ValueError:
        raise _Bad(column, row[column], "no-day", "Write YYYY-MM-DD.") from None


def _keep(
    workspace: Workspace, file: str, content: bytes, batch: str, receipt: CountReceipt, rows: list[dict[str, Any]]
) -> None:
    store, now = workspace.store, workspace.clock()
    digest = hashlib.sha256(content).hexdigest()
    manifest = {
        "source": SOURCE, "batch": batch, "content_sha256": digest, "file": file, "mapping": receipt.table,
        "received_at": now, "read": receipt.accepted + receipt.rejected, "accepted": receipt.accepted,
        "rejected": receipt.rejected, "reasons": json.dumps(dict(receipt.reasons)),
        "tables": json.dumps({receipt.table: receipt.accepted}),
    }  # fmt: skip
    schema = EXPOSURE if receipt.table == "exposure" else HARM_COUNT
    body: dict[str, Any] = {"batch": batch, "table": receipt.table, "sha256": digest}
    body |= {"accepted": receipt.accepted, "rejected": receipt.rejected}
    with store.transaction():
        workspace.ledger.append("harm-counts", body, key=f"harm-counts {batch}")
        if rows:
            kept = [row | {"first_seen": now, "batch": batch} for row in rows]
            store.append(receipt.table, pa.Table.from_pylist(kept, schema=schema))
        if receipt.refused:
            out = [r.as_quarantine() | {"source": SOURCE, "batch": batch, "state": "open"} for r in receipt.refused]
            store.append("quarantine", pa.Table.from_pylist(out))
        store.append("batch", pa.Table.from_pylist([manifest]))
