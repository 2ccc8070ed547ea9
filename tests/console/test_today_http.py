"""Today over HTTP: the sheet answers first, outcomes are written once, and only by who may."""

import datetime as dt
import html
import re

import pytest
from fastapi.testclient import TestClient
from tests.console.planned import open_items, plan_of_a_day
from tests.visitors import CSRF, TestDoorman, visiting

from counterflow.console.layout import templates
from counterflow.console.today_view import FINDINGS, STATES, card_view
from counterflow.server.app import create_app, site_for


@pytest.fixture(scope="module")
def made(training_workspace, tmp_path_factory):
    """The plan nobody has worked, and its day."""
    return plan_of_a_day(training_workspace, tmp_path_factory.mktemp("plan"))


@pytest.fixture(scope="module")
def items(training_workspace, made):
    return open_items(training_workspace, made[0], 12)


def form_of(item, **said):
    kept = {name: str(item[name]) for name in ("source", "record_id", "plan", "office", "lane", "day", "rank")}
    return kept | {"seen": "0", "state": "inspected", "confirmation": "none", "harm_class": "", "csrf": CSRF} | said


def outcomes_of(workspace, item):
    return workspace.store.rows(
        "SELECT state, confirmation, harm_class, recorded_by FROM outcome WHERE source = ? AND record_id = ?",
        [item["source"], item["record_id"]],
    )


def written(workspace):
    """All that a refused outcome must leave as it was."""
    counts = [
        workspace.store.rows(f"SELECT count(*) AS n FROM {t}")[0]["n"] for t in ("outcome", "quarantine", "batch")
    ]
    return [*counts, sealed(workspace)]


def sealed(workspace):
    """How many outcomes the ledger holds."""
    return sum(1 for _ in workspace.ledger.entries("outcome"))


def test_the_sheet_stands_in_order_of_rank_with_its_reasons(client_as, training_workspace, items):
    one = items[0]
    shown = client_as("officer").get("/today", params={k: str(one[k]) for k in ("office", "lane", "day", "plan")})
    assert shown.status_code == 200
    ranks = [int(n) for n in re.findall(r'aria-label="Rank (\d+)"', shown.text)]
    assert ranks == sorted(ranks) == list(range(1, len(ranks) + 1))
    drawn = training_workspace.store.rows(
        "SELECT reasons FROM draw WHERE plan = ? AND record_id = ?", [one["plan"], one["record_id"]]
    )
    assert html.escape(drawn[0]["reasons"].split("; ")[0], quote=True) in shown.text
    assert "What would change this rank" not in shown.text, "that is not for the line"


HOSTILE = "<script>alert(1)</script>"


def card_of(**said):
    item = {
        "rank": 1, "record_id": HOSTILE, "source": "post", "item_id": HOSTILE, "declared": HOSTILE, "arm": "random",
        "resource": HOSTILE, "minutes": 15.0, "expected_harm": 2.0, "reasons": [HOSTILE], "look_for": [HOSTILE],
        "evidence": [{"field": HOSTILE, "text": "pure \x1b4-ANPP <b>powder", "start": 6, "end": 12, "list": HOSTILE,
                      "sentence": HOSTILE, "citation": HOSTILE}],
        "outcomes": [], "likely": "",
    }  # fmt: skip
    sheet = {"plan": HOSTILE, "office": HOSTILE, "lane": HOSTILE, "day": "2026-03-09"}
    shown = {"card": card_view(item | said, sheet, ["drug", HOSTILE]), "tiles": [], "states": STATES}
    rights = {"findings": FINDINGS, "csrf": "", "may_record": True, "may_ask": True}
    return templates().get_template("today/recorded.html").render(shown | rights)


def test_the_span_that_fired_is_marked_and_nothing_in_it_runs():
    shown = card_of()
    assert "<mark>4-ANPP</mark>" in shown
    assert "pure \\x1b<mark>" in shown, "a control character is spelled out and moves no span"
    assert "<script" not in shown
    assert "<b>powder" not in shown


def test_a_presumptive_test_is_told_as_no_find():
    told = {"state": "inspected", "confirmation": "presumptive", "harm_class": "drug", "recorded_by": HOSTILE,
            "time": dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC), "ledger_seq": 7}  # fmt: skip
    shown = card_of(outcomes=[told])
    assert "inspected, presumptive test: drug" in shown
    assert "No find until a laboratory confirms it." in shown
    assert 'name="seen" value="1"' in shown
    assert "<script" not in shown


