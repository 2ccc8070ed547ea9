"""What alarms, what must not: a new column, more testing, a changed definition; and the law of the test itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, fisher_exact, nbinom

from counterflow.core.seeds import generator
from counterflow.watch.emergence.events import Shown, emerging
from counterflow.watch.emergence.growth import growth_of
from counterflow.watch.emergence.judge import Rule, judge, shuffled

EVER = np.datetime64("1900-01-01")


def test_the_tail_is_fishers_where_samples_are_independent():
    from counterflow.watch.emergence.kernels import rise

    for found, tested, before, earlier in ((3, 40, 2, 200), (1, 10, 0, 500), (9, 30, 40, 300)):
        exact = fisher_exact([[found, tested - found], [before, earlier - before]], alternative="greater").pvalue
        assert rise(found, tested, before, earlier, 0.0) == pytest.approx(exact, rel=1e-9)


def test_correlated_samples_and_sums_of_places_have_the_tails_of_their_laws():
    from counterflow.watch.emergence.kernels import _above, rise

    mean, precision = 3 / 201, 1 / (1 / 202 + 0.01) - 1
    law = betabinom(40, mean * precision, (1 - mean) * precision)
    assert rise(3.0, 40.0, 2.0, 200.0, 0.01) == pytest.approx(law.sf(2), rel=1e-6)
    assert _above(9.0, 4.0, 10.0) == pytest.approx(nbinom(4 * 4 / 6, 0.4).sf(8), rel=1e-9)


def test_a_rise_alarms_and_says_since_when(streams):
    made = streams([0, 0, 0, 0, 0, 1, 0, 2, 5, 11, 20], 200)
    (row,) = emerging(made, judge(made), Shown(EVER))
    assert (row["alarm"], row["first_found"], row["looked_since"]) == ("yes", "2016-04-01", "2015-01-01")
    assert "2016-10-01" <= row["since"] <= row["alarmed"] <= "2017-07-01"
    assert row["growth_low"] > 0
    assert row["doubling_low"] < row["doubling_months"]


def test_one_finding_after_many_without_is_told_with_its_bound_and_alarms_nobody(streams):
    made = streams([0] * 8 + [1], 250)
    (row,) = emerging(made, judge(made), Shown(EVER))
    assert (row["evidence"], row["alarm"], row["before_tested"]) == ("first-seen", "no", 2000)
    assert row["before_at_most"] == pytest.approx(3 / 2000, rel=0.01)


@settings(max_examples=40)
@given(
    start=st.integers(4, 12),
    counts=st.lists(st.integers(0, 300), min_size=4, max_size=4),
    basis=st.sampled_from(["panel", "tested", "never-said"]),
)
def test_a_new_column_alone_never_alarms_whatever_the_counts(streams, start, counts, basis):
    """Nothing before the column, anything within the year after it."""
    found = [0] * start + counts
    look = [True] * len(found) if basis == "tested" else [at >= start for at in range(len(found))]
    if basis == "tested":
        # It is said to have been tested for all along, and is found at full height at once.
        found = [0] * start + [max(counts[0], 1)] * 4
    made = streams(found, 300, basis=basis, look=look)
    said = judge(made)
    assert not (said.alarm & ~said.doubted).any()
    assert not any(row["alarm"] == "yes" for row in emerging(made, said, Shown(EVER)))


@settings(max_examples=25)
@given(share=st.sampled_from([0.01, 0.05, 0.2]), factor=st.sampled_from([2, 5, 10]), at=st.integers(5, 12))
def test_more_testing_at_the_same_share_does_not_alarm(streams, share, factor, at):
    tested = np.array([200.0] * at + [200.0 * factor] * 6)
    made = streams(np.round(share * tested), tested)
    assert not judge(made).alarm.any()


def test_a_changed_definition_is_no_rise(streams):
    found = [2, 3, 2, 1, 2, 3, 2, 2, 20, 22, 19, 21, 20, 18]
    changed = [at == 8 for at in range(len(found))]
    assert judge(streams(found, 100)).alarm.any()
    assert not judge(streams(found, 100, restart=changed)).alarm.any()


def test_a_start_at_full_height_that_nobody_told_is_withheld_and_told_so(streams):
    made = streams([0] * 8 + [30, 31, 29, 30, 30, 31], 100, basis="tested")
    (row,) = emerging(made, judge(made), Shown(EVER))
    assert (row["evidence"], row["alarm"]) == ("looking-began", "withheld")
    assert "full height" in row["panel_notes"]
    assert judge(made, Rule(believe_tested=True)).alarm.any()


def test_places_together_tell_what_none_tells_alone(streams):
    quiet, late = [[1, 0, 1, 0] * 3] * 12, [[2, 2, 2]] * 12
    made = streams(np.hstack([quiet, late]), 100)
    said = judge(made, Rule(budget=0.05))
    assert said.all_alarm.any()
    rows = emerging(made, said, Shown(EVER))
    assert rows[0]["place"] == "*"
    assert rows[0]["alarm"] == "yes"


def test_testing_that_moves_to_a_place_that_always_had_more_is_no_rise(streams):
    tested = np.array([[400.0] * 8 + [100] * 4, [100.0] * 8 + [400] * 4])
    made = streams(np.round(tested * np.array([[0.01], [0.2]])), tested)
    said = judge(made)
    assert not said.all_alarm.any()
    assert not said.alarm.any()


def test_the_budget_holds_where_nothing_happens(streams):
    draws = generator(5, "emergence", "null")
    made = streams(draws.binomial(150, 0.03, (400, 24)).astype(float), 150)
    said = judge(made, Rule(budget=0.2))
    # One subject of 400 places: 5 years judged, half of the budget for places, half for all together.
    assert said.alarm.sum() + said.all_alarm.sum() <= 3
    assert shuffled(made, Rule(budget=0.2), times=2)[1].rate < 1.0


def test_what_comes_later_moves_nothing_earlier(streams):
    made = streams([0, 1, 0, 2, 1, 0, 3, 9, 14], 120)
    early = judge(made.until(made.starts[6]))
    np.testing.assert_array_equal(judge(made).evidence[:, :6], early.evidence)


def test_growth_is_found_within_its_interval_and_ignores_volume():
    tested = np.array([100, 300, 200, 800, 400, 900], float)
    grown = growth_of(tested * 0.02 * 1.5 ** np.arange(6), tested, 4)
    assert grown.rate == pytest.approx(np.log(1.5), rel=0.02)
    assert grown.low < np.log(1.5) < grown.high
    assert not growth_of(np.array([0.0, 1, 0]), np.array([9.0, 9, 9]), 4).known


def test_few_people_are_not_told(streams):
    import pyarrow as pa

    made = streams([0, 0, 0, 0, 0, 0, 3], 100)
    key = made.key.set_column(2, "measure", pa.array(["deaths"]))
    people = type(made)(key, *(getattr(made, n) for n in list(made.__dataclass_fields__)[1:]))
    (row,) = emerging(people, judge(people), Shown(EVER))
    assert row["found"] is None
    assert row["share"] is None
    assert "fewer than 10 people" in row["panel_notes"]
