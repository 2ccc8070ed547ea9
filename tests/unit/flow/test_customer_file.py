"""Customers from a file or a workspace, looked up on lists: hits, clearings, versions, and the commands over them."""

import csv
import datetime as dt
import io
import json

import pytest
from tests.unit.orders.customers.conftest import rows
from tests.unit.screen.parties.conftest import NOW, Site

from counterflow.core.tables import CUSTOMER, CUSTOMER_EXPECTED, CUSTOMER_OWNER, ORDER_LINE
from counterflow.flow.customer_file import CUSTOMER_TABLES, Customers, bought, read_customers, reviewed
from counterflow.flow.customer_parties import screen_customers
from counterflow.orders.customers import HIT
from counterflow.screen.parties.clearings import add_clearing
from counterflow.screen.resources import latest_lists

CUSTOMERS = """\
customer_id,legal_name,country,address,site_type,business_line,tax_id,licence_number,licence_authority,licence_expiry,\
licence_covers,end_use,expected_product,expected_quantity,expected_unit,expected_period,bank_country,prior_refusals
C1,Riverside Paint Works,DE,"Hafenstr. 1, Hamburg",plant,paint,DE136695976,,,,,solvent for paint,acetone,50,kg,year,DE,none
C2,Nowhere Trading Ltd,DE,P.O. Box 9,virtual office,chemical trading,DE136695978,,,,,resale,acetic anhydride,500,kg,\
month,CY,refused by another supplier in 2024
C3,Main Street Pharmacy,US,"1 Main St, Springfield",pharmacy,retail pharmacy,,AB1234563,DEA,2026-04-15,"2, 2N, 3",\
dispensing,methadone,900,tablets,month,US,none
"""
ON = "2026-03-09"


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "w")
    site.put_list("v1")
    return site


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text(CUSTOMERS)
    return path


@pytest.fixture
def customers(command, monkeypatch):
    """Run `orders customers …`; return exit code, rows and words."""
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-09T12:00:00Z")

    def run(*arguments, workspace=None):
        before = ("-w", workspace) if workspace else ()
        code, out, err = command(*before, "orders", "customers", *arguments)
        return code, list(csv.DictReader(io.StringIO(out))) if "csv" in arguments else out, err

    return run


def person(customer_id, name, **more):
    return {"record_id": customer_id, "name": name, "schema": "Person"} | more


def firm(customer_id, name, **more):
    return {"record_id": customer_id, "name": name} | more


def screened(site, firms, owners=()):
    with site.open() as workspace:
        return screen_customers(rows(CUSTOMER, firms), rows(CUSTOMER_OWNER, owners), workspace).to_pylist()


def test_customers_owners_and_forwarders_are_looked_up(site):
    firms = [
        firm("C1", "Zebulon Quartermain Trading Company"),
        firm("C2", "Riverside Hospital", forwarder="Zebulon Quartermain Trading Co"),
        firm("C3", "Hillside Clinic"),
        firm("C4", "Meadow Labs", trade_name="ZEBULON QUARTERMAIN TRADING CO"),
    ]
    owners = [person("C3", "Joaquin Guzman Loera", born="1957"), person("C2", "Ann Harmless")]
    found = screened(site, firms, owners)
    assert {(hit["customer_id"], hit["role"], hit["entry"]) for hit in found} == {
        ("C1", "customer", "x:2"), ("C2", "forwarder", "x:2"), ("C3", "owner", "x:1"), ("C4", "customer", "x:2"),
    }  # fmt: skip
    assert all(hit["alert"] == 1 and hit["strong"] == 1 and hit["explanation"] for hit in found)


def test_a_name_that_is_only_alike_is_never_strong(site):
    (hit,) = screened(site, [firm("C1", "Zebulon Quartermane Trading Co")])
    assert (hit["alert"], hit["strong"]) == (1, 0)


def test_the_same_words_with_another_birth_are_not_strong(site):
    (hit,) = screened(site, [firm("C1", "Clinic")], [person("C1", "Joaquin Guzman Loera", born="1999")])
    assert (hit["alert"], hit["strong"]) == (1, 0)
    assert hit["corroboration"] < 0


def test_a_clearing_is_honoured_and_told(site):
    with site.open() as workspace:
        add_clearing(
            workspace, "Zebulon Quartermain Trading Co", "x:2", reason="another firm: other register number",
            person="Ann", lists=latest_lists(workspace.store), until=dt.date(2027, 1, 1),
        )  # fmt: skip
    (hit,) = screened(site, [firm("C1", "Zebulon Quartermain Trading Co")])
    assert (hit["alert"], hit["strong"]) == (0, 0)
    assert "Ann" in hit["cleared"]


def test_without_a_list_nobody_was_looked_up(tmp_path):
    site = Site(tmp_path / "bare")
    assert screened(site, [firm("C1", "Zebulon Quartermain Trading Co")]) == []
    with site.open() as workspace:
        assert screen_customers(rows(CUSTOMER, []), rows(CUSTOMER_OWNER, []), workspace).schema == HIT


