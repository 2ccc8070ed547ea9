"""The desk behind alarms, for programs: files in with a receipt, agreements taken back, watches opened and closed."""

import datetime as dt

import pytest

from counterflow.flow.watch_actions import open_after_event

HEALTH = "health-response"
COUNTS = b"starts,place,level,count,measure,source\n2026-01-05,Newtown,county,12,overdoses,ward\n"
CSV = {"content-type": "text/csv"}


@pytest.fixture
def desk(client_as):
    return client_as("supervisor", purpose=HEALTH, person="Sol Supervisor", page=False)


def send(who, content, *, headers=None, **asked):
    return who.post("/v1/watch/files", content=content, params=asked, headers=CSV | (headers or {}))


def test_files_come_in_with_a_receipt_and_once_under_one_key(desk):
    places = b"place,level,parent,lat,lon\nNewtown,county,,1.5,-20\nOld,moon,,,\n"
    told = send(desk, places, what="places", name="../p.csv").json()
    assert (told["file"], told["read"], told["accepted"], told["rejected"]) == ("p.csv", 2, 1, 1)
    assert told["reasons"] == {"unknown-level": 1}
    assert told["refused"][0]["line"] == 3
    key = {"idempotency-key": "ward-1"}
    first = send(desk, COUNTS, what="counts", form="counts", headers=key)
    assert (first.json()["accepted"], first.json()["repeated"]) == (1, False)
    again = send(desk, COUNTS, what="counts", form="counts", headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert send(desk, COUNTS + b"\n", what="counts", form="counts", headers=key).status_code == 422
    assert send(desk, COUNTS, what="counts", form="counts").json()["repeated"]
    form = desk.post("/v1/watch/files", params={"what": "places"}, files={"file": ("q.csv", places)})
    assert (form.json()["file"], form.json()["repeated"]) == ("q.csv", True)


@pytest.mark.parametrize(
    ("asked", "content", "status"),
    [({"what": "people"}, COUNTS, 422), ({"what": "counts", "form": "nonsense"}, COUNTS, 404),
     ({"what": "stock"}, b"\xff\xfe", 422), ({"what": "counts", "form": "counts", "option": "grain"}, COUNTS, 400),
     ({"what": "counts", "form": "counts", "option": "colour=red"}, COUNTS, 404)],
    ids=["what", "form", "utf-8", "option", "name"],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_a_problem(desk, asked, content, status):
    answer = send(desk, content, **asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_of_another_kind_or_from_who_may_not_is_refused(desk, client_as):
    assert send(desk, b"{}", what="places", headers={"content-type": "image/png"}).status_code == 415
    officer = client_as("officer", purpose="inspection", page=False)
    assert send(officer, COUNTS, what="counts", form="counts").status_code == 403
    analyst = client_as("analyst", purpose=HEALTH, page=False)
    sent = {"event": "S-1", "day": "2026-01-05", "area": "Ashbourne"}
    assert analyst.post("/v1/watch/supply", json=sent).status_code == 403
    assert analyst.post("/v1/watch/supply/H-000000000000/closing").status_code == 403


def test_an_agreement_is_taken_back_for_both_sides(desk, client_as, training_workspace):
    asked = {"area": "Ashbourne", "starts": "2026-01-01", "ends": "2026-01-31",
             "expires": str(training_workspace.clock().date()), "ground": "adulterant seen in two labs"}  # fmt: skip
    agreed = desk.post("/v1/watch/agreements", json=asked).json()["request"]
    at = f"/v1/watch/agreements/{agreed}/withdrawal"
    assert client_as("analyst", purpose=HEALTH, page=False).post(at, json={"ground": "x"}).status_code == 403
    assert desk.post(at, json={"ground": ""}).status_code == 422
    assert desk.post(at, json={"ground": "no longer needed"}).json() == {"request": agreed, "state": "withdrawn"}
    assert desk.get("/v1/watch/agreements").json() == {"items": []}
    assert desk.post(at, json={"ground": "again"}).status_code == 404


def test_a_watch_is_opened_with_its_notice_and_closed_when_it_is_over(desk, training_workspace):
    today = training_workspace.clock().date()
    others = {one["watch"]: one["state"] for one in desk.get("/v1/watch/supply").json()["items"]}
    sent = {"event": "S-2026-115", "day": str(today), "area": "Ashbourne", "weeks": 3}
    opened = desk.post("/v1/watch/supply", json=sent).json()
    assert (opened["starts"], opened["ends"]) == (str(today), str(today + dt.timedelta(weeks=3)))
    assert "Please watch overdoses in Ashbourne" in opened["notice"]
    assert "S-2026-115" not in str(opened)
    assert desk.post(f"/v1/watch/supply/{opened['watch']}/closing").status_code == 422, "it still runs"
    for wrong in (
        {"action": "op"},
        {"day": None},
        {"weeks": 27},
        {"level": "site"},
        {"event": ""},
        {"day": "0001-01-01"},
    ):
        assert desk.post("/v1/watch/supply", json=sent | wrong).status_code in (400, 422), wrong
    past = open_after_event(
        training_workspace, "S-2026-1", today - dt.timedelta(weeks=6), "Ashbourne", person="Sol Supervisor"
    )
    closed = desk.post(f"/v1/watch/supply/{past['watch']}/closing")
    assert closed.json()["state"] == "closed", closed.text
    assert "series" in closed.json()["known"]
    assert "S-2026-1" not in closed.text
    states = {one["watch"]: one["state"] for one in desk.get("/v1/watch/supply").json()["items"]}
    assert states == others | {opened["watch"]: "open", past["watch"]: "closed"}
