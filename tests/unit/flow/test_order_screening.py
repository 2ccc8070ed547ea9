"""Orders answered from files, from a workspace and one at a time."""

import datetime as dt

import pytest

from counterflow.core.errors import InputError, UsageError
from counterflow.flow.customer_file import read_customers
from counterflow.flow.order_desk import OrderDesk
from counterflow.flow.order_screening import place_of, screen_file

ON = dt.date(2026, 5, 20)
ORDERS = """order_id,customer_id,date,item,cas,quantity,unit,ship_from,destination
A1,C1,2026-05-04,anthranilic acid,,29,kg,US,US
A2,C1,2026-05-05,anthranilic acid,,-2,kg,US,US
A3,C1,2026-05-06,anthranilic acid,,2,kg,US,US
A3,C1,2026-05-06,salt,7647-14-5,2,kg,US,US
A4,C2,2026-05-06,acetone,,10,furlong,US,US
A5,C9,2026-05-06,unobtainium,,10,,US,US
"""
CUSTOMERS = """customer_id,name,country,company_no,end_use,end_use_on
C1,Lab One,US,US:123,flavours,2026-01-01
C2,Lab Two,US,,,
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    return tmp_path


@pytest.fixture
def customers(files):
    return read_customers(files / "customers.csv").newest()


def test_every_row_of_the_file_is_answered_in_its_order_and_refused_ones_say_why(files):
    done = screen_file(files / "orders.csv", on=ON, customers=files / "customers.csv")
    rows = done.answers.to_pylist()
    assert [row["order_id"] for row in rows] == ["A1", "A2", "A3", "A3", "A4", "A5"]
    assert [row["answer"] for row in rows][:5] == ["clear", "needs", "clear", "clear", "needs"]
    assert "value “-2” (line 3)" in rows[1]["reasons"]
    assert "“furlong”" in rows[4]["reasons"]
    assert "31 of 30 kg in 2026-05" in rows[2]["thresholds"]
    assert "no customer file for C9" in rows[5]["reasons"]
    assert any("2 of 6 rows could not be read and are in no sum" in line for line in done.said)
    assert any("needs, 0 hold" in line for line in done.said)


def test_a_customer_that_is_there_and_cannot_be_read_is_not_said_to_be_missing(files):
    (files / "customers.csv").write_text(
        "customer_id,name,country,licence_no,licence_issued_on\nC1,A,US,L,soon\nC2,B,US,L,2026-01-01\n"
    )
    done = screen_file(files / "orders.csv", on=ON, customers=files / "customers.csv")
    reasons = {row["order_id"]: row["reasons"] for row in done.answers.to_pylist()}
    assert "the customer file of C1 could not be read (line 2, column licence_issued_on, value “soon”" in reasons["A1"]
    assert "no customer file for C1" not in reasons["A1"]
    assert "no customer file for C9" in reasons["A5"]


def test_a_row_that_a_later_row_corrects_is_answered_too_and_where_it_stands(tmp_path):
    (tmp_path / "o.csv").write_text(
        "order,customer,date,product,qty,unit,country,corrects\n"
        "1,C1,2026-05-04,acetone,5,kg,US,\n2,C1,2026-05-04,acetone,-5,kg,US,\n3,C1,2026-05-04,acetone,6,kg,US,\n"
        "3,C1,2026-05-04,acetone,7,kg,US,3\n4,C1,2026-05-04,acetone,8,kg,US,1\n"
    )
    rows = screen_file(tmp_path / "o.csv", on=ON).answers.to_pylist()
    assert [row["order_id"] for row in rows] == ["1", "2", "3", "3", "4"]
    assert [row["reasons"].startswith("needs: a later row of the file corrects") for row in rows] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert "negative" in rows[1]["reasons"]


def test_orders_given_as_customers_are_not_taken_for_them(files):
    with pytest.raises(UsageError, match="one and the same file"):
        screen_file(files / "orders.csv", on=ON, customers=files / "orders.csv")


def test_days_may_be_said_for_both_files(tmp_path):
    (tmp_path / "o.csv").write_text("customer,date,product,qty,country\nC1,03/04/2026,acetone,5 kg,US\n")
    (tmp_path / "c.csv").write_text("customer_id,country,licence_no,licence_expiry\nC1,US,L,03/04/2027\n")
    unclear = screen_file(tmp_path / "o.csv", on=ON, customers=tmp_path / "c.csv").answers.to_pylist()[0]
    assert "--dates" in unclear["reasons"]
    assert unclear["order_id"] == "(line 2)"
    said = screen_file(tmp_path / "o.csv", on=ON, customers=tmp_path / "c.csv", dates="%d/%m/%Y")
    assert "date-format" not in said.answers["reasons"][0].as_py()
    assert not any("left empty" in line for line in said.said)


def test_the_country_that_goods_leave_may_be_said_for_all(tmp_path):
    (tmp_path / "o.csv").write_text(
        "order_id,customer,date,product,qty,uom,country\n1,C,2026-05-04,ephedrine,1,kg,DE\n"
    )
    within = screen_file(tmp_path / "o.csv", on=ON, ship_from="Germany").answers.to_pylist()[0]
    brought_in = screen_file(tmp_path / "o.csv", on=ON, ship_from="CN").answers.to_pylist()[0]
    assert "customer licence (EU)" in within["duties"]
    assert "import permit (EU)" in brought_in["duties"]
    assert "import permit (EU)" not in within["duties"]


def test_a_country_that_is_none_is_refused():
    assert (place_of("Germany"), place_of(" us "), place_of("")) == ("DE", "US", "")
    with pytest.raises(UsageError, match="Atlantis"):
        place_of("Atlantis")


def test_one_order_at_the_desk_is_answered_as_in_a_file(files, customers):
    desk = OrderDesk(customers, on=dt.date(2026, 5, 4), ship_from="US")
    told = desk.ask("anthranilic acid", "29 kg", customer="C1", order_id="A1").as_dict()
    asked = screen_file(files / "orders.csv", on=dt.date(2026, 5, 4), customers=files / "customers.csv")
    in_file = asked.answers.to_pylist()[0]
    assert {k: told[k] for k in ("order_id", "answer", "duties", "thresholds", "citations")} == {
        k: in_file[k] for k in ("order_id", "answer", "duties", "thresholds", "citations")
    }


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"item": " "}, UsageError),
        ({"item": "acetone", "quantity": "-5 kg"}, InputError),
        ({"item": "acetone", "quantity": "5 qq"}, InputError),
        ({"item": "acetone", "quantity": "much"}, InputError),
        ({"item": "acetone", "ship_to": "Atlantis"}, UsageError),
        ({"item": "acetone", "colour": "red"}, UsageError),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_at_the_desk(order, error):
    with pytest.raises(error):
        OrderDesk(on=ON).ask(**order)


def test_packs_and_litres_at_the_desk(customers):
    desk = OrderDesk(customers, on=ON, ship_from="US")
    assert ": 10 of 189.271 L" in desk.ask("acetone", "2 x 5 L", customer="C1").thresholds
