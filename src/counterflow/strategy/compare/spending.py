"""What a mix costs: the programme itself, the treatment it leads to, other health care, and criminal justice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.strategy.compare.runs import Floats, Ran, years_of
from counterflow.strategy.compare.worth import discounted, drawn_cost, unit_costs
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import lever

__all__ = ["Spending", "programme", "reach", "spending"]


@dataclass(frozen=True, slots=True)
class Spending:
    """Dollars of 2022, discounted, more (or less) than without the mix; shape (n,) each.

    Args:
        programme: what pulling the levers costs; None where a lever has no public cost and the user gave none.
        unpriced: names of those levers.
        treatment: medication and its services.
        health_care: other health care of people with an untreated disorder.
        criminal_justice: arrests and custody.
    """

    programme: Floats | None
    unpriced: tuple[str, ...]
    treatment: Floats
    health_care: Floats
    criminal_justice: Floats

    @property
    def total(self) -> Floats | None:
        """All four together; None without the programme's cost."""
        if self.programme is None:
            return None
        return self.programme + self.treatment + self.health_care + self.criminal_justice


def reach(pull: Pull, since: int, until: int) -> Floats:
    """Return the mean part of full strength in each calendar year, shape (years,)."""
    times = np.arange(since, until + 1)[:, None] + (np.arange(16) + 0.5) / 16
    up = np.clip((times - pull.start) / pull.ramp_years, 0, 1)
    down = np.clip((times - pull.stop) / pull.ramp_years, 0, 1) if pull.stop != np.inf else 0.0
    return np.asarray((up - down).mean(axis=1))


def programme(pull: Pull, base: Ran, turned: Ran, since: int, until: int, seed: int) -> Floats | None:
    """Return what one lever costs, shape (n,); None where no public cost was found and the user gave none.

    A cost is per what the register's `basis` says; see `registry.Cost`.
    """
    cost, part, window = lever(pull.name).cost, reach(pull, since, until), years_of(since, until)
    n = len(base.values)
    if pull.cost_usd_per_year is not None:
        return np.full(n, float(discounted(pull.cost_usd_per_year * part[None, :])[0]))
    if cost.basis == "through_treatment" or not pull.strength:
        return np.zeros(n)
    if cost.value is None or cost.low is None or cost.high is None or cost.year is None:
        return None
    price = drawn_cost(cost.value, cost.low, cost.high, cost.year, n, seed, pull.name)
    if cost.basis == "fixed":
        units = np.tile(pull.strength * part, (n, 1))
    elif cost.basis == "share":
        units = pull.strength * part * turned.of(cost.driver)[:, window]
    else:
        more = turned.of(cost.driver)[:, window] - base.of(cost.driver)[:, window]
        units = more if cost.basis == "change" else np.maximum(-more, 0)
    return price * discounted(units)


def spending(pulls: Sequence[Pull], base: Ran, turned: Ran, since: int, until: int, seed: int) -> Spending:
    """Return what a mix costs over a window of years.

    Args:
        pulls: the mix.
        base: run without it, on the same draws.
        turned: run with it.
        since: first year, the year of discounting.
        until: last year.
        seed: seed of the prices.
    """
    each = {pull: programme(pull, base, turned, since, until, seed) for pull in pulls}
    unpriced = tuple(dict.fromkeys(pull.name for pull, cost in each.items() if cost is None))
    known = [cost for cost in each.values() if cost is not None]
    n, window = len(base.values), years_of(since, until)
    paid = {"treatment": np.zeros(n), "health care": np.zeros(n), "criminal justice": np.zeros(n)}
    for item in unit_costs():
        more = turned.of(item.driver)[:, window] - base.of(item.driver)[:, window]
        price = drawn_cost(item.value, item.low, item.high, item.year, n, seed, item.item)
        paid[item.category] += price * discounted(more)
    whole = None if unpriced else np.sum(known, axis=0) if known else np.zeros(n)
    return Spending(whole, unpriced, paid["treatment"], paid["health care"], paid["criminal justice"])
