"""Files that cannot be loaded, or not whole: refused with file, line, value and what to do, or kept row by row."""

import gzip
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import HEADER, MAPPING, record

XLSX_ZIP = b"PK\x03\x04" + b"\0" * 100
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000
EDIFACT = "UNA:+.? 'UNB+UNOC:3+POST+CUSTOMS+210301:0800+R1'UNH+1+CUSCAR:D:95B:UN'BGM+85+1+9'UNT+{}+1'UNZ+1+R1'"


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def parquet():
    written = io.BytesIO()
    pq.write_table(pa.table({"id": [str(n) for n in range(1000)], "day": ["01.03.2021"] * 1000}), written)
    return written.getvalue()


def sheet_row(**other):
    return record("x", **other).strip().split(",")


WHOLE = {
    "empty": ("f.csv", b"", ["not one byte", "Ask the sender"]),
    "only a header": ("f.csv", HEADER.encode(), ["no row"]),
    "header in another encoding": ("f.csv", HEADER.replace("lane", "spår").encode("cp1252"), ["line 1", "cp1252"]),
    "UTF-16 unmarked": ("f.csv", (HEADER + record(1)).encode("utf-16-le"), ["UTF-16", "encoding ="]),
    "a column twice": ("f.csv", HEADER.replace("kg", "id").encode(), ["line 1", "column 'id'", "own name"]),
    "cut-off gzip": ("f.csv.gz", gzip.compress(HEADER.encode() * 99)[:60], ["cannot be unpacked"]),
    "truncated Parquet": ("f.parquet", parquet()[:-30], ["no whole Parquet", "ask the sender"]),
    "Parquet with its middle gone": ("f.parquet", parquet()[:100] + parquet()[-200:], ["no whole Parquet"]),
    "protected workbook": ("f.xlsx", OLE, ["password", "save it as .xlsx"]),
    "no workbook in the archive": ("f.xlsx", XLSX_ZIP, ["no whole XLSX", "ask the sender"]),
    "formula in the header": ("f.xlsx", workbook(["=1+1"]), ["line 1", "formula", "as text"]),
    "nameless kind": ("f.what", b"abc", ["what kind of file", "format ="]),
    "one JSON array": ("f.ndjson", b"[" * 100_000, ["one object a line"]),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_cannot_be_read_is_refused_whole(case, site, refused, ask):
    name, content, words = WHOLE[case]
    (site / name).write_bytes(content)
    refused(3, (name, *words), "intake", "load", name, "--map", "m.toml")
    assert len(json.loads(ask("intake", "receipts", "--format", "json")[1])) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere.csv", ["nowhere.csv", "no such file"]), (".", ["folder"]), ("n" * 300, ["too long", "Check the path"])],
)
def test_what_is_no_file_is_refused(name, words, refused):
    refused(3, tuple(words), "intake", "load", name, "--map", "m.toml")


