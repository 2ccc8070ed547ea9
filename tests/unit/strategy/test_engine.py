"""The engine's invariants: nobody is lost, nothing is negative, no policy changes nothing, same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from counterflow.core.errors import UnknownName, UsageError
from counterflow.strategy.model import positions as at
from counterflow.strategy.model.draws import draw, prior_quantiles
from counterflow.strategy.model.drivers import Drivers, drivers
from counterflow.strategy.model.engine import NONE, Changes, Runs, simulate
from counterflow.strategy.model.layout import MECHANISMS, VARIABLES, places
from counterflow.strategy.model.parameters import parameters

_MECHANISMS = places(MECHANISMS)


def _change(name: str, amount: float, *, start: float = 2022.5, ramp: float = 3.0, stop: float = np.inf) -> Changes:
    place = np.array([_MECHANISMS[name]], dtype=np.int32)
    return Changes(place, np.array([start]), np.array([ramp]), np.array([stop]), np.array([[amount]]))


@pytest.fixture(scope="module")
def prior() -> np.ndarray:
    """Draws of every parameter from its prior, far corners and all."""
    shares = np.random.default_rng(7).random((60, len(parameters().rows)))
    return prior_quantiles(np.clip(shares, 1e-6, 1 - 1e-6))


@pytest.fixture(scope="module")
def base() -> Drivers:
    return drivers("base")


@pytest.fixture(scope="module")
def runs(prior: np.ndarray, base: Drivers) -> Runs:
    return simulate(prior, base, threads=1)


def test_nobody_is_lost(runs: Runs) -> None:
    """Living, former users and dead are those who were there or came, to 1e-9."""
    end = runs.final
    here = end[:, : at.PEOPLE].sum(axis=1) + end[:, at.FORMER] + end[:, at.DEAD_OVERDOSE] + end[:, at.DEAD_OTHER]
    assert np.abs(here / end[:, at.ENTERED] - 1).max() < 1e-9


def test_nothing_is_negative_or_lost_to_infinity(runs: Runs) -> None:
    assert np.isfinite(runs.values).all()
    assert runs.values.min() >= 0
    assert runs.final[:, : at.PEOPLE].min() >= 0


def test_groups_add_up(runs: Runs) -> None:
    parts = sum(runs.of(f"overdose_deaths_{name}") for name in ("rx_and_synthetic", "illicit", "naive"))
    np.testing.assert_allclose(parts, runs.of("overdose_deaths"), rtol=1e-12)
    whole = runs.of("rx_disorder") + runs.of("illicit_disorder") + runs.of("in_custody")
    np.testing.assert_allclose(whole, runs.of("disorder"), rtol=1e-12)
    assert (runs.of("disorder_untreated") <= runs.of("disorder")).all()


def test_a_policy_of_nothing_changes_not_one_bit(prior: np.ndarray, base: Drivers, runs: Runs) -> None:
    nothing = simulate(prior[:8], base, _change("naloxone_kits", 0.0))
    assert nothing.values.tobytes() == runs.values[:8].tobytes() == nothing.baseline.tobytes()
    assert NONE.amount.shape == (0, 1)


@pytest.mark.parametrize("name", [mechanism.name for mechanism in MECHANISMS])
def test_every_mechanism_acts_and_not_before_its_start(name: str, base: Drivers) -> None:
    runs = simulate(parameters().values, base, _change(name, 0.3, start=2024.0, ramp=1.0), switches={"seizure_harm": 1})
    moved = (runs.values != runs.baseline).any(axis=(0, 2))
    assert not moved[runs.years < 2024].any()
    assert moved[runs.years >= 2024].all()
    assert np.isfinite(runs.values).all()


def test_a_change_that_stops_goes_back() -> None:
    """By the same ramp: full two years after its start, gone two years after its stop."""
    change = _change("relapse", -0.5, start=2010.0, ramp=2.0, stop=2014.0)
    times = np.array([2009.0, 2011.0, 2013.0, 2015.0, 2016.5])
    np.testing.assert_allclose(change.at(times)[:, 0], [0, 0.5, 1, 0.5, 0])
    sudden = _change("relapse", -0.5, start=2010.0, ramp=0.0, stop=2014.0)
    np.testing.assert_allclose(sudden.at(times)[:, 0], [0, 1, 1, 0, 0])


def test_same_bytes_however_many_threads(prior: np.ndarray, base: Drivers, runs: Runs) -> None:
    assert simulate(prior, base, threads=2).values.tobytes() == runs.values.tobytes()


def test_half_the_step_moves_little(base: Drivers) -> None:
    """Less than half a percent, for every year and everything that people suffer."""
    values = np.vstack([parameters().values, draw(12, 3).values])
    whole, half = (simulate(values, base, steps_per_year=steps) for steps in (16, 32))
    for name in ("overdose_deaths", "nonfatal_overdoses", "disorder_person_years", "deaths_averted_by_kits"):
        assert np.abs(half.of(name)[0] / whole.of(name)[0] - 1).max() < 0.005
        worst = np.abs(half.of(name) / whole.of(name) - 1).max(axis=1)
        assert np.quantile(worst, 0.9) < 0.005


def test_people_in_custody_are_not_counted_twice(base: Drivers) -> None:
    """With custody the mean risk at large is what it was: deaths move by less than one in twenty-five."""
    held = parameters()
    free = held.values.copy()
    free[[held.place(f"arrest_{way}") for way in ("rx", "both", "illicit")]] = 0
    with_custody, without = (simulate(values, base, last=2021) for values in (held.values, free))
    at_large = with_custody.of("disorder") - with_custody.of("in_custody")
    here = with_custody.of("overdose_deaths") / at_large
    there = without.of("overdose_deaths") / without.of("disorder")
    assert np.abs(here / there - 1).max() < 0.04
    assert (with_custody.of("overdose_deaths_released")[0] > 0).all()


@pytest.mark.parametrize(
    ("name", "amount", "deaths"),
    [("naloxone_kits", 0.5, -1), ("relapse", -0.2, -1), ("release_risk", -0.5, -1), ("jail_treatment", 0.5, -1),
     ("reentry_link", 0.3, -1), ("dose_spread", -0.3, -1), ("fentanyl_share", -0.3, -1), ("arrests", 0.5, 0),
     ("witnessed", 0.3, -1), ("treatment_barriers", 0.5, -1), ("naive_sharing", -0.5, -1)],
)  # fmt: skip
def test_which_way_deaths_move(name: str, amount: float, deaths: int, base: Drivers) -> None:
    runs = simulate(parameters().values, base, _change(name, amount), first=2022)
    moved = (runs.of("overdose_deaths") - runs.of("overdose_deaths", baseline=True)).sum()
    assert np.sign(moved) == deaths or deaths == 0
    if name == "arrests":
        assert (runs.of("arrests") - runs.of("arrests", baseline=True)).sum() > 0


def test_dose_variance_matters_only_where_risk_bends(base: Drivers) -> None:
    held = parameters()
    straight = held.values.copy()
    straight[held.place("dose_power")] = 1.0
    change = _change("dose_spread", 1.0)
    bent, line = (simulate(values, base, change).of("overdose_deaths") for values in (held.values, straight))
    assert (bent != simulate(held.values, base).of("overdose_deaths"))[0, -1]
    assert (line == simulate(straight, base).of("overdose_deaths"))[0, -1]


def test_an_area_with_a_tenth_of_the_people_has_a_tenth_of_the_deaths(base: Drivers) -> None:
    values = np.repeat(parameters().values[None], 2, axis=0)
    runs = simulate(values, base, shares=np.array([1.0, 0.1]))
    for name in ("overdose_deaths", "disorder", "on_buprenorphine", "never"):
        np.testing.assert_allclose(runs.of(name)[1], 0.1 * runs.of(name)[0], rtol=1e-9)


def test_scenarios_differ_as_the_published_ones_do() -> None:
    """High and low ends of fentanyl move deaths of mid-2022 to mid-2032 as the published baselines (+23 %, -23 %)."""
    weights = np.array([0.5, *[1.0] * 9, 0.5])
    values = np.median(draw(200, 1).values, axis=0)
    total = {
        name: float((simulate(values, drivers(name), first=2022).of("overdose_deaths")[0] * weights).sum())
        for name in ("base", "constant", "high", "low")
    }
    assert total["high"] / total["base"] == pytest.approx(666_236 / 541_753, abs=0.03)
    assert total["low"] / total["base"] == pytest.approx(418_991 / 541_753, abs=0.03)
    assert total["constant"] < total["base"]


def test_what_cannot_be_run_is_refused(base: Drivers) -> None:
    values = parameters().values
    with pytest.raises(UsageError, match="vector has"):
        simulate(values[:-1], base)
    with pytest.raises(UsageError, match="Years"):
        simulate(values, base, last=2040)
    with pytest.raises(UsageError, match="even number"):
        simulate(values, base, steps_per_year=15)
    with pytest.raises(UsageError, match="outside"):
        simulate(values, base, shares=np.array([1.5]))
    with pytest.raises(UsageError, match="before it starts"):
        _change("relapse", 0.1, stop=2000.0)
    with pytest.raises(UsageError, match="it can be"):
        simulate(values, base, switches={"perceived_risk": 7})
    with pytest.raises(UnknownName, match="switch"):
        simulate(values, base, switches={"percieved_risk": 1})
    with pytest.raises(UnknownName, match="variable"):
        simulate(values, base).of("overdose_death")
    with pytest.raises(UnknownName, match="driver"):
        base.changed("fentanil", {2020: 0.1})
    with pytest.raises(UnknownName, match="scenario"):
        drivers("worst")


def test_a_changed_driver_acts_from_its_year_on(base: Drivers) -> None:
    fewer = base.changed("naloxone_kits", dict.fromkeys(range(2015, 2033), 0.0))
    kits = simulate(parameters().values, fewer).of("kits")[0]
    assert kits[2013 - 1999] > 0
    assert kits[2016 - 1999] == 0
    assert len(VARIABLES) == simulate(parameters().values, fewer).values.shape[2]


def test_a_kept_reference_gives_the_same_bytes_and_another_is_refused(base: Drivers) -> None:
    values = np.repeat(parameters().values[None], 3, axis=0)
    kept = simulate(values, base, keep=True)
    change = _change("inspection_mail_express", 0.5)
    once, twice = simulate(values, base, change, reference=kept), simulate(values, base, change)
    assert once.values.tobytes() == twice.values.tobytes()
    assert once.baseline.tobytes() == twice.baseline.tobytes()
    with pytest.raises(UsageError, match="reference"):
        simulate(values * 1.01, base, change, reference=kept)
    with pytest.raises(UsageError, match="reference"):
        simulate(values, drivers("constant"), change, reference=kept)
