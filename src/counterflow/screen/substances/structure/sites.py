"""Cutting a molecule at the core of a class rule: what hangs on which numbered atom.

A core is found in a molecule in every way it fits (a symmetrical core fits in several, and only one of them may show
the modification). What is left of the molecule falls into pieces; a piece hangs on one core atom (a substituent) or on
several (a bridge, a fused ring).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from rdkit import Chem

__all__ = ["MAPPINGS", "Fragment", "Mapping", "component", "cut", "fragment_of", "links", "mappings"]

#: Ways of fitting a core that are tried; beyond it a molecule that is not IN is told as unclear, never as out.
MAPPINGS = 64
_BOND = Chem.MolFromSmarts("*~*")


_Value = TypeVar("_Value")


class Once(Generic[_Value]):
    """A value worked out when it is first asked for; `functools.cached_property` without its lock, which costs more."""

    def __init__(self, work: Callable[[Any], _Value]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name under which the value is kept."""
        self._name = name

    def __get__(self, of: object, owner: type) -> _Value:
        """Return the value; from then on it stands in the object itself."""
        if of is None:
            return cast("_Value", self)
        value = of.__dict__[self._name] = self._work(of)
        return value


@dataclass(frozen=True)
class Fragment:
    """A piece of a molecule outside the core.

    Args:
        mol: the molecule (RDKit Mol, sanitised, without explicit hydrogens).
        atoms: indices of the piece's atoms.
        anchors: pairs (core atom, atom of the piece) it hangs by.
    """

    mol: Any
    atoms: frozenset[int]
    anchors: tuple[tuple[int, int], ...]

    @Once
    def single(self) -> bool:
        """Whether it hangs on one atom by one single bond."""
        return len(self.anchors) == 1 and self.bond.GetBondType() == Chem.BondType.SINGLE

    @property
    def entry(self) -> Any:
        """The atom by which the piece hangs (its first, for a bridge)."""
        return self.mol.GetAtomWithIdx(self.anchors[0][1])

    @property
    def bond(self) -> Any:
        """The bond to the core."""
        return self.mol.GetBondBetweenAtoms(*self.anchors[0])

    @Once
    def members(self) -> tuple[Any, ...]:
        """The atoms themselves."""
        return tuple(self.mol.GetAtomWithIdx(i) for i in self.atoms)

    @Once
    def symbols(self) -> frozenset[str]:
        """Element symbols of the piece."""
        return frozenset(a.GetSymbol() for a in self.members)

    @property
    def carbons(self) -> int:
        """Number of carbon atoms."""
        return sum(a.GetAtomicNum() == 6 for a in self.members)

    @Once
    def bonds(self) -> tuple[Any, ...]:
        """Bonds between atoms of the piece."""
        inner = (b for a in self.members for b in a.GetBonds() if b.GetOtherAtomIdx(a.GetIdx()) in self.atoms)
        return tuple({b.GetIdx(): b for b in inner}.values())

    @property
    def cyclic(self) -> bool:
        """Whether the piece alone holds a ring."""
        return len(self.bonds) >= len(self.atoms)

    def onward(self, atom: Any) -> list[Any]:
        """Return the neighbours of an atom that belong to the piece."""
        return [n for n in atom.GetNeighbors() if n.GetIdx() in self.atoms]

    def without(self, inner: Collection[int]) -> list[Fragment]:
        """Return the pieces that are left of this one when some of its atoms are taken as core."""
        return cut(self.mol, inner, self.atoms - frozenset(inner))


@dataclass(frozen=True)
class Mapping:
    """One way in which a core fits: number of the core atom -> index in the molecule, and all matched indices."""

    numbered: dict[int, int]
    matched: frozenset[int]
    bonds: int

    def joined(self, mol: Any) -> bool:
        """Whether two core atoms are joined by a bond that the core does not have."""
        linked = links(mol)
        return sum(n in self.matched for i in self.matched for n in linked[i]) > 2 * self.bonds


def mappings(mol: Any, core: Any) -> Iterator[Mapping]:
    """Yield every way in which a core fits a molecule, `MAPPINGS` at most.

    Args:
        mol: the molecule.
        core: RDKit query with atom maps.
    """
    matches = mol.GetSubstructMatches(core, uniquify=False, maxMatches=MAPPINGS)
    numbers = [a.GetAtomMapNum() for a in core.GetAtoms()] if matches else []  # most cores of a rule do not fit
    for match in matches:
        numbered = {number: index for number, index in zip(numbers, match, strict=True) if number}
        yield Mapping(numbered, frozenset(match), core.GetNumBonds())


def cut(mol: Any, inner: Collection[int], within: Iterable[int] | None = None) -> list[Fragment]:
    """Return the pieces of a molecule outside some atoms, in the order of their lowest atom.

    Args:
        mol: the molecule.
        inner: indices of the atoms taken out.
        within: indices of the atoms looked at; all others of the molecule if not given.
    """
    core, linked = frozenset(inner), links(mol)
    left = set(within) if within is not None else set(range(len(linked))) - core
    pieces = []
    while left:
        piece = component(linked, min(left), left)
        left -= piece
        anchors = tuple((n, i) for i in sorted(piece) for n in linked[i] if n in core)
        if anchors:
            pieces.append(Fragment(mol, frozenset(piece), anchors))
    return pieces


@lru_cache(maxsize=4)
def links(mol: Any) -> tuple[tuple[int, ...], ...]:
    """Return the neighbours of each atom by index; kept for the molecules looked at last.

    Args:
        mol: the molecule.
    """
    table: list[list[int]] = [[] for _ in range(mol.GetNumAtoms())]
    # All bonds by one call: an adjacency matrix, or each bond as an object, costs several times as much.
    for i, j in mol.GetSubstructMatches(_BOND, maxMatches=max(1, mol.GetNumBonds())):
        table[i].append(j)
        table[j].append(i)
    return tuple(tuple(sorted(neighbours)) for neighbours in table)


def component(linked: tuple[tuple[int, ...], ...], start: int, within: set[int]) -> set[int]:
    """Return the atoms that are reached from one by way of some.

    Args:
        linked: the neighbours of each atom (`links`).
        start: index of the atom.
        within: indices of those that may be passed.
    """
    seen, open_ = {start}, [start]
    while open_:
        for n in linked[open_.pop()]:
            if n in within and n not in seen:
                seen.add(n)
                open_.append(n)
    return seen


def fragment_of(smiles: str) -> Fragment:
    """Return a group written as SMILES with `*` where it is attached; used by the tests of the rules.

    >>> fragment_of("*OCC").carbons
    2

    Args:
        smiles: the group; each `*` is an atom of the core.
    """
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise ValueError(f"{smiles!r} is no SMILES")
    stars = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    (piece,) = cut(mol, stars)
    return piece
