"""Judging a molecule by class rules: IN, OUT or UNCLEAR, with the site-by-site finding and the words of the law.

The core is tried in every way it fits. Each piece outside it is given to a site and read by the site's options; then

* IN: every piece is one the law names (or leaves as it is) and at least one is a named modification,
* OUT: some piece is one the law does not name; or nothing is modified at all (the parent is listed by its own name),
* UNCLEAR: the text does not decide about some piece, and no other way of fitting the core says IN.

A verdict rests on structure alone: it says nothing of harm, and "listed by name" in the same jurisdiction comes first
(that, dates and jurisdictions are applied by whoever asks, with `ClassRule.period_on`). OUT comes without the reasons
of the sites unless a maintainer asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from counterflow.reference.class_rules import ClassRule, Exclusion, Site
from counterflow.screen.substances.structure import (
    predicates,
    predicates_cannabinoids,
    predicates_linked,
    predicates_more,
    predicates_rings,
    predicates_systems,
)
from counterflow.screen.substances.structure.gate import Gate
from counterflow.screen.substances.structure.groups import parse_group
from counterflow.screen.substances.structure.readings import (
    IN,
    OUT,
    UNCLEAR,
    Compiled,
    CompiledOption,
    Reading,
    SiteFinding,
    best_reading,
    read_groups,
)
from counterflow.screen.substances.structure.sites import fragment_of

__all__ = ["IN", "OUT", "UNCLEAR", "RuleFinding", "SiteFinding", "case_verdict", "judge", "site_verdict"]

#: Modules whose predicates rules may name; importing them registers them.
LIBRARY = (
    predicates,
    predicates_rings,
    predicates_more,
    predicates_systems,
    predicates_cannabinoids,
    predicates_linked,
)
#: Larger molecules are not taken apart; where the core fits they are told as unclear.
LARGEST = 200
_LABEL = "structure only, untested for harm"
_WORST = ("same", "modified", "unclear", "out")


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """What one rule says of a molecule.

    Args:
        rule: the rule.
        verdict: IN | OUT | UNCLEAR.
        sites: the modifications found (IN), the open points (UNCLEAR); empty for OUT unless asked for.
        reason: one sentence.
        words: the words of the law, of the latest period; `rule.period_on(day).words` for a day.
    """

    rule: ClassRule
    verdict: str
    sites: tuple[SiteFinding, ...]
    reason: str
    words: str


_COMPILED: dict[int, Compiled] = {}
_KEPT = 1024
#: The families of a set of rules as one gate, so that most molecules are done with in a few calls.
_GATES: dict[tuple[int, ...], tuple[tuple[ClassRule, ...], Gate]] = {}
_KEPT_GATES = 16


def judge(
    mol: Any, rules: Sequence[ClassRule], *, explain_out: bool = False, on: date | None = None
) -> tuple[RuleFinding, ...]:
    """Return what the rules say of a molecule; only rules whose family the molecule belongs to say anything.

    Args:
        mol: RDKit Mol of the parent: one component, neutral, without isotopes and explicit hydrogens
            (`molecule.read_molecule`).
        rules: the rules, from `load_class_rules`.
        explain_out: for maintainers: give the reasons of the sites with OUT too.
        on: day for acts that took single substances out of a class; without it all of them count. Whether the rule
            itself holds on a day, `ClassRule.period_on` says.
    """
    met = _gate(rules).families(mol)
    if not met:
        return ()
    findings = (_finding(mol, _compiled(rule), explain_out=explain_out, on=on) for rule in rules if rule.family in met)
    return tuple(findings)


def site_verdict(rule: ClassRule, site: Site, fragments: str) -> str:
    """Return what one site says of the groups it bears, the worst of them, for the tests of the rules.

    Args:
        rule: the rule.
        site: one of its sites.
        fragments: the groups as SMILES, `*` where each is attached, "." between them; "" for none.
    """
    options = _compiled(rule).options[rule.sites.index(site)]
    here = [fragment_of(f) for f in fragments.split(".") if f]
    return max(read_groups(site, options, here), key=_WORST.index)


def case_verdict(rule: ClassRule, smiles: str) -> str:
    """Return the verdict of one rule on one structure, OUT where it says nothing; for the tests of the rules."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise ValueError(f"{smiles!r} is no SMILES")
    findings = judge(mol, [rule])
    return findings[0].verdict if findings else OUT