def test_an_outcome_is_written_once_and_the_card_says_so(client_as, training_workspace, items):
    one = items[1]
    before = sealed(training_workspace)
    client = client_as("officer", person="Olu Officer")
    part = client.post("/today/outcome", data=form_of(one), headers={"hx-request": "true"})
    assert part.status_code == 200, part.text
    assert f'id="record-{one["rank"]}"' in part.text
    assert "inspected, nothing found" in part.text
    assert 'id="progress"' in part.text
    assert 'hx-swap-oob="true"' in part.text
    assert outcomes_of(training_workspace, one) == [
        {"state": "inspected", "confirmation": "none", "harm_class": None, "recorded_by": "Olu Officer"}
    ]
    assert sealed(training_workspace) == before + 1
    again = client.post("/today/outcome", data=form_of(one), headers={"hx-request": "true"})
    assert again.status_code == 409
    assert "since you opened the page" in again.text
    assert len(outcomes_of(training_workspace, one)) == 1


def test_without_a_script_the_form_goes_back_to_its_record(client_as, training_workspace, items):
    one = items[2]
    answer = client_as("officer").post(
        "/today/outcome", data=form_of(one, state="not_presented"), follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"#record-{one['rank']}")
    assert outcomes_of(training_workspace, one)[0]["state"] == "not_presented"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"state": "held", "confirmation": "confirmed", "harm_class": "drug"}, "do not go together"),
        ({"confirmation": "confirmed"}, "needs a harm class"),
        ({"confirmation": "confirmed", "harm_class": "<b>x</b>"}, "unknown-harm-class"),
        ({"state": "lost"}, "unknown-state"),
        ({"time": "2001-01-01T06:00"}, "before the draw"),
        ({"time": "yesterday"}, "unreadable-time"),
        ({"seen": "9" * 30}, "cannot be used"),
        ({"record_id": "nobody-drew-this", "seen": ""}, "not drawn"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(client_as, training_workspace, items, said, words):
    before = written(training_workspace)
    answer = client_as("officer", page=False).post("/today/outcome", data=form_of(items[3], **said))
    assert answer.status_code == 422, answer.text
    assert words in f"{answer.json()['title']} {answer.json()['detail']}"
    assert written(training_workspace) == before


def test_text_of_a_form_is_shown_and_never_run(client_as, items):
    said = form_of(items[3], harm_class="<script>1</script>", confirmation="confirmed")
    answer = client_as("officer").post("/today/outcome", data=said, headers={"hx-request": "true"})
    assert answer.status_code == 422
    assert "<script>1" not in answer.text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/today", 403), ("admin", "/today", 403), ("officer", "/today", 200), ("auditor", "/today", 200),
        ("officer", "rank", 403), ("analyst", "rank", 403), ("supervisor", "rank", 200), ("auditor", "rank", 200),
    ],
)  # fmt: skip
def test_who_may_look_at_what(client_as, items, role, path, status):
    one = items[4]
    where = "/today/rank" if path == "rank" else path
    asked = {"plan": one["plan"], "source": one["source"], "record": one["record_id"]} if path == "rank" else {}
    assert client_as(role).get(where, params=asked).status_code == status


@pytest.mark.parametrize("role", ["viewer", "analyst", "inspector", "auditor", "admin"])
def test_who_does_not_inspect_records_no_outcome(client_as, training_workspace, items, role):
    before = written(training_workspace)
    assert client_as(role).post("/today/outcome", data=form_of(items[3])).status_code == 403
    assert written(training_workspace) == before


def test_the_sheet_is_given_as_a_pdf(client_as, items):
    asked = {k: str(items[0][k]) for k in ("office", "lane", "day", "plan")}
    answer = client_as("officer").get("/today/sheet.pdf", params=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_what_a_rank_is_made_of_is_told_to_a_supervisor(client_as, training_workspace, made):
    one = training_workspace.store.rows(
        "SELECT plan, source, record_id, reasons FROM draw WHERE plan = ? AND arm = 'targeted'"
        " ORDER BY expected_harm DESC LIMIT 1", [made[0].plan],
    )[0]  # fmt: skip
    asked = {"plan": one["plan"], "source": one["source"], "record": one["record_id"]}
    shown = client_as("supervisor", person="Sam Supervisor").get("/today/rank", params=asked).text
    assert "Left out one at a time" in shown
    assert "This look by Sam Supervisor" in shown


def test_an_unknown_sheet_says_which_there_are(client_as, made):
    answer = client_as("officer", page=False).get("/today", params={"office": "NOWHERE", "lane": "x", "day": made[1]})
    assert answer.status_code == 404
    assert "NOWHERE" in answer.text


def test_an_empty_house_says_what_to_do_next(empty_workspace):
    site = site_for(empty_workspace)
    site.doorman = TestDoorman()
    with TestClient(create_app(site), base_url="http://127.0.0.1", headers=visiting("officer")) as client:
        shown = client.get("/today", headers={"accept": "text/html"})
    site.close()
    assert shown.status_code == 200
    assert "Nothing is planned yet" in shown.text
    assert "counterflow target plan" in shown.text
