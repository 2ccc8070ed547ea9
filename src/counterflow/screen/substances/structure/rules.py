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

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from counterflow.reference.class_rules import ClassRule, Exclusion, Site
from counterflow.screen.substances.structure import predicates, predicates_more, predicates_rings
from counterflow.screen.substances.structure.groups import Group, fits, parse_group, words_of
from counterflow.screen.substances.structure.sites import MAPPINGS, Fragment, Mapping, cut, fragment_of, mappings

__all__ = ["IN", "OUT", "UNCLEAR", "RuleFinding", "SiteFinding", "case_verdict", "judge", "site_verdict"]

IN, OUT, UNCLEAR = "IN", "OUT", "UNCLEAR"
#: Modules whose predicates rules may name; importing them registers them.
LIBRARY = (predicates, predicates_rings, predicates_more)
#: Larger molecules are not taken apart; where the core fits they are told as unclear.
LARGEST = 200
#: Ways of giving the pieces of one mapping to sites that are tried.
_ASSIGNMENTS = 128
#: Readings of one molecule by one rule that are tried.
_READINGS = 1024
_LABEL = "structure only, untested for harm"
_WORST = ("same", "modified", "unclear", "out")


@dataclass(frozen=True, slots=True)
class SiteFinding:
    """What stands at one site of a molecule: letter of the provision, the place, and the finding in words."""

    site: str
    finding: str


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


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way of reading a molecule: what stands at the sites, and the worst of it."""

    verdict: str
    parent: bool
    sites: tuple[SiteFinding, ...]


@dataclass(frozen=True, slots=True)
class _Option:
    groups: tuple[Group, ...]
    then: str
    letter: str
    because: str
    alone: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule with its patterns parsed."""

    rule: ClassRule
    family: Any
    cores: tuple[Any, ...]
    options: tuple[tuple[_Option, ...], ...]
    excluded: dict[str, Exclusion]


_COMPILED: dict[int, _Compiled] = {}
_KEPT = 1024


def judge(mol: Any, rules: Sequence[ClassRule], *, explain_out: bool = False) -> tuple[RuleFinding, ...]:
    """Return what the rules say of a molecule; only rules whose family the molecule belongs to say anything.

    Args:
        mol: RDKit Mol of the parent: one component, neutral, without isotopes and explicit hydrogens
            (`molecule.read_molecule`).
        rules: the rules, from `load_class_rules`.
        explain_out: for maintainers: give the reasons of the sites with OUT too.
    """
    seen: dict[str, bool] = {}
    findings = []
    for rule in rules:
        hit = seen.get(rule.family)
        if hit is None:
            hit = seen[rule.family] = mol.HasSubstructMatch(_compiled(rule).family)
        if hit:
            findings.append(_finding(mol, _compiled(rule), explain_out=explain_out))
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
    return max((then for then, _ in _read_site(site, options, here)), key=_WORST.index)


