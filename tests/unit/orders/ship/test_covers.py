"""What a licence covers, as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.orders.ship.covers import read_covers


@pytest.mark.parametrize(
    ("text", "schedule", "met"),
    [
        ("Category 1", "Category 1", True),
        ("category 2", "Category 2A", True),
        ("category 2A", "Category 2B", False),
        ("Kat. 1, 2A", "Category 2A", True),
        ("EU drug precursors, categories 1 to 3", "Category 2B", True),
        ("第一类", "Category 1", True),
        ("第二类易制毒化学品", "Category 1", False),
        ("Schedule II", "Schedule I", False),
        ("Schedules II through V", "Schedule IV", True),
        ("C-II, C-III", "Schedule III", True),
        ("2, 2N, 3, 3N, 4, 5", "Schedule II", True),
        ("II-V", "Schedule I", False),
        ("List I chemicals", "List I", True),
        ("List I chemicals", "List II", False),
        ("Anlage III", "Anlage I", False),
        ("Class A", "Class A", True),
        ("Precursores químicos", "Precursores químicos", True),
        ("all", "Schedule I", True),
        ("4-ANPP; NPP", "Category 1", False),
        ("", "Category 1", False),
    ],
)
def test_groups(text, schedule, met):
    assert read_covers(text).meets(schedule, []) is met


def test_substances_by_any_of_their_names():
    assert read_covers("Ephedrine;  Acetic  Anhydride").meets("Category 2A", {"acetic anhydride", "108-24-7"})
    assert read_covers("108-24-7").meets("Category 2A", {"acetic anhydride", "108-24-7"})
    assert not read_covers("norephedrine").meets("Category 1", {"ephedrine"})


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    said = read_covers(text)
    assert said.said or not said.meets("Category 1", ["ephedrine"])
