import datetime as dt

import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow.order_cases import ask_customer
from counterflow.orders.cases.questions import answer, ask, questions, templates, templates_for
from counterflow.orders.patterns.kinds import KINDS
from counterflow.store.workspace import Workspace

from .conftest import NOW

TODAY = NOW.date()
GROUPS = ("identity", "end use", "product mix", "quantity", "price", "payment", "logistics", "behaviour")


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_flags_has_a_question(group):
    assert templates_for([group])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_flag_has_a_question(kind):
    assert templates_for([kind])


def test_the_library_asks_only_about_flags_groups_and_openings_that_there_are():
    openings = {"alarm", "resale", "owners", "licence", "registration", "loss", "theft"}
    assert {name for template in templates() for name in template.for_} <= {*KINDS, *GROUPS, *openings}


def test_the_library_says_what_a_good_answer_has():
    for template in templates():
        assert all((template.good, template.citation))
        assert template.text.endswith("?") or template.text.startswith("Please")


def test_a_question_is_asked_answered_and_in_the_ledger(site):
    row = ask(site, "C1", text="What changed since August?", person="A. Meier", subject="A1")
    assert (row["state"], row["due_on"]) == ("waiting", TODAY + dt.timedelta(days=14))
    done = answer(site, row["question"], text="a new clinic", person="B. Kurz")
    assert done["state"] == "answered"
    assert [entry.kind for entry in site.ledger.entries()] == ["order-question", "order-answer"]
    assert "clinic" not in str([dict(entry.body) for entry in site.ledger.entries()])


def test_asking_the_same_again_writes_nothing_and_an_answer_is_not_changed(site):
    first = ask(site, "C1", text="What changed since August?", person="A. Meier")
    assert ask(site, "C1", text="What changed  since August?", person="A. Meier")["question"] == first["question"]
    answer(site, first["question"], text="a new clinic", person="B. Kurz")
    assert answer(site, first["question"], text="a new clinic", person="B. Kurz")["state"] == "answered"
    with pytest.raises(InputError, match="answered already"):
        answer(site, first["question"], text="something else", person="B. Kurz")
    assert site.ledger.size == 2
    # what was answered may be asked anew
    assert ask(site, "C1", text="What changed since August?", person="A. Meier")["question"] != first["question"]


def test_a_question_is_overdue_the_day_after(site, folder):
    ask(site, "C1", text="What changed since August?", person="A. Meier", due=TODAY)
    assert questions(site.store, TODAY)[0]["state"] == "waiting"
    assert questions(site.store, TODAY + dt.timedelta(days=1))[0]["state"] == "overdue"
    site.close()
    with Workspace(folder, clock=fixed_clock(NOW + dt.timedelta(days=30))) as later:
        assert questions(later.store, later.clock().date(), "C1")[0]["state"] == "overdue"
        assert questions(later.store, later.clock().date(), "C2") == []


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"text": "why?"}, InputError), ({"person": ""}, InputError), ({"due": dt.date(2026, 1, 1)}, InputError),
        ({"customer": "C9"}, UnknownName),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(site, wrong, error):
    asked = {"customer": "C1", "text": "What changed since August?", "person": "A. Meier"} | wrong
    with pytest.raises(error):
        ask(site, asked.pop("customer"), **asked)
    assert site.ledger.size == 0


def test_an_unknown_question_names_near_ones(site):
    with pytest.raises(UnknownName):
        answer(site, "Q-0", text="yes", person="B. Kurz")


def ask_open(site, customer, **more):
    return ask_customer(
        site, customer, **({"about": None, "kinds": (), "text": None, "person": "A. Meier", "due": None} | more)
    )


def test_without_words_the_open_alarms_and_flags_decide_what_is_asked(site):
    asked = ask_open(site, "C1")
    assert {row["subject_id"] for row in asked} == {"A1"}
    assert "3,400 units in 2026-09" in asked[0]["text"]
    assert "oxycodone" in asked[0]["text"]
    assert any("paid" in row["text"] for row in asked)
    assert all(row["good_answer"] for row in asked)


def test_nothing_open_asks_nothing(site):
    with pytest.raises(UsageError, match="Nothing is open"):
        ask_open(site, "C3")
    with pytest.raises(UnknownName):
        ask_open(site, "C3", kinds=["colour"])
    assert ask_open(site, "C3", kinds=["price"])[0]["subject_id"] is None
