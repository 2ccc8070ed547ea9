"""Agreements of two sides on record: two persons, an end, a way back."""

import datetime as dt
import json

import pytest
from tests.unit.watch.response.conftest import clock, held, site  # noqa: F401 - fixtures

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.watch.disclosure import Request
from counterflow.watch.disclosure.approvals import approve, log_read, standing, withdraw

ASKED = Request("supply-response", "Cook", dt.date(2026, 11, 1), dt.date(2026, 11, 30), dt.date(2026, 12, 1))
WHY = "adulterant seen in two labs"


def both(site):  # noqa: F811
    approve(site, ASKED, side="health", person="A. Meier", ground=WHY)
    return approve(site, ASKED, side="oversight", person="B. Other", ground=WHY)


def test_it_holds_when_two_persons_agreed_and_ends_by_itself(site):  # noqa: F811
    first = approve(site, ASKED, side="health", person="A. Meier", ground=WHY)
    assert first.state(dt.date(2026, 11, 23)) == "waits"
    both_sides = approve(site, ASKED, side="oversight", person="B. Other", ground=WHY)
    assert both_sides.state(dt.date(2026, 11, 23)) == "holds"
    assert both_sides.state(dt.date(2026, 12, 2)) == "expired"


@pytest.mark.parametrize("other", ["a meier", "Meïer A.", "\N{CYRILLIC CAPITAL LETTER A}. Meier"])
def test_one_person_is_not_two_by_spelling(site, other):  # noqa: F811
    approve(site, ASKED, side="health", person="A. Meier", ground=WHY)
    with pytest.raises(AccessError, match="two persons"):
        approve(site, ASKED, side="oversight", person=other, ground=WHY)


def test_it_can_be_taken_back(site):  # noqa: F811
    request = both(site).request
    withdraw(site, request, person="C. Third", ground="no longer needed")
    assert standing(site.store) == []
    with pytest.raises(UnknownName):
        withdraw(site, request, person="C. Third", ground="no longer needed")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"expires": dt.date(2026, 11, 1)}, "expired"),
        ({"expires": dt.date(2027, 11, 1)}, "runs out"),
        ({"ends": dt.date(2026, 10, 1)}, "ends before"),
        ({"area": " "}, "named area"),
    ],
)
def test_days_and_area_must_make_sense(site, change, words):  # noqa: F811
    asked = Request(**{**ASKED.__dict__, **change})
    with pytest.raises(InputError, match=words):
        approve(site, asked, side="health", person="A. Meier", ground=WHY)


def test_person_ground_and_side_are_needed(site):  # noqa: F811
    for given in ({"person": "", "ground": WHY}, {"person": "A", "ground": "so"}):
        with pytest.raises(InputError):
            approve(site, ASKED, side="health", **given)
    with pytest.raises(UnknownName, match="oversight"):
        approve(site, ASKED, side="oversigt", person="A", ground=WHY)


def test_the_ledger_shows_two_persons_and_each_read_and_names_nobody(site):  # noqa: F811
    request = both(site).request
    log_read(site, [request], "enforcement", "supply-response", 3)
    entries = site.said()
    assert len(set(entries[1]["persons"])) == 2
    assert entries[2] == {"requests": [request], "role": "enforcement", "purpose": "supply-response", "rows": 3}
    said = json.dumps(entries)
    assert not [word for word in ("Meier", "Other", "Cook", "adulterant") if word in said]
