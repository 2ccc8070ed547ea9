"""The API over the training world, as programs ask it."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WORKERS = "analyst officer supervisor"


@pytest.fixture
def client(client_as):
    return client_as(WORKERS, purpose="inspection", person="Sam Supervisor", page=False)


@pytest.fixture
def kept(client):
    """A mapping that was sent, and is named by its id."""
    toml = """
[mapping]
name = "three"
version = "1"
source = "three"
[fields.record_id]
column = "id"
[fields.declared_on]
column = "day"
format = ["%Y-%m-%d"]
[[goods]]
description = {column = "goods"}
"""
    told = client.post("/v1/mappings", json={"toml": toml})
    assert told.status_code == 200, told.text
    return told.json()["mapping"]


def every(client, path, **asked):
    """All items of a list, page by page."""
    found, cursor = [], ""
    while True:
        told = client.get(path, params={**asked, "cursor": cursor})
        assert told.status_code == 200, told.text
        found += told.json()["items"]
        cursor = told.json()["next"]
        if not cursor:
            return found


def problem(told, status, code):
    assert told.status_code == status, told.text
    assert told.headers["content-type"] == "application/problem+json"
    body = told.json()
    assert (body["status"], body["code"]) == (status, code), body
    assert body["happened"]
    return body


def test_pages_of_records_hold_each_record_once_newest_first(client, training_workspace):
    rows = every(client, "/v1/records", limit=333)
    count = training_workspace.store.rows("SELECT count(*) AS n FROM consignment")[0]["n"]
    assert len({(row["source"], row["record_id"]) for row in rows}) == len(rows) == count
    assert [row["declared_on"] for row in rows] == sorted((r["declared_on"] for r in rows), reverse=True)
    findings = every(client, "/v1/findings", limit=701)
    assert len(findings) == sum(row["findings"] for row in rows)
    one = next(row for row in rows if row["findings"] > 1)
    assert len(every(client, "/v1/findings", record_id=one["record_id"], limit=1)) == one["findings"]


def test_filters_narrow_and_one_that_is_not_known_is_refused(client):
    rows = every(client, "/v1/records", lane="mail", since="2026-01-10", limit=500)
    assert rows
    assert {row["lane"] for row in rows} == {"mail"}
    assert min(row["declared_on"] for row in rows) >= "2026-01-10"
    body = problem(client.get("/v1/records?lanes=mail"), 422, "input")
    assert body["errors"][0]["at"] == "lanes"
    # Not the first of January 1970.
    problem(client.get("/v1/records?since=0"), 422, "input")


def test_a_record_is_given_whole_and_its_sight_is_on_record(client, training_site, monkeypatch):
    row = client.get("/v1/records?limit=1").json()["items"][0]
    told = client.get(f"/v1/records/{row['source']}/{row['record_id']}")
    assert told.status_code == 200
    assert told.json()["record"]["record_id"] == row["record_id"]
    problem(client.get("/v1/records/nobody/none"), 404, "unknown-name")


def test_a_batch_goes_in_once_with_a_receipt(client, kept):
    body = "id,day,goods\nA-1,2026-02-01,pure 4-ANPP powder\nA-2,31/02/2026,shirts\n"
    head = {"content-type": "text/csv", "idempotency-key": "first"}
    first = client.post(f"/v1/intake?mapping={kept}", content=body, headers=head)
    assert first.status_code == 200, first.text
    receipt = first.json()
    assert (receipt["read"], receipt["accepted"], receipt["rejected"]) == (2, 1, 1)
    again = client.post(f"/v1/intake?mapping={kept}", content=body, headers=head)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == receipt
    other = client.post(f"/v1/intake?mapping={kept}", content=body.replace("shirts", "hats"), headers=head)
    problem(other, 422, "key-used-otherwise")
    # Without a key the content itself is what makes it the same.
    assert client.post(f"/v1/intake?mapping={kept}", content=body, headers={"content-type": "text/csv"}).json()[
        "already_loaded"
    ]
    assert client.get(f"/v1/loads/{receipt['batch']}").json()["open"] == 1
    # Another person's key is another key.
    assert [row["record_id"] for row in every(client, "/v1/records", batch=receipt["batch"])] == ["A-1"]


@pytest.mark.parametrize("form", ["ndjson", "arrow-file", "arrow-stream", "parquet", "gzip", "form"])
def test_each_form_brings_the_same_row(client, kept, form):
    row = {"id": f"F-{form}", "day": "2026-02-02", "goods": f"shirts {form}"}
    path = f"/v1/intake?mapping={kept}"
    if form == "form":
        file = f"id,day,goods\n{','.join(row.values())}\n"
        told = client.post(path, files={"file": ("../../my file.csv", file, "text/csv")})
        assert told.json()["file"] == "my file.csv"
    else:
        kind, content = encoded(form, row)
        told = client.post(path, content=content, headers={"content-type": kind})
    assert told.status_code == 200, told.text
    assert told.json()["accepted"] == 1


def encoded(form, row):
    table, out = pa.table({name: [value] for name, value in row.items()}), io.BytesIO()
    if form == "ndjson":
        return "application/x-ndjson", json.dumps(row) + "\n"
    if form == "gzip":
        return "application/gzip", gzip.compress(f"{','.join(row)}\n{','.join(row.values())}\n".encode())
    if form == "parquet":
        pq.write_table(table, out)
        return "application/vnd.apache.parquet", out.getvalue()
    opened = pa.ipc.new_file if form == "arrow-file" else pa.ipc.new_stream
    with opened(out, table.schema) as writer:
        writer.write_table(table)
    return f"application/vnd.apache.arrow.{form.removeprefix('arrow-')}", out.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "status", "code"),
    [
        ("application/pdf", b"%PDF-1.7", 415, "not-of-this-kind"),
        ("", b"id,day,goods\n", 415, "not-of-this-kind"),
        ("text/csv", b"", 422, "input"),
        ("text/csv", b"id,day,goods\n", 422, "input"),
        ("text/csv", b"one,two\n1,2\n", 422, "input"),
        ("application/vnd.apache.parquet", b"PAR1half of it", 422, "input"),
        ("application/vnd.apache.arrow.file", b"ARROW1\0\0half", 422, "input"),
        ("application/vnd.apache.arrow.stream", b"\xff" * 64, 422, "input"),
        ("application/gzip", b"\x1f\x8b\x08half", 422, "input"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04half", 422, "input"),
        ("multipart/form-data", b"no boundary", 400, "usage"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_taken_is_answered_with_what_to_do(client, kept, kind, content, status, code):
    told = client.post(f"/v1/intake?mapping={kept}", content=content, headers={"content-type": kind})
    problem(told, status, code)


def test_a_file_that_swells_is_refused(client, kept):
    bomb = gzip.compress(b"id,day,goods\n" + b"x" * (80 << 20), 9)
    told = client.post(f"/v1/intake?mapping={kept}", content=bomb, headers={"content-type": "application/gzip"})
    assert "larger" in problem(told, 422, "input")["happened"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "parcel.toml", "/etc/hosts", "000000000000", "..", "mapping\0"])
def test_a_mapping_is_named_and_never_a_path(client, name):
    told = client.post("/v1/intake", params={"mapping": name}, content="a\n1\n", headers={"content-type": "text/csv"})
    problem(told, 404, "unknown-name")


def test_records_are_screened_at_once_and_not_kept(client, training_workspace):
    before = training_workspace.store.rows("SELECT count(*) AS n FROM finding")
    sent = {"records": [
        {"record_id": "one", "declared_on": "2026-11-22", "goods": [{"description": "pure 4-ANPP powder"}]},
        {"record_id": "two", "goods": [{"description": "cotton shirts"}], "parties": [{"name": "Ana <b>Silva</b>"}]},
    ]}  # fmt: skip
    told = client.post("/v1/screen", json=sent)
    assert told.status_code == 200, told.text
    body = told.json()
    [found] = [row for row in body["findings"] if row["record_id"] == "one"]
    assert (found["matched"], found["start"], found["end"]) == ("4-ANPP", 5, 11)
    assert "4-Anilino" in body["references"][found["reference"]]["text"]
    assert any("1 records name no day" in line for line in body["said"])
    assert {check["check"] for check in body["checks"]} >= {"substances", "list-parties"}
    assert training_workspace.store.rows("SELECT count(*) AS n FROM finding") == before


@pytest.mark.parametrize(
    ("body", "status", "at"),
    [
        (b"{", 400, None),
        (b'{"records": [{"record_id": "\\ud800"}]}', 400, None),
        (b"[" * 100_000, 400, None),
        (b'{"records": []}', 422, "records"),
        (b'{"records": [{"record_id": "a", "mass_kg": 1e999}]}', 422, "records.0.mass_kg"),
        (b'{"records": [{"record_id": "a", "mass_kg": NaN}]}', 422, "records.0.mass_kg"),
        (b'{"records": [{"record_id": "a", "pieces": 6600000000000000000000}]}', 422, "records.0.pieces"),
        (b'{"records": [{"record_id": "a", "weight": 1}]}', 422, "records.0.weight"),
        (b'{"records": [{"record_id": "a", "posted_at": "0001-01-01T00:00:00+14:00"}]}', 422, "records.0.posted_at"),
        (b'{"records": [{"record_id": "a"}, {"record_id": "a"}]}', 422, None),
    ],
    ids=range(10),
)
def test_a_body_that_does_not_fit_is_told_where(client, body, status, at):
    told = client.post("/v1/screen", content=body, headers={"content-type": "application/json"})
    found = problem(told, status, "usage" if status == 400 else "input")
    if at:
        assert found["errors"][0]["at"] == at


def test_plans_and_their_whole_frame(client):
    plans = every(client, "/v1/plans")
    plan = plans[-1]
    frame = every(client, f"/v1/plans/{plan['plan']}/draw", limit=400)
    assert len(frame) == plan["eligible"]
    assert sum(row["arm"] != "" for row in frame) == plan["selected"]
    assert len(every(client, f"/v1/plans/{plan['plan']}/draw", arm="selected")) == plan["selected"]
    problem(client.get("/v1/plans/none/draw"), 404, "unknown-name")


def test_a_plan_is_made_once_under_its_key(client):
    capacity = "office,lane,day,resource,minutes,service_minutes,detection_rate\n*,*,*,bench,60,15,0.9\n"
    asked = {"capacity": capacity, "start": "2026-01-05", "end": "2026-01-11"}
    first = client.post("/v1/plans", json=asked, headers={"idempotency-key": "p"})
    if first.status_code == 422:  # nothing of that week is still eligible: said in words
        assert problem(first, 422, "input")["hint"]
        return
    assert first.status_code == 200, first.text
    assert client.post("/v1/plans", json=asked, headers={"idempotency-key": "p"}).json() == first.json()


def test_coverage_checks_loads_and_mappings_are_listed(client):
    assert {row["lane"] for row in every(client, "/v1/coverage", by="lane")} > {"mail"}
    assert every(client, "/v1/scans")[0]["crossings"] > 0
    assert client.get("/v1/coverage/detail").json()["whole"]["received"] > 0
    assert "substances" in {row["check"] for row in every(client, "/v1/checks")}
    assert "parcel" in {row["mapping"] for row in every(client, "/v1/mappings")}
    assert "[mapping]" in client.get("/v1/mappings/parcel").json()["toml"]
    loads = every(client, "/v1/loads", limit=2)
    assert all(row["read"] == row["accepted"] + row["rejected"] for row in loads)
    problem(client.get("/v1/coverage?by=colour"), 422, "input")
    problem(client.get("/v1/loads?limit=6600000000000000000000"), 422, "input")


def test_who_may_not_is_told_before_what_they_sent_is_read(client_as):
    viewer = client_as("viewer", page=False)
    assert problem(viewer.get("/v1/records"), 403, "access")["hint"]
    head = {"content-type": "application/json"}
    problem(viewer.post("/v1/screen", content=b"{", headers=head), 403, "access")
    problem(viewer.post("/v1/intake?mapping=none", content=b"", headers={"content-type": "no/such"}), 403, "access")


def test_nobody_is_asked_to_show_who_they_are(training_app):
    from fastapi.testclient import TestClient

    with TestClient(training_app, base_url="http://127.0.0.1") as nobody:
        assert nobody.get("/v1/openapi.json").status_code == 200  # what can be asked is no secret
        told = nobody.get("/v1/records")
    assert problem(told, 401, "not-signed-in")
    assert told.headers["www-authenticate"].startswith("Bearer")


def test_what_is_not_there_and_what_is_not_asked_that_way(client):
    problem(client.get("/v1/nothing"), 404, "not-found")
    told = client.put("/v1/records")
    problem(told, 405, "method-not-allowed")
    assert told.headers["allow"] == "GET"
    assert client.put("/v1/plans").headers["allow"] == "GET, POST"
    assert client.get("/v1/openapi.json").json()["openapi"].startswith("3.1")
