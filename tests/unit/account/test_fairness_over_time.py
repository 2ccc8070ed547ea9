"""Disparity alarms: a planted rise is found in its group, and treatment alike raises none beyond the budget."""

import numpy as np

from counterflow.account.fairness.events import Events
from counterflow.account.fairness.over_time import watch_burden


def year(rise, seed, months=18, groups=5, per=200):
    """A busy office whose openings swing by season; from month 9 on group G0 is opened `rise` times as often."""
    rng = np.random.default_rng(seed)
    month, band, group = (
        x.ravel() for x in np.meshgrid(np.arange(months), np.arange(3), np.arange(groups), indexing="ij")
    )
    n = rng.poisson(per, len(month)).astype(float)
    chance = (
        np.array([0.02, 0.06, 0.15])[band] * (1 + 0.5 * np.sin(month)) * np.where((group == 0) & (month >= 9), rise, 1)
    )
    opened = rng.binomial(n.astype(int), chance).astype(float)

    def text(prefix, values):
        return np.array([f"{prefix}{v}" for v in values], dtype=object)

    period = np.array([f"{2025 + m // 12}-{m % 12 + 1:02d}" for m in month], dtype=object)
    return Events(
        {"g": text("G", group)}, n, opened, np.zeros(len(n)), np.zeros(len(n)), band=text("b", band), period=period
    )


def test_a_planted_rise_is_found_in_its_group_and_dated():
    for seed in range(2):
        watched = watch_burden(year(2.0, seed), "g")
        alarms = [row for row in watched.rows if row["alarm"]]
        assert [row["group"] for row in alarms] == ["G0"]
        assert "2025-10" <= alarms[0]["month"] <= "2026-03"
        assert alarms[0]["since"] >= "2025-08"
        assert alarms[0]["ratio_low"] > 1


def test_treatment_alike_keeps_the_budget_though_seasons_swing():
    """Budget 5 % a year, so 5 % over 12 months: of 10 offices more than 3 has a chance of 0.1 %; the benchmark runs 200."""
    years = (year(1.0, seed, months=12, groups=3) for seed in range(100, 110))
    assert sum(any(row["alarm"] for row in watch_burden(one, "g").rows) for one in years) <= 3


def test_a_lasting_disparity_shows_from_the_first_months():
    given = year(1.0, 7)
    doubled = np.where(given.groups["g"] == "G1", np.minimum(2 * given.inspected, given.consignments), given.inspected)
    watched = watch_burden(Events(given.groups, given.consignments, doubled, given.found, given.awaiting, band=given.band,
                                  period=given.period), "g")  # fmt: skip
    alarm = next(row for row in watched.rows if row["alarm"])
    assert alarm["group"] == "G1"
    assert alarm["month"] <= "2025-06"


def test_short_or_single_series_are_not_watched():
    assert "fewer than 3 months" in watch_burden(year(1.0, 1, months=2), "g").why_not
    assert "one group only" in watch_burden(year(1.0, 1, groups=1), "g").why_not
    given = year(1.0, 1)
    without = Events(given.groups, given.consignments, given.inspected, given.found, given.awaiting)
    assert "when" in watch_burden(without, "g").why_not


def test_small_groups_are_counted_and_not_watched():
    watched = watch_burden(year(1.0, 1, months=4, per=3), "g")
    assert watched.why_not == "no group is large enough"
    assert "5 group(s)" in watched.said[0]
