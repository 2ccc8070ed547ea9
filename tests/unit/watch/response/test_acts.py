"""Told, acknowledged, acted, disposed: who, when, and what is refused."""

import datetime as dt
import json

import pytest
from tests.unit.watch.response.conftest import load
from tests.unit.watch.response.made import HOW, grid, judge, quiet, raise_one

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.store.erasure import erase_records
from counterflow.watch.response import record
from counterflow.watch.response.acts import salt_of
from counterflow.watch.response.board import board
from counterflow.watch.response.contacts import CONTACTS
from counterflow.watch.response.contacts import contacts as contacts_of
from counterflow.watch.response.told import acknowledge, act, dispose, find_alarm, tell


def test_an_unknown_alarm_names_the_nearest(site):
    alarm = raise_one(site)
    with pytest.raises(UnknownName, match=alarm.split(".")[0]):
        find_alarm(site.store, alarm.split(".")[0][:-1] + "x")


def test_an_act_without_a_person_is_refused(site, contacts):
    alarm = raise_one(site)
    with pytest.raises(InputError, match="person"):
        tell(site, alarm, person="  ")
    with pytest.raises(InputError, match="person"):
        dispose(site, alarm, "outbreak", person="", words="seen in toxicology")


def test_from_told_to_disposed_with_what_is_due(site, contacts, clock):
    alarm = raise_one(site)
    due = [(one["what"], one["contact"]) for one in board(site).due]
    assert due == [("tell", "moh"), ("tell", "desk"), ("tell", "state"), ("say what it was", "")]
    clock.add(hours=5)
    assert [one["contact"] for one in board(site).due if one["overdue"]] == ["moh"]
    assert len(tell(site, alarm, person="A. Analyst")) == 3
    acknowledge(site, alarm, contact="moh", person="Dr Officer")
    act(site, alarm, person="Dr Officer", words="kits sent to three sites", contact="moh")
    dispose(site, alarm, "outbreak", person="Dr Officer", words="seen in toxicology")
    shown = board(site)
    row = shown.rows[0]
    assert (row["state"], row["told"], row["acknowledged"], row["verdict"]) == ("disposed", 3, 1, "outbreak")
    assert shown.due == []
    assert (shown.precision[0]["judged"], shown.precision[0]["outbreak"]) == (1, 1)
    assert shown.precision[0]["low"] == pytest.approx(0.025)


def test_who_was_not_told_cannot_acknowledge(site, contacts):
    alarm = raise_one(site)
    with pytest.raises(InputError, match="not told"):
        acknowledge(site, alarm, contact="moh", person="Dr Officer")


def test_nothing_is_done_before_its_time_or_in_the_future(site, contacts, clock):
    alarm = raise_one(site)
    for wrong in (clock() - dt.timedelta(days=1), clock() + dt.timedelta(days=1)):
        with pytest.raises(InputError, match="cannot have been done then"):
            tell(site, alarm, person="A. Analyst", at=wrong)


def test_a_verdict_that_is_none_names_the_nearest(site):
    with pytest.raises(UnknownName, match="artefact"):
        dispose(site, raise_one(site), "artifact", person="A", words="double entries")


def test_everybody_who_was_told_is_told_that_it_no_longer_stands(site, contacts, clock):
    alarm = raise_one(site)
    tell(site, alarm, person="A. Analyst", to=["moh"])
    clock.add(days=7)
    lower = grid(quiet(), as_of=dt.date(2026, 11, 30))
    record(site, lower, judge(lower), HOW)
    assert [(one["what"], one["contact"]) for one in board(site).due] == [("tell that it no longer stands", "moh")]
    assert [row["act"] for row in tell(site, alarm, person="A. Analyst")] == ["told-correction"]
    assert board(site).due == []


def test_enforcement_is_not_told_of_harm_below_the_county(site, contacts):
    alarm = raise_one(site, level="subcounty")
    with pytest.raises(AccessError, match="enforcement"):
        tell(site, alarm, person="A. Analyst", to=["desk"])
    assert "desk" not in {one["contact"] for one in board(site).due}


def test_the_ledger_holds_no_name_no_channel_and_no_words(site, contacts):
    alarm = raise_one(site)
    tell(site, alarm, person="A. Analyst")
    act(site, alarm, person="Dr Officer", words="kits sent to three sites")
    said = json.dumps(site.said())
    for word in ("Analyst", "Officer", "moh", "kits", "@", "County Health"):
        assert word not in said


def test_acts_and_contacts_can_be_erased_and_the_board_still_stands(site, contacts):
    alarm = raise_one(site)
    tell(site, alarm, person="A. Analyst", to=["moh"])
    salt_of(site, "moh")
    erase_records(site, "watch", ["moh", alarm.split(".")[0]], person="P", ground="request")
    assert {row["person"] for row in site.store.rows("SELECT person FROM watch_act")} == {"[erased]"}
    told = site.store.rows("SELECT channel, duty FROM watch_contact WHERE contact = 'moh'")
    assert told == [{"channel": "[erased]", "duty": "[erased]"}]
    assert board(site).rows[0]["state"] == "told"
    assert "moh" not in {one["contact"] for one in contacts_of(site.store, site.clock().date())}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,health,Me,Home,*,me@gmail.com", "private-address"),
        ("x,police,Desk,Force,*,desk@force.example", "unknown-role"),
        ("x,health,,Health,*,epi@state.example", "no-text"),
        ("x/y,health,Epi,Health,*,epi@state.example", "no-id"),
        ("x,health,Epi,Health,*", "ragged"),
    ],
)
def test_a_bad_row_of_contacts_is_counted_and_not_taken(site, tmp_path, line, reason):
    text = f"contact,role,duty,organisation,area,channel\nok,health,Epi,Health,*,epi@ok.example\n{line}\n"
    receipt = load(site, tmp_path, CONTACTS, text)
    assert (receipt.accepted, receipt.rejected, dict(receipt.reasons)) == (1, 1, {reason: 1})
