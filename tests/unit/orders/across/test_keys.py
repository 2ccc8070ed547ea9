"""Identifiers are written one way: spellings of one thing meet, other things do not."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import UsageError
from counterflow.orders.across.keys import identifiers, kind_of, read_keys


def read(column, *values):
    (key,) = read_keys([column])
    return identifiers(pa.table({column: pa.array(values, pa.string())}), key)


@pytest.mark.parametrize(
    ("column", "kind"),
    [("Firma", "name"), ("Raison sociale", "name"), ("N° TVA", "tax"), ("USt-ID", "tax"), ("NIF", "tax"),
     ("Lizenznummer", "licence"), ("Dirección", "address"), ("Code postal", "postcode"), ("negative", "text")],
)  # fmt: skip
def test_columns_in_other_languages_are_read_as_what_they_are(column, kind):
    assert kind_of(column) == kind


@pytest.mark.parametrize(
    ("column", "spellings"),
    [
        ("registration", ["HRB 12345", "hrb12345", "DE:HRB-12345"]),
        ("tax_id", ["DE136695976", "de 136 695 976", "136695976", "DE:136695976"]),
        ("vat_no", ["EL094259216", "GR094259216", "094259216"]),
        ("dea_number", ["AB1234563", "ab-1234563", "AB1234563-042"]),
        ("phone", ["+49 40 123456789", "0049 (40) 123456789", "040 123 456 789", "040/123456789 ext. 7"]),
        ("email", ["Orders@Acme-Chem.de", "sales@acme-chem.de ", "https://www.acme-chem.de/shop"]),
        ("legal_name", ["Acme Chemicals Ltd.", "ACME CHEMICALS LIMITED", "acmé chemicals", "Chemicals Acme"]),
        ("address", ["1 Main Street, Springfield", "Springfield, 1 MAIN ST."]),
        ("postcode", ["SW1A 1AA", "sw1a1aa"]),
        ("our_code", ["Ab-12", "ab 12"]),
    ],
)
def test_spellings_meet(column, spellings):
    found = read(column, *spellings)
    assert None not in found
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("column", "others"),
    [
        ("registration", ["HRB 12345", "HRB 12346", "HRA 12345"]),
        ("tax_id", ["DE136695976", "DE136695977", "USA1234567"]),
        ("phone", ["040 123456789", "040 123456780"]),
        ("email", ["a@acme.de", "a@acme.com"]),
        ("legal_name", ["Acme Chemicals Ltd", "Acme Pharma Ltd", "Ltd"]),
        ("address", ["1 Main Street, Springfield", "2 Main Street, Springfield"]),
    ],
)
def test_other_things_do_not(column, others):
    found = read(column, *others)
    assert len(set(found)) == len(others)


@pytest.mark.parametrize(
    ("column", "nothing"),
    [
        ("registration", [None, "", "n/a", "0000", "-", "x", "12"]), ("tax_id", ["unknown", "None"]),
        ("email", ["someone@gmail.com", "no mail", ""]), ("phone", ["n/a", "12", "000000000"]),
        ("legal_name", ["N/A", "UNKNOWN", "", "12345"]), ("address", ["", "Springfield"]),
    ],
)  # fmt: skip
def test_what_says_nothing_is_no_identifier(column, nothing):
    assert read(column, *nothing) == [None] * len(nothing)


def test_joined_columns_need_all_their_parts():
    table = pa.table({"Name": ["Acme Ltd", "Acme Ltd", None], "postcode": ["1", None, "1"]})
    (key,) = read_keys(["name+postcode"])
    assert [value is not None for value in identifiers(table, key)] == [True, False, False]
    assert key.form == "name+postcode"


def test_columns_are_named_or_it_is_told():
    for wrong in ([], ["a", "a"], ["a+"], [""]):
        with pytest.raises(UsageError):
            read_keys(wrong)
    with pytest.raises(UsageError, match="tax_id"):
        identifiers(pa.table({"tax_id": ["1"]}), read_keys(["taxid"])[0])


_KINDS = ("registration", "tax_id", "licence", "phone", "email", "name", "address", "postcode", "other")


@given(column=st.sampled_from(_KINDS), values=st.lists(st.none() | st.text(max_size=20), max_size=6))
def test_any_text_has_one_identifier_or_none_whatever_stands_beside_it(column, values):
    together = read(column, *values)
    assert together == [read(column, value)[0] for value in values]
    assert all(value is None or value for value in together)
    # Case and blanks around say nothing.
    assert read(column, *(f"  {value} " if value else value for value in values)) == together


def test_kinds():
    assert kind_of("Registration No.") == "register"
    assert kind_of("beneficial owner") == "name"
    assert kind_of("colour") == "text"
