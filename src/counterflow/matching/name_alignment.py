"""Two names side by side, for a person to read: which word met which, how alike, and how much each weighs.

The kernel that scores in bulk (`name_score`) lays the names out here as well, and the score is computed again from
what is shown: what a person sees is what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.matching.name_score import (
    MAX_LETTERS,
    MAX_TOKENS,
    OPTIONS,
    Weights,
    align_into,
    cost_table,
    cut_after,
    letters_of,
    score_of_sums,
)

__all__ = ["Alignment", "Pair", "align"]

Floats = npt.NDArray[np.float64]

#: How a pair was met, as its number in the kernel's output.
HOW = ("same", "similar", "initial", "cut off", "written as one")


@dataclass(frozen=True, slots=True)
class Pair:
    """Words of a name laid beside words of the other; empty on one side where nothing stands.

    Args:
        query: words of the name looked for.
        listed: words of the listed name.
        how: same | similar | initial | cut off | written as one | only here | only listed | beyond the cut.
        likeness: 0 to 1.
        rarity: weight in nats.
    """

    query: str
    listed: str
    how: str
    likeness: float
    rarity: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two names side by side, and the score that follows from it."""

    pairs: tuple[Pair, ...]
    weights: Weights

    @property
    def score(self) -> float:
        """The score, from the pairs alone."""
        matched = [p for p in self.pairs if p.query and p.listed]
        here, listed, beyond = (math.fsum(p.rarity for p in self.pairs if p.how == how) for how in _LEFT_OVER)
        rarity = math.fsum(p.rarity for p in matched)
        changed = math.fsum(p.rarity * (1 - p.likeness) for p in matched)
        return score_of_sums(rarity, changed, here, listed, beyond, self.weights.array())

    def in_words(self) -> str:
        """Return the alignment as one line: word, word it meets, likeness × rarity."""
        return "; ".join(_pair_in_words(p) for p in self.pairs)


_LEFT_OVER = ("only here", "only listed", "beyond the cut")


def _pair_in_words(pair: Pair) -> str:
    if not pair.listed:
        return f"{pair.query} (only in the record, {pair.rarity:.2f})"
    if not pair.query:
        return f"{pair.listed} ({pair.how.replace('only listed', 'only on the list')}, {pair.rarity:.2f})"
    sign = "=" if pair.how == "same" else "~"
    how = "" if pair.how in ("same", "similar") else f"{pair.how} "
    return f"{pair.query} {sign} {pair.listed} ({how}{pair.likeness:.2f} x {pair.rarity:.2f})"


def align(
    query: Sequence[str], query_rarity: Floats, listed: Sequence[str], listed_rarity: Floats, weights: Weights
) -> Alignment:
    """Lay two names side by side for a person to read, with the kernel that scores in bulk.

    >>> one = np.array([3.0, 5.0])
    >>> align(["jon", "smith"], one, ["john", "smith"], one, Weights()).in_words()
    'smith = smith (1.00 x 5.00); jon ~ john (0.80 x 3.00)'
    """
    a, at = letters_of(query)
    b, bt = letters_of(listed)
    met, options = np.empty((MAX_TOKENS, 7)), np.empty((OPTIONS, 8))
    rows = np.empty((4, 4 * MAX_LETTERS))
    aw, bw = query_rarity[:MAX_TOKENS], listed_rarity[:MAX_TOKENS]
    _, count = align_into(a, at, aw, b, bt, bw, weights.array(), cost_table(), rows, met, options)
    pairs: list[Pair] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for i, ni, j, nj, how in met[:count, :5].astype(int).tolist():
        here, there = range(i, i + ni), range(j, j + nj)
        used_a.update(here)
        used_b.update(there)
        likeness, rarity = met[len(pairs), 5:7].tolist()
        pairs.append(
            Pair(" ".join(query[k] for k in here), " ".join(listed[k] for k in there), HOW[how], likeness, rarity)
        )
    flags_a = np.array([k in used_a for k in range(len(at) - 1)][:MAX_TOKENS], dtype=np.bool_)
    flags_b = np.array([k in used_b for k in range(len(bt) - 1)][:MAX_TOKENS], dtype=np.bool_)
    cut = cut_after(flags_a, flags_b, met[:count], at, len(flags_b))
    pairs += [Pair(query[k], "", "only here", 0.0, float(aw[k])) for k in range(len(flags_a)) if not flags_a[k]]
    for k in range(len(flags_b)):
        if not flags_b[k]:
            how_left = "beyond the cut" if k >= cut else "only listed"
            pairs.append(Pair("", listed[k], how_left, 0.0, float(bw[k])))
    return Alignment(tuple(pairs), weights)
