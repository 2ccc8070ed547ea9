"""What the law of a route asks about one item: what is only told, and what becomes a demand.

A duty that the seller owes by itself (its own licence, records, labels, reports, storage) is told and changes no
answer: this program does not know the seller's own papers. Where the registry of substances lists an item and no duty
of that place is held here, that is said and asked for, never passed over. A proposed rule is told and asks for nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from counterflow.orders.ship.day_law import DayLaw
from counterflow.orders.ship.demands import REACHED, UNSURE, Demand, Passed, Spoken
from counterflow.orders.ship.items import LISTED, ItemFacts
from counterflow.orders.ship.routes import LawAsked, Route
from counterflow.orders.ship.said import CLEAR, NEEDS
from counterflow.reference.trade_law import Duty, Exemption

__all__ = ["Speaker"]

#: kind of duty to what is checked for it
CHECKED = {
    "customer licence": "licence",
    "customer declaration": "declaration",
    "identity proof": "identity",
    "know your customer": "known",
    "customer documents": "known",
    "reseller registration": "reseller",
    "pre-export notice": "notice",
    "import permit": "permit",
    "export permit": "permit",
    "transport permit": "permit",
    "order form": "permit",
}
#: lists for which only a licence does; for the others an authority registers who may have them
_ONLY_LICENCE = ("Category 1", "Anlage")
#: exemptions that depend on who the customer is; shown where a licence is missing
_BY_CUSTOMER = ("pharmacy", "licensed use", "medicine")
#: solvents, acids and the like of the convention of 1988: states ask for little below large quantities
_WIDE_TRADE = "Table II"
_READ_OFF_THE_ROW = frozenset({"", "the composition of the mixture"})
#: A pharmacy's or hospital's registration is for medicines: not for the first schedule.
_MEDICINES = frozenset({f"Schedule {n}" for n in ("II", "III", "IV", "V")})


class Speaker:
    """Says what the law of the day asks of items on routes."""

    def __init__(self, law: DayLaw) -> None:
        self._law = law

    def speak(self, facts: ItemFacts, route: Route, passed: Passed, purity: float) -> Spoken:
        """Say what the law asks.

        Args:
            facts: the item.
            route: where it goes.
            passed: how the lines stand to thresholds.
            purity: purity in per cent, as far as the law looks at it; NaN where not known.
        """
        spoken = Spoken()
        listed = self._law.listed(facts, route)
        self._identity(spoken, facts, route, listed)
        for substance in listed:
            self._substance(spoken, facts, substance, route, passed, purity)
        other_way = f"; if they cross a border, the law asks for: {', '.join(spoken.other_way)}" * bool(
            spoken.other_way
        )
        if listed and not route.leaves and (spoken.gathered() or passed or other_way):
            spoken.reasons.append((NEEDS, f"say which country the goods leave: asked as sold within{other_way}"))
        elif other_way:
            spoken.reasons.append((NEEDS, f"asked as sold within{other_way}"))
        return spoken

    def _identity(self, spoken: Spoken, facts: ItemFacts, route: Route, listed: list[str]) -> None:
        """Say what the item is, where no law of the route lists it; ask where that is not sure."""
        if facts.doubt:
            spoken.reasons.append((NEEDS, f"say what the item is: {facts.doubt}"))
        elif not route.ends:
            spoken.reasons.append((CLEAR, "no country is given: no law could be asked"))
        elif not listed and facts.machine is None:
            spoken.reasons.append((CLEAR, self._unlisted(facts, route)))
        if not route.arrives and facts.listed_anywhere:
            spoken.reasons.append((NEEDS, "say to which country the goods go"))
        if facts.machine is not None:
            label = f"{facts.machine['name']} (machine or tooling for tablets and capsules)"
            spoken.owe("identity, use and report of tableting and encapsulating machines")
            spoken.cite(facts.machine["citation"], unverified=False)
            spoken.demand(Demand("identity", label))
            spoken.demand(Demand("declaration", label))

    def _unlisted(self, facts: ItemFacts, route: Route) -> str:
        """Say that no law of the route lists it, how far that law is held, and where else it is listed."""
        told = []
        for substance, places in facts.laws.items():
            name = self._law.registry.substances[substance].name
            rows = [places[end] for end in route.ends if end in places]
            apart = dict.fromkeys(note for row in rows for note in [_elsewhere(row)] if note)
            told.append(f"{name}: on no list of this route on the day" + "".join(f"; {note}" for note in apart))
        return f"{'; '.join(told)} ({self._law.coverage(route)})"

    def _substance(
        self, spoken: Spoken, facts: ItemFacts, substance: str, route: Route, passed: Passed, purity: float
    ) -> None:
        asked = self._law.asked(substance, route)
        free = _left_out(spoken, asked, purity)
        for end in route.ends:
            row = facts.laws[substance].get(end)
            if row is not None and row["verdict"] in LISTED and row["instrument"] not in free:
                self._entry(spoken, row, asked, route, end)
                if row["verdict"] == "unclear":
                    self._unclear(spoken, row, facts.laws[substance].get("UN"), end)
        unsure: dict[str, list[Duty]] = {}
        for duty in asked.duties:
            if duty.instrument in free:
                continue
            begins = self._begins(duty, asked, substance, passed)
            if begins == REACHED and _other_way(duty, route):
                if _checked(duty) and duty.status != "proposed":
                    spoken.note_other_way(f"{duty.kind} ({duty.jurisdiction})")
            elif begins == REACHED:
                self._duty(spoken, duty, asked, substance)
            elif begins == UNSURE and duty.status != "proposed":
                spoken.cite(duty.citation, unverified=duty.unverified)
                unsure.setdefault(duty.jurisdiction, []).append(duty)
        for jurisdiction, duties in unsure.items():
            self._unsure(spoken, duties, jurisdiction, asked, substance)

    def _unsure(self, spoken: Spoken, duties: list[Duty], jurisdiction: str, asked: LawAsked, substance: str) -> None:
        """Say what the law asks above a threshold that cannot be told; who has it all on file need not find out."""
        name = self._law.registry.substances[substance].name
        spoken.owe(f"above the threshold: {', '.join(sorted({duty.kind for duty in duties}))} ({jurisdiction})")
        checked = [duty for duty in duties if _checked(duty)]
        if checked:
            told = f"find out whether {name} reaches the threshold of {jurisdiction}, which cannot be told here"
            kinds = ", ".join(sorted({duty.kind for duty in checked}))
            spoken.reasons.append((CLEAR, f"{told}; above it the law asks for: {kinds}, answered as if it did"))
        for duty in checked:
            spoken.demand(replace(self._demand(duty, asked, substance), unsure=True))

    def _begins(self, duty: Duty, asked: LawAsked, substance: str, passed: Passed) -> str:
        """Say whether a duty has begun: REACHED, UNSURE, or not (empty)."""
        if not duty.above_threshold or (substance, duty.instrument, REACHED) in passed:
            return REACHED
        if (substance, duty.instrument, UNSURE) in passed:
            return UNSURE
        if duty.instrument in asked.instruments_with_thresholds:
            return ""
        return "" if self._law.has_thresholds(substance, duty.instrument) else UNSURE

    def _entry(self, spoken: Spoken, row: dict[str, Any], asked: LawAsked, route: Route, end: str) -> None:
        """Say on which list the substance stands, and ask for what no duty held here answers."""
        name, where = row["name"], f"{row['list']} {row['schedule']}".strip()
        if where:
            spoken.reasons.append((CLEAR, f"{name} is listed: {where}"))
            spoken.cite(row["citation"], unverified=bool(row["unverified"]))
        duties = [d for d in asked.duties if d.status != "proposed" and self._law.holds_in(d.jurisdiction, end)]
        if row["verdict"] == "unclear":
            return
        if row["verdict"] == "controlled" and not any(CHECKED.get(d.kind) in {"licence", "permit"} for d in duties):
            self._controlled(spoken, row, route, end)
        elif not duties and not any(self._law.holds_in(t.jurisdiction, end) for t in asked.thresholds):
            told = f"what {end} asks of trade in {name} ({where}) is not held here: ask its authority, note the answer"
            spoken.reasons.append((NEEDS, told))

    def _unclear(self, spoken: Spoken, row: dict[str, Any], treaty: dict[str, Any] | None, end: str) -> None:
        """Say what is not clear of an entry; `treaty` is the row of the conventions of the United Nations."""
        name = row["name"]
        if not row["list"]:  # a convention lists it, and the law of the place is not held
            where = f"{treaty['list']} {treaty['schedule']}" if treaty else "a United Nations convention"
            told = f"the law of {end} on {name} is not held here, and {where} lists it"
            wide_trade = treaty is not None and treaty["schedule"] == _WIDE_TRADE
            spoken.reasons.append((CLEAR if wide_trade else NEEDS, f"{told}: ask its authority what it asks for"))
            spoken.cite(row["citation"], unverified=bool(row["unverified"]))
        elif row["scope"] and not row["doubt"]:
            told = f"{name} is listed in {end} only in some forms ({row['scope']}): say which form it is"
            spoken.reasons.append((NEEDS, told))
        elif not row["doubt"]:
            told = f"whether {row['list']} {row['schedule']} held on {self._law.on} is not recorded here"
            spoken.reasons.append((CLEAR, f"{told}; taken as if it did"))

    def _controlled(self, spoken: Spoken, row: dict[str, Any], route: Route, end: str) -> None:
        """Ask what every law of controlled drugs asks, where the duties of the place are not held here."""
        about = f"for {row['name']} ({row['list']} {row['schedule']})"
        words = f"The duties of {end} are not held here in detail"
        if end == (route.arrives or end):
            spoken.owe(f"customer licence ({end})")
            spoken.demand(
                Demand("licence", f"customer licence {about}", words, places=self._law.places(end),
                       schedules=(row["schedule"],), substance=row["substance"], pharmacies=True)
            )  # fmt: skip
        if route.leaves and route.arrives and route.leaves != route.arrives:
            kind = f"{'import' if end == route.arrives else 'export'} permit"
            spoken.owe(f"{kind} ({end})")
            spoken.demand(Demand("permit", f"{kind} {about}", words, schedules=(f"{kind} ({end})",)))

    def _duty(self, spoken: Spoken, duty: Duty, asked: LawAsked, substance: str) -> None:
        proposed = "proposed: " if duty.status == "proposed" else ""
        to_wait = f", {duty.days} {duty.day_kind} days before" if duty.kind == "pre-export notice" and duty.days else ""
        spoken.owe(f"{proposed}{duty.kind}{to_wait} ({duty.jurisdiction})")
        spoken.cite(f"{proposed}{duty.citation}", unverified=duty.unverified)
        if not proposed and _checked(duty):
            spoken.demand(self._demand(duty, asked, substance))

    def _demand(self, duty: Duty, asked: LawAsked, substance: str) -> Demand:
        name = self._law.registry.substances[substance].name
        kind = CHECKED[duty.kind]
        if kind == "permit":
            label = f"{duty.kind} for {name} ({duty.jurisdiction}, {duty.citation})"
            return Demand(kind, label, duty.words, schedules=(f"{duty.kind} ({duty.jurisdiction})",))
        if kind in {"known", "reseller"}:
            label = f"{duty.kind}, for {name} ({duty.jurisdiction}, {duty.citation})"
            schedules = self._law.schedules(substance, duty.jurisdiction, duty.instrument)
            return Demand(
                kind, label, duty.words, places=self._law.places(duty.jurisdiction), schedules=schedules,
                substance=substance,
            )  # fmt: skip
        schedules = self._law.schedules(substance, duty.jurisdiction, duty.instrument)
        label = f"{duty.kind} for {name} ({duty.jurisdiction} {'/'.join(schedules)}, {duty.citation})"
        if kind != "licence":
            places = frozenset({duty.jurisdiction})
            return Demand(
                kind, label, duty.words, places=places, days=duty.days or 0, day_kind=duty.day_kind,
                each_order=kind == "declaration" and not duty.days and "Category 1" in schedules,
            )  # fmt: skip
        eased = [e for e in asked.exemptions if e.instrument == duty.instrument and e.kind in _BY_CUSTOMER]
        return Demand(
            kind, label, duty.words, _hint(eased), self._law.places(duty.jurisdiction), schedules, substance,
            licence_only=any(s.startswith(_ONLY_LICENCE) for s in schedules),
            pharmacies=any(e.kind == "pharmacy" for e in eased) or _MEDICINES.issuperset(schedules or ("",)),
        )  # fmt: skip


def _checked(duty: Duty) -> bool:
    """Say whether what a duty asks can be on file here: an order form only where the law has a form for every order."""
    return duty.kind in CHECKED and (duty.kind != "order form" or bool(duty.form))


def _left_out(spoken: Spoken, asked: LawAsked, purity: float) -> frozenset[str]:
    """Return the instruments that leave a mixture of this purity out; tell them, and those that ask for more first."""
    free = {e.instrument: e for e in asked.exemptions if _is_mixture(e, purity)}
    for exemption in asked.exemptions:
        if exemption.instrument not in free and _under(exemption, purity) and exemption.asks:
            told = f"a mixture of {purity:g} % or less may be left out ({exemption.citation})"
            spoken.reasons.append((CLEAR, f"{told}: that takes {exemption.asks}"))
    for exemption in free.values():
        spoken.cite(exemption.citation, unverified=exemption.unverified)
        spoken.reasons.append((CLEAR, f"left out as a mixture of {purity:g} % or less: {exemption.words}"))
    return frozenset(free)


def _other_way(duty: Duty, route: Route) -> bool:
    """Say whether a duty is of goods from or to abroad, where nobody said that they come or go there."""
    return duty.direction == ("export" if route.leaves else "import") and not (route.leaves and route.arrives)


def _is_mixture(exemption: Exemption, purity: float) -> bool:
    """Say whether a purity brings a mixture under the percentage of an exemption that asks for nothing else."""
    return _under(exemption, purity) and exemption.asks in _READ_OFF_THE_ROW


def _under(exemption: Exemption, purity: float) -> bool:
    """Say whether a purity lies at or under the percentage of an exemption of mixtures in force."""
    by_number = exemption.kind == "mixture" and exemption.status == "in force" and exemption.percent is not None
    return by_number and purity <= (exemption.percent or 0.0)


def _hint(eased: list[Exemption]) -> str:
    """Return what may leave the customer free of a licence, the exemption nearest to who it is."""
    if not eased:
        return ""
    nearest = min(eased, key=lambda e: _BY_CUSTOMER.index(e.kind))
    asks = f", with {nearest.asks} on file" * bool(nearest.asks)
    return f"It may be left out: {nearest.words.rstrip('.')} ({nearest.citation}){asks}"


def _elsewhere(row: dict[str, Any]) -> str:
    """Return where else or when else it is listed, from the registry's words."""
    if row["verdict"] != "watch":
        return ""
    said = (row["reason"] or "").removeprefix(f"{row['how']}: ")
    return str(said.split(", on ")[0].removeprefix("no entry found; "))
