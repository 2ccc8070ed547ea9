"""Canonical JSON: one text for one value, and no value that two readers could take for two."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import UsageError
from counterflow.store.ledger import canonical_bytes, decimal_text
from counterflow.store.ledger.canonical import DEEPEST, LARGEST, read_canonical

ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXT
VALUES = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(ASCII, part, max_size=4), max_leaves=15
)


@given(VALUES)
def test_any_value_reads_back_as_itself_and_has_one_spelling(value):
    text = canonical_bytes(value)
    assert json.loads(text) == value
    assert read_canonical(text) == value
    assert canonical_bytes(json.loads(text)) == text


@given(st.dictionaries(ASCII, SCALARS, max_size=6))
def test_order_of_insertion_does_not_show(body):
    assert canonical_bytes(body) == canonical_bytes(dict(reversed(body.items())))


@given(VALUES)
def test_the_verifier_takes_what_the_writer_writes(verifier, value):
    assert verifier.canonical(canonical_bytes(value)) == value


def test_escapes_are_those_of_rfc_8785():
    # RFC 8785, section 3.2.2.2: short escapes where JSON has them, \u00xx in lower case, all else as it is.
    text = '\b\t\n\f\r"\\/\x00\x1f\x7f é€😀'
    expected = '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\x7f é€😀"'
    assert canonical_bytes(text) == expected.encode()


def test_letters_are_not_normalised():
    assert canonical_bytes("\u00e9") != canonical_bytes("e\u0301")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"rate": 0.5}, "body.rate"),
        ({"rate": math.nan}, "body.rate"),
        ({"a": [1, {"b": math.inf}]}, "body.a[].b"),
        ({"größe": 1}, "größe"),
        ({1: "x"}, "1"),
        ({"n": LARGEST + 1}, "body.n"),
        ({"n": -LARGEST - 1}, "body.n"),
        ({"n": np.int64(3)}, "int64"),
        ({"when": object()}, "object"),
        ({"b": b"raw"}, "bytes"),
    ],
)
def test_what_has_no_canonical_spelling_is_refused_with_its_place(body, place):
    with pytest.raises(UsageError) as refused:
        canonical_bytes(body)
    assert place in str(refused.value)


def test_half_a_character_is_refused():
    with pytest.raises(UsageError, match="half a character"):
        canonical_bytes({"name": "\ud800"})


def test_depth_is_bounded():
    deep: list = []
    for _ in range(DEEPEST):
        deep = [deep]
    with pytest.raises(UsageError, match="inside each other"):
        canonical_bytes(deep)


@pytest.mark.parametrize(
    "text",
    [
        b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a": 1}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":-0}', b'{"a":01}',
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":9007199254740992}', b'{"a":"\\u0041"}', b'{"a":"\\/"}',
        b'{"a":"\\u001F"}', b'{"\xc3\xa9":1}', b'{"a":"\\ud800"}', b'"\xff"', b"\xef\xbb\xbf{}", b"{} ", b"",
        b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}", b"\x00\x01", '{"a":1}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_other_spellings_are_refused_by_reader_and_verifier(verifier, text):
    with pytest.raises(ValueError):
        read_canonical(text)
    with pytest.raises(ValueError):
        verifier.canonical(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimal_text_reads_back_exactly(number):
    text = decimal_text(number)
    assert float(text) == number
    assert math.copysign(1, float(text)) == math.copysign(1, number)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_decimal_text_refuses_what_is_no_number(number):
    with pytest.raises(UsageError):
        decimal_text(number)
