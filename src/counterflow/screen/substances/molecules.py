"""Structures as evidence: the listed substances that a SMILES or an InChIKey stands for, and the class rules it meets.

Imported only where a structure is given, and RDKit with it.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass

from counterflow.reference.class_rules import ClassRule, load_class_rules
from counterflow.reference.registry import Registry
from counterflow.screen.substances.class_rows import has_member_findings, structure_findings
from counterflow.screen.substances.evidence import SHOWN, ClassFinding, Described, Fault, Item, Weight
from counterflow.screen.substances.structure.identify import identify, identify_inchikey
from counterflow.screen.substances.structure.limits import Unreadable
from counterflow.screen.substances.structure.molecule import Molecule, read_molecules
from counterflow.screen.substances.structure.relations import Match
from counterflow.screen.substances.structure.rules import judge

__all__ = ["class_findings", "read_inchikeys", "read_smiles", "read_smiles_in_texts"]

_Items = MutableMapping[int, Item]
#: Relations to a listed substance in which every atom is bound as in the listed structure.
_SAME_CONNECTIONS = frozenset({"same", "no-stereo", "stereoisomer"})


def read_smiles(items: _Items, given: Iterable[tuple[int, str]], registry: Registry) -> None:
    """Add what structures stand for to the items; each component of a mixture by itself.

    Args:
        items: what was found, by position of the item.
        given: position and SMILES.
        registry: what is listed.
    """
    rules = load_class_rules()
    for row, text in given:
        item, read = items[row], read_molecules(text)
        if isinstance(read, Unreadable):
            item.faults.append(_unreadable("smiles", text, read))
            continue
        for molecule in read:
            given_at = _Given("smiles", (0, len(text)), len(read) > 1)
            if not _add_molecule(item, molecule, given_at, rules, registry):
                which = f"component {molecule.smiles[:SHOWN]}" if len(read) > 1 else "the structure"
                item.notes.append(f"{which} is on no list and in no class rule of this registry")


def read_smiles_in_texts(items: _Items, given: Iterable[tuple[int, str, int]], registry: Registry) -> None:
    """Add what stretches of goods texts stand for that look like a SMILES; one that is none is part of the text.

    Args:
        items: what was found, by position of the item.
        given: position, the stretch, and where in its text it begins.
        registry: what is listed.
    """
    rules = load_class_rules()
    for row, text, start in given:
        read = read_molecules(text)
        if not isinstance(read, Unreadable):
            for molecule in read:
                given_at = _Given("text", (start, start + len(text)), len(read) > 1)
                _add_molecule(items[row], molecule, given_at, rules, registry)


def read_inchikeys(items: _Items, given: Iterable[tuple[int, str]], registry: Registry) -> None:
    """Add what InChIKeys stand for to the items; a key alone meets no class rule, for it does not give the structure.

    Args:
        items: what was found, by position of the item.
        given: position and InChIKey, or its first block.
        registry: what is listed.
    """
    for row, text in given:
        item, read = items[row], identify_inchikey(text, registry)
        if isinstance(read, Unreadable):
            item.faults.append(_unreadable("inchikey", text, read))
            continue
        for match in read:
            _add_match(item, "inchikey", "the InChIKey", match, (0, len(text)), registry)
        if not read:
            item.notes.append(f"InChIKey {text.strip()[:SHOWN]} is not in this registry")


def class_findings(
    molecule: Molecule, matches: Sequence[Match], rules: Sequence[ClassRule], registry: Registry
) -> tuple[ClassFinding, ...]:
    """Return what class rules say of a molecule; of a listed substance as it was worked out when this was built.

    Class rules look at connections alone, so that the listed structure speaks for every stereoisomer of it.

    Args:
        molecule: the molecule.
        matches: the listed substances that it is or is a form of (`identify`).
        rules: the rules that are shipped (`load_class_rules`).
        registry: what is listed.
    """
    listed = next((m.substance for m in matches if m.relation in _SAME_CONNECTIONS), None)
    if listed and has_member_findings(listed, registry):
        return structure_findings(listed)
    return tuple(
        ClassFinding(f.rule, f.verdict, "; ".join(f"{s.site}: {s.finding}" for s in f.sites), f.reason)
        for f in judge(molecule.mol, rules)
    )


def _unreadable(field: str, text: str, read: Unreadable) -> Fault:
    what = {"smiles": "structure", "inchikey": "InChIKey"}[field]
    shown = text.strip()[:SHOWN].encode("unicode_escape").decode() if not text.isprintable() else text.strip()[:SHOWN]
    return Fault(field, f"{field}:0-{len(text)}", f"“{shown}” cannot be read as {what}: {read.reason}")


@dataclass(frozen=True, slots=True)
class _Given:
    """Where a structure was given: field, place in it, and whether it is one of several."""

    field: str
    place: tuple[int, int]
    several: bool


def _add_molecule(
    item: Item, molecule: Molecule, given: _Given, rules: Sequence[ClassRule], registry: Registry
) -> bool:
    """Add one substance of a structure; return whether any list or class rule knows it."""
    what = f"component {molecule.smiles[:SHOWN]} of the structure" if given.several else "the structure"
    matches = identify(molecule, registry)
    for match in matches:
        _add_match(item, given.field, what, match, given.place, registry)
    findings = class_findings(molecule, matches, rules, registry)
    described = any(f.verdict != "OUT" for f in findings)
    if described:
        listed = matches[0].substance if matches else ""
        span = f"{given.field}:{given.place[0]}-{given.place[1]}"
        item.described.append(Described(span, what, listed, findings))
    return bool(matches) or described


def _add_match(item: Item, field: str, what: str, match: Match, place: tuple[int, int], registry: Registry) -> None:
    name = registry.substances[match.substance].name
    structure = registry.structures[match.substance]
    rests = "" if match.standing == "two" else f"; structure: {structure.rests_on.removeprefix('nothing: ')}"
    words = f"{what} is {name}: {match.words}{rests}"
    item.add(field, match.substance, Weight.SURE, [place], words, match.reached_by)
