"""Which counts of which periods a role may see: an agreement opens its area and period, no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import AccessError
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import allowed, role_in_force

if TYPE_CHECKING:
    import pyarrow as pa

    from counterflow.store.workspace import Workspace
    from counterflow.watch.grid import Grid

__all__ = ["Seen", "seen_cells", "stop_unless_coarse"]


@dataclass(frozen=True)
class Seen:
    """What may be shown of a grid.

    Args:
        cells: whether each count may be shown, shape (S, T).
        places: each series' place as it may be named.
        why: why series are withheld, in words; "" where none is.
    """

    cells: npt.NDArray[np.bool_]
    places: tuple[str, ...]
    why: str


def seen_cells(workspace: Workspace, grid: Grid, role: str | None, purpose: str) -> Seen:
    """Return what `role` may see of stored counts; what is read under an agreement is put in the ledger.

    Args:
        workspace: whose counts.
        grid: the counts, with first days.
        role: who asks; None: whom the installation serves.
        purpose: what for.

    Raises:
        UnknownName: no such role or purpose.
        AccessError: the role asked for sees more than the installation's.
    """
    from counterflow.watch.response.places import Places
    from counterflow.watch.series.periods import ends_of

    in_force = role_in_force(workspace.settings.watch.role, role)
    coarser, today = Places.of(workspace.store).counties(), workspace.clock().date()
    plain = allowed(grid.key, in_force, purpose, coarser=coarser)
    cells = np.repeat(plain.shown[:, None], len(grid.t), axis=1)
    places, used = list(plain.places), []
    ends = ends_of(grid.starts, grid.grain)
    for one in standing(workspace.store):
        # Of a series that lies in its area an agreement opens the periods that lie in its own, no others.
        may = allowed(grid.key, in_force, purpose, [one], today, coarser=coarser, period=(one.starts, one.ends))
        inside = (grid.starts >= np.datetime64(one.starts)) & (ends <= np.datetime64(one.ends))
        opened = np.flatnonzero(may.shown & ~plain.shown)
        if len(opened) and inside.any():
            cells[np.ix_(opened, np.flatnonzero(inside))] = True
            used.append(one.request)
            for row in opened:
                places[row] = may.places[row]
    if used:
        log_read(workspace, used, in_force, purpose, int(cells[~plain.shown].any(axis=1).sum()))
    left = grid.key.take(np.flatnonzero(~cells.any(axis=1)))
    return Seen(cells, tuple(places), allowed(left, in_force, purpose).why)


def stop_unless_coarse(rows: pa.Table, what: str) -> None:
    """Stop what hands harm below the county to those who are not of health.

    Raises:
        AccessError: a row is harm below the county.
    """
    if allowed(rows, "enforcement", "supply-response").refused:
        hint = "Take the county or a larger place that it lies in."
        raise AccessError(f"{what} does not take harm below the county: it is for health.", hint=hint)
