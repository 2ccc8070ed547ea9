"""Thresholds by what can be reviewed: the stated rate holds, and versions void what they were set with."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UsageError
from counterflow.core.seeds import generator
from counterflow.screen.parties import PartyLookup
from counterflow.screen.parties.kinds import KINDS, OPEN, ORGANISATION, PERSON
from counterflow.screen.parties.thresholds import Threshold, Thresholds, in_force
from counterflow.screen.parties.traffic import calibrate, names_needed, rate_of, set_threshold


def test_the_stated_rate_holds_on_further_names_and_the_interval_covers_it():
    """Names whose scores are even between 0.3 and 1: the true rate of any threshold is known."""
    draw = generator(11, "thresholds")
    rates, covered = [], 0
    for _ in range(400):
        made = set_threshold(PERSON, 0.3 + 0.7 * draw.random(1_000), 10)
        true = 1000 * (1 - made.score) / 0.7
        rates.append(true)
        covered += made.low <= true <= made.high
        assert made.low <= made.per_1000 <= made.high
    assert np.mean(rates) == pytest.approx(10, abs=0.6)
    assert covered / 400 > 0.92


@given(st.integers(0, 2**32), st.integers(499, 700), st.integers(1, 4), st.sampled_from([10.0, 20.0, 100.0]))
def test_no_more_alert_than_asked_for_however_many_scores_are_the_same(seed, count, decimals, rate):
    scores = np.round(0.98 * generator(seed, "ties").random(count), decimals) * 0.99
    made = set_threshold(ORGANISATION, scores, rate)
    assert sum(round(score, 4) >= made.score for score in scores) == made.alerts
    assert 1000 * made.alerts / len(scores) <= rate
    assert [at for at, _ in made.curve] == sorted(at for at, _ in made.curve)
    assert [worth for _, worth in made.curve] == sorted((w for _, w in made.curve), reverse=True)


def test_too_few_names_say_how_many_it_takes():
    with pytest.raises(InputError, match=r"it takes 499.*10\.0 in 1,000") as told:
        set_threshold(PERSON, np.zeros(498), 10)
    assert "498 person names" in str(told.value)
    assert names_needed(10) == 499
    assert set_threshold(PERSON, np.zeros(499), 10).alerts == 0


def test_traffic_full_of_listed_names_is_refused():
    with pytest.raises(InputError, match="6 of 500 person names score as high as can be"):
        set_threshold(PERSON, [0.9999] * 6 + [0.4] * 494, 10)


@pytest.mark.parametrize(
    "given_rate", [(None, None, None), (1.0, 2.0, 3.0), (None, 5.0, None), (0.0, None, None), (None, 10.0, 10.0)]
)
def test_a_rate_is_said_in_one_way_only(given_rate):
    with pytest.raises(UsageError):
        rate_of(*given_rate)


def names(count, seed=3):
    draw = generator(seed, "names")
    letters = np.array(list("abcdefghijklmnoprstuvz"))
    return ["".join(draw.choice(letters, 7)) + " " + "".join(draw.choice(letters, 8)) for _ in range(count)]


@pytest.fixture
def calibrated(site):
    site.put_list("v1")
    with site.open() as workspace:
        made = calibrate(
            workspace,
            PartyLookup.open(workspace),
            pa.table({"query": names(600), "schema": ["Person"] * 600}),
            10,
            "Ana",
        )
    return site, made


def test_thresholds_in_force_are_those_of_the_lists_screened_against(calibrated):
    site, made = calibrated
    (person,) = made.found
    with site.open() as workspace:
        held = in_force(workspace.store, {"example": "v1"})
        assert held.origin == made.number
        assert held.own == {PERSON: person}
        other = in_force(workspace.store, {"example": "v2"})
        assert other.own == {}
        assert "list versions" in other.note
        assert made.number in other.note
        entries = [e for e in workspace.ledger.entries() if e.kind == "party-threshold"]
    assert [e.body["threshold"] for e in entries] == [made.number]
    assert entries[0].body["kinds"]["person"]["names"] == 600


def test_a_new_list_version_brings_the_shipped_thresholds_back_and_says_so(calibrated):
    site, made = calibrated
    with site.open() as workspace:
        assert made.number in PartyLookup.open(workspace).in_words()
    site.put_list("v2", published=None)
    with site.open() as workspace:
        look = PartyLookup.open(workspace)
    assert "shipped" in look.in_words()
    assert "calibrate" in look.thresholds.note
    assert look.thresholds.score(PERSON) == Thresholds().score(PERSON)


def test_a_score_is_worth_what_the_own_traffic_showed(calibrated):
    _, made = calibrated
    own = Thresholds({PERSON: made.found[0]}, made.number)
    assert "of your own traffic" in own.worth(PERSON, 0.5)
    assert "as shipped" in own.worth(ORGANISATION, 0.5)
    again = Thresholds.read(own.as_setting())
    assert again == own


def test_a_kind_without_names_enough_is_told_and_keeps_what_is_shipped(site):
    site.put_list("v1")
    traffic = pa.table({"query": [*names(500), "Acme Trading Ltd", "N/A", "N/A"]})
    with site.open() as workspace:
        made = calibrate(workspace, PartyLookup.open(workspace), traffic, 10, "Ana")
        assert [t.kind for t in made.found] == [PERSON]
        assert made.found[0].names == 500
        assert any("1 organisation names" in words for words in made.missing)
        with pytest.raises(InputError, match="takes 4999"):
            calibrate(workspace, PartyLookup.open(workspace), traffic, 1, "Ana")
        with pytest.raises(InputError, match="--by"):
            calibrate(workspace, PartyLookup.open(workspace), traffic, 10, " ")


def test_an_open_kind_takes_the_stricter_threshold_and_a_setting_goes_before_all():
    own = {kind: Threshold(kind, score, 1.0, 0.1, 2.0, 5000, 4) for kind, score in ((PERSON, 0.7), (ORGANISATION, 0.9))}
    assert Thresholds(own).score(OPEN) == 0.9
    assert Thresholds(own, fixed=0.5).table().tolist() == [0.5] * len(KINDS)
