"""Places with coordinates, and the clusters that a scan finds among them, as the map of places shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UsageError
from counterflow.flow.watch_clusters import located_counts, without_hidden
from counterflow.report.charts.places import Point
from counterflow.watch.clusters import Asked, scan
from counterflow.watch.clusters.shown import points_of

if TYPE_CHECKING:
    from counterflow.flow.map_areas import Series
    from counterflow.store.workspace import Workspace

__all__ = ["MOST_PLACES", "Clusters", "clusters_of", "located_series"]

#: more places than this are scanned from the command line: it takes minutes
MOST_PLACES = 400
_REPLICATES = 999


@dataclass(frozen=True, slots=True)
class Clusters:
    """What a scan of stored counts found.

    Args:
        points: places with what was counted over the longest window.
        told: the scan as plain data, numbers that tell a small count left out.
        small: counts from 1 to one less are small.
        said: what was left out, in words.
    """

    points: tuple[Point, ...]
    told: dict[str, Any]
    small: int
    said: tuple[str, ...]


def located_series(workspace: Workspace) -> tuple[Series, ...]:
    """Return the kinds of count that at least two places with coordinates have, those of most places first."""
    from counterflow.flow.map_areas import Series
    from counterflow.watch.series.periods import GRAINS

    rows = workspace.store.rows(
        "SELECT source, measure, subject, definition, grain, count(DISTINCT place) AS places FROM series_count"
        " WHERE place IN (SELECT place FROM watch_place WHERE lat IS NOT NULL)"
        f" AND grain IN ({', '.join('?' * len(GRAINS))}) GROUP BY ALL HAVING count(DISTINCT place) > 1"
        " ORDER BY places DESC, source, measure, subject, definition, grain",
        list(GRAINS),
    )
    return tuple(Series(**row) for row in rows)  # type: ignore[arg-type]


def clusters_of(workspace: Workspace, series: Series, *, role: str, purpose: str) -> Clusters:
    """Scan one kind of count for clusters that are alive now, as a role may see it; the same counts give the same.

    Raises:
        UsageError: there are too many places for a page.
        AccessError, InputError: as `flow.watch_clusters.located_counts` does.
    """
    if series.places > MOST_PLACES:
        hint = "counterflow watch scan --stored does it from the command line."
        raise UsageError(f"{series.places:,} places take too long to scan on a page.", hint=hint)
    names = {name: getattr(series, name) for name in ("source", "measure", "subject")}
    found = located_counts(workspace, names, role=role, purpose=purpose)
    if found.grid.grain != series.grain:
        raise InputError(f"These counts are held by {found.grid.grain}, too.", hint="Scan them by command: --source.")
    made = scan(found.grid, found.where, asked=Asked(replicates=_REPLICATES))
    told = without_hidden(made.as_dict(), found)
    points = points_of(
        told["clusters"], found.grid, found.where, told["longest_window"], hidden=found.hidden, small=found.small
    )
    return Clusters(tuple(points), told, found.small, found.said)
