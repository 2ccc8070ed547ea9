import datetime as dt

import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName
from counterflow.orders.cases.decisions import ACTS, Choice, decide, standing
from counterflow.orders.cases.matters import open_alarms
from counterflow.store.workspace import Workspace

from .conftest import NOW, alarm, put


def choice(**more):
    usual = {
        "subject": "alarm",
        "subject_id": "A1",
        "act": "dispose",
        "finding": "explained",
        "ground": "new clinic next door",
        "person": "A. Meier",
    }
    return Choice(**(usual | more))


def test_a_disposal_closes_the_alarm_and_is_in_the_ledger(site):
    assert [row["alarm"] for row in open_alarms(site.store)] == ["A1"]
    made = decide(site, choice(new_expected=3000.0))
    assert not made.repeated
    assert open_alarms(site.store) == []
    entry = site.ledger.entry(made.row["ledger_seq"])
    assert (entry.kind, entry.body["act"], entry.body["finding"], entry.body["new_expected"]) == (
        "order-decision",
        "dispose",
        "explained",
        "3000.0",
    )
    assert made.row["decided_at"] == entry.time
    assert made.row["customer_id"] == "C1"
    assert made.row["product"] == "oxycodone"


def test_the_ledger_names_nobody(site):
    made = decide(site, choice(second_person="B. Kurz"))
    said = str(dict(site.ledger.entry(made.row["ledger_seq"]).body))
    assert "Meier" not in said
    assert "Kurz" not in said
    assert "clinic" not in said
    assert len(set(site.ledger.entry(made.row["ledger_seq"]).body["persons"])) == 2


def test_the_same_decision_again_writes_nothing(site):
    first = decide(site, choice())
    size = site.ledger.size
    again = decide(site, choice())
    assert again.repeated
    assert again.row["decision"] == first.row["decision"]
    assert site.ledger.size == size
    assert site.store.rows("SELECT count(*) AS n FROM order_decision")[0]["n"] == 1


def test_a_crash_between_ledger_and_table_leaves_one_entry(site, monkeypatch):
    real = site.store.append

    def fail(table, rows):
        if table == "order_decision":
            raise OSError("the power went")
        return real(table, rows)

    monkeypatch.setattr(site.store, "append", fail)
    with pytest.raises(OSError):
        decide(site, choice())
    monkeypatch.setattr(site.store, "append", real)
    size = site.ledger.size
    made = decide(site, choice())
    assert site.ledger.size == size == made.row["ledger_seq"]
    assert len(list(site.ledger.entries("order-decision"))) == 1


def test_hold_ship_and_hold_again_are_three_decisions(site):
    hold = choice(subject="order", subject_id="C2-3", act="hold", finding=None, ground="licence copy missing")
    ship = choice(
        subject="order", subject_id="C2-3", act="ship", finding=None, ground="copy came today", second_person="B. Kurz"
    )
    ids = [decide(site, one).row["decision"] for one in (hold, ship, hold)]
    assert len(set(ids)) == 3
    assert [row["act"] for row in standing(site.store, NOW.date())] == ["hold"]


def test_shipping_against_a_hold_needs_another_person(site):
    decide(site, choice(subject="customer", subject_id="C2", act="hold", finding=None, ground="owner is being checked"))
    ship = {"subject": "order", "subject_id": "C2-3", "act": "ship", "finding": None, "ground": "customer called twice"}
    with pytest.raises(InputError, match=r"second person must agree.*hold of customer C2"):
        decide(site, choice(**ship))
    with pytest.raises(InputError, match="named twice"):
        decide(site, choice(**ship, second_person="a meier"))
    assert decide(site, choice(**ship, second_person="B. Kurz")).row["second_person"] == "B. Kurz"


def test_shipping_while_an_alarm_is_open_needs_another_person(site):
    ship = choice(subject="customer", subject_id="C1", act="ship", finding=None, ground="no reason to wait")
    with pytest.raises(InputError, match="alarm A1 on it is open"):
        decide(site, ship)


