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

__all__ = ["Alignment", "Pair", "align", "aligned"]

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
    return aligned((query, query_rarity), (listed, listed_rarity), met[:count], weights)


def aligned(
    one: tuple[Sequence[str], Floats], other: tuple[Sequence[str], Floats], met: Floats, weights: Weights
) -> Alignment:
    """Return what the kernel wrote of two names as an alignment.

    Args:
        one: words of the name looked for, and their rarities.
        other: words of the listed name, and their rarities.
        met: the pairs of words that met, as `align_into` writes them.
        weights: the numbers of the score.
    """
    query, listed = one[0], other[0]
    aw, bw = one[1][:MAX_TOKENS], other[1][:MAX_TOKENS]
    _, at = letters_of(query)
    pairs: list[Pair] = []
    used_a = used_b = 0
    for place, (i, ni, j, nj, how) in enumerate(met[:, :5].astype(int).tolist()):
        used_a |= ((1 << ni) - 1) << i
        used_b |= ((1 << nj) - 1) << j
        likeness, rarity = met[place, 5:7].tolist()
        pairs.append(Pair(" ".join(query[i : i + ni]), " ".join(listed[j : j + nj]), HOW[how], likeness, rarity))
    cut = cut_after(used_a, used_b, met, at, len(aw), len(bw))
    pairs += [Pair(query[k], "", "only here", 0.0, float(aw[k])) for k in range(len(aw)) if not used_a >> k & 1]
    for k in range(len(bw)):
        if not used_b >> k & 1:
            how_left = "beyond the cut" if k >= cut else "only listed"
            pairs.append(Pair("", listed[k], how_left, 0.0, float(bw[k])))
    return Alignment(tuple(pairs), weights)
