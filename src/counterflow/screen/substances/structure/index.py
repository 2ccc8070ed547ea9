"""The listed structures of a registry, ready to be looked up: by flat structure, by InChIKey, by composition.

Made once for each version of the registry, when the first structure is asked. Flat means without stereo. Structures
that are salts by law (potassium permanganate) are looked up with all their components.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rdkit.Chem import rdMolDescriptors

from counterflow.reference.registry import Registry
from counterflow.screen.substances.structure.composition import composition, elements
from counterflow.screen.substances.structure.molecule import Molecule, read_molecule
from counterflow.screen.substances.structure.relations import LeftOut

__all__ = ["BLOCK", "Excluded", "ListedStructure", "StructureIndex", "flat_key", "structure_index"]

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
        return str(rdMolDescriptors.CalcMolFormula(self.molecule.mol))

    @property
    def hydrogens(self) -> int:
        """How many hydrogens the structure has."""
        mol = self.molecule.mol
        return sum(mol.GetAtomWithIdx(place).GetTotalNumHs() for place in range(mol.GetNumAtoms()))

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
        flat: canonical flat SMILES to the listed structures; for salts by law all components, "." between.
        keys: InChIKey to the listed structures.
        blocks: its first block to the same.
        compositions: heavy atoms, as "C9O4", to the listed structures that have them.
        esterified: heavy atoms of those of which some entry extends to esters or ethers, to their hydrogens.
        excluded: heavy atoms to what instruments leave out.
    """

    flat: Mapping[str, tuple[ListedStructure, ...]]
    keys: Mapping[str, tuple[ListedStructure, ...]]
    blocks: Mapping[str, tuple[ListedStructure, ...]]
    compositions: Mapping[str, tuple[ListedStructure, ...]]
    esterified: Mapping[str, frozenset[int]]
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


def flat_key(molecule: Molecule) -> str:
    """Return the flat structure of a molecule with all its components."""
    return ".".join(sorted((molecule.smiles, *molecule.components)))


def _made(registry: Registry) -> StructureIndex:
    flat: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    keys: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    compositions: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    esterified: defaultdict[str, set[int]] = defaultdict(set)
    for structure in registry.structures.values():
        listed = ListedStructure(structure.substance, structure.smiles, structure.inchikey, structure.standing)
        flat[_flat(listed.text)].append(listed)
        keys[listed.inchikey].append(listed)
        made_of = composition(elements(listed.text))
        compositions[made_of].append(listed)
        if any({"esters", "ethers"} & set(c.extends_to) for c in registry.controls.get(listed.substance, ())):
            esterified[made_of].add(listed.hydrogens)
    blocks: defaultdict[str, list[ListedStructure]] = defaultdict(list)
    for key, structures in keys.items():
        blocks[key[:BLOCK]] += structures
    return StructureIndex(
        _frozen(flat),
        _frozen(keys),
        _frozen(blocks),
        _frozen(compositions),
        {made_of: frozenset(hydrogens) for made_of, hydrogens in esterified.items()},
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
            grouped[composition(elements(row.smiles))].append(
                Excluded(row.smiles, left, frozenset(bearers[row.name.casefold()]))
            )
    return {made_of: tuple(rows) for made_of, rows in grouped.items()}


def _flat(smiles: str) -> str:
    """Return the flat form of a canonical SMILES; one without stereo, charges and components is that already."""
    if not any(sign in smiles for sign in "@/\\[.:"):
        return smiles
    return flat_key(_read(smiles))


def _read(smiles: str) -> Molecule:
    read = read_molecule(smiles)
    if not isinstance(read, Molecule):
        raise ValueError(f"structure of the registry: {smiles!r}: {read.reason}")  # noqa: TRY004 - a value of a table
    return read


def _frozen(grouped: Mapping[str, list[ListedStructure]]) -> dict[str, tuple[ListedStructure, ...]]:
    return {key: tuple(structures) for key, structures in grouped.items()}
