"""`target severity`: load, derive, propose, approve, show, history, as a person meets them."""

import json

import pytest

from counterflow.store.workspace import Workspace

HEAD = "starts,ends,outcome,count,substance,source,as_of\n"
COUNTS = HEAD + "".join(
    f"2025-01-01,2025-12-31,death,{n},{s},C,2026-01-05\n" for s, n in (("fentanyl", 900), ("cocaine", 90))
)
EXPOSURE = "starts,ends,unit,amount,low,high,substance,source,as_of\n" + "".join(
    f"2025-01-01,2025-12-31,{unit},{n},{n / 2},{n * 2},{s},E,2026-01-05\n"
    for s, unit, n in (
        ("fentanyl", "doses", 1e6), ("fentanyl", "records", 500), ("cocaine", "doses", 4e6), ("cocaine", "records", 800)
    )
)  # fmt: skip


@pytest.fixture
def severity(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-02T08:00Z")
    Workspace.create(tmp_path / "w")
    (tmp_path / "counts.csv").write_text(COUNTS, "utf-8")
    (tmp_path / "exposure.csv").write_text(EXPOSURE, "utf-8")
    return lambda *arguments: command("-w", "w", "target", "severity", *arguments)


def test_the_whole_way_from_counts_to_points_in_force(severity):
    assert severity("load", "counts.csv")[0] == 0
    assert severity("load", "exposure.csv")[0] == 0
    code, out, err = severity("derive", "--format", "json")
    assert code == 0, err
    derived = {row["substance"]: row for row in json.loads(out)}
    assert derived["fentanyl"]["low"] > derived["cocaine"]["high"]
    code, out, err = severity(
        "propose", "--derived", "--person", "A. One", "--ground", "counts of 2025", "--format", "json"
    )
    assert code == 0, err
    assert "another person approves" in err
    version = json.loads(out)["version"]
    assert severity("approve", version, "--person", "a one", "--ground", "as proposed")[0] == 6
    assert severity("approve", version, "--person", "B. Two", "--ground", "as proposed")[0] == 0
    shown = json.loads(severity("show", "--format", "json")[1])
    assert {row["basis"] for row in shown} == {"settings", "derived"}
    before = json.loads(severity("show", "--on", "2026-03-01", "--format", "json")[1])
    assert {row["basis"] for row in before} == {"settings"}
    assert json.loads(severity("history", "--format", "json")[1])[0]["state"] == "in force"
    told = json.loads(severity("history", version, "--format", "json")[1])
    assert told["method"]["per"] == "doses"


def test_what_does_not_fit_is_told(severity, tmp_path):
    code, _, err = severity("derive", "--per", "dose")
    assert (code, "'doses'" in err) == (3, True)
    assert severity("derive", "--weight", "death=x")[0] == 2
    code, _, err = severity("derive", "--weight", "deth=1")
    assert (code, "'death'" in err) == (3, True)
    (tmp_path / "small.csv").write_text(HEAD + "2025-01-01,2025-12-31,death,3,x,C,2026-01-05\n", "utf-8")
    code, out, err = severity("load", "small.csv")
    assert (code, json.loads(out)["reasons"]) == (3, {"small-cell": 1})
    assert "suppressed yes" in err
    assert severity("propose", "--person", "A", "--ground", "no reason at all")[0] == 2
    assert "no counts" in severity("derive")[2]
