"""How much was seized, as exposure that harm is held against: events, kilograms and doses, each with bounds.

Few seizures say little of what flows: one lorry more or less is half the year. So kilograms and doses carry the luck of
the draw beside the error of the scale: with n seizures whose masses differ about as much as their mean, the sum is
uncertain by sqrt(2 / n), or by what its parts show where that is more (a compound Poisson sum: variance n (mean² +
variance); Feller 1971, An Introduction to Probability Theory II, section VI.4).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.core.seeds import generator
from counterflow.watch.harm.counted import Stretch
from counterflow.watch.supply.doses import Purity, dose_range, drawn_doses
from counterflow.watch.supply.estimates import pooled
from counterflow.watch.supply.stored import Cell

__all__ = ["KEYS", "Exposed", "exposures", "luck"]

KEYS = ("substance", "form", "market", "route")
_ACTIVITY = frozenset({"seizures", "mass-kg", "tablets"})
#: days of a year that may lie outside whole months
_SPARE_DAYS = 31
_SCALE_ERROR = 0.05
_Z = 1.959963984540054
_FEWEST_PARTS = 4


@dataclass(frozen=True)
class Exposed:
    """How much of a substance was seized in a year and place."""

    place: str
    stretch: Stretch
    key: tuple[str, ...]
    unit: str
    low: float
    amount: float
    high: float
    source: str
    as_of: dt.date


def luck(events: float, masses: Sequence[float]) -> float:
    """Return how uncertain, on the log scale, a sum of seizures is as a measure of what flows.

    Args:
        events: seizures behind the sum; below 1 it counts as one.
        masses: its parts, as by month and office.

    >>> round(luck(200, [10, 12, 9, 11]), 2), luck(2, [5, 0, 0, 0]) >= 1
    (0.1, True)
    """
    share = 2.0 / max(events, 1.0)
    if len(masses) >= _FEWEST_PARTS and sum(masses) > 0:
        kilograms = np.asarray(masses, np.float64)
        share = max(share, float(kilograms.var(ddof=1) / (kilograms.mean() ** 2 * len(kilograms))))
    return math.sqrt(share)


def exposures(
    cells: Sequence[Cell],
    place: str,
    stretches: Sequence[Stretch],
    as_of: dt.date,
    *,
    keys: Sequence[str] = (),
    seed: int = 1,
) -> tuple[list[Exposed], list[str]]:
    """Return what was seized by year: events, kilograms with the scale's error, and doses with bounds.

    Args:
        cells: supply signals as they stood.
        place: whose harm it is held against.
        stretches: years.
        as_of: day on which they stood.
        keys: which of form, market and route to keep apart.
        seed: seed of the draws.
    """
    made: list[Exposed] = []
    unknown: set[str] = set()
    partly: list[str] = []
    for stretch in stretches:
        if not _covered(cells, stretch):
            partly.append(f"{stretch[0]} to {stretch[1]}")
            continue
        groups: dict[tuple[str, ...], list[Cell]] = {}
        for cell in cells:
            if cell.starts >= stretch[0] and cell.ends <= stretch[1]:
                groups.setdefault(_key(cell, keys), []).append(cell)
        for key, mine in sorted(groups.items()):
            events = sum(c.value for c in mine if c.measure == "seizures")
            mass = sum(c.value for c in mine if c.measure == "mass-kg")
            whence = "watch: seized, " + ", ".join(sorted({c.source for c in mine}))
            here = (place, stretch, key)
            if events > 0:
                made.append(Exposed(*here, "records", events, events, events, whence, as_of))
            tablets = sum(c.value for c in mine if c.measure == "tablets")
            if mass <= 0:
                if tablets > 0:  # where both are given they are the same seizures: the mass speaks
                    made.append(Exposed(*here, "doses", tablets / 2, tablets, tablets, whence, as_of))
                continue
            doubt = luck(events, [c.value for c in mine if c.measure == "mass-kg"])
            spread = math.exp(_Z * math.hypot(_SCALE_ERROR, doubt))
            made.append(Exposed(*here, "kg", mass / spread, mass, mass * spread, whence, as_of))
            known = dose_range(key[0], key[1])
            if known is None:
                unknown.add(key[0])
                continue
            some = drawn_doses([mass], known, purity=_purity(cells, key, stretch), seed=seed)
            by_luck = generator(seed, "watch", "luck", *key).standard_normal(len(some))
            some = some * np.exp(doubt * by_luck)
            low, middle, high = (float(q) for q in np.quantile(some, [0.025, 0.5, 0.975]))
            made.append(Exposed(*here, "doses", low, middle, high, whence, as_of))
    said = [f"seizures do not cover {each}: no exposure for it" for each in partly]
    said += [f"no dose is known of {', '.join(sorted(unknown))}: in kilograms only"] if unknown else []
    return made, said


def _covered(cells: Sequence[Cell], stretch: Stretch) -> bool:
    """Return whether periods in which anything was seized fill a year, by any of the sources."""
    periods = {(c.source, c.starts, c.ends) for c in cells if c.measure in _ACTIVITY}
    days: dict[str, int] = {}
    for source, starts, ends in periods:
        if starts >= stretch[0] and ends <= stretch[1]:
            days[source] = days.get(source, 0) + (ends - starts).days + 1
    return max(days.values(), default=0) >= (stretch[1] - stretch[0]).days + 1 - _SPARE_DAYS


def _key(cell: Cell, keys: Sequence[str]) -> tuple[str, ...]:
    return (cell.substance, *(getattr(cell, name) if name in keys else "" for name in KEYS[1:]))


def _purity(cells: Sequence[Cell], key: tuple[str, ...], stretch: Stretch) -> Purity | None:
    """Return the purity measured in a year, of that form where one is kept apart; None where nobody measured."""
    mine = [
        c for c in cells
        if c.measure == "purity" and c.substance == key[0] and key[1] in ("", c.form)
        and c.starts <= stretch[1] and c.ends >= stretch[0]
    ]  # fmt: skip
    if not mine:
        return None
    made = pooled([c.value for c in mine], [c.low for c in mine], [c.high for c in mine], len(mine), logs=False)
    return None if made.why_not else Purity(made.value, max(made.low, 0.0), min(made.high, 1.0))
