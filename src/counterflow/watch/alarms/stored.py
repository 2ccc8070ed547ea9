"""Verdicts on stored counts: the look of the watch or named methods, and what of them a role may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.watch.alarms.judged import Judged
from counterflow.watch.alarms.methods import first_judged, judge
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.hold import hold
from counterflow.watch.disclosure import allowed, role_in_force
from counterflow.watch.disclosure.approvals import log_read, standing
from counterflow.watch.grid import Grid
from counterflow.watch.look import keep as keep_alarms
from counterflow.watch.look import look
from counterflow.watch.series.shown import shown_grid

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Seen", "stored_verdicts"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """Verdicts on stored counts.

    Args:
        grid: the counts.
        hidden: the same with what must be withheld as NaN.
        judged: verdicts of each method, with the place from which each series is judged.
        shown: which series the role may see.
        names: each series as it may be named.
        said: what the reader must know.
    """

    grid: Grid
    hidden: Grid
    judged: tuple[tuple[Judged, Whole], ...]
    shown: npt.NDArray[np.bool_]
    names: list[str]
    said: tuple[str, ...]


def stored_verdicts(  # noqa: PLR0913 - what a command line asks
    workspace: Workspace, methods: Sequence[str], settings: Mapping[str, Any], budget: Budget | None, *,
    as_of: dt.date | None, keep: bool, role: str | None, purpose: str, names: Mapping[str, Any],
) -> Seen:  # fmt: skip
    """Judge stored counts and withhold what may not be shown.

    Args:
        workspace: where they are.
        methods: names of methods, or `default`: the look, with the doubt of what is still to come.
        settings: of a named method.
        budget: false alarms borne; None: 0.01 for the default, the method's own threshold for others.
        as_of: as known on this day; None: the latest.
        keep: put the default's alarms of the newest period on record.
        role: who asks.
        purpose: what for.
        names: source, measure, subject, place, level and grain.
    """
    in_force = role_in_force(workspace.settings.watch.role, role)
    small = workspace.settings.watch.small_cell
    hidden, grid, mask = shown_grid(workspace.store, small, as_of=as_of, **names)
    said: list[str] = []
    judged: list[tuple[Judged, Whole]] = []
    for method in methods:
        if method == "default":
            seen = look(workspace.store, as_of=as_of, budget=budget or 0.01, **names)
            if seen.grid.names != grid.names:
                raise UsageError("A place or level is named that the look does not split by.", hint="Name a method.")
            said += seen.said
            known = seen.judged.alarm >= 0
            judged.append((seen.judged, np.where(known.any(axis=1), known.argmax(axis=1), len(grid.t))))
            if keep:
                kept = keep_alarms(workspace, seen)
                said.append(f"On record: {len(kept.new)} new alarms; {len(kept.corrected)} taken back.")
            continue
        found, begin = judge(grid, method, **settings), first_judged(grid, method, **settings)
        if budget is not None:
            held = hold(found, grid, budget)
            found = held.judged
            said += held.said
        judged.append((found, begin))
    period = (grid.starts[0].astype(dt.date), grid.starts[-1].astype(dt.date))
    today = workspace.clock().date()
    may = allowed(grid.key, in_force, purpose, approvals=standing(workspace.store), now=today, period=period)
    if may.approvals:
        log_read(workspace, may.approvals, in_force, purpose, grid.key.num_rows)
    said += [may.why] if may.why else []
    if mask.any():
        said.append(
            f"{int(mask.sum()):,} counts from 1 to {small - 1}, or beside such, are withheld, with their scores."
        )
    own = grid.key.column("place").to_pylist()
    labels = [
        name if place == own[at] else place for at, (name, place) in enumerate(zip(grid.names, may.places, strict=True))
    ]
    # A score beside its expectation gives the count away.
    judged = [(replace(each, score=np.where(mask, np.nan, each.score)), begin) for each, begin in judged]
    return Seen(grid, hidden, tuple(judged), may.shown, labels, tuple(said))
