"""Actions over HTTP: sealed, told to health, closed, scored; harm first; what is to come is not for everybody."""

import datetime as dt
from html import unescape

import pyarrow as pa
import pytest
from tests.visitors import TestDoorman, clients

from counterflow.core.clock import fixed_clock
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace

STARTS = dt.date(2026, 4, 6)
TOML = f"""action = "op-north"
kind = "operation"
title = "Raid on <b>Miller</b> Street"
starts = {STARTS}
ends = 2026-05-03
area = "Cook"
substance_class = "opioids"
resources = "40 officers"
evaluation_design = "against Dale"
possible_targets = 60
counts = {{overdoses = {{measure = "overdoses"}}}}
[[forecast]]
measure = "overdoses"
basis = "relative change"
low = -0.3
high = 0.1
level = 0.9
to = 2026-05-24
unit = "relative change"
method = "judgement"
source = "2025"
as_of = 2026-03-01
"""


@pytest.fixture
def site(tmp_path):
    clock = fixed_clock("2026-03-30T08:00:00Z")
    with Workspace(Workspace.create(tmp_path / "w", clock=clock), clock=clock) as workspace:
        first = STARTS - dt.timedelta(weeks=100)
        rows = [
            {"source": "ed", "place": "Cook", "level": "county", "measure": "overdoses", "subject": "all",
             "definition": "1", "grain": "week", "starts": first + dt.timedelta(weeks=n),
             "ends": first + dt.timedelta(weeks=n, days=6), "count": 40.0 if n < 100 else 90.0, "suppressed": False,
             "looked_for": True, "as_of": first + dt.timedelta(weeks=n + 2), "first_seen": workspace.clock()}
            for n in range(112)
        ]  # fmt: skip
        workspace.store.append("series_count", pa.Table.from_pylist(rows))
        made = site_for(workspace)
        made.doorman = TestDoorman()
        yield made
        made.close()


@pytest.fixture
def give(site):
    with clients(create_app(site)) as made:
        yield made


def text_of(answer):
    return unescape(answer.text)


def test_from_sealing_to_scoring(site, give):
    analyst = give("analyst")
    done = analyst.post("/actions", data={"text": TOML}, follow_redirects=True)
    assert done.status_code == 200
    assert "It is sealed." in done.text
    assert "<b>Miller</b>" not in done.text
    assert "substitution, displacement, burden" in done.text
    told = analyst.post("/actions/op-north/alert", data={"to": "County health"}, follow_redirects=True)
    assert "2026-04 to 2026-05" in told.text
    site.workspace.clock = fixed_clock("2026-07-01T08:00:00Z")
    closing = f'starts = {STARTS}\nends = 2026-05-03\ndone = "as planned"\n'
    closed = analyst.post("/actions/op-north/close", data={"text": closing}, follow_redirects=True)
    assert "Score what has ended" in closed.text
    scored = analyst.post("/actions/op-north/score", data={"x": "1"}, follow_redirects=True)
    assert "Harm rose" in scored.text
    page = analyst.get("/actions")
    assert text_of(page).index("Where harm rose") < text_of(page).index("All actions")
    assert analyst.post("/actions/op-north/score", data={"x": "1"}).status_code == 422
    supervisor = give("supervisor")
    for path in ("/actions/op-north/pdf", "/actions.pdf"):
        given = supervisor.get(path)
        assert (given.content[:5], given.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert analyst.get("/actions/op-north/pdf").status_code == 403


def test_what_has_not_begun_is_not_shown_to_everybody(give):
    give("analyst").post("/actions", data={"text": TOML})
    viewer = give("viewer")
    for path in ("/actions", "/actions/op-north"):
        page = viewer.get(path)
        assert page.status_code == 200
        for word in ("Miller", "Cook", "40 officers", 'op-north"', "opioids"):
            assert word not in page.text
    assert "An action that has not begun" in viewer.get("/actions").text
    assert "Miller" in give("inspector").get("/actions/op-north").text


def test_a_viewer_seals_nothing_and_what_is_wrong_comes_back_with_its_place(give):
    assert give("viewer").post("/actions", data={"text": TOML}).status_code == 403
    back = give("analyst").post("/actions", data={"text": TOML.replace("high = 0.1", "high = -0.5")})
    assert back.status_code == 422
    assert "does not hold together" in back.text
    assert "40 officers" in back.text
    assert give("analyst").get("/actions/nowhere").status_code == 404
    assert give("analyst").get("/actions-new").status_code == 200
