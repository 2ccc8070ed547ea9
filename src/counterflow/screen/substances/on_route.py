"""The law of a record's own route on its own day, for the check in `screen`.

A record is asked under the law of where it leaves and where it goes. Where the registry holds no law of one of them, or
a record does not say it, the conventions of the United Nations are asked too: they bind nearly every state. A record
that says neither is asked under every law held, one without a day under the law as last known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from counterflow.reference.registry import Registry
from counterflow.screen.substances.law import RANK, Law, Verdict, default_jurisdictions

__all__ = ["RouteLaw", "Standing"]

_KEPT = 4_096
_CONVENTIONS = "UN"
_MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """What the law of a route makes of a substance on a day.

    Args:
        verdict: the strongest of the places (`law.RANK`).
        lists: where it is listed, "US CSA Schedule II, since 2022-11-23"; empty where nothing of the route lists it.
        told: the law in words, for a sentence.
        citation: where the law says so; empty where none does.
        coverage: how far the registry covers the law asked.
    """

    verdict: str
    lists: str
    told: str
    citation: str
    coverage: str


class RouteLaw:
    """Answers for records; laws and answers are kept while they are in use."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._law = lru_cache(maxsize=_KEPT)(self._make_law)
        self._answer = lru_cache(maxsize=_KEPT)(self._make_answer)

    def __reduce__(self) -> tuple[type[RouteLaw], tuple[Registry]]:
        """Travel without what is kept."""
        return RouteLaw, (self.registry,)

    def standing(self, substance: str, departure: str | None, destination: str | None, day: date | None) -> Standing:
        """Return the standing of a substance on the way from `departure` to `destination` on `day`."""
        return self._answer(substance, departure or "", destination or "", day)

    def _make_law(self, departure: str, destination: str, day: date | None) -> Law:
        ends = [place for place in (departure, destination) if place]
        if not ends:
            return Law(self.registry, day, default_jurisdictions(self.registry))
        own = {i.jurisdiction for i in self.registry.instruments.values()}
        open_ends = not (departure in own and destination in own)
        return Law(self.registry, day, [*ends, *([_CONVENTIONS] if open_ends else [])])

    def _make_answer(self, substance: str, departure: str, destination: str, day: date | None) -> Standing:
        law = self._law(departure, destination, day)
        rows = law.rows(substance)
        verdict = max((row.verdict for row in rows), key=RANK.__getitem__)
        if not (departure or destination) and self.registry.substances[substance].grade == "watch":
            verdict = min(verdict, "watch", key=RANK.__getitem__)  # what a single state lists says little of no route
        listed = [row for row in rows if row.list and row.verdict == verdict]
        lists = "; ".join(dict.fromkeys(map(_in_words, listed[:_MOST_TOLD])))
        return Standing(
            verdict=verdict,
            lists=lists,
            told=_told(verdict, lists, law, rows),
            citation="; ".join(dict.fromkeys(row.citation for row in listed)),
            coverage=law.coverage_in_short,
        )


def _in_words(row: Verdict) -> str:
    unverified = ", unverified: recalled" if row.unverified else ""
    scope = f", {row.scope}" if row.scope else ""
    return f"{row.list} {row.schedule}{scope}{unverified}"


def _told(verdict: str, lists: str, law: Law, rows: tuple[Verdict, ...]) -> str:
    if verdict in {"controlled", "listed_precursor"}:
        said = "controlled" if verdict == "controlled" else "listed as a precursor"
        return f"{said} under {lists}, {law.said_day}"
    if verdict == "unclear":
        doubt = "the dates or words of the entry do not decide" if lists else "the registry does not decide"
        return f"it may be under {lists or 'the law of the route'}, {law.said_day}: {doubt}"
    asked = ", ".join(law.jurisdictions)
    if here := [row for row in rows if row.list]:
        return f"to watch; listed under {'; '.join(dict.fromkeys(map(_in_words, here)))}, {law.said_day}"
    if elsewhere := law.listed_elsewhere(rows[0].substance, rows[0].jurisdiction):
        return f"no entry found in the law of {asked}, {law.said_day}; listed elsewhere: {', '.join(elsewhere[:4])}"
    return f"under no instrument of this registry; other law may apply ({law.said_day})"
