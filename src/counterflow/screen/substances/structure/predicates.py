"""The library of groups that class rules speak of: alkyl, alkoxy, acyl, ester …, each decided by code on a piece.

"Up to six carbon atoms" is counted here, since query languages of structures have no such words. Each predicate answers
one narrow question; what the law makes of the answer stands in the rule. Rings are in `predicates_rings`.

>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*OCC"), "alkoxy:1-5"), fits(fragment_of("*OCC"), "alkyl")
(True, False)
"""

from __future__ import annotations

from typing import Any

from rdkit import Chem

from counterflow.screen.substances.structure.groups import PREDICATES, Group, fits, parse_group, predicate, shape
from counterflow.screen.substances.structure.sites import Fragment

__all__ = ["HALOGENS", "PREDICATES", "Group", "fits", "parse_group", "predicate", "saturated", "shape"]

HALOGENS = frozenset(("F", "Cl", "Br", "I"))


def _after(fragment: Fragment, symbol: str) -> Fragment | None:
    """Return what hangs on the entry atom, if that is an uncharged divalent atom of this element."""
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != symbol or atom.GetDegree() != 2 or atom.GetFormalCharge():
        return None
    (inner,) = fragment.without([atom.GetIdx()]) or (None,)
    return inner if inner is not None and inner.single and atom.GetTotalNumHs() == 0 else None


def _plain(fragment: Fragment) -> bool:
    return all(a.GetFormalCharge() == 0 for a in fragment.members)


def saturated(fragment: Fragment) -> bool:
    """Whether all bonds within a piece are single."""
    return all(b.GetBondType() == Chem.BondType.SINGLE for b in fragment.bonds)


def _carbon_chain(fragment: Fragment) -> bool:
    return fragment.single and fragment.symbols == {"C"} and not fragment.cyclic and _plain(fragment)


@shape("any", "any group")
def _any(fragment: Fragment) -> bool:
    return bool(fragment.anchors)


@shape("any_single", "any group bound by one single bond")
def _any_single(fragment: Fragment) -> bool:
    return fragment.single


@shape("bridge", "a bridge or fused ring")
def _bridge(fragment: Fragment) -> bool:
    return len(fragment.anchors) > 1


@shape("oxo", "an oxo group")
def _oxo(fragment: Fragment) -> bool:
    return len(fragment.atoms) == 1 and fragment.symbols == {"O"} and fragment.bond.GetBondTypeAsDouble() == 2


@predicate("alkyl", "an alkyl group")
def _alkyl(fragment: Fragment, group: Group) -> bool:
    return _carbon_chain(fragment) and saturated(fragment) and group.counts(fragment.carbons)


@predicate("alkenyl", "an alkenyl group")
def _alkenyl(fragment: Fragment, group: Group) -> bool:
    kinds = {b.GetBondType() for b in fragment.bonds}
    chain = _carbon_chain(fragment) and kinds <= {Chem.BondType.SINGLE, Chem.BondType.DOUBLE}
    return chain and Chem.BondType.DOUBLE in kinds and group.counts(fragment.carbons)


@predicate("alkynyl", "an alkynyl group")
def _alkynyl(fragment: Fragment, group: Group) -> bool:
    triple = any(b.GetBondType() == Chem.BondType.TRIPLE for b in fragment.bonds)
    return _carbon_chain(fragment) and triple and group.counts(fragment.carbons)


@predicate("cycloalkyl", "a cycloalkyl group, or an alkyl group that holds a ring")
def _cycloalkyl(fragment: Fragment, group: Group) -> bool:
    hydrocarbon = fragment.single and fragment.symbols == {"C"} and fragment.cyclic and _plain(fragment)
    return hydrocarbon and saturated(fragment) and group.counts(fragment.carbons)


@predicate("hydrocarbyl", "a hydrocarbon group")
def _hydrocarbyl(fragment: Fragment, group: Group) -> bool:
    return fragment.single and fragment.symbols == {"C"} and _plain(fragment) and group.counts(fragment.carbons)


@shape("halo", "a halogen")
def _halo(fragment: Fragment) -> bool:
    return fragment.single and len(fragment.atoms) == 1 and fragment.symbols <= HALOGENS


