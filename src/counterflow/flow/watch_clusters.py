"""Stored counts made ready for a scan: those that the role may see, at the places whose coordinates are on record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import AccessError, InputError, UsageError
from counterflow.watch.clusters import Coordinates
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.disclosure.rules import HEALTH, allowed, role_in_force
from counterflow.watch.grid import Grid
from counterflow.watch.response.places import Places
from counterflow.watch.series.periods import ends_of
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.suppress import sums_tell

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Located", "located_counts", "without_hidden"]

Mask = npt.NDArray[np.bool_]
#: what tells the count of a cluster beside what was expected of it, p by way of its rank among the replicates
_TELLS = (
    "observed", "ratio", "ratio_low", "ratio_high", "relative_risk", "log_likelihood_ratio", "statistic", "p",
    "p_monte_carlo", "p_gumbel", "recurrence_periods", "recurrence_days", "ratio_before",
)  # fmt: skip


@dataclass(frozen=True)
class Located:
    """Stored counts at the places whose coordinates are on record.

    Args:
        grid: one series a place.
        where: where the places lie.
        hidden: counts that are not shown, shape (S, T).
        small: counts from 1 to one less are small.
        said: what was left out, in words.
    """

    grid: Grid
    where: Coordinates
    hidden: Mask
    small: int
    said: tuple[str, ...]


def located_counts(
    workspace: Workspace, names: Mapping[str, str], *, role: str | None = None, purpose: str | None = None
) -> Located:
    """Return one series a place, where the places lie, what is not shown of it, and what was left out.

    Args:
        workspace: whose counts.
        names: source, measure, subject, level … to choose by, as `watch.series.stored.grid` takes them.
        role: as which to read; the installation's own where None.
        purpose: what for; the role's own where None.

    Raises:
        AccessError: the role may see none of it.
        UsageError: several series are of one place.
        InputError: fewer than two places have coordinates.
    """
    store, now = workspace.store, workspace.clock().date()
    role = role_in_force(workspace.settings.watch.role, role)
    purpose = purpose or ("audit" if role == "oversight" else HEALTH)
    asked: dict[str, Any] = dict(names)
    small = workspace.settings.watch.small_cell
    _, grid, mask = shown_grid(store, small, **asked)
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
    return Located(grid.of(kept), Coordinates(tuple(places), lat, lon), mask[kept], small, tuple(said))


def without_hidden(told: Mapping[str, Any], found: Located) -> dict[str, Any]:
    """Return a scan as told without the counts, and what tells them, of clusters that are small or would tell a count.

    Which places stand out and whether that is an alarm stays; what was expected has two digits.
    """
    at = {str(place): n for n, place in enumerate(found.grid.key.column("place").to_pylist())}
    clusters, left = [], 0
    for one in told["clusters"]:
        rows, since = [at[place] for place in one["places"]], -int(one["periods"])
        block, mask = found.grid.counts[rows, since:].ravel(), found.hidden[rows, since:].ravel()
        hide = 0 < one["observed"] < found.small or bool(sums_tell(block, mask, found.small))
        left += hide
        kept = one | {"expected": float(f"{one['expected']:.2g}")} if mask.any() or hide else one
        clusters.append(kept | dict.fromkeys(_TELLS) if hide else kept)
    said = list(told["said"])
    if left:
        # What is said of single clusters and of few cases holds the numbers that are left out.
        said = [line for line in said if not re.match(r"Around |Only \d", line)]
        said.append(f"The numbers of {left} clusters are not shown: small counts, or such as would tell one.")
    digest = {} if not found.hidden.any() else {"data_sha256": None}
    return {**told, "clusters": clusters, "said": said, **digest}
