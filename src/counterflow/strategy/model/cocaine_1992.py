"""Cocaine in 1992: what one per cent fewer users costs, by four programmes, with this model's mechanisms.

Rydell & Everingham (1994) found treatment cheapest, then enforcement at home, interdiction, and control in source
countries. Here each programme is enlarged by a tenth and works through the chain's own step: at source it makes
replacement dearer, on the way it raises hazards, at home it raises the pay for risk; treatment takes heavy users out.
Nothing orders them but where along the chain they bite, what a kilogram is worth there, and what they cost.

The National Research Council (1999) held that the original's findings do not support policy: average effects stood for
marginal ones, prices were assumed to add up along the chain, and effects of treatment came from a study without
controls. All three hold here too: prices that multiply along the chain (`additive=False` keeps the whole doubt) can
turn the order of interdiction and enforcement at home.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from counterflow.core.seeds import generator
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.model.draws import prior_quantiles
from counterflow.strategy.model.layout import ROUTES
from counterflow.strategy.model.market import Push, packed, run_market
from counterflow.strategy.model.market_facts import Fact
from counterflow.strategy.model.parameters import Parameter, Parameters, parameters
from counterflow.strategy.model.supply_places import SUPPLY_TAKES

__all__ = ["PROGRAMMES", "Costs", "costs_1992", "facts_1992", "inputs_1992"]

Floats = npt.NDArray[np.float64]
PROGRAMMES = ("treatment", "domestic", "interdiction", "source_country")
#: What the original found, million USD of 1992 for 1 % fewer users (page 36).
_FOUND = {"treatment": 155.0, "domestic": 675.0, "interdiction": 964.0, "source_country": 2062.0}
_RAND = "Rydell & Everingham 1994 (RAND MR-331), criticised by National Research Council 1999"
_MORE = 0.1
_YEARS, _STEPS, _DISCOUNT = 15.0, 24, 0.04


@dataclass(frozen=True)
class Costs:
    """What the programmes cost.

    Args:
        values: programme -> million USD of 1992 a year for 1 % fewer users over 15 years, discounted; shape (draws,).
        ordered: whether treatment < domestic < interdiction < source country, shape (draws,).
    """

    values: dict[str, Floats]
    ordered: npt.NDArray[np.bool_]

    def summary(self) -> dict[str, tuple[float, float, float]]:
        """Return the median, the 5 % and the 95 % point of each programme."""
        rows = {name: np.quantile(line, [0.5, 0.05, 0.95]) for name, line in self.values.items()}
        return {name: (float(row[0]), float(row[1]), float(row[2])) for name, row in rows.items()}


@cache
def inputs_1992() -> Parameters:
    """Return the inputs with their sources."""
    return Parameters(tuple(
        Parameter(
            row["name"], "cocaine 1992", float(row["value"]), float(row["low"]), float(row["high"]), row["scale"],
            row["unit"], row["grade"], (), row["source"], row["note"],
        )
        for row in read_rows("strategy", "cocaine_1992.csv")
    ))  # fmt: skip


def costs_1992(draws: int = 200, seed: int = 1, *, additive: bool = True) -> Costs:
    """Return what 1 % fewer users costs by each programme.

    Args:
        draws: how many draws of inputs and of the chain's parameters.
        seed: same seed, same costs.
        additive: prices add up along the chain, as the original has it; else the whole doubt about it is kept.
    """
    held, inputs = parameters(), inputs_1992()
    random = generator(seed, "strategy", "cocaine-1992")
    drawn = [
        prior_quantiles(np.clip(random.random((draws, len(which.rows))), 1e-9, 1.0 - 1e-9), which)
        for which in (held, inputs)
    ]
    given = dict(zip(inputs.names, drawn[1].T, strict=True))
    par = packed(drawn[0], _chain(given) | ({"pass_through": 0.0} if additive else {}))
    values = {name: _cost(name, par, given) for name in PROGRAMMES}
    line = [values[name] for name in PROGRAMMES]
    ordered = (line[0] < line[1]) & (line[1] < line[2]) & (line[2] < line[3])
    return Costs(values, ordered)


def facts_1992(draws: int = 200, seed: int = 1) -> tuple[Fact, ...]:
    """Return the costs and their order as rows, with prices that add up along the chain and with the whole doubt.

    The order is judged where prices add up, as in the original; the rows without that say how far it rests on it.
    """
    held = costs_1992(draws, seed)
    summary = held.summary()
    rows = [
        Fact(f"1992 cocaine: 1 % fewer users by {name}", *summary[name], (0.0, np.inf), True, "million USD of 1992",
             _RAND, f"no bar; the original has {_FOUND[name]:.0f}")
        for name in PROGRAMMES
    ]  # fmt: skip
    medians = [summary[name][0] for name in PROGRAMMES]
    share, free = float(held.ordered.mean()), float(costs_1992(draws, seed, additive=False).ordered.mean())
    rows.append(Fact(
        "1992 cocaine: draws with treatment < domestic < interdiction < source country", share, share, share,
        (0.5, 1.0), share >= 0.5 and medians == sorted(medians), "share of draws", _RAND, "prices add up",
    ))  # fmt: skip
    rows.append(Fact(
        "1992 cocaine: the same order where prices may also multiply", free, free, free, (0.0, 1.0), True,
        "share of draws", _RAND, "no bar: treatment stays cheapest, interdiction may come before domestic enforcement",
    ))  # fmt: skip
    return tuple(rows)


def _chain(given: dict[str, Floats]) -> dict[str, float | Floats]:
    """Return the chain's parameters for cocaine in 1992."""
    return {
        "consumed_cocaine": given["consumed"],
        "elasticity_cocaine": given["elasticity"],
        "quantity_share_of_elasticity": given["quantity_share"],
        "seizure_share_cocaine": given["seized_interdiction"],
        "landed_share_cocaine": np.minimum(given["price_landed"] / given["price_retail"], 0.9),
        "source_share_cocaine": given["price_source"] / given["price_landed"],
        "risk_share_of_margin": given["risk_share_of_margin"],
        "substitution_stimulants": 0.0,
    }


