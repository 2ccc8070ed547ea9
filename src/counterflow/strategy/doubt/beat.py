"""Ask of the model what would have to be true for one policy to beat another.

Every parameter is drawn as ever: what data inform from the posterior, the rest from its prior. Structures that need no
refit are drawn in equal number. `beyond` widens the priors of all that no data inform (twice as far from the middle for
2), for policies that never win inside what the sources say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.strategy.doubt.again import truly_informed
from counterflow.strategy.doubt.discovery import FEWEST, Answer, Column, conditions
from counterflow.strategy.doubt.questions import Asked, results
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.doubt.structures import Structure, assigned, questions, switches_of
from counterflow.strategy.levers.policy import Policy, Pull
from counterflow.strategy.model.draws import draw, prior_quantiles
from counterflow.strategy.model.layout import SWITCHES, VARIABLES, places
from counterflow.strategy.model.parameters import parameters

__all__ = ["Beaten", "Search", "across_structures", "beat", "less_is_better"]

MOST_BEYOND = 4.0
_MORE_IS_BETTER = (
    "deaths_averted_by_kits", "on_buprenorphine", "on_methadone", "on_naltrexone", "remission_early",
    "remission_stable", "never",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How to search.

    Args:
        n: draws, 200 or more.
        seed: seed of the draws.
        beyond: how far to widen what no data inform, 1 to 4; where 1 leaves too few draws ahead, 2 is asked as well.
        density: share of draws ahead that the conditions should reach, .5 to below 1.
        most: conditions at most, 1 to 8.

    Raises:
        UsageError: out of range.
    """

    n: int = 2000
    seed: int = 1
    beyond: float = 1.0
    density: float = 0.75
    most: int = 4

    def __post_init__(self) -> None:
        if (
            self.n < 200
            or not 1 <= self.beyond <= MOST_BEYOND
            or not 0.5 <= self.density < 1
            or not 1 <= self.most <= 8
        ):
            raise UsageError(
                "The search cannot be asked for like this.",
                hint=f"Valid: 200 draws or more, ranges widened 1 to {MOST_BEYOND:g} times, a density from .5 to below "
                "1, 1 to 8 conditions.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beaten:
    """The answer, and what was asked.

    Args:
        policies: names of the two.
        asked: outcome, scenario and years.
        seed: seed of the draws.
        beyond: how far the ranges of what no data inform were widened; 1 is as the sources say.
        within: the answer inside the sources' ranges, where `beyond` was widened because it had too few draws ahead.
        answer: the answer.
        lost: draws left out, since a run did not stay finite.
    """

    policies: tuple[str, str]
    asked: Asked
    seed: int
    beyond: float
    within: Answer | None
    answer: Answer
    lost: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """The answer in plain words."""
        left_out = (f"Left out, since a run did not stay finite: {self.lost:,} more.",) if self.lost else ()
        if self.within is None:
            return (*self.answer.words, *left_out)
        wider = f"With ranges {self.beyond:g} times as wide as the sources', for all that no data inform:"
        return (f"Inside what the sources say: {self.within.words[0]}", wider, *self.answer.words, *left_out)

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "a": self.policies[0], "b": self.policies[1], "outcome": self.asked.outcomes[0],
            "scenario": self.asked.scenario, "since": self.asked.since, "until": self.asked.until,
            "model_version": parameters().version, "seed": self.seed, "beyond": self.beyond, "draws_lost": self.lost,
            "within_sources": None if self.within is None else self.within.as_dict(), **self.answer.as_dict(),
            "words": list(self.words), "method": "PRIM (Friedman & Fisher 1999; Bryant & Lempert 2010), half held out",
        }  # fmt: skip


def less_is_better(outcome: str) -> bool:
    """Return whether less of an outcome is better.

    Raises:
        UsageError: it counts activity, which is no success, or it is neither good nor bad by itself.
    """
    held = next(v for v in VARIABLES if v.name == outcome)
    if held.activity:
        raise UsageError(
            f"{outcome} counts activity: more of it is neither success nor failure.",
            hint="Compare by an outcome, such as overdose_deaths or disorder_person_years.",
        )
    if held.kind == "index":
        raise UsageError(
            f"{outcome} is a state of the market, neither good nor bad by itself.",
            hint="Say which way is better (--better more or --better less), or compare by overdose_deaths.",
        )
    return outcome not in _MORE_IS_BETTER


