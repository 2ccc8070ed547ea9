"""The page of early warning: what it answers first, what it says where there is nothing, and what it never shows."""

import re

import pytest
from fastapi.testclient import TestClient

from counterflow.console.watch import nothing

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def asked(sample_app, sample_board, sheet_source):
    def ask(shown):
        app = sample_app(lambda: sample_board, sheet_source, watch=lambda: shown)
        with TestClient(app, base_url="http://127.0.0.1", headers={"accept": "text/html"}) as web:
            return web.get("/watch").text

    return ask


def test_it_says_first_what_is_new_and_who_must_be_told(asked, sample_room):
    page = asked(sample_room())
    text = text_of(page)
    assert text.index("New, and who must be told") < text.index("Harbour County overdoses (opioids), 2026-03-02")
    for said in (
        "Tell hd by 2026-03-09 08:00 UTC overdue", "Brief and answer", "about 60 % of reports are in",
        "&lt;10 counted, 2.1 expected", "On 20 past nowcasts, 90.0", "xylazine added", "STALE",
        "Nothing new came from ems", "as health may see it", "1 place with an open alarm", "50.0",
    ):  # fmt: skip
        assert said in text, said
    assert "7391" not in page, "a place's count is a range on the map"
    assert page.count("<svg") >= 3


def test_an_empty_room_says_what_to_do_next(asked):
    text = text_of(asked(nothing()))
    for said in ("No counts are held", "Take a file of counts in", "No place has coordinates",
                 "There is nothing to answer"):  # fmt: skip
        assert said in text, said
    held = dict(nothing()) | {"counts": 7}
    assert "A look judges the counts that are held" in text_of(asked(held))
    assert "Nobody is on record to be told. Load contacts" in text_of(asked(held))


def test_no_text_of_a_record_can_run(asked, sample_room):
    page = asked(sample_room(EVIL))
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    assert "&lt;script&gt;" in page


def test_what_is_withheld_from_a_role_is_said(asked, sample_room):
    shown = sample_room() | {"role": "enforcement", "withheld": ["3 series of harm below the county are withheld."]}
    text = text_of(asked(shown))
    assert "3 series of harm below the county are withheld." in text
    assert "as enforcement may see it" in text
