"""Journeys: an inspector verifies the ledger and takes proof away; two people agree, by keyboard; others are refused."""

import subprocess
import sys
import zipfile

import pytest
from playwright.sync_api import expect
from tests.console.browser import violations

from counterflow.access.acts import ACTS, Act

pytestmark = pytest.mark.service

HOSTILE = "<img src=x onerror=alert(1)>"


def perform(workspace, subject, payload, *, asked_by, agreed_by, ground):
    return {"released": 1}


@pytest.fixture
def release(monkeypatch):
    place = "tests.console.test_journey_audit:perform"
    monkeypatch.setitem(ACTS, "journey-release", Act("release a record", "queue", place, emergency=True))


@pytest.fixture
def become(training_site):
    """Change who the browser is: `become("inspector", "Ines Inspector", "oversight")`."""
    from tests.console.browser import OneVisitor

    def change(roles, person, purpose):
        training_site.doorman = OneVisitor(roles, person=person, purpose=purpose)

    return change


def ask(site, subject):
    with site.acting():
        payload, ground = {"note": HOSTILE}, f"papers were shown {HOSTILE}"
        return site.access.requests.ask("journey-release", subject, payload, site.doorman.who, ground)


def test_an_inspector_verifies_the_ledger_and_takes_proof_away(training_site, serve_site, visit, tmp_path, become):
    url = serve_site(training_site, roles="inspector", person="Ines Inspector", purpose="oversight")
    page = visit(f"{url}/audit", accept_downloads=True)
    expect(page.get_by_text("Nobody has checked since this server started")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Signed head").click()
    download.value.save_as(tmp_path / "head.json")
    page.get_by_text("Hold it against a head").click()
    page.get_by_label("The saved head").fill((tmp_path / "head.json").read_text("utf-8"))
    page.get_by_role("button", name="Check it now").press("Enter")
    expect(page.get_by_text("Yes, as far as can be told from here")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("The head that was given")).to_be_visible()
    page.get_by_label("For", exact=True).fill("the court")
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the pack").press("Enter")
    download.value.save_as(tmp_path / "pack.zip")
    zipfile.ZipFile(tmp_path / "pack.zip").extractall(tmp_path)
    check = [sys.executable, "-I", tmp_path / "evidence" / "check_evidence.py", "--head", tmp_path / "head.json"]
    told = subprocess.run(check, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
    page.get_by_role("link", name="The log itself").click()
    expect(page.get_by_role("heading", name="Who looked at what")).to_be_visible()
    become("officer", "Olu Officer", "inspection")
    assert page.request.get(f"{url}/audit").status == 403


def test_two_people_agree_by_keyboard_and_one_alone_is_reviewed(training_site, serve_site, visit, release, become):
    url = serve_site(training_site, roles="supervisor", person="Sol Supervisor", purpose="inspection")
    first, second = ask(training_site, "K-1"), ask(training_site, "K-2")
    page = visit(f"{url}/requests")
    mine = page.locator(f"#{first}")
    expect(mine.get_by_text("You asked for it")).to_be_visible()
    expect(page.locator(f"#{first} blockquote")).to_have_text(f"papers were shown {HOSTILE}")
    alone = page.locator(f"#{second}")
    alone.get_by_text("It cannot wait and nobody").click()
    alone.get_by_label("Why it cannot wait").fill("nobody reachable, the parcel leaves in ten minutes")
    alone.get_by_label("I do this alone").check()
    alone.get_by_role("button", name="Do it alone").press("Enter")
    expect(page.get_by_text("overridden").first).to_be_visible()
    become("supervisor", "Tia Supervisor", "inspection")
    page.goto(f"{url}/requests")
    waiting = page.locator(f"#{first}")
    waiting.get_by_label("Your ground").focus()
    page.keyboard.type("seen with the carrier")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("agreed")
    page.get_by_label("What you found").fill("two supervisors were in the building")
    page.get_by_role("button", name="It was not").press("Enter")
    expect(page.get_by_text("Nothing was done alone, or all of it is reviewed.")).to_be_visible()


def test_pages_hold_in_both_themes_at_all_widths(training_site, serve_site, visit, axe, release, become):
    url = serve_site(training_site, roles="supervisor", person="Sol Supervisor", purpose="inspection")
    ask(training_site, "K-3")
    for path, who, scheme, width in (
        ("/requests", "supervisor", "dark", 390),
        ("/audit", "inspector", "light", 1440),
        ("/audit", "inspector", "dark", 390),
        ("/audit/reads", "inspector", "light", 768),
    ):
        become(who, "Ines Inspector", "inspection" if who == "supervisor" else "oversight")
        page = visit(url + path, scheme=scheme, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page, axe) == []
        page.context.close()
