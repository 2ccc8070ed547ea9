"""Rows of law with their days: since when one holds, and whether it held on a day asked for.

A first day may be a day, a month or a year, ISO 8601, or "..2017-12-31" (after the open interval of ISO 8601-2): by
that day at the latest, which is the day of the text that was read. One way of reading days, so that the registry and
the law of trade answer alike.
"""

from __future__ import annotations

from datetime import date

__all__ = ["Dated"]

_BY = ".."


class Dated:
    """A row that holds from one day to another, and says how it was read.

    Attributes:
        date_from: first day, month or year; with ".." before it, by that day at the latest; empty where not recorded.
        date_to: last day, month or year; empty while it holds.
        read: text (the words were at hand) | recalled (from memory; shown as unverified).
    """

    __slots__ = ()

    date_from: str
    date_to: str
    read: str

    @property
    def unverified(self) -> bool:
        """Whether the row was written from memory and waits for a person to confirm it."""
        return self.read != "text"

    @property
    def since(self) -> str:
        """Since when, for sentences: "2022-11-23", "by 1982-02-08", or "not recorded"."""
        if self.date_from.startswith(_BY):
            return f"by {self.date_from.removeprefix(_BY)}"
        return self.date_from or "not recorded"

    def holds_on(self, day: date) -> bool | None:
        """Say whether the row holds on a day (of a proposal: was pending); None where its dates do not tell.

        Dates do not tell before a day "by" which it held, within a year or month that is all we know of a date, and
        where no beginning is recorded.

        Args:
            day: the day asked for.
        """
        asked = day.isoformat()
        begins, ends = self.date_from.removeprefix(_BY), self.date_to
        after_end = bool(ends) and asked[: len(ends)] > ends
        if after_end or (self.date_from == begins != "" and asked[: len(begins)] < begins):
            return False
        in_doubt = {begins[:10], ends} & {asked[:4], asked[:7]}
        return None if not begins or in_doubt or asked[: len(begins)] < begins else True
