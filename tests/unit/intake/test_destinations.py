from collections import Counter

import pyarrow as pa
import pytest

from counterflow.intake.convert.destinations import with_countries


def read(*places, held=None):
    fed = {"ship_to": pa.array(places, pa.string())}
    if held is not None:
        fed["ship_to_country"] = pa.array(held, pa.string())
    return with_countries(fed, Counter())["ship_to_country"].to_pylist()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Mexico", "MX"),
        ("MX", "MX"),
        ("Rheinstr. 4, 60311 Frankfurt, Germany", "DE"),
        ("12 Main St, Springfield, IN", None),
        ("5 Peachtree St, Atlanta, Georgia", None),
        ("Warehouse 7", None),
        (None, None),
    ],
)
def test_a_place_of_delivery_says_its_country_where_it_names_one(place, code):
    assert read(place) == [code]


def test_two_letters_are_codes_only_where_all_are():
    assert read("CA", "NY") == [None, None]
    assert read("CA", "MX") == ["CA", "MX"]


def test_what_a_row_says_of_the_country_stands():
    assert read("Mexico", "Mexico", held=["US", None]) == ["US", "MX"]
