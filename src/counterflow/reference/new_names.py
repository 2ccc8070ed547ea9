"""How far a name can be trusted that nobody has judged yet: carefully, since it may be an ordinary word.

A name that an update brings is searched for in every goods text from then on. A short one, one that goods texts use
for something else, or a single word that the list gives only beside the official name (a trade name is often a word of
the language) counts only beside a second sign (ambiguity 2) until a person has looked.

>>> [ambiguity_of(name, official=True) for name in ("N-desethyl isotonitazene", "Spice", "alarm clock", "ABX")]
[0, 2, 2, 2]
>>> ambiguity_of("Paradise", official=False)
2
"""

from __future__ import annotations

import re
from functools import cache

from counterflow.reference.goods_tables import load_goods_tables

__all__ = ["ambiguity_of", "names_before_brackets", "names_in_brackets", "searched_names", "type_of"]

#: Shorter names are too easily read out of part numbers and ordinary words.
_LONG_ENOUGH = 7
_ONLY_THIS, _OFTEN_ELSE = 0, 2
_LONGEST_ABBREVIATION = 12
#: A name, then more words on it: `SR-18 (also known as RCS-8) (1-cyclohexylethyl-…)`, `Lasmiditan [2,4,6-…]`.
_BRACKETS = re.compile(r"(?P<before>.+?)\s+[(\[](?P<inside>.+)")
_INSIDE = re.compile(r"\)\s*\(|[()\]]\s*$")
_ALSO = re.compile(r"\s*also known as\s+", re.IGNORECASE)
_BETWEEN = re.compile(r";\s*|,\s+")
#: What stands in brackets is a name of its own only where it is written as chemists write them.
_CHEMICAL = re.compile(r"\d.*-|-.*\d")
_LONG_CHEMICAL = 7
_WORD = re.compile(r"[^\W\d_]+")


def ambiguity_of(name: str, *, official: bool) -> int:
    """Return how ambiguous a name is taken to be: 2 or 0; see `registry_tables.Name`.

    Args:
        name: the name.
        official: whether it is the name that the list itself uses, and not one that it gives beside it.
    """
    words = _WORD.findall(name.casefold())
    single = len(words) == 1 and not any(c.isdigit() for c in name)
    short = sum(len(word) for word in words) < _LONG_ENOUGH
    if short or (single and not official) or all(word in _ordinary_words() for word in words):
        return _OFTEN_ELSE
    return _ONLY_THIS


def type_of(name: str) -> str:
    """Return the type of a further name, by how it is written: abbreviation, chemical or trade.

    >>> [type_of(name) for name in ("FUB-144", "N-ethyl-3-piperidyl benzilate", "Amytal")]
    ['abbreviation', 'chemical', 'trade']
    """
    letters = "".join(_WORD.findall(name))
    if letters.isupper() and len(name) <= _LONGEST_ABBREVIATION and " " not in name:
        return "abbreviation"
    return "chemical" if re.search(r"\d|-", name) else "trade"


def names_before_brackets(name: str) -> tuple[str, ...]:
    """Return the names that stand before the first bracket of a name; none where there is no bracket.

    >>> names_before_brackets("5F-ADB; 5F-MDMB-PINACA (methyl 2-(1-(5-fluoropentyl)-…)")
    ('5F-ADB', '5F-MDMB-PINACA')
    """
    found = _BRACKETS.match(name)
    return tuple(part for part in _BETWEEN.split(found["before"]) if part) if found else ()


def names_in_brackets(name: str) -> tuple[str, ...]:
    """Return what stands in brackets behind a name; it may say anything of it.

    >>> names_in_brackets("SR-18 (also known as RCS-8) (1-cyclohexylethyl)")
    ('RCS-8', '1-cyclohexylethyl')
    """
    found = _BRACKETS.match(name)
    parts = _INSIDE.split(found["inside"]) if found else []
    return tuple(part for part in (_ALSO.sub("", part).strip() for part in parts) if part)


def searched_names(name: str, *, official: bool) -> dict[str, bool]:
    """Return the names by which goods texts are searched for a name of a list, each with whether it is official.

    A list prints `Isotonitazene (N,N-diethyl-2-…)`, a goods text one or the other.

    >>> searched_names("Exemplazene (2-(4-ethoxybenzyl)-5-nitro)", official=True)
    {'Exemplazene': True, '2-(4-ethoxybenzyl)-5-nitro': False}

    Args:
        name: the name as the list prints it.
        official: whether it is the name that the list itself uses.
    """
    before = names_before_brackets(name)
    if not before or not _stands_alone(before[0]):
        return {name: official}
    inside = [part for part in names_in_brackets(name) if len(part) >= _LONG_CHEMICAL and _CHEMICAL.search(part)]
    return {part: part in before and official for part in (*before, *inside)}


def _stands_alone(before: str) -> bool:
    """Whether what stands before a bracket is a name, and not the beginning of a longer one: `2-(4-bromo-…)`."""
    return not before.endswith("-") and any(c.isalpha() for c in before)


@cache
def _ordinary_words() -> frozenset[str]:
    """Words that goods texts use for goods, equipment and trade."""
    tables = load_goods_tables()
    terms = [stop.term for stop in tables.stop_words] + [machine.term for machine in tables.equipment]
    terms += [goods.word for goods in tables.goods_words]
    return frozenset(word for term in terms for word in _WORD.findall(term.casefold()))
