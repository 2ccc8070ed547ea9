"""`watch alarms` on a file and on stored counts."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from counterflow.cli.app import app
from counterflow.core.seeds import generator
from counterflow.store.workspace import Workspace
from counterflow.watch.series.load import load_file
from counterflow.watch.series.mapping import checked, mapping_of
from counterflow.watch.series.reader import Options

TODAY = dt.datetime(2026, 2, 9, 6, tzinfo=dt.UTC)


def run(*words: str) -> tuple[int, list[dict[str, str]], str]:
    done = CliRunner().invoke(app, [*words])
    refused = str(done.exception) if done.exception else ""
    return done.exit_code, list(csv.DictReader(io.StringIO(done.stdout))), done.stderr + refused


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    counts = generator(3, "alarms-command").poisson(6, 150)
    counts[148] = 40
    path = tmp_path_factory.mktemp("alarms") / "series.csv"
    rows = [f"a,{t},{2020 + (t - 1) // 52},{(t - 1) % 52 + 1},{y}" for t, y in enumerate(counts, 1)]
    rows += [f"b,{t},{2020 + (t - 1) // 52},{(t - 1) % 52 + 1},{y}" for t, y in enumerate(counts[:40], 1)]
    path.write_text("series,t,year,week,y\n" + "\n".join(rows) + "\n")
    return path


def test_rows_are_the_weeks_that_a_method_judges(file: Path) -> None:
    code, rows, said = run("watch", "alarms", str(file), "--method", "farrington-flexible", "--format", "csv")
    assert code == 0
    assert list(rows[0]) == ["series", "method", "t", "observed", "expected", "upper", "score", "alarm"]
    assert [int(row["t"]) for row in rows] == list(range(135, 151))
    assert [row["t"] for row in rows if row["alarm"] == "1"] == ["149"]
    assert "1 of 2 series are too short" in said


def test_rows_are_chosen_without_changing_verdicts(file: Path) -> None:
    words = ("watch", "alarms", str(file), "--method", "ears-c2", "--format", "csv")
    _, every, _ = run(*words)
    _, some, _ = run(*words, "--from", "148", "--to", "149")
    assert some == [row for row in every if row["t"] in ("148", "149")]
    _, only, _ = run(*words, "--alarms-only", "--last", "2")
    assert [row["t"] for row in only] == ["149"]


def test_wrong_words_are_refused_with_a_hint(file: Path) -> None:
    assert "farrington" in run("watch", "alarms", str(file), "--method", "farington")[2]
    assert "KEY=VALUE" in run("watch", "alarms", str(file), "--method", "bayes", "--set", "b")[2]
    assert "lies before" in run("watch", "alarms", str(file), "--from", "9", "--to", "3", "--method", "bayes")[2]
    assert "stored counts" in run("watch", "alarms", str(file), "--place", "North")[2]


def test_stored_counts_are_judged_and_small_ones_withheld(tmp_path: Path) -> None:
    mapping = checked(
        "made-up", mapping_of("triangle"),
        {"source": "office", "measure": "overdoses", "level": "county", "grain": "week",
         "columns": {"place": "area", "reference": "week", "report": "reported", "count": "events"}},
    )  # fmt: skip
    counts = generator(4, "alarms-stored").poisson(12, 60)
    monday = [dt.date(2024, 1, 1) + dt.timedelta(weeks=week) for week in range(60)]
    lines = [f"North,{day},{day},{count}" for day, count in zip(monday, counts, strict=True)]
    (tmp_path / "reports.csv").write_text("area,week,reported,events\n" + "\n".join(lines) + "\n")
    Workspace.create(tmp_path / "W", clock=lambda: TODAY)
    with Workspace.open(tmp_path / "W", clock=lambda: TODAY) as workspace:
        load_file(workspace, tmp_path / "reports.csv", Options(today=TODAY.date()), mapping=mapping)
    code, rows, said = run("-w", str(tmp_path / "W"), "watch", "alarms", "--method", "ears-c1", "--format", "csv")
    assert code == 0, said
    withheld = [row for row in rows if row["observed"] == ""]
    assert len(rows) == 51
    assert 0 < len(withheld) < len(rows)
    assert all(row["score"] == "" and row["alarm"] != "" for row in withheld)
    assert "withheld" in said
