"""A field that is one name: found however its separators are written, and nothing else is."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.reference.registry import load_registry
from counterflow.screen.substances import SubstanceLookup
from counterflow.screen.substances.whole_names import WholeNames


@pytest.fixture(scope="module")
def names():
    return WholeNames(load_registry())


@pytest.mark.parametrize(
    ("written", "substance"),
    [
        ("4-methyl-2,5-dimethoxy-amphetamine", "stp"),
        ("4 - Methyl 2,5 dimethoxyamphetamine", "stp"),
        ("N-ethyl-3-piperidylbenzilate", "n-ethyl-3-piperidyl-benzilate"),
        ("α-methyl fentanyl", "alpha-methylfentanyl"),
        ("p-fluorofentanyl", "para-fluorofentanyl"),
        ("ACETIC  ANHYDRIDE", "acetic-anhydride"),
        ("pcp", "phencyclidine"),
    ],
)
def test_separators_and_greek_letters_do_not_matter(names, written, substance):
    assert [name.substance for name in names.find(written)] == [substance]


@pytest.mark.parametrize("written", ["", " ", "-", "4,5", "gypsum", "amphetamine sulfate tablets", "p c p"])
def test_what_is_no_name_is_none(names, written):
    assert names.find(written) == ()


def test_an_abbreviation_is_what_it_says_where_it_stands_as_the_name_and_a_street_word_is_not():
    look = SubstanceLookup(dt.date(2025, 8, 1), ["US"])
    answers = {written: {row.verdict for row in look.check(name=written)} for written in ("PCP", "Speed")}
    assert answers == {"PCP": {"controlled"}, "Speed": {"unclear"}}
