"""Power before the start, equivalence, and bounds on breaks of parallel trends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.evaluate.cells import NEVER
from counterflow.account.evaluate.cohorts import Staggered
from counterflow.account.evaluate.equivalence import two_one_sided
from counterflow.account.evaluate.honest import honest_bounds
from counterflow.account.evaluate.power import power_of, read_before, smallest_effect
from counterflow.core.errors import InputError, UnknownName


def write(path, outcome, first=2000, blank_from=None):
    rows = ["u,t,y"]
    for unit, values in enumerate(outcome):
        for t, value in enumerate(values):
            told = "not to be read" if blank_from is not None and t >= blank_from else f"{value:.4f}"
            rows.append(f"u{unit},{first + t},{told}")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_outcomes_from_the_start_on_are_not_even_parsed(tmp_path):
    outcome = np.random.default_rng(1).normal(size=(30, 16))
    file = write(tmp_path / "p.csv", outcome, blank_from=12)
    panel, unread = read_before(file, unit="u", time="t", outcome="y", start="2012")
    assert (len(panel.periods), unread) == (12, 120)
    with pytest.raises(InputError):
        read_before(file, unit="u", time="t", outcome="y", start="2013")  # now they would be
    with pytest.raises(InputError, match="No period lies before"):
        read_before(file, unit="u", time="t", outcome="y", start="1999")
    with pytest.raises(InputError, match="not a number like"):
        read_before(file, unit="u", time="t", outcome="y", start="2012-05-03")


def test_the_smallest_effect_is_what_noise_says(tmp_path):
    """For differences of means of independent noise the answer is known: (1.96 + 0.84) standard errors."""
    rng = np.random.default_rng(7)
    file = write(tmp_path / "p.csv", rng.normal(size=(120, 10)))
    panel, _ = read_before(file, unit="u", time="t", outcome="y", start="2010")
    told = power_of(panel, treated=("u0",), after=5, method="did", draws=1500)
    error = np.sqrt(1 / 5 + np.mean([1 / s for s in (3, 4, 5)]))
    assert told["smallest_effect"] == pytest.approx(2.80 * error, rel=0.12)
    more = power_of(panel, treated=("u0,u1,u2,u3",), after=5, method="did", draws=600)
    assert more["smallest_effect"] == pytest.approx(told["smallest_effect"] / 2, rel=0.25)
    curve = [row["power"] for row in told["curve"]]
    assert curve == sorted(curve)
    assert curve[0] == pytest.approx(0.05, abs=0.02)
    assert "finding nothing then says nothing" in told["words"]


def test_power_needs_units_periods_and_a_known_estimator(tmp_path):
    file = write(tmp_path / "p.csv", np.random.default_rng(1).normal(size=(3, 6)))
    panel, _ = read_before(file, unit="u", time="t", outcome="y", start="2006")
    with pytest.raises(InputError, match="too few to play"):
        power_of(panel, treated=("u0",), after=5)
    with pytest.raises(InputError, match="too few to compare"):
        power_of(panel, treated=("u0", "u1"), after=2)
    with pytest.raises(UnknownName):
        power_of(panel, treated=("u0",), after=2, method="magic")


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=60), st.floats(0.1, 50))
def test_a_larger_effect_is_never_harder_to_find(nulls, critical):
    noise = np.array(nulls)
    easy, hard = smallest_effect(noise, critical, 0.5), smallest_effect(noise, critical, 0.8)
    assert easy is not None
    assert hard is not None
    assert 0 <= easy <= hard + 1e-9


@given(st.floats(-10, 10), st.floats(0.05, 5), st.floats(0.1, 20))
def test_equivalence_is_the_interval_inside_the_margin(effect, error, margin):
    told = two_one_sided(effect, 1.959964, error, margin)
    assert told["equivalent"] == (told["p"] < 0.05)
    assert told["equivalent"] == (-margin < told["low"] and told["high"] < margin)
    assert told["excluded"] >= abs(effect)
    wider = two_one_sided(effect, 2 * 1.959964, error, margin)
    assert wider["excluded"] >= told["excluded"]


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_is_above_zero(margin):
    with pytest.raises(InputError, match="positive"):
        two_one_sided(0.0, 1.96, 1.0, margin)


def drawn(effect, units=80, periods=8):
    rng = np.random.default_rng(5)
    cohort = np.where(np.arange(units) < units // 2, 5, NEVER)
    outcome = rng.normal(size=(units, periods)) + effect * (np.arange(periods) >= cohort[:, None])
    return Staggered(tuple(map(str, range(units))), tuple(range(periods)), outcome, cohort, np.arange(units))


def test_bounds_widen_with_the_break_and_the_breakdown_lies_between_them():
    told = honest_bounds(drawn(4.0))
    lows, highs = [row["low"] for row in told["rows"]], [row["high"] for row in told["rows"]]
    assert lows == sorted(lows, reverse=True)
    assert highs == sorted(highs)
    assert told["breakdown"] > 1
    assert "would not undo it" in told["words"]
    for row in told["rows"]:
        assert row["excludes_zero"] == (row["break"] <= told["breakdown"])


def test_without_an_effect_there_is_nothing_to_break_down():
    told = honest_bounds(drawn(0.0))
    assert told["breakdown"] is None
    assert told["words"].startswith("Even with exactly parallel trends")


def test_few_units_give_no_bounds():
    panel = drawn(4.0)
    cohort = np.where(np.arange(80) < 2, 5, NEVER)
    told = honest_bounds(Staggered(panel.units, panel.times, panel.outcome, cohort, panel.clusters))
    assert told["rows"] == []
    assert "Fewer than 5" in told["words"]
