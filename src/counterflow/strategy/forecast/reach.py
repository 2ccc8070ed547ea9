"""How far an action reaches in the market of an area: sales, price, what other drugs fill, what comes back.

The area is a small copy of the country's market (`model.market`, week by week): its flow is the country's, times its
part of the people, times its overdose rate over the country's. Nobody knows the flow of a county; that is part of the
doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.strategy.forecast.plan import Plan
from counterflow.strategy.model.layout import DRUGS
from counterflow.strategy.model.market import Push, packed, run_market
from counterflow.strategy.model.parameters import parameters

__all__ = ["KINDS_OF_DRUG", "MOST_EFFORT", "US_PEOPLE", "US_RATE", "Reach", "effort_for", "reach_of", "size_of_area"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
#: people of the United States in 2022 (Census Bureau, Vintage 2022) and deaths by opioid overdose per 100,000 of them
US_PEOPLE, US_RATE = 333_000_000.0, 24.9
KINDS_OF_DRUG = {
    "fentanyl": ("fentanyl", "heroin", "diverted_rx"),
    "heroin": ("fentanyl", "heroin", "diverted_rx"),
    "diverted_rx": ("fentanyl", "heroin", "diverted_rx"),
    "methamphetamine": ("methamphetamine", "cocaine"),
    "cocaine": ("methamphetamine", "cocaine"),
}
_YEARS, _WEEKS = 2, 52
_PARTS = 8
_TRIED = 48
#: rises of inspection that are tried; beyond some point shippers leave the routes and less is seized, not more
_EFFORTS = (0.5, 1.0, 2.0, 4.0, 6.0)
MOST_EFFORT = _EFFORTS[-1]


@dataclass(frozen=True)
class Reach:
    """What the action did in the area's market, one value per draw, shape (n,).

    Args:
        sold: relative change of what is sold of the drug, over the action and over the first twelve months.
        price: relative change of its price, likewise.
        filled: doses of other drugs of its kind that took its place, over all doses of the kind, first twelve months.
        back: share of what the action takes or addresses that reached users all the same, first twelve months.
        seized: pure kg seized beyond the usual while the action lasts.
    """

    sold: tuple[Floats, Floats]
    price: tuple[Floats, Floats]
    filled: Floats
    back: Floats
    seized: Floats


def size_of_area(plan: Plan) -> float:
    """Return the area's part of the country's market."""
    return plan.population / US_PEOPLE * (US_RATE if plan.rate is None else plan.rate) / US_RATE


def effort_for(plan: Plan, values: Floats) -> float:
    """Return the relative rise of inspection on every route that takes the stated kilograms, at the median draw.

    Raises:
        UsageError: no effort takes that much: the area does not hold it.
    """
    few = values[:_TRIED]
    area = size_of_area(plan)

    def taken(effort: float) -> float:
        return float(np.median(_extra_seized(few, plan, effort))) * area

    tried = [taken(effort) for effort in _EFFORTS]
    best = int(np.argmax(tried))
    if tried[best] < plan.size:
        place = parameters().place(f"consumed_{plan.drug}")
        flow = float(np.median(values[:, place])) * area * plan.months / 12
        raise UsageError(
            f"{plan.size:g} pure kg beyond the usual cannot be seized there in {plan.months} months.",
            hint=f"At most about {tried[best]:.2g} pure kg, as the model has it: some {flow:.2g} kg of {plan.drug} are"
            " used in the area in that time. Give pure kg (seized kg x purity), a larger area or more months.",
        )
    low, high = 0.0, _EFFORTS[best]
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if taken(middle) < plan.size else (low, middle)
    return (low + high) / 2


def _extra_seized(values: Floats, plan: Plan, effort: float) -> Floats:
    par, years = packed(values), max(plan.months, 1) / 12
    pushes = [Push(name, effort, 0.0, 0.0, years) for name in plan.of.mechanisms]
    turned, plain = (run_market(par, each, years=years, steps_per_year=_WEEKS) for each in (pushes, []))
    return np.asarray((turned.of("seized_total", plan.drug) - plain.of("seized_total", plan.drug))[:, -1])


def reach_of(plan: Plan, values: Floats, amounts: Floats, switches: Mapping[str, Ints]) -> Reach:
    """Return what the action does in the market.

    Args:
        plan: the action.
        values: parameter vectors, shape (n, P).
        amounts: value of the mechanisms at full strength, per draw, shape (n,).
        switches: structural switch ("" for none) -> draws that it is set in.
    """
    n, steps = len(values), _YEARS * _WEEKS
    series = {name: np.zeros((n, steps, len(DRUGS))) for name in ("sold", "price", "seized_total")}
    plain = {name: np.zeros((n, steps, len(DRUGS))) for name in series}
    for switch, mine in switches.items():
        order = mine[np.argsort(amounts[mine], kind="stable")]
        for part in (part for part in np.array_split(order, _PARTS) if len(part)):
            amount = float(amounts[part].mean())
            pushes = [Push(name, amount, 0.0, 0.0, plan.months / 12) for name in plan.of.mechanisms]
            on = {switch: 1} if switch else {}
            for into, each in ((series, pushes), (plain, [])):
                market = run_market(packed(values[part]), each, years=_YEARS, steps_per_year=_WEEKS, switches=on)
                for name, held in into.items():
                    held[part] = np.stack([market.of(name, drug) for drug in DRUGS], axis=2)
    return _read(plan, values, amounts, series, plain)


def _read(
    plan: Plan, values: Floats, amounts: Floats, turned: Mapping[str, Floats], plain: Mapping[str, Floats]
) -> Reach:
    at, held = DRUGS.index(plan.drug), parameters()
    during = slice(0, max(1, min(round(plan.months / 12 * _WEEKS), _YEARS * _WEEKS)))
    year = slice(0, _WEEKS)

    def relative(name: str, window: slice) -> Floats:
        after, before = (of[name][:, window, at].mean(axis=1) for of in (turned, plain))
        return np.asarray(after / before - 1)

    others = [d for d in KINDS_OF_DRUG[plan.drug] if d != plan.drug]
    doses = {d: values[:, held.place(f"dose_share_{d}")] for d in (*others, plan.drug)}
    filled = sum(doses[d] * _moved(turned, plain, DRUGS.index(d), year) for d in others) / sum(doses.values())
    lost = -_moved(turned, plain, at, year) * values[:, held.place(f"consumed_{plan.drug}")]
    seized = (turned["seized_total"] - plain["seized_total"])[:, during.stop - 1, at]
    first = min(plan.months, 12) / 12
    addressed = np.abs(amounts) * values[:, held.place(f"consumed_{plan.drug}")] * first * _part_addressed(plan, values)
    taken = seized if plan.of.parameter == "" else addressed
    back = 1 - lost / np.maximum(taken, 1e-9)
    scale = size_of_area(plan)
    return Reach(
        (relative("sold", during), relative("sold", year)),
        (relative("price", during), relative("price", year)),
        np.asarray(filled), np.asarray(back), np.asarray(seized * scale),
    )  # fmt: skip


def _moved(turned: Mapping[str, Floats], plain: Mapping[str, Floats], at: int, window: slice) -> Floats:
    after, before = (of["sold"][:, window, at].mean(axis=1) for of in (turned, plain))
    return np.asarray(after / before - 1)


def _part_addressed(plan: Plan, values: Floats) -> Floats:
    """Return which part of the drug's flow goes through what the action addresses."""
    names = {
        "takedown": "sold_online", "listing": "needs_network", "scheduling": "needs_precursor",
        "broker-removal": "needs_network",
    }  # fmt: skip
    if plan.kind not in names:
        return np.ones(len(values))
    return np.asarray(values[:, parameters().place(f"{names[plan.kind]}_{plan.drug}")])
