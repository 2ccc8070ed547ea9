"""The structure of a row: read as any other, without its salt, and held against the InChIKey beside it. Needs RDKit."""

from __future__ import annotations

from rdkit import Chem

from counterflow.screen.substances.structure.molecule import Molecule, read_molecule

__all__ = ["structure_of"]

#: Letters of an InChIKey that say which atoms are joined.
_SKELETON = 14


def structure_of(smiles: str, inchikey: str) -> tuple[str, str] | str:
    """Return the structure without salt and its InChIKey; a reason in words where it cannot be read.

    Args:
        smiles: the structure as the list gives it.
        inchikey: the InChIKey beside it; empty where there is none.
    """
    read = read_molecule(smiles)
    if not isinstance(read, Molecule):
        return f"its structure cannot be read: {read.reason}"
    own = str(Chem.MolToInchiKey(read.mol))  # type: ignore[no-untyped-call]
    alone = not (read.components or read.mixture)
    if inchikey and alone and inchikey[:_SKELETON] != own[:_SKELETON]:
        return f"its InChIKey is not that of its structure ({own})"
    return read.stereo_smiles, own
