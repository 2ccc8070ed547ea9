"""Care over HTTP: the example answers, own files are asked for with a form of ours, faults are told in place."""

from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.visitors import TestDoorman, clients

from counterflow.flow.account_care_desk import Desk, care_desk, example_texts
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace

DEMAND = "id,lat,lon,people,side\na,41.0,-73.0,100,w\nb,41.2,-73.0,90,e\nc,41.4,-73.0,4,e\n"
SITES = "id,lat,lon,open\np,41.0,-73.0,1\nq,41.2,-73.0,0\nr,41.4,-73.0,0\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("care") / "w")) as workspace:
        made = site_for(workspace)
        made.doorman = TestDoorman()
        yield made
        made.close()


@pytest.fixture(scope="module")
def give(site):
    with clients(create_app(site)) as given:
        yield given


def asked(client: TestClient, **fields: str):
    """Send the form of the page."""
    usual = {"new": "1", "radius": "5km", "objective": "max-cover", "method": "2sfca", "groups": "side"}
    return client.post("/care", data=usual | fields)


def test_the_example_is_said_to_be_made_up(give):
    shown = give("analyst").get("/care").text
    assert "This county is made up" in shown
    assert "Proved the best" in shown
    assert "price of equity" not in shown.casefold()
    fair = unescape(give("analyst").get("/care", params={"equity": "setting:max"}).text)
    assert "Price of equity:" in fair


def test_own_files_are_answered_and_few_people_withheld(give):
    shown = unescape(asked(give("analyst"), demand=DEMAND, sites=SITES).text)
    assert "Chosen: q." in shown
    assert "made up" not in shown
    assert "withheld" in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"demand": DEMAND}, "Both files are needed"),
        ({"demand": DEMAND.replace("41.2,-73.0", "-73.0,41.2"), "sites": SITES}, "look swapped"),
        ({"demand": DEMAND, "sites": SITES, "new": "9"}, "there are 2 candidates"),
        ({"demand": DEMAND, "sites": SITES, "radius": "far"}, "no distance or time"),
        ({"demand": DEMAND, "sites": SITES, "equity": "side:0.99"}, "the best is"),
        ({"new": "none"}, "A page answers for up to"),
    ],
)
def test_what_is_wrong_is_told_on_the_page_and_the_fields_stay(give, fields, words):
    answer = asked(give("analyst"), **fields)
    assert answer.status_code in (400, 422)
    shown = unescape(answer.text)
    assert words in shown
    assert "Traceback" not in shown
    if "radius" in fields:
        assert 'value="far"' in shown


def test_who_may_only_read_sees_the_example_and_cannot_send_files(give):
    inspector = give("inspector")
    assert "textarea" not in inspector.get("/care").text
    assert asked(inspector, demand=DEMAND, sites=SITES).status_code == 403


def test_the_example_of_the_page_is_the_one_of_the_guide():
    folder = Path(__file__).parents[2] / "examples" / "place-naloxone"
    assert example_texts() == tuple((folder / name).read_text("utf-8") for name in ("demand.csv", "sites.csv"))


def test_access_after_is_access_with_the_chosen_sites_open():
    made = care_desk(Desk(DEMAND, SITES, 1, groups=()))
    assert [p["state"] for p in made["map"]["places"]] == ["reached", "reached by a new site", "not reached"]
    assert [s["state"] for s in made["map"]["sites"]] == ["open", "chosen", "candidate"]
