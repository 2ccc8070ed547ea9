"""FollowTheMoney lines: parties with what is joined to them; every other line counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.intake.lists import load_ftm


def line(number, schema, /, **properties):
    said = {name: value if isinstance(value, list) else [value] for name, value in properties.items()}
    return json.dumps({"id": number, "schema": schema, "properties": said}, ensure_ascii=False) + "\n"


PARTS = (
    line("a1", "Address", full="1 Calle, Culiacan", city="Culiacan", postalCode="80000", country="mx")
    + line("s1", "Sanction", entity="p1", programId="US-NARCO")
    + line("s2", "Sanction", entity="p1", program="Kingpin Act")
    + line("i1", "Identification", holder="p1", type="National ID", number="99-1")
    + line("i2", "Passport", holder="p1", number="G123")
    + line("w1", "CryptoWallet", holder="p1", publicKey="1TestAddr")
)
PERSON = line(
    "p1", "Person", name=["Joaquín Guzmán", "J. Guzman"], alias="El Chapo", previousName="Old Name", weakAlias="Chapo",
    birthDate=["1954-12-25", "1957", "long ago"], nationality="mx", country="mx", passportNumber="A1", addressEntity=["a1"],
    address=["1 Calle, Culiacan", "2 Calle"], topics=["sanction", "crime"], notes="A note.",
)  # fmt: skip
COMPANY = line(
    "c1", "Company", name="ACME SA", jurisdiction="co", taxNumber="800-1", registrationNumber="9", leiCode="X1Y"
)
SHIP = line("v1", "Vessel", name="HERO II", imoNumber="IMO9362061", mmsi="572469210", flag="pa")
OTHERS = (
    line("o1", "Ownership", owner="p1", asset="c1")
    + line("f1", "Family", person="p1")
    + line("f2", "Family", person="p1")
)


def test_parties_come_with_what_is_joined_to_them_wherever_it_stands(write, by_entry):
    for name, content in (("a.jsonl", PARTS + PERSON), ("b.jsonl.gz", PERSON + PARTS)):
        rows = by_entry(load_ftm(write(name, content), "os"))["os:p1"]
        assert [(r["name"], r["name_kind"]) for r in rows] == [
            ("Joaquín Guzmán", "primary"), ("J. Guzman", "alias"), ("El Chapo", "alias"), ("Old Name", "alias"),
            ("Chapo", "weak_alias"),
        ]  # fmt: skip
        first = rows[0]
        assert (first["schema"], first["program"], first["narcotics"]) == ("Person", "US-NARCO Kingpin-Act", True)
        assert (first["born"], first["nationality"], first["country"]) == ("1954-12-25; 1957", "mx", "mx")
        assert first["identifiers"] == "passport:A1; national-id:99-1; passport:G123; crypto:1TestAddr"
        assert first["remarks"] == "sanction; crime; A note."


def test_companies_ships_addresses_and_the_rest_of_the_graph(write, by_entry):
    load = load_ftm(write("a.jsonl", PARTS + PERSON + COMPANY + SHIP + OTHERS), "os")
    rows = by_entry(load)
    assert (rows["os:c1"][0]["schema"], rows["os:c1"][0]["identifiers"]) == (
        "Organization", "tax:800-1; registration:9; lei:X1Y",
    )  # fmt: skip
    assert (rows["os:v1"][0]["schema"], rows["os:v1"][0]["identifiers"]) == ("Vessel", "imo:9362061; mmsi:572469210")
    assert load.addresses.select(["address", "city", "postcode", "country"]).to_pylist() == [
        {"address": "1 Calle, Culiacan", "city": "Culiacan", "postcode": "80000", "country": "mx"},
        {"address": "2 Calle", "city": None, "postcode": None, "country": None},
    ]
    assert (load.read, load.accepted, load.skipped) == (3, 3, {"Family": 2, "Ownership": 1})
    assert load.noted == {"birth-not-understood": 1}


def test_the_nested_form_is_read(write, by_entry):
    party = json.loads(PERSON)
    address, sanction = (json.loads(text) for text in PARTS.splitlines()[:2])
    party["properties"] |= {"addressEntity": [address], "sanctions": [sanction]}
    party["caption"] = "J. Guzman"
    load = load_ftm(write("n.json", json.dumps(party)), "os")
    rows = by_entry(load)["os:p1"]
    assert (rows[0]["name"], rows[0]["program"], rows[0]["country"]) == ("J. Guzman", "US-NARCO", "mx")
    assert load.addresses.column("city").to_pylist() == ["Culiacan", None]


def test_every_bad_line_is_counted_with_its_reason(write):
    bad = (
        "not json\n" + "[1]\n" + '{"id": "x"}\n' + '{"id": "y", "schema": "Person", "properties": []}\n'
        + '{"id": "z", "schema": "Person", "properties": {"name": "\\ud800"}}\n' + "[" * 5000 + "\n"
        + line("", "Person", name="A B") + line("p1", "Person", name="Twice") + line("p2", "Person", name=["", " "])
        + line("p3", "Person", name="x" * 10_000) + line("p4", "Person", name=["A B", "y" * 10_000, "123", "N/A"])
        + line("p5", "Person", firstName="Jane", lastName="Roe") + "\n\n"
    )  # fmt: skip
    load = load_ftm(write("a.jsonl", PERSON + bad), "os")
    assert load.reasons == {"double-entry": 1, "name-too-long": 1, "no-name": 1, "no-number": 1, "not-an-entity": 6}
    assert (load.read, load.accepted) == (13, 3)
    assert load.noted["name-too-long"] == 1
    assert load.noted["names-nobody"] == 2
    assert "Jane Roe" in load.entries.column("name").to_pylist()
    assert load.refused.column("line").to_pylist()[:3] == [2, 3, 4]


def test_a_file_that_is_no_list_is_refused(write):
    with pytest.raises(InputError, match="None of its 1 rows"):
        load_ftm(write("a.jsonl", "hello\n"), "os")
    with pytest.raises(InputError, match="lists nobody"):
        load_ftm(write("b.jsonl", OTHERS), "os")
    with pytest.raises(InputError, match="longer than"):
        load_ftm(write("c.jsonl", "[" + " " * 20_000_000), "os")
    with pytest.raises(InputError, match="empty"):
        load_ftm(write("d.jsonl.gz", ""), "os")
    with pytest.raises(InputError, match="letters, digits"):
        load_ftm(write("e.jsonl", PERSON), "../os")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["name", "alias", "birthDate", "addressEntity", "passportNumber", "sanctions", "entity", "full", "programId"]
)
ENTITIES = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES, "schema": st.sampled_from(["Person", "Vessel", "Address", "Sanction", "Passport", "Family"]) | VALUES,
        "properties": st.dictionaries(NAMES, VALUES | st.lists(st.text(max_size=6), max_size=3), max_size=5) | VALUES,
        "caption": VALUES,
    },
)  # fmt: skip


@given(entities=st.lists(ENTITIES | VALUES, max_size=6))
def test_any_entities_are_accounted_for(entities, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "x.jsonl"
    path.write_bytes(
        b"".join(json.dumps(e).encode("utf-8", "surrogatepass") + b"\n" for e in entities) + PERSON.encode()
    )
    load = load_ftm(path, "os")
    assert load.read == load.accepted + load.rejected
    assert len(load.entries.column("entry_id").unique()) == load.accepted
    assert load.entries.column("name").null_count == 0
