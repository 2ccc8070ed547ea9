import datetime as dt
import json
import re

import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.orders.cases.forms import form, forms
from counterflow.orders.cases.reports import draft, due_of, file, report, reports, withdraw
from counterflow.report.order_report import render

from .conftest import NOW, day, put


@pytest.fixture
def with_loss(site):
    rows = [
        {
            "source": "firm",
            "record_id": name,
            "batch": "b",
            "kind": kind,
            "site": "store 1",
            "item": "Oxycodone",
            "happened_on": day(when),
            "quantity": 200.0,
            "unit": "tablet",
            "explanation": "box missing at the count",
            "first_seen": NOW,
        }
        for name, kind, when in (
            ("S1", "theft", "2026-10-30"),
            ("S2", "loss", "2025-10-30"),
            ("S3", "loss", "2020-01-01"),
        )
    ]
    put(site, "stock_event", rows)
    return site


@pytest.mark.parametrize("name", forms())
def test_a_form_says_who_asks_under_which_law_and_how_it_was_read(name):
    one = form(name)
    assert re.search(r"CFR|U\.S\.C\.|Regulation", one.citation)
    assert one.read in {"text", "recalled"}
    assert one.not_read or one.read == "text"
    assert one.kind in {"suspicious-order", "disappearance"}
    assert len({field["name"] for field in one.fields}) == len(one.fields)


def fields(row):
    return {field["name"]: field for field in json.loads(row["body"])["fields"]}


def test_a_draft_is_filled_from_what_is_on_record_and_names_what_is_missing(site):
    row = draft(site, "us-suspicious-order", "A1", person="A. Meier", given={"reporter": "Our Firm"})
    told = fields(row)
    assert told["purchaser"]["value"] == "Pharmacy C1"
    assert told["purchaser_registration"]["value"] == "AB1234563"
    assert (told["transaction"]["value"], told["quantity"]["value"]) == ("C1-9", "3400 tablets")
    assert "1,100 to be expected" in told["circumstances"]["value"]
    assert told["reporter"] == {
        "name": "reporter",
        "label": "Firm that reports",
        "value": "Our Firm",
        "source": "as written by the person",
    }
    assert "DEA registration number of the firm that reports" in json.loads(row["body"])["missing"]
    assert row["state"] == "draft"
    assert (row["customer_id"], row["reference"]) == ("C1", None)


def test_drafting_again_keeps_what_a_person_wrote(site):
    draft(site, "us-suspicious-order", "A1", person="A. Meier", given={"reporter": "Our Firm"})
    size = site.ledger.size
    draft(site, "us-suspicious-order", "A1", person="A. Meier")
    assert site.ledger.size == size
    row = draft(site, "us-suspicious-order", "A1", person="A. Meier", given={"order_form": "222-17"})
    assert fields(row)["reporter"]["value"] == "Our Firm"
    assert len(reports(site.store)) == 1


def test_a_draft_about_an_order_speaks_of_that_order(site):
    row = draft(site, "eu-notification", "C2-4", person="A. Meier")
    assert fields(row)["customer"]["value"] == "Pharmacy C2"
    assert fields(row)["day"]["value"] == "2026-04-15"
    assert json.loads(row["body"])["read"] == "recalled"


def test_a_loss_is_drafted_with_the_losses_before_it(with_loss):
    row = draft(with_loss, "us-106", "S1", person="A. Meier")
    told = fields(row)
    assert (told["day"]["value"], told["type"]["value"], told["quantity"]["value"]) == (
        "2026-10-30",
        "theft",
        "200.0 tablet",
    )
    assert told["earlier"]["value"] == "1"
    assert due_of(reports(with_loss.store)[0]) == NOW.date() + dt.timedelta(days=1)


def test_a_person_files_and_the_number_is_kept(site):
    name = draft(site, "us-listed-chemical", "A1", person="A. Meier")["report"]
    filed = file(site, name, reference="SAC-77", person="B. Kurz", on=dt.date(2026, 11, 1))
    assert (filed["state"], filed["reference"]) == ("filed", "SAC-77")
    assert json.loads(report(site.store, name)["body"])["filed_on"] == "2026-11-01"
    size = site.ledger.size
    assert file(site, name, reference="SAC-77", person="B. Kurz")["state"] == "filed"
    assert site.ledger.size == size
    with pytest.raises(InputError, match="filed already"):
        draft(site, "us-listed-chemical", "A1", person="A. Meier")
    assert due_of(reports(site.store)[0]) is None
    assert "Filed by a person" in render(filed | {"body": json.loads(filed["body"])})


def test_withdrawing_needs_two(site):
    name = draft(site, "eu-notification", "A1", person="A. Meier")["report"]
    with pytest.raises(InputError, match="second person"):
        withdraw(site, name, ground="the wrong customer", person="A. Meier")
    with pytest.raises(InputError, match="named twice"):
        withdraw(site, name, ground="the wrong customer", person="A. Meier", second_person="A.Meier")
    assert (
        withdraw(site, name, ground="the wrong customer", person="A. Meier", second_person="B. Kurz")["state"]
        == "withdrawn"
    )
    with pytest.raises(InputError, match="withdrawn already"):
        withdraw(site, name, ground="the wrong customer", person="A. Meier", second_person="B. Kurz")
    assert draft(site, "eu-notification", "A1", person="A. Meier")["state"] == "draft"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda w: draft(w, "us-form", "A1", person="A"), UnknownName),
        (lambda w: draft(w, "us-106", "A1", person="A"), UnknownName),
        (lambda w: draft(w, "eu-notification", "A9", person="A"), UnknownName),
        (lambda w: draft(w, "eu-notification", "A1", person="A", given={"colour": "red"}), UnknownName),
        (lambda w: draft(w, "eu-notification", "A1", person=""), InputError),
        (lambda w: file(w, "R-0", reference="1", person="A"), UnknownName),
    ],
)
def test_what_cannot_be_drafted_is_refused(site, call, error):
    with pytest.raises(error):
        call(site)
    assert site.ledger.size == 0
    assert reports(site.store) == []


def test_a_day_to_come_and_an_empty_number_are_refused(site):
    name = draft(site, "eu-notification", "A1", person="A. Meier")["report"]
    with pytest.raises(InputError, match="to come"):
        file(site, name, reference="1", person="A. Meier", on=dt.date(2026, 11, 3))
    with pytest.raises(InputError, match="needs a reference"):
        file(site, name, reference=" ", person="A. Meier")
