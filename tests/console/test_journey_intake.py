"""A stranger's spreadsheet in a browser: upload, confirm, answer, mend what was refused; and somebody put right."""

import pytest
from playwright.sync_api import expect
from tests.console.browser import SCHEMES, WIDTHS, press, violations

from counterflow.flow import redress as desk

pytestmark = pytest.mark.service

FILE = (
    "Shipper;Receiver;What is inside;Weight (kg);Sent\n"
    "Acme GmbH;J. Smith;brass buckets with handles;0,5;13.11.2026\n"
    "Acme GmbH;Maria Lopez;Fentanyl citrate 98% 2 kg;41,2;14.11.2026\n"
    "Acme GmbH;Bob Miller;cotton shirts in blue;1,1;45.11.2026\n"
)


def test_upload_confirm_answer_mend_and_in_again(training_site, serve_site, visit, tmp_path):
    """By keyboard and clicks, from the first page to the last row taken."""
    (tmp_path / "mine.csv").write_text(FILE, "utf-8")
    page = visit(f"{serve_site(training_site, roles='analyst', person='Ana Analyst')}/intake")
    press(page, "u")
    expect(page.locator("h1")).to_have_text("Load a spreadsheet")
    page.get_by_label("Spreadsheet").set_input_files(tmp_path / "mine.csv")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("h1")).to_have_text("2. What the columns are")
    expect(page.get_by_label("What is inside is read as")).to_have_value("goods.description")
    page.get_by_label("Country they go to").fill("United States")
    page.get_by_role("button", name="Load and screen").click()
    expect(page.locator("h1")).to_contain_text("1 of 2 records needs a look. 1 row could not be taken.")
    expect(page.locator("mark").first).to_have_text("Fentanyl")
    press(page, "m")
    page.get_by_role("link", name="not written as the days of the file are").click()
    page.get_by_label("Instead of 45.11.2026").fill("15.11.2026")
    page.get_by_role("button", name="Mend and load again").click()
    expect(page.locator("h1")).to_contain_text("Nothing was found on 1 record by the checks that looked.")
    page.goto(f"{page.url.partition('/intake')[0]}/intake/quarantine?source=mine")
    expect(page.locator(".nothing")).to_contain_text("No row waits")


def test_somebody_affected_is_put_right_by_another_person(training_site, serve_site, visit):
    store = training_site.workspace.store
    met = store.rows(
        "SELECT source, record_id FROM finding WHERE \"check\" = 'list-parties' AND reference IS NOT NULL"
        " ORDER BY record_id LIMIT 1"
    )[0]
    address = serve_site(training_site, roles="analyst", person="Ana Analyst")
    page = visit(f"{address}/redress/new?record={met['source']}/{met['record_id']}")
    page.get_by_label("What they say is wrong").fill("I am not the one on that list.\nPlease look again.")
    page.get_by_label("Who asks").fill("Jo Doe")
    page.get_by_label("Where the answer goes").fill("jo@example.org")
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("blockquote")).to_contain_text("I am not the one")
    expect(page.get_by_text("You took this request in. Another supervisor decides it.")).to_be_visible()
    training_site.doorman = type(training_site.doorman)("supervisor", person="Sue Super")
    page.reload()
    page.get_by_label("this party is not the listed one").first.check()
    page.get_by_label("they are right", exact=True).check()
    page.get_by_label("Why", exact=True).fill("We looked at the papers: it is another firm.")
    page.get_by_role("button", name="Decide and put right").click()
    expect(page.locator(".made li")).to_contain_text("the pair does not alert and weighs nothing")
    page.get_by_role("button", name="It went out").click()
    expect(page.locator(".head")).to_contain_text("answered")
    told = store.rows("SELECT code FROM finding WHERE \"check\" = 'list-parties' AND record_id = ?", [met["record_id"]])
    assert "listed-cleared" in {row["code"] for row in told}


@pytest.mark.parametrize(("width", "scheme"), [(WIDTHS[0], SCHEMES[1])])
def test_every_page_can_be_used_by_everybody(training_site, serve_site, visit, axe, scheme, width, tmp_path):
    address = serve_site(training_site)
    case = desk.take_in(
        training_site.workspace,
        desk.Request("other", "Something is wrong here, and <b>it</b> is not mine.", "Jo Doe", "jo@example.org"),
        person="Ana Analyst",
    )["request"]
    (tmp_path / "mine.csv").write_text(FILE, "utf-8")
    page = visit(f"{address}/intake/upload", scheme=scheme, width=width)
    page.get_by_label("Spreadsheet").set_input_files(tmp_path / "mine.csv")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("h1")).to_have_text("2. What the columns are")
    for path in ("", "/intake/quarantine", "/redress/new", f"/redress/{case}"):
        if path:
            page.goto(f"{address}{path}")
        assert violations(page, axe) == []
        assert page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth") <= 0
