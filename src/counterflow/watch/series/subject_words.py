"""What a word or a text says was involved: a substance of the registry, or the source's own word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.registry import load_registry
from counterflow.watch.series.published.names import subject_of

__all__ = ["FEWEST_EVENTS", "OTHER", "rare_words", "subject", "subjects_in"]

#: events from which a source's own word for what was involved is kept as a name; a rarer one may be about one person
FEWEST_EVENTS = 10
#: what rarer words are counted as
OTHER = "other"

#: names that are an ordinary word or often something else are not looked for in free text
_PLAIN = 1


def subject(word: str, renamed: Mapping[str, str]) -> str:
    """Return what a source's name of a subject is called here: as renamed, by the registry, or as it stands."""
    if word in renamed:
        return renamed[word]
    plain = " ".join(word.split())
    if plain.casefold() in ("", "all", "any", "total"):
        return "all"
    return subject_of(plain) or plain


def rare_words(numbers: Mapping[str, float], renamed: Mapping[str, str]) -> frozenset[str]:
    """Return the subjects that are a word of the source alone, and of few events: they are counted as `other`.

    A column can hold anything, a name too, and what stands once or twice in it is no series.

    Args:
        numbers: events of each subject in the file.
        renamed: the source's name of a subject to ours; these are kept.

    >>> sorted(rare_words({"heroin": 1, "J. Doe": 1, "pills": 40, "all": 2, "press": 3}, {"x": "press"}))
    ['J. Doe']
    """
    known = {"all", OTHER, *renamed.values(), *load_registry().substances}
    return frozenset(name for name, number in numbers.items() if number < FEWEST_EVENTS and name not in known)


def subjects_in(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the substances named in texts: which text, and which substance, each pair once, in order of text.

    Whole words in any case; the longest name wins, so `acetyl fentanyl` is not fentanyl. A negation is not understood
    ("no fentanyl detected" names it). The texts are not kept.

    >>> subjects_in(["Acute intoxication by HEROIN and cocaine", "fall", "acetyl fentanyl"])[1]
    ['cocaine', 'heroin', 'acetylfentanyl']
    """
    automaton, ids = _names()
    pairs = sorted({(hit.row, ids[hit.term]) for hit in automaton.find(texts)})
    return np.array([row for row, _ in pairs], np.int64), [name for _, name in pairs]


@cache
def _names() -> tuple[TermAutomaton, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for name in load_registry().names:
        if name.ambiguity <= _PLAIN and any(letter.isalnum() for letter in name.text):
            found.setdefault(name.text, set()).add(name.substance)
    one = {text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1}
    return TermAutomaton(tuple(one)), tuple(one.values())
