"""Alarms answered by programs: the same acts as in the console, once under one key, and refused to who may not."""

import pytest
from tests.alarms import raise_alarm

HEALTH = "health-response"


@pytest.fixture(scope="module")
def alarm(training_workspace):
    return raise_alarm(training_workspace)


@pytest.fixture
def desk(client_as):
    return client_as("supervisor", purpose=HEALTH, person="Sol Supervisor", page=False)


def test_an_alarm_is_answered(desk, alarm):
    at = f"/v1/watch/alarms/{alarm}"
    assert desk.get(at).json()["to_tell"]
    key = {"Idempotency-Key": "tell-once"}
    first = desk.post(f"{at}/told", json={}, headers=key)
    again = desk.post(f"{at}/told", json={}, headers=key)
    assert first.status_code == again.status_code == 200, first.text
    assert first.json() == again.json()
    assert desk.post(f"{at}/told", json={}).status_code == 422, "nobody is left to be told"
    contact = first.json()["acts"][0]["contact"]
    assert desk.post(f"{at}/acknowledged", json={"contact": contact}).status_code == 200
    assert desk.post(f"{at}/acted", json={"words": "kits sent", "contact": contact}).status_code == 200
    judged = desk.post(f"{at}/disposed", json={"verdict": "artefact", "words": "late reports"})
    assert judged.json()["acts"][0]["verdict"] == "artefact"
    assert desk.get(at).json()["verdict"] == "artefact"
    rows = desk.get("/v1/watch/alarms", params={"state": "disposed"}).json()["items"]
    assert alarm in {row["alarm"] for row in rows}
    assert "precision" in desk.get("/v1/watch/due").json()


def test_a_look_without_bounds_is_refused(desk):
    assert desk.post("/v1/watch/looks", json={"periods": 0}).status_code == 422
    assert desk.post("/v1/watch/looks", json={"budget": "as many as it takes"}).status_code in (400, 422)


def test_agreements_and_watches_are_listed(desk):
    assert desk.get("/v1/watch/agreements").json() == {"items": []}
    listed = desk.get("/v1/watch/supply").json()["items"]
    assert [one["area"] for one in listed] == ["Ashbourne"], "the alert of the training world's operation to come"
    assert not any("training-op" in str(one) for one in listed)
    asked = {"area": "Ashbourne", "starts": "2026-01-01", "ends": "2026-01-31", "expires": "2000-01-01", "ground": "x"}
    assert desk.post("/v1/watch/agreements", json=asked).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [("told", {"to": ["nobody-here"]}), ("acknowledged", {"contact": "nobody-here"}), ("acted", {"words": ""}),
     ("disposed", {"verdict": "sabotage", "words": "x"}), ("told", {"at": "2026-01-01T00:00"}), ("told", {"who": 1})],
)  # fmt: skip
def test_what_does_not_fit_is_a_problem(desk, alarm, path, body):
    answer = desk.post(f"/v1/watch/alarms/{alarm}/{path}", json=body)
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_may_not_is_refused(client_as, alarm):
    officer = client_as("officer", purpose="inspection", page=False)
    assert officer.post(f"/v1/watch/alarms/{alarm}/told", json={}).status_code == 403
    analyst = client_as("analyst", purpose=HEALTH, page=False)
    verdict = {"verdict": "outbreak", "words": "x"}
    assert analyst.post(f"/v1/watch/alarms/{alarm}/disposed", json=verdict).status_code == 403
    assert analyst.get("/v1/watch/alarms/A-nothere.1").status_code == 404
