"""Models: trained on outcomes on record, kept with their digests, used by the plans they may be used by."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pytest

from counterflow.core.errors import UsageError
from counterflow.target.choice.plan import plan
from counterflow.target.models.kept import model_folder, models, usable_model
from counterflow.target.models.train import train

BEFORE = dt.date(2026, 3, 2)
CAPACITY = ("A,mail,*,officer,600,10,0.9", "B,mail,*,officer,600,10,0.9")


@pytest.fixture
def learned(world):
    """Inspected records of the last weeks: goods of one heading held revenue finds, of another none."""
    world.path = world.folder
    first = dt.date(2026, 1, 5)
    ids = world.records(840, days=56, first=first, prefix="old")
    days = [first + dt.timedelta(days=i % 56) for i in range(840)]
    hit = [i % 7 in {2, 3} and i % 5 != 0 for i in range(840)]
    rows = [
        {
            "source": "s", "record_id": record, "plan": "old", "state": "inspected",
            "confirmation": "confirmed" if found else "none", "harm_class": "revenue" if found else None,
            "time": dt.datetime.combine(day, dt.time(12), dt.UTC),
            "recorded_at": dt.datetime.combine(day, dt.time(12), dt.UTC),
        }
        for record, day, found in zip(ids, days, hit, strict=True)
    ]  # fmt: skip
    world.store.append("outcome", pa.Table.from_pylist(rows))
    return world


def make(world, start=BEFORE, seed=7):
    return plan(world, world.capacity(*CAPACITY), start, start, 0.1, seed)


def test_a_model_is_trained_kept_and_sealed_and_the_next_plan_ranks_by_it(learned):
    made = train(learned, BEFORE, person="Analyst", judge=False)
    row = models(learned.store).to_pylist()[0]
    entry = next(iter(learned.ledger.entries("model")))
    assert made.model == row["model"] == entry.body["model"]
    assert (row["records"], json.loads(row["finds"])) == (840, {"revenue": 192})
    assert entry.body["files_sha256"] == row["files_sha256"]
    assert "Analyst" not in json.dumps(entry.body)
    learned.records(700, prefix="new")
    planned = make(learned)
    assert any(line.startswith(f"ranked by {made.model}: learned from 840 inspected") for line in planned.said)
    assert learned.store.rows("SELECT model FROM plan")[0]["model"] == made.model
    taken = [d for d in learned.draws(planned.plan) if d["arm"] == "targeted"]
    goods = {r["record_id"]: r["hs"] for r in learned.store.rows("SELECT record_id, hs FROM goods_line")}
    assert {goods[d["record_id"]] for d in taken} <= {"300200", "300300"}
    assert all("earlier inspections confirmed" in d["reasons"] for d in taken)
    assert all("nearest past cases (same hs 300" in d["reasons"] for d in taken)
    assert "importer" not in " ".join(d["reasons"] for d in taken)
    # what was said beforehand is near what was found in the like
    assert sum(d["chance"] for d in taken) / len(taken) == pytest.approx(0.8, abs=0.2)


def test_the_same_training_is_the_same_model_and_done_once(learned):
    first = train(learned, BEFORE, judge=False)
    size = learned.ledger.size
    again = train(learned, BEFORE, judge=False)
    assert (again.model, again.repeated, learned.ledger.size) == (first.model, True, size)
    assert train(learned, BEFORE, seed=1, judge=False).model != first.model


def test_a_plan_never_uses_a_model_that_knows_its_days(learned):
    train(learned, BEFORE, judge=False)
    kept, said = usable_model(learned, BEFORE - dt.timedelta(days=1))
    assert kept is None
    assert said.startswith("cold start: rules, findings and exploration only")


def test_files_that_are_not_those_trained_are_not_used_and_it_is_said(learned):
    made = train(learned, BEFORE, judge=False)
    path = model_folder(learned, made.model) / "scorer.json"
    path.write_text(path.read_text("utf-8").replace("revenue", "revenge"), "utf-8")
    learned.records(100, prefix="new")
    planned = make(learned)
    assert any(line.startswith(f"MODEL NOT USED: the files of {made.model} are not those") for line in planned.said)
    assert learned.store.rows("SELECT model FROM plan")[0]["model"] is None
    assert train(learned, BEFORE, judge=False).repeated
    assert usable_model(learned, BEFORE)[0] is not None


def test_a_finding_the_model_never_saw_still_counts(learned):
    train(learned, BEFORE, judge=False)
    ids = learned.records(700, prefix="new")
    quiet = ids[0]
    learned.finding(quiet, "controlled-drug", strength=0.9)
    draws = {d["record_id"]: d for d in learned.draws(make(learned).plan)}
    like = draws[ids[7]]  # the same goods, without the finding
    assert draws[quiet]["expected_harm"] > like["expected_harm"] + 15
    assert draws[quiet]["arm"] in {"targeted", "random"}


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        ([], "no outcome was known before"),
        (["none"] * 30, "say the same: one class alone teaches nothing"),
        (["confirmed"] * 30, "say the same"),
        (["confirmed"] * 3 + ["none"] * 30, "a model needs"),
    ],
)
def test_with_too_little_to_learn_from_nothing_is_made_and_the_plan_says_how_it_ranked(world, outcomes, why):
    world.path = world.folder
    day = BEFORE - dt.timedelta(days=5)
    for record, confirmation in zip(world.records(40, prefix="old"), outcomes, strict=False):
        world.outcome(record, "inspected", confirmation, "drug" if confirmation == "confirmed" else None, day)
    made = train(world, BEFORE, judge=False)
    assert (made.model, models(world.store).num_rows) == ("", 0)
    assert why in made.said[0]
    world.records(40, prefix="new")
    assert any(line.startswith("cold start: rules, findings and exploration only") for line in make(world).said)


def test_a_day_that_has_not_come_and_a_column_that_never_enters_are_refused(world):
    world.path = world.folder
    with pytest.raises(UsageError, match="not known yet"):
        train(world, dt.date(2027, 1, 1))
    with pytest.raises(UsageError, match="never enters"):
        train(world, BEFORE, without=frozenset(["attributes.consignee_name"]))


def test_how_it_ranks_is_measured_on_the_last_part_of_time_with_and_without_route(learned):
    made = train(learned, BEFORE)
    told = json.loads(made.row["metrics"])
    assert (told["records"] >= 200, told["held_out_from"] > "2026-02-01") == (True, True)
    for part in ("with_route", "without_route"):
        precision = told[part]["precision"]
        assert told[part]["learned"]
        assert 0.5 < precision["low"] <= precision["value"] <= precision["high"] <= 1
    entry = next(iter(learned.ledger.entries("model")))
    assert isinstance(entry.body["metrics"]["with_route"]["precision"]["value"], str)
