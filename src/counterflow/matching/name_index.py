"""Finding the listed names that a name could be: exact, in another order, or written otherwise.

Candidates come from shared letter triples (trigrams with word ends), each weighed by how few listed names
hold it (TF-IDF cosine; Salton and Buckley 1988, Information Processing & Management 24(5)); the best of
them are laid beside the name word by word (`name_score`). A name that shares too little with every listed
name costs no alignment, so that a list of mostly clean names goes fast.

An index is plain arrays, built from the names of list versions and kept as one file; it loads in well
under a second.
"""

from __future__ import annotations

import hashlib
import math
import os
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.matching import name_kernels as kernels
from counterflow.matching.name_alignment import Alignment, align
from counterflow.matching.name_bounds import letter_classes, letters_held
from counterflow.matching.name_score import MAX_TOKENS, Weights, cost_table, letters_of
from counterflow.matching.normalise import VERSION, normalise_all, rules, word_counts

__all__ = ["Hit", "NameIndex", "SearchOptions"]

_FORMAT = 1
_POSTINGS = ("codes", "begins", "idf", "holders", "shares")
_EXACT, _REORDERED, _SIMILAR = "exact", "reordered", "similar"
_LEAST_RARITY = 0.05
_LEGAL_SHARE = 0.1  # of its rarity that a company form weighs


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How far a search goes.

    Args:
        candidates: listed names laid beside each name.
        least_cosine: share of letter triples (TF-IDF cosine) below which no alignment is tried.
        threshold: score from which a name is similar.
        most_hits: hits kept for each name, best first.
        least_rarity: rarity in nats below which a name of one word is not looked for.
        weights: the numbers of the score.
    """

    candidates: int = 20
    least_cosine: float = 0.25
    threshold: float = 0.7
    most_hits: int = 5
    least_rarity: float = 6.0
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True)
class Hit:
    """Name `row` met listed name `listed`; `how` is exact | reordered | similar, the score in [0, 1)."""

    row: int
    listed: int
    how: str
    score: float


@dataclass(frozen=True, slots=True)
class Names:
    """Names as arrays: letters of all words, where words begin in them, where names begin among the words."""

    letters: npt.NDArray[np.uint32]
    words: npt.NDArray[np.int64]
    names: npt.NDArray[np.int64]
    legal: npt.NDArray[np.bool_]
    rarity: npt.NDArray[np.float64]


class NameIndex:
    """Listed names, ready to be looked for.

    Args:
        tokens: the words of each listed name, as `normalise_all` gives them.
        owners: for each name, the number of the entry it belongs to; hits are kept once per entry.
        exact_only: for each name, whether it is met by the same words only; None where no name is.

    >>> index = NameIndex.of(["GUZMAN LOERA, Joaquin", "ACME TRADING LTD"], [0, 1])
    >>> [(hit.row, hit.how) for hit in index.search(["Joaquín Guzmán Loera", "Guzman Loera Joaquin"])]
    [(0, 'exact'), (1, 'reordered')]
    """

    def __init__(
        self,
        tokens: Sequence[Sequence[str]],
        owners: Sequence[int],
        exact_only: Sequence[bool] | None = None,
        _grams: Grams | None = None,
    ) -> None:
        self.tokens = tokens
        self.owners = np.asarray(owners, dtype=np.int64)
        self._names = self._arrays(tokens)
        apart = np.zeros(len(tokens), np.bool_) if exact_only is None else np.asarray(exact_only, np.bool_)
        self._grams = _grams or _build_grams(self._names, apart)

    @classmethod
    def of(cls, names: Sequence[str], owners: Sequence[int], exact_only: Sequence[bool] | None = None) -> NameIndex:
        """Build the index of names as printed."""
        return cls(normalise_all(names), owners, exact_only)

    # ---- what words weigh

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(token for tokens in self.tokens for token in set(tokens))

    @cached_property
    def _rarities(self) -> dict[str, float]:
        """Rarity of each word in nats: -ln of the share of names that hold it, in these lists or at large.

        A list of a few names cannot say which words are rare: it is taken as part of a list as long as the one
        behind `word_counts`, and a word is no rarer here than there.
        """
        names, at_large = word_counts()
        total = self._total
        found = {word: (count + 1.0) / total for word, count in self._counts.items()}
        for word, count in at_large.items():
            found[word] = max(found.get(word, 0.0), (count + 1.0) / (names + 1.0))
        rarities = {word: -math.log(share) for word, share in found.items()}
        cap = rules().data["generic"]["weight"]
        rarities |= {word: min(rarities.get(word, cap), cap) for word in rules().generic}
        rarities |= {word: _LEGAL_SHARE * min(rarities.get(word, cap), cap) for word in rules().legal_classes}
        return {word: max(rarity, _LEAST_RARITY) for word, rarity in rarities.items()}

    @property
    def _total(self) -> float:
        return max(len(self.tokens), word_counts()[0]) + 1.0

    @cached_property
    def unseen(self) -> float:
        """Rarity of a word that no listed name holds: as much as one that a single name holds."""
        return math.log(self._total / 2.0)

    def rarity(self, tokens: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return the rarity of each word, in nats."""
        known, unseen = self._rarities, self.unseen
        return np.array([known.get(t, unseen) for t in tokens], dtype=np.float64)

    def _arrays(self, names: Sequence[Sequence[str]]) -> Names:
        flat = [token for tokens in names for token in tokens]
        letters, words = letters_of(flat)
        ends = np.cumsum(np.fromiter(map(len, names), dtype=np.int64, count=len(names)))
        classes = rules().legal_classes
        legal = np.fromiter((t in classes for t in flat), dtype=np.bool_, count=len(flat))
        return Names(letters, words, np.concatenate([np.zeros(1, np.int64), ends]), legal, self.rarity(flat))

    # ---- looking names up

    @cached_property
    def _by_words(self) -> dict[tuple[str, ...], list[int]]:
        return _positions(tuple(tokens) for tokens in self.tokens)

    @cached_property
    def _by_sorted_words(self) -> dict[tuple[str, ...], list[int]]:
        return _positions(tuple(sorted(tokens)) for tokens in self.tokens)

    def search(self, names: Sequence[str | None], options: SearchOptions | None = None) -> list[Hit]:
        """Return the hits of each name, in order of name, then best first, at most one per listed entry.

        Args:
            names: names as written. One that names nobody, or is one common word, meets nothing.
            options: how far to go.
        """
        options = options or SearchOptions()
        tokens = normalise_all(names)
        queries = self._arrays(tokens)
        asked = self._worth_asking(tokens, queries, options.least_rarity)
        found = self._similar(queries, asked, options)
        for row in np.flatnonzero(asked).tolist():
            self._add_same_words(row, tokens[row], found, options)
        return [hit for row in sorted(found) for hit in self._best_per_owner(found[row], options.most_hits)]

    def _worth_asking(self, tokens: list[list[str]], queries: Names, least_rarity: float) -> npt.NDArray[np.bool_]:
        """Whether each name says enough to be looked for: more than one word, or one rare word."""
        weight = np.where(queries.legal, 0.0, queries.rarity)
        sums = np.concatenate([np.zeros(1), np.cumsum(weight)])
        total = sums[queries.names[1:]] - sums[queries.names[:-1]]
        words = np.concatenate([np.zeros(1, np.int64), np.cumsum(~queries.legal)])
        count = words[queries.names[1:]] - words[queries.names[:-1]]
        long_enough = np.fromiter((sum(map(len, t)) >= 3 for t in tokens), dtype=np.bool_, count=len(tokens))
        answer: npt.NDArray[np.bool_] = long_enough & ((count > 1) | ((count == 1) & (total >= least_rarity)))
        return answer

    def _similar(self, queries: Names, asked: npt.NDArray[np.bool_], options: SearchOptions) -> dict[int, list[Hit]]:
        grams, listed = self._grams, self._names
        near, light, least = letter_classes()
        rows, numbers, scores = kernels.search(
            *_as_arguments(queries, near), asked, *_as_arguments(listed, near, with_legal=False),
            grams.codes, grams.begins, grams.idf, grams.holders, grams.shares, grams.unseen,
            options.weights.array(), cost_table(), light, least,
            options.candidates, options.least_cosine, options.threshold,
        )  # fmt: skip
        found: dict[int, list[Hit]] = {}
        for row, number, score in zip(rows.tolist(), numbers.tolist(), scores.tolist(), strict=True):
            found.setdefault(row, []).append(Hit(row, number, _SIMILAR, score))
        return found

    def _add_same_words(self, row: int, tokens: list[str], found: dict[int, list[Hit]], options: SearchOptions) -> None:
        """Add the listed names with the same words, which no cut of the candidates may lose."""
        exact = self._by_words.get(tuple(tokens), [])
        reordered = self._by_sorted_words.get(tuple(sorted(tokens)), [])
        if not reordered:
            return
        matched = float(self.rarity(tokens[:MAX_TOKENS]).sum())
        score = 1.0 - math.exp(-matched / options.weights.scale)
        same = [Hit(row, n, _EXACT, score) for n in exact]
        same += [Hit(row, n, _REORDERED, score) for n in reordered if n not in set(exact)]
        met = {hit.listed for hit in same}
        found[row] = same + [hit for hit in found.get(row, []) if hit.listed not in met]

    def _best_per_owner(self, hits: list[Hit], most: int) -> list[Hit]:
        """Keep the best name of each entry: same words first, then score, then the order of the list."""
        order = {_EXACT: 0, _REORDERED: 1, _SIMILAR: 2}
        kept: dict[int, Hit] = {}
        for hit in sorted(hits, key=lambda h: (order[h.how], -h.score, h.listed)):
            kept.setdefault(int(self.owners[hit.listed]), hit)
        return list(kept.values())[:most]

    def explain(self, name: str, listed: int, weights: Weights | None = None) -> Alignment:
        """Return the name and listed name number `listed` side by side, for a person to read."""
        tokens = normalise_all([name])[0]
        there = self.tokens[listed]
        return align(tokens, self.rarity(tokens), there, self.rarity(there), weights or Weights())

    # ---- keeping it

    def save(self, path: Path) -> None:
        """Write the index as one file; another process that writes the same does no harm."""
        grams = self._grams
        text = "\n".join(" ".join(tokens) for tokens in self.tokens)
        room = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with room.open("wb") as file:
            np.savez(
                file, text=np.frombuffer(text.encode(), dtype=np.uint8), count=len(self.tokens),
                owners=self.owners, codes=grams.codes, begins=grams.begins, idf=grams.idf,
                holders=grams.holders, shares=grams.shares, unseen=grams.unseen, allow_pickle=False,
            )  # fmt: skip
        room.replace(path)

    @classmethod
    def load(cls, path: Path) -> NameIndex:
        """Read an index that `save` wrote. Raises OSError or ValueError when it is not one."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                lines = data["text"].tobytes().decode().split("\n") if data["count"] else []
                codes, begins, idf, holders, shares = (data[part] for part in _POSTINGS)
                grams = Grams(codes, begins, idf, holders, shares, float(data["unseen"]))
                return cls([line.split() for line in lines], data["owners"].tolist(), _grams=grams)
        except (EOFError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path.name} holds no index of names: {error}") from error

    @staticmethod
    def file_name(versions: Sequence[str]) -> str:
        """Return the name of the file that an index of these list versions is kept under in a cache.

        >>> NameIndex.file_name(["ofac-sdn@1234"]) == NameIndex.file_name(["ofac-sdn@1235"])
        False
        """
        key = "\x1f".join([str(_FORMAT), VERSION, *sorted(versions)])
        return f"names-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"


@dataclass(frozen=True, slots=True)
class Grams:
    """Letter triples and the names that hold them: of triple g, `holders[begins[g]:begins[g + 1]]`."""

    codes: npt.NDArray[np.uint64]
    begins: npt.NDArray[np.int64]
    idf: npt.NDArray[np.float32]
    holders: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float32]
    unseen: float


def _as_arguments(names: Names, near: npt.NDArray[np.uint64], *, with_legal: bool = True) -> list[Any]:
    held = letters_held(names.letters, names.words, near)
    legal = [names.legal] if with_legal else []
    return [names.letters, names.words, names.names, *legal, names.rarity, *held]


def _build_grams(names: Names, exact_only: npt.NDArray[np.bool_]) -> Grams:
    """Return the postings of names; company forms have none, since half the list would hold them."""
    total = len(names.names) - 1
    codes, holders = kernels.grams(
        names.letters, names.words, names.names, names.legal | np.repeat(exact_only, np.diff(names.names))
    )
    known, gram = np.unique(codes, return_inverse=True)
    keys, counts = np.unique(gram.astype(np.int64) * max(total, 1) + holders, return_counts=True)
    gram, holder = np.divmod(keys, max(total, 1))
    spread = np.bincount(gram, minlength=len(known))
    idf = np.log((total + 1.0) / (spread + 1.0)) + 1.0
    weight = counts * idf[gram]
    length = np.sqrt(np.bincount(holder, weights=weight**2, minlength=total))
    begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(spread)])
    shares = weight / length[holder] if len(holder) else weight
    unseen = math.log((total + 1.0) / 2.0) + 1.0
    return Grams(known, begins, idf.astype(np.float32), holder.astype(np.int32), shares.astype(np.float32), unseen)


def _positions(keys: object) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for number, key in enumerate(keys):  # type: ignore[var-annotated, arg-type]
        if key:
            found.setdefault(key, []).append(number)
    return found
