"""The alarm methods by name, and the one way to ask them.

>>> import numpy as np, pyarrow as pa
>>> from counterflow.watch.grid import KEY, Grid
>>> key = pa.table({name: [name] for name in KEY.names}, schema=KEY)
>>> counts = np.array([[2, 3, 2, 4, 3, 2, 3, 2, 3, 2, 9.0]])
>>> grid = Grid(key, "week", np.full(11, "NaT", "datetime64[D]"), np.arange(1, 12), counts)
>>> judge(grid, "ears-c1").alarm[0, -2:].tolist()
[0, 1]
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName
from counterflow.watch.alarms import bayes, cusum, ears, farrington, glrnb, shewhart
from counterflow.watch.alarms.judged import Judged
from counterflow.watch.alarms.settings import Asked, Setting, checked
from counterflow.watch.grid import Grid

__all__ = ["METHODS", "Method", "first_judged", "judge", "method_of"]

Whole = npt.NDArray[np.int64]

#: series a worker takes at once
_BLOCK = 500


@dataclass(frozen=True)
class Method:
    """A way to tell a count that is too high.

    Args:
        name: as `--method` takes it.
        source: who published it.
        needs: history without which it gives no verdict, in words.
        expected: what `expected` is, in words.
        defaults: its settings; those of R's functions where R has the method.
        module: where it is.
        mind: what a user of its defaults must know; said whenever it runs with them.
    """

    name: str
    source: str
    needs: str
    expected: str
    defaults: Mapping[str, Setting]
    module: Any
    mind: str = ""


_HUTWAGNER = (
    "Hutwagner et al. 2003, J Urban Health 80 (suppl 1): i89; Fricker, Hegler and Dunfee 2008, Stat Med 27: 3407"
)
_YEARS = "two years and 31 weeks (three years where the series has 290 weeks)"
_MEAN = "mean of the baseline"

#: every method of the `alarms` command that stands in print, and the lagged Shewhart chart
METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("ears-c1", _HUTWAGNER, "9 periods", _MEAN, ears.C1, ears),
        Method("ears-c2", _HUTWAGNER, "9 periods", _MEAN, ears.C2, ears),
        Method("ears-c3", _HUTWAGNER, "11 periods, none constant for 7", _MEAN, ears.C3, ears),
        Method("farrington", "Farrington, Andrews, Beale and Catchpole 1996, J R Stat Soc A 159: 547", _YEARS,
               "the fit's expectation of the week", farrington.ORIGINAL, farrington),
        Method("farrington-flexible", "Noufaily et al. 2013, Stat Med 32: 1206", _YEARS,
               "the fit's expectation of the week", farrington.FLEXIBLE, farrington),
        Method("cusum-rossi", "Rossi, Lampugnani and Marchi 1999, Stat Med 18: 2111", _YEARS,
               "mean of all earlier counts", cusum.ROSSI, cusum),
        Method("bayes", "Riebler 2004, thesis, LMU Munich; Höhle 2007, Comput Stat 22: 571", _YEARS,
               "mean of the predictive distribution", bayes.BAYES, bayes),
        Method("glrnb", "Höhle and Paul 2008, Comput Stat Data Anal 52: 4357", _YEARS,
               "mean of the seasonal fit to earlier counts", glrnb.GLRNB, glrnb,
               "it seeks the rise as R does and misses the steepest (some twenty times the mean); --set search=safe"
               " finds them"),
        Method("shewhart", "own definition after Shewhart 1931 and Woodall 2006, J Qual Technol 38: 89",
               "26 known periods that end 8 before", _MEAN, shewhart.SHEWHART, shewhart),
    )
}  # fmt: skip


def method_of(name: str) -> Method:
    """Return the method of this name.

    Raises:
        UnknownName: there is none; the nearest are shown.
    """
    if name not in METHODS:
        raise UnknownName("alarm method", name, METHODS)
    return METHODS[name]


def judge(
    grid: Grid, method: str, at: Sequence[int] | Whole | None = None, *, workers: int | None = None, **settings: Setting
) -> Judged:
    """Judge the periods of every series by one method.

    Each series is taken from its first to its last known count, as if it stood alone; how series are put together
    changes nothing.

    Args:
        grid: counts, series by period.
        method: a name of `METHODS`.
        at: places in T to judge; every place from the method's first on where None.
        workers: threads; one per core, at most 8, where None.
        settings: what differs from the method's defaults. `start` is the first period judged, counted from 1 within
            each series; it also ends the past from which `cusum-rossi` and `glrnb` take what is normal.

    Raises:
        UnknownName, UsageError: no such method, or a setting that is none of its own or out of range.
    """
    chosen = method_of(method)
    asked = _asked(grid, chosen, at, checked(method, chosen.defaults, settings))
    series = grid.counts.shape[0]
    blocks = [np.arange(low, min(low + _BLOCK, series)) for low in range(0, series, _BLOCK)]
    if len(blocks) <= 1:
        alone: Judged = chosen.module.judge(asked)
        return replace(alone, method=method)
    many = workers or min(os.cpu_count() or 1, 8)
    with ThreadPoolExecutor(many) as pool:
        parts = list(pool.map(lambda rows: chosen.module.judge(_rows(asked, rows)), blocks))
    columns = ("expected", "upper", "score", "alarm", "first")
    return Judged(method, *(np.concatenate([getattr(part, column) for part in parts]) for column in columns))


def first_judged(grid: Grid, method: str, **settings: Setting) -> Whole:
    """Return the place in T from which each series is judged; the number of periods where it is too short."""
    chosen = method_of(method)
    asked = _asked(grid, chosen, None, checked(method, chosen.defaults, settings))
    short = (asked.first < 0) | (asked.begin > asked.last)
    return np.where(short, len(grid.t), asked.begin)


def _asked(grid: Grid, method: Method, at: Sequence[int] | Whole | None, settings: dict[str, Setting]) -> Asked:
    known = ~np.isnan(grid.counts)
    any_known = known.any(axis=1)
    periods = len(grid.t)
    if not periods:
        known, any_known = np.zeros((len(known), 1), bool), np.zeros(len(known), bool)
    first = np.where(any_known, known.argmax(axis=1), -1)
    last = np.where(any_known, known.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    wanted = np.ones(periods, bool)
    if at is not None:
        wanted = np.zeros(periods, bool)
        wanted[np.asarray(at, np.int64)] = True
    asked = Asked(grid, first, last, np.zeros(len(first), np.int64), wanted, settings)
    before = method.module.reach(asked)
    start = settings["start"]
    if start is not None:
        before = np.maximum(np.full(len(first), int(start) - 1), 0)
    return replace(asked, begin=np.where(first >= 0, first + before, periods))


def _rows(asked: Asked, rows: Whole) -> Asked:
    return replace(
        asked, grid=asked.grid.of(rows), first=asked.first[rows], last=asked.last[rows], begin=asked.begin[rows]
    )
