"""Stored counts as they may be shown: small cells withheld, the same ones in whichever output they stand.

Cells are withheld over all that a source counts, parts and wholes, before the places asked for are taken out. So two
outputs of one day cannot be set against each other: what is withheld in one is withheld in the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.watch.grid import Grid
from counterflow.watch.series.stored import Named, grid, within_of
from counterflow.watch.series.suppress import withhold_grid

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["shown_grid"]

Mask = npt.NDArray[np.bool_]


def shown_grid(
    store: Store, k: int, *, as_of: dt.date | None = None, grain: str | None = None, week: str = "iso",
    within: Mapping[str, str] | None = None, place: Named = None, level: Named = None, **asked: Any,
) -> tuple[Grid, Grid, Mask]:  # fmt: skip
    """Return stored counts with what must be withheld as NaN, the same with all counts, and which those are.

    Args:
        store: the tables.
        k: counts from 1 to k - 1 are small.
        as_of: day; None: the latest.
        grain: as `counterflow.watch.series.stored.grid` has it.
        week: iso or mmwr.
        within: place to the place it lies in, to sum to those.
        place: names of places to show; None: all.
        level: levels to show; None: all.
        asked: source, measure, subject and definition.

    Raises:
        InputError, UsageError: as `grid` does.
        UnknownName: a place or level that is not held.
        EngineError: what would be shown gives a small cell away.
    """
    whole = grid(store, as_of=as_of, grain=grain, week=week, within=within, **asked)
    sources = sorted(set(whole.key.column("source").to_pylist()))
    lies_in = within_of(store, sources) if within is None else {}
    hidden, mask = withhold_grid(whole, k, lies_in)
    rows = np.flatnonzero(_chosen(whole, "place", place) & _chosen(whole, "level", level))
    return hidden.of(rows), whole.of(rows), mask[rows]


def _chosen(whole: Grid, name: str, wanted: Named) -> Mask:
    own = np.array(whole.key.column(name).to_pylist(), object)
    if wanted is None:
        return np.ones(len(own), bool)
    names: Sequence[str] = [wanted] if isinstance(wanted, str) else wanted
    for each in names:
        if each not in own:
            raise UnknownName(name, each, {str(word) for word in own})
    return np.isin(own, names)
