"""What is read from the tables: latest outcomes, records planned twice, days nobody has worked yet."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.account.interdiction.frame import options_from, read_frame
from counterflow.account.interdiction.rates import interdiction_rows
from counterflow.account.interdiction.sensitivity import Sensitivity
from counterflow.core.errors import ConfigError
from counterflow.core.settings import AccountSettings
from counterflow.core.tables import DRAW, OUTCOME
from counterflow.store.duckdb_store import DuckDBStore

TODAY = dt.date(2026, 3, 9)


def at(day, hour=12):
    return dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)


@pytest.fixture
def store():
    store = DuckDBStore(None)
    yield store
    store.close()


def frame_rows(plan, day, ids, *, arms=None, p=0.1, lane="mail", rate=1.0):
    arms = arms or {}
    return [
        {
            "plan": plan, "source": "s", "record_id": record, "office": "A", "lane": lane,
            "day": dt.date(2026, 3, day), "arm": arms.get(record, ""), "inclusion_probability": p,
            "detection_rate": rate, "expected_harm": 1.0,
        }
        for record in ids
    ]  # fmt: skip


def outcome(plan, record, state="inspected", confirmation="none", *, time, recorded=None):
    return {
        "source": "s", "record_id": record, "plan": plan, "state": state, "confirmation": confirmation,
        "time": time, "recorded_at": recorded or time,
    }  # fmt: skip


def fill(store, draws, outcomes=()):
    store.append("draw", pa.Table.from_pylist(list(draws), schema=DRAW))
    if outcomes:
        store.append("outcome", pa.Table.from_pylist(list(outcomes), schema=OUTCOME))


def ids(prefix, count):
    return [f"{prefix}{i}" for i in range(count)]


def test_an_empty_store_gives_an_empty_frame(store):
    frame = read_frame(store, TODAY)
    assert frame.eligible == {}
    assert frame.drawn.num_rows == 0
    assert (frame.as_of, frame.source) == (TODAY, "no plan has been worked yet")


def test_the_latest_outcome_counts_and_none_is_changed(store):
    fill(
        store,
        frame_rows("P", 1, ids("r", 10), arms={"r0": "random", "r1": "targeted"}),
        [
            outcome("P", "r0", confirmation="presumptive", time=at(1)),
            outcome("P", "r0", confirmation="refuted", time=at(3)),
            outcome("P", "r1", "held", "suspected", time=at(1)),
            outcome("P", "r1", "inspected", "confirmed", time=at(2)),
        ],
    )
    frame = read_frame(store, TODAY)
    assert frame.eligible == {"mail": 10}
    assert frame.as_of == dt.date(2026, 3, 3)
    assert frame.drawn.to_pylist() == [
        {"lane": "mail", "arm": "random", "inclusion_probability": 0.1, "sampled": True, "answered": True,
         "detection_rate": 1.0, "state": "inspected", "confirmation": "refuted", "cell": "P A mail 2026-03-01 "},
        {"lane": "mail", "arm": "targeted", "inclusion_probability": 0.1, "sampled": False, "answered": True,
         "detection_rate": 1.0, "state": "inspected", "confirmation": "confirmed", "cell": "P A mail 2026-03-01 "},
    ]  # fmt: skip


def test_an_outcome_recorded_late_supersedes_one_recorded_early(store):
    fill(
        store,
        frame_rows("P", 1, ["a"], arms={"a": "random"}),
        [
            outcome("P", "a", confirmation="presumptive", time=at(2), recorded=at(2)),
            outcome("P", "a", confirmation="refuted", time=at(1), recorded=at(5)),
        ],
    )
    assert read_frame(store, TODAY).drawn["confirmation"].to_pylist() == ["refuted"]


def test_a_record_on_two_plans_counts_once_with_its_first_chance(store):
    fill(
        store,
        frame_rows("P", 1, ["a", "b"], arms={"a": "random"}, p=0.2)
        + frame_rows("Q", 2, ["a", "c"], arms={"a": "targeted"}, p=0.5),
        [
            outcome("P", "a", "not_presented", time=at(1)),
            outcome("Q", "a", confirmation="confirmed", time=at(2)),
        ],
    )
    frame = read_frame(store, TODAY)
    assert frame.eligible == {"mail": 3}
    (row,) = frame.drawn.to_pylist()
    assert row["arm"] == "random"
    assert (row["inclusion_probability"], row["sampled"]) == (0.2, True)
    assert (row["state"], row["confirmation"]) == ("inspected", "confirmed")
    assert not row["answered"]
    shown = next(r for r in interdiction_rows(frame) if (r["lane"], r["arm"]) == ("*", "random"))
    assert (shown["found"], shown["missing_share"], shown["effective_n"]) == (1, 1.0, 0)


def test_the_detection_rate_is_that_of_the_resource_that_inspected(store):
    fill(
        store,
        frame_rows("P", 1, ["a"], arms={"a": "random"}, rate=0.9)
        + frame_rows("Q", 1, ["a"], arms={"a": "targeted"}, rate=0.6),
        [outcome("P", "a", "not_presented", time=at(1)), outcome("Q", "a", time=at(2))],
    )
    assert read_frame(store, TODAY).drawn["detection_rate"].to_pylist() == [0.6]


def test_half_a_blind_test_is_refused():
    with pytest.raises(ConfigError, match="go together"):
        options_from(AccountSettings(sensitivity_found=9))


def test_a_chance_of_one_stays_one(store):
    fill(
        store,
        frame_rows("P", 1, ["a"], arms={"a": "random"}, p=1.0) + frame_rows("Q", 1, ["a", "b"], arms={"b": "random"}),
        [outcome("P", "a", time=at(1)), outcome("Q", "b", time=at(1))],
    )
    drawn = read_frame(store, TODAY).drawn
    assert drawn["inclusion_probability"].to_pylist() == pytest.approx([1.0, 0.1])


def plan_row(plan, made_at):
    return {
        "plan": plan, "starts": dt.date(2026, 3, 1), "ends": dt.date(2026, 3, 1), "seed": 1, "random_share": 0.1,
        "made_at": made_at,
    }  # fmt: skip


def test_planning_the_same_days_again_does_not_bend_the_estimate(store):
    """Four plans of one day, each after the outcomes of the one before, with a targeted arm that takes the worst.

    What the targeted arm opens leaves the later frames, so those are cleaner than the day was.
    """
    rng = np.random.default_rng(5)
    violative = np.arange(4_000) < 400
    gone = np.zeros(4_000, bool)
    draws, outcomes = [], []
    for number in range(4):
        eligible = np.flatnonzero(~gone)
        random = set(rng.choice(eligible, len(eligible) // 10, replace=False).tolist())
        targeted = [i for i in eligible.tolist() if i not in random][:150]
        arms = dict.fromkeys(targeted, "targeted") | dict.fromkeys(random, "random")
        plan = f"P{number}"
        draws += [frame_rows(plan, 1, [f"r{i}"], arms={f"r{i}": arms.get(i, "")})[0] for i in eligible.tolist()]
        found = {i: "confirmed" if violative[i] else "none" for i in arms}
        outcomes += [outcome(plan, f"r{i}", confirmation=f, time=at(1, 6 + number)) for i, f in found.items()]
        gone[list(arms)] = True
        store.append("plan", pa.Table.from_pylist([plan_row(plan, at(1, 5 + number))]))
    fill(store, draws, outcomes)
    row = next(r for r in interdiction_rows(read_frame(store, TODAY)) if (r["lane"], r["arm"]) == ("*", "random"))
    assert row["eligible"] == 4_000
    assert row["effective_n"] == 400
    assert row["drawn_again"] > 400
    assert row["prevalence"]["low"] < 0.10 < row["prevalence"]["high"]
    assert row["undetected"]["low"] <= violative[~gone].sum() <= row["undetected"]["high"]


def test_a_record_out_of_reach_gets_its_chance_from_the_plan_that_reaches_it(store):
    fill(
        store,
        frame_rows("P", 1, ["a", "b"], arms={"a": "random"}) + frame_rows("P", 1, ["c"], p=0.0)
        + frame_rows("Q", 1, ["b", "c"], arms={"c": "random"}, p=0.5),
        [outcome("P", "a", time=at(1)), outcome("Q", "c", time=at(1))],
    )  # fmt: skip
    frame = read_frame(store, TODAY)
    assert frame.eligible == {"mail": 3}
    assert frame.out_of_reach == 0
    assert frame.drawn["sampled"].to_pylist() == [True, True]
    assert frame.drawn["inclusion_probability"].to_pylist() == [0.1, 0.5]


def test_draws_that_nobody_worked_and_outcomes_older_than_their_draw_are_said(store):
    store.append("plan", pa.Table.from_pylist([plan_row("P", at(1)), plan_row("Q", at(1, 13)), plan_row("R", at(4))]))
    fill(
        store,
        frame_rows("P", 1, ids("r", 10), arms={"r0": "random"})
        + frame_rows("Q", 1, ids("r", 10), arms={"r1": "random"})
        + frame_rows("R", 2, ids("s", 10), arms={"s1": "random"}),
        [outcome("Q", "r1", time=at(2)), outcome("R", "s1", time=at(2))],
    )
    frame = read_frame(store, TODAY)
    assert (frame.idle_draws, frame.before_draw, frame.not_worked) == (1, 1, 0)
    assert frame.eligible == {"mail": 20}
    outside = str(interdiction_rows(frame)[0]["outside"])
    assert "1 other plan(s) drew some of the same records and were never worked" in outside
    assert "1 outcome(s) are of days before their draw was made" in outside


def test_a_day_without_any_outcome_is_not_worked_and_is_said(store):
    fill(
        store,
        frame_rows("P", 1, ids("r", 10), arms={"r0": "random", "r1": "random"})
        + frame_rows("P", 2, ids("s", 7), arms={"s0": "random"})
        + frame_rows("P", 3, ids("t", 5)),
        [outcome("P", "r0", time=at(1))],
    )
    frame = read_frame(store, TODAY)
    # day 1 was worked (its other draw is pending), day 2 was not, day 3 drew nothing and belongs to the frame
    assert frame.eligible == {"mail": 15}
    assert frame.not_worked == 7
    row = next(r for r in interdiction_rows(frame) if (r["lane"], r["arm"]) == ("*", "random"))
    assert (row["n"], row["pending"]) == (1, 1)
    assert "7 eligible records of days without any outcome" in row["outside"]


def test_periods_cut_by_planned_day(store):
    fill(
        store,
        frame_rows("P", 1, ids("r", 10), arms={"r0": "random"})
        + frame_rows("Q", 2, ids("s", 7), arms={"s0": "random"}),
        [outcome("P", "r0", time=at(1)), outcome("Q", "s0", time=at(2))],
    )
    assert read_frame(store, TODAY, until=dt.date(2026, 3, 1)).eligible == {"mail": 10}
    assert read_frame(store, TODAY, since=dt.date(2026, 3, 2)).eligible == {"mail": 7}
    assert read_frame(store, TODAY).source == "2 plan(s) for 2026-03-01 to 2026-03-02, 2 outcomes"


def test_records_without_a_chance_are_counted_apart(store):
    fill(
        store,
        frame_rows("P", 1, ["a", "b"], arms={"a": "random"})
        + frame_rows("P", 1, ["c"], arms={"c": "mandatory"}, p=0.0, lane=None),
        [outcome("P", "a", time=at(1)), outcome("P", "c", confirmation="confirmed", time=at(1))],
    )
    frame = read_frame(store, TODAY)
    assert frame.eligible == {"mail": 2}
    assert frame.out_of_reach == 1
    assert frame.drawn.num_rows == 2


def test_settings_give_the_options():
    assert options_from(AccountSettings()).sensitivity is None
    tested = options_from(AccountSettings(sensitivity_found=9, sensitivity_of=10, usefulness_limit=0.3))
    assert tested.sensitivity.value == 0.9
    assert tested.usefulness_limit == 0.3
    stated = Sensitivity.known(0.5)
    assert options_from(AccountSettings(sensitivity_found=9, sensitivity_of=10), stated).sensitivity is stated


def test_a_workspace_has_the_interval_of_its_draw_in_strata(store):
    """All of a small place inspected leaves no doubt about it; the doubt is that of the other place alone."""
    whole = frame_rows("P", 1, ids("w", 50), arms=dict.fromkeys(ids("w", 50), "random"), p=1.0)
    part = frame_rows("P", 1, ids("p", 200), arms=dict.fromkeys(ids("p", 40), "random"), p=0.2)
    fill(store, whole + part, [outcome("P", name, time=at(1)) for name in [*ids("w", 50), *ids("p", 40)]])
    frame = read_frame(store, TODAY)
    assert sorted(zip(frame.sizes["chance"].to_pylist(), frame.sizes["records"].to_pylist(), strict=True)) == [
        (0.2, 200),
        (1.0, 50),
    ]
    row = next(r for r in interdiction_rows(frame) if (r["lane"], r["arm"]) == ("*", "random"))
    assert "in strata of the draw" in row["prevalence"]["method"]
    assert 15 < row["undetected"]["high"] < 200 * 0.0881  # Clopper-Pearson of 0 in 40
