"""The queue and the record page, and /v1/queue: what each role gets, what acts change, what leaves."""

import re

import pytest
from tests.visitors import CSRF

from counterflow.flow.queue_model import QueueModel
from counterflow.flow.record_file import record_file

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def queue(training_site):
    """The queue of the training world, brought up."""
    model = QueueModel.of(training_site.workspace)
    model.refresh()
    yield model
    model.close()


def first_keys(text, n=2):
    return re.findall(r'name="key" value="([^"]+)"', text)[:n]


def test_the_queue_answers_first_what_is_to_be_looked_at(queue, client_as):
    page = client_as("officer").get("/queue").text
    to_look_at = queue.choices()["to_look_at"]
    assert f"<b>{to_look_at}</b> To look at" in page
    assert f"<b>{queue.standing().records}</b> Everything" in page
    everything = client_as("officer").get("/queue?order=harm").text
    assert len(first_keys(everything, 500)) == 50
    assert "Next page" in everything


def test_a_refreshed_part_is_a_part_and_pushes_a_clean_address(queue, client_as):
    asked = {"hx-request": "true", "hx-target": "list"}
    answer = client_as("officer").get("/queue?text=powder&office=&order=mass", headers=asked)
    assert answer.headers["hx-push-url"] == "/queue?text=powder&order=mass"
    assert "<html" not in answer.text
    assert 'id="list"' in answer.text
    restored = client_as("officer").get("/queue", headers=asked | {"hx-history-restore-request": "true"})
    assert "<html" in restored.text


def test_every_page_of_the_queue_is_reached_by_its_links(queue, client_as):
    client, address, seen = client_as("officer"), "/queue?order=newest&size=200", []
    while address:
        text = client.get(address).text
        seen += first_keys(text, 500)
        link = re.search(r'href="([^"]+)" rel="next"', text)
        address = link.group(1).replace("&amp;", "&") if link else ""
    assert len(seen) == len(set(seen)) == queue.standing().records


@pytest.mark.parametrize("roles", ["viewer", "admin"])
def test_who_has_no_business_with_cases_gets_no_queue(queue, client_as, roles):
    for path in ("/queue", "/record?source=training-world&id=TW-000000001", "/v1/queue", "/v1/queue/choices"):
        assert client_as(roles).get(path).status_code == 403


def test_an_inspector_reads_and_neither_acts_nor_exports(queue, client_as):
    page = client_as("inspector").get("/queue?order=harm")
    assert page.status_code == 200
    assert 'id="acts"' in page.text
    assert "Take in hand" not in page.text
    assert "/queue/export" not in page.text
    sent = {"csrf": CSRF, "act": "take", "key": first_keys(client_as("officer").get("/queue?order=harm").text)}
    assert client_as("inspector").post("/queue/acts", data=sent).status_code == 403
    assert client_as("officer").post("/queue/export", data={"csrf": CSRF, "asks": "order=harm"}).status_code == 403


def test_records_are_taken_in_hand_noted_and_given_back(queue, client_as, training_site):
    client = client_as("officer", person="Olu Officer")
    keys = first_keys(client.get("/queue?order=harm&state=open").text)
    done = client.post("/queue/acts", data={"csrf": CSRF, "act": "take", "key": keys, "asks": "state=open"})
    assert "take in hand 2 records" in done.text
    mine = client.get("/queue?hand=Olu+Officer&order=harm").text
    assert sorted(first_keys(mine, 9)) == sorted(keys)
    source, record_id = keys[0].split("/")
    at = f"/record?source={source}&id={record_id}"
    sent = {"csrf": CSRF, "act": "note", "key": keys[0], "words": HOSTILE, "back": at}
    page = client.post("/queue/acts", data=sent)
    assert page.url.path == "/record"
    assert "&lt;script&gt;alert(1)" in page.text
    assert HOSTILE not in page.text
    assert "Olu Officer has it in hand" in page.text
    all_of_them = {"csrf": CSRF, "act": "give-back", "which": "all", "asks": "hand=Olu+Officer"}
    assert "give back 2 records" in client.post("/queue/acts", data=all_of_them).text
    assert record_file(training_site.workspace, source, record_id)["notes"][0]["words"] == HOSTILE


