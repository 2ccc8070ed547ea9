"""The record and acts of two for programs: pages of entries, proof, requests with their verdict."""

import io
import zipfile

import pytest

from counterflow.access.acts import ACTS, Act


def perform(workspace, subject, payload, *, asked_by, agreed_by, ground):
    return {"done": subject}


@pytest.fixture(autouse=True)
def release(monkeypatch):
    monkeypatch.setitem(ACTS, "api-release", Act("release a record", "queue", "tests.api.test_audit_api:perform"))


def test_entries_come_by_the_page_and_one_by_one(client_as):
    auditor = client_as("auditor", page=False)
    seen, cursor = [], ""
    for _ in range(3):
        page = auditor.get("/v1/ledger", params={"limit": 40, "cursor": cursor}).json()
        seen += [row["seq"] for row in page["items"]]
        cursor = page["next"]
    assert seen == list(range(seen[0], seen[0] - 120, -1))
    assert auditor.get("/v1/ledger", params={"limit": 40, "cursor": cursor, "kind": "draw"}).status_code == 400
    one = auditor.get(f"/v1/ledger/{seen[1]}").json()
    assert one["seq"] == seen[1]
    assert auditor.get(f"/v1/ledger/{10**21}").status_code == 422
    assert auditor.get("/v1/ledger/9007199254740991").status_code == 404
    kinds = {row["kind"] for row in auditor.get("/v1/ledger", params={"kind": "draw"}).json()["items"]}
    assert kinds == {"draw"}


def test_proof_is_given_and_holds(client_as):
    auditor = client_as("auditor", page=False)
    import json

    head = auditor.get("/v1/ledger/head").json()
    told = auditor.post("/v1/ledger/check", json={"saved_head": json.dumps(head)}).json()
    assert told["verdict"] == "verified"
    assert told["entries"] >= head["head"]["size"]
    assert auditor.post("/v1/ledger/check", json={"saved_head": 3}).status_code == 422
    pack = auditor.post("/v1/evidence", json={"made_for": "the inspector general"})
    names = zipfile.ZipFile(io.BytesIO(pack.content)).namelist()
    assert "evidence/check_evidence.py" in names
    assert client_as("officer", page=False).post("/v1/evidence", json={"made_for": "me"}).status_code == 403


def test_looks_are_given_by_the_page_and_only_to_oversight(client_as, training_site):
    officer = client_as("officer", page=False, person="Olu Officer")
    for _ in range(5):
        officer.get("/v1/ledger")
    training_site.access.reads.settle()
    auditor = client_as("auditor", page=False)
    first = auditor.get("/v1/reads", params={"refused": True, "limit": 2}).json()
    second = auditor.get("/v1/reads", params={"refused": True, "limit": 2, "cursor": first["next"]}).json()
    ids = [row["read"] for row in first["items"] + second["items"]]
    assert len(set(ids)) == 4
    assert officer.get("/v1/reads").status_code == 403
    assert client_as("admin", page=False).get("/v1/reads").status_code == 403


def test_a_program_asks_and_a_person_agrees_once(client_as):
    asker = client_as("analyst", page=False, person="Ana Analyst", purpose="inspection")
    sent = {"act": "api-release", "subject": "K-1", "payload": {"n": 1}, "ground": "the papers were shown"}
    made = asker.post("/v1/requests", json=sent)
    assert made.status_code == 201
    request = made.json()["request"]
    assert made.json()["why_not"].startswith("You asked")
    refused = asker.post(f"/v1/requests/{request}/agree", json={})
    assert refused.status_code == 403
    sol = client_as("supervisor", page=False, person="Sol Supervisor", purpose="inspection")
    assert sol.get(f"/v1/requests/{request}").json()["why_not"] == ""
    key = {"Idempotency-Key": "one"}
    done = [sol.post(f"/v1/requests/{request}/agree", json={"ground": "seen"}, headers=key) for _ in range(2)]
    assert [answer.json()["state"] for answer in done] == ["agreed", "agreed"]
    assert done[0].json()["result"] == {"done": "K-1"}
    assert sol.post(f"/v1/requests/{request}/agree", json={}).status_code == 422
    assert asker.post("/v1/requests", json=sent | {"act": "no-such-act"}).status_code == 404
    assert asker.post("/v1/requests", json=sent | {"ground": ""}).status_code == 422
    assert client_as("viewer", page=False).post("/v1/requests", json=sent).status_code == 403
    assert sol.get("/v1/requests", params={"state": "nonsense"}).status_code == 422
    assert sol.get("/v1/overrides").json()["items"] == []


def test_everybody_may_see_who_may_what(client_as):
    rows = client_as("viewer", page=False).get("/v1/access/matrix").json()
    assert {"role", "resource", "action", "allowed", "purposes", "logged", "why"} == set(rows[0])
