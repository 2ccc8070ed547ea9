"""Two names side by side, for a person to read: which word met which, how alike, and how much each weighs.

The kernel that scores in bulk (`name_score`) lays the names out here as well, and the score is computed again from
what is shown, to the last digit: `Alignment.parse` reads the line that `in_words` printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from counterflow.matching.name_arrays import names_of
from counterflow.matching.name_score import MAX_TOKENS, OPEN, Weights, cut_after, kinds_differ, score_of_sums
from counterflow.matching.name_search import lay

__all__ = ["Alignment", "Pair", "align", "aligned", "phrases"]

Floats = npt.NDArray[np.float64]

#: How a pair was met, as its number in the kernel's output.
HOW = ("same", "similar", "initial", "cut off", "written as one")
#: How a word was left over, and how that is said.
LEFT_OVER = {
    "only here": "only in the record",
    "only listed": "only on the list",
    "beyond the cut": "beyond the cut",
    "again here": "again in the record",
    "again listed": "again on the list",
    "again beyond the cut": "again beyond the cut",
}
_HOW_SAID = {said: how for how, said in LEFT_OVER.items()}
_DIFFER = "kinds of party differ"
_SAID = re.compile(r"(?P<query>[^()=~]*?)(?: ?(?P<sign>[=~]) (?P<listed>[^()=~]+?))? \((?P<how>[^()]*)\)")
_MET = re.compile(r"(?:(?P<how>[a-z ]+) )?(?P<likeness>[\d.]+) x (?P<rarity>[\d.]+)")


class Pair(NamedTuple):
    """Words of a name laid beside words of the other; empty on one side where nothing stands.

    Args:
        query: words of the name looked for.
        listed: words of the listed name.
        how: same | similar | initial | cut off | written as one, or a key of `LEFT_OVER`.
        likeness: 0 to 1, to three decimals.
        rarity: weight in nats, to two decimals.
    """

    query: str
    listed: str
    how: str
    likeness: float
    rarity: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two names side by side, and the score that follows from it.

    Args:
        pairs: words met, and words left over.
        weights: the numbers of the score.
        differ: whether the kinds of the two parties contradict each other.
    """

    pairs: tuple[Pair, ...]
    weights: Weights
    differ: bool = False

    @property
    def score(self) -> float:
        """The score, from the pairs alone."""
        matched = changed = here = listed = beyond = 0.0
        for pair in self.pairs:
            if pair.query and pair.listed:
                matched += pair.rarity
                changed += pair.rarity * (1.0 - pair.likeness)
                continue
            number = "0" <= (pair.query or pair.listed)[0] <= "9"
            # A number on one side alone contradicts: it counts on both.
            here += pair.rarity if pair.query or number else 0.0
            if "beyond" in pair.how and not number:
                beyond += pair.rarity
            elif pair.listed or number:
                listed += pair.rarity
        return score_of_sums(matched, changed, here, listed, beyond, self.differ, self.weights.array())

    def in_words(self) -> str:
        """Return the alignment as one line: word, word it meets, likeness x rarity; then what is left over."""
        said = [_pair_in_words(pair) for pair in self.pairs]
        return "; ".join([*said, f"{_DIFFER} (x {self.weights.kinds:.2f})"] if self.differ else said)

    @classmethod
    def parse(cls, text: str, weights: Weights | None = None) -> Alignment:
        """Return the alignment that `in_words` printed.

        Raises:
            ValueError: the text is no such line.

        >>> line = "smith = smith (1.000 x 5.00); jon ~ john (0.800 x 3.00); 7 (only in the record, 3.30)"
        >>> Alignment.parse(line).in_words() == line
        True
        """
        parts = text.split("; ") if text else []
        differ = bool(parts) and parts[-1].startswith(_DIFFER)
        return cls(
            tuple(_pair_from_words(part) for part in parts[: -1 if differ else None]), weights or Weights(), differ
        )


def phrases(weights: Weights) -> list[str]:
    """Return what `in_words` says beside words and numbers, in the order that `name_told` takes it."""
    how = ["" if said in ("same", "similar") else f"{said} " for said in HOW]
    left = ("only here", "again here", "only listed", "again listed", "beyond the cut", "again beyond the cut")
    differ = f"{_DIFFER} (x {weights.kinds:.2f})"
    return [" = ", " ~ ", " (", " x ", ")", "; ", differ, *how, *(f" ({LEFT_OVER[word]}, " for word in left)]


def _pair_in_words(pair: Pair) -> str:
    if not (pair.listed and pair.query):
        return f"{pair.query or pair.listed} ({LEFT_OVER[pair.how]}, {pair.rarity:.2f})"
    sign = "=" if pair.how == "same" else "~"
    how = "" if pair.how in ("same", "similar") else f"{pair.how} "
    return f"{pair.query} {sign} {pair.listed} ({how}{pair.likeness:.3f} x {pair.rarity:.2f})"


