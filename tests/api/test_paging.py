"""Cursors: what they hold comes back, and nothing that was not ours is believed."""

import base64
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.api.paging import list_of, page_of, read_cursor, write_cursor
from counterflow.core.errors import UsageError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(TEXT, st.integers(-(2**53), 2**53), st.dates())
def test_a_cursor_gives_back_its_key(text, number, day):
    of = list_of("records", lane=text)
    assert read_cursor(write_cursor(of, (text, number, day)), of, (str, int, dt.date)) == (text, number, day)


@given(
    st.one_of(
        st.text(min_size=1, max_size=60),
        st.binary(min_size=1, max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode()),
    )
)
def test_what_is_no_cursor_is_refused_in_words(text):
    with pytest.raises(UsageError, match="cursor"):
        read_cursor(text, list_of("records"), (dt.date, str, str))


@pytest.mark.parametrize("held", [["a", 10**21], ["a", True], [1, 2], ["a"], {"a": 1}, "a", ["a\0", 1], ["a", 1, 2]])
def test_a_cursor_of_other_parts_is_refused(held):
    of = list_of("findings")
    inside = [of, *held] if isinstance(held, list) else held
    made = base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()
    with pytest.raises(UsageError, match="none of ours"):
        read_cursor(made, of, (str, int))


def test_a_cursor_of_other_filters_is_refused():
    cursor = write_cursor(list_of("records", lane="mail"), ("a",))
    with pytest.raises(UsageError, match="another list"):
        read_cursor(cursor, list_of("records", lane="sea"), (str,))


@given(st.lists(st.tuples(TEXT, TEXT), unique=True, max_size=30), st.integers(1, 7))
def test_pages_of_a_short_list_hold_every_row_once(rows, limit):
    rows = [{"a": a, "b": b} for a, b in rows]
    seen, cursor = [], ""
    while True:
        told = json.loads(page_of(rows, lambda row: (row["a"], row["b"]), limit, cursor, "x").body)
        assert len(told["items"]) <= limit
        seen += told["items"]
        cursor = told["next"]
        if not cursor:
            break
    assert seen == sorted(rows, key=lambda row: (row["a"], row["b"]))
