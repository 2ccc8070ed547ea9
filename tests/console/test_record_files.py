"""Files beside a record over HTTP: put there, fetched as attachments, refused, taken back, erased; page and API."""

import re

import pytest

from counterflow.store.erasure import erase_records

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
HOSTILE = 'a"\\\n<script>é.png'


@pytest.fixture(scope="module")
def key(training_workspace):
    row = training_workspace.store.rows("SELECT source, record_id FROM consignment ORDER BY ALL LIMIT 1")[0]
    return str(row["source"]), str(row["record_id"])


@pytest.fixture
def asked(key):
    return {"source": key[0], "id": key[1]}


@pytest.fixture
def bare(training_workspace):
    """A record that no other test here puts a file beside; the tests run in any order over one workspace."""
    row = training_workspace.store.rows("SELECT source, record_id FROM consignment ORDER BY ALL LIMIT 1 OFFSET 1")[0]
    return {"source": str(row["source"]), "id": str(row["record_id"])}


def sent(client, asked, content=PNG, name="parcel.png", **words):
    return client.post("/record/files", params=asked, files={"file": (name, content)}, data=words)


def test_a_photograph_goes_in_by_a_plain_form_and_leaves_as_an_attachment(client_as, bare):
    ana = client_as("analyst", purpose="inspection", person="Ana Analyst")
    assert "No file yet" in ana.get("/record", params=bare).text
    page = sent(ana, bare, name="../../Röntgen 1.png", words="<b>the seal</b>")
    assert page.url.path == "/record"
    assert "Röntgen 1.png" in page.text
    assert "&lt;b&gt;the seal" in page.text
    address = re.search(r'href="(/record/files/F-[0-9a-f]{24})"', page.text)[1]
    inspector = client_as("inspector")
    told = inspector.get(address)
    assert told.content == PNG
    assert told.headers["content-type"] == "image/png"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["content-disposition"] == (
        "attachment; filename=\"R_ntgen 1.png\"; filename*=UTF-8''R%C3%B6ntgen%201.png"
    )
    read = inspector.get("/record", params=bare).text
    assert "Röntgen 1.png" in read
    assert 'type="file"' not in read
    assert "Take it back" not in read
    other = client_as("officer", person="Olu Officer")
    ground = {"ground": "it shows another parcel"}
    assert other.post(f"{address}/take-back", data=ground).status_code == 403
    assert ana.post(f"{address}/take-back", data={"ground": ""}).status_code == 400
    assert "taken back" in ana.post(f"{address}/take-back", data=ground).text
    assert ana.get(address).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"<html><script>alert(1)</script>", "page.html", 422, "not taken"),
        (b"<html><script>alert(1)</script>", "page.png", 422, "its bytes do not"),
        (b"", "empty.png", 422, "empty"),
        (PNG + b"\0" * (10 << 20), "large.png", 413, "are taken"),
    ],
    ids=["html", "magic", "empty", "large"],
)
def test_what_is_not_taken_is_told_in_words(client_as, asked, content, name, status, said):
    answer = sent(client_as("officer"), asked, content, name)
    assert answer.status_code == status
    assert said in answer.text
    assert name not in client_as("officer").get("/record", params=asked).text


@pytest.mark.parametrize("role", ["viewer", "inspector", "auditor", "admin"])
def test_who_does_not_work_on_records_adds_none(client_as, asked, key, role):
    assert sent(client_as(role), asked).status_code == 403
    at = f"/v1/records/{key[0]}/{key[1]}/files"
    assert client_as(role, page=False).post(at, files={"file": ("a.png", PNG)}).status_code == 403
    if role in {"viewer", "admin"}:
        assert client_as(role, page=False).get(at).status_code == 403


def test_programs_do_the_same_and_once(client_as, key, training_site):
    api = client_as("officer", purpose="inspection", person="Olu Officer", page=False)
    at = f"/v1/records/{key[0]}/{key[1]}/files"
    form = {"files": {"file": (HOSTILE, PNG)}, "data": {"words": "as it lay"}, "headers": {"idempotency-key": "k1"}}
    row = api.post(at, **form)
    assert row.status_code == 201, row.text
    again = api.post(at, **form)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == row.json()
    file = row.json()["file"]
    listed = api.get(at).json()["items"]
    assert [one["file"] for one in listed if not one["taken_back_at"]] == [file]
    assert not {"sha256", "stored"} & set(listed[0])
    given = api.get(f"{at}/{file}")
    assert given.content == PNG
    assert given.headers["content-disposition"].startswith("attachment; ")
    assert not set("<>\n") & set(given.headers["content-disposition"])
    assert api.get(f"/v1/records/{key[0]}/no-such/files/{file}").status_code == 404
    assert api.get("/v1/records/nobody/none/files").status_code == 404
    assert api.post(at, content=PNG, headers={"content-type": "image/png"}).status_code == 415
    training_site.access.reads.settle()
    looks = training_site.workspace.store.rows("SELECT ids FROM access_read WHERE list_contains(ids, ?)", [file])
    assert [one["ids"] for one in looks] == [["/".join(key), file]]
    assert api.post(f"{at}/{file}/take-back", json={"ground": "another parcel"}).json()["ground"] == "another parcel"
    assert api.get(f"{at}/{file}").status_code == 404


def test_an_erased_record_keeps_no_file(client_as, asked, key, training_workspace):
    ana = client_as("analyst", purpose="inspection", person="Ana Analyst")
    page = sent(ana, asked, name="gone.png")
    address = re.search(r'href="(/record/files/F-[0-9a-f]{24})"', page.text)[1]
    erase_records(training_workspace, key[0], [key[1]], person="dpo", ground="request")
    assert ana.get(address).status_code == 404
    assert "gone.png" not in ana.get("/record", params=asked).text
    assert list((training_workspace.path / "files").iterdir()) == []
