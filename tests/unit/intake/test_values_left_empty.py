"""A customer is not lost by one value that cannot be read; what would read as better when empty still refuses it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from counterflow.core.errors import UsageError
from counterflow.intake.mapping import find_mapping
from counterflow.intake.standalone import ReadFile, StandaloneTable, read_file

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def _read(folder: Path, text: str, table: StandaloneTable = "customer", dates: str | None = None) -> ReadFile:
    file = folder / "rows.csv"
    file.write_text(text, encoding="utf-8")
    return read_file(file, None, table=table, now=NOW, date_format=dates)


def test_a_last_day_that_cannot_be_read_is_told_and_not_taken_for_none(tmp_path):
    read = _read(
        tmp_path, "customer_id,country,licence_no,licence_type,licence_expiry\nC1,DE,L-1,registration,2026-13-45\n"
    )
    assert (read.accepted, read.refused.num_rows) == (1, 0)
    licence = read.tables["customer_licence"].to_pylist()[0]
    assert licence["expires_on"] is None
    assert licence["kind"] == "registration, last day not readable: 2026-13-45"
    assert any("'2026-13-45' left empty" in line and "licence_expiry" in line for line in read.said)


def test_days_and_volumes_of_a_customer_are_left_empty_and_said(tmp_path):
    read = _read(
        tmp_path,
        "customer_id,country,customer_since,expected_products,expected_volume,owner,owner_share\n"
        "C1,Atlantis,long ago,acetone,lots,J Doe,half\nC2,DE,2020-01-01,acetone,5 kg,K Roe,50 %\n",
    )
    assert read.accepted == 2
    first, second = read.tables["customer"].to_pylist()
    assert (first["country"], first["customer_since"]) == (None, None)
    assert (second["country"], second["customer_since"]) == ("DE", dt.date(2020, 1, 1))
    assert [r["quantity"] for r in read.tables["customer_expected"].to_pylist()] == [None, 5.0]
    assert [r["share_pct"] for r in read.tables["customer_owner"].to_pylist()] == [None, 50.0]
    told = " ".join(read.said)
    assert all(word in told for word in ("country", "customer_since", "expected_volume", "owner_share"))


@pytest.mark.parametrize(
    ("column", "value"), [("licence_country", "Atlantis"), ("licence_issued_on", "soon"), ("declaration_expiry", "May")]
)
def test_what_would_read_as_better_than_it_is_refuses_the_row(tmp_path, column, value):
    rows = f"C1,DE,L-1,{value}\nC2,DE,L-2,{'FR' if 'country' in column else '2026-01-01'}\n"
    read = _read(tmp_path, f"customer_id,country,licence_no,{column}\n" + rows)
    assert read.refused.column("row").to_pylist() == [1]
    assert read.tables["customer"].column("record_id").to_pylist() == ["C2"]


def test_a_size_of_packs_has_the_unit_of_its_header(tmp_path):
    head = "order,date,customer,product,quantity,Package Size"
    read = _read(tmp_path, f"{head} (tablets)\n1,2026-11-20,C1,oxycodone,12,100\n", "order")
    row = read.tables["order_line"].to_pylist()[0]
    assert (row["packs"], row["units"]) == (12.0, 1200.0)
    bare = _read(tmp_path, f"{head}\n1,2026-11-20,C1,oxycodone,12,100\n", "order")
    assert bare.refused.column("reason").to_pylist() == ["pack-unclear"]
    assert "Neither says its unit" in bare.refused.column("hint")[0].as_py()


def test_a_header_in_odd_capitals_is_one_word(tmp_path):
    text = "order,date,customer,product,Qty,UoM\n1,2026-11-20,C1,acetone,5,KGS\n"
    assert _read(tmp_path, text, "order").tables["order_line"]["mass_g"].to_pylist() == [5000.0]


def test_days_said_by_hand_hold_where_a_column_does_not_say_them_itself(tmp_path):
    text = "order,date,customer,product,quantity,notice_date\n1,03/04/2026,C1,acetone,5 kg,2026-03-01\n"
    row = _read(tmp_path, text, "order", "%d/%m/%Y").tables["order_line"].to_pylist()[0]
    assert (row["ordered_on"], row["notice_on"]) == (dt.date(2026, 4, 3), dt.date(2026, 3, 1))


def test_days_said_by_hand_do_not_go_with_a_mapping(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("buyer_id,date,drug\n1,2026-01-01,x\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--dates"):
        read_file(file, find_mapping("arcos"), table="order", now=NOW, date_format="%d/%m/%Y")
