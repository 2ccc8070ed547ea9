"""Redress over HTTP: two people, corrections that reach findings, outcomes and whoever heard, and words that never run."""

import datetime as dt
import re

import pytest

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.flow import redress as desk
from counterflow.flow.redress_carried import carried
from counterflow.flow.redress_counts import counts
from counterflow.flow.redress_decide import decide, reopen
from counterflow.flow.redress_touch import touched
from counterflow.screen.parties.clearings import revoke_clearing
from counterflow.screen.run import screen
from counterflow.store.erasure import erase_records

EVIL = "<script>alert('1')</script>\nI am somebody else."


@pytest.fixture(scope="module")
def keys(training_workspace):
    """A record whose party met a list, and one that was suspected: source/record id."""
    store = training_workspace.store
    met = store.rows(
        "SELECT source, record_id FROM finding WHERE \"check\" = 'list-parties' AND reference IS NOT NULL"
        " ORDER BY record_id LIMIT 1"
    )
    suspected = store.rows(
        "SELECT source, record_id FROM outcome WHERE confirmation = 'confirmed' ORDER BY record_id LIMIT 1"
    )
    return [f"{row['source']}/{row['record_id']}" for row in (*met, *suspected)]


def request(keys, **said):
    told = {"about": "listed", "words": EVIL, "asker": "Jo <b>Doe</b>", "contact": "jo@example.org", "records": keys}
    return desk.Request(**(told | said))


def test_a_request_is_taken_in_decided_by_another_carried_and_answered(client_as, training_workspace, keys):
    analyst = client_as("analyst", purpose="redress", person="Ana Analyst")
    form = {"about": "listed", "words": EVIL, "asker": "Jo <b>Doe</b>", "contact": "jo@example.org",
            "records": "\n".join(keys)}  # fmt: skip
    page = analyst.post("/redress", data=form)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<b>Doe" not in page.text
    case = str(page.url).rpartition("/")[2]
    supervisor = client_as("supervisor", purpose="redress", person="Sue Super")
    shown = supervisor.get(f"/redress/{case}")
    choices = re.findall(r'name="choice" value="([^"]+)"', shown.text)
    assert {choice.partition(":")[0] for choice in choices} >= {"cleared", "refuted", "set-aside"}
    told = {"verdict": "granted", "words": "We looked: it is another firm.", "choice": choices}
    own = client_as("supervisor", purpose="redress", person="analyst, ANA").post(f"/redress/{case}/decide", data=told)
    assert own.status_code == 403
    done = supervisor.post(f"/redress/{case}/decide", data=told)
    assert done.status_code == 200
    assert "no longer holds" not in done.text
    # the same again after all checks ran anew: what was put right stays right
    screen(training_workspace, again=True)
    made = carried(training_workspace, case)
    assert len(made) == len(choices)
    assert all(row["holds"] for row in made)
    source, _, record = keys[0].partition("/")
    weighs = training_workspace.store.rows(
        "SELECT code FROM finding WHERE source = ? AND record_id = ? AND code NOT IN ('set-aside', 'listed-cleared')",
        [source, record],
    )
    assert weighs == []
    told_of = training_workspace.store.rows("SELECT told FROM notice WHERE record_id = ?", [keys[1].partition("/")[2]])
    assert {row["told"] for row in told_of} >= {"refuted", "corrected"}
    answer = analyst.post(f"/redress/{case}/act", data={"act": "answer", "words": "We were wrong."})
    assert answer.status_code == 200
    figures = counts(training_workspace)
    assert (figures["answered"], figures["in_time"], figures["granted"], figures["broken"]) == (1, 1, 1, 0)
    assert figures["told"] >= 1
    # a clearing that somebody takes back is no correction any more, and is told
    earlier = next(row for row in made if row["kind"] == "cleared")
    revoke_clearing(training_workspace, earlier["means"], reason="a test takes it back", person="Sue Super")
    assert [row["means"] for row in carried(training_workspace, case) if not row["holds"]] == [earlier["means"]]
    assert counts(training_workspace)["broken"] == 1
    assert "1 of what was put right no longer holds" in analyst.get(f"/redress/{case}").text


