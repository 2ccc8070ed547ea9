"""Journeys at the line and at the desk: outcomes with two keys, and a rule that two people let act."""

import re

import pytest
from playwright.sync_api import expect
from tests.console.browser import press, violations
from tests.console.planned import open_items, plan_of_a_day

from counterflow.web.visitor import Visitor

pytestmark = pytest.mark.service


def become(site, role, person):
    site.doorman.who = Visitor(person, frozenset([role]), "inspection", f"s-{person}", "session", "form-of-one")


def outcomes(workspace, plan):
    return workspace.store.rows("SELECT record_id, state, confirmation FROM outcome WHERE plan = ?", [plan])


def test_an_officer_records_with_two_keys_and_takes_one_back(
    training_site, training_workspace, serve_site, visit, axe, tmp_path
):
    made, _ = plan_of_a_day(training_workspace, tmp_path)
    items = open_items(training_workspace, made, 200)
    most = max(
        ((i["office"], i["lane"], i["day"]) for i in items),
        key=[(i["office"], i["lane"], i["day"]) for i in items].count,
    )
    url = serve_site(training_site)
    become(training_site, "officer", "Olu Officer")
    asked = f"/today?office={most[0]}&lane={most[1]}&day={most[2]}&plan={made.plan}"
    page = visit(url + asked)
    assert violations(page, axe) == []
    page.get_by_role("link", name="Start at the first open record").press("Enter")
    first, second = page.locator("#record-1"), page.locator("#record-2")
    expect(first).to_be_focused()
    press(page, "i")
    press(page, "n")
    expect(first.get_by_role("status")).to_contain_text("“inspected, nothing found” will be written")
    expect(second).to_be_focused()
    press(page, "x")
    press(page, "c")
    expect(second.get_by_role("status")).to_contain_text("cannot be confirmed")
    press(page, "n")
    page.keyboard.press("Escape")
    expect(second.get_by_role("status")).to_contain_text("Taken back")
    expect(first.locator(".recorded")).to_contain_text("inspected, nothing found", timeout=15_000)
    expect(page.locator("#progress")).to_contain_text("1 outcome recorded")
    assert [(o["state"], o["confirmation"]) for o in outcomes(training_workspace, made.plan)] == [("inspected", "none")]
    narrow = visit(url + asked, scheme="dark", width=390)
    assert narrow.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(narrow, axe) == []


def test_a_rule_is_written_tested_and_let_act_by_a_second_person(
    training_site, training_workspace, serve_site, visit, axe
):
    url = serve_site(training_site)
    become(training_site, "officer", "Olu Officer")
    page = visit(f"{url}/rules/new")
    text = page.get_by_role("textbox", name="The rule")
    whole = text.input_value()
    text.fill(whole.replace("0.5 kg", "0.5"))
    page.get_by_role("button", name="Try it on stored weeks").click()
    expect(page.get_by_role("alert")).to_contain_text("mass needs a unit")
    text.fill(whole)
    page.get_by_role("button", name="Try it on stored weeks").click()
    expect(page.get_by_role("heading", name="What it would have done")).to_be_visible(timeout=30_000)
    assert violations(page, axe) == []
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("It does nothing yet")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Test it on stored weeks").click()
    expect(page.get_by_text("Another person has to agree: you drafted it")).to_be_visible(timeout=30_000)
    where = re.sub(r"&done=\w+", "", page.url)
    become(training_site, "supervisor", "Sam Supervisor")
    other = visit(where)
    other.get_by_label("Why you agree").fill("The back-test bears it out.")
    other.get_by_role("button", name="Let it act").click()
    expect(other.get_by_text("It acts from its first day to its last")).to_be_visible(timeout=30_000)
    assert violations(other, axe) == []
    acts = training_workspace.store.rows("SELECT act, person FROM target_rule_act")
    assert {"act": "approve", "person": "Sam Supervisor"} in acts


def test_sliders_answer_by_keyboard_alone(training_site, serve_site, visit, axe):
    url = serve_site(training_site)
    become(training_site, "analyst", "Ana Analyst")
    page = visit(f"{url}/rates")
    slider = page.locator("#m0")
    slider.focus(timeout=30_000)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#whatif output").first).to_have_text("150 % of now")
    expect(page.locator("#whatif-answer .answer")).to_contain_text("With these numbers", timeout=30_000)
    assert violations(page, axe) == []
