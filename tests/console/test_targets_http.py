"""The pages of targets: a board for a committee, one target, a pack checked, an edit of what is locked by two."""

from html import unescape

import pytest
from tests.unit.account.test_targets_check import CLEAN
from tests.visitors import TestDoorman, clients

from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace

TEXT = CLEAN.split("[[actual]]")[0]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("targets") / "w")) as workspace:
        site = site_for(workspace)
        site.doorman = TestDoorman()
        yield create_app(site)
        site.close()


@pytest.fixture(scope="module")
def client_as(app):
    with clients(app) as give:
        yield give


@pytest.fixture(scope="module")
def analyst(client_as):
    return client_as("analyst")


def text_of(answer):
    return unescape(answer.text)


def test_the_board_shows_both_readings_and_refuses_outputs_alone(analyst):
    shown = text_of(analyst.get("/targets"))
    assert "2.4 billion doses by 2025" in shown
    assert "2.4 billion doses by FY 2030" in shown
    assert "Fact check: A12 and A34" in shown
    assert "Refused" in shown
    assert "1096 days late" in shown.replace("\u202f", "").replace(",", "")


@pytest.mark.parametrize("path", ["/targets?pack=commitments", "/targets?pack=harm-focused", "/targets/A1", "/targets/A3",
                                  "/targets/NDCS-1?pack=strategy-2022&on=2024-12-31", "/targets/pack/supply"])  # fmt: skip
def test_pages_answer(analyst, path):
    assert analyst.get(path).status_code == 200


def test_a_target_shows_path_and_forecast(analyst):
    shown = text_of(analyst.get("/targets/NDCS-1?pack=strategy-2022&on=2024-12-31"))
    assert "Probability of reaching it" in shown
    assert "forecast, 80 %" in shown
    assert "path to the target" in shown


@pytest.mark.parametrize("path", ["/targets?pack=nothing", "/targets/A99", "/targets/pack/nothing",
                                  "/targets?pack=..%2Fx", "/targets?on=soon"])  # fmt: skip
def test_what_is_not_there_is_said(analyst, path):
    assert analyst.get(path).status_code in {400, 404, 422}


def test_a_pack_is_checked_before_anything_is_kept(analyst, client_as):
    bad = TEXT.replace('deadline = "2028"', 'deadline = "2020"').replace('name = "clean"', 'name = "sent"')
    told = analyst.post("/targets/check", files={"file": ("sent.toml", bad.encode())})
    assert told.status_code == 200
    assert "is before the day of the baseline" in text_of(told)
    assert "<script>" not in analyst.post(
        "/targets/check", files={"file": ("x.toml", b'[pack]\nname = "<script>alert(1)</script>"')}
    ).text  # fmt: skip
    assert analyst.get("/targets?pack=sent").status_code == 404
    assert analyst.post("/targets/check", files={"file": ("x.toml", b"a = [")}).status_code == 422
    assert analyst.post("/targets/check", files={"file": ("x.toml", b"\xff\xfe")}).status_code == 422
    assert client_as("viewer").post("/targets/check", files={"file": ("x.toml", b"")}).status_code == 403


def test_a_pack_is_kept_locked_and_then_changed_by_two(analyst, app):
    assert (
        analyst.post("/targets/load", data={"text": TEXT, "name": "clean"}, follow_redirects=False).status_code == 303
    )
    assert "clean" in analyst.get("/targets?pack=clean").text
    assert analyst.post("/targets/lock", data={"pack": "clean"}, follow_redirects=False).status_code == 303
    assert "an edit needs two people" in text_of(analyst.get("/targets/T1?pack=clean"))
    other = TEXT.replace("60 kg", "61 kg")
    checked = text_of(analyst.post("/targets/check", files={"file": ("c.toml", other.encode())}))
    assert "It changes what is locked: T2" in checked
    sent_on = checked.split('name="text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    assert sent_on == other
    assert analyst.post("/targets/load", data={"text": other, "name": "clean"}).status_code == 422
    asked = analyst.post(
        "/targets/edit",
        data={"text": other, "name": "clean", "ground": "the scanner was bought"},
        follow_redirects=False,
    )
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/requests")


def test_a_viewer_may_look_and_not_act(client_as):
    viewer = client_as("viewer")
    assert viewer.get("/targets").status_code == 200
    assert "Check a pack of your own" not in viewer.get("/targets").text
    assert viewer.post("/targets/load", data={"text": TEXT}).status_code == 403
