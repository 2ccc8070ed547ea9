"""What is read from the tables: latest outcomes, records planned twice, days nobody has worked yet."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.account.frame import options_from, read_frame
from counterflow.account.interdiction import interdiction_rows
from counterflow.account.sensitivity import Sensitivity
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
        {"lane": "mail", "arm": "random", "inclusion_probability": 0.1, "detection_rate": 1.0,
         "state": "inspected", "confirmation": "refuted"},
        {"lane": "mail", "arm": "targeted", "inclusion_probability": 0.1, "detection_rate": 1.0,
         "state": "inspected", "confirmation": "confirmed"},
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


def test_a_record_on_two_plans_counts_once_with_both_chances(store):
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
    assert row["inclusion_probability"] == pytest.approx(1 - 0.8 * 0.5)
    assert (row["state"], row["confirmation"]) == ("inspected", "confirmed")


def test_a_chance_of_one_stays_one(store):
    fill(
        store,
        frame_rows("P", 1, ["a"], arms={"a": "random"}, p=1.0) + frame_rows("Q", 1, ["a", "b"], arms={"b": "random"}),
        [outcome("P", "a", time=at(1)), outcome("Q", "b", time=at(1))],
    )
    drawn = read_frame(store, TODAY).drawn
    assert drawn["inclusion_probability"].to_pylist() == pytest.approx([1.0, 0.1])


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
