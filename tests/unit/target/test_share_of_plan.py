"""The share that a plan gives to chance rests on what was settled before its first day."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from counterflow.target.choice.explore import share_for

FIRST = dt.date(2026, 3, 2)


def drawn(world, count=40):
    """A random arm of a day of which the plan had said one find in ten."""
    ids = world.records(count)
    target = world.settings.target.model_copy(update={"random_adapts": True})
    world.settings = world.settings.model_copy(update={"target": target})
    world.store.append(
        "draw",
        pa.Table.from_pylist(
            [
                {
                    "plan": "old", "source": "s", "record_id": one, "office": "A", "lane": "mail", "day": FIRST,
                    "arm": "random", "chance": 0.1, "inclusion_probability": 0.3, "expected_harm": 1.0,
                }
                for one in ids
            ]
        ),
    )  # fmt: skip
    return ids


def test_a_find_that_was_refuted_since_is_no_surprise_and_a_later_result_is_not_seen(world):
    ids = drawn(world)
    for one in ids:
        world.outcome(one, confirmation="confirmed", harm_class="drug")
    surprised, words = share_for(world, FIRST + dt.timedelta(days=1), None)
    assert "40 found of 40 random inspections, 4.0 expected" in words[0]
    for one in ids:
        world.outcome(one, confirmation="refuted", day=FIRST + dt.timedelta(days=1))
    assert share_for(world, FIRST + dt.timedelta(days=1), None) == (surprised, words)
    calm, words = share_for(world, FIRST + dt.timedelta(days=2), None)
    assert "0 found of 40 random inspections" in words[0]
    assert calm < surprised
