"""Forecasts: indicator files, how far supply moved, the forward run, pseudo-forecasts, actions and their form."""

import copy
import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import EngineError, InputError, UnknownName, UsageError
from counterflow.strategy.forecast import run as run_module
from counterflow.strategy.forecast.action import action_forecast
from counterflow.strategy.forecast.form import check, flat, number, sealed, text_of
from counterflow.strategy.forecast.indicators import indicators, read_indicators, scaled
from counterflow.strategy.forecast.periods import period_of
from counterflow.strategy.forecast.plan import Plan, alternatives, checked, start_of
from counterflow.strategy.forecast.pseudo import pseudo_summary, share_seen
from counterflow.strategy.forecast.record import known_at, series_of
from counterflow.strategy.forecast.run import Ask, forecast
from counterflow.strategy.forecast.structures import assigned, structures
from counterflow.strategy.forecast.supply import supply_paths
from counterflow.strategy.forecast.walk import Moves, condition, covariance, draw_paths, knots, moves_of
from counterflow.strategy.model.drivers import drivers

HEAD = "year,indicator,value\n"


@pytest.fixture
def file(tmp_path):
    """Write lines under the header and return the file."""

    def write(lines, head=HEAD):
        path = tmp_path / "F.csv"
        path.write_text(head + lines)
        return path

    return write


# --- indicators


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("2024", 2024, 2025),
        ("FY2024", 2023.75, 2024.75),
        ("2024Q3", 2024.5, 2024.75),
        ("2024-07/2024-12", 2024.5, 2025),
    ],
)
def test_a_period_is_where_it_says(text, starts, ends):
    found = period_of(text)
    assert (found.starts, found.ends) == pytest.approx((starts, ends))


@pytest.mark.parametrize("text", ["", "24", "2024Q5", "2024H3", "2024-13", "2024-12/2024-01", "year"])
def test_what_is_no_period_is_none(text):
    assert period_of(text) is None


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_period(text):
    found = period_of(text)
    assert found is None or found.starts < found.ends


@pytest.mark.parametrize(
    ("lines", "said", "line"),
    [
        ("2023,purty,0.2\n", "no supply indicator 'purty'", 2),
        ("2023,purity,19.5\n", "write 0.195", 2),
        ("2023,purity,0.195\n2019,purity,0.1\n", "2022 to 2032", 3),
        ("2040,purity,0.1\n", "2022 to 2032", 2),
        ("2023,purity,0.195\n2023,purity,0.2\n", "given twice", 3),
        ("2023,price,50\n2024,price,50000\n", "another unit", 3),
        ("2023,purity,much\n", "no number", 2),
        ("2023,purity,nan\n", "no number", 2),
        ("soon,purity,0.1\n", "no stretch of time", 2),
    ],
)
def test_a_bad_line_is_refused_with_its_place(file, lines, said, line):
    with pytest.raises(InputError) as refused:
        read_indicators(file(lines))
    assert said in str(refused.value)
    assert refused.value.line == line


def test_the_nearest_indicator_is_shown(file):
    with pytest.raises(InputError, match="lethal_dose_share"):
        read_indicators(file("2023,lethal_dose,0.5\n"))


@pytest.mark.parametrize("head", ["year,indicator\n", "year,indicator,value,colour\n", ""])
def test_other_columns_are_refused(file, head):
    with pytest.raises(InputError, match="olumn"):
        read_indicators(file("2023,purity,0.2\n", head))


def test_a_unit_that_is_no_share_is_refused(file):
    head = HEAD.replace("value", "value,unit")
    assert read_indicators(file("2023,purity,0.195,share\n2023,price,60,USD per g\n", head)).rows
    with pytest.raises(InputError, match="is a share"):
        read_indicators(file("2023,purity,0.195,percent\n", head))


def test_an_empty_file_is_refused(file):
    with pytest.raises(InputError, match="no line"):
        read_indicators(file(""))


def test_a_gap_is_said_and_with_strict_refused(file):
    path = file("2023,purity,0.195\n2025,purity,0.103\n")
    assert any("nothing between 2023 and 2025" in words for words in read_indicators(path).said)
    with pytest.raises(InputError, match="nothing between"):
        read_indicators(path, strict=True)


