"""The bridge and the side chain of synthetic cannabinoids, for class rules: NpSG Anlage 1 Nr. 2.1.2 to 2.1.4.

A cannabinoid is read as core, bridge with residue, and side chain. What stands at the place of the bridge is one piece
(bridge and residue together), what stands at the place of the side chain another; each is decided here by the text's
elements, masses, chain lengths and ring sizes.

>>> from counterflow.screen.substances.structure.rules import judge  # registers every group
>>> from counterflow.screen.substances.structure.groups import fits
>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*CCCCCF"), "cannabinoid_chain:3-10"), fits(fragment_of("*C(=O)NC1CC1"), "cannabinoid_bridge")
(True, True)
"""

from __future__ import annotations

from typing import Any

from counterflow.screen.substances.structure.groups import Group, predicate, shape
from counterflow.screen.substances.structure.predicates import HALOGENS
from counterflow.screen.substances.structure.predicates_more import branches, chain_length, far_side, is_group, mass_of
from counterflow.screen.substances.structure.sites import Fragment

__all__: list[str] = []

#: Elements of residue and side chain (Nr. 2.1.3 a, 2.1.4).
_ELEMENTS = HALOGENS | {"C", "N", "O", "S", "Si"}
_SIDE_MASS = 300.0
_REST_MASS = 400.0
_REST_CHAIN = 12


@shape("cannabinoid_bridge", "a bridge with its residue (Nr. 2.1.2, 2.1.3)")
def _cannabinoid_bridge(fragment: Fragment) -> bool:
    """(CH2)-carbonyl, -carboxamido or -carboxyl, or a small nitrogen heterocycle; then the residue, 400 u at most."""
    rests = _bridge_rests(fragment)
    return bool(rests) and _within_rest(rests)


def _within_rest(rests: list[Fragment]) -> bool:
    made_of = all(f.symbols <= _ELEMENTS for f in rests) and any("C" in f.symbols for f in rests)
    chains = all(any(a.IsInRing() for a in f.members) or chain_length(f) <= _REST_CHAIN for f in rests)
    return made_of and chains and mass_of(rests) <= _REST_MASS


def _bridge_rests(fragment: Fragment) -> list[Fragment]:
    """Return the residues behind the bridge; none where the piece is no such bridge."""
    if not fragment.single or fragment.entry.GetSymbol() != "C":
        return []
    if fragment.entry.IsInRing():
        return _behind_heterocycle(fragment)
    inner = branches(fragment, fragment.entry)
    if fragment.entry.GetTotalNumHs() == 2 and len(inner) == 1:
        fragment = inner[0]
    rest = far_side(fragment)
    if rest is None or not rest.single:
        return []
    if rest.entry.GetSymbol() in {"N", "O"} and not rest.entry.GetFormalCharge():
        return branches(rest, rest.entry)
    return [rest] if rest.entry.GetSymbol() == "C" else []


def _behind_heterocycle(fragment: Fragment) -> list[Fragment]:
    """A ring of up to five atoms bound by a carbon that is doubly bound to a ring nitrogen."""
    at = fragment.anchors[0][1]
    for ring in fragment.mol.GetRingInfo().AtomRings():
        if at in ring and len(ring) <= 5 and fragment.atoms.issuperset(ring):
            kinds = {fragment.mol.GetAtomWithIdx(i).GetSymbol() for i in ring}
            nitrogen = any(n.GetSymbol() == "N" and n.GetIdx() in ring for n in fragment.entry.GetNeighbors())
            if nitrogen and kinds <= {"C", "N", "O", "S"}:
                return fragment.without(ring)
    return []


@shape("hydrazone_bridge", "a hydrazone bridge with its residue (Nr. 2.1.2 e)")
def _hydrazone_bridge(fragment: Fragment) -> bool:
    atom = fragment.entry
    double = len(fragment.anchors) == 1 and fragment.bond.GetBondTypeAsDouble() == 2
    if not double or atom.GetSymbol() != "N":
        return False
    inner = branches(fragment, atom)
    second = len(inner) == 1 and inner[0].entry.GetSymbol() == "N"
    return second and _within_rest(branches(inner[0], inner[0].entry))


@shape("azacarbonyl_bridge", "a carbonyl bound by nitrogen")
def _azacarbonyl_bridge(fragment: Fragment) -> bool:
    if not fragment.single or fragment.entry.GetSymbol() != "N" or fragment.entry.IsInRing():
        return False
    return any(far_side(f) is not None for f in branches(fragment, fragment.entry))


@shape("cannabinoid_residue", "a residue of the named elements up to 400 u (Nr. 2.1.3)")
def _cannabinoid_residue(fragment: Fragment) -> bool:
    return fragment.single and _within_rest([fragment])


