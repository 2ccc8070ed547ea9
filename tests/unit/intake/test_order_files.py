"""Orders, customers and stock read by the names of their columns."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from counterflow.core.errors import ConfigError, InputError, UsageError
from counterflow.core.tables import ORDER_LINE
from counterflow.intake.mapping import find_mapping, parse_mapping
from counterflow.intake.standalone import read_file

from .order_files import NOW, lines, read, reasons

CUSTOMERS = (
    "Customer ID;Legal name;Country;Site type;Industry;Licence number;Licence authority;Licence expiry;Licence covers;"
    "Licence 2 number;Licence 2 expiry;Beneficial owners;Expected products;Expected monthly volume (kg);Research\n"
    'C1;Alpha;Germany;factory;paints;L-1;BfArM;31.12.2026;"acetone; toluene";;;Jane Roe;acetone;500;no\n'
    'C2;Beta;US;lab;dyes;L-2;DEA;30.06.2026;List I;L-3;01.05.2027;"Jane Roe; John Doe";"acetone; ether";"500; 1.000,5";yes\n'
)


def test_the_usual_headers_are_known_and_told(tmp_path):
    made = read(
        tmp_path,
        "Order No,Account No,Date ordered,Chemical,CAS No.,Qty (kg),Assay (%),Destination,Total,Currency,Paid\n"
        "7,C1,2026-02-03,Acetone,67-64-1,2.5,99.5,Viet Nam,100,EUR,x\n",
    )
    line = lines(made)["7", 1]
    assert line["ordered_on"] == dt.date(2026, 2, 3)
    assert [line[c] for c in ("customer_id", "item", "cas", "mass_g", "purity_pct", "ship_to_country", "price")] == [
        "C1", "Acetone", "67-64-1", 2500, 99.5, "VN", 100,
    ]  # fmt: skip
    assert line["kind"] == "sale"
    told = " ".join(made.said)
    assert "'Qty (kg)' as quantity in kg" in told
    assert "Not read: Paid." in told
    assert "every row is read as a sale" in told


def test_a_header_that_may_be_something_else_goes_by_its_values(tmp_path):
    head = "order_id,customer,date,item,qty,unit,destination,type,pre_export_notice\n"
    made = read(tmp_path, head + "1,C,2026-01-01,A,1,kg,Hamburg,bulk,PEN-7\n")
    assert lines(made)["1", 1]["ship_to"] == "Hamburg"
    assert lines(made)["1", 1]["notice_on"] is None
    assert any("type, pre_export_notice" in said for said in made.said)
    made = read(tmp_path, head + "1,C,2026-01-01,A,1,kg,FR,Return,2025-12-01\n")
    line = lines(made)["1", 1]
    assert (line["ship_to_country"], line["kind"], line["notice_on"]) == ("FR", "return", dt.date(2025, 12, 1))


def test_a_header_units_goes_by_its_values(tmp_path):
    head = "order_id,customer,date,item,quantity,units\n"
    assert lines(read(tmp_path, head + "1,C,2026-01-01,A,5,kg\n"))["1", 1]["mass_g"] == 5000
    counted = lines(read(tmp_path, head.replace("quantity", "boxes") + "1,C,2026-01-01,A,5,100\n"))["1", 1]
    assert (counted["units"], counted["unit"]) == (100, None)


@pytest.mark.parametrize(
    ("days", "read_as", "refused"),
    [
        (("13/04/2026", "03/04/2026"), ["2026-04-13", "2026-04-03"], {}),
        (("04/13/2026", "04/03/2026"), ["2026-04-13", "2026-04-03"], {}),
        (("03/04/2026", "05/06/2026"), [], {1: "date-format", 2: "date-format"}),
        (("13/04/2026", "04/13/2026"), [], {1: "date-format", 2: "date-format"}),
        (("2026-04-03", "03/04/2026"), ["2026-04-03"], {2: "date-format"}),
        (("03.04.2026", "3.4.2026"), ["2026-04-03", "2026-04-03"], {}),
        (("3 Apr 2026", "14 May 2026"), ["2026-04-03", "2026-05-14"], {}),
        (("2026-04-03T10:15:00", "2026-04-04"), ["2026-04-03", "2026-04-04"], {}),
        (("20260403", "20260404"), ["2026-04-03", "2026-04-04"], {}),
        (("46115", "46116"), [], {1: "date-format", 2: "date-format"}),
        (("03/04/26", "13/04/26"), [], {1: "date-format", 2: "date-format"}),
        (("31.02.2026", "01.02.2026"), ["2026-02-01"], {1: "date-format"}),
    ],
)
def test_days_have_one_style_and_are_never_guessed(tmp_path, days, read_as, refused):
    rows = "".join(f"{n},C,{day},A,1,kg\n" for n, day in enumerate(days, start=1))
    made = read(tmp_path, "order_id,customer,date,item,qty,unit\n" + rows)
    assert [str(r["ordered_on"]) for r in lines(made).values()] == read_as
    assert {row: reason for row, (_, reason) in reasons(made).items()} == refused


def test_a_person_may_say_how_days_are_written(tmp_path):
    text = "order_id,customer,date,item,qty,unit\n1,C,03/04/2026,A,1,kg\n"
    assert lines(read(tmp_path, text, date_format="%m/%d/%Y"))["1", 1]["ordered_on"] == dt.date(2026, 3, 4)
    hint = read(tmp_path, text).refused.column("hint")[0].as_py()
    assert "3 April or 4 March" in hint
    assert "--dates" in hint
    with pytest.raises(UsageError, match="no date format"):
        read(tmp_path, text, date_format="day first")


def test_utf16_semicolons_and_a_byte_order_mark(tmp_path):
    text = "order_id;customer;date;item;qty;unit\n1;C;2026-01-01;Ä;1,5;kg\n"
    for encoded in (text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        assert lines(read(tmp_path, encoded))["1", 1]["mass_g"] == 1500


def test_a_workbook_keeps_its_days_and_numbers(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["Order No", "Customer", "Date", "Item", "Qty", "Unit", "End use"])
    sheet.append([1, 77, dt.datetime(2026, 4, 3, tzinfo=None), "Acetone", 2.5, "kg", None])  # noqa: DTZ001
    sheet.append([2, 77, "13/04/2026", "Acetone", "=1+1", "kg", "n/a"])
    book.save(tmp_path / "o.xlsx")
    made = read_file(tmp_path / "o.xlsx", None, table="order", now=NOW)
    line = lines(made)["1", 1]
    assert (line["customer_id"], line["ordered_on"], line["mass_g"]) == ("77", dt.date(2026, 4, 3), 2500)
    assert reasons(made) == {2: ("Qty", "formula")}


def test_of_several_sheets_the_one_with_the_telling_name_is_read(tmp_path):
    book = Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Orders")
    sheet.append(["Order No", "Customer", "Date", "Item", "Qty", "Unit"])
    sheet.append([1, "C", "2026-01-01", "Acetone", 2, "kg"])
    book.save(tmp_path / "o.xlsx")
    assert list(lines(read_file(tmp_path / "o.xlsx", None, table="order", now=NOW))) == [("1", 1)]
    with pytest.raises(InputError, match="2 sheets"):
        read_file(tmp_path / "o.xlsx", None, table="customer", now=NOW)


def test_missing_columns_are_asked_for(tmp_path):
    with pytest.raises(InputError, match=r"customer of an order.*intake map"):
        read(tmp_path, "order_id,date,item,qty\n1,2026-01-01,A,1\n")
    with pytest.raises(InputError, match="only a header"):
        read(tmp_path, "order_id,customer,date,item,qty\n")
    with pytest.raises(UsageError, match="a customer is wanted"):
        read_file(tmp_path / "f.csv", find_mapping("arcos"), table="customer", now=NOW)


def test_customers_have_licences_expectations_and_owners(tmp_path):
    made = read(tmp_path, CUSTOMERS, "customer")
    assert made.refused.num_rows == 0
    one, two = made.tables["customer"].to_pylist()
    assert (one["name"], one["country"], one["site_type"], one["research"]) == ("Alpha", "DE", "plant", False)
    assert (two["business_line"], two["research"]) == ("dyes", True)
    licences = made.tables["customer_licence"].to_pylist()
    assert [(r["record_id"], r["line"], r["number"], str(r["expires_on"])) for r in licences] == [
        ("C1", 1, "L-1", "2026-12-31"), ("C2", 1, "L-2", "2026-06-30"), ("C2", 2, "L-3", "2027-05-01"),
    ]  # fmt: skip
    assert licences[0]["covers"] == "acetone; toluene"
    expected = made.tables["customer_expected"].to_pylist()
    assert [(r["item"], r["quantity"], r["unit"], r["period"]) for r in expected] == [
        ("acetone", 500, "kg", "month"), ("acetone", 500, "kg", "month"), ("ether", 1000.5, "kg", "month"),
    ]  # fmt: skip
    assert [r["name"] for r in made.tables["customer_owner"].to_pylist()] == ["Jane Roe", "Jane Roe", "John Doe"]


def test_a_registration_is_a_licence_unless_there_is_one_beside(tmp_path):
    alone = read(tmp_path, "customer_id,name,registration,registration_expiry\n1,A,R-1,2027-01-01\n", "customer")
    assert [(r["number"], r["expires_on"].year) for r in alone.tables["customer_licence"].to_pylist()] == [
        ("R-1", 2027)
    ]
    both = read(tmp_path, "customer_id,name,registration,licence_no\n1,A,HRB 7,L-1\n", "customer")
    assert both.tables["customer_licence"].column("number").to_pylist() == ["L-1"]
    assert both.tables["customer"].column("registration").to_pylist() == ["HRB 7"]


def test_a_customer_on_several_rows_is_one_unless_they_contradict(tmp_path):
    head = "customer_id,name,country,licence_no,licence_expiry\n"
    made = read(tmp_path, head + "1,A,DE,X,2027-01-01\n1,A,,Y,2028-01-01\n2,B,DE,Z,2027-01-01\n", "customer")
    assert made.tables["customer"].num_rows == 2
    assert [(r["record_id"], r["number"]) for r in made.tables["customer_licence"].to_pylist()] == [
        ("1", "X"), ("1", "Y"), ("2", "Z"),
    ]  # fmt: skip
    torn = read(
        tmp_path, head + "1,A,DE,X,\n1,B,DE,Y,\n2,B,DE,Z,\n2,B,DE,Z,\n3,C,DE,,31/31/2020\n3,C,DE,Q,\n", "customer"
    )
    assert {row: reason for row, (_, reason) in reasons(torn).items()} == {
        1: "customer-contradicts", 2: "customer-contradicts", 4: "duplicate-record",
    }  # fmt: skip
    assert [r["record_id"] for r in torn.tables["customer"].to_pylist()] == ["2", "3"]


def test_cells_that_list_several_must_match(tmp_path):
    head = "customer_id,licence_no,licence_expiry,licence_authority\n"
    made = read(
        tmp_path, head + "1,A;B,2027-01-01;2028-01-01,HO\n2,A;B,2027-01-01;2028-01-01;2029-01-01,HO\n", "customer"
    )
    assert reasons(made) == {2: ("licence_no", "parts-do-not-match")}
    assert [(r["number"], r["authority"], r["expires_on"].year) for r in made.tables["customer_licence"].to_pylist()] == [
        ("A", "HO", 2027), ("B", "HO", 2028),
    ]  # fmt: skip


def test_stock_is_counted_lost_and_stolen(tmp_path):
    made = read(
        tmp_path,
        "date,type,product,qty,uom,warehouse,comment\n2026-01-01,Stock count,Acetone,100,kg,W1,\n"
        "2026-01-05,stolen,Acetone,5,kg,W1,broken lock\n2026-01-06,teleported,Acetone,5,kg,W1,\n"
        ",theft,Acetone,5,kg,W1,\n2026-01-05,stolen,Acetone,5,kg,W1,broken lock\n",
        "stock",
    )
    assert [(r["kind"], r["mass_g"], r["explanation"]) for r in made.tables["stock_event"].to_pylist()] == [
        ("count", 100_000, None), ("theft", 5000, "broken lock"),
    ]  # fmt: skip
    assert {row: reason for row, (_, reason) in reasons(made).items()} == {
        3: "not-a-choice", 4: "required-empty", 5: "duplicate-record",
    }  # fmt: skip


def test_arcos_extracts_need_few_columns(tmp_path):
    table = pa.table({
        "buyer_id": ["B1", "B1", "B2", "B2"], "drug": ["OXYCODONE"] * 4, "date": ["2010-07-26"] * 4,
        "transaction_code": ["S", "S", "R", "?"], "dosage_units": [100.0, 100.0, 5.0, 1.0],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    made = read_file(tmp_path / "a.parquet", find_mapping("arcos"), table="order", now=NOW)
    assert reasons(made) == {4: ("transaction_code", "unknown-code")}
    rows = made.tables["order_line"]
    assert rows.schema.equals(ORDER_LINE)
    assert rows.column("kind").to_pylist() == ["sale", "sale", "return"]
    assert rows.column("units").to_pylist() == [100, 100, 5]
    assert len(set(rows.column("record_id").to_pylist())) == 3


def test_real_arcos_orders_are_read_whole(shared_data):
    file = shared_data / "account" / "orders_methadone_train.parquet"
    made = read_file(file, find_mapping("arcos"), table="order", now=NOW)
    assert (made.read, made.accepted) == (24_598, 24_598)
    sales = made.tables["order_line"].filter(pa.compute.equal(made.tables["order_line"].column("kind"), "sale"))
    assert sales.num_rows == 22_757
    raw = pq.read_table(file)
    own = raw.filter(pa.compute.equal(raw.column("transaction_code"), "S"))
    assert pa.compute.sum(sales.column("active_g")).as_py() == pytest.approx(
        pa.compute.sum(own.column("grams")).as_py()
    )


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('[mapping]\nname="a"\nversion="1"\ntable="order"\n[fields]\nitem="i"\n', "nothing feeds customer_id"),
        ('[mapping]\nname="a"\nversion="1"\ntable="order"\n[fields]\ncustomer_id="c"\nqantity="q"\n', "quantity"),
        (
            '[mapping]\nname="a"\nversion="1"\ntable="order"\n[fields]\ncustomer_id="c"\n[attributes]\ncolumns=["x"]\n',
            "attributes",
        ),
        (
            '[mapping]\nname="a"\nversion="1"\ntable="order"\n[fields]\ncustomer_id="c"\n[[licence]]\nnumber="x"\n',
            "only a customer",
        ),
        (
            '[mapping]\nname="a"\nversion="1"\ntable="order"\n[fields]\ncustomer_id="c"\n[constants]\nkind="gift"\n',
            "cannot be 'gift'",
        ),
        (
            '[mapping]\nname="a"\nversion="1"\ntable="customer"\n[fields]\nrecord_id="c"\n[[licence]]\nnr="x"\n',
            "number",
        ),
        ('[mapping]\nname="a"\nversion="1"\nsame_rows="keep"\n[fields]\nrecord_id="c"\ndeclared_on="d"\n', "same_rows"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_line(wrong, words):
    with pytest.raises(ConfigError, match=words) as met:
        parse_mapping(wrong, "m.toml")
    assert "line" in str(met.value)
