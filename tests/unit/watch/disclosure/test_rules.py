"""Who sees what: a doubt hides."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.errors import AccessError, UnknownName
from counterflow.watch.disclosure import HEALTH, Approval, allowed, role_in_force

TODAY = dt.date(2026, 11, 23)
PERIOD = (dt.date(2026, 11, 2), dt.date(2026, 11, 8))
ROWS = pa.table(
    {
        "place": ["Cook", "Loop", "Mill", "Bay", "Port"],
        "level": ["county", "subcounty", "", "site", "site"],
        "measure": ["deaths", "deaths", "deaths", "a new measure", "seizures"],
    }
)
COARSER = {"Loop": "Cook", "Bay": "Cook"}


def agreed(**more):
    sides = more.pop("sides", (("health", "A. Meier"), ("oversight", "B. Other")))
    told = {"role": "enforcement", "purpose": "supply-response", "area": "Cook", "starts": dt.date(2026, 11, 1),
            "ends": dt.date(2026, 11, 30), "expires": dt.date(2026, 12, 1)} | more  # fmt: skip
    return Approval("Q-1", **told, sides=sides)


@pytest.mark.parametrize(
    ("role", "purpose", "shown"),
    [
        ("health", HEALTH, [True, True, True, True, True]),
        ("health", "evaluation", [True, False, False, False, True]),
        ("oversight", "audit", [True, True, True, True, True]),
        ("oversight", HEALTH, [True, False, False, False, True]),
        ("enforcement", HEALTH, [True, False, False, False, True]),
        ("enforcement", "audit", [True, False, False, False, True]),
    ],
)
def test_what_is_not_known_to_be_coarse_or_supply_is_hidden(role, purpose, shown):
    seen = allowed(ROWS, role, purpose, coarser=COARSER)
    assert seen.shown.tolist() == shown
    assert bool(seen.why) == (seen.refused > 0)


def test_a_fine_place_is_named_by_its_county_outside_health():
    assert allowed(ROWS, "oversight", "audit", coarser=COARSER).places == (
        "Cook", "Cook", "an area that is not named", "Cook", "Port"
    )  # fmt: skip
    assert allowed(ROWS, "health", coarser=COARSER).places[1] == "Loop"


def test_two_sides_open_their_area_and_period_for_their_purpose():
    seen = allowed(ROWS, "enforcement", "supply-response", [agreed()], TODAY, coarser=COARSER, period=PERIOD)
    assert seen.shown.tolist() == [True, True, False, True, True]
    assert seen.approvals == ("Q-1",)


@pytest.mark.parametrize(
    "given",
    [
        {"sides": (("health", "A. Meier"),)},
        {"sides": (("health", "A. Meier"), ("oversight", "Meïer, A"))},
        {"sides": (("health", "[erased]"), ("oversight", "[erased]"))},
        {"expires": dt.date(2026, 11, 22)},
        {"ends": dt.date(2026, 11, 7)},
        {"purpose": "evaluation"},
        {"area": "Dale"},
        {"role": "oversight"},
    ],
    ids=["one side", "one person twice", "erased", "expired", "other period", "other purpose", "other area", "role"],
)
def test_anything_less_opens_nothing(given):
    seen = allowed(ROWS, "enforcement", "supply-response", [agreed(**given)], TODAY, coarser=COARSER, period=PERIOD)
    assert not seen.shown[1]
    assert seen.approvals == ()


def test_a_period_that_is_not_known_lies_in_no_agreement():
    assert not allowed(ROWS, "enforcement", "supply-response", [agreed()], TODAY, coarser=COARSER).shown[1]


def test_a_flag_may_narrow_the_role_and_never_widen_it():
    assert role_in_force("health", "enforcement") == "enforcement"
    assert role_in_force("enforcement", None) == "enforcement"
    with pytest.raises(AccessError, match="serves enforcement"):
        role_in_force("enforcement", "health")
    with pytest.raises(UnknownName, match="oversight"):
        role_in_force("health", "oversigt")
    with pytest.raises(UnknownName, match="health-response"):
        allowed(ROWS, "health", "health-respons")
