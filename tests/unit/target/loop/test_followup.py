"""Hits followed up: a planted segment is found in few inspections, and ordinary finds open nothing."""

import numpy as np
import pytest

from counterflow.target.loop.conjunctions import Traits, masks_of, shared_bits
from counterflow.target.loop.followup import FollowOptions, follow, segment_words
from counterflow.target.loop.search import Inspected, search_from

WEEK_SIZE = 300
WEEKS = 12


def flow_of(seed: int) -> tuple[Traits, np.ndarray]:
    """Return traits of 12 weeks of 300 records, and the week of each."""
    rng = np.random.default_rng(seed)
    count = WEEK_SIZE * WEEKS
    codes = np.column_stack([rng.integers(0, size, count) for size in (8, 6, 40, 600, 5)]).astype(np.int32)
    names = ("goods", "departure", "sender", "importer", "office")
    return Traits(names, codes, ("price",), rng.random((count, 1))), np.repeat(np.arange(WEEKS), WEEK_SIZE)


def clean_past(week: np.ndarray, scheme: np.ndarray, seed: int, each: int = 30) -> np.ndarray:
    """Return places of inspections of the weeks before the scheme was met, none of them in it."""
    rng = np.random.default_rng(seed)
    ordinary = np.flatnonzero((week < WEEKS - 4) & ~scheme)
    return rng.choice(ordinary, each * (WEEKS - 4), replace=False)


def told(rows: np.ndarray, found: np.ndarray, week: np.ndarray, said: float = 0.03) -> Inspected:
    return Inspected(rows, found, np.full(len(rows), said), week[rows].astype(np.int64))


def test_a_planted_segment_is_found_by_following_one_hit() -> None:
    """One hit in a segment of six records a week, six follow-ups a week: named rightly in four weeks, nothing else."""
    reached = []
    for seed in range(4):
        traits, week = flow_of(seed)
        scheme = (traits.codes[:, 0] == 3) & (traits.codes[:, 1] == 2) & (week >= WEEKS - 5)
        rows = clean_past(week, scheme, seed, 15)
        rows = np.append(rows, np.flatnonzero(scheme & (week == WEEKS - 5))[:1])
        for now in range(WEEKS - 4, WEEKS):
            today = np.flatnonzero(week == now)
            recent = np.flatnonzero((week <= now) & (week > now - 6))
            past = told(rows, scheme[rows], week)
            got = follow(traits, past, today, now, recent, 6.0, np.ones(len(today), bool), FollowOptions())
            rows = np.concatenate([rows, today[got.asked[:6]]])
        assert {"goods", "departure"} <= set(segment_words(traits, got.searches[0])[0][1])
        inside = scheme[today]
        reached.append(got.share[inside].mean())
        assert reached[-1] > 0.3
        assert got.share[~inside].mean() < 0.1 * reached[-1]
    assert np.mean(reached) > 0.7


def test_hits_that_the_model_expected_open_no_search() -> None:
    traits, week = flow_of(0)
    rows = np.arange(0, WEEK_SIZE * WEEKS, 12)
    found = np.arange(len(rows)) % 5 == 0
    today = np.flatnonzero(week == WEEKS - 1)
    got = follow(
        traits,
        told(rows, found, week, said=0.3),
        today,
        WEEKS - 1,
        today,
        1.0,
        np.ones(len(today), bool),
        FollowOptions(),
    )
    assert got.searches == ()
    assert not got.share.any()
    assert (got.search == -1).all()
    assert not len(got.asked)


def test_what_is_asked_for_is_free_and_each_record_once() -> None:
    traits, week = flow_of(1)
    rows = clean_past(week, np.zeros(len(week), bool), 1, 8)
    hit = int(np.flatnonzero(week == WEEKS - 4)[0])
    past = told(np.append(rows, hit), np.append(np.zeros(len(rows), bool), True), week, 0.02)
    today = np.flatnonzero(week == WEEKS - 1)
    recent = np.flatnonzero(week >= WEEKS - 6)
    free = np.arange(len(today)) % 2 == 0
    got = follow(traits, past, today, WEEKS - 1, recent, 6.0, free, FollowOptions())
    assert len(got.searches) == 1
    assert len(got.asked)
    assert free[got.asked].all()
    assert len(np.unique(got.asked)) == len(got.asked)
    chance, names = segment_words(traits, got.searches[0])[0]
    assert 0 < chance <= 1
    assert set(names) <= set(traits.all_names)


def test_clean_inspections_of_a_segment_take_its_weight_and_hits_add_to_it() -> None:
    traits, week = flow_of(2)
    hit = int(np.flatnonzero((traits.codes[:, 0] == 1) & (traits.codes[:, 1] == 1) & (week == WEEKS - 3))[0])
    like = np.flatnonzero((traits.codes[:, 0] == 1) & (traits.codes[:, 1] == 1) & (week >= WEEKS - 3))
    like = like[like != hit][:4]
    other = clean_past(week, np.zeros(len(week), bool), 2, 10)
    recent = np.flatnonzero(week >= WEEKS - 6)
    chance = {}
    for name, found in (("none", None), ("clean", False), ("found", True)):
        rows = np.concatenate([other, [hit], like if found is not None else []]).astype(np.int64)
        hits = np.isin(rows, like if found else []) | (rows == hit)
        search = search_from(traits, hit, WEEKS - 3, told(rows, hits, week), recent, 6.0, FollowOptions().search)
        assert search is not None
        chance[name] = search.scheme
    assert chance["clean"] < chance["none"] < chance["found"]
    assert chance["found"] > 0.9


def test_an_imagined_clean_inspection_moves_the_search_as_a_real_one_does() -> None:
    """`if_clean` is Bayes' rule with the rate of each hypothesis: the closed form on one mask."""
    traits, week = flow_of(3)
    hit = int(np.flatnonzero(week == WEEKS - 3)[0])
    past = told(np.array([hit]), np.array([True]), week)
    recent = np.flatnonzero(week >= WEEKS - 6)
    search = search_from(traits, hit, WEEKS - 3, past, recent, 6.0, FollowOptions().search)
    assert search is not None
    own = shared_bits(traits, hit, np.array([hit]), 0.08)
    after = search.if_clean(int(own[0]))
    left = float(search.weight.sum(axis=0) @ (1 - search.rates))
    expected = search.scheme * left / (search.scheme * left + 1 - search.scheme)
    assert after.scheme == pytest.approx(expected)
    assert after.weight.sum() == pytest.approx(1)
    assert after.shares(own)[0] < search.shares(own)[0]


def test_conjunctions_join_no_nested_traits_and_nobody_shares_an_empty_value() -> None:
    codes = np.array([[1, 1, -1], [1, 1, -1], [2, 1, 4]], np.int32)
    traits = Traits(("hs", "hs4", "courier"), codes, ("price",), np.array([[0.1], [0.15], [np.nan]]), (("hs", "hs4"),))
    masks, sizes = masks_of(traits, np.ones(4, bool))
    assert not any(mask & 0b11 == 0b11 for mask in masks.tolist())
    assert sizes.tolist() == [mask.bit_count() for mask in masks.tolist()]
    assert len(masks) == 4 + 5 + 2
    assert shared_bits(traits, 0, np.arange(3), 0.08).tolist() == [0b1011, 0b1011, 0b0010]
