"""The training world under the weekly loop: it answers to what was found, and nothing seen before changes."""

from itertools import pairwise

import numpy as np
import pytest

from counterflow.core.errors import UsageError
from counterflow.demo.simulated import TrainingSource
from counterflow.target.simulate.compare import compare, entry
from counterflow.target.simulate.measure import measures
from counterflow.target.simulate.run import Protocol
from counterflow.target.simulate.strategy import TARGETED, Past

SOURCE = TrainingSource(seed=5, weeks=8, records_per_week=250, critical=frozenset({"drug"}))


def play(weeks, inspect):
    """Return the world after each of `weeks` weeks, where `inspect` says which rows of a week are inspected."""
    begun, made, worlds = SOURCE.begin(0), Past.empty(), []
    for week in range(weeks):
        world = begun.until(week, made)
        rows = inspect(world, world.rows_of(week))
        count = len(rows)
        made = made.joined(
            Past(rows, world.label[rows], np.full(count, TARGETED, np.int8), np.ones(count), np.full(count, week))
        )
        worlds.append(world)
    return worlds


@pytest.fixture(scope="module")
def hunted():
    return play(6, lambda world, rows: rows[world.label[rows] > 0])


@pytest.fixture(scope="module")
def unseen():
    return play(6, lambda _, rows: rows[:0])


def test_smugglers_move_only_where_something_of_theirs_was_found(hunted, unseen):
    assert hunted[0].lines.table.equals(unseen[0].lines.table)
    assert not hunted[1].lines.table.equals(unseen[1].lines.table)
    assert not unseen[-1].truth.scheme.any()
    moved = hunted[-1].truth
    assert moved.scheme.any()
    assert (moved.label[moved.scheme] > 0).all()
    assert moved.week[moved.scheme].min() >= 1


def test_inspecting_honest_records_tells_smugglers_nothing(unseen):
    honest = play(2, lambda world, rows: rows[world.label[rows] == 0])
    assert honest[1].lines.table.equals(unseen[1].lines.table)


def test_a_week_adds_records_and_changes_none_and_a_value_keeps_its_code(hunted):
    for before, after in pairwise(hunted):
        end = len(before.week)
        assert (after.keys[:end] == before.keys).all()
        assert (after.label[:end] == before.label).all()
        assert after.lines.table.slice(0, end).equals(before.lines.table)
    last = hunted[-1]
    assert last.lines.row.tolist() == list(range(len(last.week)))
    consignor = last.lines.table["consignor"].to_pylist()
    code = last.keys[:, last.key_names.index("consignor")].tolist()
    pairs = set(zip(consignor, code, strict=True))
    assert len(pairs) == len(set(consignor)) == len(set(code))
    assert (None, -1) in pairs
    assert last.keys[:, last.key_names.index("hs4")].max() > hunted[0].keys[:, last.key_names.index("hs4")].max()


def test_all_strategies_under_a_seed_begin_alike_and_each_run_repeats():
    entries = [entry("exploit", "plain", 0.0), entry("bound", "plain", 0.0)]
    protocol = Protocol(rate=0.1)
    finished = compare(SOURCE, entries, protocol, range(1))
    first = [one.truth.label[one.truth.week < 4] for one in finished]
    assert (first[0] == first[1]).all()
    again = compare(SOURCE, entries[:1], protocol, range(1))[0]
    assert (again.run.made.rows == finished[0].run.made.rows).all()
    assert (again.truth.label == finished[0].truth.label).all()
    said = {one.entry.strategy: measures(one.truth, one.run, (4, 7)) for one in finished}
    assert said["bound"]["recall"] > said["exploit"]["recall"] >= 0
    assert 0 < said["bound"]["scheme_found"] <= 1


def test_a_world_that_cannot_be_made_is_refused():
    with pytest.raises(UsageError, match="1,000 to 1,000,000"):
        _ = TrainingSource(seed=5, weeks=6, records_per_week=100, critical=frozenset()).options
