"""What the law of a route asks about one item: what is only told, and what has to be on file before goods leave.

A duty that the seller owes by itself (its own licence, records, labels, reports, storage) is told and changes no
answer: this program does not know the seller's own papers. What the customer or the order must bring becomes a
`Demand`. Where the registry of substances lists an item and no duty of that place is held here, that is said and asked
for, never passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from counterflow.orders.ship.covers import fold
from counterflow.orders.ship.items import LISTED, ItemFacts
from counterflow.orders.ship.routes import LawAsked, Route
from counterflow.orders.ship.said import CLEAR, NEEDS
from counterflow.reference.registry import Registry
from counterflow.reference.trade_law import Duty, Exemption, TradeLaw

__all__ = ["Demand", "Law", "Spoken"]

#: kind of duty to what is checked for it
CHECKED = {
    "customer licence": "licence",
    "customer registration": "registration",
    "customer declaration": "declaration",
    "identity proof": "identity",
    "pre-export notice": "notice",
    "import permit": "permit",
    "export permit": "permit",
    "transport permit": "permit",
}
_UNREAD = " [recalled]"


@dataclass(frozen=True)
class Demand:
    """Something that must be on file, checked for every customer or order at once.

    Args:
        kind: licence | registration | declaration | identity | notice | permit.
        label: what is asked, with whose law, for sentences.
        places: where a licence must hold.
        schedules: lists, schedules or categories of the entry; of a permit, the kinds of permit.
        substance: id of the substance.
        days: days of a notice.
        day_kind: calendar | working.
        research: words that leave research free of it; empty where none.
    """

    kind: str
    label: str
    places: frozenset[str] = frozenset()
    schedules: tuple[str, ...] = ()
    substance: str = ""
    days: int = 0
    day_kind: str = ""
    research: str = ""


@dataclass
class Spoken:
    """What is said of every line of one kind: same item, same route, same thresholds passed."""

    duties: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    reasons: list[tuple[int, str]] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    permits: dict[str, str] = field(default_factory=dict)

    def cite(self, citation: str, *, unverified: bool) -> None:
        """Add a citation once."""
        told = citation + _UNREAD * unverified
        if citation and told not in self.citations:
            self.citations.append(told)

    def owe(self, words: str) -> None:
        """Add a duty once."""
        if words not in self.duties:
            self.duties.append(words)


class Law:
    """The law of one day, asked for items on routes; answers are kept.

    Args:
        law: duties and thresholds.
        on: the day.
    """

    def __init__(self, law: TradeLaw, on: dt.date) -> None:
        self.trade, self.registry, self.on = law, law.registry, on
        self._asked: dict[tuple[str, Route], LawAsked] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._with_duties = {d.jurisdiction for d in law.duties}

    def asked(self, substance: str, route: Route) -> LawAsked:
        """Return what the law of a route says of a substance."""
        key = substance, route
        if key not in self._asked:
            self._asked[key] = LawAsked.of(substance, route, self.trade, self.on)
        return self._asked[key]

    def names(self, substance: str) -> frozenset[str]:
        """Return how a licence may name a substance, folded."""
        if not self._names:
            self._names = _all_names(self.registry)
        return self._names.get(substance, frozenset({substance}))

    def listed(self, facts: ItemFacts, route: Route) -> list[str]:
        """Return the substances of an item that the law of the route may list, in order met."""
        return [
            substance
            for substance, places in facts.laws.items()
            if any(end in places and places[end]["verdict"] in LISTED for end in route.ends)
        ]

    def speak(self, facts: ItemFacts, route: Route, passed: Collection[tuple[str, str]], purity: float) -> Spoken:
        """Say what the law asks.

        Args:
            facts: the item.
            route: where it goes.
            passed: (substance, instrument) pairs whose threshold is reached.
            purity: purity in per cent; NaN where not known.
        """
        spoken = Spoken()
        listed = self.listed(facts, route)
        self._identity(spoken, facts, route, listed)
        for substance in listed:
            self._speak_of(spoken, facts, substance, route, passed, purity)
        if spoken.permits:
            kinds = tuple(sorted(spoken.permits))
            spoken.demands.append(Demand("permit", ", ".join(spoken.permits[k] for k in kinds), schedules=kinds))
        if listed and not route.leaves and (spoken.demands or passed):
            spoken.reasons.append((NEEDS, "say which country the goods leave: asked as sold within, and as brought in"))
        return spoken

    def _identity(self, spoken: Spoken, facts: ItemFacts, route: Route, listed: Collection[str]) -> None:
        """Say what the item is, where no law of the route lists it; ask where that is not sure."""
        if facts.doubt:
            spoken.reasons.append((NEEDS, f"say what the item is: {facts.doubt}"))
        elif not facts.recognised and not facts.cas_stands:
            told = f"“{facts.item}” is not known here" if facts.item.strip() else "the order names no item"
            spoken.reasons.append((NEEDS, f"{told}: give its CAS number"))
        elif not listed and facts.machine is None:
            what = "; ".join(facts.laws) or f"CAS {facts.cas.strip()}"
            spoken.reasons.append((CLEAR, f"{what}: on no list held here of this route ({self.coverage(route)})"))
        if not route.arrives and (facts.listed_anywhere or not facts.recognised):
            spoken.reasons.append((NEEDS, "say to which country the goods go"))
        if facts.machine is not None:
            self._machine(spoken, facts.machine)

    def _machine(self, spoken: Spoken, machine: dict[str, Any]) -> None:
        label = f"{machine['name']} (machine or tooling for tablets and capsules)"
        spoken.owe("identity, use and report of tableting and encapsulating machines")
        spoken.cite(machine["citation"], unverified=False)
        spoken.demands += [Demand("identity", label), Demand("declaration", label)]

    def _speak_of(
        self, spoken: Spoken, facts: ItemFacts, substance: str, route: Route,
        passed: Collection[tuple[str, str]], purity: float,
    ) -> None:  # fmt: skip
        asked = self.asked(substance, route)
        free = {e.instrument: e for e in asked.exemptions if _mixture(e, purity)}
        for exemption in free.values():
            spoken.cite(exemption.citation, unverified=exemption.unverified)
            spoken.reasons.append((CLEAR, f"left out as a mixture of {purity:g} %: {exemption.words}"))
        for end in route.ends:
            row = facts.laws[substance].get(end)
            if row is not None and row["verdict"] in LISTED and row["instrument"] not in free:
                self._entry(spoken, row, asked, route, end, passed)
        for duty in asked.duties:
            if duty.instrument not in free and self._begins(duty, asked, substance, passed):
                self._duty(spoken, duty, asked, substance, route)

    def _begins(self, duty: Duty, asked: LawAsked, substance: str, passed: Collection[tuple[str, str]]) -> bool:
        """Say whether a duty begins: always, or where a threshold of its instrument is passed or none is recorded."""
        if not duty.above_threshold or duty.instrument not in asked.instruments_with_thresholds:
            return True
        return (substance, duty.instrument) in passed

    def _entry(
        self, spoken: Spoken, row: dict[str, Any], asked: LawAsked, route: Route, end: str,
        passed: Collection[tuple[str, str]],
    ) -> None:  # fmt: skip
        """Say on which list the substance stands, and ask for what no duty held here answers."""
        name, where = row["name"], f"{row['list']} {row['schedule']}".strip()
        if where:
            spoken.reasons.append((CLEAR, f"{name} is listed: {where}"))
            spoken.cite(row["citation"], unverified=bool(row["unverified"]))
        duties = [d for d in asked.duties if d.status != "proposed" and self._in(d.jurisdiction, end)]
        if row["verdict"] == "unclear":
            self._unclear(spoken, row, end)
        elif row["verdict"] == "controlled" and not any(CHECKED.get(d.kind) in {"licence", "permit"} for d in duties):
            self._controlled(spoken, row, route, end)
        elif not duties and not any(self._in(t.jurisdiction, end) for t in asked.thresholds):
            told = f"what {end} asks of trade in {name} ({where}) is not held here: ask its authority, note the answer"
            spoken.reasons.append((NEEDS, told))

    def _unclear(self, spoken: Spoken, row: dict[str, Any], end: str) -> None:
        name = row["name"]
        if not row["list"]:  # a convention lists it, and the law of the place is not held
            told = f"the law of {end} on {name} is not held here, and a United Nations convention controls it"
            spoken.reasons.append((NEEDS, f"{told}: ask its authority for a permit, or that none is needed"))
            spoken.cite(row["citation"], unverified=bool(row["unverified"]))
        elif row["doubt"]:
            spoken.reasons.append((NEEDS, f"say what the item is: {row['doubt']}"))
        elif row["scope"]:
            told = f"{name} is listed in {end} only in some forms ({row['scope']}): say which form it is"
            spoken.reasons.append((NEEDS, told))
        else:
            told = f"whether {row['list']} {row['schedule']} held on {self.on} is not recorded here; taken as if it did"
            spoken.reasons.append((CLEAR, told))

    def _controlled(self, spoken: Spoken, row: dict[str, Any], route: Route, end: str) -> None:
        """Ask what every law of controlled drugs asks, where the duties of the place are not held here."""
        where = f"{row['list']} {row['schedule']}"
        if end == (route.arrives or end):
            label = f"licence of the customer for {row['name']} ({where})"
            spoken.owe(f"customer licence ({end})")
            spoken.demands.append(
                Demand("registration", label, self._places(end), (row["schedule"],), row["substance"])
            )
        if route.leaves != route.arrives and route.leaves and route.arrives:
            kind = "import permit" if end == route.arrives else "export permit"
            spoken.owe(f"{kind} ({end})")
            spoken.permits.setdefault(f"{kind} ({end})", f"{kind} for {row['name']} ({where})")

    def _duty(self, spoken: Spoken, duty: Duty, asked: LawAsked, substance: str, route: Route) -> None:
        proposed = "proposed: " if duty.status == "proposed" else ""
        to_wait = f", {duty.days} {duty.day_kind} days before" if duty.kind == "pre-export notice" and duty.days else ""
        spoken.owe(f"{proposed}{duty.kind}{to_wait} ({duty.jurisdiction})")
        spoken.cite(f"{proposed}{duty.citation}", unverified=duty.unverified)
        if not proposed:
            for demand in self._demands(duty, asked, substance, route):
                if demand.kind == "permit":
                    spoken.permits.setdefault(f"{duty.kind} ({duty.jurisdiction})", demand.label)
                elif demand not in spoken.demands:
                    spoken.demands.append(demand)

    def _demands(self, duty: Duty, asked: LawAsked, substance: str, route: Route) -> Iterator[Demand]:
        checked = CHECKED.get(duty.kind)
        if checked is None:
            return
        name = self.registry.substances[substance].name
        schedules = tuple(
            dict.fromkeys(
                c.list
                for c in self.registry.controls_on(substance, self.on, [duty.jurisdiction])
                if c.instrument == duty.instrument
            )
        )
        free = next((e for e in asked.exemptions if e.kind == "research" and e.instrument == duty.instrument), None)
        label = f"{duty.kind} for {name} ({duty.jurisdiction} {'/'.join(schedules)}, {duty.citation})"
        yield Demand(
            checked, label, self._places(duty.jurisdiction), schedules, substance,
            days=duty.days or 0, day_kind=duty.day_kind, research=free.citation if free else "",
        )  # fmt: skip

    def _places(self, jurisdiction: str) -> frozenset[str]:
        """Return where a licence may be from, to hold in a jurisdiction: a union's members issue its licences."""
        members = {j.code for j in self.registry.jurisdictions.values() if jurisdiction in j.member_of}
        own = self.registry.jurisdictions[jurisdiction].member_of if jurisdiction in self.registry.jurisdictions else ()
        return frozenset({jurisdiction, *members, *own})

    def _in(self, jurisdiction: str, end: str) -> bool:
        """Say whether the law of `jurisdiction` holds at this end of the route."""
        held = self.registry.jurisdictions.get(end)
        return jurisdiction == end or (held is not None and jurisdiction in held.member_of)

    def coverage(self, route: Route) -> str:
        """Say in short how far the law of the route is held here."""
        return "; ".join(self._coverage_of(end) for end in route.ends) or "no place given"

    def _coverage_of(self, end: str) -> str:
        held = self.registry.law_in(end) if end in self.registry.jurisdictions else ()
        if not held:
            return f"no law of {end} held here"
        whole = all(i.coverage == "complete" for i in held)
        return f"{end} {'complete' if whole else 'partial'} as of {min(i.as_of for i in held)}"


def _mixture(exemption: Exemption, purity: float) -> bool:
    """Say whether a purity brings a mixture under the percentage of an exemption in force."""
    at_most = exemption.percent
    return exemption.kind == "mixture" and exemption.status == "in force" and at_most is not None and purity <= at_most


def _all_names(registry: Registry) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {id_: {fold(id_), fold(s.name)} for id_, s in registry.substances.items()}
    for name in registry.names:
        names[name.substance].add(fold(name.text))
    for number, identifier in registry.cas_numbers.items():
        names[identifier.substance].add(number)
    return {substance: frozenset(held) for substance, held in names.items()}
