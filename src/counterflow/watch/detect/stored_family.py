"""Alarms on stored counts of places within places, each told once, as a role may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.family import Explained, explain, parents_of
from counterflow.watch.disclosure.cells import Seen, seen_cells
from counterflow.watch.grid import Grid
from counterflow.watch.look import Look, look
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.stored import within_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["stored_family", "within_series"]

_SAME = ("source", "measure", "subject", "definition")


def stored_family(
    workspace: Workspace, budget: Budget | float, *, as_of: dt.date | None, last: int, every: bool, role: str | None,
    purpose: str, names: Mapping[str, Any],
) -> tuple[list[dict[str, Any]], list[str]]:  # fmt: skip
    """Return a row per alarm of the newest periods whose reports are in, and what is to be said.

    Args:
        workspace: whose counts.
        budget: false alarms that are borne.
        as_of: counts as known on this day; None: the latest.
        last: periods to tell.
        every: tell also alarms that others account for.
        role: who asks; None: whom the installation serves.
        purpose: what for.
        names: source, measure, subject, level and grain.
    """
    hidden, grid, _ = shown_grid(workspace.store, workspace.settings.watch.small_cell, as_of=as_of, **names)
    holidays = workspace.settings.watch.holidays
    seen = look(workspace.store, as_of=as_of, budget=budget, holidays=holidays, **names)
    may = seen_cells(workspace, grid, role, purpose)
    parent = parents_of(grid, within_series(workspace, grid))
    said = [*seen.said, *([may.why] if may.why else [])]
    if not (parent >= 0).any():
        said.append("No place is known to lie in another: every alarm stands by itself. `watch places` says it.")
    # What is to come of an unfinished period is not yet any place's own.
    finished = np.flatnonzero(np.isnan(seen.probability).all(axis=0))
    rows = []
    for t in finished[-last:].tolist():
        found = explain(seen.grid, seen.verdict, parent, t)
        rows += [_row(seen, hidden, may, parent, found, i, t) for i in _told(found, may, t, every)]
    return rows, said


def within_series(workspace: Workspace, grid: Grid) -> dict[str, str]:
    """Return which series counts a part of which other: all the same but the place, which lies in the other."""
    rows = grid.key.to_pylist()
    lies_in = within_of(workspace.store, sorted({str(row["source"]) for row in rows}))
    named = {(row["place"], *(row[name] for name in _SAME)): str(row["series"]) for row in rows}
    wholes = {
        str(row["series"]): named.get((lies_in.get(str(row["place"]), ""), *(row[name] for name in _SAME)))
        for row in rows
    }
    return {part: whole for part, whole in wholes.items() if whole is not None}


def _told(found: Explained, may: Seen, t: int, every: bool) -> list[int]:
    return [
        i
        for i, because in enumerate(found.because)
        if because != "none" and (every or found.told[i]) and may.cells[i, t]
    ]


def _row(
    seen: Look, hidden: Grid, may: Seen, parent: npt.NDArray[np.int64], found: Explained, i: int, t: int
) -> dict[str, Any]:
    names, judged = hidden.names, seen.judged
    count = hidden.counts[i, t]
    # A series that hides a count does not tell what was learned from it.
    hides = bool((np.isnan(hidden.counts[i]) & ~np.isnan(seen.grid.counts[i])).any())
    by, whole = int(found.by[i]), int(parent[i])
    return {
        "series": _name(names, may, hidden, i), "t": int(hidden.t[t]), "starts": str(hidden.starts[t]),
        "within": "" if whole < 0 else _name(names, may, hidden, whole),
        "observed": None if np.isnan(count) else int(count),
        "expected": float(f"{judged.expected[i, t]:.{1 if hides else 4}g}"),
        "upper": None if hides else round(float(judged.upper[i, t]), 3), "told": bool(found.told[i]),
        "because": found.because[i], "explained_by": "" if by < 0 or not may.cells[by, t] else names[by],
        "q": None if hides else round(float(found.q[i]), 4),
    }  # fmt: skip


def _name(names: list[str], may: Seen, grid: Grid, row: int) -> str:
    return names[row] if may.places[row] == grid.key.column("place")[row].as_py() else may.places[row]
