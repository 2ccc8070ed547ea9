"""What a rule hits: worked out by hand, one kind of test after another; gaps in the data never make a hit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.target.rules.evaluate import hits, undecided
from counterflow.target.rules.language import parse
from counterflow.target.rules.looking_back import History

from .conftest import known_of, lines_of


def rule(text, more=""):
    return parse(f'rule "r" when {text} then inspect first, 5 minutes each{more}')


def hit(text, lines, history=None):
    return np.flatnonzero(hits(rule(text), lines, history)).tolist()


GOODS = [
    {"hs": "390761", "lane": "mail", "origin": "CN", "mass_kg": 2.0, "value": 3.0, "currency": "USD", "pieces": 1},
    {
        "hs": "3907",
        "lane": "sea",
        "origin": "NL",
        "mass_kg": 900.0,
        "value": 9.0,
        "currency": "USD",
        "lead_hours": 30.0,
    },
    {"hs": "29", "lane": "mail", "mass_kg": 2000.0, "value": 1.0, "currency": "EUR", "lead_hours": -2.0, "missing": 3},
    {"lane": None, "origin": "CN", "mass_kg": 0.0, "value": 5.0, "currency": "USD", "quantity": 2.0, "unit": "kg"},
    {"hs": "391000", "lane": "mail", "value": float("nan"), "quantity": 500.0, "unit": "mL", "attributes.rate": "8.5"},
    {"hs": "391000", "lane": "mail", "quantity": 40.0, "unit": "pcs", "attributes.rate": "x", "after": 6},
]

CASES = {
    'hs starts with "39"': [0, 1, 4, 5],
    'hs starts with "3907", "3910"': [0, 1, 4, 5],
    'hs6 is "391000"': [4, 5],
    'hs4 is one of "3907", "2900"': [0, 1],
    'hs2 is "29"': [2],
    'lane is "mail"': [0, 2, 4, 5],
    'lane is not "mail"': [1],
    "lane is missing": [3],
    "lane is known": [0, 1, 2, 4, 5],
    'not lane is "mail"': [1],
    "mass > 1 t": [2],
    "mass >= 2 kg": [0, 1, 2],
    "mass < 2001 g": [0, 3],
    "mass between 1 and 900 kg": [0, 1],
    "value < 5 USD": [0],
    "value < 5 EUR": [2],
    "value = 5 USD": [3],
    "value is missing": [4, 5],
    "value per kg < 1 USD": [1],
    "value per kg is missing": [3, 4, 5],
    "quantity > 1500 g": [3],
    "quantity > 400 ml": [4],
    "quantity >= 40 pieces": [5],
    "pieces = 1": [0],
    "missing_fields >= 2": [2],
    "lead < 0 hours": [2],
    "lead > 1 days": [1],
    'weekday is "sunday"': [5],
    "day > 2026-03-02": [5],
    'attribute "rate" > 8': [4],
    'attribute "rate" starts with "x"': [5],
    'attribute "other" is "x"': [],
    'attribute "other" is missing': [0, 1, 2, 3, 4, 5],
    'lane is "mail" and origin is "CN"': [0],
    'lane is "sea" or origin is "CN"': [0, 1, 3],
    'not (lane is "mail" and origin is "CN")': [1],
    'not (lane is "sea" or origin is "CN")': [],
    "mass > 1 t or mass < 1 g": [2, 3],
}


@pytest.mark.parametrize("text", CASES)
def test_a_test_hits_what_it_says(text):
    assert hit(text, lines_of(*GOODS)) == CASES[text]


def test_a_record_is_hit_where_one_of_its_lines_meets_everything():
    goods = lines_of(
        {"row": 0, "hs": "39", "mass_kg": 1.0}, {"row": 0, "hs": "29", "mass_kg": 9.0}, {"row": 1, "hs": "39"}
    )
    assert hit('hs is "39" and mass > 5 kg', goods) == []
    assert hit('hs is "29" and mass > 5 kg', goods) == [0]
    assert hit("lines >= 2", goods) == [0]
    assert undecided(rule('hs is "39" and mass > 5 kg'), goods).tolist() == [False, True]


def test_findings_count_by_code_class_and_strength_and_unjudged_names_never():
    goods = lines_of(
        {}, {}, {}, {},
        findings=[
            {"row": 0, "code": "text-missing", "strength": 0.4, "harm_class": "declaration"},
            {"row": 1, "code": "controlled-drug", "strength": 0.9},
            {"row": 2, "code": "listed-reordered", "kind": "calibrated", "strength": 0.9, "harm_class": "party"},
            {"row": 3, "code": "listed-exact", "strength": 0.9, "harm_class": "party"},
        ],
    )  # fmt: skip
    assert hit('finding "text-missing"', goods) == [0]
    assert hit('finding "text-missing" at least 0.5', goods) == []
    assert hit("finding of drug at least 0.5", goods) == [1]
    assert hit("finding of party", goods) == [3]
    assert hit('finding "listed-reordered"', goods) == []
    assert hit("not finding of drug", goods) == [0, 2, 3]


def test_new_is_what_was_not_declared_in_the_days_before():
    goods = lines_of(
        {"importer": "a", "hs": "390761", "after": 0}, {"importer": "b", "hs": "390761", "after": 10},
        {"importer": "a", "hs": "290000", "after": 10}, {"importer": "a", "hs": "390761", "after": 25},
        {"importer": "a", "hs": "390761", "after": 25}, {"importer": None, "hs": "390761", "after": 25},
    )  # fmt: skip
    text = "importer is new within 10 days"
    # The first record: nobody can tell what was before the first day. Day 25: last seen on day 10, 15 days before.
    assert hit(text, goods) == [1, 3, 4]
    assert undecided(rule(text), goods).tolist() == [True, False, False, False, False, True]
    assert hit("importer is new within 15 days", goods) == []
    assert hit("importer with hs6 is new within 10 days", goods) == [1, 2, 3, 4]
    assert hit("not importer is new within 10 days", goods) == [2]
    past = History(lines_of({"importer": "b", "after": 3}, {"after": -30}), known_of([None, None]))
    assert hit(text, goods, past) == [0, 3, 4]


def test_finds_count_from_the_day_after_they_became_known():
    past = lines_of(*({"hs": h, "after": -9} for h in ("39", "39", "39", "29", "39")))
    known = known_of(["drug", "", None, "drug", "revenue"], on=[-5, -5, -5, -1, 2])
    history = History(past, known)
    today = lines_of({"hs": "39"}, {"hs": "29"}, {"hs": "84"}, {"hs": None}, {"hs": "39", "after": 3})
    assert hit("finds of drug by hs in 5 days >= 1", today, history) == [0, 1]
    assert hit("finds of drug by hs in 4 days >= 1", today, history) == [1]
    assert hit("finds of drug by hs in 30 days = 0", today, history) == [2]
    assert hit("finds of any by hs in 30 days >= 2", today, history) == [4]
    assert hit("inspections by hs in 30 days >= 2", today, history) == [0, 4]
    assert hit("inspections by hs in 30 days < 2", today, history) == [1, 2]
    assert hit("find rate of drug by hs in 30 days from 2 inspections >= 50 %", today, history) == [0]
    assert hit("find rate of drug by hs in 30 days from 3 inspections < 50 %", today, history) == [4]
    assert hit("find rate of drug by hs in 30 days from 1 inspections < 50 %", today, history) == [4]
    assert hit("finds of drug by hs in 30 days >= 0", today) == []


def test_a_record_with_several_lines_counts_once_for_a_key():
    past = lines_of({"row": 0, "hs": "39", "after": -3}, {"row": 0, "hs": "39", "after": -3})
    history = History(past, known_of(["drug"], on=[-2]))
    today = lines_of({"hs": "39"})
    assert hit("finds of drug by hs in 9 days = 1", today, history) == [0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=25), st.integers(1, 6))
def test_new_agrees_with_looking_at_every_pair(rows, days):
    goods = lines_of(*({"importer": "abcd"[who], "after": day} for who, day in rows))
    start = min(day for _, day in rows)
    expected = []
    for place, (who, day) in enumerate(rows):
        seen = any(w == who and day - days <= d < day for w, d in rows)
        if not seen and day - days >= start:
            expected.append(place)
    assert hit(f"importer is new within {days} days", goods) == expected


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["drug", "", None]), st.integers(-9, 9)), max_size=20),
    st.integers(1, 12), st.integers(0, 3),
)  # fmt: skip
def test_finds_agree_with_counting_them(events, days, bound):
    past = lines_of(*({"hs": ["39", "29", "84"][k], "after": -9} for k, _, _ in events), {"after": -9})
    history = History(past, known_of([f for _, f, _ in events] + [None], on=[on for _, _, on in events] + [0]))
    today = [(k, day) for k in range(3) for day in (0, 4)]
    goods = lines_of(*({"hs": ["39", "29", "84"][k], "after": day} for k, day in today))
    counted = [sum(f == "drug" and e == k and day - days <= on < day for e, f, on in events) for k, day in today]
    assert hit(f"finds of drug by hs in {days} days >= {bound}", goods, history) == [
        place for place, count in enumerate(counted) if count >= bound
    ]


def test_the_order_of_records_changes_nothing():
    rng = np.random.default_rng(5)
    rows = [{"importer": str(rng.integers(9)), "hs": "39", "after": int(rng.integers(30))} for _ in range(80)]
    order = rng.permutation(80)
    one, other = lines_of(*rows), lines_of(*(rows[i] | {"row": place} for place, i in enumerate(order)))
    asked = rule("importer is new within 5 days")
    assert np.array_equal(hits(asked, one)[order], hits(asked, other))
