"""One substance laid open, several compared across places, and what is listed or seen here and not in the law there.

All three repeat how far the registry covers each law: an empty cell never says "not controlled".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.core.errors import InputError, UnknownName, UsageError, nearest
from counterflow.reference.registry import Registry
from counterflow.screen.substances.class_rows import member_findings
from counterflow.screen.substances.evidence import ClassFinding
from counterflow.screen.substances.items import ItemReader
from counterflow.screen.substances.law import RANK, Law, Verdict, default_jurisdictions
from counterflow.screen.substances.numbers import cas_numbers

__all__ = ["Seen", "find_substances", "gaps", "matrix", "show"]

_LISTED = RANK["listed_precursor"]


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a substance was seen: as a finding on records, in confirmed inspections, in a file of the user's.

    Args:
        name: as written where it was seen.
        substance: its id; empty where the registry does not know the name.
        count: times seen.
        confirmed: of them, confirmed by a laboratory or an inspection; 0 where that is not said.
    """

    name: str
    substance: str
    count: int
    confirmed: int = 0


class UnknownSubstance(UnknownName):
    """A name that no substance of the registry bears, which does not make it uncontrolled; shows the nearest."""

    def __init__(self, name: str, registry: Registry) -> None:
        close = nearest(name, [*registry.substances, *(known.text for known in registry.names)])
        met = next(cas_numbers(f"CAS {name}"), None)
        hint = "Give a name, an id or a CAS number; a structure is asked by `substances check --smiles`."
        if met is not None and not met.valid:
            hint = f"As a CAS number it would end in {met.expected_digit}."
        elif close:
            hint = f"Did you mean {' or '.join(repr(c) for c in close)}?"
        said = f"No substance of this registry is called {name!r}; that is not “not controlled”."
        InputError.__init__(self, said if name else "No substance is named.", hint=hint)


def find_substances(asked: str, registry: Registry, reader: ItemReader | None = None) -> tuple[str, ...]:
    """Return the ids of the substances that a name, an id or a CAS number stands for.

    Raises:
        UnknownName: none (`UnknownSubstance`), with the nearest names.
    """
    text = asked.strip()
    if text in registry.substances:
        return (text,)
    number = registry.cas_numbers.get(text)
    if number is not None:
        return (number.substance,)
    named = (reader or ItemReader(registry)).named(text)
    if not named:
        raise UnknownSubstance(text, registry)
    return tuple(name.substance for name in named)


def show(substance: str, registry: Registry, day: dt.date) -> dict[str, Any]:
    """Return all that the registry says of one substance.

    Args:
        substance: its id.
        registry: where it stands.
        day: the day for which `holds` is said.
    """
    known = registry.substance(substance)
    structure = registry.structures.get(substance)
    entries = registry.controls.get(substance, ())
    instruments = [registry.instruments[c.instrument] for c in entries]
    return {
        "substance": known.id,
        "name": known.name,
        "kind": known.kind,
        "grade": known.grade,
        "family": known.family,
        "lawful trade": known.trade,
        "source": known.source.citation,
        "names": [_name(n.text, n.lang, n.type, n.ambiguity) for n in registry.names if n.substance == substance],
        "identifiers": [_number(i.scheme, i.value, i.form) for i in registry.identifiers if i.substance == substance],
        "structure": structure.smiles if structure else "",
        "InChIKey": structure.inchikey if structure else "",
        "structure rests on": structure.rests_on if structure else "no structure in this registry",
        "controls": [_entry(c, i.short, day) for c, i in zip(entries, instruments, strict=True)],
        "class rules": [_by_rule(finding) for finding in member_findings(substance, registry)],
        "coverage": [f"{i.short}: {i.coverage_text}" for i in registry.instruments.values()],
        "note": "A place that is not named among the controls is not thereby without control.",
    }


def _name(text: str, lang: str, type_: str, ambiguity: int) -> str:
    doubt = ("", ", mostly this", ", often something else", ", an ordinary word")[ambiguity]
    return f"{text} ({type_}{f', {lang}' if lang else ''}{doubt})"


def _number(scheme: str, value: str, form: str) -> str:
    return f"{scheme} {value}" + (f" ({form})" if form else "")


def _by_rule(finding: ClassFinding) -> dict[str, str]:
    """Return what a class rule says of a listed substance, for the periods in which it holds."""
    periods = [f"{p.date_from} to {p.date_to or 'now'}" for p in finding.rule.periods]
    return {
        "rule": finding.rule.id,
        "jurisdiction": finding.rule.jurisdiction,
        "verdict": finding.verdict,
        "held": ", ".join(periods),
        "found": finding.reason,
        "citation": finding.rule.periods[-1].citation,
        "read": finding.rule.periods[-1].read,
    }


