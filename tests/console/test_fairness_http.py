"""The page of fairness: answers for an empty house, runs its tests for who may, and refuses what is no grouping."""

from html import unescape

import pytest
from tests.visitors import CSRF, TestDoorman, clients

from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("fairness") / "w")) as workspace:
        site = site_for(workspace)
        site.doorman = TestDoorman()
        yield create_app(site)
        site.close()


@pytest.fixture(scope="module")
def client_as(app):
    with clients(app) as give:
        yield give


def test_an_empty_house_is_told_what_is_missing(client_as):
    shown = unescape(client_as("analyst").get("/fairness").text)
    assert "No plan has been worked yet" in shown
    assert "Nothing was opened at random" in shown
    assert "What we do not use" in shown
    assert "Deal names anew" in shown


def test_who_may_only_look_gets_no_button_and_no_run(client_as):
    viewer = client_as("viewer")
    assert "Deal names anew" not in viewer.get("/fairness").text
    assert viewer.post("/fairness/run", data={"test": "alarms", "csrf": CSRF}).status_code == 403


def test_a_run_is_put_on_record_and_shown(client_as):
    analyst = client_as("analyst")
    sent = {"test": "threshold-test", "by": "origin", "csrf_token": CSRF}
    answer = analyst.post("/fairness/run", data=sent, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/fairness?by=origin"
    assert "ledger entry" in analyst.get("/fairness").text


@pytest.mark.parametrize("path", ["/fairness?by=nationality", "/fairness?by=" + "x" * 60])
def test_no_such_grouping(client_as, path):
    assert client_as("analyst").get(path).status_code in (404, 422)
