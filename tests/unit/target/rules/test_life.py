"""A rule's life: two persons, a kept test of the very version, an end; the ledger shows acts and no words."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.store.erasure import erase_records
from counterflow.target.rules.active import active_attributes, active_hits
from counterflow.target.rules.language import parse
from counterflow.target.rules.life import approve_rule, draft_rule, retire_rule, stored_rule, versions
from counterflow.target.rules.stored import stored_lines
from counterflow.target.rules.trial import keep_test

from .conftest import FIRST

END = FIRST + dt.timedelta(days=60)
GROUND = "two seizures in May"


def rule(text='hs is "300000"', more="", ground=GROUND):
    return parse(f'rule "r" when {text} then inspect first, 12 minutes each{more} because "{ground}"')


@pytest.fixture
def site(world):
    """A fortnight of stored records, some of them the day after."""
    world.ids = world.records(140, days=14, first=FIRST - dt.timedelta(days=14))
    world.records(14, days=1, first=FIRST, prefix="t")
    return world


def drafted(site, made=None, **more):
    options = {"person": "A. Müller", "starts": FIRST, "ends": END} | more
    return draft_rule(site, made or rule(), **options)


def state(site, version=1):
    return stored_rule(site.store, "R-1", version, site.clock().date()).state


def in_force(site, **more):
    drafted(site, **more)
    keep_test(site, "R-1", person="A. Müller")
    approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")


def hit(site, day=FIRST):
    lines = stored_lines(site.store, day, day, active_attributes(site.store, day, day))
    return active_hits(site.store, lines)


def test_a_rule_acts_only_after_a_test_and_another_person(site):
    drafted(site)
    assert (state(site), hit(site).grounds) == ("draft", {})
    with pytest.raises(InputError, match="never tested"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")
    keep_test(site, "R-1", person="A. Müller")
    assert (state(site), hit(site).grounds) == ("tested", {})
    for same in ("A. Müller", " a müller", "A MULLER", "a.Muller"):
        with pytest.raises(AccessError, match="does not approve"):
            approve_rule(site, "R-1", person=same, ground="read and agreed")
    approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")
    assert state(site) == "active"
    grounds = hit(site).grounds
    assert len(grounds) == 2  # fourteen records, headings 3000 to 3006
    assert set(map(tuple, grounds.values())) == {('rule R-1/1 "r"',)}


def test_the_ledger_holds_ids_acts_and_digests_and_no_word(site):
    in_force(site)
    retire_rule(site, "R-1", person="C", ground="it finds nothing more")
    entries = list(site.ledger.entries("target-rule"))
    assert [entry.body["act"] for entry in entries] == ["draft", "test", "approve", "retire"]
    whole = json.dumps([entry.body for entry in entries], default=str)
    for word in ("Müller", "Weber", "seizures", "agreed", "300000"):
        assert word not in whole
    first, approved = entries[0].body, entries[2].body
    assert first["sha256"] == approved["sha256"]
    assert approved["test"] == "R-1/1/t1"
    assert first["persons"] != approved["persons"]


def test_a_changed_rule_is_a_new_version_with_its_own_test_and_the_old_one_gives_way(site):
    in_force(site)
    drafted(site, rule('hs is "300100"'), of="R-1", starts=FIRST + dt.timedelta(days=2))
    assert [v.state for v in versions(site.store, FIRST)] == ["active", "draft"]
    with pytest.raises(InputError, match="version 2 was never tested"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")
    keep_test(site, "R-1", person="A. Müller")
    approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")
    assert [v.state for v in versions(site.store, FIRST)] == ["active", "approved"]
    later = FIRST + dt.timedelta(days=2)
    assert [v.state for v in versions(site.store, later)] == ["superseded", "active"]
    retire_rule(site, "R-1", version=2, person="C", ground="it was a mistake")
    # What gave way does not come back by itself: somebody has to want it.
    assert [v.state for v in versions(site.store, later)] == ["superseded", "retired"]
    site.records(14, first=later, prefix="l")
    assert hit(site, later).grounds == {}


def test_a_rule_ends_and_acts_no_more(site):
    in_force(site, ends=FIRST + dt.timedelta(days=1))
    after = FIRST + dt.timedelta(days=2)
    site.records(14, first=after, prefix="x")
    assert hit(site, after).grounds == {}
    site.now = "2026-03-04T06:00:00Z"
    assert state(site) == "expired"
    with pytest.raises(InputError, match="is expired"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")


def test_retired_at_once_by_one_person(site):
    in_force(site)
    retire_rule(site, "R-1", person="A. Müller", ground="it finds nothing more")
    assert (state(site), hit(site).grounds) == ("retired", {})
    with pytest.raises(InputError, match="retired already"):
        retire_rule(site, "R-1", person="A. Müller", ground="it finds nothing more")
    with pytest.raises(InputError, match="is retired"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ends": FIRST - dt.timedelta(days=1)}, "ends before it starts"),
        ({"ends": FIRST + dt.timedelta(days=400)}, "a year at most"),
        ({"starts": FIRST - dt.timedelta(days=9), "ends": FIRST - dt.timedelta(days=1)}, "over already"),
        ({"review_on": END + dt.timedelta(days=1)}, "review lies outside"),
        ({"person": " "}, "needs a person"),
    ],
)
def test_days_that_do_not_go_together_are_refused(site, more, words):
    with pytest.raises(InputError, match=words):
        drafted(site, **more)
    assert versions(site.store, FIRST) == []


def test_a_rule_without_a_ground_is_no_draft(site):
    made = parse('rule "r" when hs is "300000" then inspect first, 12 minutes each')
    with pytest.raises(InputError, match="needs a ground"):
        drafted(site, made)


def test_a_test_that_is_old_or_hits_everything_carries_no_approval(site):
    drafted(site, rule("kind is missing"))
    keep_test(site, "R-1", person="A. Müller")
    with pytest.raises(InputError, match=r"hits 100 % of the stored records"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")
    drafted(site, of="R-1")
    keep_test(site, "R-1", person="A. Müller")
    site.now = "2026-04-20T06:00:00Z"
    with pytest.raises(InputError, match="more than 31 days ago"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")


def test_a_test_of_a_few_days_carries_no_approval(site):
    drafted(site)
    keep_test(site, "R-1", person="A. Müller", since=FIRST - dt.timedelta(days=2))
    with pytest.raises(InputError, match="less than a week"):
        approve_rule(site, "R-1", person="B. Weber", ground="read and agreed")


def test_the_same_draft_and_approval_again_change_nothing(site):
    in_force(site)
    size = site.ledger.size
    drafted(site)
    approve_rule(site, "R-1", person="D. Dritter", ground="read and agreed")
    assert site.ledger.size == size
    assert len(versions(site.store, FIRST)) == 1


def test_a_cap_leaves_the_rest_to_the_other_arms_and_says_so(site):
    in_force(site, made=rule(more=", at most 1 a day"))
    said = hit(site)
    assert len(said.grounds) == 1
    assert said.said == ("R-1 version 1: 1 of 2 hits are above its cap and not mandatory",)


def test_a_rule_in_force_looks_back_over_the_stored_past(site):
    in_force(site, made=rule('sender with hs is new within 3 days and hs is "300000"'))
    lines = stored_lines(site.store, FIRST, FIRST)
    expected = {
        place
        for place, row in enumerate(lines.table.select(["sender", "hs"]).to_pylist())
        if row["hs"] == "300000"
        and not site.store.rows(
            "SELECT 1 FROM consignment c JOIN goods_line g USING (source, record_id) WHERE g.hs = '300000'"
            " AND c.sender = ? AND c.declared_on BETWEEN ? AND ?",
            [row["sender"], FIRST - dt.timedelta(days=3), FIRST - dt.timedelta(days=1)],
        )
    }
    assert set(hit(site).grounds) == expected


def test_erasing_takes_grounds_and_names_and_leaves_what_acted(site):
    in_force(site)
    site.path = site.folder
    erase_records(site, "target-rule", ["R-1/1"], person="dpo", ground="request")
    one = stored_rule(site.store, "R-1", 1, FIRST)
    assert (one.row["ground"], one.row["person"]) == ("[erased]", "[erased]")
    assert {act["person"] for act in one.acts} == {"[erased]"}
    assert "300000" in one.row["text"]
    assert len(hit(site).grounds) == 2
    assert site.store.rows("SELECT count(*) AS n FROM payload WHERE salt IS NOT NULL")[0]["n"] == 0


def test_an_unknown_rule_or_version_is_named(site):
    drafted(site)
    with pytest.raises(UnknownName, match="There is no rule 'R-2'"):
        stored_rule(site.store, "R-2", None, FIRST)
    with pytest.raises(InputError, match="no version 7"):
        stored_rule(site.store, "R-1", 7, FIRST)


def test_an_outsider_sees_that_two_approved_and_were_not_one(site):
    in_force(site)
    approved = next(e.body for e in site.ledger.entries("target-rule") if e.body["act"] == "approve")
    drafter, approver = approved["persons"]
    assert drafter != approver


def test_an_approval_reaches_no_day_before_it(site):
    past = FIRST - dt.timedelta(days=7)
    in_force(site, starts=FIRST - dt.timedelta(days=30))
    assert len(hit(site).grounds) == 2
    assert hit(site, past).grounds == {}
