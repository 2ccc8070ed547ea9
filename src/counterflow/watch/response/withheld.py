"""Which counts may not be shown because others would give a small one away: the same ones in every output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UsageError
from counterflow.watch.response.showing import small
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.stored import within_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["WITHHELD", "Withheld"]

#: stands for a count that is not small and would tell a small one
WITHHELD = "withheld"
_SAME = ("source", "measure", "subject", "definition")
Cells = frozenset[tuple[str, str, object]]


class Withheld:
    """What is withheld of stored counts, looked up once for all alarms on the same counts.

    Counts that were judged from a file and never stored have no parts and wholes here; of them small ones are hidden.
    """

    def __init__(self, store: Store, least: int) -> None:
        self._store, self._least = store, least
        self._known: dict[tuple[object, ...], Cells] = {}
        self._wholes: dict[str, bool] = {}

    def shown(self, alarm: Mapping[str, Any], place: str, starts: object, count: float | None) -> float | str | None:
        """Return a count as it may be shown: itself, "<10", or "withheld".

        Where the source has parts and wholes every hidden count is "withheld": of two parts that are 18 together and
        both known to be below 10, each is 9.

        Args:
            alarm: the alarm whose counts these are.
            place: place of the count.
            starts: first day of its period; None where only an index is known.
            count: the count.
        """
        seen = small(count, self._least)
        if seen is None or starts is None:
            return seen
        if isinstance(seen, str):
            return WITHHELD if self._summed(str(alarm["source"] or "")) else seen
        return WITHHELD if (place, str(alarm["level"] or ""), starts) in self._cells(alarm) else seen

    def hides(self, alarm: Mapping[str, Any], place: str) -> bool:
        """Tell whether any count of a place is withheld, so that what was learned from them all may tell it."""
        level = str(alarm["level"] or "")
        return any((where, own) == (place, level) for where, own, _ in self._cells(alarm))

    def _summed(self, source: str) -> bool:
        if source not in self._wholes:
            self._wholes[source] = bool(source and within_of(self._store, [source]))
        return self._wholes[source]

    def _cells(self, alarm: Mapping[str, Any]) -> Cells:
        names = (*(alarm[name] for name in _SAME), alarm["grain"], alarm["as_of"])
        if names not in self._known:
            self._known[names] = self._looked_up(alarm)
        return self._known[names]

    def _looked_up(self, alarm: Mapping[str, Any]) -> Cells:
        if alarm["as_of"] is None or not alarm["source"]:
            return frozenset()
        asked = {name: alarm[name] for name in _SAME}
        try:
            _, whole, mask = shown_grid(self._store, self._least, as_of=alarm["as_of"], grain=alarm["grain"], **asked)
        except (InputError, UsageError):  # not stored, or not in these periods: judged from a file
            return frozenset()
        keys = whole.key.select(["place", "level"]).to_pylist()
        days = whole.starts.astype("datetime64[D]")
        rows, columns = mask.nonzero()
        return frozenset(
            (str(keys[row]["place"]), str(keys[row]["level"]), days[at].item())
            for row, at in zip(rows.tolist(), columns.tolist(), strict=True)
        )
