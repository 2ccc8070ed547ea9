"""What a mix changes: deaths, disorder, life years, dollars, care, burden and the market, side by side.

Every figure is the difference to the run without the mix on the same draw, over a window of years: median over draws
with a 95 % interval. Seizures, arrests and inspections are activity and stand beside the harm they are said to
prevent; they are never success.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from counterflow.strategy.compare.groups import vehicles_stopped
from counterflow.strategy.compare.runs import LEVEL, Floats, Ran, interval, total, years_of
from counterflow.strategy.compare.spending import Spending, reach, spending
from counterflow.strategy.compare.worth import STATES, discounted, drawn_weights
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import lever

__all__ = ["Outcome", "deaths_averted", "life_years", "outcomes", "warnings"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of a mix against none.

    Args:
        name: its name.
        words: what it is.
        unit: its unit.
        value: median over draws; None where it cannot be said, then `note` says why.
        low: lower end of the interval.
        high: upper end.
        level: what share of draws lies inside.
        activity: whether it counts activity, which is no success.
        note: what else must be known.
    """

    name: str
    words: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    level: float = LEVEL
    activity: bool = False
    note: str = ""


def deaths_averted(base: Ran, turned: Ran, since: int, until: int) -> Floats:
    """Return overdose deaths averted in a window of years, shape (n,)."""
    return total(base, "overdose_deaths", since, until) - total(turned, "overdose_deaths", since, until)


def life_years(base: Ran, turned: Ran, since: int, until: int, seed: int) -> Floats:
    """Return quality-adjusted life years gained inside the window, discounted, shape (n,).

    Everybody who uses, is treated, in recovery or in custody counts with the weight of that state. The number of
    people is conserved but for deaths, so whoever a mix keeps out of these states and alive is counted with the
    weight of people who never used. What a life saved brings after the window is not counted.
    """
    weights = drawn_weights(len(base.values), seed)
    window = years_of(since, until)
    before, after = (_lived(out, weights, window) for out in (base, turned))
    dead = _dead(turned, window) - _dead(base, window)
    outside = -dead - (after[1] - before[1])
    return discounted(after[0] - before[0] + weights["never"][:, None] * outside)


def _lived(out: Ran, weights: dict[str, Floats], window: slice) -> tuple[Floats, Floats]:
    """Return weighted and plain years lived by people of the model in each calendar year, shape (n, years) each."""
    illicit, rx = out.of("illicit_disorder")[:, window], out.of("rx_disorder")[:, window]
    share = illicit / np.maximum(illicit + rx, 1e-9)
    mixed = share * weights["illicit_untreated"][:, None] + (1 - share) * weights["rx_untreated"][:, None]
    plain = (out.of("disorder_untreated") - out.of("in_custody"))[:, window]
    weighted = mixed * plain
    for name, state in STATES.items():
        people = out.of(name)[:, window]
        plain, weighted = plain + people, weighted + weights[state][:, None] * people
    return weighted, plain


def _dead(out: Ran, window: slice) -> Floats:
    """Return deaths so far, at the middle of each calendar year, shape (n, years)."""
    each = (out.of("overdose_deaths") + out.of("other_deaths"))[:, window]
    return np.asarray(each.cumsum(axis=1) - each / 2)


def _said(name: str, words: str, unit: str, draws: Floats, note: str = "", *, activity: bool = False) -> Outcome:
    found = interval(draws)
    return Outcome(name, words, unit, found.value, found.low, found.high, LEVEL, activity, note)


#: name, variable, words, unit, activity: sums over the window, with minus without
_SUMS = (
    ("nonfatal_overdoses", "nonfatal_overdoses", "overdoses survived, change", "overdoses", False),
    ("disorder_person_years", "disorder_person_years", "years lived with a disorder, change", "person-years", False),
    ("illicit_initiation", "illicit_initiation", "people who start illicit opioids, change", "people", False),
    ("arrests", "arrests", "arrests of people with a disorder, change", "arrests", True),
    ("seized_fentanyl", "seized_fentanyl", "fentanyl seized, change", "pure kg", True),
    ("seized_heroin", "seized_heroin", "heroin seized, change", "pure kg", True),
    ("seized_methamphetamine", "seized_methamphetamine", "methamphetamine seized, change", "pure kg", True),
    ("seized_cocaine", "seized_cocaine", "cocaine seized, change", "pure kg", True),
    ("inspections", "inspections", "inspections, change", "years of today's inspections", True),
)  # fmt: skip
#: name, variable, words, unit: level in the last year, with minus without
_LEVELS = (
    ("treatment_gap", "treatment_gap", "share with a disorder but no medication, last year, change", "share"),
    ("in_custody", "in_custody", "people with a disorder in custody, last year, change", "people"),
    ("interdiction_share", "interdiction_share", "share of the illicit opioid flow seized, last year, change", "share"),
)  # fmt: skip
#: name, variable, words: relative change in the last year
_RELATIVE = (
    ("price", "illicit_opioid_price", "price of illicit opioids per pure unit, last year, relative change"),
    ("purity", "illicit_opioid_purity", "mean dose of illicit opioids, last year, relative change"),
    ("availability", "illicit_opioid_availability", "availability of illicit opioids, last year, relative change"),
    ("stimulant_price", "stimulant_price", "price of stimulants, last year, relative change"),
)  # fmt: skip


