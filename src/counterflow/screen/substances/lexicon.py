"""All words and numbers of one registry, ready to be looked for; made once for each version of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from counterflow.matching.automaton import TermAutomaton
from counterflow.reference.goods_tables import load_goods_tables
from counterflow.reference.registry import Name, Registry, load_registry
from counterflow.screen.substances.misspelt import NearNames

__all__ = ["Lexicon", "lexicon_of"]

#: Schemes that a text is searched for in another way, or not at all.
_FOUND_OTHERWISE = frozenset({"CAS", "HS"})
_KEPT = 4
_LEXICONS: dict[str, Lexicon] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Lexicon:
    """The names and numbers of a registry as searches need them.

    Args:
        registry: where they come from.
        automaton: all names, then the phrases that only sound like one.
        names: the name of each term of the automaton; None for such a phrase.
    """

    registry: Registry
    automaton: TermAutomaton
    names: Sequence[Name | None]

    @cached_property
    def bodies(self) -> dict[str, str]:
        """CAS numbers without their check digit, and the substance of each."""
        return {number[:-2]: i.substance for number, i in self.registry.cas_numbers.items()}

    @cached_property
    def numbers(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Scheme and number, and the substances that it stands for; InChIKeys of structures that sources agree on."""
        held: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for identifier in self.registry.identifiers:
            if identifier.scheme not in _FOUND_OTHERWISE:
                held[identifier.scheme, identifier.value][identifier.substance] = None
        for structure in self.registry.structures.values():
            if structure.standing != "none":
                held["InChIKey", structure.inchikey][structure.substance] = None
        return {key: tuple(substances) for key, substances in held.items()}

    @cached_property
    def families(self) -> dict[str, str]:
        """Family of each substance."""
        return {s.id: s.family for s in self.registry.substances.values()}

    @cached_property
    def near(self) -> NearNames:
        """Official names that a word may be one letter away from."""
        return NearNames(self.registry.names, load_goods_tables())


def lexicon_of(registry: Registry | None = None) -> Lexicon:
    """Return the lexicon of a registry; the shipped one where None."""
    registry = registry or load_registry()
    with _LOCK:
        if registry.version not in _LEXICONS:
            if len(_LEXICONS) >= _KEPT:
                _LEXICONS.pop(next(iter(_LEXICONS)))
            _LEXICONS[registry.version] = _made(registry)
        return _LEXICONS[registry.version]


def _made(registry: Registry) -> Lexicon:
    innocent = list(load_goods_tables().context["homonym"])
    return Lexicon(
        registry=registry,
        automaton=TermAutomaton([*(n.text for n in registry.names), *innocent]),
        names=[*registry.names, *([None] * len(innocent))],
    )
