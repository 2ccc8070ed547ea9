"""The alarm that is meant where no method is named: chosen on the user's own past, held to a budget of false alarms.

Every verdict rests on earlier periods only: the expectation, the rule chosen, and how strange a count must be. A period
is an alarm where counts so strange came in at most `budget` of the series-periods of the two years before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.watch.alarms.judged import NOT_JUDGED, Judged
from counterflow.watch.detect.baseline import Baseline, Rule, foresee
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.calibrate import Past, add_past, own_share, rank, tails, threshold
from counterflow.watch.detect.choose import Choice, choose
from counterflow.watch.detect.realised import Realised, realised
from counterflow.watch.detect.strange import enough, strangeness
from counterflow.watch.grid import Grid

__all__ = ["METHOD", "SOURCES", "Threshold", "Verdict", "judge", "scorer", "seasons", "strangeness_of"]

Floats = npt.NDArray[np.float64]

#: the word for it where methods are named
METHOD = "default"
SOURCES = (
    "discounted Gamma-Poisson level: West & Harrison 1997, ch. 14; gap before the judged period: Stern & Lightfoot"
    " 1999; fading sum of recent counts: Frisen 2003; rank among the past: Vovk, Gammerman & Shafer 2005;"
    " outbreaks put in: Noufaily et al. 2013"
)
#: series judged at a time: what is worked on stays small whatever the number of series
_BLOCK = 4096
#: years of the past that a threshold rests on
_YEARS = 2


@dataclass(frozen=True)
class Threshold:
    """What the verdicts rest on.

    Args:
        budget: as it was given.
        rate: false alarms per series-period that it comes to.
        choices: rule in force from each year on, oldest first.
        strange: how strange (-log10 of the model's tail) a period of an unremarkable series must be, shape (T,).
        rested: series-periods of the past that the last period's threshold rests on.
        realised: alarms per series-period over the periods judged with at least a year of judged past.
        said: in sentences, for the reader.
    """

    budget: Budget
    rate: float
    choices: tuple[Choice, ...]
    strange: Floats
    rested: int
    realised: Realised
    said: tuple[str, ...]

    @property
    def chosen(self) -> Choice:
        """The rule in force at the end."""
        return self.choices[-1]

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON and receipts."""
        return {
            "budget": self.budget.said(),
            "rate": self.rate,
            "chosen": self.chosen.name,
            "rule": self.chosen.rule.as_dict(),
            "choices": [{"from": c.start, "name": c.name, "seen": c.seen, "said": c.said} for c in self.choices],
            "threshold": float(self.strange[-1]) if len(self.strange) else None,
            "rests_on_series_periods": self.rested,
            "realised": self.realised.as_dict(),
            "said": list(self.said),
        }


@dataclass(frozen=True)
class Verdict:
    """Verdicts of the default, and what they rest on; arrays of shape (S, T).

    Args:
        judged: the verdicts.
        threshold: what they rest on, for all series.
        baseline: expectation, its doubt and the spread.
        bar: strangeness from which a period is an alarm.

    `judged.score` is how rare such a period was: -log10 of the rate at which periods so strange came in the past. An
    alarm is a score of at least -log10 of the budget's rate, so 2 for one in a hundred; other rules (`family`) may take
    it for a p-value against "nothing has begun".
    """

    judged: Judged
    threshold: Threshold
    baseline: Baseline
    bar: Floats


def seasons(grid: Grid) -> npt.NDArray[np.int64]:
    """Return the place of each period in the year, from 0."""
    return grid.t % grid.frequency if grid.season is None else grid.season


def judge(grid: Grid, budget: Budget | float, *, rule: Rule | None = None, seed: int = 1) -> Verdict:
    """Judge every period of every series.

    Args:
        grid: counts; nothing after a period has any part in its verdict.
        budget: false alarms that are borne; a plain number is per series and period.
        rule: this rule instead of one chosen on the past.
        seed: of the outbreaks put into the past to choose a rule.
    """
    asked = budget if isinstance(budget, Budget) else Budget(float(budget))
    rate = asked.rate(grid.counts.shape[0], grid.grain)
    choices = _choices(grid, rate, seed) if rule is None else (Choice(0, "given", rule, {}, "the rule was given"),)
    strange, baseline = _strangeness(grid, choices)
    past = Past.none(len(grid.t))
    for block in _blocks(len(strange)):
        add_past(past, strange[block])
    window = _YEARS * grid.frequency
    tail = tails(past, window)
    bar, rarity, upper = np.empty_like(strange), np.empty_like(strange), np.empty_like(strange)
    alarm = np.empty(strange.shape, np.int8)
    for block in _blocks(len(strange)):
        ranked = rank(strange[block], tail)
        own = own_share(ranked, window)
        rarity[block] = ranked - own
        # Nothing is strange enough that is not above its expectation, whatever the budget.
        bar[block] = np.maximum(threshold(tail, own - np.log10(rate)), 1e-9)
        part = Baseline(baseline.mean[block], baseline.doubt[block], baseline.spread[block])
        upper[block] = _upper(grid.counts[block], part, choices, bar[block])
        over = np.nan_to_num(strange[block]) >= bar[block]
        alarm[block] = np.where(np.isnan(strange[block]), NOT_JUDGED, over)
    judged = Judged(METHOD, baseline.mean, upper, rarity, alarm, _first(grid.counts))
    rested = int(past.seen[max(len(grid.t) - 1 - window, 0) : -1].sum()) if len(grid.t) else 0
    achieved = realised(alarm, since=_after_a_year(past, grid.frequency))
    said = _said(grid, asked, rate, choices, rested, achieved, strange)
    usual = threshold(tail, np.full((1, len(grid.t)), -np.log10(rate)))[0]
    return Verdict(judged, Threshold(asked, rate, choices, usual, rested, achieved, said), baseline, bar)


def _blocks(series: int) -> list[slice]:
    return [slice(at, min(at + _BLOCK, series)) for at in range(0, series, _BLOCK)]


def strangeness_of(grid: Grid, choices: tuple[Choice, ...]) -> Floats:
    """Return -log10 of the model's tail for each period, under the rule in force then; NaN where not judged."""
    return _strangeness(grid, choices)[0]


def scorer(grid: Grid, split: int, rate: float = 0.01, seed: int = 1) -> Callable[[Grid], Floats]:
    """Return what scores grids of the same periods, with rules chosen before `split` and ranks in this one's past."""
    choices = _choices(grid, rate, seed, split)
    past, window = Past.none(len(grid.t)), _YEARS * grid.frequency
    add_past(past, _strangeness(grid, choices)[0])
    tail = tails(past, window)

    def score(other: Grid) -> Floats:
        ranked = rank(_strangeness(other, choices)[0], tail)
        return ranked - own_share(ranked, window)

    return score


def _choices(grid: Grid, rate: float, seed: int, until: int | None = None) -> tuple[Choice, ...]:
    """Return the rule for each year, chosen on what lies before it; none is chosen anew after `until`."""
    season, step = seasons(grid), grid.frequency
    last = len(grid.t) if until is None else min(until + 1, len(grid.t))
    starts = [0, *range(2 * step, last, step)]
    found = [choose(grid.counts, season, step, grid.grain, rate, start, seed) for start in starts]
    return tuple(c for i, c in enumerate(found) if i == 0 or c.seen or c.name != found[i - 1].name)


def _spans(choices: tuple[Choice, ...], periods: int) -> list[tuple[Rule, slice]]:
    ends = [each.start for each in choices[1:]] + [periods]
    return [(each.rule, slice(each.start, end)) for each, end in zip(choices, ends, strict=True)]


def _strangeness(grid: Grid, choices: tuple[Choice, ...]) -> tuple[Floats, Baseline]:
    """Return the strangeness and the expectation of each period under the rule in force then."""
    shape, season = grid.counts.shape, seasons(grid)
    strange, made = np.full(shape, np.nan), [np.full(shape, np.nan) for _ in range(3)]
    by_rule: dict[Rule, list[slice]] = {}
    for rule, span in _spans(choices, shape[1]):
        by_rule.setdefault(rule, []).append(span)
    for block in _blocks(shape[0]):
        for rule, spans in by_rule.items():
            counts = grid.counts[block]
            seen = foresee(counts, season, grid.frequency, rule)
            found = strangeness(counts, seen, rule)
            for span in spans:
                strange[block, span] = found[:, span]
                for whole, part in zip(made, (seen.mean, seen.doubt, seen.spread), strict=True):
                    whole[block, span] = part[:, span]
    return strange, Baseline(*made)


def _upper(counts: Floats, baseline: Baseline, choices: tuple[Choice, ...], own: Floats) -> Floats:
    """Return the count above which each period is an alarm; NaN where it is not judged."""
    found = np.full(counts.shape, np.nan)
    for rule in dict.fromkeys(choice.rule for choice in choices):
        spans = [span for each, span in _spans(choices, counts.shape[1]) if each == rule]
        of_rule = enough(counts, baseline, rule, own)
        for span in spans:
            found[:, span] = of_rule[:, span]
    return np.where(np.isnan(counts), np.nan, found)


def _first(counts: Floats) -> npt.NDArray[np.int64]:
    """Return the first known period of each series, or -1: every period since has a part, fading."""
    known = ~np.isnan(counts)
    return np.where(known.any(axis=1), known.argmax(axis=1), -1).astype(np.int64)


def _after_a_year(past: Past, frequency: int) -> int:
    """Return the first period before which anything was judged for a year."""
    judged = np.flatnonzero(past.seen.sum(axis=1) > 0)
    return int(judged[0]) + frequency if len(judged) else len(past.seen)


def _said(
    grid: Grid, budget: Budget, rate: float, choices: tuple[Choice, ...], rested: int, achieved: Realised,
    strange: Floats,
) -> tuple[str, ...]:  # fmt: skip
    """Return what a reader must know before acting on an alarm."""
    said = [f"Default alarm: rule {choices[-1].name}; {choices[-1].said}."]
    said.append(f"Budget: {budget.said()}" + (f", {rate:.2g} per series and {grid.grain}." if budget.per else "."))
    said.append(achieved.said(rate, grid.grain))
    if rested < 1 / rate:
        said.append(
            f"The threshold rests on {rested:,} earlier series-{grid.grain}s, fewer than one expected false alarm: "
            f"it leans on the model's tail and may be off by a few times."
        )
    never = int(np.isnan(strange).all(axis=1).sum())
    if never:
        least = choices[-1].rule.least
        said.append(f"{never:,} series were not judged: fewer than {least} known {grid.grain}s before the last.")
    zeros = int(((np.nan_to_num(grid.counts) == 0).all(axis=1) & ~np.isnan(grid.counts).all(axis=1)).sum())
    if zeros:
        said.append(f"{zeros:,} series are all zeros: the first count in one may be an alarm by itself.")
    return tuple(said)
