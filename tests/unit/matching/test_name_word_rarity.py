"""The rarity of words: the compiled way gives what the written-out way gives."""

from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from counterflow.matching.name_rarity import known_words, rarity, written_forms
from counterflow.matching.name_score import letters_of
from counterflow.matching.name_word_rarity import word_hash, word_rarities
from counterflow.matching.normalise import rules

FORMS = [form for form, _ in written_forms()]
SOME = sorted(known_words())[::37]
LETTER = st.sampled_from("abcdehiklmnorstuwxyz")
WORD = st.one_of(
    st.text(LETTER, min_size=1, max_size=14),
    st.text("0123456789", min_size=1, max_size=7),
    st.text("AHBDMLKSTWY", min_size=1, max_size=6),
    st.text("ab1Zéж中٣", min_size=1, max_size=5),
    st.sampled_from(FORMS),
    st.sampled_from(SOME),
    st.tuples(st.sampled_from(SOME), st.sampled_from(SOME)).map("".join),
    st.text(LETTER, min_size=60, max_size=90),
)


@st.composite
def garbled(draw):
    word = draw(st.sampled_from(FORMS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(word) - 1))
        word = word[:at] + draw(st.sampled_from(["", "x", word[at] * 2])) + word[at + 1 :] or "x"
    return word


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(WORD, garbled()), max_size=20))
@example(["compny", "nimited", "lmiietd", "compass", "ltd", "MHMD", "a", "x1"])
def test_compiled_and_written_out_give_the_same(words):
    found, legal = word_rarities(*letters_of(words))
    assert found.tolist() == rarity(words).tolist()
    assert legal.tolist() == [word in rules().legal_classes for word in words]


def test_no_two_known_words_share_a_hash():
    words = list(known_words())
    letters, places = letters_of(words)
    with np.errstate(over="ignore"):
        keys = {int(word_hash(letters, int(a), int(b))) for a, b in pairwise(places[:201])}
    assert len(keys) == 200
    from counterflow.matching.name_word_rarity import _hash_of

    assert len({_hash_of(word) for word in words}) == len(words)
    assert keys == {_hash_of(word) for word in words[:200]}
