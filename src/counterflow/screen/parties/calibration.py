"""What a score is worth as shipped: how many clean parties reach it.

Own measurement of 2026-11-22, `python benchmarks/bench_parties.py --calibrate`, against the OFAC list of mid-2021
with its aliases (8,976 entries), of which none of the clean parties is part. People: 10,000 names in many scripts,
the even lines of the public fixtures; the odd lines and the 2,500 of the screening queries were not used, and the
benchmark says what share of them reaches each threshold. Organisations: the 1,000 clean companies of the queries,
made of the list's own trade words, which is a hard case; there were none to spare, so their figures are measured on
the names that they were set on. Ships and aircraft were not measured: they are taken like people, the stricter of
both. Between the rows the logarithm of the rate is a line in the score, as it is among them.

Your own traffic will differ, and a longer list brings more alerts: `counterflow parties calibrate` measures yours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["FALSE_ALERTS", "PER_1000", "FalseAlerts", "default_threshold", "expected_per_1000"]

#: False alerts in 1,000 clean parties that a threshold allows as shipped.
PER_1000 = 10.0
_ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class FalseAlerts:
    """Of 1,000 clean parties, how many met a listed name with at least this score."""

    score: float
    people: float
    organisations: float


#: By score, ascending.
FALSE_ALERTS = (
    FalseAlerts(0.20, 142.7, 71.0),
    FalseAlerts(0.30, 57.6, 22.0),
    FalseAlerts(0.40, 22.4, 6.5),
    FalseAlerts(0.50, 6.8, 2.0),
    FalseAlerts(0.60, 2.5, 1.0),
    FalseAlerts(0.70, 0.75, 0.5),
    FalseAlerts(0.80, 0.3, 0.3),
    FalseAlerts(0.90, 0.15, 0.15),
)


def expected_per_1000(kind: str, score: float) -> float:
    """Return how many of 1,000 clean parties of this kind meet a listed name with at least this score.

    >>> round(expected_per_1000("person", 0.45), 1)
    12.3
    """
    scores, rates = _curve(kind)
    return float(np.exp(np.interp(score, scores, np.log(rates))))


def default_threshold(kind: str, per_1000: float = PER_1000) -> float:
    """Return the score from which a party of this kind alerts as shipped, to two decimals.

    Args:
        kind: as in `kinds.KINDS`.
        per_1000: false alerts in 1,000 clean parties that are bearable.

    >>> default_threshold("person"), default_threshold("organisation")
    (0.47, 0.36)
    """
    scores, rates = _curve(kind)
    # np.interp wants ascending places: the rates fall as the scores rise.
    return round(float(np.interp(-np.log(per_1000), -np.log(rates), scores)), 2)


def _curve(kind: str) -> tuple[list[float], list[float]]:
    scores = [row.score for row in FALSE_ALERTS]
    return scores, [row.organisations if kind == _ORGANISATION else row.people for row in FALSE_ALERTS]
