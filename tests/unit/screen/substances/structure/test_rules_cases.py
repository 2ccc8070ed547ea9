"""Every class rule passes the tests it carries, and each of its parts is held by one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("rdkit")

from counterflow.reference.class_rules import THEN, ClassRule, Option, Site, load_class_rules, parse_class_rule
from counterflow.screen.substances.structure.groups import Group, parse_group, predicate
from counterflow.screen.substances.structure.rule_cases import run_cases
from counterflow.screen.substances.structure.rules import site_verdict
from counterflow.screen.substances.structure.sites import Fragment

RULES = {rule.id: rule for rule in load_class_rules()}
#: parts of a rule from which only some are changed
MANY = 300


@predicate("negated", "anything but a group")
def _negated(fragment: Fragment, group: Group) -> bool:
    """Turn a group of a rule into its opposite; for the test that flips each."""
    return not group.has(fragment)


def written(group: Group) -> str:
    """Write a parsed group back as a rule writes it."""
    counted = group.low or group.high is not None
    count = f":{group.low}-{'' if group.high is None else group.high}" if counted else ""
    parts = f"({', '.join(written(p) for p in group.parts)})" if group.parts else ""
    return f"{group.name}{count}{parts}"


def changed_groups(group: Group) -> Iterator[Group]:
    """Yield a group with one part dropped, changed or one range opened, at any depth."""
    if group.high is not None:
        yield replace(group, high=None)
    if group.low > 1:
        yield replace(group, low=0)
    for number, part in enumerate(group.parts):
        rest = (*group.parts[:number], *group.parts[number + 1 :])
        if rest or group.name != "substituted_phenyl":
            yield replace(group, parts=rest)
        for changed in changed_groups(part):
            yield replace(group, parts=(*group.parts[:number], changed, *group.parts[number + 1 :]))
    if group.name == "substituted_phenyl" and group.parts:
        yield replace(group, parts=())


def changed_options(option: Option) -> Iterator[tuple[str, Option | None]]:
    """Yield an option flipped in every way: dropped, a group dropped or changed, widened to any, its word changed."""
    yield "dropped", None
    if option.groups != ("any",):
        yield "widened to any group", replace(option, groups=("any",))
    for then in sorted({*THEN} - {option.then}):
        yield f"says {then}", replace(option, then=then)
    for number, text in enumerate(option.groups):
        flipped = (*option.groups[:number], f"negated({text})", *option.groups[number + 1 :])
        yield f"anything but {text}", replace(option, groups=flipped)
        rest = (*option.groups[:number], *option.groups[number + 1 :])
        if rest:
            yield f"without {text}", replace(option, groups=rest)
        for group in changed_groups(parse_group(text)):
            groups = (*option.groups[:number], written(group), *option.groups[number + 1 :])
            yield f"{text} as {written(group)}", replace(option, groups=groups)


def changed_sites(site: Site) -> Iterator[tuple[str, Site]]:
    for number, option in enumerate(site.options):
        before, after = site.options[:number], site.options[number + 1 :]
        for what, changed in changed_options(option):
            kept = () if changed is None else (changed,)
            yield f"option {number + 1} {what}", replace(site, options=(*before, *kept, *after))
    for word in THEN:
        if word != site.otherwise:
            yield f"otherwise {word}", replace(site, otherwise=word)
        if word != site.empty and not site.low:
            yield f"empty {word}", replace(site, empty=word)
    if site.low:
        yield "without least number", replace(site, low=0)
    if site.high is not None:
        yield "without greatest number", replace(site, high=None)


def mutants(rule: ClassRule) -> Iterator[tuple[str, ClassRule, Site | None]]:
    for number, site in enumerate(rule.sites):
        for what, changed in changed_sites(site):
            sites = (*rule.sites[:number], changed, *rule.sites[number + 1 :])
            yield f"{rule.id} ({site.letter}) {site.title}: {what}", replace(rule, sites=sites), changed
    if rule.mass_max is not None:
        yield f"{rule.id}: no cap of mass", replace(rule, mass_max=None), None
        yield f"{rule.id}: a lower cap", replace(rule, mass_max=rule.mass_max - 1), None
    for excluded in rule.exclusions:
        rest = tuple(e for e in rule.exclusions if e is not excluded)
        yield f"{rule.id}: {excluded.name} not excluded", replace(rule, exclusions=rest), None
    other = {"any": "all", "all": "any"}[rule.combine]
    if rule.combine == "any":
        yield f"{rule.id}: combine {other}", replace(rule, combine=other), None


def fails(rule: ClassRule, site: Site | None = None) -> bool:
    """Whether a rule fails a test of its own; those of the changed site are tried first, for the time it takes."""
    tried = site.fragments if site else ()
    at_site = any(site_verdict(rule, site, f.fragment) != f.expect for f in tried) if site else False
    return at_site or any(not outcome.passed for outcome in run_cases(rule))


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_passes_its_own_tests(rule: ClassRule) -> None:
    assert [outcome for outcome in run_cases(rule) if not outcome.passed] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_has_molecules_that_are_in_and_out(rule: ClassRule) -> None:
    assert {"IN", "OUT"} <= {case.expect for case in rule.cases}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_no_part_of_a_rule_can_be_changed_unnoticed(rule: ClassRule) -> None:
    # Of a long rule every sixth part is tried, so that the whole takes seconds.
    changed = list(mutants(rule))
    tried = changed[:: 6 if len(changed) > MANY else 1]
    assert [what for what, mutant, site in tried if not fails(mutant, site)] == []


@pytest.mark.parametrize(
    ("rule", "bound"), [("us-frs", set()), ("cn-frs", set()), ("gb-fentanyls", set()), ("gb-nitazenes", {1, 2, 3})]
)
def test_every_atom_of_a_core_that_can_bear_a_group_stands_in_a_site(rule: str, bound: set[int]) -> None:
    numbered = {int(n) for core in RULES[rule].cores for n in re.findall(r":(\d+)\]", core)}
    assert numbered - bound == {at for site in RULES[rule].sites for at in site.at}


def test_the_mutation_test_notices_a_rule_without_tests() -> None:
    bare = replace(RULES["us-frs"], cases=(), sites=tuple(replace(s, fragments=()) for s in RULES["us-frs"].sites))
    assert not fails(next(mutants(bare))[1])


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_period_has_citation_words_and_source(rule: ClassRule) -> None:
    assert rule.periods
    for earlier, later in zip(rule.periods, rule.periods[1:], strict=False):
        assert earlier.date_to is not None
        assert earlier.date_to < later.date_from
    assert all(p.citation and p.words and p.source and p.read in ("text", "recalled") for p in rule.periods)


def test_a_broken_rule_is_told_with_its_name() -> None:
    from counterflow.core.errors import ConfigError

    with pytest.raises(ConfigError, match=r"mine\.toml"):
        parse_class_rule('id = "x"', "mine.toml")
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        parse_class_rule("= 3", "mine.toml")
