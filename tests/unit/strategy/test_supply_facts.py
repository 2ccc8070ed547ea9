"""Documented episodes and cocaine in 1992, in their short form; benches and `strategy validate` run the full one."""

from __future__ import annotations

import numpy as np

from counterflow.strategy.model.cocaine_1992 import PROGRAMMES, costs_1992, inputs_1992
from counterflow.strategy.model.market_facts import stylised_facts


def test_episodes_come_out_over_the_doubt_of_the_parameters() -> None:
    facts = {fact.name: fact for fact in stylised_facts(80, 5)}
    assert [name for name, fact in facts.items() if not fact.passed] == []
    peak = facts["shortage: peak price"]
    assert peak.low < 2.0 < peak.value < 3.5 < peak.high  # the doubt is far wider than the fact


def test_the_same_seed_gives_the_same_facts() -> None:
    assert stylised_facts(20, 2) == stylised_facts(20, 2)


def test_1992_is_ordered_where_prices_add_up_and_not_where_they_multiply() -> None:
    held, free = costs_1992(80, 5), costs_1992(80, 5, additive=False)
    medians = [held.summary()[name][0] for name in PROGRAMMES]
    assert medians == sorted(medians)
    assert held.ordered.mean() > 0.75
    assert free.ordered.mean() < 0.6  # NRC 1999: the order rests on how prices move along the chain
    assert np.mean(free.values["treatment"] < free.values["interdiction"]) > 0.9


def test_every_input_of_1992_says_who_says_so() -> None:
    for row in inputs_1992().rows:
        assert row.source
        assert row.low <= row.value <= row.high
