"""A whole field that is one name: `PCP`, `4-methyl-2,5-dimethoxy-amphetamine`, `o-fluorofentanyl`.

Names are held against the registry's as texts are compared (case, accents, separators); what is not found so is held
against them once more without any separators, Greek letters written out and `o-`, `m-`, `p-` as ortho, meta, para:
chemical names differ in hyphens and spaces from one list to the next.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from counterflow.matching.automaton import fold
from counterflow.reference.registry import Name, Registry

__all__ = ["WholeNames"]

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ω": "omega"}
_PLACES = {"o": "ortho", "m": "meta", "p": "para"}
_PLACE = re.compile(r"(?<![a-z0-9])([omp])-(?=[a-z])")
_NOT_COMPARED = re.compile(r"[\W_]+")
#: Shorter names without their separators are too easily others: `4-MA` and `4MA`.
_LONG_ENOUGH = 6

_Index = Mapping[str, tuple[Name, ...]]


class WholeNames:
    """The names of a registry, looked up whole.

    >>> from counterflow.reference.registry import load_registry
    >>> names = WholeNames(load_registry())
    >>> [name.substance for name in names.find("4-methyl-2,5-dimethoxy-amphetamine")]
    ['stp']
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def find(self, text: str) -> tuple[Name, ...]:
        """Return the names that read as `text`, one for each substance that bears it."""
        return self._as_compared.get(_folded(text)) or self._squeezed.get(_without_separators(text)) or ()

    @cached_property
    def _as_compared(self) -> _Index:
        """Folded name to names; ids of substances are names too."""
        return _grouped(self._all(), _folded)

    @cached_property
    def _squeezed(self) -> _Index:
        long = (name for name in self._all() if len(_without_separators(name.text)) >= _LONG_ENOUGH)
        return _grouped(long, _without_separators)

    def _all(self) -> Iterable[Name]:
        yield from self._registry.names
        for substance in self._registry.substances.values():
            for text in (substance.name, substance.id):
                yield Name(substance.id, text, "", "registry", 0, substance.source)


def _grouped(names: Iterable[Name], key: Callable[[str], str]) -> _Index:
    """Return key to names, the least ambiguous of each substance; ids speak only where no name reads so."""
    grouped: defaultdict[str, dict[str, Name]] = defaultdict(dict)
    for name in names:
        held = grouped[key(name.text)]
        if name.type == "registry" and held:
            continue
        if name.ambiguity < held.setdefault(name.substance, name).ambiguity:
            held[name.substance] = name
    return {text: tuple(found.values()) for text, found in grouped.items()}


def _folded(text: str) -> str:
    return " ".join(fold(text).split())


def _without_separators(text: str) -> str:
    for letter, name in _GREEK.items():
        text = text.replace(letter, name)
    plain = _PLACE.sub(lambda met: _PLACES[met.group(1)], text.casefold())
    return _NOT_COMPARED.sub("", fold(plain))
