"""Esters and ethers, cut to the alcohol or acid they are made of on paper: only what was given is taken apart.

For each oxygen between two groups that is in no ring, the molecule is parted beside it, and the part that keeps the
oxygen, now as hydroxyl, is looked up. Which parts are worth it is decided by their heavy atoms alone, counted on the
graph; only those whose composition is that of a listed substance are made into a structure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import NamedTuple, cast

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from counterflow.screen.substances.structure.composition import atom_weight, atom_weights
from counterflow.screen.substances.structure.sites import component, links

__all__ = ["Cut", "Shape", "cuts", "graph_sums", "shape_of"]

#: Hydrogens, first and second Zagreb index.
Shape = tuple[int, int, int]

#: An oxygen in no ring between carbon and carbon, sulphur or phosphorus.
_BRIDGE = Chem.MolFromSmarts("[OX2;!R](~[#6])~[#6,#16,#15]")
_ACYL = Chem.MolFromSmarts("[#6,#16,#15]=[OX1]")
#: More bridges than this are cut one at a time only: chains of ethers have thousands of combinations.
_TOGETHER = 3
_MOST_BRIDGES = 24
#: Larger molecules are not taken apart: what would be cut off is larger than any listed substance.
_LARGEST = 200


@dataclass(frozen=True, slots=True)
class Cut:
    """One part of a molecule.

    Args:
        smiles: canonical flat SMILES of the part, with hydroxyl where it was cut.
        formula: molecular formula of the part.
        kinds: ester and ether, one for each cut.
        larger: whether more heavy atoms were cut off than are left.
    """

    smiles: str
    formula: str
    kinds: tuple[str, ...]
    larger: bool

    @property
    def relation(self) -> str:
        """Ester where any cut was one, else ether."""
        return "ester" if "ester" in self.kinds else "ether"


class _Side(NamedTuple):
    """One way to cut beside an oxygen: the oxygen, which stays, its neighbour, and all that is cut off with it."""

    oxygen: int
    off: int
    behind: set[int]


def cuts(mol: Chem.Mol, written: str, wanted: Mapping[int, Collection[Shape]]) -> Iterator[Cut]:
    """Yield the parts of a molecule whose heavy atoms are wanted, fewest cuts first.

    Args:
        mol: the molecule, neutral and without isotopes.
        written: the SMILES it was read from, atoms in the same order; "" where there is none such.
        wanted: compositions of the substances looked for (`composition.weight`), to their shapes.
    """
    size = mol.GetNumAtoms()
    matches = mol.GetSubstructMatches(_BRIDGE, maxMatches=_MOST_BRIDGES) if size <= _LARGEST else ()
    if not matches:
        return
    weights = atom_weights(written)
    if len(weights) != size:
        weights = [atom_weight(mol.GetAtomWithIdx(place).GetSymbol()) for place in range(size)]
    sides = _sides(mol, {oxygen: beside for oxygen, *beside in matches})
    for chosen, left in _ways(sides, weights):
        shapes = wanted.get(left)
        if not shapes:
            continue
        stays = set(range(size)).difference(*(side.behind for side in chosen))
        if any(side.oxygen not in stays for side in chosen):
            continue
        if shape_of(mol, stays, added=len(chosen)) in shapes:
            yield Cut(*_part(mol, chosen), _kinds(mol, chosen), 2 * len(stays) < size)


def _sides(mol: Chem.Mol, ends: Mapping[int, Sequence[int]]) -> list[_Side]:
    """Return for each bridging oxygen the two ways to cut beside it; its bonds are in no ring."""
    linked, sides = links(mol), []
    everything = set(range(len(linked)))
    for oxygen, (first, second) in ends.items():
        rest = everything - {oxygen}
        behind = component(linked, first, rest)
        sides += [_Side(oxygen, first, behind), _Side(oxygen, second, rest - behind)]
    return sides


def _ways(sides: Sequence[_Side], weights: Sequence[int]) -> Iterator[tuple[list[_Side], int]]:
    """Yield the ways to cut, with the weight of what is left.

    Where every oxygen stays on the part, what is cut off at one place shares no atom with what is cut off at another.
    """
    whole, off = sum(weights), [sum([weights[place] for place in side.behind]) for side in sides]
    for chosen in _choices(len(sides) // 2):
        left = whole
        for place in chosen:
            left -= off[place]
        yield [sides[place] for place in chosen], left


def _kinds(mol: Chem.Mol, chosen: Sequence[_Side]) -> tuple[str, ...]:
    """Return for each cut whether an acid's carbon, sulphur or phosphorus stands on either side: ester, else ether."""
    acyl = {first for first, _ in mol.GetSubstructMatches(_ACYL, maxMatches=10 * _MOST_BRIDGES)}
    beside = ({n.GetIdx() for n in mol.GetAtomWithIdx(side.oxygen).GetNeighbors()} for side in chosen)
    return tuple("ester" if ends & acyl else "ether" for ends in beside)


@cache
def _choices(bridges: int) -> tuple[tuple[int, ...], ...]:
    """Return the ways to cut as places of sides: each by itself, and where there are few bridges, several at once.

    Two sides stand for each bridge.
    """
    most = bridges if bridges <= _TOGETHER else 1
    return tuple(
        sides
        for count in range(1, most + 1)
        for chosen in combinations(range(bridges), count)
        for sides in product(*((2 * bridge, 2 * bridge + 1) for bridge in chosen))
    )


def graph_sums(mol: Chem.Mol, atoms: set[int] | None = None) -> tuple[int, int]:
    """Return two sums that are equal for equal connections, whatever bonds and hydrogens are, and cost little.

    The Zagreb indices: squared degrees over the atoms, and products of degrees over the bonds, here twice (Gutman and
    Trinajstić 1972, Chem. Phys. Lett. 17, 535).

    Args:
        mol: the molecule.
        atoms: the atoms that count; all where None.
    """
    beside: Mapping[int, Collection[int]] = dict(enumerate(links(mol)))
    if atoms is not None:
        beside = {place: atoms.intersection(beside[place]) for place in atoms}
    degrees = {place: len(neighbours) for place, neighbours in beside.items()}
    products = (degree * sum([degrees[n] for n in beside[place]]) for place, degree in degrees.items())
    return sum([degree * degree for degree in degrees.values()]), sum(products)


def shape_of(mol: Chem.Mol, atoms: set[int] | None = None, *, added: int = 0) -> Shape:
    """Return the hydrogens and the sums over the graph of a molecule or a part of it.

    Args:
        mol: the molecule.
        atoms: the atoms that count; all where None.
        added: hydrogens more than it has.
    """
    places = range(mol.GetNumAtoms()) if atoms is None else atoms
    return sum(mol.GetAtomWithIdx(place).GetTotalNumHs() for place in places) + added, *graph_sums(mol, atoms)


def _part(mol: Chem.Mol, sides: Sequence[_Side]) -> tuple[str, str]:
    """Return the part that keeps the oxygens as canonical flat SMILES, and its formula."""
    changed = Chem.RWMol(mol)
    for side in sides:
        changed.RemoveBond(side.oxygen, side.off)
    atoms = next(atoms for atoms in Chem.GetMolFrags(changed) if sides[0].oxygen in atoms)
    text = Chem.MolFragmentToSmiles(changed, atomsToUse=atoms, isomericSmiles=False)
    part = cast("Chem.Mol | None", Chem.MolFromSmiles(text))
    if part is None:
        return "", ""
    return str(Chem.MolToSmiles(part, isomericSmiles=False)), str(rdMolDescriptors.CalcMolFormula(part))
