"""Supply signals where rooms meet: what targeting's random arm finds, the only rate that effort does not bend.

Watch never reads targeting's tables; the rows made here are handed to it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from counterflow.core.proportions import clopper_pearson
from counterflow.target.loop.drift import DriftOptions, watch
from counterflow.target.loop.drift_input import watched_in_store

if TYPE_CHECKING:
    from counterflow.store.repository import Store

__all__ = ["random_arm"]

#: kinds of drift that speak of what comes, not of how the model scores it
_OF_SUPPLY = frozenset({"random_hits", "concentration"})


def random_arm(store: Store, until: dt.date | None = None, *, recent_days: int = 90) -> list[dict[str, Any]]:
    """Return what random inspections found lately and before, and what drift says of it; empty without any plan.

    Args:
        store: with plans and outcomes.
        until: last planned day; all where not given.
        recent_days: length of the recent stretch.
    """
    seen = watched_in_store(store, None, until)
    random = seen.random & ~np.isnan(seen.found)
    if not random.any():
        return []
    edge = seen.day[random].max() - recent_days
    rows = []
    for when, part in (("recent", seen.day > edge), ("before", seen.day <= edge)):
        mine = random & part
        found, n = float(seen.found[mine].sum()), int(mine.sum())
        low, high = clopper_pearson(found, n)
        rows.append(
            {
                "kind": "random_hit_rate", "where": "*", "period": when, "found": int(found), "inspected": n,
                "rate": found / n if n else None, "low": low, "high": high, "alarm": False, "since": None,
                "words": "inspections drawn at random: the rate does not follow where officers choose to look",
            }
        )  # fmt: skip
    for signal in watch(seen, DriftOptions(recent_days=recent_days)):
        if signal.kind in _OF_SUPPLY:
            told = signal.as_dict()
            rows.append({name: told[name] for name in ("kind", "where", "alarm", "since", "words")})
    return rows
