"""The few numbers that the score of two names rests on."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

__all__ = ["Weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Set on one half of the development data, see `docs/methods/name-matching.md`.

    Args:
        contradicted: what a nat left over on both sides costs, against 1 for a nat matched.
        omitted: what a nat left over on the list alone costs.
        added: what a nat left over in the record alone costs.
        beyond_cut: what a nat costs that stands behind the point where a field was cut off.
        again: share of its rarity that a word left over weighs when the name says it twice.
        slope: share of a word's rarity that is lost when all its letters change.
        more: nats lost for each letter changed after the first.
        known: nats lost for each letter changed when both words are common: names, not errors.
        known_from: rarity in nats below which a word is one that many people bear.
        known_span: nats below `known_from` from which on `known` counts in full.
        ending: letters that a final a for o counts as (Angela, Angelo).
        most: share of the letters that may change at most.
        joined: the same for words written as one.
        least: likeness below which two words are different words.
        initial: likeness of an initial and the word it could stand for.
        cut_off: likeness of the beginning of a word, where a field was cut off, and the word.
        enough: nats said by both names at which the score is half of what their agreement allows.
        spread: how slowly it rises there, in nats.
        kinds: what a score keeps when a person is laid beside a company, a company beside a ship and so on.
    """

    contradicted: float = 6.0
    omitted: float = 0.3
    added: float = 0.7
    beyond_cut: float = 0.1
    again: float = 0.2
    slope: float = 0.6
    more: float = 0.9
    known: float = 1.0
    known_from: float = 10.3
    known_span: float = 2.0
    ending: float = 1.0
    most: float = 0.5
    joined: float = 0.27
    least: float = 0.3
    initial: float = 0.85
    cut_off: float = 0.9
    enough: float = 5.5
    spread: float = 2.0
    kinds: float = 0.75

    def array(self) -> npt.NDArray[np.float64]:
        """Return the numbers in order, as the kernels take them."""
        return np.array([getattr(self, f.name) for f in fields(self)], dtype=np.float64)


# Where each number stands in `Weights.array()`, for the kernels.
CONTRADICTED, OMITTED, ADDED, BEYOND_CUT, AGAIN = 0, 1, 2, 3, 4
SLOPE, MORE, KNOWN, KNOWN_FROM, KNOWN_SPAN, ENDING, MOST, JOINED, LEAST = 5, 6, 7, 8, 9, 10, 11, 12, 13
INITIAL, CUT_OFF, ENOUGH, SPREAD, KINDS = 14, 15, 16, 17, 18
