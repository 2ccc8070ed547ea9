"""In a real browser: the page of care fits, reads aloud, draws its map, and answers for own files."""

import pytest
from playwright.sync_api import expect
from tests.console.browser import BUILD, LOOKED, SCHEMES, violations

pytestmark = pytest.mark.service

DEMAND = "id,lat,lon,people\na,41.0,-73.0,100\nb,41.2,-73.0,90\n"
SITES = "id,lat,lon,open\np,41.0,-73.0,1\nq,41.2,-73.0,0\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    from counterflow.server.app import site_for
    from counterflow.store.workspace import Workspace

    with Workspace(Workspace.create(tmp_path_factory.mktemp("care") / "w")) as workspace:
        made = site_for(workspace)
        yield made
        made.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_fits_and_is_accessible(site, serve_site, visit, axe, scheme):
    address = serve_site(site, roles="analyst", purpose="research")
    for width in LOOKED[scheme]:
        page = visit(f"{address}/care?equity=setting:max", scheme=scheme, width=width)
        expect(page.locator("#plot-care-map svg")).to_be_visible()
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        (BUILD / "screenshots").mkdir(parents=True, exist_ok=True)
        page.screenshot(path=BUILD / "screenshots" / f"care-{scheme}-{width}.png", full_page=True)


def test_own_files_are_answered(site, serve_site, visit):
    address = serve_site(site, roles="analyst", purpose="research")
    page = visit(f"{address}/care")
    page.get_by_label("Places: id").fill(DEMAND)
    page.get_by_label("Sites: id").fill(SITES)
    page.get_by_label("Columns of groups").fill("")
    page.get_by_role("spinbutton", name="New sites").fill("1")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("Chosen: q.")).to_be_visible()
