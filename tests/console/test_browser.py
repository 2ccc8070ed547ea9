"""The console in a real browser: charts drawn, nothing from elsewhere, accessible in each theme and width."""

import copy

import pytest
from playwright.sync_api import expect
from tests.console.browser import BUILD, LOOKED, SCHEMES, violations

pytestmark = pytest.mark.service

PAGES = ("/", "/sheets", "/sheet?office=Harbour+East&lane=post&day=2026-03-09", "/watch", "/nowhere")
CORNER = {"x": 5, "y": 5}  # of a cell: its text stands in the middle
EVIL = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"


@pytest.fixture
def address(serve, sample_app, sample_board, sheet_source, sample_room):
    return serve(sample_app(lambda: sample_board, sheet_source, watch=sample_room))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible_and_fit_at_every_width(address, visit, axe, path, scheme):
    for width in LOOKED[scheme]:
        page = visit(address + path, scheme=scheme, width=width)
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        folder = BUILD / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        name = path.partition("?")[0].strip("/") or "board"
        page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)


def test_charts_are_drawn_and_their_numbers_can_be_shown(address, visit):
    page = visit(f"{address}/")
    assert page.locator(".plot svg").count() == 5
    assert page.locator("#plot-intervals svg path[transform]").count() >= 12  # a point for each lane and arm
    details = page.locator("figure", has=page.locator("#plot-intervals")).locator("details")
    expect(details.locator("table")).not_to_be_visible()
    details.locator("summary").click()
    expect(details.locator("table")).to_be_visible()
    expect(details.locator("tbody tr")).to_have_count(12)


def test_the_choice_of_theme_lasts_and_recolours_the_charts(address, visit):
    page = visit(f"{address}/", scheme="light")
    label = page.locator("#plot-intervals .role-axis-label text").first
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light, light_label = page.evaluate(ground), label.get_attribute("fill")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("#plot-intervals")).to_have_attribute("data-ready", "yes")
    expect(label).not_to_have_attribute("fill", light_label)
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")


def test_pointing_at_a_chart_tells_the_numbers_within_the_policy(address, visit):
    page = visit(f"{address}/")
    page.locator("#plot-coverage-sender .mark-rect path").first.hover(position=CORNER)
    expect(page.locator("#vg-tooltip-element")).to_contain_text("%")


def test_without_scripts_the_numbers_are_all_there(address, visit):
    page = visit(f"{address}/", java_script_enabled=False)
    expect(page.get_by_text("Undetected in the recorded flow")).to_be_visible()
    page.locator("figure details summary").first.click()
    expect(page.locator("figure details table").first).to_be_visible()


def test_keyboard_reaches_the_content_first(address, visit):
    page = visit(f"{address}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_text_of_records_never_runs(serve, sample_app, visit, sample_board, sample_sheet, sheet_source):
    board = copy.deepcopy(sample_board)
    for row in board["sheet"]:
        row |= {"record_id": EVIL, "office": EVIL, "reasons": [EVIL]}
    for n, row in enumerate((*board["coverage"], *board["interdiction"], *board["plan"]["cells"])):
        row |= {key: f"{EVIL}{n}" for key in ("sender", "lane", "office") if row.get(key) not in (None, "*")}
    sample_sheet["items"][0] |= {"record_id": EVIL, "reasons": [EVIL], "look_for": [EVIL]}
    sample_sheet["items"][0]["evidence"][0] |= {"text": EVIL, "start": 0, "end": 4, "sentence": EVIL}
    url = serve(sample_app(lambda: board, sheet_source))
    for path in PAGES[:3]:
        page = visit(url + path)
        assert page.title() != "ran"
        assert page.locator("img").count() == 0
        if path == "/":
            page.locator("#plot-coverage-sender .mark-rect path").first.hover(position=CORNER)
            expect(page.locator("#vg-tooltip-element")).to_contain_text("onerror")
            assert page.title() != "ran"


def test_the_sheet_prints_on_paper_of_a4(address, visit):
    page = visit(address + PAGES[2])
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf
