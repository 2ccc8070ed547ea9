"""The ledger a page at a time, newest first, and what kinds of entries it holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterflow.store.ledger import Entry, Ledger

__all__ = ["LedgerKinds", "entry_row", "in_words", "ledger_page"]

#: entries looked through for one page at most, and at a time; where they do not fill it the page says so
_MOST_LOOKED, _WINDOW = 50_000, 2_000
_DIGEST = re.compile("[0-9a-f]{64}")
_PERSON = re.compile("[px]-[0-9a-f]{10}")


def ledger_page(
    ledger: Ledger, *, kind: str = "", without: str = "", about: str = "", before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """Return entries, newest first.

    Args:
        ledger: whose.
        kind: only of this kind; "" for all.
        without: kind that is left out.
        about: only those that hold this text (an id, as a rule).
        before: only those with a smaller number; None for the newest.
        limit: entries on the page.

    Returns:
        `rows`; `next`, the number before which the next page begins (None on the last); `looked_to`, the number down to
        which entries were looked through.
    """
    high = ledger.size if before is None else min(before - 1, ledger.size)
    lowest = max(0, high - _MOST_LOOKED)
    needle = about.strip().casefold()
    rows: list[dict[str, Any]] = []
    while high > lowest and len(rows) < limit:
        low = max(lowest, high - _WINDOW) + 1
        found = _between(ledger, kind, low, high)
        rows += [
            row
            for row in reversed(found)
            if row["kind"] != without and (not needle or needle in row["text"].casefold())
        ]
        high = low - 1
    shown = rows[:limit]
    last = shown[-1]["seq"] if len(rows) >= limit else high + 1
    more = last > 1
    return {"rows": shown, "next": last if more else None, "looked_to": last, "size": ledger.size}


def in_words(body: dict[str, Any], name_of: Callable[[str], str]) -> str:
    """Return what an entry says, as a line to read: digests cut short, ids of people with their names.

    Args:
        body: what the entry says.
        name_of: gives the name of a person id.
    """
    return " · ".join(f"{key} {_short(value, name_of)}" for key, value in body.items() if value not in (None, "", []))


def _short(value: object, name_of: Callable[[str], str]) -> str:
    if isinstance(value, str):
        if _DIGEST.fullmatch(value):
            return f"{value[:8]}…"
        return f"{name_of(value)} ({value})" if _PERSON.fullmatch(value) else value
    if isinstance(value, list):
        shown = ", ".join(_short(part, name_of) for part in value[:4])
        return f"{shown} and {len(value) - 4} more" if len(value) > 4 else shown
    if isinstance(value, dict):
        shown = ", ".join(f"{key} {_short(part, name_of)}" for key, part in list(value.items())[:4])
        return f"{shown} and {len(value) - 4} more" if len(value) > 4 else shown
    return str(value)


def _between(ledger: Ledger, kind: str, low: int, high: int) -> list[dict[str, Any]]:
    entries = takewhile(lambda entry: entry.seq <= high, ledger.entries(kind or None, start=low))
    return [entry_row(entry) for entry in entries]


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return an entry as a row: number, time, kind, body, hash, link, and its body as text."""
    text = json.dumps(dict(entry.body), ensure_ascii=False, sort_keys=True)
    return {
        "seq": entry.seq, "time": entry.time, "kind": entry.kind, "body": dict(entry.body), "hash": entry.hash,
        "prev": entry.prev, "text": text,
    }  # fmt: skip


class LedgerKinds:
    """Counts entries by kind; a later call looks only at what came since."""

    def __init__(self) -> None:
        self._seen = 0
        self._counts: Counter[str] = Counter()

    def counts(self, ledger: Ledger) -> dict[str, int]:
        """Return how many entries of each kind there are, the most frequent first."""
        if ledger.size > self._seen:
            for entry in ledger.entries(start=self._seen + 1):
                self._counts[entry.kind] += 1
                self._seen = entry.seq
        return dict(self._counts.most_common())
