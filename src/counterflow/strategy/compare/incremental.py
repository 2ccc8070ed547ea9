"""One mix against another: the difference on the same draws, what it costs, and in how many draws it averts more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.strategy.compare.outcomes import Outcome, deaths_averted, life_years
from counterflow.strategy.compare.runs import LEVEL, Floats, Ran, interval, total, without
from counterflow.strategy.compare.spending import spending
from counterflow.strategy.levers.policy import Policy

__all__ = ["Held", "against"]


@dataclass(frozen=True, slots=True)
class Held:
    """A mix and its run."""

    policy: Policy
    turned: Ran


def against(first: Held, other: Held, since: int, until: int, seed: int) -> tuple[Outcome, ...]:
    """Return what `other` changes against `first`; both were run on the same draws.

    Args:
        first: the mix compared with.
        other: the mix in question.
        since: first year of the window.
        until: last year.
        seed: seed of weights and prices.
    """
    more = deaths_averted(first.turned, other.turned, since, until)
    years = total(other.turned, "disorder_person_years", since, until) - total(
        first.turned, "disorder_person_years", since, until
    )
    qalys = life_years(first.turned, other.turned, since, until, seed)
    better = float(np.mean(more > 0))
    return (
        _said("deaths_averted", "overdose deaths averted more", "deaths", more,
              f"averts more in {better:.0%} of draws"),
        _said("disorder_person_years", "years lived with a disorder, more", "person-years", years),
        _said("qalys", "quality-adjusted life years gained more", "QALY", qalys),
        _cost(first, other, since, until, seed),
    )  # fmt: skip


def _said(name: str, words: str, unit: str, draws: Floats, note: str = "") -> Outcome:
    found = interval(draws)
    return Outcome(name, words, unit, found.value, found.low, found.high, LEVEL, False, note)


def _cost(first: Held, other: Held, since: int, until: int, seed: int) -> Outcome:
    spent = [
        spending(held.policy.pulls, without(held.turned), held.turned, since, until, seed) for held in (first, other)
    ]
    before, after = (each.total for each in spent)
    words, unit = "all costs together, more", "dollars of 2022"
    if before is None or after is None:
        missing = ", ".join(dict.fromkeys(name for each in spent for name in each.unpriced))
        return Outcome("cost_total", words, unit, None, None, None, note=f"No public cost found for {missing}.")
    return _said("cost_total", words, unit, after - before)
