"""Which columns may enter a score, by their names."""

from __future__ import annotations

import pytest

from counterflow.target.options import enters_a_score


@pytest.mark.parametrize(
    "column",
    [
        "importer_country", "consigneeCountry", "sender_country_code", "dob", "sex", "language", "consignee_phone",
        "importer_email", "consignee_address", "importer_id", "religious", "declarant_name", "last name", "lastname",
        "fullName", "name", "country_of_residence", "importername", "national_id", "place_of_birth", "Nationality",
        "id_number", "record_id", "eori",
    ],
)  # fmt: skip
def test_what_says_who_or_where_from_somebody_is_enters_no_score(column):
    assert not enters_a_score(f"attributes.{column}")


@pytest.mark.parametrize(
    "column",
    ["tax_rate", "tax_type", "vessel_name", "country_of_origin", "procedure", "import_type", "payment_type", "package"],
)
def test_what_says_something_of_goods_and_procedure_may(column):
    assert enters_a_score(f"attributes.{column}")


def test_columns_of_a_record_stay_as_they_are():
    assert all(enters_a_score(c) for c in ("sender", "importer", "address", "origin", "departure", "office", "hs6"))
