"""One line of a list of substances, from a file or from the registry, and the words by which two of them are the same.

Lists print one name in many ways: `α-PVP`, `alpha-PVP`, `Testosterone (17beta-hydroxyandrost-4-en-3-one)`. Names are
compared as letters and digits alone, Greek letters spelled out; a name with words in brackets is known by the words
before them and by the words inside, too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from counterflow.matching.automaton import fold
from counterflow.reference.new_names import names_before_brackets, names_in_brackets

__all__ = ["Entry", "name_key", "name_keys"]

_GREEK = re.compile("[\u0370-\u03ff]")
#: Fewer letters and digits are an abbreviation of anything.
_LONG_ENOUGH = 4


@dataclass(frozen=True)
class Entry:
    """One line of a list.

    Args:
        name: name as the list prints it; of the registry, the preferred name.
        line: line of the file; 0 in the registry.
        other_names: further names.
        list: schedule, table, list or category; empty where the file does not say.
        code: code of the list, for example a DEA number.
        scheme: whose code it is; empty where unsaid.
        cas: CAS number.
        inchikey: InChIKey, of the structure without salt where there is one.
        smiles: structure without salt; of a file.
        substance: id of the substance in the registry; empty in a file.
        scope: words that narrow the entry to some preparations; of the registry.
        sure: whether it holds on the day of comparison; False where its dates do not tell.
    """

    name: str
    line: int = 0
    other_names: tuple[str, ...] = ()
    list: str = ""
    code: str = ""
    scheme: str = ""
    cas: str = ""
    inchikey: str = ""
    smiles: str = ""
    substance: str = ""
    scope: str = ""
    sure: bool = True

    @cached_property
    def own_keys(self) -> frozenset[str]:
        """What it is called by its own name."""
        return name_keys(self.name)

    @cached_property
    def other_keys(self) -> frozenset[str]:
        """What else it is called: by its other names, and by what stands in brackets behind any."""
        others = {key for name in self.other_names for key in name_keys(name)}
        inside = {key for name in (self.name, *self.other_names) for key in keys_in_brackets(name)}
        return frozenset(others | inside) - self.own_keys

    @property
    def skeleton(self) -> str:
        """The part of its InChIKey that says which atoms are joined; empty where it has none."""
        return self.inchikey[:14]


def name_key(name: str) -> str:
    """Return a name as names are compared: letters and digits, a hyphen between two numbers.

    >>> name_key("[3,2-c]-Furazan-5α-androstan-17β-ol")
    '3-2cfurazan5alphaandrostan17betaol'
    """
    spelled = _GREEK.sub(_spelled, name)
    words = fold(spelled).split()
    return "".join(
        f"-{word}" if place and word[0].isdigit() and words[place - 1][-1].isdigit() else word
        for place, word in enumerate(words)
    )


def name_keys(name: str) -> frozenset[str]:
    """Return the keys of a name: as a whole, and of each name that stands before its first bracket.

    >>> sorted(name_keys("NM2201; CBL2201 (naphthalen-1-yl …)"))
    ['cbl2201', 'nm2201', 'nm2201cbl2201naphthalen1yl']
    """
    parts = (name, *names_before_brackets(name))
    return frozenset(key for part in parts if (key := name_key(part)) and (part == name or len(key) >= _LONG_ENOUGH))


def keys_in_brackets(name: str) -> frozenset[str]:
    """Return the keys of what stands in brackets behind a name; weaker, since it may say anything of it.

    >>> sorted(keys_in_brackets("SR-18 (also known as RCS-8) (1-cyclohexylethyl)"))
    ['1cyclohexylethyl', 'rcs8']
    """
    return frozenset(key for part in names_in_brackets(name) if len(key := name_key(part)) >= _LONG_ENOUGH)


def _spelled(letter: re.Match[str]) -> str:
    """Return a Greek letter as its English name, as `alpha`."""
    name = unicodedata.name(letter.group(), "")
    return name.rpartition("LETTER ")[2].partition(" WITH")[0].lower() or letter.group()