ROWS = {
    "wrong encoding": ("f.csv", (record(1) + record(2, text="Hölzer")).encode("cp1252"), {"encoding": 1}, 1),
    "ragged rows": ("f.csv", record(1) + "2,short\n" + record(3).strip() + ",more\n", {"ragged-row": 2}, 1),
    "ragged, in another encoding": ("f.csv", (record(1) + "2,Hölzer\n").encode("cp1252"), {"ragged-row": 1}, 1),
    "a million characters": (
        "f.csv", record(1) + record(2, text="x" * 1_000_000) + record(3), {"field-too-long": 1}, 2,
    ),
    "mixed dates": (
        "f.csv", record(1) + record(2, day="2021-03-01") + record(3, day="31.02.2021"), {"date-format": 2}, 1,
    ),
    "negative mass": ("f.csv", record(1) + record(2, kg="-2"), {"negative": 1}, 1),
    "no number": ("f.csv", record(1, kg="nan") + record(2, kg="heavy"), {"not-a-number": 2}, 0),
    "unknown country": ("f.csv", record(1) + record(2, **{"from": "Atlantis"}), {"country-unknown": 1}, 1),
    "HS without its zero": ("f.csv", record(1) + record(2, hs="10121"), {"hs-lost-zero": 1}, 1),
    "an id twice": ("f.csv", record(1) + record(1) + record("r1"), {"duplicate-record": 2}, 1),
    "no id": ("f.csv", record(1) + record(""), {"required-empty": 1}, 1),
    "formula": ("f.xlsx", workbook(HEADER.strip().split(","), sheet_row(), sheet_row(kg="=1+1")), {"formula": 1}, 1),
    "EDIFACT counter": ("f.edi", EDIFACT.format(9), {"unt-count": 1}, 0),
    "EDIFACT in pieces": ("f.edi", b"UNB+\xff\xfe", {"segment": 1}, 0),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_taken_is_kept_with_its_reason(case, site, ask):
    name, content, reasons, accepted = ROWS[case]
    content = content.encode() if isinstance(content, str) else content
    (site / name).write_bytes(HEADER.encode() + content if name.endswith("csv") else content)
    mapping = "cuscar" if name.endswith("edi") else "m.toml"
    code, out, err = ask("intake", "load", name, "--map", mapping, "--format", "json")
    receipt = json.loads(out)
    assert code == 0
    assert (receipt["accepted"], receipt["reasons"]) == (accepted, reasons)
    assert receipt["read"] == receipt["accepted"] + receipt["rejected"]
    assert name in err
    kept = json.loads(ask("intake", "quarantine", "list", "--batch", receipt["batch"], "--format", "json")[1])
    assert sorted(r["reason"] for r in kept) == sorted(r for r, n in reasons.items() for _ in range(n))
    assert all(r["hint"] and r["raw"] and r["line"] for r in kept)
    assert {r["value"] for r in kept if r["reason"] in {"negative", "country-unknown", "hs-lost-zero"}} <= {
        "-2", "Atlantis", "10121",
    }  # fmt: skip


MAPPINGS = {
    "a column that is not there": (MAPPING.replace('"kg"', '"weight"'), ["line 8", "'weight'", "good.csv", "'kg'"]),
    "a field that is not there": (MAPPING.replace("mass_kg", "mass_gk"), ["line 8", "Did you mean 'mass_kg'"]),
    "a table that is not there": (MAPPING + "[colours]\n", ["[colours]", "Known:"]),
    "no TOML": ("[mapping\n", ["line 1"]),
    "not text": (b"\xff\xfe\0", ["not UTF-8"]),
    "empty": ("", ['name = "']),
    "a number for a table": ("fields = 3\n", ["line 1", "[fields]"]),
    "a unit unheard of": (MAPPING.replace('"kg"', '{ column = "kg", unit = "stone" }'), ["line 8", "'stone'"]),
    "no date format": (MAPPING.replace("%d.%m.%Y", "%Q"), ["line 7", "'%Q'", "For example"]),
    "a long delimiter": (MAPPING + '[reader]\ndelimiter = "xx"\n', ["one character"]),
}


@pytest.mark.parametrize("case", MAPPINGS)
def test_a_mapping_that_is_not_sound_names_its_line(case, site, refused):
    text, words = MAPPINGS[case]
    (site / "bad.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(4, ("bad.toml", *words), "intake", "load", "good.csv", "--map", "bad.toml")


@pytest.mark.parametrize("encoding", ["klingon", "zlib", "rot13"])
def test_an_encoding_of_no_text_is_refused(encoding, site, refused):
    (site / "bad.toml").write_text(MAPPING + f'[reader]\nencoding = "{encoding}"\n')
    refused(3, ("good.csv", encoding, "cp1252"), "intake", "load", "good.csv", "--map", "bad.toml")


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("none.toml", 4, ["intake map"]), ("parcle", 3, ["Did you mean 'parcel'"]), ("z" * 300, 3, ["too long"])],
)
def test_a_mapping_that_is_nowhere_is_refused(name, code, words, refused):
    refused(code, tuple(words), "intake", "load", "good.csv", "--map", name)


ANNOUNCED = "sender,departure,lane,period,expected\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["not one byte"]),
        ("a,b\n1,2\n", ["'sender'"]),
        (ANNOUNCED, ["no row"]),
        (ANNOUNCED + "p,CN,mail,2021-03,lots\n", ["line 2", "column 'expected'", "value 'lots'"]),
        (ANNOUNCED + "p,CN,mail,2021-03,5\np,CN,mail,2021-04,-1\n", ["line 3", "value '-1'"]),
        (ANNOUNCED + "p,CN,mail,March,5\n", ["line 2", "value 'March'", "YYYY-MM"]),
    ],
)
def test_announcements_that_say_nothing_are_refused(text, words, site, refused):
    (site / "a.csv").write_text(text)
    refused(3, ("a.csv", *words), "intake", "announce", "a.csv")


@pytest.mark.parametrize(("text", "words"), [("a,b\n1,2\n", ["_source"]), ("", ["empty"])])
def test_a_mended_file_without_its_keys_is_refused(text, words, site, refused):
    (site / "q.csv").write_text(text)
    refused(3, ("q.csv", *words), "intake", "quarantine", "reload", "q.csv")
