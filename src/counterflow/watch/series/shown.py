"""Stored counts as they may be shown: small cells withheld, the same ones in whichever output they stand.

Cells are withheld over all that a source counts, parts and wholes, before the places asked for are taken out. So two
outputs of one day cannot be set against each other: what is withheld in one is withheld in the other. A sum over days,
months or places is withheld where it would tell one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.watch.grid import Grid
from counterflow.watch.series.coarser import to_grain, within_places
from counterflow.watch.series.periods import starts_of
from counterflow.watch.series.stored import Named, grid, stored_grain, within_of
from counterflow.watch.series.suppress import is_small, sums_tell, withhold_grid

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["shown_grid"]

Mask = npt.NDArray[np.bool_]
_WEEKS = (("week", "iso"), ("week", "mmwr"))
#: from grain to grain, what can be asked for in between
_STEPS: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("day", "month"): _WEEKS,
    ("day", "quarter"): (*_WEEKS, ("month", "iso")),
    ("day", "year"): (*_WEEKS, ("month", "iso"), ("quarter", "iso")),
    ("month", "year"): (("quarter", "iso"),),
}


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
    stored = stored_grain(store, grain, **asked)
    fine = grid(store, as_of=as_of, grain=stored, **asked)
    lies_in = within_of(store, sorted(set(fine.key.column("source").to_pylist())))
    hidden, mask = withhold_grid(fine, k, lies_in)
    whole = fine
    if within is not None:
        whole = within_places(fine, within)
        mask = is_small(whole.counts, k) | _told_by_places(fine, mask, whole, within, k, lies_in)
        hidden, lies_in = replace(whole, counts=np.where(mask, np.nan, whole.counts)), {}
    if grain not in (None, stored):
        finer, whole = whole, to_grain(whole, str(grain), week=week)
        hidden, mask = withhold_grid(whole, k, lies_in, _told_by_periods(finer, mask, whole, k, week, lies_in))
    rows = np.flatnonzero(_chosen(whole, "place", place) & _chosen(whole, "level", level))
    return hidden.of(rows), whole.of(rows), mask[rows]


def _told_by_periods(fine: Grid, mask: Mask, coarse: Grid, k: int, week: str, lies_in: Mapping[str, str]) -> Mask:
    """Return which sums over periods would tell a withheld one of them, shape of `coarse`.

    Sums of another grain that lie in such a sum can be asked for too, and taken off it: what is left must not tell
    either. So a year is withheld where it less its quarters that are shown would tell the month that a quarter hides.
    """
    firsts = starts_of(fine.starts, coarse.grain, week=week)
    steps = [_shown_sums(fine, mask, step, k, lies_in) for step in _STEPS.get((fine.grain, coarse.grain), ())]
    out = np.zeros(coarse.counts.shape, bool)
    for at, first in enumerate(coarse.starts):
        part = np.flatnonzero(firsts == first)
        if mask[:, part].any():
            out[:, at] = sums_tell(fine.counts[:, part], mask[:, part], k)
            for known, of in steps:
                inside = np.bincount(of[part], minlength=known.shape[1]) == np.bincount(of, minlength=known.shape[1])
                left = mask[:, part] & ~(known & inside)[:, of[part]]
                out[:, at] |= sums_tell(fine.counts[:, part], left, k)
    if week == "mmwr" and (fine.grain, coarse.grain) == ("day", "week"):
        out |= _told_by_sundays(fine, mask, coarse, *_shown_sums(fine, mask, ("week", "iso"), k, lies_in))
    return out


def _told_by_sundays(fine: Grid, mask: Mask, coarse: Grid, known: Mask, of: npt.NDArray[np.int64]) -> Mask:
    """Return which weeks from Sunday differ from a shown week from Monday by two Sundays of which one is hidden."""
    out = np.zeros(coarse.counts.shape, bool)
    first = (coarse.starts.astype("datetime64[D]") - fine.starts[0]).astype(np.int64)
    for at, sunday in enumerate(first):
        if sunday >= 0 and sunday + 7 < mask.shape[1]:
            out[:, at] = known[:, of[sunday + 1]] & mask[:, [sunday, sunday + 7]].any(axis=1)
    return out


def _shown_sums(
    fine: Grid, mask: Mask, step: tuple[str, str], k: int, lies_in: Mapping[str, str]
) -> tuple[Mask, npt.NDArray[np.int64]]:
    """Return which sums of a grain in between are shown, and the sum that each fine period is a part of."""
    grain, week = step
    sums = to_grain(fine, grain, week=week)
    hidden, _ = withhold_grid(sums, k, lies_in, _told_by_periods(fine, mask, sums, k, week, lies_in))
    of = np.searchsorted(sums.starts, starts_of(fine.starts, grain, week=week))
    return np.isfinite(hidden.counts), of


def _told_by_places(
    fine: Grid, mask: Mask, coarse: Grid, within: Mapping[str, str], k: int, listed: Mapping[str, str]
) -> Mask:
    """Return which sums over places would tell a withheld part, shape of `coarse`.

    One way of summing is known beforehand, that of the sources or of the register of places. Any other can be asked for
    twice with a place more, and the difference is that place: such a sum stands only where every part is shown.
    """
    names = ("source", "measure", "subject", "definition")
    own = [tuple(row[name] for name in names) for row in fine.key.select(names).to_pylist()]
    places = [within.get(str(place)) for place in fine.key.column("place").to_pylist()]
    out = np.zeros(coarse.counts.shape, bool)
    for at, row in enumerate(coarse.key.to_pylist()):
        kind = tuple(row[name] for name in names)
        parts = [n for n, place in enumerate(places) if place == row["place"] and own[n] == kind]
        said = {part for part, whole in listed.items() if whole == row["place"]}
        known = said == {part for part, whole in within.items() if whole == row["place"]}
        out[at] = sums_tell(fine.counts[parts], mask[parts], k, axis=0) if known else mask[parts].any(axis=0)
    return out


def _chosen(whole: Grid, name: str, wanted: Named) -> Mask:
    own = np.array(whole.key.column(name).to_pylist(), object)
    if wanted is None:
        return np.ones(len(own), bool)
    names: Sequence[str] = [wanted] if isinstance(wanted, str) else wanted
    for each in names:
        if each not in own:
            raise UnknownName(name, each, {str(word) for word in own})
    return np.isin(own, names)