def _pair_from_words(text: str) -> Pair:
    said = _SAID.fullmatch(text)
    if said is None:
        raise ValueError(f"not two words side by side: {text!r}")
    if said["listed"] is None:
        how, _, rarity = said["how"].rpartition(", ")
        if how not in _HOW_SAID:
            raise ValueError(f"not a word left over: {text!r}")
        here = "record" in how
        return Pair(said["query"] if here else "", "" if here else said["query"], _HOW_SAID[how], 0.0, float(rarity))
    met = _MET.fullmatch(said["how"])
    if met is None:
        raise ValueError(f"not how two words met: {text!r}")
    how = met["how"] or ("same" if said["sign"] == "=" else "similar")
    return Pair(said["query"], said["listed"], how, float(met["likeness"]), float(met["rarity"]))


def align(
    query: Sequence[str],
    query_rarity: Floats,
    listed: Sequence[str],
    listed_rarity: Floats,
    weights: Weights,
    kinds: tuple[int, int] = (OPEN, OPEN),
) -> Alignment:
    """Lay two names side by side for a person to read, with the code that scores in bulk.

    >>> one = np.array([3.0, 5.0])
    >>> align(["jon", "smith"], one, ["john", "smith"], one, Weights()).in_words()
    'smith = smith (1.000 x 5.00); jon ~ john (0.710 x 3.00)'
    """
    both = [
        replace(names_of([list(words)], np.array([kind], np.int8)), rarity=np.ascontiguousarray(rarities, np.float64))
        for words, rarities, kind in ((query, query_rarity, kinds[0]), (listed, listed_rarity, kinds[1]))
    ]
    none = np.zeros(1, np.int64)
    _, counts, met = lay(both[0], none, both[1], none, weights, with_pairs=True)
    met = met[: counts[0]]
    return aligned((query, query_rarity), (listed, listed_rarity), met, weights, differ=kinds_differ(*kinds))


def aligned(
    one: tuple[Sequence[str], Sequence[float] | Floats],
    other: tuple[Sequence[str], Sequence[float] | Floats],
    met: Floats,
    weights: Weights,
    *,
    differ: bool = False,
) -> Alignment:
    """Return what the kernel wrote of two names as an alignment.

    Args:
        one: words of the name looked for, and their rarities.
        other: words of the listed name, and their rarities.
        met: the pairs of words that met, as `align_into` writes them.
        weights: the numbers of the score.
        differ: whether the kinds of the two parties contradict each other.
    """
    query, listed = one[0], other[0]
    n, m = min(len(query), MAX_TOKENS), min(len(listed), MAX_TOKENS)
    pairs: list[Pair] = []
    used_a = used_b = 0
    alone_a: set[str] = set()
    alone_b: set[str] = set()
    met_in_words = zip(met[:, :5].astype(int).tolist(), met[:, 5:7].tolist(), strict=True)
    for (i, ni, j, nj, how), (likeness, rarity) in met_in_words:
        used_a |= ((1 << ni) - 1) << i
        used_b |= ((1 << nj) - 1) << j
        here = query[i] if ni == 1 else " ".join(query[i : i + ni])
        there = listed[j] if nj == 1 else " ".join(listed[j : j + nj])
        if ni == 1:
            alone_a.add(here)
        if nj == 1:
            alone_b.add(there)
        pairs.append(Pair(here, there, HOW[how], likeness, rarity))
    for k in range(n):
        if not used_a >> k & 1:
            again = query[k] in alone_a
            pairs.append(
                Pair(query[k], "", "again here" if again else "only here", 0.0, _left(one[1][k], again, weights))
            )
    if used_b == (1 << m) - 1:
        return Alignment(tuple(pairs), weights, differ)
    # Only the number of letters before the end of the last word is asked of the places.
    places = np.array([0] * n + [sum(map(len, query[:n]))], dtype=np.int64)
    cut = cut_after(used_a, used_b, met, places, n, m) if used_a == (1 << n) - 1 else m
    for k in range(m):
        if not used_b >> k & 1:
            again = listed[k] in alone_b
            how_left = "beyond the cut" if k >= cut else "listed" if again else "only listed"
            how_left = f"again {how_left}" if again else how_left
            pairs.append(Pair("", listed[k], how_left, 0.0, _left(other[1][k], again, weights)))
    return Alignment(tuple(pairs), weights, differ)


def _left(rarity: float, again: bool, weights: Weights) -> float:
    """What a word left over weighs, as the kernel takes it."""
    return math.floor(rarity * weights.again * 100.0 + 0.5) / 100.0 if again else float(rarity)
