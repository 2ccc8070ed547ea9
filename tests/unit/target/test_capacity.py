"""The capacity file: what is taken, and that everything else is refused with its place."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import CounterflowError, InputError
from counterflow.target.choice.capacity import COLUMNS, parse_capacity, read_capacity

HEADER = ",".join(COLUMNS) + "\n"
MONDAY = dt.date(2026, 3, 2)


def parse(text):
    return parse_capacity(text.encode(), "capacity.csv")


def test_rows_become_pools_in_any_order_of_columns():
    text = "lane,office,day,resource,detection_rate,minutes,service_minutes\nmail,*,*,dog,0.7,480,4\n"
    (pool,) = parse("\ufeff" + text + "\n\n").pools
    assert (pool.office, pool.lane, pool.day, pool.slots, pool.line) == ("*", "mail", None, 120, 2)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_the_marks_that_spreadsheets_write_elsewhere_are_taken(mark):
    text = HEADER + "A,mail,*,officer,480,12,0.85\n"
    (pool,) = parse(text.replace(",", mark)).pools
    assert (pool.office, pool.resource, pool.slots) == ("A", "officer", 40)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("A,mail,*,dog,-1,4,0.7", "minutes", "-1"),
        ("A,mail,*,dog,ten,4,0.7", "minutes", "ten"),
        ("A,mail,*,dog,nan,4,0.7", "minutes", "nan"),
        ("A,mail,*,dog,1e99,4,0.7", "minutes", "1e99"),
        ("A,mail,*,dog,480,0,0.7", "service_minutes", "0"),
        ("A,mail,*,dog,480,4,1.01", "detection_rate", "1.01"),
        ("A,mail,*,dog,480,4,0", "detection_rate", "0"),
        ("A,mail,02.03.2026,dog,480,4,0.7", "day", "02.03.2026"),
        (",mail,*,dog,480,4,0.7", "office", None),
    ],
)
def test_a_bad_value_is_named_with_line_column_and_value(row, column, value):
    with pytest.raises(InputError) as caught:
        parse(HEADER + "B,mail,*,dog,480,4,0.7\n" + row + "\n")
    assert (caught.value.line, caught.value.column, caught.value.value) == (3, column, value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEADER, "no capacity"),
        ("office,lane\nA,B\n", "missing"),
        (HEADER.replace("minutes,service", "minuts,service", 1) + "A,B,*,dog,1,1,1\n", "minutes"),
        (HEADER + "A,mail,*,dog,480,4\n", "6 fields"),
        (HEADER + "A,mail,*,dog,1,1,1\nA,mail,*,dog,2,1,1\n", "line 2 already"),
        (HEADER + 'A,"mail,*,dog,1,1,1\n', "breaks off"),
        (HEADER.replace("lane", "office"), "twice"),
    ],
)
def test_a_broken_file_says_what_is_wrong(text, words):
    with pytest.raises(InputError, match=words):
        parse(text)


def test_rows_of_other_days_are_left_out_and_said():
    capacity = parse(HEADER + "A,mail,2026-03-02,dog,10,1,1\nA,mail,2026-04-01,dog,10,1,1\n").within(MONDAY, MONDAY)
    assert len(capacity.pools) == 1
    assert "1 capacity rows" in capacity.said[0]
    with pytest.raises(InputError, match="No row is for a day"):
        parse(HEADER + "A,mail,2026-04-01,dog,10,1,1\n").within(MONDAY, MONDAY)


def test_a_file_for_another_office_names_the_nearest_ones():
    capacity = parse(HEADER + "Rotterdamm,mail,*,dog,10,1,1\n")
    with pytest.raises(InputError, match="Rotterdam"):
        capacity.require_places(["Rotterdam", "Hamburg"], ["mail"])
    capacity.require_places(["Rotterdamm"], ["mail"])


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_capacity(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_capacity(tmp_path)
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"K\xf6ln,mail,*,dog,1,1,1\n")
    with pytest.raises(InputError, match="UTF-8") as caught:
        read_capacity(tmp_path / "latin.csv")
    assert caught.value.line == 2


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: (HEADER + t).encode()))
def test_any_bytes_give_pools_or_our_own_error(content):
    try:
        pools = parse_capacity(content, "x.csv").pools
    except CounterflowError as error:
        pools, told = (), str(error)
    else:
        told = "pools"
    assert told
    if pools:
        for pool in pools:
            assert pool.minutes >= 0
            assert pool.service_minutes > 0
            assert 0 < pool.detection_rate <= 1


@given(
    st.floats(0, 1e6, allow_nan=False),
    st.floats(1e-2, 1e4, allow_nan=False),
    st.floats(1e-6, 1, allow_nan=False),
)
def test_whole_inspections_never_take_more_than_the_minutes(minutes, service, detection):
    (pool,) = parse(HEADER + f"A,mail,*,dog,{minutes!r},{service!r},{detection!r}\n").pools
    assert pool.slots * pool.service_minutes <= pool.minutes * (1 + 1e-6) + 1e-6
    assert (pool.slots + 1) * pool.service_minutes > pool.minutes * (1 - 1e-6) - 1e-6
