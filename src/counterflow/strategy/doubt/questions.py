"""The questions of this folder, asked of the model: results of policies by draw, and how far each rests on data.

A result is a total over calendar years (flows) or a mean (stocks, shares, indices); an effect is the result with the
policy less the result without it, in the same draw.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import UnknownName, UsageError
from counterflow.strategy.doubt.again import judged, second, truly_informed
from counterflow.strategy.doubt.drivers import Driver, drivers
from counterflow.strategy.doubt.labels import Label, label
from counterflow.strategy.doubt.shares import Share, paired_shares
from counterflow.strategy.doubt.space import Floats, require_finite
from counterflow.strategy.levers.effects import changes
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import Draws, draw
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR, VARIABLES, places
from counterflow.strategy.model.parameters import parameters

if TYPE_CHECKING:
    from counterflow.strategy.model.engine import Runs

__all__ = ["Asked", "Finding", "effects", "findings", "results", "shares_of", "uninformed_share"]

FEWEST = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which results are asked for.

    Args:
        outcomes: names of variables.
        scenario: name of the drivers' path: base, constant, high or low.
        since: first calendar year that counts.
        until: last one.
        switches: structural switches that differ from the model as it stands.

    Raises:
        UnknownName: no such variable.
        UsageError: years out of range.
    """

    outcomes: tuple[str, ...] = ("overdose_deaths",)
    scenario: str = "base"
    since: int = 2022
    until: int = LAST_YEAR
    switches: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        known = places(VARIABLES)
        for name in self.outcomes:
            if name not in known:
                raise UnknownName("variable", name, known)
        if not FIRST_YEAR <= self.since <= self.until <= LAST_YEAR:
            raise UsageError(
                f"The years {self.since} to {self.until} cannot be asked for.",
                hint=f"Give years from {FIRST_YEAR} to {LAST_YEAR}, the first one first.",
            )


def results(
    values: Floats, policies: Sequence[Sequence[Pull]], asked: Asked, structures: npt.NDArray[np.int64] | None = None
) -> Floats:
    """Return results without any policy and with each, all in the same draws.

    Args:
        values: parameter vectors (n, P).
        policies: mixes of levers.
        asked: which results.
        structures: a row of switches for each draw (n, switches), in place of `asked.switches`.

    Returns:
        Shape (1 + policies, n, outcomes); the first is without any policy.
    """
    from counterflow.strategy.model.drivers import drivers as paths
    from counterflow.strategy.model.engine import simulate

    held = paths(asked.scenario)
    switches = dict(asked.switches) if structures is None else structures
    # Every policy is held against the same reference: supply reacts to demand that differs from it.
    base = simulate(values, held, last=asked.until, switches=switches, keep=True)
    runs = (
        simulate(values, held, changes(pulls, values), last=asked.until, switches=switches, reference=base)
        for pulls in policies
    )
    return np.stack([_told(run, asked) for run in itertools.chain((base,), runs)])


def _told(run: Runs, asked: Asked) -> Floats:
    summed = {v.name for v in VARIABLES if v.kind == "flow" and v.unit != "share"}
    years = slice(asked.since - FIRST_YEAR, asked.until - FIRST_YEAR + 1)
    columns = []
    for name in asked.outcomes:
        span = run.of(name)[:, years]
        columns.append(span.sum(axis=1) if name in summed else span.mean(axis=1))
    return np.column_stack(columns)