def test_a_release_waits_for_a_second_person_who_has_no_part_in_it(queue, client_as, training_site):
    asker = client_as("officer", person="Ada One", session="s1")
    keys = first_keys(asker.get("/queue?order=record&state=open").text)
    assert asker.post("/queue/acts", data={"csrf": CSRF, "act": "release", "key": keys, "words": ""}).status_code == 422
    sent = {"csrf": CSRF, "act": "release", "key": keys, "words": "both were seen on the belt"}
    answer = asker.post("/queue/acts", data=sent, follow_redirects=False)
    request = answer.headers["location"].partition("done=")[2]
    api = client_as("supervisor", person="Ada One", session="s2", page=False)
    assert api.post(f"/v1/requests/{request}/agree", json={"ground": "seen too"}).status_code == 403
    helper = client_as("officer", person="Bo Two", session="s3")
    helper.post("/queue/acts", data={"csrf": CSRF, "act": "take", "key": keys[:1]})
    api = client_as("supervisor", person="Bo Two", session="s3", page=False)
    assert api.post(f"/v1/requests/{request}/agree", json={"ground": "seen too"}).status_code == 403
    api = client_as("supervisor", person="Cy Three", session="s4", page=False)
    assert api.post(f"/v1/requests/{request}/agree", json={"ground": "seen too"}).status_code == 200
    queue.refresh()
    released = first_keys(asker.get("/queue?state=released&order=harm").text, 9)
    assert sorted(released) == sorted(keys)
    entry = list(training_site.workspace.ledger.entries("queue-act"))[-1]
    assert (entry.body["act"], entry.body["records"], len(entry.body["persons"])) == ("release", 2, 2)


def test_the_record_page_says_what_happened_in_order_and_by_which_law(queue, client_as, training_site):
    found = training_site.workspace.store.rows(
        "SELECT f.source, f.record_id FROM finding f JOIN outcome o USING (source, record_id)"
        " WHERE f.harm_class = 'drug' AND o.confirmation = 'confirmed' ORDER BY ALL LIMIT 1"
    )[0]
    file = record_file(training_site.workspace, found["source"], found["record_id"])
    whats = [moment["what"] for moment in file["timeline"]]
    for words in ("declared", "received here", "screened", "drawn"):
        assert words in whats
    assert whats.index("received here") < whats.index("drawn")
    assert {entry["kind"] for entry in file["ledger"]} >= {"load", "outcome"}
    assert all(row["records"] >= row["inspected"] >= row["confirmed"] for row in file["keys"])
    text = client_as("officer").get(f"/record?source={found['source']}&id={found['record_id']}").text
    assert "<mark>" in text
    assert "Law or source:" in text
    assert "was found, confirmed" in text
    assert client_as("officer").get("/record?source=training-world&id=NO").status_code == 404


def test_up_to_a_hundred_rows_leave_with_one_person_and_more_with_two(queue, client_as, training_site):
    sol = client_as("supervisor", person="Sol One", session="s1")
    few = sol.post("/queue/export", data={"csrf": CSRF, "asks": "state=inspected&confirmation=confirmed"})
    assert few.headers["content-type"].startswith("text/csv")
    assert few.text.splitlines()[0].startswith("source,record_id,item_id")
    ask = {"csrf": CSRF, "asks": "order=harm", "format": "parquet", "words": "yearly return to the ministry"}
    asked = sol.post("/queue/export", data=ask, follow_redirects=False)
    request = asked.headers["location"].partition("done=")[2]
    assert sol.post("/queue/export", data={"csrf": CSRF, "request": request}).status_code == 422
    second = client_as("supervisor", person="Sue Two", session="s2", page=False)
    assert second.post(f"/v1/requests/{request}/agree", json={"ground": "as every year"}).status_code == 200
    assert "Exports that a second person agreed to" in sol.get("/queue").text
    whole = sol.post("/queue/export", data={"csrf": CSRF, "request": request})
    assert whole.content[:4] == b"PAR1"
    entry = list(training_site.workspace.ledger.entries("export"))[-1]
    assert (entry.body["rows"], entry.body["second_person"]) == (queue.standing().records, True)
    other = client_as("supervisor", person="Sue Two", session="s2")
    assert other.post("/queue/export", data={"csrf": CSRF, "request": request}).status_code == 422


