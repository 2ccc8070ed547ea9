"""Back-tests against hand counts: hits, finds with intervals, minutes, overlap, what is pushed off, at whose burden."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from scipy.stats import beta

from counterflow.core.errors import InputError
from counterflow.target.found_share import found_share
from counterflow.target.rules.active import capped, record_days
from counterflow.target.rules.backtest import Trial, backtest
from counterflow.target.rules.evaluate import hits
from counterflow.target.rules.language import parse
from counterflow.target.rules.trial import require_selective, try_on_workspace

from .conftest import FIRST, known_of, lines_of

TODAY = dt.date(2026, 4, 1)


def rule(text, more=""):
    return parse(f'rule "r" when {text} then inspect first, 12 minutes each{more}')


def tried(text='lane is "mail"', more="", **trial):
    """Twenty records on ten days: every fifth by mail; two finds and one clean among the four mail ones."""
    lines = lines_of(
        *({"lane": "mail" if i % 5 == 0 else "sea", "origin": "CN" if i % 4 == 0 else "NL", "after": i // 2}
          for i in range(20))
    )  # fmt: skip
    found = [None] * 20
    found[0], found[5], found[10], found[1], found[2] = "drug", "", "drug", "", "revenue"
    known = known_of(found, random=[i in {5, 10, 1, 2} for i in range(20)])
    return backtest(rule(text, more), Trial(lines, known, None, "made", TODAY, **trial))


def test_counts_are_those_counted_by_hand():
    made = tried()
    assert (made.records, made.hits) == (20, 4)
    figures = made.figures
    assert figures["share"] == 0.2
    assert figures["by_week"] == [
        {"week": "2026-03-02", "records": 14, "hits": 3, "kept": 3},
        {"week": "2026-03-09", "records": 6, "hits": 1, "kept": 1},
    ]
    assert figures["minutes"] == {"each": 12.0, "total": 48.0, "per_week": 33.6, "busiest_day": 12.0}
    assert (figures["inspected"]["inspected"], figures["inspected"]["never_inspected"]) == (3, 1)
    drug = figures["inspected"]["found"]["drug"]
    assert (drug["found"], drug["of"]) == (2, 3)
    assert drug["low"] == pytest.approx(beta.ppf(0.025, 2, 2))
    assert drug["high"] == pytest.approx(beta.ppf(0.975, 3, 1))
    random = figures["random_arm"]
    assert (random["hits_drawn"], random["others_drawn"]) == (2, 2)
    assert random["found_in_hits"]["any"]["found"] == 1
    assert random["found_in_others"]["revenue"]["found"] == 1
    assert "1 hits were never inspected: what was in them is unknown." in made.said


def test_burden_sets_each_group_against_all_others():
    rows = {(row["by"], row["name"]): row for row in tried().figures["burden"]}
    assert rows["lane", "mail"]["share"] == 1.0
    assert rows["lane", "mail"]["share_of_others"] == 0.0
    assert rows["lane", "mail"]["times"] is None
    # CN: records 0, 4, 8, 12, 16, of which only 0 goes by mail; the others have 3 hits in 15
    assert {k: rows["origin", "CN"][k] for k in ("records", "hits", "share", "share_of_others", "times")} == {
        "records": 5, "hits": 1, "share": 0.2, "share_of_others": 0.2, "times": 1.0,
    }  # fmt: skip


def test_overlap_counts_other_rules_and_arms():
    other = np.zeros(20, bool)
    other[[0, 1]] = True
    arms = np.array(["targeted", *[""] * 4, "random", *[""] * 4, "random", *[""] * 9], object)
    overlap = tried(others={"R-9": other}, arms=arms).figures["overlap"]
    assert overlap["rules"] == [{"rule": "R-9", "hits": 2, "both": 1}]
    assert overlap["hit_by_no_other_rule"] == 3
    assert overlap["arms"] == {"mandatory": 0, "random": 2, "followup": 0, "targeted": 1, "not chosen": 1}


def test_a_rule_that_hits_nothing_says_that_nothing_is_known():
    made = tried('lane is "rail"')
    assert made.hits == 0
    assert any("no proof that it is idle" in words for words in made.said)
    json.dumps(made.as_dict())


def test_a_cap_takes_so_many_a_day_in_each_place_and_the_best_where_ranked():
    goods = lines_of(*({"lane": "mail", "office": "AB"[i % 2], "after": i // 6} for i in range(12)))
    day = record_days(goods)
    asked = rule('lane is "mail"', ", at most 2 a day")
    met = hits(asked, goods)
    kept = capped(asked, goods, met, day, purpose="p")
    assert [int(kept[:6].sum()), int(kept[6:].sum())] == [2, 2]
    assert np.array_equal(kept, capped(asked, goods, met, day, purpose="p"))
    ranked = capped(asked, goods, met, day, purpose="p", rank=np.arange(12.0))
    assert np.flatnonzero(ranked).tolist() == [4, 5, 10, 11]
    by_office = capped(rule('lane is "mail"', ", at most 2 a day in each office"), goods, met, day, purpose="p")
    assert [int(by_office[[0, 2, 4]].sum()), int(by_office[[1, 3, 5]].sum())] == [2, 2]


def test_the_lot_of_a_cap_favours_nobody():
    goods = lines_of(*({"lane": "mail"} for _ in range(6)))
    asked = rule('lane is "mail"', ", at most 2 a day")
    met, day = np.ones(6, bool), record_days(goods)
    drawn = sum(capped(asked, goods, met, day, purpose=f"R-{i}").astype(int) for i in range(240))
    assert all(abs(count - 80) < 40 for count in drawn)


def test_a_share_from_unequal_chances_is_weighted_and_its_interval_wider():
    found = np.array([True, False, False, False] * 10)
    even = found_share(found, source="s", as_of=TODAY)
    uneven = found_share(found, source="s", as_of=TODAY, weight=np.where(found, 1.0, 9.0))
    assert even.value == 0.25
    assert uneven.value == pytest.approx(10 / (10 + 270))
    assert "Kish" in uneven.method
    none = found_share(np.array([], bool), source="s", as_of=TODAY)
    assert (none.value, none.low, none.high, none.informative) == (None, 0.0, 1.0, False)


def test_stored_weeks_arms_and_outcomes_are_read_from_the_workspace(world):
    ids = world.records(40, days=4, lanes=("mail", "sea"))
    world.outcome(ids[0], confirmation="confirmed", harm_class="drug")
    world.outcome(ids[2])
    world.outcome(ids[4], state="presented", confirmation="suspected")
    made = try_on_workspace(world, rule('lane is "mail"'))
    assert (made.records, made.hits, made.first, made.last) == (40, 20, FIRST, FIRST + dt.timedelta(days=3))
    assert made.figures["inspected"]["inspected"] == 2
    assert made.figures["inspected"]["found"]["drug"]["found"] == 1
    assert made.figures["overlap"]["arms"] is None
    with pytest.raises(InputError, match="hits 50 %"):
        require_selective(made)


def _planned(world, rows):
    """A stored plan: (record id, arm, expected harm), ten minutes each, all in one office, lane and day."""
    import pyarrow as pa

    made = [
        {"plan": "p", "source": "s", "record_id": r, "office": "A", "lane": "mail", "day": FIRST, "arm": arm,
         "inclusion_probability": 0.1, "service_minutes": 10.0, "expected_harm": harm}
        for r, arm, harm in rows
    ]  # fmt: skip
    world.store.append("draw", pa.Table.from_pylist(made))
    plan = {"plan": "p", "starts": FIRST, "ends": FIRST, "seed": 1, "random_share": 0.1, "made_at": world.clock()}
    world.store.append("plan", pa.Table.from_pylist([plan]))


def test_what_would_be_pushed_off_is_the_least_harm_first_and_what_is_not_there_is_said(world):
    ids = world.records(30, offices=("A",))
    hs = {row["record_id"]: row["hs"] for row in world.store.rows("SELECT record_id, hs FROM goods_line")}
    mine = [r for r in ids if hs[r] == "300000"]  # five of thirty
    others = [r for r in ids if hs[r] != "300000"][:3]
    _planned(world, [(mine[0], "targeted", 9.0), *((r, "", 0.1) for r in mine[1:4]),
                     (others[0], "targeted", 3.0), (others[1], "targeted", 1.0), (others[2], "random", 0.5)])  # fmt: skip
    pushed = try_on_workspace(world, rule('hs is "300000"')).figures["pushed"]
    # three hits that were not chosen need 36 minutes; the two targeted others free 20; the random one is never touched
    assert pushed == {"records": 2, "minutes": 20.0, "expected_harm": 4.0, "not_covered_minutes": 16.0}


def test_a_misspelt_lane_is_told_with_the_nearest(world):
    world.records(20)
    made = try_on_workspace(world, rule('lane is "mial" and value < 5 USD and attribute "tax_rat" is "8"'))
    assert "No stored record has lane 'mial'; did you mean 'mail'?" in made.said
    assert any("currency 'USD'" in words for words in made.said)