def _entry(control: Any, short: str, day: dt.date) -> dict[str, Any]:
    return {
        "list": f"{short} {control.list}",
        "basis": control.basis,
        "since": control.since,
        "until": control.date_to,
        f"holds on {day.isoformat()}": {True: "yes", False: "no", None: "its dates do not tell"}[control.holds_on(day)],
        "extends to": " ".join(control.extends_to),
        "scope": control.scope,
        "threshold": control.threshold,
        "citation": control.citation,
        "read": control.read if control.date_read != "recalled" else f"{control.read}; dates recalled",
    }


def matrix(
    substances: Iterable[str], registry: Registry, day: dt.date, places: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Return one row for each substance and place: what it is there on the day, since when, by which words.

    Args:
        substances: ids.
        registry: where they stand.
        day: the day asked about.
        places: codes; every place whose own law the registry holds where empty.
    """
    law = Law(registry, day, tuple(places) or default_jurisdictions(registry))
    return [_cell(row, law) for substance in substances for row in law.rows(substance)]


def _cell(row: Verdict, law: Law) -> dict[str, str]:
    return {
        "substance": row.substance,
        "jurisdiction": row.jurisdiction,
        "verdict": row.verdict,
        "list": row.list,
        "schedule": row.schedule,
        "since": row.since,
        "on_other_days": "" if row.list else law.on_other_days(row.substance, row.jurisdiction),
        "read": _read(row) if row.list else "",
        "citation": row.citation,
        "reason": row.reason,
        "coverage": law.coverage(row.jurisdiction),
    }


def _read(row: Verdict) -> str:
    """Return how the law behind a row was read."""
    if row.unverified:
        return "recalled"
    return "text; dates recalled" if row.date_unverified else "text"


def gaps(
    origin: str, destination: str, registry: Registry, day: dt.date, seen: Sequence[Seen] = ()
) -> list[dict[str, Any]]:
    """Return what is listed at the destination, or was seen, and not found in the law of the origin; seen most first.

    Args:
        origin: code of the place it comes from.
        destination: code of the place it goes to.
        registry: what is listed where.
        day: the day asked about.
        seen: substances seen in seizures, laboratory series or own records.

    Raises:
        UsageError: the registry holds no law of one of the two, so that a gap cannot be told.
    """
    for place in (origin, destination):
        if not any(i.jurisdiction == place for i in registry.instruments.values()):
            hint = "A gap can be told only between places whose own law the registry holds: "
            hint += f"{', '.join(default_jurisdictions(registry))}."
            raise UsageError(f"The registry holds no law of {place}.", hint=hint)
    law = Law(registry, day, (origin, destination))
    counted = _by_substance(seen)
    rows = [_gap(law, substance, counted.get(substance)) for substance in registry.substances]
    unknown = [_unknown(one, law, origin) for one in seen if not one.substance]
    found = [row for row in rows if row] + unknown
    return sorted(found, key=lambda row: (-row["confirmed"], -row["seen"], -RANK[row["at_destination"]], row["name"]))


def _by_substance(seen: Sequence[Seen]) -> Mapping[str, Seen]:
    counted: dict[str, Seen] = {}
    for one in seen:
        before = counted.get(one.substance)
        count, confirmed = (before.count, before.confirmed) if before else (0, 0)
        counted[one.substance] = Seen(one.name, one.substance, count + one.count, confirmed + one.confirmed)
    return counted


def _gap(law: Law, substance: str, seen: Seen | None) -> dict[str, Any]:
    there, here = law.rows(substance)
    listed_here = RANK[here.verdict] >= _LISTED
    if RANK[there.verdict] > RANK["watch"] or not (listed_here or seen):
        return {}
    return {
        "substance": substance,
        "name": law.registry.substances[substance].name,
        "seen": seen.count if seen else 0,
        "confirmed": seen.confirmed if seen else 0,
        "at_destination": here.verdict,
        "list": here.list,
        "schedule": here.schedule,
        "since": here.since,
        "citation": here.citation,
        "at_origin": there.verdict,
        "reason": there.reason,
    }


def _unknown(seen: Seen, law: Law, origin: str) -> dict[str, Any]:
    reason = f"not in this registry, {law.said_day}; that is not “not controlled”. {law.coverage(origin)}"
    told = {"substance": "", "name": seen.name, "seen": seen.count, "confirmed": seen.confirmed}
    no_law = dict.fromkeys(("list", "schedule", "since", "citation"), "")
    return told | {"at_destination": "none"} | no_law | {"at_origin": "none", "reason": reason}