def outcomes(
    pulls: Sequence[Pull], base: Ran, turned: Ran, *, since: int = 2022, until: int = 2032, seed: int = 1
) -> tuple[Outcome, ...]:
    """Return every outcome of a mix.

    Args:
        pulls: the mix, for what it costs.
        base: run without it.
        turned: run with it, on the same draws.
        since: first year of the window.
        until: last year.
        seed: seed of weights and prices.
    """
    averted = deaths_averted(base, turned, since, until)
    before = total(base, "overdose_deaths", since, until)
    qalys = life_years(base, turned, since, until, seed)
    spent = spending(pulls, base, turned, since, until, seed)
    last = years_of(until, until)
    return (
        _said("deaths_averted", "overdose deaths averted", "deaths", averted),
        _said("deaths_relative", "overdose deaths, relative change", "share", -averted / before),
        *(_said(name, words, unit, total(turned, of, since, until) - total(base, of, since, until), activity=activity)
          for name, of, words, unit, activity in _SUMS[:3]),
        _said("qalys", "quality-adjusted life years gained in the window, discounted 3 %", "QALY", qalys),
        *_money(spent, averted, qalys),
        *(_said(name, words, unit, (turned.of(of) - base.of(of))[:, last][:, 0], activity=name == "interdiction_share")
          for name, of, words, unit in _LEVELS),
        *(_said(name, words, unit, total(turned, of, since, until) - total(base, of, since, until), activity=activity)
          for name, of, words, unit, activity in _SUMS[3:]),
        *_stops(pulls, until),
        *(_said(name, words, "share", (turned.of(of) / base.of(of) - 1)[:, last][:, 0])
          for name, of, words in _RELATIVE),
    )  # fmt: skip


def _stops(pulls: Sequence[Pull], until: int) -> tuple[Outcome, ...]:
    added = sum(
        pull.strength * float(reach(pull, until, until)[0])
        for pull in pulls
        if lever(pull.name).name == "scanning_cars"
    )
    if not added:
        return ()
    stops = vehicles_stopped(added)
    note = "activity, not success; who sits in them is not published, so it cannot be told by group"
    words = "passenger vehicles from Mexico stopped for a scan, last year, more"
    return (Outcome("vehicles_stopped", words, "million vehicles", stops, stops, stops, LEVEL, True, note),)


def _money(spent: Spending, averted: Floats, qalys: Floats) -> tuple[Outcome, ...]:
    unit = "dollars of 2022"
    told = f"No public cost found for {', '.join(spent.unpriced)}; give cost_usd_per_year in the policy."
    whole = spent.total

    def money(name: str, words: str, draws: Floats | None) -> Outcome:
        if draws is None:
            return Outcome(name, words, unit, None, None, None, note=told)
        return _said(name, words, unit, draws)

    return (
        money("cost_programme", "cost of the programme", spent.programme),
        money("cost_treatment", "cost of medication, change", spent.treatment),
        money("cost_health_care", "cost of other health care, change", spent.health_care),
        money("cost_criminal_justice", "cost of arrests and custody, change", spent.criminal_justice),
        money("cost_total", "all four together, change", whole),
        _ratio("cost_per_death_averted", "cost per death averted", whole, averted, told),
        _ratio("cost_per_qaly", "cost per quality-adjusted life year", whole, qalys, told),
    )


def _ratio(name: str, words: str, cost: Floats | None, gained: Floats, told: str) -> Outcome:
    """Return a cost-effectiveness ratio of medians; none where the gain may be none, or where it saves money."""
    unit = "dollars of 2022"
    empty: Callable[[str], Outcome] = lambda why: Outcome(name, words, unit, None, None, None, note=why)  # noqa: E731
    if cost is None:
        return empty(told)
    if np.quantile(gained, 0.025) <= 0:
        return empty("The interval of what is gained holds zero: no ratio.")
    if np.quantile(cost, 0.5) <= 0:
        return empty("It costs less than nothing at the median: no ratio, it saves money.")
    return _said(name, words, unit, cost / gained, "Interval over draws of the ratio.")


def warnings(found: Sequence[Outcome]) -> tuple[str, ...]:
    """Return what must not be overlooked in outcomes: gains that may be none, and activity without effect."""
    held, said = {each.name: each for each in found}, []
    averted, seized, offered = (held[name] for name in ("deaths_averted", "seized_fentanyl", "availability"))
    if _may_be_none(averted):
        said.append("The interval holds zero: this does not say that the mix averts deaths.")
    if seized.low is not None and seized.low > 0 and _may_be_none(offered):
        said.append("Seizures rose, availability did not: what is seized is replaced.")
    return tuple(said)


def _may_be_none(each: Outcome) -> bool:
    return each.low is None or each.high is None or each.low <= 0 <= each.high
