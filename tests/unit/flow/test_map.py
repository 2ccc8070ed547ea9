"""Maps: an area is held against itself, small cells stay hidden, and what has no outline is listed with the reason."""

import csv
import datetime as dt

import numpy as np
import pytest

from counterflow.core.errors import UnknownName, UsageError
from counterflow.flow.map_areas import area_map, held_series
from counterflow.flow.map_change import change_of, spread_of
from counterflow.flow.map_clusters import clusters_of, located_series
from counterflow.flow.map_trade import trade_map
from counterflow.flow.watch_role import Reader, reader_of
from counterflow.store.workspace import Workspace
from counterflow.watch.response.files import load_file as load_known
from counterflow.watch.response.places import PLACES
from counterflow.watch.series.load import load_file
from counterflow.watch.series.reader import Options

NOW = dt.datetime(2026, 3, 10, 8, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 3, 2)
HEALTH = {"role": "health", "purpose": "health-response"}
#: place to events a week: before, and in the last eight weeks
USUAL = {"17031": (40, 90), "Lake, IL": (30, 30), "09110": (20, 20), "72127": (15, 15), "Ashbourne": (25, 25),
         "17043": (1, 1), "17197": (40, 20)}  # fmt: skip


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    Workspace.create(folder / "w", clock=lambda: NOW)
    with (folder / "counts.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["starts", "place", "level", "count", "measure", "source"])
        for n in range(70):
            day = MONDAY - dt.timedelta(weeks=69 - n)
            for place, (before, now) in USUAL.items():
                rows.writerow([day, place, "county", now if n >= 62 else before, "overdoses", "ems"])
            rows.writerow([day, "IL", "state", 300, "deaths", "vital"])
    (folder / "places.csv").write_text(
        "place,level,parent,lat,lon\n17031,county,,41.8,-87.7\n09110,county,,41.7,-72.7\n17043,county,,41.9,-88.1\n"
    )
    with Workspace.open(folder / "w", clock=lambda: NOW) as workspace:
        load_file(workspace, folder / "counts.csv", Options(today=NOW.date()), form="counts")
        load_known(workspace, folder / "places.csv", PLACES)
        yield workspace


def test_an_area_is_held_against_the_year_before(held):
    shown = area_map(held, "counties", **HEALTH)
    areas = {area.place: area for area in shown.areas}
    assert (shown.first, shown.last) == (MONDAY - dt.timedelta(weeks=7), dt.date(2026, 3, 8))
    cook = areas["17031"]
    assert (cook.name, cook.outline, cook.count, cook.change.before) == ("Cook, IL", "17031", 720, 320)
    assert cook.change.verdict == "more"
    assert cook.change.ratio == pytest.approx(2.25)
    assert cook.change.low < 2.25 < cook.change.high
    assert areas["Lake, IL"].change.verdict == "no clear change"
    assert areas["17197"].change.verdict == "fewer"
    assert shown.areas[0].place == "17031", "what rises stands first"


def test_small_cells_and_what_tells_them_stay_hidden(held):
    small = next(area for area in area_map(held, "counties", **HEALTH).areas if area.place == "17043")
    assert (small.withheld, small.count, small.change) == (True, None, None)


def test_places_without_an_outline_are_listed_with_the_reason(held):
    areas = {area.place: area for area in area_map(held, "counties", **HEALTH).areas}
    assert (areas["09110"].outline, areas["Ashbourne"].outline) == ("", "")
    assert "planning region" in areas["09110"].why
    assert areas["72127"].outline == "72127"


def test_each_view_shows_its_level_and_names_what_is_not_held(held):
    assert [one.measure for one in held_series(held, "states")] == ["deaths"]
    assert [area.outline for area in area_map(held, "states", **HEALTH).areas] == ["17"]
    with pytest.raises(UnknownName, match="series"):
        area_map(held, "counties", "none of these", **HEALTH)
    with pytest.raises(UnknownName, match="view"):
        held_series(held, "moon")
    assert area_map(held, "states", **HEALTH).as_dict()["areas"][0]["not_drawn"] is None


def test_fewer_is_not_said_while_reports_come_in():
    assert change_of(20, 60).verdict == "fewer"
    assert change_of(20, 60, late=True).verdict == "no clear change"
    assert change_of(0, 0) is None
    assert change_of(40, 0).as_dict()["ratio"] is None


def test_chance_alone_seldom_looks_like_a_change():
    rng = np.random.default_rng(5)
    verdicts = [change_of(*rng.poisson(60, 2)).verdict for _ in range(2_000)]
    assert 0.003 < 1 - verdicts.count("no clear change") / len(verdicts) < 0.012
    noisy = rng.negative_binomial(5, 5 / 35, (400, 112)).astype(float)  # mean 30, spread 7
    told = [change_of(row[-8:].sum(), row[-60:-52].sum(), spread_of(row[:-8])).verdict for row in noisy]
    assert 1 - told.count("no clear change") / len(told) < 0.03


def test_a_scan_of_the_page_names_its_places(held):
    series = located_series(held)
    assert [(one.measure, one.places) for one in series] == [("overdoses", 3)]
    found = clusters_of(held, series[0], **HEALTH)
    assert {point.place for point in found.points} == {"17031", "09110", "17043"}
    assert found.told["clusters"][0]["centre"] == "17031"
    with pytest.raises(UsageError, match="too long"):
        clusters_of(held, type(series[0])("a", "b", "c", "d", "week", 9_999), **HEALTH)


def test_trade_shows_what_is_known_of_data_and_no_finds(held):
    row = {"sender": "*", "lane": "*", "period": "*", "received": 5, "unscreenable": 1, "complete_share": 0.5}
    board = {"coverage": [row | {"departure": code, "on_time_share": None} for code in ("HK", "GI", "(not said)", "*")],
             "burden": [{"by": "departure", "name": "HK", "fruitless_per_1000": 7.0}]}  # fmt: skip
    shown = trade_map(held, board).as_dict()
    assert [(one["code"], one["outline"]) for one in shown["countries"]] == [("GI", ""), ("HK", "344")]
    assert shown["countries"][1]["fruitless_per_1000"] == 7.0
    assert "found" not in str(shown)


@pytest.mark.parametrize(
    ("installed", "purpose", "local", "reader"),
    [
        ("health", "health-response", True, Reader("health", "health-response")),
        ("health", "training", True, Reader("health", "health-response")),
        ("health", "oversight", True, Reader("oversight", "audit")),
        ("health", "oversight", False, Reader("oversight", "evaluation")),
        ("health", "inspection", False, Reader("enforcement", "supply-response")),
        ("health", "inspection", True, Reader("enforcement", "supply-response")),
        ("enforcement", "health-response", True, Reader("enforcement", "health-response")),
        ("oversight", "research", False, Reader("oversight", "evaluation")),
    ],
)
def test_nobody_reads_as_more_than_purpose_and_installation_allow(installed, purpose, local, reader):
    assert reader_of(installed, purpose, local=local) == reader
