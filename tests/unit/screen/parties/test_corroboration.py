"""What the other fields of a record say: a number of its own, whatever people write in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.screen.parties.births import compare_births, read_births
from counterflow.screen.parties.corroboration import FIELDS, WEIGHTS, corroborate
from counterflow.screen.parties.papers import compare_papers, read_papers

LISTED = {
    "born": "1957-04-04; circa 1960",
    "country": "Mexico",
    "nationality": "Mexico; Colombia",
    "identifiers": "passport:A1234567 (Mexico); imo:9187629; tax:80014",
    "addresses": "Calle Cuarta 123, Culiacan, Sinaloa 80200, Mexico\x1eTehran, Iran",
}


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("1957", [(1957, 1957)]),
        ("18 Nov 1957", [(1957, 1957)]),
        ("04/04/1957", [(1957, 1957)]),
        ("19570404", [(1957, 1957)]),
        ("1951~", [(1949, 1953)]),
        ("circa 1961", [(1959, 1963)]),
        ("1955/1960", [(1955, 1960)]),
        ("between 1960 and 1955", [(1955, 1960)]),
        ("1957; 1959", [(1957, 1957), (1959, 1959)]),
        ("unknown", []),
        ("99", []),
        (None, []),
    ],
)
def test_births_are_read_as_people_write_them(written, years):
    assert [(b.first, b.last) for b in read_births(written)] == years


@pytest.mark.parametrize(
    ("here", "listed", "verdict"),
    [
        ("1957-04-05", "1957-04-05", "day"),
        ("1957", "1957-04-04", "year"),
        ("1957-04", "1957-04-04", "year"),
        ("1957-05-04", "1957-04-05", "turned"),
        ("1957-07-09", "1957-04-04", "off"),
        ("1956", "1955/1960", "span"),
        ("1956", "1957", "near"),
        ("1980", "1957; 1958", "far"),
        ("1980; 1958", "1957; 1958", "year"),
    ],
)
def test_births_fit_as_well_as_their_best_pair(here, listed, verdict):
    assert compare_births(read_births(here), read_births(listed))[0] == verdict


@pytest.mark.parametrize(
    ("here", "listed", "verdict"),
    [
        ("A-123 45 67", "passport:A1234567 (Mexico)", "alike"),
        ("passport: a1234567", "passport:A1234567", "same"),
        ("800146749", "tax:800146749", "same"),
        ("IMO 9187629", "imo:9187629", "same"),
        ("IMO9187629", "imo:9187629", "same"),
        ("Passport No. A1234567", "passport:A1234567", "same"),
        ("AB 1234567", "passport:AB1234567", "same"),
        ("imo:9187630", "imo:9187629", "other"),
        ("passport:X9999999", "passport:A1234567", None),
        ("12", "tax:12", None),
        ("ABCDE", "tax:ABCDE", None),
        ("", "tax:80014", None),
    ],
)
def test_a_number_tells_only_where_it_cannot_be_chance(here, listed, verdict):
    found = compare_papers(read_papers(here), read_papers(listed))
    assert (found[0] if found else None) == verdict


@pytest.mark.parametrize(
    ("here", "sign"),
    [
        ({"born": "1957"}, 1),
        ({"born": "1980"}, -1),
        ({"country": "MX"}, 1),
        ({"country": "Norway"}, -1),
        ({"nationality": "Colombian; Colombia"}, 1),
        ({"address": "123 Calle Cuarta, Culiacán"}, 1),
        ({"address": "Storgata 5, Oslo"}, -1),
        ({"identifier": "Passport No. A1234567"}, 1),
        ({"identifier": "A1234568"}, 0),
        ({"identifier": "passport:A1234567"}, 1),
        ({"country": "Atlantis", "born": "n/a", "address": "", "identifier": None}, 0),
        ({}, 0),
    ],
)
def test_its_sign_says_whether_it_speaks_for_the_hit(here, sign):
    value = corroborate(here, LISTED).value
    assert (value > 0) - (value < 0) == sign


def test_the_words_hold_every_weight_and_the_number():
    told = corroborate({"born": "1957", "country": "MX"}, LISTED)
    assert told.in_words() == (
        "born: 1957 here, 1957-04-04 on the list: the same year (+2); country: MX on both (+0.7); together +0.59"
    )
    assert corroborate({}, LISTED).in_words() == "nothing to compare but the name"


def test_a_country_in_an_address_counts_once():
    assert corroborate({"address": "Mexico"}, LISTED).grounds == ()


@given(st.fixed_dictionaries({field: st.none() | st.text(max_size=60) for field in FIELDS}))
def test_no_text_makes_it_fail_or_leave_its_bounds(here):
    told = corroborate(here, LISTED)
    assert -1 <= told.value <= 1
    assert all(ground.weight in WEIGHTS.values() for ground in told.grounds)
    assert corroborate(here, {}).grounds == ()
