"""The sheet as PDF: in order of rank, spans between guillemets, the same bytes for the same sheet."""

import datetime as dt

from counterflow.report.blocks import Flag, Heading, Lines, Said
from counterflow.report.sheet_blocks import sheet_blocks, sheet_pdf

NOW = dt.datetime(2026, 3, 9, 6, tzinfo=dt.UTC)


def sheet(**said):
    item = {
        "rank": 1, "record_id": "K-1", "item_id": "RR1", "declared": "post · 1 piece", "arm": "random",
        "resource": "bench", "minutes": 15.0, "expected_harm": 2.0, "reasons": ["drawn at random (1 in 10)"],
        "evidence": [{"field": "description", "text": "pure 4-ANPP", "start": 5, "end": 11, "sentence": "A precursor.",
                      "citation": "UN 1988", "list": "p 1"}],
        "look_for": ["Inner bags"], "outcomes": [],
    }  # fmt: skip
    return {
        "office": "Harbour", "lane": "post", "day": "2026-03-09", "plan": "p", "synthetic": True,
        "safety": {"text": "Carry naloxone.", "source": "ACMT"}, "items": [item | said, item | {"rank": 2}],
    }  # fmt: skip


def test_safety_comes_first_then_records_in_order_of_rank():
    blocks = list(sheet_blocks(sheet()))
    assert isinstance(blocks[0], Flag)
    assert [b.text.split()[0] for b in blocks if isinstance(b, Heading)] == ["1", "2", "After"]
    lines = [item for b in blocks if isinstance(b, Lines) for item in b.items]
    assert 'description: "pure «4-ANPP»". A precursor. [UN 1988 · p 1]' in lines


def test_what_is_recorded_already_has_no_boxes():
    told = {"state": "not_presented", "confirmation": "none", "harm_class": None, "time": NOW}
    words = [b.text for b in sheet_blocks(sheet(outcomes=[told])) if isinstance(b, Said)]
    assert "Recorded already: not presented, none, 2026-03-09 06:00 UTC." in words
    assert sum("[  ] inspected" in line for line in words) == 1


def test_the_same_sheet_is_the_same_bytes_and_says_synthetic():
    made = sheet_pdf(sheet(), made_at=NOW, person="Olu")
    assert made == sheet_pdf(sheet(), made_at=NOW, person="Olu")
    assert made.startswith(b"%PDF-")
    assert made != sheet_pdf(sheet() | {"synthetic": False}, made_at=NOW, person="Olu")


def test_letters_of_any_script_are_written():
    assert sheet_pdf(sheet(declared="粉末 \N{GRINNING FACE} \x1b[2J"), made_at=NOW).startswith(b"%PDF-")
