"""The commands: columns as promised, words to stderr, exit codes, and a plan file that can be answered."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from counterflow.cli import target
from counterflow.core.errors import InputError
from counterflow.store.workspace import Workspace

COLUMNS = "record_id,office,lane,day,rank,arm,inclusion_probability,expected_harm,reasons"
PERIOD = ["--from", "2026-03-02", "--to", "2026-03-02", "--random-share", "0.2", "--seed", "7"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a `target` command in a workspace of twelve records, one with an id that a spreadsheet would calculate."""
    folder = tmp_path / "w"
    Workspace.create(folder)
    seen = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    rows = [
        {"source": "s", "record_id": f"=1+{i}" if i == 3 else f"r{i:02d}", "batch": "b", "first_seen": seen,
         "declared_on": dt.date(2026, 3, 2), "office": "Köln/Süd", "lane": "mail"}
        for i in range(12)
    ]  # fmt: skip
    with Workspace(folder) as workspace:
        workspace.store.append("consignment", pa.Table.from_pylist(rows))
    (tmp_path / "c.csv").write_text(
        "office,lane,day,resource,minutes,service_minutes,detection_rate\n*,*,*,officer,120,10,0.9\n"
    )
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        return CliRunner().invoke(target.app, list(arguments), obj={"workspace": folder, "quiet": False})

    return invoke


def test_a_plan_file_has_the_promised_columns_and_can_be_answered(run, tmp_path):
    made = run("plan", "--capacity", "c.csv", *PERIOD, "--out", "plan.csv")
    assert made.exit_code == 0, made.output
    assert "12 of 12 eligible records selected" in made.stderr
    assert made.stdout == ""
    text = (tmp_path / "plan.csv").read_text("utf-8")
    assert text.splitlines()[0].startswith(COLUMNS)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(int(r["rank"]) for r in rows) == list(range(1, 13))
    answers = "".join(f"{r['record_id']},inspected,none,,2026-03-02T20:00Z\n" for r in rows)
    (tmp_path / "o.csv").write_text("record_id,state,confirmation,harm_class,time\n" + answers, "utf-8")
    receipt = run("record", "o.csv")
    assert json.loads(receipt.stdout) | {"refused": []} == {
        "accepted": 12, "rejected": 0, "already": 0, "notices": 0, "reasons": {}, "refused": [],
    }  # fmt: skip


def test_a_file_that_is_refused_whole_leaves_with_three(run, tmp_path):
    (tmp_path / "o.csv").write_text("record_id,state,confirmation,harm_class,time\nx,inspected,none,,2026-03-02\n")
    receipt = run("record", "o.csv")
    assert receipt.exit_code == 3
    assert json.loads(receipt.stdout)["reasons"] == {"not-drawn": 1}
    assert "line 2" in receipt.stderr


def test_errors_reach_the_frame_as_ours(run):
    failed = run("plan", "--capacity", "none.csv", *PERIOD)
    assert isinstance(failed.exception, InputError)


def test_sheets_are_listed_and_written_under_safe_names(run, tmp_path):
    run("plan", "--capacity", "c.csv", *PERIOD)
    assert "Köln/Süd" in run("sheet", "--format", "csv").stdout
    run("sheet", "--html", "--out", "sheets")
    assert [p.name for p in (tmp_path / "sheets").iterdir()] == ["0001-2026-03-02-Köln-Süd-mail.html"]
    whole = json.loads(run("sheet", "--format", "json").stdout)
    assert len(whole[0]["items"]) == 12
    assert run("sheet", "--office", "Bonn", "--format", "csv").stdout.strip() in {
        "",
        "office,lane,day,plan,records,minutes",
    }


def test_lookouts_are_set_listed_and_reviewed(run):
    made = run("lookout", "add", "record_id", "r05", "--ground", "call from the lab", "--person", "ana")
    named = json.loads(made.stdout)["lookout"]
    assert "another person reviews it" in made.stderr
    assert run("lookout", "review", named, "--person", "ben", "--verdict", "upheld").exit_code == 0
    listed = json.loads(run("lookout", "list", "--format", "json").stdout)
    assert (listed[0]["review"], listed[0]["state"]) == ("upheld", "active")
    assert len(json.loads(run("plans", "--format", "json").stdout)) == 0


def test_without_a_seed_a_fresh_one_is_drawn_and_said(run):
    said = [
        next(
            line
            for line in run("plan", "--capacity", "c.csv", *PERIOD[:-2]).stderr.splitlines()
            if "fresh seed" in line
        )
        for _ in range(2)
    ]
    assert said[0] != said[1]
