"""The term automaton: whole words, original offsets, the same hits however the texts are cut."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.matching.automaton import TermAutomaton, fold, fold_with_offsets

TERMS = ["acetic anhydride", "ether", "1,4-butanediol", "氯胺酮", "éphédrine", "acid a", "acetic", "PMK"]


def found(texts: list[str | None]) -> list[tuple[int, str, str]]:
    return [(h.row, TERMS[h.term], (texts[h.row] or "")[h.start : h.end]) for h in TermAutomaton(TERMS).find(texts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACETIC-ANHYDRIDE 99%", [("acetic anhydride", "ACETIC-ANHYDRIDE")]),
        ("acetic   anhydride", [("acetic anhydride", "acetic   anhydride")]),
        ("together, Ether.", [("ether", "Ether")]),
        ("ethers", []),
        ("(1.4 BUTANEDIOL)", [("1,4-butanediol", "1.4 BUTANEDIOL")]),
        ("11,4-butanediol", []),
        (
            "an acid acetic",
            [("acetic", "acetic")],
        ),  # a longer term that fails at a word must not hide this one
        ("含氯胺酮粉", [("氯胺酮", "氯胺酮")]),
        ("PMK粉 5kg", [("PMK", "PMK")]),
        ("EPHE\u0301DRINE x", [("éphédrine", "EPHE\u0301DRINE")]),
        ("ephedrine", [("éphédrine", "ephedrine")]),
        ("ﬁne ﬃ ether", [("ether", "ether")]),
        ("ＥＴＨＥＲ", [("ether", "ＥＴＨＥＲ")]),
        ("x\0ether\0", [("ether", "ether")]),
        ("ether ether", [("ether", "ether"), ("ether", "ether")]),
        (None, []),
        ("", []),
    ],
)
def test_finds_whole_words_where_they_stand(text: str | None, expected: list[tuple[str, str]]) -> None:
    assert found(["before", text, "ether"])[: len(expected)] == [(1, *e) for e in expected]
    assert len(found([text])) == len(expected)


def test_a_term_never_spans_two_texts() -> None:
    assert found(["acetic", "anhydride"]) == [(0, "acetic", "acetic")]


@pytest.mark.parametrize("term", ["", "--", "%"])
def test_a_term_without_letters_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="letter or digit"):
        TermAutomaton(["ether", term])


def test_no_terms_find_nothing_and_it_travels() -> None:
    assert list(TermAutomaton([]).find(["ether"])) == []
    copy = pickle.loads(pickle.dumps(TermAutomaton(["ether"])))  # noqa: S301 - our own bytes
    assert [tuple(h) for h in copy.find(["an ether"])] == [(0, 0, 3, 8)]


WORDS = st.lists(st.sampled_from(["acid", "a", "acetic", "ether", "xether", "anhydride", "1", "4"]), max_size=8)


@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "-", ", ", "\0", " é "])), max_size=6))
def test_agrees_with_a_plain_search(parts: list[tuple[list[str], str]]) -> None:
    """Against one regular expression with the longest term first at each place."""
    texts = [gap.join(words) for words, gap in parts]
    terms = ["acid a", "acetic", "ether", "acetic anhydride", "1 4"]
    pattern = re.compile("|".join(rf"\b{t.replace(' ', '[^a-z0-9]+')}\b" for t in sorted(terms, key=len, reverse=True)))
    plain = [(row, *m.span()) for row, t in enumerate(texts) for m in pattern.finditer(fold(t))]
    assert [(h.row, h.start, h.end) for h in TermAutomaton(terms).find(texts)] == plain


@given(st.lists(st.text(), max_size=5), st.text())
def test_hits_point_at_their_term_in_any_text(texts: list[str], glue: str) -> None:
    texts = [f"{t} ether {glue}" for t in texts]
    hits = list(TermAutomaton(["ether"]).find(texts))
    assert {h.row for h in hits} == set(range(len(texts)))
    assert all(fold(texts[h.row][h.start : h.end]) == "ether" for h in hits)
    alone = [h._replace(row=row) for row, t in enumerate(texts) for h in TermAutomaton(["ether"]).find([t])]
    assert hits == alone


@given(st.text())
def test_offsets_cover_the_text_in_order(text: str) -> None:
    folded, places = fold_with_offsets(text)
    if places is None:
        assert len(folded) == len(text)
        return
    assert len(places) == len(folded)
    assert all(0 <= a < b <= len(text) for a, b in places)
    assert places == sorted(places)
