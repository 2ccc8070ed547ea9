"""How common words are in names: frozen tables, so that the score of two names rests on these two names alone.

`names/words.csv` says of how many names of people and of organisations in a million a word is part; it is made from
the tables beside it, from the US census of 1990 and from the official lists of 2019 to 2026 by
`tools/make_name_statistics.py`. A row added to a list changes none of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from counterflow.reference.csv_files import content_version, read_sources, read_text

__all__ = ["VERSION", "NameStatistics", "name_statistics", "sources"]

_MILLION = 1e6
_FOLDER = "names"

#: Version of the tables, by their content.
VERSION = content_version(_FOLDER, ["words.csv", "skeletons.csv"])


@dataclass(frozen=True, slots=True)
class NameStatistics:
    """Shares, 0 to 1, of names that hold a word.

    Args:
        words: by word, the larger of its shares among names of people and of organisations.
        syllables: by syllable, its share among the given names made of such (China, Korea).
        skeletons: by the consonants of a word (`matching.name_consonants`), the share of names with such a word.
    """

    words: Mapping[str, float]
    syllables: Mapping[str, float]
    skeletons: Mapping[str, float]


@cache
def name_statistics() -> NameStatistics:
    """Return the statistics.

    >>> shares = name_statistics().words
    >>> shares["mohammed"] > shares["taylor"] > 0
    True
    """
    rows = [line.split(",") for line in _lines("words.csv")]
    words = {word: max(int(people or 0), int(organisations or 0)) / _MILLION for word, people, organisations, _ in rows}
    syllables = {word: int(share) / _MILLION for word, _, _, share in rows if share}
    skeletons = dict(line.split(",") for line in _lines("skeletons.csv"))
    return NameStatistics(words, syllables, {word: int(share) / _MILLION for word, share in skeletons.items()})


def _lines(name: str) -> list[str]:
    lines = read_text(_FOLDER, name).splitlines()
    return [line for line in lines if not line.startswith("#")][1:]


sources = read_sources(_FOLDER)
"""Where the shares come from, by id."""
