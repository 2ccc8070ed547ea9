"""Ways round the rules, tried: sums, groupings, other roles, other spellings, what a method learned from a hidden count."""

import datetime as dt
import json
import re
import shutil

import numpy as np
import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from counterflow.cli import (
    watch_alarms,
    watch_disclose,
    watch_emerging,
    watch_load,
    watch_nowcast,
    watch_scan,
    watch_supply,
)
from counterflow.core.clock import fixed_clock, system_clock
from counterflow.core.tables import SERIES_COUNT, WATCH_PLACE
from counterflow.store.workspace import Workspace
from counterflow.watch.alarms.judged import Judged
from counterflow.watch.alarms.stored import without_hidden
from counterflow.watch.disclosure import Request
from counterflow.watch.disclosure.approvals import approve
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.suppress import sums_tell, withhold

NOW = fixed_clock("2026-03-02T12:00:00Z")
FIRST = dt.date(2025, 12, 1)
DAYS = 84
CHILD = dt.date(2026, 2, 4)  # the one day on which three were counted in the east
#: of the east's weeks, the one with that day
WEEK = CHILD - dt.timedelta(days=CHILD.weekday())

app = typer.Typer()
for each in (watch_alarms, watch_disclose, watch_emerging, watch_load, watch_nowcast, watch_scan, watch_supply):
    each.add_to(app)


