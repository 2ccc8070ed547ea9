"""Places find their outline on the vendored maps, or the reason why they have none; never another place's."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.reference.csv_files import read_rows, read_sources
from counterflow.reference.outlines import country_outline, county_outline, state_outline

VENDOR = resources.files("counterflow.console") / "static" / "vendor"


@pytest.mark.parametrize(
    ("file", "part", "which"),
    [("us-counties-10m.json", "counties", "counties"), ("us-counties-10m.json", "states", "states"),
     ("us-states-10m.json", "states", "states"), ("world-countries-50m.json", "countries", "world")],
)  # fmt: skip
def test_the_table_of_outlines_is_what_the_vendored_map_draws(file, part, which):
    drawn = json.loads((VENDOR / file).read_text("utf-8"))["objects"][part]["geometries"]
    ids = {shape.get("id") or shape["properties"]["name"] for shape in drawn}
    listed = {row["outline"] for row in read_rows("places", "outlines.csv") if row["map"] == which}
    assert listed <= ids
    left = {"Indian Ocean Ter.", "N. Cyprus", "Siachen Glacier", "Somaliland"} if which == "world" else set()
    assert ids - listed == left


def test_hong_kong_macao_and_singapore_are_drawn_and_kosovo_by_its_name():
    assert [country_outline(code).outline for code in ("HK", "MO", "SG", "XK")] == ["344", "446", "702", "Kosovo"]


def test_connecticut_of_today_is_not_drawn_as_its_old_counties():
    assert county_outline("09001").outline == "09001"
    for code in ("09110", "9190"):
        found = county_outline(code)
        assert (found.outline, found.name[-15:]) == ("", "Planning Region")
        assert "former counties" in found.why


def test_puerto_rico_has_outlines():
    assert state_outline("PR").outline == "72"
    assert county_outline("72127").name == "San Juan, PR"
    assert county_outline("Añasco Municipio, PR").outline == county_outline("anasco, puerto rico").outline == "72011"


def test_islands_of_the_pacific_are_named_and_not_drawn():
    assert (state_outline("GU").name, state_outline("GU").outline) == ("Guam", "")
    assert county_outline("66010").why == county_outline("Rota, MP").why == state_outline("60").why
    assert "too far" in state_outline("AS").why


@pytest.mark.parametrize("place", ["Baltimore, MD", "Richmond, VA", "Cook", "Ashbourne", "99999", "²", "", ",IL"])
def test_what_is_not_one_county_has_none(place):
    found = county_outline(place)
    assert (found.outline, bool(found.why)) == ("", True)


def test_every_line_has_a_source():
    known = read_sources("places")
    rows = [*read_rows("places", "outlines.csv"), *read_rows("places", "county_changes.csv")]
    assert {row["source"] for row in rows} <= set(known)


@given(st.text(max_size=40))
def test_any_text_is_answered(text):
    for find in (country_outline, state_outline, county_outline):
        found = find(text)
        assert bool(found.outline) != bool(found.why)
