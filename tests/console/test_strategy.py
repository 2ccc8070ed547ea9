"""Strategy over HTTP: a mix turned by sliders or carried by a link, refused in plain words, taken away, put on record."""

import json
from html import unescape
from urllib.parse import urlencode

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.visitors import TestDoorman, clients, visiting

from counterflow.flow.strategy_desk import FIRST_START, Mix, compared, run_of
from counterflow.flow.strategy_doubt import doubt_of
from counterflow.flow.strategy_files import run_file
from counterflow.flow.strategy_kept import worlds
from counterflow.flow.strategy_mix import pulls_of_text, text_of_pulls
from counterflow.flow.strategy_runs import runs_of
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace
from counterflow.strategy.levers.policy import parse_policy

PART = {"hx-request": "true"}
KITS = "naloxone_kits:0.5:2027:3"
SCAN = "scanning_cars:0.38:2027:6"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Workspace(Workspace.create(tmp_path_factory.mktemp("strategy") / "w")) as workspace:
        made = site_for(workspace)
        made.doorman = TestDoorman()
        yield made
        made.close()


@pytest.fixture(scope="module")
def client(site):
    with clients(create_app(site)) as give:
        yield give("analyst")


def text_of(answer):
    return unescape(answer.text)


def test_nothing_pulled_is_the_years_as_things_are(client):
    shown = client.get("/strategy")
    assert shown.status_code == 200
    assert "No lever is pulled" in shown.text
    assert "Model estimate, model version" in shown.text
    assert shown.text.count('type="range"') > 20
    told = run_of(Mix())
    assert told["fans"][0]["turned"] is None
    assert told["outcomes"] == []


def test_sliders_and_the_link_give_the_same(client):
    asked = {"s.naloxone_kits": "0.5", "s.scanning_cars": "0", "start": "2027", "ramp": "3"}
    part = client.get("/strategy/answer", params=asked, headers=PART)
    assert "<html" not in part.text
    link = part.headers["hx-replace-url"]
    assert link == f"/strategy?{urlencode({'mix': KITS, 'scenario': 'base', 'variable': 'overdose_deaths'})}"
    answer = part.text.split('class="answer">')[1].split("</p>")[0]
    assert answer in client.get(link).text
    assert answer in client.get("/strategy", params=asked).text  # the same form without any script
    assert 'value="0.5"' in client.get(link).text


def test_the_answer_is_what_the_desk_says(client):
    told = run_of(Mix(pulls_of_text(KITS)))
    deaths = next(row for row in told["outcomes"] if row["name"] == "deaths_averted")
    draws = Mix().ensemble
    with_it = worlds().turned(draws, pulls_of_text(KITS)).of("overdose_deaths")
    saved = (worlds().without(draws).of("overdose_deaths") - with_it)[:, FIRST_START - 1999 :].sum(axis=1)
    assert deaths["value"] == pytest.approx(float(np.median(saved)))
    assert deaths["low"] < deaths["value"] < deaths["high"]
    assert told["model"]["estimate"] == "model estimate"
    assert len(told["model"]["data_sha256"]) == 64


def test_a_lever_at_nothing_is_no_policy_to_the_last_bit():
    none = pulls_of_text("naloxone_kits:0:2027:3")
    assert none == ()
    which = Mix().ensemble
    assert worlds().turned(which, none) is worlds().without(which)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"mix": "naloxone_kits:9:2027:3"}, "Valid: 0 to 5"),
        ({"mix": "naloxone_kitz:0.5:2027:3"}, "naloxone_kits"),
        ({"mix": "naloxone_kits:0.5:1990:3"}, "Valid: 2000 to"),
        ({"mix": "naloxone_kits:0.5:2027:0"}, "more than 0"),
        ({"mix": "naloxone_kits:0.5"}, "no part of a mix"),
        ({"mix": f"{KITS},{KITS}"}, "twice"),
        ({"s.naloxone_kits": "many"}, "no number"),
        ({"s.naloxone_kits": "0.5", "start": "soon"}, "no number"),
        ({"mix": KITS, "scenario": "hight"}, "high"),
        ({"variable": "overdose_death"}, "overdose_deaths"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value[:12].replace(" ", "-"),
)
def test_what_cannot_be_is_refused_with_what_can(client, asked, said):
    whole, part = client.get("/strategy", params=asked), client.get("/strategy/answer", params=asked, headers=PART)
    assert whole.status_code == 400
    assert said in text_of(whole)
    assert said in text_of(part)
    assert "Traceback" not in whole.text


def test_whoever_may_only_look_sees_the_years_as_things_are(site):
    with clients(create_app(site)) as give:
        shown = give("viewer").get("/strategy", params={"mix": KITS})
        refused = give("viewer").get("/strategy/answer", params={"mix": KITS}, headers=PART)
        shut = give("admin").get("/strategy")
    assert "No lever is pulled" in shown.text
    assert "Pulling a lever needs" in shown.text
    assert 'type="range"' not in shown.text
    assert refused.status_code == shut.status_code == 403


def test_seizures_are_activity_and_what_was_replaced_is_said(client):
    told = run_of(Mix(pulls_of_text("inspection_effort:3:2027:2")))
    seized = [row for row in told["market"] if row["name"].startswith("seized")]
    assert all(row["activity"] for row in seized)
    shown = text_of(client.get("/strategy", params={"mix": "inspection_effort:3:2027:2"}))
    assert "Seizures are activity, never success" in shown
    for said in told["warnings"]:
        assert said in shown


