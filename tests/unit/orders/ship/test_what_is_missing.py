"""What the order or the customer file does not say is named, and never guessed."""

import datetime as dt

import pyarrow as pa
import pytest
from tests.unit.orders.ship.made import SEEN, answered, decisions, orders, table

from counterflow.core.tables import CUSTOMER
from counterflow.orders.ship.customer_facts import latest_files

US = {"ship_from": "US", "ship_to_country": "US"}


@pytest.mark.parametrize(
    ("line", "answer", "said"),
    [
        ({"item": "stuff", "mass_g": 1.0}, "needs", "“stuff” is not known here: give its CAS number"),
        ({"item": "stuff", "cas": "7647-14-5", "mass_g": 1.0}, "clear", "CAS 7647-14-5: on no list held here"),
        ({"item": "stuff", "cas": "7647-14-5"}, "needs", "say how much it is"),
        ({"item": "stuff", "cas": "7647-14-4", "mass_g": 1.0}, "needs", "its check digit should be 5"),
        ({"item": "acetone", "cas": "108-88-3", "mass_g": 1.0}, "needs", "the fields disagree"),
        ({"item": "acetone", "cas": "67-64-1", "mass_g": 1.0}, "clear", "Acetone is listed: US chemicals List II"),
        ({"item": None, "cas": None, "mass_g": 1.0}, "needs", "the order names no item"),
        ({"item": "acetone"}, "needs", "say how much it is"),
        ({"item": "acetone", "mass_g": 1.0, "customer_id": "who"}, "needs", "no customer file for who"),
        ({"item": "acetone", "mass_g": 1.0, "customer_id": None}, "needs", "the order names no customer"),
        ({"item": "iodine", "units": 3.0}, "clear", "any amount"),
        ({"item": "anthranilic acid", "units": 3.0}, "needs", "say a mass, or the density"),
        ({"item": "methylamine", "volume_l": 3.0}, "needs", "say a mass, or the density"),
        ({"item": "methylamine", "volume_l": 3.0, "density_kg_l": 0.9}, "clear", ""),
    ],
)
def test_a_line_that_does_not_say_enough(line, answer, said):
    told = answered(orders(US | line))[0]
    assert (told["answer"], said in told["reasons"] + told["thresholds"]) == (answer, True), told


def test_a_country_that_is_not_given_stands_open():
    small, large = answered(orders({"item": "acetone", "mass_g": 1e3, "ship_to_country": "US"},
                                   {"item": "acetone", "mass_g": 1e6, "ship_to_country": "US", "customer_id": "d"}))  # fmt: skip
    assert small["answer"] == "clear"
    assert "say which country the goods leave" in large["reasons"]
    assert "if they cross a border, the law asks for: pre-export notice (US)" in large["reasons"]
    assert "15 calendar days" not in large["reasons"]
    to = answered(orders({"item": "acetone", "mass_g": 1.0, "ship_from": "US"}), {"country": None})[0]
    assert "say to which country the goods go" in to["reasons"]
    drug = answered(orders({"item": "fentanyl", "mass_g": 1.0, "ship_from": "US"}), {"country": None})[0]
    assert "if they cross a border, the law asks for: export permit (US)" in drug["reasons"]
    assert "no permit is named" not in drug["reasons"]


def test_the_site_on_file_stands_in_for_the_country_of_delivery_and_a_mismatch_is_a_fact():
    lines = orders({"item": "acetone", "mass_g": 1.0, "ship_from": "US"})
    told = answered(lines, {"country": "US"})[0]
    assert (told["answer"], "taken from the customer file" in told["reasons"]) == ("clear", True)
    apart = answered(orders({"item": "acetone", "mass_g": 1.0} | US), {"country": "CA"})[0]
    assert apart["answer"] == "clear"
    assert "delivered to US, while the site on file is in CA" in apart["reasons"]


def test_one_missing_day_is_asked_for_and_a_file_without_days_is_taken_as_of_the_day_asked():
    two = answered(
        orders(US | {"item": "acetone", "mass_g": 1.0, "ordered_on": None}, US | {"item": "acetone", "mass_g": 1.0})
    )
    assert [row["answer"] for row in two] == ["needs", "clear"]
    one = answered(orders(US | {"item": "acetone", "mass_g": 1.0, "ordered_on": None}))
    assert one[0]["answer"] == "clear"
    assert "taken as of the day asked" in one[0]["reasons"]


def test_without_a_customer_file_every_order_needs_one():
    assert answered(orders(US | {"item": "acetone", "mass_g": 1.0}), False)[0]["answer"] == "needs"


def test_a_return_ships_nothing_and_lowers_no_sum():
    lines = orders(
        US | {"item": "anthranilic acid", "mass_g": 29e3},
        US | {"item": "anthranilic acid", "mass_g": 29e3, "kind": "return"},
        US | {"item": "anthranilic acid", "mass_g": 2e3},
    )
    told = answered(lines)
    assert told[1]["reasons"].startswith("no sale but a return")
    assert "31 of 30 kg" in told[2]["thresholds"]


def test_what_is_neither_sale_nor_return_is_asked_about():
    told = answered(orders(US | {"item": "acetone", "mass_g": 1.0, "kind": "other"}))[0]
    assert told["answer"] == "needs"
    assert "cancelled order does not leave" in told["reasons"]


