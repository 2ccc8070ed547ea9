"""Harm weights: deaths and other harm of a place held against how much of each substance was seized there, by year.

What is seized is not what is used. A weight says harm per seized dose, kilogram or seizure, and compares substances
only as far as the same part of each is seized; that part is not known, and is nowhere corrected for. A consumption
estimate with bounds, where somebody has one, is better exposure (`target severity load`).

Per substance: rate ~ Gamma(n + 1/2, E), n the events, E the exposure, both drawn from their ranges (Jeffreys' prior for
a Poisson rate; Gelman et al. 2013, section 2.6 and 2.8). Deaths do not say form, route or market; how much a seizure of
them holds does: a seizure's harm is the rate times the doses in one of its kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from counterflow.core.estimate import Estimate
from counterflow.core.seeds import generator
from counterflow.watch.harm.counted import Counted, Stretch
from counterflow.watch.harm.exposure import KEYS, Exposed
from counterflow.watch.harm.split import shares

__all__ = ["Harm", "harms", "weights"]

Floats = npt.NDArray[np.float64]
METHOD = "Gamma-Poisson rate of harm per seized amount, ranges drawn (docs/methods/watch-supply.md)"
#: seizures of a substance below which no weight is given
_FEWEST_SEIZURES = 10
#: bounds of a mass this many times apart: the sum is uncertain by 0.7 on the log scale, a few parts are most of it
_MOSTLY_ONE = 15.0
_Z = 1.959963984540054
_TOO_WIDE = 100.0
_DRAWS = 4000


@dataclass(frozen=True)
class Harm:
    """Harm of one substance in one year and place; substance "" where none of those counted apart is named."""

    place: str
    stretch: Stretch
    outcome: str
    substance: str
    low: float
    high: float
    alone: float
    withheld: bool
    source: str
    as_of: dt.date

    @property
    def exact(self) -> bool:
        """Return whether it is one whole number."""
        return self.low == self.high and self.low == round(self.low) and not self.withheld


def harms(rows: Sequence[Counted], place: str, rule: str, named: Mapping[str, str]) -> tuple[list[Harm], list[str]]:
    """Return harm by substance and year, deaths that name several drugs shared out by a rule.

    Args:
        rows: harm by subject; `all` is the total.
        place: whose it is.
        rule: any, fractional or both (`watch.harm.split`).
        named: subject to the registry's substance that it is taken for; those not in it are left out, and said.
    """
    groups: dict[tuple[Stretch, str], dict[str, Counted]] = {}
    for row in rows:
        groups.setdefault((row.stretch, row.outcome), {})[row.subject] = row
    made: list[Harm] = []
    left = sorted({row.subject for row in rows if row.subject != "all" and row.subject not in named})
    said = [f"left out, for they are no one substance (--take SUBJECT=SUBSTANCE): {', '.join(left)}"] if left else []
    for (stretch, outcome), mine in sorted(groups.items()):
        total = mine.get("all")
        mentions: dict[str, tuple[float, float]] = {}
        for subject, row in mine.items():
            if subject in named:
                mentions[named[subject]] = (row.low, row.high)
        bounds = None if total is None else (total.low, total.high)
        hidden = {named[s]: row.withheld for s, row in mine.items() if s in named}
        any_row = total or next(iter(mine.values()))
        as_of = max(row.as_of for row in mine.values())
        for substance, share in shares(mentions, bounds, rule).items():
            withheld = hidden.get(substance, bool(total and total.withheld))
            made.append(
                Harm(
                    place,
                    stretch,
                    outcome,
                    substance,
                    share.low,
                    share.high,
                    share.alone,
                    withheld,
                    any_row.source,
                    as_of,
                )
            )
    return made, said


def weights(harm: Sequence[Harm], exposed: Sequence[Exposed], per: str, *, seed: int = 1) -> list[dict[str, Any]]:
    """Return harm per thousand doses, per kilogram or per seizure, by outcome, substance and whatever is kept apart.

    Args:
        harm: by substance.
        exposed: by key and unit.
        per: doses, kg or records.
        seed: seed of the draws.
    """
    rng = generator(seed, "watch", "harm", per)
    scale, unit = (
        (1000.0, "per 1,000 doses seized")
        if per == "doses"
        else (1.0, "per kg seized" if per == "kg" else "per seizure")
    )
    rows = []
    for outcome in sorted({h.outcome for h in harm}):
        for substance in sorted({h.substance for h in harm if h.outcome == outcome and h.substance}):
            mine = [h for h in harm if h.outcome == outcome and h.substance == substance]
            years = {h.stretch for h in mine}
            amounts = [e for e in exposed if e.key[0] == substance and e.stretch in years]
            base = "kg" if per == "records" and any(e.unit == "kg" for e in amounts) else per
            against = [e for e in amounts if e.unit == base]
            if not against:
                continue
            rate = rng.standard_gamma(_events(mine, rng) + 0.5) / sum(
                (_log_normal(e, rng) for e in against), np.zeros(_DRAWS)
            )
            for key in sorted({e.key for e in amounts}):
                held = _held_in_one(amounts, key, base) if per == "records" and base == "kg" else 1.0
                if held is not None:
                    rows.append(_weight(key, outcome, rate * held * scale, unit, mine, amounts))
    return rows


def _weight(
    key: tuple[str, ...], outcome: str, draws: Floats, unit: str, harm: Sequence[Harm], exposed: Sequence[Exposed]
) -> dict[str, Any]:
    low, middle, high = (float(q) for q in np.quantile(draws, [0.025, 0.5, 0.975]))
    why = _too_little(exposed)
    if high > _TOO_WIDE * low:
        why = f"{why}; too wide" if why else "too wide"
    source = "; ".join(sorted({h.source for h in harm} | {e.source for e in exposed}))
    made = Estimate(
        value=None if why else middle, low=low, high=high, level=0.95, method=METHOD, source=source,
        as_of=max(h.as_of for h in harm), unit=f"{outcome} {unit}", informative=not why,
        why_not=f"{why}: {low:.3g} to {high:.3g} is no answer" if why else "",
    )  # fmt: skip
    dates = {"from": min(h.stretch[0] for h in harm).isoformat(), "to": max(h.stretch[1] for h in harm).isoformat()}
    return {**dict(zip(KEYS, key, strict=True)), "outcome": outcome, **dates, **made.as_dict()}


def _too_little(exposed: Sequence[Exposed]) -> str:
    """Return why what was seized says too little to hold harm against; "" where it does not."""
    seized = sum(e.amount for e in exposed if e.unit == "records")
    if 0 < seized < _FEWEST_SEIZURES:
        return f"only {seized:.0f} seizures stand behind it"
    largest = max((e for e in exposed if e.unit == "kg"), key=lambda e: e.amount, default=None)
    if largest is not None and largest.high > _MOSTLY_ONE * largest.low:
        return "a few large seizures are most of what was seized"
    return ""


def _held_in_one(amounts: Sequence[Exposed], key: tuple[str, ...], unit: str) -> float | None:
    """Return kilograms in one seizure of a key; None where it has no seizures."""
    held, events = (sum(e.amount for e in amounts if e.key == key and e.unit == each) for each in (unit, "records"))
    return held / events if events > 0 and held > 0 else None


def _events(harm: Sequence[Harm], rng: np.random.Generator) -> Floats:
    """Return draws of the events of some years: where in its range a count lies is the same in each of them.

    The range comes from the rule for several drugs and from missing reports; neither is drawn anew every year.
    """
    at = rng.uniform(0.0, 1.0, _DRAWS)
    low, high = (sum(getattr(each, end) for each in harm) for end in ("low", "high"))
    return np.asarray(low + at * (high - low))


def _log_normal(each: Exposed, rng: np.random.Generator) -> Floats:
    if each.high <= each.low:
        return np.full(_DRAWS, each.amount)
    z = rng.standard_normal(_DRAWS)
    below, above = np.log(each.amount / each.low) / _Z, np.log(each.high / each.amount) / _Z
    return np.asarray(each.amount * np.exp(z * np.where(z < 0, below, above)))
