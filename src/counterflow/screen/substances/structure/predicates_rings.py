"""Groups of class rules that are rings or end in one: phenyl, monocycle, fused ring, alkylenedioxy, chains.

>>> from counterflow.screen.substances.structure.rules import judge  # registers every group
>>> from counterflow.screen.substances.structure.groups import fits
>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*c1ccc(F)cc1"), "substituted_phenyl(halo)"), fits(fragment_of("*c1ccc2ccccc2c1"), "monocycle")
(True, False)
"""

from __future__ import annotations

from counterflow.screen.substances.structure.groups import Group, predicate, shape
from counterflow.screen.substances.structure.predicates import saturated
from counterflow.screen.substances.structure.sites import Fragment

__all__: list[str] = []


@predicate("chain", "an unbranched chain that ends in a group")
def _chain(fragment: Fragment, group: Group) -> bool:
    """CH2 links, as many as the range says, then one of the parts."""
    links, rest = 0, fragment
    while rest.single and not group.has(rest):
        atom = rest.entry
        inner = rest.without([atom.GetIdx()])
        if atom.GetSymbol() != "C" or atom.GetTotalNumHs() != 2 or atom.IsInRing() or len(inner) != 1:
            return False
        links, rest = links + 1, inner[0]
    return rest.single and group.counts(links)


def _entry_rings(fragment: Fragment) -> list[tuple[int, ...]]:
    at = fragment.anchors[0][1]
    rings = fragment.mol.GetRingInfo().AtomRings() if fragment.single else ()
    return [r for r in rings if at in r and fragment.atoms.issuperset(r)]


def _lone_ring(fragment: Fragment) -> tuple[int, ...] | None:
    """Return the ring by which a piece is entered, if it shares no atom with another ring."""
    rings = _entry_rings(fragment)
    info = fragment.mol.GetRingInfo()
    return rings[0] if len(rings) == 1 and all(info.NumAtomRings(i) == 1 for i in rings[0]) else None


def _aromatic(fragment: Fragment, ring: tuple[int, ...]) -> bool:
    return all(fragment.mol.GetAtomWithIdx(i).GetIsAromatic() for i in ring)


def _hetero(fragment: Fragment, ring: tuple[int, ...]) -> bool:
    return any(fragment.mol.GetAtomWithIdx(i).GetAtomicNum() != 6 for i in ring)


@shape("monocycle", "a monocycle")
def _monocycle(fragment: Fragment) -> bool:
    """A ring, entered directly, that is fused, bridged or spiro-bound to none; further substituted or not."""
    return _lone_ring(fragment) is not None


@shape("heteromonocycle", "a heteromonocycle")
def _heteromonocycle(fragment: Fragment) -> bool:
    ring = _lone_ring(fragment)
    return ring is not None and _hetero(fragment, ring)


@shape("aromatic_monocycle", "an aromatic monocycle")
def _aromatic_monocycle(fragment: Fragment) -> bool:
    ring = _lone_ring(fragment)
    return ring is not None and _aromatic(fragment, ring)


@shape("fused_ring", "a ring that is part of a larger ring system")
def _fused_ring(fragment: Fragment) -> bool:
    return bool(_entry_rings(fragment)) and _lone_ring(fragment) is None


def _benzene(fragment: Fragment) -> tuple[int, ...] | None:
    rings = (r for r in _entry_rings(fragment) if len(r) == 6 and _aromatic(fragment, r) and not _hetero(fragment, r))
    return next(rings, None)


@shape("phenyl", "an unsubstituted phenyl group")
def _phenyl(fragment: Fragment) -> bool:
    return len(fragment.atoms) == 6 and _benzene(fragment) is not None


@predicate("substituted_phenyl", "a phenyl group with named substituents")
def _substituted_phenyl(fragment: Fragment, group: Group) -> bool:
    """A benzene ring with at least one substituent, each one of the parts; without parts, any bound by one bond."""
    ring = _benzene(fragment)
    hanging = fragment.without(ring) if ring else []
    return bool(hanging) and all(group.has(f) if group.parts else len(f.anchors) == 1 for f in hanging)


@predicate("alkylenedioxy", "an alkylenedioxy bridge")
def _alkylenedioxy(fragment: Fragment, group: Group) -> bool:
    """-O-(CH2)n-O- between two core atoms, n by the range."""
    if len(fragment.anchors) != 2 or fragment.symbols != {"C", "O"} or not saturated(fragment):
        return False
    ends = {fragment.mol.GetAtomWithIdx(atom).GetSymbol() for _, atom in fragment.anchors}
    two = sum(a.GetSymbol() == "O" for a in fragment.members) == 2
    return ends == {"O"} and two and not fragment.cyclic and group.counts(fragment.carbons)
