"""Lookouts: who may set and review them, how long they live, and what the ledger may hold of them."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pytest

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.target.choice.plan import plan
from counterflow.target.grounds.lookout import (
    add_lookout,
    lookouts,
    mandatory_by_lookout,
    not_seen_yet,
    review_lookout,
)

MONDAY = dt.date(2026, 3, 2)
GROUND = "call to the hotline on Sunday"


def add(world, field="record_id", value="r00003", **more):
    return add_lookout(world, field, value, **{"ground": GROUND, "person": "Ana"} | more)


def eligible(world):
    return world.store.query(
        "SELECT source, record_id, item_id, office, lane, declared_on AS day FROM consignment ORDER BY record_id"
    )


def met(world):
    return set(mandatory_by_lookout(world.store, eligible(world), world.clock()).column("row").to_pylist())


@pytest.mark.parametrize(
    ("field", "value", "rows"),
    [
        ("record_id", "r00003", {3}),
        ("item_id", "item4", {4}),
        ("office", "B", {1, 3, 5}),
        ("lane", "mail", {0, 1, 2, 3, 4, 5}),
        ("hs", "3002", {2}),
        ("hs", "30", {0, 1, 2, 3, 4, 5}),
        ("party", "  john   INVENTED ", {5}),
        ("party", "ID-77", {5}),
        ("party", "john", set()),
    ],
)
def test_each_field_meets_what_it_should(world, field, value, rows):
    ids = world.records(6)
    party = {
        "source": "s",
        "record_id": ids[5],
        "batch": "b",
        "role": "consignee",
        "name": "John  Invented",
        "identifier": "ID-77",
    }
    world.store.append("party", pa.Table.from_pylist([party]))
    add(world, field, value)
    assert met(world) == rows


def test_a_lookout_makes_a_record_mandatory_and_keeps_the_tip_out_of_the_plan(world):
    world.records(40)
    made = add(world)
    done = plan(world, world.capacity("*,*,*,officer,100,10,0.9"), MONDAY, MONDAY, 0.1, 3)
    draw = next(d for d in world.draws(done.plan) if d["record_id"] == "r00003")
    assert draw["arm"] in {"mandatory", "random"}
    assert draw["rank"] == 1
    assert f"lookout {made['lookout']} on record_id" in draw["reasons"]
    assert "hotline" not in draw["reasons"]


def test_it_ends_when_it_says_and_does_nothing_after(world):
    world.records(6)
    add(world, hours=2)
    world.now = "2026-03-02T07:59:00Z"
    assert met(world) == {3}
    assert lookouts(world.store, world.clock())[0]["state"] == "active"
    world.now = "2026-03-02T08:00:00Z"
    assert met(world) == set()
    assert lookouts(world.store, world.clock())[0]["state"] == "expired"


def test_it_does_not_reach_days_after_its_end(world):
    world.records(6, first=MONDAY + dt.timedelta(days=4))
    add(world)
    assert met(world) == set()


def test_another_person_reviews_it_once_and_may_withdraw_it(world):
    world.records(6)
    made = add(world)
    with pytest.raises(AccessError, match="does not review"):
        review_lookout(world, made["lookout"], person=" ANA ", verdict="upheld")
    with pytest.raises(UnknownName, match="upheld"):
        review_lookout(world, made["lookout"], person="Ben", verdict="uphelt")
    with pytest.raises(UnknownName, match="no lookout"):
        review_lookout(world, "L-0", person="Ben", verdict="upheld")
    with pytest.raises(InputError, match="person"):
        review_lookout(world, made["lookout"], person=" ", verdict="upheld")
    assert review_lookout(world, made["lookout"], person="Ben", verdict="withdrawn")["reviewed_by"] == "Ben"
    assert met(world) == set()
    with pytest.raises(InputError, match="reviewed already"):
        review_lookout(world, made["lookout"], person="Cem", verdict="upheld")


def test_a_lookout_is_not_renewed_by_one_person_without_another(world):
    made = add(world, "party", "John  Invented")
    world.now = "2026-03-06T06:00:00Z"
    with pytest.raises(InputError, match="was not reviewed"):
        add(world, "party", "john invented")
    with pytest.raises(AccessError, match="does not review"):
        review_lookout(world, made["lookout"], person="Ana.", verdict="upheld")
    review_lookout(world, made["lookout"], person="Ben", verdict="upheld")
    again = add(world, "party", "john invented")
    review_lookout(world, again["lookout"], person="Ben", verdict="withdrawn")
    with pytest.raises(AccessError, match="does not set it again"):
        add(world, "party", "John Invented", person="ana")
    assert add(world, "party", "John Invented", person="Cem")


def test_the_review_is_due_the_next_day_and_overdue_after(world):
    add(world)
    for now, review in (
        ("2026-03-02T20:00Z", "due"),
        ("2026-03-03T23:00Z", "due"),
        ("2026-03-04T00:00Z", "overdue"),
    ):
        world.now = now
        assert lookouts(world.store, world.clock())[0]["review"] == review


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": 73}, {"hours": 0}, {"hours": -1}, {"ground": "a tip"}, {"ground": " "}, {"person": ""},
        {"value": " "},
        {"field": "hs", "value": "30x"}, {"field": "name"}, {"value": "x" * 501}, {"hours": float("nan")},
    ],
)  # fmt: skip
def test_a_lookout_that_is_none_is_refused(world, wrong):
    with pytest.raises(InputError):
        add(world, **wrong)
    assert lookouts(world.store, world.clock()) == []
    assert world.ledger.size == 0


def test_the_ledger_holds_no_word_of_it(world):
    made = add(world, "party", "John Invented")
    review_lookout(world, made["lookout"], person="Ben", verdict="upheld")
    text = json.dumps([entry.body for entry in world.ledger.entries()])
    for secret in ("Invented", "hotline", "Ana", "Ben"):
        assert secret not in text
    salted = world.store.rows("SELECT salt, digest FROM payload WHERE source = 'lookout'")[0]
    assert salted["digest"] in text
    assert salted["salt"] not in text


def test_an_office_or_lane_that_no_record_has_may_be_a_slip(world):
    world.records(6)
    assert "did you mean 'mail'" in not_seen_yet(world.store, "lane", "mial")
    assert not_seen_yet(world.store, "lane", "mail") == ""
    assert not_seen_yet(world.store, "party", "nobody seen so far") == ""