def test_fiscal_years_are_said(file):
    held = read_indicators(file("2024,purity,0.195\n"), fiscal=True)
    assert held.rows[0].period.starts == 2023.75
    assert "October to September" in held.said[0]
    assert "calendar" in read_indicators(file("2024,purity,0.195\n")).said[0]


def test_an_interval_of_the_source_widens_and_never_narrows(file):
    head = HEAD.replace("value", "value,low,high")
    held = read_indicators(file("2023,purity,0.2,0.1,0.3\n2024,purity,0.2,0.199,0.201\n", head))
    assert held.rows[0].error > held.rows[1].error >= indicators()["purity"].error


# --- how far supply moved


def test_a_plain_walk_and_a_steady_slope_are_told_apart():
    rng = np.random.default_rng(1)
    walk = moves_of(np.cumsum(rng.normal(0, 0.1, 4000)))
    assert walk.step == pytest.approx(0.1, rel=0.1)
    assert walk.trend < 0.03
    slope = moves_of(0.1 * np.arange(30))
    assert (slope.trend, slope.step) == pytest.approx((0.1, 0.0), abs=1e-6)


def test_paths_are_zero_at_the_origin_and_as_wide_as_the_record():
    moves, times = Moves(0.1, 0.1, 1e6, ()), knots(2021.5, 2025.5)
    paths = draw_paths(moves, times, 2022.5, 20_000, np.random.default_rng(2))
    at = {t: k for k, t in enumerate(times)}
    assert np.abs(paths[:, at[2022.5]]).max() == 0
    assert paths[:, at[2024.5]].std() == pytest.approx(moves.spread(2), rel=0.03)
    assert np.cov(paths.T) == pytest.approx(covariance(moves, times, 2022.5), abs=0.01)


def test_conditioning_is_the_gaussian_one():
    moves, times, rng = Moves(0.05, 0.2, 1e6, ()), knots(0, 3), np.random.default_rng(3)
    prior = covariance(moves, times, 0)
    paths = draw_paths(moves, times, 0, 60_000, rng)
    means = np.zeros((2, len(times)))
    means[0, 4], means[1, 8] = 1, 1  # values at times 1 and 2, one level between them
    seen = np.tile([5.0, 5.4], (len(paths), 1))
    after = condition(paths, prior, means, seen, np.full(seen.shape, 0.1), np.array([0, 0]), rng)
    moved = after[:, 8] - after[:, 4]
    variance = prior[8, 8] + prior[4, 4] - 2 * prior[8, 4]
    weight = variance / (variance + 2 * 0.1**2)
    assert moved.mean() == pytest.approx(0.4 * weight, abs=0.01)
    assert moved.std() == pytest.approx(np.sqrt(variance * (1 - weight)), rel=0.03)


def test_one_value_of_an_indicator_says_nothing(file):
    held = {"purity": read_indicators(file("2023,purity,0.195\n")).rows}
    moves = dict.fromkeys(("dose", "share", "price"), Moves(0.1, 0.1, 1e6, ()))
    spread = np.full(4000, 0.6)
    without = supply_paths(moves, {}, spread, 0.6, 2022, 1).paths["dose"]
    given_one = supply_paths(moves, {"dose": held["purity"]}, spread, 0.6, 2022, 1).paths["dose"]
    assert given_one[:, -1].mean() == pytest.approx(without[:, -1].mean(), abs=0.02)
    assert given_one[:, -1].std() == pytest.approx(without[:, -1].std(), rel=0.05)


def test_fewer_lethal_pills_is_a_smaller_dose(file):
    rows = read_indicators(file("FY2023,lethal_dose_share,0.76\nFY2024,lethal_dose_share,0.50\n")).rows
    moves = dict.fromkeys(("dose", "share", "price"), Moves(0.1, 0.2, 20, ()))
    made = supply_paths(moves, {"dose": rows}, np.full(2000, 0.7), 0.6, 2022, 1)
    years = np.array([2022, 2023, 2024])
    dose = np.median(made.yearly("dose", years), axis=0)
    assert dose[0] == 0
    seen = 0.7 * (scaled("probit", 0.76) - scaled("probit", 0.5))
    assert -seen < dose[2] - dose[1] < -0.4 * seen
    share = made.share(made.yearly("share", years))
    assert ((share > 0) & (share < 1)).all()


