"""Sheets, outcomes, rules, rates for programs: what pages do, with keys, receipts and problems."""

import pytest
from tests.console.planned import open_items, plan_of_a_day


@pytest.fixture(scope="module")
def items(training_workspace, tmp_path_factory):
    made, _ = plan_of_a_day(training_workspace, tmp_path_factory.mktemp("plan"))
    return open_items(training_workspace, made, 6)


def sent(item, **said):
    kept = {name: item[name] for name in ("source", "record_id", "plan")}
    return kept | {"state": "inspected", "confirmation": "none"} | said


def held(workspace):
    return workspace.store.rows("SELECT count(*) AS n FROM outcome")[0]["n"]


def test_outcomes_are_taken_together_or_not_at_all(client_as, training_workspace, items):
    client, before = client_as("officer", page=False), held(training_workspace)
    wrong = [sent(items[0]), sent(items[1], confirmation="confirmed")]
    refused = client.post("/v1/outcomes", json={"outcomes": wrong})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert held(training_workspace) == before
    right = [sent(items[0]), sent(items[1], confirmation="confirmed", harm_class="drug")]
    key = {"idempotency-key": "shift-1"}
    first, again = (client.post("/v1/outcomes", json={"outcomes": right}, headers=key) for _ in range(2))
    assert first.json()["accepted"] == 2
    assert first.json()["rejected"] == 0
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert held(training_workspace) == before + 2
    other = client.post("/v1/outcomes", json={"outcomes": right[:1]}, headers=key)
    assert other.status_code == 422


def test_a_sheet_is_what_the_page_shows(client_as, items):
    client = client_as("officer", page=False)
    asked = {k: str(items[0][k]) for k in ("office", "lane", "day", "plan")}
    told = client.get("/v1/sheet", params=asked).json()
    assert [item["rank"] for item in told["items"]] == list(range(1, len(told["items"]) + 1))
    places = client.get("/v1/sheets", params={"day": asked["day"]}).json()["places"]
    assert asked["office"] in {place["office"] for place in places}
    assert client.get("/v1/sheet", params=asked | {"day": "1999-01-01"}).status_code in (404, 422)


@pytest.mark.parametrize(
    ("role", "status"), [("officer", 403), ("analyst", 403), ("supervisor", 200), ("auditor", 200)]
)
def test_what_would_change_a_rank_is_for_oversight(client_as, items, role, status):
    asked = {"plan": items[0]["plan"], "source": items[0]["source"], "record": items[0]["record_id"]}
    assert client_as(role, page=False).get("/v1/rank", params=asked).status_code == status


def test_a_rule_that_cannot_be_read_names_line_and_place(client_as):
    client = client_as("officer", page=False)
    told = client.post(
        "/v1/rules/try", json={"text": 'rule "x"\nwhen lnae is "mail"\nthen inspect first, 12 minutes each'}
    )
    assert told.status_code == 422
    assert told.json()["line"] == 2
    assert "lnae" in told.json()["detail"]
    assert "'lane'" in told.json()["hint"]


def test_numbers_are_turned_within_bounds(client_as):
    client = client_as("viewer", page=False)
    assert client.post("/v1/whatif", json={"arrivals": 1.5}).json()["arrivals"] == 1.5
    assert client.post("/v1/whatif", json={"minutes": {"nobody": 2}}).status_code == 404
    for wrong in ({"arrivals": 1e21}, {"random_share": 0}, {"minutes": {"roving-team": -1}}, {"more": 1}):
        assert client.post("/v1/whatif", json=wrong).status_code == 422
