"""The default order: near-certain finds first, and below them a find of the top tier counts for many.

    score = p / (1 - p) + w * t

with p the probability of any find, t that of a find of the top tier, and w the stated weight (`LearnOptions`).
Where finds are rare the odds p / (1 - p) are nearly p, and the score is an expected value in which a find of the
top tier counts 1 + w and any other 1. Where finds are near certain the odds grow without bound: a record of which the
model is sure is not displaced by a chance of something graver. One weight settles how much precision over all finds
is given for recall of the gravest; `top_share_of_effort` says what came of it. Expected harm in severity points is
`Scored.harm`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["TOP_AT", "TOP_WEIGHT", "default_score", "distinct", "order", "top_share_of_effort"]

Floats = npt.NDArray[np.float64]

TOP_AT, TOP_WEIGHT = 40.0, 20.0
_SUREST = 1e-4  # odds are not told apart beyond 1 in 10,000


def default_score(
    probability: Mapping[str, Floats],
    severity: Mapping[str, float],
    *,
    top_at: float = TOP_AT,
    top_weight: float = TOP_WEIGHT,
) -> Floats:
    """Return the default score of records.

    Args:
        probability: harm class to probability of finding it; sums over classes to that of any find.
        severity: harm class to severity points.
        top_at: points from which a class is of the top tier.
        top_weight: w above; among classes of the top tier it is shared in proportion to severity, the gravest having w.

    >>> default_score({"drug": np.array([0.0, 0.3]), "revenue": np.array([0.97, 0.2])}, {"drug": 100, "revenue": 1})
    array([32.33333333,  7.        ])
    """
    tops = {name: severity[name] for name in probability if severity.get(name, 0.0) >= top_at}
    gravest = max(tops.values(), default=1.0)
    some = next(iter(probability.values()))
    find = np.minimum(np.sum(list(probability.values()), axis=0), 1.0) if probability else some
    graver = sum((points / gravest * probability[name] for name, points in tops.items()), np.zeros(len(find)))
    return np.asarray(find / np.maximum(1.0 - find, _SUREST) + top_weight * graver, np.float64)


def order(score: Floats, tie: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return places by falling score, equal ones by `tie`: never by the order in which they came."""
    return np.lexsort((tie, -score)).astype(np.int64)


def distinct(score: Floats, tie: npt.NDArray[np.uint64]) -> Floats:
    """Return scores of the same order in which no two are equal; a score moves by a few units in its last place.

    >>> made = distinct(np.array([1.0, 2.0, 1.0]), np.array([7, 8, 3], np.uint64))
    >>> [int(i) for i in np.argsort(-made)], bool(np.allclose(made, [1, 2, 1]))
    ([1, 2, 0], True)
    """
    falling = order(score, tie)
    # The bits of finite numbers of one sign rise with them; those of the other are turned round.
    bits = (score[falling] + 0.0).view(np.int64)
    bits = np.where(bits < 0, np.int64(-(2**63)) - bits, bits)
    steps = np.arange(len(bits))
    bits = np.minimum.accumulate(bits + steps) - steps
    made = np.empty_like(score)
    made[falling] = np.where(bits < 0, np.int64(-(2**63)) - bits, bits).view(np.float64)
    return made


def top_share_of_effort(
    probability: Mapping[str, Floats], severity: Mapping[str, float], chosen: npt.NDArray[np.int64], *, top_at: float
) -> float:
    """Return the share of chosen records that any find alone would not have put there: what the top tier took."""
    plain = default_score(probability, severity, top_at=top_at, top_weight=0.0)
    alone = np.argsort(-plain, kind="stable")[: len(chosen)]
    return float(1.0 - np.isin(chosen, alone).mean()) if len(chosen) else 0.0
