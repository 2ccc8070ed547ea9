"""What a column is, what an entity is called, and how that outlives a new run."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UsageError
from counterflow.link.resolution.headers import read_columns, records_of
from counterflow.link.resolution.identity import entity_ids, events, kept_ids


def records(given=(), **columns):
    table = pa.table({name.replace("_", " "): pa.array(values, pa.string()) for name, values in columns.items()})
    return records_of(table, read_columns(list(given)), "x.csv", list(range(2, 2 + table.num_rows)))


def test_usual_headers_are_known_in_any_dress():
    read = records(
        ID=["1"],
        Consignee_Name=["A"],
        SHIPPER_ADDRESS=["B"],
        City_State_Zip=["C"],
        Tel=["5"],
        VAT_number=["X1234"],
        Colour=["red"],
    )
    assert read.table.column_names == ["record_id", "name", "address", "city", "phone", "identifier"]
    assert read.table.column("identifier").to_pylist() == ["vatnumber:X1234"]
    assert read.unknown == ["Colour"]
    assert "Colour" in read.in_words()


@pytest.mark.parametrize("header", ["Telephone_Number", "TEL_NO", "shipper_phone_no", "Telephone_No"])
def test_a_telephone_is_known_by_its_longer_headers(header):
    assert records(name=["A"], **{header: ["5"]}).table.column("phone").to_pylist() == ["5"]


def test_a_shipper_is_a_name_and_several_address_lines_are_one():
    read = records(shipper=["A"], address1=["Flat 3"], address2=["5 Main St"], country=["MT"])
    assert read.table.column("name").to_pylist() == ["A"]
    assert read.table.column("address").to_pylist() == ["Flat 3, 5 Main St"]
    assert read.table.column("record_id").to_pylist() == ["1"]


def test_what_the_user_names_comes_first():
    read = records(["name=Colour"], name=["A"], Colour=["B"])
    assert read.table.column("name").to_pylist() == ["B"]
    assert read.unknown == ["name"]


@pytest.mark.parametrize(
    ("given", "columns", "said"),
    [
        ([], {"shipper_name": ["a"], "consignee_name": ["b"]}, "all the name"),
        ([], {"colour": ["red"]}, "No column holds names"),
        ([], {"id": ["1", "2", "1"], "name": ["a", "b", "c"]}, "line 4.*twice, first in line 2"),
        ([], {"id": ["1", " ", "3"], "name": ["a", "b", "c"]}, "line 3.*no id"),
        (["name=Colur"], {"Colour": ["red"]}, "Is it 'Colour'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(given, columns, said):
    with pytest.raises(InputError, match=said):
        records(given, **columns)


@pytest.mark.parametrize("text", ["name", "name=", "nam=X"])
def test_columns_are_named_as_ours_by_theirs(text):
    with pytest.raises(UsageError):
        read_columns([text])


CLUSTERS = st.lists(st.integers(0, 4), min_size=1, max_size=12)


@given(CLUSTERS, st.randoms(use_true_random=False))
def test_ids_tell_clusters_apart_and_no_order_changes_them(cluster, rng):
    keys = [f"r{k}" for k in range(len(cluster))]
    ids = entity_ids(keys, np.array(cluster))
    assert len(set(zip(ids, cluster, strict=True))) == len(set(ids)) == len(set(cluster))
    order = list(range(len(cluster)))
    rng.shuffle(order)
    assert entity_ids([keys[k] for k in order], np.array([9 - cluster[k] for k in order])) == [ids[k] for k in order]


@given(CLUSTERS, CLUSTERS)
def test_kept_ids_are_one_to_one_and_stay_with_the_majority(before, after):
    size = min(len(before), len(after))
    keys = [f"r{k}" for k in range(size)]
    old = entity_ids(keys, np.array(before[:size]))
    fresh = entity_ids(keys, np.array(after[:size]))
    kept = kept_ids(fresh, old)
    assert len(set(zip(kept, fresh, strict=True))) == len(set(kept)) == len(set(fresh))
    for name in set(old):
        rows = [k for k in range(size) if old[k] == name]
        for now in {fresh[k] for k in rows}:
            stays = [k for k in rows if fresh[k] == now]
            alone = {old[k] for k in range(size) if fresh[k] == now} == {name}
            if alone and 2 * len(stays) > len(rows):
                assert {kept[k] for k in stays} == {name}


def test_an_id_that_is_taken_is_not_given_twice():
    assert kept_ids(["A", "B"], [None, None], frozenset({"A"})) == [kept_ids(["A"], [None], frozenset({"A"}))[0], "B"]
    assert kept_ids(["A", "B"], [None, None], frozenset({"A"}))[0] not in {"A", "B"}


def test_events_say_what_became_of_entities():
    found = {
        e.entity: (e.what, e.before)
        for e in events(["X", "X", "X", "Y", "N", "N"], {0: "X", 1: "X", 2: "Z", 3: "Y"}, {"Y": 1, "W": 2})
    }
    assert found == {
        "X": ("joined", ("X", "Z")),
        "Y": ("shrunk", ("Y",)),
        "N": ("new", ()),
        "Z": ("gone", ("Z",)),
        "W": ("gone", ("W",)),
    }