def _gate(rules: Sequence[ClassRule]) -> Gate:
    key = tuple(map(id, rules))
    kept = _GATES.get(key)
    if kept is None:
        if len(_GATES) >= _KEPT_GATES:
            _GATES.clear()
        gate = Gate({rule.family: _compiled(rule).family for rule in rules})
        # The rules are kept beside their gate: as long as they are, no other rule can have their id.
        kept = _GATES[key] = (tuple(rules), gate)
    return kept[1]


def _compiled(rule: ClassRule) -> Compiled:
    kept = _COMPILED.get(id(rule))
    if kept is None or kept.rule is not rule:
        if len(_COMPILED) >= _KEPT:
            _COMPILED.clear()
        kept = _COMPILED[id(rule)] = _compile(rule)
    return kept


def _compile(rule: ClassRule) -> Compiled:
    options = tuple(
        tuple(
            CompiledOption(tuple(parse_group(g) for g in o.groups), o.then, o.letter, o.because, o.alone)
            for o in site.options
        )
        for site in rule.sites
    )
    cores = tuple(_pattern(rule, text) for text in rule.cores)
    excluded = {(_formula(mol), _flat(mol)): e for e in rule.exclusions for mol in (Chem.MolFromSmiles(e.smiles),)}
    return Compiled(rule, _pattern(rule, rule.family), cores, options, excluded)


def _formula(mol: Any) -> str:
    return str(rdMolDescriptors.CalcMolFormula(mol))


def _flat(mol: Any) -> str:
    return str(Chem.MolToSmiles(mol, isomericSmiles=False))


def _pattern(rule: ClassRule, smarts: str) -> Any:
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise ValueError(f"class rule {rule.id}: {smarts!r} is no SMARTS")
    return pattern


def _finding(mol: Any, compiled: Compiled, *, explain_out: bool, on: date | None) -> RuleFinding:
    rule = compiled.rule
    words = rule.periods[-1].words
    reading = _reading(mol, compiled)
    left_out = _left_out(mol, compiled) if compiled.excluded and reading.verdict != OUT else None
    if left_out is not None and left_out.holds_on(on):
        why = "left out by name" if left_out.then == OUT else f"undecided; {left_out.why}"
        return RuleFinding(rule, left_out.then, (), f"{rule.title}: {why}", words)
    if reading.verdict == IN:
        return RuleFinding(rule, IN, reading.sites, f"{rule.title}: {_said(reading.sites)} ({_LABEL})", words)
    if reading.verdict == UNCLEAR:
        return RuleFinding(rule, UNCLEAR, reading.sites, f"{rule.title}: undecided; {_said(reading.sites)}", words)
    return RuleFinding(
        rule, OUT, reading.sites if explain_out else (), f"{rule.title}: not within the definition", words
    )


def _left_out(mol: Any, compiled: Compiled) -> Exclusion | None:
    """Return the exclusion that names the molecule; its canonical text is costly, so formulas are compared first."""
    formula = _formula(mol)
    alike = {flat: exclusion for (made_of, flat), exclusion in compiled.excluded.items() if made_of == formula}
    return alike.get(_flat(mol)) if alike else None


def _said(sites: Iterable[SiteFinding]) -> str:
    return "; ".join(f"{s.site}: {s.finding}" for s in sites)


def _reading(mol: Any, compiled: Compiled) -> Reading:
    if mol.GetNumAtoms() > LARGEST:
        return Reading(UNCLEAR, False, (SiteFinding("core", "the molecule is too large to be taken apart"),))
    if compiled.rule.mass_max is not None and not compiled.rule.within_mass(_mass(mol)):
        return Reading(OUT, False, (SiteFinding("mass", "above the cap"),))
    return best_reading(mol, compiled)


def _mass(mol: Any) -> float:
    return float(rdMolDescriptors._CalcMolWt(mol))  # noqa: SLF001 - its public name is untyped
