"""Many series at once, 24-hour spikes, unfinished periods."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from tests.unit.watch.detect.made import grid_of, quiet

from counterflow.core.errors import InputError
from counterflow.watch.detect.baseline import BY_GRAIN
from counterflow.watch.detect.budget import Budget
from counterflow.watch.detect.default import judge
from counterflow.watch.detect.doubt import judge_unfinished
from counterflow.watch.detect.events import read_events
from counterflow.watch.detect.family import combined, explain, parents_of, q_values, with_sums
from counterflow.watch.detect.spikes import spikes, thresholds
from counterflow.watch.nowcast import Triangle, nowcast

RULE = BY_GRAIN["week"]
WITHIN = {"a": "state", "b": "state", "c": "state"}


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    # Their example of 15 p-values (1995, section 4): the four smallest stand at a share of .05.
    p = np.array([
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ])  # fmt: skip
    assert (q_values(p) <= 0.05).sum() == 4
    assert (q_values(p, dependent=True) <= 0.05).sum() < 4
    assert np.isnan(q_values(np.array([np.nan, 0.1]))[0])


def test_evidence_is_joined_without_counting_correlated_series_twice() -> None:
    assert combined(np.array([0.01, 0.01, 0.01])) == pytest.approx(0.01, rel=1e-6)
    assert combined(np.array([0.5, np.nan])) == pytest.approx(0.5)
    assert np.isnan(combined(np.array([np.nan])))


def family(rises: list[float]):
    counts = quiet(3, 160, mean=5.0)
    counts[:, 158] += [r * 0.6 for r in rises]
    counts[:, 159] += rises
    grid = with_sums(grid_of(counts, names=["a", "b", "c"]), WITHIN)
    return grid, judge(grid, 0.01, rule=RULE), parents_of(grid, WITHIN)


def test_a_parent_explained_by_one_place_is_not_told_again() -> None:
    grid, verdict, parent = family([25, 0, 0])
    assert grid.names == ["a", "b", "c", "state"]
    assert verdict.judged.alarm[3, 159] == 1
    found = explain(grid, verdict, parent, 159)
    assert found.told.tolist() == [True, False, False, False]
    assert found.because[3] == "below"
    assert found.by[3] == 0


def test_a_rise_spread_over_places_is_told_of_the_parent() -> None:
    grid, verdict, parent = family([5, 5, 5])
    found = explain(grid, verdict, parent, 159)
    assert found.told[3]
    assert found.because[3] == "parts"


def test_parents_in_a_circle_are_refused() -> None:
    grid = grid_of(quiet(2, 30), names=["a", "b"])
    with pytest.raises(InputError, match=r"circle|itself"):
        parents_of(grid, {"a": "b", "b": "a"})


def events(rates: list[float], days: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.poisson(np.array(rates) * days)
    place = np.repeat(np.arange(len(rates)), n)
    time = np.datetime64("2025-01-01", "s") + (rng.random(len(place)) * days * 86400).astype("timedelta64[s]")
    return place, time


def test_spikes_come_no_oftener_by_chance_than_told() -> None:
    place, time = events([0.3, 2.0, 6.0] * 25, 400)
    found = spikes(place, time, 75, Budget(0.01))
    assert found.rate <= 0.01
    assert 0.3 * found.rate < len(found.place) / found.days < 1.2 * found.rate


def test_a_cluster_within_a_day_is_one_spike_from_the_event_that_reached_the_threshold() -> None:
    place, time = events([0.5], 300)
    extra = np.datetime64("2025-10-20T20:00", "s") + np.arange(9) * np.timedelta64(3600, "s")
    found = spikes(np.append(place, np.zeros(9, np.int64)), np.append(time, extra), 1, Budget(0.002))
    last = found.onset == found.onset.max()
    assert last.sum() == 1
    assert extra[0] < found.onset.max() < extra[-1]
    assert found.most[last][0] >= 9
    assert (found.count >= found.threshold).all()


def test_the_threshold_of_a_day_rests_on_earlier_days() -> None:
    counts = quiet(2, 120)
    later = counts.copy()
    later[:, 100:] += 30
    day = np.datetime64("2025-01-01", "D")
    one, other = (thresholds(each, day, 0.01)[0] for each in (counts, later))
    np.testing.assert_array_equal(one[:, :102], other[:, :102])
    assert (one[:, :50] == -1).all()


def test_events_are_read_and_a_bad_time_named(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("id,place,time\n1,North,2026-01-02T03:04\n2,South,2026-01-02 05:00:30\n3,North,2026-01-03\n")
    names, place, time = read_events(file)
    assert [names[i] for i in place] == ["North", "South", "North"]
    assert str(time[1]) == "2026-01-02T05:00:30"
    file.write_text("place,time\nNorth,2026-01-02\nNorth,yesterday\n")
    with pytest.raises(InputError, match=r"line 3.*'time'"):
        read_events(file)
    file.write_text("town,time\nNorth,2026-01-02\n")
    with pytest.raises(InputError, match="place"):
        read_events(file)


def triangle(rise: float) -> Triangle:
    rng, weeks = np.random.default_rng(3), 120
    mean = np.full(weeks, 15.0)
    mean[-3:] += rise
    counts = np.array([rng.multinomial(n, [0.4, 0.3, 0.2, 0.1]) for n in rng.poisson(mean)], float)
    for r in range(weeks):
        counts[r, max(0, weeks - r) :] = np.nan
    return Triangle(np.datetime64("2024-01-01", "D") + 7 * np.arange(weeks), counts, 7)


def test_an_unfinished_period_is_an_alarm_with_a_probability() -> None:
    made = triangle(30.0)
    found = judge_unfinished(made, nowcast(made, made.last_report), 0.01, draws=100)
    assert found.probability[-1] > 0.5
    assert found.drives[-1] in {"both", "nowcast"}
    assert found.rows()[-1]["reference_date"] == str(dt.date(2024, 1, 1) + dt.timedelta(weeks=119))


def test_an_ordinary_unfinished_period_is_none() -> None:
    made = triangle(0.0)
    found = judge_unfinished(made, nowcast(made, made.last_report), 0.01, draws=100)
    assert set(found.drives) == {"none"}
    assert (found.probability < 0.2).all()
    assert (found.reported <= found.median).all()
