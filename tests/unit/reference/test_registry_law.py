"""Entries of national law: as many as the catalogue counts, from the day its text says."""

from collections import Counter
from datetime import date, timedelta

import pytest

from counterflow.reference.registry import load_registry

REGISTRY = load_registry()
ROWS = [control for held in REGISTRY.controls.values() for control in held]


def listed(substance, place, day):
    """Lists of a place that hold a substance on a day, with those whose dates do not tell."""
    return {c.list for c in REGISTRY.controls_on(substance, day, [place])}


def test_the_chinese_supplementary_catalogue_holds_as_many_as_each_announcement_names():
    named = [c for c in ROWS if c.instrument == "cn-nps" and c.basis == "drug"]
    assert all(c.read == c.date_read == "text" for c in named)
    assert Counter(c.date_from for c in named) == {
        "2015-10-01": 116,
        "2017-03-01": 4,
        "2017-07-01": 4,
        "2018-09-01": 32,
        "2021-07-01": 18,
        "2024-07-01": 45,  # of 46: the plant kratom and its alkaloid mitragynine are one substance here
        "2025-07-01": 12,
    }


def test_the_chinese_catalogues_of_2013_are_held_whole():
    entries = [
        c
        for c in ROWS
        if c.instrument == "cn-narcotics" and "2013, No." in c.citation and "; an isomer of " not in c.citation
    ]
    assert Counter(c.list for c in entries) == {
        "Narcotic drugs": 121,
        "Psychotropic substances, category 1": 67,  # of 68: dronabinol is tetrahydrocannabinol here
        "Psychotropic substances, category 2": 81,
    }


@pytest.mark.parametrize(
    ("substance", "place", "first", "name"),
    [
        ("hu-210", "CN", date(2021, 7, 1), "Supplementary catalogue"),
        ("bromazolam", "CN", date(2024, 7, 1), "Supplementary catalogue"),
        ("etomidate", "CN", date(2023, 10, 1), "Psychotropic substances, category 2"),
        ("norfentanyl", "CN", date(2024, 9, 1), "Category 2"),
        ("zuranolone", "US", date(2023, 10, 31), "Schedule IV"),
        ("amineptine", "US", date(2022, 12, 19), "Schedule I"),
        ("2-methyl-ap-237", "US", date(2024, 4, 15), "Schedule I"),
        ("n-pyrrolidino-metonitazene", "US", date(2025, 8, 15), "Schedule I"),
        ("ketamine", "GB", date(2014, 6, 10), "Class B"),
        ("flualprazolam", "GB", date(2021, 8, 18), "Class C"),
        ("nitrous-oxide", "GB", date(2023, 11, 8), "Class C"),
        ("xylazine", "GB", date(2025, 1, 15), "Class C"),
    ],
)
def test_an_entry_begins_on_the_day_its_law_says(substance, place, first, name):
    assert name not in listed(substance, place, first - timedelta(days=1))
    assert name in listed(substance, place, first)


def test_what_moves_stands_in_one_class_at_a_time():
    for substance in ("gbl", "1-4-butanediol", "ghb"):
        before, after = (listed(substance, "GB", date(2022, 4, day)) for day in (12, 13))
        assert (before & {"Class B", "Class C"}, after & {"Class B", "Class C"}) == ({"Class C"}, {"Class B"})
    assert listed("modafinil", "CN", date(2023, 9, 30)) == {"Psychotropic substances, category 1"}
    assert listed("modafinil", "CN", date(2023, 10, 1)) == {"Psychotropic substances, category 2"}


def test_a_temporary_order_whose_end_is_not_known_leaves_a_doubt():
    (entry,) = (c for c in REGISTRY.controls["mmb-fubica"] if c.instrument == "us-csa")
    assert entry.holds_on(date(2026, 12, 20)) is None
    assert [entry.holds_on(date(year, 6, 1)) for year in (2023, 2025, 2026, 2027)] == [False, True, True, False]
    assert "was not at hand" in entry.citation
