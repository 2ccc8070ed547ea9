"""What the law of a place makes of a substance on a day, and how honest the answer is."""

from dataclasses import replace
from datetime import date

import pytest

from counterflow.core.errors import UnknownName
from counterflow.reference.registry import Control, Registry, load_registry
from counterflow.screen.substances.law import Law, default_jurisdictions

REGISTRY = load_registry()


def verdict(substance, code, day=date(2025, 8, 1), registry=REGISTRY):
    (row,) = Law(registry, day, [code]).rows(substance)
    return row


def registry_with(**changes) -> Registry:
    """The registry with one control of fentanyl under US law, changed."""
    (control,) = [c for c in REGISTRY.controls["fentanyl"] if c.instrument == "us-csa"]
    return replace(REGISTRY, controls={"fentanyl": (replace(control, **changes),)})


@pytest.mark.parametrize(
    ("substance", "code", "day", "expected"),
    [
        ("fentanyl", "US", date(2025, 8, 1), ("controlled", "US CSA", "Schedule II")),
        ("norfentanyl", "UN", date(2022, 11, 22), ("watch", "", "")),
        ("norfentanyl", "UN", date(2022, 11, 23), ("listed_precursor", "UN 1988", "Table I")),
        ("norfentanyl", "US", date(2025, 8, 1), ("controlled", "US CSA", "Schedule II")),  # an immediate precursor
        ("acetone", "MX", date(2025, 8, 1), ("listed_precursor", "MX LFCPQ", "Productos químicos esenciales")),
        (
            "norfentanyl",
            "DE",
            date(2025, 8, 1),
            ("listed_precursor", "EU precursors", "Category 1"),
        ),  # law of its union
        ("fentanyl", "TH", date(2025, 8, 1), ("unclear", "", "")),  # no law of it here, a convention lists it
        ("fentanyl", "FR", date(2025, 8, 1), ("unclear", "", "")),  # only the precursor law of its union
        ("acetone", "FR", date(2025, 8, 1), ("listed_precursor", "EU precursors", "Category 3")),
        ("xylazine", "UN", date(2025, 8, 1), ("watch", "", "")),
    ],
)
def test_the_verdict_follows_place_and_day(substance, code, day, expected):
    row = verdict(substance, code, day)
    assert (row.verdict, row.list, row.schedule) == expected


def test_a_substance_listed_nowhere_on_the_day_is_none_and_not_called_uncontrolled():
    row = verdict("fentanyl", "US", date(2015, 1, 1), registry_with(date_from="2016-01-01", date_read="text"))
    assert row.verdict == "none"
    assert "that is not “not controlled”" in row.reason
    assert "US CSA Schedule II since 2016-01-01, not on the day asked" in row.reason


def test_listed_elsewhere_is_watch_and_says_where():
    row = verdict("fentanyl", "EU")
    assert row.verdict == "watch"
    assert "listed elsewhere" in row.reason
    assert "UN 1961 Schedule I" in row.reason


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({"date_from": "..2025-09-01"}, "unclear", "its dates do not tell"),
        ({"date_from": "2025"}, "unclear", "its dates do not tell"),
        ({"date_from": "2020-01-01", "date_to": "2025-07-31"}, "none", "not on the day asked"),
        ({"date_from": "2020-01-01", "date_to": "2025-08-01"}, "controlled", "since 2020-01-01"),
        ({"scope": "suppositories"}, "unclear", "only suppositories"),
        ({"scope": "except the hydrochloride"}, "controlled", "except the hydrochloride"),
        ({"basis": "precursor"}, "listed_precursor", "US CSA Schedule II"),
        ({"basis": "temporary"}, "controlled", "(temporary)"),
        ({"read": "recalled"}, "controlled", "unverified: recalled"),
        ({"threshold": "over 1 kg"}, "controlled", "duties: over 1 kg"),
    ],
)
def test_doubt_and_words_of_an_entry_are_told(changes, expected, said):
    row = verdict("fentanyl", "US", registry=registry_with(**changes))
    assert row.verdict == expected
    assert said in row.reason


def test_an_entry_without_a_date_holds_from_the_day_its_list_was_read():
    as_of = date.fromisoformat(REGISTRY.instruments["us-csa"].as_of)
    undated = registry_with(date_from="")
    assert verdict("fentanyl", "US", as_of, undated).verdict == "controlled"
    assert verdict("fentanyl", "US", date(2020, 1, 1), undated).verdict == "unclear"


def test_the_entry_on_the_substance_itself_wins_over_its_preparations():
    row = verdict("codeine", "US")
    assert (row.verdict, row.schedule) == ("controlled", "Schedule II")
    assert "also US CSA Schedule III, US CSA Schedule V" in row.reason


def test_every_answer_on_every_substance_tells_its_coverage_and_cites_what_it_rests_on():
    law = Law(REGISTRY, date(2026, 8, 1), default_jurisdictions(REGISTRY))
    for substance in REGISTRY.substances:
        for row in law.rows(substance):
            assert row.reason.endswith(law.coverage(row.jurisdiction))
            if row.list:
                assert row.citation
            else:
                assert "that is not “not controlled”" in row.reason


def test_what_rests_on_memory_is_always_shown():
    law = Law(REGISTRY, date(2026, 8, 1), default_jurisdictions(REGISTRY))
    rows = [row for substance in REGISTRY.substances for row in law.rows(substance)]
    assert any(row.unverified for row in rows)
    assert all(("unverified: recalled" in row.reason) for row in rows if row.unverified)


def test_a_country_without_law_here_says_so():
    row = verdict("fentanyl", "TH")
    assert row.reason.endswith("no law of TH in this registry")
    assert "Single Convention" in row.citation


def test_an_unknown_substance_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="sufentanil"):
        verdict("fentanil-x", "US")


def test_members_of_a_union_are_asked_by_the_union_unless_they_have_law_here():
    asked = default_jurisdictions(REGISTRY)
    assert {"UN", "EU", "US", "GB", "CA", "CN", "MX", "DE"} <= set(asked)
    assert "FR" not in asked


def test_controls_are_those_of_the_registry_given():
    control: Control = registry_with().controls["fentanyl"][0]
    assert control.instrument == "us-csa"
    assert verdict("fentanyl", "CN", registry=registry_with()).verdict == "watch"
