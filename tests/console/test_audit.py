"""Audit and acts of two over HTTP: the answer first, hostile text shown and never run, wrong roles refused."""

import io
import json
import subprocess
import sys
import zipfile

import pytest

from counterflow.access.acts import ACTS, Act

HOSTILE = "<script>alert('x')</script>"


def perform(workspace, subject, payload, *, asked_by, agreed_by, ground):
    return {"done": subject}


@pytest.fixture(autouse=True)
def release(monkeypatch):
    monkeypatch.setitem(
        ACTS, "test-release", Act("release a record", "queue", "tests.console.test_audit:perform", emergency=True)
    )


@pytest.fixture
def asked(training_site, client_as):
    """A request asked by an analyst, with hostile words in it."""
    from types import SimpleNamespace

    from counterflow.access.who import judged

    roles = frozenset({"analyst"})
    who = SimpleNamespace(
        person="Ana Analyst", roles=roles, purpose="inspection", session="s-ana", how="session",
        judge=lambda resource, action: judged(roles, resource, action, "inspection"),
    )  # fmt: skip

    def give(subject):
        with training_site.acting():
            return training_site.access.requests.ask(
                "test-release", subject, {"note": HOSTILE}, who, f"papers were shown {HOSTILE}"
            )

    return give


def test_the_page_answers_first_and_the_check_is_made_from_outside(client_as, training_site):
    auditor = client_as("auditor")
    before = auditor.get("/audit").text
    assert "Nobody has checked since this server started" in before
    head = auditor.get("/audit/head.json")
    assert head.headers["content-disposition"].startswith("attachment")
    done = auditor.post("/audit/check", data={"saved": head.text})
    assert "Yes, as far as can be told from here" in done.text
    assert "The head that was given" in done.text
    assert "cannot exclude" in done.text
    assert auditor.post("/audit/check", data={"saved": "x" * 20_001}).status_code == 400


def test_a_head_of_another_ledger_is_said_to_be_one(client_as, training_site):
    auditor = client_as("auditor")
    told = json.loads(auditor.get("/audit/head.json").text)
    told["head"]["size"] -= 1
    shown = auditor.post("/audit/check", data={"saved": json.dumps(told)}).text
    assert "No: failed" in shown
    assert "not signed by the key" in shown
    training_site.extra.pop("ledger_check")


def test_entries_are_found_by_kind_and_id_and_turned_by_page(client_as):
    auditor = client_as("auditor")
    assert "No entry fits" in auditor.get("/audit", params={"about": HOSTILE}).text
    assert HOSTILE not in auditor.get("/audit", params={"about": HOSTILE, "kind": HOSTILE}).text
    draws = auditor.get("/audit", params={"kind": "draw"}).text
    assert 'href="/audit/entry/' in draws
    first = auditor.get("/audit/entry/1")
    assert "Hash of the entry before" in first.text
    assert auditor.get("/audit/entry/99999999").status_code == 404
    assert auditor.get("/audit", params={"before": 10**21}).status_code == 422


