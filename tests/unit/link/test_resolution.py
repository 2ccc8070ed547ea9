"""Records to entities: what is put together, what never is, and what no order of rows may change."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterflow.link.resolution import resolve_records
from counterflow.link.resolution.cluster import clusters_of
from counterflow.link.resolution.decisions import Decided, settle
from counterflow.link.resolution.explain import grounds
from counterflow.link.resolution.fields import forms_of
from counterflow.link.resolution.weights import AGAINST, combined

COLUMNS = ("name", "schema", "address", "city", "postcode", "country", "phone", "email", "identifier", "born")


def table(*rows):
    return pa.table({c: pa.array([row.get(c) for row in rows], pa.string()) for c in COLUMNS})


def partition(cluster):
    """The clusters as sets of rows, whatever their numbers."""
    return {frozenset(np.flatnonzero(cluster == c).tolist()) for c in np.unique(cluster)}


def together(*rows):
    return partition(resolve_records(table(*rows)).cluster)


GUZMAN = {"name": "GUZMAN LOERA, Joaquin", "address": "Calle 5 No 12", "city": "Culiacan", "country": "Mexico"}
ACME = {"name": "Acme Zarkovic Petrochem LLC", "address": "Plot 17, Al Quoz 3", "city": "Dubai", "country": "AE"}


def test_a_party_that_writes_itself_in_two_ways_is_one():
    found = together(
        GUZMAN,
        GUZMAN | {"name": "Joaquin Guzman Loera", "address": "Cl 5 # 12", "country": "MX"},
        ACME,
        ACME | {"name": "ATTN ACME ZARKOVICH PETROCHEM TEL +971 4 555 1234", "address": "PLOT 17 AL QUOZ 3"},
    )
    assert found == {frozenset({0, 1}), frozenset({2, 3})}


@pytest.mark.parametrize(
    "filler", ["UNKNOWN", "N/A", "", None, "CORP", "12345678", "Limited", "x" * 10_000, "ab " * 4_000]
)
def test_what_names_nobody_is_never_put_together(filler):
    row = {"name": filler, "address": "5 Main Street", "city": "Springfield", "country": "US"}
    assert len(together(row, row, row, {"name": filler}, {"name": filler}, GUZMAN)) == 6


def test_no_records_and_empty_records():
    assert len(resolve_records(table()).cluster) == 0
    assert together({}, {}) == {frozenset({0}), frozenset({1})}


def test_one_common_word_is_no_party():
    """Ten thousand men are called Mohammed: two records that say no more may be any of them."""
    others = [{"name": f"Zarko{chr(97 + i % 26)}{chr(97 + i // 26)}vic Trading {i}"} for i in range(400)]
    found = resolve_records(table({"name": "Mohammed"}, {"name": "Mohammed"}, *others))
    assert found.cluster[0] != found.cluster[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"identifier": "passport:A1234567"}, {"identifier": "passport:B7654321"}),
        ({"born": "1961-04-04"}, {"born": "1985"}),
    ],
)
def test_contradictions_keep_records_apart(first, second):
    assert len(together(GUZMAN | first, GUZMAN | second)) == 2


def test_records_that_were_never_compared_do_not_contradict_each_other_within_one_entity():
    """One record without papers stands between two with different ones: it can belong to one of them only."""
    one, other = GUZMAN | {"identifier": "passport:A1234567"}, GUZMAN | {"identifier": "passport:B7654321"}
    found = together(one, GUZMAN, other)
    assert len(found) == 2
    assert frozenset({0, 2}) not in found


def test_an_address_alone_is_nobody():
    """A block of flats is no party."""
    home = {"address": "12 Harbour Road, Block 4", "city": "Valletta", "country": "MT"}
    assert len(together(home, home, home | {"name": "Zarkovic Petrochem"})) == 3


NAMES = st.sampled_from(["Guzman Loera Joaquin", "Joaquin GUZMAN LOERA", "Joaquim Guzman", "Acme Zarkovic LLC", "ACME ZARKOVICH",
                         "Maria Perez", "UNKNOWN", None, "Perez, Maria", "Zarkovic Acme Ltd", "Иван Петров", "Ivan Petrov"])  # fmt: skip
PLACES = st.sampled_from(["Calle 5 No 12", "CL 5 12", "Plot 17 Al Quoz", "17 Al Quoz 3", None, "PO Box 99"])
PHONES = st.sampled_from([None, "+971 4 555 1234", "0097145551234", "+52 667 123 4567"])
BIRTHS = st.sampled_from([None, None, "1961", "1961-04-04", "1985"])
RECORDS = st.lists(
    st.builds(
        lambda name, address, phone, born: {"name": name, "address": address, "phone": phone, "born": born},
        NAMES, PLACES, PHONES, BIRTHS,
    ),
    max_size=14,
)  # fmt: skip
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(rows, rng):
    order = list(range(len(rows)))
    rng.shuffle(order)
    before, after = resolve_records(table(*rows)), resolve_records(table(*(rows[k] for k in order)))
    assert len(before.cluster) == len(rows)
    assert partition(before.cluster) == {frozenset(order[k] for k in members) for members in partition(after.cluster)}
    assert np.array_equal(before.probability[order], after.probability)
    assert ((before.probability > 0) & (before.probability < 1)).all()


@QUIET
@given(
    RECORDS,
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13), st.sampled_from(["same", "different"])), max_size=6),
)
def test_what_a_person_decided_holds(rows, words):
    words = [(a, b, v) for a, b, v in words if a < len(rows) and b < len(rows) and a != b]
    decided = settle(words)
    found = resolve_records(table(*rows), decided).cluster
    births = [row["born"][:4] if row["born"] else None for row in rows]
    for a, b, same in zip(decided.left, decided.right, decided.same, strict=True):
        if not same:
            assert found[a] != found[b]
        elif all(births[k] in {None, births[a]} for k in range(len(rows))):
            assert found[a] == found[b]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from(["same", "different", "open"])), max_size=25
    )
)
def test_decisions_in_force_never_contradict_each_other(words):
    decided = settle(words)
    group = {k: k for k in range(7)}
    for a, b, same in zip(decided.left.tolist(), decided.right.tolist(), decided.same.tolist(), strict=True):
        if same:
            old, new = group[b], group[a]
            group = {k: new if g == old else g for k, g in group.items()}
    for a, b, same in zip(decided.left.tolist(), decided.right.tolist(), decided.same.tolist(), strict=True):
        assert same == (group[a] == group[b])


def test_the_last_word_holds_and_open_takes_it_back():
    assert settle([(0, 1, "different"), (1, 0, "same")]).same.tolist() == [True]
    assert settle([(0, 1, "different"), (0, 1, "open")]).left.tolist() == []


@given(st.integers(2, 12), st.data())
def test_clusters_do_not_chain(total, data):
    """A row of records, each like the next and like no other, is not one party."""
    left, right = np.arange(total - 1, dtype=np.int32), np.arange(1, total, dtype=np.int32)
    chance = np.array(data.draw(st.lists(st.floats(0.5, 0.99), min_size=total - 1, max_size=total - 1)))
    label = clusters_of(total, left, right, chance, cohesion=0.45)
    assert np.bincount(label).max() <= 3


def test_a_decision_on_one_of_two_like_records_tells_them_apart():
    rows = table(GUZMAN, GUZMAN, GUZMAN)
    decided = settle([(0, 1, "different")])
    found = resolve_records(rows, decided).cluster
    assert found[0] != found[1]
    assert len(np.unique(resolve_records(rows).cluster)) == 1


def test_the_probability_of_each_link_is_computed_again_from_its_grounds():
    rows = table(
        GUZMAN, GUZMAN | {"name": "Joaquim Guzman Loera", "phone": "+52 667 123 4567"},
        GUZMAN | {"name": "J. Guzman Loera", "phone": "0052 667 1234567"}, ACME, ACME | {"name": "ACME ZARKOVIC"},
    )  # fmt: skip
    found = resolve_records(rows)
    why = grounds(rows, found).to_pylist()
    links = {(row["row"], row["other"]) for row in why}
    assert len(links) == 5 - len(np.unique(found.cluster)) > 0
    for link in links:
        of = [row for row in why if (row["row"], row["other"]) == link]
        sums = {o: np.array([sum(row[f"against_{o}"] for row in of) * np.log(2)]) for o in AGAINST}
        assert combined(sums)[0] == pytest.approx(of[0]["probability"], abs=1e-9)


def test_copies_are_one_form_and_are_explained_as_such():
    rows = table(GUZMAN, GUZMAN, GUZMAN)
    found = resolve_records(rows)
    assert len(found.forms) == 1
    assert [(row["field"], row["row"], row["other"]) for row in grounds(rows, found).to_pylist()] == [
        ("record", 1, 0), ("record", 2, 0),
    ]  # fmt: skip


def test_carrier_noise_gives_the_telephone_that_no_field_has():
    forms = forms_of(
        table({"name": "Zarkovic Petrochem TEL 04 555 1234"}, {"name": "Nobody Else", "phone": "+971-4-5551234"})
    )
    assert len(set(forms.column("phone").tolist())) == 1
    assert forms.column("phone")[0] >= 0


def test_nothing_is_decided_where_nobody_decided():
    assert Decided.none().rows().tolist() == []
