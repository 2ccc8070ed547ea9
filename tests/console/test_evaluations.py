"""The pages of evaluations: designs, a result for a committee, policy dates; sealed from the browser."""

import pytest
from tests.unit.account.test_evaluate_designs import DESIGN, Day, panel_file
from tests.visitors import CSRF, TestDoorman, clients

from counterflow.account.evaluate.design import design_of_text
from counterflow.account.evaluate.design_run import run_design
from counterflow.account.evaluate.registry import list_designs, register
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace

__all__ = ["panel_file"]  # fixture


@pytest.fixture
def workspace(tmp_path):
    day = Day()
    with Workspace(Workspace.create(tmp_path / "site", clock=day), clock=day) as opened:
        yield opened


@pytest.fixture
def client_of(workspace):
    site = site_for(workspace)
    site.doorman = TestDoorman()
    with clients(create_app(site)) as give:
        yield give
    site.close()


def test_an_empty_house_says_so(client_of):
    page = client_of("viewer").get("/evaluations")
    assert page.status_code == 200
    assert "No design is registered yet." in page.text
    assert "/evaluations/register" not in page.text


def test_a_result_is_told_with_its_standing_and_all_others(client_of, workspace, panel_file):
    register(workspace, design_of_text(DESIGN.replace("first_known = 2026-06-01\n", "")))
    for seed in (1, 2):
        run_design(workspace, "scanners", panel_file(f"{seed}.csv", seed=seed))
    client = client_of("viewer")
    listed = client.get("/evaluations").text
    assert "2 results: 0 confirmatory, 2 registered, 0 exploratory" in listed
    told = client.get("/evaluations/scanners-1").text
    assert "rests on the word of who registered it" in told
    assert 'id="plot-effects"' in told
    assert 'id="plot-placebos"' in told
    assert "/evaluations/scanners-2" in told
    assert "1 earlier result of this design stands beside it" in client.get("/evaluations/scanners-2").text
    assert "/file?form=pdf" not in told
    assert "Office of evaluation" in client.get("/evaluations/scanners").text
    assert client.get("/evaluations/scanner").status_code == 404
    assert client.get("/evaluations/scanners-1/file").status_code == 403
    kept = client_of("auditor").get("/evaluations/scanners-1/file")
    assert kept.content.startswith(b"%PDF")
    assert "scanners-1.pdf" in kept.headers["content-disposition"]


def test_a_design_is_sealed_from_the_browser_once(client_of, workspace):
    client = client_of("analyst")
    form = {"csrf": CSRF, "design": DESIGN}
    page = client.post("/evaluations/register", data=form)
    assert page.status_code == 200
    assert "The design is sealed: ledger entry" in page.text
    assert [row["design"] for row in list_designs(workspace)] == ["scanners"]
    other = client.post("/evaluations/register", data=form | {"design": DESIGN.replace("margin = 3.0", "margin = 2.0")})
    assert other.status_code == 422
    assert "never changed" in other.text
    wrong = client.post("/evaluations/register", data=form | {"design": "design = <script>"})
    assert wrong.status_code == 422
    assert "<script>" not in wrong.text.partition("</head>")[2].replace("&lt;script&gt;", "")
    assert client_of("viewer").post("/evaluations/register", data=form).status_code == 403


def test_policy_dates_can_be_asked_by_kind(client_of):
    client = client_of("viewer")
    told = client.get("/evaluations/events", params={"kind": "operation"}).text
    assert "Operation Blue Lotus" in told
    assert "Oregon" not in told
    assert "A date is not a cause" in told
    assert client.get("/evaluations/events", params={"kind": "magic"}).status_code == 404
