import datetime as dt
import json

import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.order_cases import dossier_of
from counterflow.orders.cases.decisions import Choice, decide
from counterflow.orders.cases.intact import intact_rows, intact_sums
from counterflow.orders.cases.questions import answer, ask
from counterflow.orders.cases.reports import body_of, draft, reports
from counterflow.report.dossier import render
from counterflow.store.erasure import erase_records

from .conftest import NOW, alarm, flag, put

EVIL = "<img src=x onerror=alert(1)>"


def test_a_dossier_answers_its_question_first(site):
    ask(site, "C1", text="What changed since August?", person="A. Meier", subject="A1", due=dt.date(2026, 11, 10))
    draft(site, "us-suspicious-order", "A1", person="A. Meier")
    shown = dossier_of(site, "C1", "oxycodone")
    assert "3,400 units; 1,100 to be expected" in shown["why_open"][0]
    assert any(line.startswith("Weak flag (payment)") for line in shown["why_open"])
    assert "what clears payment" in shown["clears"]
    assert [row["on"] for row in shown["due"]] == [NOW.date(), dt.date(2026, 11, 10), dt.date(2026, 11, 20)]
    assert shown["concern"]["concern"] == "ask"
    assert shown["queue"][0]["rank"] == 1
    page = render(shown)
    assert (
        page.index("Why is this open?")
        < page.index("What would clear it?")
        < page.index("What must be decided by when?")
        < page.index("<svg")
    )


def test_the_series_is_what_was_ordered_beside_unnamed_peers(site):
    (series,) = dossier_of(site, "C1")["series"]
    assert [m["quantity"] for m in series["months"]][-3:] == [1000.0, 3400.0, 3400.0]
    assert series["months"][-2]["alarm"]
    assert series["months"][-1]["open"]
    assert not series["months"][-3]["open"]
    assert series["peers"] == [800.0, 1200.0]
    assert series["own"] == pytest.approx((1000 + 3400 + 3400) / 3)
    assert "C2" not in render(dossier_of(site, "C1"))


def test_published_rules_stand_beside_ours(site):
    rules = dossier_of(site, "C1")["rules"]
    assert len(rules) >= 4
    assert {row["says"] for row in rules} <= {"alarm", "silent"}


def test_a_disposal_leaves_the_dossier_with_its_history_and_nothing_open(site):
    decide(
        site,
        Choice(
            subject="alarm",
            subject_id="A1",
            act="dispose",
            finding="explained",
            ground="new clinic next door",
            person="A. Meier",
        ),
    )
    shown = dossier_of(site, "C1")
    assert not [line for line in shown["why_open"] if "larm" in line or "flag" in line]
    assert shown["decisions"][0]["ground"] == "new clinic next door"
    assert shown["ledger"][0]["seq"] == shown["decisions"][0]["ledger_seq"]
    assert shown["ledger"][0]["hash"] == site.ledger.entry(1).hash


def test_text_of_records_never_becomes_markup(site):
    put(site, "order_flag", [flag("F9", words=EVIL, clears=EVIL, evidence=json.dumps({"x": EVIL}), citation=EVIL)])
    put(site, "order_alarm", [alarm("A9", reasons=EVIL)])
    site.store.execute("UPDATE customer SET name = ?, end_use = ?", [EVIL, EVIL])
    row = ask(site, "C1", text=f"What is this {EVIL}?", person=EVIL)
    answer(site, row["question"], text=EVIL, person="B. Kurz")
    page = render(dossier_of(site, "C1"))
    assert "<img" not in page
    assert "&lt;img" in page
    assert "http" not in page.partition("</style>")[2]


def test_a_customer_without_file_has_a_dossier_and_a_stranger_has_none(site):
    site.store.execute("DELETE FROM customer")
    assert "ask for one before the next sale" in render(dossier_of(site, "C2"))
    with pytest.raises(UnknownName):
        dossier_of(site, "C9")


def test_erasing_a_customer_takes_words_and_salts_and_breaks_nothing(site):
    decide(
        site, Choice(subject="alarm", subject_id="A1", act="report", ground="no answer for weeks", person="A. Meier")
    )
    row = ask(site, "C1", text="What changed since August?", person="A. Meier")
    answer(site, row["question"], text="a new clinic", person="B. Kurz")
    name = draft(site, "eu-notification", "A1", person="A. Meier")["report"]
    decide(site, Choice(subject="order", subject_id="C2-1", act="ship", ground="all is on file", person="A. Meier"))
    put(site, "payload", [{"source": "firm", "record_id": "C1", "batch": "b", "salt": "00", "digest": "00"}])
    erase_records(site, "firm", ["C1"], person="A. Meier", ground="request of the customer")
    assert intact_sums(intact_rows(site)) == {"intact": 1, "altered": 0, "erased": 4, "missing": 0}
    page = render(dossier_of(site, "C1"))
    assert "clinic" not in page
    assert "Pharmacy C1" not in page
    (held,) = reports(site.store)
    with pytest.raises(InputError, match="erased"):
        body_of(held)
    assert name == held["report"]


def test_a_dossier_says_first_how_the_product_stands_in_law(site):
    page = render(dossier_of(site, "C1", "oxycodone"))
    assert page.index("oxycodone: controlled drug (US CSA Schedule II)") < page.index("3,400 units; 1,100")
    site.store.execute("UPDATE order_line SET item = 'citric acid', cas = '77-92-9'")
    put(site, "order_alarm", [alarm("A8", product="citric acid")])
    shown = dossier_of(site, "C1")
    assert shown["in_law"][0].startswith("citric acid is on no list held here")
