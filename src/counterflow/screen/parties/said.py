"""What is said of a whole file of parties: how many were asked, how many alert, and why others met nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from counterflow.matching.normalise import normalise_all, rules

__all__ = ["count_unasked", "why_unasked"]

_WORD = re.compile(r"[^\W_]+")
_SHOWN = ("empty", "a name for nobody (UNKNOWN, N/A …)", "digits only", "a company form alone", "no letter or digit")


def why_unasked(name: str | None) -> str:
    """Return why a name names nobody; empty for one that names somebody.

    >>> why_unasked("CORP"), why_unasked("n/a"), why_unasked("  "), why_unasked("0012"), why_unasked("Ana Ruiz")
    ('a company form alone', 'a name for nobody (UNKNOWN, N/A …)', 'empty', 'digits only', '')
    """
    if not name or not name.strip():
        return _SHOWN[0]
    if normalise_all([name])[0]:
        return ""
    words = _WORD.findall(name.casefold())
    if not words:
        return _SHOWN[4]
    if all(word.isdigit() for word in words):
        return _SHOWN[2]
    forms = rules().legal_classes
    return _SHOWN[3] if all(rules().one_word.get(word, word) in forms for word in words) else _SHOWN[1]


def count_unasked(names: Sequence[str | None], tokens: Sequence[Sequence[str]] | None = None) -> Counter[str]:
    """Return how many names name nobody, by reason; `tokens` are their words, where they are at hand."""
    words = normalise_all(names) if tokens is None else tokens
    return Counter(why_unasked(name) for name, found in zip(names, words, strict=True) if not found)
