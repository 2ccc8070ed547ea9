"""Which names of a list can be compared at all.

A name of ten thousand letters is no name: its row is refused. Digits alone, ``UNKNOWN``, ``N/A`` or ``CORP`` name
nobody: such a name is kept as printed, because the party may still be met by its papers (the Treasury lists a ship
"7-28" with its IMO number), is counted, and is never matched as a name (see `counterflow.matching.normalise`).
"""

from __future__ import annotations

import re
from functools import cache

from counterflow.matching.normalise import normalise, rules

__all__ = ["LONGEST_NAME", "names_nobody", "tidy", "why_unusable"]

#: characters; the longest name on the lists of the US Treasury 2019-2025, the UN 2026 and BIS 2022 has 196
LONGEST_NAME = 1000
_WORD = re.compile(r"\w+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def tidy(text: str) -> str:
    r"""Return text on one line: single spaces, and no control characters or halves of characters.

    >>> tidy("  Jane\tRoe\x00 ")
    'Jane Roe'
    """
    if text.isprintable():
        # Most text is tidy already; no-break spaces and line ends are not printable.
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def why_unusable(name: str) -> tuple[str, str] | None:
    """Return reason and hint where a name cannot be compared, else None.

    >>> why_unusable("x" * 2000)[0], why_unusable("Acme Corp")
    ('name-too-long', None)
    """
    if not name:
        return "no-name", "The entry has no name."
    if len(name) > LONGEST_NAME:
        return "name-too-long", f"It has {len(name):,} characters; a name has {LONGEST_NAME:,} at most."
    return None


def names_nobody(name: str) -> bool:
    """Return whether nothing that names somebody is left of a name.

    >>> [names_nobody(name) for name in ("CORP", "n/a", "7-28", "UNKNOWN", "Acme Corp")]
    [True, True, True, True, False]
    """
    suspects = _suspects()
    for word in _WORD.finditer(name):
        if not word[0].isdigit() and word[0].casefold() not in suspects:
            return False
    return not normalise(name).tokens


@cache
def _suspects() -> frozenset[str]:
    """Words that placeholders and company forms are made of; a name with another word in it names somebody."""
    known = rules()
    placeholders = {word for name in known.placeholders for word in name}
    phrases = {word for forms in known.phrases.values() for parts, _ in forms for word in parts}
    return frozenset(placeholders | phrases | known.one_word.keys() | known.legal_classes)