def _cost(programme: str, par: Floats, given: dict[str, Floats]) -> Floats:
    extra = _MORE * given[f"spent_{programme}"] * 1e3  # million USD a year
    if programme == "treatment":
        fewer = _fewer(np.ones((len(par), round(_YEARS * _STEPS))), given, extra)
    else:
        if programme == "source_country":  # one more tenth of what is seized at source is lost, not of production
            par = _with_losses_at_source(par, given["seized_source"])
        market = run_market(par, _pushes(programme), years=_YEARS, steps_per_year=_STEPS)
        fewer = _fewer(market.of("price", "cocaine"), given, np.zeros(len(par)))
    return np.asarray(extra / np.maximum(fewer * 100.0, 1e-12))


def _with_losses_at_source(par: Floats, seized: Floats) -> Floats:
    """Return parameters in which a unit of `source_production` is the share of cocaine seized at source."""
    out = par.copy()
    out[:, SUPPLY_TAKES.index("needs_source_cocaine")] = seized / (1.0 - seized)
    return out


def _pushes(programme: str) -> list[Push]:
    if programme == "domestic":
        return [Push("risk_premium", _MORE)]
    if programme == "source_country":
        return [Push("source_production", -_MORE)]
    return [Push(f"inspection_{route}", _MORE) for route in ROUTES if route != "domestic"]


def _fewer(price: Floats, given: dict[str, Floats], spent: Floats) -> Floats:
    """Return the discounted mean share of users fewer than without the programme.

    Light and heavy users as in Everingham & Rydell 1994: starting and becoming heavy fall, stopping rises with the
    price, by the part of the elasticity that is participation. Treatment takes heavy users out while it lasts, and some
    of them for good.

    Args:
        price: of a pure unit, relative, shape (n, steps).
        given: inputs.
        spent: on treatment, million USD a year more than before, shape (n,).
    """
    answer = price ** -(given["elasticity"] * (1.0 - given["quantity_share"]))[:, None]
    light, heavy = given["light_users"].copy(), given["heavy_users"].copy()
    start = light * (given["light_stop"] + given["light_become_heavy"]) - heavy * given["heavy_become_light"]
    base = [light.copy(), heavy.copy()]
    treated = spent / given["cost_of_a_treatment"]  # million people a year
    dt, weight, fewer, weights = 1.0 / _STEPS, 1.0, np.zeros(len(light)), 0.0
    for step in range(price.shape[1]):
        base = _year(base[0], base[1], given, start, np.ones(len(light)), np.zeros(len(light)), dt)
        light, heavy = _year(light, heavy, given, start, answer[:, step], treated, dt)
        away = treated * given["length_of_treatment"] * given["off_during_treatment"]
        weight = (1.0 + _DISCOUNT) ** (-step * dt)
        fewer += weight * (1.0 - (light + heavy - away) / (base[0] + base[1]))
        weights += weight
    return np.asarray(fewer / weights)


def _year(
    light: Floats, heavy: Floats, given: dict[str, Floats], start: Floats, answer: Floats, treated: Floats, dt: float
) -> list[Floats]:  # fmt: skip
    up = light * given["light_become_heavy"] * answer
    down = heavy * given["heavy_become_light"] / answer
    stopped = heavy * given["heavy_stop"] / answer + treated * given["stop_after_treatment"]
    return [
        light + dt * (start * answer - light * given["light_stop"] / answer - up + down),
        heavy + dt * (up - down - stopped),
    ]