def test_what_is_bought_is_recognised_under_the_law_of_the_site():
    tables = dict.fromkeys(CUSTOMER_TABLES)
    tables["customer"] = rows(CUSTOMER, [firm("C1", "A", country="DE"), firm("C2", "B", country=None)])
    tables["customer_expected"] = rows(
        CUSTOMER_EXPECTED,
        [
            {"record_id": one, "item": "Acetic anhydride", "quantity": 1200.0, "unit": "kg", "period": "year"}
            for one in ("C1", "C2")
        ],
    )
    orders = rows(
        ORDER_LINE,
        [
            {
                "record_id": f"o{n}",
                "kind": kind,
                "customer_id": "C1",
                "item": "acetone",
                "mass_g": 60_000.0,
                "ordered_on": day,
            }
            for n, (kind, day) in enumerate(
                [
                    ("sale", dt.date(2026, 3, 1)),
                    ("sale", dt.date(2025, 3, 20)),
                    ("return", dt.date(2026, 3, 1)),
                    ("sale", dt.date(2024, 1, 1)),
                    ("sale", None),
                ]
            )
        ],
    )
    file = Customers(tables).newest()
    found = {(p["customer_id"], p["item"]): p for p in bought(file, orders, on=dt.date(2026, 3, 9)).to_pylist()}
    declared, ordered = found["C1", "Acetic anhydride"], found["C1", "acetone"]
    assert (declared["substance"], declared["verdict"], declared["kilos"]) == (
        "acetic-anhydride",
        "listed_precursor",
        100.0,
    )
    assert (ordered["substance"], ordered["kilos"]) == ("acetone", 10.0)
    # Where the site is, nobody said: no law can be asked.
    assert found["C2", "Acetic anhydride"]["substance"] is None


def test_a_file_alone_is_reviewed(file):
    done = reviewed(read_customers(file, clock=NOW), on=dt.date(2026, 3, 9))
    weights = {}
    for point in done.points.to_pylist():
        weights.setdefault(point["customer_id"], {}).setdefault(point["weight"], []).append(point["point"])
    assert "stops a sale" not in weights["C1"] | weights["C3"]
    assert weights["C2"]["stops a sale"] == ["licence for what it buys", "customer declaration"]
    assert {"post box", "site", "tax number", "resale", "prior refusals"} <= set(weights["C2"]["ask"])
    assert done.said  # that nobody was looked up


def test_check_shows_what_is_to_do(customers, file):
    code, found, err = customers("check", file, "--format", "csv")
    assert code == 0
    assert {row["weight"] for row in found} == {"ask", "stops a sale"}
    assert found[0]["customer_id"] == "C1"
    assert "3 customers: 0 with nothing to ask, 2 to ask something, 1 where something stops a sale" in err
    code, every, _ = customers("check", file, "--all", "--format", "csv")
    assert len(every) > len(found)
    code, out, _ = customers("check", file)
    assert (code, "evidence" in out.partition("\n")[0]) == (0, False)


def test_list_puts_those_with_most_to_settle_first(customers, file):
    code, found, _ = customers("list", file, "--format", "csv")
    assert (code, found[0]["customer_id"]) == (0, "C2")
    assert "that stop a sale" in found[0]["in_words"]


def test_expiring(customers, file):
    code, found, err = customers("expiring", file, "--format", "csv")
    assert code == 0
    assert "will within 60 days" in err
    assert {row["customer_id"] for row in found} == {"C3"}
    assert {row["standing"] for row in found} == {"expiring"}
    code, found, _ = customers("expiring", file, "--format", "csv", "--within-days", "10")
    assert found == []
    code, found, _ = customers("expiring", file, "--format", "csv", "--on", "2026-04-16")
    assert {row["standing"] for row in found} == {"expired"}


def test_orders_say_what_a_customer_buys(customers, file):
    orders = file.with_name("orders.csv")
    orders.write_text("order_id,customer_id,date,item,quantity,unit\n1,C1,2026-02-01,ephedrine,5,kg\n")
    _, before, _ = customers("check", file, "--format", "csv")
    code, after, _ = customers("check", file, "--orders", orders, "--format", "csv")
    assert code == 0

    def stopped(rows):
        return {row["customer_id"] for row in rows if row["weight"] == "stops a sale"}

    assert stopped(after) - stopped(before) == {"C1"}


def test_show(customers, file):
    code, out, err = customers("show", "C2", file, "--format", "json")
    assert code == 0
    told = json.loads(out)
    assert told["customer"][0]["name"] == "Nowhere Trading Ltd"
    assert told["points"][0]["weight"] == "stops a sale"
    assert told["changes"][0]["column"] == "record_id"
    assert "that stop a sale" in err
    assert customers("show", "C2", file)[0] == 0
    code, _, err = customers("show", "C22", file)
    assert code == 3
    assert "'C2'" in err


def test_a_workspace_knows_versions_lists_and_orders(customers, file, site, command):
    assert command("-w", site.folder, "orders", "load", file, "--table", "customer", "--source", "own")[0] == 0
    later = file.with_name("later.csv")
    later.write_text(CUSTOMERS.replace("Riverside Paint Works", "Zebulon Quartermain Trading Co"))
    assert command("-w", site.folder, "orders", "load", later, "--table", "customer", "--source", "own")[0] == 0
    code, out, _ = customers("show", "C1", "--format", "json", workspace=site.folder)
    told = json.loads(out)
    assert code == 0
    assert [(c["was"], c["is"]) for c in told["changes"] if c["column"] == "name"] == [
        ("Riverside Paint Works", "Zebulon Quartermain Trading Co")
    ]
    # The words are the same, the tax number and the country are not: to be asked about, and no more.
    (found,) = [p for p in told["points"] if p["point"] == "official lists"]
    assert (found["standing"], found["weight"]) == ("listed", "ask")
    code, found, _ = customers("completeness", "--months", "2", "--format", "csv", workspace=site.folder)
    assert code == 0
    assert [(row["on"], row["customers"]) for row in found] == [("2026-02-28", "0"), ("2026-03-09", "3")]


def test_without_customers_it_is_said(customers, tmp_path):
    code, _, err = customers("check")
    assert code == 2
    assert "There are no customers" in err
    empty = tmp_path / "e.csv"
    empty.write_text("customer_id,name\n")
    assert customers("check", empty)[0] == 3
    assert customers("check", tmp_path / "none.csv")[0] == 3
