"""Stored series as the page of early warning draws them: reported, judged, with nowcasts; small cells left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.report.charts.places import Point
from counterflow.report.charts.series import Period
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import allowed, role_in_force
from counterflow.watch.grid import Grid
from counterflow.watch.response.places import Places
from counterflow.watch.response.showing import two_digits
from counterflow.watch.series.periods import ends_of
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.suppress import sums_tell

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = ["Shown", "panel_changes"]

#: series drawn: those with alarms first, then the largest
MOST_SERIES = 12
#: periods of a series that are drawn
PERIODS = 60
#: periods that a place's circle on the map sums up
_RECENT = 8
_CELL = ("source", "place", "measure", "subject", "definition")
_PANEL = ("source", "place", "measure", "subject")
_GRAINS = ("day", "week", "month", "quarter", "year")
_CLOSED = ("disposed", "no longer stands")

Cell = tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """Series of one grain that may be shown: with what is withheld as NaN, whole, which those are, and names."""

    hidden: Grid
    whole: Grid
    mask: npt.NDArray[np.bool_]
    places: tuple[str, ...]


class Shown:
    """Stored counts that may be shown, by grain, the one with the most series first.

    Args:
        workspace: whose.
        purpose: for which they are read.
        role: as which they are read; the one that the installation serves where not given.
    """

    def __init__(self, workspace: Workspace, purpose: str, role: str | None = None) -> None:
        self._workspace, self._purpose, self._store = workspace, purpose, workspace.store
        self._role = role_in_force(workspace.settings.watch.role, role)
        self._places = Places.of(self._store)
        self.why: list[str] = []
        self.left = 0
        held = {str(row["grain"]) for row in self._store.rows("SELECT DISTINCT grain FROM series_count")}
        parts = [self._part(grain) for grain in _GRAINS if grain in held]
        self.grids = sorted((part for part in parts if len(part.places)), key=lambda part: -len(part.places))
        #: grain of what `points` sums up
        self.grain = self.grids[0].whole.grain if self.grids else ""

    def _part(self, grain: str) -> _Part:
        settings, now = self._workspace.settings.watch, self._workspace.clock().date()
        hidden, whole, mask = shown_grid(self._store, settings.small_cell, grain=grain)
        last = ends_of(whole.starts[-1:], grain)[0].item()
        may = allowed(
            whole.key, self._role, self._purpose, standing(self._store), now, coarser=self._places.counties(),
            period=(whole.starts[0].astype("datetime64[D]").item(), last),
        )  # fmt: skip
        log_read(self._workspace, may.approvals, self._role, self._purpose, int(may.shown.sum()))
        self.why.append(may.why)
        kept = np.flatnonzero(may.shown)
        return _Part(hidden.of(kept), whole.of(kept), mask[kept], tuple(may.places[n] for n in kept))

    def series(self, alarms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return series with their periods: those with alarms first, newest first, then the largest."""
        raised = {name: n for n, name in reversed(list(enumerate(alarm["signal_series"] for alarm in alarms)))}
        ranked: list[tuple[int, float, int, int]] = []
        for g, part in enumerate(self.grids):
            recent = np.nansum(part.whole.counts[:, -_RECENT:], axis=1)
            names = enumerate(part.whole.names)
            ranked += [(raised.get(name, len(raised)), -float(recent[n]), g, n) for n, name in names]
        ranked.sort()
        self.left = max(len(ranked) - MOST_SERIES, 0)
        nowcasts, changes = _nowcasts(self._store), panel_changes(self._store)
        judged = _judged(self._store, [self.grids[g].whole.names[n] for _, _, g, n in ranked[:MOST_SERIES]])
        return [_drawn(self.grids[g], n, judged, nowcasts, changes) for _, _, g, n in ranked[:MOST_SERIES]]

    def points(self, alarms: Sequence[Mapping[str, Any]]) -> list[Point]:
        """Return places that have coordinates, with what the last periods in the grain that most have counts of."""
        question = "SELECT * FROM watch_place WHERE lat IS NOT NULL ORDER BY first_seen, batch"
        located: list[dict[str, Any]] = self._store.rows(question)
        where = {str(row["place"]): (float(row["lat"]), float(row["lon"])) for row in located}
        raised = {alarm["place"] for alarm in alarms if alarm["state"] not in _CLOSED}
        best: dict[str, list[float]] = {}
        for part in self.grids:
            sums = self._sums(part, where)
            if len(sums) > len(best):
                best, self.grain = sums, part.whole.grain
        return [
            Point(place, *where[place], sum(counts) if counts else None, int(place in raised), place in raised)
            for place, counts in best.items()
        ]

    def _sums(self, part: _Part, where: Mapping[str, Any]) -> dict[str, list[float]]:
        """Return, of each place that has coordinates, the sums over the last periods that may be shown."""
        recent = part.whole.counts[:, -_RECENT:]
        known = np.isfinite(recent).sum(axis=1) > 0
        small = self._workspace.settings.watch.small_cell
        known &= ~sums_tell(recent, part.mask[:, -_RECENT:], small)
        sums: dict[str, list[float]] = {}
        for n, place in enumerate(str(p) for p in part.whole.key.column("place").to_pylist()):
            # A place that may only be named by a coarser one is not put on the map.
            if place in where and part.places[n] == place:
                sums.setdefault(place, []).extend([float(np.nansum(recent[n]))] if known[n] else [])
        return sums

    def missing(self) -> list[str]:
        """Return how many series have no count for the newest period, in words."""
        said = []
        for part in self.grids:
            gap = np.isnan(part.whole.counts[:, -1])
            if gap.any():
                last = f"the {part.whole.grain} of {part.whole.starts[-1]}"
                said.append(f"{int(gap.sum())} of {len(gap)} series have no count for {last}.")
        return said


