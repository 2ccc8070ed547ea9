"""Changes of regime: found where they are, none where there is none, known changes are no waves."""

import gzip
from collections import defaultdict
from csv import DictReader

import numpy as np
import pytest

from counterflow.core.seeds import generator
from counterflow.watch.emergence.factor import factor_over
from counterflow.watch.emergence.waves import Finding, find_waves

QUICK = Finding(draws=19, level=0.1)


def counts(rates, seed=1):
    return generator(seed, "waves", "test").poisson(rates).astype(float)


def test_a_turn_is_found_with_its_date_and_both_slopes():
    at = np.arange(24)
    waves = find_waves(
        counts(np.where(at < 14, 1000 * 1.02**at, 1000 * 1.02**14 * 1.4 ** (at - 14.0))), 1, finding=QUICK
    )
    (turn,) = waves.breaks
    assert turn.low <= 14 <= turn.high or abs(turn.at - 14) <= 1
    assert turn.before[1] < 1.02 < turn.before[2]
    assert turn.after[0] == pytest.approx(1.4, rel=0.05)
    assert not turn.known


def test_a_steady_rise_is_one_regime_and_has_not_ended():
    waves = find_waves(counts(200 * 1.1 ** np.arange(22)), 1, finding=QUICK)
    assert waves.breaks == ()
    assert waves.chances[0] > 0.1
    assert waves.ended < 0.5


def test_a_known_change_is_told_as_such_and_its_step_is_no_wave():
    rates = np.where(np.arange(22) < 10, 300, 900)
    known = np.arange(22) == 10
    assert [one.known for one in find_waves(counts(rates), 1, finding=QUICK).breaks] == [False]
    (change,) = find_waves(counts(rates), 1, known=known, finding=QUICK).breaks
    assert change.known
    assert change.level == pytest.approx(3, rel=0.15)


def test_an_end_just_now_is_likely_and_seldom_comes_by_chance():
    rates = np.r_[np.full(20, 400), 900]
    waves = find_waves(counts(rates), 1, finding=QUICK)
    assert waves.ended > 0.8
    assert waves.ended_by_chance <= 0.1


def test_too_few_counts_are_said():
    assert "too few" in find_waves(np.array([1.0, 2, np.nan]), 1).said
    assert "too few" in find_waves(np.zeros(20), 1).said


def test_the_published_waves_of_the_united_states(shared_data):
    """Heroin rises from 2010, synthetic opioids from 2013 (NVSS, 1999-2020)."""
    series = defaultdict(dict)
    with gzip.open(shared_data / "strategy" / "source_timeseries.csv.gz", "rt") as file:
        for row in DictReader(file):
            if row["series"].startswith("Total overdose deaths"):
                series[row["series"]][int(float(row["time"]))] = float(row["value"])
    told = {}
    for name in ("base heroin", "synth no H"):
        found = series[f"Total overdose deaths {name} NVSS"]
        waves = find_waves(np.array([found[year] for year in range(1999, 2021)]), 1, finding=QUICK)
        told[name] = [(1999 + one.low, 1999 + one.high, one.after[0]) for one in waves.breaks]
    assert any(low <= 2010 <= high and after > 1.2 for low, high, after in told["base heroin"])
    assert any(low <= 2013 <= high and after > 1.4 for low, high, after in told["synth no H"])


def test_a_factor_has_an_interval_and_refuses_what_is_not_comparable():
    volume = np.r_[np.full(12, 100.0), np.full(36, 200.0), np.full(12, 400.0)]
    told = factor_over(volume, 4, 12)
    assert told.value == pytest.approx(4)
    assert 3 < told.low < 4 < told.high < 5
    changed = np.arange(60) == 30
    assert "not comparable" in factor_over(volume, 4, 12, changed=changed).why_not
    assert "fewer than" in factor_over(volume, 9, 12).why_not
    assert factor_over(volume, 4, 12, tested=volume).value == pytest.approx(1)