@predicate("haloalkyl", "a haloalkyl group")
def _haloalkyl(fragment: Fragment, group: Group) -> bool:
    shape = fragment.single and fragment.entry.GetSymbol() == "C" and not fragment.cyclic and saturated(fragment)
    made_of = "C" in fragment.symbols and bool(fragment.symbols & HALOGENS) and fragment.symbols <= HALOGENS | {"C"}
    return shape and made_of and group.counts(fragment.carbons)


@shape("trifluoromethyl", "a trifluoromethyl group")
def _trifluoromethyl(fragment: Fragment) -> bool:
    return len(fragment.atoms) == 4 and fragment.symbols == {"C", "F"} and fragment.carbons == 1 and fragment.single


@shape("hydroxy", "a hydroxy group")
def _hydroxy(fragment: Fragment) -> bool:
    alone = fragment.single and len(fragment.atoms) == 1 and fragment.symbols == {"O"}
    return alone and fragment.entry.GetTotalNumHs() == 1


@predicate("alkoxy", "an alkoxy group")
def _alkoxy(fragment: Fragment, group: Group) -> bool:
    inner = _after(fragment, "O")
    return inner is not None and _alkyl(inner, group)


@predicate("haloalkoxy", "a haloalkoxy group")
def _haloalkoxy(fragment: Fragment, group: Group) -> bool:
    inner = _after(fragment, "O")
    return inner is not None and _haloalkyl(inner, group)


@predicate("oxy", "an oxygen with a group")
def _oxy(fragment: Fragment, group: Group) -> bool:
    inner = _after(fragment, "O")
    return inner is not None and group.has(inner)


@predicate("alkylthio", "an alkylthio group")
def _alkylthio(fragment: Fragment, group: Group) -> bool:
    inner = _after(fragment, "S")
    return inner is not None and _alkyl(inner, group)


@predicate("alkylsulfonyl", "an alkylsulfonyl group")
def _alkylsulfonyl(fragment: Fragment, group: Group) -> bool:
    rest = _sulfonyl_rest(fragment)
    return rest is not None and _alkyl(rest, group)


def _sulfonyl_rest(fragment: Fragment) -> Fragment | None:
    """Return the group R of -S(=O)2-R, where the piece is one with R bound by carbon."""
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != "S" or atom.GetDegree() != 4:
        return None
    rest = fragment.without([atom.GetIdx()])
    others = [f for f in rest if not _oxo(f)]
    return others[0] if len(rest) == 3 and len(others) == 1 else None


@shape("sulfonyl", "a sulfonyl group")
def _sulfonyl(fragment: Fragment) -> bool:
    return _sulfonyl_rest(fragment) is not None


@shape("amino", "an amino group")
def _amino(fragment: Fragment) -> bool:
    alone = fragment.single and len(fragment.atoms) == 1 and fragment.symbols == {"N"}
    return alone and fragment.entry.GetTotalNumHs() == 2


@predicate("alkylamino", "a mono- or dialkylamino group")
def _alkylamino(fragment: Fragment, group: Group) -> bool:
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != "N" or atom.GetFormalCharge() or len(fragment.atoms) == 1:
        return False
    return all(_alkyl(f, group) for f in fragment.without([atom.GetIdx()]))


@shape("nitro", "a nitro group")
def _nitro(fragment: Fragment) -> bool:
    nitrogen = fragment.single and fragment.entry.GetSymbol() == "N" and len(fragment.atoms) == 3
    return nitrogen and sorted(a.GetSymbol() for a in fragment.onward(fragment.entry)) == ["O", "O"]


@shape("cyano", "a cyano group")
def _cyano(fragment: Fragment) -> bool:
    two = fragment.single and len(fragment.atoms) == 2 and fragment.entry.GetSymbol() == "C"
    return two and fragment.bonds[0].GetBondType() == Chem.BondType.TRIPLE and "N" in fragment.symbols


