"""The map over HTTP: what each view shows and to whom, what it says where there is nothing, and that no text can run."""

import json
import re

import pytest

from counterflow.watch.response.files import load_file as load_known
from counterflow.watch.response.places import PLACES
from counterflow.watch.series.load import load_file
from counterflow.watch.series.reader import Options

HEALTH = "health-response"
EVIL = "<img src=x onerror=alert(1)>"


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def series_of(client, measure):
    """The id of a kind of count, as the page of counties offers it."""
    page = client.get("/map", params={"view": "counties"}).text
    return re.search(rf'<option value="([^"]*{measure}[^"]*)"', page).group(1)


def spec_of(page):
    return json.loads(re.search(r"data-spec='([^']*)'", page).group(1))


@pytest.fixture(scope="module")
def counted(training_workspace, tmp_path_factory):
    """The training world with counts by county and state, one of them named to do harm, and an office with a point."""
    folder, today = tmp_path_factory.mktemp("map"), training_workspace.clock().date()
    rows = ["starts,place,level,count,measure,source"]
    for n in range(30):
        day = f"{2024 + n // 12}-{n % 12 + 1:02d}-01"
        for place, count in (("17031", 60 if n > 26 else 20), ("09110", 30), ("17043", 2), (EVIL, 25)):
            rows.append(f"{day},{place},county,{count},deaths,vital")
        rows += [f"{day},{state},state,{count},ed-visits,ed" for state, count in (("IL", 90), ("PR", 40), ("GU", 30))]
    (folder / "counts.csv").write_text("\n".join(rows) + "\n")
    (folder / "places.csv").write_text("place,level,parent,lat,lon\nALDERHAVEN,site,,3,-24\n")
    load_file(training_workspace, folder / "counts.csv", Options(today=today), form="counts")
    load_known(training_workspace, folder / "places.csv", PLACES)
    return training_workspace


def test_countries_show_how_good_their_data_are_and_no_finds(client_as, counted):
    page = client_as("viewer").get("/map").text
    text = text_of(page)
    for said in ("Where records come from", "Cannot be screened", "Finds by country are not shown", "ALDERHAVEN"):
        assert said in text, said
    spec = spec_of(page)
    lanes = next(each for each in spec["data"] if each["name"] == "lanes")["values"]
    assert lanes, "lanes lead to the office whose place is known"
    assert "ALDERHAVEN" in {lane["n"] for lane in lanes}
    for show in ("blind", "incomplete", "late", "burden"):
        assert client_as("viewer").get("/map", params={"view": "world", "show": show}).status_code == 200


def test_counties_are_held_against_the_year_before(client_as, counted):
    desk = client_as("analyst", purpose=HEALTH)
    series = series_of(desk, "deaths")
    page = desk.get("/map", params={"view": "counties", "series": series}).text
    text = text_of(page)
    assert "1 of 3 places that can be compared have clearly more" in text
    assert re.search(r"Cook, IL 17031 180 60 3 [\d.]+ to [\d.]+ more", text)
    assert "Capitol Planning Region" in text
    assert "former counties" in text
    values = {row["k"]: row for row in next(d for d in spec_of(page)["data"] if d["name"] == "values")["values"]}
    assert values["17031"]["f"] == "m"
    assert values["17043"] == {"k": "17043", "f": "w"}, "a small count is said to be withheld, and no more"
    assert "09110" not in values
    assert EVIL not in page
    counts = desk.get("/map", params={"view": "counties", "series": series, "show": "counted", "state": "17"})
    assert "Counts show where people live" in counts.text


def test_states_draw_puerto_rico_and_list_guam(client_as, counted):
    page = client_as("viewer").get("/map", params={"view": "states"}).text
    values = {row["k"] for row in next(d for d in spec_of(page)["data"] if d["name"] == "values")["values"]}
    assert values == {"17", "72"}
    assert "too far away for this map" in text_of(page)
    assert "Guam" in text_of(page)


def test_clusters_are_looked_for_when_asked(client_as, counted):
    desk = client_as("analyst", purpose=HEALTH)
    page = desk.get("/map", params={"view": "places"}).text
    series = re.search(r'<option value="([^"]*overdoses[^"]*)"', page).group(1)
    part = desk.get("/map/clusters", params={"series": series}, headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "clusters are an alarm" in part
    assert "<html" in desk.get("/map/clusters", params={"series": series}).text
    assert desk.get("/map/clusters", params={"series": "none"}).status_code == 404


def test_an_empty_house_says_what_to_do_next(sample_app, sample_board, sheet_source):
    from fastapi.testclient import TestClient

    bare = sample_board | {"coverage": [], "burden": []}
    with TestClient(sample_app(lambda: bare, sheet_source), base_url="http://127.0.0.1",
                    headers={"accept": "text/html"}) as web:  # fmt: skip
        assert "Load a file of consignments at Intake" in text_of(web.get("/map?view=world").text)
        assert "No counts by county are held" in text_of(web.get("/map?view=counties").text)
        assert "No place has coordinates" in text_of(web.get("/map?view=places").text)
        assert web.get("/map?view=moon").status_code == 422
        assert web.get("/map?view=counties&series=none").status_code == 404


def test_programs_get_the_same_maps_and_board(client_as, counted):
    desk = client_as("analyst", purpose=HEALTH, page=False)
    held = [one["id"] for one in desk.get("/v1/map/areas/counties").json()["held"]]
    deaths = next(one for one in held if "deaths" in one)
    told = desk.get("/v1/map/areas/counties", params={"series": deaths}).json()
    cook = next(area for area in told["areas"] if area["place"] == "17031")
    assert (cook["count"], cook["change"]["verdict"]) == (180, "more")
    assert next(area for area in told["areas"] if area["place"] == "17043")["count"] is None
    assert desk.get("/v1/map/trade").json()["countries"]
    held = desk.get("/v1/map/clusters").json()["held"]
    assert "clusters" in desk.get("/v1/map/clusters", params={"series": held[0]["id"]}).json()
    assert desk.get("/v1/board").json()["redress"]["received"] == 0
    assert client_as("viewer", page=False).get("/v1/board").json()["sheet"] == []
    assert client_as("admin", page=False).get("/v1/map/trade").status_code == 403
