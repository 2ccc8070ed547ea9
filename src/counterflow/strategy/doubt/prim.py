"""PRIM: the simplest conditions under which something happens, found by peeling a box.

Friedman & Fisher 1999, "Bump hunting in high-dimensional data" (peeling section 4, pasting section 5.2); used for
scenario discovery as Bryant & Lempert 2010 do: *coverage* (share of all hits that lie in the box), *density* (share of
hits among what lies in the box) and a *quasi-p-value* for each restriction (their appendix): the chance to see as many
hits in the box if the density were that of the box without this restriction.

Half of the draws find the box, the other half says how good it is: the numbers that are reported were not searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from counterflow.core.proportions import clopper_pearson
from counterflow.core.seeds import generator
from counterflow.strategy.doubt.drivers import explained
from counterflow.strategy.doubt.space import Floats

__all__ = ["Box", "Found", "Restriction", "discover", "trajectory"]

Bools = NDArray[np.bool_]
#: part of the box that one peel takes away (Friedman & Fisher advise .05 to .1)
PEEL = 0.05
#: no box holds less than this part of the draws
LEAST = 0.04
#: amounts that are peeled at most
MATTER = 12
_P = 0.05


@dataclass(frozen=True)
class Box:
    """Conditions that hold together: `low <= x <= high` by column, and for columns of kinds the kinds allowed."""

    low: Floats
    high: Floats
    kinds: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def holds(self, table: Floats, column: int) -> Bools:
        """Return which rows meet the condition on one column."""
        x = table[:, column]
        if column in self.kinds:
            return np.isin(x, sorted(self.kinds[column]))
        return np.asarray((x >= self.low[column]) & (x <= self.high[column]))

    def inside(self, table: Floats) -> Bools:
        """Return which rows meet all conditions."""
        inside = np.ones(len(table), dtype=bool)
        for column in self.restricted():
            inside &= self.holds(table, column)
        return inside

    def restricted(self) -> tuple[int, ...]:
        """Return the columns under a condition."""
        bounded = np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))
        return tuple(sorted({*bounded.tolist(), *self.kinds}))

    def without(self, column: int) -> Box:
        """Return the box with one column set free."""
        low, high = self.low.copy(), self.high.copy()
        low[column], high[column] = -np.inf, np.inf
        return Box(low, high, {c: k for c, k in self.kinds.items() if c != column})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One condition of a box: a range (infinite where open) or the kinds allowed, and its quasi-p-value."""

    column: int
    low: float
    high: float
    kinds: tuple[int, ...]
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A box and how good it is, on draws that did not find it.

    Args:
        box: the conditions.
        restrictions: the same, one by one.
        coverage: share of all hits that lie inside.
        density: share of hits inside; `density_low` and `density_high` its exact 95 % interval.
        mass: share of draws inside.
        base: share of hits among all draws.
        draws: draws that these numbers rest on.
        hits: hits among them.
    """

    box: Box
    restrictions: tuple[Restriction, ...]
    coverage: float
    density: float
    density_low: float
    density_high: float
    mass: float
    base: float
    draws: int
    hits: int


def discover(
    table: Floats, hits: Bools, seed: int, *, kinds: tuple[int, ...] = (), density: float = 0.75, most: int = 4,
    lead: Floats | None = None,
) -> Found | None:  # fmt: skip
    """Return the box with most coverage among those that reach `density`; None where no condition helps.

    Args:
        table: draws (n, columns).
        hits: which of them are of interest, (n,).
        seed: decides which half searches.
        kinds: columns that hold kinds (whole numbers) instead of amounts.
        density: share of hits that is wanted inside; where no box reaches it, the densest is returned.
        most: conditions that people can hold in mind.
        lead: by how much each draw hits, (n,); helps to see which columns matter. None: whether it does.

    Raises:
        ValueError: fewer than 100 draws.
    """
    n = len(table)
    if n < 100:
        raise ValueError(f"conditions need 100 draws or more, not {n}")
    search = np.zeros(n, dtype=bool)
    search[generator(seed, "strategy doubt", "prim").permutation(n)[: n // 2]] = True
    seen, of_seen = table[search], hits[search]
    if of_seen.sum() < 10 or of_seen.all():
        return None
    matter = _matter(seen, (of_seen.astype(np.float64), rankdata(hits if lead is None else lead)[search]), kinds)
    boxes = [_plain(box, seen, of_seen, most) for box in trajectory(seen, of_seen, kinds, matter)]
    boxes = [_pasted(box, seen, of_seen) for box in _unlike(boxes) if box.restricted()]
    if not boxes:
        return None
    return judged(_chosen(boxes, seen, of_seen, density), table[~search], hits[~search])


def _matter(table: Floats, results: tuple[Floats, ...], kinds: tuple[int, ...]) -> tuple[int, ...]:
    """Return the amounts that explain most of any result; among hundreds of idle ones a peel would follow noise."""
    shares = np.max([explained(table, each) for each in results], axis=0)
    shares[list(kinds)] = 0.0
    best = np.argsort(-shares, kind="stable")[:MATTER]
    return tuple(int(c) for c in best if shares[c] > 0)


def trajectory(
    table: Floats, hits: Bools, kinds: tuple[int, ...] = (), matter: tuple[int, ...] | None = None
) -> list[Box]:
    """Return the boxes of one run of peeling, widest first; only columns that `matter` are peeled, where given."""
    columns = table.shape[1]
    box = Box(np.full(columns, -np.inf), np.full(columns, np.inf))
    rows = np.arange(len(table))
    boxes = [box]
    amounts = np.array([c for c in (range(columns) if matter is None else matter) if c not in kinds], dtype=np.intp)
    while True:
        peeled = _peeled(box, table, hits, rows, amounts, kinds)
        if peeled is None or len(peeled[1]) < LEAST * len(table):
            return boxes
        box, rows = peeled
        boxes.append(box)
        if hits[rows].all():
            return boxes


def _peeled(
    box: Box, table: Floats, hits: Bools, rows: NDArray[np.intp], amounts: NDArray[np.intp], kinds: tuple[int, ...]
) -> tuple[Box, NDArray[np.intp]] | None:
    """Return the box after the peel that gains most density for each draw given up."""
    part, found = table[rows][:, amounts], hits[rows].astype(float)
    best: tuple[float, Box, Bools] | None = None
    for high_side in (False, True) if len(amounts) else ():
        ends = np.quantile(part, 1 - PEEL if high_side else PEEL, axis=0, method="higher" if high_side else "lower")
        keep = part < ends if high_side else part > ends
        gain = _gains(keep, found)
        i = int(np.argmax(gain))
        if np.isfinite(gain[i]) and gain[i] > 0 and (best is None or gain[i] > best[0]):
            best = float(gain[i]), _narrowed(box, int(amounts[i]), part[keep[:, i], i], high_side=high_side), keep[:, i]
    for column in kinds:
        held = table[rows, column]
        for kind in np.unique(held):
            keep = held != kind
            gain_of_kind = float(_gains(keep[:, None], found)[0])
            if np.isfinite(gain_of_kind) and gain_of_kind > 0 and (best is None or gain_of_kind > best[0]):
                left = frozenset(int(k) for k in np.unique(held[keep]))
                best = gain_of_kind, replace(box, kinds={**box.kinds, column: left}), keep
    return None if best is None else (best[1], rows[best[2]])


def _gains(keep: Bools, found: Floats) -> Floats:
    """Return the gain in density per draw given up, by column; -inf where a peel takes nothing or everything."""
    kept = keep.sum(axis=0)
    lost = len(found) - kept
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (found @ keep / kept - found.mean()) / lost
    return np.asarray(np.where((kept > 0) & (lost > 0), gain, -np.inf))


def _narrowed(box: Box, column: int, kept: Floats, *, high_side: bool) -> Box:
    low, high = box.low.copy(), box.high.copy()
    if high_side:
        high[column] = kept.max()
    else:
        low[column] = kept.min()
    return Box(low, high, box.kinds)


def _counts(box: Box, table: Floats, hits: Bools) -> tuple[int, int]:
    inside = box.inside(table)
    return int(inside.sum()), int(hits[inside].sum())


def _broken(box: Box, columns: tuple[int, ...], table: Floats) -> NDArray[np.int64]:
    """Return which rows break each condition, shape (conditions, n), as 0 and 1."""
    return np.array([~box.holds(table, column) for column in columns], dtype=np.int64)


def _p_values(broken: NDArray[np.int64], hits: Bools) -> Floats:
    """Return the quasi-p-value of each restriction (Bryant & Lempert 2010): a binomial tail.

    A row lies in the box where it breaks nothing, and in the box without a condition where it breaks at most that one.
    """
    from scipy.stats import binom

    count = broken.sum(axis=0)
    inside = count == 0
    alone = broken[:, count == 1]
    wide = inside.sum() + alone.sum(axis=1)
    among = hits[inside].sum() + alone @ hits[count == 1].astype(np.int64)
    chance = np.where(wide > 0, among / np.maximum(wide, 1), 1.0)
    return np.asarray(binom.sf(int(hits[inside].sum()) - 1, int(inside.sum()), chance))


def _plain(box: Box, table: Floats, hits: Bools, most: int) -> Box:
    """Return the box without the restrictions that chance explains, and with at most `most` of them."""
    columns = box.restricted()
    broken = _broken(box, columns, table)
    while columns:
        p_values = _p_values(broken, hits)
        worst = int(np.argmax(p_values))
        if p_values[worst] <= _P / len(columns) and len(columns) <= most:
            return box
        box = box.without(columns[worst])
        columns = (*columns[:worst], *columns[worst + 1 :])
        broken = np.delete(broken, worst, axis=0)
    return box


def _pasted(box: Box, table: Floats, hits: Bools) -> Box:
    """Return the box widened again where that costs no density (pasting): whole sides are tried open first."""
    held, found = _counts(box, table, hits)
    for column in box.restricted():
        if column in box.kinds:
            continue
        for side in ("low", "high"):
            ends = getattr(box, side).copy()
            ends[column] = -np.inf if side == "low" else np.inf
            wider = replace(box, **{side: ends})
            there, hit = _counts(wider, table, hits)
            if wider.restricted() and there and held and hit / there >= found / held:
                box, held, found = wider, there, hit
    return box


def _unlike(boxes: list[Box]) -> list[Box]:
    """Return each box once, in order."""
    seen: dict[bytes, Box] = {}
    for box in boxes:
        seen.setdefault(box.low.tobytes() + box.high.tobytes() + repr(sorted(box.kinds.items())).encode(), box)
    return list(seen.values())


def _chosen(boxes: list[Box], table: Floats, hits: Bools, density: float) -> Box:
    counts = [_counts(box, table, hits) for box in boxes]
    reached = [i for i, (held, found) in enumerate(counts) if held and found / held >= density]
    if reached:
        return boxes[max(reached, key=lambda i: (counts[i][1], -len(boxes[i].restricted())))]
    return boxes[max(range(len(boxes)), key=lambda i: counts[i][1] / max(counts[i][0], 1))]


def judged(box: Box, table: Floats, hits: Bools) -> Found:
    """Return how good a box is on draws it has not seen."""
    held, found = _counts(box, table, hits)
    whole = int(hits.sum())
    low, high = clopper_pearson(found, held)
    columns = box.restricted()
    p_values = _p_values(_broken(box, columns, table), hits) if columns else ()
    return Found(
        box=box,
        restrictions=tuple(_restriction(box, column, float(p)) for column, p in zip(columns, p_values, strict=True)),
        coverage=found / whole if whole else 0.0,
        density=found / held if held else 0.0,
        density_low=low,
        density_high=high,
        mass=held / len(table),
        base=whole / len(table),
        draws=len(table),
        hits=whole,
    )


def _restriction(box: Box, column: int, p_value: float) -> Restriction:
    return Restriction(
        column=column, low=float(box.low[column]), high=float(box.high[column]),
        kinds=tuple(sorted(box.kinds.get(column, ()))), p_value=p_value,
    )  # fmt: skip
