"""Countries as lists and records name them, to their codes."""

from __future__ import annotations

import csv
import gzip

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.reference.countries import country_code, country_codes
from counterflow.reference.csv_files import read_rows, read_sources


@pytest.mark.parametrize(
    ("written", "code"),
    [("Russia", "RU"), ("Korea, South", "KR"), ("Bolivia", "BO"), ("Congo, Democratic Republic of the", "CD"),
     ("Türkiye", "TR"), ("turkey", "TR"), ("ir", "IR"), ("USA", "US"), ("Kosovo", "XK"), ("Viet Nam", "VN")],
)  # fmt: skip
def test_names_and_codes_are_known(written, code):
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["", None, "Korea", "undetermined", "Region: Crimea", "former Soviet Union", "XX"])
def test_what_names_no_one_country_gets_no_code(written):
    assert country_code(written) is None


def test_each_code_stands_for_itself():
    for country in pycountry.countries:
        assert country_code(country.alpha_2) == country.alpha_2
        assert country_code(country.name) == country.alpha_2


def test_every_spelling_has_a_source():
    known = read_sources("places")
    rows = read_rows("places", "country_spellings.csv")
    assert {row["source"] for row in rows} <= set(known)
    assert all(country_code(row["spelling"]) == row["code"] for row in rows)


def test_the_lists_own_countries_have_codes(shared_data):
    with gzip.open(shared_data / "parties" / "ofac_add_2021.csv.gz", "rt", encoding="utf-8") as file:
        written = [row["country"] for row in csv.DictReader(file) if row["country"]]
    known = sum(country_code(name) is not None for name in written)
    assert known / len(written) > 0.99


@given(st.text())
def test_any_text_is_answered(text):
    assert country_code(text) is None or len(country_codes(text)) <= 1
