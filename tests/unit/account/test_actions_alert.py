"""What health is told: area, months, class where asked; nothing of the plan leaks, and no small place is pointed at."""

import datetime as dt
import json
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.actions.alerting import alert_of, alerts_of
from counterflow.account.actions.alerts import KEYS, Place, check_alert, coarse_enough, make_alert
from counterflow.account.actions.terms import CLASSES
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError
from counterflow.flow.account_actions import Proposal, alert, propose

PLACES = (("Loop", "subcounty", "Cook"), ("Cook", "county", "Illinois"), ("Illinois", "state", None))
SECRET = 'title = "Raid on Miller Street at Zebra Imports"\narea = "Loop"\nsubstance_class = "opioids"\n'
TARGETS = "possible_targets = {Loop = 1, Cook = 4, Illinois = 90}"


@pytest.fixture
def site(empty_workspace):
    rows = [{"place": p, "level": level, "parent": parent, "first_seen": empty_workspace.clock(), "batch": "b"}
            for p, level, parent in PLACES]  # fmt: skip
    empty_workspace.store.append("watch_place", pa.Table.from_pylist(rows))
    return empty_workspace


def sealed(site, action_file, targets=TARGETS):
    propose(site, Proposal(action_file(title=SECRET + targets)))
    return site


@given(
    starts=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), days=st.integers(0, 400),
    substance=st.sampled_from(CLASSES), level=st.sampled_from(["county", "state", "region", "nation"]),
)  # fmt: skip
def test_an_alert_has_no_room_for_anything_else(starts, days, substance, level):
    ends = starts + dt.timedelta(days=days)
    made = make_alert(Place("Cook", level, 40), starts, ends, substance)
    told = made.as_dict()
    check_alert(told)
    assert set(told) == set(KEYS)
    assert told["substance_class"] != "precursors"
    first, last = made.days()
    assert first.day == 1
    assert (last + dt.timedelta(days=1)).day == 1
    assert first <= starts
    assert last >= ends + dt.timedelta(weeks=3)
    assert not re.search(r"\d{4}-\d{2}-\d{2}", json.dumps(told))


@pytest.mark.parametrize(
    "changed",
    [{"words": "Raid on Miller Street"}, {"target": "Zebra"}, {"level": "subcounty"}, {"alert": "op-north"},
     {"substance_class": "precursors"}, {"period": {"from": "2026-04-01", "to": "2026-06"}}, {"schema": "other"}],
)  # fmt: skip
def test_what_is_not_in_the_schema_is_no_alert(changed):
    told = make_alert(Place("Cook", "county", 40), dt.date(2026, 4, 1), dt.date(2026, 4, 9), "opioids").as_dict()
    with pytest.raises(InputError, match="no alert"):
        check_alert(told | changed)


def test_nothing_of_the_plan_leaks_and_small_places_are_not_pointed_at(site, action_file):
    sealed(site, action_file)
    kept, told = alert(site, "op-north", to=["County health"], person="A. Analyst")
    text = json.dumps(told) + json.dumps(site.store.rows("SELECT area, starts, ends FROM health_watch"), default=str)
    for word in (
        "Miller",
        "Zebra",
        "officers",
        "op-north",
        "9,600",
        "Loop",
        "Cook",
        "halls",
        "2026-04-09",
        "operation",
    ):
        assert word not in text
    assert (told["area"], told["level"], told["substance_class"]) == ("Illinois", "state", "all")
    assert kept["targets"] == 90
    assert kept["late"] is False
    (entry,) = site.ledger.entries("action-alert")
    assert entry.seq == kept["ledger_seq"]
    assert "Illinois" not in str(entry.body)
    assert "Analyst" not in str(entry.body)
    assert alert_of(alerts_of(site, "op-north")[0]) == told
    (watch,) = site.store.rows("SELECT * FROM health_watch")
    assert (watch["starts"].day, watch["watch"]) == (1, kept["watch"])


def test_ids_of_alerts_are_random_and_one_is_sent_once(site, action_file):
    place = Place("Cook", "county", 40)
    ids = {make_alert(place, dt.date(2026, 4, 1), dt.date(2026, 4, 1), "all").alert for _ in range(50)}
    assert len(ids) == 50
    sealed(site, action_file)
    alert(site, "op-north", to=["County health"], person="A. Analyst")
    with pytest.raises(InputError, match="was sent"):
        alert(site, "op-north", to=["County health"], person="A. Analyst")


def test_the_class_is_told_where_asked(site, action_file):
    sealed(site, action_file)
    _, told = alert(site, "op-north", to=["County health"], person="A. Analyst", tell_class=True)
    assert told["substance_class"] == "opioids"


def test_after_the_first_day_it_may_be_sent_and_is_marked_late(site, action_file):
    sealed(site, action_file)
    site.clock = fixed_clock("2026-04-01T08:00:00Z")
    kept, _ = alert(site, "op-north", to=["County health"], person="A. Analyst")
    assert kept["late"] is True


@pytest.mark.parametrize(
    ("targets", "said"),
    [("possible_targets = {Loop = 1, Cook = 4, Illinois = 9}", "enough possible targets"), ("", "how many possible")],
)
def test_an_alert_that_would_point_at_a_target_is_refused(site, action_file, targets, said):
    sealed(site, action_file, targets)
    with pytest.raises(InputError, match=said):
        alert(site, "op-north", to=["County health"], person="A. Analyst")
    assert site.store.rows("SELECT * FROM health_watch") == []


def test_nobody_named_nobody_told(site, action_file):
    sealed(site, action_file)
    with pytest.raises(InputError, match="Who receives"):
        alert(site, "op-north", to=[" "], person="A. Analyst")
    with pytest.raises(InputError, match="person"):
        alert(site, "op-north", to=["County health"], person=" ")


def test_the_finest_place_that_is_coarse_and_large_enough_is_taken():
    around = [Place("Loop", "subcounty", 500), Place("Cook", "county", 10), Place("Illinois", "state", 90)]
    assert coarse_enough(around).name == "Cook"
    assert coarse_enough([around[0], Place("Cook", "county", None), around[2]]).name == "Illinois"


def test_an_unknown_area_is_refused_before_anything_is_sealed(site, action_file):
    with pytest.raises(InputError, match="no place"):
        propose(site, Proposal(action_file(title='title = "x"\narea = "Cok"')))
    assert site.ledger.size == 0


def test_names_of_who_acted_can_be_erased_and_the_alert_stays(site, action_file):
    from counterflow.store.erasure import erase_records

    sealed(site, action_file)
    alert(site, "op-north", to=["County health"], person="A. Analyst")
    assert erase_records(site, "action", ["op-north"], person="D. Keeper", ground="left office") == 1
    (row,) = alerts_of(site, "op-north")
    assert row["person"] == "[erased]"
    assert row["area"] == "Illinois"
