"""`target whatif`: from the printed example to an answer, a page, and filled from stored weeks."""

import datetime as dt
import json
from typing import NamedTuple

import pyarrow as pa
import pytest

SMALL = """
draws = 60
[[lane]]
name = "mail"
mode = "mail"
share_inspected = 0.01
[[whatif]]
name = "one more <officer>"
changes = [{ do = "add", resource = "officer", lane = "mail", number = 1 }]
"""
ROWS = "office,lane,day,resource,minutes,service_minutes,detection_rate\n*,mail,*,officer,480,10,0.9\n"


class Told(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(command):
    return lambda *arguments: Told(*command(*arguments))


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.csv").write_text(ROWS, "utf-8")
    (tmp_path / "s.toml").write_text(SMALL.replace("share", "arrivals_per_hour = 50\nshare"), "utf-8")
    (tmp_path / "bare.toml").write_text(SMALL, "utf-8")
    return tmp_path


def test_the_example_is_printed_and_written_with_its_capacity(run, files):
    printed = run("target", "whatif", "--example")
    assert (printed.code, printed.out.count("[[lane]]")) == (0, 8)
    written = run("target", "whatif", "--example", "--out", "mine.toml")
    assert written.code == 0
    assert (files / "mine.toml").read_text("utf-8") == printed.out
    assert (files / "capacity.csv").read_text("utf-8").startswith("office,lane")


def test_the_answer_is_data_on_stdout_and_words_beside_it(run, files):
    told = run(
        "target", "whatif", "--capacity", "c.csv", "--scenario", "s.toml", "--format", "json", "--html", "p.html"
    )
    assert told.code == 0, told.err
    answer = json.loads(told.out)
    assert [each["name"] for each in answer["scenarios"]] == ["present", "one more <officer>"]
    for key in ("best_use_of_the_same_minutes", "diminishing_returns", "share_inspected_ladder", "cautions", "assumed"):
        assert answer[key]
    assert "not deterred" in told.err
    page = (files / "p.html").read_text("utf-8")
    assert "one more &lt;officer&gt;" in page
    assert "<officer>" not in page
    table = run("target", "whatif", "--capacity", "c.csv", "--scenario", "s.toml")
    assert "all lanes" in table.out


def test_what_is_missing_is_told(run, files):
    assert run("target", "whatif", "--capacity", "c.csv").code == 2
    bare = run("target", "whatif", "--capacity", "c.csv", "--scenario", "bare.toml")
    assert bare.code == 3
    assert "arrivals_per_hour" in bare.err
    assert run("target", "whatif", "--capacity", "none.csv", "--scenario", "s.toml").code == 3


def test_stored_weeks_fill_the_arrivals(run, files):
    from counterflow.store.workspace import Workspace

    Workspace.create(files / "w")
    rows = [
        {"source": "s", "record_id": str(i), "batch": "b", "first_seen": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
         "declared_on": dt.date(2026, 3, 1 + i % 7), "office": "A", "lane": "mail"}
        for i in range(700)
    ]  # fmt: skip
    with Workspace(files / "w") as workspace:
        workspace.store.append("consignment", pa.Table.from_pylist(rows))
    told = run("-w", "w", "target", "whatif", "--capacity", "c.csv", "--scenario", "bare.toml", "--format", "json")
    assert told.code == 0, told.err
    assert json.loads(told.out)["scenarios"][0]["lanes"][0]["arrivals_per_day"] == pytest.approx(100)
