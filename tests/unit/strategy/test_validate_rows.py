"""Bars, verdicts, and what others published: nothing missed is ever hidden."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.strategy.validate import facts, forward, held_out, history, policies
from counterflow.strategy.validate.metrics import mean_error
from counterflow.strategy.validate.published import others, published
from counterflow.strategy.validate.rows import bars, row, unjudged
from counterflow.strategy.validate.setting import HISTORY, SERIES, Setting

DAY = dt.date(2020, 12, 31)


class Told:
    """Stands for a run: median paths as given."""

    years = np.arange(1999, 2021)

    def __init__(self, paths):
        self.paths = paths

    def of(self, variable):
        return self.paths[variable]


def setting_with(paths):
    made = Setting()
    made.__dict__["base"] = Told(paths)
    return made


def observed_paths(turn=1.0):
    seen = Setting().observed
    out = {}
    for series, variable in SERIES.items():
        line = np.array([seen[series].get(year, 1.0) for year in HISTORY]) * turn
        out[variable] = np.tile(line, (3, 1))
    return out


@pytest.mark.parametrize(
    ("bar", "met", "missed"),
    [
        ("V2.mean_error", 0.127, 0.1271),
        ("V3.coverage", 0.85, 0.849),
        ("V4.null", 0.0, 1e-18),
        ("V4.package_together", 0.999, 1.0),
    ],
)
def test_a_bar_is_met_up_to_itself_and_missed_beyond(bar, met, missed):
    assert row(bar, met, n=1, as_of=DAY).passed is True
    told = row(bar, missed, n=1, as_of=DAY)
    assert (told.passed, told.verdict) == (False, "MISSED")
    nothing = row(bar, math.nan, n=1, as_of=DAY)
    assert (nothing.value, nothing.passed) == (None, False)
    assert "not a finite number" in nothing.note


def test_what_cannot_be_judged_is_neither_met_nor_missed_and_says_why():
    told = unjudged("V1.treatment", "no folder", as_of=DAY)
    assert (told.value, told.passed, told.verdict, told.note) == (None, None, "not judged", "no folder")


def test_an_unknown_bar_is_an_error():
    with pytest.raises(UnknownName, match=re.escape("V2.mean_error")):
        row("V2.mean_eror", 0.0, n=1, as_of=DAY)


def test_every_bar_names_method_and_source():
    assert {bar.test for bar in bars().values()} == {f"V{n}" for n in range(1, 10)}
    assert all(bar.method and bar.source and bar.name for bar in bars().values())


def test_history_told_exactly_has_no_error_and_told_a_tenth_too_high_has_a_tenth():
    rows = {r.id: r for r in history.check(setting_with(observed_paths()))}
    assert rows["V2.mean_error"].value == 0
    assert rows["V2.worse"].value == 0
    high = {r.id: r for r in history.check(setting_with(observed_paths(1.1)))}
    assert high["V2.mean_error"].value == pytest.approx(0.1)
    assert high["V2.total_deaths_mape"].passed is False
    assert len([name for name in high if name.startswith("V2.series.")]) == 21


def test_intervals_as_wide_as_published_around_the_truth_are_met_and_moved_ones_missed():
    made = Setting()
    seen, widths = made.observed, made.reference.fit["held out 2013-2020"]
    level = {name: np.array([seen[name][year] for year in held_out.YEARS]) for name in widths}
    half = {name: widths[name]["width_over_mean"] * level[name].mean() / 2 for name in widths}
    good = {name: (level[name] - half[name], level[name] + half[name]) for name in widths}
    rows = {r.id: r for r in held_out.rows_of(held_out.held_series(good, made), made)}
    assert rows["V3.coverage"].value == 1
    assert rows["V3.width"].value == pytest.approx(1)
    assert rows["V3.total_deaths"].value == 8
    assert rows["V3.width_points"].verdict == "not judged"
    away = {name: (low + 3 * half[name], high + 3 * half[name]) for name, (low, high) in good.items()}
    assert {r.id: r for r in held_out.rows_of(held_out.held_series(away, made), made)}["V3.coverage"].value == 0
    with pytest.raises(KeyError):
        held_out.held_series({name: pair for name, pair in good.items() if name != "HUD"}, made)


def _answers(turn=1.0):
    return [
        {
            "scenario": e.scenario, "policy": e.lever, "strength": e.strength,
            "rel_change_od_deaths": turn * e.deaths, "rel_change_ud_person_years": turn * e.person_years,
        }
        for e in published().effects
    ]  # fmt: skip


def test_policy_effects_copied_are_right_halved_are_off_by_half_and_turned_round_are_wrong():
    made = Setting()
    pairs = policies.paired(_answers(), made)
    assert len(pairs) == 52
    assert {p.scenario for p in pairs} == {"base", "constant"}
    rows = {r.id: r for r in [*policies.rows_of(pairs, "deaths", made), *policies.package_rows(pairs, made)]}
    assert [rows[f"V4.{name}_deaths"].value for name in ("sign", "order", "error")] == pytest.approx([1, 1, 0])
    assert rows["V4.package_together"].passed is True
    assert 0.9 < rows["V4.package_together"].value < 1
    half = {r.id: r for r in policies.rows_of(policies.paired(_answers(0.5), made), "person_years", made)}
    assert half["V4.error_person_years"].value == pytest.approx(0.5)
    assert half["V4.error_person_years"].passed is False
    turned = {r.id: r for r in policies.rows_of(policies.paired(_answers(-1), made), "deaths", made)}
    assert (turned["V4.sign_deaths"].value, turned["V4.order_deaths"].value) == pytest.approx((0, -1))
    assert "Nx Kits 20 % base" in turned["V4.sign_deaths"].note


def test_pseudo_forecasts_count_what_lies_outside():
    points = [
        {
            "origin": o,
            "year": o + 1,
            "observed": 100.0,
            "low": low,
            "high": 120.0,
            "median": 110.0,
            "with_indicators": w,
        }
        for o, low in ((2014, 90.0), (2016, 90.0), (2018, 101.0))
        for w in (True, False)
    ]
    rows = {r.id: r for r in forward.rows_of(points, Setting())}
    assert rows["V5.without"].value == pytest.approx(2 / 3)
    assert rows["V5.without"].passed is False
    assert "2019 from 2018" in rows["V5.without"].note
    assert rows["V5.error"].value == pytest.approx(0.1)
    assert rows["V5.wider"].passed is True
    assert rows["V5.later"].verdict == "not judged"


def test_the_folder_gives_full_digits_and_agrees_with_what_is_shipped(shared_data):
    full, shipped = published(shared_data / "strategy"), published()
    ours = {(e.scenario, e.lever, e.strength): e for e in shipped.effects}
    assert len(full.effects) == len(shipped.effects) == 58
    for effect in full.effects:
        held = ours[effect.scenario, effect.lever, effect.strength]
        if effect.lever != "NoPolicy":
            assert held.deaths == pytest.approx(effect.deaths, rel=6e-3)
            assert held.person_years == pytest.approx(effect.person_years, rel=6e-3)
    assert len(full.points) == 120
    assert sum(p.low <= p.observed <= p.high for p in full.points) == 86
    seen = full.observed["HUD"]
    assert seen[1999] == 737349
    assert Setting().observed["HUD"][1999] == pytest.approx(seen[1999], rel=6e-3)


def test_the_published_fit_is_recomputed_from_the_published_paths(shared_data):
    from counterflow.strategy.validate.published import SERIES as FILE
    from counterflow.strategy.validate.published import lines_of

    lines = lines_of(shared_data / "strategy", FILE, ("code", "year", "SOURCE_fit", "observed"))
    errors = []
    for name, held in published().fit["fit"].items():
        pair = [(float(x["SOURCE_fit"]), float(x["observed"] or "nan")) for x in lines if x["code"] == name]
        if pair:
            errors.append(mean_error(*zip(*pair, strict=True)))
            assert errors[-1] == pytest.approx(held["mae_over_mean"], abs=2e-3)
            errors[-1] = (name, errors[-1])
    assert len(errors) == 21
    assert np.mean([e for _, e in errors]) == pytest.approx(0.120, abs=5e-4)
    eighteen = [e for name, e in errors if name not in history._SUMS]
    assert np.mean(eighteen) == pytest.approx(0.127, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("source_policy_effects.csv", None, "There is no source_policy_effects.csv"),
        ("source_policy_effects.csv", "scenario,lever\n", "has no column strength"),
        (
            "source_policy_effects.csv",
            "scenario,lever,strength,rel_change_od_deaths,rel_change_ud_person_years\nBase,Nx Kits,20%,x,0\n",
            "line 2, column 'rel_change_od_deaths', value 'x'",
        ),
    ],
)
def test_a_folder_that_is_none_is_refused_with_the_place(tmp_path, name, text, words):
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=re.escape(words)):
        published(tmp_path)


def test_other_models_say_how_they_were_read():
    assert {other.read for other in others()} <= {"abstract", "read data", "recalled"}
    assert all(other.low is None or other.low <= other.value <= other.high for other in others())


def test_a_path_that_peaks_and_halves_is_read_in_months():
    times = np.arange(1, 521) / 104
    line = np.where(times <= 0.5, 0.0, np.clip((times - 0.5) / 0.25, 0, None))
    line = np.where(times > 0.75, np.exp(-(times - 0.75) / 0.5), line)
    top, half = facts.months_to_half(np.vstack([line, times]))
    assert top[0] == pytest.approx(3, abs=0.2)
    assert half[0] == pytest.approx(6 * math.log(2), abs=0.25)
    assert math.isinf(half[1])
