"""What a probability of reaching says, refuses, and leaves to time; the rules it is held against; hindcasts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tests.unit.account.test_reach_model import yearly

from counterflow.account.reach import Break, Point, Series, Target, probability
from counterflow.account.reach.hindcast import brier, cases_of, coverage, ratio, score, scored
from counterflow.account.reach.rules import last_value, needed_on, regression, softened, straight_line
from counterflow.account.reach.series import lay
from counterflow.core.errors import InputError, UnknownName

END = dt.date(2010, 12, 31)


def day(year):
    return dt.date(year, 12, 31)


def test_too_few_points_are_not_assessable_and_say_so() -> None:
    found = probability(yearly([5, 6, 7, 8]), Target(3, day(2006), "down"))
    assert (found.status, found.probability) == ("not assessable", None)
    assert "4 points" in found.why


def test_only_what_came_after_a_break_counts_unless_linked() -> None:
    series = yearly([900, 910, 905, 100, 101, 99, 100, 100])
    cut = Series(series.points, breaks=(Break(day(2002)),))
    linked = Series(series.points, breaks=(Break(day(2002), linked=True),))
    asked = Target(98, day(2009), "down")
    assert probability(cut, asked).n == 5
    assert probability(linked, asked).n == 8
    assert probability(Series(series.points, breaks=(Break(day(2004)),)), asked).status == "not assessable"


def test_what_was_not_known_is_not_used() -> None:
    points = tuple(Point(day(2000 + k), 100 - k, known_on=day(2001 + k)) for k in range(9))
    found = probability(Series(points), Target(80, day(2012), "down"), as_of=day(2006))
    assert found.origin == day(2005)
    assert found.n == 6


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (Target(96, day(2004), "down"), "met"),
        (Target(95, day(2004), "down"), "missed"),
        (Target(96, day(2004), "up"), "met"),
        (Target(291, day(2004), "up", "cumulative", since=day(2001)), "met"),
        (Target(292, day(2004), "up", "cumulative", since=day(2001)), "missed"),
        (Target(99, day(2004), "down", "any-time", baseline=100, baseline_on=day(2000)), "met"),
        (Target(90, day(2004), "down", "any-time", baseline=100, baseline_on=day(2000)), "missed"),
        (Target(97, day(2020), "down", "any-time", baseline=100, baseline_on=day(2000)), "met"),
        (Target(96, day(1990), "down"), "not assessable"),
    ],
)
def test_what_time_has_decided_is_no_probability(target, status) -> None:
    found = probability(yearly([100, 99, 98, 97, 96, 97]), target)
    assert (found.status, found.probability) == (status, None)


def test_a_sum_that_is_over_its_ceiling_already_cannot_be_reached() -> None:
    found = probability(yearly([10, 11, 10, 12, 10, 11]), Target(30, day(2007), "down", "cumulative", since=day(2001)))
    assert found.probability < 0.001
    assert found.status == "behind"


def test_a_deadline_too_far_is_not_assessable() -> None:
    assert "no trend reaches" in probability(yearly([10, 11, 10, 12, 10]), Target(5, day(2060), "down")).why


@pytest.mark.parametrize(
    ("series", "target", "words"),
    [
        (yearly([1, 2, 3, 4, 5], unit="kg"), Target(3, END, "down", unit="lb"), "'lb'"),
        (yearly([1, 2, 3, 4, 5]), Target(float("nan"), END, "down"), "number"),
        (
            yearly([1, 2, 3, 4, 5]),
            Target(3, day(2001), "down", baseline=1, baseline_on=day(2002)),
            "after the baseline",
        ),
        (yearly([1, 2, float("inf"), 4, 5]), Target(3, END, "down"), "finite"),
        (Series(yearly([1, 2, 3, 4, 5]).points[::-1]), Target(3, END, "down"), "does not come after"),
        (Series((Point(day(2001), 5, low=6, high=7),)), Target(3, END, "down"), "outside its interval"),
        (
            Series(tuple(Point(dt.date(2001, 1, 1 + 3 * k), 5) for k in range(6))),
            Target(3, END, "down"),
            "3 days apart",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused(series, target, words) -> None:
    with pytest.raises(InputError, match=words):
        probability(series, target)


def test_unknown_direction_and_kind_show_the_known() -> None:
    with pytest.raises(UnknownName):
        probability(yearly([1, 2, 3, 4, 5]), Target(3, END, "downn"))
    with pytest.raises(UnknownName):
        probability(yearly([1, 2, 3, 4, 5]), Target(3, END, "down", "levels"))


def test_straight_line_is_that_of_the_reports() -> None:
    target = Target(80, day(2010), "down", baseline=100, baseline_on=day(2000))
    assert needed_on(target, day(2005)) == pytest.approx(90, abs=0.01)
    on, off = (lay(yearly([100, 99, 97, 96, 93, last]), target.by) for last in (89.9, 90.2))
    assert (straight_line(on, target), straight_line(off, target)) == (1.0, 0.0)
    assert softened(on, target, 0.1) > 0.5 > softened(off, target, 0.1)
    assert last_value(on, target) == 0.0
    assert straight_line(on, Target(80, day(2010), "down")) is None


def test_regression_gives_what_least_squares_gives() -> None:
    import statsmodels.api as sm
    from scipy.stats import t

    values = [100.0, 96.0, 97.0, 91.0, 90.0, 85.0]
    laid = lay(yearly(values), day(2008))
    x = sm.add_constant(np.arange(6.0))
    fitted = sm.OLS(np.log(values), x).fit()
    ahead = fitted.get_prediction(np.array([[1.0, 8.0]]))
    expected = t.cdf((np.log(75) - ahead.predicted_mean[0]) / ahead.se_obs[0], 4)
    assert regression(laid, Target(75, day(2008), "down")) == pytest.approx(expected, rel=1e-9)


def walks(count, length=16, drift=0.12):
    rng = np.random.default_rng(7)
    return [
        yearly(np.exp(5 + np.cumsum(rng.normal(0, drift, length))).tolist(), name=f"walk {k}") for k in range(count)
    ]


def test_hindcasts_of_walks_are_calibrated_and_beat_the_straight_line() -> None:
    rows = [row for series in walks(10) for row in scored(list(cases_of(series)))]
    made = score(rows)
    assert made["series"] == 10
    assert made["cases"] >= 400
    assert 0.65 < made["coverage"] < 0.95
    assert made["ratio"] < 0.9
    low, high = ratio(rows, coverage, draws=50)
    assert low <= made["coverage"] <= high


def test_the_rule_of_hindcasts_uses_nothing_from_after_the_asking() -> None:
    series = walks(1)[0]
    for case in cases_of(series):
        assert case.known.points[-1].period_end < case.target.by
        assert case.target.baseline_on <= case.known.points[-1].period_end
        assert case.came == next(p.value for p in series.points if p.period_end == case.target.by)
    assert len(list(cases_of(series))) == 4 * sum(
        deadline - lead >= 4 for deadline in range(4, 16) for lead in (1, 2, 3)
    )


def test_short_steps_are_asked_for_a_year() -> None:
    points = [Point(dt.date(2015 + k // 12, k % 12 + 1, 28), 100.0 + k) for k in range(48)]
    cases = list(cases_of(Series(tuple(points), name="months")))
    assert {case.target.kind for case in cases} == {"cumulative"}
    assert cases[0].target.baseline == sum(100 + k for k in range(1, 13)) or cases[0].target.baseline > 1200
    assert brier([1, 0], [True, True]) == 0.5
