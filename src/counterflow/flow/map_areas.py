"""Counts of harm and supply as a map of states or counties shows them: how many, and whether that is a change.

Counts alone show where people live. So each area is also held against itself: the newest periods against the same ones
a year before, with an interval; areas of which too little is known stay blank, and small cells stay withheld. What an
outline cannot carry (a place without one) is listed with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.map_change import Change, change_of, spread_of
from counterflow.reference.outlines import county_outline, state_outline
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import allowed
from counterflow.watch.grid import Grid
from counterflow.watch.response.board import board
from counterflow.watch.response.places import Places
from counterflow.watch.series.periods import GRAINS, ends_of
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.suppress import is_small, sums_tell

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["LEVELS", "Area", "AreaMap", "Series", "area_map", "held_series"]

#: periods of each grain that are taken together
RECENT = {"day": 28, "week": 8, "month": 3, "quarter": 1, "year": 1}
#: view to the level of places that it draws
LEVELS = {"states": "state", "counties": "county"}
_CLOSED = ("disposed", "no longer stands")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Series:
    """What can be put on a map: one kind of count."""

    source: str
    measure: str
    subject: str
    definition: str
    grain: str
    places: int

    @property
    def id(self) -> str:
        """Its name in an address."""
        return f"{self.source} | {self.measure} | {self.subject} | {self.definition} | {self.grain}"

    def words(self) -> str:
        """Return what it is, in words."""
        subject = "" if self.subject in ("", "all") else f", {self.subject}"
        return f"{self.measure}{subject} by {self.grain} ({self.source})"


@dataclass(frozen=True, slots=True)
class Area:
    """One place on the map.

    Args:
        place: as its source names it.
        name: its usual name.
        outline: its outline; "" where it has none, and `why` says so.
        count: over the newest periods; None where it is not known or withheld.
        withheld: whether it is withheld.
        change: against the same periods a year before; None where that cannot be told.
        alarm: whether an alarm on it is open.
        why: why it has no outline.
    """

    place: str
    name: str
    outline: str
    count: float | None
    withheld: bool
    change: Change | None
    alarm: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class AreaMap:
    """What a map of areas shows.

    Args:
        view: states or counties.
        held: what else could be shown.
        series: what is shown; None where nothing of this level is held.
        areas: places, those with an alarm first, then by change.
        first: first day counted.
        last: last day counted.
        small: counts from 1 to one less are small.
        late: whether reports of these periods are still to come; then nowhere is said to have fewer.
        withheld: what the reader may not see, in words.
    """

    view: str
    held: tuple[Series, ...]
    series: Series | None
    areas: tuple[Area, ...]
    first: dt.date | None
    last: dt.date | None
    small: int
    late: bool = False
    withheld: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "view": self.view, "series": None if self.series is None else self.series.id,
            "held": [{"id": one.id, "words": one.words(), "places": one.places} for one in self.held],
            "first": self.first, "last": self.last, "small_cell": self.small, "late": self.late,
            "withheld": self.withheld,
            "areas": [
                {
                    "place": one.place, "name": one.name, "outline": one.outline or None, "count": one.count,
                    "withheld": one.withheld, "change": None if one.change is None else one.change.as_dict(),
                    "alarm": one.alarm, "not_drawn": one.why or None,
                }
                for one in self.areas
            ],
        }  # fmt: skip


def held_series(workspace: Workspace, view: str) -> tuple[Series, ...]:
    """Return the kinds of count that a view can show, those of most places first.

    Raises:
        UnknownName: no such view.
    """
    if view not in LEVELS:
        raise UnknownName("view", view, LEVELS)
    rows = workspace.store.rows(
        "SELECT source, measure, subject, definition, grain, count(DISTINCT place) AS places FROM series_count"
        f" WHERE level = ? AND grain IN ({', '.join('?' * len(GRAINS))}) GROUP BY ALL"
        " ORDER BY places DESC, source, measure, subject, definition, grain",
        [LEVELS[view], *GRAINS],
    )
    return tuple(Series(**row) for row in rows)  # type: ignore[arg-type]


def area_map(workspace: Workspace, view: str, series: str = "", *, role: str, purpose: str) -> AreaMap:
    """Return a map of states or counties as a role may see it.

    Args:
        workspace: whose counts.
        view: states or counties.
        series: id of what to show (`Series.id`); what most places have where not given.
        role: role of `watch.disclosure.rules`.
        purpose: purpose of those rules.

    Raises:
        UnknownName: no such view or series.
    """
    held, small = held_series(workspace, view), workspace.settings.watch.small_cell
    chosen = _chosen(held, series)
    if chosen is None:
        return AreaMap(view, held, None, (), None, None, small)
    names = {name: getattr(chosen, name) for name in ("source", "measure", "subject", "definition")}
    try:
        _, whole, mask = shown_grid(workspace.store, small, grain=chosen.grain, **names)
    except InputError:
        return AreaMap(view, held, chosen, (), None, None, small)
    rows, places, why = _may_see(workspace, whole, view, role, purpose)
    found = board(workspace, role=role, purpose=purpose)
    raised = {row["place"] for row in found.rows if row["state"] not in _CLOSED and row["measure"] == chosen.measure}
    first = whole.starts[-min(RECENT[chosen.grain], len(whole.starts))].astype("datetime64[D]").item()
    last = ends_of(whole.starts[-1:], whole.grain)[0].item()
    late = _late(workspace, chosen, first)
    areas = _areas(whole.of(rows), mask[rows], places, view, small, raised, late=late)
    return AreaMap(view, held, chosen, tuple(sorted(areas, key=_striking)), first, last, small, late, why)


def _chosen(held: Sequence[Series], series: str) -> Series | None:
    if not series:
        return held[0] if held else None
    found = next((one for one in held if one.id == series), None)
    if found is None:
        raise UnknownName("series of the map", series, [one.id for one in held])
    return found


def _may_see(
    workspace: Workspace, whole: Grid, view: str, role: str, purpose: str
) -> tuple[npt.NDArray[np.int64], list[str], str]:
    """Return the rows of this level that may be seen, how their places may be named, and why others may not."""
    level = np.array([str(name) == LEVELS[view] for name in whole.key.column("level").to_pylist()], bool)
    span = whole.starts[0].astype("datetime64[D]").item(), ends_of(whole.starts[-1:], whole.grain)[0].item()
    today = workspace.clock().date()
    may = allowed(
        whole.key, role, purpose, standing(workspace.store), today,
        coarser=Places.of(workspace.store).counties(), period=span,
    )  # fmt: skip
    rows = np.flatnonzero(level & may.shown)
    log_read(workspace, may.approvals, role, purpose, len(rows))
    refused = int((level & ~may.shown).sum())
    return rows, [may.places[n] for n in rows], may.why if refused else ""


def _areas(
    grid: Grid, mask: Mask, places: Sequence[str], view: str, small: int, raised: set[str], *, late: bool
) -> list[Area]:
    recent = slice(max(len(grid.starts) - RECENT[grid.grain], 0), len(grid.starts))
    now, told = _sums(grid.counts[:, recent], mask[:, recent], small)
    before, told_before = _a_year_before(grid, mask, recent, small)
    whole = np.isfinite(grid.counts[:, recent]).all(axis=1) & np.isfinite(before) & ~told & ~told_before
    find = state_outline if view == "states" else county_outline
    made = []
    for n, place in enumerate(places):
        change, outline = None, find(place)
        if whole[n]:
            spread = spread_of(grid.counts[n, : recent.start])
            change = change_of(float(now[n]), float(before[n]), spread, late=late)
        count = None if told[n] or np.isnan(now[n]) else float(now[n])
        name = outline.name or place
        made.append(Area(place, name, outline.outline, count, bool(told[n]), change, place in raised, outline.why))
    return made


def _a_year_before(grid: Grid, mask: Mask, recent: slice, small: int) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return the sums of the same periods a year before, NaN unless each is known, and which must not be told."""
    first, last = recent.start - grid.frequency, recent.stop - grid.frequency
    if first < 0:
        return np.full(len(grid.counts), np.nan), np.ones(len(grid.counts), bool)
    sums, told = _sums(grid.counts[:, first:last], mask[:, first:last], small)
    sums[np.isnan(grid.counts[:, first:last]).any(axis=1)] = np.nan
    return sums, told


def _late(workspace: Workspace, series: Series, first: dt.date) -> bool:
    """Return whether reports of the newest periods are still to come, as a kept nowcast says."""
    found = workspace.store.rows(
        "SELECT 1 FROM watch_nowcast WHERE source = ? AND measure = ? AND subject = ? AND starts >= ? LIMIT 1",
        [series.source, series.measure, series.subject, first],
    )
    return bool(found)


def _sums(counts: npt.NDArray[np.float64], mask: Mask, small: int) -> tuple[npt.NDArray[np.float64], Mask]:
    """Return sums over periods, NaN where none is known, and which of them must not be told."""
    known = np.isfinite(counts).any(axis=1)
    sums = np.where(known, np.nansum(counts, axis=1), np.nan)
    return sums, np.asarray(sums_tell(counts, mask, small) | is_small(sums, small), bool)


def _striking(area: Area) -> tuple[bool, int, float, str]:
    change = area.change
    rank = {"more": 0, "no clear change": 1, "fewer": 2}
    return (
        not area.alarm, 3 if change is None else rank[change.verdict], 0.0 if change is None else -change.ratio,
        area.name,
    )  # fmt: skip
