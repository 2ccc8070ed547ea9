"""Inspector, rehearsal and score: what is reported, when, and what it is held against."""

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pytest

from counterflow.demo.inspector import InspectorHabits, inspect, released, seized
from counterflow.demo.options import WorldOptions
from counterflow.demo.rehearsal import Rehearsal
from counterflow.demo.score import score
from counterflow.demo.world import TRUTH, World

COUNT = 4_000


@pytest.fixture(scope="module")
def reports():
    """Half of the records hide a drug, a quarter equipment, a quarter nothing: (truth, plan, outcomes)."""
    classes = ["drug", "drug", "equipment", ""]
    rows = [(f"r{i:05}", classes[i % 4]) for i in range(COUNT)]
    hidden = [(record, name) for record, name in rows if name]
    truth = pa.table(
        {
            "record_id": [record for record, _ in hidden], "week": [0] * len(hidden),
            "lane": ["mail"] * len(hidden), "scheme": ["s"] * len(hidden),
            "harm_class": [name for _, name in hidden],
            "hidden_kg": [1.0] * len(hidden), "area": ["a"] * len(hidden),
        },
        schema=TRUTH,
    )  # fmt: skip
    plan = pa.table({"record_id": [record for record, _ in rows], "day": ["2026-01-05"] * COUNT})
    return truth, plan, inspect(truth, plan, 0.8, 7)


def test_every_selected_record_is_reported_on_its_day(reports):
    _, plan, outcomes = reports
    first = outcomes.group_by("record_id").aggregate([("time", "min")])
    assert set(first["record_id"].to_pylist()) == set(plan["record_id"].to_pylist())
    assert {time.date() for time in first["time_min"].to_pylist()} == {dt.date(2026, 1, 5)}


def test_a_few_are_not_presented_and_nothing_is_found_in_those(reports):
    _, _, outcomes = reports
    absent = outcomes.filter(pc.equal(outcomes["state"], "not_presented"))
    assert 0.02 < absent.num_rows / COUNT < 0.04
    assert set(absent["confirmation"].to_pylist()) == {"none"}


def test_drugs_are_presumptive_before_they_are_confirmed(reports):
    truth, _, outcomes = reports
    drugs = truth.filter(pc.equal(truth["harm_class"], "drug"))["record_id"].combine_chunks()
    drug = pc.is_in(outcomes["record_id"], drugs)
    rows = outcomes.filter(drug).sort_by([("record_id", "ascending"), ("time", "ascending")]).to_pylist()
    steps = {}
    for row in rows:
        steps.setdefault(row["record_id"], []).append(row["confirmation"])
    assert {tuple(s) for s in steps.values()} == {("none",), ("presumptive", "confirmed")}
    found = sum(s[-1] == "confirmed" for s in steps.values())
    assert 0.73 < found / len(steps) < 0.83  # 0.97 presented × 0.8 found


def test_what_is_refuted_hid_nothing(reports):
    truth, _, outcomes = reports
    refuted = set(outcomes.filter(pc.equal(outcomes["confirmation"], "refuted"))["record_id"].to_pylist())
    assert refuted
    assert not refuted & set(truth["record_id"].to_pylist())
    assert not refuted & set(seized(outcomes, truth))


def test_luck_hangs_on_the_record_not_on_the_plan(reports):
    truth, plan, outcomes = reports
    part = inspect(truth, plan.slice(1_000, 50).take(list(range(49, -1, -1))), 0.8, 7)
    same = outcomes.filter(pc.is_in(outcomes["record_id"], part["record_id"].combine_chunks()))
    key = [("record_id", "ascending"), ("time", "ascending")]
    assert part.sort_by(key).equals(same.sort_by(key))


def test_rates_go_by_resource_where_they_are_given(reports):
    truth, plan, _ = reports
    half = COUNT // 2
    staffed = plan.append_column("resource", pa.array(["blind"] * half + ["perfect"] * half))
    outcomes = inspect(truth, staffed, {"blind": 0.0, "perfect": 1.0}, 7, InspectorHabits(not_presented=0.0))
    confirmed = outcomes.filter(pc.equal(outcomes["confirmation"], "confirmed"))["record_id"].to_pylist()
    assert len(confirmed) == half * 3 // 4
    assert min(confirmed) >= f"r{half:05}"


