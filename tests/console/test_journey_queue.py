"""An officer's way through the queue in a browser, by keyboard: filter, take in hand, read the record, ask to release."""

import re

import pytest
from playwright.sync_api import expect
from tests.console.browser import press, violations

from counterflow.flow.queue_model import QueueModel

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def queue(training_site):
    """The queue of the training world, brought up."""
    model = QueueModel.of(training_site.workspace)
    model.refresh()
    yield model
    model.close()


def test_an_officer_filters_takes_reads_and_asks_to_release_by_keyboard(queue, training_site, serve_site, visit):
    address = serve_site(training_site, roles="officer", person="Olu Officer", purpose="inspection")
    page = visit(f"{address}/queue?order=record&state=open")
    count = page.locator("#list-title")
    before = count.inner_text()
    press(page, "f")
    page.keyboard.type("powder")
    expect(count).not_to_have_text(before)
    expect(page).to_have_url(re.compile("text=powder"))
    page.keyboard.press("Escape")
    press(page, "j")
    press(page, "x")
    expect(page.locator("input[name=key]:checked")).to_have_count(1)
    press(page, "t")
    expect(page.locator("h1")).to_have_text("Done: take in hand 1 record")
    page.wait_for_load_state()
    press(page, "b")
    expect(page.locator("td.stands").first).to_contain_text("in hand: Olu Officer")
    page.wait_for_load_state()
    press(page, "j")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_contain_text("Olu Officer has it in hand")
    page.get_by_label("Note or ground").fill("seen on the belt, sealed and clean")
    page.get_by_role("button", name="Ask to release").click()
    expect(page).to_have_url(re.compile("/requests"))
    assert [one.act for one in training_site.access.requests.open_requests()] == ["queue-release"]


def test_pages_turn_forward_and_back_and_the_browser_keeps_the_way(queue, training_site, serve_site, visit):
    page = visit(f"{serve_site(training_site, roles='officer', purpose='inspection')}/queue?order=record")
    first = page.locator("tbody tr a.code").first
    name = first.inner_text()
    press(page, "n")
    expect(first).not_to_have_text(name)
    press(page, "p")
    expect(first).to_have_text(name)
    page.go_back()
    expect(first).not_to_have_text(name)


def test_queue_and_record_are_accessible_and_fit_at_every_width(queue, training_site, serve_site, visit, axe):
    address = serve_site(training_site)
    row = training_site.workspace.store.rows(
        "SELECT source, record_id FROM finding JOIN outcome USING (source, record_id) ORDER BY strength DESC LIMIT 1"
    )[0]
    for path in ("/queue?order=strength&size=10", f"/record?source={row['source']}&id={row['record_id']}"):
        for width, scheme in ((390, "light"), (768, "dark"), (1440, "light"), (390, "dark")):
            page = visit(address + path, scheme=scheme, width=width)
            assert violations(page, axe) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
