"""The score: follows from what is shown, orders what people would, and never reaches 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.matching.name_alignment import Alignment, align
from counterflow.matching.name_score import OPEN, Weights

WORDS = st.lists(st.text("abcdehimos", min_size=1, max_size=9), min_size=1, max_size=6)


def compare(query, listed, rarity=6.0):
    a, b = query.split(), listed.split()
    return align(a, np.full(len(a), rarity), b, np.full(len(b), rarity), Weights())


def score(query, listed):
    return compare(query, listed).score


@settings(deadline=None)
@given(WORDS, WORDS, st.integers(0, 9))
def test_the_score_re_derives_from_the_pairs_and_lies_in_0_1(a, b, seed):
    rng = np.random.default_rng(seed)
    alignment = align(a, rng.uniform(0.05, 9, len(a)), b, rng.uniform(0.05, 9, len(b)), Weights())
    assert 0.0 <= alignment.score < 1.0
    shown = [word for pair in alignment.pairs for word in pair.query.split()]
    assert sorted(shown) == sorted(a)
    assert sorted(word for pair in alignment.pairs for word in pair.listed.split()) == sorted(b)


@settings(deadline=None)
@given(WORDS)
def test_the_same_words_in_any_order_score_the_same_and_best(words):
    rarity = np.linspace(3, 6, len(words))
    same = align(words, rarity, words, rarity, Weights())
    turned = align(words[::-1], rarity[::-1], words, rarity, Weights())
    w = Weights()
    assert same.score == pytest.approx(min(1 / (1 + np.exp((w.enough - rarity.sum()) / w.spread)), 0.9999))
    assert turned.score == pytest.approx(same.score)
    assert {pair.how for pair in same.pairs} == {"same"}


@pytest.mark.parametrize(
    ("better", "worse", "listed"),
    [
        ("john smith", "jon smith", "john smith"),
        ("jon smith", "john smyth jr", "john smith"),
        ("mohamad fakir", "milad fakir", "mohammed fakir"),
        ("kandelario serrano", "pandelario serrano", "candelario serrano"),
        ("j smith", "k smith", "john smith"),
        ("john smith", "john smith kramer", "john smith"),
        ("john kramer", "john kramer webb", "john smith kramer"),
        ("hero 2 ship", "hero 3 ship", "hero 2 ship"),
        ("great lakes busine", "great lakes banana", "great lakes business company"),
        ("johnsmith", "johnbraun", "john smith"),
        ("al hamadi", "al hamidou", "alhamadi"),
    ],
)
def test_orders_likeness_as_people_do(better, worse, listed):
    assert score(better, listed) > score(worse, listed)


def test_omission_costs_less_than_contradiction():
    assert score("joaquin guzman", "joaquin guzman loera") > score("joaquin guzman perez", "joaquin guzman loera")


def test_rare_words_count_more_than_common_ones():
    rare = compare("john smith", "john smith", rarity=9.0).score
    common = compare("john smith", "john smith", rarity=1.0).score
    assert rare > 0.99 > common


def test_the_line_says_how_each_word_was_met():
    said = compare("j smith braun", "john smyth", 5.0).in_words()
    assert "j ~ john (initial 0.850 x 5.00)" in said
    assert "smith ~ smyth" in said
    assert "braun (only in the record, 5.00)" in said


def test_words_written_as_one_weigh_as_much_as_the_commoner_side():
    (pair,) = align(["yueyueshen"], np.array([10.0]), ["yueyue", "shen"], np.array([5.11, 3.42]), Weights()).pairs
    assert (pair.how, pair.listed, pair.rarity) == ("written as one", "yueyue shen", 8.53)


NAMES = st.lists(st.text("abcdehimos27", min_size=1, max_size=9), min_size=1, max_size=6)
RARITIES = st.integers(25, 1030).map(lambda hundredths: hundredths / 100)


@settings(deadline=None)
@given(NAMES, NAMES, st.data(), st.sampled_from([0, 1, 2, 3, OPEN]), st.sampled_from([0, 1, 2, 3, OPEN]))
def test_the_printed_line_holds_the_score_to_the_last_digit(a, b, data, kind, other):
    aw, bw = (np.array(data.draw(st.lists(RARITIES, min_size=len(x), max_size=len(x)))) for x in (a, b))
    alignment = align(a, aw, b, bw, Weights(), (kind, other))
    read = Alignment.parse(alignment.in_words())
    assert read.score == alignment.score
    assert read.in_words() == alignment.in_words()


@pytest.mark.parametrize("text", ["jon", "jon = jon (x)", "jon (somewhere, 3.00)", "jon ~ john (0.8 y 3.0)"])
def test_a_line_that_says_no_alignment_is_refused(text):
    with pytest.raises(ValueError, match="not"):
        Alignment.parse(text)


def test_a_word_said_twice_hardly_counts():
    twice = compare("ivanov ivanov sergey", "sergey ivanov")
    assert [pair.how for pair in twice.pairs][-1] == "again here"
    assert twice.score > compare("ivanov petrov sergey", "sergey ivanov").score


def test_a_number_on_one_side_alone_contradicts():
    assert score("global solutions", "global solutions 2") < score("global solutions", "global solutions plc")


def test_kinds_that_contradict_lower_the_score_by_the_factor_shown():
    rarity = np.full(2, 9.0)
    ship, person = (align(["eric", "cohen"], rarity, ["eric", "cohen"], rarity, Weights(), k) for k in ((0, 2), (0, 0)))
    assert ship.score == pytest.approx(person.score * Weights().kinds)
    assert ship.in_words().endswith("kinds of party differ (x 0.75)")


def test_initials_stand_for_words_in_names_of_people_only():
    rarity = np.full(2, 5.0)
    hows = [align(["j", "smith"], rarity, ["john", "smith"], rarity, Weights(), (k, k)).pairs for k in (0, 1)]
    assert [any(pair.how == "initial" for pair in pairs) for pairs in hows] == [True, False]


def test_two_common_names_that_differ_are_less_alike_than_a_name_and_an_error():
    def likeness(query, rarity):
        return align([query], np.array([rarity]), ["chen"], np.array([4.0]), Weights()).pairs[0].likeness

    assert likeness("cohen", 6.0) < likeness("czhen", 10.3)


def test_words_beyond_a_cut_are_shown_apart():
    hows = [pair.how for pair in compare("great lakes busine", "great lakes business company").pairs]
    assert hows.count("cut off") == 1
    assert hows.count("beyond the cut") == 1


def test_very_long_names_are_cut_and_not_lost():
    words = [f"w{i:03d}" for i in range(60)]
    long = align(words, np.full(60, 5.0), words, np.full(60, 5.0), Weights())
    assert long.score > 0.99
