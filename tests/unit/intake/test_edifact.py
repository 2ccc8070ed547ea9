"""EDIFACT: segments, envelopes with their counters, and messages as rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.intake.edifact.envelope import read_envelope
from counterflow.intake.edifact.segments import split_segments
from counterflow.intake.readers import ReaderOptions, open_source

BODY = [
    "BGM+85+DOC1+9",
    "CNI+1+B1",
    "RFF+BM:B1",
    "NAD+CN+1+A:B",
    "GID+1+2:CT",
    "FTX+AAA+++SHIRTS",
    "GID+2",
    "CNI+2+B2",
]


def message(reference="M1", body=BODY, count=None, closes=None):
    count = len(body) + 2 if count is None else count
    return "'".join(
        [
            f"UNH+{reference}+CUSCAR:D:95B:UN",
            *body,
            f"UNT+{count}+{reference if closes is None else closes}",
            "",
        ]
    )


def interchange(*messages, count=None, reference="R1", closes="R1"):
    return (
        f"UNB+UNOA:2+ME+YOU+191021:1052+{reference}'"
        + "".join(messages)
        + f"UNZ+{len(messages) if count is None else count}+{closes}'"
    )


def faults(text):
    found = read_envelope(split_segments(text))
    return [m.fault[0] if m.fault else None for m in found.messages], found.faults


def rows_of(tmp_path, text):
    path = tmp_path / "f.edi"
    path.write_text(text)
    source = open_source(path, ReaderOptions(format="edifact"))
    batches = list(source.batches())
    return [r for b in batches for r in b.table.to_pylist()], [r for b in batches for r in b.refused]


def test_a_sound_interchange_gives_a_row_per_goods_item(tmp_path):
    rows, refused = rows_of(tmp_path, interchange(message()))
    assert not refused
    assert [r["consignment:CNI/2.1"] for r in rows] == ["B1", "B1", "B2"]
    assert [r.get("goods:GID/1.1") for r in rows] == ["1", "2", None]
    assert rows[0]["consignment:NAD+CN/3"] == "A, B"
    assert rows[0]["goods:FTX+AAA/4"] == "SHIRTS"
    assert rows[1]["goods:FTX+AAA/4"] is None
    assert rows[2]["message:BGM/2"] == "DOC1"
    assert rows[2]["interchange:sender"] == "ME"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (message("M2", count=99), "unt-count"),
        (message("M2", closes="M9"), "unt-reference"),
        (message("M2").rpartition("UNT")[0], "message-not-closed"),
        (message("M2", body=[*BODY, "b?d"]), "segment"),
    ],
)
def test_one_bad_message_does_not_cost_the_others(tmp_path, bad, reason):
    text = interchange(message("M1"), bad, message("M3"))
    assert faults(text)[0] == [None, reason, None]
    rows, refused = rows_of(tmp_path, text)
    assert len(rows) == 6
    assert [r.reason for r in refused] == [reason] * 2  # two consignments
    assert "segment" in refused[0].hint.lower()


def test_a_wrong_counter_names_line_and_numbers(tmp_path):
    text = interchange(message(count=313)).replace("'", "'\n")
    _, refused = rows_of(tmp_path, text)
    assert refused[0].line == 2
    assert "counts 313; there are 10 segments" in refused[0].hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (interchange(message(), count=2), "counts 2; there are 1 messages"),
        (interchange(message(), closes="R2"), "closes 'R2'"),
        (interchange(message()).rpartition("UNZ")[0], "no UNZ"),
        (message(), "no UNB"),
    ],
)
def test_an_envelope_that_does_not_agree_refuses_all(tmp_path, text, words):
    assert words in "; ".join(faults(text)[1])
    rows, refused = rows_of(tmp_path, text)
    assert not rows
    assert {r.reason for r in refused} == {"envelope"}


def test_functional_groups_are_read_and_checked():
    def grouped(count=1, closes="G1"):
        return f"UNG+CUSCAR+A+B+191021:1052+G1+UN+D:95B'{message()}UNE+{count}+{closes}'"

    assert faults(interchange(grouped())) == ([None], [])
    assert "the group has 1 messages" in faults(interchange(grouped(count=2)))[1][0]
    assert "UNG opened 'G1'" in faults(interchange(grouped(closes="G2")))[1][0]


def test_release_characters_and_other_marks():
    segments = list(split_segments("UNA;*.! ~FTX*AAA***A!*B!!C;D~"))
    assert segments[0].elements[-1] == ("A*B!C", "D")
    assert next(iter(split_segments("FTX+A?'B??+C:D'"))).elements == (("A'B?",), ("C", "D"))


def test_public_samples_are_read_once_their_counters_are_right(shared_data, tmp_path):
    folder = shared_data / "platform" / "edifact"
    text = (folder / "cuscar_d95b_lot.edi").read_text()
    _, refused = rows_of(tmp_path, text)
    assert [r.reason for r in refused] == ["unt-count"]
    rows, refused = rows_of(tmp_path, text.replace("UNT+313", "UNT+30"))
    assert not refused
    assert rows[0]["consignment:RFF+BM/1.2"] == "DOCV373MOB909999"
    assert faults((folder / "paxlst.edi").read_text()) == ([None], [])
    assert faults((folder / "baplie_d95b.edi").read_text()) == ([None], [])
    assert faults((folder / "multi.edi").read_text()) == ([None, None], [])


@pytest.mark.parametrize("text", ["hello", "UNAx", "UNA::::::'", "UNA"])
def test_what_is_no_interchange_is_an_input_error(tmp_path, text):
    with pytest.raises(InputError):
        rows_of(tmp_path, text)


PARTS = st.sampled_from([*"?'+:AZ019 \n", "UNB", "UNH+1+CUSCAR'", "UNT+2+1'", "UNZ+1+R'", "CNI+1'", "GID'", "é"])


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=30).map("".join))
def test_any_text_is_rows_refusals_or_an_input_error(tmp_path_factory, text):
    try:
        rows, refused = rows_of(tmp_path_factory.mktemp("edi"), "UNB+UNOY:4+A+B+1:2+R'" + text)
    except InputError:
        return
    assert rows or refused


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=6), min_size=1, max_size=5))
def test_released_text_comes_back(values):
    def release(text):
        return "".join(f"?{c}" if c in "?'+:" else c for c in text)

    values = [v.replace("\r", "").replace("\n", "") for v in values]
    text = "FTX+" + "+".join(release(v) for v in values) + "+end'"
    segment = next(iter(split_segments(text)))
    assert [segment.text(i) for i in range(1, len(values) + 1)] == values
