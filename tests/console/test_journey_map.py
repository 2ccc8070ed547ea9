"""In a real browser: an alarm answered step by step, and a map that is drawn, read and pointed at by keyboard alone."""

import json

import pytest
from playwright.sync_api import expect
from tests.alarms import raise_alarm
from tests.console.browser import BUILD, SCHEMES, WIDTHS, violations

pytestmark = pytest.mark.service

# a map of 3,200 outlines takes its time where two cores do other things as well
expect.set_options(timeout=20_000)

PAGES = ("/map?view=world", "/map?view=counties", "/map?view=places", "/watch", "/watch/register",
         "/watch/agreements", "/watch/supply")  # fmt: skip


@pytest.fixture(scope="module")
def counted(training_workspace, tmp_path_factory):
    """The training world with counts of a few counties and an alarm."""
    from counterflow.watch.series.load import load_file
    from counterflow.watch.series.reader import Options

    file = tmp_path_factory.mktemp("map") / "counts.csv"
    rows = ["starts,place,level,count,measure,source"]
    for n in range(30):
        day = f"{2024 + n // 12}-{n % 12 + 1:02d}-01"
        rows += [f"{day},{place},county,{40 if n > 26 and place == '17031' else 15},deaths,vital"
                 for place in ("17031", "17097", "36061", "09110", "72127", "06037", "48201", "12086")]  # fmt: skip
    file.write_text("\n".join(rows) + "\n")
    load_file(training_workspace, file, Options(today=training_workspace.clock().date()), form="counts")
    return raise_alarm(training_workspace)


def test_pages_are_accessible_drawn_and_no_wider_than_the_screen(training_site, counted, serve_site, visit, axe):
    address = serve_site(training_site, purpose="health-response")
    (BUILD / "screenshots").mkdir(parents=True, exist_ok=True)
    looks = [(path, 1440, "light") for path in (*PAGES, f"/watch/alarms/{counted}")]
    looks += [(path, WIDTHS[0], SCHEMES[1]) for path in ("/map?view=counties", f"/watch/alarms/{counted}", "/")]
    looks += [("/map?view=world", WIDTHS[1], SCHEMES[1])]
    for path, width, scheme in looks:
        page = visit(address + path, scheme=scheme, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(page, axe) == [], (path, width, scheme)
        name = path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-") or "board"
        page.screenshot(path=BUILD / "screenshots" / f"{name}-{width}-{scheme}.png", full_page=True)
        page.context.close()


def test_a_place_is_found_on_the_map_by_keyboard(training_site, counted, serve_site, visit):
    address = serve_site(training_site, purpose="health-response")
    page = visit(f"{address}/map?view=counties")
    option = page.locator("select[name=series] option", has_text="deaths").get_attribute("value")
    page.locator("select[name=series]").select_option(option)
    page.get_by_role("searchbox", name="Place").fill("cook")
    page.keyboard.press("Enter")
    plot = page.locator("[data-spec]")
    expect(plot).to_have_attribute("data-ready", "yes")
    spec = json.loads(plot.get_attribute("data-spec"))
    assert any(row["k"] == "17031" for each in spec["data"] if each["name"] == "values" for row in each["values"])
    cook = page.get_by_role("button", name="Cook, IL")
    cook.focus()
    page.keyboard.press("Enter")
    expect(cook).to_have_attribute("aria-pressed", "true")
    weights = [entry["size"] for entry in page.evaluate(
        "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".map(e => ({size: e.transferSize}))")]  # fmt: skip
    assert sum(weights) <= 700_000


def test_an_alarm_is_told_and_acknowledged_by_keyboard(training_site, counted, serve_site, visit):
    address = serve_site(training_site, roles="supervisor", person="Sol Supervisor", purpose="health-response")
    page = visit(f"{address}/watch/alarms/{counted}")
    page.get_by_role("button", name="They were told").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Table: what was done")).to_contain_text("told")
    page.get_by_role("button", name="They acknowledged").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Table: what was done")).to_contain_text("acknowledged")
    expect(page.get_by_role("region", name="Table: what was done")).to_contain_text("Sol Supervisor")
