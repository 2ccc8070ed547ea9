"""Rules, campaigns and lookouts over HTTP: written, tried, tested, agreed by another person, and never by the same."""

import datetime as dt
import re

import pytest
from tests.visitors import CSRF

RULE = (
    'rule "light mail that says nothing of its goods"\n'
    'when lane is "mail" and mass between 0.05 kg and 0.5 kg and hs is missing\n'
    "then inspect first, 12 minutes each, at most 3 a day in each office\n"
    'because "Two finds in January, <b>case 7</b> & its like"\n'
)


@pytest.fixture(scope="module")
def today(training_workspace):
    return training_workspace.clock().date()


def days(today):
    return {"starts": today.isoformat(), "until": (today + dt.timedelta(days=90)).isoformat(), "csrf": CSRF}


@pytest.fixture
def as_person(client_as):
    def give(role, person):
        return client_as(role, person=person, session=f"s-{person}")

    return give


def post(client, path, **said):
    return client.post(path, data=said | {"csrf": CSRF}, follow_redirects=False)


def test_a_rule_goes_from_its_text_to_acting_by_two_people(as_person, training_workspace, today):
    ana, sam = as_person("analyst", "Ana Analyst"), as_person("supervisor", "Sam Supervisor")
    held = training_workspace.store.rows("SELECT count(*) AS n FROM target_rule")
    tried = ana.post("/rules/try", data={"text": RULE, "csrf": CSRF}, headers={"hx-request": "true"})
    assert "It would have hit" in tried.text
    assert training_workspace.store.rows("SELECT count(*) AS n FROM target_rule") == held, "a try keeps nothing"
    kept = ana.post("/rules/draft", data={"text": RULE} | days(today), follow_redirects=False)
    assert kept.status_code == 303, kept.text
    where = kept.headers["location"].partition("?")[0]
    assert "waits for somebody" in sam.get("/rules").text.lower()
    early = post(sam, f"{where}/approve", version="1", ground="it reads well to me")
    assert early.status_code == 422, "nothing is agreed to that was never tested"
    assert post(ana, f"{where}/test", version="1").status_code == 303
    shown = ana.get(where).text
    assert "waits for a second person" in shown
    assert "Let it act" not in shown, "an analyst agrees to nothing"
    assert "&lt;b&gt;case 7&lt;/b&gt;" in shown
    agreed = post(sam, f"{where}/approve", version="1", ground="the back-test bears it out")
    assert agreed.status_code == 303, agreed.text
    acts = training_workspace.store.rows(
        "SELECT act, person FROM target_rule_act WHERE rule = ?", [where.rpartition("/")[2]]
    )
    assert acts == [{"act": "approve", "person": "Sam Supervisor"}]
    assert "acting" in sam.get("/rules").text
    retired = post(ana, f"{where}/retire", version="1", ground="it brought nothing but work")
    assert retired.status_code == 303
    assert "Retired" in ana.get(retired.headers["location"]).text


@pytest.mark.parametrize("person", ["Sam Supervisor", "supervisor, SAM", "Sam  Superviſor"])
def test_whoever_drafted_a_rule_does_not_agree_to_it_under_any_spelling(as_person, today, person):
    text = RULE.replace("0.5 kg", "0.6 kg")
    sam = as_person("supervisor", "Sam Supervisor")
    kept = sam.post("/rules/draft", data={"text": text} | days(today), follow_redirects=False)
    where = kept.headers["location"].partition("?")[0]
    assert post(sam, f"{where}/test", version="1").status_code == 303
    refused = post(as_person("supervisor", person), f"{where}/approve", version="1", ground="I find it good myself")
    assert refused.status_code == 403
    assert "drafted" in refused.text


def test_a_mistake_is_told_with_its_place_and_the_text_stays(as_person, today):
    wrong = RULE.replace("0.5 kg", "0.5")
    answer = as_person("officer", "Olu Officer").post("/rules/draft", data={"text": wrong} | days(today))
    assert answer.status_code == 422
    assert "line 2" in answer.text
    assert "mass needs a unit" in answer.text
    assert "light mail that says nothing" in answer.text
    assert "&lt;b&gt;case 7" in answer.text


def test_a_rule_without_a_last_day_is_not_kept(as_person, today):
    answer = as_person("officer", "Olu Officer").post("/rules/draft", data={"text": RULE} | days(today) | {"until": ""})
    assert answer.status_code == 422
    assert "needs a last day" in answer.text


@pytest.mark.parametrize("role", ["viewer", "inspector", "auditor", "admin"])
def test_who_writes_no_rules_is_refused(as_person, today, role):
    client = as_person(role, "Ida Else")
    assert client.post("/rules/draft", data={"text": RULE} | days(today)).status_code == 403
    assert post(client, "/rules/lookouts", field="lane", value="mail", ground="because I say so").status_code == 403
    assert client.get("/rules").status_code == (200 if role in ("inspector", "auditor") else 403)


def test_a_campaign_is_sealed_before_it_starts_and_agreed_by_another(as_person, training_workspace, today):
    olu, sam = as_person("officer", "Olu Officer"), as_person("supervisor", "Sam Supervisor")
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", olu.get("/rules/campaigns/new").text, re.DOTALL)[1]
    text = text.replace("&#34;", '"').replace("name-of-it", "spring-mail")
    kept = post(olu, "/rules/campaigns", text=text)
    assert kept.status_code == 303, kept.text
    where = kept.headers["location"].partition("?")[0]
    assert "It has not begun" in olu.get(where).text
    assert post(olu, f"{where}/approve", ground="my own idea is good").status_code == 403
    assert post(sam, f"{where}/approve", ground="the minutes are there").status_code == 303
    assert post(sam, f"{where}/close", ground="over before it began").status_code == 422
    sealed = training_workspace.store.rows("SELECT action FROM action WHERE action = 'campaign-spring-mail'")
    assert len(sealed) == 1, "an approved campaign stands among the actions of the account"
    late = post(
        olu, "/rules/campaigns", text=text.replace("spring-mail", "too-late").replace("starts = 20", "starts = 19")
    )
    assert late.status_code == 422
    assert "too-late" in late.text


def test_a_lookout_is_reviewed_by_somebody_else(as_person, training_workspace):
    sam, sue = as_person("supervisor", "Sam Supervisor"), as_person("supervisor", "Sue Second")
    tip = {"field": "lane", "value": "<i>mail</i>", "ground": "a tip from the post of origin"}
    assert post(sam, "/rules/lookouts", **tip, hours="24").status_code == 303
    assert post(sam, "/rules/lookouts", **tip, hours="nan").status_code == 422
    row = training_workspace.store.rows("SELECT lookout FROM lookout")[0]
    assert "<i>mail" not in sam.get("/rules").text
    where = f"/rules/lookouts/{row['lookout']}/review"
    assert post(sam, where, verdict="upheld").status_code == 403
    assert post(sue, where, verdict="perhaps").status_code == 404
    assert post(sue, where, verdict="withdrawn").status_code == 303


def test_an_unknown_rule_says_which_there_are(as_person):
    assert as_person("officer", "Olu Officer").get("/rules/rule/R-99").status_code == 404
