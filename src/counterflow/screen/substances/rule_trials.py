"""Trying class rules on the cases that stand beside them: molecules, groups at a site, masses.

Which groups the law does not reach is not printed as a table to choose from: where such a case passes, the group is
withheld; where it fails, whoever mends the rule sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from counterflow.reference.class_rules import ClassRule
from counterflow.screen.substances.structure.rules import case_verdict, site_verdict

__all__ = ["tried"]

WITHHELD = "(a group that the law does not name)"


def tried(rules: Sequence[ClassRule]) -> list[dict[str, Any]]:
    """Return one line per case: what was expected, what came out, and whether that is the same."""
    return [row for rule in rules for row in _cases(rule)]


def _cases(rule: ClassRule) -> Iterator[dict[str, Any]]:
    for case in rule.cases:
        yield _row(rule, "molecule", case.name, case.expect, case_verdict(rule, case.smiles), case.why)
    for site in rule.sites:
        for fragment in site.fragments:
            found = site_verdict(rule, site, fragment.fragment)
            yield _row(
                rule, f"site {site.letter}", fragment.fragment or "(nothing)", fragment.expect, found, site.title
            )
    for mass in rule.mass_cases:
        expected, found = _capped(mass.within), _capped(rule.within_mass(mass.mass))
        yield _row(rule, "molecular mass", f"{mass.mass:g}", expected, found, f"at most {rule.mass_max:g}")


def _capped(within: bool) -> str:
    return "within the cap" if within else "above the cap"


def _row(rule: ClassRule, kind: str, case: str, expected: str, found: str, why: str) -> dict[str, Any]:
    return {
        "rule": rule.id, "kind": kind, "case": case, "expected": expected, "found": found,
        "passed": expected == found, "why": why,
    }  # fmt: skip
