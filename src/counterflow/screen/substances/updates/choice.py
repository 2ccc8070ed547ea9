"""What of a proposal is accepted: by kind, or row by row from what was printed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from counterflow.core.errors import InputError, UsageError
from counterflow.reference.registry_overlay import ADDED, MOVED, REMOVED, RENAMED
from counterflow.screen.substances.updates.compare import UNSURE
from counterflow.screen.substances.updates.proposal import REFUSED, Change

__all__ = ["chosen", "picked"]

_PICKED_BY = ("change", "substance", "name", "list_before", "list_after", "scope")


def chosen(changes: Sequence[Change], kinds: Sequence[str] | None) -> list[Change]:
    """Return the changes of these kinds; all where none is named.

    Raises:
        UsageError: there is no such kind.
    """
    known = (ADDED, REMOVED, MOVED, RENAMED, UNSURE)
    for kind in kinds or ():
        if kind not in known:
            raise UsageError(f"There is no change {kind!r}.", hint=f"Use {', '.join(known[:-1])}.")
    return [change for change in changes if not kinds or change.difference.change in kinds]


def picked(changes: Sequence[Change], file: Path) -> list[Change]:
    """Return the changes that stand in a file: what `--dry-run --format csv` printed, with rows taken out.

    An unsure one is accepted by writing `removed` in its column `change`.

    Args:
        changes: the proposal's.
        file: the CSV file.

    Raises:
        InputError: the file lacks a column, or has a row that is not proposed.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in _PICKED_BY if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(
                f"The file has no column {missing[0]!r}.", hint="Take what --dry-run --format csv printed.", file=file
            )
        kept = ((reader.line_num, tuple(row[name] or "" for name in _PICKED_BY)) for row in reader)
        wanted = [(line, key) for line, key in kept if key[0] != REFUSED]
    offered = {tuple(str(c.row()[name] or "") for name in _PICKED_BY): c for c in changes}
    offered |= {(REMOVED, *key[1:]): _sure(c) for key, c in offered.items() if key[0] == UNSURE}
    for line, key in wanted:
        if key not in offered:
            raise InputError(
                "This change is not proposed.", hint="Print the proposal again: the registry may have changed.",
                file=file, line=line, value=", ".join(part for part in key if part),
            )  # fmt: skip
    return [offered[key] for _, key in dict.fromkeys((0, key) for _, key in wanted)]


def _sure(change: Change) -> Change:
    """Return an unsure difference as a removal, on a person's word."""
    return replace(change, difference=replace(change.difference, change=REMOVED))
