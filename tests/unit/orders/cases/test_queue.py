import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.flow.order_cases import queue_of, stands_against
from counterflow.orders.cases.costs import cost_of, deadline_factor, doubt_of
from counterflow.orders.cases.decisions import Choice, decide
from counterflow.orders.cases.questions import ask
from counterflow.orders.cases.queue import Open, queue_rows, within_minutes
from counterflow.orders.cases.reports import draft
from counterflow.orders.cases.standing import Standing, standing_of

from .conftest import NOW, alarm, flag, put

TODAY = NOW.date()
MINUTES = {"alarm": 30.0, "flags": 15.0, "held-order": 10.0, "question": 5.0, "licence": 5.0}


def row_of(rows, customer):
    return next(row for row in rows if row["customer_id"] == customer)


def test_the_queue_shows_the_terms_of_its_order(site):
    rows = queue_of(site)
    assert [row["customer_id"] for row in rows] == ["C1", "C2"]
    first = rows[0]
    # surplus of late: 2,300 units beyond the expectation, a week of it, over the typical month of 1,000 units
    assert first["surplus"] == pytest.approx(2300 / 1000 * 7 / 30.44, abs=1e-3)
    assert first["doubt"] == pytest.approx(1 - 0.4 * 0.9, abs=1e-3)
    assert first["age"] == pytest.approx(1 + 32 / 30, abs=1e-3)
    assert first["due_on"] == dt.date(2026, 11, 20)
    assert first["deadline"] == pytest.approx(1 + 7 / 18, abs=1e-3)
    assert first["cost"] == pytest.approx(
        (first["doubt"] * first["surplus"] * first["age"] + first["delay"]) * first["deadline"], abs=1e-3
    )
    assert "3,400 units; 1,100 to be expected" in first["why"]
    assert first["opened_by"] == "alarm; flags; licence"


def test_a_customer_who_has_stopped_ordering_presses_less(site):
    before = row_of(queue_of(site), "C1")["surplus"]
    site.store.execute("DELETE FROM order_line WHERE customer_id = 'C1' AND ordered_on >= DATE '2026-09-01'")
    after = row_of(queue_of(site), "C1")["surplus"]
    assert after == pytest.approx(0.1 * 7 / 30.44, abs=1e-3)
    assert after < before


def test_an_answer_of_hold_stands_in_the_queue(site):
    site.store.execute("DELETE FROM customer_licence WHERE record_id = 'C3'")
    held = row_of(queue_of(site), "C3")
    assert held["opened_by"] == "held-order"
    assert "no licence on file" in held["why"]


def test_what_stands_against_an_order_is_its_answer_of_hold(site):
    assert stands_against(site, "C3-10") == []
    site.store.execute("DELETE FROM customer_licence WHERE record_id = 'C3'")
    (words,) = stands_against(site, "C3-10")
    assert words.startswith("the answer for order C3-10 is hold")
    assert stands_against(site, "no-such-order") == []


def test_a_disposal_takes_alarm_and_flags_off_the_queue_until_new_ones_come(site):
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
    assert row_of(queue_of(site), "C1")["opened_by"] == "licence"
    put(site, "order_flag", [flag("F9", day=dt.date(2026, 11, 3))])
    assert "flags" in row_of(queue_of(site), "C1")["opened_by"]


def test_held_orders_overdue_questions_and_drafts_stand_in_the_queue(site):
    decide(
        site, Choice(subject="order", subject_id="C3-10", act="hold", ground="licence copy missing", person="A. Meier")
    )
    ask(site, "C2", text="What changed since August?", person="A. Meier", due=TODAY)
    draft(site, "us-suspicious-order", "A1", person="A. Meier")
    rows = queue_of(site)
    held = row_of(rows, "C3")
    assert held["opened_by"] == "held-order"
    assert held["delay"] == pytest.approx(1200 / 1000 * 0.5 * 7 / 30.44, abs=1e-3)
    assert row_of(rows, "C2")["due_on"] == TODAY
    first = row_of(rows, "C1")
    assert (first["rank"], first["due_on"], first["deadline"]) == (1, TODAY, 8.0)
    decide(
        site,
        Choice(
            subject="order",
            subject_id="C3-10",
            act="ship",
            ground="copy came today",
            person="A. Meier",
            second_person="B. Kurz",
        ),
    )
    assert "C3" not in {row["customer_id"] for row in queue_of(site)}


def test_a_decision_to_report_waits_until_it_is_drafted_and_filed(site):
    decide(
        site,
        Choice(
            subject="customer", subject_id="C2", act="report", ground="three flags and no answer", person="A. Meier"
        ),
    )
    assert "to report it" in row_of(queue_of(site), "C2")["why"]
    assert row_of(queue_of(site), "C2")["next"].startswith("file the report")


