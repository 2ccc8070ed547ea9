"""Stocks of one drug: precursors, making, shipping, what is seized, stocks within the country, price and purity.

Kilograms are kept: made = seized + sold + lost + change of stocks (checked to 1e-9 by the tests).
Equations (Q1) to (Q12) of docs/methods/strategy-supply.md.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
import numpy.typing as npt

from counterflow.matching.machine_code import njit
from counterflow.strategy.model import supply_places as of

__all__ = ["advance", "answer", "hold_reference", "keep_reference"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_ILLICIT_OPIOIDS = 2  # the first two drugs of the layout
_LEAST_COVER = 0.02  # of the usual stock: what is reckoned with when there is less
_SHORT_STEPS = 64.0  # per year


@njit
def hold_reference(state: Floats, par: Floats, drug: int, scale: float) -> int:
    """Set the stocks that a drug's reference demand asks for (Q1)."""
    sold = par[of.CONSUMED + drug] * scale
    state[of.S_SCALE + drug] = scale
    state[of.S_STOCK + drug] = par[of.STOCK_COVER + drug] * sold
    sent = (sold + par[of.LOSS_RATE] * state[of.S_STOCK + drug]) / (1.0 - state[of.S_SEIZED0 + drug])
    state[of.S_SOURCE + drug] = par[of.SOURCE_COVER] * sent
    state[of.S_PRECURSOR + drug] = par[of.PRECURSOR_COVER] * (sent + par[of.LOSS_RATE] * state[of.S_SOURCE + drug])
    return 0


@njit
def keep_reference(state: Floats, par: Floats, drug: int, scale: float, dt: float) -> int:
    """Move kilograms one step along the reference: making covers sales, seizures, losses and growing stocks (Q2)."""
    before = state[of.S_STOCK + drug] + state[of.S_SOURCE + drug]
    hold_reference(state, par, drug, scale)
    stock, source = state[of.S_STOCK + drug], state[of.S_SOURCE + drug]
    state[of.S_STOCK_MID + drug] = stock
    state[of.S_MADE + drug] += stock + source - before
    sold = par[of.CONSUMED + drug] * scale
    arrived = sold + par[of.LOSS_RATE] * stock
    sent = arrived / (1.0 - state[of.S_SEIZED0 + drug])
    lost = par[of.LOSS_RATE] * (stock + source)
    return _book(state, drug, sent + par[of.LOSS_RATE] * source, sent - arrived, sold, lost, dt, 1.0)


@njit
def _book(
    state: Floats, drug: int, made: float, seized: float, sold: float, lost: float, dt: float, share: float
) -> int:
    """Add rates over `dt` to the accounts, and to the step's mean rates with weight `share`."""
    state[of.S_MADE + drug] += made * dt
    state[of.S_TAKEN + drug] += seized * dt
    state[of.S_SOLD + drug] += sold * dt
    state[of.S_LOST + drug] += lost * dt
    whole = 0.0 if share == 1.0 else 1.0
    state[of.S_PRODUCED + drug] = whole * state[of.S_PRODUCED + drug] + share * made
    state[of.S_CONFISCATED + drug] = whole * state[of.S_CONFISCATED + drug] + share * seized
    state[of.S_SALES + drug] = whole * state[of.S_SALES + drug] + share * sold
    return 0


@njit
def _short_steps(dt: float) -> int:
    """Return how many short steps a step takes: stocks turn over within weeks."""
    return int(max(dt * _SHORT_STEPS + 0.5, 1.0))


@njit
def answer(state: Floats, par: Floats, dt: float) -> int:
    """Work out how far price and purity go in a short step."""
    step = dt / _short_steps(dt)
    state[of.S_ANSWER] = 1.0 - exp(-step / par[of.PRICE_DELAY])
    state[of.S_ANSWER + 1] = 1.0 - exp(-step / par[of.PRICE_FALL_DELAY])
    state[of.S_ANSWER + 2] = 1.0 - exp(-step / par[of.PURITY_FALL])
    state[of.S_ANSWER + 3] = 1.0 - exp(-step / par[of.PURITY_RECOVERY])
    return 0


@njit
def advance(
    state: Floats, par: Floats, drug: int, scale: float, switches: Ints, precursor: float, capacity: float, dt: float
) -> int:
    """Move one drug's stocks, price and purity a step, in short steps.

    Args:
        state: state of the run.
        par: its parameters.
        drug: place of the drug.
        scale: the reference's demand, relative to 2021.
        switches: structural alternatives.
        precursor: what is left of a restriction of precursors; 0 none, -1 all.
        capacity: making and moving capacity, 1 in the reference.
        dt: years.
    """
    _grow(state, drug, scale)
    count = _short_steps(dt)
    step, share = dt / count, 1.0 / count
    elasticity = par[of.ELASTICITY + drug] * par[of.QUANTITY_SHARE]
    log_cost = log(state[of.S_COST_PRICE + drug])
    usual = par[of.CONSUMED + drug] * scale
    # What could be sold at a price that covers costs: nobody stocks for the sales that a scarcity has cost him.
    due = usual * min(state[of.S_EXPECTED + drug], state[of.S_DEMAND + drug] * 2.0) * exp(-elasticity * log_cost)
    due = max(due, 1e-12)
    if count > 1:
        state[of.S_PRODUCED + drug] = 0.0
        state[of.S_CONFISCATED + drug] = 0.0
        state[of.S_SALES + drug] = 0.0
    price, purity, stock = state[of.S_PRICE + drug], state[of.S_PURITY + drug], state[of.S_STOCK + drug]
    for _ in range(count):
        _price(state, par, drug, due, log_cost)
        wanted = usual * state[of.S_DEMAND + drug] * exp(-elasticity * state[of.S_PRICE + drug])
        _replace(state, par, drug, switches, wanted, due, step)
        _move(state, par, drug, usual, due, wanted, precursor, capacity, step, share)
    state[of.S_PRICE_MID + drug] = 0.5 * (price + state[of.S_PRICE + drug])
    state[of.S_PURITY_MID + drug] = 0.5 * (purity + state[of.S_PURITY + drug])
    state[of.S_STOCK_MID + drug] = 0.5 * (stock + state[of.S_STOCK + drug])
    return 0


