"""Rows become records, lines and parties; every row is accepted or refused once."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.core.errors import ConfigError
from counterflow.core.tables import CONSIGNMENT, GOODS_LINE, PARTY, QUARANTINE
from counterflow.intake.mapping import parse_mapping

HEAD = '[mapping]\nname = "m"\nversion = "1"\n'
HEADER = "id,day,dep,kg,by,hs,text,to,fraud\n"


def test_a_sound_row_becomes_a_record_a_line_and_a_party(plain, convert):
    piece = convert(plain, HEADER + "1,2021-01-01,CN,2.5,POST,610910,shirt,Ann,1\n")
    record = piece.tables["consignment"].to_pylist()[0]
    assert record["source"] == "s"
    assert record["batch"] == "b"
    assert (record["record_id"], record["departure"], record["mass_kg"], record["sender"]) == (
        "1",
        "CN",
        2.5,
        "POST",
    )
    assert record["missing"] == []
    assert record["attributes"] is None
    line = piece.tables["goods_line"].to_pylist()[0]
    assert (line["line"], line["hs"], line["description"]) == (1, "610910", "shirt")
    assert piece.tables["party"].to_pylist()[0]["name"] == "Ann"
    assert [piece.tables[n].schema for n in ("consignment", "goods_line", "party", "quarantine")] == [
        CONSIGNMENT,
        GOODS_LINE,
        PARTY,
        QUARANTINE,
    ]


def test_no_label_reaches_any_table(plain, convert):
    text = HEADER + (
        "1,2021-01-01,CN,2.5,P,610910,shirt,Ann,LEAK\n"  # taken
        "2,bad,CN,1,P,61,x,B,LEAK\n"  # refused for its day
        "3,2021-01-01,CN,1,P,61,x,B,LEAK,LEAK\n"  # one field too many: nothing says which column the last is
    )
    piece = convert(plain, text)
    assert piece.rejected == 2
    assert not [name for name, table in piece.tables.items() if "LEAK" in str(table.to_pylist())]


def test_the_first_fault_speaks_and_the_others_are_named(plain, convert, reasons):
    piece = convert(plain, HEADER + "1,31/12/2021,QX,-1,P,10121,x,A,0\n")
    assert reasons(piece) == {1: ("day", "date-format")}
    row = piece.tables["quarantine"].to_pylist()[0]
    assert "dep (country-unknown), kg (negative), hs (hs-lost-zero)" in row["hint"]
    assert json.loads(row["raw"])["dep"] == "QX"
    assert row["line"] == 2


def test_refused_rows_keep_their_readable_cell(plain, convert):
    row = convert(plain, HEADER + "1,2021-01-01,CN,-1,POST,61,x,A,0\n").tables["quarantine"].to_pylist()[0]
    assert (row["sender"], row["departure"], str(row["declared_on"]), row["lane"]) == (
        "POST",
        "CN",
        "2021-01-01",
        None,
    )


def test_record_ids_are_needed_and_not_repeated(plain, convert, reasons):
    piece = convert(
        plain,
        HEADER + ",2021-01-01,CN,1,P,61,x,A,0\n" + "7,2021-01-01,CN,1,P,61,x,A,0\n" * 2 + "8,,CN,1,P,61,x,A,0\n",
    )
    assert reasons(piece) == {
        1: ("id", "required-empty"),
        3: ("id", "duplicate-record"),
        4: ("day", "required-empty"),
    }
    assert piece.reasons == {"required-empty": 2, "duplicate-record": 1}


def test_a_refused_row_does_not_take_its_id(plain, convert, reasons):
    piece = convert(plain, HEADER + "7,2021-01-01,QX,1,P,61,x,A,0\n7,2021-01-01,CN,1,P,61,x,A,0\n")
    assert reasons(piece) == {1: ("dep", "country-unknown")}


def test_missing_names_what_coverage_asked_for_and_did_not_get(plain, convert):
    piece = convert(plain, HEADER + "1,2021-01-01,CN,,P,61,,,0\n2,2021-01-01,CN,1,P,,,A,0\n")
    assert piece.tables["consignment"].column("missing").to_pylist() == [
        ["description", "recipient_name", "mass_kg"],
        ["description"],
    ]
    assert piece.tables["goods_line"].column("record_id").to_pylist() == ["1"]
    assert piece.tables["party"].column("record_id").to_pylist() == ["2"]


def test_on_invalid_blank_and_keep_are_counted(convert):
    text = HEAD + (
        '[fields]\nrecord_id = "id"\ndeclared_on = "day"\ndeparture = {column = "dep", on_invalid = "blank"}\n'
        'item_id = {column = "s", parse = "s10", on_invalid = "keep"}\n'
    )
    piece = convert(text, "id,day,dep,s\n1,2021-01-01,QX,EB000717618HK\n2,2021-01-01,CN,EB000717619HK\n")
    assert piece.tables["consignment"].column("departure").to_pylist() == [None, "CN"]
    assert piece.tables["consignment"].column("item_id").to_pylist() == ["EB000717618HK", "EB000717619HK"]
    assert piece.warnings == {"departure: country-unknown": 1, "item_id: s10-check-digit": 1}
    assert piece.rejected == 0


def test_a_required_field_that_was_blanked_is_empty(convert, reasons):
    text = (
        HEAD
        + '[fields]\nrecord_id = "id"\ndeclared_on = "day"\n'
        + 'value = {column = "v", required = true, on_invalid = "blank"}\n'
    )
    assert reasons(convert(text, "id,day,v\n1,2021-01-01,x\n2,2021-01-01,3\n")) == {1: ("v", "required-empty")}


def test_joined_and_picked_columns(convert):
    text = HEAD + (
        '[fields]\nrecord_id = "id"\ndeclared_on = "day"\nlane = {first = ["a", "b"]}\n'
        'party.consignee.address = {columns = ["a", "b", "c"], join = ", "}\n'
    )
    piece = convert(text, "id,day,a,b,c\n1,2021-01-01,x,y,z\n2,2021-01-01,,y,\n3,2021-01-01,,,\n")
    assert piece.tables["consignment"].column("lane").to_pylist() == ["x", "y", None]
    assert piece.tables["party"].column("address").to_pylist() == ["x, y, z", "y"]


def test_masses_take_the_unit_that_stands_beside_them(convert, reasons):
    text = (
        HEAD
        + '[fields]\nrecord_id = "id"\ndeclared_on = "day"\nmass_kg = {column = "m", unit_column = "u", unit = "g"}\n'
    )
    piece = convert(
        text,
        "id,day,m,u\n1,2021-01-01,500,G\n2,2021-01-01,2,KGM\n3,2021-01-01,500,\n4,2021-01-01,1,stone\n5,2021-01-01,,stone\n",
    )
    assert piece.tables["consignment"].column("mass_kg").to_pylist() == [0.5, 2.0, 0.5, None]
    assert reasons(piece) == {4: ("u", "unknown-unit")}


def test_repeated_goods_columns_become_lines_numbered_in_order(convert):
    text = HEAD + (
        '[constants]\ncurrency = "USD"\n[fields]\nrecord_id = "id"\ndeclared_on = "day"\n'
        '[[goods]]\nhs = "h1"\nvalue = "v1"\n[[goods]]\nhs = "h2"\ndescription = "d2"\n'
    )
    piece = convert(text, "id,day,h1,v1,h2,d2\n1,2021-01-01,61,5,62,b\n2,2021-01-01,,,63,c\n3,2021-01-01,,,,\n")
    lines = [
        (r["record_id"], r["line"], r["hs"], r["value"], r["description"], r["currency"])
        for r in piece.tables["goods_line"].to_pylist()
    ]
    assert lines == [
        ("1", 1, "61", 5.0, None, "USD"),
        ("1", 2, "62", None, "b", "USD"),
        ("2", 1, "63", None, "c", "USD"),
    ]


GROUPED = HEAD + (
    'group_by = "record_id"\n[fields]\nrecord_id = "id"\ndeclared_on = "day"\noffice = "o"\ngoods.hs = "hs"\n'
    'goods.description = "d"\nparty.consignee.name = "to"\n[coverage]\nrequired = ["description", "recipient_name"]\n'
)


def test_a_record_on_several_rows(convert, reasons):
    rows = (
        "id,day,o,hs,d,to\n1,2021-01-01,A,61,x,\n2,2021-01-01,B,62,y,Bo\n"
        "1,2021-01-01,Z,63,,Ann\n3,2021-01-01,C,64,z,\n3,bad,C,65,z,\n"
    )
    piece = convert(GROUPED, rows)
    assert (piece.read, piece.accepted, piece.rejected) == (5, 3, 2)
    assert piece.tables["consignment"].select(["record_id", "office", "missing"]).to_pylist() == [
        {"record_id": "1", "office": "A", "missing": ["description", "recipient_name"]},
        {"record_id": "2", "office": "B", "missing": []},
    ]
    lines = piece.tables["goods_line"].select(["record_id", "line", "hs"]).to_pylist()
    assert [tuple(r.values()) for r in lines] == [("1", 1, "61"), ("2", 1, "62"), ("1", 2, "63")]
    assert piece.tables["party"].column("name").to_pylist() == ["Bo", "Ann"]
    assert reasons(piece) == {4: ("id", "record-incomplete"), 5: ("day", "date-format")}


def test_attributes_keep_their_names_and_leave_out_what_is_empty(convert):
    text = HEAD + '[fields]\nrecord_id = "id"\ndeclared_on = "day"\n[attributes]\ncolumns = ["x", "y"]\n'
    piece = convert(text, "id,day,x,y\n1,2021-01-01,1,\n2,2021-01-01,,\n3,2021-01-01,a,b\n")
    assert piece.tables["consignment"].column("attributes").to_pylist() == [
        [("x", "1")],
        [],
        [("x", "a"), ("y", "b")],
    ]


def test_an_unreadable_constant_is_an_error_of_the_mapping(convert):
    text = HEAD + '[constants]\ndestination = "Q9"\n[fields]\nrecord_id = "id"\ndeclared_on = "day"\n'
    with pytest.raises(ConfigError, match="destination = 'Q9'"):
        convert(text, "id,day\n1,2021-01-01\n")


def test_a_thousand_lines_number_right_whatever_their_order(convert):
    rows = [f"{i % 7},2021-01-01,A,61,line {i},\n" for i in range(1000)]
    piece = convert(GROUPED, "id,day,o,hs,d,to\n" + "".join(rows))
    for line in piece.tables["goods_line"].to_pylist():
        assert int(line["description"].split()[1]) // 7 + 1 == line["line"]


@pytest.fixture
def plain_grouped(plain):
    return parse_mapping(plain.text.replace('source = "s"', 'source = "s"\ngroup_by = "record_id"'), "m.toml")


CELLS = {
    "id": st.sampled_from(["1", "2", "3", ""]), "day": st.sampled_from(["2021-01-01", "", "bad"]),
    "dep": st.sampled_from(["CN", "QX", ""]), "kg": st.sampled_from(["1", "-1", "x", ""]),
    "by": st.sampled_from(["P", ""]),
    "hs": st.sampled_from(["61", "6", "", "77"]), "text": st.sampled_from(["x", ""]), "to": st.sampled_from(["A", ""]),
    "fraud": st.just("0"),
}  # fmt: skip
ROW = st.tuples(*CELLS.values()).map(",".join) | st.sampled_from(["1,2", "a,b,c,d,e,f,g,h,i,j"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=12), grouped=st.booleans())
def test_every_row_is_accepted_or_refused_once(plain, plain_grouped, convert, rows, grouped):
    piece = convert(plain_grouped if grouped else plain, HEADER + "".join(f"{r}\n" for r in rows))
    refused = piece.tables["quarantine"].column("row").to_pylist()
    assert piece.read == len(rows) == piece.accepted + piece.rejected
    assert len(set(refused)) == len(refused) == piece.rejected == piece.reasons.total()
    ids = piece.tables["consignment"].column("record_id").to_pylist()
    assert len(set(ids)) == len(ids)
    if not grouped:
        assert len(ids) == piece.accepted
    lines = {(r["record_id"], r["line"]) for r in piece.tables["goods_line"].to_pylist()}
    assert len(lines) == piece.tables["goods_line"].num_rows
    assert {r for r, _ in lines} <= set(ids)
