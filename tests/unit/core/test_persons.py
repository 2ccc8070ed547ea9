"""Two names of one person stay one, however they are typed."""

from __future__ import annotations

import pytest

from counterflow.core.persons import same_person

CYRILLIC_A, STYLED_A, FULL_WIDTH = "\N{CYRILLIC CAPITAL LETTER A}", "\N{MATHEMATICAL BOLD CAPITAL A}", "Ａ. ＭEIER"
NOTHING, GREEK_O = "\N{ZERO WIDTH SPACE}", "\N{GREEK SMALL LETTER OMICRON}"


@pytest.mark.parametrize(
    "other",
    [
        "a meier", " A.  MEIER ", "Meier, A.", f"A. Me{NOTHING}ier", f"{CYRILLIC_A}. Meier", f"{STYLED_A}. Meier",
        FULL_WIDTH, "A. Meïer", "A.Meier",
    ],
    ids=["case", "blanks", "order", "zero-width", "cyrillic", "styled", "full-width", "accent", "run-together"],
)  # fmt: skip
def test_one_person_written_in_another_way_is_no_second_person(other):
    assert same_person("A. Meier", other)
    assert same_person(other, "A. Meier")


def test_lookalikes_are_met_within_a_word_too():
    assert same_person("Tom Ford", f"T{GREEK_O}m F{GREEK_O}rd")


def test_two_people_are_two():
    assert not same_person("A. Meier", "B. Meier")
    assert not same_person("Анна Иванова", "Анна Петрова")
    assert not same_person("Lan Nguyen", "Ian Nguyen")
