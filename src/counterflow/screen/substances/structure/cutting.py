"""Esters and ethers, cut to the alcohol or acid they are made of on paper: only what was given is taken apart.

For each oxygen between two groups that is in no ring, the molecule is parted beside it, and the part that keeps the
oxygen, now as hydroxyl, is looked up. Which parts are worth it is decided by their heavy atoms alone, counted on the
graph; only those whose composition is that of a listed substance are made into a structure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from operator import and_

from rdkit import Chem

__all__ = ["Cut", "cuts"]

#: An oxygen in no ring between carbon and carbon, sulphur or phosphorus.
_BRIDGE = Chem.MolFromSmarts("[OX2;!R](~[#6])~[#6,#16,#15]")
_ACYL = Chem.MolFromSmarts("[#6,#16,#15]=[OX1]")
#: More bridges than this are cut one at a time only: chains of ethers have thousands of combinations.
_TOGETHER = 4
_MOST_BRIDGES = 24


@dataclass(frozen=True, slots=True)
class Cut:
    """One part of a molecule.

    Args:
        smiles: canonical flat SMILES of the part, with hydroxyl where it was cut.
        kinds: ester and ether, one for each cut.
        larger: whether more heavy atoms were cut off than are left.
    """

    smiles: str
    kinds: tuple[str, ...]
    larger: bool

    @property
    def relation(self) -> str:
        """Ester where any cut was one, else ether."""
        return "ester" if "ester" in self.kinds else "ether"


@dataclass(frozen=True, slots=True)
class _Side:
    """One way to cut beside an oxygen: the bond to what is cut off, and the atoms that stay, one bit for each."""

    oxygen: int
    off: int
    kind: str
    stays: int


def cuts(mol: Chem.Mol, wanted: Collection[str]) -> Iterator[Cut]:
    """Yield the parts of a molecule whose heavy atoms are wanted, fewest cuts first.

    Args:
        mol: the molecule, neutral and without isotopes.
        wanted: compositions of the substances looked for.
    """
    matches = mol.GetSubstructMatches(_BRIDGE, maxMatches=_MOST_BRIDGES)
    if not matches:
        return
    bridges = _bridges(mol, {oxygen: (first, second) for oxygen, first, second in matches})
    elements = _elements(mol)
    together = range(1, len(bridges) + 1) if len(bridges) <= _TOGETHER else range(1, 2)
    for count in together:
        for sides in (s for chosen in combinations(bridges, count) for s in product(*chosen)):
            kept = reduce(and_, (side.stays for side in sides))
            if all(kept >> side.oxygen & 1 for side in sides) and _composition(kept, elements) in wanted:
                yield Cut(_part(mol, sides), tuple(s.kind for s in sides), 2 * kept.bit_count() < mol.GetNumAtoms())


def _bridges(mol: Chem.Mol, ends: Mapping[int, tuple[int, int]]) -> list[tuple[_Side, _Side]]:
    """Return for each bridging oxygen the two ways to cut beside it."""
    acyl = {first for first, _ in mol.GetSubstructMatches(_ACYL, maxMatches=10 * _MOST_BRIDGES)}
    beside = _neighbours(mol)
    every = (1 << len(beside)) - 1
    found = []
    for oxygen, (first, second) in ends.items():
        kind = "ester" if first in acyl or second in acyl else "ether"
        behind = [_behind(beside, oxygen, off) for off in (first, second)]
        found.append(
            (_Side(oxygen, first, kind, every ^ behind[0]), _Side(oxygen, second, kind, every ^ behind[1])),
        )
    return found


def _neighbours(mol: Chem.Mol) -> list[list[int]]:
    beside: list[list[int]] = [[] for _ in range(mol.GetNumAtoms())]
    for first, second in zip(*(places.tolist() for places in Chem.GetAdjacencyMatrix(mol).nonzero()), strict=True):
        beside[first].append(second)
    return beside


def _behind(beside: Sequence[Sequence[int]], oxygen: int, off: int) -> int:
    """Return the atoms behind the bond from an oxygen, one bit for each; the bond is in no ring."""
    reached, ahead = 1 << oxygen | 1 << off, [off]
    while ahead:
        for there in beside[ahead.pop()]:
            if not reached >> there & 1:
                reached |= 1 << there
                ahead.append(there)
    return reached ^ (1 << oxygen)


def _elements(mol: Chem.Mol) -> list[tuple[str, int]]:
    """Return for each element in order its symbol and its atoms, one bit for each."""
    bits: dict[str, int] = {}
    for atom in mol.GetAtoms():
        symbol = atom.GetSymbol()
        bits[symbol] = bits.get(symbol, 0) | 1 << atom.GetIdx()
    return sorted(bits.items())


def _composition(atoms: int, elements: Sequence[tuple[str, int]]) -> str:
    counted = ((symbol, (atoms & bits).bit_count()) for symbol, bits in elements)
    return "".join(f"{symbol}{count}" for symbol, count in counted if count)


def _part(mol: Chem.Mol, sides: Sequence[_Side]) -> str:
    changed = Chem.RWMol(mol)
    for side in sides:
        changed.RemoveBond(side.oxygen, side.off)
    for atoms in Chem.GetMolFrags(changed):
        if sides[0].oxygen in atoms:
            part = Chem.MolFromSmiles(Chem.MolFragmentToSmiles(changed, atomsToUse=atoms, isomericSmiles=False))
            return str(Chem.MolToSmiles(part, isomericSmiles=False)) if part is not None else ""
    return ""
