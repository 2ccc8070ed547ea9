"""Disparity alarms: has the burden of a group moved away from that of all, month by month, at the same declared risk?

Each month, within each band of declared risk, who of those opened belongs to a group is a draw without looking, were
all treated alike: hypergeometric, given how many were opened. That takes out whatever moves all groups at once. With
E_t expected of the N_t opened in month t, a cumulative sum of log likelihood ratios looks for a burden `RISE` times as
high (Page 1954; risk-adjusted: Steiner et al., Biostatistics 1 (2000) 441-452)::

    W_t = max(0, W_(t-1) + O_t log(RISE) - N_t log(1 + (RISE - 1) E_t / N_t))

The limit is not a table's: the months are replayed under the null thousands of times, and the limit is passed by any
group of a grouping with a chance of at most `BUDGET` a year. Where months scatter more than chance lets them, replays
scatter as much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.account.fairness.events import NOT_GIVEN, Events
from counterflow.account.fairness.rates import poisson_span
from counterflow.account.fairness.small import LEAST
from counterflow.core.seeds import generator

__all__ = ["BUDGET", "RISE", "Watched", "watch_burden"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: the rise of a burden that the sum is tuned to
RISE = 1.5
#: chance of any false alarm in a year, over all groups of a grouping
BUDGET = 0.05
_FEWEST, _MOST = 2_000, 20_000
_LEAST_MONTHS = 3


@dataclass(frozen=True)
class Watched:
    """What the watch over months says.

    Args:
        rows: one per group: by, group, months, alarm, month (first of the alarm), since (first month of the rise),
            ratio (seen over expected since then) with _low and _high, statistic, limit, words.
        paths: group to the sum after each month, for the chart.
        months: YYYY-MM, rising.
        why_not: why nothing was watched; empty where it was.
        said: what must be said.
    """

    rows: tuple[dict[str, Any], ...]
    paths: dict[str, Floats]
    months: tuple[str, ...]
    why_not: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Months:
    """Consignments and events by month, band and group; shape (months, bands, groups)."""

    consignments: Ints
    events: Ints

    @property
    def expected(self) -> Floats:
        """Events of each group and month, had each band been opened alike; shape (months, groups)."""
        whole = self.consignments.sum(axis=2)
        rate = np.divide(self.events.sum(axis=2), whole, out=np.zeros(whole.shape), where=whole > 0)
        return np.asarray((self.consignments * rate[:, :, None]).sum(axis=1))


def watch_burden(
    events: Events, by: str, *, measure: str = "fruitless", level: float = 0.95, budget: float = BUDGET, seed: int = 1
) -> Watched:
    """Watch the burden of each group of a grouping over months.

    Args:
        events: with their months.
        by: the grouping.
        measure: ``fruitless`` or ``inspected``.
        level: coverage of the ratio's interval.
        budget: chance of any false alarm in a year.
        seed: seed of the replays.
    """
    if events.period is None:
        return Watched((), {}, (), "no column says when", ())
    counts = events.fruitless if measure == "fruitless" else events.inspected
    months, month = np.unique(events.period.astype(str), return_inverse=True)
    names, group = np.unique(events.groups[by].astype(str), return_inverse=True)
    if len(months) < _LEAST_MONTHS or len(names) < 2:
        few = f"fewer than {_LEAST_MONTHS} months" if len(months) < _LEAST_MONTHS else "one group only"
        return Watched((), {}, tuple(months), f"{few}: nothing to watch", ())
    band = np.zeros(len(month), np.int64)
    if events.band is not None:
        band = np.unique(events.band.astype(str), return_inverse=True)[1].astype(np.int64)
    shape = (len(months), int(band.max()) + 1, len(names))
    table = _Months(*(_summed(shape, month, band, group, values) for values in (events.consignments, counts)))
    sizes = table.events.sum(axis=(0, 1))
    expected = table.expected
    spread = _scatter(table.events.sum(axis=1).astype(np.float64), expected)
    whole = np.flatnonzero((expected.sum(axis=0) >= LEAST) & (names != NOT_GIVEN) & (sizes > 0))
    said = []
    if len(whole) < len(names):
        said.append(f"{len(names) - len(whole)} group(s) with fewer than {LEAST} expected are not watched")
    if spread > 1:
        said.append(f"months scatter {spread:.2f} times as much as chance: limits are as much wider")
    if not len(whole):
        return Watched((), {}, tuple(months), "no group is large enough", tuple(said))
    sums = _sums(table.events.sum(axis=1).astype(np.float64)[:, whole], expected[:, whole], table, spread)
    limits = _limits(table, expected, whole, spread, min(budget * len(months) / 12, 0.5), generator(seed, "alarm", by))
    seen = table.events.sum(axis=1).astype(np.float64)
    rows = [_row((by, str(names[g])), months, seen[:, g], expected[:, g], sums[:, i], limits[i], level)
            for i, g in enumerate(whole)]  # fmt: skip
    paths = {str(names[g]): sums[:, i] for i, g in enumerate(whole)}
    return Watched(tuple(sorted(rows, key=lambda r: (not r["alarm"], -r["statistic"] / r["limit"], r["group"]))),
                   paths, tuple(str(m) for m in months), "", tuple(said))  # fmt: skip


def _summed(shape: tuple[int, int, int], month: Ints, band: Ints, group: Ints, values: Floats) -> Ints:
    made = np.zeros(shape)
    np.add.at(made, (month, band, group), values)
    return np.rint(made).astype(np.int64)


def _scatter(seen: Floats, expected: Floats) -> float:
    """Return how much more months scatter around each group's own level than chance lets them, at least 1.

    Pearson's statistic against what is expected times the group's ratio over all months, so that a lasting disparity is
    not taken for scatter; (months - 1)(groups - 1) degrees of freedom. A rise within the time does count: it makes
    limits somewhat wide, never narrow.
    """
    due = expected.sum(axis=0)
    level = np.divide(seen.sum(axis=0), due, out=np.ones(len(due)), where=due > 0)
    fitted, total = expected * level, expected.sum(axis=1, keepdims=True)
    share = np.divide(expected, total, out=np.zeros(expected.shape), where=total > 0)
    used = (fitted >= 1) & (share < 1)
    free = (seen.shape[0] - 1) * (seen.shape[1] - 1) * float(used.mean())
    if free < 2:
        return 1.0
    off = (seen - fitted)[used] ** 2 / (fitted * (1 - share))[used]
    return max(1.0, float(off.sum() / free))


def _sums(seen: Floats, expected: Floats, table: _Months, spread: float) -> Floats:
    """Return the cumulative sums; `seen` and `expected` have the months first, then anything."""
    total = table.events.sum(axis=(1, 2)).astype(np.float64)
    total = total.reshape(-1, *([1] * (seen.ndim - 1)))
    share = np.divide(expected, total, out=np.zeros(np.broadcast(expected, total).shape), where=total > 0)
    gains = (seen * math.log(RISE) - total * np.log1p((RISE - 1) * share)) / spread
    made, at = np.zeros(gains.shape), np.zeros(gains.shape[1:])
    for turn, gain in enumerate(gains):
        at = np.maximum(0.0, at + gain)
        made[turn] = at
    return made


def _limits(
    table: _Months, expected: Floats, whole: Ints, spread: float, chance: float, rng: np.random.Generator
) -> Floats:
    """Return the limit of each group: what replays under the null pass with its part of the chance."""
    each = chance / len(whole)
    replays = int(min(_MOST, max(_FEWEST, 60 / each)))
    made = np.zeros(len(whole))
    of_band = table.consignments.sum(axis=2)
    opened = table.events.sum(axis=2)
    for i, g in enumerate(whole):
        own = table.consignments[:, :, g]
        drawn = rng.hypergeometric(own, of_band - own, opened, size=(replays, *own.shape)).sum(axis=2)
        seen = expected[:, g] + math.sqrt(spread) * (drawn - expected[:, g])
        highest = _sums(seen.T, expected[:, [g]], table, spread).max(axis=0)
        made[i] = float(np.quantile(highest, 1 - each, method="higher"))
    return np.maximum(made, 1e-9)


def _row(
    of: tuple[str, str], months: npt.NDArray[Any], seen_by_month: Floats, due_by_month: Floats, sums: Floats,
    limit: float, level: float,
) -> dict[str, Any]:  # fmt: skip
    """Return what the sum of one group, `of` (grouping, group), says: when it rose, and by how much."""
    over = np.flatnonzero(sums > limit)
    at = int(over[0]) if len(over) else len(sums) - 1
    calm = np.flatnonzero(sums[: at + 1] <= 0)
    begin = int(calm[-1]) + 1 if len(calm) else 0
    begin = min(begin, at)
    seen, due = float(seen_by_month[begin : at + 1].sum()), float(due_by_month[begin : at + 1].sum())
    span = poisson_span(seen, due, level) if due > 0 and seen >= LEAST else None
    ends = (None, None, None) if span is None else (span.value, span.low, span.high)
    row: dict[str, Any] = {
        "by": of[0], "group": of[1], "months": len(months), "alarm": bool(len(over)),
        "month": str(months[at]) if len(over) else None, "since": str(months[begin]) if len(over) else None,
        "statistic": round(float(sums.max()), 4), "limit": round(float(limit), 4),
    }  # fmt: skip
    row |= {
        f"ratio{end}": None if v is None else round(v, 4) for end, v in zip(("", "_low", "_high"), ends, strict=True)
    }
    return row | {"words": _words(row)}


def _words(row: dict[str, Any]) -> str:
    if not row["alarm"]:
        return "no rise shown"
    ratio = f"{row['ratio']:.2f} times what is expected ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})" \
        if row["ratio"] is not None else "more than is expected; too few to say by how much"  # fmt: skip
    return f"alarm in {row['month']}: since {row['since']} {ratio} at the same declared risk"
