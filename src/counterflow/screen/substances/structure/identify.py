"""Which listed substance a structure is, or is a salt, isotope, stereoisomer, ester or ether of.

Nothing is varied or proposed: the structure given is held against the listed ones, and an ester or ether is cut, in
silico, to the alcohol or acid that the text names (`cutting`). How far an entry of law reaches is said by
`Match.reached_by`.

>>> from counterflow.reference.registry import load_registry
>>> from counterflow.screen.substances.structure.molecule import read_molecule
>>> match = identify(read_molecule("CN1CCCC1c1cccnc1"), load_registry())
>>> match
()
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rdkit import Chem
from rdkit.Chem import rdinchi

from counterflow.reference.registry import Registry
from counterflow.screen.substances.structure.cutting import Cut, cuts, graph_sums
from counterflow.screen.substances.structure.index import (
    BLOCK,
    Excluded,
    ListedStructure,
    StructureIndex,
    formula_of,
    same_flat,
    structure_index,
)
from counterflow.screen.substances.structure.limits import Unreadable
from counterflow.screen.substances.structure.molecule import Molecule
from counterflow.screen.substances.structure.relations import Match

__all__ = ["identify", "identify_inchikey"]

_INCHIKEY = re.compile(r"(?:InChIKey=)?([A-Z]{14})(?:-([A-Z]{8})([SN])([A-Z])-([A-Z]))?", re.IGNORECASE)
#: Second block of a standard InChIKey of version 1 without stereo and isotopes.
_NO_STEREO = "UHFFFAOY"
_LAYERS = "the key does not tell stereo from isotopes and charge"
_OTHER_STEREO = (
    "the listed structure fixes another stereo; whether the entry reaches this isomer its words do not decide"
)


def identify(molecule: Molecule, registry: Registry) -> tuple[Match, ...]:
    """Return the listed substances that a molecule is or is a form of; none where it is not among them.

    Args:
        molecule: one substance, from `read_molecule`; of a mixture each (`read_molecules`).
        registry: what is listed.
    """
    index = structure_index(registry)
    formula = formula_of(molecule)
    listed, tautomer = _listed_alike(molecule, formula, index)
    excluded = [e for e in index.excluded.get(formula, ()) if e.molecule.smiles == molecule.smiles]
    if listed:
        found = [_stereo_match(molecule, structure, tautomer=tautomer) for structure in listed]
        found = _with_exclusions(_beside_exact(found, registry), molecule, excluded)
    elif excluded:
        return ()
    else:
        found = _by_cutting(molecule, index)
    return tuple(_as_written(match, molecule) for match in found)


def identify_inchikey(key: str, registry: Registry) -> tuple[Match, ...] | Unreadable:
    """Return the listed substances that an InChIKey, or its first block, belongs to.

    Args:
        key: standard InChIKey, 27 characters, or its first block of 14 letters.
        registry: what is listed.
    """
    text = key.strip()
    read = _INCHIKEY.fullmatch(text)
    if read is None:
        kind = "syntax" if text else "empty"
        return Unreadable.of(text, kind, "no InChIKey: 14, 10 and 1 letters with dashes between them")
    index = structure_index(registry)
    block, layers, standard = read.group(1).upper(), (read.group(2) or "").upper(), (read.group(3) or "").upper()
    if standard == "N":
        return Unreadable.of(text, "syntax", "not a standard InChIKey: its tenth letter after the dash says N")
    same = index.keys.get(text.upper().removeprefix("INCHIKEY="), ())
    rest = [s for s in index.blocks.get(block, ()) if s not in same]
    exact = [Match(s.substance, "same", s.standing, "its InChIKey") for s in same]
    return (*exact, *(_by_layers(s, layers) for s in rest))


def _by_layers(listed: ListedStructure, layers: str) -> Match:
    """Return the match of a key of the same connections whose other layers differ."""
    if not layers:
        words, doubt = "the first block of its InChIKey", "the first block says nothing of stereo and isotopes"
        return Match(listed.substance, "no-stereo", listed.standing, words, (), doubt)
    if layers == _NO_STEREO:
        return Match(listed.substance, "no-stereo", listed.standing, "its InChIKey without stereo")
    words = "an InChIKey of the same connections with other stereo, isotopes or charge"
    if listed.is_flat:
        return Match(listed.substance, "stereoisomer", listed.standing, words, (), _LAYERS)
    return Match(listed.substance, "stereoisomer", listed.standing, words, ("isomers",), _OTHER_STEREO)


def _listed_alike(molecule: Molecule, formula: str, index: StructureIndex) -> tuple[tuple[ListedStructure, ...], bool]:
    """Return the listed structures of the same connections, and whether only as a tautomer."""
    listed = index.formulas.get(formula)
    if not listed:
        return (), False
    graph = graph_sums(molecule.mol)
    alike = [structure for structure in listed if structure.graph == graph]
    found = tuple(structure for structure in alike if same_flat(molecule, structure))
    if found or not alike:
        return found, False
    block = str(rdinchi.MolToInchiKey(molecule.mol))[:BLOCK]
    return tuple(structure for structure in alike if structure.inchikey[:BLOCK] == block), True


def _with_exclusions(found: list[Match], molecule: Molecule, excluded: Sequence[Excluded]) -> list[Match]:
    """Tell with each match what instruments leave out; a flat drawing may be what they leave out."""
    exactly = [e for e in excluded if molecule.stereo and _stereo(molecule, e.molecule) == "same"]
    if exactly:
        left = tuple(e.left for e in exactly)
        return [replace(m, left_out=left, by_name=any(m.substance in e.own for e in exactly)) for m in found]
    for possible in (e for e in excluded if e.own and not molecule.stereo):
        doubt = f"drawn without stereo it may be {possible.left.name}, which is left out ({possible.left.citation})"
        found = [m if m.doubt or m.substance in possible.own else replace(m, doubt=doubt) for m in found]
    return found


def _beside_exact(found: list[Match], registry: Registry) -> list[Match]:
    """Doubt isomers that are listed as another kind of thing where one substance is exactly meant.

    A structure that is one listed substance to the last centre is no other one that fixes another stereo; an isomer
    listed as the same kind of thing is told where some instrument names it and not the one that is exactly meant.
    """
    exact = [m for m in found if m.relation == "same"]
    if not exact:
        return found
    grades = {registry.substances[m.substance].grade for m in exact}
    named = registry.substances[exact[0].substance].name
    told = {c.instrument for m in exact for c in registry.controls.get(m.substance, ())}
    kept = []
    for match in found:
        if match.relation == "same":
            kept.append(match)
        elif registry.substances[match.substance].grade not in grades:
            kept.append(replace(match, doubt=f"it is {named} rather than this isomer"))
        elif not match.doubt and any(c.instrument not in told for c in registry.controls.get(match.substance, ())):
            kept.append(match)
    return kept


def _stereo_match(molecule: Molecule, listed: ListedStructure, *, tautomer: bool) -> Match:
    how = _stereo(molecule, listed.molecule)
    relation, words, needs, doubt = _STEREO[how]
    if how == "same" and tautomer:
        relation, words = "tautomer", "a tautomer of its structure"
    return Match(listed.substance, relation, listed.standing, words, needs, doubt)


#: How the stereo given stands to the listed one: the relation, in words, what an entry must extend to, and the doubt.
_STEREO: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "same": ("same", "its structure", (), ""),
    "less": ("no-stereo", "its structure, drawn with less stereo than is listed", (), ""),
    "more": ("stereoisomer", "its structure with stereo that the listed one leaves open", (), ""),
    "mirror": ("stereoisomer", "the mirror image of its structure", ("isomers",), ""),
    "other": ("stereoisomer", "a stereoisomer of its structure", ("isomers",), _OTHER_STEREO),
}


def _stereo(molecule: Molecule, listed: Molecule) -> str:
    given, known = _fixed(molecule), _fixed(listed)
    if given == known:
        return "same"
    if not given or not known:
        return "more" if given else "less"
    if molecule.mol.HasSubstructMatch(listed.mol, useChirality=True):
        return "more"
    if listed.mol.HasSubstructMatch(molecule.mol, useChirality=True):
        return "less"
    return "mirror" if _mirrored(listed.mol) == molecule.stereo_smiles else "other"


def _fixed(molecule: Molecule) -> str:
    """Return the structure with its stereo; empty where it fixes none."""
    return molecule.stereo_smiles if molecule.stereo and molecule.stereo_smiles != molecule.smiles else ""


def _mirrored(mol: Chem.Mol) -> str:
    mirror = Chem.Mol(mol)
    for atom in mirror.GetAtoms():
        atom.InvertChirality()
    return str(Chem.MolToSmiles(mirror))


def _by_cutting(molecule: Molecule, index: StructureIndex) -> list[Match]:
    """Return the listed substances of which the molecule is an ester or an ether."""
    found: dict[str, Match] = {}
    written = "" if molecule.components else molecule.text
    for cut in cuts(molecule.mol, written, index.esterified):
        for listed in index.formulas.get(cut.formula, ()):
            if listed.molecule.smiles == cut.smiles:
                found.setdefault(listed.substance, _cut_match(cut, listed))
    return list(found.values())


def _cut_match(cut: Cut, listed: ListedStructure) -> Match:
    words = f"{'an' if cut.relation[0] == 'e' else 'a'} {cut.relation} of its structure"
    needs = tuple(dict.fromkeys(f"{kind}s" for kind in cut.kinds))
    doubt = "what is bound to it is larger than the listed substance itself" if cut.larger else ""
    return Match(listed.substance, cut.relation, listed.standing, words, needs, doubt)


def _as_written(match: Match, molecule: Molecule) -> Match:
    """Add what the form written needs: a counter-ion salts, isotopes isotopes."""
    needs, words = list(match.needs), match.words
    if molecule.salt and "." not in molecule.smiles:
        needs.append("salts")
        words += ", as a salt"
    if molecule.isotopes:
        needs.append("isotopes")
        words += ", with isotopes"
    return replace(match, needs=tuple(needs), words=words)
