"""Capacity, requests and outcomes that cannot be used: refused with line, column, value and what to do."""

import csv
import json

import pytest

from .conftest import CAPACITY, PERIOD

OUTCOMES = "record_id,state,confirmation,harm_class,time\n"
TIME = "2021-03-02T10:00Z"

CAPACITIES = {
    "text for minutes": ("*,*,*,o,many,10,0.9", ["line 2", "column 'minutes'", "value 'many'", "Write a number"]),
    "negative": ("*,*,*,o,-5,10,0.9", ["line 2", "column 'minutes'", "value '-5'"]),
    "endless": ("*,*,*,o,inf,10,0.9", ["line 2", "column 'minutes'", "value 'inf'"]),
    "inspections without time": ("*,*,*,o,5,1e-300,0.9", ["line 2", "column 'service_minutes'", "0.01"]),
    "detection of two": ("*,*,*,o,5,10,2", ["line 2", "column 'detection_rate'", "value '2'", "Write a share"]),
    "a row twice": ("*,*,*,o,5,10,1\n*,*,*,o,5,10,1", ["line 3", "line 2 already", "Add the minutes up"]),
    "ragged": ("*,*,*", ["line 2", "3 fields, the header 7"]),
    "an open quote": ('"*,*,*,o,5,10,1', ["line 2", "Mend the quotes"]),
    "another office": ("Oslo,*,*,o,5,10,1\nBergen,*,*,o,5,10,1", ["line 3", "column 'office'", "'Bergen'", "Oslo"]),
    "another day": ("*,*,2019-01-01,o,5,10,1", ["line 2", "column 'day'", "2019-01-01", "Use *"]),
    "no day": ("*,*,1.3.2021,o,5,10,1", ["line 2", "column 'day'", "YYYY-MM-DD"]),
    "a name of no letters": ("*,*,*,o\0,5,10,1", ["line 2", "column 'resource'"]),
    "a name of a million letters": ("x" * 100_000 + ",*,*,o,5,10,1", ["line 2", "column 'office'"]),
    "nothing but a header": ("", ["line 2", "at least one row"]),
}


@pytest.mark.parametrize("case", CAPACITIES)
def test_a_capacity_row_that_cannot_be_used_is_named(case, site, refused):
    rows, words = CAPACITIES[case]
    (site / "k.csv").write_text(CAPACITY + rows + "\n")
    refused(3, ("k.csv", *words), "target", "plan", "--capacity", "k.csv", *PERIOD)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["empty", "office,lane"]),
        (CAPACITY.replace(",detection_rate", "").encode() + b"*,*,*,o,5,10\n", ["line 1", "column 'detection_rate'"]),
        (CAPACITY.replace("minutes,", "minuets,", 1).encode(), ["line 1", "Did you mean 'minutes'"]),
        ((CAPACITY + "Tromsø,*,*,o,5,1,1\n").encode("cp1252"), ["line 2", "not UTF-8", "Save it"]),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ["k.csv"]),
        (b"PK\x03\x04" + b"\0" * 99, ["k.csv", "line 1"]),
    ],
)
def test_a_capacity_file_that_cannot_be_used_is_refused(content, words, site, refused):
    (site / "k.csv").write_bytes(content)
    refused(3, ("k.csv", *words), "target", "plan", "--capacity", "k.csv", *PERIOD)


@pytest.mark.parametrize(
    "text", ["\ufeff" + CAPACITY + "*,*,*,o,60,10,0.9\n", CAPACITY.replace(",", ";") + "*;*;*;o;60;10;0.9\n"]
)
def test_a_capacity_file_as_a_spreadsheet_saves_it_is_read(text, site, ask):
    (site / "k.csv").write_text(text, "utf-8")
    code, out, _ = ask("target", "plan", "--capacity", "k.csv", *PERIOD)
    assert code == 0
    assert len(list(csv.DictReader(out.splitlines()))) == 6


@pytest.mark.parametrize("name", ["none.csv", "W"])
@pytest.mark.parametrize("command", [("target", "plan", *PERIOD, "--capacity"), ("target", "record")])
def test_what_is_no_file_is_refused(command, name, refused):
    refused(3, (name, "Give"), *command, name)


REQUESTS = {
    "ends before it starts": (("--from", "2021-03-02", "--to", "2021-03-01"), ["2021-03-02", "Swap"]),
    "no day": (("--from", "today", "--to", "2021-03-01"), ["--from", "today"]),
    "no end": (("--from", "2021-03-01"), ["--to"]),
    "a century": (("--from", "1921-03-01", "--to", "2021-03-01"), ["two years"]),
    "a negative seed": ((*PERIOD[:4], "--seed", "-1"), ["seed", "-1"]),
    "a seed of words": ((*PERIOD[:4], "--seed", "abc"), ["--seed"]),
    "a seed beyond whole numbers": ((*PERIOD[:4], "--seed", str(2**70)), ["seed", str(2**53 - 1)]),
    "no random arm": ((*PERIOD[:4], "--random-share", "0"), ["above 0", "what was missed"]),
    "more than all": ((*PERIOD[:4], "--random-share", "2"), ["at most 1", "2"]),
    "no share": ((*PERIOD[:4], "--random-share", "nan"), ["at most 1", "nan"]),
}


