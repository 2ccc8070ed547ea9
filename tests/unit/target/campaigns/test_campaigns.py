"""Campaigns: sealed before they start, by two persons; compared against hand counts, with what cannot be told said."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow as pa
import pytest

from counterflow.account.actions.sealing import list_actions
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.flow.campaigns import approve, close
from counterflow.target.campaigns.compare import compare
from counterflow.target.campaigns.plan_file import campaign_of, read_campaign
from counterflow.target.campaigns.record import approve_campaign, campaigns, propose_campaign, stored_campaign

CLASSES = ("drug", "revenue")
START = dt.date(2026, 3, 9)
GROUND = "read and agreed"
TEXT = """
campaign = "resins"
title = "Cheap resins by post"
starts = 2026-03-09
ends = 2026-03-15
offices = ["A"]
lanes = ["mail"]
focus = "Resins below the price of their freight"

[[resources]]
office = "A"
lane = "mail"
resource = "dog"
minutes = 240
service_minutes = 4
detection_rate = 0.8

[[expected]]
harm_class = "drug"
low = 2
high = 4
level = 0.8
method = "finds of March, times the minutes on top"
"""


def day(after):
    return START + dt.timedelta(days=after)


class Site:
    """Records put into a world by hand, each chosen and inspected as it says."""

    def __init__(self, world):
        self.world = world
        self.count = 0

    def put(self, number, after, *, office="A", lane="mail", arm="", found=None, state="inspected", p=0.1):
        """`number` records on a day; chosen by `arm`, with `found` in them ("" for nothing, None for no outcome)."""
        ids = [f"c{self.count + i:04d}" for i in range(number)]
        self.count += number
        seen = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
        self._add("consignment", [
            {"source": "s", "record_id": r, "batch": "b", "first_seen": seen, "declared_on": day(after),
             "office": office, "lane": lane} for r in ids
        ])  # fmt: skip
        if arm:
            self._add("draw", [
                {"plan": "p", "source": "s", "record_id": r, "office": office, "lane": lane, "day": day(after),
                 "arm": arm, "inclusion_probability": p, "service_minutes": 10.0, "expected_harm": 1.0} for r in ids
            ])  # fmt: skip
        if found is not None:
            noon = dt.datetime.combine(day(after), dt.time(12), dt.UTC)
            self._add("outcome", [
                {"source": "s", "record_id": r, "plan": "p", "state": state, "time": noon, "recorded_at": noon,
                 "confirmation": "confirmed" if found else "none", "harm_class": found or None} for r in ids
            ])  # fmt: skip

    def _add(self, table, rows):
        self.world.store.append(table, pa.Table.from_pylist(rows))


@pytest.fixture
def site(world):
    return Site(world)


@pytest.fixture
def made():
    return campaign_of(TEXT, CLASSES)


def propose(world, made, person="A. Müller"):
    return propose_campaign(world, made, person=person)


def test_it_is_on_record_before_it_starts_and_another_person_agrees(world, made):
    propose(world, made)
    with pytest.raises(AccessError, match="does not approve"):
        approve_campaign(world, "resins", person="a. MULLER", ground=GROUND)
    approve(world, "resins", person="B. Weber", ground=GROUND)
    proposed, approved = (entry.body for entry in world.ledger.entries("campaign"))
    assert proposed["expected"] == [{"harm_class": "drug", "low": "2.0", "high": "4.0", "level": "0.8"}]
    assert proposed["sha256"] == approved["sha256"] == made.sha256()
    whole = json.dumps([proposed, approved], default=str)
    assert not any(word in whole for word in ("Müller", "Weber", "resins by post", "agreed"))
    (action,) = list_actions(world)
    assert (action["action"], action["kind"], action["intact"]) == ("campaign-resins", "campaign", True)
    (forecast,) = action["forecasts"]
    assert (forecast.measure, forecast.interval(0.8)) == ("finds", (2.0, 4.0))


def test_too_late_is_too_late(world, made):
    propose(world, made)
    world.now = "2026-03-09T06:00:00Z"
    with pytest.raises(InputError, match="too late"):
        approve_campaign(world, "resins", person="B. Weber", ground=GROUND)
    assert campaigns(world.store, START)[0]["state"] == "lapsed"
    with pytest.raises(InputError, match="too late"):
        propose(world, campaign_of(TEXT.replace('"resins"', '"again"'), CLASSES))


def test_the_same_again_changes_nothing_and_another_of_its_name_is_refused(world, made):
    propose(world, made)
    size = world.ledger.size
    assert propose(world, made)["sha256"] == made.sha256()
    assert world.ledger.size == size
    with pytest.raises(InputError, match="Another campaign has this id"):
        propose(world, campaign_of(TEXT.replace("high = 4", "high = 40"), CLASSES))


def test_states_follow_the_days(world, made):
    propose(world, made)
    assert campaigns(world.store, day(-1))[0]["state"] == "proposed"
    approve(world, "resins", person="B. Weber", ground=GROUND)
    assert [campaigns(world.store, day(n))[0]["state"] for n in (-1, 0, 6, 7)] == [
        "approved", "running", "running", "over",
    ]  # fmt: skip


def test_its_minutes_are_rows_of_a_capacity_file(world, made):
    from counterflow.target.choice.capacity import read_capacity

    rows = made.pools()
    assert len(rows) == 7
    header = ",".join(rows[0])
    world.folder.joinpath("c.csv").write_text(
        "\n".join([header, *(",".join(str(v) for v in row.values()) for row in rows)]) + "\n"
    )
    assert sum(pool.minutes for pool in read_capacity(world.folder / "c.csv").pools) == 7 * 240


@pytest.fixture
def worked(site, made):
    """A campaign with 3 finds in 40 random inspections before and 1 in 40 during; elsewhere 2 of 40 and 2 of 40."""
    for after, lane, finds in ((-3, "mail", 3), (2, "mail", 1), (-3, "sea", 2), (2, "sea", 2)):
        site.put(finds, after, lane=lane, arm="random", found="drug")
        site.put(40 - finds, after, lane=lane, arm="random", found="")
        site.put(60, after, lane=lane)
    site.put(1, 3, arm="targeted", found="drug")
    site.put(4, 3, arm="targeted", found="")
    site.put(2, 3, arm="targeted", found="", state="not_presented")
    site.put(300, 3, lane="sea")
    propose(site.world, made)
    return site.world


def test_counts_are_those_counted_by_hand(worked, made):
    shown = compare(worked.store, made, day(20))
    before, during = (shown.figures["lanes"]["campaign"][p] for p in ("before", "during"))
    assert [before[k] for k in ("records", "inspected", "found", "minutes")] == [100, 40, 3, 400.0]
    assert [during[k] for k in ("records", "chosen", "inspected", "found", "not_presented")] == [107, 47, 45, 2, 2]
    assert during["found_by_class"] == {"drug": 2}
    assert (during["random"]["inspected"], during["random"]["found"]) == (40, 1)
    assert (during["chosen_arms"]["inspected"], during["chosen_arms"]["found"]) == (5, 1)
    assert during["fruitless_per_1000"] == round(1000 * 43 / 107, 3)
    assert shown.figures["expected"] == [
        {"harm_class": "drug", "low": 2.0, "high": 4.0, "level": 0.8, "observed": 2, "verdict": "within"}
    ]
    change = shown.figures["change"]
    assert change["value"] == pytest.approx((1 / 40 - 3 / 40) - (2 / 40 - 2 / 40))
    assert change["low"] < 0 < change["high"]
    assert any("do not show that the flow changed" in words for words in shown.said)
    sea = shown.figures["displacement"][0]
    assert (sea["lane"], sea["records_a_day_before"], sea["records_a_day_during"]) == ("sea", 14.29, 57.14)
    assert sea["times"]["value"] == 4.0
    assert 3.0 < sea["times"]["low"] < 4.0 < sea["times"]["high"]
    assert any(words.startswith("Displacement? A/sea") for words in shown.said)
    assert shown.said[0].startswith("Nobody approved")


def test_the_interval_of_the_change_holds_its_level():
    """Four binomial samples with no change: the interval should miss 0 in about 5 of 100 tries."""
    import numpy as np

    from counterflow.target.campaigns.compare import _change

    rng = np.random.default_rng(3)
    made, missed = campaign_of(TEXT), 0
    for _ in range(300):
        cells = []
        for rate in (0.05, 0.05, 0.02, 0.02):
            found = int(rng.binomial(150, rate))
            cells.append({"random": {"inspected": 150, "effective": 150.0, "value": found / 150}})
        sides = {
            "campaign": {"before": cells[0], "during": cells[1]},
            "elsewhere": {"before": cells[2], "during": cells[3]},
        }
        told = _change(sides, made, START)
        missed += not told["low"] <= 0 <= told["high"]
    assert missed <= 27  # 15 expected; 27 is above the 99.8th percentile


def test_without_a_random_arm_nothing_is_said_of_the_flow(site, made):
    site.put(10, -2, arm="targeted", found="drug")
    site.put(10, 2, arm="targeted", found="")
    propose(site.world, made)
    shown = compare(site.world.store, made, day(20))
    assert shown.figures["change"] is None
    assert any("cannot be told: the random arm inspected nothing in its lanes before" in w for w in shown.said)
    assert any("displacement cannot be seen" in w for w in shown.said)


def test_what_runs_or_has_nothing_before_is_said(site, made):
    site.put(5, 0, arm="random", found="")
    propose(site.world, made)
    said = compare(site.world.store, made, day(2)).said
    assert "The campaign is running: 3 of 7 days are in this." in said
    assert any("stored from before" in words for words in said)


def test_it_is_closed_once_when_it_is_over_with_its_comparison(worked):
    approve(worked, "resins", person="B. Weber", ground=GROUND)
    with pytest.raises(InputError, match="runs until"):
        close(worked, "resins", person="A. Müller", ground=GROUND)
    worked.now = "2026-03-20T06:00:00Z"
    act = close(worked, "resins", person="A. Müller", ground=GROUND)
    assert json.loads(act["body"])["expected"][0]["verdict"] == "within"
    assert campaigns(worked.store, day(11))[0]["state"] == "closed"
    with pytest.raises(InputError, match="is closed"):
        close(worked, "resins", person="A. Müller", ground=GROUND)


MISTAKES = {
    "no file of ours": ("campaign = ", "not TOML"),
    "a key misspelt": (TEXT.replace("offices", "ofices"), "Did you mean 'offices'"),
    "a pool misspelt": (TEXT.replace("service_minutes", "servce_minutes"), "Did you mean 'service_minutes'"),
    "a class misspelt": (TEXT.replace('harm_class = "drug"', 'harm_class = "drugs"'), "Did you mean 'drug'"),
    "a day in quotes": (TEXT.replace("2026-03-09", '"2026-03-09"'), "without quotes"),
    "crossed days": (TEXT.replace("2026-03-15", "2026-03-01"), "ends before it starts"),
    "two years": (TEXT.replace("2026-03-15", "2028-03-01"), "a year at most"),
    "crossed finds": (TEXT.replace("high = 4", "high = 1"), "Fewer finds"),
    "no expectation": (TEXT.split("[[expected]]", maxsplit=1)[0], "cannot be judged"),
    "nothing goes in": (TEXT.replace(TEXT[TEXT.index("[[res") : TEXT.index("[[exp")], ""), "Nothing goes into"),
    "one place as text": (TEXT.replace('["A"]', '"A"'), "list of names"),
    "a share above one": (TEXT.replace("detection_rate = 0.8", "detection_rate = 8"), "from 0 to 1"),
    "a long id": (TEXT.replace('"resins"', '"resins by post"'), "id of a campaign is short"),
    "minutes in words": (TEXT.replace("minutes = 240", 'minutes = "all"'), "needs this number"),
    "another way": (TEXT + "\n[other]\na = 1", "key of a campaign"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_campaign_that_cannot_be_used_is_named(case, tmp_path):
    text, words = MISTAKES[case]
    file = tmp_path / "c.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as met:
        read_campaign(file, CLASSES)
    assert words in str(met.value)
    assert "c.toml" in str(met.value)


def test_places_and_rules_that_are_not_there_are_named(site, made):
    site.put(3, -2)
    with pytest.raises(UnknownName, match="There is no lane 'mial'"):
        propose(site.world, campaign_of(TEXT.replace('["mail"]', '["mial"]')))
    with pytest.raises(UnknownName, match="There is no rule 'R-9'"):
        propose(site.world, campaign_of(TEXT.replace("focus", 'rules = ["R-9"]\nfocus')))
    with pytest.raises(UnknownName, match="There is no campaign 'resins'"):
        stored_campaign(site.world.store, "resins")
