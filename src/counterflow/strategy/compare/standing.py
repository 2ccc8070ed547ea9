"""Whether the effect of a mix rests on data or on assumptions, from one more pair of runs on exchanged draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterflow.strategy.compare.outcomes import deaths_averted
from counterflow.strategy.compare.runs import Floats, run, without
from counterflow.strategy.doubt.again import second
from counterflow.strategy.doubt.labels import Label, label
from counterflow.strategy.doubt.shares import paired_shares
from counterflow.strategy.levers.policy import Pull
from counterflow.strategy.model.draws import Draws

__all__ = ["MOST_PAIRS", "rested"]

#: pairs of runs that tell a share of variance well enough for a label
MOST_PAIRS = 500
_FEWEST = 32


def rested(pulls: Sequence[Pull], draws: Draws, averted: Floats, scenario: str, since: int, until: int) -> Label:
    """Return what may be said of deaths averted by a mix.

    Args:
        pulls: the mix.
        draws: what it was run on; at most `MOST_PAIRS` of them are run again with all that no data inform drawn anew.
        averted: deaths averted on these draws, shape (n,).
        scenario: base, constant, high or low.
        since: first year.
        until: last year.
    """
    n = min(len(averted), MOST_PAIRS)
    if n < _FEWEST:
        return Label("undecided", False, f"{n} draws are too few to tell what rests on assumptions; ask for {_FEWEST}.")
    again = second(replace(draws, values=draws.values[:n])).values
    turned = run(pulls, again, scenario)
    other = deaths_averted(without(turned), turned, since, until)
    return label(paired_shares(averted[:n], other, draws.seed)[0])