def beat(
    a: Policy, b: Policy, *, asked: Asked | None = None, search: Search | None = None, better_less: bool | None = None
) -> Beaten:
    """Return what would have to be true for `a` to beat `b`.

    Args:
        a: the policy that would have to win.
        b: the other.
        asked: one outcome, scenario and years.
        search: how to search.
        better_less: whether less of the outcome is better; by its nature where None.

    Raises:
        UsageError: an outcome that cannot be compared by.
    """
    wanted, how = asked or Asked(), search or Search()
    sign = 1.0 if (less_is_better(wanted.outcomes[0]) if better_less is None else better_less) else -1.0

    lost: list[int] = []

    def at(width: float) -> Answer:
        table, columns, answers = _drawn(how.n, how.seed, width)
        found = across_structures(table[:, : len(parameters().rows)], answers, (a.pulls, b.pulls), wanted)
        lead = sign * (found[2, :, 0] - found[1, :, 0])
        good = require_finite(lead)
        table, lead = table[good], lead[good]
        lost.append(int((~good).sum()))
        varies = [k for k in range(len(columns)) if table[:, k].min() < table[:, k].max()]
        return conditions(
            table[:, varies], lead, [columns[k] for k in varies], how.seed, names=(a.name, b.name),
            density=how.density, most=how.most,
        )  # fmt: skip

    answer = at(how.beyond)
    within, beyond = None, how.beyond
    if beyond == 1 and answer.ahead * how.n < FEWEST:
        within, beyond = answer, 2.0
        answer = at(beyond)
    return Beaten(
        policies=(a.name, b.name), asked=wanted, seed=how.seed, beyond=beyond, within=within, answer=answer,
        lost=lost[-1],
    )  # fmt: skip


def _open_questions() -> dict[str, tuple[Structure, ...]]:
    """Return the questions of structure that need no refit: on the past, every answer gives the same run."""
    return {name: answers for name, answers in questions().items() if not any(s.data_speak for s in answers)}


def _drawn(n: int, seed: int, beyond: float) -> tuple[Floats, list[Column], npt.NDArray[np.int64]]:
    """Return a table of parameters and answers (n, P + questions), what each column is, and the answers alone."""
    held, draws = parameters(), draw(n, seed)
    values = draws.values
    if beyond != 1:
        # The very shares that `draw` used, pushed outwards: draw n says the same thing, further out.
        shares = np.clip(generator(seed, "strategy", "prior").random(values.shape), 1e-9, 1 - 1e-9)
        wide = prior_quantiles(np.clip(ndtr(beyond * ndtri(shares)), 1e-12, 1 - 1e-12), held)
        values = np.where(draws.informed, values, wide)
    names = list(questions())
    open_ones = _open_questions()
    picked = assigned(n, seed, alike=True)[:, [names.index(name) for name in open_ones]]
    informed = truly_informed(draws)
    columns = [_column(place, bool(informed[place]), values[:, place]) for place in range(len(held.rows))]
    columns += [Column(name=name, kinds=tuple(s.name for s in answers)) for name, answers in open_ones.items()]
    return np.column_stack([values, picked]), columns, picked


def _column(place: int, informed: bool, drawn: Floats) -> Column:
    row = parameters().rows[place]
    low, value, high = (row.low, row.value, row.high)
    if informed:
        low, value, high = (float(x) for x in np.quantile(drawn, (0.025, 0.5, 0.975)))
    return Column(name=row.name, unit=row.unit, low=low, value=value, high=high, source=row.source, informed=informed)


def across_structures(
    values: Floats, answers: npt.NDArray[np.int64], policies: Sequence[Sequence[Pull]], asked: Asked
) -> Floats:
    """Return results (1 + policies, n, outcomes), each draw under the structures that it was given.

    Args:
        values: parameter vectors (n, P).
        answers: place of the answer to each question that needs no refit, (n, questions).
        policies: mixes of levers.
        asked: which results; its switches hold for every draw.
    """
    from counterflow.strategy.model.engine import switch_row

    where = places(SWITCHES)
    rows = np.tile(switch_row(dict(asked.switches)), (len(values), 1))
    for column, held in enumerate(_open_questions().values()):
        for k, answer in enumerate(held):
            for name, value in switches_of(answer):
                rows[answers[:, column] == k, where[name]] = value
    return results(values, policies, asked, rows)
