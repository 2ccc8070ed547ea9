"""The commands of the response, as a person types them."""

import json

import pytest
from tests.unit.watch.response.made import Clock, raise_one

from counterflow.store.workspace import Workspace


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("typed") / "w"
    Workspace.create(path, clock=Clock())
    with Workspace.open(path, clock=Clock()) as workspace:
        raise_one(workspace)
        raise_one(workspace, level="subcounty", places=["Loop", "Mill", "Bay", "Port"])
    return path


@pytest.fixture
def typed(folder, command, monkeypatch):
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-11-23T12:00:00Z")
    return lambda *words: command("-w", folder, "watch", *words)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("brief", "A-000000000000"), 3, "There is no alarm"),
        (("kits", "A-0.0"), 3, "There is no alarm"),
        (("dispose", "A-0", "--verdict", "artifact"), 3, "artefact"),
        (("approve", "--side", "health", "--person", "A"), 2, "--from, --to, --expires"),
        (("board", "--role", "police"), 3, "role"),
        (("board", "--purpose", "curiosity"), 3, "purpose"),
        (("open", "--action", "none", "--area", "Cook", "--person", "A"), 3, "There is no action"),
        (("close", "H-0", "--person", "A"), 3, "There is no health watch"),
        (("contacts", "none.csv"), 3, "cannot be read"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_said_without_a_traceback(typed, words, code, said):
    left, out, err = typed(*words)
    assert (left, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_the_board_shows_enforcement_no_harm_below_the_county_and_says_so(typed):
    left, out, err = typed("board", "--role", "enforcement", "--format", "json")
    assert left == 0
    assert [row["place"] for row in json.loads(out)["alarms"]] == ["County 0"]
    assert "withheld" in err
    assert "Loop" not in out + err


def test_the_brief_is_written_as_page_and_pdf(typed, tmp_path):
    _, out, _ = typed("board", "--format", "json")
    alarm = next(row["alarm"] for row in json.loads(out)["alarms"] if row["place"] == "County 0")
    page, pdf = tmp_path / "b.html", tmp_path / "b.pdf"
    assert typed("brief", alarm.split(".")[0], "--page", page, "--pdf", pdf)[0] == 0
    assert "County 0" in page.read_text("utf-8")
    assert pdf.read_bytes().startswith(b"%PDF-")