def case_verdict(rule: ClassRule, smiles: str) -> str:
    """Return the verdict of one rule on one structure, OUT where it says nothing; for the tests of the rules."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise ValueError(f"{smiles!r} is no SMILES")
    findings = judge(mol, [rule])
    return findings[0].verdict if findings else OUT


def _compiled(rule: ClassRule) -> _Compiled:
    kept = _COMPILED.get(id(rule))
    if kept is None or kept.rule is not rule:
        if len(_COMPILED) >= _KEPT:
            _COMPILED.clear()
        kept = _COMPILED[id(rule)] = _compile(rule)
    return kept


def _compile(rule: ClassRule) -> _Compiled:
    options = tuple(
        tuple(
            _Option(tuple(parse_group(g) for g in o.groups), o.then, o.letter, o.because, o.alone) for o in site.options
        )
        for site in rule.sites
    )
    cores = tuple(_pattern(rule, text) for text in rule.cores)
    excluded = {_flat(Chem.MolFromSmiles(e.smiles)): e for e in rule.exclusions}
    return _Compiled(rule, _pattern(rule, rule.family), cores, options, excluded)


def _flat(mol: Any) -> str:
    return str(Chem.MolToSmiles(mol, isomericSmiles=False))


def _pattern(rule: ClassRule, smarts: str) -> Any:
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise ValueError(f"class rule {rule.id}: {smarts!r} is no SMARTS")
    return pattern


def _finding(mol: Any, compiled: _Compiled, *, explain_out: bool) -> RuleFinding:
    rule = compiled.rule
    words = rule.periods[-1].words
    left_out = compiled.excluded.get(_flat(mol)) if compiled.excluded else None
    if left_out is not None:
        why = "excluded by name in the definition" if left_out.then == OUT else f"undecided; {left_out.why}"
        return RuleFinding(rule, left_out.then, (), f"{rule.title}: {why}", words)
    reading = _best_reading(mol, compiled)
    if reading.verdict == IN:
        return RuleFinding(rule, IN, reading.sites, f"{rule.title}: {_said(reading.sites)} ({_LABEL})", words)
    if reading.verdict == UNCLEAR:
        return RuleFinding(rule, UNCLEAR, reading.sites, f"{rule.title}: undecided; {_said(reading.sites)}", words)
    return RuleFinding(
        rule, OUT, reading.sites if explain_out else (), f"{rule.title}: not within the definition", words
    )


def _said(sites: Iterable[SiteFinding]) -> str:
    return "; ".join(f"({s.site}) {s.finding}" for s in sites)


def _best_reading(mol: Any, compiled: _Compiled) -> _Reading:
    """Return the reading that decides: the parent itself, else the first IN, else UNCLEAR, else OUT."""
    if mol.GetNumAtoms() > LARGEST:
        return _undecided("the molecule is too large to be taken apart")
    if not compiled.rule.within_mass(rdMolDescriptors._CalcMolWt(mol)):  # noqa: SLF001 - the only public name is untyped
        return _Reading(OUT, False, (SiteFinding("mass", "above the cap"),))
    read = list(islice(_readings(mol, compiled), _READINGS))
    best = max(read, key=_rank, default=None)
    if best is None:
        return _Reading(OUT, False, (SiteFinding("core", "the core of the definition is not there"),))
    if best.verdict == OUT and not best.parent and len(read) >= MAPPINGS:
        return _undecided("the core fits in more ways than are tried")
    return best


def _rank(reading: _Reading) -> tuple[bool, bool, int]:
    return reading.parent, reading.verdict == IN, -1 if reading.verdict == OUT else 0


def _undecided(why: str) -> _Reading:
    return _Reading(UNCLEAR, False, (SiteFinding("core", why),))


def _readings(mol: Any, compiled: _Compiled) -> Iterator[_Reading]:
    for core in compiled.cores:
        for mapping in mappings(mol, core):
            yield from _readings_of(mol, compiled, mapping)


def _readings_of(mol: Any, compiled: _Compiled, mapping: Mapping) -> Iterator[_Reading]:
    rule = compiled.rule
    if mapping.joined(mol):
        yield _crossed(rule)
        return
    at = [frozenset(mapping.numbered[n] for n in site.at if n in mapping.numbered) for site in rule.sites]
    pieces = cut(mol, mapping.matched)
    choices = [[s for s, atoms in enumerate(at) if atoms.issuperset(core for core, _ in p.anchors)] for p in pieces]
    if not all(choices):
        yield _crossed(rule)
        return
    for chosen in islice(product(*choices), _ASSIGNMENTS):
        yield _read(compiled, pieces, chosen, [bool(atoms) for atoms in at])


def _crossed(rule: ClassRule) -> _Reading:
    why = "a group stands, or a ring joins, where the definition names no site"
    return _Reading(UNCLEAR if rule.bridging == "unclear" else OUT, False, (SiteFinding("core", why),))


def _read(compiled: _Compiled, pieces: list[Fragment], chosen: tuple[int, ...], there: list[bool]) -> _Reading:
    said: list[tuple[str, SiteFinding]] = []
    for number, site in enumerate(compiled.rule.sites):
        here = [p for p, s in zip(pieces, chosen, strict=True) if s == number]
        if there[number]:
            said.extend(_read_site(site, compiled.options[number], here))
    then = {t for t, _ in said}
    if "out" in then:
        return _Reading(OUT, False, _those(said, "out"))
    if "unclear" in then:
        return _Reading(UNCLEAR, False, _those(said, "unclear"))
    if compiled.rule.combine == "any" and "modified" not in then:
        return _Reading(OUT, True, (SiteFinding("core", "nothing is modified: the parent itself"),))
    return _Reading(IN, False, _those(said, "modified"))


def _those(said: list[tuple[str, SiteFinding]], then: str) -> tuple[SiteFinding, ...]:
    return tuple(dict.fromkeys(finding for t, finding in said if t == then))


def _read_site(site: Site, options: tuple[_Option, ...], here: list[Fragment]) -> Iterator[tuple[str, SiteFinding]]:
    if len(here) < site.low or (site.high is not None and len(here) > site.high):
        yield "out", SiteFinding(site.letter, f"{site.title}: {len(here)} groups")
    elif not here:
        yield site.empty, SiteFinding(site.letter, f"{site.title}: no group")
    read = [_read_piece(site, options, piece) for piece in here]
    lonely = all(then != "modified" for then, _, _, _ in read)
    for then, letter, finding, alone in read:
        yield alone if lonely and alone else then, SiteFinding(letter, f"{site.title}: {finding}")


def _read_piece(site: Site, options: tuple[_Option, ...], piece: Fragment) -> tuple[str, str, str, str]:
    for option in options:
        for group in option.groups:
            if fits(piece, group):
                because = f" ({option.because})" if option.because else ""
                return option.then, option.letter or site.letter, words_of(group) + because, option.alone
    return site.otherwise, site.letter, "a group not named" + (f" ({site.because})" if site.because else ""), ""
