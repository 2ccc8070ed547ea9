"""The class rules as people read them: which instrument, since when, under which words, and what each site may bear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from counterflow.core.errors import ConfigError, UnknownName
from counterflow.reference.class_rules import ClassRule, Exclusion, Option, Period, Site, load_class_rules
from counterflow.reference.registry import load_registry

__all__ = ["chosen_rules", "described", "groups_in_words", "listed", "page", "period_in_words", "since", "site_lines"]

_THEN = {
    "same": "leaves it as it is",
    "modified": "is a modification that the law names",
    "unclear": "is left open by the text",
    "out": "is outside the definition",
}


def chosen_rules(named: str | None, day: date | None) -> tuple[ClassRule, ...]:
    """Return the rules asked for.

    Args:
        named: id of one rule; None for all.
        day: a day on which they must hold; None for any.

    Raises:
        UnknownName: there is no such rule.
    """
    rules = load_class_rules()
    if named is not None and named not in {rule.id for rule in rules}:
        raise UnknownName("class rule", named, [rule.id for rule in rules])
    wanted = [rule for rule in rules if named in (None, rule.id)]
    return tuple(rule for rule in wanted if day is None or rule.period_on(day) is not None)


def listed(rules: Sequence[ClassRule]) -> list[dict[str, Any]]:
    """Return one line per rule and period."""
    instruments = load_registry().instruments
    return [
        {
            "rule": rule.id,
            "jurisdiction": rule.jurisdiction,
            "instrument": instruments[rule.instrument].short,
            "schedule": rule.schedule,
            "title": rule.title,
            "from": period.date_from.isoformat(),
            "to": period.date_to.isoformat() if period.date_to else "",
            "citation": period.citation,
            "read": period.read,
            "sites": len(rule.sites),
            "cases": len(rule.cases) + sum(len(site.fragments) for site in rule.sites) + len(rule.mass_cases),
        }
        for rule in rules
        for period in rule.periods
    ]


def described(rules: Sequence[ClassRule]) -> list[dict[str, Any]]:
    """Return all that rules say, one line per statement, in the order in which a person reads them."""
    rows: list[dict[str, Any]] = []
    for rule in rules:
        rows += [_line(rule, "period", period_in_words(p), f"“{p.words}”", p.citation, p.read) for p in rule.periods]
        rows.append(_line(rule, "extends to", "", ", ".join(rule.extends_to) or "nothing else"))
        rows.append(_line(rule, "one modification or all", "", _combined(rule)))
        if rule.mass_max is not None:
            rows.append(_line(rule, "molecular mass", "", f"at most {rule.mass_max:g}"))
        for site in rule.sites:
            rows += [_line(rule, f"site {site.letter}", site.title, words) for words in site_lines(site)]
        rows.append(_line(rule, "a ring that joins two sites", "", _THEN[rule.bridging]))
        rows += [_line(rule, "left out by name", e.name, _left_out(e)) for e in rule.exclusions]
        rows += [_line(rule, "remark", r.topic, r.text, r.citation, r.read) for r in rule.remarks]
    return rows


def since(period: Period) -> str:
    """Return when a period holds: "from 2018-02-06 to 2025-07-15", "from 2025-07-16"."""
    return f"from {period.date_from}" + (f" to {period.date_to}" if period.date_to else "")


def period_in_words(period: Period) -> str:
    """Return when a period holds, and that its words are recalled where they are."""
    return since(period) + (" (unverified: recalled)" if period.unverified else "")


def site_lines(site: Site) -> list[str]:
    """Return what a site may bear, one sentence for each option, in the order in which they are tried."""
    count = f"at least {site.low}" if site.low else ""
    most = "" if site.high is None else f"at most {site.high}"
    numbers = " and ".join(part for part in (count, most) if part)
    lines = [f"groups there: {numbers}"] if numbers else []
    lines += [_option_in_words(option) for option in site.options]
    lines.append(f"nothing there (hydrogen only): {_THEN[site.empty]}")
    because = f" ({site.because})" if site.because else ""
    return [*lines, f"anything else: {_THEN[site.otherwise]}{because}"]


def _option_in_words(option: Option) -> str:
    letter = f", under ({option.letter})" if option.letter else ""
    because = f" ({option.because})" if option.because else ""
    alone = f"; with no named modification beside it: {_THEN[option.alone]}" if option.alone else ""
    return f"{'; '.join(groups_in_words(option.groups))}: {_THEN[option.then]}{letter}{because}{alone}"


def groups_in_words(groups: Sequence[str]) -> list[str]:
    """Return groups in words; as the rule writes them where RDKit, which the predicates need, is not installed."""
    speak = _speaker()
    return [speak(group) for group in groups]


def _speaker() -> Callable[[str], str]:
    try:
        from counterflow.screen.substances.structure import rules as _rules  # noqa: F401  (registers the predicates)
        from counterflow.screen.substances.structure.groups import Group, parse_group, words_of
    except (ModuleNotFoundError, ConfigError):
        return lambda group: group

    def in_words(group: Group) -> str:
        inside = ", ".join(in_words(part) for part in group.parts)
        return f"{words_of(group)} [{inside}]" if inside else words_of(group)

    return lambda group: in_words(parse_group(group))


def _combined(rule: ClassRule) -> str:
    if rule.combine == "any":
        return "at least one modification that the law names; the unmodified parent is listed by its own name"
    return "every site must fit; the definition includes its parent"


def _line(rule: ClassRule, part: str, title: str, words: str, citation: str = "", read: str = "") -> dict[str, Any]:
    return {"rule": rule.id, "part": part, "title": title, "words": words, "citation": citation, "read": read}


def page() -> str:
    """Return the page of all class rules: the words of the law, periods, sites, and the tests beside each rule."""
    rules = load_class_rules()
    lines = [
        "# Class rules",
        "",
        "Laws that describe substances by structure, as rules that one engine applies",
        "([method](../methods/class-rules.md)). Each rule is a file under `src/counterflow/reference/class_rules/`,",
        "with the words of the law, the periods in which they held, and its own tests;",
        "`counterflow substances rules --test` runs them. A verdict by a rule is *structure only, untested for harm*,",
        "and what is listed by name comes first. The text of the law decides; where it does not, the verdict is",
        "UNCLEAR. Written from the rules by",
        "`tools/write_reference.py`.",
        "",
        "| rule | where | list | what it is | periods | tests |",
        "|---|---|---|---|---|---|",
    ]
    for rule in rules:
        periods = "; ".join(period_in_words(p) for p in rule.periods)
        cells = (f"[`{rule.id}`](#{rule.id})", rule.jurisdiction, rule.schedule, rule.title, periods, _tests(rule))
        lines.append(_cells(*cells))
    for rule in rules:
        lines += _rule_section(rule)
    return "\n".join(lines) + "\n"


def _rule_section(rule: ClassRule) -> list[str]:
    instrument = load_registry().instruments[rule.instrument]
    lines = ["", f"## {rule.id}", "", f"{rule.title}: {instrument.short} {rule.schedule}."]
    for period in rule.periods:
        words = " ".join(period.words.split())
        lines += [
            "",
            f"**{period_in_words(period)}**: {period.citation}. Copy read: {period.source}.",
            "",
            f"> {words}",
        ]
    lines += ["", f"Extends to: {', '.join(rule.extends_to) or 'nothing else'}. Needed: {_combined(rule)}."]
    lines.append(f"A ring that joins two sites {_THEN[rule.bridging]}.")
    if rule.mass_max is not None:
        lines.append(f"Molecular mass: at most {rule.mass_max:g}.")
    lines += ["", "| site | place | what it may bear, first fit wins |", "|---|---|---|"]
    lines += [_cells(site.letter, site.title, "<br>".join(site_lines(site))) for site in rule.sites]
    if rule.exclusions:
        lines += ["", "Left out by name:", ""]
        lines += [f"- {e.name}: {_left_out(e)}" for e in rule.exclusions]
    for remark in rule.remarks:
        unread = "" if remark.read == "text" else " (unverified: recalled)"
        lines += ["", f"*{remark.topic}*: {remark.text} {remark.citation}{unread}."]
    lines += ["", f"Tests: {_tests(rule)}.", "", "| molecule | verdict by structure | why |", "|---|---|---|"]
    return lines + [_cells(c.name, c.expect, c.why) for c in rule.cases]


def _left_out(exclusion: Exclusion) -> str:
    since = f", since {exclusion.since}" if exclusion.since else ""
    return f"{exclusion.why}{since}" + ("" if exclusion.then == "OUT" else f" ({exclusion.then})")


def _tests(rule: ClassRule) -> str:
    """Return how many cases stand beside a rule; groups outside it are counted and not listed."""
    groups = sum(len(site.fragments) for site in rule.sites)
    parts = [f"{len(rule.cases)} molecules", f"{groups} groups at a site"]
    return ", ".join(parts + ([f"{len(rule.mass_cases)} masses"] if rule.mass_cases else []))


def _cells(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
