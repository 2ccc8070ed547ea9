"""What any model of drug markets must show: four documented episodes, run over the doubt of the parameters.

The size of each push is an input and is said; what is judged is what the market makes of it. The rows are for
`validate`, which holds the bars (V6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.layout import DRUGS, ROUTES
from counterflow.strategy.model.market import Market, Push, packed, run_market
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.supply_places import SUPPLY_TAKES

__all__ = ["Fact", "stylised_facts"]

Floats = npt.NDArray[np.float64]
_STEPS = 104
_START = 0.5  # years before the push: long enough to see that nothing moves
#: Two suppliers "that may have been providing more than 50 percent" of precursors were shut in 1995: the middle.
_PRECURSORS_LOST = 0.75
_VENDORS_LOST = 0.56
_EFFORT = 0.5
_DOBKIN = "Dobkin & Nicosia 2009 (American Economic Review 99:324)"
_SOAR = "Caulkins, Crawford & Reuter 1993 (SOAR): direction"
_ONLINE = "Chan et al. (Information Systems Research), Silk Road 2.0; Van Buskirk et al. 2017"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and what the model gives.

    Args:
        name: what is looked at.
        value: median over the draws, or a share of the draws where the name says so.
        low: 5 % point.
        high: 95 % point.
        bar: least and most that the value may be.
        passed: whether it is within.
        unit: unit of value and bar.
        source: who found it.
        note: what else must be known.
    """

    name: str
    value: float
    low: float
    high: float
    bar: tuple[float, float]
    passed: bool
    unit: str
    source: str
    note: str = ""


def stylised_facts(draws: int = 200, seed: int = 1) -> tuple[Fact, ...]:
    """Run the episodes over prior draws of the chain's parameters.

    Args:
        draws: how many.
        seed: same seed, same rows.
    """
    held = parameters()
    shares = generator(seed, "strategy", "market-facts").random((draws, len(held.rows)))
    par = packed(prior_quantiles(np.clip(shares, 1e-9, 1.0 - 1e-9), held))
    return (*_shortage(par), *_route(par), *_vendors(par), _balance(par))


def _shortage(par: Floats) -> tuple[Fact, ...]:
    market = run_market(par, [Push("precursor_supply", -_PRECURSORS_LOST, _START)], years=5.0, steps_per_year=_STEPS)
    price, harm = market.of("price", "methamphetamine"), market.of("harm", "methamphetamine")
    purity = market.of("purity", "methamphetamine").min(axis=1)
    top, price_half = _half(price - 1.0)
    bottom, harm_half = _half(1.0 - harm)
    later = (bottom + harm_half) - (top + price_half)
    note = f"input: {_PRECURSORS_LOST:.0%} of precursors lost at once"
    return (
        _fact("shortage: peak price", price.max(axis=1), (2.5, 3.5), "x", _DOBKIN, note),
        _fact("shortage: price halfway back after its peak", price_half, (2.0, 6.0), "months", _DOBKIN, note),
        _fact("shortage: lowest purity, 0.22 found", purity, (0.15, 0.4), "of before", _DOBKIN, note),
        _fact("shortage: harm halfway back later than price", later, (0.0, 36.0), "months", _DOBKIN, note),
        _share("shortage: draws in which harm comes back later than price", later > 0.0, 0.9, _DOBKIN),
    )


def _route(par: Floats) -> tuple[Fact, ...]:
    market = run_market(par, [Push("inspection_car_port", _EFFORT, _START)], years=3.5, steps_per_year=_STEPS)
    landed = market.of("landed", "fentanyl")
    ratio = (1.0 - _third_year(landed)) / _without_adapting(par, "fentanyl", "car_port")
    seized, sold = (_third_year(market.of(measure, "fentanyl")) for measure in ("seized", "sold"))
    note = "input: half as many inspections again of passenger vehicles; third year"
    return (
        _fact("route: fall of the net flow against one with no adaptation", ratio, (0.0, 0.5), "share", _SOAR, note),
        _share("route: draws in which it falls by less than half of that", ratio < 0.5, 0.5, _SOAR),
        _fact("route: seized against before", seized, (0.0, np.inf), "x", "own figure, no bar: activity"),
        _fact("route: consumed against before", sold, (0.0, np.inf), "x", "own figure, no bar",
              "what is seized is replaced at source for little; what is left works through price"),
    )  # fmt: skip


def _third_year(line: Floats) -> Floats:
    return np.asarray(line[:, -_STEPS:].mean(axis=1) / line[:, 0])


