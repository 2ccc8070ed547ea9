"""In a real browser: a mix is turned, read, put aside, compared and kept by keyboard alone."""

import json

import pytest
from playwright.sync_api import expect
from tests.console.browser import BUILD, WIDTHS, press, violations

pytestmark = pytest.mark.service

# the model is loaded once, and compiled where this machine never did
expect.set_options(timeout=90_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from counterflow.flow.strategy_desk import Mix
    from counterflow.flow.strategy_kept import worlds
    from counterflow.server.app import site_for
    from counterflow.store.workspace import Workspace

    worlds().without(Mix().ensemble)
    with Workspace(Workspace.create(tmp_path_factory.mktemp("strategy") / "w")) as workspace:
        made = site_for(workspace)
        yield made
        made.close()


def test_a_mix_is_turned_and_compared_by_keyboard(site, serve_site, visit, axe):
    address = serve_site(site, roles="analyst", purpose="research")
    page = visit(f"{address}/strategy")
    answer, fan = page.locator("#strategy-answer .answer"), page.locator("#plot-fan")
    expect(answer).to_contain_text("No lever is pulled")
    slider = page.get_by_role("slider", name="Naloxone kits handed out")
    slider.focus()
    press(page, "ArrowRight")
    press(page, "ArrowRight")
    expect(answer).to_contain_text("this mix would")
    expect(page.locator("[for='s.naloxone_kits'] ~ output")).to_have_text("0.2")
    expect(page).to_have_url(
        f"{address}/strategy?mix=naloxone_kits%3A0.2%3A2027%3A3&scenario=base&variable=overdose_deaths"
    )
    expect(fan).to_have_attribute("data-ready", "yes")
    assert {row["what"] for row in json.loads(fan.get_attribute("data-spec"))["data"]["values"]} == {
        "as things are", "with the mix", "counted"
    }  # fmt: skip
    expect(page.locator("#doubt .label")).to_contain_text("variance")
    expect(page.locator("#plot-tornado")).to_have_attribute("data-ready", "yes")
    assert violations(page, axe) == []
    (BUILD / "screenshots").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=BUILD / "screenshots" / "strategy-1440-light.png", full_page=True)
    page.get_by_role("button", name="Put this run on record").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#on-record")).to_contain_text("On record as run s-")
    page.get_by_role("link", name="Put it aside and build another").focus()
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("No lever is pulled")
    page.get_by_role("slider", name="Share of passenger vehicles scanned").focus()
    press(page, "End")
    expect(answer).to_contain_text("this mix would")
    page.get_by_role("link", name="Compare 2 mixes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Table: what each would change")).to_contain_text("deaths averted")
    expect(page.locator(".mixes .label")).to_have_count(2)
    assert violations(page, axe) == []


def test_on_a_narrow_screen_in_the_dark_and_without_scripts(site, serve_site, visit, axe):
    address = serve_site(site, roles="analyst", purpose="research")
    link = "/strategy?mix=scanning_cars:0.38:2027:6&beside=naloxone_kits:0.5:2027:3"
    for path in (link, "/strategy/parameters"):
        page = visit(address + path, scheme="dark", width=WIDTHS[0])
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[0], path
        assert violations(page, axe) == [], path
        name = path.partition("?")[0].strip("/").replace("/", "-")
        page.screenshot(path=BUILD / "screenshots" / f"{name}-390-dark.png", full_page=True)
        page.context.close()
    page = visit(f"{address}/strategy", java_script_enabled=False)
    page.get_by_role("slider", name="Naloxone kits handed out").fill("0.5")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator(".answer").first).to_contain_text("this mix would")
