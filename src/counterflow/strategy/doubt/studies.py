"""Which study would pay: what knowing groups of parameters would be worth for the choice among given policies.

A study is a line of `reference/strategy/studies.csv`: what it would tell, by which parameters, and how it would be
made. Its worth here is that of telling these parameters exactly (EVPPI): the most that the real one can be worth.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from counterflow.core.errors import InputError, UsageError
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.doubt.questions import Asked, results
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.doubt.worth import Worth, evpi, evppi
from counterflow.strategy.levers.policy import Policy
from counterflow.strategy.model.draws import draw
from counterflow.strategy.model.parameters import parameters

__all__ = ["Study", "StudyWorth", "Value", "studies", "value_of_knowing"]

_FEWEST = 200


@dataclass(frozen=True, slots=True)
class Study:
    """Something that could be found out.

    Args:
        name: its name.
        words: what it would tell.
        parameters: the parameters of the model that say so.
        how: how it would be made.
        room: the room of this program whose tables it would fill.
    """

    name: str
    words: str
    parameters: tuple[str, ...]
    how: str
    room: str


@cache
def studies() -> tuple[Study, ...]:
    """Return the studies in the order of the shipped table, each with the parameters that its patterns name."""
    rows = parameters().rows
    free = [row.name for row in rows if row.scale != "fixed" and row.high > row.low]
    return tuple(
        Study(row["study"], row["words"], _named(row["parameters"].split(), free), row["how"], row["room"])
        for row in read_rows("strategy", "studies.csv")
    )


def _named(patterns: Sequence[str], free: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in free if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyWorth:
    """What one study would be worth at most."""

    study: Study
    worth: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What knowing would be worth for a choice.

    Args:
        policies: names of the policies chosen among, no policy first.
        chosen: the one with the least expected loss.
        losses: mean loss of each.
        unit: deaths, or dollars of 2022.
        death: dollars that a death counts, as declared; None where the loss is deaths.
        everything: worth of knowing all (EVPI).
        studies: worth of each study (EVPPI), most first.
        asked: outcome, scenario, years.
        seed: seed of the draws.
        lost: draws left out, since a run did not stay finite.
    """

    policies: tuple[str, ...]
    chosen: str
    losses: tuple[float, ...]
    unit: str
    death: float | None
    everything: Worth
    studies: tuple[StudyWorth, ...]
    asked: Asked
    seed: int
    lost: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """The answer in plain words."""
        e, a = self.everything, self.asked
        counted = (
            "Loss: overdose deaths."
            if self.death is None
            else f"Loss: cost of the mix plus ${self.death:,.0f} a death, as you declared; dollars of 2022."
        )
        by_now = (
            f"By what is known, {self.chosen} is chosen among {', '.join(self.policies)} ({a.since} to {a.until}, "
            f"scenario {a.scenario}). {counted}"
        )
        told = [
            by_now,
            f"Knowing everything would change the choice in {e.changes:.0%} of draws and be worth {self._said(e)}.",
        ]
        paying = [each for each in self.studies if each.worth.low > 0]
        if not paying:
            return (*told, "No single study on the list is told from worthless by these draws.")
        first = paying[0]
        most = (
            f"The study that would pay most: {first.study.name} ({first.study.words}), at most "
            f"{self._said(first.worth)}. A real study tells less than all: these are upper ends."
        )
        return (*told, most)

    def _said(self, worth: Worth) -> str:
        before = "$" if self.death is not None else ""
        after = "" if self.death is not None else " deaths"
        return f"{before}{worth.value:,.0f}{after} ({before}{worth.low:,.0f} to {before}{worth.high:,.0f})"

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for everything and one for each study."""
        return [
            _row("everything", "all parameters", "", self.everything, self.unit, 0),
            *(
                _row(s.study.name, s.study.words, s.study.how, s.worth, self.unit, len(s.study.parameters))
                for s in self.studies
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "policies": list(self.policies), "chosen": self.chosen, "mean_losses": list(self.losses),
            "unit": self.unit, "dollars_per_death": self.death, "scenario": self.asked.scenario,
            "since": self.asked.since, "until": self.asked.until, "seed": self.seed,
            "model_version": parameters().version, "draws": self.everything.draws, "draws_lost": self.lost,
            "worth": self.rows(),
            "words": list(self.words),
            "method": "EVPI; EVPPI by regression (Strong, Oakley & Brennan 2014), cross-fitted; bootstrap intervals",
        }  # fmt: skip


def _row(name: str, words: str, how: str, worth: Worth, unit: str, count: int) -> dict[str, Any]:
    return {
        "study": name, "worth_at_most": worth.value, "low": worth.low, "high": worth.high, "unit": unit,
        "changes_choice": worth.changes, "parameters": count, "tells": words, "how": how,
    }  # fmt: skip


def value_of_knowing(
    policies: Sequence[Policy], *, asked: Asked | None = None, n: int = 2000, seed: int = 1,
    dollars_per_death: float | None = None,
) -> Value:  # fmt: skip
    """Return what knowing would be worth for the choice among policies, and doing nothing.

    Args:
        policies: one or more; doing nothing is always among the choices.
        asked: scenario and years; the outcome is deaths by overdose.
        n: draws, 200 or more.
        seed: seed of the draws.
        dollars_per_death: what a death counts, as the user declares; None: the loss is deaths alone.

    Raises:
        UsageError: too few draws, or a price that is none.
        InputError: dollars were asked for and a lever has no cost.
    """
    wanted = asked or Asked()
    if n < _FEWEST:
        raise UsageError(f"{n} draws do not tell what knowing is worth.", hint=f"Ask for {_FEWEST} or more.")
    if dollars_per_death is not None and not 0 < dollars_per_death < np.inf:
        raise UsageError(f"{dollars_per_death} is no price of a death.", hint="Give dollars above 0, as you declare.")
    draws = draw(n, seed)
    if dollars_per_death is None:
        found = results(draws.values, [p.pulls for p in policies], wanted)[:, :, 0]
        losses = np.ascontiguousarray(found.T)
    else:
        losses = _dollars(policies, draws.values, wanted, seed, dollars_per_death)
    good = require_finite(losses)
    losses, values = losses[good], draws.values[good]
    index = parameters().index
    told = []
    for study in studies():
        known = values[:, [index[name] for name in study.parameters]]
        if known.shape[1]:
            told.append(StudyWorth(study=study, worth=evppi(losses, known, seed)))
    names = ("no policy", *(p.name for p in policies))
    everything = evpi(losses, seed)
    return Value(
        policies=names, chosen=names[everything.best], losses=tuple(float(x) for x in losses.mean(axis=0)),
        unit="deaths" if dollars_per_death is None else "dollars of 2022", death=dollars_per_death,
        everything=everything, studies=tuple(sorted(told, key=lambda s: (-s.worth.value, s.study.name))),
        asked=wanted, seed=seed, lost=int((~good).sum()),
    )  # fmt: skip


def _dollars(policies: Sequence[Policy], values: Floats, asked: Asked, seed: int, death: float) -> Floats:
    """Return dollars lost under no policy and each policy (n, 1 + policies): what it costs, and deaths at their price.

    Raises:
        InputError: a lever has no public cost and its user gave none.
    """
    from counterflow.strategy.compare.runs import ran, run, years_of
    from counterflow.strategy.compare.spending import spending
    from counterflow.strategy.compare.worth import discounted

    base = ran(values, scenario=asked.scenario)
    window = years_of(asked.since, asked.until)
    losses = [death * discounted(base.of("overdose_deaths")[:, window])]
    for policy in policies:
        turned = run(policy.pulls, values, asked.scenario)
        spent = spending(policy.pulls, base, turned, asked.since, asked.until, seed)
        if spent.total is None:
            raise InputError(
                f"No public cost was found for {', '.join(spent.unpriced)}, so {policy.name} has no price.",
                column="cost_usd_per_year",
                hint="Give your own figure as cost_usd_per_year in the policy file, or ask in deaths.",
            )
        losses.append(spent.total + death * discounted(turned.of("overdose_deaths")[:, window]))
    return np.column_stack(losses)
