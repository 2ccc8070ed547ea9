"""One target whole: its words, each reading with its path, the actuals, breaks, notes, and what its record lacks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from counterflow.account.indicators.board import actual_row
from counterflow.core.errors import UnknownName
from counterflow.flow.account_targets import board_of, pack_named, series_for

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["target_of"]


def target_of(
    name: str, target: str, workspace: Workspace | None = None, *, today: dt.date | None = None
) -> dict[str, Any]:
    """Return one target with all that concerns it.

    Keys: pack, target (as on the board, or as it was refused), refused (why; "" where it is shown), path (by reading),
    actuals, problems, variances, locked.

    Raises:
        UnknownName: there is no such pack or target.
    """
    pack = pack_named(name, workspace)
    known = {one.id: one for one in pack.targets}
    if target not in known:
        raise UnknownName("target", target, known)
    held = known[target]
    board = board_of(name, workspace, today=today, path=True)
    row = next((one for one in board["rows"] if one["id"] == target), None)
    refused = next((one for one in board["refused"] if one["id"] == target), None)
    own, counted = series_for(pack, held.indicator, workspace)
    made_on = dt.date.fromisoformat(board["made_on"])
    series = [one for one in counted if (one.as_of or one.period.last) <= made_on]
    variances: list[dict[str, Any]] = []
    locked = None
    if workspace is not None:
        from counterflow.account.indicators.kept import kept_pack, locks_of
        from counterflow.account.indicators.kept import variances as against

        locks = locks_of(workspace, pack.name)
        locked = locks[target]["locked_at"].date().isoformat() if target in locks else None
        if kept_pack(workspace, pack.name) is not None:
            variances = [one for one in against(workspace, pack.name) if one["target"] == target]
    return {
        "pack": pack.name, "target": row or refused, "refused": refused["why"] if refused else "",
        "locked": locked, "path": _paths(held), "actuals": [actual_row(one, own) for one in series],
        "problems": [one.as_dict() for one in pack.problems if one.target in (target, held.indicator)],
        "variances": variances,
    }  # fmt: skip


def _paths(target: Any) -> list[dict[str, Any]]:
    """Return the straight path of each reading: baseline, milestones, what is to be reached."""
    base, paths = target.baseline, []
    for reading in target.readings:
        points = []
        if base is not None and base.period is not None:
            points.append({"day": base.period.last.isoformat(), "value": base.amount.value, "what": "baseline"})
        points += [{"day": one.period.last.isoformat(), "value": one.amount.value, "what": "milestone"}
                   for one in sorted(target.milestones, key=lambda each: each.period.last)
                   if one.period.last < reading.deadline.last]  # fmt: skip
        if reading.amount is not None:
            points.append({"day": reading.deadline.last.isoformat(), "value": reading.amount.value, "what": "target"})
        paths.append({"reading": reading.id, "points": points})
    return paths
