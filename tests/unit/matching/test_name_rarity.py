"""What words weigh: common ones little, unseen ones much, misspelt company forms nothing to speak of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.matching.name_rarity import rarity, word_shares


@pytest.mark.parametrize(
    "order",
    [
        ["ltd", "mohammed", "garcia", "guzman", "loera", "neverheardof"],
        ["ltd", "trading", "shipping", "biotech", "neverheardof"],
        ["kim", "yongchol", "neverheardof"],
        ["x", "xq", "xqz", "xqzv"],
        ["7", "42", "2021", "neverheardof"],
    ],
)
def test_the_commoner_word_weighs_less(order):
    assert np.all(np.diff(rarity(order)) > 0)


def test_unseen_words_weigh_the_same_whoever_asks():
    assert rarity(["neverheardof"]) == rarity(["neitherthisone"])


@pytest.mark.parametrize("word", ["compny", "nimited", "lmiietd", "korkporation", "incoprorated"])
def test_company_forms_misspelt_are_company_forms(word):
    assert rarity([word]) < 2


@pytest.mark.parametrize("word", ["compass", "comets", "limon", "priamo"])
def test_other_words_are_not(word):
    assert rarity([word]) > 2


def test_a_word_without_vowels_is_as_common_as_its_spellings():
    unwritten, written, unseen = rarity(["MHMD", "mohammed", "QWXZ"])
    assert unwritten <= written < unseen


@given(st.lists(st.text(max_size=12)))
def test_any_word_has_a_weight_of_two_decimals(words):
    found = rarity(words)
    assert np.all((found > 0) & (found < 12))
    assert np.array_equal(found, np.round(found, 2))


def test_the_table_holds_words_as_the_normaliser_writes_them():
    assert all(word == word.lower() and word.strip() for word in word_shares())
