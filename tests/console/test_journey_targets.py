"""In a real browser: the board of targets, one target, and a pack checked and kept, in both themes, on a phone too."""

import pytest
from playwright.sync_api import expect
from tests.console.browser import BUILD, violations
from tests.unit.account.test_targets_check import CLEAN

pytestmark = pytest.mark.service

PAGES = {
    "targets": "/targets",
    "target": "/targets/NDCS-1?pack=strategy-2022&on=2024-12-31",
    "target-refused": "/targets/A1",
    "pack": "/targets/pack/documents",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from counterflow.server.app import site_for
    from counterflow.store.workspace import Workspace

    with Workspace(Workspace.create(tmp_path_factory.mktemp("targets") / "w")) as workspace:
        made = site_for(workspace)
        yield made
        made.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1260), ("dark", 390)])
def test_pages_are_quiet_accessible_and_fit(site, serve_site, visit, axe, name, scheme, width):
    page = visit(serve_site(site, roles="analyst", purpose="research") + PAGES[name], scheme=scheme, width=width)
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    (BUILD / "screenshots").mkdir(parents=True, exist_ok=True)
    page.screenshot(path=BUILD / "screenshots" / f"{name}-{scheme}-{width}.png", full_page=True)


def test_a_pack_is_checked_kept_and_locked(site, serve_site, visit, tmp_path):
    file = tmp_path / "county.toml"
    file.write_text(CLEAN.split("[[actual]]")[0].replace('name = "clean"', 'name = "county"'), "utf-8")
    page = visit(serve_site(site, roles="analyst", purpose="research") + "/targets")
    page.get_by_label("Pack", exact=True).last.set_input_files(file)
    page.get_by_role("button", name="Check it").click()
    expect(page.locator(".answer")).to_contain_text("2 targets, 0 errors")
    page.get_by_role("button", name="Keep this pack").click()
    expect(page.locator("select#pack")).to_have_value("county")
    page.get_by_role("link", name="The record behind it").click()
    page.get_by_role("button", name="Lock all that holds").click()
    page.get_by_role("link", name="Overdose deaths").first.click()
    expect(page.locator("dl.facts")).to_contain_text("an edit needs two people")
