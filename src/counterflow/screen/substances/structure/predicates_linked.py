"""The linked sub-structures of the British definition of synthetic cannabinoids (paragraph 1(ca)), for class rules.

The paragraph takes JWH-018 as four sub-structures (ring, pentyl substituent, linking group, naphthyl ring), names what
each may be replaced with, and which groups may stand on any of them. What stands in the place of the pentyl substituent
is one piece; linking group and what it links to are another.

>>> from counterflow.screen.substances.structure.rules import judge  # registers every group
>>> from counterflow.screen.substances.structure.groups import fits
>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*CCCCCF"), "linked_tail"), fits(fragment_of("*C(=O)NC(C)(C)c1ccccc1"), "linked_group")
(True, True)
"""

from __future__ import annotations

from typing import Any

from counterflow.screen.substances.structure.groups import shape
from counterflow.screen.substances.structure.predicates_more import branches, far_side, is_group
from counterflow.screen.substances.structure.sites import Fragment

__all__: list[str] = []

#: What may stand on a sub-structure (words of 2019): these anywhere, and hydrocarbon groups where they stand on a ring.
_ANYWHERE = ("halo", "cyano", "alkoxy", "haloalkoxy", "phenyl", "chain:1-1(phenyl)")
_ON_RINGS = ("alkyl", "alkenyl", "haloalkyl", *_ANYWHERE)
#: In the place of the pentyl substituent, once what may stand on it is taken off.
_TAILS = (
    *("alkyl", "alkenyl", "chain:1-1(phenyl)", "chain:1-2(plain_cycloalkyl)", "chain:2-2(morpholino)"),
    *("chain:1-1(tetrahydropyranyl)", "chain:1-1(methylpiperidinyl)"),
)
#: In the place of the naphthyl ring: names of ring systems by their elements, aromatic atoms and rings.
_RINGS = {
    "naphthyl": ("CCCCCCCCCC", 10, 2),
    "tetrahydronaphthyl": ("CCCCCCCCCC", 6, 2),
    "phenyl": ("CCCCCC", 6, 1),
    "adamantyl": ("CCCCCCCCCC", 0, 3),
    "adamantyl by all its rings": ("CCCCCCCCCC", 0, 4),
    "bicycloheptanyl": ("CCCCCCC", 0, 2),
    "quinolinyl": ("CCCCCCCCCN", 10, 2),
    "piperidinyl": ("CCCCCN", 0, 1),
    "morpholinyl": ("CCCCNO", 0, 1),
    "pyrrolidinyl": ("CCCCN", 0, 1),
    "tetrahydropyranyl": ("CCCCCO", 0, 1),
    "piperazinyl": ("CCCCNN", 0, 1),
}
_CYCLOALKYL = range(3, 13)


@shape("tetrahydropyranyl", "a tetrahydropyran-4-yl ring")
def _tetrahydropyranyl(fragment: Fragment) -> bool:
    kinds = sorted(a.GetSymbol() for a in fragment.members)
    oxygen = [a for a in fragment.members if a.GetSymbol() == "O"]
    ring = kinds == ["C"] * 5 + ["O"] and len(fragment.bonds) == 6 and fragment.entry.IsInRing()
    near = {fragment.entry.GetIdx(), *(n.GetIdx() for n in fragment.onward(fragment.entry))}
    return ring and not any(n.GetIdx() in near for n in oxygen[0].GetNeighbors())


@shape("methylpiperidinyl", "an N-methylpiperidin-2-yl ring")
def _methylpiperidinyl(fragment: Fragment) -> bool:
    kinds = sorted(a.GetSymbol() for a in fragment.members)
    if kinds != ["C"] * 6 + ["N"] or len(fragment.bonds) != 7 or not fragment.entry.IsInRing():
        return False
    beside = [n for n in fragment.onward(fragment.entry) if n.GetSymbol() == "N"]
    return len(beside) == 1 and any(is_group(f, "alkyl:1-1") for f in branches(fragment, beside[0]))


@shape("linked_tail", "a named replacement of the pentyl substituent")
def _linked_tail(fragment: Fragment) -> bool:
    bare = _bared(fragment)
    return bare is not None and any(is_group(bare, name) for name in _TAILS)


@shape("linked_group", "a named linking group with a named replacement of the naphthyl ring")
def _linked_group(fragment: Fragment) -> bool:
    """Methanone, ethanone, carboxamide, carboxylate or methylene; then the ring or the amino-acid group."""
    return any(_is_far_group(far) for far in _linked(fragment))


