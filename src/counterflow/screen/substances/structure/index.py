"""The listed structures of a registry, ready to be looked up: by molecular formula and by InChIKey.

Made once for each version of the registry, when the first structure is asked. Flat means without stereo.
Structures that are salts by law (potassium permanganate) are compared with all their components.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rdkit.Chem import rdMolDescriptors

from counterflow.reference.registry import Registry
from counterflow.screen.substances.structure.composition import weight
from counterflow.screen.substances.structure.cutting import Shape, graph_sums, shape_of
from counterflow.screen.substances.structure.molecule import Molecule, read_molecule
from counterflow.screen.substances.structure.relations import LeftOut

__all__ = [
    "BLOCK",
    "Excluded",
    "ListedStructure",
    "StructureIndex",
    "formula_of",
    "same_flat",
    "structure_index",
]

#: Letters of the first block of an InChIKey: the connections, without stereo, isotopes and protons.
BLOCK = 14
#: Registries kept ready at a time: the shipped one, and the same with what a site has accepted.
_KEPT = 4


@dataclass(frozen=True)
class ListedStructure:
    """One listed structure: the molecule is read when it is needed."""

    substance: str
    text: str
    inchikey: str
    standing: str

    @cached_property
    def molecule(self) -> Molecule:
        """The structure, read as any other; raises ValueError where the table holds no SMILES."""
        return _read(self.text)

    @cached_property
    def formula(self) -> str:
        """Molecular formula with hydrogens and charge."""
        return formula_of(self.molecule)

    @cached_property
    def graph(self) -> tuple[int, int]:
        """What is equal for equal connections, of its parent."""
        return graph_sums(self.molecule.mol)

    @property
    def is_flat(self) -> bool:
        """Whether the structure fixes no stereo."""
        return not any(sign in self.text for sign in "@/\\")


@dataclass(frozen=True)
class Excluded:
    """One structure that an instrument leaves out by name, and the substances of the registry that bear that name."""

    text: str
    left: LeftOut
    own: frozenset[str]

    @cached_property
    def molecule(self) -> Molecule:
        """The structure, read as any other."""
        return _read(self.text)


@dataclass(frozen=True)
class StructureIndex:
    """What is looked up.

    Args:
        keys: InChIKey to the listed structures.
        blocks: its first block to the same.
        formulas: molecular formula to the listed structures that have it.
        esterified: heavy atoms of those of which some entry extends to esters or ethers, to their shapes.
        excluded: molecular formula to what instruments leave out.
    """

    keys: Mapping[str, tuple[ListedStructure, ...]]
    blocks: Mapping[str, tuple[ListedStructure, ...]]
    formulas: Mapping[str, tuple[ListedStructure, ...]]
    esterified: Mapping[int, frozenset[Shape]]
    excluded: Mapping[str, tuple[Excluded, ...]]


_INDEXES: dict[str, StructureIndex] = {}


def structure_index(registry: Registry) -> StructureIndex:
    """Return the index of a registry, made at the first call for its version."""
    made = _INDEXES.get(registry.version)
    if made is None:
        while len(_INDEXES) >= _KEPT:
            _INDEXES.pop(next(iter(_INDEXES)))
        made = _INDEXES[registry.version] = _made(registry)
    return made


def formula_of(molecule: Molecule) -> str:
    """Return the molecular formula of the parent, with hydrogens and charge, as "C22H28N2O"."""
    return str(rdMolDescriptors.CalcMolFormula(molecule.mol))


def same_flat(molecule: Molecule, listed: ListedStructure) -> bool:
    """Say whether a molecule is a listed structure but for stereo; of salts that the law names, with the same ion."""
    known = listed.molecule
    return known.smiles == molecule.smiles and (not known.components or {*known.components} == {*molecule.components})


def _made(registry: Registry) -> StructureIndex:
    keys: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    formulas: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    esterified: defaultdict[int, set[Shape]] = defaultdict(set)
    for structure in registry.structures.values():
        listed = ListedStructure(structure.substance, structure.smiles, structure.inchikey, structure.standing)
        keys[listed.inchikey].append(listed)
        formulas[listed.formula].append(listed)
        if any({"esters", "ethers"} & set(c.extends_to) for c in registry.controls.get(listed.substance, ())):
            esterified[weight(listed.text)].add(shape_of(listed.molecule.mol))
    blocks: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    for key, structures in keys.items():
        blocks[key[:BLOCK]] += structures
    return StructureIndex(
        _frozen(keys),
        _frozen(blocks),
        _frozen(formulas),
        {made_of: frozenset(shapes) for made_of, shapes in esterified.items()},
        _excluded(registry),
    )


def _excluded(registry: Registry) -> dict[str, tuple[Excluded, ...]]:
    asked = {row.name.casefold() for row in registry.exclusions}
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for name in registry.names:
        if name.text.casefold() in asked:
            bearers[name.text.casefold()].add(name.substance)
    grouped: defaultdict[str, list[Excluded]] = defaultdict(list)
    for row in registry.exclusions:
        if row.smiles:
            left = LeftOut(row.instrument, row.name, row.citation, row.words)
            excluded = Excluded(row.smiles, left, frozenset(bearers[row.name.casefold()]))
            grouped[formula_of(excluded.molecule)].append(excluded)
    return {formula: tuple(rows) for formula, rows in grouped.items()}


def _read(smiles: str) -> Molecule:
    read = read_molecule(smiles)
    if not isinstance(read, Molecule):
        raise ValueError(f"structure of the registry: {smiles!r}: {read.reason}")  # noqa: TRY004 - a value of a table
    return read


def _frozen(grouped: Mapping[str, list[ListedStructure]]) -> dict[str, tuple[ListedStructure, ...]]:
    return {key: tuple(structures) for key, structures in grouped.items()}