def test_an_empty_plan_reports_nothing(reports):
    truth, plan, _ = reports
    assert inspect(truth, plan.slice(0, 0), 0.8, 7).num_rows == 0


def test_results_wait_for_their_time(reports):
    _, _, outcomes = reports
    until = dt.datetime(2026, 1, 12, tzinfo=dt.UTC)
    known, coming = released(outcomes, until)
    assert known.num_rows + coming.num_rows == outcomes.num_rows
    assert max(known["time"].to_pylist()) < until <= min(coming["time"].to_pylist())


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """Three weeks in which half of what is hidden is selected: (rehearsal, weeks, calls, draws, outcomes)."""
    world = World(WorldOptions(records=6_000, weeks=3, prevalence={"mail": 0.04}))
    rehearsal = Rehearsal(world, tmp_path_factory.mktemp("world") / "out")
    calls, draws, outcomes = [], [], []

    def plan(period):
        calls.append(("plan", period.number))
        rows = pacsv.read_csv(period.files.consignments).select(["record_id", "lane"])
        hidden = pc.is_in(rows["record_id"], world.truth["record_id"].combine_chunks()).to_pylist()
        arm = ["targeted" if told and i % 2 else "random" if i % 50 == 0 else "" for i, told in enumerate(hidden)]
        draws.append(rows.append_column("arm", pa.array(arm)))
        chosen = draws[-1].filter(pc.not_equal(draws[-1]["arm"], ""))
        return chosen.append_column("day", pa.array([str(period.ends)] * chosen.num_rows)).append_column(
            "resource", pa.array(["officer"] * chosen.num_rows)
        )

    def record(period, path):
        calls.append(("record", period.number))
        outcomes.append(pacsv.read_csv(path))
        last = max(row["time"] for row in outcomes[-1].to_pylist())
        assert last.replace(tzinfo=dt.UTC) < period.closes

    weeks = list(
        rehearsal.weeks(
            load=lambda period: calls.append(("load", period.number)),
            screen=lambda period: calls.append(("screen", period.number)),
            plan=plan,
            record=record,
        )
    )
    return rehearsal, weeks, calls, pa.concat_tables(draws), pa.concat_tables(outcomes)


def test_a_rehearsal_goes_in_order_and_ends_with_the_late_results(rehearsed):
    _, weeks, calls, _, _ = rehearsed
    steps = [(step, week) for week in (1, 2, 3) for step in ("load", "screen", "plan", "record")]
    assert calls == [*steps, ("record", 4)]
    assert [done.period.number for done in weeks] == [1, 2, 3, 4]
    assert all(done.caught for done in weeks[:3])


def test_the_score_counts_what_was_there(rehearsed):
    rehearsal, _, _, draw, outcomes = rehearsed
    truth = rehearsal.world.truth
    sheet = score(truth, draw, outcomes)
    assert sheet.synthetic
    assert sheet.hidden + sheet.never_in_frame == truth.num_rows
    assert sum(scheme.sent for scheme in sheet.schemes) == sheet.hidden
    assert sum(arm.found for arm in sheet.arms) == sum(scheme.found for scheme in sheet.schemes)
    targeted = next(arm for arm in sheet.arms if arm.arm == "targeted")
    assert targeted.hidden == targeted.selected
    assert 0.5 * targeted.selected < targeted.found < targeted.selected
    assert sheet.interdiction == pytest.approx(sum(arm.found for arm in sheet.arms) / sheet.hidden)


def test_intervals_are_held_against_the_truth(rehearsed):
    rehearsal, _, _, draw, outcomes = rehearsed
    hidden = score(rehearsal.world.truth, draw, outcomes).hidden

    def row(lane, low, high, **more):
        return {
            "lane": lane,
            "arm": "random",
            "undetected": {"value": None, "low": low, "high": high, **more},
        }

    rows = [row("*", 0, hidden), row("*", hidden, hidden + 1), row("mail", 0, 9, informative=False)]
    ignored = [row("*", 0, 1) | {"arm": "targeted"}, {"lane": "*", "arm": "random", "undetected": None}]
    sheet = score(rehearsal.world.truth, draw, outcomes, [*rows, *ignored])
    assert [c.covered for c in sheet.coverage] == [True, False, None]
