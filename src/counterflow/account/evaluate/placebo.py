"""Placebos in space: the same estimate for units that were not treated says how large a chance effect is.

The test, its p and the interval come from one distribution: that of the placebos' statistics. Under random assignment
of the treatment the treated unit's rank among them is uniform, however heavy the tails (Fisher 1935; Abadie, Diamond
& Hainmueller 2010, section IV.D). Between ranks p is read off linearly, so that a test at 5 % is one at 5 % and not at
the next rank below it: with 38 donors the plain rank test at 5 % would reject in 2.6 % of the cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from counterflow.account.evaluate.fit import Estimator, Fit, noise_level
from counterflow.account.evaluate.panel import Block, Floats

__all__ = ["Placebos", "between_ranks", "critical_value", "placebos_of"]

#: a pre-period gap below this share of the noise level is chance, not fit: ratios are not divided by less
_LEAST_GAP = 0.1


@dataclass(frozen=True, slots=True)
class Placebos:
    """Placebo estimates of one estimator.

    Args:
        names: which donors stood in as treated, one tuple for each estimate.
        every: whether these are all assignments there are.
        effects: shape (k,).
        before: root mean square gap before the start, not below the least gap; shape (k,).
        ratios: root mean square gap after the start over that before; shape (k,).
        own_before: the same of the treated.
        own_ratio: the same of the treated.
        size: largest outcome in size, what rounding is judged by.
    """

    names: tuple[tuple[str, ...], ...]
    every: bool
    effects: Floats
    before: Floats
    ratios: Floats
    own_before: float
    own_ratio: float
    size: float

    @property
    def smallest_p(self) -> float:
        """The smallest p these placebos can give."""
        return 1 / (len(self.effects) + 1)

    @property
    def spread(self) -> float:
        """Standard deviation of the placebo effects: the standard error of algorithm 4 of Arkhangelsky et al."""
        return float(self.effects.std())


def placebos_of(block: Block, estimator: Estimator, fit: Fit, most: int, rng: np.random.Generator) -> Placebos | None:
    """Return placebo estimates: as many donors as were treated stand in for them, weights estimated anew each time.

    All assignments where there are no more than `most`, else as many drawn at random; the treated units take no part.

    Returns:
        None where fewer than two donors would remain.
    """
    treated, count = len(block.treated), len(block.names)
    if count < treated + 2:
        return None
    every = comb(count, treated) <= most
    chosen: list[tuple[int, ...]] = (
        list(combinations(range(count), treated))
        if every
        else [tuple(sorted(rng.choice(count, treated, replace=False).tolist())) for _ in range(most)]
    )
    least = _LEAST_GAP * noise_level(block)
    fits = [estimator(standing_in(block, rows)) for rows in chosen]
    sizes = [_sizes(one, block.before, least) for one in [fit, *fits]]
    return Placebos(
        tuple(tuple(block.names[i] for i in rows) for rows in chosen),
        every,
        np.array([one.effect for one in fits]),
        np.array([size[0] for size in sizes[1:]]),
        np.array([size[1] for size in sizes[1:]]),
        *sizes[0],
        float(max(np.abs(block.donors).max(), np.abs(block.treated).max())),
    )


def standing_in(block: Block, rows: Sequence[int]) -> Block:
    """Return the block in which the donors at `rows` are taken for treated, and the treated are absent."""
    kept = np.setdiff1d(np.arange(len(block.names)), rows)
    return Block(
        tuple(block.names[i] for i in kept),
        tuple(block.names[i] for i in rows),
        block.periods,
        block.before,
        block.donors[kept],
        block.donors[list(rows)],
    )


def _sizes(fit: Fit, before: int, least: float) -> tuple[float, float]:
    gap = max(fit.rmspe(0, before), least)
    later = fit.rmspe(before, len(fit.gaps))
    return gap, later / gap if gap > 0 else float(later > 0)


def between_ranks(own: float, others: Floats) -> float:
    """Return the share of `others` at least as large as `own`, linear between their ranks.

    At the k-th smallest of n it is (n + 1 - k) / (n + 1), of equal ones at the first; 1 at zero, 1 / (n + 1) beyond the
    largest.

    >>> others = np.array([1.0, 2.0, 3.0])
    >>> between_ranks(3.5, others), between_ranks(2.5, others), between_ranks(0.0, others)
    (0.25, 0.375, 1.0)
    """
    risen, size = np.sort(np.abs(others)), abs(own)
    count = len(risen)
    if size == 0:
        return 1.0
    smaller, not_larger = (int(np.searchsorted(risen, size, side=side)) for side in ("left", "right"))
    if smaller < not_larger:
        return 1 - (smaller + 1) / (count + 1)
    if smaller == count:
        return 1 / (count + 1)
    below = float(risen[smaller - 1]) if smaller else 0.0
    part = (size - below) / (float(risen[smaller]) - below)
    return 1 - (smaller + part) / (count + 1)


def critical_value(others: Floats, level: float) -> tuple[float, str]:
    """Return what a statistic must exceed, in size, to be rarer than 1 - level, and how that was found.

    Too few placebos for a rank give no such value of their own: then their root mean square times Student's t, and
    never less than the largest of them, so that heavy tails reject no more often than one time in n + 1.
    """
    risen = np.sort(np.abs(others))
    count = len(risen)
    place = level * (count + 1)
    if place <= count:
        knots = np.concatenate([[0.0], risen])
        return float(np.interp(place, np.arange(count + 1), knots)), "placebo distribution"
    from scipy import stats

    size = float(np.sqrt(np.mean(risen**2)))
    words = (
        f"placebo spread times Student's t, or the largest placebo: {count} are too few for a rank at {1 - level:.0%}"
    )
    return max(size * float(stats.t.ppf(0.5 + level / 2, count)), float(risen[-1])), words