def test_a_pack_is_taken_by_who_may_and_an_outsider_can_check_it(client_as, tmp_path, training_site):
    auditor = client_as("auditor", person="Aud Auditor")
    answer = auditor.post("/audit/pack", data={"made_for": f"the court {HOSTILE}"})
    assert answer.headers["content-type"] == "application/zip"
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    root = tmp_path / "evidence"
    ran = subprocess.run(
        [sys.executable, "-I", root / "check_evidence.py"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert "HELD" in ran.stdout
    for name, change in (("tables/outcomes.csv", b"confirmed"), ("figures/board.json", b" ")):
        path = root / name
        whole = path.read_bytes()
        path.write_bytes(whole + change)
        ran = subprocess.run(
            [sys.executable, "-I", root / "check_evidence.py"], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1
        assert f"{name} was changed" in ran.stdout
        path.write_bytes(whole)
    assert auditor.post("/audit/pack", data={"made_for": ""}).status_code == 400
    assert client_as("supervisor").post("/audit/pack", data={"made_for": "me"}).status_code == 403


def test_looks_are_shown_to_oversight_and_the_log_keeps_no_words(client_as, training_site):
    analyst = client_as("analyst", purpose="investigation", person="Nosy Parker")
    analyst.get("/parties", params={"text": "Zebulon Fotheringay"})
    analyst.get("/audit/reads")
    training_site.access.reads.settle()
    auditor = client_as("auditor")
    log = auditor.get("/audit/reads")
    assert "read reads" in log.text
    assert "refused" in log.text
    assert "Fotheringay" not in log.text
    assert client_as("admin").get("/audit/reads").status_code == 403
    assert auditor.get("/audit/reads", params={"before": "yesterday"}).status_code == 400
    assert "Who looked at what, in the last 7 days" in auditor.get("/audit").text


def test_one_asks_another_agrees_on_the_page(client_as, asked, training_site):
    request = asked("K-1")
    shown = client_as("supervisor", person="Sol Supervisor").get("/requests").text
    assert "release a record" in shown
    assert HOSTILE not in shown
    for client, status in (
        (client_as("analyst", person="Ana Analyst"), 403),
        (client_as("supervisor", person="Ana Analyst", purpose="inspection"), 403),
        (client_as("auditor"), 403),
        (client_as("viewer"), 403),
        (client_as("supervisor", person="Sol", session="s-ana"), 403),
    ):
        assert client.post(f"/requests/{request}/agree", data={"ground": ""}).status_code == status
    done = client_as("supervisor", person="Sol Supervisor").post(f"/requests/{request}/agree", data={"ground": "seen"})
    assert "<b>agreed</b>" in done.text
    again = client_as("supervisor", person="Tia Supervisor").post(f"/requests/{request}/agree", data={"ground": ""})
    assert again.status_code == 422


def test_a_request_is_refused_with_a_ground_or_withdrawn(client_as, asked):
    sol = client_as("supervisor", person="Sol Supervisor")
    first, second = asked("K-2"), asked("K-3")
    assert sol.post(f"/requests/{first}/refuse", data={"ground": ""}).status_code == 400
    assert "<b>refused</b>" in sol.post(f"/requests/{first}/refuse", data={"ground": "the papers are copies"}).text
    assert sol.post(f"/requests/{second}/withdraw", data={"ground": ""}).status_code == 403
    assert "<b>withdrawn</b>" in client_as("analyst", person="Ana Analyst").post(f"/requests/{second}/withdraw").text


def test_an_erasure_is_asked_for_and_done_by_two(client_as, training_workspace):
    row = training_workspace.store.rows("SELECT source, record_id FROM payload WHERE salt IS NOT NULL LIMIT 1")[0]
    analyst = client_as("analyst", person="Ana Analyst", purpose="redress")
    both = {
        "source": row["source"],
        "records": row["record_id"],
        "before": "2026-01-01",
        "ground": "asked by the person",
    }
    assert analyst.post("/requests/erasure", data=both).status_code == 400
    shown = analyst.post("/requests/erasure", data=both | {"before": ""}).text
    assert "You asked for it" in shown
    request = shown.split('<li id="q-')[1].split('"')[0]
    left = "SELECT salt FROM payload WHERE source = ? AND record_id = ?"
    assert training_workspace.store.rows(left, list(row.values()))[0]["salt"]
    sol = client_as("supervisor", person="Sol Supervisor", purpose="redress")
    assert "<b>agreed</b>" in sol.post(f"/requests/q-{request}/agree", data={"ground": "checked"}).text
    assert training_workspace.store.rows(left, list(row.values()))[0]["salt"] is None
    assert client_as("officer").post("/requests/erasure", data=both).status_code == 403


def test_a_house_list_is_edited_by_two(client_as, training_workspace):
    analyst = client_as("analyst", person="Ana Analyst", purpose="inspection")
    sent = {"list": "watch", "name": f"Harbour {HOSTILE}", "ground": "seen at the pier"}
    shown = analyst.post("/requests/list-edit", data=sent).text
    assert HOSTILE not in shown
    request = shown.split('<li id="q-')[1].split('"')[0]
    sol = client_as("supervisor", person="Sol Supervisor", purpose="inspection")
    assert "<b>agreed</b>" in sol.post(f"/requests/q-{request}/agree", data={"ground": "checked"}).text
    found = training_workspace.store.rows("SELECT name FROM list_entry WHERE list = 'house-watch'")
    assert [row["name"] for row in found] == [f"Harbour {HOSTILE}"]
    assert analyst.post("/requests/list-edit", data={"list": "watch", "ground": "nothing to do"}).status_code == 400
    assert client_as("officer").post("/requests/list-edit", data=sent).status_code == 403


def test_nobody_gets_there_without_a_role(client_as, training_app):
    from fastapi.testclient import TestClient

    with TestClient(training_app, base_url="http://127.0.0.1") as nobody:
        for path in ("/audit", "/requests", "/audit/reads", "/audit/head.json", "/audit/entry/1"):
            assert nobody.get(path, follow_redirects=False).status_code in {303, 401}
    assert client_as("officer").get("/audit").status_code == 403
    assert client_as("viewer").get("/requests").status_code == 403
