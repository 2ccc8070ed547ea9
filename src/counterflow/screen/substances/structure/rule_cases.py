"""Running the tests that a class rule carries: molecules of public lists, groups at each site, the cap of mass.

>>> from counterflow.reference.class_rules import load_class_rules
>>> [outcome for rule in load_class_rules() for outcome in run_cases(rule) if not outcome.passed]
[]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from counterflow.reference.class_rules import ClassRule
from counterflow.screen.substances.structure.rules import case_verdict, site_verdict

__all__ = ["CaseOutcome", "run_cases"]


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One test of a rule.

    Args:
        kind: structure | group | mass.
        name: the molecule, the group with its site, or the mass.
        expect: what the rule's author wrote down.
        got: what the engine says.
        why: why it must be so; empty for groups.
    """

    kind: str
    name: str
    expect: str
    got: str
    why: str

    @property
    def passed(self) -> bool:
        """Whether the engine says what is written down."""
        return self.expect == self.got


def run_cases(rule: ClassRule) -> Iterator[CaseOutcome]:
    """Yield every test of a rule with its outcome.

    Args:
        rule: the rule.
    """
    for site in rule.sites:
        for tried in site.fragments:
            name = f"({site.letter}) {tried.fragment or 'no group'}"
            yield CaseOutcome("group", name, tried.expect, site_verdict(rule, site, tried.fragment), "")
    for mass in rule.mass_cases:
        within = ("above the cap", "within the cap")
        yield CaseOutcome("mass", f"{mass.mass} Da", within[mass.within], within[rule.within_mass(mass.mass)], "")
    for case in rule.cases:
        yield CaseOutcome("structure", case.name, case.expect, case_verdict(rule, case.smiles), case.why)
