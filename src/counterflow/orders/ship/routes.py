"""From where a line goes to where, and whose law that asks, in which direction.

Within a union the law of the union sees trade inside it, the law of a member an import or an export. Where one end is
not known, the other end's law is asked for every way in which the goods could go, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from counterflow.reference.registry import Registry
from counterflow.reference.trade_law import Duty, Exemption, Threshold, TradeLaw

__all__ = ["Ask", "LawAsked", "Route"]

#: whose rows an ask takes: all, the country's own, or those of its union
_ALL, _OWN, _UNION = "all", "own", "union"


@dataclass(frozen=True)
class Ask:
    """One question to the law: of a country, for a direction."""

    country: str
    direction: str
    whose: str = _ALL

    def takes(self, jurisdiction: str) -> bool:
        """Say whether a row of this jurisdiction answers."""
        return self.whose == _ALL or (jurisdiction == self.country) == (self.whose == _OWN)


@dataclass(frozen=True)
class Route:
    """Two ends, as codes; empty where not known."""

    leaves: str
    arrives: str

    @property
    def ends(self) -> tuple[str, ...]:
        """Return the countries on it, each once."""
        return tuple(dict.fromkeys(code for code in (self.leaves, self.arrives) if code))

    def asks(self, registry: Registry) -> Iterator[Ask]:
        """Yield the questions that it puts to the law held."""
        held = registry.jurisdictions
        unions = [set(held[code].member_of) if code in held else set() for code in (self.leaves, self.arrives)]
        inside = bool(unions[0] & unions[1])
        for end, code in enumerate((self.leaves, self.arrives)):
            if code not in held:
                continue
            across = "import" if end else "export"
            if not (self.leaves and self.arrives):
                ways = [("domestic", _ALL), (across, _ALL), *[("intra-union", _ALL)] * bool(unions[end])]
            elif self.leaves == self.arrives:
                ways = [("domestic", _ALL), *[("intra-union", _ALL)] * bool(unions[end])]
            elif inside:
                ways = [(across, _OWN), ("intra-union", _ALL), ("domestic", _UNION)]
            else:
                ways = [(across, _ALL)]
            yield from (Ask(code, direction, whose) for direction, whose in ways)


@dataclass(frozen=True)
class LawAsked:
    """What the law of a route says of one substance on a day: each row once."""

    substance: str
    route: Route
    thresholds: tuple[Threshold, ...]
    duties: tuple[Duty, ...]
    exemptions: tuple[Exemption, ...]

    @classmethod
    def of(cls, substance: str, route: Route, law: TradeLaw, on: object) -> LawAsked:
        """Ask the law of both ends, and of their unions."""
        thresholds: dict[str, Threshold] = {}
        duties: dict[str, Duty] = {}
        exemptions: dict[str, Exemption] = {}
        destination = route.arrives or None
        for ask in route.asks(law.registry):
            where = {"direction": ask.direction, "destination": destination}
            for threshold in law.thresholds_on(on, ask.country, substance, **where):  # type: ignore[arg-type]
                if ask.takes(threshold.jurisdiction):
                    thresholds.setdefault(threshold.id, threshold)
            for duty in law.duties_on(on, ask.country, substance=substance, **where):  # type: ignore[arg-type]
                if ask.takes(duty.jurisdiction):
                    duties.setdefault(duty.id, duty)
            for exemption in law.exemptions_on(on, ask.country, substance=substance):  # type: ignore[arg-type]
                exemptions.setdefault(exemption.id, exemption)
        return cls(substance, route, tuple(thresholds.values()), tuple(duties.values()), tuple(exemptions.values()))

    @cached_property
    def instruments_with_thresholds(self) -> frozenset[str]:
        """Return the instruments that set a threshold in force here, on the substance in any form."""
        return frozenset(t.instrument for t in self.thresholds if t.status == "in force" and not t.scope)
