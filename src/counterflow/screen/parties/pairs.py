"""How alike two names are, for pairs that somebody has put side by side: no list is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.screen.parties.kinds import kind_of_schema

__all__ = ["score_pairs"]


def score_pairs(
    names: Sequence[str | None], others: Sequence[str | None], schemas: Sequence[str | None]
) -> npt.NDArray[np.float64]:
    """Return the score of each pair, in [0, 1), to four decimals; 0 where a name names nobody.

    Args:
        names: names as written.
        others: as many, the names beside them.
        schemas: the kind of both, where known; as many.

    Raises:
        UnknownName: a schema that nobody knows.
    """
    from counterflow.matching.name_alignment import align
    from counterflow.matching.name_index import NameIndex
    from counterflow.matching.name_score import Weights
    from counterflow.matching.normalise import normalise_all

    _ = {schema: kind_of_schema(schema) for schema in set(schemas)}
    index, weights, scores = NameIndex.of([], []), Weights(), np.zeros(len(names))
    for row, (one, other) in enumerate(zip(normalise_all(names), normalise_all(others), strict=True)):
        if one and other:
            scores[row] = align(one, index.rarity(one), other, index.rarity(other), weights).score
    return np.minimum(np.round(scores, 4), 0.9999)
