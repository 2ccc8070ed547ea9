"""The world: the same from the same seed, repeats as in trade, prevalence as asked, truth kept apart."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from counterflow.core.errors import UsageError
from counterflow.demo.dirt import DEFECTS
from counterflow.demo.harm import HISTORY_WEEKS, HarmCounts
from counterflow.demo.options import WorldOptions
from counterflow.demo.rendering import COLUMNS
from counterflow.demo.world import TRUTH, World

BY_LANE = {"mail": 0.010, "express": 0.006}


def whole(weeks, name="consignments"):
    return pa.concat_tables([getattr(week, name) for week in weeks])


def test_the_same_seed_gives_the_same_tables(small_world):
    world, weeks = small_world
    again = World(world.options)
    for number, week in enumerate(weeks):
        other = again.week(number)
        for name in ("consignments", "crossings", "harm", "expected"):
            assert getattr(other, name).equals(getattr(week, name)), name
    assert again.truth.equals(world.truth)


def test_another_seed_gives_another_world(small_world):
    _, weeks = small_world
    other = World(WorldOptions(records=4_000, weeks=4, seed=4)).week(0)
    assert not other.consignments.equals(weeks[0].consignments)


def test_every_record_asked_for_comes_and_days_lie_in_their_week(small_world):
    world, weeks = small_world
    assert whole(weeks).num_rows == 4_000
    for week in weeks:
        sound = pc.is_in(week.consignments["record_id"], world.dirt["record_id"].combine_chunks())
        days = week.consignments.filter(pc.invert(sound))["declared_on"].to_pylist()
        assert {dt.date.fromisoformat(day) for day in days} <= {week.monday + dt.timedelta(days=i) for i in range(7)}


def test_parties_repeat_as_in_trade(small_world):
    table = whole(small_world[1])
    names = [n for role in ("consignor", "consignee", "declarant") for n in table[f"{role}_name"].to_pylist() if n]
    assert 1 - len(set(names)) / len(names) >= 0.60


def test_in_the_worst_case_world_nothing_repeats():
    table = World(WorldOptions(records=1_000, weeks=1, all_distinct=True, dirt_share=0.0)).week(0).consignments
    for name in ("description", "consignor_name", "consignee_name"):
        said = [text for text in table[name].to_pylist() if text]
        assert len(said) > 500
        assert len(set(said)) == len(said)


def test_names_come_in_several_scripts_and_goods_in_thousands_of_words(small_world):
    table = whole(small_world[1])
    names = "".join(n for n in table["consignor_name"].to_pylist() if n)
    for first, last in (("а", "я"), ("\u4e00", "\u9fff"), ("α", "ω")):
        assert any(first <= letter <= last for letter in names), (first, last)
    assert len(set(table["description"].to_pylist())) > 500


@pytest.mark.parametrize("asked", [{}, {"mail": 0.05}])
def test_prevalence_is_what_was_asked_for(asked):
    world = World(WorldOptions(records=40_000, weeks=1, prevalence=asked, dirt_share=0.0))
    lanes = world.week(0).consignments["lane"].to_pylist()
    hidden = world.truth["lane"].to_pylist()
    for lane, share in (BY_LANE | asked).items():
        count = lanes.count(lane)
        spread = 4.5 * np.sqrt(count * share * (1 - share)) + 0.08 * count * share  # draw, and the curious choices
        assert abs(hidden.count(lane) - count * share) < spread, lane


def test_nothing_is_hidden_where_no_prevalence_is_asked_for(small_world):
    world, _ = small_world
    none = {lane.name: 0.0 for lane in world.places.lanes}
    honest = World(WorldOptions(records=2_000, weeks=1, prevalence=none))
    honest.week(0)
    assert honest.truth.num_rows == 0


def test_no_column_tells_the_truth(small_world):
    _, weeks = small_world
    assert tuple(weeks[0].consignments.column_names) == COLUMNS
    telling = set(TRUTH.names) - {"record_id", "week", "lane", "area"}
    for name in ("consignments", "crossings", "harm", "expected"):
        assert not telling & set(getattr(weeks[0], name).column_names), name


def test_ids_tell_nothing_about_what_is_hidden(small_world):
    world, weeks = small_world
    order = np.array([int(text[3:]) for text in world.truth["record_id"].to_pylist()]) / 4_000
    assert 0.25 < order.mean() < 0.75  # hidden rows are spread through the file, not appended
    table = whole(weeks)
    assert table["record_id"].to_pylist()[0] == "TW-000000001"


def test_every_hidden_record_is_a_record_of_the_file(small_world):
    world, weeks = small_world
    broken = set(world.dirt.filter(pc.equal(world.dirt["column"], "record_id"))["row"].to_pylist())
    ids = whole(weeks)["record_id"].to_pylist()
    serials = {int(text[3:]) for text in world.truth["record_id"].to_pylist()}
    assert serials - broken <= {int(text[3:]) for text in ids}


def test_broken_rows_are_known_one_by_one(small_world):
    world, weeks = small_world
    dirt = world.dirt.to_pylist()
    assert 0.008 < len(dirt) / 4_000 < 0.0101
    assert {row["defect"] for row in dirt} == set(DEFECTS)
    table = whole(weeks)
    for row in dirt:
        value = table[row["column"]][row["row"] - 1].as_py()
        if row["defect"] == "duplicate-record":
            assert value == table["record_id"][row["row"] - 2].as_py()
        elif row["defect"] == "lost-zero":
            assert len(value) == 5
        elif row["defect"] == "negative-mass":
            assert value.startswith("-")
        else:
            assert value in DEFECTS[row["defect"]][1]


def test_a_clean_world_has_no_broken_row():
    world = World(WorldOptions(records=1_000, weeks=1, dirt_share=0.0))
    world.week(0)
    assert world.dirt.num_rows == 0


def test_advance_data_grow_more_complete():
    world = World(WorldOptions(records=12_000, weeks=24))
    weeks = [world.week(number).consignments for number in range(24)]

    def share(tables):
        mail = pa.concat_tables([t.filter(pc.equal(t["lane"], "mail")) for t in tables])
        return 1 - mail["advance_at"].null_count / mail.num_rows

    assert share(weeks[:6]) + 0.05 < share(weeks[-6:])


def test_one_office_handles_most_of_the_mail(small_world):
    table = whole(small_world[1])
    offices = table.filter(pc.equal(table["lane"], "mail"))["office"].to_pylist()
    assert offices.count("ALDERHAVEN") / len(offices) > 0.5


def test_crossings_name_no_person(small_world):
    table = whole(small_world[1], "crossings")
    assert table.column_names == [
        "record_id", "port", "lane", "hour", "direction", "vehicle_class", "scan_state", "result",
    ]  # fmt: skip
    assert table.num_rows == 1_000
    scanned = pc.equal(table["scan_state"], "scanned")
    anomalies = table.filter(pc.equal(table["result"], "anomaly"))
    assert set(anomalies["scan_state"].to_pylist()) <= {"scanned"}
    assert 0 < pc.sum(scanned).as_py() < 1_000


def test_harm_is_reported_late_and_completes(small_world):
    rows = whole(small_world[1], "harm").to_pylist()
    assert all(row["reported_week"] >= row["week"] for row in rows)
    first = sum(row["events"] for row in rows if row["week"] == row["reported_week"])
    assert 0 < first < sum(row["events"] for row in rows)


def test_two_years_of_harm_stand_before_the_first_week(small_world):
    world, weeks = small_world
    past = world.harm_history
    assert past["reported_week"].to_pylist() == sorted(past["reported_week"].to_pylist())
    assert min(past["week"].to_pylist()) == world.options.start - dt.timedelta(weeks=HISTORY_WEEKS)
    assert max(past["week"].to_pylist()) < world.options.start
    late = [row for row in weeks[0].harm.to_pylist() if row["week"] < world.options.start]
    assert late  # the first week's file still brings what was late


def test_one_outbreak_is_planted_and_told_in_the_truth_alone(small_world):
    world, weeks = small_world
    planted = world.outbreak.to_pylist()
    assert len({row["area"] for row in planted}) == 1
    assert all(row["week"] in {week.monday for week in weeks} for row in planted)


def test_more_is_announced_than_arrives(small_world):
    _, weeks = small_world
    assert sum(weeks[-1].expected["expected"].to_pylist()) > 4_000


def test_weeks_come_in_order_only(small_world):
    world = World(WorldOptions(records=1_000, weeks=2))
    with pytest.raises(UsageError, match="Week 1 cannot come now"):
        world.week(1)
    with pytest.raises(UsageError, match="Week 4 cannot come now"):
        small_world[0].week(4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"records": 999},
        {"records": 1_000_001},
        {"weeks": 0},
        {"seed": -1},
        {"dirt_share": 1.5},
        {"sharpness": -1.0},
        {"prevalence": {"mail": 1.0}},
    ],
)
def test_impossible_worlds_are_refused(wrong):
    with pytest.raises(UsageError):
        WorldOptions(**wrong)


def test_a_lane_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="No lane is called maill"):
        World(WorldOptions(prevalence={"maill": 0.1}))


def test_what_gets_through_lifts_harm_a_little():
    options = WorldOptions(records=1_000, weeks=60)
    places = World(options).places
    quiet, flooded = (HarmCounts(options, places, usual_kg=1.0) for _ in range(2))
    usual = np.array(list(places.areas.values())) / sum(places.areas.values())

    def events(counts, undetected):
        return sum(sum(counts.week(week, undetected)["events"].to_pylist()) for week in range(60))

    low, high = events(quiet, 0 * usual), events(flooded, 3 * usual)
    assert 1.15 < high / low < 1.6
