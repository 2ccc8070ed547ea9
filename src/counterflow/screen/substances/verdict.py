"""One row of an answer: what the law of a place makes of an item, on a day."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "RANK", "Verdict"]

#: Strength of the verdicts.
RANK = {"none": 0, "watch": 1, "unclear": 2, "listed_precursor": 3, "controlled": 4}
#: Columns of an answer, in order.
COLUMNS = (
    *("id", "verdict", "substance", "jurisdiction", "list", "schedule"),
    *("rule", "sites", "citation", "span", "reason"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of an answer; the first eleven fields are its columns (`COLUMNS`), the others stand beside it.

    Args:
        id: the item asked about; empty where a single one was asked.
        verdict: controlled | listed_precursor | watch | unclear | none.
        substance: id of the substance; empty where nothing was recognised.
        jurisdiction: code of the place; empty where the row speaks of no law.
        list: short name of the instrument.
        schedule: its schedule, table, list or category.
        rule: id of the class rule; empty where the substance is listed by name.
        sites: what the class rule found at each site.
        citation: where the law says so.
        span: field and place of all evidence, as `text:0-8 cas:0-8`.
        reason: what was met, what the law says on that day, and how far the registry covers that law.
        on: day asked about, ISO 8601; empty where the law as last known was asked.
        since: since when it holds, as `Control.since` says it.
        extends_to: what else the entry covers, space between.
        scope: words that narrow the entry.
        threshold: quantity at which duties begin, in words.
        unverified: whether the row of law was written from memory.
        instrument: id of the instrument.
        date_unverified: whether its days were written from memory.
    """

    id: str
    verdict: str
    substance: str
    jurisdiction: str
    list: str
    schedule: str
    rule: str
    sites: str
    citation: str
    span: str
    reason: str
    on: str = ""
    since: str = ""
    extends_to: str = ""
    scope: str = ""
    threshold: str = ""
    unverified: bool = False
    instrument: str = ""
    date_unverified: bool = False

    def as_dict(self) -> dict[str, str | bool]:
        """Return the row as plain data, in order."""
        return {name: getattr(self, name) for name in self.__slots__}
