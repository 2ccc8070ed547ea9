"""Intake over HTTP: what arrives, rows mended in the page, uploads that are confirmed first, bad input that does no harm."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from counterflow.flow.uploads import waiting

FILE = (
    "Shipper;Receiver;What is inside;Weight (kg);Sent\n"
    "Acme GmbH;<b>J. Smith</b>;=cmd|' /C calc'!A0 brass buckets;0,5;13.11.2026\n"
    "Acme GmbH;Maria Lopez;Fentanyl citrate 98% 2 kg;41,2;14.11.2026\n"
)


def fields_of(page, action):
    """What the form with this action would send, as a browser would."""
    form = re.search(rf'<form[^>]*method="post"[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found.append((name, chosen[1] if chosen else ""))
    return found


def test_the_page_answers_first_and_names_what_never_came(client_as):
    page = client_as("viewer").get("/intake")
    assert page.status_code == 200
    assert re.search(r"records came in of .* that were announced; .* never came", page.text)
    assert "STOP Act" in page.text
    assert "/intake/upload" not in page.text


def test_an_empty_house_says_what_to_do(empty_client):
    page = empty_client("analyst").get("/intake")
    assert "Nothing has been loaded yet" in page.text
    assert "/intake/upload" in page.text
    assert "No row waits" in empty_client("analyst").get("/intake/quarantine").text


@pytest.fixture
def empty_client(tmp_path):
    from tests.visitors import TestDoorman, clients

    from counterflow.server.app import create_app, site_for
    from counterflow.store.workspace import Workspace

    with Workspace(Workspace.create(tmp_path / "w")) as workspace:
        site = site_for(workspace)
        site.doorman = TestDoorman()
        with clients(create_app(site)) as give:
            yield give
        site.close()


def test_rows_of_one_fault_are_mended_in_the_page(client_as, training_workspace):
    analyst = client_as("analyst", purpose="training")
    listed = analyst.get("/intake/quarantine").text
    address = next(a.replace("&amp;", "&") for a in re.findall(r'href="([^"]+fault[^"]+currency[^"]+)"', listed))
    shown = analyst.get(address)
    asked = dict(parse_qsl(urlsplit(address).query))
    wrong = re.findall(r'name="old" value="([^"]+)"', shown.text)
    told = asked | {"old": wrong, "new": ["EUR"] * len(wrong)}
    done = analyst.post("/intake/quarantine/values", data=told)
    assert done.status_code == 200
    assert urlsplit(str(done.url)).path == "/intake/load"
    left = training_workspace.store.rows(
        "SELECT count(*) AS n FROM quarantine WHERE state = 'open' AND \"column\" = 'currency'"
    )
    assert left[0]["n"] == 0
    assert analyst.get(address).status_code == 404


def test_rows_are_given_up_on_a_ground_only(client_as):
    analyst = client_as("analyst", purpose="training")
    asked = {"source": "training-world", "reason": "no-such-day", "ground": ""}
    assert analyst.post("/intake/quarantine/discard", data=asked).status_code == 400
    done = analyst.post("/intake/quarantine/discard", data=asked | {"ground": "the sender has no more"})
    assert "given up" in done.text


def test_the_export_runs_in_no_spreadsheet(client_as, training_workspace):
    analyst = client_as("analyst", purpose="training")
    answer = analyst.get("/intake/quarantine.csv?source=training-world")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith("_source,_batch,_row")
    assert analyst.get("/intake/quarantine.csv").status_code == 400


def test_a_spreadsheet_from_upload_to_answer(client_as, training_workspace):
    analyst = client_as("analyst", purpose="training", person="Ana Analyst")
    columns = analyst.post("/intake/upload", files={"file": ("../../mine.csv", FILE.encode())})
    action = urlsplit(str(columns.url)).path
    assert columns.status_code == 200
    other = client_as("analyst", purpose="training", person="Otto Other")
    assert other.get(action).status_code == 404
    told = [(n, v) for n, v in fields_of(columns.text, action) if n != "csrf"]
    data = {}
    for name, value in told:
        data.setdefault(name, []).append(value)
    answer = analyst.post(action, data=data | {"source": ["mine"]})
    assert urlsplit(str(answer.url)).path == "/intake/load"
    assert "1 of 2 records needs a look" in answer.text
    assert "<mark>Fentanyl</mark>" in answer.text
    assert "<b>J. Smith" not in answer.text
    assert waiting(training_workspace, "Ana Analyst") == []


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"", "empty.csv", 422, "empty"),
        (b"\x00\x01\x02\x03", "noise.bin", 422, "what kind of file"),
        (b"PK\x03\x04 not a workbook", "half.xlsx", 422, "no whole XLSX workbook"),
        ("Gr\u00f6\u00dfe;\u00c4\n1;2\n".encode("cp1252"), "western.csv", 422, "UTF-8"),
        (b"only,a,header\n", "header.csv", 422, "No row"),
        (b"UNB+UNOA:1+A+B+260101:0000+1'\n", "message.edi", 422, "EDIFACT"),
    ],
    ids=["empty", "noise", "half", "letters", "header", "edifact"],
)
def test_files_that_cannot_be_read_say_what_to_do(client_as, content, name, status, said):
    answer = client_as("analyst", purpose="training").post("/intake/upload", files={"file": (name, content)})
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert "/uploads/" not in answer.text


@pytest.mark.parametrize("encoding", ["utf-16", "zlib", "no\0thing", "klingon"])
def test_letters_that_are_not_there_are_told(client_as, encoding):
    analyst = client_as("analyst", purpose="training")
    action = urlsplit(str(analyst.post("/intake/upload", files={"file": ("mine.csv", FILE.encode())}).url)).path
    answer = analyst.get(action, params={"encoding": encoding})
    assert answer.status_code == 422
    assert "Read it in another way" in answer.text


def test_wrong_answers_on_the_columns_are_told_in_place(client_as):
    analyst = client_as("analyst", purpose="training")
    columns = analyst.post("/intake/upload", files={"file": ("mine.csv", FILE.encode())})
    action = urlsplit(str(columns.url)).path
    both = {"rows": "consignment", "column": ["Shipper", "Receiver"], "field:0": "sender", "field:1": "sender"}
    answer = analyst.post(action, data=both | {"source": "mine"})
    assert answer.status_code == 400
    assert "Two columns are read as sender" in answer.text
    assert "Nothing was loaded" in answer.text
    assert analyst.post(action, data=both | {"rows": "sausage"}).status_code == 400
    assert urlsplit(str(analyst.post(action, data={"act": "give-up"}).url)).path == "/intake/upload"
    assert analyst.get(action).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "officer", "inspector", "admin"])
def test_who_may_not_load_is_refused(client_as, role):
    client = client_as(role)
    assert client.get("/intake/upload").status_code == 403
    assert client.post("/intake/upload", files={"file": ("mine.csv", FILE.encode())}).status_code == 403
