"""Nowcasts of stored counts: each vintage kept once, the ledger without counts, small counts and roles respected."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pyarrow as pa
import pytest
import typer
from typer.testing import CliRunner

from counterflow.cli import watch_nowcast
from counterflow.core.clock import fixed_clock
from counterflow.core.tables import SERIES_COUNT
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2024-03-03T12:00:00Z")
FIRST = dt.date(2024, 1, 1)
SHARE = (0.5, 0.8, 1.0)

app = typer.Typer()
watch_nowcast.add_to(app)


def counts(place: str, level: str, mean: float) -> list[dict[str, object]]:
    """Sixty-three days of counts, each said on three days."""
    rng = np.random.default_rng(len(place))
    rows = []
    for t in range(63):
        total = rng.poisson(mean)
        for delay, share in enumerate(SHARE):
            day, said = FIRST + dt.timedelta(t), FIRST + dt.timedelta(t + delay)
            if said > NOW().date():
                continue
            rows.append({
                "source": "ems", "place": place, "level": level, "measure": "ems-naloxone", "subject": "all",
                "definition": "1", "grain": "day", "starts": day, "ends": day, "count": float(round(total * share)),
                "suppressed": False, "looked_for": True, "as_of": said, "first_seen": NOW(), "batch": "b",
            })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("nowcasts") / "w"
    Workspace.create(path, clock=NOW)
    with Workspace.open(path, clock=NOW) as workspace:
        rows = counts("Ohio", "state", 80.0) + counts("Tract 7", "subcounty", 6.0)
        workspace.store.append("series_count", pa.Table.from_pylist(rows, schema=SERIES_COUNT))
    return path


def answer(folder, *arguments: str):
    return CliRunner().invoke(app, ["nowcast", "--stored", "--as-of", "2024-03-03", "--max-delay", "2", *arguments],
                              obj={"workspace": folder, "quiet": False})  # fmt: skip


def test_each_nowcast_is_kept_once_with_its_scores(folder) -> None:
    first, again = (answer(folder, "--where", "place=Ohio") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout
    rows = list(csv.DictReader(io.StringIO(first.stdout)))
    assert {row["reference_date"] for row in rows} == {"2024-03-02", "2024-03-03"}
    with Workspace.open(folder, clock=NOW) as workspace:
        kept = workspace.store.rows("SELECT * FROM watch_nowcast WHERE place = 'Ohio' ORDER BY starts")
        name = kept[0]["nowcast"]
        query = "SELECT * FROM watch_nowcast_score WHERE horizon = 'all' AND nowcast = ?"
        scores = workspace.store.rows(query, [name])
        entries = [entry.body for entry in workspace.ledger.entries("watch-nowcast")]
    assert len(kept) == 2
    assert len(scores) == 1
    assert scores[0]["nowcasts"] > 10
    assert kept[0]["quantiles"] == [float(row["value"]) for row in rows if row["reference_date"] == "2024-03-02"]
    assert [entry["nowcast"] for entry in entries].count(name) == 1
    assert not any(isinstance(value, float) for entry in entries for value in entry.values())


def test_small_counts_are_withheld(folder) -> None:
    told = answer(folder, "--where", "place=Tract 7")
    assert told.exit_code == 0, told.output
    values = [row["value"] for row in csv.DictReader(io.StringIO(told.stdout))]
    assert "" in values
    assert all(not value or float(value) == 0 or float(value) >= 10 for value in values)


def test_enforcement_does_not_see_below_the_county(folder) -> None:
    told = answer(folder, "--where", "place=Tract 7", "--role", "enforcement")
    assert told.exit_code != 0
    both = answer(folder, "--role", "enforcement")
    assert both.exit_code == 0, both.output
    assert "Tract 7" not in both.output


def test_a_name_that_nothing_answers_to_is_refused(folder) -> None:
    told = answer(folder, "--where", "county=Ohio")
    assert told.exit_code != 0
    assert "name of stored counts" in str(told.exception)
