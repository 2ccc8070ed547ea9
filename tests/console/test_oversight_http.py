"""Oversight over HTTP: inspectors only; reviews hear the officer; the ledger holds no code, no name and no word."""

from __future__ import annotations

import datetime as dt
from html import unescape

import pyarrow as pa
import pytest
from tests.visitors import TestDoorman, clients

from counterflow.account.oversight.coded_table import table_of_columns
from counterflow.account.oversight.events import events_of
from counterflow.account.oversight.integrity import integrity
from counterflow.cli.errors import guarded
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.tables import OUTCOME
from counterflow.demo.officer_year import YearPlan, officer_year, write_year
from counterflow.flow import account_oversight as house
from counterflow.flow import account_reviews as desk
from counterflow.server.app import create_app, site_for
from counterflow.store.erasure import erase_records
from counterflow.store.workspace import Workspace

YEAR = officer_year(2, YearPlan(consignments=12_000, traders=120))
ASKED = "Why were these consignments taken over?"
DAY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def report():
    return integrity(events_of(table_of_columns(YEAR.rows, "year.csv"), {}))


@pytest.fixture(scope="module")
def officer(report):
    return next(row["officer"] for row in report.rows if row["named"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("oversight") / "w")) as workspace:
        made = site_for(workspace)
        made.doorman = TestDoorman()
        yield made
        made.close()


@pytest.fixture(scope="module")
def give(site):
    with clients(create_app(site)) as given:
        yield given


@pytest.fixture
def workspace(tmp_path):
    with Workspace(Workspace.create(tmp_path / "w"), clock=fixed_clock(DAY)) as made:
        yield made


@pytest.mark.parametrize("role", ["viewer", "analyst", "officer", "supervisor", "auditor", "admin"])
def test_nobody_but_an_inspector_sees_it(give, role):
    assert give(role).get("/oversight").status_code == 403
    assert give(role).post("/oversight/practice").status_code == 403


def test_a_house_without_decisions_says_so(give):
    shown = unescape(give("inspector").get("/oversight").text)
    assert "This house has no decision yet" in shown
    assert "A pattern is not proof" in shown
    assert give("inspector").post("/oversight/practice").status_code == 400


def test_a_file_is_judged_for_who_sent_it_and_a_review_hears_the_officer(give, site, tmp_path, officer):
    path = tmp_path / "year.csv"
    write_year(YEAR, path)
    inspector = give("inspector")
    sent = inspector.post("/oversight/file", files={"file": ("year.csv", path.read_bytes())}, follow_redirects=False)
    assert sent.status_code == 303
    shown = unescape(inspector.get("/oversight?of=file").text)
    assert "by two independent signals: ask, and hear the reply" in shown
    assert "Innocent explanations:" in shown
    assert "From year.csv" in shown
    other = give("inspector", person="Another Inspector").get("/oversight?of=file").text
    assert "No file of yours is held" in unescape(other)
    opened = inspector.post("/oversight/reviews", data={"officer": officer, "of": "file", "question": ASKED},
                            follow_redirects=False)  # fmt: skip
    assert opened.status_code == 303
    place = opened.headers["location"]
    assert "Nothing is concluded before the reply" in unescape(inspector.get(place).text)
    early = inspector.post(f"{place}/conclude", data={"verdict": "refer", "words": "It looks clear enough."})
    assert early.status_code == 422
    assert (
        inspector.post(f"{place}/act", data={"act": "reply", "words": "The firm has its slot then."}).status_code == 200
    )
    done = inspector.post(f"{place}/conclude", data={"verdict": "explained", "words": "The slot book says so."})
    assert "there is an innocent explanation" in unescape(done.text)
    again = inspector.post(f"{place}/conclude", data={"verdict": "reopen", "words": "The slot book was wrong."})
    assert "replied" in again.text
    said = "\n".join(str(entry.body) for entry in site.workspace.ledger.entries())
    assert not any(word in said for word in (officer, ASKED, "slot", "Inspector One"))
    assert {"integrity-review", "integrity-act"} <= {entry.kind for entry in site.workspace.ledger.entries()}


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("x.csv", b"", 422),
        ("x.csv", b"a,b\n1,2\n", 422),
        ("x.csv", b"officer,hit\na,1\n", 422),
        ("x.csv", b"\x00\x01", 422),
    ],
)
def test_files_that_cannot_be_judged_are_told_why(give, name, content, status):
    assert give("inspector").post("/oversight/file", files={"file": (name, content)}).status_code == status


def test_what_is_not_there_is_not_found(give):
    inspector = give("inspector")
    assert inspector.get("/oversight/reviews/I-000000000000").status_code == 404
    form = {"officer": "nobody", "of": "own", "question": ASKED}
    assert inspector.post("/oversight/reviews", data=form).status_code == 400


