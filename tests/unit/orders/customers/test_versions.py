"""Which row of a customer holds, what changed, and how complete the files were over time."""

import datetime as dt

import pytest
from tests.unit.orders.customers.conftest import WHOLE, rows

from counterflow.core.tables import CUSTOMER, CUSTOMER_LICENCE, CUSTOMER_OWNER
from counterflow.orders.customers import changes, completeness, newest, review
from counterflow.orders.customers.lines import is_vague, line_kind, says_none
from counterflow.orders.customers.numbers import dea_number_fault, tax_number_fault

FIRST, SECOND, THIRD = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (6, 7, 8))


def version(batch, seen, **more):
    return WHOLE | {"batch": batch, "first_seen": seen} | more


def test_a_later_row_overrules():
    customers = rows(CUSTOMER, [version("b2", SECOND, name="New"), version("b1", FIRST, name="Old")])
    assert newest(customers).customers.column("name").to_pylist() == ["New"]
    assert newest(customers, as_of=FIRST).customers.column("name").to_pylist() == ["Old"]
    assert newest(customers, as_of=FIRST - dt.timedelta(days=1)).customers.num_rows == 0


def test_of_rows_seen_at_once_the_last_holds():
    customers = rows(CUSTOMER, [version("b1", FIRST, name="Upper"), version("b1", FIRST, name="Lower")])
    assert newest(customers).customers.column("name").to_pylist() == ["Lower"]


def test_licences_hold_until_a_load_brings_others():
    customers = rows(CUSTOMER, [version(f"b{n}", seen) for n, seen in enumerate((FIRST, SECOND, THIRD), 1)])
    licences = rows(
        CUSTOMER_LICENCE,
        [{"record_id": "C1", "batch": "b1", "number": "old"}, {"record_id": "C1", "batch": "b2", "number": "new"}],
    )
    owners = rows(CUSTOMER_OWNER, [{"record_id": "C1", "batch": "b1", "name": "A"}])
    held = newest(customers, licences, owners=owners)
    assert held.licences.column("number").to_pylist() == ["new"]
    assert held.owners.column("name").to_pylist() == ["A"]
    assert newest(customers, licences, as_of=FIRST).licences.column("number").to_pylist() == ["old"]


def test_what_changed():
    customers = rows(CUSTOMER, [version("b2", SECOND, country="CA", name="New"), version("b1", FIRST)])
    told = [(c["seen"], c["column"], c["was"], c["is"]) for c in changes(customers, "C1")]
    assert told == [
        (FIRST, "record_id", None, "C1"), (SECOND, "name", WHOLE["name"], "New"), (SECOND, "country", "US", "CA"),
    ]  # fmt: skip


def test_completeness_as_it_was_known():
    customers = rows(CUSTOMER, [version("b1", FIRST, address=None), version("b2", SECOND)])
    expected = {"record_id": "C1", "item": "x", "quantity": 1.0, "unit": "kg", "period": "month"}

    def reviewed(file, day):
        from counterflow.core.tables import CUSTOMER_EXPECTED

        return review(file.customers, file.licences, rows(CUSTOMER_EXPECTED, [expected]), file.owners, on=day)

    before = FIRST - dt.timedelta(days=1)
    found = completeness([before, FIRST, SECOND], lambda at: newest(customers, as_of=at), reviewed).to_pylist()
    assert [(row["customers"], row["complete"], row["share_complete"]) for row in found] == [
        (0, 0, None),
        (1, 0, 0.0),
        (1, 1, 1.0),
    ]


@pytest.mark.parametrize("number", ["AB1234563", "ab 123-4563", "A91234563", "AB1234563/0042"])
def test_dea_numbers(number):
    assert dea_number_fault(number) == ""


@pytest.mark.parametrize("number", ["AB1234564", "1234563", "ABC123456", ""])
def test_wrong_dea_numbers(number):
    assert dea_number_fault(number)


def test_each_wrong_digit_of_a_dea_number_shows_but_for_one_that_the_check_cannot_see():
    """A digit of even place counts twice, so 5 more or less of it goes unseen; every other single slip is seen."""
    right = "AB1234563"
    for place in range(2, 9):
        for digit in "0123456789":
            wrong = f"{right[:place]}{digit}{right[place + 1 :]}"
            unseen = (int(digit) - int(right[place])) % 5 == 0 if place in (3, 5, 7) else digit == right[place]
            assert (dea_number_fault(wrong) == "") == unseen


@pytest.mark.parametrize(
    ("number", "country", "wrong"),
    [
        ("DE136695976", "DE", False), ("DE136695978", "DE", True), ("DE12", "DE", True), ("GB980780684", "GB", False),
        ("EL094259216", "GR", False), ("136695978", "DE", False), ("FR40303265045", "DE", False), ("DE", "DE", False),
        ("5493006MHB84DD0ZWV18", "US", False), ("5493006MHB84DD0ZWV19", "US", True),
    ],
)  # fmt: skip
def test_tax_numbers(number, country, wrong):
    assert bool(tax_number_fault(number, country)) == wrong


def test_words_of_customers():
    assert line_kind("Veterinary clinic", None)[0] == "care"
    assert line_kind(None, "pharmacy")[0] == "care"
    assert line_kind("CHAIN PHARMACY", None)[0] == "care"
    assert line_kind("Fine chemicals distribution", "warehouse")[0] == ""
    assert [is_vague(text) for text in (None, "", "various", "N/A", "Resale", "synthesis of aspirin for tablets")] == [
        False, False, True, True, True, False,
    ]  # fmt: skip
    assert [says_none(text) for text in ("none", "No", "not known", "no delivery to a PO box in 2023")] == [
        True, True, True, False,
    ]  # fmt: skip
