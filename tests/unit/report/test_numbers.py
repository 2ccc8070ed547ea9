"""Numbers as people read them: small shares survive, rounding never reaches certainty, absent is not zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report import numbers

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, f"0{NARROW}%"),
        (1, f"100{NARROW}%"),
        (0.21, f"21.0{NARROW}%"),
        (0.0123, f"1.23{NARROW}%"),
        (0.00001, "10 per million"),
        (0.99999, f"> 99.9{NARROW}%"),
        (None, "–"),
        (float("nan"), "–"),
        (True, "–"),
        ("0.2", "–"),
    ],
)
def test_a_share_is_told_as_a_percentage_or_per_million(value, text):
    assert numbers.share(value) == text


@given(st.floats(1e-12, 1 - 1e-12))
def test_a_share_between_is_never_told_as_none_or_all(value):
    assert numbers.share(value) not in {f"0{NARROW}%", f"0.00{NARROW}%", f"100{NARROW}%"}


def test_an_estimate_is_told_with_its_interval():
    told = numbers.estimate({"value": 12.0, "low": 3.0, "high": 31.5, "level": 0.95}, "records")
    assert told == f"12 (95{NARROW}% interval 3 to 31.5)"


def test_an_absent_estimate_is_not_zero():
    assert numbers.estimate(None) == numbers.interval(None) == numbers.count(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-03-01T06:00:00Z", "2026-03-01 06:00 UTC"),
        ("2026-03-01T06:00:00+09:00", "2026-03-01T06:00:00+09:00"),
        ("2026-03-01", "2026-03-01"),
        (None, "–"),
    ],
)
def test_an_instant_is_told_in_utc_and_anything_else_as_it_stands(value, text):
    assert numbers.when(value) == text
