"""Choosing: the order of arms, that minutes hold, and that what is left goes where most harm is found."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.target.choice.allocate import Allocation
from counterflow.target.choice.capacity import ANY, Pool
from counterflow.target.choice.cells import build_cells, group_records
from counterflow.target.choice.choose import ARMS, choose

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)


def pool(office="A", lane="mail", minutes=100.0, service=10.0, detection=0.9, resource="officer", day=None):
    return Pool(office, lane, day, resource, minutes, service, detection, 2)


def table(places, days=None):
    return pa.table(
        {
            "day": pa.array(days or [MONDAY] * len(places), pa.date32()),
            "office": pa.array([p[0] for p in places], pa.string()),
            "lane": pa.array([p[1] for p in places], pa.string()),
        }
    )


def chosen(places, pools, harm, mandatory=(), *, share=0.1, seed=1, days=(MONDAY,), on=None):
    must = np.zeros(len(places), bool)
    must[list(mandatory)] = True
    return choose(table(places, on), pools, days, np.asarray(harm, float), must, share=share, seed=seed)


def arms(choice):
    return [ARMS[a] for a in choice.arm.tolist()]


def test_what_is_not_random_goes_to_the_highest_expected_harm():
    choice = chosen([("A", "mail")] * 50, [pool()], range(50), share=0.2)
    taken = {row for row, arm in enumerate(arms(choice)) if arm == "targeted"}
    drawn = {row for row, arm in enumerate(arms(choice)) if arm == "random"}
    assert (len(taken), len(drawn)) == (8, 2)
    assert taken == set(sorted(set(range(50)) - drawn)[-8:])


def test_mandatory_comes_first_but_never_eats_the_random_minutes():
    choice = chosen([("A", "mail")] * 50, [pool()], range(50), mandatory=range(40), share=0.3)
    counted = {arm: arms(choice).count(arm) for arm in ARMS[1:]}
    assert counted == {"mandatory": 7, "random": 3, "followup": 0, "targeted": 0}
    inspected = {row for row in range(40) if choice.arm[row]}
    assert choice.uncovered.sum() == 40 - len(inspected)
    # those left over are the ones with least harm
    assert min(r for r, a in enumerate(arms(choice)) if a == "mandatory") > max(
        r for r in np.flatnonzero(choice.uncovered).tolist()
    )


def test_a_mandatory_record_that_is_drawn_is_random_and_stands_among_the_first():
    for seed in range(30):
        choice = chosen([("A", "mail")] * 12, [pool()], [1] * 12, mandatory=range(6), share=0.3, seed=seed)
        first = set(choice.rank[:6][choice.arm[:6] > 0].tolist())
        assert first == set(range(1, len(first) + 1))
        assert "mandatory" in arms(choice)
        assert all(a in {"mandatory", "random"} for a in arms(choice)[:6])


def test_ranks_count_from_one_on_each_sheet():
    places = [(o, lane) for o in "AB" for lane in ("mail", "cargo") for _ in range(20)]
    choice = chosen(places, [pool(ANY, ANY, minutes=400)], range(80), share=0.2)
    for group in range(4):
        ranks = sorted(choice.rank[(choice.groups.of_record == group) & (choice.arm > 0)].tolist())
        assert ranks == list(range(1, len(ranks) + 1))
    assert (choice.rank[choice.arm == 0] == 0).all()


def test_the_place_on_the_sheet_does_not_betray_the_random_arm():
    places, total = [], []
    for seed in range(300):
        choice = chosen([("A", "mail")] * 60, [pool(minutes=200)], range(60), share=0.25, seed=seed)
        drawn = choice.arm == ARMS.index("random")
        places += choice.rank[drawn].tolist()
        total.append(int(choice.rank.max()))
    assert set(total) == {20}
    assert np.mean(places) == pytest.approx(10.5, abs=0.7)
    assert min(places) == 1
    assert max(places) == 20


def test_a_day_is_served_by_its_own_minutes():
    on = [MONDAY, TUESDAY] * 10
    choice = chosen([("A", "mail")] * 20, [pool(day=TUESDAY, minutes=30)], range(20), days=(MONDAY, TUESDAY), on=on)
    assert (choice.probability[::2] == 0).all()
    assert (choice.arm[1::2] > 0).sum() == 3


def test_a_shared_pool_makes_room_by_leaving_what_another_can_do():
    # the team reaches both; without moving A's records to A's own officer, B's better one would go without
    pools = [pool(ANY, ANY, minutes=1, service=1, detection=0.9, resource="team"),
             pool("A", minutes=1, service=1, detection=0.8)]  # fmt: skip
    groups = group_records(table([("A", "mail"), ("A", "mail"), ("B", "mail")]))
    cells = build_cells(pools, groups, [MONDAY])
    harm = np.array([10.0, 1.0, 9.0])
    work = Allocation(cells, groups, np.zeros(2, np.int64), harm, np.array([0.1, 0.2, 0.3]))
    assert sorted(work.take(np.arange(3)).tolist()) == [0, 2]
    assert work.cell_of_each().tolist() == [1, -1, 0]


def test_the_highest_harm_goes_to_who_misses_least():
    pools = [pool(minutes=20, detection=0.5), pool(minutes=20, detection=0.95, resource="team")]
    groups = group_records(table([("A", "mail")] * 6))
    work = Allocation(build_cells(pools, groups, [MONDAY]), groups, np.zeros(2, np.int64), np.arange(6.0), np.zeros(6))
    work.take(np.arange(6))
    assert work.cell_of_each().tolist() == [-1, -1, 0, 0, 1, 1]


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["mail", "cargo"])), min_size=1, max_size=7),
    st.lists(
        st.builds(pool, office=st.sampled_from(["A", "B", ANY]), lane=st.sampled_from(["mail", ANY]),
                  minutes=st.integers(0, 3).map(float), service=st.just(1.0), detection=st.just(0.9)),
        min_size=1, max_size=3,
    ),
    st.data(),
)  # fmt: skip
def test_no_other_choice_finds_more(places, pools, data):
    harm = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(places), max_size=len(places))), float)
    groups = group_records(table(places))
    cells = build_cells(pools, groups, [MONDAY])
    work = Allocation(cells, groups, np.zeros(len(cells), np.int64), harm, np.zeros(len(places)))
    got = harm[work.take(np.arange(len(places)))].sum()
    best = 0.0
    options = [[-1, *[i for i, c in enumerate(cells) if g in c.groups]] for g in groups.of_record.tolist()]
    for way in itertools.product(*options):
        if all(way.count(i) <= c.pool.slots for i, c in enumerate(cells)):
            best = max(best, sum(h for h, w in zip(harm, way, strict=True) if w >= 0))
    assert got == best


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["mail", "cargo"])), min_size=1, max_size=40),
    st.lists(
        st.builds(pool, office=st.sampled_from(["A", "B", ANY]), lane=st.sampled_from(["mail", ANY]),
                  minutes=st.floats(0, 300), service=st.floats(1, 60), detection=st.floats(0.1, 1)),
        min_size=1, max_size=4,
    ),
    st.floats(0.001, 1), st.integers(0, 5), st.data(),
)  # fmt: skip
def test_minutes_are_never_exceeded_and_every_record_has_one_arm(places, pools, share, seed, data):
    n = len(places)
    harm = data.draw(st.lists(st.floats(0, 100), min_size=n, max_size=n))
    must = data.draw(st.lists(st.integers(0, n - 1), max_size=n))
    choice = chosen(places, pools, harm, must, share=share, seed=seed)
    for index, cell in enumerate(choice.cells):
        used = (choice.cell == index).sum() * cell.pool.service_minutes
        assert used <= cell.pool.minutes * (1 + 1e-6) + 1e-6
        for row in np.flatnonzero(choice.cell == index).tolist():
            assert choice.groups.of_record[row] in cell.groups
    assert ((choice.cell >= 0) == (choice.arm > 0)).all()
    assert ((choice.rank > 0) == (choice.arm > 0)).all()
    assert (choice.probability[choice.arm > 0] > 0).all()
