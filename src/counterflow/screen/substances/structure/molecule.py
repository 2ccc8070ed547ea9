"""A SMILES, read and cleaned to the substance it stands for: no counter-ions, charges, isotopes, mapping numbers.

The parent is the largest organic component that is no common counter-ion. What else stood in the text is kept beside
it: the law speaks of salts, and of mixtures each component is asked about (`read_molecules`). Nothing is guessed: what
cannot be read says why, and no text raises, hangs or ends the process (`limits`).

>>> read = read_molecule("C[N+](C)(C)C.[Cl-]")
>>> read.smiles, read.components, read.charged
('C[N+](C)(C)C', ('Cl',), True)
>>> read_molecule("CC(").kind
'syntax'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any, cast

from rdkit import Chem, rdBase

from counterflow.screen.substances.structure.counter_ions import COUNTER_IONS, SOLVENTS
from counterflow.screen.substances.structure.limits import Deadline, Unreadable, too_much
from counterflow.screen.substances.structure.neutral import neutralised, without_isotopes, without_metal_bonds

__all__ = ["Molecule", "read_molecule", "read_molecules"]

# The toolkit writes each complaint to standard error; ours stand in `Unreadable`.
rdBase.DisableLog("rdApp.*")

#: After a SMILES: an extension in bars that says nothing of the structure, or chiral centres known only as relative.
_HARMLESS = re.compile(r"\|(?:\([-0-9.,;]*\)|[&oa]\d*:[\d,]+|,)*\|")
_RELATIVE = re.compile(r"[&o]\d*:")
_METAL = re.compile(r"\[\d*(?:Li|Na|K|Rb|Cs|Mg|Ca|Sr|Ba|Zn|Al|Ag|Bi)\b")
_ISOTOPE = re.compile(r"\[\d")
_STEREO = re.compile(r"[@/\\]")
_MAPPED = re.compile(r":\d+\]")
#: Hydrogen, or a metal that begins like it, written as an atom: what the toolkit looks for after parsing.
_HYDROGEN = re.compile(r"\[\d*H")
_CARBON = 6
#: Components up to this many characters are remembered once read.
_SMALL = 40


_WITHOUT_HYDROGENS: Any = Chem.SmilesParserParams()
_WITHOUT_HYDROGENS.removeHs = False


@dataclass(frozen=True)
class _Part:
    """One component, cleaned."""

    mol: Chem.Mol
    isotopes: bool
    stereo: bool

    @cached_property
    def smiles(self) -> str:
        return Chem.MolToSmiles(self.mol, isomericSmiles=False)

    @cached_property
    def stereo_smiles(self) -> str:
        return Chem.MolToSmiles(self.mol) if self.stereo else self.smiles

    @cached_property
    def organic(self) -> bool:
        return any(self.mol.GetAtomWithIdx(i).GetAtomicNum() == _CARBON for i in range(self.mol.GetNumAtoms()))

    @cached_property
    def aside(self) -> bool:
        """Whether it is a common counter-ion or solvent; a larger molecule than any is not worth a canonical text."""
        return self.mol.GetNumAtoms() <= _largest_aside() and self.smiles in _aside()

    @cached_property
    def weight(self) -> tuple[bool, bool, int]:
        """Parents come first: organic, no counter-ion, many atoms."""
        return self.organic, not self.aside, self.mol.GetNumAtoms()


@dataclass(frozen=True)
class Molecule:
    """One substance as a structure gives it; canonical texts are worked out where they are asked for.

    Args:
        text: the SMILES as given.
        mol: the parent for the toolkit: neutral as far as protons go, without isotopes and explicit hydrogens.
        stereo: whether its text gives any stereo.
        components: canonical SMILES of what else stood in the text, neutral too, each once.
        mixture: those of `components` that are no common counter-ion or solvent.
        isotopes: whether the parent was written with isotopes, deuterium for example.
        charged: whether the parent stays charged, a quaternary ammonium for example.
        salt: whether a counter-ion stood beside the parent.
        part: the parent with its canonical texts.
    """

    text: str
    mol: Chem.Mol
    stereo: bool
    components: tuple[str, ...]
    mixture: tuple[str, ...]
    isotopes: bool
    charged: bool
    salt: bool
    part: _Part = field(repr=False, compare=False)

    @property
    def smiles(self) -> str:
        """Canonical SMILES of the parent, without stereo."""
        return self.part.smiles

    @property
    def stereo_smiles(self) -> str:
        """Canonical SMILES of the parent with the stereo that was given."""
        return self.part.stereo_smiles


def read_molecule(smiles: str) -> Molecule | Unreadable:
    """Return the substance that a SMILES stands for, or why it stands for none.

    Args:
        smiles: any text at all; a title after white space is left aside.
    """
    read = read_molecules(smiles)
    return read if isinstance(read, Unreadable) else read[0]


def read_molecules(smiles: str) -> tuple[Molecule, ...] | Unreadable:
    """Return every substance that a SMILES stands for: of a mixture each organic component, the largest first.

    Common counter-ions and solvents beside an organic component are no substances of their own here.

    Args:
        smiles: any text at all; a title after white space is left aside.
    """
    deadline = Deadline()
    text, extension = _core(smiles)
    refused = too_much(text) or _refused_extension(smiles, extension)
    if refused:
        return refused
    if _RELATIVE.search(extension):
        text = text.replace("@", "")
    try:
        parts = _read(text)
        if isinstance(parts, Unreadable):
            return parts
        if not parts:
            return Unreadable.of(text, "empty", "no atoms")
        if deadline.passed():
            return Unreadable.of(text, "timeout", "reading it took too long")
        return _molecules(text, _in_order(parts))
    except (ValueError, RuntimeError) as error:
        return Unreadable.of(text, "valence", f"no possible molecule: {str(error).splitlines()[0][:120]}")


def _core(smiles: str) -> tuple[str, str]:
    """Return the SMILES and, where one follows, its extension; looks at no more of a long text than is needed."""
    words = smiles.split(None, 1) if len(smiles) < 20_000 else [smiles.strip()]
    if not words:
        return "", ""
    rest = words[1].strip() if len(words) > 1 else ""
    return words[0], rest if rest.startswith("|") else ""


def _refused_extension(smiles: str, extension: str) -> Unreadable | None:
    if not extension or _HARMLESS.fullmatch(extension[: extension.rfind("|") + 1]):
        return None
    return Unreadable.of(smiles, "wildcard", "an extended SMILES with labels or variable parts, not one structure")


def _parsed(text: str) -> Chem.Mol | Unreadable:
    mol = _mol(text)
    if mol is not None:
        return mol
    mol = _mol(text, sanitize=False)
    if mol is None:
        return Unreadable.of(text, "syntax", "not a SMILES: brackets, ring digits or signs do not fit together")
    problems = Chem.DetectChemistryProblems(mol)
    said = problems[0].Message() if problems else "its atoms and bonds do not fit together"
    return Unreadable.of(text, "valence", f"no possible molecule: {said}")


def _mol(text: str, *, sanitize: bool = True) -> Chem.Mol | None:
    """Return what the toolkit makes of a SMILES; its own stubs forget that this may be nothing.

    Looking for hydrogens to take away costs it a quarter of the time; most texts write none as atoms.
    """
    if sanitize and not _HYDROGEN.search(text):
        return cast("Chem.Mol | None", Chem.MolFromSmiles(text, _WITHOUT_HYDROGENS))
    return cast("Chem.Mol | None", Chem.MolFromSmiles(text, sanitize=sanitize))


def _read(text: str) -> tuple[_Part, ...] | Unreadable:
    """Return the components, cleaned; small ones, which are mostly counter-ions, are remembered.

    Ring digits may bind across a dot: where a piece cannot be read alone, all are read together.
    """
    if "." in text:
        pieces = [_remembered(p) if len(p) <= _SMALL else _components(p) for p in dict.fromkeys(text.split("."))]
        read = [p for p in pieces if not isinstance(p, Unreadable)]
        if len(read) == len(pieces):
            return tuple(part for parts in read for part in parts)
    return _components(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> tuple[_Part, ...] | Unreadable:
    return _components(text)


def _components(text: str) -> tuple[_Part, ...] | Unreadable:
    mol = _parsed(text)
    if isinstance(mol, Unreadable):
        return mol
    metals = _METAL.search(text) is not None
    if metals:
        mol = without_metal_bonds(mol)
    if ":" in text and _MAPPED.search(text):
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
    pieces = Chem.GetMolFrags(mol, asMols=True) if metals or "." in text else (mol,)
    charged, isotopes = metals or "+" in text or "-" in text, _ISOTOPE.search(text) is not None
    stereo = _STEREO.search(text) is not None
    parts = [_part(piece, charged=charged, isotopes=isotopes, stereo=stereo) for piece in pieces]
    return tuple(part for part in parts if part.mol.GetNumAtoms())


def _in_order(parts: tuple[_Part, ...]) -> list[_Part]:
    """Return the distinct components, parents first."""
    if len(parts) == 1:
        return [*parts]
    if len({part.weight for part in parts}) == len(parts):  # as of most salts: no need to write them out
        return sorted(parts, key=lambda part: part.weight, reverse=True)
    distinct = {part.stereo_smiles: part for part in parts}
    # Of equal weight by text, so that order never decides.
    return sorted(distinct.values(), key=lambda part: (part.weight, part.smiles), reverse=True)


def _part(mol: Chem.Mol, *, charged: bool, isotopes: bool, stereo: bool) -> _Part:
    marked = isotopes and any(atom.GetIsotope() for atom in mol.GetAtoms())
    if marked:
        mol = without_isotopes(mol)
    if charged:
        mol = neutralised(mol)
    return _Part(mol, marked, stereo)


def _molecules(text: str, parts: list[_Part]) -> tuple[Molecule, ...]:
    parents = parts[:1]
    if len(parts) > 1:
        parents = [p for p in parts if p.organic and not p.aside] or parents
    return tuple(_molecule(text, parent, [p for p in parts if p is not parent]) for parent in parents)


def _molecule(text: str, parent: _Part, others: list[_Part]) -> Molecule:
    components = tuple(dict.fromkeys(part.smiles for part in others))
    return Molecule(
        text,
        parent.mol,
        parent.stereo,
        components,
        tuple(dict.fromkeys(part.smiles for part in others if part.organic and not part.aside)),
        parent.isotopes,
        Chem.GetFormalCharge(parent.mol) != 0,
        any((not part.organic or part.aside) and part.smiles not in _solvents() for part in others),
        parent,
    )


@cache
def _aside() -> frozenset[str]:
    """Return the common counter-ions and solvents, canonical."""
    return frozenset(Chem.MolToSmiles(Chem.MolFromSmiles(smiles)) for smiles in COUNTER_IONS) | _solvents()


@cache
def _largest_aside() -> int:
    """Return the atoms of the largest of them."""
    return max(Chem.MolFromSmiles(smiles).GetNumAtoms() for smiles in _aside())


@cache
def _solvents() -> frozenset[str]:
    return frozenset(Chem.MolToSmiles(Chem.MolFromSmiles(smiles)) for smiles in SOLVENTS)