@predicate("cannabinoid_chain", "a side chain (Nr. 2.1.4 a)")
def _cannabinoid_chain(fragment: Fragment, group: Group) -> bool:
    """A chain of carbon, oxygen, sulfur and silicon, as long as the range says; any of the elements may stand on it."""
    if not fragment.single or not fragment.symbols <= _ELEMENTS or mass_of([fragment]) > _SIDE_MASS:
        return False
    return group.counts(_backbone(fragment))


def _backbone(fragment: Fragment) -> int:
    """Return the longest way from the core through acyclic carbon, oxygen, sulfur and silicon atoms."""
    allowed = {a.GetIdx() for a in fragment.members if not a.IsInRing() and a.GetSymbol() in {"C", "O", "S", "Si"}}
    start = fragment.anchors[0][1]
    depth = {start: 1} if start in allowed else {}
    line = list(depth)
    for index in line:
        for n in fragment.onward(fragment.mol.GetAtomWithIdx(index)):
            if n.GetIdx() in allowed and n.GetIdx() not in depth:
                depth[n.GetIdx()] = depth[index] + 1
                line.append(n.GetIdx())
    return max(depth.values(), default=0)


@predicate("cannabinoid_ring", "a ring as side chain (Nr. 2.1.4 b)")
def _cannabinoid_ring(fragment: Fragment, group: Group) -> bool:
    """A ring bound directly or over a hydrocarbon bridge of as many carbon atoms as the range says."""
    if not fragment.single or not fragment.symbols <= _ELEMENTS or mass_of([fragment]) > _SIDE_MASS:
        return False
    link = _link(fragment)
    return link is not None and group.counts(len(link)) and _rings_allowed(fragment)


@shape("ergolene_group", "a group of the named elements up to 300 u (Nr. 5.2 a)")
def _ergolene_group(fragment: Fragment) -> bool:
    """A chain of carbon, oxygen, sulfur or silicon that bears anything of the elements, or a ring of allowed sizes."""
    made_of = fragment.symbols <= _ELEMENTS and "C" in fragment.symbols and mass_of([fragment]) <= _SIDE_MASS
    if not made_of or not fragment.single or fragment.entry.GetSymbol() not in {"C", "O", "S", "Si"}:
        return False
    return not fragment.entry.IsInRing() or _rings_allowed(fragment)


def _link(fragment: Fragment) -> list[int] | None:
    """Return the carbon atoms between core and ring; None where there is no ring or the way is no hydrocarbon."""
    line, ring = [fragment.anchors[0][1]], False
    for place, index in enumerate(line):
        atom = fragment.mol.GetAtomWithIdx(index)
        if atom.IsInRing():
            ring = True
            continue
        if atom.GetSymbol() != "C":
            return None
        for n in fragment.onward(atom):
            oxo = n.GetSymbol() == "O" and n.GetDegree() == 1 and n.GetTotalNumHs() == 0
            if n.GetIdx() not in line and not (oxo and place == 1):
                line.append(n.GetIdx())
    return [i for i in line if not fragment.mol.GetAtomWithIdx(i).IsInRing()] if ring else None


def _rings_allowed(fragment: Fragment) -> bool:
    rings = [r for r in fragment.mol.GetRingInfo().AtomRings() if fragment.atoms.issuperset(r)]
    atoms = [fragment.mol.GetAtomWithIdx(i) for r in rings for i in r]
    sizes = bool(rings) and all(3 <= len(r) <= 7 for r in rings)
    return sizes and all(a.GetSymbol() in {"C", "N", "O", "S"} and _nitrogen_allowed(fragment, a) for a in atoms)


def _nitrogen_allowed(fragment: Fragment, atom: Any) -> bool:
    """A free valence of a ring nitrogen bears hydrogen, methyl or ethyl."""
    if atom.GetSymbol() != "N" or atom.GetIdx() == fragment.anchors[0][1]:
        return True
    outside = [f for f in fragment.without([atom.GetIdx()]) if not f.entry.IsInRing()]
    onward = [f for f in outside if fragment.anchors[0][1] not in f.atoms]
    return all(is_group(f, "alkyl:1-2") for f in onward)


@shape("hydroxymethyl", "a hydroxymethyl group")
def _hydroxymethyl(fragment: Fragment) -> bool:
    return is_group(fragment, "hydroxyalkyl_one:1-1")


@predicate("hydrocarbon_chain", "an open chain of carbon atoms, saturated or not")
def _hydrocarbon_chain(fragment: Fragment, group: Group) -> bool:
    open_chain = fragment.single and fragment.symbols == {"C"} and not any(a.IsInRing() for a in fragment.members)
    return open_chain and group.counts(fragment.carbons)
