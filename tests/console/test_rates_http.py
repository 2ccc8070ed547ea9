"""Rates over HTTP: the answer first, arms side by side, what moved, and the plan with its numbers turned."""

import datetime as dt

import pytest
from fastapi.testclient import TestClient
from tests.visitors import TestDoorman, visiting

from counterflow.account.interdiction.frame import interdiction
from counterflow.flow.capacity_whatif import Turned, capacity_whatif, present_of
from counterflow.server.app import create_app, site_for

PART = {"hx-request": "true"}


def test_the_answer_is_what_the_account_says(client_as, training_workspace):
    shown = client_as("viewer").get("/rates").text
    random = next(r for r in interdiction(training_workspace) if r["lane"] == "*" and r["arm"] == "random")
    assert ("Not known well enough to act on" in shown) is not random["informative"]
    assert f"{random['found']} found of {random['n']} inspected" in shown
    assert shown.count("says nothing about the rest") == shown.count('class="arm ') - 1
    assert "speaks for the whole flow" in shown


def test_a_period_is_a_period(client_as, training_workspace):
    last = training_workspace.store.rows("SELECT max(day) AS day FROM draw")[0]["day"]
    first = last - dt.timedelta(days=6)
    client = client_as("auditor", page=False)
    some = client_as("auditor").get("/rates", params={"since": first, "until": last})
    assert some.status_code == 200
    rows = interdiction(training_workspace, since=first, until=last)
    random = next(r for r in rows if r["lane"] == "*" and r["arm"] == "random")
    assert f"{random['found']} found of {random['n']} inspected" in some.text
    assert client.get("/rates", params={"since": last, "until": first}).status_code == 400
    assert client.get("/rates", params={"since": "tomorrow"}).status_code == 422


def test_what_moved_comes_as_a_part_and_as_a_page(client_as):
    client = client_as("viewer")
    part, whole = client.get("/rates/drift", headers=PART), client.get("/rates/drift")
    assert "<html" not in part.text
    assert "in the last 28 days" in part.text
    assert "<html" in whole.text


def test_more_minutes_find_more_and_open_more_clean_records(training_workspace):
    name = next(iter(present_of(training_workspace).resources))
    told = capacity_whatif(training_workspace, Turned({name: 2.0}))["answer"]
    present, turned = told["scenarios"]
    assert turned["minutes_worked_per_day"] > 1.5 * present["minutes_worked_per_day"]
    assert turned["compared_with_present"]["harm_found"]["value"] > 0
    assert turned["burden"]["clean_items_delayed"] > present["burden"]["clean_items_delayed"]
    less = capacity_whatif(training_workspace, Turned({name: 0.5}))["answer"]["scenarios"][1]
    assert less["compared_with_present"]["harm_found"]["value"] < 0


def test_nothing_turned_is_the_plan_itself(training_workspace):
    told = capacity_whatif(training_workspace)
    assert len(told["answer"]["scenarios"]) == 1
    plan = training_workspace.store.rows("SELECT plan FROM plan ORDER BY made_at DESC, ledger_seq DESC LIMIT 1")[0]
    assert told["plan"] == plan["plan"]
    spent = training_workspace.store.rows(
        "SELECT sum(service_minutes) AS m FROM draw WHERE plan = ? AND arm <> ''", [plan["plan"]]
    )[0]["m"]
    there = sum(one["minutes_per_day"] for one in told["resources"]) * 7
    assert there >= spent > 0


def test_sliders_turn_the_numbers(client_as):
    client = client_as("analyst")
    still, turned = (
        client.get("/rates/whatif", params=p, headers=PART).text for p in ({}, {"m0": "200", "random": 40})
    )
    assert "Turn a number to see" in still
    assert "With these numbers" in turned
    assert 'value="200"' in turned


@pytest.mark.parametrize("asked", [{"m0": "4000"}, {"m0": "many"}, {"m0": "-1"}])
def test_a_number_that_is_none_is_said(client_as, asked):
    answer = client_as("analyst").get("/rates/whatif", params=asked, headers=PART)
    assert answer.status_code == 200
    assert "from 0 to 400 percent" in answer.text


@pytest.mark.parametrize("asked", [{"random": 0}, {"random": 10**21}, {"arrivals": 5}])
def test_numbers_out_of_bounds_are_refused(client_as, asked):
    assert client_as("analyst", page=False).get("/rates/whatif", params=asked).status_code == 422


def test_a_house_without_plans_says_what_to_do(empty_workspace):
    site = site_for(empty_workspace)
    site.doorman = TestDoorman()
    with TestClient(create_app(site), base_url="http://127.0.0.1", headers=visiting("viewer")) as client:
        shown, whatif = (client.get(path, headers={"accept": "text/html"}) for path in ("/rates", "/rates/whatif"))
    site.close()
    assert "Nobody knows yet" in shown.text
    assert "No plan was made yet" in shown.text
    assert "No plan has been made yet" in whatif.text