def test_views_are_saved_and_removed(queue, client_as):
    client = client_as("officer", person="Olu Officer")
    sent = {"csrf": CSRF, "name": HOSTILE, "asks": "text=powder&order=mass", "shared": "yes"}
    text = client.post("/queue/views", data=sent).text
    assert "&lt;script&gt;" in text
    other = client_as("officer", person="Bo Two").get("/queue").text
    assert "shared by Olu Officer" in other
    view = re.search(r'name="view" value="([^"]+)"', text).group(1)
    assert "/queue?text=powder&amp;order=mass" in text
    assert client_as("officer", person="Bo Two").post(
        "/queue/views/remove", data={"csrf": CSRF, "view": view}
    ).status_code == 403  # fmt: skip
    assert "&lt;script&gt;" not in client.post("/queue/views/remove", data={"csrf": CSRF, "view": view}).text


def test_a_name_is_asked_for_in_the_body_alone(queue, client_as, training_site):
    name = training_site.workspace.store.rows("SELECT name FROM party WHERE length(name) > 8 ORDER BY name LIMIT 1")
    client = client_as("officer")
    found = client.post("/queue/named", data={"csrf": CSRF, "name": name[0]["name"]})
    assert first_keys(found.text)
    assert client.get("/queue", params={"name": name[0]["name"], "order": "harm"}).text.count("Mark TW-") == 50


@pytest.mark.parametrize("address", [
    "/queue?after=zzz&order=harm", "/queue?size=1000000000000000000000", "/queue?state=nowhere", "/queue?least=7",
    "/queue?since=yesterday", "/queue?order=no", f"/queue?text={'a' * 300}", "/record?source=x&id=",
    "/queue/done?act=x&records=1", "/queue/done?act=take&records=-1",
])  # fmt: skip
def test_what_cannot_be_asked_is_told_in_a_card(queue, client_as, address):
    answer = client_as("officer").get(address)
    assert answer.status_code in (404, 422)
    assert 'role="alert"' in answer.text


def test_the_api_gives_the_same_queue(queue, client_as):
    api = client_as("officer", page=False)
    seen, cursor = [], ""
    while cursor is not None:
        told = api.get("/v1/queue", params={"limit": 200, "order": "mass", "cursor": cursor}).json()
        seen += [row["record_id"] for row in told["items"]]
        cursor = told["next"]
    assert len(seen) == len(set(seen)) == told["count"] == queue.standing().records
    assert "sought" not in told["items"][0]
    assert api.get("/v1/queue/choices").json()["records"] == told["count"]
    records = [{"source": "training-world", "record_id": seen[0]}]
    key = {"Idempotency-Key": "k1"}
    first = api.post("/v1/queue/acts", json={"act": "note", "records": records, "words": "n"}, headers=key).json()
    again = api.post("/v1/queue/acts", json={"act": "note", "records": records, "words": "n"}, headers=key)
    assert (first["records"], again.json(), again.headers["Idempotent-Replayed"]) == (1, first, "true")
    view = api.post("/v1/queue/views", json={"name": "heavy", "asks": {"order": "mass", "text": "a"}}).json()["view"]
    assert [v["view"] for v in api.get("/v1/queue/views").json()["items"]] == [view]
    assert api.delete(f"/v1/queue/views/{view}").status_code == 204
    assert api.get("/v1/queue?nonsense=1").status_code == 422


def test_invented_records_are_marked_in_answers_that_have_no_banner(queue, client_as):
    for path in ("/v1/queue?limit=1", "/v1/findings"):
        assert client_as("supervisor", page=False).get(path).headers["counterflow-synthetic"] == "yes"
