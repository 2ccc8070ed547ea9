"""What runs are judged by: precision by period, critical recall, the share of a scheme that was found, over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.target.simulate.run import Protocol, Run
from counterflow.target.simulate.source import Truth
from counterflow.target.simulate.strategy import FOLLOWUP, RANDOM, Floats
from counterflow.target.simulate.world import World

__all__ = ["LAST_WEEKS", "MEASURES", "measures", "periods", "ratio", "spread", "weekly"]

LAST_WEEKS = 13
MEASURES = (
    "precision", "precision_elsewhere", "recall", "critical_recall", "normalised_precision", "scheme_found",
    "random_share", "followup_share",
)  # fmt: skip


def periods(weeks: int, protocol: Protocol) -> dict[str, tuple[int, int]]:
    """Return the periods of a history by name: first and last week, both included; "all" and "last13" among them.

    >>> periods(65, Protocol())
    {'weeks 4-25': (4, 25), 'weeks 26-51': (26, 51), 'weeks 52-64': (52, 64), 'all': (4, 64), 'last13': (52, 64)}
    """
    first, last = min(protocol.warm_up_weeks, weeks - 1), weeks - 1
    starts = [first, *(start for start in (26, 52) if first < start <= last)]
    ends = [*(start - 1 for start in starts[1:]), last]
    named = {f"weeks {a}-{b}": (a, b) for a, b in zip(starts, ends, strict=True)}
    return named | {"all": (first, last), "last13": (max(first, last - LAST_WEEKS + 1), last)}


def measures(world: World | Truth, run: Run, weeks: tuple[int, int]) -> dict[str, float]:
    """Return what a run did in weeks `first` to `last`; NaN where there is nothing to measure.

    precision: share of ALL inspections, random ones included, that found something.
    precision_elsewhere: the same among records outside the injected scheme.
    recall: share of the period's records with something in them that were inspected.
    critical_recall: share of the period's records of the top tier that were inspected.
    normalised_precision: precision / the best precision possible with as many inspections in each week.
    scheme_found: share of the scheme's records of the period that were inspected.
    random_share, followup_share: share of inspections drawn at random, and following a hit up.
    """
    made = run.made
    start, end = np.searchsorted(made.week, [weeks[0], weeks[1] + 1])
    rows, found, arm = made.rows[start:end], made.labels[start:end] > 0, made.arm[start:end]
    in_period = (world.week >= weeks[0]) & (world.week <= weeks[1])
    critical, scheme = world.critical[world.label], world.scheme
    best = _best_possible(world, made.week[start:end])
    return {
        "precision": _share(found.sum(), len(rows)),
        "precision_elsewhere": _share(found[~scheme[rows]].sum(), (~scheme[rows]).sum()),
        "recall": _share(found.sum(), ((world.label > 0) & in_period).sum()),
        "critical_recall": _share(critical[rows].sum(), (critical & in_period).sum()),
        "normalised_precision": _share(found.sum(), best),
        "scheme_found": _share(scheme[rows].sum(), (scheme & in_period).sum()),
        "random_share": _share((arm == RANDOM).sum(), len(rows)),
        "followup_share": _share((arm == FOLLOWUP).sum(), len(rows)),
    }


def weekly(world: World | Truth, run: Run) -> dict[str, Floats]:
    """Return precision and scheme_found week by week; NaN where there is nothing to measure."""
    each = [measures(world, run, (week, week)) for week in range(world.weeks)]
    return {name: np.asarray([one[name] for one in each]) for name in ("precision", "scheme_found")}


def _best_possible(world: World | Truth, week: npt.NDArray[np.int16]) -> int:
    """Return how many finds the same number of inspections in each week could have made."""
    inspections = np.bincount(week, minlength=world.weeks)
    there = np.bincount(world.week[world.label > 0], minlength=world.weeks)
    return int(np.minimum(inspections, there).sum())


def _share(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole else math.nan


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Return mean and standard deviation over seeds (n - 1 in the denominator; none for one seed)."""
    known = np.asarray([v for v in values if not math.isnan(v)])
    if not len(known):
        return {"mean": None, "sd": None}
    return {
        "mean": round(float(known.mean()), 6),
        "sd": round(float(known.std(ddof=1)), 6) if len(known) > 1 else None,
    }


def ratio(above: Sequence[float], below: Sequence[float], level: float = 0.95) -> dict[str, Any]:
    """Return the ratio of two means over the same seeds, with an interval.

    The interval is Student's t on the residuals a - r b of pairs (Cochran 1977, Sampling Techniques, section 6.4,
    linearised variance of a ratio). It speaks of chance in draws and learners over seeds, on this one history.

    >>> ratio([0.4, 0.5, 0.6], [0.2, 0.25, 0.3])
    {'value': 2.0, 'low': 2.0, 'high': 2.0, 'level': 0.95, 'seeds': 3}
    """
    a, b = np.asarray(above, float), np.asarray(below, float)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if not len(a) or b.mean() == 0:
        return {"value": None, "low": None, "high": None, "level": level, "seeds": len(a)}
    value = float(a.mean() / b.mean())
    low = high = None
    if len(a) > 1:
        from scipy.special import stdtrit

        half = float(stdtrit(len(a) - 1, (1 + level) / 2) * (a - value * b).std(ddof=1) / math.sqrt(len(a)) / b.mean())
        low, high = round(value - half, 4), round(value + half, 4)
    return {"value": round(value, 4), "low": low, "high": high, "level": level, "seeds": len(a)}
