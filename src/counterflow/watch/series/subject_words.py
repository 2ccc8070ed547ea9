"""What a word or a text says was involved: a substance of the registry, or the source's own word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.registry import load_registry
from counterflow.watch.series.published.names import subject_of

__all__ = ["subject", "subjects_in"]

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
