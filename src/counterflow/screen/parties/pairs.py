"""How alike two names are, for pairs that somebody has put side by side: no list is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterflow.screen.parties.asked import Words
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
    from counterflow.matching.name_score import Weights
    from counterflow.matching.name_search import lay
    from counterflow.screen.parties.lookup import printed

    known = {schema: kind_of_schema(schema) for schema in set(schemas)}
    kinds = np.array([known[schema] for schema in schemas], dtype=np.int8)
    one, two, rows = Words.of(names, kinds), Words.of(others, kinds), np.arange(len(names))
    scores = printed(lay(one.looked_for, rows, two.looked_for, rows, Weights())[0])
    return np.where([bool(words) for words in one.tokens], scores, 0.0)