def _without_adapting(par: Floats, drug: str, route: str) -> Floats:
    """Return how far the net flow falls when shippers change neither routes nor amounts (equations R1, R2)."""
    at = {name: place for place, name in enumerate(SUPPLY_TAKES)}
    weights = np.stack([
        par[:, at[name]] if (name := f"route_{drug}_{other}") in at else np.zeros(len(par)) for other in ROUTES
    ], axis=1)  # fmt: skip
    relative = np.stack([par[:, at[f"seizure_relative_{other}"]] for other in ROUTES], axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    hazard = par[:, at[f"seizure_share_{drug}"], None] * relative / (weights * relative).sum(axis=1, keepdims=True)
    hazard = np.minimum(hazard, 0.9)
    inspected, lift = par[:, at[f"inspected_{route}"]], par[:, at["targeting_lift"]]
    more = np.minimum(inspected * (1.0 + _EFFORT), 1.0)
    ratio = (more / (1.0 - more + more * lift)) / (inspected / (1.0 - inspected + inspected * lift))
    place = ROUTES.index(route)
    now = 1.0 - (1.0 - hazard[:, place]) ** ratio
    kept = 1.0 - (weights * hazard).sum(axis=1)
    return np.asarray(weights[:, place] * (now - hazard[:, place]) / kept)


def _vendors(par: Floats) -> tuple[Fact, ...]:
    """A takedown removes vendors for a month; what is left, and how the number comes back (equations S1, R6)."""
    at = {name: place for place, name in enumerate(SUPPLY_TAKES)}
    sales = (1.0 - _VENDORS_LOST) ** par[:, at["online_sales_per_vendor"]] - 1.0
    vendors = _vendors_after(par[:, at["online_replaced"]], par[:, at["online_replacement_time"]])
    halfway = np.array([float(np.argmax(row > 1.0 - _VENDORS_LOST / 2)) for row in vendors]) / 52.0 * 12.0
    market = run_market(par, [Push("online_capacity", -_VENDORS_LOST, _START)], years=2.5, steps_per_year=52)
    sold = market.of("sold", "fentanyl")
    return (
        _fact("vendors: sales online after 56 % of vendors were arrested", sales, (-0.5, -0.3), "share", _ONLINE),
        _fact("vendors: half of the number back after", halfway, (1.0, 12.0), "months", _ONLINE),
        _fact("vendors: number after two years", vendors[:, -1], (0.9, 1.05), "of before", _ONLINE),
        _fact("vendors: all sales of the drug, lowest", sold.min(axis=1) / sold[:, 0] - 1.0, (-0.3, 0.0), "share",
              _ONLINE, "the rest goes by other routes"),
    )  # fmt: skip


def _vendors_after(replaced: Floats, time: Floats) -> Floats:
    """Return the number of vendors week by week, 1 before: equation S1."""
    weeks = np.arange(1, 105) / 52.0
    rate = 1.0 / time[:, None]
    made_up = 1.0 - np.exp(-rate * weeks)
    return np.asarray(1.0 - _VENDORS_LOST * (1.0 - replaced[:, None] * made_up))


def _balance(par: Floats) -> Fact:
    market = run_market(
        par, [Push("precursor_supply", -0.5, 0.5), Push("inspection_car_port", 2.0, 0.5, 1.0)], years=4.0
    )
    worst = max(float(_missing(market, drug)) for drug in DRUGS)
    return Fact(
        "kilograms: made - seized - sold - lost - change of stocks, worst", worst, 0.0, worst, (0.0, 1e-9),
        worst <= 1e-9, "of what was made", "own check",
    )  # fmt: skip


def _missing(market: Market, drug: str) -> float:
    made = market.of("made_total", drug)
    left = made - market.of("seized_total", drug) - market.of("sold_total", drug) - market.of("lost_total", drug)
    left = left - market.of("stock", drug)
    return float((np.ptp(left, axis=1) / made[:, -1]).max())


def _half(excess: Floats) -> tuple[Floats, Floats]:
    """Return when an excess is largest, and how long after it is half as large, in months; the end if it never is."""
    top = excess.argmax(axis=1)
    out = np.empty(len(excess))
    for row, (line, at) in enumerate(zip(excess, top, strict=True)):
        below = np.flatnonzero(line[at:] < line[at] / 2.0)
        out[row] = below[0] if len(below) else len(line) - at
    return top / _STEPS * 12.0 - _START * 12.0, out / _STEPS * 12.0


def _fact(
    name: str, values: Floats, bar: tuple[float, float], unit: str, source: str, note: str = ""
) -> Fact:  # fmt: skip
    low, value, high = (float(x) for x in np.quantile(values, [0.05, 0.5, 0.95]))
    return Fact(name, value, low, high, bar, bar[0] <= value <= bar[1], unit, source, note)


def _share(name: str, holds: npt.NDArray[np.bool_], least: float, source: str) -> Fact:
    value = float(holds.mean())
    return Fact(name, value, value, value, (least, 1.0), value >= least, "share of draws", source)
