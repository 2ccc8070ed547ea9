"""From a component as written to its neutral form: protons put back or taken, isotopes and metal bonds removed.

Only protons move. A charge that no proton can settle (quaternary ammonium) stays, and so do pairs of opposite charges
on neighbours (nitro groups, N-oxides, azides), which are one way to write a neutral group.
"""

from __future__ import annotations

from rdkit import Chem

__all__ = ["neutralised", "without_isotopes", "without_metal_bonds"]

_CHARGED = Chem.MolFromSmarts("[!+0]")
#: C N O F S Cl Se Br I: may take a proton where they are negative.
_TAKE_PROTONS = frozenset({6, 7, 8, 9, 16, 17, 34, 35, 53})
#: Li Na K Rb Cs Mg Ca Sr Ba Zn Al Ag Bi.
_METALS = frozenset({3, 11, 19, 37, 55, 12, 20, 38, 56, 30, 13, 47, 83})
#: N O S F Cl Br I: bound to such a metal they are drawn as if the salt were one molecule.
_LIGANDS = frozenset({7, 8, 16, 9, 17, 35, 53})


def neutralised(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with charges settled by protons; the same object where there is none to settle."""
    charged = [place for (place,) in mol.GetSubstructMatches(_CHARGED)]
    places = [place for place in charged if not _is_paired(mol.GetAtomWithIdx(place))]
    if not places:
        return mol
    changed = Chem.Mol(mol)
    moved = [_settle(changed.GetAtomWithIdx(place)) for place in places]
    if any(moved):
        Chem.SanitizeMol(changed)
    return changed


def _is_paired(atom: Chem.Atom) -> bool:
    charge = atom.GetFormalCharge()
    return any(charge * neighbour.GetFormalCharge() < 0 for neighbour in atom.GetNeighbors())


def _settle(atom: Chem.Atom) -> bool:
    """Move protons on one atom; says whether any moved."""
    charge, hydrogens = atom.GetFormalCharge(), atom.GetTotalNumHs()
    if charge < 0 and atom.GetAtomicNum() not in _TAKE_PROTONS:
        return False
    moved = -charge if charge < 0 else -min(charge, hydrogens)
    if moved:
        atom.SetFormalCharge(charge + moved)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens + moved)
    return bool(moved)


def without_isotopes(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with every atom of natural composition and no hydrogens of their own."""
    changed = Chem.Mol(mol)
    for atom in changed.GetAtoms():
        atom.SetIsotope(0)
    changed = Chem.RemoveHs(changed)
    Chem.AssignStereochemistry(changed, cleanIt=True, force=True)
    return changed


def without_metal_bonds(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with covalently drawn salts of light metals, zinc, silver and bismuth as ions."""
    drawn = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in mol.GetBonds()
        if {bond.GetBeginAtom().GetAtomicNum(), bond.GetEndAtom().GetAtomicNum()} & _METALS
        and {bond.GetBeginAtom().GetAtomicNum(), bond.GetEndAtom().GetAtomicNum()} & _LIGANDS
    ]
    if not drawn:
        return mol
    changed = Chem.RWMol(mol)
    for first, second in drawn:
        changed.RemoveBond(first, second)
        for place in (first, second):
            atom = changed.GetAtomWithIdx(place)
            step = 1 if atom.GetAtomicNum() in _METALS else -1
            atom.SetFormalCharge(atom.GetFormalCharge() + step)
            atom.SetNoImplicit(True)
    Chem.SanitizeMol(changed)
    return changed.GetMol()
