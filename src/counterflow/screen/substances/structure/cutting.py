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
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from counterflow.screen.substances.structure.composition import elements

__all__ = ["Cut", "cuts"]

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
    """One way to cut beside an oxygen: the bond to what is cut off, and which atoms stay."""

    oxygen: int
    off: int
    kind: str
    stays: npt.NDArray[np.bool_]


def cuts(mol: Chem.Mol, written: str, wanted: Mapping[str, Collection[int]]) -> Iterator[Cut]:
    """Yield the parts of a molecule whose heavy atoms are wanted, fewest cuts first.

    Args:
        mol: the molecule, neutral and without isotopes.
        written: the SMILES it was read from, atoms in the same order; "" where there is none such.
        wanted: compositions of the substances looked for, as "C9O4", to the hydrogens they have.
    """
    size = mol.GetNumAtoms()
    matches = mol.GetSubstructMatches(_BRIDGE, maxMatches=_MOST_BRIDGES) if size <= _LARGEST else ()
    if not matches:
        return
    symbols = elements(written)
    if len(symbols) != size:
        symbols = [mol.GetAtomWithIdx(place).GetSymbol() for place in range(size)]
    bridges = _bridges(mol, {oxygen: (first, second) for oxygen, first, second in matches})
    order = sorted(set(symbols))
    codes = np.array([order.index(symbol) for symbol in symbols])
    for sides in _choices(bridges):
        kept = sides[0].stays if len(sides) == 1 else reduce(np.logical_and, (side.stays for side in sides))
        if all(kept[side.oxygen] for side in sides):
            hydrogens = wanted.get(_composition(codes[kept], order))
            if hydrogens and _hydrogens(mol, kept) + len(sides) in hydrogens:
                yield Cut(*_part(mol, sides), tuple(s.kind for s in sides), 2 * int(kept.sum()) < size)


def _choices(bridges: Sequence[tuple[_Side, _Side]]) -> Iterator[tuple[_Side, ...]]:
    """Yield the ways to cut: each by itself, and where there are few, several at once."""
    together = range(1, len(bridges) + 1) if len(bridges) <= _TOGETHER else range(1, 2)
    for count in together:
        for chosen in combinations(bridges, count):
            yield from product(*chosen)


def _hydrogens(mol: Chem.Mol, kept: npt.NDArray[np.bool_]) -> int:
    return sum(mol.GetAtomWithIdx(place).GetTotalNumHs() for place in np.flatnonzero(kept).tolist())


def _bridges(mol: Chem.Mol, ends: Mapping[int, tuple[int, int]]) -> list[tuple[_Side, _Side]]:
    """Return for each bridging oxygen the two ways to cut beside it.

    Its bonds are in no ring: what is behind one of them is nearer to that end than to the oxygen.
    """
    acyl = {first for first, _ in mol.GetSubstructMatches(_ACYL, maxMatches=10 * _MOST_BRIDGES)}
    far = Chem.GetDistanceMatrix(mol)
    found = []
    for oxygen, (first, second) in ends.items():
        kind = "ester" if first in acyl or second in acyl else "ether"
        one, other = (_Side(oxygen, off, kind, far[oxygen] <= far[off]) for off in (first, second))
        found.append((one, other))
    return found


def _composition(codes: npt.NDArray[np.int64], order: Sequence[str]) -> str:
    counted = np.bincount(codes, minlength=len(order)).tolist()
    return "".join(f"{symbol}{count}" for symbol, count in zip(order, counted, strict=True) if count)


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
