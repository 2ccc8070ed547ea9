"""What a rule would have done on stored weeks: hits, finds, minutes, overlap, and at whose burden.

It tells what happened to records that were inspected anyway. Of hits that nobody inspected it knows nothing and says
so; those that the random arm drew speak for them, with an interval. A rule that finds a lot among records that earlier
rules or scores chose finds what they found: the random arm is the only fair witness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.estimate import Estimate
from counterflow.target.features.lines import Known, Lines
from counterflow.target.found_share import found_share
from counterflow.target.rules.active import capped, record_days
from counterflow.target.rules.backtest_words import said_of
from counterflow.target.rules.burden import burden_of
from counterflow.target.rules.conditions import Rule
from counterflow.target.rules.evaluate import hits, steps, undecided
from counterflow.target.rules.looking_back import History
from counterflow.target.rules.wording import condition_words

__all__ = ["BackTest", "Trial", "backtest"]

Bools = npt.NDArray[np.bool_]
_WEEK = 7
#: 1970-01-01 was a Thursday: days since then plus three are whole weeks from Monday
_TO_MONDAY = 3


@dataclass(frozen=True)
class Trial:
    """What a rule is tried on.

    Args:
        lines: records of the days tried.
        known: what inspections of them showed, by today.
        history: their past, for tests that look back.
        source: where they come from, in words.
        as_of: today.
        arms: arm that chose each record, "" where none did; None where no plan is known.
        others: rules there are already, with the records they hit.
        pushes_off: what hits that no plan chose would have taken from the plans' targeted minutes; None without plans.
    """

    lines: Lines
    known: Known
    history: History | None
    source: str
    as_of: dt.date
    arms: npt.NDArray[np.object_] | None = None
    others: Mapping[str, Bools] = field(default_factory=dict)
    pushes_off: Callable[[Rule, Bools], dict[str, Any] | None] | None = None


@dataclass(frozen=True)
class BackTest:
    """What a back-test showed; `as_dict` is what is kept and printed.

    Args:
        first: first day of the records.
        last: last day.
        records: records of those days.
        met: which of them the rule hits.
        kept: which of the hits its cap lets through.
        figures: everything counted and estimated, as plain data.
        said: what a person must know, in words.
    """

    first: dt.date
    last: dt.date
    records: int
    met: Bools
    kept: Bools
    figures: Mapping[str, Any]
    said: tuple[str, ...]

    @property
    def hits(self) -> int:
        """Return how many records the rule hits, its cap apart."""
        return int(self.met.sum())

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        head = {"from": self.first.isoformat(), "to": self.last.isoformat(), "records": self.records, "hits": self.hits}
        return {**head, **self.figures, "said": list(self.said)}


def backtest(rule: Rule, trial: Trial, *, purpose: str = "back-test") -> BackTest:
    """Try a rule on records whose days are over.

    Args:
        rule: the rule.
        trial: the records, what is known of them, and what else chose them.
        purpose: names the lot that a cap draws.
    """
    lines = trial.lines
    day = record_days(lines)
    met = hits(rule, lines, trial.history)
    kept = capped(rule, lines, met, day, purpose=purpose)
    unsure = undecided(rule, lines, trial.history)
    first, last = (_date(int(d)) for d in (day.min(), day.max()))
    figures: dict[str, Any] = {
        "share": _rounded(met.sum() / lines.records),
        "undecided": int(unsure.sum()),
        "steps": [{"test": condition_words(part), "records": left} for part, left in steps(rule, lines, trial.history)],
        "kept": int(kept.sum()),
        "by_week": _by_week(day, met, kept),
        "minutes": _minutes(rule, day, kept),
        "inspected": _inspected(met, trial),
        "random_arm": _random_arm(met, trial),
        "overlap": _overlap(met, trial),
        "pushed": trial.pushes_off(rule, kept) if trial.pushes_off else None,
        "burden": burden_of(lines, met),
    }
    made = BackTest(first, last, lines.records, met, kept, figures, ())
    return replace(made, said=said_of(rule, first, last, lines.records, figures))


def _date(days: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=days)


def _rounded(share: float) -> float:
    return round(float(share), 6)


def _by_week(day: npt.NDArray[np.int64], met: Bools, kept: Bools) -> list[dict[str, Any]]:
    """Return records, hits and kept hits by week; weeks begin on Monday."""
    weeks, place = np.unique((day + _TO_MONDAY) // _WEEK, return_inverse=True)
    counts = [np.bincount(place, mask, len(weeks)).astype(int) for mask in (np.ones(len(day)), met, kept)]
    return [
        {"week": _date(int(week) * _WEEK - _TO_MONDAY).isoformat(), "records": int(r), "hits": int(h), "kept": int(k)}
        for week, r, h, k in zip(weeks, *counts, strict=True)
    ]


def _minutes(rule: Rule, day: npt.NDArray[np.int64], kept: Bools) -> dict[str, float]:
    """Return what the rule costs: minutes in all, per week, and on its busiest day."""
    each = float(rule.minutes)
    days = int(day.max() - day.min()) + 1
    busiest = int(np.bincount(day[kept] - day.min(), minlength=1).max())
    total = each * int(kept.sum())
    return {"each": each, "total": total, "per_week": round(total * _WEEK / days, 1), "busiest_day": each * busiest}


def _classes(known: Known) -> list[str]:
    return sorted(c for c in known.found.unique().to_pylist() if c)


def _inspected(met: Bools, trial: Trial) -> dict[str, Any]:
    """Return what is known of the hits: inspected by whichever arm, found by class; and how many nobody inspected."""
    settled = np.asarray(pc.is_valid(trial.known.found).to_numpy(zero_copy_only=False), bool)
    mine = met & settled
    return {
        "inspected": int(mine.sum()),
        "never_inspected": int((met & ~settled).sum()),
        "found": _found(mine, trial, "hits that were inspected, by any arm", weighted=False),
    }


def _random_arm(met: Bools, trial: Trial) -> dict[str, Any]:
    """Return finds among hits and among all others, of records that the random arm drew."""
    drawn = np.asarray(pc.is_valid(trial.known.found).to_numpy(zero_copy_only=False), bool) & trial.known.random
    return {
        "hits_drawn": int((drawn & met).sum()),
        "others_drawn": int((drawn & ~met).sum()),
        "found_in_hits": _found(drawn & met, trial, "hits in the random arm", weighted=True),
        "found_in_others": _found(drawn & ~met, trial, "other records in the random arm", weighted=True),
    }


def _found(mask: Bools, trial: Trial, what: str, *, weighted: bool) -> dict[str, dict[str, object]]:
    known = trial.known
    found = known.found.filter(pa.array(mask))
    weight = known.weight[mask] if weighted else None
    shares: dict[str, dict[str, object]] = {}
    for name in [*_classes(known), "any"]:
        is_it = pc.not_equal(found, "") if name == "any" else pc.equal(found, name)
        flags = np.asarray(is_it.to_numpy(zero_copy_only=False), bool)
        made: Estimate = found_share(flags, source=f"{what}; {trial.source}", as_of=trial.as_of, weight=weight)
        shares[name] = {"found": int(flags.sum()), "of": len(flags), **made.as_dict()}
    return shares


def _overlap(met: Bools, trial: Trial) -> dict[str, Any]:
    """Return how many hits other rules hit as well, and which arm chose them."""
    rules = [
        {"rule": name, "hits": int(theirs.sum()), "both": int((met & theirs).sum())}
        for name, theirs in trial.others.items()
    ]
    any_other = np.zeros(len(met), bool)
    for theirs in trial.others.values():
        any_other |= theirs
    arms = None
    if trial.arms is not None:
        names: Sequence[str] = ("mandatory", "random", "followup", "targeted", "")
        arms = {name or "not chosen": int((met & (trial.arms == name)).sum()) for name in names}
    return {"rules": rules, "hit_by_no_other_rule": int((met & ~any_other).sum()), "arms": arms}
