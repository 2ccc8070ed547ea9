"""German writes salt and form onto the name: `Ephedrinhydrochlorid`, `Morphinsulfat`, `Fentanylpflaster`.

Such a word is taken apart into a sure name of the registry and one of a few endings; what lies between is at most an s.
Endings that make something else of it (`-test`, `-frei`, `-ersatz`, esters such as `-acetat`) are not among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterflow.matching.automaton import fold
from counterflow.reference.registry import Name

__all__ = ["CompoundWords"]

_SALTS = (
    "hydrochlorid hydrobromid hydrojodid hydrogensulfat sulfat sulphat phosphat hydrogentartrat bitartrat tartrat"
    " citrat maleat fumarat oxalat succinat mesilat nitrat hcl base salz"
)
_FORMS = (
    "pulver kristalle kristallen tablette tabletten kapsel kapseln tropfen lösung lösungen injektionslösung pflaster"
    " ampulle ampullen zäpfchen spray nasenspray"
)
_ENDINGS = tuple(sorted((fold(word) for word in f"{_SALTS} {_FORMS}".split()), key=len, reverse=True))
_TYPES = frozenset({"statutory", "INN", "foreign"})
#: Letters of the shortest name that may stand in front.
_SHORTEST = 6


class CompoundWords:
    """Sure names of one word, to be met with a German ending.

    Args:
        names: names of a registry; ambiguous ones, trade names and chemical formulas are passed over.

    >>> from counterflow.reference.registry import load_registry
    >>> words = CompoundWords(load_registry().names)
    >>> [name and name.substance for name in map(words.find, ("morphinsulfat", "fentanylpflaster", "kokaintest"))]
    ['morphine', 'fentanyl', None]
    """

    def __init__(self, names: Sequence[Name]) -> None:
        sure = (n for n in names if n.type in _TYPES and not n.ambiguity)
        self._stems: Mapping[str, Name] = {
            word: name for name in sure if len(word := fold(name.text)) >= _SHORTEST and word.isalpha()
        }

    def find(self, word: str) -> Name | None:
        """Return the name in front of an ending; None where the folded word is no such compound."""
        if not word.endswith(_ENDINGS):
            return None
        for ending in _ENDINGS:
            stem = word.removesuffix(ending)
            if stem != word and (name := self._stems.get(stem) or self._stems.get(stem.removesuffix("s"))):
                return name
        return None