def test_nothing_after_the_origin_is_known():
    known = known_at(2016)
    assert known.years.max() == 2016
    assert known.share[-1] == series_of(drivers("base"), "fentanyl")[2016 - 1999]
    for name in ("fentanyl", "illicit_price", "naloxone_kits"):
        assert np.ptp(series_of(known.drivers, name)[2016 - 1999 :]) == 0
    with pytest.raises(UsageError):
        known_at(2023)


def test_alternatives_get_the_draws_their_weight_says():
    held = assigned(900, np.random.default_rng(1))
    assert sum(each.weight for each in structures()) == pytest.approx(1)
    assert np.bincount(held).tolist() == [round(900 * each.weight) for each in structures()]
    with pytest.raises(UnknownName):
        assigned(10, np.random.default_rng(1), "doze")


# --- the forward run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A forecast without any indicator, one with falling doses, and the first again."""
    path = tmp_path_factory.mktemp("f") / "F.csv"
    path.write_text(HEAD + "FY2022,purity,0.2\nFY2023,purity,0.15\nFY2024,purity,0.08\nFY2025,purity,0.06\n")
    ask = Ask(to=2024, draws=96)
    return forecast(None, ask), forecast(read_indicators(path), ask), forecast(None, ask)


def test_the_same_seed_gives_the_same_bytes(runs):
    assert runs[0].values.tobytes() == runs[2].values.tobytes()


def test_rows_are_ordered_quantiles_of_every_variable(runs):
    rows = runs[0].rows(["overdose_deaths"])
    assert {row["year"] for row in rows} == {2021, 2022, 2023, 2024}
    ends = [row["value"] for row in rows if row["year"] == 2024 and row["quantile"] != "mean"]
    assert ends == sorted(ends)
    assert len(ends) == 7


def test_without_indicators_it_may_go_far_either_way(runs):
    low, high = np.quantile(runs[0].of("overdose_deaths")[:, -1], [0.05, 0.95])
    assert low < 0.75 * 82_900
    assert high > 1.2 * 82_900


def test_a_falling_dose_lowers_deaths_where_dose_is_the_cause(runs):
    free, told = ({(row["structure"], row["year"]): row["median"] for row in made.by_structure()} for made in runs[:2])
    assert told["dose", 2024] < 0.8 * free["dose", 2024]
    assert told["neither", 2024] == pytest.approx(free["neither", 2024], rel=1e-6)


def test_purity_follows_the_indicator(runs):
    purity = np.median(runs[1].of("illicit_opioid_purity"), axis=0)
    assert purity[0] == purity[1] == 1
    assert purity[2] > purity[3]
    assert 0.25 < purity[3] < 0.7


@pytest.mark.parametrize(
    "ask", [Ask(to=2021, since=2021), Ask(to=2040), Ask(to=2024, since=2030), Ask(since=1990), Ask(draws=2)]
)
def test_years_out_of_range_are_refused(ask):
    with pytest.raises(UsageError):
        forecast(None, ask)


def test_runs_that_are_no_numbers_are_counted_and_not_many():
    out = np.zeros((20, 2, 3))
    out[0, 0, 0] = np.nan
    assert run_module._sound(out).sum() == 19
    out[:5] = np.nan
    with pytest.raises(EngineError, match="5 of 20"):
        run_module._sound(out)


def test_the_share_as_seen_is_an_indicator_of_its_years():
    seen = share_seen(2018, 2020)
    assert [row.period.words for row in seen.rows] == ["2018", "2019", "2020"]
    assert seen.rows[0].value == pytest.approx(0.406, abs=0.001)


def test_a_summary_of_pseudo_forecasts_counts():
    rows = [{"with_indicators": given, "covered": given, "error": 0.1, "width": 1.0} for given in (True, False, True)]
    told = {row["with_indicators"]: row for row in pseudo_summary(rows)}
    assert (told[True]["covered"], told[True]["n"], told[False]["covered"]) == (2, 2, 0)
    assert told[True]["median_error"] == pytest.approx(0.1)


# --- actions


