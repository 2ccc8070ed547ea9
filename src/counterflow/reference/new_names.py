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

__all__ = ["ambiguity_of", "type_of"]

#: Shorter names are too easily read out of part numbers and ordinary words.
_LONG_ENOUGH = 7
_ONLY_THIS, _OFTEN_ELSE = 0, 2
_LONGEST_ABBREVIATION = 12
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


@cache
def _ordinary_words() -> frozenset[str]:
    """Words that goods texts use for goods, equipment and trade."""
    tables = load_goods_tables()
    terms = [t.term for t in (*tables.stop_words, *tables.equipment)] + [w.word for w in tables.goods_words]
    return frozenset(word for term in terms for word in _WORD.findall(term.casefold()))
