"""Estimators on blocks of treated units and donors: published answers, invariants, placebos, limits."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.blocks import BLOCK_METHODS, answered
from counterflow.account.evaluate.columns import named_specials
from counterflow.account.evaluate.did import did, unequal_variance_interval
from counterflow.account.evaluate.panel import Block, block_of, panel_of, read_panel
from counterflow.account.evaluate.placebo import between_ranks, critical_value, placebos_of
from counterflow.account.evaluate.predictors import predictors_of
from counterflow.account.evaluate.result import MethodResult, agreement
from counterflow.account.evaluate.sdid import jackknife_error, sdid
from counterflow.account.evaluate.synthetic import augmented, synthetic
from counterflow.account.given import read_rows
from counterflow.core.errors import InputError


def world(seed=1, donors=20, treated=1, periods=16, before=10, effect=0.0):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(2, periods)).cumsum(axis=1)
    rows = 10 + rng.normal(size=(donors + treated, 2)) @ factors + rng.normal(0, 0.3, (donors + treated, periods))
    rows[:treated, before:] += effect
    names = tuple(f"u{i}" for i in range(donors + treated))
    return Block(
        names[treated:], names[:treated], tuple(map(str, range(periods))), before, rows[treated:], rows[:treated]
    )


@pytest.fixture(scope="module")
def cigarettes(request):
    file = request.getfixturevalue("shared_data") / "account" / "prop99.csv"
    panel = read_panel(file, unit="State", time="Year", outcome="PacksPerCapita")
    return block_of(panel, ("California",), panel.period_at("1989"))


def test_proposition_99(cigarettes):
    assert sdid(cigarettes).effect == pytest.approx(-15.604, abs=0.01)
    assert did(cigarettes).effect == pytest.approx(-27.349, abs=0.001)
    assert synthetic(cigarettes).effect == pytest.approx(-19.6, abs=0.3)


def test_diff_diff_says_the_same(cigarettes):
    import pandas as pd
    from diff_diff import DifferenceInDifferences, SyntheticDiD

    rows = [(name, int(period), value, int(name == "California"), int(int(period) >= 1989))
            for names, grid in ((cigarettes.names, cigarettes.donors), (cigarettes.treated_names, cigarettes.treated))
            for name, path in zip(names, grid, strict=True)
            for period, value in zip(cigarettes.periods, path, strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["unit", "time", "y", "d", "post"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = DifferenceInDifferences().fit(frame, outcome="y", treatment="d", time="post")
        theirs = SyntheticDiD(n_bootstrap=2, seed=1).fit(
            frame, outcome="y", treatment="d", unit="unit", time="time", post_periods=list(range(1989, 2001)))  # fmt: skip
    assert did(cigarettes).effect == pytest.approx(plain.att, abs=1e-9)
    assert sdid(cigarettes).effect == pytest.approx(theirs.att, abs=0.01)


SCHOOL = ("school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest")
ODD = "1961,1963,1965,1967,1969"
SECTORS = ["agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa"]


@pytest.mark.parametrize("turn", [1, -1])
def test_the_basque_country_whatever_the_order_of_predictors(shared_data, turn):
    rows = read_rows(shared_data / "account" / "basque.csv")
    texts = ["gdpcap:1960-1969", ";".join(f"sec.{s}:{ODD}" for s in SECTORS), "popdens:1969"][::turn]
    special = named_specials(rows, texts)
    panel = panel_of(rows, unit="regionname", time="year", outcome="gdpcap",
                     extra=[*SCHOOL, *(s.column for s in special)])  # fmt: skip
    start = panel.period_at("1970")
    ask = Ask(methods=("sc",), predictors=SCHOOL[::turn], special=special)
    known = predictors_of(panel, ask, start)
    fit = known.estimator()(block_of(panel, ("Basque Country (Pais Vasco)",), start))
    weights = dict(zip(known.complete, fit.weights, strict=False))
    assert weights["Cataluna"] == pytest.approx(0.851, abs=0.005)
    assert weights["Madrid (Comunidad De)"] == pytest.approx(0.149, abs=0.005)
    assert "1960 to 1969" in known.window_words
    assert any("invest" in words and "missing" in words for words in known.said)


@pytest.mark.parametrize("name", list(BLOCK_METHODS))
def test_a_planted_effect_is_found_and_no_effect_is_not(name):
    ask = Ask(methods=(name,), breaks=False)
    found = answered(BLOCK_METHODS[name], world(0, effect=60.0), ask)
    assert found.low < 60 < found.high
    assert found.excludes_zero
    assert found.placebo_p == pytest.approx(1 / 21)
    nothing = [answered(BLOCK_METHODS[name], world(seed, donors=19), ask) for seed in range(6)]
    assert sum(one.low < 0 < one.high for one in nothing) >= 5
    assert all(sum(one.weights.values()) == pytest.approx(1, abs=1e-3) for one in [found, *nothing])


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(BLOCK_METHODS)), st.integers(0, 500), st.floats(0.01, 100), st.floats(-50, 50))
def test_a_change_of_unit_changes_the_effect_alike(name, seed, factor, shift):
    block = world(seed, donors=7, periods=10, before=6, effect=1.0)
    moved = replace(block, donors=block.donors * factor + shift, treated=block.treated * factor + shift)
    estimate = BLOCK_METHODS[name].estimator
    assert estimate(moved).effect == pytest.approx(estimate(block).effect * factor, rel=1e-4, abs=1e-4 * factor)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(BLOCK_METHODS)), st.integers(0, 500))
def test_the_order_of_donors_changes_nothing(name, seed):
    block = world(seed, donors=7, periods=10, before=6)
    turned = replace(block, names=block.names[::-1], donors=block.donors[::-1])
    estimate = BLOCK_METHODS[name].estimator
    assert estimate(turned).effect == pytest.approx(estimate(block).effect, abs=1e-6)


def test_an_effect_added_to_the_treated_is_added_to_the_estimate():
    for name, method in BLOCK_METHODS.items():
        plain, moved = method.estimator(world(4)), method.estimator(world(4, effect=2.5))
        assert moved.effect - plain.effect == pytest.approx(2.5), name


def test_augmented_is_synthetic_control_where_that_fits_perfectly():
    block = world(5)
    inside = replace(block, treated=block.donors[:3].mean(axis=0, keepdims=True))
    assert augmented(inside).effect == pytest.approx(synthetic(inside).effect, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40), st.floats(0, 120), st.floats(0, 120))
def test_p_falls_with_the_effect_and_never_below_one_in_n_and_one(others, one, other):
    others = np.array(others)
    small, large = sorted((one, other))
    assert between_ranks(large, others) <= between_ranks(small, others) + 1e-12
    assert 1 / (len(others) + 1) - 1e-12 <= between_ranks(large, others) <= 1
    plain = (1 + np.sum(np.abs(others) >= large)) / (len(others) + 1)
    assert between_ranks(large, others) <= plain + 1e-12


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.001, 100), min_size=19, max_size=60, unique=True), st.floats(0, 120))
def test_the_interval_excludes_no_effect_exactly_where_p_is_below_its_level(others, own):
    others = np.array(others)
    critical, _ = critical_value(others, 0.95)
    if own > critical:
        assert between_ranks(own, others) <= 0.05 + 1e-9
    else:
        assert between_ranks(own, others) >= 0.05 - 1e-9


def test_exchangeable_units_are_told_apart_in_one_of_twenty():
    rng = np.random.default_rng(1)
    draws = rng.standard_t(2, size=(4000, 39))
    rejected = np.mean([between_ranks(row[0], row[1:]) <= 0.05 for row in draws])
    assert 0.038 < rejected < 0.062
    held = np.mean([abs(row[0]) <= critical_value(row[1:], 0.95)[0] for row in draws])
    assert 0.938 < held < 0.962


def test_few_placebos_never_reject_more_often_than_one_in_n_and_one():
    rng = np.random.default_rng(2)
    draws = rng.standard_t(1.2, size=(4000, 10))
    rejected = np.mean([abs(row[0]) > critical_value(row[1:], 0.95)[0] for row in draws])
    assert rejected < 0.115
    assert "too few" in critical_value(draws[0, 1:], 0.95)[1]


def test_placebos_leave_the_treated_out_and_are_all_there_are():
    block = world(6, donors=8, treated=2)
    found = placebos_of(block, did, did(block), 500, np.random.default_rng(1))
    assert found.every
    assert len(found.effects) == 28
    assert not {name for names in found.names for name in names} & set(block.treated_names)
    some = placebos_of(block, did, did(block), 20, np.random.default_rng(1))
    assert not some.every
    assert len(some.effects) == 20


def test_many_treated_units_rest_on_their_own_spread():
    block = world(7, donors=10, treated=8, effect=6.0)
    ask = Ask(methods=("did",), breaks=False)
    told = answered(BLOCK_METHODS["did"], block, ask)
    assert "Welch" in told.interval_method
    assert told.placebo_p is None
    assert told.more["p"] < 0.05
    assert "jackknife" in answered(BLOCK_METHODS["sdid"], block, ask).interval_method
    assert jackknife_error(block, sdid(block)) > 0
    from scipy import stats

    changes = [rows[:, block.before :].mean(axis=1) - rows[:, : block.before].mean(axis=1)
               for rows in (block.treated, block.donors)]  # fmt: skip
    known = stats.ttest_ind(*changes, equal_var=False)
    assert unequal_variance_interval(block, 0.95)[3] == pytest.approx(known.pvalue)


def test_donors_that_never_differ_say_nothing_of_chance():
    block = world(8, donors=5)
    flat = replace(block, donors=np.zeros_like(block.donors))
    told = answered(BLOCK_METHODS["did"], flat, Ask(methods=("did",)))
    assert told.low is None
    assert told.placebo_p is None
    assert any("do not differ" in words for words in told.limits)


def test_outside_the_donors_and_one_donor_is_said():
    block = world(9)
    above = replace(block, treated=block.treated + 100)
    told = answered(BLOCK_METHODS["sc"], above, Ask(methods=("sc",)))
    assert any("outside all donors" in words for words in told.limits)
    copy = replace(block, treated=block.donors[[3]])
    told = answered(BLOCK_METHODS["sc"], copy, Ask(methods=("sc",)))
    assert any("One donor" in words for words in told.limits)


def test_breaking_it_is_part_of_the_answer():
    told = answered(BLOCK_METHODS["sc"], world(10, effect=4.0), Ask(methods=("sc",))).as_dict()
    assert told["leave_one_out"]["low"] <= told["effect"] + 2
    assert set(told["leave_one_out"]["effects"]) <= {f"u{i}" for i in range(1, 21)}
    assert [row["start"] for row in told["in_time"]["starts"]] == ["5", "7", "8"]
    assert told["in_time"]["largest"] < 4
    assert len(told["period_effects"]) == 16
    assert told["equivalence"] is None
    sized = answered(BLOCK_METHODS["did"], world(11), Ask(methods=("did",), margin=50.0)).as_dict()
    assert sized["equivalence"]["equivalent"]


def test_the_same_seed_gives_the_same_answer():
    block = world(12, donors=15, treated=5)
    ask = Ask(methods=("sdid",), placebos=30, breaks=False)
    assert answered(BLOCK_METHODS["sdid"], block, ask) == answered(BLOCK_METHODS["sdid"], block, ask)


def result(effect, low, high):
    return MethodResult(method="m", words="w", effect=effect, low=low, high=high, interval_method="i")


def test_estimators_agree_or_do_not():
    assert agreement([result(-1, -2, -0.5), result(-2, -3, -0.1)])["verdict"] == "agree"
    assert agreement([result(-1, -2, -0.5), result(-2, -3, 0.1)])["verdict"] == "agree in sign"
    assert agreement([result(-1, -2, -0.5), result(1, 0.5, 2)])["verdict"] == "disagree"
    assert agreement([result(-1, -1.2, -0.8), result(-5, -6, -4)])["verdict"] == "disagree"
    assert agreement([result(-1, -2, 0)])["verdict"] == "one estimator only"


def test_a_predictor_from_the_treated_periods_is_refused(tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("u,t,y,x\n" + "\n".join(f"{u},{t},{t + i},{i}" for i, u in enumerate("abc") for t in range(6)))
    rows = read_rows(file)
    panel = panel_of(rows, unit="u", time="t", outcome="y", extra=["x"])
    for text, words in (("x:2-4", "reaches into the treated periods"), ("x:9", "not among the periods")):
        with pytest.raises(InputError, match=words):
            predictors_of(panel, Ask(methods=("sc",), special=named_specials(rows, [text])), 3)
