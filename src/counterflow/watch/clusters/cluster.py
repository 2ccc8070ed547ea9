"""A cluster as told: which places, since when, how much more than expected, and how often chance alone does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from counterflow.watch.clusters.expected import Spread

__all__ = ["Cluster", "Scan", "poisson_interval"]

_LEVEL = 0.95


@dataclass(frozen=True)
class Cluster:
    """One cluster that is alive in the last period.

    Args:
        places: ids of the places in its circle, the centre first.
        centre: place at its centre.
        lat: of the centre, degrees north.
        lon: degrees east.
        radius_km: from the centre to the farthest of its places; 0 for one place.
        first_t: first period, as the source names it: its first day, or its number.
        last_t: last period; the last of the study.
        periods: how many.
        observed: cases counted in it.
        expected: cases expected in it.
        ratio: observed to expected.
        ratio_low: 95 % interval of that ratio, Poisson; the cluster was picked as the most striking, so this is high.
        ratio_high: its upper end.
        relative_risk: rate inside to rate outside.
        log_likelihood_ratio: Poisson.
        statistic: what clusters were ranked by: the same, of weighted counts where counts vary beyond Poisson.
        p: probability of one as striking somewhere if nothing stands out: the Gumbel tail's where it fits.
        p_monte_carlo: by rank among the replicates.
        p_gumbel: by the tail, at least a thousandth of what replicates can tell; None where they do not follow it.
        recurrence_periods: periods until chance alone is expected to give one, scanning every period: 1 / p.
        recurrence_days: the same in days; None where periods have no days.
        ratio_before: observed to expected in its places before it began; where that is high too, the places differ
            lastingly; None against a place's own past, where it is not asked.
        alarm: whether p is at most the alpha asked for.
    """

    places: tuple[str, ...]
    centre: str
    lat: float
    lon: float
    radius_km: float
    first_t: int | str
    last_t: int | str
    periods: int
    observed: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    relative_risk: float | None
    log_likelihood_ratio: float
    statistic: float
    p: float
    p_monte_carlo: float
    p_gumbel: float | None
    recurrence_periods: float
    recurrence_days: float | None
    ratio_before: float | None
    alarm: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self) | {"places": list(self.places)}


@dataclass(frozen=True)
class Scan:
    """What a scan found, and what it rests on.

    Args:
        clusters: the most likely first; empty where no place has two cases more than nothing.
        settings: method, model, seed and all else that it takes to run it again.
        digest: SHA-256 of counts, places and coordinates.
        said: what must be known to read it, in sentences.
        cases: cases of the study.
        places: places of the study.
        periods: periods of the study.
        first_t: first period of the study.
        last_t: last period.
        unknown_cells: counts that were not known.
        spread: how much counts vary beyond Poisson.
    """

    clusters: tuple[Cluster, ...]
    settings: Mapping[str, Any]
    digest: str
    said: tuple[str, ...]
    cases: int
    places: int
    periods: int
    first_t: int | str
    last_t: int | str
    unknown_cells: int
    spread: Spread

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "clusters": [c.as_dict() for c in self.clusters],
            **self.settings,
            "study": {
                "places": self.places, "periods": self.periods, "cases": self.cases, "first_t": self.first_t,
                "last_t": self.last_t, "unknown_cells": self.unknown_cells,
            },
            "spread": asdict(self.spread),
            "data_sha256": self.digest,
            "said": list(self.said),
        }  # fmt: skip


def poisson_interval(observed: float, expected: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a ratio of a Poisson count to its expectation (Garwood 1936).

    >>> [round(x, 3) for x in poisson_interval(10, 10)]
    [0.48, 1.839]
    """
    from scipy.special import gammaincinv

    tail = (1 - _LEVEL) / 2
    low = 0.0 if observed == 0 else float(gammaincinv(observed, tail))
    high = float(gammaincinv(observed + 1, 1 - tail))
    return (low / expected, high / expected) if expected > 0 else (0.0, float(np.inf))
