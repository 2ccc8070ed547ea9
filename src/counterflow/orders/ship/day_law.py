"""The law of one day, asked for substances on routes; answers are kept."""

from __future__ import annotations

import datetime as dt

from counterflow.orders.ship.covers import fold
from counterflow.orders.ship.items import LISTED, ItemFacts
from counterflow.orders.ship.routes import LawAsked, Route
from counterflow.reference.registry import Registry
from counterflow.reference.trade_law import Threshold, TradeLaw

__all__ = ["DayLaw"]

#: names by version of the registry, which names its content
_NAMES: dict[str, dict[str, frozenset[str]]] = {}


class DayLaw:
    """The law of one day.

    Args:
        law: duties and thresholds, with the registry of substances.
        on: the day.
    """

    def __init__(self, law: TradeLaw, on: dt.date) -> None:
        self.trade, self.registry, self.on = law, law.registry, on
        self._asked: dict[tuple[str, Route], LawAsked] = {}
        self._with_thresholds = {(t.substance, t.instrument) for t in law.thresholds}
        self._places: dict[str, frozenset[str]] = {}

    def asked(self, substance: str, route: Route) -> LawAsked:
        """Return what the law of a route says of a substance."""
        key = substance, route
        if key not in self._asked:
            self._asked[key] = LawAsked.of(substance, route, self.trade, self.on)
        return self._asked[key]

    def thresholds(self, substance: str, route: Route) -> tuple[Threshold, ...]:
        """Return the thresholds of a route, but for those of some form or buyer where every amount counts anyway."""
        rows = self.asked(substance, route).thresholds
        counts = {t.instrument for t in rows if t.any_amount and not t.scope and t.status == "in force"}
        return tuple(t for t in rows if not (t.scope and t.instrument in counts))

    def has_thresholds(self, substance: str, instrument: str) -> bool:
        """Say whether an instrument sets thresholds for a substance in any direction, at any time."""
        return (substance, instrument) in self._with_thresholds

    def names(self, substance: str) -> frozenset[str]:
        """Return how a licence may name a substance, folded."""
        return _all_names(self.registry).get(substance, frozenset({substance}))

    def listed(self, facts: ItemFacts, route: Route) -> list[str]:
        """Return the substances of an item that the law of the route may list, in order met."""
        return [
            substance
            for substance, places in facts.laws.items()
            if any(end in places and places[end]["verdict"] in LISTED for end in route.ends)
        ]

    def schedules(self, substance: str, jurisdiction: str, instrument: str) -> tuple[str, ...]:
        """Return on which lists of an instrument a substance stands."""
        held = self.registry.controls_on(substance, self.on, [jurisdiction])
        return tuple(dict.fromkeys(c.list for c in held if c.instrument == instrument))

    def places(self, jurisdiction: str) -> frozenset[str]:
        """Return where a licence may be from, to hold in a jurisdiction: members of a union issue its licences."""
        if jurisdiction not in self._places:
            held = self.registry.jurisdictions
            members = {j.code for j in held.values() if jurisdiction in j.member_of}
            own = held[jurisdiction].member_of if jurisdiction in held else ()
            self._places[jurisdiction] = frozenset({jurisdiction, *members, *own})
        return self._places[jurisdiction]

    def holds_in(self, jurisdiction: str, end: str) -> bool:
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


def _all_names(registry: Registry) -> dict[str, frozenset[str]]:
    """Return the names of every substance, folded; read once for each registry."""
    held = _NAMES.get(registry.version)
    if held is None:
        names: dict[str, set[str]] = {id_: {fold(id_), fold(s.name)} for id_, s in registry.substances.items()}
        for name in registry.names:
            names[name.substance].add(fold(name.text))
        for number, identifier in registry.cas_numbers.items():
            names[identifier.substance].add(number)
        held = _NAMES[registry.version] = {substance: frozenset(of) for substance, of in names.items()}
    return held
