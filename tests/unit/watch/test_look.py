"""The morning's look at stored counts: late reports allowed for, verdicts kept, nothing from after the day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from counterflow.core.errors import InputError
from counterflow.core.seeds import generator
from counterflow.store.workspace import Workspace
from counterflow.watch.look import keep, look
from counterflow.watch.series.load import load_file
from counterflow.watch.series.mapping import checked, mapping_of
from counterflow.watch.series.reader import Options

FIRST = dt.date(2024, 1, 1)
WEEKS, RISE = 110, 107
DELAYS = [0.3, 0.4, 0.2, 0.1]
TODAY = dt.datetime(2026, 2, 9, 6, tzinfo=dt.UTC)
MAPPING = {
    "source": "office", "measure": "overdoses", "level": "county", "grain": "week",
    "columns": {"place": "area", "reference": "week", "report": "reported", "count": "events"},
}  # fmt: skip


def monday(week):
    return FIRST + dt.timedelta(weeks=int(week))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with made-up weekly reports of three areas; one rises in the last three weeks, reported late."""
    rng, lines = generator(5, "look"), ["area,week,reported,events"]
    for area, mean in (("North", 12.0), ("South", 8.0), ("West", 10.0)):
        for week in range(WEEKS):
            events = rng.poisson(mean * (3.0 if area == "West" and week >= RISE else 1.0))
            for delay, count in enumerate(rng.multinomial(events, DELAYS)):
                if week + delay < WEEKS:
                    lines.append(f"{area},{monday(week)},{monday(week + delay)},{count}")
    folder = tmp_path_factory.mktemp("look")
    (folder / "reports.csv").write_text("\n".join(lines) + "\n")
    Workspace.create(folder / "W", clock=lambda: TODAY)
    with Workspace.open(folder / "W", clock=lambda: TODAY) as workspace:
        mapping = checked("made-up", mapping_of("triangle"), MAPPING)
        load_file(workspace, folder / "reports.csv", Options(today=TODAY.date()), mapping=mapping)
    return folder / "W"


def test_a_rise_is_seen_before_its_reports_are_in(folder):
    with Workspace.open(folder, clock=lambda: TODAY) as workspace:
        seen = look(workspace.store, source="office")
        row = next(place for place, name in enumerate(seen.grid.names) if "West" in name)
        first_look = look(workspace.store, as_of=monday(RISE + 1) + dt.timedelta(days=6), source="office")
    assert seen.judged.alarm[row, RISE:].tolist() == [1, 1, 1]
    assert seen.grid.complete[row, -1] == pytest.approx(DELAYS[0], abs=0.1)
    facts = seen.nowcast_facts(row, WEEKS - 1)
    assert facts["low"] <= facts["value"] <= facts["high"]
    assert seen.grid.counts[row, -1] < facts["value"]  # what is shown as observed is what was reported
    assert first_look.grid.counts.shape[1] == RISE + 2
    assert first_look.judged.alarm[row, RISE] == 1


def test_a_finished_period_has_no_nowcast(folder):
    with Workspace.open(folder, clock=lambda: TODAY) as workspace:
        seen = look(workspace.store, source="office")
    assert seen.nowcast_facts(0, 50) == {}
    assert np.isnan(seen.probability[:, :100]).all()


def test_alarms_are_kept_once_with_what_was_reported(folder):
    with Workspace.open(folder, clock=lambda: TODAY) as workspace:
        seen = look(workspace.store, source="office")
        first, again = keep(workspace, seen, periods=3), keep(workspace, seen, periods=3)
        rows = workspace.store.rows("SELECT * FROM watch_alarm ORDER BY starts")
    west = [row for row in rows if row["place"] == "West"]
    assert len(west) == 3
    assert (set(first.new), again.new) == (set(again.held), ())
    reported = dict(zip(seen.grid.starts.astype(str), seen.grid.counts[2], strict=True))
    assert [row["observed"] for row in west] == [reported[str(row["starts"])] for row in west]
    assert "probability_of_alarm" in west[-1]["nowcast"]


def test_what_is_not_held_is_told(folder):
    with Workspace.open(folder, clock=lambda: TODAY) as workspace, pytest.raises(InputError, match="offise"):
        look(workspace.store, source="offise")


def test_holidays_of_the_place_reach_the_nowcasts(folder):
    with Workspace.open(folder, clock=lambda: TODAY) as workspace:
        seen = look(workspace.store, source="office", holidays="US-CT")
    assert {one.settings["holidays"] for one in seen.nowcasts.values()} == {"US-CT"}
