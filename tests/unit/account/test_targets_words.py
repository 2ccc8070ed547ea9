"""Amounts, periods and places in a file, as people write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.indicators.amounts import as_text, read_amount, same_unit, unit_name
from counterflow.account.indicators.days import read_period, years_in
from counterflow.account.indicators.lines import key_lines, line_of
from counterflow.account.indicators.sdg import SDG_TARGETS


@pytest.mark.parametrize(
    ("text", "value", "unit", "sign"),
    [
        ("1.2 billion doses", 1.2e9, "doses", ""),
        ("100,000", 100_000, "", ""),
        ("more than 100,000 deaths", 100_000, "deaths", "more than"),
        ("$46.1 billion", 46.1e9, "$", ""),
        ("33%", 33, "%", ""),
        ("nearly 10,000 pounds", 10_000, "pounds", "about"),
        ("20.7 per 100,000 people", 20.7, "per 100,000 people", ""),
        ("1 in 5", 0.2, "share", ""),
        ("2.4e9", 2.4e9, "", ""),
        (-3, -3, "", ""),
    ],
)
def test_amounts_are_read_as_people_write_them(text, value, unit, sign):
    read = read_amount(text)
    assert (read.value, read.unit, read.sign) == (pytest.approx(value), unit, sign)


@pytest.mark.parametrize("bad", [True, None, "many", "5 to 10 percent", float("nan"), float("inf"), [], {}, "1e400"])
def test_what_is_no_amount_is_said_not_guessed(bad):
    with pytest.raises(ValueError, match=r".+"):
        read_amount(bad)


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_survives_its_text(number):
    assert read_amount(f"{number:,} doses").value == number
    assert read_amount(str(number)).value == number


@given(st.floats(0.001, 1e12))
def test_a_number_that_is_shown_reads_back_near_itself(number):
    assert read_amount(as_text(number)).value == pytest.approx(number, rel=5e-3)


def test_units_are_one_unit_in_any_spelling():
    assert same_unit("doses", "Dose")
    assert same_unit("%", "percent")
    assert same_unit("lbs", "pounds")
    assert same_unit("", "kg")
    assert not same_unit("kg", "pounds")
    assert unit_name("deaths per 100,000 people") == unit_name("death/100000 person")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("FY 2030", "2029-10-01", "2030-09-30"),
        ("fiscal year 2030", "2029-10-01", "2030-09-30"),
        ("2030", "2030-01-01", "2030-12-31"),
        (2030, "2030-01-01", "2030-12-31"),
        (dt.date(2027, 1, 5), "2027-01-05", "2027-01-05"),
        (dt.datetime(2027, 1, 5, 9, tzinfo=dt.UTC), "2027-01-05", "2027-01-05"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("Sep 2030", "2030-09-01", "2030-09-30"),
        ("30 September 2030", "2030-09-30", "2030-09-30"),
        ("September 30, 2030", "2030-09-30", "2030-09-30"),
        ("Q1 FY 2026", "2025-10-01", "2025-12-31"),
        ("2026 H2", "2026-07-01", "2026-12-31"),
        ("1999-2022", "1999-01-01", "2022-12-31"),
        ("2023-03 to 2023-05", "2023-03-01", "2023-05-31"),
        ("by the end of 2025", "2025-01-01", "2025-12-31"),
    ],
)
def test_periods_are_read_as_people_write_them(text, first, last):
    read = read_period(text)
    assert (read.first.isoformat(), read.last.isoformat()) == (first, last)


@pytest.mark.parametrize("bad", ["", "soon", "2030-13", "2023-02-30", True, 12.5, [], "by 2025 and in FY 2030"])
def test_what_is_no_one_period_is_refused(bad):
    with pytest.raises(ValueError, match=r".+"):
        read_period(bad)


def test_another_fiscal_year_begins_in_another_month():
    assert read_period("FY 2026", starts=4).first == dt.date(2025, 4, 1)


def test_a_sentence_may_name_two_deadlines():
    said = "increased by 100% by 2025, from 1.2 billion doses in FY 2023 to 2.4 billion doses in FY 2030"
    assert years_in(said) == [(2025, False), (2030, True)]
    assert years_in("reduced by 33% by 2030") == [(2030, False)]
    assert years_in("60 percent of packages, compared with 26 percent in 2017") == []


def test_every_key_is_found_on_its_line():
    text = '# x\n[pack]\nname = "a"\n\n[[target]]\nid = "t"\nquote = """\n[not a table]\nby = 3\n"""\nvalue = 1\n[[target]]\nid = "u"\n[[target.reading]]\nid = "r"\n'
    lines = key_lines(text)
    assert lines[("target", 0, "value")] == 11
    assert lines[("target", 1, "id")] == 13
    assert lines[("target", 1, "reading", 0, "id")] == 15
    assert ("target", 0, "by") not in lines
    assert line_of(lines, ("target", 1, "reading", 0, "deadline")) == 14


def test_there_are_169_goals_targets():
    assert len(SDG_TARGETS) == 169
