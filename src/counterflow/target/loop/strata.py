"""Strata of the random arm: score band by lane, so that chance looks where nobody else does.

A plain random draw spends part of itself on records that the score would have taken anyway, and looks at the mass that
the score calls safe no more often than at any other. Here every record keeps a chance above 0 that is known before the
draw, but the chances differ by stratum::

    rate_h = floor + (1 - floor) * free_h * (1 - lean + lean * s_h / s)          s_h = sqrt(mean of p (1 - p) in h)

scaled so that the mean over all records is 1 (1 = the chance of a plain draw). `free_h` is the part of the stratum
that the score will not take; `s_h` is the spread of what an inspection there shows, so `lean` moves from proportional
allocation (0) towards that of Neyman (1934, JRSS 97:558-625, optimal for the estimate of the total; 1). A scheme that
hides where the score is low has a low `s_h` until it is met: leaning all the way would look least where a new scheme
hides, so the default leans little. Every rate stays at least `floor` after scaling.

Whole numbers of draws come from one systematic pass over the expected numbers (Madow 1949, "On the theory of
systematic sampling, II", Annals of Mathematical Statistics 20:333-354): each stratum gets its expected number rounded
down or up, right on average, and all of them together the total rounded. Within a stratum the draw is a simple
random sample, so a record's probability is the expected number of its stratum divided by its size, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["BANDS", "Strata", "draw_strata", "expected_draws", "strata"]

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]

#: names of score bands, and the share of records below each inner edge
BANDS = ("low", "middle", "high", "top")
_EDGES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Strata:
    """A partition of the records with the rate at which chance looks at each part.

    Args:
        of_record: stratum of each record, a place in `names`.
        names: band of score and lane of each stratum, for people.
        rate: chance of a record of each stratum relative to a plain random draw; above 0, 1 on average over records.
    """

    of_record: Codes
    names: tuple[str, ...]
    rate: Floats

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Number of records in each stratum."""
        return np.bincount(self.of_record, minlength=len(self.names)).astype(np.int64)


def strata(
    score: Floats,
    lane: Sequence[str] | npt.NDArray[np.str_],
    probability: Floats | None = None,
    *,
    taken: float = 0.1,
    floor: float = 0.25,
    lean: float = 0.2,
) -> Strata:
    """Return the strata of a day's or week's records.

    Bands are cut at ranks of the score (half, eight and nine tenths of the records), equal scores in one band; where
    all scores are equal there is one band, and the draw is plain random within lanes.

    Args:
        score: the score by which records are targeted, one per record; any scale.
        lane: lane of each record, "" where it names none.
        probability: chance that an inspection finds something, 0 to 1; without it `lean` has nothing to lean on.
        taken: share of records that the score will take.
        floor: least rate of any stratum, above 0 and at most 1.
        lean: from 0 (proportional) to 1 (Neyman).

    Raises:
        ValueError: floor, lean or taken out of range, or lengths that differ.

    >>> made = strata(np.arange(100.0), ["sea"] * 100)
    >>> made.names, made.rate.round(2).tolist()
    (('low sea', 'middle sea', 'high sea', 'top sea'), [1.08, 1.08, 1.08, 0.25])
    """
    if not (0 < floor <= 1 and 0 <= lean <= 1 and 0 <= taken < 1):
        raise ValueError(f"floor {floor}, lean {lean} and taken {taken} must lie in (0, 1], [0, 1] and [0, 1)")
    count = len(score)
    if len(lane) != count or (probability is not None and len(probability) != count):
        raise ValueError("score, lane and probability must be of one length")
    if not count:
        return Strata(np.zeros(0, np.int32), (), np.zeros(0))
    band = _bands(score)
    lanes, lane_code = np.unique(np.asarray(lane, dtype=np.str_), return_inverse=True)
    present, of_record = np.unique(band.astype(np.int64) * len(lanes) + lane_code, return_inverse=True)
    names = tuple(f"{BANDS[c // len(lanes)]} {lanes[c % len(lanes)] or 'no lane'}" for c in present.tolist())
    sizes = np.bincount(of_record).astype(float)
    free = 1 - np.bincount(of_record, weights=_taken(score, taken)) / sizes
    spread = np.ones(len(sizes))
    if probability is not None:
        p = np.clip(probability, 0.0, 1.0)
        spread = np.sqrt(np.bincount(of_record, weights=p * (1 - p)) / sizes)
    mean_spread = float(spread @ sizes) / count
    if mean_spread > 0:
        spread = spread / mean_spread
    return Strata(of_record.astype(np.int32), names, _scaled(free * (1 - lean + lean * spread), sizes, floor))


