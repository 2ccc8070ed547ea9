"""From cells to streams: what was looked for when, what a share is of, where a baseline must begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.emergence.streams import BASES, DENOMINATORS, KEY, Change, Streams
from counterflow.watch.series.periods import between

__all__ = ["ALL", "Cells", "build"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

#: subject whose count is the number tested by a counter in a period
ALL = "all"
_UNSAID = -1
_PANEL, _SAID, _TESTED, _NEVER = range(len(BASES))
_OF_TESTED, _OF_ALL, _OF_NOTHING = range(len(DENOMINATORS))
#: changes after which what was before is no baseline
_BREAKS = ("definition", "date-basis", "coverage")


@dataclass(frozen=True)
class Cells:
    """Counts one by one; arrays of one length.

    Args:
        key: source, place, measure, subject, definition.
        starts: first day of each cell's period.
        count: findings; NaN where not known.
        tested: number tested; NaN where not given.
        looked: 1 looked for, 0 not, -1 not said.
    """

    key: pa.Table
    starts: npt.NDArray[np.datetime64]
    count: Floats
    tested: Floats
    looked: npt.NDArray[np.int8]


@dataclass
class _Grids:
    """What is gathered per stream and period."""

    found: Floats
    tested: Floats
    said: npt.NDArray[np.int8]
    there: Bools
    definition: Whole


def build(cells: Cells, grain: str, changes: Sequence[Change]) -> Streams:
    """Return the streams of cells whose days are first days of periods of `grain`.

    Raises:
        InputError: no cell is of a subject.
    """
    starts = between(cells.starts.min(), cells.starts.max(), grain)
    at = np.searchsorted(starts, cells.starts)
    units, unit = _codes(cells.key, ("source", "place", "measure"))
    total = np.array([str(name).casefold() == ALL for name in cells.key.column("subject").to_pylist()], bool)
    key, series = _codes(cells.key.filter(pa.array(~total)), KEY.names)
    if not key:
        raise InputError("Only numbers tested stand here, no findings.", hint="Give rows of subjects beside `all`.")
    grids = _gathered(cells, at, series, total, (len(key), len(starts)))
    of_unit = _unit_of(units, key)
    totals, reported = _unit_totals(cells, at, unit, total, (len(units), len(starts)))
    look, basis, sudden = _looked(grids, reported[of_unit], key, starts, changes)
    silent = look & ~grids.there & reported[of_unit]
    found = np.where(silent, 0.0, np.where(look, grids.found, np.nan))
    look &= ~np.isnan(found)
    tested = np.where(np.isnan(grids.tested), totals[of_unit], grids.tested)
    denominator = np.where(np.isnan(tested).all(1), _OF_NOTHING, _OF_TESTED).astype(np.int8)
    _share_of_reports(found, tested, look, of_unit, denominator)
    tested = np.where(np.isnan(found), tested, np.maximum(tested, found))
    restart = _restarts(grids.definition, key, starts, changes) | sudden
    table = pa.table([pa.array(column, pa.string()) for column in zip(*key, strict=True)], schema=KEY)
    return Streams(table, grain, starts, found, tested, look, restart, basis, denominator, tuple(changes))


def _codes(table: pa.Table, names: Sequence[str]) -> tuple[list[tuple[str, ...]], Whole]:
    """Return the distinct keys in order, and which one each row has."""
    rows = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
    keys = sorted(set(rows))
    place = {key: number for number, key in enumerate(keys)}
    return keys, np.array([place[row] for row in rows], np.int64)


def _unit_of(units: Sequence[tuple[str, ...]], key: Sequence[tuple[str, ...]]) -> Whole:
    place = {unit: number for number, unit in enumerate(units)}
    return np.array([place[one[:3]] for one in key], np.int64)


def _gathered(cells: Cells, at: Whole, series: Whole, total: Bools, shape: tuple[int, int]) -> _Grids:
    """Lay the cells out; several in one place (days of a month) are added up."""
    own, when = ~total, at[~total]
    found, tested = np.zeros(shape), np.full(shape, np.nan)
    there, said = np.zeros(shape, bool), np.full(shape, _UNSAID, np.int8)
    definition = np.full(shape, -1, np.int64)
    np.add.at(found, (series, when), np.nan_to_num(cells.count[own]))
    there[series, when] = True
    given = ~np.isnan(cells.tested[own])
    tested[series[given], when[given]] = 0.0
    np.add.at(tested, (series[given], when[given]), cells.tested[own][given])
    np.maximum.at(said, (series, when), cells.looked[own])
    names = np.array(cells.key.column("definition").to_pylist(), object)[own]
    definition[series, when] = np.unique(names.astype(str), return_inverse=True)[1]
    unknown = np.zeros(shape, bool)
    unknown[series[np.isnan(cells.count[own])], when[np.isnan(cells.count[own])]] = True
    found[unknown & (said < 1)] = np.nan
    return _Grids(found, tested, said, there, definition)


def _unit_totals(cells: Cells, at: Whole, unit: Whole, total: Bools, shape: tuple[int, int]) -> tuple[Floats, Bools]:
    """Return how many each counter tested (NaN where it does not say), and in which periods it reported at all."""
    totals, reported = np.full(shape, np.nan), np.zeros(shape, bool)
    reported[unit, at] = True
    stated = total & ~np.isnan(cells.count)
    totals[unit[stated], at[stated]] = 0.0
    np.add.at(totals, (unit[stated], at[stated]), cells.count[stated])
    return totals, reported


def _looked(
    grids: _Grids, reported: Bools, key: Sequence[tuple[str, ...]], starts: npt.NDArray[np.datetime64],
    changes: Sequence[Change],
) -> tuple[Bools, npt.NDArray[np.int8], Bools]:  # fmt: skip
    """Return when each stream was looked for, how that is known, and where looking begins or is taken up again."""
    shape = grids.found.shape
    look = np.zeros(shape, bool)
    basis = np.full(shape[0], _NEVER, np.int8)
    sudden = np.zeros(shape, bool)
    for row in range(shape[0]):
        state = _by_panel(key[row], starts, changes)
        if state is not None:
            basis[row] = _PANEL
            look[row] = (state == 1) & (grids.there[row] | reported[row]) & (grids.said[row] != 0)
            turns = np.flatnonzero(np.diff(state, prepend=state[0]) != 0)
            # A change inside a period leaves that period mixed: the baseline begins anew after it too.
            sudden[row, turns] = True
            sudden[row, turns[turns + 1 < shape[1]] + 1] = True
            continue
        said, tested, there = grids.said[row], grids.tested[row], grids.there[row]
        if (said == 1).any():
            basis[row], look[row] = _SAID, said == 1
        elif (tested > 0).any():
            basis[row], look[row] = _TESTED, (tested > 0) & (said != 0)
        else:
            positive = np.flatnonzero(np.nan_to_num(grids.found[row]) > 0)
            first = positive[0] if len(positive) else shape[1]
            look[row] = there & (np.arange(shape[1]) >= first) & (said != 0)
    return look, basis, sudden


def _by_panel(
    key: tuple[str, ...], starts: npt.NDArray[np.datetime64], changes: Sequence[Change]
) -> npt.NDArray[np.int8] | None:
    """Return 1 or 0 for each period as the panel says; None where it says nothing of this stream.

    What is said of the subject by name goes before what is said of all (`*`).
    """
    mine = [one for one in changes if one.kind in ("added", "dropped") and one.of(*key[:4])]
    named = [one for one in mine if one.subject != "*"]
    mine = sorted(named or mine, key=lambda one: one.day)
    if not mine:
        return None
    # Before the first word of the panel the opposite held.
    state = np.full(len(starts), 0 if mine[0].kind == "added" else 1, np.int8)
    for one in mine:
        state[_period_of(starts, one.day) :] = 1 if one.kind == "added" else 0
    return state


def _period_of(starts: npt.NDArray[np.datetime64], day: np.datetime64) -> int:
    """Return the place of the period that holds a day; 0 before the first, their number after the last."""
    step = starts[-1] - starts[-2] if len(starts) > 1 else np.timedelta64(1, "D")
    if day >= starts[-1] + step:
        return len(starts)
    return max(int(np.searchsorted(starts, day, side="right")) - 1, 0)


def _restarts(
    definition: Whole, key: Sequence[tuple[str, ...]], starts: npt.NDArray[np.datetime64], changes: Sequence[Change]
) -> Bools:
    """Return where a definition, a basis of dates or a coverage changed."""
    restart = np.zeros(definition.shape, bool)
    breaks = [one for one in changes if one.kind in _BREAKS and starts[0] < one.day]
    for row in range(len(key)):
        for one in breaks:
            at = _period_of(starts, one.day)
            if one.of(*key[row][:4]) and at < len(starts):
                restart[row, at] = True
                if one.day != starts[at] and at + 1 < len(starts):
                    restart[row, at + 1] = True
        known = np.flatnonzero(definition[row] >= 0)
        turned = np.flatnonzero(np.diff(definition[row, known]) != 0) + 1
        restart[row, known[turned]] = True
    return restart


def _share_of_reports(
    found: Floats, tested: Floats, look: Bools, of_unit: Whole, denominator: npt.NDArray[np.int8]
) -> None:
    """Where nobody says how many were tested, take a share of all reports of subjects looked for in every period.

    Only these can be added up: a subject that joins or leaves the panel would move every other share.
    """
    for unit in np.unique(of_unit[denominator == _OF_NOTHING]):
        rows = np.flatnonzero(of_unit == unit)
        active = look[rows].any(0)
        core = rows[look[np.ix_(rows, np.flatnonzero(active))].all(1)]
        total = np.nansum(found[core], axis=0)
        for row in rows[denominator[rows] == _OF_NOTHING]:
            others = total - np.nan_to_num(found[row]) if row in core else total
            if len(core) > (row in core) and others.sum() > 0:
                tested[row] = np.where(look[row], others + np.nan_to_num(found[row]), np.nan)
                denominator[row] = _OF_ALL