def plan(**changed):
    usual = {
        "kind": "seizure-campaign", "drug": "fentanyl", "area": "US", "starts": dt.date(2027, 3, 1), "months": 3,
        "size": 50.0, "population": 333e6,
    }  # fmt: skip
    return Plan(**(usual | changed))


@pytest.mark.parametrize(
    "changed",
    [{"kind": "raid"}, {"drug": "fentanil"}],
)
def test_an_unknown_kind_or_drug_shows_the_nearest(changed):
    with pytest.raises(UnknownName):
        checked(plan(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"months": 0}, {"months": 99}, {"size": 0.0}, {"size": -1.0}, {"kind": "takedown", "size": 1.5},
        {"population": 10.0}, {"rate": 0.0}, {"starts": dt.date(2019, 1, 1)}, {"starts": dt.date(2032, 1, 1)},
        {"area": " "},
    ],
)  # fmt: skip
def test_a_plan_out_of_range_is_refused_with_the_range(changed):
    with pytest.raises(UsageError) as refused:
        checked(plan(**changed))
    assert refused.value.hint


@pytest.mark.parametrize("text", ["2027", "2027-13", "2027-02-30", "soon"])
def test_a_start_that_is_no_day_is_refused(text):
    with pytest.raises(InputError):
        start_of(text)


def test_alternatives_apply_by_kind_and_add_up():
    for kind in ("seizure-campaign", "takedown", "scheduling"):
        assert sum(each.weight for each in alternatives(kind)) == pytest.approx(1)
    assert "turmoil" in {each.name for each in alternatives("seizure-campaign")}
    assert "turmoil" not in {each.name for each in alternatives("scheduling")}


@pytest.fixture(scope="module")
def made():
    return action_forecast(plan(arrests=30), draws=48)


def test_the_form_holds_together_and_says_what_it_does_not_know(made):
    check(made)
    rows = {(row["measure"], row["window"]): row for row in made["measures"]}
    deaths = rows["deaths", "first 12 months"]
    assert float(deaths["low90"]) < float(deaths["low50"]) <= float(deaths["median"]) < float(deaths["high90"])
    assert deaths["assumption_share"] is not None
    assert rows["stops", "action"]["median"] is None
    assert "nobody said" in rows["stops", "action"]["why_not"]
    assert rows["arrests", "action"]["median"] == "30.0"
    assert made["draws"] == 48
    assert all(row["method"] and row["source"] and row["as_of"] for row in made["measures"])
    assert {"availability", "substitution", "displacement", "overdoses", "inspections"} <= {k for k, _ in rows}
    assert len(flat(made)) == len(made["measures"])


def test_overdoses_rise_around_seizures_in_the_alternative_that_says_so(made):
    alone = {row["alternative"]: float(row["deaths_first_12_months"]["high90"]) for row in made["alternatives"]}
    assert alone["turmoil"] > alone["market"]


def test_the_form_has_no_number_but_whole_ones_and_one_spelling(made):
    assert text_of(made) == text_of(json.loads(text_of(made)))


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.update(schema_version="2"),
        lambda form: form.pop("limits"),
        lambda form: form["measures"][0].update(median="1.0", low90="2.0"),
        lambda form: form["measures"][0].update(measure="success"),
        lambda form: form["area"].update(name="Elsewhere"),
        lambda form: form["measures"][0].update(median=None),
    ],
)
def test_a_form_that_was_changed_is_refused(made, change):
    form = copy.deepcopy(made)
    change(form)
    with pytest.raises(InputError):
        check(form)


def test_more_than_the_area_holds_is_refused():
    with pytest.raises(UsageError, match="cannot be seized there"):
        action_forecast(plan(size=1e6), draws=32)


def test_a_drug_without_modelled_overdoses_says_so():
    form = action_forecast(plan(kind="scheduling", drug="methamphetamine", size=0.5), draws=32)
    check(form)
    silent = [row for row in form["measures"] if row["measure"] in {"deaths", "overdoses"}]
    assert silent
    assert all(not row["informative"] and "says nothing" in row["why_not"] for row in silent)


def test_numbers_are_short_decimal_texts():
    assert number(float("nan")) is None
    assert number(-0.0) == "0.0"
    assert sealed({"a": "b"})["forecast"] != sealed({"a": "c"})["forecast"]
