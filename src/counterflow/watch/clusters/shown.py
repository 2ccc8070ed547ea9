"""What a page shows of a scan: a point a place, and the course of each cluster, small counts left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.report.charts.places import Point
from counterflow.report.charts.series import Period
from counterflow.watch.clusters.circles import Coordinates
from counterflow.watch.clusters.expected import by_history, by_population
from counterflow.watch.grid import Grid
from counterflow.watch.series.suppress import sums_tell

__all__ = ["courses_of", "points_of"]


Mask = npt.NDArray[np.bool_]


def points_of(
    clusters: Sequence[Mapping[str, Any]], grid: Grid, where: Coordinates, windows: int, *, hidden: Mask | None = None,
    small: int = 10,
) -> list[Point]:  # fmt: skip
    """Return the places of a scan with what was counted over the longest window; None where nothing is known.

    Args:
        clusters: as the scan tells them, the most likely first.
        grid: what was scanned.
        where: coordinates of its places and maybe others.
        windows: periods in the longest window.
        hidden: counts that are not shown, shape (S, T); a sum that would tell one is not known, too.
        small: counts from 1 to one less are small.
    """
    places = [str(p) for p in grid.key.column("place").to_pylist()]
    of = {place: (n, bool(c["alarm"])) for n, c in reversed(list(enumerate(clusters, 1))) for place in c["places"]}
    recent = grid.counts[:, -windows:]
    sums = np.where(np.isnan(recent).all(axis=1), np.nan, np.nansum(recent, axis=1))
    if hidden is not None:
        sums[sums_tell(recent, hidden[:, -windows:], small)] = np.nan
    near = where.of(places)
    return [
        Point(place, float(near.lat[n]), float(near.lon[n]), None if np.isnan(sums[n]) else float(sums[n]),
              *of.get(place, (0, False)))
        for n, place in enumerate(places)
    ]  # fmt: skip


def courses_of(
    clusters: Sequence[Mapping[str, Any]], grid: Grid, at_risk: npt.NDArray[np.float64] | None, *, small: int,
    hidden: Mask | None = None,
) -> list[list[Period]]:  # fmt: skip
    """Return what was counted and expected in each cluster's places together, period by period.

    A count from 1 to `small` - 1 is withheld, and a sum that would tell one of `hidden`; the
    periods of the cluster are marked where it is an alarm.
    """
    at = {str(p): n for n, p in enumerate(grid.key.column("place").to_pylist())}
    expected = by_history(grid.counts) if at_risk is None else by_population(grid.counts, at_risk)
    made = []
    for cluster in clusters:
        rows = [at[place] for place in cluster["places"]]
        counts = grid.counts[rows]
        sums = np.where(np.isnan(counts).all(axis=0), np.nan, np.nansum(counts, axis=0))
        none = np.zeros(len(grid.t), bool)
        tells = none if hidden is None else sums_tell(counts, hidden[rows], small, axis=0)
        first = len(grid.t) - cluster["periods"]
        hot = [bool(cluster["alarm"]) and n >= first for n in range(len(grid.t))]
        made.append([
            _period(
                grid, n, float(sums[n]), float(expected[rows, n].sum()), alarm=hot[n],
                withheld=bool(tells[n]) or 0 < sums[n] < small,
            )
            for n in range(len(grid.t))
        ])  # fmt: skip
    return made


def _period(grid: Grid, n: int, count: float, expected: float, *, alarm: bool, withheld: bool) -> Period:
    name = str(grid.t[n]) if np.isnat(grid.starts[n]) else str(grid.starts[n])
    return Period(
        name, None if withheld or np.isnan(count) else count, expected=expected, alarm=alarm, withheld=withheld
    )