def effects(values: Floats, policies: Sequence[Sequence[Pull]], asked: Asked) -> Floats:
    """Return what each policy changes, draw by draw: shape (policies, n, outcomes)."""
    found = results(values, policies, asked)
    return np.asarray(found[1:] - found[:1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How far one effect rests on data.

    Args:
        outcome: the variable.
        share: share of its variance from parameters that no data inform.
        label: what that allows to say, and whether it may be ranked.
        drivers: parameters that explain most of it, at most ten.
        judged: the part from parameters that also rest on one source, experts or judgement alone (grades C and D),
            not on studies elsewhere (A and B); None where it was not asked for.
    """

    outcome: str
    share: Share
    label: Label
    drivers: tuple[Driver, ...]
    judged: Share | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The finding in plain words."""
        if self.judged is None or self.judged.value is None:
            return (self.label.words,)
        held = self.judged
        judged = (
            f"{held.value:.0%} ({held.low:.0%} to {held.high:.0%}) comes from those that no study elsewhere measured "
            "either: one source, experts or judgement (grades C and D)."
        )
        return (self.label.words, judged)

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "outcome": self.outcome, "label": self.label.name, "ranked": self.label.ranked,
            "words": " ".join(self.words),
            "judged_share": None if self.judged is None else self.judged.value,
            "judged_share_low": None if self.judged is None else self.judged.low,
            "judged_share_high": None if self.judged is None else self.judged.high,
            "uninformed_share": self.share.value, "uninformed_share_low": self.share.low,
            "uninformed_share_high": self.share.high, "pairs": self.share.pairs, "pairs_lost": self.share.lost,
            "spread": self.share.spread,
            "method": self.share.method,
            "drivers": [
                {"parameter": d.name, "share": d.share, "direction": d.direction, "informed": d.informed}
                for d in self.drivers
            ],
        }  # fmt: skip


def findings(first: Floats, other: Floats, draws: Draws, outcomes: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings from effects that were computed already.

    Args:
        first: effects in `draws`, shape (n, outcomes).
        other: effects in `second(draws)`, likewise.
        draws: the draws.
        outcomes: names of the columns.
    """
    names, informed = parameters().names, truly_informed(draws)
    shares = paired_shares(first, other, draws.seed)
    good = require_finite(first)
    told = [drivers(draws.values[good], first[good, k], names, informed) for k in range(len(outcomes))]
    return tuple(
        Finding(outcome=outcome, share=share, label=label(share), drivers=found)
        for outcome, share, found in zip(outcomes, shares, told, strict=True)
    )


def uninformed_share(
    pulls: Sequence[Pull], *, asked: Asked | None = None, n: int = 500, seed: int = 1, draws: Draws | None = None
) -> tuple[Finding, ...]:
    """Return how far the effect of a mix rests on data, for each outcome asked for, with the part that is judgement.

    Args:
        pulls: the mix.
        asked: which results; deaths by overdose 2022 to 2032 where None.
        n: draws, 32 or more; the model is run 6 n times.
        seed: seed of the draws.
        draws: draws to use in place of `n` and `seed`.

    Raises:
        UsageError: too few draws.
    """
    wanted, used = asked or Asked(), _enough(draws, n, seed)
    first, other, third = (
        effects(d.values, [pulls], wanted)[0] for d in (used, second(used), second(used, only=judged()))
    )
    parts = paired_shares(first, third, used.seed)
    found = findings(first, other, used, wanted.outcomes)
    return tuple(replace(each, judged=part) for each, part in zip(found, parts, strict=True))


def shares_of(
    mixes: Mapping[str, Sequence[Pull]], *, asked: Asked | None = None, n: int = 500, seed: int = 1,
    draws: Draws | None = None,
) -> dict[str, tuple[Finding, ...]]:  # fmt: skip
    """Return how far the effect of each of several mixes rests on data, by name; 4 n runs for each."""
    wanted, used = asked or Asked(), _enough(draws, n, seed)
    policies = list(mixes.values())
    first, other = (effects(d.values, policies, wanted) for d in (used, second(used)))
    return {name: findings(first[k], other[k], used, wanted.outcomes) for k, name in enumerate(mixes)}


def _enough(draws: Draws | None, n: int, seed: int) -> Draws:
    if draws is None and n < FEWEST:
        raise UsageError(f"{n} draws say nothing about shares of variance.", hint=f"Ask for {FEWEST} or more.")
    return draws or draw(n, seed)