def test_a_quantity_of_nought_is_asked_about():
    told = answered(orders(US | {"item": "acetone", "mass_g": 0.0}))[0]
    assert told["answer"] == "needs"
    assert "the quantity is nought" in told["reasons"]


def test_a_corrected_line_is_not_counted_twice():
    lines = orders(
        US | {"item": "anthranilic acid", "mass_g": 20e3},
        US | {"item": "anthranilic acid", "mass_g": 15e3, "corrects": "o0"},
    )
    first, second = answered(lines)
    assert "a later line replaces this one" in first["reasons"]
    assert "15 of 30 kg" in second["thresholds"]


def test_the_latest_row_of_a_customer_counts():
    rows = [
        {"record_id": "c", "name": "old", "first_seen": SEEN}, {"record_id": "d", "first_seen": SEEN},
        {"record_id": "c", "name": "new", "first_seen": SEEN + dt.timedelta(days=1)},
        {"record_id": "d", "name": "older", "first_seen": SEEN - dt.timedelta(days=1)},
    ]  # fmt: skip
    held = {row["record_id"]: row["name"] for row in latest_files(table(CUSTOMER, rows)).to_pylist()}
    assert held == {"c": "new", "d": None}


def _decided(*rows, line=None, **more):
    return answered(orders(US | {"item": "acetone", "mass_g": 1.0} | (line or {})), decisions=decisions(*rows), **more)[
        0
    ]


@pytest.mark.parametrize(
    ("made", "answer"),
    [
        ([{"subject": "order", "subject_id": "o0", "act": "refuse"}], "hold"),
        ([{"subject": "customer", "subject_id": "c", "act": "refuse"}], "hold"),
        ([{"subject": "customer", "subject_id": "c", "act": "refuse", "holds_to": dt.date(2026, 5, 3)}], "clear"),
        ([{"subject": "customer", "subject_id": "d", "act": "refuse"}], "clear"),
        ([{"subject": "alarm", "subject_id": "a", "customer_id": "c", "product": "acetone", "act": "hold"}], "hold"),
        ([{"subject": "alarm", "subject_id": "a", "customer_id": "c", "product": "toluene", "act": "hold"}], "clear"),
        (
            [
                {"subject": "alarm", "subject_id": "a", "customer_id": "c", "product": "acetone", "act": "hold"},
                {"subject": "alarm", "subject_id": "a", "customer_id": "c", "product": "acetone", "act": "dispose",
                 "decided_at": SEEN + dt.timedelta(hours=1)},
            ],
            "clear",
        ),
        (
            [
                {"subject": "alarm", "subject_id": "a", "customer_id": "c", "product": "acetone", "act": "hold"},
                {"subject": "order", "subject_id": "o0", "act": "ship"},
            ],
            "clear",
        ),
    ],
)  # fmt: skip
def test_what_a_person_decided(made, answer):
    assert _decided(*made)["answer"] == answer


def test_leave_to_ship_stands_in_for_no_licence():
    told = _decided({"subject": "order", "subject_id": "o0", "act": "ship"}, line={"item": "fentanyl"})
    assert told["answer"] == "hold"


def test_a_refused_order_does_not_count_in_sums():
    lines = orders(US | {"item": "anthranilic acid", "mass_g": 29e3}, US | {"item": "anthranilic acid", "mass_g": 2e3})
    told = answered(lines, decisions=decisions({"subject": "order", "subject_id": "o0", "act": "refuse"}))
    assert ": 2 of 30 kg" in told[1]["thresholds"]


@pytest.mark.parametrize(
    ("alert", "strong", "cleared", "answer"),
    [(1, 1, "", "hold"), (1, 0, "", "needs"), (0, 0, "", "clear"), (1, 1, "not them", "clear")],
)
def test_a_possible_name_is_a_question_and_a_strong_one_waits_for_a_person(alert, strong, cleared, answer):
    hit = {
        "customer_id": "c", "role": "owner", "name": "J. Doe", "list": "ofac-sdn", "entry": "123", "score": 0.9,
        "corroboration": 0.0, "alert": alert, "strong": strong, "cleared": cleared, "explanation": "",
    }  # fmt: skip
    told = answered(orders(US | {"item": "acetone", "mass_g": 1.0}), hits=pa.Table.from_pylist([hit]))[0]
    assert told["answer"] == answer


def test_an_open_alarm_is_answered_first():
    alarm = {"alarm": "a", "customer_id": "c", "product": "acetone", "month": "2026-04", "reasons": "twice the usual"}
    told = answered(orders(US | {"item": "acetone", "mass_g": 1.0}), alarms=pa.Table.from_pylist([alarm]))[0]
    assert (told["answer"], "twice the usual" in told["reasons"]) == ("needs", True)


@pytest.mark.parametrize(
    ("noted", "answer"), [("2026: refused by another firm", "needs"), ("none", "clear"), (None, "clear")]
)
def test_refusals_that_the_customer_file_notes_are_looked_at_by_a_person(noted, answer):
    lines = orders(US | {"item": "acetone", "mass_g": 1.0})
    assert answered(lines, {"refusals": noted})[0]["answer"] == answer
    leave = decisions({"subject": "customer", "subject_id": "c", "act": "ship", "holds_to": dt.date(2026, 12, 31)})
    assert answered(lines, {"refusals": noted}, decisions=leave)[0]["answer"] == "clear"