def test_the_share_of_assumptions_and_what_drives_it(client):
    mix = Mix(pulls_of_text(SCAN))
    told = doubt_of(mix)
    found = told["finding"]
    assert 0 <= found["uninformed_share_low"] <= found["uninformed_share"] <= found["uninformed_share_high"] <= 1
    assert found["ranked"] == (found["label"] == "rests on data")
    swings = [abs(row["high"] - row["low"]) for row in told["tornado"]]
    assert swings == sorted(swings, reverse=True)
    part = client.get("/strategy/doubt", params={"mix": SCAN}, headers=PART)
    assert unescape(found["words"]) in text_of(part)
    assert ("not ranked" in part.text) == (not found["ranked"])


def test_mixes_side_by_side_are_paired_and_not_ranked(client):
    told = compared([Mix(pulls_of_text(KITS)), Mix(pulls_of_text(SCAN))])
    one, other = told["more_deaths_averted"]
    assert one[1] + other[0] == pytest.approx(1)
    assert one[0] is None
    shown = client.get("/strategy/compare", params={"mix": SCAN, "beside": KITS})
    assert "Nothing is ranked here" in shown.text
    assert shown.text.count('role="img"') == 2
    many = client.get("/strategy", params={"mix": SCAN, "beside": [KITS] * 3})
    assert "Compare 4 mixes" in many.text
    assert "Put it aside" not in many.text


def test_a_run_is_taken_away_with_all_it_rests_on(client):
    kept = {form: client.get("/strategy/file", params={"mix": KITS, "form": form}) for form in ("json", "csv", "toml")}
    assert all(answer.headers["content-disposition"].startswith("attachment") for answer in kept.values())
    assert parse_policy(kept["toml"].content).pulls == pulls_of_text(KITS)
    told = json.loads(kept["json"].text)
    assert (told["seed"], told["draws"], told["mix"]) == (1, 500, KITS)
    assert told["model"]["data_sha256"]
    assert told["model"]["version"]
    head, *rows = kept["csv"].text.splitlines()
    assert head == "year,variable,quantile,value"
    assert rows[0].startswith("2022,overdose_deaths,0.025,")
    assert client.get("/strategy/file", params={"form": "xls"}).status_code == 404


def test_a_run_is_put_on_record_and_is_the_commands(client, site, tmp_path, command):
    part = client.post("/strategy/record", data={"mix": KITS, "scenario": "base"}, headers=PART)
    assert "On record as run" in part.text
    (row,) = runs_of(site.workspace)
    assert row["run"] in part.text
    policy = tmp_path / "policy.toml"
    policy.write_bytes(run_file(Mix(pulls_of_text(KITS)), "toml").content)
    code, out, _ = command("strategy", "run", "--policy", policy, "--draws", 500, "--seed", 1, "--format", "csv")
    assert code == 0
    assert out.encode() == run_file(Mix(pulls_of_text(KITS)), "csv").content
    assert client.post("/strategy/record", data={"mix": "", "scenario": "base"}, headers=PART).status_code == 400


def test_where_each_parameter_comes_from(client):
    shown = client.get("/strategy/parameters")
    assert "Lim" in shown.text
    assert client.get("/strategy/parameters", params={"group": "no such part"}).status_code == 200


def test_the_text_of_a_mix_is_read_back_as_it_was():
    text = "naloxone_kits:0.1:2027.5:3,Nx Kits:0.2:2022:3:2030"
    assert text_of_pulls(pulls_of_text(text)) == text


def test_programs_ask_the_same(site):
    body = {"levers": [{"name": "naloxone_kits", "start": 2027, "ramp_years": 3, "strength": 0.5}]}
    headers = visiting("analyst") | {"x-csrf-token": "form-of-this-session"}
    with TestClient(create_app(site), base_url="http://127.0.0.1", headers=headers) as program:
        told = program.post("/v1/strategy/run", json=body).json()
        assert told["outcomes"] == json.loads(json.dumps(run_of(Mix(pulls_of_text(KITS)))["outcomes"]))
        assert program.post("/v1/strategy/compare", json={"mixes": [body, {"levers": []}]}).status_code == 200
        assert program.post("/v1/strategy/doubt", json=body).json()["finding"]["pairs"] > 0
        for path in ("levers", "variables", "parameters", "provenance"):
            assert program.get(f"/v1/strategy/{path}").status_code == 200
        far = program.post("/v1/strategy/run", json={"levers": [body["levers"][0] | {"strength": 9}]})
    assert far.status_code == 422
    assert "Valid: 0 to 5" in far.json()["detail"]


def test_programs_ask_what_is_next(site):
    headers = visiting("analyst") | {"x-csrf-token": "form-of-this-session"}
    seen = {"year": "FY2024", "indicator": "lethal_dose_share", "value": 0.5}
    with TestClient(create_app(site), base_url="http://127.0.0.1", headers=headers) as program:
        told = program.post("/v1/strategy/forecast", json={"indicators": [seen], "draws": 100}).json()
        wrong = program.post(
            "/v1/strategy/forecast", json={"indicators": [seen | {"indicator": "purety"}], "draws": 50}
        )
    assert {row["year"] for row in told["rows"]} == {2021, 2022, 2023, 2024}
    assert told["model"]["estimate"] == "model estimate"
    assert wrong.status_code == 422
    assert "purity" in wrong.json()["detail"]
