"""What a likeness of names is worth: how many clean parties alert at it.

Own measurement of 2026-11-21, `python benchmarks/bench_parties.py --calibrate`: the index of the OFAC list of
mid-2021 with its aliases (8,976 entries) was asked for the clean parties with odd numbers in the development
half of the screening queries, none of which is listed: people from public fixtures of many scripts, and
company names made of the same trade words as the list. The weights of the score were set on the even
numbers. Companies made of the list's own words are a hard case; people alone alert more rarely. Your own
traffic will differ: `docs/methods/name-matching.md` says how to measure it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["FALSE_ALERTS", "FalseAlerts", "default_threshold", "expected_alerts", "expected_per_1000"]


@dataclass(frozen=True, slots=True)
class FalseAlerts:
    """Of 1,000 clean parties, how many met a listed name with at least this score."""

    score: float
    people: float
    companies: float
    all: float


#: By score, ascending.
FALSE_ALERTS = (
    FalseAlerts(0.60, 74.4, 82.0, 76.6),
    FalseAlerts(0.65, 36.8, 44.0, 38.9),
    FalseAlerts(0.70, 17.6, 28.0, 20.6),
    FalseAlerts(0.75, 4.8, 18.0, 8.6),
    FalseAlerts(0.80, 1.6, 12.0, 4.6),
    FalseAlerts(0.85, 1.6, 8.0, 3.4),
    FalseAlerts(0.90, 0.8, 4.0, 1.7),
)


def expected_alerts(score: float) -> FalseAlerts:
    """Return the row of the highest calibrated score not above `score`; the first for any lower."""
    place = bisect_right([row.score for row in FALSE_ALERTS], score)
    return FALSE_ALERTS[max(place - 1, 0)]


def default_threshold(kind: str) -> float:
    """Return the score from which a party of this kind (person | organisation | vessel …) alerts as shipped."""
    del kind  # one score for all kinds, as measured so far
    return 0.75


def expected_per_1000(kind: str, score: float) -> float:
    """Return how many of 1,000 clean parties of this kind meet a listed name with at least this score."""
    row = expected_alerts(score)
    return {"person": row.people, "organisation": row.companies}.get(kind, row.all)
