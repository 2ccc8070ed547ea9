"""The sheet: everything on it, the right span marked, and nothing from a record ever runs as markup."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report import sheet as sheet_page
from counterflow.report.markup import safe, tag

EVIL = "<script>alert(1)</script>\"'<img src=x onerror=alert(1)>"

ITEM = {
    "rank": 1,
    "record_id": "K-0001",
    "item_id": "RR123456785CN",
    "arm": "random",
    "resource": "bench",
    "minutes": 15.0,
    "expected_harm": 3.25,
    "reasons": ["Drawn at random (1 in 40)", "Names a controlled precursor"],
    "evidence": [
        {
            "field": "description",
            "text": "pure 4-ANPP powder",
            "start": 5,
            "end": 11,
            "sentence": "4-ANPP is a fentanyl precursor.",
            "citation": "UN 1988 Convention, Table I",
            "list": "precursors 2026-01",
        }
    ],
    "look_for": ["Vacuum-sealed inner bags"],
}
SHEET = {
    "office": "Harbour East",
    "lane": "post",
    "day": "2026-03-02",
    "plan": "p-12ab",
    "synthetic": True,
    "capacity": {"minutes": 240, "used": 180, "resource": "bench"},
    "safety": {"text": "Carry naloxone and give it without delay.", "source": "ACMT & AACT 2018"},
    "items": [ITEM],
}


class Elements(HTMLParser):
    """Collects element names, ids of text, and attribute names; refuses what may not stand on a page."""

    def __init__(self):
        super().__init__()
        self.names, self.attributes, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text.append(data)


def parsed(page):
    found = Elements()
    found.feed(page)
    return found


def test_everything_on_the_sheet_is_on_the_page():
    text = html.unescape(re.sub(r"<[^>]+>", "", sheet_page.render(SHEET)))
    for said in (
        "Harbour East, post", "2026-03-02", "p-12ab", "180 of 240 minutes planned", "K-0001", "RR123456785CN",
        "drawn at random", "bench", "3.25", "Drawn at random (1 in 40)", "4-ANPP is a fentanyl precursor.",
        "UN 1988 Convention, Table I · precursors 2026-01", "Vacuum-sealed inner bags", "naloxone",
        "ACMT & AACT 2018",
        "not presented", "held", "nothing found", "presumptive", "confirmed", "refuted",
    ):  # fmt: skip
        assert said in text, said


def test_the_span_is_marked_and_only_the_span():
    assert "<q>pure <mark>4-ANPP</mark> powder</q>" in sheet_page.render(SHEET)


@pytest.mark.parametrize(("start", "end"), [(None, None), (5, 500), (-1, 3), (4, 4), ("0", 3)])
def test_a_span_that_is_none_marks_nothing(start, end):
    page = sheet_page.render(SHEET | {"items": [ITEM | {"evidence": [{"text": "abc", "start": start, "end": end}]}]})
    assert "<mark>" not in page
    assert "<q>abc</q>" in page


def test_synthetic_is_said_at_top_and_bottom_and_real_is_not_called_so():
    assert sheet_page.render(SHEET).count("SYNTHETIC – training data") >= 3  # top, bottom, and each printed page
    real = sheet_page.render(SHEET | {"synthetic": False}).partition("</style>")[2]
    assert "SYNTHETIC" not in real


def test_the_safety_line_stands_before_the_first_record():
    page = sheet_page.render(SHEET)
    assert page.index("naloxone") < page.index("K-0001")


def strewn(value, evil):
    """Return the same shape with every text replaced by `evil`."""
    if isinstance(value, dict):
        return {key: strewn(v, evil) for key, v in value.items()}
    if isinstance(value, list):
        return [strewn(v, evil) for v in value]
    return evil if isinstance(value, str) else value


@given(st.one_of(st.just(EVIL), st.text(max_size=40)))
def test_no_text_becomes_markup(evil):
    usual, strange = parsed(sheet_page.render(SHEET)), parsed(sheet_page.render(strewn(SHEET, evil)))
    assert set(strange.names) <= set(usual.names)
    assert set(strange.attributes) <= set(usual.attributes) | {"class"}
    assert "script" not in strange.names


def test_a_linked_style_leaves_no_inline_style():
    page = sheet_page.render(SHEET, style_url="/static/sheet.css", back_url="/")
    assert "<style" not in page
    assert " style=" not in page
    assert '<link rel="stylesheet" href="/static/sheet.css">' in page
    assert '<a href="/">' in page


def test_a_file_needs_nothing_from_anywhere():
    assert not re.search(r"(src|href)=|url\(|@import", sheet_page.render(SHEET))


def test_an_empty_sheet_says_so():
    assert "Nothing is planned here" in sheet_page.render({"office": "*", "lane": "", "items": []})
    assert "any office, any lane" in sheet_page.render({"office": "*", "lane": "", "items": []})


@given(st.text())
def test_escaped_text_reads_back_and_is_not_escaped_twice(text):
    once = safe(text)
    assert safe(once) == once
    assert not re.search(r"[<>\"']", once)


def test_attributes_are_escaped_and_absent_ones_left_out():
    assert tag("a", "x", href='"><script>', title=None) == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
