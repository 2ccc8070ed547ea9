"""How well inspection detects: where it comes from, and that its doubt only ever widens an interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.interdiction.intervals import Share, clopper_pearson
from counterflow.account.interdiction.sensitivity import Sensitivity, correct_for, parse_sensitivity, sample_level
from counterflow.core.errors import UsageError


def test_blind_tests_use_clopper_pearson():
    tested = Sensitivity.tested(18, 20)
    assert tested.value == 0.9
    assert tested.interval(0.95) == pytest.approx(clopper_pearson(18, 20))


def test_declared_rate_of_one_is_taken_at_its_word_and_none_is_said_to_be_unstated():
    assert Sensitivity.declared(1.0).certain
    unstated = Sensitivity.declared(None)
    assert unstated.value == 1.0
    assert "not stated" in unstated.words
    low, high = Sensitivity.declared(0.8).interval(0.95)
    assert low < 0.7
    assert high > 0.9


@given(st.integers(1, 60).flatmap(lambda m: st.tuples(st.integers(1, m), st.just(m))), st.floats(0, 0.3))
def test_doubt_about_detection_only_widens(test, apparent):
    sensitivity = Sensitivity.tested(*test)
    n = 400.0
    low, high = clopper_pearson(apparent * n, n, sample_level(sensitivity, 0.95))
    plain = clopper_pearson(apparent * n, n, 0.95)
    share = correct_for(Share(apparent, low, high, n), sensitivity, 0.95)
    assert share.low <= share.value <= share.high
    taken_as_certain = [min(end / sensitivity.value, 1.0) for end in plain]
    assert share.low <= taken_as_certain[0]
    assert share.high >= taken_as_certain[1]


def test_known_sensitivity_divides_and_stops_at_one():
    share = correct_for(Share(0.6, 0.4, 0.8, 50), Sensitivity.known(0.5), 0.95)
    assert (share.value, share.low, share.high) == (1.0, 0.8, 1.0)
    assert sample_level(Sensitivity.known(0.5), 0.95) == 0.95


@pytest.mark.parametrize("text", ["0/20", "21/20", "beta:0.5,2", "0", "1.2", "nine of ten", "18/", "beta:1", "nan"])
def test_nonsense_is_refused_with_words(text):
    with pytest.raises(UsageError) as caught:
        parse_sensitivity(text)
    assert caught.value.exit_code == 2


def test_three_ways_to_write_it():
    assert parse_sensitivity("18/20").kind == "tested"
    assert parse_sensitivity("beta:18,2").kind == "prior"
    assert parse_sensitivity("0.9").kind == "known"
