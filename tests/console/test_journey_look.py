"""A compliance officer's morning in a browser: a name cleared and voided, an order decided by two, a drug looked up."""

import os
import re

import pytest
from playwright.sync_api import expect
from tests.console.browser import OneVisitor, press, violations
from tests.console.order_files import fill

from counterflow.access.doors import Doors
from counterflow.flow import list_versions, party_alerts
from counterflow.flow.order_room import room_of
from counterflow.intake.lists import load_ofac, store_list

pytestmark = pytest.mark.service
expect.set_options(timeout=20_000)

#: page, and what its reader must find answered first
PAGES = {
    "/substances?q=norfentanyl+108-24-7": "Controlled",
    "/substances/matrix?names=fentanyl,acetone": "Law of",
    "/substances/lists": "Lists held",
    "/parties/alerts": "Judge",
    "/parties/lists": "in force",
    "/orders?wait=1": "Open matters",
    "/orders/ask?item=piperonal&customer=C-3": "Hold",
    "/orders/open": "Open order lines",
    "/orders/dossier?customer=C-1": "Why is this open?",
    "/orders/ends": "ran out",
}
LOOKS = (("dark", 390), *((("light", 1440), ("light", 768)) if os.environ.get("ALL_LOOKS") else ()))


@pytest.fixture(scope="module")
def house(training_workspace, tmp_path_factory):
    fill(training_workspace, tmp_path_factory.mktemp("orders"))
    for name in ("Ana Lyst", "Sam Ur"):
        Doors.of(training_workspace).people.add(name, ["analyst", "supervisor"], by="command-line")
    room_of(training_workspace).warm()
    return training_workspace


@pytest.fixture
def address(house, training_site, serve_site):
    return serve_site(training_site, roles="analyst supervisor", person="Ana Lyst", purpose="compliance")


def test_a_drug_is_looked_up_by_keyboard_alone(address, visit):
    page = visit(f"{address}/substances")
    press(page, "/")
    page.keyboard.type("25 kg norfentanyl")
    expect(page.locator("#answer mark")).to_have_text("norfentanyl")
    expect(page.locator("#answer h2").first).to_contain_text("Controlled")
    expect(page).to_have_url(re.compile("q=25"))
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 700, "y": 5})
    press(page, "/")
    page.keyboard.press("Control+a")
    page.keyboard.type("wooden chairs")
    expect(page.locator("#answer")).to_contain_text("That is not “not controlled”.")


def test_an_alert_is_cleared_and_a_new_edition_of_the_list_voids_it(house, address, visit, training_folder, tmp_path):
    row = next(row for row in party_alerts.alerts(house, limit=200)["rows"] if row["kind"] != "deterministic")
    page = visit(f"{address}/parties")
    press(page, "/")
    page.keyboard.type(row["name"])
    hit = page.locator("#answer tr", has_text=row["entity_id"]).first
    expect(hit).to_be_visible()
    assert row["name"] not in page.url
    hit.get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("Is it this one?")
    page.get_by_label("What tells the two apart").fill("Another birth, seen in the passport.")
    page.get_by_role("button", name="Clear it, as Ana Lyst").click()
    expect(page.locator("h1")).to_have_text("1 clearing holds")

    files = {kind: training_folder / "world" / f"synthetic-list-{kind}.csv" for kind in ("sdn", "alt", "add")}
    number = row["entity_id"].partition(":")[2]
    text = "\n".join(
        line.replace("SYNTHETIC:", "SYNTHETIC, changed:") if line.startswith(number) else line
        for line in files["sdn"].read_text("utf-8").splitlines()
    )
    (tmp_path / "sdn.csv").write_text(text + "\n", "utf-8")
    store_list(house, load_ofac(tmp_path / "sdn.csv", files["alt"], files["add"], list_name="training-list"))
    assert len(list_versions.versions(house)) == 2
    page.get_by_role("link", name="Lists and changes").click()
    page.get_by_role("link", name="What changed").click()
    expect(page.locator("h1")).to_contain_text("0 added, 0 removed, 1 changed")
    page.go_back()
    page.get_by_role("button", name="Look stored parties up again").click()
    expect(page.locator(".done")).to_contain_text("Clearings that no longer hold")
    page.get_by_role("link", name="to the clearings").click()
    expect(page.locator("h1")).to_have_text("0 clearings hold, 1 is void")


def test_an_order_is_held_at_once_and_shipped_only_by_two(house, address, visit, training_site):
    page = visit(f"{address}/orders")
    page.get_by_label("What is ordered").fill("piperonal")
    page.get_by_label("Customer, by number").fill("C-3")
    expect(page.locator("#answer h2")).to_contain_text("it must not leave now")
    page.goto(f"{address}/orders/decide?subject=order&subject_id=O-90")
    page.locator("input[name=act][value=ship]").check()
    page.get_by_label("Why, so that another person can follow").fill("The licence was shown to me today.")
    page.get_by_role("button", name="Decide, as Ana Lyst").click()
    expect(page.locator("h1")).to_have_text("A second person must agree")
    assert not house.store.rows("SELECT * FROM order_decision")
    training_site.doorman = OneVisitor("supervisor", person="Sam Ur", purpose="compliance")
    page.get_by_role("link", name="To what waits for a second person").click()
    page.get_by_role("button", name="Agree, and do it").click()
    page.goto(f"{address}/orders/dossier?customer=C-3")
    expect(page.locator("body")).to_contain_text("Ana Lyst and Sam Ur")
    assert [row["act"] for row in house.store.rows("SELECT act FROM order_decision")] == ["ship"]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_page_is_accessible_fits_and_answers_first(address, visit, axe, scheme, width):
    page = visit(address + "/own", scheme=scheme, width=width)
    for path, first in PAGES.items():
        page.goto(address + path)
        expect(page.locator("main")).to_contain_text(first)
        assert violations(page, axe) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
