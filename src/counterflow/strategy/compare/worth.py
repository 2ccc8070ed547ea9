"""What outcomes are worth: quality-adjusted life years and dollars, each weight and price with its source and doubt.

Weights and prices are not parameters of the model. They are drawn beside it from a normal (weights) or log-normal
(prices) law with the table's interval as 95 % interval, with a stream of their own for each, so that every mix of a
comparison meets the same ones. Prices are of 2022 (CPI-U); years to come are discounted at 3 % (Sanders et al. 2016,
JAMA 316:1093, reference case).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from counterflow.core.seeds import generator
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.compare.runs import Floats

__all__ = ["PRICE_YEAR", "STATES", "UnitCost", "discounted", "drawn_cost", "drawn_weights", "in_2022", "unit_costs"]

PRICE_YEAR = 2022
DISCOUNT = 0.03
_Z = 1.959963984540054

#: which weight the people of a variable live with; an untreated disorder at large is split by pathway
STATES = {
    "rx_misuse": "use_no_disorder", "occasional_illicit": "use_no_disorder",
    "on_buprenorphine": "treated", "on_methadone": "treated", "on_naltrexone": "treated",
    "remission_early": "remission", "remission_stable": "remission", "in_custody": "custody",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitCost:
    """A price of something the model counts.

    Args:
        category: treatment, health care or criminal justice.
        item: what is paid for.
        driver: the variable that counts it.
        value: dollars of `year`.
        low: lower end.
        high: upper end.
        year: year of the prices.
        source: who says so.
    """

    category: str
    item: str
    driver: str
    value: float
    low: float
    high: float
    year: int
    source: str


@cache
def unit_costs() -> tuple[UnitCost, ...]:
    """Return the prices of what the model counts."""
    return tuple(
        UnitCost(row["category"], row["item"], row["driver"], float(row["value"]), float(row["low"]),
                 float(row["high"]), int(row["year"]), row["source"])
        for row in read_rows("strategy", "unit_costs.csv")
    )  # fmt: skip


@cache
def _index() -> dict[int, float]:
    return {int(row["year"]): float(row["index"]) for row in read_rows("strategy", "price_index.csv")}


def in_2022(value: float, year: int) -> float:
    """Return dollars of `year` in dollars of 2022.

    >>> round(in_2022(240.0, 2016))
    293
    """
    return value * _index()[PRICE_YEAR] / _index()[year]


def discounted(flows: Floats) -> Floats:
    """Return yearly amounts (n, years) summed at 3 % a year, the first year in full, shape (n,)."""
    return np.asarray(flows @ (1 + DISCOUNT) ** -np.arange(flows.shape[1], dtype=float))


def drawn_cost(value: float, low: float, high: float, year: int, count: int, seed: int, item: str) -> Floats:
    """Return draws of a price in dollars of 2022, shape (count,); log-normal, each side with its own spread."""
    z = generator(seed, "strategy", "price", item).standard_normal(count)
    if value <= 0:
        return np.zeros(count)
    side = np.where(z < 0, np.log(value / low), np.log(high / value))
    return np.asarray(in_2022(value, year) * np.exp(z * side / _Z))


def drawn_weights(count: int, seed: int) -> dict[str, Floats]:
    """Return draws of the weight of each state of health, shape (count,) each, kept in [0, 1]."""
    out = {}
    for row in read_rows("strategy", "utilities.csv"):
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        z = generator(seed, "strategy", "utility", row["state"]).standard_normal(count)
        out[row["state"]] = np.clip(value + z / _Z * np.where(z < 0, value - low, high - value), 0, 1)
    return out
