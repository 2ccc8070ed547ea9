"""Forecast of a planned action, before it happens: availability, substitution, displacement, overdoses, burden.

The action is compared with no action in the same draws; each draw holds one answer to how people and market take it
(`plan.alternatives`). In one of them overdoses rise around seizures as Ray et al. 2023 found: that part of the area's
overdoses which lies near and soon rises by what they saw; both figures carry wide doubt (`action_turmoil.csv`).
Overdoses are of the whole model (`engine`), run from 1 January of the action's year, so that its first and second
twelve months are calendar years; seasons are not in it. They are brought to the area by its people and its overdose
rate. The same is run again with everything drawn anew that no data inform: what share of each measure's variance that
is, stands beside it (`doubt.shares`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.reference.csv_files import read_rows
from counterflow.strategy.doubt.again import second
from counterflow.strategy.doubt.shares import paired_shares
from counterflow.strategy.forecast.action_form import formed
from counterflow.strategy.forecast.plan import TURMOIL, Alternative, Plan, alternatives, checked
from counterflow.strategy.forecast.reach import MOST_EFFORT, effort_for, reach_of, size_of_area
from counterflow.strategy.forecast.record import LAST_TRAINED, known_at
from counterflow.strategy.model.draws import Draws, draw
from counterflow.strategy.model.drivers import drivers
from counterflow.strategy.model.engine import Changes, simulate, switch_row
from counterflow.strategy.model.layout import MECHANISMS, SWITCHES, places
from counterflow.strategy.model.parameters import parameters

__all__ = ["action_forecast"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Update = Callable[[Floats], Floats]
_RAMP = 1 / 16
_FEWEST = 32
_Z = 1.959963984540054


@dataclass(frozen=True)
class _Asked:
    """The action, the effort it takes, and the alternative of each draw."""

    plan: Plan
    effort: float
    held: Ints
    answers: tuple[Alternative, ...]

    def of_switch(self) -> dict[str, Ints]:
        """Return structural switch ("" for none) -> draws in which it is set."""
        names = np.array([each.switch for each in self.answers])[self.held]
        return {str(name): np.flatnonzero(names == name) for name in np.unique(names)}

    def with_turmoil(self) -> npt.NDArray[np.bool_]:
        """Return the draws in which overdoses rise around seizures."""
        return np.array([each.name == TURMOIL for each in self.answers])[self.held]


def action_forecast(
    plan: Plan, *, draws: int = 400, seed: int = 1, update: Update | None = None, as_of: str = ""
) -> dict[str, object]:
    """Return the forecast of a planned action in the form that the action record seals (`form`).

    Args:
        plan: the action.
        draws: parameter vectors, 32 at least.
        seed: seed; same seed, same bytes.
        update: as `run.forecast` takes it.
        as_of: day on which it is made, ISO; "" leaves it out.

    Raises:
        UnknownName, UsageError: the plan is out of range.
    """
    plan = checked(plan)
    if draws < _FEWEST:
        raise UsageError(f"{draws} draws say too little of the doubt.", hint=f"Ask for {_FEWEST} at least.")
    answers = alternatives(plan.kind)
    first = draw(draws, seed)
    again = second(first)
    held = _assigned(len(first.values), answers, seed)
    turn = update or (lambda values: values)
    effort = effort_for(plan, turn(first.values)) if not plan.of.parameter else 0.0
    asked = _Asked(plan, effort, held, answers)
    found, anew = (_measured(asked, turn(each.values), (seed, turn_of)) for turn_of, each in enumerate((first, again)))
    names = list(found)
    shares = paired_shares(
        np.stack([found[name] for name in names], axis=1), np.stack([anew[name] for name in names], axis=1), seed
    )
    assumed = {name: share.value for name, share in zip(names, shares, strict=True)}
    digest = hashlib.sha256(first.values.tobytes()).hexdigest()
    return formed(plan, found, assumed, held, answers, _about(first, seed, digest, as_of))


def _about(draws: Draws, seed: int, digest: str, as_of: str) -> dict[str, object]:
    return {"draws": len(draws.values), "seed": seed, "parameters_sha256": digest, "made_on": as_of}


def _assigned(count: int, answers: tuple[Alternative, ...], seed: int) -> Ints:
    """Return the alternative of each draw: as many of each as its weight says."""
    ends = np.cumsum([each.weight for each in answers])
    shares = (np.arange(count) + 0.5) / count
    places_of = np.minimum(np.searchsorted(ends, shares), len(answers) - 1)
    return np.asarray(generator(seed, "strategy action", "alternative").permutation(places_of))


def _measured(asked: _Asked, values: Floats, luck: tuple[int, int]) -> dict[tuple[str, str], Floats]:
    """Return every measure by draw."""
    plan = asked.plan
    bite = values[:, parameters().place(plan.of.parameter)] if plan.of.parameter else None
    amounts = np.full(len(values), asked.effort) if bite is None else -plan.size * bite
    market = reach_of(plan, values, amounts, asked.of_switch())
    if bite is None:
        # each draw makes the effort that takes the stated kilograms in it, as far as any effort does
        amounts = np.minimum(amounts * plan.size / np.maximum(market.seized, plan.size / 100), MOST_EFFORT)
        market = reach_of(plan, values, amounts, asked.of_switch())
    out = {
        ("availability", "action"): market.sold[0], ("availability", "first 12 months"): market.sold[1],
        ("price", "action"): market.price[0], ("price", "first 12 months"): market.price[1],
        ("substitution", "first 12 months"): market.filled, ("displacement", "first 12 months"): market.back,
    }  # fmt: skip
    if bite is None:
        out["inspections", "action"] = amounts
    return out | _harm(asked, values, amounts, luck)


def _harm(asked: _Asked, values: Floats, amounts: Floats, luck: tuple[int, int]) -> dict[tuple[str, str], Floats]:
    """Return overdoses and deaths in the area, with the action less without it, by twelve months."""
    plan = asked.plan
    if plan.drug in {"methamphetamine", "cocaine"}:
        return {}
    at, year, count = places(MECHANISMS), plan.starts.year, len(plan.of.mechanisms)
    changes = Changes(
        np.array([at[name] for name in plan.of.mechanisms], np.int32), np.full(count, float(year)),
        np.full(count, _RAMP), np.full(count, year + plan.months / 12), np.tile(amounts, (count, 1)),
    )  # fmt: skip
    rows = np.tile(switch_row(None), (len(values), 1))
    for switch, mine in asked.of_switch().items():
        if switch:
            rows[mine, places(SWITCHES)[switch]] = 1
    runs = simulate(values, drivers("base"), changes, first=LAST_TRAINED, last=year + 1, switches=rows)
    deaths, survived = (runs.of(name, baseline=True) for name in ("overdose_deaths", "nonfatal_overdoses"))
    # the area stands at the level of the last known year, as its rate does; the model brings what changes after it
    level = size_of_area(plan) * float(known_at().deaths[-1]) / deaths[:, :1]
    rise = _turmoil(asked, len(values), luck)
    out: dict[tuple[str, str], Floats] = {}
    for place, window in ((-2, "first 12 months"), (-1, "second 12 months")):
        near = rise * float(np.clip(plan.months / 12 - (place + 2), 0.0, 1.0))
        fatal = (runs.of("overdose_deaths") - deaths + near[:, None] * deaths) * level
        other = (runs.of("nonfatal_overdoses") - survived + near[:, None] * survived) * level
        out["deaths", window] = fatal[:, place]
        out["overdoses", window] = fatal[:, place] + other[:, place]
    return out


def _turmoil(asked: _Asked, count: int, luck: tuple[int, int]) -> Floats:
    """Return the relative rise of the area's overdoses while the action lasts, 0 where the alternative is another."""
    rows = {row["name"]: row for row in read_rows("strategy", "action_turmoil.csv")}
    drawn = np.ones(count)
    for name, row in sorted(rows.items()):
        z = generator(luck[0], "strategy action", name, luck[1]).normal(size=count)
        value, low, high = (math.log(float(row[key])) for key in ("value", "low", "high"))
        drawn *= np.exp(value + np.where(z < 0, value - low, high - value) * z / _Z)
    return np.where(asked.with_turmoil(), drawn, 0.0)
