"""Whether levers help or hinder each other: what two do together against the sum of what each does alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from counterflow.core.errors import UsageError
from counterflow.strategy.compare.outcomes import deaths_averted
from counterflow.strategy.compare.runs import Floats, baseline, interval, run
from counterflow.strategy.levers.policy import Pull

__all__ = ["MOST_LEVERS", "Interaction", "interactions"]

MOST_LEVERS = 12


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two levers, or a whole mix (then `second` is "all others").

    Args:
        first: one lever, or the mix.
        second: the other.
        apart: deaths averted by each alone, summed (median).
        together: deaths averted together (median).
        value: together less apart (median).
        low: lower end of the 95 % interval.
        high: upper end.
        kind: "sub-additive", "super-additive" or "additive within doubt".
    """

    first: str
    second: str
    apart: float
    together: float
    value: float
    low: float
    high: float
    kind: str


def interactions(
    pulls: Sequence[Pull], values: Floats, scenario: str = "base", since: int = 2022, until: int = 2032
) -> tuple[Interaction, ...]:
    """Return the interaction of each pair of a mix, then of the whole mix.

    Args:
        pulls: two levers or more.
        values: parameter vectors, shape (n, P).
        scenario: base, constant, high or low.
        since: first year.
        until: last year.

    Raises:
        UsageError: fewer than two levers, or more than can be paired in reasonable time.
    """
    if not 2 <= len(pulls) <= MOST_LEVERS:
        raise UsageError(f"A mix of {len(pulls)} levers has no pairs to compare.", hint=f"Give 2 to {MOST_LEVERS}.")
    base = baseline(values, scenario)

    def averted(mix: Sequence[Pull]) -> Floats:
        return deaths_averted(base, run(mix, values, scenario, reference=base), since, until)

    alone = [averted((pull,)) for pull in pulls]
    rows = [
        _row(pulls[i].name, pulls[j].name, alone[i] + alone[j], averted((pulls[i], pulls[j])))
        for i, j in combinations(range(len(pulls)), 2)
    ]
    if len(pulls) > 2:
        rows.append(_row("whole mix", "each alone", np.sum(alone, axis=0), averted(pulls)))
    return tuple(rows)


def _row(first: str, second: str, apart: Floats, together: Floats) -> Interaction:
    found = interval(together - apart)
    kind = "sub-additive" if found.high < 0 else "super-additive" if found.low > 0 else "additive within doubt"
    return Interaction(
        first, second, interval(apart).value, interval(together).value, found.value, found.low, found.high, kind
    )
