"""Rows of an answer that rest on a class rule: a definition by structure, where the substance is not listed by name.

"Listed by name" comes first in the same place on the same day. A class rule speaks for its own jurisdiction only, and
only in its periods; elsewhere a substance that some law describes is one to watch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from counterflow.reference.class_members import class_members
from counterflow.reference.class_rules import ClassRule, Period, load_class_rules
from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.substances.evidence import ClassFinding
from counterflow.screen.substances.verdict import RANK, Verdict

if TYPE_CHECKING:
    from counterflow.screen.substances.law import Law

__all__ = ["by_class_rule", "class_rows", "has_member_findings", "member_findings", "structure_findings"]

_VERDICTS = {"IN": "controlled", "UNCLEAR": "unclear"}
_LABEL = "structure only, untested for harm"


@cache
def _rules() -> dict[str, ClassRule]:
    return {rule.id: rule for rule in load_class_rules()}


def member_findings(substance: str, registry: Registry) -> tuple[ClassFinding, ...]:
    """Return what the class rules say of the listed structure of a substance, as worked out when this was built.

    A row that was worked out for another structure than the registry has now says nothing.
    """
    structure = registry.structures.get(substance)
    members = class_members().get(substance, ()) if structure else ()
    return tuple(
        _finding(_rules()[m.rule], m.verdict, m.sites, structure.standing)
        for m in members
        if structure and m.inchikey == structure.inchikey and m.rule in _rules()
    )


def has_member_findings(substance: str, registry: Registry) -> bool:
    """Say whether the table of members was worked out for the structure that a registry gives a substance.

    It holds those of the registry that is shipped; a site may have accepted others since.
    """
    structure, shipped = registry.structures.get(substance), load_registry().structures.get(substance)
    return structure is not None and shipped is not None and structure.smiles == shipped.smiles


def structure_findings(substance: str) -> tuple[ClassFinding, ...]:
    """Return what the class rules say of a structure that is given and is that of a listed substance.

    Unlike `member_findings`, whose structure is the one that a name stands for, this leaves nothing to sources.
    """
    return tuple(
        _finding(_rules()[m.rule], m.verdict, m.sites, "two")
        for m in class_members().get(substance, ())
        if m.rule in _rules()
    )


def _finding(rule: ClassRule, verdict: str, sites: str, standing: str) -> ClassFinding:
    told = {"one": "; structure: one source", "none": "; structure: the sources disagree, it waits for a person"}
    verdict = "UNCLEAR" if standing == "none" else verdict
    said = f"{sites} ({_LABEL})" if verdict == "IN" else f"undecided; {sites}"
    return ClassFinding(rule, verdict, sites, f"{rule.title}: {said}{told.get(standing, '')}")


def by_class_rule(row: Verdict, findings: Sequence[ClassFinding], law: Law) -> Verdict | None:
    """Return what class rules make of a substance in the place of `row`, where that is more than the row says.

    Args:
        row: what the law of the place says of the substance by name.
        findings: the class rules that describe it.
        law: the law asked.
    """
    if row.verdict == "controlled":
        return None
    held = _held(findings, law.day)
    own = [pair for pair in held if pair[0].rule.jurisdiction == row.jurisdiction]
    best = max(own, key=lambda pair: RANK[_VERDICTS[pair[0].verdict]], default=None)
    if best is not None and RANK[_VERDICTS[best[0].verdict]] >= RANK[row.verdict]:
        return _row(row.substance, *best, law)
    if RANK[row.verdict] >= RANK["unclear"] or not _described(held):
        return None
    elsewhere = _elsewhere(held, row.jurisdiction, law)
    return replace(elsewhere, substance=row.substance) if RANK[elsewhere.verdict] > RANK[row.verdict] else None


def class_rows(findings: Sequence[ClassFinding], law: Law) -> list[Verdict]:
    """Return one row for each place asked on a structure that no list names, as far as class rules describe it.

    Empty where none does on that day.
    """
    held = _held(findings, law.day)
    if not held:
        return []
    rows = []
    for place in law.jurisdictions:
        own = [pair for pair in held if pair[0].rule.jurisdiction == place]
        best = max(own, key=lambda pair: RANK[_VERDICTS[pair[0].verdict]], default=None)
        if best:
            rows.append(_row(best[0].rule.substance, *best, law))
        elif _described(held):
            rows.append(_elsewhere(held, place, law))
    return rows


def _described(held: Sequence[tuple[ClassFinding, Period]]) -> bool:
    """Whether any rule decides that it describes the structure: doubt about it counts in the rule's own place only."""
    return any(finding.verdict == "IN" for finding, _ in held)


