"""FollowTheMoney entities from our tables: right kinds, stable ids, nothing lost, no score."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.core.tables import FINDING, LIST_ADDRESS, LIST_ENTRY, PARTY, TABLES
from counterflow.share import to_ftm
from counterflow.share.ftm import write_lines
from counterflow.share.ftm_terms import identifier_property, listed_id, phone_of


def entry(entry_id, name, name_kind="primary", **more):
    return {"list": "ofac-sdn", "version": "v1", "entry_id": entry_id, "name": name, "name_kind": name_kind} | more


def entries(*rows):
    return pa.Table.from_pylist(list(rows), schema=LIST_ENTRY)


def by_schema(entities):
    found = {}
    for one in entities:
        found.setdefault(one["schema"], []).append(one)
    return found


GUZMAN = {
    "schema": "Person", "program": "SDNTK SDGT", "narcotics": True, "country": "Mexico; Atlantis",
    "born": "1957-04-04; 1954~; 1951/1952", "nationality": "Mexico", "remarks": "DOB 4 Apr 1957.",
    "identifiers": "passport:A1; national-id:GULJ570404; passport:B2; crypto:1Boat; driver-licence:D7; website:no page",
}  # fmt: skip


def test_an_entry_becomes_a_party_its_addresses_and_its_listing():
    rows = entries(
        entry("ofac:7", "EL CHAPO", "weak_alias", **GUZMAN),
        entry("ofac:8", "ACME", schema="Organization"),
        entry("ofac:7", "GUZMAN LOERA, Joaquin", **GUZMAN),
        entry("ofac:7", "GUZMAN, Chapo", "alias", **GUZMAN),
    )
    places = pa.Table.from_pylist(
        [
            {
                "list": "ofac-sdn",
                "version": "v1",
                "entry_id": "ofac:7",
                "address": "Calle 1; Centro,, ",
                "city": "Culiacan",
                "postcode": "80000",
                "country": "Mexico",
            },
            {"list": "ofac-sdn", "version": "v1", "entry_id": "ofac:7"},
        ],
        schema=LIST_ADDRESS,
    )
    found = by_schema(to_ftm(rows, addresses=places))
    assert [e["id"] for e in found["Organization"]] == ["ofac-8"]
    (person,), (home,), (wallet,) = found["Person"], found["Address"], found["CryptoWallet"]
    assert person["id"] == "ofac-7"
    assert person["datasets"] == ["ofac_sdn"]
    assert person["properties"] == {
        "name": ["GUZMAN LOERA, Joaquin"], "alias": ["GUZMAN, Chapo"], "weakAlias": ["EL CHAPO"],
        "birthDate": ["1957-04-04", "1954"], "nationality": ["mx"], "passportNumber": ["A1", "B2"], "idNumber": ["GULJ570404"],
        "addressEntity": [home["id"]], "country": ["mx"], "topics": ["sanction"], "keywords": ["narcotics programme"],
        "notes": ["Born about 1954", "Born 1951/1952", "website: no page", "DOB 4 Apr 1957."],
    }  # fmt: skip
    assert home["properties"]["full"] == ["Calle 1, Centro, Culiacan, 80000, Mexico"]
    assert home["properties"]["postalCode"] == ["80000"]
    assert wallet["properties"]["holder"] == ["ofac-7"]
    (licence,) = found["Identification"]
    assert licence["properties"] == {"holder": ["ofac-7"], "type": ["driver licence"], "number": ["D7"]}
    listing = next(e for e in found["Sanction"] if e["properties"]["entity"] == ["ofac-7"])
    assert listing["properties"]["program"] == ["SDNTK", "SDGT"]
    assert listing["properties"]["recordId"] == ["ofac:7"]


def test_a_list_of_unknown_publisher_claims_nothing():
    found = by_schema(to_ftm(entries(entry("mine:1", "ACME", list="mine", program="Denied Persons"))))
    assert "topics" not in found["LegalEntity"][0]["properties"]
    assert found["Sanction"][0]["properties"]["program"] == ["Denied Persons"]
    assert "authority" not in found["Sanction"][0]["properties"]


def test_an_entry_with_no_primary_name_or_one_too_long_still_has_a_name():
    long = "NAME " * 200
    found = list(to_ftm(entries(entry("ofac:1", "ONLY ALIAS", "alias"), entry("ofac:2", long))))
    one, other = (next(e for e in found if e["id"] == i)["properties"] for i in ("ofac-1", "ofac-2"))
    assert one["name"] == ["ONLY ALIAS"]
    assert len(other["name"][0]) <= 384
    assert other["notes"] == [long.strip()]


def test_invented_lists_never_share_ids_with_real_ones():
    assert listed_id("training-list", "ofac:7") != listed_id("ofac-sdn", "ofac:7") == "ofac-7"
    assert listed_id("un", "un:QDi.1") == "un-QDi.1"
    assert listed_id("list", "a b/c") == listed_id("list", "a b/c") != listed_id("list", "a b c")


def test_entries_that_would_share_an_id_and_mixed_versions_are_refused():
    with pytest.raises(InputError, match="share one id"):
        list(to_ftm(entries(entry("ofac:7", "A"), entry("ofac-7", "B"))))
    with pytest.raises(InputError, match="Two versions"):
        list(to_ftm(entries(entry("ofac:7", "A"), entry("ofac:7", "A", version="v2"))))


@pytest.mark.parametrize(
    ("schema", "kind", "number", "name"),
    [
        ("Vessel", "imo", "9187629", ("imoNumber", "IMO9187629")),
        ("Vessel", "imo", "9187628", None),
        ("Vessel", "flag number", "X1", ("registrationNumber", "X1")),
        ("Organization", "tax", "900", ("taxNumber", "900")),
        ("Organization", "passport", "900", None),
        ("Organization", "", "900", ("idNumber", "900")),
        ("Airplane", "aircraft-serial", "77", ("serialNumber", "77")),
        ("Person", "passport", "9" * 65, None),
    ],
)
def test_identifiers_stand_in_the_property_of_their_kind(schema, kind, number, name):
    assert identifier_property(schema, kind, number) == name


def party(record_id, name, **more):
    return {"source": "post", "record_id": record_id, "batch": "b", "role": "consignee", "name": name} | more


def finding(record_id, reference, **more):
    return {
        "source": "post", "record_id": record_id, "part": "consignee", "check": "list-parties", "check_version": "1.a",
        "code": "listed-similar", "kind": "calibrated", "strength": 0.87654, "meaning": "m", "harm_class": "party",
        "matched": "Guzman", "reference": reference, "reference_text": "GUZMAN", "reference_version": "ofac-sdn@v1",
        "sentence": "Score 0.877.", "run": "r",
    } | more  # fmt: skip


PARTIES = [
    party(
        "R1",
        "Joaquin Guzman",
        address="Calle 1",
        country="MX",
        phone="+52 667 123 4567",
        email="j@example.org",
        identifier="X9",
    ),
    party("R2", "GUZMAN J", phone="667 123", email="nothing", born="1957"),
    party("R3", None),
    party("R4", "  "),
]
FINDINGS = [
    finding("R1", "ofac:7"),
    finding("R1", "ofac:7", check_version="1.a", sentence="once more"),
    finding("R2", None),
    finding("R2", "hs:1", harm_class="declaration"),
]


def tables():
    return pa.Table.from_pylist(PARTIES, schema=PARTY), pa.Table.from_pylist(FINDINGS, schema=FINDING)


def test_parties_with_what_they_met_and_no_score():
    parties, findings = tables()
    found = by_schema(to_ftm(parties, findings=findings))
    (legal,), (person,), (similar,) = found["LegalEntity"], found["Person"], found["Similar"]
    assert legal["properties"]["phone"] == ["+526671234567"]
    assert legal["properties"]["email"] == ["j@example.org"]
    assert person["properties"]["birthDate"] == ["1957"]
    assert person["properties"]["notes"] == ["Telephone as written: 667 123", "E-mail as written: nothing"]
    assert similar["properties"]["candidate"] == [legal["id"]]
    assert similar["properties"]["match"] == ["ofac-7"]
    assert "confidenceScore" not in similar["properties"]
    written = json.dumps(found)
    assert "0.87" not in written
    assert "R1" not in written  # ids are digests of the record's key


def test_an_entity_holds_every_name_and_address_of_its_records():
    parties, findings = tables()
    schema = TABLES["entity_member"].schema
    rows = [
        {"scope": "parties", "source": "post", "record_id": record, "part": "consignee", "entity": entity,
         "probability": 0.93, "resolution": "x1", "as_of": 0}
        for record, entity in (("R1", "E1"), ("R2", "E1"), ("R3", "E2"), ("gone", "E3"))
    ]  # fmt: skip
    found = by_schema(to_ftm(pa.Table.from_pylist(rows, schema=schema), parties=parties, findings=findings))
    (whole,), (similar,) = found["Person"], found["Similar"]
    assert "LegalEntity" not in found  # nameless and erased parties make no entity
    assert whole["id"] == "E1"
    assert {*whole["properties"]["name"], *whole["properties"]["alias"]} == {"Joaquin Guzman", "GUZMAN J"}
    assert len(whole["referents"]) == 2
    assert similar["properties"]["candidate"] == ["E1"]
    assert "0.93" not in json.dumps(found)


def test_another_table_is_refused_saying_what_is_taken():
    with pytest.raises(InputError, match="list_entry"):
        to_ftm(pa.table({"a": [1]}))


def test_lines_are_the_same_for_rows_in_any_order():
    rows = [entry(f"ofac:{n}", f"NAME {n}") for n in range(9)]
    one, other = io.BytesIO(), io.BytesIO()
    assert write_lines(to_ftm(entries(*rows)), one) == write_lines(to_ftm(entries(*reversed(rows))), other)
    assert one.getvalue() == other.getvalue()


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_becomes_valid_json(name, program, born, identifiers):
    row = entry("ofac:1", name or "x", program=program, born=born, identifiers=identifiers, schema="Person")
    out = io.BytesIO()
    count, _ = write_lines(to_ftm(entries(row)), out)
    assert count == len([json.loads(line) for line in out.getvalue().split(b"\n") if line])


@given(st.text())
def test_a_number_is_international_or_none(written):
    found = phone_of(written)
    assert found is None or (found[0] == "+" and found[1:].isdigit())
