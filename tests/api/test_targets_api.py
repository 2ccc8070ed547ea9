"""`/v1/targets`: the same board that the page shows, and a check of a pack."""

import pytest
from tests.unit.account.test_targets_check import CLEAN
from tests.visitors import TestDoorman, clients

from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace


@pytest.fixture(scope="module")
def client_as(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("targets") / "w")) as workspace:
        site = site_for(workspace)
        site.doorman = TestDoorman()
        with clients(create_app(site)) as give:
            yield lambda roles: give(roles, page=False)
        site.close()


def test_board_target_and_packs_are_given(client_as):
    viewer = client_as("viewer")
    assert "documents" in {row["pack"] for row in viewer.get("/v1/targets/packs").json()}
    board = viewer.get("/v1/targets").json()
    first = next(row for row in board["refused"] if row["id"] == "A1")
    assert [one["deadline"] for one in first["readings"]] == ["2025", "FY 2030"]
    one = viewer.get("/v1/targets/NDCS-1", params={"pack": "strategy-2022", "on": "2024-12-31"}).json()
    assert len(one["path"]) == 2
    assert 0 < one["target"]["readings"][0]["p_reach"]["probability"] < 1
    assert viewer.get("/v1/targets/A99").status_code == 404
    assert viewer.get("/v1/targets", params={"pack": "../x"}).status_code == 404


def test_a_pack_is_checked_by_who_may(client_as):
    analyst = client_as("analyst")
    bad = CLEAN.replace('deadline = "2028"', 'deadline = "2020"')
    told = analyst.post("/v1/targets/check", json={"text": bad}).json()
    assert not told["ok"]
    assert {"deadline-before-baseline"} <= {one["code"] for one in told["problems"]}
    assert analyst.post("/v1/targets/check", json={"text": "a = ["}).status_code == 422
    assert client_as("viewer").post("/v1/targets/check", json={"text": CLEAN}).status_code == 403
