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
from counterflow.watch.disclosure import role_in_force
from counterflow.watch.disclosure.cells import seen_cells
from counterflow.watch.grid import Grid
from counterflow.watch.look import keep as keep_alarms
from counterflow.watch.look import look
from counterflow.watch.series.shown import shown_grid

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Seen", "stored_verdicts", "two_digits", "without_hidden"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """Verdicts on stored counts.

    Args:
        grid: the counts.
        hidden: the same with what must be withheld as NaN.
        judged: verdicts of each method, with the place from which each series is judged.
        shown: which counts the role may see, shape (S, T).
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
        budget: false alarms borne; None: the setting `watch.budget` for the default, for others their own threshold.
        as_of: as known on this day; None: the latest.
        keep: put the default's alarms of the newest period on record.
        role: who asks.
        purpose: what for.
        names: source, measure, subject, place, level and grain.
    """
    role_in_force(workspace.settings.watch.role, role)
    small = workspace.settings.watch.small_cell
    hidden, grid, mask = shown_grid(workspace.store, small, as_of=as_of, **names)
    said: list[str] = []
    judged: list[tuple[Judged, Whole]] = []
    for method in methods:
        if method == "default":
            chosen = workspace.settings.watch
            seen = look(
                workspace.store, as_of=as_of, budget=budget or chosen.budget, holidays=chosen.holidays, **names
            )  # fmt: skip
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
    may = seen_cells(workspace, grid, role, purpose)
    said += [may.why] if may.why else []
    if mask.any():
        said.append(
            f"{int(mask.sum()):,} counts from 1 to {small - 1}, or beside such, are withheld, with their scores."
        )
    own = grid.key.column("place").to_pylist()
    labels = [
        name if place == own[at] else place for at, (name, place) in enumerate(zip(grid.names, may.places, strict=True))
    ]
    judged = [(without_hidden(each, mask), begin) for each, begin in judged]
    return Seen(grid, hidden, tuple(judged), may.cells, labels, tuple(said))


def without_hidden(judged: Judged, mask: npt.NDArray[np.bool_]) -> Judged:
    """Return verdicts without what would tell a hidden count.

    A score beside its expectation does, and a threshold beside its verdict narrows it. What is expected by a mean of
    few periods tells a hidden one of them, so in a series that hides any it is empty, and the default's, which rests on
    many, is a whole number of two digits.

    Args:
        judged: the verdicts.
        mask: which counts are withheld, shape (S, T).
    """
    telling = np.repeat(np.asarray(mask.any(axis=1, keepdims=True), bool), mask.shape[1], axis=1)
    expected = np.where(telling, two_digits(judged.expected) if judged.method == "default" else np.nan, judged.expected)
    upper = np.where(telling, np.nan, judged.upper)
    return replace(judged, expected=expected, upper=upper, score=np.where(telling, np.nan, judged.score))


def two_digits(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values as whole numbers of two digits.

    One case moves what the default expects by some .03 for weeks: where little is expected, two digits would show that.

    >>> two_digits(np.array([24.318, 0.31, 118.0, 0.0])).tolist()
    [24.0, 0.0, 120.0, 0.0]
    """
    whole = np.round(values)
    size = np.floor(np.log10(np.where(np.abs(whole) > 0, np.abs(whole), 1.0)))
    step = 10.0 ** np.maximum(size - 1, 0)
    return np.asarray(np.round(whole / step) * step, np.float64)
