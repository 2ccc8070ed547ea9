"""The rows of trade law: from which quantity a duty begins, what the law asks, and what it leaves out.

Threshold, Duty and Exemption are dated: each says since when it holds, until when, where that stands, and whether the
words were at hand when the row was written. Density serves amounts that are given in litres.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.reference.csv_files import Source
from counterflow.reference.dated import Dated

__all__ = ["ANY_AMOUNT", "Density", "Duty", "Exemption", "Rule", "Threshold"]

#: Quantity of a threshold that every transaction passes, however small.
ANY_AMOUNT = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Dated):
    """What every row of trade law says of itself.

    Args:
        id: stable short id.
        jurisdiction: code of the jurisdiction, as in the registry of substances.
        instrument: id of the instrument of the registry whose lists it goes by.
        citation: where the law says so.
        date_from: first day on which it holds, or was proposed, ISO 8601; with ".." before it, by that day at the
            latest (the text read is of that day); empty where no day is recorded.
        date_to: last day; empty while it holds.
        date_read: text | recalled, how the dates were read; empty where there is none.
        status: in force | proposed | repealed.
        read: text (the words were at hand) | recalled (from memory; shown as unverified).
        words: what the law asks, in a sentence of ours.
        source: the document read.
    """

    id: str
    jurisdiction: str
    instrument: str
    citation: str
    date_from: str
    date_to: str
    date_read: str
    status: str
    read: str
    words: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Rule):
    """A quantity from which the duties of an instrument begin for one substance.

    Args:
        substance: id of the substance in the registry.
        quantity: quantity in `unit`; 0 means any amount; None where the law sets one that is not recorded here.
        unit: g | l | units.
        period: transaction | day | 30 days | month | year, calendar months and years; over what quantities are summed.
        direction: domestic | import | export | intra-union | any.
        destinations: countries of destination to which alone it applies, ISO 3166-1 alpha-2; empty for all.
        scope: words that narrow it to some form or buyer; empty where it is the substance in any form.
        reaching: reaches | exceeds, whether the duty begins at the quantity itself or above it.
    """

    substance: str
    quantity: float | None
    unit: str
    period: str
    direction: str
    destinations: tuple[str, ...]
    scope: str
    reaching: str

    @property
    def any_amount(self) -> bool:
        """Whether every transaction counts, however small."""
        return self.quantity == ANY_AMOUNT

    def passed_by(self, quantity: float) -> bool | None:
        """Say whether a sum over the period, in `unit`, brings the duties on; None where no quantity is recorded.

        Args:
            quantity: sum over `period` in `unit`.
        """
        if self.quantity is None:
            return None
        return quantity > self.quantity or (self.reaching == "reaches" and quantity == self.quantity and quantity > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Rule):
    """Something the law asks of who sells, buys, brings in or sends out.

    Args:
        kind: supplier licence | customer licence | registration | customer declaration | identity proof |
            pre-export notice | import permit | export permit | record | report | label | second person | storage |
            retail limit | responsible person | monitoring | know your customer | transport permit | transport rule |
            order form | reseller registration | barred buyers | customer documents.
        direction: domestic | import | export | intra-union | any.
        lists: schedules, lists or categories of the instrument; empty with `substances` empty for all of them.
        substances: ids of substances it is narrowed to; empty for all on `lists`.
        without: ids of substances on `lists` that it leaves out.
        destinations: countries of destination to which alone it applies; empty for all.
        above_threshold: whether it begins only where a threshold of the same instrument is passed.
        days: how many days the law counts; None where it counts none.
        day_kind: calendar | working | years (of keeping); empty where there are no days.
        objection: what an objection does and by when, in words; empty where none is foreseen.
        authority: to whom it is owed.
        form: form or system by which it is done, where the law names one.
    """

    kind: str
    direction: str
    lists: tuple[str, ...]
    substances: tuple[str, ...]
    without: tuple[str, ...]
    destinations: tuple[str, ...]
    above_threshold: bool
    days: int | None
    day_kind: str
    objection: str
    authority: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption(Rule):
    """What an instrument leaves out, or eases, though the substance is listed.

    An unverified exemption frees nobody: its `asks` names the text that a person has to lay beside it.

    Args:
        kind: mixture | research | licensed use | medicine | pharmacy | sample | quantity | transport | waste.
        lists: schedules, lists or categories it applies to; empty with `substances` empty for all.
        substances: ids of substances it is narrowed to.
        percent: concentration by mass at or below which it applies, in per cent; None where it is not by a number.
        asks: what has to be on file for it to be relied on.
    """

    kind: str
    lists: tuple[str, ...]
    substances: tuple[str, ...]
    percent: float | None
    asks: str


@dataclass(frozen=True, slots=True)
class Density:
    """Density of a liquid near 20 °C.

    Args:
        substance: id of the substance in the registry.
        purity_from: lowest strength by mass to which it applies, in per cent.
        purity_to: highest strength by mass.
        kg_l: density in kilograms per litre.
        tolerance: half-width in kilograms per litre within which commercial grades of that strength lie.
        celsius: temperature of the value.
        citation: handbook.
        source: the document read.
        read: text | recalled.
    """

    substance: str
    purity_from: float
    purity_to: float
    kg_l: float
    tolerance: float
    celsius: float
    citation: str
    source: Source
    read: str
