"""The room of early warning from a workspace: what is drawn, what is withheld from whom, and a scan of what is stored."""

import csv
import datetime as dt
import json

import numpy as np
import pytest

from counterflow.core.errors import AccessError, UsageError
from counterflow.flow.watch_clusters import located_counts
from counterflow.flow.watch_room import room_of
from counterflow.store.workspace import Workspace
from counterflow.watch.alarms.judged import Judged
from counterflow.watch.response import How, record
from counterflow.watch.response.files import load_file as load_known
from counterflow.watch.response.places import PLACES
from counterflow.watch.series.load import load_file
from counterflow.watch.series.reader import Options
from counterflow.watch.series.stored import grid

NOW = dt.datetime(2026, 3, 10, 8, tzinfo=dt.UTC)
WEEKS = 30


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Three counties and a part of one over 30 weeks; County 0 has an alarm in the last week, one place has no point."""
    folder = tmp_path_factory.mktemp("room")
    Workspace.create(folder / "w", clock=lambda: NOW)
    monday, rng = dt.date(2026, 3, 2), np.random.default_rng(3)
    with (folder / "counts.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["starts", "place", "level", "count", "measure", "source"])
        for n in range(WEEKS):
            day = monday - dt.timedelta(weeks=WEEKS - 1 - n)
            for k in range(3):
                count = rng.poisson(30 + 5 * k) + (60 if k == 0 and n == WEEKS - 1 else 0)
                rows.writerow([day, f"County {k}", "county", count, "overdoses", "ems"])
            rows.writerow([day, "Ward 1", "subcounty", 3 if n % 2 else 12, "overdoses", "ems"])
    (folder / "places.csv").write_text(
        "place,level,parent,lat,lon\nCounty 0,county,,41.0,-87.0\nCounty 1,county,,41.2,-87.1\nCounty 2,county,,,\n"
        "Ward 1,subcounty,County 1,41.21,-87.1\n"
    )
    with Workspace.open(folder / "w", clock=lambda: NOW) as workspace:
        load_file(workspace, folder / "counts.csv", Options(today=NOW.date()), form="counts")
        load_known(workspace, folder / "places.csv", PLACES)
        counts = grid(workspace.store)
        last = np.zeros(counts.counts.shape, np.int8)
        last[[str(p) for p in counts.key["place"].to_pylist()].index("County 0"), -1] = 1
        expected = np.full(counts.counts.shape, 22.0)
        judged = Judged("made-up", expected, expected + 10, expected * 0, last)
        record(workspace, counts, judged, How(source="a test", settings={}, made_by="a test", budget=0.01))
        yield workspace


def as_role(workspace, monkeypatch, role):
    settings = workspace.settings
    watch = settings.watch.model_copy(update={"role": role})
    monkeypatch.setattr(type(workspace), "settings", settings.model_copy(update={"watch": watch}), raising=False)
    return workspace


def test_the_series_with_the_alarm_comes_first_with_what_was_expected(held):
    room = room_of(held)
    assert [alarm["place"] for alarm in room["alarms"]] == ["County 0"]
    assert room["alarms"][0]["doubt"][0] == "false alarms accepted: 0.01 per series and week"
    first = room["series"][0]
    assert first["name"] == "County 0, overdoses"
    last = first["periods"][-1]
    assert (last.alarm, last.expected, last.upper) == (True, 22.0, 32.0)
    assert last.count > 60
    assert room["series_left"] == 0


def test_small_counts_leave_neither_as_bars_nor_as_points(held):
    room = room_of(held)
    ward = next(one for one in room["series"] if one["name"].startswith("Ward 1"))
    assert {period.count for period in ward["periods"]} == {12.0, None}
    assert sum(period.withheld for period in ward["periods"]) == WEEKS // 2
    assert all(period.upper is None for period in ward["periods"] if period.withheld)
    points = {point.place: point for point in room["points"]}
    assert set(points) == {"County 0", "County 1", "Ward 1"}
    assert [name for name, point in points.items() if point.alarm] == ["County 0"]


def test_enforcement_sees_no_part_of_a_county(held, monkeypatch):
    room = room_of(as_role(held, monkeypatch, "enforcement"))
    assert not [one for one in room["series"] if "Ward" in one["name"]]
    assert "Ward 1" not in {point.place for point in room["points"]}
    assert any("withheld" in why for why in room["withheld"])


def test_an_empty_workspace_has_a_room(tmp_path):
    Workspace.create(tmp_path / "w", clock=lambda: NOW)
    with Workspace.open(tmp_path / "w", clock=lambda: NOW) as workspace:
        room = room_of(workspace)
    assert (room["counts"], room["alarms"], room["series"], room["points"]) == (0, [], [], [])


def test_stored_counts_are_scanned_where_places_have_points(held, monkeypatch):
    found = located_counts(held, {"measure": "overdoses"})
    assert found.where.places == ("County 0", "County 1", "Ward 1")
    assert found.grid.counts.shape == (3, WEEKS)
    assert "1 series are left out" in found.said[0]
    assert len(located_counts(held, {"level": "county"}).grid.counts) == 2
    with pytest.raises(AccessError):
        located_counts(as_role(held, monkeypatch, "enforcement"), {"level": "subcounty"})


def test_the_command_scans_the_workspace(held, command, monkeypatch):
    from counterflow.cli import session

    monkeypatch.setitem(session._served, held.path.resolve(), held)
    code, out, said = command(
        "-w", str(held.path), "watch", "scan", "--stored", "--level", "county", "--max-share", "0.5",
        "--replicates", "19", "--format", "json",
    )  # fmt: skip
    assert code == 0, said
    assert json.loads(out)["clusters"][0]["centre"] == "County 0"


def test_a_scan_without_counts_says_what_it_needs(command):
    code, _, said = command("watch", "scan")
    assert code == UsageError.exit_code
    assert "--coordinates" in said
