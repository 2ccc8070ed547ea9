"""The `adaptive` strategy in the weekly loop: it keeps its budget, its probabilities are honest, and hits are followed."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.target.features.lines import LINE, Lines
from counterflow.target.loop.recalibrate import recalibrated
from counterflow.target.loop.strategy import Adaptive, AdaptiveOptions
from counterflow.target.simulate.measure import measures
from counterflow.target.simulate.plain import Hybrid
from counterflow.target.simulate.run import Protocol, run
from counterflow.target.simulate.strategy import FOLLOWUP, RANDOM, Past, Scores, WeekView
from counterflow.target.simulate.world import World, make_world

WEEKS, SIZE = 16, 200


class Blind:
    """A learner that never learns: it knows ordinary finds by office, and calls everything else safe."""

    def refit(self, week: WeekView, past: Past, seed: int) -> None:
        """Learn nothing."""

    def score(self, week: WeekView, past: Past) -> Scores:
        """Score by office alone."""
        office = week.keys[week.rows, week.key_names.index("office")]
        find = np.where(office == 0, 0.5, 0.04)
        return Scores(find, np.zeros(len(find)), find)


@pytest.fixture(scope="module")
def world() -> World:
    """Sixteen weeks; office 0 is half bad, the rest 4 %; from week 6 goods 2 from route 1 are all bad."""
    rng = np.random.default_rng(5)
    count = WEEKS * SIZE
    day = np.repeat(np.arange(WEEKS * 7), count // (WEEKS * 7) + 1)[:count]
    goods, route, office = rng.integers(0, 5, count), rng.integers(0, 4, count), rng.integers(0, 12, count)
    bad = rng.random(count) < np.where(office == 0, 0.5, 0.04)
    scheme = np.flatnonzero((goods == 2) & (route == 1) & (day >= 42) & (office > 0) & ~bad)
    columns = {
        "row": pa.array(np.arange(count)),
        "record_id": pa.array([f"r{n}" for n in range(count)]),
        "day": pa.array([dt.date(2030, 1, 1) + dt.timedelta(days=int(d)) for d in day]),
        "hs": pa.array([f"{10 + g}0110" for g in goods]),
        "departure": pa.array([f"R{r}" for r in route]),
        "office": pa.array([f"{o:02d}" for o in office]),
        "importer": pa.array([f"i{n}" for n in rng.integers(0, 400, count)]),
        "value": pa.array(rng.lognormal(size=count)),
    }
    table = pa.table([columns.get(f.name, pa.nulls(count, f.type)).cast(f.type) for f in LINE], schema=LINE)
    lines = Lines(table, count, pa.table({"row": pa.array([], pa.int64())}))
    made = make_world(lines, pa.array(np.where(bad, "drug", "").tolist()), critical={"drug"})
    return made.with_labels(scheme, ["drug"] * len(scheme), [])


def test_one_hit_by_chance_leads_to_the_scheme_that_the_model_never_learns(world: World) -> None:
    protocol = Protocol(rate=0.1, warm_up_weeks=3)
    last = (WEEKS - 4, WEEKS - 1)
    adaptive, plain = [], []
    for seed in range(4):
        strategy = Adaptive(Blind(), random_share=0.4, seed=seed)
        adaptive.append(measures(world, run(world, strategy, protocol, seed), last)["scheme_found"])
        plain.append(measures(world, run(world, Hybrid(Blind(), 0.4, seed), protocol, seed), last)["scheme_found"])
    assert np.mean(adaptive) > 0.5
    assert np.mean(adaptive) > 2 * np.mean(plain)


def test_random_inspections_have_the_probability_of_their_draw_and_follow_ups_stay_few(world: World) -> None:
    strategy = Adaptive(Blind(), random_share=0.2, seed=1, options=AdaptiveOptions(follow_share=0.1))
    made = run(world, strategy, Protocol(rate=0.1, warm_up_weeks=3), 1).made
    later = made.week >= 3
    assert (made.probability[later & (made.arm == RANDOM)] > 0).all()
    assert (
        np.bincount(made.week[later & (made.arm == FOLLOWUP)], minlength=WEEKS) <= round(0.1 * 0.1 * SIZE) + 1
    ).all()
    drawn = np.bincount(made.week[later & (made.arm == RANDOM)], minlength=WEEKS)[3:]
    expected = np.asarray(strategy.shares) * np.bincount(made.week[later], minlength=WEEKS)[3:]
    assert (np.abs(drawn - expected) <= 1).all()
    assert min(strategy.shares) >= 0.05


def test_before_anything_is_known_it_explores_and_takes_nothing_for_granted(world: World) -> None:
    view = world.view(0)
    chosen = Adaptive(Blind(), random_share=0.2, seed=0).choose(view, 20, np.random.default_rng(0))
    assert len(chosen.rows) == 20
    assert (chosen.arm != FOLLOWUP).all()


def test_what_the_model_calls_safe_is_corrected_by_what_came_of_it() -> None:
    said = np.repeat([0.03, 0.4], 400)
    found = np.arange(800) % 400 < np.where(said < 0.1, 60, 160)
    honest = recalibrated(np.array([0.03, 0.4]), said, found)
    assert honest[0] == pytest.approx(0.15, abs=0.02)
    assert honest[1] == pytest.approx(0.4, abs=0.02)


def test_without_outcomes_chances_stay_as_said_and_the_order_never_turns() -> None:
    chance = np.array([0.02, 0.3, 0.9])
    assert recalibrated(chance, np.zeros(0), np.zeros(0, bool)) == pytest.approx(chance)
    said = np.repeat([0.05, 0.9], 50)
    assert (np.diff(recalibrated(chance, said, said < 0.5)) > 0).all()
