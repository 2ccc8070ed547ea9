"""Class rules: definitions by structure, as data. One TOML file per rule, one engine for all of them.

Some laws do not name substances but describe them: "structurally related to fentanyl by one or more of the following
modifications …". A rule holds that description in a form a person can lay beside the statute: a core with numbered
atoms, the sites at which the law allows a change, the groups it names for each site, caps, exclusions, and the periods
in which it held, each with citation, the words of the law and how they were read (`text`: at hand; `recalled`).
Every rule carries its own tests: molecules that public lists print, and groups tried at each site.

This module reads the files and knows no chemistry; `screen.substances.structure.rules` judges molecules by them.

>>> rule = {r.id: r for r in load_class_rules()}["us-frs"]
>>> from datetime import date
>>> [rule.period_on(date(year, 8, 1)).citation[:9] for year in (2018, 2025)]
['21 CFR 13', '21 U.S.C.']
>>> rule.period_on(date(2017, 8, 1)) is None
True
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from counterflow.core.errors import ConfigError

__all__ = [
    "ClassRule",
    "Exclusion",
    "FragmentCase",
    "MassCase",
    "Option",
    "Period",
    "Remark",
    "Site",
    "StructureCase",
    "load_class_rules",
    "parse_class_rule",
]

_FOLDER = "class_rules"
#: What an option, or a site, may say of a group.
THEN = ("same", "modified", "unclear", "out")
COMBINE = ("any", "all")


@dataclass(frozen=True, slots=True)
class Period:
    """When a rule held, under which words.

    Args:
        date_from: first day.
        date_to: last day; None while it holds.
        citation: where the law says so.
        read: text (the document was at hand) | recalled (from memory; shown as unverified).
        words: the words of the law, quoted.
        source: the copy read.
    """

    date_from: date
    date_to: date | None
    citation: str
    read: str
    words: str
    source: str

    @property
    def unverified(self) -> bool:
        """Whether the words or days were written from memory and wait for a person to confirm them."""
        return self.read != "text"


@dataclass(frozen=True, slots=True)
class Option:
    """What the law says of some groups at a site.

    Args:
        groups: predicates of the shared library, such as `alkyl:1-6`; one of them must fit.
        then: same (unchanged) | modified (a change the law names) | unclear (the text does not decide) | out.
        letter: letter of the law where it is not the site's own.
        because: why, where it is unclear.
        alone: what holds instead where the site bears no group that is `modified` ("whether or not further
            substituted by other groups"); empty if that makes no difference.
    """

    groups: tuple[str, ...]
    then: str
    letter: str
    because: str
    alone: str = ""


@dataclass(frozen=True, slots=True)
class FragmentCase:
    """A group tried at one site: `fragment` as SMILES with `*` where it is attached, and what the site must say."""

    fragment: str
    expect: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the core at which the definition allows, or forbids, a change.

    Args:
        letter: letter or number of the provision.
        title: the place in words.
        at: numbers of core atoms whose other neighbours belong to the site.
        low: least number of groups there.
        high: greatest number of groups; None without limit.
        options: what the law says of them, first fit wins.
        empty: what holds where there is no group (hydrogen only).
        otherwise: what holds of a group no option fits.
        because: why, where `otherwise` is unclear.
        fragments: groups tried by the rule's tests.
    """

    letter: str
    title: str
    at: tuple[int, ...]
    low: int
    high: int | None
    options: tuple[Option, ...]
    empty: str
    otherwise: str
    because: str
    fragments: tuple[FragmentCase, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A substance the definition leaves out by name, or that a later act takes out of the class.

    Args:
        name: the substance.
        smiles: its structure as public lists print it.
        why: the words of the definition, or the act.
        then: OUT, or UNCLEAR where the law leaves out a use (medicinal products) and not the substance.
        since: day of the act that takes it out; None where the definition does from its first day.
    """

    name: str
    smiles: str
    why: str
    then: str = "OUT"
    since: date | None = None

    def holds_on(self, day: date | None) -> bool:
        """Say whether the substance is left out on a day; asked without a day, whether it is at last."""
        return self.since is None or day is None or self.since <= day


@dataclass(frozen=True, slots=True)
class Remark:
    """Another part of the law a reader must know: an exception, the research exemption, the order of precedence."""

    topic: str
    text: str
    citation: str
    read: str


@dataclass(frozen=True, slots=True)
class MassCase:
    """Whether a molecule of this molecular mass is within the cap."""

    mass: float
    within: bool


@dataclass(frozen=True, slots=True)
class StructureCase:
    """A molecule that a public list prints, the verdict it must get, and why."""

    name: str
    smiles: str
    expect: str
    why: str


@dataclass(frozen=True, slots=True)
class ClassRule:
    """One definition by structure.

    Args:
        id: stable short id.
        instrument: id of the instrument in the registry.
        jurisdiction: code of the jurisdiction.
        schedule: schedule, class or list.
        substance: id of the class entry in the registry.
        title: what it is, for sentences.
        extends_to: what else the entry covers (salts, isomers, esters, ethers …), in the registry's words.
        family: SMARTS of the wider family; outside it a rule says nothing.
        cores: SMARTS of the core, atoms numbered; one must fit.
        combine: any (at least one named modification) | all (the definition itself, the parent included).
        bridging: out | unclear, what holds where a ring joins two sites.
        mass_max: greatest molecular mass; None without cap.
        mass_cases: tests of the cap.
        sites: the sites.
        exclusions: what the definition leaves out by name.
        remarks: exceptions, exemptions, precedence.
        periods: when and under which words it held, oldest first.
        cases: molecules it is tested by.
    """

    id: str
    instrument: str
    jurisdiction: str
    schedule: str
    substance: str
    title: str
    extends_to: tuple[str, ...]
    family: str
    cores: tuple[str, ...]
    combine: str
    bridging: str
    mass_max: float | None
    mass_cases: tuple[MassCase, ...]
    sites: tuple[Site, ...]
    exclusions: tuple[Exclusion, ...]
    remarks: tuple[Remark, ...]
    periods: tuple[Period, ...]
    cases: tuple[StructureCase, ...]

    def period_on(self, day: date) -> Period | None:
        """Return the period that holds on a day; None before the first, after the last and in between."""
        held = (p for p in self.periods if p.date_from <= day and (p.date_to is None or day <= p.date_to))
        return next(held, None)

    def held_since(self, day: date) -> date | None:
        """Return the day since which the rule has held without a break; None where it does not hold on the day."""
        began: date | None = None
        for period in reversed(self.periods):
            last = date.max if period.date_to is None else period.date_to
            if period.date_from <= day <= last or (began is not None and last >= began - timedelta(days=1)):
                began = period.date_from
        return began

    def within_mass(self, mass: float) -> bool:
        """Say whether a molecular mass, in daltons, is within the cap."""
        return self.mass_max is None or mass <= self.mass_max


@cache
def load_class_rules() -> tuple[ClassRule, ...]:
    """Return the class rules shipped with this installation, by id (read once per process)."""
    folder = files("counterflow.reference").joinpath(_FOLDER)
    texts = {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")}
    rules = [parse_class_rule(text, name) for name, text in texts.items()]
    if len({r.id for r in rules}) != len(rules):
        raise ConfigError(
            "Two class rules have the same id.", hint="Install counterflow again; its files were changed."
        )
    return tuple(sorted(rules, key=lambda r: r.id))


def parse_class_rule(text: str, name: str) -> ClassRule:
    """Return the rule that a TOML text holds; raises ConfigError naming the file.

    Args:
        text: the TOML.
        name: name of the file, for the error.
    """
    try:
        return _rule(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"The class rule {name} cannot be read: {error!r}.",
            hint="Compare it with the other rules; each key is described in counterflow.reference.class_rules.",
        ) from error


def _rule(data: Mapping[str, Any]) -> ClassRule:
    return ClassRule(
        id=data["id"],
        instrument=data["instrument"],
        jurisdiction=data["jurisdiction"],
        schedule=data["schedule"],
        substance=data["substance"],
        title=data["title"],
        extends_to=tuple(data["extends_to"].split()),
        family=data["family"],
        cores=tuple(data["cores"]),
        combine=_one_of(data["combine"], COMBINE),
        bridging=_one_of(data.get("bridging", "unclear"), ("out", "unclear")),
        mass_max=data.get("mass_max"),
        mass_cases=tuple(MassCase(float(mass), bool(within)) for mass, within in data.get("mass_cases", ())),
        sites=tuple(_site(s) for s in data["sites"]),
        exclusions=tuple(Exclusion(**e) for e in data.get("exclusions", ())),
        remarks=tuple(Remark(**r) for r in data.get("remarks", ())),
        periods=tuple(_period(p) for p in data["periods"]),
        cases=tuple(_case(c) for c in data["cases"]),
    )


def _site(data: Mapping[str, Any]) -> Site:
    return Site(
        letter=data["letter"],
        title=data["title"],
        at=tuple(data["at"]),
        low=data.get("low", 0),
        high=data.get("high"),
        options=tuple(_option(o) for o in data["options"]),
        empty=_one_of(data.get("empty", "same"), THEN),
        otherwise=_one_of(data.get("otherwise", "out"), THEN),
        because=data.get("because", ""),
        fragments=tuple(FragmentCase(f, _one_of(e, THEN)) for f, e in data.get("fragments", ())),
    )


def _option(data: Mapping[str, Any]) -> Option:
    alone = _one_of(data.get("alone", ""), ("", *THEN))
    letter, because = data.get("letter", ""), data.get("because", "")
    return Option(tuple(data["is"]), _one_of(data["then"], THEN), letter, because, alone)


def _period(data: Mapping[str, Any]) -> Period:
    return Period(
        data["from"], data.get("to"), data["citation"], _one_of(data["read"], ("text", "recalled")), data["words"],
        data["source"],
    )  # fmt: skip


def _case(data: Mapping[str, Any]) -> StructureCase:
    return StructureCase(data["name"], data["smiles"], _one_of(data["expect"], ("IN", "OUT", "UNCLEAR")), data["why"])


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
