"""What the rows say: who counts as found, what the random arm estimates, and when it says nothing."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.interdiction.intervals import clopper_pearson
from counterflow.account.interdiction.rates import Frame, InterdictionOptions, interdiction_rows
from counterflow.account.interdiction.sensitivity import Sensitivity
from counterflow.core.seeds import generator

DAY = dt.date(2026, 3, 1)
COLUMNS = pa.schema(
    [
        ("lane", pa.string()),
        ("arm", pa.string()),
        ("inclusion_probability", pa.float64()),
        ("sampled", pa.bool_()),
        ("answered", pa.bool_()),
        ("detection_rate", pa.float64()),
        ("state", pa.string()),
        ("confirmation", pa.string()),
    ]
)


def drawn(*groups):
    """One row per record; a group is (count, lane, arm, probability, state, confirmation[, detection])."""
    rows = []
    for count, lane, arm, probability, state, confirmation, *detection in groups:
        rate = detection[0] if detection else 1.0
        sampled = arm == "random" and probability > 0
        rows += [(lane, arm, probability, sampled, True, rate, state, confirmation)] * count
    return pa.Table.from_pylist([dict(zip(COLUMNS.names, row, strict=True)) for row in rows], schema=COLUMNS)


def rows_of(table, eligible=None, options=None, **frame):
    made = Frame(eligible or {"mail": 10_000}, table, DAY, "test", **frame)
    return {(row["lane"], row["arm"]): row for row in interdiction_rows(made, options)}


def random_arm(n, found, probability=0.02, lane="mail"):
    return (
        (found, lane, "random", probability, "inspected", "confirmed"),
        (n - found, lane, "random", probability, "inspected", "none"),
    )


def test_equal_chances_give_plain_clopper_pearson_times_the_volume():
    row = rows_of(drawn(*random_arm(200, 4)))["*", "random"]
    low, high = clopper_pearson(4, 200)
    assert row["n"] == 200
    assert row["found"] == 4
    assert row["rate"]["value"] == 0.02
    assert (row["rate"]["low"], row["rate"]["high"]) == pytest.approx((low, high))
    assert row["undetected"]["value"] == pytest.approx(10_000 * 0.02 - 4)
    assert row["undetected"]["low"] == pytest.approx(10_000 * low - 4)
    assert row["undetected"]["high"] == pytest.approx(10_000 * high - 4)
    assert row["interdiction"]["value"] == pytest.approx(4 / 200)
    assert row["informative"] is True
    assert row["undetected"]["as_of"] == "2026-03-01"


def test_rows_are_json_with_the_keys_that_were_promised():
    rows = interdiction_rows(Frame({"mail": 500}, drawn(*random_arm(50, 1)), DAY, "test"))
    read = json.loads(json.dumps(rows, allow_nan=False))
    assert [(r["lane"], r["arm"]) for r in read] == [
        (lane, arm) for lane in ("*", "mail") for arm in ("mandatory", "random", "targeted")
    ]
    for row in read:
        assert {"lane", "arm", "n", "found", "rate", "undetected", "informative"} <= set(row)
        assert {"value", "low", "high", "level", "method"} <= set(row["rate"])
        assert "never declared" in row["outside"]


def test_zero_found_is_at_most_and_never_none():
    row = rows_of(drawn(*random_arm(300, 0)))["mail", "random"]
    assert row["words"] == "0 of 300: at most 1.22 % (95 % interval)"
    found = rows_of(drawn(*random_arm(200, 4)))["*", "random"]
    assert found["words"] == "4 of 200: 2 % (95 % interval 0.548 % to 5.04 %)"
    assert row["undetected"]["low"] == 0
    assert row["undetected"]["value"] == 0
    assert row["undetected"]["high"] == pytest.approx(122, abs=1)
    assert row["interdiction"] is None


@pytest.mark.parametrize("arm", ["targeted", "mandatory"])
def test_chosen_arms_give_a_hit_rate_and_no_estimate(arm):
    row = rows_of(drawn((90, "mail", arm, 0.02, "inspected", "confirmed"), *random_arm(100, 1)))["mail", arm]
    assert row["rate"]["value"] == 1.0
    assert row["undetected"] is None
    assert row["interdiction"] is None
    assert row["prevalence"] is None
    assert row["informative"] is False
    assert "not a probability sample" in row["why_not"]


def test_targeted_finds_count_in_the_rate_but_never_move_prevalence():
    alone = rows_of(drawn(*random_arm(400, 8)))["*", "random"]
    table = drawn(*random_arm(400, 8), (90, "mail", "targeted", 0.02, "inspected", "confirmed"))
    both = rows_of(table)["*", "random"]
    assert both["prevalence"] == alone["prevalence"]
    assert both["undetected"]["value"] == pytest.approx(alone["undetected"]["value"] - 90)
    assert both["interdiction"]["value"] == pytest.approx(98 / 200)


@pytest.mark.parametrize("word", ["suspected", "presumptive"])
def test_a_presumptive_find_is_not_found_but_opens_the_upper_end(word):
    clear = rows_of(drawn(*random_arm(300, 2)))["*", "random"]
    table = drawn(*random_arm(299, 2), (1, "mail", "random", 0.02, "inspected", word))
    waiting = rows_of(table)["*", "random"]
    assert waiting["found"] == 2
    assert waiting["awaiting"][word] == 1
    assert waiting["prevalence"]["low"] == clear["prevalence"]["low"]
    assert waiting["prevalence"]["high"] == pytest.approx(clopper_pearson(3, 300)[1])
    assert waiting["rate"]["value"] == clear["rate"]["value"]


def test_refuted_is_clear():
    table = drawn(*random_arm(299, 2), (1, "mail", "random", 0.02, "inspected", "refuted"))
    row = rows_of(table)["*", "random"]
    assert (row["n"], row["found"], row["refuted"]) == (300, 2, 1)
    assert row["prevalence"]["high"] == pytest.approx(clopper_pearson(2, 300)[1])


def test_not_presented_is_non_response_not_a_negative():
    table = drawn(*random_arm(190, 2), (10, "mail", "random", 0.02, "not_presented", "none"))
    row = rows_of(table)["*", "random"]
    assert (row["n"], row["not_presented"], row["pending"], row["drawn"]) == (190, 10, 0, 200)
    assert row["prevalence"]["value"] == pytest.approx(2 / 190)
    assert row["missing_share"] == pytest.approx(0.05)
    assert "taken to resemble" in row["prevalence"]["method"]


def test_much_non_response_gives_worst_case_bounds_and_says_so():
    table = drawn(*random_arm(150, 3), (50, "mail", "random", 0.02, "not_presented", "none"))
    row = rows_of(table)["*", "random"]
    low, high = clopper_pearson(3, 150)
    assert row["prevalence"]["low"] == pytest.approx(0.75 * low)
    assert row["prevalence"]["high"] == pytest.approx(0.75 * high + 0.25)
    assert "worst-case" in row["prevalence"]["method"]
    assert row["informative"] is False
    assert "25 % of the draws gave no result" in row["why_not"]


def test_held_and_unanswered_draws_are_pending():
    table = drawn(
        *random_arm(100, 1),
        (2, "mail", "random", 0.02, "held", "suspected"),
        (3, "mail", "random", 0.02, None, None),
    )
    row = rows_of(table)["*", "random"]
    assert (row["n"], row["pending"], row["awaiting"]["suspected"]) == (100, 5, 0)


def test_a_laboratory_result_on_a_held_record_counts():
    table = drawn(*random_arm(100, 1), (1, "mail", "random", 0.02, "held", "confirmed"))
    row = rows_of(table)["*", "random"]
    assert (row["n"], row["found"], row["pending"]) == (101, 2, 0)


def test_nothing_inspected_is_not_informative():
    row = rows_of(drawn())["*", "random"]
    assert row["n"] == 0
    assert row["rate"]["value"] is None
    assert row["informative"] is False
    assert row["undetected"]["value"] is None
    assert (row["undetected"]["low"], row["undetected"]["high"]) == (0, 10_000)
    assert row["why_not"] == "no record of the random arm was inspected"


def test_an_empty_workspace_has_rows_that_say_nothing():
    rows = interdiction_rows(Frame({}, drawn(), DAY, "no plan has been worked yet"))
    assert [row["arm"] for row in rows] == ["mandatory", "random", "targeted"]
    assert not any(row["informative"] for row in rows)


def test_too_wide_for_the_declared_limit_is_not_informative():
    table = drawn(*random_arm(30, 0))
    assert rows_of(table)["*", "random"]["informative"] is False
    assert "wider than the declared usefulness limit of 10 %" in rows_of(table)["*", "random"]["why_not"]
    generous = InterdictionOptions(usefulness_limit=0.2)
    assert rows_of(table, options=generous)["*", "random"]["informative"] is True


def test_unequal_chances_weigh_each_find_by_what_it_stands_for():
    """2 of 100 in a lane drawn at 1 %, 20 of 100 in one drawn at 10 %: (2 x 100 + 20 x 10) of 11,000."""
    table = drawn(*random_arm(100, 2, 0.01, "sea"), *random_arm(100, 20, 0.1, "mail"))
    rows = rows_of(table, {"sea": 10_000, "mail": 1_000})
    assert rows["*", "random"]["prevalence"]["value"] == pytest.approx(400 / 11_000)
    assert "Korn-Graubard" in rows["*", "random"]["prevalence"]["method"]
    assert rows["*", "random"]["effective_n"] < 125
    assert rows["mail", "random"]["prevalence"]["value"] == pytest.approx(0.2)


def test_declared_detection_rates_scale_each_resource_and_carry_doubt():
    dog, scanner = 0.9, 0.6
    table = drawn(
        (9, "mail", "random", 0.02, "inspected", "confirmed", dog),
        (91, "mail", "random", 0.02, "inspected", "none", dog),
        (6, "mail", "random", 0.02, "inspected", "confirmed", scanner),
        (94, "mail", "random", 0.02, "inspected", "none", scanner),
    )
    row = rows_of(table)["*", "random"]
    assert row["prevalence"]["value"] == pytest.approx(0.10)
    assert row["sensitivity"]["kind"] == "declared"
    assert row["sensitivity"]["low"] < 0.75 < row["sensitivity"]["high"]
    plain = rows_of(table, options=InterdictionOptions(sensitivity=Sensitivity.known(0.75)))["*", "random"]
    assert row["prevalence"]["high"] > plain["prevalence"]["high"]


def test_what_no_draw_could_reach_is_outside():
    table = drawn(*random_arm(300, 6), (5, "mail", "mandatory", 0.0, "inspected", "confirmed"))
    rows = rows_of(table, out_of_reach=5)
    assert rows["*", "mandatory"]["found"] == 5
    assert rows["*", "random"]["undetected"]["value"] == pytest.approx(10_000 * 0.02 - 6)
    assert "5 planned records had no chance" in rows["*", "random"]["outside"]


record = st.tuples(
    st.sampled_from(["mail", "sea"]),
    st.sampled_from(["random", "targeted", "mandatory"]),
    st.floats(0.001, 1.0),
    st.booleans(),
    st.sampled_from([None, 0.5, 0.9, 1.0]),
    st.sampled_from([None, "not_presented", "presented", "held", "inspected"]),
    st.sampled_from([None, "none", "suspected", "presumptive", "confirmed", "refuted"]),
)


@given(st.lists(record, max_size=40), st.integers(40, 5_000), st.sampled_from([None, (9, 10), (1, 3)]))
def test_rows_hold_together_whatever_was_recorded(records, volume, tested):
    table = pa.Table.from_pylist(
        [dict(zip(COLUMNS.names, (*r[:3], r[1] == "random", *r[3:]), strict=True)) for r in records], schema=COLUMNS
    )
    options = InterdictionOptions(sensitivity=tested and Sensitivity.tested(*tested))
    rows = rows_of(table, {"mail": volume, "sea": volume}, options)
    for row in rows.values():
        assert row["drawn"] == row["n"] + row["not_presented"] + row["pending"]
        assert row["found"] + row["refuted"] + sum(row["awaiting"].values()) <= row["n"]
        assert (row["undetected"] is None) == (row["arm"] != "random")
        if row["arm"] == "random":
            assert 0 <= row["undetected"]["low"] <= row["undetected"]["high"]
            assert row["prevalence"]["high"] <= 1
        if row["interdiction"]:
            assert 0 <= row["interdiction"]["low"] <= row["interdiction"]["high"] <= 1
        assert row["informative"] or row["why_not"]
    for arm in ("mandatory", "random", "targeted"):
        assert rows["*", arm]["n"] == sum(r["n"] for (lane, a), r in rows.items() if a == arm and lane != "*")


def test_the_undetected_volume_is_covered_beside_a_strong_targeted_arm():
    """100 plans over one known frame: half of the violative records look bad and are targeted."""
    frame, violative = 20_000, 300
    covered = rate_covered = 0
    for seed in range(100):
        rng = generator(seed, "undetected")
        drawn_at_random = rng.permutation(frame)[:600]
        looks_bad = np.setdiff1d(np.arange(150), drawn_at_random)
        at_random = int((drawn_at_random < violative).sum())
        table = drawn(
            *random_arm(600, at_random, 600 / frame),
            (len(looks_bad), "mail", "targeted", 600 / frame, "inspected", "confirmed"),
        )
        row = rows_of(table, {"mail": frame})["*", "random"]
        found = at_random + len(looks_bad)
        covered += row["undetected"]["low"] <= violative - found <= row["undetected"]["high"]
        rate_covered += row["interdiction"]["low"] <= found / violative <= row["interdiction"]["high"]
    assert covered >= 93
    assert rate_covered >= 93
