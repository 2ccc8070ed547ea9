"""V6 and V7: does supply do what supply is known to do? The shock is read here anew from the market's own paths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.metrics import wilson
from counterflow.strategy.validate.rows import Row, row
from counterflow.strategy.validate.setting import Setting, end_of

__all__ = ["check", "check_1992", "in_order", "months_to_half"]

Floats = npt.NDArray[np.float64]
_STEPS, _START, _YEARS = 104, 0.5, 5.0
_AS_OF = end_of(2022)
_LOST = 0.75
#: cost over treatment, as found
_FOUND = {"domestic": 4.4, "interdiction": 6.2, "source_country": 13.3}
_DISPLACED = "route: fall of the net flow against one with no adaptation"


def check(setting: Setting) -> list[Row]:
    """Return the rows of V6."""
    from counterflow.strategy.model.market_facts import stylised_facts

    draws = 100 if setting.quick else 200
    facts = stylised_facts(draws, setting.seed)
    rows = _shock(setting, draws)
    for fact in facts:
        interval = (fact.low, fact.high)
        if fact.name == _DISPLACED:
            rows.append(row("V6.displacement", fact.value, interval, n=draws, as_of=_AS_OF, note=fact.note))
        elif not fact.name.startswith("shortage:"):
            note = f"{fact.unit}; the owner's range {fact.bar[0]:g} to {fact.bar[1]:g}. {fact.note}"
            rows.append(row("V6.fact", fact.value, interval, of=fact.name, note=note, n=draws, as_of=_AS_OF,
                            source=fact.source))  # fmt: skip
    return rows


def _shock(setting: Setting, draws: int) -> list[Row]:
    """Return what the loss of precursors does to price and harm, read from the paths."""
    from counterflow.strategy.model.market import Push, packed, run_market

    par = packed(setting.draws.values[:draws])
    market = run_market(par, [Push("precursor_supply", -_LOST, _START)], years=_YEARS, steps_per_year=_STEPS)
    price = market.of("price", "methamphetamine")
    harm = market.of("harm", "methamphetamine")
    before = price[:, round(_START * _STEPS) - 1]
    peak = price.max(axis=1) / before
    top, half = months_to_half(price / before[:, None] - 1)
    bottom, harm_half = months_to_half(1 - harm / harm[:, :1])
    later = bottom + harm_half > top + half
    count = int(later.sum())
    from_shock = np.median(top + half)
    peaks = f"{np.mean((peak >= 2.5) & (peak <= 3.5)):.0%} of draws inside; interval far wider than the bar"
    halves = f"{from_shock:.1f} months after the shock itself; {np.mean((half >= 2) & (half <= 6)):.0%} of draws inside"
    harms = f"harm halfway back {np.median(bottom + harm_half):.0f} months after the shock, price {from_shock:.0f}"
    made = (
        ("shock_peak", float(np.median(peak)), _interval(peak), peaks),
        ("shock_half", float(np.median(half)), _interval(half), halves),
        ("harm_later", count / len(par), wilson(count, len(par)), harms),
    )
    return [row(f"V6.{name}", value, ends, n=len(par), as_of=_AS_OF, note=note) for name, value, ends, note in made]


def check_1992(setting: Setting) -> list[Row]:
    """Return the rows of V7: the order where prices add up, and where they may multiply; ratios beside those found."""
    from counterflow.strategy.model.cocaine_1992 import PROGRAMMES, costs_1992

    draws = 100 if setting.quick else 200
    rows = []
    for bar, additive in (("V7.order", True), ("V7.order_free", False)):
        costs = costs_1992(draws, setting.seed, additive=additive).values
        count = int(in_order([costs[name] for name in PROGRAMMES]).sum())
        middle = ", ".join(f"{name} {np.median(costs[name]):,.0f}" for name in PROGRAMMES)
        note = f"medians, million USD of 1992: {middle}"
        rows.append(row(bar, count / draws, wilson(count, draws), n=draws, as_of=_AS_OF, note=note))
        if additive:
            first = costs[PROGRAMMES[0]]
            for name, found in _FOUND.items():
                value = float(np.median(costs[name]) / np.median(first))
                rows.append(row("V7.ratio", value, _interval(costs[name] / first), n=draws, as_of=_AS_OF, of=name,
                                note=f"found {found:g}; the method was criticised by NRC 1999"))  # fmt: skip
    return rows


def in_order(costs: list[Floats]) -> npt.NDArray[np.bool_]:
    """Return in which draws each cost is below the next and all are finite.

    >>> in_order([np.array([1.0, 3.0]), np.array([2.0, 2.0])]).tolist()
    [True, False]
    """
    table = np.stack(costs)
    return np.asarray((np.diff(table, axis=0) > 0).all(axis=0) & np.isfinite(table).all(axis=0))


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def months_to_half(excess: Floats) -> tuple[Floats, Floats]:
    """Return when an excess peaks (months after the push), and how many months later it is half; infinite if never.

    Args:
        excess: shape (n, steps), 0 before the push.
    """
    places = np.arange(excess.shape[1])
    top = excess.argmax(axis=1)
    halved = (excess <= excess.max(axis=1)[:, None] / 2) & (places > top[:, None])
    first = np.where(halved.any(axis=1), halved.argmax(axis=1), np.inf)
    month = 12 / _STEPS
    return (top + 1) * month - _START * 12, (first - top) * month