def _bands(score: Floats) -> npt.NDArray[np.int8]:
    """Return the band of each score: the part of all records that score strictly less decides."""
    ordered = np.sort(score)
    below = np.searchsorted(ordered, score, side="left") / len(score)
    return np.searchsorted(np.asarray(_EDGES), below, side="right").astype(np.int8)


def _taken(score: Floats, share: float) -> Floats:
    """Return how surely each record is taken by its score: the last place is shared among equals."""
    ordered = np.sort(score)
    above = len(score) - np.searchsorted(ordered, score, side="right")
    equal = len(score) - above - np.searchsorted(ordered, score, side="left")
    return np.asarray(np.clip((share * len(score) - above) / equal, 0.0, 1.0), np.float64)


def _scaled(weight: Floats, sizes: Floats, floor: float) -> Floats:
    """Return floor + (1 - floor) * weight scaled to a mean of 1 over records, none below the floor."""
    mean = float(weight @ sizes) / float(sizes.sum())
    relative: Floats = weight / mean if mean > 0 else np.ones(len(weight))
    return np.asarray(floor + (1 - floor) * relative, np.float64)


def expected_draws(sizes: npt.NDArray[np.int64], rate: Floats, wanted: float) -> Floats:
    """Return the expected number of draws of each stratum: `wanted` in all, in proportion to size times rate.

    What a stratum cannot take because all its records are drawn goes to the others, so the sum is `wanted` or, where
    there are fewer, all records.

    >>> expected_draws(np.array([10, 90]), np.array([2.0, 1.0]), 11.0).tolist()
    [2.0, 9.0]
    """
    expected = np.zeros(len(sizes))
    open_, left = sizes > 0, min(float(wanted), float(sizes.sum()))
    while left > 1e-12 * wanted and open_.any():
        weight = np.where(open_, sizes * rate, 0.0)
        share = left * weight / weight.sum()
        full = open_ & (share >= sizes)
        if not full.any():
            return np.asarray(expected + share, np.float64)
        expected[full] = sizes[full]
        left -= float(sizes[full].sum())
        open_ &= ~full
    return expected


def draw_strata(made: Strata, wanted: float, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Floats]:
    """Draw the random arm of one pool.

    Args:
        made: the strata.
        wanted: expected number of draws in all; need not be whole.
        rng: the only source of chance.

    Returns:
        The records drawn, rising, and for every record its probability of being drawn: above 0 where `wanted` is.
    """
    sizes = made.sizes
    expected = expected_draws(sizes, made.rate, wanted)
    ends = np.cumsum(expected)
    # points u, u + 1, u + 2 ... on the line of expected numbers; a whole total must not gain a point by rounding
    points = np.floor(np.concatenate([[0.0], np.round(ends, 9)]) - rng.random()).astype(np.int64)
    numbers = np.minimum(np.diff(points), sizes)
    order = np.argsort(made.of_record, kind="stable")
    starts = np.cumsum(sizes) - sizes
    rows = [
        order[start + rng.choice(size, number, replace=False)]
        for start, size, number in zip(starts.tolist(), sizes.tolist(), numbers.tolist(), strict=True)
        if number
    ]
    probability = np.divide(expected, sizes, out=np.zeros(len(sizes)), where=sizes > 0)[made.of_record]
    return (np.sort(np.concatenate(rows)) if rows else np.zeros(0, np.int64)), probability