def test_shipping_with_nothing_against_it_needs_one(site):
    assert (
        decide(site, choice(subject="order", subject_id="C3-2", act="ship", finding=None, ground="all on file")).row[
            "second_person"
        ]
        is None
    )
    with pytest.raises(InputError, match="the answer is hold"):
        decide(
            site,
            choice(subject="order", subject_id="C3-4", act="ship", finding=None, ground="all on file"),
            against=["the answer is hold"],
        )


def test_a_strong_alarm_is_disposed_of_by_two(site):
    put(site, "order_alarm", [alarm("A2", customer="C2", strength=9.0)])
    with pytest.raises(InputError, match="strong"):
        decide(site, choice(subject_id="A2"))
    assert decide(site, choice(subject_id="A2", second_person="B. Kurz")).row["finding"] == "explained"


def test_a_hold_ends_on_its_last_day(site):
    decide(
        site,
        choice(
            subject="order",
            subject_id="C2-3",
            act="hold",
            finding=None,
            ground="wait for the notice",
            holds_to=dt.date(2026, 11, 5),
        ),
    )
    assert standing(site.store, dt.date(2026, 11, 5))
    assert standing(site.store, dt.date(2026, 11, 6)) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"act": "ship"}, "cannot be decided"),
        ({"finding": None}, "needs a finding"),
        ({"finding": "fine"}, "needs a finding"),
        ({"act": "report"}, "has no finding"),
        ({"ground": "ok"}, "needs a ground"),
        ({"person": "  "}, "needs a person"),
        ({"finding": "unexplained", "new_expected": 5.0}, "Only an explained alarm"),
        ({"finding": "diverted", "new_expected": 5.0}, "Only an explained alarm"),
        ({"new_expected": float("nan")}, "no quantity"),
        ({"new_expected": -1.0}, "no quantity"),
        ({"holds_to": dt.date(2026, 12, 1)}, "does not end"),
        (
            {"subject": "order", "subject_id": "C1-1", "act": "hold", "finding": None, "holds_to": dt.date(2026, 1, 1)},
            "past",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_not_written(site, wrong, words):
    with pytest.raises(InputError, match=words):
        decide(site, choice(**wrong))
    assert site.ledger.size == 0


@pytest.mark.parametrize("subject", ACTS)
def test_an_unknown_subject_names_near_ones(site, subject):
    act = ACTS[subject][0]
    with pytest.raises(UnknownName):
        decide(
            site,
            choice(subject=subject, subject_id="nowhere", act=act, finding="explained" if act == "dispose" else None),
        )


def test_a_disposal_answers_what_was_raised_by_then_and_nothing_later(site):
    put(site, "order_alarm", [alarm("A0", month="2026-08"), alarm("A2", product="methadone")])
    put(site, "order_alarm", [alarm("A3", month="2026-10", raised="2026-11-09")])
    decide(site, choice(subject_id="A1"))
    assert [row["alarm"] for row in open_alarms(site.store)] == ["A2", "A3"]
    assert [row["alarm"] for row in open_alarms(site.store, "C2")] == []


def test_a_month_that_two_settings_raised_is_one_alarm(site):
    put(site, "order_alarm", [alarm("A1-again", setting="s2", raised="2026-10-20")])
    assert [row["alarm"] for row in open_alarms(site.store)] == ["A1-again"]
    decide(site, choice(subject_id="A1"))
    assert open_alarms(site.store) == []


def test_settings_of_the_house_count(folder, site):
    site.close()
    with (folder / "counterflow.toml").open("a") as toml:
        toml.write('\n[orders]\nsecond_person = ["refuse"]\n')
    with Workspace(folder, clock=fixed_clock(NOW)) as workspace:
        with pytest.raises(InputError, match="two to refuse"):
            decide(workspace, choice(subject="order", subject_id="C1-1", act="refuse", finding=None))
        assert (
            decide(workspace, choice(subject="order", subject_id="C1-1", act="ship", finding=None)).row["act"] == "ship"
        )
