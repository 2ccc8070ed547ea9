"""The budget frontier: the most deaths averted for each budget, and what cannot be placed on it.

Each priced lever whose result rests on data is run at a few strengths. For each budget one strength (or none) is
chosen per lever so that the sum of deaths averted is largest: exactly, as a multiple-choice knapsack (Kellerer,
Pferschy & Pisinger 2004, ch. 11; solved by HiGHS, Huangfu & Hall 2018), and by a greedy rule that climbs by deaths
averted per dollar. Sums of single effects only propose: every proposed mix is run as a whole, so what is shown holds
its interactions and its doubt. Levers that are assumption-driven are never ranked and stand apart, as do levers
without a public cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from counterflow.core.errors import InputError
from counterflow.strategy.compare.outcomes import deaths_averted
from counterflow.strategy.compare.runs import Floats, Interval, Ran, baseline, interval, run
from counterflow.strategy.compare.spending import spending
from counterflow.strategy.compare.worth import PRICE_YEAR, in_2022
from counterflow.strategy.doubt.again import second
from counterflow.strategy.doubt.labels import Label, label
from counterflow.strategy.doubt.shares import paired_shares
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.levers.registry import Lever, lever, levers
from counterflow.strategy.model.draws import Draws

__all__ = ["Apart", "Asked", "Frontier", "Mix", "frontier", "least_budget"]

#: strengths tried, as parts of a lever's ceiling
GRID = (0.03, 0.1, 0.25, 0.5, 1.0)
#: budgets shown, as parts of the one asked for
STEPS = (0.1, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a frontier is asked for.

    Args:
        budget: dollars of 2022 over the window, discounted: programme and medication together.
        start: calendar time at which every lever starts.
        scenario: base, constant, high or low.
        since: first year of the window.
        until: last year.
        names: levers to choose from; empty: all that are not published policies.

    Raises:
        InputError: the budget does not buy one kit.
        UnknownName: a lever is not known.
    """

    budget: float
    start: float = 2026.0
    scenario: str = "base"
    since: int = 2026
    until: int = 2032
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what buys nothing, and levers that are not known."""
        if not least_budget() <= self.budget < np.inf:
            hint = f"Valid: ${least_budget():,.0f} (one naloxone kit) or more, in dollars of 2022."
            raise InputError("This budget buys nothing.", column="budget", value=self.budget, hint=hint)
        for name in self.names:
            lever(name)


@dataclass(frozen=True, slots=True)
class Mix:
    """A mix on or under the frontier.

    Args:
        budget: the budget it was chosen for; None for a single lever.
        rule: "exact", "greedy" or "single".
        pulls: the levers with their strengths.
        outlay: programme and medication, dollars of 2022.
        averted: deaths averted when run as a whole.
        summed: deaths averted if the levers simply added up (median).
        dominated: another mix averts as many for no more money.
    """

    budget: float | None
    rule: str
    pulls: tuple[Pull, ...]
    outlay: Interval
    averted: Interval
    summed: float
    dominated: bool = False

    @property
    def words(self) -> str:
        """The mix in one line."""
        return " + ".join(f"{pull.name} {pull.strength:g}" for pull in self.pulls) or "nothing"


@dataclass(frozen=True, slots=True)
class Apart:
    """A lever that is not ranked, with the reason."""

    name: str
    strength: float
    averted: Interval
    why: str


@dataclass(frozen=True, slots=True)
class Frontier:
    """The answer: mixes by budget, then what stands apart."""

    asked: Asked
    mixes: tuple[Mix, ...]
    apart: tuple[Apart, ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    pull: Pull
    outlay: Floats
    averted: Floats


def least_budget() -> float:
    """Return what one naloxone kit costs, the least that buys anything here, in dollars of 2022."""
    cost = lever("naloxone_kits").cost
    return in_2022(cost.value or 0.0, cost.year or PRICE_YEAR)


def frontier(asked: Asked, draws: Draws) -> Frontier:
    """Return the budget frontier.

    Args:
        asked: budget and terms.
        draws: parameter vectors; a second set with the same informed block tells what rests on assumptions.
    """
    base, again = baseline(draws.values, asked.scenario), second(draws).values
    base_again = baseline(again, asked.scenario)
    tried: list[list[_Tried]] = []
    apart: list[Apart] = []
    for each in _candidates(asked):
        pull = _pull(each, each.usual, asked)
        verdict, averted = _verdict(pull, asked, draws.values, again, base, base_again)
        unpriced = _unpriced(each)
        if not verdict.ranked or unpriced:
            why = verdict.words if not verdict.ranked else f"{unpriced} {verdict.words}"
            apart.append(Apart(each.name, each.usual, interval(averted), why))
            continue
        tried.append([_try(_pull(each, each.most * part, asked), asked, draws.values, base) for part in GRID])
    return Frontier(asked, _mixes(tried, asked, draws.values, base), tuple(apart))


def _candidates(asked: Asked) -> list[Lever]:
    if asked.names:
        return [lever(name) for name in asked.names]
    return [each for each in levers() if not each.published]


def _unpriced(each: Lever) -> str:
    """Return why a lever has no price to rank it by, or nothing."""
    if each.cost.basis == "fixed_per_kg":
        return "Its cost is known of another drug and place only."
    return "No public cost found." if each.cost.value is None and each.cost.basis != "through_treatment" else ""


def _pull(each: Lever, strength: float, asked: Asked) -> Pull:
    return Pull(each.name, asked.start, each.ramp_years, strength)


def _verdict(
    pull: Pull, asked: Asked, values: Floats, again: Floats, base: Ran, base_again: Ran
) -> tuple[Label, Floats]:
    first, other = (
        deaths_averted(held, run((pull,), drawn, asked.scenario, reference=held), asked.since, asked.until)
        for held, drawn in ((base, values), (base_again, again))
    )
    return label(paired_shares(first, other, 1)[0]), first


def _try(pull: Pull, asked: Asked, values: Floats, base: Ran) -> _Tried:
    outlay, averted = _weighed((pull,), asked, values, base)
    return _Tried(pull, outlay, averted)


def _weighed(pulls: Sequence[Pull], asked: Asked, values: Floats, base: Ran) -> tuple[Floats, Floats]:
    turned = run(pulls, values, asked.scenario, reference=base)
    spent = spending(pulls, base, turned, asked.since, asked.until, 1)
    outlay = spent.treatment if spent.programme is None else spent.programme + spent.treatment
    return outlay, deaths_averted(base, turned, asked.since, asked.until)


def _mixes(tried: list[list[_Tried]], asked: Asked, values: Floats, base: Ran) -> tuple[Mix, ...]:
    found: dict[tuple[Pull, ...], Mix] = {}
    for steps in tried:
        for one in steps:
            found[one.pull,] = Mix(None, "single", (one.pull,), interval(one.outlay), interval(one.averted),
                                   float(np.median(one.averted)))  # fmt: skip
    for part in STEPS:
        budget = part * asked.budget
        for rule, chosen in (("exact", _exact(tried, budget)), ("greedy", _greedy(tried, budget))):
            pulls = tuple(one.pull for one in chosen)
            if not pulls or (pulls in found and found[pulls].rule != "single"):
                continue
            outlay, averted = _weighed(pulls, asked, values, base)
            summed = float(np.median(np.sum([one.averted for one in chosen], axis=0)))
            found[pulls] = Mix(budget, rule, pulls, interval(outlay), interval(averted), summed)
    held = sorted(found.values(), key=lambda mix: (mix.outlay.value, -mix.averted.value))
    best, out = -np.inf, []
    for mix in held:
        out.append(replace(mix, dominated=mix.averted.value <= best))
        best = max(best, mix.averted.value)
    return tuple(out)


def _exact(tried: list[list[_Tried]], budget: float) -> list[_Tried]:
    """Return the choice with the largest sum of mean deaths averted within the budget."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    flat = [one for steps in tried for one in steps]
    if not flat:
        return []
    gain = np.array([one.averted.mean() for one in flat])
    cost = np.array([np.median(one.outlay) for one in flat])
    owner = np.repeat(np.arange(len(tried)), [len(steps) for steps in tried])
    once = (owner[None, :] == np.arange(len(tried))[:, None]).astype(float)
    solved = milp(
        -gain / max(np.abs(gain).max(), 1e-9),
        integrality=np.ones(len(flat)), bounds=Bounds(0, 1),
        constraints=[LinearConstraint(once, -np.inf, 1), LinearConstraint(cost[None, :] / budget, -np.inf, 1)],
    )  # fmt: skip
    if solved.x is None:
        return []
    return [one for one, taken in zip(flat, solved.x, strict=True) if taken > 0.5]


def _greedy(tried: list[list[_Tried]], budget: float) -> list[_Tried]:
    """Return what climbing by deaths averted per dollar reaches within the budget."""
    level = [-1] * len(tried)

    def worth(place: int, step: int) -> tuple[float, float]:
        before = tried[place][level[place]] if level[place] >= 0 else None
        gain = tried[place][step].averted.mean() - (before.averted.mean() if before else 0.0)
        cost = np.median(tried[place][step].outlay) - (np.median(before.outlay) if before else 0.0)
        return float(gain), float(cost)

    left = budget
    while True:
        moves = [(place, step, *worth(place, step)) for place in range(len(tried))
                 for step in range(level[place] + 1, len(tried[place]))]  # fmt: skip
        open_moves = [move for move in moves if move[2] > 0 and move[3] <= left]
        if not open_moves:
            return [tried[place][step] for place, step in enumerate(level) if step >= 0]
        place, step, _, cost = max(open_moves, key=lambda move: move[2] / max(move[3], 1.0))
        level[place], left = step, left - cost
