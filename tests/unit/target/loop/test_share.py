"""The random share: what moves it, and what it never does."""

import numpy as np
import pytest

from counterflow.target.loop.share import ShareRule, random_share


def test_it_rises_when_chance_finds_more_than_the_model_said() -> None:
    said = np.full(60, 0.1)
    as_said = random_share(ShareRule(), np.arange(60) < 6, said)
    surprised = random_share(ShareRule(), np.arange(60) < 12, said)
    assert as_said.value == pytest.approx(0.08)
    assert surprised.value > 0.12
    assert "12 found of 60 random inspections, 6.0 expected" in surprised.said


def test_it_stays_between_floor_and_cap_whatever_happens() -> None:
    rule = ShareRule(0.08, 0.05, 0.16)
    none, all_ = np.zeros(200, bool), np.ones(200, bool)
    assert random_share(rule, none, np.full(200, 0.5)).value == pytest.approx(0.08 / 2**0.5)
    assert random_share(rule, none, np.full(200, 0.5), width=0.1).value == 0.05
    assert random_share(rule, all_, np.full(200, 0.01), drift=True, width=9.0).value == 0.16


def test_a_drift_alarm_and_a_wide_interval_each_add_half_a_doubling() -> None:
    nothing = np.zeros(0, bool), np.zeros(0)
    rule = ShareRule(0.08, 0.05, 0.5)
    assert random_share(rule, *nothing).value == pytest.approx(0.08)
    assert random_share(rule, *nothing, drift=True).value == pytest.approx(0.08 * 2**0.5)
    assert random_share(rule, *nothing, width=4.0).value == pytest.approx(0.08 * 2**0.5)


@pytest.mark.parametrize(("floor", "cap"), [(0.0, 0.1), (0.2, 0.1), (0.1, 1.5)])
def test_bounds_that_exclude_each_other_are_refused(floor: float, cap: float) -> None:
    with pytest.raises(ValueError, match="floor"):
        ShareRule(0.08, floor, cap)
