"""Whether what is looked for, or how, changed within an alarm's baseline and period: a new column is not a new drug."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["PanelChanges"]

_MATCHED = ("place", "measure", "subject")


@dataclass(frozen=True)
class PanelChanges:
    """All changes on record."""

    rows: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, store: Store) -> Self:
        """Read them from a store."""
        return cls(store.rows("SELECT * FROM panel ORDER BY from_day, source, place, measure, subject, change"))

    def within(self, series: Mapping[str, Any], since: dt.date | None, until: dt.date | None) -> str:
        """Return what changed for a series from `since` to `until`, in words; "" where nothing did.

        Days that are not known leave that side open: a change that may lie inside is said.
        """
        said = [
            f"{row['from_day']}: {row['said']} ({row['change']})"
            for row in self.rows
            if row["source"] == series["source"]
            and all(row[name] in ("*", series[name]) for name in _MATCHED)
            and (since is None or row["from_day"] >= since)
            and (until is None or row["from_day"] <= until)
        ]
        return "; ".join(dict.fromkeys(said))
