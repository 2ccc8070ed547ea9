"""Identifiers: the check digits are those that other people's checkers expect."""

import csv

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from counterflow.demo import identifiers

serials = st.lists(st.integers(0, 10**8 - 1), min_size=1, max_size=20, unique=True).map(np.array)


def s10_holds(item: str) -> bool:
    digits = [int(character) for character in item[2:10]]
    check = 11 - sum(a * b for a, b in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return len(item) == 13 and int(item[10]) == {10: 0, 11: 5}.get(check, check)


@given(serials)
def test_postal_items_hold_by_the_published_rule_and_differ(numbers):
    items = identifiers.postal_items(numbers, np.full(len(numbers), "DE")).to_pylist()
    assert all(s10_holds(item) for item in items)
    assert len(set(items)) == len(items)


@given(serials)
def test_containers_pass_an_independent_checker(numbers):
    assert all(iso6346.is_valid(box) for box in identifiers.containers(numbers).to_pylist())


@given(serials)
def test_air_waybills_end_in_their_serial_modulo_seven(numbers):
    assert all(int(bill[3:10]) % 7 == int(bill[10]) for bill in identifiers.air_waybills(numbers).to_pylist())


def test_the_rule_used_here_agrees_with_the_shared_vectors(shared_data):
    with (shared_data / "targeting" / "s10_vectors.csv").open(encoding="utf-8") as file:
        told = {row["value"]: row["expected"] for row in csv.DictReader(file) if row["kind"] == "valid?"}
    assert {"true", "false"} <= set(told.values())
    for item, expected in told.items():
        assert s10_holds(item) == (expected == "true"), item
