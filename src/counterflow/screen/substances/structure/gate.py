"""Which families of class rules a molecule belongs to: most belong to none, and that is found in a few calls.

Each pattern costs about the same however small it is, so those that share a necessary condition stand behind one
pattern that asks for it. The conditions are read off the patterns themselves, so that a new rule needs no care here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdfiltercatalog

__all__ = ["Gate"]

#: What is asked first, and what only then.
_NITROGEN, _AZOLE = "[#7]", "[n;r{3-5}]"
#: Signs of an atom that can only be a nitrogen, aromatic or not.
_ONLY_NITROGEN = re.compile(r"\[?(?:#7|[Nn])(?:[&;][^,]*)?\]?")
_AZOLE_SIZE = 5


class Gate:
    """The families of a set of rules, asked together.

    Args:
        families: pattern as written to the pattern as read.
    """

    def __init__(self, families: Mapping[str, Any]) -> None:
        nitrogen = {text: p for text, p in families.items() if all(map(_has_nitrogen, _alternatives(text, p)))}
        azoles = {text: p for text, p in nitrogen.items() if all(map(_has_azole, _alternatives(text, p)))}
        self._any = _catalog((t, p) for t, p in families.items() if t not in nitrogen)
        self._nitrogen = _catalog((t, p) for t, p in nitrogen.items() if t not in azoles)
        self._azoles = _catalog(azoles.items())
        self._has_nitrogen, self._has_azole = Chem.MolFromSmarts(_NITROGEN), Chem.MolFromSmarts(_AZOLE)

    def families(self, mol: Any) -> set[str]:
        """Return the families, as written, that a molecule belongs to.

        Args:
            mol: RDKit Mol.
        """
        met = _described(self._any, mol)
        if mol.HasSubstructMatch(self._has_nitrogen):
            met |= _described(self._nitrogen, mol)
            if mol.HasSubstructMatch(self._has_azole):
                met |= _described(self._azoles, mol)
        return met


def _described(catalog: Any, mol: Any) -> set[str]:
    entries = catalog.GetMatches(mol)
    # Going through what the toolkit returns costs more than its length, which is mostly nothing.
    return {entry.GetDescription() for entry in entries} if len(entries) else set()


def _catalog(families: Iterable[tuple[str, Any]]) -> Any:
    catalog = rdfiltercatalog.FilterCatalog()
    for text, pattern in families:
        catalog.AddEntry(rdfiltercatalog.FilterCatalogEntry(text, rdfiltercatalog.SmartsMatcher(text, pattern)))
    return catalog


def _alternatives(text: str, pattern: Any) -> list[Any]:
    """Return the patterns of which a pattern asks for one, where it is written so; else itself."""
    if not (text.startswith("[$(") and text.endswith(")]")):
        return [pattern]
    parts = [Chem.MolFromSmarts(part) for part in text[3:-2].split("),$(")]
    return [pattern] if any(part is None for part in parts) else parts


def _has_nitrogen(pattern: Any) -> bool:
    return any(map(_is_nitrogen, pattern.GetAtoms()))


def _is_nitrogen(atom: Any) -> bool:
    return _ONLY_NITROGEN.fullmatch(atom.GetSmarts()) is not None


def _has_azole(pattern: Any) -> bool:
    """Say whether a pattern has an aromatic nitrogen in a ring of five; within larger ones it may be in a smaller."""
    rings = Chem.GetSSSR(Chem.Mol(pattern))
    return any(
        len(ring) == _AZOLE_SIZE and any(_is_aromatic_nitrogen(pattern.GetAtomWithIdx(place)) for place in ring)
        for ring in rings
    )


def _is_aromatic_nitrogen(atom: Any) -> bool:
    return _is_nitrogen(atom) and atom.GetSmarts().lstrip("[").startswith("n")
