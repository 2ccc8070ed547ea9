"""The overdose rate of an area as watch's counts have it: where a forecast of an action stands.

Only whole counties, states and the nation, and only a count that its source did not withhold: what lies below a county
is for health purposes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterflow.core.errors import UsageError

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["rate_in_watch"]

_LATEST = """
    SELECT source, definition, starts, ends, count, as_of FROM series_count
    WHERE place = ? AND level IN ('nation', 'state', 'county') AND measure = 'deaths'
        AND lower(subject) LIKE 'opioid%' AND grain IN ('12-months', 'year') AND NOT suppressed AND looked_for
        AND count IS NOT NULL AND as_of <= ?
    ORDER BY ends DESC, as_of DESC, first_seen DESC, source, definition LIMIT 1
"""


def rate_in_watch(workspace: Workspace, place: str, population: float) -> tuple[float, str]:
    """Return deaths by opioid overdose per 100,000 people a year, and who says so.

    Args:
        workspace: whose counts.
        place: as its source names it.
        population: people there.

    Raises:
        UsageError: no count of twelve months of all opioids together is held of that place.
    """
    rows = workspace.store.rows(_LATEST, [place, workspace.clock().date()])
    if not rows:
        raise UsageError(
            f"Watch holds no deaths by opioids over twelve months of {place!r}.",
            hint="Load counts (`watch load`), or give --rate and --rate-source.",
        )
    row = rows[0]
    deaths = float(str(row["count"]))
    words = f"{row['source']}: {deaths:,.0f} deaths, {row['starts']} to {row['ends']}, as of {row['as_of']}"
    return deaths / population * 100_000, words
