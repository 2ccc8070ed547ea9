"""The whole fit on a small model with known answers: movers, screen, descents, walkers, what was learnt, posterior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UsageError
from counterflow.strategy.calibrate.calibration import Asked, Calibration, calibrate
from counterflow.strategy.calibrate.errors import SeriesError, predicted
from counterflow.strategy.calibrate.likelihood import likelihood_of
from counterflow.strategy.calibrate.recovery import recover
from counterflow.strategy.calibrate.screen import movers
from counterflow.strategy.calibrate.space import space_of
from counterflow.strategy.calibrate.targets import Targets, targets
from counterflow.strategy.model.parameters import Parameter, Parameters

Floats = npt.NDArray[np.float64]
CLOCK = fixed_clock("2026-11-22")


def row(name: str, value: float, low: float, high: float, scale: str) -> Parameter:
    return Parameter(name, "toy", value, low, high, scale, "1", "D", (), "this test")


HELD = Parameters(
    (
        row("level", 1.0, 0.5, 2.0, "log"),
        row("growth", 0.02, -0.05, 0.09, "normal"),
        row("deaths", 1.0, 0.5, 2.0, "uniform"),
        row("left", 1.0, 0.5, 2.0, "log"),
        row("right", 1.0, 0.5, 2.0, "log"),
        row("idle", 3.0, 1.0, 9.0, "log"),
        row("still", 5.0, 5.0, 5.0, "fixed"),
    )
)
COUNTS = [p for p, s in enumerate(targets().series) if s.kind == "count"]
BASE = np.nan_to_num(np.nanmean(targets().values, axis=0))


def toy(vectors: Floats, last: int, /) -> Floats:
    """Every series its mean times level and growth, deaths times a factor; left and right are seen as a product."""
    years = np.arange(1999, last + 1) - 2010.0
    path = vectors[:, :1] * np.exp(vectors[:, 1:2] * years) * (vectors[:, 3] * vectors[:, 4])[:, None]
    out = path[:, :, None] * BASE
    out[:, :, COUNTS] *= vectors[:, 2][:, None, None]
    return np.asarray(out)


def made(seed: int, **truth: float) -> Targets:
    vector = HELD.values.copy()
    for name, value in truth.items():
        vector[HELD.place(name)] = value
    held = targets()
    runs = toy(vector[None], held.years[-1])[0]
    error = np.array([s.error for s in held.series])
    noise = np.random.default_rng(seed).standard_normal(runs.shape)
    return replace(held, values=np.where(np.isfinite(held.values), runs * np.exp(0.5 * error * noise), np.nan))


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    series = made(2, level=1.3, growth=0.04, deaths=1.99)
    return calibrate(Asked(series, runs=15_000, seed=4, rows=400), HELD, toy, CLOCK, lambda _words: None)


def test_only_what_moves_a_series_is_fitted() -> None:
    assert movers(HELD, toy, targets()) == ("level", "growth", "deaths", "left", "right")


def test_values_of_the_space_are_those_of_the_priors() -> None:
    space = space_of(HELD, ("level", "deaths"))
    points = np.array([[0.0, 0.0, 0.0], [1.959964, -4.5, 0.0]])
    assert space.values(points) == pytest.approx(np.array([[1.0, 1.25], [2.0, 0.5]]), rel=1e-4)
    assert space.vectors(points)[:, 5] == pytest.approx([3.0, 3.0])
    assert space.log_prior(np.array([[0.0, 9.0, 0.0]]))[0] == -np.inf


def test_the_truth_is_found_and_what_is_not_known_is_said(fitted: Calibration) -> None:
    learnt = {one.name: one for one in fitted.learnt}
    assert learnt["growth"].low < 0.04 < learnt["growth"].high
    assert learnt["growth"].standing == "learnt"
    assert learnt["growth"].shrinkage > 0.8
    assert learnt["deaths"].standing == "on its bound"
    pairs = {frozenset(pair[:2]) for pair in fitted.posterior.about["tied"]}
    rows = fitted.posterior.rows.astype(np.float64)
    product = rows[:, 0] * rows[:, 3] * rows[:, 4]
    assert product.mean() == pytest.approx(1.3, rel=0.05)  # known together only
    assert product.std() < 0.3 * rows[:, 3].std()
    assert max(one.rhat for one in fitted.learnt) < 1.35
    assert all(len(pair) == 2 for pair in pairs)
    assert "deaths" in fitted.posterior.about["on_bound"]


def test_a_wrong_run_is_less_likely_and_a_broken_one_impossible() -> None:
    series = made(1)
    like = likelihood_of(series)
    runs = toy(np.tile(HELD.values, (3, 1)), 2022)
    runs[1] *= 1.5
    runs[2, 3, 4] = np.nan
    values = like.log_likelihood(runs, np.zeros(3))
    assert values[0] > values[1] + 20
    assert values[2] == -np.inf


def test_the_change_of_definition_moves_the_misuse_series_after_2014_alone() -> None:
    like = likelihood_of(targets())
    runs = toy(HELD.values[None], 2022)
    moved = like.expected(runs, np.ones(1))[0] / runs[0]
    names, years = like.targets.ids, np.array(like.targets.years)
    assert moved[years >= 2015, names.index("RMis")] == pytest.approx(np.exp(0.05))
    assert (moved[years < 2015] == 1.0).all()
    assert moved[years >= 2015, names.index("InRM")].min() > np.exp(0.05)  # the whole change falls on own prescriptions
    assert (moved[:, names.index("InRD")] == 1.0).all()


def test_a_fit_gone_on_with_is_the_fit_at_once_and_another_is_refused(tmp_path: Path) -> None:
    asked = Asked(made(2, level=1.3, growth=0.04), runs=5_000, seed=4, rows=100, folder=tmp_path)
    told: list[str] = []
    at_once = calibrate(replace(asked, folder=None), HELD, toy, CLOCK, told.append)
    told.clear()

    class StoppedError(Exception):
        pass

    def stop(words: str) -> None:
        if words.startswith("walkers"):
            raise StoppedError

    with pytest.raises(StoppedError):
        calibrate(asked, HELD, toy, CLOCK, stop)
    again = calibrate(asked, HELD, toy, CLOCK, told.append)
    assert told[0].startswith("going on")
    assert again.posterior.rows.tobytes() == at_once.posterior.rows.tobytes()
    with pytest.raises(InputError, match=r"asked something else: seed 4 there, 5 here"):
        calibrate(replace(asked, seed=5), HELD, toy, CLOCK, told.append)
    (tmp_path / "walk.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="damaged"):
        calibrate(asked, HELD, toy, CLOCK, told.append)


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(UsageError, match="5000 to"):
        Asked(targets(), runs=10)


def test_known_truth_is_found_again() -> None:
    asked = Asked(targets(), runs=6_000, seed=11, rows=300)
    rows = recover(asked, HELD, toy, CLOCK, lambda _words: None, sets=3)
    assert {r.set for r in rows} == {1, 2, 3}
    assert len(rows) == 15
    assert np.mean([r.inside_95 for r in rows]) >= 0.85
    assert np.mean([r.inside_80 for r in rows]) >= 0.6


def test_what_is_predicted_widens_with_the_lead_and_starts_from_the_last_residual() -> None:
    errors = (SeriesError("a", 0.1, 0.5, 0.0, 0.4, 0.05, 2010), SeriesError("b", 0.1, 0.0, 0.2, 0.2, 0.0, 2010))
    years = tuple(range(2008, 2021))
    seen = np.log(predicted(np.ones((4000, len(years), 2)), years, errors, 1))
    assert seen[:, 3, 0].mean() == pytest.approx(0.2, abs=0.01)  # half of the last residual a year on
    assert seen[:, -1, 0].std() == pytest.approx(np.sqrt(0.1**2 + 10 * 0.05**2), rel=0.05)
    assert seen[:, 0, 0].std() == pytest.approx(0.1, rel=0.05)
    assert seen[:, :, 1].mean() == pytest.approx(0.2, abs=0.01)  # a lasting bias is carried on
