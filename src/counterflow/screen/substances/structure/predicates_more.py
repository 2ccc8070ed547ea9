"""More groups for class rules: those that the German NpSG and the British generic definitions name beyond the first.

Silyl and carbonyl groups, an amine closed to a ring, "further substituted" groups with a greatest chain
length. Chain lengths follow the NpSG's own way of counting (Anlage 1 Nr. 1.1: "durchgehende Kettenlänge … Atome von
Ringstrukturen werden dabei nicht in die Zählung einbezogen"): the longest way through the heavy atoms of the piece on
which ring atoms count nothing. Masses are average masses with hydrogens.

>>> from counterflow.screen.substances.structure.rules import judge  # registers every group
>>> from counterflow.screen.substances.structure.groups import fits
>>> from counterflow.screen.substances.structure.sites import fragment_of
>>> fits(fragment_of("*[Si](C)(C)C"), "trialkylsilyl:3-12"), fits(fragment_of("*C(=O)SC"), "carbonyl(alkylthio:1-6)")
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rdkit import Chem

from counterflow.screen.substances.structure.groups import PREDICATES, Group, parse_group, predicate, shape
from counterflow.screen.substances.structure.sites import Fragment

__all__ = ["branches", "chain_length", "far_side", "inner_way", "is_group", "mass_of", "same_anchor"]

_HYDROGEN = 1.008


def mass_of(fragments: Iterable[Fragment]) -> float:
    """Return the average mass of some pieces with their hydrogens, in u."""
    return float(sum(a.GetMass() + _HYDROGEN * a.GetTotalNumHs() for f in fragments for a in f.members))


def _acyclic(fragment: Fragment) -> bool:
    return not any(a.IsInRing() for a in fragment.members)


def branches(fragment: Fragment, atom: Any) -> list[Fragment]:
    """What hangs on one atom of a piece, away from the core: one piece for each neighbour."""
    return fragment.without([atom.GetIdx()])


def is_group(fragment: Fragment, text: str) -> bool:
    """Whether a piece is the group of a text."""
    group = parse_group(text)
    return PREDICATES[group.name](fragment, group)


# Silyl, carbonyl, rings -----------------------------------------------------------------------------------------------


@predicate("trialkylsilyl", "a trialkylsilyl group")
def _trialkylsilyl(fragment: Fragment, group: Group) -> bool:
    """Silicon with three alkyl groups; the range counts their carbon atoms together."""
    if not fragment.single or fragment.entry.GetSymbol() != "Si":
        return False
    arms = branches(fragment, fragment.entry)
    return len(arms) == 3 and all(is_group(a, "alkyl") for a in arms) and group.counts(fragment.carbons)


def far_side(fragment: Fragment) -> Fragment | None:
    """Return the one thing on the far side of a carbonyl by which a piece is entered; None where there is none."""
    atom = fragment.entry
    if not fragment.single or atom.GetSymbol() != "C" or atom.IsInRing():
        return None
    inner = branches(fragment, atom)
    rest = [f for f in inner if not is_group(f, "oxo")]
    return rest[0] if len(inner) == 2 and len(rest) == 1 else None


@predicate("carbonyl", "a carbonyl group")
def _carbonyl(fragment: Fragment, group: Group) -> bool:
    """-C(=O)-R, R one of the parts."""
    rest = far_side(fragment)
    return rest is not None and group.has(rest)


@shape("carboxy", "a carboxy group")
def _carboxy(fragment: Fragment) -> bool:
    rest = far_side(fragment)
    return rest is not None and is_group(rest, "hydroxy")


@shape("carbamoyl", "a carbamoyl group")
def _carbamoyl(fragment: Fragment) -> bool:
    rest = far_side(fragment)
    return rest is not None and is_group(rest, "amino")


@predicate("monoalkylamino", "a monoalkylamino group")
def _monoalkylamino(fragment: Fragment, group: Group) -> bool:
    return is_group(fragment, "alkylamino") and fragment.entry.GetTotalNumHs() == 1 and group.counts(fragment.carbons)


@predicate("plain_cycloalkyl", "an unsubstituted cycloalkyl group")
def _plain_cycloalkyl(fragment: Fragment, group: Group) -> bool:
    """One saturated ring of carbon atoms, bound directly, with nothing on it."""
    ring = fragment.single and fragment.symbols == {"C"} and len(fragment.bonds) == len(fragment.atoms)
    saturated = all(b.GetBondType() == Chem.BondType.SINGLE and b.IsInRing() for b in fragment.bonds)
    return ring and saturated and group.counts(fragment.carbons)


def same_anchor(fragment: Fragment) -> bool:
    """Whether a piece hangs twice on one core atom, so that it closes a ring with it."""
    return len(fragment.anchors) == 2 and len({core for core, _ in fragment.anchors}) == 1


@predicate("closed_amine", "a ring that includes the nitrogen atom")
def _closed_amine(fragment: Fragment, group: Group) -> bool:
    """A piece that hangs twice on one atom; the range counts the ring with that atom; parts are what the ring bears."""
    if not same_anchor(fragment):
        return False
    path = inner_way(fragment)
    hanging = fragment.without(path)
    return group.counts(len(path) + 1) and (not group.parts or all(group.has(f) for f in hanging))


@predicate("closed_carbon_amine", "a ring of the nitrogen atom and carbon atoms")
def _closed_carbon_amine(fragment: Fragment, group: Group) -> bool:
    return same_anchor(fragment) and fragment.symbols == {"C"} and _closed_amine(fragment, group)


def _plain_amine(fragment: Fragment) -> list[str] | None:
    """Return the elements of an unsubstituted saturated amine ring, in order, without its nitrogen; None otherwise.

    The ring is closed over a core nitrogen or bound by its own; the way begins beside the nitrogen.
    """
    if any(b.GetBondType() != Chem.BondType.SINGLE for b in fragment.bonds):
        return None
    if same_anchor(fragment):
        path = inner_way(fragment)
        return None if len(path) != len(fragment.atoms) else [fragment.mol.GetAtomWithIdx(i).GetSymbol() for i in path]
    if not fragment.single or fragment.entry.GetSymbol() != "N" or len(fragment.bonds) != len(fragment.atoms):
        return None
    inner = branches(fragment, fragment.entry)
    return _plain_amine(inner[0]) if len(inner) == 1 and same_anchor(inner[0]) else None


@shape("pyrrolidino", "a pyrrolidino ring")
def _pyrrolidino(fragment: Fragment) -> bool:
    return _plain_amine(fragment) == ["C"] * 4


@shape("piperidino", "a piperidino ring")
def _piperidino(fragment: Fragment) -> bool:
    return _plain_amine(fragment) == ["C"] * 5


@shape("morpholino", "a morpholino ring")
def _morpholino(fragment: Fragment) -> bool:
    return _plain_amine(fragment) == ["C", "C", "O", "C", "C"]


@shape("dimethylazetidino", "a dimethylazetidino ring")
def _dimethylazetidino(fragment: Fragment) -> bool:
    ring = same_anchor(fragment) and fragment.symbols == {"C"} and len(fragment.atoms) == 5
    path = inner_way(fragment) if ring else []
    return len(path) == 3 and len(fragment.bonds) == 4 and len(fragment.without(path)) == 2


@shape("allyl", "an allyl group")
def _allyl(fragment: Fragment) -> bool:
    return (
        is_group(fragment, "alkenyl:3-3")
        and len(fragment.onward(fragment.entry)) == 1
        and _first_links_single(fragment)
    )


@shape("propargyl", "a prop-2-ynyl group")
def _propargyl(fragment: Fragment) -> bool:
    return (
        is_group(fragment, "alkynyl:3-3")
        and len(fragment.onward(fragment.entry)) == 1
        and _first_links_single(fragment)
    )


def _first_links_single(fragment: Fragment) -> bool:
    return all(p.bond.GetBondTypeAsDouble() == 1 for p in branches(fragment, fragment.entry))


@shape("phosphate", "a dihydrogenphosphate group")
def _phosphate(fragment: Fragment) -> bool:
    kinds = sorted(a.GetSymbol() for a in fragment.members)
    ends = fragment.single and fragment.entry.GetSymbol() == "O" and fragment.entry.GetTotalNumHs() == 0
    return ends and kinds == ["O", "O", "O", "O", "P"]


@predicate("hydroxyalkyl_one", "a 1-hydroxyalkyl group")
def _hydroxyalkyl_one(fragment: Fragment, group: Group) -> bool:
    """Alkyl with a hydroxy group on the carbon atom that is bound to the core."""
    parts = branches(fragment, fragment.entry) if fragment.single and fragment.entry.GetSymbol() == "C" else []
    oxygen = [p for p in parts if is_group(p, "hydroxy")]
    rest = [p for p in parts if not is_group(p, "hydroxy")]
    return len(oxygen) == 1 and all(is_group(p, "alkyl") for p in rest) and group.counts(fragment.carbons)


def inner_way(fragment: Fragment) -> list[int]:
    """Return the shortest way within a piece from its first to its last anchor."""
    start, goal = fragment.anchors[0][1], fragment.anchors[-1][1]
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for n in fragment.onward(fragment.mol.GetAtomWithIdx(way[-1])):
            if n.GetIdx() not in seen:
                seen.add(n.GetIdx())
                ways.append([*way, n.GetIdx()])
    return [start]


@shape("oxy_bridge", "a bridge of one oxygen and two carbon atoms")
def _oxy_bridge(fragment: Fragment) -> bool:
    """-O-CH2-CH2- or -O-CH=CH- between two core atoms."""
    kinds = sorted(a.GetSymbol() for a in fragment.members)
    ends = {fragment.mol.GetAtomWithIdx(atom).GetSymbol() for _, atom in fragment.anchors}
    return len(fragment.anchors) == 2 and not same_anchor(fragment) and kinds == ["C", "C", "O"] and ends == {"C", "O"}


@predicate("ring_bridge", "a ring closed over two neighbouring atoms")
def _ring_bridge(fragment: Fragment, group: Group) -> bool:
    """A bridge with nothing on it, hetero atoms in it; the range counts the ring with the two core atoms."""
    if len(fragment.anchors) != 2 or same_anchor(fragment) or len(inner_way(fragment)) != len(fragment.atoms):
        return False
    return group.counts(len(fragment.atoms) + 2) and bool(fragment.symbols & {"O", "S", "N"})


@predicate("thio", "a sulfur with a group")
def _thio(fragment: Fragment, group: Group) -> bool:
    if not fragment.single or fragment.entry.GetSymbol() != "S" or fragment.entry.GetDegree() != 2:
        return False
    return any(group.has(p) for p in branches(fragment, fragment.entry))


# "Further substituted" ------------------------------------------------------------------------------------------------


@predicate("decorated", "a named group, further substituted as named")
def _decorated(fragment: Fragment, group: Group) -> bool:
    """The last part may stand on the other parts with halogens and trialkylsilyl (C3-12) without being named again."""
    *bases, extra = group.parts
    gone = {i for f in _outer_pieces(fragment) if _ornament(f, extra) for i in f.atoms}
    bare = Fragment(fragment.mol, fragment.atoms - gone, fragment.anchors)
    return fragment.anchors[0][1] not in gone and any(PREDICATES[b.name](bare, b) for b in bases)


def _ornament(fragment: Fragment, extra: Group) -> bool:
    return (
        is_group(fragment, "halo")
        or is_group(fragment, "trialkylsilyl:3-12")
        or PREDICATES[extra.name](fragment, extra)
    )


def _outer_pieces(fragment: Fragment) -> list[Fragment]:
    """Return every piece that can be cut off an inner atom, away from the core."""
    home = fragment.anchors[0][1]
    pieces: list[Fragment] = []
    for atom in fragment.members:
        inner = fragment.without([atom.GetIdx()])
        pieces.extend(f for f in inner if home not in f.atoms and f.single and atom.GetSymbol() == "C")
    return pieces


@shape("nothing", "nothing further")
def _nothing(fragment: Fragment) -> bool:
    return not fragment.atoms


def chain_length(fragment: Fragment) -> int:
    """Return the longest way through a piece, in heavy atoms, ring atoms counting nothing."""
    block = _blocks(fragment)
    tree: dict[int, set[int]] = {b: set() for b in block.values()}
    for bond in fragment.bonds:
        a, b = block[bond.GetBeginAtomIdx()], block[bond.GetEndAtomIdx()]
        if a != b:
            tree[a].add(b)
            tree[b].add(a)
    weight = dict.fromkeys(tree, 0)
    for index, b in block.items():
        weight[b] += not fragment.mol.GetAtomWithIdx(index).IsInRing()
    return _longest(tree, weight, block[fragment.anchors[0][1]])


def _blocks(fragment: Fragment) -> dict[int, int]:
    """Return for each atom its block: a ring system taken as one, any other atom by itself."""
    block: dict[int, int] = {}
    for start in fragment.atoms:
        if start in block:
            continue
        block[start], open_ = start, [start]
        while open_:
            atom = fragment.mol.GetAtomWithIdx(open_.pop())
            for bond in atom.GetBonds():
                other = bond.GetOtherAtomIdx(atom.GetIdx())
                if bond.IsInRing() and other in fragment.atoms and other not in block:
                    block[other] = start
                    open_.append(other)
    return block


def _longest(tree: dict[int, set[int]], weight: dict[int, int], root: int) -> int:
    """Return the heaviest way through a tree (two passes from the leaves up, no recursion)."""
    parent, line = {root: -1}, [root]
    for node in line:
        fresh = [n for n in tree[node] if n not in parent]
        parent.update(dict.fromkeys(fresh, node))
        line.extend(fresh)
    down = dict.fromkeys(line, 0)
    best = 0
    for node in reversed(line):
        arms = sorted((down[n] for n in tree[node] if parent[n] == node), reverse=True)[:2]
        best = max(best, weight[node] + sum(arms))
        down[node] = weight[node] + (arms[0] if arms else 0)
    return best
