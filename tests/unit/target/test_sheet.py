"""The sheet: the right records in the right order, with evidence, what to look for, and the safety line."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.report.sheet import render
from counterflow.target.choice.plan import plan
from counterflow.target.sheets.sheet import sheet, sheet_index, sheets

MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def planned(world):
    ids = world.records(30)
    world.finding(ids[0], "controlled-drug-cas", start=6, end=12)
    world.finding(
        ids[0],
        "listed-similar",
        kind="calibrated",
        harm_class="party",
        field="name",
        part="consignee",
        strength=0.5,
    )
    world.made = plan(
        world, world.capacity("A,mail,*,officer,100,10,0.9", "B,*,*,dog,20,4,0.7"), MONDAY, MONDAY, 0.3, 1
    )
    return ids


def of_a(world, **more):
    return sheet(world.store, office="A", lane="mail", day=MONDAY, **more)


def test_a_sheet_stands_in_order_of_rank_with_reasons_and_minutes(world, planned):
    made = of_a(world)
    assert [item["rank"] for item in made["items"]] == list(range(1, 11))
    assert made["capacity"] == {"planned_minutes": 100.0, "officer": "10 records, 100 minutes"}
    first = made["items"][0]
    assert (first["record_id"], first["item_id"]) == (planned[0], "item0")
    assert first["reasons"][0] == "mandatory: controlled-drug-cas"
    assert all(item["reasons"] for item in made["items"])


def test_evidence_shows_the_whole_text_with_its_span(world, planned):
    drug, similar = of_a(world)["items"][0]["evidence"]
    assert drug["text"][drug["start"] : drug["end"]] == "number"
    assert drug["citation"] == "a law"
    assert "not judged yet" in similar["sentence"]
    assert similar["start"] is None


def test_an_item_says_what_it_is_declared_as(world, planned):
    first = of_a(world)["items"][0]
    assert first["declared"].split(" · ")[0]
    assert first["declared"] in render(of_a(world)).replace("&amp;", "&")


def test_what_to_look_for_follows_the_findings_and_the_random_arm_is_told_so(world, planned):
    items = of_a(world)["items"]
    assert any("presumptive" in line for line in items[0]["look_for"])
    for item in items:
        assert any("Drawn at random" in line for line in item["look_for"]) == (item["arm"] == "random")


def test_the_safety_line_has_its_source(world, planned):
    safety = of_a(world)["safety"]
    assert "naloxone" in safety["text"]
    assert "does not cause overdose" in safety["text"]
    assert "ACMT" in safety["source"]


def test_it_renders_and_made_up_data_says_so(world, planned):
    page = render(of_a(world, synthetic=True))
    assert 'class="synthetic"' in page
    assert "goods <mark>number</mark> 0" in page
    assert 'class="synthetic"' not in render(of_a(world))


def test_the_index_lists_sheets_and_the_console_gets_both_ways(world, planned):
    index = sheet_index(world.store)
    assert [(r["office"], r["records"]) for r in index] == [("A", 10), ("B", 5)]
    listed = sheets(world.store)
    assert listed["sheets"][0]["day"] == "2026-03-02"
    assert sheets(world.store, **{k: listed["sheets"][0][k] for k in ("office", "lane", "day", "plan")}) == of_a(world)


def test_asking_for_what_is_not_there_shows_what_is(world, planned):
    with pytest.raises(UnknownName, match="A/mail"):
        sheet(world.store, office="A", lane="mial", day=MONDAY)
    with pytest.raises(UnknownName, match="no plan"):
        of_a(world, plan="plan-x")
    with pytest.raises(InputError, match="not a day"):
        sheets(world.store, office="A", lane="mail", day="monday")


def test_without_a_plan_there_is_none(world):
    assert sheets(world.store) == {"synthetic": False, "sheets": []}
    with pytest.raises(InputError, match="No plan"):
        sheet_index(world.store)