def test_minutes_are_spent_in_order_of_rank():
    rows = [{"rank": n, "minutes": m} for n, m in enumerate((30, 50, 15), start=1)]
    assert [row["within"] for row in within_minutes(rows, 50)] == [True, False, True]
    assert [row["within"] for row in within_minutes(rows, None)] == [True, True, True]


def test_an_empty_queue_is_empty(site):
    site.store.execute("DELETE FROM order_alarm")
    site.store.execute("DELETE FROM order_flag")
    site.store.execute("UPDATE customer_licence SET expires_on = DATE '2028-01-31'")
    assert queue_of(site) == []


names = st.text("abcdefghij", min_size=1, max_size=6)
grades = st.sampled_from(["weak", "moderate", "strong"])


@given(customers=st.lists(names, min_size=2, max_size=6, unique=True), strengths=st.data())
def test_who_a_customer_is_changes_no_cost(customers, strengths):
    terms = [(strengths.draw(st.floats(0, 50)), strengths.draw(grades)) for _ in customers]

    def costs(ids):
        alarms = [alarm(f"A{n}", customer=name, strength=terms[n][0]) for n, name in enumerate(ids)]
        flags = [flag(f"F{n}", customer=name, grade=terms[n][1]) for n, name in enumerate(ids)]
        rows = queue_rows(
            Open(alarms=alarms, flags=flags), typical={("oxycodone", "units"): 1000.0}, minutes=MINUTES, today=TODAY
        )
        return {row["customer_id"]: row["cost"] for row in rows}

    mine, others = costs(customers), costs([f"{name}-of-another-country" for name in customers])
    assert list(mine.values()) == list(others.values())


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 100), st.integers(0, 400), st.integers(-30, 400), grades)
def test_more_of_anything_never_costs_less(excess, more, strength, days, left, grade):
    def cost(excess=excess, strength=strength, days=days, left=left, groups=None):
        return cost_of(
            excess=excess, typical=500.0, doubt=doubt_of(strength, groups or {}), since=TODAY - dt.timedelta(days=days),
            held=1.0, licit=0.5, due=TODAY + dt.timedelta(days=left), today=TODAY,
        ).cost()  # fmt: skip

    assert cost(excess=excess + more) >= cost()
    assert cost(strength=strength + 1) >= cost()
    assert cost(days=days + 1) >= cost()
    assert cost(left=left - 1) >= cost()
    assert cost(groups={"payment": grade}) >= cost()
    assert 1 <= deadline_factor(TODAY + dt.timedelta(days=left), TODAY) <= 8


def test_how_a_product_stands_in_law_weighs_what_leaves_and_not_what_the_lawful_wait_for():
    drug = standing_of([{"substance": "o", "verdict": "controlled", "list": "US CSA", "schedule": "Schedule II"}])
    first = standing_of([{"substance": "a", "verdict": "listed_precursor", "list": "UN 1988", "schedule": "Table I"}])
    wide = standing_of([{"substance": "s", "verdict": "listed_precursor", "list": "UN 1988", "schedule": "Table II"}])
    unlisted = standing_of([{"substance": "", "verdict": "none", "list": "", "schedule": "", "cas": "77-92-9"}])
    unknown = standing_of([{"substance": "", "verdict": "none", "list": "", "schedule": "", "cas": ""}])
    assert drug.weight > first.weight > wide.weight == unknown.weight > unlisted.weight
    assert (drug.listed, unlisted.listed, unknown.listed) == (True, False, None)
    standing = {"o": drug, "a": first, "s": wide, "x": unlisted}
    alarms = [alarm(f"A-{of}", f"C-{of}", product=of) for of in standing]
    held = [{"customer_id": f"H-{of}", "product": of, "order_id": of, "day": TODAY, "words": "held"} for of in standing]
    rows = queue_rows(
        Open(alarms=alarms, held=held, standing=standing), typical={}, minutes=MINUTES, today=TODAY
    )  # fmt: skip
    assert [row["product"] for row in rows if row["opened_by"] == "alarm"] == ["o", "a", "s", "x"]
    assert len({row["cost"] for row in rows if row["opened_by"] == "held-order"}) == 1


def test_the_queue_says_how_each_product_stands(site):
    rows = queue_of(site)
    assert {row["in_law"] for row in rows} == {"controlled drug (US CSA Schedule II)"}
    assert {row["standing"] for row in rows} == {1.0}


def test_what_concerns_a_customer_as_a_whole_weighs_like_the_strictest_of_what_it_orders():
    standing = {"x": Standing(0.05, "on no list held here", False), "o": Standing(1.0, "controlled drug", True)}
    found = Open(flags=[flag("F1", customer="C1", product=None)], standing=standing, products={"C1": ["o", "x"]})
    (row,) = queue_rows(found, typical={}, minutes=MINUTES, today=TODAY)
    assert (row["standing"], row["in_law"]) == (1.0, "controlled drug")
