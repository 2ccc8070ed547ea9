"""The outcome that an output stands beside: harm counted, against the same days a year before.

Inspections and finds are what an office did. Whether people came to harm less is another matter, and it is counted by
others. So the board shows the one only beside the other, with an interval and without saying that the one caused the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from counterflow.core.errors import InputError
from counterflow.flow.map_areas import RECENT
from counterflow.flow.map_change import change_of, spread_of
from counterflow.watch.disclosure.rules import COARSE, LEVELS, SUPPLY
from counterflow.watch.grid import Grid
from counterflow.watch.series.periods import GRAINS, ends_of
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.suppress import is_small, sums_tell

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["harm_outcomes"]

_MOST = 3


def harm_outcomes(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what was counted of harm over the newest periods and a year before, over all places; most events first.

    Only county and coarser, one level a source; places of which a period is not known stay out of both sums. A sum that
    would tell a small cell is left out as a whole.
    """
    store = workspace.store
    rows = store.rows(
        "SELECT DISTINCT source, measure, subject, definition, grain, level FROM series_count"
        f" WHERE grain IN ({', '.join('?' * len(GRAINS))}) AND level IN ({', '.join('?' * len(COARSE))})",
        [*GRAINS, *sorted(COARSE)],
    )
    kinds: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row["measure"] not in SUPPLY:
            key = tuple(str(row[name]) for name in ("source", "measure", "subject", "definition", "grain"))
            kinds.setdefault(key, []).append(str(row["level"]))
    # A total and its parts are never added up: the coarsest level of a kind stands for it.
    found = [_outcome(workspace, key, min(levels, key=LEVELS.index)) for key, levels in sorted(kinds.items())]
    told = sorted((one for one in found if one is not None), key=lambda one: -one["now"])
    return told[:_MOST]


def _outcome(workspace: Workspace, kind: Sequence[str], level: str) -> dict[str, Any] | None:
    source, measure, subject, definition, grain = kind
    small = workspace.settings.watch.small_cell
    try:
        _, whole, mask = shown_grid(
            workspace.store, small, grain=grain, source=source, measure=measure, subject=subject, definition=definition
        )
    except InputError:
        return None
    rows = np.flatnonzero([str(name) == level for name in whole.key.column("level").to_pylist()])
    grid, hidden = whole.of(rows), mask[rows]
    last = len(grid.starts)
    first = max(last - RECENT[grain], 0)
    year = first - grid.frequency
    if year < 0:
        return None
    now, before = slice(first, last), slice(year, last - grid.frequency)
    kept = np.isfinite(grid.counts[:, now]).all(axis=1) & np.isfinite(grid.counts[:, before]).all(axis=1)
    sums = [_sum(grid.counts[kept, part], hidden[kept, part], small) for part in (now, before)]
    if not kept.any() or sums[0] is None or sums[1] is None:
        return None
    late = _late(workspace, kind, grid, first)
    spread = spread_of(np.nansum(grid.counts[kept, :first], axis=0))
    change = change_of(sums[0], sums[1], spread, late=late)
    if change is None:
        return None
    return {
        "what": measure, "subject": subject, "source": source, "grain": grain, "level_of_places": level,
        "places": int(kept.sum()), "left_out": int((~kept).sum()),
        "first": grid.starts[first].astype("datetime64[D]").item(), "last": ends_of(grid.starts[-1:], grain)[0].item(),
        "now": sums[0], "late": late, **change.as_dict(),
    }  # fmt: skip


def _sum(counts: Any, mask: Any, small: int) -> float | None:
    total = float(np.nansum(counts))
    if sums_tell(counts.ravel(), mask.ravel(), small) or is_small([total], small)[0]:
        return None
    return total


def _late(workspace: Workspace, kind: Sequence[str], grid: Grid, first: int) -> bool:
    """Return whether reports of these periods are still to come, as a kept nowcast says."""
    found = workspace.store.rows(
        "SELECT 1 FROM watch_nowcast WHERE source = ? AND measure = ? AND subject = ? AND starts >= ? LIMIT 1",
        [*kind[:3], grid.starts[first].astype("datetime64[D]").item()],
    )
    return bool(found)
