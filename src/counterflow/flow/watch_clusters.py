"""Stored counts made ready for a scan: those that the role may see, at the places whose coordinates are on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from counterflow.core.errors import AccessError, InputError, UsageError
from counterflow.watch.clusters import Coordinates
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import HEALTH, allowed, role_in_force
from counterflow.watch.grid import Grid
from counterflow.watch.response.places import Places
from counterflow.watch.series.periods import ends_of
from counterflow.watch.series.stored import grid as stored_grid

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["located_counts"]


def located_counts(
    workspace: Workspace, names: Mapping[str, str], *, role: str | None = None
) -> tuple[Grid, Coordinates, list[str]]:
    """Return one series a place, where the places lie, and what was left out, in words.

    Args:
        workspace: whose counts.
        names: source, measure, subject, level … to choose by, as `watch.series.stored.grid` takes them.
        role: as which to read; the installation's own where None.

    Raises:
        AccessError: the role may see none of it.
        UsageError: several series are of one place.
        InputError: fewer than two places have coordinates.
    """
    store, now = workspace.store, workspace.clock().date()
    role = role_in_force(workspace.settings.watch.role, role)
    purpose = "audit" if role == "oversight" else HEALTH
    asked: dict[str, Any] = dict(names)
    grid = stored_grid(store, **asked)
    period = grid.starts[0].astype("datetime64[D]").item(), ends_of(grid.starts[-1:], grid.grain)[0].item()
    may = allowed(
        grid.key, role, purpose, standing(store), now, coarser=Places.of(store).counties(), period=period
    )  # fmt: skip
    log_read(workspace, may.approvals, role, purpose, int(may.shown.sum()))
    if not may.shown.any():
        raise AccessError(may.why, hint="Scan counties: --level county.")
    rows = store.rows("SELECT place, lat, lon FROM watch_place WHERE lat IS NOT NULL ORDER BY first_seen, batch")
    where: dict[str, Any] = {str(row["place"]): (row["lat"], row["lon"]) for row in rows}
    own = [str(place) for place in grid.key.column("place").to_pylist()]
    # A place that may only be named by a coarser one would lie where it may not be shown.
    kept = [n for n, place in enumerate(own) if may.shown[n] and place in where and may.places[n] == place]
    said = [may.why] if may.why else []
    lacking = int(may.shown.sum()) - len(kept)
    if lacking:
        said.append(f"{lacking} series are left out: their places have no coordinates, or may not be named.")
    places = [own[n] for n in kept]
    if len(set(places)) < len(places):
        hint = "Choose by --source, --measure, --subject and --level until each place has one series."
        raise UsageError("Several series are of one place.", hint=hint)
    if len(places) < 2:
        hint = "`watch places FILE` takes place,level,parent,lat,lon."
        raise InputError("Fewer than two places have counts and coordinates.", hint=hint)
    lat, lon = (np.array([float(where[place][n]) for place in places]) for n in (0, 1))
    return grid.of(kept), Coordinates(tuple(places), lat, lon), said
