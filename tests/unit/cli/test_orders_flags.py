"""`orders flags` and `orders stock` from files alone, with a workspace, and with what cannot be right."""

import csv
import io
import json

import pytest

HEAD = "order_id,customer_id,supplier_id,date,item,quantity,unit,payment\n"


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    lines = [
        f"A{month}-{n},C{n},Main,2025-{month:02d}-{3 + n:02d},acetone,{10 + n},kg,account"
        for month in range(1, 13)
        for n in range(9)
    ]
    lines += ["B1,C1,Main,2025-12-20,acetone,9,kg,cash", "B2,C1,Main,2025-12-21,tablet press TDP-5,1,pcs,cash"]
    file.write_text(HEAD + "\n".join(lines) + "\n")
    return file


@pytest.fixture
def stock(tmp_path):
    file = tmp_path / "stock.csv"
    file.write_text(
        "id,kind,site,item,date,quantity,unit,reported\n1,count,Main,acetone,2025-12-01,100,kg,\n"
        "2,count,Main,acetone,2025-12-31,40,kg,\n3,theft,Main,acetone,2025-12-28,2,kg,\n"
    )
    return file


def test_flags_of_a_file_alone(command, orders):
    code, out, err = command("orders", "flags", orders, "--format", "csv")
    assert code == 0, err
    told = {row["kind"]: row for row in rows_of(out)}
    assert {"payment", "tablet-equipment"} <= set(told)
    assert json.loads(told["payment"]["evidence"])["payment"] == "cash"
    assert "No customer file" in err
    assert "flags stand on 2025-12-21" in err
    assert "Too few orders or customers to compare with" in err


def test_weighed_and_of_one_customer(command, orders):
    code, out, err = command("orders", "flags", orders, "--weigh", "--customer", "C1", "--format", "csv")
    assert code == 0, err
    assert [(row["customer_id"], row["concern"]) for row in rows_of(out)] == [("C1", "ask")]
    code, _, err = command("orders", "flags", orders, "--customer", "C99")
    assert (code, "There is no customer with a flag 'C99'" in err) == (3, True)


def test_asked_as_of_an_earlier_day_nothing_later_is_known(command, orders):
    _, out, err = command("orders", "flags", orders, "--on", "2025-12-01", "--format", "csv")
    assert rows_of(out) == []
    assert "0 flags stand on 2025-12-01" in err


@pytest.mark.parametrize(
    "limit",
    [
        "acetone",
        "acetone=x kg/month",
        "acetone=5 kgg/month",
        "acetone=5 kg/year",
        "acetone=0 kg/month",
        "acetone=5 drums/month",
    ],
)
def test_a_limit_that_is_none_is_refused(command, orders, limit):
    code, _, err = command("orders", "flags", orders, "--threshold", limit)
    assert code == 2
    assert "is no limit" in err


def test_a_limit_of_the_house(command, tmp_path):
    lines = [f"A{day}-{n},C{n},Main,2025-{1 + day // 28:02d}-{1 + day % 28:02d},acetone,{4 + n},kg,account"
             for day in range(0, 300, 7) for n in range(9)]  # fmt: skip
    lines += [f"B{n},C1,Main,2025-11-{n:02d},acetone,19,kg,account" for n in range(1, 28, 5)]
    file = tmp_path / "orders.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n")
    code, out, err = command("orders", "flags", file, "--threshold", "acetone=20 kg/transaction", "--format", "csv")
    assert code == 0, err
    told = [row for row in rows_of(out) if row["kind"] == "split-below-threshold"]
    assert {row["customer_id"] for row in told} == {"C1"}


def test_flags_without_orders_or_workspace(command):
    code, _, err = command("orders", "flags")
    assert code == 2
    assert "Name a file of orders, or a workspace" in err


def test_a_workspace_keeps_flags_once(command, orders, tmp_path):
    folder = tmp_path / "w"
    assert command("init", folder)[0] == 0
    code, _, err = command("-w", folder, "orders", "load", orders)
    assert code == 0, err
    code, first, err = command("-w", folder, "orders", "flags", "--format", "csv")
    assert code == 0, err
    assert "of them are new" in err
    code, again, err = command("-w", folder, "orders", "flags", "--format", "csv")
    assert "are new" not in err
    assert first == again


def test_stock_against_orders(command, orders, stock):
    code, out, err = command("orders", "stock", stock, "--orders", orders, "--format", "csv", "--on", "2026-01-02")
    assert code == 0, err
    told = rows_of(out)
    assert [row["standing"] for row in told] == ["over"]
    code, out, _ = command("orders", "stock", stock, "--tolerance", "60", "--format", "csv", "--on", "2026-01-02")
    assert [row["standing"] for row in rows_of(out)] == ["ok"]


def test_what_has_to_be_reported(command, stock):
    code, out, err = command(
        "orders", "stock", stock, "--show", "missing", "--country", "US", "--on", "2026-01-02", "--format", "csv"
    )
    assert code == 0, err
    assert {(row["kind"], row["standing"]) for row in rows_of(out)} == {("theft", "due"), ("short", "due")}


@pytest.mark.parametrize("tolerance", ["x", "acetone=", "-1", "200", "acetone=nan"])
def test_a_tolerance_that_is_none_is_refused(command, stock, tolerance):
    code, _, err = command("orders", "stock", stock, "--tolerance", tolerance)
    assert code == 2
    assert "is no per cent" in err


def test_a_file_that_is_no_stock(command, orders, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    for file in (orders, tmp_path / "empty.csv", tmp_path / "absent.csv"):
        code, _, err = command("orders", "stock", file)
        assert code in {2, 3}, err
        assert "Traceback" not in err
