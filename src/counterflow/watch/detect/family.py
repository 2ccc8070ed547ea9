"""Many series at once: which alarms stand when thousands are looked at, and which level of a hierarchy explains them.

A budget of false alarms is one answer to multiplicity. The other is the share of false ones among the alarms shown:
Benjamini & Hochberg (J. R. Stat. Soc. B 57 (1995) 289-300), with the factor of Benjamini & Yekutieli (Ann. Stat. 29
(2001) 1165-1188) where series hang together in any way. Evidence of several series is joined by the Cauchy combination
(Liu & Xie, J. Am. Stat. Assoc. 115 (2020) 393-402), which stays valid in the tail where they are correlated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.errors import InputError
from counterflow.watch.detect.default import Verdict
from counterflow.watch.grid import Grid
from counterflow.watch.series.csv_text import open_csv

__all__ = ["Explained", "combined", "explain", "parents_of", "q_values", "read_within", "with_sums"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SMALLEST = 1e-15


def q_values(p: Floats, *, dependent: bool = False) -> Floats:
    """Return, for each p-value, the share of false alarms among all alarms at least as rare; NaN stays NaN.

    Args:
        p: p-values of one period, shape (S,).
        dependent: True: valid however the series hang together (Benjamini-Yekutieli), and much stricter.

    >>> q_values(np.array([0.01, 0.5, 0.02, np.nan])).round(3).tolist()
    [0.03, 0.5, 0.03, nan]
    """
    found, known = np.full(len(p), np.nan), np.flatnonzero(~np.isnan(p))
    n = len(known)
    if not n:
        return found
    order = known[np.argsort(p[known], kind="stable")]
    factor = (1.0 / np.arange(1, n + 1)).sum() if dependent else 1.0
    raw = p[order] * n * factor / np.arange(1, n + 1)
    found[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return found


def combined(p: Floats) -> float:
    """Return one p-value for the evidence of several series, correlated or not; NaN where none is known.

    >>> round(combined(np.array([0.001, 0.4, 0.7])), 4)
    0.003
    """
    known = np.clip(p[~np.isnan(p)], _SMALLEST, 1.0 - 1e-9)
    if not len(known):
        return float("nan")
    mean = np.tan((0.5 - known) * np.pi).mean()
    return float(0.5 - np.arctan(mean) / np.pi)


def read_within(path: Path) -> dict[str, str]:
    """Read which series is a part of which: a CSV with columns series,within.

    Raises:
        InputError: no such file, a column is lacking, or a series is said to be within two others.
    """
    text = open_csv(path, "a CSV with the columns series,within")
    series, within = (text.header.index(text.need(name)) for name in ("series", "within"))
    found: dict[str, str] = {}
    for line, row in text.rows():
        if len(row) != len(text.header):
            text.fail(f"The row has {len(row)} fields, the header {len(text.header)}.", hint="Mend the row.", line=line)
        name, parent = row[series].strip(), row[within].strip()
        if parent and found.setdefault(name, parent) != parent:
            hint = "A series is a part of one other; give every place one parent."
            said = f"{name} is within {found[name]} already."
            text.fail(said, hint=hint, line=line, column=text.header[within], value=parent)
    return found


def parents_of(grid: Grid, within: Mapping[str, str]) -> Ints:
    """Return the place in the grid of the series that each series is counted within, or -1.

    Args:
        grid: the series.
        within: name of a series to the name of the one that it is a part of.

    Raises:
        InputError: a series is within itself, directly or by way of others.
    """
    at = {name: i for i, name in enumerate(grid.names)}
    parent = np.array([at.get(within.get(name, ""), -1) for name in grid.names], np.int64)
    seen, up = np.arange(len(parent)), parent.copy()
    for _ in range(len(parent)):
        if (up < 0).all():
            return parent
        if (round_about := np.flatnonzero(up == seen)).size:
            name = grid.names[int(round_about[0])]
            raise InputError(f"{name} is counted within itself, by way of its parents.", hint="Parents form a tree.")
        up = np.where(up >= 0, parent[up], -1)
    raise InputError("Parents of series go round in a circle.", hint="Parents form a tree.")


def with_sums(grid: Grid, within: Mapping[str, str]) -> Grid:
    """Return the grid with a series for each parent that is not one of its own: the sum of its children.

    The sum is unknown where any child is; a parent that is counted itself is left as counted.
    """
    counts, names = grid.counts, grid.names
    while missing := sorted({within[name] for name in names if name in within} - set(names)):
        children = [[i for i, name in enumerate(names) if within.get(name) == parent] for parent in missing]
        counts = np.vstack([counts, *[counts[rows].sum(axis=0, keepdims=True) for rows in children]])
        names = [*names, *missing]
    if len(names) == len(grid.names):
        return grid
    extra = len(names) - len(grid.names)
    added = {field.name: [""] * extra for field in grid.key.schema} | {"series": names[-extra:]}
    key = pa.concat_tables([grid.key, pa.table(added, schema=grid.key.schema)])
    return Grid(key, grid.grain, grid.starts, grid.t, counts, None, grid.as_of, grid.season)


@dataclass(frozen=True)
class Explained:
    """Alarms of one period with each told once, at the lowest level that explains it.

    Args:
        told: whether each series' alarm is to be told, shape (S,).
        by: series whose own rise accounts for the alarm of this one, or -1.
        because: own (its own rise), parts (a rise over several parts, more than the alarms among them account for),
            below (accounted for by alarms below it: not told) or none (no alarm).
        q: share of false ones among alarms as rare as this, over all series of the period.
    """

    told: npt.NDArray[np.bool_]
    by: Ints
    because: tuple[str, ...]
    q: Floats


def explain(grid: Grid, verdict: Verdict, parent: Ints, t: int) -> Explained:
    """Return which alarms of period `t` stand by themselves.

    From the lowest level up: the excess of alarms told below a series is taken off its count; where what is left is no
    longer above its threshold, its alarm is theirs and is not told again. Otherwise it rose in more than they say.

    Args:
        grid: the series.
        verdict: verdicts on them.
        parent: place of the series that each is counted within, or -1 (`parents_of`).
        t: place of the period.
    """
    alarm = verdict.judged.alarm[:, t] == 1
    excess = np.where(alarm, _excess(grid, verdict, t), 0.0)
    told, by = np.zeros(len(alarm), np.bool_), np.full(len(alarm), -1, np.int64)
    because = ["none"] * len(alarm)
    taken, most = np.zeros(len(alarm)), np.zeros(len(alarm))
    below = np.full(len(alarm), -1, np.int64)
    has_parts = np.isin(np.arange(len(alarm)), parent)
    for i in _lowest_first(parent):
        if alarm[i]:
            left = grid.counts[i, t] - taken[i]
            told[i] = left > verdict.judged.upper[i, t]
            because[i] = "below" if not told[i] else ("parts" if has_parts[i] else "own")
            by[i] = below[i] if not told[i] else -1
        up = parent[i]
        if up >= 0:
            # What is told below a series is its part of the rise; so is its own where it is told.
            rise = excess[i] if told[i] else taken[i]
            taken[up] += rise
            if rise > most[up]:
                most[up], below[up] = rise, (i if told[i] else below[i])
    return Explained(told, by, tuple(because), q_values(10.0 ** -verdict.judged.score[:, t]))


def _excess(grid: Grid, verdict: Verdict, t: int) -> Floats:
    """Return by how much the sum that was judged lies above its expectation, in cases of the period itself."""
    rule = next(each.rule for each in reversed(verdict.threshold.choices) if each.start <= t)
    found = np.zeros(len(grid.counts))
    for back, weight in enumerate(rule.weights[: t + 1]):
        over = grid.counts[:, t - back] - verdict.baseline.mean[:, t - back]
        found += weight / rule.weights[0] * np.nan_to_num(over)
    return found


def _lowest_first(parent: Ints) -> list[int]:
    """Return the series with every part before what it is a part of."""
    depth, up = np.zeros(len(parent), np.int64), parent.copy()
    while (up >= 0).any():
        depth += up >= 0
        up = np.where(up >= 0, parent[up], -1)
    return [int(i) for i in np.argsort(-depth, kind="stable")]