def _held(findings: Sequence[ClassFinding], day: date | None) -> list[tuple[ClassFinding, Period]]:
    """Return what rules in force on the day say but OUT, with the period; without a day, of those that hold at last."""
    spoken = [f for f in findings if f.verdict in _VERDICTS]
    with_period = ((f, f.rule.periods[-1] if day is None else f.rule.period_on(day)) for f in spoken)
    return [(finding, period) for finding, period in with_period if period is not None]


def _row(substance: str, finding: ClassFinding, period: Period, law: Law) -> Verdict:
    rule = finding.rule
    short = law.registry.instruments[rule.instrument].short
    unverified = "; unverified: recalled" if period.unverified else ""
    reason = (
        f"{short} {rule.schedule} by class rule {rule.id}, since {period.date_from}, {law.said_day}{unverified}:"
        f" {finding.reason}. The law: “{period.words}”. {law.coverage(rule.jurisdiction)}"
    )
    return Verdict(
        id="",
        verdict=_VERDICTS[finding.verdict],
        substance=substance,
        jurisdiction=rule.jurisdiction,
        list=short,
        schedule=rule.schedule,
        rule=rule.id,
        sites=finding.sites,
        citation=period.citation,
        span="",
        reason=reason,
        on=law.day.isoformat() if law.day else "",
        since=period.date_from.isoformat(),
        extends_to=" ".join(rule.extends_to),
        unverified=period.unverified,
        instrument=rule.instrument,
    )


def _elsewhere(held: Sequence[tuple[ClassFinding, Period]], place: str, law: Law) -> Verdict:
    """Return the row of a place that has no class rule here which describes a structure that others describe.

    Where its law lists the class in words that no rule here decides, that is unclear.
    """
    undecided = _in_words_undecided(held, place, law)
    if undecided:
        return undecided
    rules, told = _describing(held, law)
    reason = (
        f"no entry found by name, and no class rule of {place} here that describes it, {law.said_day};"
        f" described elsewhere: {told}; that is not “not controlled”. {law.coverage(place)}"
    )
    blank = Verdict("", "watch", rules[0].substance, place, "", "", "", "", "", "", reason)
    return replace(blank, on=law.day.isoformat() if law.day else "")


def _in_words_undecided(held: Sequence[tuple[ClassFinding, Period]], place: str, law: Law) -> Verdict | None:
    """Return the row of a place whose law lists the class too, in words that no rule here decides."""
    rules, told = _describing(held, law)
    for rule in rules:
        row = law.rows(rule.substance)[law.jurisdictions.index(place)]
        decided = any(r.jurisdiction == place and r.substance == rule.substance for r in _rules().values())
        if row.verdict == "controlled" and not decided:
            reason = f"described by {told}; the class is listed here in words that no class rule decides: {row.reason}"
            return replace(row, verdict="unclear", reason=reason)
    return None


def _describing(held: Sequence[tuple[ClassFinding, Period]], law: Law) -> tuple[list[ClassRule], str]:
    """Return the rules that describe a structure, and their names in words."""
    rules = [finding.rule for finding, _ in held if finding.verdict == "IN"]
    shorts = law.registry.instruments
    return rules, ", ".join(dict.fromkeys(f"{shorts[r.instrument].short} {r.schedule} ({r.id})" for r in rules))
