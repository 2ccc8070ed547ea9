"""Ring systems and freely substituted groups that the NpSG and the British definitions name, for class rules.

>>> from counterflow.screen.substances.structure.rules import judge  # registers every group
>>> from counterflow.screen.substances.structure.groups import fits
>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*c1cccs1"), "bare_heteroaryl"), fits(fragment_of("*c1ccc2OCOc2c1"), "benzene_ring")
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable

from counterflow.screen.substances.structure.groups import Group, predicate, shape
from counterflow.screen.substances.structure.predicates import HALOGENS
from counterflow.screen.substances.structure.predicates_more import (
    branches,
    chain_length,
    inner_way,
    is_group,
    same_anchor,
)
from counterflow.screen.substances.structure.sites import Fragment

__all__: list[str] = []


def _system(fragment: Fragment) -> set[int]:
    """Return the atoms of the ring system by which a piece is entered (rings that share atoms); empty without one."""
    if not fragment.single:
        return set()
    rings = [set(r) for r in fragment.mol.GetRingInfo().AtomRings() if fragment.atoms.issuperset(r)]
    system = {fragment.anchors[0][1]}
    grown = True
    while grown:
        more = [r for r in rings if r & system and not r <= system]
        grown = bool(more)
        system.update(*more)
    return system if len(system) > 1 else set()


@predicate("ring_system", "a monocyclic or fused ring system")
def _ring_system(fragment: Fragment, group: Group) -> bool:
    """A ring system bound directly, bare or with at least one of the parts on it, the rest bound by one bond each."""
    system = _system(fragment)
    hanging = fragment.without(system) if system else []
    bare = not hanging or not group.parts
    return bool(system) and (bare or (all(f.single for f in hanging) and any(group.has(f) for f in hanging)))


@shape("benzene_ring", "a phenyl ring, alone or with an alkylenedioxy bridge")
def _benzene_ring(fragment: Fragment) -> bool:
    """Whatever else stands on the ring."""
    system = _system(fragment)
    inner = [r for r in fragment.mol.GetRingInfo().AtomRings() if system.issuperset(r)] if system else []
    benzene = [r for r in inner if fragment.anchors[0][1] in r and len(r) == 6 and _all_aromatic_carbon(fragment, r)]
    if not benzene or len(inner) > 2:
        return False
    bridges = [f for f in fragment.without(benzene[0]) if len(f.anchors) > 1]
    return all(is_group(f, "alkylenedioxy") for f in bridges)


def _all_aromatic_carbon(fragment: Fragment, ring: Iterable[int]) -> bool:
    atoms = (fragment.mol.GetAtomWithIdx(i) for i in ring)
    return all(a.GetSymbol() == "C" and a.GetIsAromatic() for a in atoms)


@shape("bare_heteroaryl", "an unsubstituted pyridyl, thienyl, furanyl or pyrrolyl ring")
def _bare_heteroaryl(fragment: Fragment) -> bool:
    atoms = [a for a in fragment.members if a.GetIsAromatic() and a.IsInRing()]
    if not fragment.single or len(atoms) != len(fragment.atoms) or len(fragment.bonds) != len(atoms):
        return False
    hetero = [a.GetSymbol() for a in atoms if a.GetSymbol() != "C"]
    return len(hetero) == 1 and (len(atoms), hetero[0]) in {(6, "N"), (5, "N"), (5, "O"), (5, "S")}


@shape("oxaspiro", "an oxaspiro ring")
def _oxaspiro(fragment: Fragment) -> bool:
    """A ring of carbon atoms and one oxygen, closed over a single core atom, three to eight members with it."""
    made_of = same_anchor(fragment) and fragment.symbols == {"C", "O"} and 2 <= len(fragment.atoms) <= 7
    return made_of and sum(a.GetSymbol() == "O" for a in fragment.members) == 1


@predicate("free_amine_group", "an alkyl, cycloalkyl, alkenyl or alkynyl group, further substituted")
def _free_amine_group(fragment: Fragment, group: Group) -> bool:
    """Entered by an alkyl, alkenyl, alkynyl or small-ring carbon; C, H, N, O; the range is the chain length (Nr. 6)."""
    atom = fragment.entry
    if (
        not fragment.single
        or atom.GetSymbol() != "C"
        or atom.GetIsAromatic()
        or not fragment.symbols <= {"C", "N", "O"}
    ):
        return False
    doubled = any(p.bond.GetBondTypeAsDouble() > 1 and p.entry.GetSymbol() != "C" for p in branches(fragment, atom))
    small = all(len(r) <= 6 for r in fragment.mol.GetRingInfo().AtomRings() if atom.GetIdx() in r)
    return not doubled and small and group.counts(chain_length(fragment))


@shape("thiol", "a thiol group")
def _thiol(fragment: Fragment) -> bool:
    return fragment.single and len(fragment.atoms) == 1 and fragment.entry.GetSymbol() == "S"


@predicate("npsg_aryl", "a named aromatic ring system with named groups (Nr. 6 b)")
def _npsg_aryl(fragment: Fragment, group: Group) -> bool:
    """Phenyl, small heteroaryls; methylene- or ethylenedioxyphenyl, dihydrobenzofuranyl, benzothienyl."""
    system = _system(fragment)
    hanging = fragment.without(system) if system else []
    if not system or not all(group.has(f) for f in hanging):
        return False
    symbols = sorted(fragment.mol.GetAtomWithIdx(i).GetSymbol() for i in system)
    aromatic = sum(fragment.mol.GetAtomWithIdx(i).GetIsAromatic() for i in system)
    return ("".join(symbols), aromatic) in _NPSG_ARYLS


#: Elements of the ring systems of Nr. 6 b in order, and how many of their atoms are aromatic.
_NPSG_ARYLS = {
    ("CCCCCC", 6),
    ("CCCCN", 5),
    ("CCCCCN", 6),
    ("CCCCS", 5),
    ("CCCCO", 5),
    ("CCCCCCCOO", 6),
    ("CCCCCCCCOO", 6),
    ("CCCCCCCCO", 6),
    ("CCCCCCCCS", 9),
}


# Phenethylamines, NpSG Anlage 1 Nr. 1 ---------------------------------------------------------------------------------

_FREE = HALOGENS | {"C", "N", "O", "S"}


@predicate("carbon_further", "a carbon group, further substituted")
def _carbon_further(fragment: Fragment, group: Group) -> bool:
    """Entered by a carbon that is no plain carboxy, carbamoyl, cyano or aromatic one; the range is the chain length."""
    atom = fragment.entry
    begins = fragment.single and atom.GetSymbol() == "C" and not atom.GetIsAromatic() and fragment.symbols <= _FREE
    others = any(is_group(fragment, name) for name in ("carboxy", "carbamoyl", "cyano"))
    return begins and not others and group.counts(chain_length(fragment))


@predicate("aryl_further", "a phenyl group, further substituted")
def _aryl_further(fragment: Fragment, group: Group) -> bool:
    """A benzene ring with something on it; the range is the chain length."""
    return is_group(fragment, "benzene_ring") and fragment.symbols <= _FREE and group.counts(chain_length(fragment))


@predicate("oxy_further", "an alkoxy or alkylsulfanyl group, further substituted")
def _oxy_further(fragment: Fragment, group: Group) -> bool:
    """An ether oxygen or thioether sulfur, then carbon; the range is the chain length."""
    atom = fragment.entry
    begins = fragment.single and atom.GetSymbol() in {"O", "S"} and atom.GetDegree() == 2 and not atom.GetIsAromatic()
    onward = [n.GetSymbol() for n in fragment.onward(atom)]
    return begins and onward == ["C"] and fragment.symbols <= _FREE and group.counts(chain_length(fragment))


@shape("fused_z", "a ring of four to eight members fused to the benzene ring (Nr. 1.1)")
def _fused_z(fragment: Fragment) -> bool:
    """Carbon, and at most two of O, N and S, each bound to the benzene ring; a nitrogen may bear methyl or ethyl."""
    if len(fragment.anchors) != 2 or same_anchor(fragment):
        return False
    path = inner_way(fragment)
    atoms = [fragment.mol.GetAtomWithIdx(i) for i in path]
    ends = {path[0], path[-1]}
    hetero = [a for a in atoms if a.GetSymbol() != "C"]
    allowed = all(a.GetSymbol() in {"O", "N", "S"} and a.GetIdx() in ends for a in hetero)
    bare = all(f.anchors[0][0] in ends and is_group(f, "alkyl:1-2") for f in fragment.without(path))
    return 4 <= len(path) + 2 <= 8 and allowed and bare and not _carbon_bears(fragment, path)


def _carbon_bears(fragment: Fragment, path: list[int]) -> bool:
    """Whether a carbon atom of the ring bears a group (the definition then names it, which is left to a person)."""
    inner = fragment.without(path)
    return any(fragment.mol.GetAtomWithIdx(f.anchors[0][0]).GetSymbol() != "N" for f in inner)


# Benzodiazepines, NpSG Anlage 1 Nr. 3.1.2 -----------------------------------------------------------------------------


@predicate("pyridyl", "a pyridyl group")
def _pyridyl(fragment: Fragment, group: Group) -> bool:
    """A lone pyridine ring; what stands on it is one of the parts."""
    system = _system(fragment)
    atoms = [fragment.mol.GetAtomWithIdx(i) for i in system]
    ring = sorted(a.GetSymbol() for a in atoms) == ["C"] * 5 + ["N"] and all(a.GetIsAromatic() for a in atoms)
    return ring and all(group.has(f) for f in fragment.without(system))


@shape("cyclohexenyl", "a cyclohexenyl group")
def _cyclohexenyl(fragment: Fragment) -> bool:
    doubles = sum(b.GetBondTypeAsDouble() == 2 for b in fragment.bonds)
    ring = fragment.single and fragment.symbols == {"C"} and len(fragment.atoms) == len(fragment.bonds) == 6
    return ring and doubles == 1 and fragment.entry.IsInRing()


@predicate("dialkylamino", "a dialkylamino group of two equal alkyl groups")
def _dialkylamino(fragment: Fragment, group: Group) -> bool:
    """The range counts the carbon atoms of each."""
    arms = branches(fragment, fragment.entry)
    equal = len(arms) == 2 and arms[0].carbons == arms[1].carbons and group.counts(arms[0].carbons)
    return is_group(fragment, "alkylamino") and equal


@shape("succinyloxy", "a succinyloxy group")
def _succinyloxy(fragment: Fragment) -> bool:
    return is_group(fragment, "oxy(acyl(chain:2-2(carboxy)))")


@predicate("ester_chain", "an alkoxycarbonylalkyl group")
def _ester_chain(fragment: Fragment, group: Group) -> bool:
    """The range counts the links of the chain and the carbon atoms of the alkoxy group, each."""
    high = "" if group.high is None else group.high
    return is_group(fragment, f"chain:1-{high}(alkoxycarbonyl:1-{high})")


@shape("hydrazidomethyl", "a hydrazidomethyl group")
def _hydrazidomethyl(fragment: Fragment) -> bool:
    kinds = sorted(a.GetSymbol() for a in fragment.members)
    return kinds == ["C", "C", "N", "N", "O"] and is_group(fragment, "chain:1-1(carbonyl_hetero)")


@shape("tetramethylene", "a ring of four CH2 closed over two neighbouring atoms")
def _tetramethylene(fragment: Fragment) -> bool:
    """The 4,5,6,7-tetrahydrobenzo[b]thienyl ring."""
    four = len(fragment.anchors) == 2 and not same_anchor(fragment) and len(fragment.atoms) == 4
    return four and fragment.symbols == {"C"} and all(a.GetTotalNumHs() == 2 for a in fragment.members)
