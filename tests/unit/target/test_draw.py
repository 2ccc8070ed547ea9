"""The random arm: its counts, its probabilities, and that the one is what the other says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from counterflow.target.choice.capacity import ANY, Pool
from counterflow.target.choice.cells import build_cells, group_records
from counterflow.target.choice.draw import draw_random, expected_count
from counterflow.target.loop.strata import Strata

MONDAY = dt.date(2026, 3, 2)


def pool(office="A", lane="mail", minutes=100.0, service=10.0, detection=0.9, resource="officer", day=None):
    return Pool(office, lane, day, resource, minutes, service, detection, 2)


def table(places):
    return pa.table(
        {
            "day": pa.array([MONDAY] * len(places), pa.date32()),
            "office": pa.array([p[0] for p in places], pa.string()),
            "lane": pa.array([p[1] for p in places], pa.string()),
        }
    )


def draw(places, pools, share, seed):
    groups = group_records(table(places))
    cells = build_cells(pools, groups, [MONDAY])
    return draw_random(cells, groups, share, seed), cells


def frequencies(places, pools, share, seeds):
    hits = np.zeros(len(places), int)
    for seed in range(seeds):
        hits += draw(places, pools, share, seed)[0].cell >= 0
    return hits, draw(places, pools, share, 0)[0].probability


WORLDS = {
    "one pool": ([("A", "mail")] * 30, [pool()], 0.13),
    "less than one": ([("A", "mail")] * 12, [pool(minutes=35)], 0.1),
    "pools that overlap": (
        [("A", "mail")] * 9 + [("A", "cargo")] * 5 + [("B", "mail")] * 7 + [(None, None)] * 4,
        [pool(), pool(lane=ANY, resource="dog"), pool(ANY, ANY, resource="team", service=25), pool("B")],
        0.2,
    ),
    "fewer records than draws": (
        [("A", "mail")] * 2 + [("B", "mail")] * 5,
        [pool(), pool("B", minutes=47)],
        0.9,
    ),
    "the whole of the minutes": ([("A", "mail")] * 20, [pool(minutes=99)], 1.0),
}


@pytest.mark.parametrize("name", WORLDS)
def test_records_are_drawn_as_often_as_their_probability_says(name):
    seeds = 800
    hits, probability = frequencies(*WORLDS[name], seeds)
    assert (probability > 0).all()
    # each record on its own (with room for testing many), and all together
    for hit, p in zip(hits.tolist(), probability.tolist(), strict=True):
        assert binomtest(hit, seeds, min(p, 1.0)).pvalue > 1e-5
    assert hits.sum() / seeds == pytest.approx(probability.sum(), rel=0.04)


def test_strata_are_drawn_at_their_rates_and_the_sum_stays_what_it_was():
    places = [("A", "mail")] * 40 + [("A", "cargo")] * 20 + [("B", "mail")] * 15
    pools = [pool(), pool(lane=ANY, resource="dog", minutes=70), pool(ANY, ANY, resource="team", service=25)]
    stratum = np.arange(len(places)) % 3
    strata = Strata(stratum, ("low", "middle", "high"), np.array([0.5, 1.0, 2.0]))
    groups = group_records(table(places))
    cells = build_cells(pools, groups, [MONDAY])
    hits, sizes, seeds = np.zeros(len(places), int), set(), 800
    for seed in range(seeds):
        made = draw_random(cells, groups, 0.15, seed, strata)
        hits += made.cell >= 0
        sizes.add(int(made.used.sum()))
    plain = draw_random(cells, groups, 0.15, 0)
    assert made.expected == pytest.approx(plain.expected)
    for hit, p in zip(hits.tolist(), made.probability.tolist(), strict=True):
        assert binomtest(hit, seeds, p).pvalue > 1e-5
    first = [float(made.probability[:40][stratum[:40] == k][0]) for k in range(3)]
    assert first[0] < first[1] < first[2]
    assert first[2] / first[0] == pytest.approx(4, rel=0.1)  # over pools the chances do not quite add up
    assert max(sizes) <= np.ceil(made.expected).sum()


def test_a_stratum_that_is_drawn_whole_leaves_the_rest_of_the_minutes_to_the_others():
    groups = group_records(table([("A", "mail")] * 30))
    cells = build_cells([pool(minutes=200)], groups, [MONDAY])
    strata = Strata((np.arange(30) < 2).astype(int), ("many", "few"), np.array([1.0, 50.0]))
    made = draw_random(cells, groups, 0.5, 3, strata)
    assert made.expected.tolist() == [10.0]
    assert (made.probability[:2] == 1).all()
    assert made.probability[2:] == pytest.approx(8 / 28)
    assert (made.cell >= 0).sum() == 10


def test_the_fraction_is_rounded_by_chance_and_kept_exactly_on_average():
    sizes = [int((draw([("A", "mail")] * 50, [pool(minutes=100)], 0.123, s)[0].cell >= 0).sum()) for s in range(2000)]
    assert set(sizes) == {1, 2}
    assert binomtest(sizes.count(2), 2000, 0.23).pvalue > 1e-4


def test_probabilities_are_those_of_the_formula():
    places = [("A", "mail")] * 8 + [("B", "mail")] * 2
    drawn, _ = draw(places, [pool(minutes=100), pool(ANY, ANY, minutes=200, resource="team")], 0.1, 3)
    assert drawn.probability[0] == pytest.approx(1 - (1 - 1 / 8) * (1 - 2 / 10))
    assert drawn.probability[9] == pytest.approx(2 / 10)


def test_a_tiny_share_stays_above_zero_and_no_reach_is_zero():
    drawn, _ = draw([("A", "mail")] * 3 + [("Z", "mail")], [pool()], 1e-18, 0)
    assert (drawn.probability[:3] > 0).all()
    assert drawn.probability[3] == 0


def test_a_pool_without_room_for_one_inspection_draws_nobody():
    drawn, cells = draw([("A", "mail")] * 3, [pool(minutes=9)], 0.5, 0)
    assert expected_count(cells[0], 0.5) == 0
    assert (drawn.probability == 0).all()


def test_a_record_drawn_twice_is_inspected_once_by_who_finds_more():
    pools = [pool(minutes=1000, detection=0.5), pool(minutes=1000, detection=0.9, resource="team")]
    drawn, cells = draw([("A", "mail")] * 5, pools, 0.5, 1)
    assert {cells[c].pool.resource for c in drawn.cell.tolist()} == {"team"}
    assert drawn.used.tolist() == [0, 5]


def test_cells_draw_independently_so_another_pool_shifts_nobody():
    places = [("A", "mail")] * 40 + [("B", "mail")] * 40
    alone, _ = draw(places, [pool()], 0.3, 5)
    beside, _ = draw(places, [pool(), pool("B")], 0.3, 5)
    assert (alone.cell[:40] >= 0).tolist() == (beside.cell[:40] >= 0).tolist()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["mail", "cargo"])), min_size=1, max_size=40),
    st.lists(
        st.builds(
            pool, office=st.sampled_from(["A", "B", ANY]), lane=st.sampled_from(["mail", ANY]),
            minutes=st.floats(0, 500), service=st.floats(0.5, 60), detection=st.floats(0.1, 1),
        ),
        min_size=1, max_size=5,
    ),
    st.floats(1e-6, 1),
    st.integers(0, 10),
)  # fmt: skip
def test_minutes_are_kept_and_whoever_can_be_reached_can_be_drawn(places, pools, share, seed):
    drawn, cells = draw(places, pools, share, seed)
    for index, cell in enumerate(cells):
        assert drawn.used[index] <= cell.pool.slots
        assert (drawn.cell == index).sum() == drawn.used[index]
    groups = group_records(table(places))
    reached = {g for c in cells if c.pool.slots for g in c.groups}
    for row, group in enumerate(groups.of_record.tolist()):
        assert (drawn.probability[row] > 0) == (group in reached)
        assert drawn.probability[row] <= 1
    again, _ = draw(places, pools, share, seed)
    assert again.cell.tolist() == drawn.cell.tolist()
