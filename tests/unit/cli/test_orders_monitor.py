"""`orders monitor`: the contract of its output, files without a workspace, and alarms stored once."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.csv
import pytest
from tests.unit.orders.monitor.books import book, name, steady

HEADER = ["buyer_id", "drug", "month", "quantity", "baseline", "strength", "alarm", "open", "reasons"]


@pytest.fixture
def orders(tmp_path):
    months = steady(1, 48)
    months[40:] *= 4
    lines = book({"C1": months, "C2": steady(2, 48)}).select(["customer_id", "ordered_on", "item", "units"])
    lines = lines.rename_columns(["customer_id", "order_date", "item", "quantity"])
    lines = lines.append_column("order_id", pa.array([f"O{n}" for n in range(len(lines))]))
    lines = lines.append_column("unit", pa.array(["units"] * len(lines)))
    file = tmp_path / "orders.csv"
    pyarrow.csv.write_csv(lines, file)
    return file


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_each_month_without_a_workspace(command, orders):
    code, out, err = command("orders", "monitor", orders, "--as-of-each", "month", "--format", "csv")
    assert code == 0
    told = rows(out)
    assert list(told[0]) == HEADER
    assert len(told) == 96
    assert {row["alarm"] for row in told} == {"0", "1"}
    raised = [row for row in told if row["alarm"] == "1"]
    assert {row["buyer_id"] for row in raised} == {"C1"}
    assert raised[0]["month"] in (name(40), name(41))
    assert "to be expected" in raised[0]["reasons"]
    assert "have an open alarm" in err


def test_without_each_month_the_last_one_open_first(command, orders):
    _, out, _ = command("orders", "monitor", orders, "--format", "csv")
    told = rows(out)
    assert [(row["buyer_id"], row["month"], row["open"]) for row in told] == [
        ("C1", name(47), "1"),
        ("C2", name(47), "0"),
    ]


def test_as_of_a_day_knows_nothing_later(command, orders):
    _, out, _ = command("orders", "monitor", orders, "--on", f"{name(39)}-28", "--format", "csv")
    assert [(row["month"], row["open"]) for row in rows(out)] == [(name(39), "0"), (name(39), "0")]


def test_the_published_rules_stand_beside(command, orders):
    _, out, _ = command("orders", "monitor", orders, "--as-of-each", "month", "--rules", "--format", "csv")
    told = rows(out)
    assert list(told[0]) == [*HEADER, "published"]
    by_month = {row["month"]: row for row in told if row["buyer_id"] == "C1"}
    assert "mean-12 x3" in by_month[name(40)]["published"]
    assert "mean-12 x3" not in by_month[name(47)]["published"]  # it has learned the surge
    assert by_month[name(47)]["open"] == "1"


def test_explain_and_faults(command, orders):
    code, out, _ = command("orders", "monitor", orders, "--explain", "C1", "drug", "--format", "json")
    assert code == 0
    assert {row["measure"] for row in json.loads(out)} == {"units", "days with orders"}
    code, _, err = command("orders", "monitor", orders, "--explain", "C9", "drug")
    assert (code, "C1" in err) == (3, True)
    code, _, err = command("orders", "monitor", orders, "--set", "limt=3")
    assert (code, "limit" in err) == (3, True)
    code, _, err = command("orders", "monitor", orders, "--set", "limit=high")
    assert (code, "limit=2.5" in err) == (2, True)
    code, _, err = command("orders", "monitor")
    assert (code, "workspace" in err) == (4, True)


def test_alarms_of_a_workspace_are_stored_once_and_stand_in_the_queue(command, orders, tmp_path, monkeypatch):
    monkeypatch.setenv("COUNTERFLOW_NOW", "2024-01-03T09:00:00Z")
    folder = tmp_path / "w"
    assert command("init", folder)[0] == 0
    code, _, err = command("-w", folder, "orders", "load", orders, "--source", "firm")
    assert code == 0, err
    code, out, err = command("-w", folder, "orders", "monitor", "--format", "csv")
    assert code == 0, err
    assert "new alarms stored" in err
    assert "0 new alarms stored" not in err
    assert rows(out)[0]["open"] == "1"
    assert "0 new alarms stored" in command("-w", folder, "orders", "monitor")[2]
    queue = json.loads(command("-w", folder, "orders", "queue", "--format", "json")[1])
    assert any("C1" in json.dumps(row) for row in queue)
