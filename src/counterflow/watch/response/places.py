"""Which place lies in which: what lets an alarm below the county be named by its county, and find its contacts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterflow.watch.disclosure.rules import COARSE, LEVELS
from counterflow.watch.response.files import Bad, Kind, a_word, one_of

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["PLACES", "Places"]


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    place, parent = a_word(row, "place"), a_word(row, "parent", empty="")
    if parent == place:
        raise Bad("parent", parent, "its-own-parent", "Name the place that it lies in, or leave it empty.")
    at = {"lat": _degrees(row, "lat", 90.0), "lon": _degrees(row, "lon", 180.0)}
    if (at["lat"] is None) != (at["lon"] is None):
        raise Bad("lat", row.get("lat", ""), "half-a-point", "Give both lat and lon, or neither.")
    return {"place": place, "level": one_of(row, "level", LEVELS), "parent": parent or None, **at}


def _degrees(row: Mapping[str, str], column: str, most: float) -> float | None:
    text = row.get(column) or ""
    try:
        value = float(text) if text else None
    except ValueError:
        value = math.nan
    if value is not None and not -most <= value <= most:
        raise Bad(column, text, "no-degrees", f"Write degrees from {-most:g} to {most:g} with a point.")
    return value


def _coarser(rows: list[dict[str, Any]]) -> dict[int, Bad]:
    """Refuse rows whose parent is not of a coarser level, as the same file tells it."""
    levels = {row["place"]: LEVELS.index(row["level"]) for row in rows}
    return {
        n: Bad("parent", row["parent"], "parent-not-coarser", f"A {row['level']} lies in a place of a coarser level.")
        for n, row in enumerate(rows)
        if row["parent"] in levels and levels[row["parent"]] >= levels[row["place"]]
    }


#: CSV: place,level,parent[,lat,lon]
PLACES = Kind("watch_place", ("place", "level", "parent"), ("lat", "lon"), _row, _coarser)


class Places:
    """The places on record; of each the row that came last.

    >>> Places({"Loop": ("subcounty", "Cook"), "Cook": ("county", "Illinois")}).within("Loop")
    ('Loop', 'Cook', 'Illinois')
    >>> Places({"Loop": ("subcounty", "Cook"), "Cook": ("county", "Illinois")}).coarse("Loop")
    'Cook'
    """

    def __init__(self, known: Mapping[str, tuple[str, str]]) -> None:
        self._known = known

    @classmethod
    def of(cls, store: Store) -> Places:
        """Read them from a store: what the user's own table says, else what came with the counts."""
        known = {
            str(row["place"]): (str(row["level"] or ""), str(row["parent"] or ""))
            for row in store.rows(
                "SELECT w.place, max(c.level) AS level, max(w.within) AS parent FROM place_within w LEFT JOIN"
                " (SELECT DISTINCT source, place, level FROM series_count) c USING (source, place) GROUP BY w.place"
                " UNION ALL SELECT c.place, max(c.level), NULL FROM series_count c WHERE EXISTS (SELECT 1 FROM"
                " place_within w WHERE w.source = c.source AND w.within = c.place) AND NOT EXISTS (SELECT 1 FROM"
                " place_within w WHERE w.place = c.place) GROUP BY c.place"
            )
        }
        rows = store.rows("SELECT place, level, parent FROM watch_place ORDER BY first_seen, batch")
        known |= {str(row["place"]): (str(row["level"]), str(row["parent"] or "")) for row in rows}
        return cls(known)

    def within(self, place: str) -> tuple[str, ...]:
        """Return a place and all that it lies in, finest first."""
        found = [place] if place else []
        while found:
            parent = self._known.get(found[-1], ("", ""))[1]
            if not parent or parent in found:
                break
            found.append(parent)
        return tuple(found)

    def below(self, place: str) -> frozenset[str]:
        """Return a place and all that lie in it."""
        return frozenset({place, *(name for name in self._known if place in self.within(name))})

    def level(self, place: str) -> str:
        """Return the level of a place, "" where it is not known."""
        return self._known.get(place, ("", ""))[0]

    def coarse(self, place: str, level: str = "") -> str:
        """Return the place itself where it is a county or coarser, else the first such that it lies in; "" if none.

        Args:
            place: the place.
            level: its level as the counts tell it, where this file does not.
        """
        for name in self.within(place):
            its = self.level(name) or (level if name == place else "")
            # a parent that has no row of its own is coarser than what lies in it, but how coarse nobody said
            if its in COARSE:
                return name
        return ""

    def counties(self) -> dict[str, str]:
        """Return each known place that is finer than a county, with the place it is to be named by."""
        named = {place: self.coarse(place) for place in self._known}
        return {place: coarse for place, coarse in named.items() if coarse and coarse != place}