def panel_changes(store: Store) -> list[dict[str, Any]]:
    """Return what changed in what is counted, newest first."""
    return [dict(row) for row in store.rows("SELECT * FROM panel ORDER BY from_day DESC, source, place, measure")]


def _drawn(
    part: _Part, n: int, judged: Mapping[str, Mapping[str, Mapping[str, Any]]],
    nowcasts: Mapping[Cell, Mapping[str, Mapping[str, Any]]], changes: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    grid = part.whole
    key = {name: str(grid.key[name][n].as_py() or "") for name in grid.key.column_names}
    late = nowcasts.get(tuple(key[name] for name in _CELL), {})
    panel = [change for change in changes if all(change[name] in ("*", key[name]) for name in _PANEL)]
    saw = judged.get(key["series"], {})
    names = dict.fromkeys(word for word in (part.places[n], key["measure"], key["subject"]) if word not in ("", "all"))
    newest = next(iter(late.values()), {})
    return {
        "series": key["series"], "name": ", ".join(names), "source": key["source"], "grain": grid.grain,
        "periods": [_period(part, n, p, saw, late, panel) for p in range(max(len(grid.t) - PERIODS, 0), len(grid.t))],
        "score": newest.get("score"), "nowcast_as_of": newest.get("as_of"),
    }  # fmt: skip


def _period(
    part: _Part, n: int, p: int, saw: Mapping[str, Mapping[str, Any]], late: Mapping[str, Mapping[str, Any]],
    panel: Sequence[Mapping[str, Any]],
) -> Period:  # fmt: skip
    grid, count, withheld = part.whole, part.hidden.counts[n, p], bool(part.mask[n, p])
    start = grid.starts[p].astype("datetime64[D]").item()
    end = ends_of(grid.starts[p : p + 1], grid.grain)[0].item()
    # Of a withheld count neither the threshold that it passed nor its nowcast is told: both would narrow it.
    its, now = saw.get(str(start), {}), {} if withheld else late.get(str(start), {})
    # Nor, in a series that hides any, exactly what was expected, which was learned from all of them.
    hides = bool(part.mask[n].any())
    expected = two_digits(its.get("expected")) if hides else its.get("expected")
    return Period(
        str(start), None if np.isnan(count) else float(count), expected=expected,
        upper=None if hides else its.get("upper"), alarm=its.get("judged") == 1, withheld=withheld,
        low=now.get("low"), high=now.get("high"), nowcast=now.get("median"),
        change="; ".join(str(change["said"]) for change in panel if start <= change["from_day"] <= end),
    )  # fmt: skip


def _judged(store: Store, names: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return by series and first day what the newest alarm's method saw."""
    if not names:
        return {}
    rows = store.rows(
        "SELECT s.series, s.starts, s.expected, s.upper, s.judged FROM watch_seen s JOIN watch_alarm a USING (alarm)"
        f" WHERE s.part = 'own' AND s.series IN ({', '.join('?' * len(names))}) ORDER BY a.made_at, a.starts",
        names,
    )  # fmt: skip
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["series"]), {})[str(row["starts"])] = row
    return found


def _nowcasts(store: Store) -> dict[Cell, dict[str, dict[str, Any]]]:
    """Return by series and first day the newest nowcast, with the past score of its method."""
    newest = (
        "SELECT n.*, row_number() OVER (PARTITION BY source, place, measure, subject, definition, starts"
        " ORDER BY as_of DESC, made_at DESC) AS place_ FROM watch_nowcast n"
    )
    rows = store.rows(
        f"SELECT n.*, s.nowcasts AS tried, s.wis, s.coverage_90, s.mae, s.mae_reported FROM ({newest}) n"
        " LEFT JOIN watch_nowcast_score s ON n.nowcast = s.nowcast AND s.horizon = 'all' WHERE n.place_ = 1"
    )
    found: dict[Cell, dict[str, dict[str, Any]]] = {}
    for row in rows:
        levels, values = np.array(row["levels"]), np.array(row["quantiles"])
        low, middle, high = (float(values[np.argmin(np.abs(levels - level))]) for level in (0.05, 0.5, 0.95))
        one = {"low": low, "median": middle, "high": high, "as_of": row["as_of"], "method": row["method"],
               "score": _score(row)}  # fmt: skip
        found.setdefault(tuple(str(row[name]) for name in _CELL), {})[str(row["starts"])] = one
    return found


def _score(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["tried"] is None:
        return None
    return {name: row[name] for name in ("tried", "wis", "coverage_90", "mae", "mae_reported")}
