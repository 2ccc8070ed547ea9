"""Trying class rules on the cases that stand beside them, as lines of a table.

Which groups the law does not reach is not printed as a table to choose from: where such a case passes, the group is
withheld; where it fails, whoever mends the rule sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from counterflow.reference.class_rules import ClassRule
from counterflow.screen.substances.structure.rule_cases import CaseOutcome, run_cases

__all__ = ["WITHHELD", "tried"]

WITHHELD = "a group that the law does not name"


def tried(rules: Sequence[ClassRule]) -> list[dict[str, Any]]:
    """Return one line per case: what was expected, what came out, and whether that is the same."""
    return [_row(rule, outcome) for rule in rules for outcome in run_cases(rule)]


def _row(rule: ClassRule, outcome: CaseOutcome) -> dict[str, Any]:
    withheld = outcome.kind == "group" and outcome.passed and outcome.got == "out"
    case = f"{outcome.name.split()[0]} {WITHHELD}" if withheld else outcome.name
    return {
        "rule": rule.id, "kind": outcome.kind, "case": case, "expected": outcome.expect, "found": outcome.got,
        "passed": outcome.passed, "why": outcome.why,
    }  # fmt: skip
