"""Outcomes: which rows are taken, what each refusal says, and who is told."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.core.errors import CounterflowError, InputError
from counterflow.core.settings import Settings, TargetSettings
from counterflow.target.choice.plan import plan
from counterflow.target.outcomes.rows import read_outcomes
from counterflow.target.outcomes.take import record

HEADER = "record_id,state,confirmation,harm_class,time\n"
CLASSES = ("drug", "revenue")
MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def drawn(world):
    """A world with one plan that selects everything; returns the record ids."""
    ids = world.records(6, offices=("A",))
    world.made = plan(world, world.capacity("A,mail,*,officer,600,10,0.9"), MONDAY, MONDAY, 0.5, 1)
    world.now = "2026-03-02T18:00:00Z"
    return ids


def rows(world, *lines, header=HEADER):
    return record(world, world.file(header + "".join(f"{line}\n" for line in lines)), person="desk 4")


def stored(world):
    return world.store.rows("SELECT * FROM outcome ORDER BY ledger_seq")


def test_outcomes_are_taken_with_plan_person_and_ledger_entry(world, drawn):
    receipt = rows(
        world,
        f"{drawn[0]},inspected,confirmed,drug,2026-03-02T10:00+01:00",
        f"{drawn[1]},not_presented,,,2026-03-02",
    )
    assert (receipt.accepted, receipt.rejected) == (2, 0)
    by_id = {r["record_id"]: r for r in stored(world)}
    first = by_id[drawn[0]]
    assert (first["plan"], first["recorded_by"], first["time"].hour) == (world.made.plan, "desk 4", 9)
    assert by_id[drawn[1]]["confirmation"] == "none"
    entries = {e.seq: e.body for e in world.ledger.entries("outcome")}
    assert entries[first["ledger_seq"]]["confirmation"] == "confirmed"
    draw_seq = world.store.rows("SELECT ledger_seq FROM plan")[0]["ledger_seq"]
    assert draw_seq < min(entries)


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("{0},inspekted,none,,2026-03-02T10:00Z", "unknown-state", "state"),
        ("{0},inspected,sure,,2026-03-02T10:00Z", "unknown-confirmation", "confirmation"),
        ("{0},inspected,confirmed,drugs,2026-03-02T10:00Z", "unknown-harm-class", "harm_class"),
        ("{0},inspected,confirmed,,2026-03-02T10:00Z", "no-harm-class", "harm_class"),
        ("{0},inspected,none,drug,2026-03-02T10:00Z", "contradiction", "harm_class"),
        ("{0},not_presented,confirmed,drug,2026-03-02T10:00Z", "contradiction", "confirmation"),
        ("{0},held,confirmed,drug,2026-03-02T10:00Z", "contradiction", "confirmation"),
        ("{0},inspected,none,,yesterday", "unreadable-time", "time"),
        ("{0},inspected,none,,2026-02-28T10:00Z", "before-draw", "time"),
        ("{0},inspected,none,,2026-03-02T05:59Z", "before-draw", "time"),
        ("{0},inspected,none,,2062-03-02T10:00Z", "in-the-future", "time"),
        (",inspected,none,,2026-03-02T10:00Z", "no-record-id", "record_id"),
        ("stranger,inspected,none,,2026-03-02T10:00Z", "not-drawn", "record_id"),
        ("{0},inspected,none", "ragged", ""),
    ],
)
def test_a_bad_row_is_refused_with_its_place_and_the_others_are_taken(world, drawn, line, reason, column):
    receipt = rows(world, f"{drawn[1]},inspected,none,,2026-03-02T10:00Z", line.format(*drawn))
    assert (receipt.accepted, receipt.rejected, dict(receipt.reasons)) == (1, 1, {reason: 1})
    refused = receipt.refused[0]
    assert (refused.line, refused.column) == (3, column)
    assert refused.hint
    kept = world.store.rows("SELECT * FROM quarantine")
    assert (kept[0]["reason"], kept[0]["line"], kept[0]["state"], kept[0]["row"]) == (reason, 3, "open", 2)
    batch = world.store.rows("SELECT read, accepted, rejected FROM batch")[0]
    assert batch == {"read": 2, "accepted": 1, "rejected": 1}


def test_a_near_miss_names_the_right_word(world, drawn):
    receipt = rows(world, f"{drawn[0]},inspected,confirmed,drugs,2026-03-02T10:00Z")
    assert "'drug'" in receipt.refused[0].hint


def test_an_eligible_record_that_was_not_drawn_is_refused_as_such(world):
    ids = world.records(30, offices=("A",))
    made = plan(world, world.capacity("A,mail,*,officer,20,10,0.9"), MONDAY, MONDAY, 0.5, 1)
    spared = next(d["record_id"] for d in world.draws(made.plan) if not d["arm"])
    receipt = rows(world, f"{spared},inspected,none,,2026-03-02T10:00Z")
    assert receipt.reasons == {"not-drawn": 1}
    assert "eligible and not drawn" in receipt.refused[0].hint
    assert spared in ids


def test_confirmation_moves_forward_and_a_correction_is_kept(world, drawn):
    steps = ["suspected,drug", "presumptive,drug", "confirmed,drug", "refuted,", "confirmed,drug"]
    lines = [f"{drawn[0]},inspected,{s},2026-03-02T{10 + i}:00Z" for i, s in enumerate(steps)]
    receipt = rows(world, *lines)
    assert (receipt.accepted, receipt.rejected) == (5, 0)
    for line in ("inspected,presumptive,drug", "inspected,none,", "held,none,"):
        receipt = rows(world, f"{drawn[0]},{line},2026-03-02T17:00Z")
        assert receipt.reasons == {"goes-back": 1}
    receipt = rows(world, f"{drawn[0]},inspected,refuted,,2026-03-02T10:30Z")
    assert receipt.reasons == {"superseded": 1}
    assert len(stored(world)) == 5


def test_rows_of_one_file_are_taken_in_order_of_time(world, drawn):
    receipt = rows(
        world,
        f"{drawn[0]},inspected,confirmed,drug,2026-03-02T12:00Z",
        f"{drawn[0]},presented,none,,2026-03-02T09:00Z",
    )
    assert (receipt.accepted, receipt.rejected) == (2, 0)


def test_the_same_file_again_changes_nothing(world, drawn):
    lines = (f"{drawn[0]},inspected,none,,2026-03-02T10:00Z", "stranger,inspected,none,,2026-03-02T10:00Z")
    first = rows(world, *lines)
    size = world.ledger.size
    again = rows(world, *lines)
    assert (again.accepted, again.rejected, again.already) == (first.accepted, first.rejected, 1)
    assert (len(stored(world)), world.ledger.size) == (1, size)
    for table in ("batch", "quarantine"):
        assert world.store.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": 1}]


def test_a_refused_row_is_taken_once_it_is_right(world, drawn):
    late = "x00000,inspected,none,,2026-03-02T10:00Z"
    assert rows(world, late).rejected == 1
    world.records(1, offices=("A",), prefix="x")
    plan(world, world.capacity("A,mail,*,officer,600,10,0.9"), MONDAY, MONDAY, 0.5, 1)
    world.now = "2026-03-02T18:00:00Z"
    receipt = rows(world, late.replace("T10", "T19"))
    assert (receipt.accepted, receipt.rejected) == (1, 0)


def test_plans_over_days_gone_by_take_the_day_as_bound(world):
    (record_id,) = world.records(1, offices=("A",))
    world.now = "2027-01-01T00:00:00Z"
    plan(world, world.capacity("A,mail,*,officer,600,10,0.9"), MONDAY, MONDAY, 0.5, 1)
    assert rows(world, f"{record_id},inspected,none,,2026-03-01T23:30+14:00").reasons == {"before-draw": 1}
    assert rows(world, f"{record_id},inspected,none,,2026-03-02T00:30+14:00").accepted == 1


def test_an_outcome_answers_the_plan_that_the_file_fits(world):
    ids = world.records(40, offices=("A",))
    first = plan(world, world.capacity("A,mail,*,officer,100,10,0.9"), MONDAY, MONDAY, 0.5, 1)
    plan(world, world.capacity("A,mail,*,officer,100,10,0.9"), MONDAY, MONDAY, 0.5, 2)
    world.now = "2026-03-02T18:00:00Z"
    worked = [d["record_id"] for d in world.draws(first.plan) if d["arm"]]
    rows(world, *(f"{r},inspected,none,,2026-03-02T10:00Z" for r in worked))
    assert {o["plan"] for o in stored(world)} == {first.plan}
    assert set(worked) < set(ids)


def test_a_named_plan_and_source_must_fit(world, drawn):
    header = "record_id,state,confirmation,harm_class,time,plan,source\n"
    line = f"{drawn[0]},inspected,none,,2026-03-02T10:00Z"
    assert rows(world, f"{line},plan-x,s", header=header).reasons == {"not-drawn": 1}
    assert rows(world, f"{line},{world.made.plan},t", header=header).reasons == {"not-drawn": 1}
    assert rows(world, f"{line},{world.made.plan},s", header=header).accepted == 1


def notices(world):
    told = world.store.rows("SELECT recipient, told FROM notice ORDER BY told_at, recipient, told")
    return [(n["recipient"], n["told"]) for n in told]


def test_a_refutation_reaches_everyone_who_received_the_suspicion(world, drawn):
    world.settings = Settings(target=TargetSettings(recipients=("task force",)))
    rows(world, f"{drawn[0]},inspected,presumptive,drug,2026-03-02T10:00Z")
    assert notices(world) == [("A", "presumptive"), ("task force", "presumptive")]
    world.settings = Settings()  # the task force is no recipient any more, and is told all the same
    world.now = "2026-03-03T18:00:00Z"
    receipt = rows(world, f"{drawn[0]},inspected,refuted,drug,2026-03-03T10:00Z")
    assert receipt.notices == 2
    assert notices(world)[2:] == [("A", "refuted"), ("task force", "refuted")]


def test_a_refutation_in_the_same_file_reaches_them_too_and_nobody_else(world, drawn):
    rows(
        world,
        f"{drawn[0]},inspected,suspected,drug,2026-03-02T10:00Z",
        f"{drawn[0]},inspected,refuted,,2026-03-02T11:00Z",
        f"{drawn[1]},inspected,refuted,,2026-03-02T11:00Z",
    )
    assert sorted(notices(world)) == [("A", "refuted"), ("A", "suspected")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("record_id,state\n", "missing"),
        (HEADER.replace("state", "stat"), "state"),
        (HEADER.replace("time", "state"), "twice"),
        (HEADER + 'a,"inspected\n', "breaks off"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(world, text, words):
    with pytest.raises(InputError, match=words):
        record(world, world.file(text))
    with pytest.raises(InputError, match="no such file"):
        record(world, world.folder / "none.csv")


def test_nothing_of_a_failed_write_stays(world, drawn, monkeypatch):
    append = world.store.append

    def fail(table, given):
        if table == "batch":
            raise OSError("disk full")
        return append(table, given)

    monkeypatch.setattr(world.store, "append", fail)
    line = f"{drawn[0]},inspected,none,,2026-03-02T10:00Z"
    with pytest.raises(OSError, match="disk full"):
        rows(world, line)
    assert stored(world) == []
    monkeypatch.undo()
    assert rows(world, line).accepted == 1
    assert len(list(world.ledger.entries("outcome"))) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | st.text(max_size=300).map(lambda t: (HEADER + t).encode()))
def test_any_bytes_are_counted_or_refused_in_our_own_words(content):
    try:
        good, refused = read_outcomes(content, "x.csv", CLASSES)
    except CounterflowError as error:
        told = str(error)
    else:
        told = "".join(r.hint for r in refused) if refused else "all good"
        lines = {r.line for r in good} | {r.line for r in refused}
        assert len(lines) == len(good) + len(refused)
    assert told


_CELL = st.sampled_from(
    [
        "inspected",
        "held",
        "presented",
        "not_presented",
        "none",
        "confirmed",
        "refuted",
        "drug",
        "",
        "2026-03-02",
        "r1",
    ]
)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL, _CELL, _CELL), min_size=1, max_size=12))
def test_read_is_accepted_and_refused_together(cells):
    kept = [row for row in cells if any(row)]
    good, refused = read_outcomes((HEADER + "".join(",".join(r) + "\n" for r in cells)).encode(), "x.csv", CLASSES)
    assert len(good) + len(refused) == len(kept)
    for row in good:
        assert row.confirmation != "confirmed" or row.state == "inspected"
        assert (row.harm_class == "") or row.confirmation != "none"
