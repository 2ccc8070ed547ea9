"""Identifiers and codes: check digits, what is repaired, and the nearest where one is unknown."""

import csv

import pytest

from counterflow.intake.identifiers import (
    Repaired,
    Unreadable,
    country,
    currency,
    hs_code,
    iso6346,
    s10,
    s10_check_digit,
)


def test_s10_agrees_with_published_vectors(shared_data):
    with (shared_data / "targeting" / "s10_vectors.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "serial->check":
                assert s10_check_digit(row["value"]) == int(row["expected"])
            elif row["expected"] == "true":
                assert s10(row["value"]) == row["value"]
            else:
                with pytest.raises(Unreadable):
                    s10(row["value"])


@pytest.mark.parametrize("serial", ["47312482", "00071758", "96633102"])
def test_s10_takes_one_check_digit_of_ten(serial):
    right = s10_check_digit(serial)
    assert s10(f"AB{serial}{right}CH") == f"AB{serial}{right}CH"
    for digit in set(range(10)) - {right}:
        with pytest.raises(Unreadable, match="s10-check-digit"):
            s10(f"AB{serial}{digit}CH")


@pytest.mark.parametrize("text", ["", "EB٠٠٠٧١٧٦١٨HK", "EB00071761HK", "1B000717618HK"])
def test_s10_refuses_other_forms(text):
    with pytest.raises(Unreadable, match="s10-form"):
        s10(text)


def test_container_number_names_the_digit_expected():
    assert iso6346("csqu 305438-3") == "CSQU3054383"
    with pytest.raises(Unreadable, match=r"container-check-digit.*is 3"):
        iso6346("CSQU3054384")


@pytest.mark.parametrize(
    ("text", "read"),
    [("0101.21", "010121"), ("61", "61"), ("9801000000", "9801000000"), ("2933 33", "293333")],
)
def test_an_hs_code_is_read_without_its_dots_and_blanks(text, read):
    assert hs_code(text) == read


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10121", "hs-lost-zero"), ("101210000", "hs-lost-zero"), ("770000", "hs-chapter"), ("00", "hs-chapter"),
        ("12345678901", "hs-length"), ("61a1", "hs-form"), ("٦١", "hs-form"), ("-6109", "hs-form"),
    ],
)  # fmt: skip
def test_hs_codes_refused(text, reason):
    with pytest.raises(Unreadable) as caught:
        hs_code(text)
    assert caught.value.reason == reason


def test_lost_zero_is_given_back_only_on_request():
    with pytest.raises(Unreadable, match="010121"):
        hs_code("10121")
    assert hs_code("10121", pad=True) == Repaired("010121", "hs-padded")
    assert hs_code("610910", pad=True) == "610910"


@pytest.mark.parametrize(
    ("text", "code"),
    [("cn", "CN"), ("KOR", "KR"), ("Côte d'Ivoire", "CI"), ("uk", "GB"), ("XK", "XK"), ("South Korea", "KR")],
)
def test_a_country_is_known_by_its_codes_and_its_names(text, code):
    assert country(text) == code


def test_unknown_countries_show_what_is_near():
    with pytest.raises(Unreadable, match=r"Germany \(DE\)"):
        country("Germny")
    with pytest.raises(Unreadable, match=r'codes = \{ZZ = ""\}'):
        country("zz")


def test_a_currency_is_an_iso_4217_code_and_nothing_else():
    assert currency("krw") == "KRW"
    for text in ("XXX", "RMB", "US$"):
        with pytest.raises(Unreadable, match="currency-unknown"):
            currency(text)
