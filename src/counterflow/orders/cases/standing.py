"""How a product stands in law, as a term of the queue: what is worth diverting for is not told by tonnes.

Typical months measure how far ordering left its own rhythm, and say nothing of what the product is: a month of citric
acid is no month of oxycodone. The law has already said which goods do harm when they go astray, so its lists are taken:

=========================================================================  ======
how it stands, the strictest of all places that the firm trades between     weight
=========================================================================  ======
a controlled drug (conventions of 1961 and 1971, or a law of drugs)            1
a precursor of a first list: Table I of 1988, Category 1 or 2A, List I …     0.6
listed otherwise: solvents, acids, reagents (Table II, Category 2B or 3 …)  0.25
not recognised: nobody has said that it is on no list                        0.25
on no list held here                                                         0.05
=========================================================================  ======

The lists are law (the registry cites each entry); the weights are judgement, written here, and the same for everybody.
The strictest list of *all* places that the firm trades between and of the conventions counts, whoever the customer is:
where a customer has its seat changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["UNASKED", "Standing", "standing_of", "strictest"]

#: Lists on which laws put what is made into a drug directly, or cannot do without; other lists hold the wide trade.
_FIRST = frozenset(
    {"Table I", "Category 1", "Category 2A", "List I", "Schedule VI, Part 1", "Precursores químicos"}
)  # fmt: skip
_DRUG, _FIRST_LIST, _LISTED, _UNKNOWN, _UNLISTED = 1.0, 0.6, 0.25, 0.25, 0.05
_LAWS = frozenset({"controlled", "listed_precursor", "unclear"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a product stands in law.

    Args:
        weight: in the cost of waiting.
        words: why, with the list.
        listed: whether a law held here lists it; None where it was not recognised, or nobody asked.
    """

    weight: float
    words: str
    listed: bool | None


#: Of a matter whose product was not asked about.
UNASKED = Standing(1.0, "", None)


def standing_of(rows: Iterable[Mapping[str, Any]]) -> Standing:
    """Return how a product stands, from the rows of it in a table `ship.items.ITEMS`.

    >>> standing_of([{"substance": "oxycodone", "verdict": "controlled", "list": "US CSA", "schedule": "Schedule II"}])
    Standing(weight=1.0, words='controlled drug (US CSA Schedule II)', listed=True)
    >>> standing_of([{"substance": "", "verdict": "none", "cas": "77-92-9"}]).weight
    0.05
    """
    held = list(rows)
    found = [_of_row(row) for row in held if row["verdict"] in _LAWS]
    if found:
        best = max(found, key=lambda one: one.weight)
        return best if best.listed else Standing(_UNKNOWN, best.words, None)
    if any(row["verdict"] == "equipment" for row in held):
        return Standing(_LISTED, "machine or tooling for tablets and capsules", True)
    if any(row["substance"] or row.get("cas") for row in held):
        return Standing(_UNLISTED, "on no list held here", False)
    return Standing(_UNKNOWN, "not recognised: give its CAS number", None)


def strictest(standings: Iterable[Standing]) -> Standing:
    """Return the one that weighs most; that of a matter that nobody asked about where there is none."""
    return max(standings, key=lambda one: one.weight, default=UNASKED)


def _of_row(row: Mapping[str, Any]) -> Standing:
    where = f"{row['list'] or ''} {row['schedule'] or ''}".strip()
    if not where:
        return Standing(_UNKNOWN, "what it is, or how the law names it, is not clear", None)
    if row["verdict"] == "controlled":
        return Standing(_DRUG, f"controlled drug ({where})", True)
    if row["schedule"] in _FIRST:
        return Standing(_FIRST_LIST, f"precursor of a first list ({where})", True)
    return Standing(_LISTED, f"listed ({where})", True)