@shape("composite_alkyl", "a chain that bears further groups")
def _composite_alkyl(fragment: Fragment) -> bool:
    """An acyclic saturated chain, entered by carbon, with atoms other than carbon and halogen on or in it."""
    chain = fragment.single and fragment.entry.GetSymbol() == "C" and not fragment.cyclic and saturated(fragment)
    return chain and bool(fragment.symbols - HALOGENS - {"C"})


# Carbonyl groups, esters and ethers ---------------------------------------------------------------------------------


def _double_bonded(atom: Any, symbol: str) -> Any | None:
    ends = (b.GetOtherAtom(atom) for b in atom.GetBonds() if b.GetBondTypeAsDouble() == 2)
    return next((a for a in ends if a.GetSymbol() == symbol and a.GetDegree() == 1), None)


def _carbonyl_rest(fragment: Fragment, symbol: str = "O") -> list[Fragment] | None:
    """Return what a carbonyl carbon bears beside its oxygen and the core; None where the entry is no carbonyl."""
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != "C" or atom.IsInRing():
        return None
    other = _double_bonded(atom, symbol)
    return None if other is None else fragment.without([atom.GetIdx(), other.GetIdx()])


@predicate("acyl", "an acyl group")
def _acyl(fragment: Fragment, group: Group) -> bool:
    """R-C(=O)- with R bound by carbon, or hydrogen (formyl); with parts, R must be one of them."""
    rest = _carbonyl_rest(fragment)
    if rest is None or any(f.entry.GetSymbol() != "C" for f in rest):
        return False
    return not group.parts or (len(rest) == 1 and group.has(rest[0]))


@shape("carbonyl_hetero", "a carbonyl group bound to an atom other than carbon (carbamate, urea, carbonyl halide)")
def _carbonyl_hetero(fragment: Fragment) -> bool:
    rest = _carbonyl_rest(fragment)
    return bool(rest) and any(f.entry.GetSymbol() != "C" for f in rest or ())


@shape("thioacyl", "a thioacyl group")
def _thioacyl(fragment: Fragment) -> bool:
    return _carbonyl_rest(fragment, "S") is not None


@predicate("alkoxycarbonyl", "an alkoxycarbonyl group")
def _alkoxycarbonyl(fragment: Fragment, group: Group) -> bool:
    rest = _carbonyl_rest(fragment)
    return rest is not None and len(rest) == 1 and _alkoxy(rest[0], group)


@predicate("acyloxy", "an acyloxy group")
def _acyloxy(fragment: Fragment, group: Group) -> bool:
    inner = _after(fragment, "O")
    return inner is not None and _acyl(inner, group)


@shape("ester", "an ester group")
def _ester(fragment: Fragment) -> bool:
    """-C(=O)-O-R or -O-C(=O)-R, R bound by carbon."""
    rest = _carbonyl_rest(fragment)
    carbonyl = rest is not None and len(rest) == 1 and _oxygen_to_carbon(rest[0])
    return carbonyl or _acyloxy(fragment, Group("acyloxy"))


def _oxygen_to_carbon(fragment: Fragment) -> bool:
    inner = _after(fragment, "O")
    return inner is not None and inner.entry.GetSymbol() == "C"


@shape("ether", "an ether group")
def _ether(fragment: Fragment) -> bool:
    """Carbon, hydrogen and ether oxygen only: a group with an oxygen between two carbon atoms, beyond plain alkoxy."""
    if not fragment.single or fragment.symbols != {"C", "O"} or not _plain(fragment):
        return False
    oxygens = [a for a in fragment.members if a.GetSymbol() == "O"]
    ethers = all(a.GetDegree() == 2 and {n.GetSymbol() for n in a.GetNeighbors()} <= {"C", "*"} for a in oxygens)
    plain = _alkoxy(fragment, Group("alkoxy")) or any(_double_bonded(a, "O") for a in fragment.members)
    return ethers and not plain


@shape("alkoxyalkyl", "an alkoxyalkyl group")
def _alkoxyalkyl(fragment: Fragment) -> bool:
    chain = _ether(fragment) and not fragment.cyclic and saturated(fragment)
    return chain and fragment.entry.GetSymbol() == "C" and sum(a.GetSymbol() == "O" for a in fragment.members) == 1