def _linked(fragment: Fragment) -> list[Fragment]:
    """Return what may be on the far side of a linking group, for each way of reading the linking group."""
    if not fragment.single or fragment.entry.GetSymbol() != "C" or fragment.entry.IsInRing():
        return []
    inner = branches(fragment, fragment.entry)
    if fragment.entry.GetTotalNumHs() == 2 and len(inner) == 1:
        return inner
    rest = far_side(fragment)
    if rest is None:
        return []
    atom = rest.entry
    if atom.GetSymbol() == "O":
        return branches(rest, atom)
    if atom.GetSymbol() == "N" and not atom.IsInRing():
        arms = branches(rest, atom)
        others = [a for a in arms if not is_group(a, "alkyl")]
        return others if len(others) == 1 else arms[:1]
    ethanone = branches(rest, atom) if atom.GetTotalNumHs() == 2 and not atom.IsInRing() else []
    return [rest, *(ethanone if len(ethanone) == 1 else [])]


def _is_far_group(fragment: Fragment) -> bool:
    return _is_ring_group(fragment) or _is_amino_acid(fragment)


def _is_ring_group(fragment: Fragment) -> bool:
    """A named ring, or benzyl, cycloalkylmethyl or cycloalkylethyl, with nothing on it but what the words allow."""
    rings = [set(r) for r in fragment.mol.GetRingInfo().AtomRings() if fragment.atoms.issuperset(r)]
    way = _way_to_ring(fragment)
    if way is None or len(way) > 2:
        return False
    last = way[-1] if way else None
    first = fragment.entry if last is None else next(n for n in fragment.onward(last) if n.IsInRing())
    system = _grown({first.GetIdx()}, rings)
    kept = system | {a.GetIdx() for a in way}
    hanging = fragment.without(kept)
    if not all(any(is_group(f, name) for name in _ON_RINGS) for f in hanging):
        return False
    return _names_ring(fragment, system, rings, len(way))


def _names_ring(fragment: Fragment, system: set[int], rings: list[set[int]], links: int) -> bool:
    atoms = [fragment.mol.GetAtomWithIdx(i) for i in system]
    inside = sum(r <= system for r in rings)
    key = ("".join(sorted(a.GetSymbol() for a in atoms)), sum(a.GetIsAromatic() for a in atoms), inside)
    saturated = all(a.GetHybridization().name == "SP3" for a in atoms)
    cycloalkyl = inside == 1 and len(atoms) in _CYCLOALKYL and key[0] == "C" * len(atoms) and saturated
    if links == 0:
        return cycloalkyl or key in _RINGS.values()
    return cycloalkyl or (links == 1 and key == _RINGS["phenyl"])


def _way_to_ring(fragment: Fragment) -> list[Any] | None:
    """Return the acyclic atoms between entry and the first ring; None where there is none or the way is not carbon."""
    if fragment.entry.IsInRing():
        return []
    way, atom = [], fragment.entry
    while not atom.IsInRing():
        way.append(atom)
        onward = [n for n in fragment.onward(atom) if n.GetIdx() not in {a.GetIdx() for a in way}]
        ringed = [n for n in onward if n.IsInRing()]
        if atom.GetSymbol() != "C" or len(way) > 2 or (not ringed and len(onward) != 1):
            return None
        atom = ringed[0] if ringed else onward[0]
    return way


def _grown(system: set[int], rings: list[set[int]]) -> set[int]:
    while more := [r for r in rings if r & system and not r <= system]:
        system = system.union(*more)
    return system


def _is_amino_acid(fragment: Fragment) -> bool:
    """1-Amino- or 1-hydroxy-1-oxopropan-2-yl, with groups that the words allow on it (esters, longer chains)."""
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != "C" or atom.IsInRing():
        return False
    arms = branches(fragment, atom)
    acids = [a for a in arms if _is_acid(a)]
    rest = [a for a in arms if not _is_acid(a)]
    named = ("alkyl", "alkenyl", "haloalkyl", "chain:1-1(phenyl)", "phenyl", "alkoxyalkyl")
    return len(acids) == 1 and bool(rest) and all(any(is_group(a, name) for name in named) for a in rest)


def _is_acid(fragment: Fragment) -> bool:
    return any(is_group(fragment, name) for name in ("carboxy", "carbamoyl", "alkoxycarbonyl", "carbonyl(alkylamino)"))


def _bared(fragment: Fragment) -> Fragment | None:
    """Return a piece without what the words allow to stand on it; None where nothing is left."""
    gone: set[int] = set()
    home = fragment.anchors[0][1]
    for atom in fragment.members:
        allowed = _ON_RINGS if atom.IsInRing() else _ANYWHERE
        for arm in branches(fragment, atom):
            inner = home not in arm.atoms and arm.single and atom.GetSymbol() == "C"
            if inner and any(is_group(arm, name) for name in allowed) and not _needed(arm, atom):
                gone |= arm.atoms
    left = fragment.atoms - gone
    return Fragment(fragment.mol, left, fragment.anchors) if home in left else None


def _needed(arm: Fragment, atom: Any) -> bool:
    """Whether an arm is the ring that makes the group what it is: phenyl on a first CH2 is a benzyl group."""
    return arm.entry.IsInRing() and not atom.IsInRing()