# -- reviews ----------------------------------------------------------------------------------------------------------


def test_one_signal_opens_no_review(workspace, report):
    plain = next(row["officer"] for row in report.rows if not row["named"])
    with pytest.raises(AccessError, match="One signal opens no review"):
        desk.open_review(workspace, report, plain, question=ASKED, person="Ines")
    with pytest.raises(UnknownName):
        desk.open_review(workspace, report, "nobody", question=ASKED, person="Ines")


def test_an_officer_opens_no_review_of_themselves_and_one_is_open_at_a_time(workspace, report, officer):
    with pytest.raises(AccessError, match="own pattern"):
        desk.open_review(workspace, report, officer, question=ASKED, person=officer.lower())
    with pytest.raises(InputError, match="time for a reply"):
        desk.open_review(workspace, report, officer, question=ASKED, person="Ines", days=1)
    desk.open_review(workspace, report, officer, question=ASKED, person="Ines")
    with pytest.raises(InputError, match="is open for this officer"):
        desk.open_review(workspace, report, officer, question=ASKED, person="Ines")


def test_silence_until_the_day_lets_it_be_concluded(tmp_path, report, officer):
    now = [DAY]
    with Workspace(Workspace.create(tmp_path / "w"), clock=lambda: now[0]) as workspace:
        made = desk.open_review(workspace, report, officer, question=ASKED, person="Ines", days=5)
        now[0] = DAY + dt.timedelta(days=5)
        with pytest.raises(InputError, match="has until 2026-03-07"):
            desk.conclude(workspace, made["review"], verdict="refer", words="No reply came.", person="Ines")
        now[0] = DAY + dt.timedelta(days=6)
        assert desk.find_review(workspace, made["review"])["state"] == "silent"
        with pytest.raises(UnknownName):
            desk.conclude(workspace, made["review"], verdict="guilty", words="No reply came.", person="Ines")
        done = desk.conclude(workspace, made["review"], verdict="refer", words="No reply came.", person="Ines")
        assert (done["state"], done["verdict"]) == ("concluded", "refer")
        with pytest.raises(InputError, match="is concluded"):
            desk.replied(workspace, made["review"], words="Here it is, late.", person="Ines")


def test_an_erased_review_keeps_its_days_and_loses_its_words(workspace, report, officer):
    made = desk.open_review(workspace, report, officer, question=ASKED, person="Ines")
    desk.replied(workspace, made["review"], words="The firm has its slot then.", person="Ines")
    erase_records(workspace, "integrity", [made["review"]], person="Ines", ground="time is up")
    held = desk.find_review(workspace, made["review"])
    assert (held["officer"], held["question"], held["acts"][0]["words"]) == ("[erased]", "[erased]", "[erased]")
    assert held["reply_due_on"] == made["reply_due_on"]


# -- the house's own tables -------------------------------------------------------------------------------------------


def put_outcomes(workspace, people, each=30):
    rows = [
        {"source": "s", "record_id": f"{person}-{n}", "plan": "P", "state": "inspected",
         "confirmation": "confirmed" if n % 7 == 0 else "none", "time": DAY, "recorded_at": DAY, "recorded_by": person}
        for person in people for n in range(each)
    ]  # fmt: skip
    workspace.store.append("outcome", pa.Table.from_pylist(rows, schema=OUTCOME))


def test_own_decisions_stand_under_codes_and_the_look_is_on_record(workspace):
    people = [f"Officer {letter}" for letter in "ABCDE"]
    put_outcomes(workspace, people)
    events = house.own_events(workspace)
    assert (len(events.officers), int(events.decided.sum())) == (5, 150)
    assert all(code.startswith("O-") for code in events.officers)
    assert sorted(house.name_behind(workspace, code) for code in events.officers) == people
    with pytest.raises(UnknownName):
        house.name_behind(workspace, "O-00000000")
    made = house.own_integrity(workspace)
    house.note_look(workspace, made, "Ines Inspector")
    (entry,) = workspace.ledger.entries("integrity-look")
    assert entry.body["officers"] == 5
    assert "Ines" not in str(entry.body)


def test_a_reconciliation_is_on_record_in_counts(workspace, tmp_path, capsys):
    path = tmp_path / "gate.csv"
    path.write_text("plate,time\nX1,2026-03-01T10:00\n", "utf-8")
    with pytest.raises(InputError, match="no record to compare"):
        house.reconcile_logs(workspace, {"gate": path}, person="Ines", columns={}, within=60)
    folder = workspace.path
    workspace.close()
    assert guarded(["-w", str(folder), "account", "four-eyes"]) == 0
    assert guarded(["-w", str(folder), "account", "review", "list"]) == 0
    assert guarded(["-w", str(folder), "account", "integrity", "--person", "Ines"]) == 3
    assert "no decision yet" in capsys.readouterr().err
