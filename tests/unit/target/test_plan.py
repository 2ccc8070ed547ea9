"""Plans: what is eligible, what is kept, what is sealed, and that the same request is the same plan."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.target.choice.plan import PLAN_COLUMNS, plan, plans, selected_rows
from counterflow.target.choice.seal import draw_digest

ROWS = ("A,mail,*,officer,100,10,0.9", "B,mail,*,officer,100,10,0.9")


def make(world, *rows, start=None, end=None, share=0.2, seed=7):
    monday = dt.date(2026, 3, 2)
    return plan(world, world.capacity(*(rows or ROWS)), start or monday, end or monday, share, seed)


def test_a_plan_selects_within_minutes_and_keeps_the_whole_frame(world):
    world.records(100)
    made = make(world)
    draws = world.draws(made.plan)
    assert len(draws) == made.eligible == 100
    assert made.selected == {"mandatory": 0, "random": 4, "followup": 0, "targeted": 16}
    assert made.minutes == (200, 200)
    assert all(d["inclusion_probability"] == pytest.approx(0.04) for d in draws)
    assert all((d["reasons"] is not None) == bool(d["arm"]) for d in draws)
    rows = selected_rows(world.store, made.plan)
    assert tuple(rows.column_names) == PLAN_COLUMNS
    assert [(r["office"], r["rank"]) for r in rows.to_pylist()] == [(o, n) for o in "AB" for n in range(1, 11)]


def test_the_same_request_is_the_same_plan_and_is_sealed_once(world):
    world.records(100)
    short = "B,mail,*,officer,5,10,0.9"
    first = make(world, ROWS[0], short)
    size = world.ledger.size
    again = make(world, ROWS[0], short)
    assert first.said  # a pool with too little time; said again, for a run that was cut off ends in the same words
    assert again == replace(first, repeated=True)
    assert world.ledger.size == size
    assert plans(world.store).num_rows == 1
    assert len({first.plan, make(world, seed=8).plan, make(world, share=0.3).plan}) == 3


def test_the_ledger_holds_the_draw_and_its_digest_can_be_made_again(world):
    ids = world.records(60)
    world.finding(ids[0], "controlled-drug-cas")
    made = make(world)
    entry = next(iter(world.ledger.entries("draw")))
    table = world.store.query("SELECT * FROM draw WHERE plan = ?", [made.plan])
    assert entry.body["digest"] == draw_digest(table)
    assert entry.body["digest"] == draw_digest(table.take(list(reversed(range(60)))))
    assert (entry.body["seed"], entry.body["random_share"], entry.body["frame"]) == (7, "0.2", 60)
    # what put the records in order can be found again
    assert (entry.body["model"], entry.body["severity_version"], entry.body["rules"]) == ("", "", [])
    assert entry.body["severity"]["drug"] == "100.0"
    cells = next(iter(world.ledger.entries("draw-cells"))).body["cells"]
    assert [(c["office"], c["within_reach"], c["random_expected"]) for c in cells] == [
        ("A", 30, "2.0"),
        ("B", 30, "2.0"),
    ]
    stored = world.store.rows("SELECT ledger_seq FROM plan")[0]
    assert stored["ledger_seq"] == entry.seq
    assert "goods" not in json.dumps([e.body for e in world.ledger.entries()])
    changed = table.set_column(table.column_names.index("arm"), "arm", pa.array(["random"] * 60))
    assert draw_digest(changed) != entry.body["digest"]


def test_the_order_in_which_records_came_in_changes_nothing(world, tmp_path):
    world.records(40, prefix="x")
    world.records(40, prefix="a")
    made = make(world)
    other = type(world)(tmp_path / "other")
    other.folder.mkdir(exist_ok=True)
    other.records(40, prefix="a")
    other.records(40, prefix="x")
    same = make(other)
    assert same.plan == made.plan
    assert world.draws(made.plan) == other.draws(same.plan)
    other.ledger.close()
    other.store.close()


def test_what_was_presented_is_not_eligible_and_what_was_not_is(world):
    ids = world.records(10)
    world.outcome(ids[0], "inspected")
    world.outcome(ids[1], "held")
    world.outcome(ids[2], "not_presented")
    assert {d["record_id"] for d in world.draws(make(world).plan)} == set(ids) - {ids[0], ids[1]}


def test_only_days_of_the_period_count_both_ends_included(world, days):
    world.records(70, days=7)
    made = make(world, start=days.monday, end=days.monday + dt.timedelta(days=1))
    assert {d["day"] for d in world.draws(made.plan)} == {days.monday, days.monday + dt.timedelta(days=1)}
    assert made.eligible == 20


def test_mandatory_grounds_come_from_rules_and_are_told(world):
    ids = world.records(100)
    for record in ids[:6]:
        world.finding(record, "controlled-drug-cas")
    world.finding(ids[6], "controlled-drug")
    draws = {d["record_id"]: d for d in world.draws(make(world).plan)}
    assert {draws[r]["arm"] for r in ids[:6]} <= {"mandatory", "random"}
    assert all(draws[r]["reasons"].startswith("mandatory: controlled-drug-cas") for r in ids[:6])
    assert "It says controlled-drug-cas, plainly" in draws[ids[0]]["reasons"]
    assert draws[ids[6]]["arm"] in {"targeted", "random"}
    drawn = next(d for d in draws.values() if d["arm"] == "random")
    assert f"drawn at random (1 in {1 / drawn['inclusion_probability']:.0f})" in drawn["reasons"]


def test_mandatory_work_beyond_the_minutes_is_said_aloud(world):
    for record in world.records(100):
        world.finding(record, "controlled-drug-cas")
    made = make(world)
    assert any("MANDATORY NOT COVERED: 80 " in line for line in made.said)
    assert made.selected["random"] == 4


def test_records_out_of_reach_are_said_and_stand_in_the_frame_without_a_chance(world):
    world.records(90, offices=("A", "B", "C"))
    made = make(world)
    assert made.eligible == 90
    chances = {(d["office"] == "C", d["inclusion_probability"] > 0, bool(d["arm"])) for d in world.draws(made.plan)}
    assert {c[:2] for c in chances} == {(True, False), (False, True)}
    assert (True, False, True) not in chances
    sealed = next(e.body for e in world.ledger.entries("draw"))
    assert (sealed["frame"], sealed["out_of_reach"]) == (90, 30)
    assert any("30 of the eligible records are out of reach" in line and "C/mail" in line for line in made.said)


def test_a_mandatory_record_that_no_resource_reaches_is_named_and_not_laid_to_the_minutes(world):
    ids = world.records(90, offices=("A", "B", "C"))
    world.finding(ids[2], "controlled-drug-cas")
    said = make(world).said
    assert f"MANDATORY NOT COVERED: 1 mandatory records that no resource can reach: {ids[2]}" in said
    assert not any("no minutes" in line for line in said)


def test_records_that_nobody_screened_are_said(world):
    world.records(30)
    load = world.store.rows("SELECT DISTINCT source, batch FROM consignment")[0]
    told = {"content_sha256": "c", "received_at": world.clock(), "read": 30, "accepted": 30, "rejected": 0}
    world.store.append("batch", pa.Table.from_pylist([load | told]))
    assert make(world).said[0].startswith("NOT SCREENED: 30 records; run `counterflow screen run`")
    seen = {"run": "r", "check": "substances", "check_version": "1", "screened_at": world.clock()}
    world.store.append("screening", pa.Table.from_pylist([load | seen]))
    assert not any("NOT SCREENED" in line for line in make(world, seed=8).said)


def test_an_empty_plan_is_refused_for_it_would_hide_the_one_that_is_worked(world):
    world.records(30, offices=("C",))
    world.records(2, prefix="late", first=dt.date(2026, 3, 9))
    with pytest.raises(InputError, match=r"any of the 30 eligible records .* C/mail"):
        make(world)
    assert plans(world.store).num_rows == 0


def test_a_name_on_a_party_finding_never_stands_in_the_reasons(world):
    ids = world.records(4, offices=("A",))
    world.finding(
        ids[0], "listed-exact", harm_class="party", field="name", sentence="John Invented is on the list.",
        matched="John Invented", reference="ofac:123",
    )  # fmt: skip
    made = make(world, "A,mail,*,officer,100,10,0.9")
    reasons = world.draws(made.plan)[0]["reasons"]
    assert "Invented" not in reasons
    assert "listed-exact, ofac:123" in reasons


def test_a_similar_name_changes_no_rank(world):
    ids = world.records(40)
    before = [d["expected_harm"] for d in world.draws(make(world).plan)]
    for record in ids[:20]:
        world.finding(record, "listed-similar", kind="calibrated", harm_class="party", strength=0.99)
    assert [d["expected_harm"] for d in world.draws(make(world, seed=8).plan)] == before


def test_wrong_requests_say_what_to_do(world, days):
    with pytest.raises(InputError, match="No record is loaded"):
        make(world)
    world.records(10)
    with pytest.raises(UsageError, match="random share"):
        make(world, share=0)
    with pytest.raises(UsageError, match="random share"):
        make(world, share=1.5)
    with pytest.raises(UsageError, match="ends"):
        make(world, start=days.monday, end=days.before)
    with pytest.raises(UsageError, match="seed"):
        make(world, seed=-1)
    with pytest.raises(InputError, match="Records: 2026-03-02"):
        make(world, start=days.before, end=days.before)
    with pytest.raises(InputError, match="No record has this office"):
        make(world, "C,mail,*,officer,100,10,0.9")
    assert plans(world.store).num_rows == 0
    assert world.ledger.size == 0


def test_a_plan_that_fails_to_be_kept_leaves_no_rows(world, monkeypatch):
    world.records(10)

    def fail(*_):
        raise OSError("disk full")

    append = world.store.append
    monkeypatch.setattr(world.store, "append", lambda t, rows: fail() if t == "plan" else append(t, rows))
    with pytest.raises(OSError, match="disk full"):
        make(world)
    monkeypatch.undo()
    assert world.store.rows("SELECT count(*) AS n FROM draw") == [{"n": 0}]
    made = make(world)  # and can be made again: the ledger's entry is found by its key
    assert plans(world.store).num_rows == 1
    assert len([e for e in world.ledger.entries("draw") if e.body["plan"] == made.plan]) == 1


def test_pools_too_small_for_one_inspection_and_pools_without_records_are_said(world):
    world.records(20)
    said = make(world, *ROWS, "A,*,*,dog,3,4,0.7", "*,*,2026-03-02,van,30,10,0.5").said
    assert said[0] == "1 of 4 pools and days have less time than one inspection takes"
    assert said[1].startswith("cold start: rules, findings and exploration only")
    assert said[2].startswith("effort on the top tier (drug, precursor, equipment, weapon): 37% of the minutes")
    world.records(5, offices=("C",), days=1, first=dt.date(2026, 4, 1), prefix="c")
    assert make(world, *ROWS, "C,*,*,dog,30,4,0.7").said[0] == "1 of 3 pools and days have no eligible record"


def test_planning_a_period_again_is_said(world):
    world.records(20)
    make(world)
    assert any("planned before, in 1 other plans" in line for line in make(world, seed=9).said)