@njit
def _grow(state: Floats, drug: int, scale: float) -> int:
    """Let stocks grow with the reference's demand, so that its history alone moves no price (Q2)."""
    more = scale / state[of.S_SCALE + drug] - 1.0
    state[of.S_SCALE + drug] = scale
    state[of.S_MADE + drug] += more * (state[of.S_STOCK + drug] + state[of.S_SOURCE + drug])
    state[of.S_STOCK + drug] += more * state[of.S_STOCK + drug]
    state[of.S_SOURCE + drug] += more * state[of.S_SOURCE + drug]
    state[of.S_PRECURSOR + drug] += more * state[of.S_PRECURSOR + drug]
    return 0


@njit
def _price(state: Floats, par: Floats, drug: int, due: float, log_cost: float) -> int:
    """Let the price follow costs and scarce stocks, and purity the price (Q3 to Q5).

    Prices rise faster than they fall, and purity falls in weeks and comes back in seasons.
    """
    cover = max(state[of.S_STOCK + drug] / (par[of.STOCK_COVER + drug] * due), _LEAST_COVER)
    goal = log_cost - par[of.SCARCITY_PRICE] * log(cover)
    way = 0 if goal > state[of.S_PRICE + drug] else 1
    state[of.S_PRICE + drug] += state[of.S_ANSWER + way] * (goal - state[of.S_PRICE + drug])
    purity = min(max(-par[of.SCARCITY_PURITY + drug] * state[of.S_PRICE + drug], -3.0), 0.5)
    gap = purity - state[of.S_PURITY + drug]
    state[of.S_PURITY + drug] += gap * state[of.S_ANSWER + (2 if gap < 0.0 else 3)]
    return 0


@njit
def _replace(state: Floats, par: Floats, drug: int, switches: Ints, wanted: float, due: float, step: float) -> int:
    """Let a nitazene-like drug come for part of what is missing of an illicit opioid, where that is assumed (Q6)."""
    if switches[of.W_REPLACE] == 1 and drug < _ILLICIT_OPIOIDS:
        missing = max(1.0 - wanted / due, 0.0)
        goal = par[of.REPLACEMENT_SHARE] * missing
        quicker = 1.0 - exp(-step / par[of.REPLACEMENT_TIME])
        state[of.S_REPLACED + drug] += quicker * (goal - state[of.S_REPLACED + drug])
    return 0


@njit
def _move(  # noqa: PLR0913, PLR0917 - compiled code makes no tuples to hand over
    state: Floats,
    par: Floats,
    drug: int,
    usual: float,
    due: float,
    wanted: float,
    precursor: float,
    capacity: float,
    step: float,
    share: float,
) -> int:
    """Move kilograms one short step: order, make, send, lose, sell (Q7 to Q12)."""
    stock, source, material = state[of.S_STOCK + drug], state[of.S_SOURCE + drug], state[of.S_PRECURSOR + drug]
    seized, spoilt = state[of.S_SEIZED_SHARE + drug], par[of.LOSS_RATE]
    usual_sent = usual * (1.0 + spoilt * par[of.STOCK_COVER + drug]) / (1.0 - state[of.S_SEIZED0 + drug])
    most = par[of.SLACK] * usual_sent * (1.0 + spoilt * par[of.SOURCE_COVER])
    order = max(due + spoilt * stock + (par[of.STOCK_COVER + drug] * due - stock) / par[of.RESTOCKING], 0.0)
    order /= 1.0 - seized
    # What is held at source is in step with what usually goes out: nobody makes for the peak of a shortage.
    aim = par[of.SOURCE_COVER] * due * (1.0 + spoilt * par[of.STOCK_COVER + drug]) / (1.0 - seized)
    making = max(order + spoilt * source + (aim - source) / par[of.RESTOCKING], 0.0)
    aim = par[of.PRECURSOR_COVER] * aim * (1.0 / par[of.SOURCE_COVER] + spoilt)
    bought = max(making + (aim - material) / par[of.RESTOCKING], 0.0)
    bought = min(bought, par[of.PRECURSOR_SLACK] / par[of.SLACK] * most * _left(par, drug, precursor))
    making = min(making, most * capacity, material / step + bought)
    sent = min(order, source * (1.0 / step - spoilt) + making)
    replaced = state[of.S_REPLACED + drug] * usual
    sold = min(wanted, stock * (1.0 / step - spoilt) + sent * (1.0 - seized) + replaced)
    lost = spoilt * (stock + source)
    # What is sent and sold is at most what is there: below 0 is rounding.
    state[of.S_PRECURSOR + drug] = max(material + (bought - making) * step, 0.0)
    state[of.S_SOURCE + drug] = max(source + (making - sent - spoilt * source) * step, 0.0)
    state[of.S_STOCK + drug] = max(stock + (sent * (1.0 - seized) + replaced - sold - spoilt * stock) * step, 0.0)
    return _book(state, drug, making + replaced, sent * seized, sold, lost, step, share)


@njit
def _left(par: Floats, drug: int, precursor: float) -> float:
    """Return the share of precursors that can still be had."""
    return float(max(1.0 + par[of.NEEDS_PRECURSOR + drug] * precursor, 0.0))