@pytest.mark.parametrize("command", [("target", "plan"), ("run",)])
@pytest.mark.parametrize("case", REQUESTS)
def test_a_request_that_cannot_be_answered_is_refused_before_anything_is_done(case, command, refused, ask):
    options, words = REQUESTS[case]
    code, out, err = ask(*command, "--capacity", "cap.csv", *options)
    assert (code, out) == (2, "")
    assert "screen" not in err
    if command == ("target", "plan"):
        assert all(word in err for word in words)
    assert len(json.loads(ask("target", "plans", "--format", "json")[1])) == 1


def test_a_period_without_records_is_refused(refused):
    options = ("--from", "2025-01-01", "--to", "2025-01-02")
    refused(3, ("2025-01-01", "2021-03-01"), "target", "plan", "--capacity", "cap.csv", *options)


@pytest.mark.parametrize("command", [("account", "interdiction"), ("account", "board")])
def test_an_account_of_a_period_that_ends_before_it_starts_is_refused(command, refused):
    refused(2, ("before it starts", "Swap"), *command, "--from", "2021-03-02", "--to", "2021-03-01")


@pytest.mark.parametrize("option", [("--load", "none.csv", "--map", "m.toml"), ("--outcomes", "none.csv")])
def test_a_run_looks_for_its_files_before_it_begins(option, ask):
    code, out, err = ask("run", *PERIOD[:4], *option)
    assert (code, out) == (3, "")
    assert err.startswith("counterflow: none.csv: There is no such file.")


ROWS = {
    "never drawn": ("zz,inspected,none,,{t}", "not-drawn", "record_id", "zz"),
    "unknown state": ("{id},lost,none,,{t}", "unknown-state", "state", "lost"),
    "unknown confirmation": ("{id},inspected,maybe,,{t}", "unknown-confirmation", "confirmation", "maybe"),
    "unknown harm class": ("{id},inspected,confirmed,heroine,{t}", "unknown-harm-class", "harm_class", "heroine"),
    "no time": ("{id},inspected,none,,yesterday", "unreadable-time", "time", "yesterday"),
    "beyond the calendar": ("{id},inspected,none,,9999-12-31T23:59-12:00", "unreadable-time", "time", "9999"),
    "the year 2222": ("{id},inspected,none,,2222-01-01", "in-the-future", "time", "2222"),
    "ragged": ("{id},inspected", "ragged", "", ""),
    "no id": (",inspected,none,,{t}", "no-record-id", "record_id", ""),
}


@pytest.mark.parametrize("case", ROWS)
def test_an_outcome_that_cannot_be_taken_is_kept_with_its_reason(case, site, ask):
    drawn = [r["record_id"] for r in csv.DictReader((site / "plan.csv").read_text().splitlines())]
    row, reason, column, value = ROWS[case]
    bad = row.format(id=drawn[0], t=TIME)
    (site / "o.csv").write_text(f"{OUTCOMES}{bad}\n{drawn[1]},inspected,none,,{TIME}\n")
    code, out, err = ask("target", "record", "o.csv")
    receipt = json.loads(out)
    assert (code, receipt["accepted"], receipt["rejected"], receipt["reasons"]) == (0, 1, 1, {reason: 1})
    assert (receipt["refused"][0]["line"], receipt["refused"][0]["column"]) == (2, column)
    assert all(words in err for words in ("o.csv", "line 2", reason, value, receipt["refused"][0]["hint"]))
    (kept,) = json.loads(ask("intake", "quarantine", "list", "--source", "outcomes", "--format", "json")[1])
    assert (kept["reason"], kept["raw"] != "") == (reason, True)


def test_the_same_outcome_twice_counts_once_and_a_time_without_offset_is_said(site, ask):
    drawn = next(csv.DictReader((site / "plan.csv").read_text().splitlines()))["record_id"]
    (site / "o.csv").write_text(OUTCOMES + f"{drawn},inspected,none,,2021-03-02T10:00\n" * 2)
    code, out, err = ask("target", "record", "o.csv")
    assert (code, json.loads(out)["accepted"], json.loads(out)["already"]) == (0, 2, 1)
    assert "taken as UTC" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["empty", "record_id,state"]),
        (b"a,b\n1,2\n", ["line 1", "column 'a'", "record_id"]),
        (b"record_id,state\nx,held\n", ["line 1", "column 'confirmation'"]),
        ((OUTCOMES + "é\n").encode("cp1252"), ["line 2", "not UTF-8"]),
        ((OUTCOMES + '"r1,held\n').encode(), ["line 2", "no row was taken"]),
    ],
)
def test_an_outcome_file_that_cannot_be_used_is_refused(content, words, site, refused):
    (site / "o.csv").write_bytes(content)
    refused(3, ("o.csv", *words), "target", "record", "o.csv")