def cell(place, level, day, count):
    return {
        "source": "ems", "place": place, "level": level, "measure": "ems-naloxone", "subject": "all", "definition": "1",
        "grain": "day", "starts": day, "ends": day, "count": float(count), "suppressed": False, "looked_for": True,
        "as_of": NOW().date(), "first_seen": NOW(), "batch": "b",
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two tracts of Cook by day; every day has ten or more, but one in the east has three."""
    path = tmp_path_factory.mktemp("round") / "w"
    rng = np.random.default_rng(3)
    rows = []
    for at in range(DAYS):
        day = FIRST + dt.timedelta(at)
        east, west = (3 if day == CHILD else 12 + int(rng.integers(8))), 14 + int(rng.integers(9))
        rows += [cell("East", "subcounty", day, east), cell("West", "subcounty", day, west)]
        rows.append(cell("Lake", "county", day, 15 + int(rng.integers(9))))
    places = [("Cook", "county", None, None), ("East", "subcounty", 41.9, -87.6), ("West", "subcounty", 41.8, -87.9)]
    places += [("Lake", "county", 42.3, -87.9)]
    Workspace.create(path, clock=NOW)
    with Workspace.open(path, clock=NOW) as workspace:
        workspace.store.append("series_count", pa.Table.from_pylist(rows, schema=SERIES_COUNT))
        listed = [
            {"place": name, "level": level, "parent": "Cook" if level == "subcounty" else "", "lat": lat, "lon": lon,
             "first_seen": NOW(), "batch": "b"}
            for name, level, lat, lon in places
        ]  # fmt: skip
        workspace.store.append("watch_place", pa.Table.from_pylist(listed, schema=WATCH_PLACE))
    return path


def run(folder, *arguments):
    return CliRunner().invoke(app, list(arguments), obj={"workspace": folder, "quiet": False})


def answer(folder, *arguments):
    said = run(folder, *arguments, "--format", "json")
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def held_back(rows, place, start):
    row = next(row for row in rows if place in row["series"] and row["starts"] == str(start))
    return row["y"] is None and row["withheld"]


def test_a_week_does_not_tell_its_one_hidden_day(folder):
    days = answer(folder, "series", "--counts", "--grain", "day")
    assert held_back(days, "East", CHILD)
    assert sum(row["withheld"] for row in days) == 1
    for week in ("iso", "mmwr"):
        weeks = answer(folder, "series", "--counts", "--grain", "week", "--week", week)
        hidden = {row["starts"] for row in weeks if row["withheld"]}
        assert len(hidden) == 1, week
        if week == "iso":
            assert hidden == {str(WEEK)}
    assert any(row["withheld"] for row in answer(folder, "series", "--counts", "--grain", "month"))


def test_a_grouping_of_ones_own_does_not_tell_a_part(folder, tmp_path):
    """East and a shown place together, less the shown one, is East; and what lies where nobody knows is fine."""
    path = tmp_path / "within.csv"
    path.write_text("place,within\nEast,X\nLake,X\nWest,Y\n")
    rows = answer(folder, "series", "--counts", "--grain", "day", "--within", str(path))
    assert held_back(rows, "X", CHILD)
    assert sum(row["withheld"] for row in rows) == 1
    seen = answer(folder, "series", "--counts", "--within", str(path), "--role", "enforcement")
    assert seen == []


def test_many_small_days_may_be_summed_to_a_week(tmp_path):
    """Seven hidden days of three are 21 a week, which tells of none of them more than the rule does."""
    Workspace.create(tmp_path / "w", clock=NOW)
    with Workspace.open(tmp_path / "w", clock=NOW) as workspace:
        rows = [cell("Lake", "county", FIRST + dt.timedelta(at), 3 if at < 7 else 1) for at in range(14)]
        workspace.store.append("series_count", pa.Table.from_pylist(rows, schema=SERIES_COUNT))
        hidden, _, mask = shown_grid(workspace.store, 10, grain="week")
    assert hidden.counts[0, 0] == 21
    assert mask.tolist() == [[False, True]]  # seven in all is small


@pytest.mark.parametrize("arguments", [
    ["series", "--counts"], ["alarms", "--method", "ears-c2"], ["scan", "--stored", "--replicates", "19"],
    ["nowcast", "--stored", "--as-of", "2026-03-02"], ["harm", "--place", "East"], ["emerging", "--all"],
])  # fmt: skip
def test_enforcement_never_reads_of_a_tract(folder, arguments):
    said = run(folder, *arguments, "--role", "enforcement", "--format", "json")
    assert not re.search(r"East|West", said.stdout), said.stdout


def test_a_method_does_not_tell_a_count_that_it_learned_from(folder):
    """C2 expects the mean of seven days: seven times that, less six days, is the hidden one."""
    for method in ("ears-c2", "default"):
        rows = answer(folder, "alarms", "--method", method, "--place", "East", "--last", "20")
        for row in rows:
            assert row["upper"] is None
            assert row["score"] is None
            assert row["expected"] is None or row["expected"] == float(f"{round(row['expected']):.2g}")
    assert all(row["expected"] is not None for row in answer(folder, "alarms", "--place", "Lake", "--last", "5"))
    one = Judged("ears-c2", np.full((2, 2), 5.123), np.full((2, 2), 8.0), np.ones((2, 2)), np.ones((2, 2), np.int8))
    bare = without_hidden(one, np.array([[True, False], [False, False]]))
    assert np.isnan(bare.expected[0]).all()
    assert (bare.expected[1] == 5.123).all()


def test_two_nines_are_not_told_by_their_sum():
    """A reader who is told that both are small knows from a sum of 18 what each is."""
    counts, sums = np.array([9.0, 9.0, 40.0, 58.0]), [(3, (0, 1, 2))]
    assert withhold(counts, sums, 10).tolist() == [True, True, True, False]
    assert sums_tell([[9, 9, 40], [4, 6, 40]], [[1, 1, 0], [1, 1, 0]], 10).tolist() == [True, False]


def test_a_scan_keeps_the_numbers_of_a_cluster_that_would_tell(folder, tmp_path):
    page = tmp_path / "page.html"
    told = answer(folder, "scan", "--stored", "--replicates", "19", "--level", "subcounty", "--max-window", "28",
                  "--page", str(page))  # fmt: skip
    telling = [one for one in told["clusters"] if "East" in one["places"] and one["first_t"] <= str(CHILD)]
    assert all(one["observed"] is None and one["p"] is None for one in telling)
    assert told["data_sha256"] is None
    assert "Space-time scan" in page.read_text()


@pytest.mark.parametrize("measure", ["ems-naloxone", "events"])  # the second is what a mapping says that names none
def test_a_smaller_small_cell_cannot_be_asked_for(tmp_path, measure):
    Workspace.create(tmp_path / "w", clock=NOW)
    with Workspace.open(tmp_path / "w", clock=NOW) as workspace:
        rows = [
            cell(place, "county", FIRST + dt.timedelta(at), count) | {"subject": "xylazine", "measure": measure}
            for place, count in (("Lake", 2), ("Will", 40))
            for at in range(28)
        ]
        for row in rows[::28]:  # two in all in one county
            row["count"] = 2.0
        rows = [row | ({"count": 0.0} if row["place"] == "Lake" and row["starts"] > FIRST else {}) for row in rows]
        workspace.store.append("series_count", pa.Table.from_pylist(rows, schema=SERIES_COUNT))
    told = answer(tmp_path / "w", "emerging", "--small-cell", "2", "--all", "--shuffles", "0", "--grain", "day")
    found = {row["place"]: row["found"] for row in told}
    assert found["Lake"] is None
    assert found["*"] is None  # all less Will would be Lake
    assert found["Will"] > 100


def test_an_agreement_opens_its_own_days_and_is_logged(folder):
    today = system_clock().date()  # that of the command line
    asked = Request("supply-response", "Cook", dt.date(2026, 1, 5), dt.date(2026, 1, 11), today + dt.timedelta(30))
    ask = ["series", "--counts", "--role", "enforcement", "--purpose", "supply-response", "--grain", "day"]
    with Workspace.open(folder) as workspace:
        approve(workspace, asked, side="health", person="Ada Meier", ground="adulterant seen in two labs")
    assert {row["series"].split(" | ")[1] for row in answer(folder, *ask)} == {"Lake"}
    with Workspace.open(folder) as workspace:
        approve(workspace, asked, side="oversight", person="Bo Other", ground="adulterant seen in two labs")
    rows = [row for row in answer(folder, *ask) if "East" in row["series"]]
    assert {row["starts"] for row in rows} == {str(dt.date(2026, 1, 5) + dt.timedelta(at)) for at in range(7)}
    with Workspace.open(folder) as workspace:
        kinds = [entry.kind for entry in workspace.ledger.entries()]
    assert kinds.count("watch-read") == 1


def test_harm_below_the_county_never_reaches_targeting(folder):
    said = run(folder, "harm", "--place", "East", "--to-severity")
    assert said.exit_code != 0
    with Workspace.open(folder, clock=NOW) as workspace:
        assert workspace.store.rows("SELECT * FROM harm_count") == []


@pytest.mark.parametrize("role", ["health", "enforcement"])
def test_the_page_tells_no_more_than_the_commands(folder, tmp_path, role):
    """All that the page is made of, what its drawings embed too."""
    from counterflow.console.watch import room_view
    from counterflow.flow.watch_room import room_of

    shutil.copytree(folder, tmp_path / "w")
    with (tmp_path / "w" / "counterflow.toml").open("a") as settings:
        settings.write(f'\n[watch]\nrole = "{role}"\n')
    with Workspace.open(tmp_path / "w", clock=NOW) as workspace:
        room = room_of(workspace)
    told = json.dumps([room, room_view(room)], default=str)
    assert "Lake" in told
    if role == "enforcement":
        assert not re.search(r"East|West", told)
        return
    east = next(one for one in room["series"] if one["name"].startswith("East"))
    day = next(period for period in east["periods"] if period.t == str(CHILD))
    assert (day.count, day.upper, day.nowcast, day.withheld) == (None, None, None, True)
    # The last periods on the map together, less those that are drawn, would be the hidden one.
    around = [period for period in east["periods"] if period.withheld]
    assert len(around) == 1
