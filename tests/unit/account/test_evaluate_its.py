"""Interrupted time series: a planted break is found, a coincidence is admitted, short and odd series are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.its import Series, controlled_series, interrupted
from counterflow.account.evaluate.its_panel import its_asked, series_of
from counterflow.account.evaluate.panel import read_panel
from counterflow.account.evaluate.segments import Segments, fit_counts, fit_level
from counterflow.core.errors import InputError, UsageError


def series(values, start, **more):
    size = len(values)
    return Series(tuple(range(size)), np.arange(float(size)), np.asarray(values, dtype=float), start, **more)


def noisy(rho, size, seed=1):
    rng = np.random.default_rng(seed)
    errors = rng.normal(size=size + 30)
    for i in range(1, size + 30):
        errors[i] += rho * errors[i - 1]
    return errors[30:]


def test_planted_level_and_slope_are_found():
    time = np.arange(60.0)
    values = 10 + 0.5 * time + np.where(time >= 40, 6 - 0.4 * (time - 40), 0) + noisy(0.4, 60) * 0.5
    told = interrupted(series(values, 40))
    assert told["level_change"]["low"] < 6 < told["level_change"]["high"]
    assert told["slope_change"]["low"] < -0.4 < told["slope_change"]["high"]
    mean = 6 - 0.4 * np.mean(np.arange(20))
    assert told["low"] < mean < told["high"]
    assert told["limits"][0].startswith("One series cannot exclude a coincidence")


@given(level=st.floats(-1e3, 1e3), slope=st.floats(-10, 10), jump=st.floats(-50, 50), scale=st.floats(0.01, 100))
def test_lines_change_nothing_and_jumps_add_up(level, slope, jump, scale):
    time, base = np.arange(40.0), noisy(0.3, 40)
    segments = Segments.of(time, 25, 0)
    plain = fit_level(base, segments)
    moved = fit_level(base * scale + level + slope * time + jump * (time >= 25), segments)
    room = 1e-6 * (1 + abs(level) + abs(slope) * 40 + abs(jump) + scale)
    assert moved.effect == pytest.approx(plain.effect * scale + jump, abs=room)


def test_season_is_taken_out():
    time = np.arange(72.0)
    wave = 8 * np.sin(2 * np.pi * time / 12)
    values = 20 + wave + np.where(time >= 48, 3.0, 0) + noisy(0.0, 72) * 0.5
    with_it, without = interrupted(series(values, 48, season=12)), interrupted(series(values, 48))
    assert with_it["low"] < 3 < with_it["high"]
    assert with_it["se"] < 0.5 * without["se"]


def test_counts_give_events_and_a_ratio():
    rng, time = np.random.default_rng(4), np.arange(80)
    rate = np.exp(7 + 0.005 * time - 0.35 * (time >= 50))
    fit = fit_counts(rng.poisson(rate).astype(float), Segments.of(time.astype(float), 50, 0))
    assert fit.relative == pytest.approx(np.exp(-0.35), abs=0.1)
    assert fit.effect == pytest.approx(np.mean((rate - rate / np.exp(-0.35))[50:]), rel=0.2)
    assert 0.5 < fit.checks["dispersion"] < 2


def test_errors_that_remember_widen_the_interval():
    time = np.arange(60.0)
    segments = Segments.of(time, 40, 0)
    quiet, sticky = fit_level(noisy(0.0, 60, 7), segments), fit_level(noisy(0.85, 60, 7), segments)
    assert sticky.checks["autocorrelation"] > 0.5 > quiet.checks["autocorrelation"]
    spread = np.std(noisy(0.85, 60, 7)) / np.std(noisy(0.0, 60, 7))
    assert sticky.error > 1.3 * spread * quiet.error


def test_what_moves_all_units_is_no_effect_once_controlled():
    time, rng = np.arange(40.0), np.random.default_rng(3)
    shock = np.where(time >= 25, 9.0, 0)
    units = 20 + shock + rng.normal(size=(25, 40))
    alone = interrupted(series(units[0], 25))
    both = series(units[0], 25, controls=units[1:], names=tuple(f"u{i}" for i in range(1, 25)))
    assert alone["excludes_zero"]  # by 19 dates before the start
    told = interrupted(both)
    assert told["placebo_p"] > 0.05  # every unit jumps alike
    assert not told["excludes_zero"]
    controlled = interrupted(controlled_series(both))
    assert abs(controlled["effect"]) < 3
    assert not controlled["excludes_zero"]


def test_dates_at_which_nothing_happened_are_from_before_the_start_only():
    told = interrupted(series(noisy(0.2, 40) + 5 * (np.arange(40) >= 30), 30))
    assert told["placebo_p_in"] == "time"
    assert max(row["time"] for row in told["in_time"]) < 29
    changed = noisy(0.2, 40) + 500 * (np.arange(40) >= 30)
    assert interrupted(series(changed, 30))["in_time"] == told["in_time"]


def test_a_short_series_alone_settles_nothing_however_clear_it_looks():
    told = interrupted(series(noisy(0.2, 20) * 0.1 + 9 * (np.arange(20) >= 12), 12))
    assert told["informative"] is False
    assert told["excludes_zero"] is None
    assert "straight line" in told["why_not"]
    assert told["low"] < told["effect"] < told["high"]


@pytest.mark.parametrize(
    ("values", "start", "words"),
    [
        (np.arange(20.0), 2, "Only 2 period"),
        (np.arange(5.0), 3, "too few for"),
        (np.ones(20), 10, "never changes"),
    ],
)
def test_short_and_constant_series_are_refused(values, start, words):
    with pytest.raises(InputError, match=words):
        interrupted(series(values, start))


def test_negative_counts_are_refused():
    with pytest.raises(InputError, match="below zero"):
        interrupted(series(np.arange(-5.0, 25.0), 10, counts=True))


def panel_of(path, rows):
    path.write_text("\n".join(["u,t,y", *rows]) + "\n", "utf-8")
    return read_panel(path, unit="u", time="t", outcome="y")


def test_a_file_of_one_unit_needs_no_name_and_months_bring_a_season(tmp_path):
    months = [f"{y}-{m:02d}" for y in range(2015, 2021) for m in range(1, 13)]
    values = noisy(0.2, 72) + 10
    panel = panel_of(tmp_path / "p.csv", [f"A,{month},{v:.4f}" for month, v in zip(months, values, strict=True)])
    assert series_of(panel, Ask(methods=(), start="2018-07")).season == 12
    assert series_of(panel, Ask(methods=(), start="2018-07", options={"season": "none"})).season == 0
    assert its_asked(panel, Ask(methods=(), start="2018-07"))["n_pre"] == 42
    with pytest.raises(UsageError, match="not understood"):
        its_asked(panel, Ask(methods=(), start="2018-07", options={"season": "spring"}))
    with pytest.raises(UsageError, match="counts"):
        its_asked(panel, Ask(methods=(), start="2018-07", options={"counts": "perhaps"}))
    with pytest.raises(InputError, match="When it started"):
        its_asked(panel, Ask(methods=()))


def test_a_gap_and_no_name_among_several_are_refused(tmp_path):
    rows = [f"{u},{t},{t + i}.5" for i, u in enumerate("AB") for t in range(20) if not (u == "A" and t == 7)]
    panel = panel_of(tmp_path / "p.csv", rows)
    with pytest.raises(InputError, match="no y in 7"):
        its_asked(panel, Ask(methods=(), treated=("A",), start="12"))
    with pytest.raises(InputError, match="Who is treated"):
        its_asked(panel, Ask(methods=(), start="12"))
