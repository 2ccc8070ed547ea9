"""What has to be on file before goods leave, and what is said of all lines of one kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

__all__ = ["REACHED", "UNSURE", "Demand", "Passed", "Spoken"]

#: How lines stand to the thresholds of an instrument: reached, or not to be told (amount or threshold not known).
REACHED, UNSURE = "reached", "unsure"
#: (substance, instrument, how it stands)
Passed = Collection[tuple[str, str, str]]
_ONCE = frozenset({"identity", "known"})
_UNREAD = " [recalled]"


@dataclass(frozen=True)
class Demand:
    """Something that must be on file, checked for every customer or order at once.

    Args:
        kind: licence | declaration | identity | known | reseller | notice | permit.
        label: what is asked, with whose law, for sentences.
        words: what the law asks, in a sentence; said where it is not met.
        hint: what may leave the customer free of it, in words; said where it is not met.
        places: where a licence must hold.
        schedules: lists, schedules or categories of the entry; of a permit, the kinds of permit.
        substance: id of the substance.
        licence_only: whether a registration does not do.
        pharmacies: whether pharmacies and hospitals need no licence that names the substance.
        days: days of a notice.
        day_kind: calendar | working.
        each_order: whether a declaration is asked for with each order.
        unsure: whether it cannot be told if the law asks it; what is not met is then asked for, and holds nothing.
    """

    kind: str
    label: str
    words: str = ""
    hint: str = ""
    places: frozenset[str] = frozenset()
    schedules: tuple[str, ...] = ()
    substance: str = ""
    licence_only: bool = False
    pharmacies: bool = False
    days: int = 0
    day_kind: str = ""
    each_order: bool = False
    unsure: bool = False

    @property
    def explained(self) -> str:
        """What to add where it is not met."""
        return "".join(f". {part}" for part in (self.words.rstrip("."), self.hint) if part)


@dataclass
class Spoken:
    """What is said of every line of one kind: same item, same route, same thresholds passed."""

    duties: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    reasons: list[tuple[int, str]] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    permits: dict[str, Demand] = field(default_factory=dict)
    other_way: list[str] = field(default_factory=list)

    def cite(self, citation: str, *, unverified: bool) -> None:
        """Add a citation once."""
        told = citation if "recalled" in citation or not unverified else citation + _UNREAD
        if citation and told not in self.citations:
            self.citations.append(told)

    def note_other_way(self, words: str) -> None:
        """Note a duty that the law asks for only if the goods come from abroad, where nobody said from where."""
        if words not in self.other_way:
            self.other_way.append(words)

    def owe(self, words: str) -> None:
        """Add a duty once."""
        if words not in self.duties:
            self.duties.append(words)

    def demand(self, demand: Demand) -> None:
        """Add a demand once; permits are gathered, since an order names them in one field."""
        if demand.kind == "permit":
            self.permits.setdefault(demand.schedules[0], demand)
        elif demand.kind in _ONCE and any((d.kind, d.places) == (demand.kind, demand.places) for d in self.demands):
            return  # one number in a register answers every article that asks for one
        elif demand not in self.demands:
            self.demands.append(demand)

    def gathered(self) -> list[Demand]:
        """Return the demands, the permits as one."""
        if not self.permits:
            return self.demands
        kinds = tuple(sorted(self.permits))
        told = [self.permits[kind] for kind in kinds]
        words = " ".join(dict.fromkeys(one.words for one in told if one.words))
        return [*self.demands, Demand("permit", ", ".join(one.label for one in told), words, schedules=kinds)]