def test_an_officer_takes_a_request_in_and_reads_none(client_as, training_workspace, keys):
    officer = client_as("officer", purpose="inspection", person="Olu Officer")
    source, _, record = keys[0].partition("/")
    assert "somebody affected asks" in officer.get("/record", params={"source": source, "id": record}).text
    asked = officer.get("/redress/new", params={"record": keys[0]}).text
    assert keys[0] in asked
    assert 'href="/redress"' not in asked, "neither the way here nor the navigation leads to a closed door"
    assert 'href="/redress/new" data-key="e" aria-current="page"' in asked
    form = {"about": "listed", "words": EVIL, "asker": "Jo Doe", "contact": "jo@example.org", "records": keys[0]}
    page = officer.post("/redress", data=form)
    assert page.status_code == 200
    case = re.search(r"D-[0-9a-f]{12}", str(page.url)).group()
    due = training_workspace.clock().date() + dt.timedelta(days=28)
    assert case in page.text
    assert f"answered by {due}" in page.text
    assert "jo@example.org" not in page.text
    assert desk.find_request(training_workspace, case)["person"] == "Olu Officer"
    for path in ("/redress", f"/redress/{case}"):
        assert officer.get(path).status_code == 403, path
    assert officer.post(f"/redress/{case}/act", data={"act": "note", "words": "called back"}).status_code == 403
    other = client_as("officer", purpose="inspection", person="Ola Other")
    assert other.get(f"/redress/{case}/receipt").status_code == 404
    assert client_as("viewer").get("/redress/new").status_code == 403
    program = client_as("officer", purpose="inspection", person="Olu Officer", page=False)
    told = {"about": "listed", "words": "I am somebody else.", "asker": "Jo Doe", "contact": "jo@example.org"}
    assert program.post("/v1/redress", json=told).json()["due_on"] == str(due)
    assert program.get("/v1/redress").status_code == 403
    reader = client_as("analyst", purpose="redress").get("/redress").text
    assert "Take a request in</a></p>" in reader
    assert 'href="/redress/new" data-key' not in reader, "who reads requests finds the act on their page"


def test_who_decides_and_when(training_workspace, keys):
    workspace = training_workspace
    case = desk.take_in(workspace, request(keys[1:]), person="Ana Analyst")["request"]
    said = {"verdict": "refused", "words": "It stands, for reasons.", "choices": []}
    people = touched(workspace, desk.find_request(workspace, case))["people"]
    with pytest.raises(AccessError, match="decision that this request is about"):
        decide(workspace, case, **said, person=people[0].upper())
    with pytest.raises(InputError, match="Nothing was decided"):
        desk.answered(workspace, case, words="too early for this", person="Ana Analyst")
    with pytest.raises(UnknownName, match="correction"):
        decide(workspace, case, **(said | {"verdict": "granted", "choices": ["cleared:nothing"]}), person="Sam Over")
    decide(workspace, case, **said, person="Sam Over")
    with pytest.raises(InputError, match="decided already"):
        decide(workspace, case, **said, person="Sam Over")
    reopen(workspace, case, words="new papers have come", person="Sam Over")
    assert desk.find_request(workspace, case)["state"] == "open"


def test_a_request_has_its_day_and_moves_it_once(training_workspace):
    workspace = training_workspace
    today = workspace.clock().date()
    late = request([], received_on=today - dt.timedelta(days=29))
    held = desk.find_request(workspace, desk.take_in(workspace, late, person="Ana Analyst")["request"])
    assert (held["overdue"], held["left"]) == (True, -1)
    with pytest.raises(InputError, match="extended once"):
        desk.extend(workspace, held["request"], words="a laboratory is slow", person="Ana Analyst")
    case = desk.take_in(workspace, request([]), person="Ana Analyst")["request"]
    moved = desk.extend(workspace, case, words="a laboratory is slow", person="Ana Analyst")
    assert moved["due_on"] == today + dt.timedelta(days=28 + 56)
    with pytest.raises(InputError, match="extended once"):
        desk.extend(workspace, case, words="a laboratory is slow", person="Ana Analyst")


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"about": "nothing"}, "kind of request"),
        ({"words": "short"}, "needs words"),
        ({"records": ["nowhere/1"]}, "no record"),
        ({"received_on": dt.date(1999, 1, 1)}, "within the last year"),
    ],
    ids=["kind", "words", "record", "day"],
)
def test_what_cannot_be_taken_in(training_workspace, said, match):
    with pytest.raises((InputError, UnknownName), match=match):
        desk.take_in(training_workspace, request([], **said), person="Ana Analyst")


def test_the_ledger_names_nobody_and_words_can_be_erased(training_workspace):
    workspace = training_workspace
    case = desk.take_in(workspace, request([]), person="Ana Analyst")["request"]
    desk.note(workspace, case, words="called back, no answer", person="Ana Analyst")
    held = "".join(path.read_text("utf-8") for path in (workspace.path / "ledger").glob("*.jsonl"))
    assert case in held or any(
        case in p.read_text("utf-8", "ignore") for p in (workspace.path / "ledger").rglob("*") if p.is_file()
    )
    assert "jo@example.org" not in held
    erase_records(workspace, "redress", [case], person="Sue Super", ground="the person asks")
    row = desk.find_request(workspace, case)
    assert (row["words"], row["asker"], row["contact"], row["records"]) == ("[erased]", "[erased]", "[erased]", None)
    assert row["acts"][0]["words"] == "[erased]"
