"""Alarms on stored counts of tracts within a county: told once, and as a role may see them."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from counterflow.cli import watch_brief, watch_family
from counterflow.core.clock import fixed_clock
from counterflow.core.tables import SERIES_COUNT, WATCH_PLACE
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-02T12:00:00Z")
WEEKS = 112
FIRST = dt.date(2024, 1, 1)

app = typer.Typer()
watch_family.add_to(app)
watch_brief.add_to(app)


def cell(place, level, week, count):
    starts = FIRST + dt.timedelta(weeks=week)
    return {
        "source": "ems", "place": place, "level": level, "measure": "overdoses", "subject": "all", "definition": "1",
        "grain": "week", "starts": starts, "ends": starts + dt.timedelta(6), "count": float(count),
        "suppressed": False, "looked_for": True, "as_of": NOW().date(), "first_seen": NOW(), "batch": "b",
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two tracts and their county, two years of weeks; East rises in the last."""
    path = tmp_path_factory.mktemp("family") / "w"
    rng, rows = np.random.default_rng(1), []
    for week in range(WEEKS):
        east, west = 12 + int(rng.integers(8)) + 60 * (week == WEEKS - 1), 12 + int(rng.integers(8))
        rows += [cell("East", "subcounty", week, east), cell("West", "subcounty", week, west)]
        rows.append(cell("Cook", "county", week, east + west))
    Workspace.create(path, clock=NOW)
    with Workspace.open(path, clock=NOW) as workspace:
        workspace.store.append("series_count", pa.Table.from_pylist(rows, schema=SERIES_COUNT))
        places = [
            {"place": name, "level": level, "parent": parent, "lat": None, "lon": None, "first_seen": NOW(),
             "batch": "b"}
            for name, level, parent in (("East", "subcounty", "Cook"), ("West", "subcounty", "Cook"),
                                        ("Cook", "county", ""))
        ]  # fmt: skip
        workspace.store.append("watch_place", pa.Table.from_pylist(places, schema=WATCH_PLACE))
    return path


def told(folder, *arguments):
    said = CliRunner().invoke(
        app, ["family", *arguments, "--format", "json"], obj={"workspace": folder, "quiet": False}
    )
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def test_a_rise_in_one_tract_is_told_of_the_tract_alone(folder):
    rows = told(folder)
    assert [row["series"] for row in rows] == ["ems | East | overdoses | all"]
    assert rows[0]["q"] < 0.1
    whole = next(row for row in told(folder, "--all") if "Cook" in row["series"])
    assert not whole["told"]
    assert whole["explained_by"] == "ems | East | overdoses | all"


def test_enforcement_is_not_told_which_tract_explains_the_county(folder):
    rows = told(folder, "--all", "--role", "enforcement")
    assert [row["series"] for row in rows] == ["ems | Cook | overdoses | all"]
    assert "East" not in json.dumps(rows)


def test_a_file_needs_to_be_told_what_lies_in_what(folder, tmp_path):
    (tmp_path / "s.csv").write_text("series,t,y\na,1,2\n")
    said = CliRunner().invoke(app, ["family", str(tmp_path / "s.csv")], obj={"workspace": folder, "quiet": False})
    assert "--within" in str(said.exception)
