import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError
from counterflow.target.features.past import past_features
from counterflow.target.features.spec import default_spec
from counterflow.target.features.state import State
from counterflow.target.features.stored import feature_lines, known_outcomes

DAY = dt.date(2026, 3, 2)
BEFORE = dt.datetime(2026, 3, 9, tzinfo=dt.UTC)


def asked(world, ids):
    return pa.table({"source": ["s"] * len(ids), "record_id": ids})


def party(world, record_id, role="importer", **more):
    row = {"source": "s", "record_id": record_id, "batch": "b", "role": role, "name": "A. Person"} | more
    world.store.append("party", pa.Table.from_pylist([row]))


def test_lines_are_in_the_order_asked_for_and_hold_no_name(world):
    ids = world.records(6)
    party(world, ids[2], identifier="NL7", address="1 Main  St.", postcode="AB1", country="NL", phone="123")
    party(world, ids[4], role="consignee", address="1, main st", postcode="ab1")
    lines = feature_lines(world.store, asked(world, ids[::-1]), attributes=["tax_rate"])
    table = lines.table
    assert table["record_id"].to_pylist() == ids[::-1]
    assert table["attributes.tax_rate"].to_pylist() == ["8"] * 6
    assert table["hs"].to_pylist() == [f"{3000 + i}00" for i in range(6)][::-1]
    address = table["address"].to_pylist()
    assert address[1] == address[3] is not None, "one door, typed in two ways"
    assert [a for a in address if a] == [address[1]] * 2
    everything = " ".join(str(v) for row in table.to_pylist() for v in row.values())
    assert "Person" not in everything
    assert "NL7" not in everything
    assert "Main" not in everything


def test_a_record_sent_again_counts_as_it_was_sent_last(world):
    ids = world.records(2)
    later = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
    again = {
        "source": "s", "record_id": ids[0], "batch": "b2", "first_seen": later, "declared_on": DAY, "office": "Z",
        "missing": ["origin"],
    }  # fmt: skip
    world.store.append("consignment", pa.Table.from_pylist([again]))
    world.store.append(
        "goods_line",
        pa.Table.from_pylist([{"source": "s", "record_id": ids[0], "batch": "b2", "line": 1, "hs": "9999"}]),
    )
    lines = feature_lines(world.store, asked(world, ids))
    assert lines.table["office"].to_pylist() == ["Z", "B"]
    assert lines.table["hs"].to_pylist() == ["9999", "300100"]
    assert lines.table["missing"].to_pylist() == [1, None]


def test_an_entity_of_resolution_is_the_receivers(world):
    ids = world.records(2)
    member = {"scope": "parties", "source": "s", "probability": 0.9, "resolution": "r", "as_of": BEFORE}
    rows = [
        member | {"record_id": ids[0], "part": "consignee", "entity": "E1"},
        member | {"record_id": ids[0], "part": "importer", "entity": "E2"},
        member | {"record_id": ids[1], "part": "consignor", "entity": "E3"},
        member | {"record_id": ids[1], "part": "importer", "entity": "E4", "scope": "file:x"},
    ]
    world.store.append("entity_member", pa.Table.from_pylist(rows))
    world.store.append(
        "entity_merge", pa.Table.from_pylist([link(ids, e, "identifier", "the same number") for e in rows])
    )
    assert feature_lines(world.store, asked(world, ids)).table["entity"].to_pylist() == ["E2", None]


def link(ids, member, field, met, other="r9"):
    """Two records of an entity that are alike in a field."""
    mine = {name: member[name] for name in ("scope", "entity", "source", "record_id", "part")}
    return mine | {
        "other_source": "s", "other_record_id": other, "other_part": "importer", "field": field, "met": met,
        "probability": 0.9,
    }  # fmt: skip


def test_an_entity_that_rests_on_a_likeness_of_names_is_no_feature(world):
    ids = world.records(4)
    member = {"scope": "parties", "source": "s", "probability": 0.99, "resolution": "r", "as_of": BEFORE}
    rows = [member | {"record_id": one, "part": "importer", "entity": f"E{i}"} for i, one in enumerate(ids)]
    links = [
        link(ids, rows[0], "name", "the same name"),
        link(ids, rows[1], "name", "alike"),
        link(ids, rows[1], "decision", "a person called them the same"),
        # one link by number, the other by name alone: who is in it hangs on the name
        link(ids, rows[2], "identifier", "the same number"),
        link(ids, rows[2], "name", "alike", other="r8"),
    ]
    world.store.append("entity_member", pa.Table.from_pylist(rows))
    world.store.append("entity_merge", pa.Table.from_pylist(links))
    assert feature_lines(world.store, asked(world, ids)).table["entity"].to_pylist() == [None, "E1", None, None]


def test_a_record_that_is_not_stored_is_an_error(world):
    with pytest.raises(InputError, match="1 of the records"):
        feature_lines(world.store, asked(world, [*world.records(2), "nobody"]))


def test_only_settled_outcomes_are_known_and_the_latest_holds(world):
    ids = world.records(7)
    world.outcome(ids[0], confirmation="confirmed", harm_class="drug")
    world.outcome(ids[1], confirmation="suspected")
    world.outcome(ids[2], state="held", confirmation="presumptive", harm_class="drug")
    world.outcome(ids[3], confirmation="confirmed", harm_class="drug")
    world.outcome(ids[3], confirmation="refuted", day=DAY + dt.timedelta(days=3))
    world.outcome(ids[4], confirmation="none")
    world.outcome(ids[5], confirmation="confirmed", harm_class="drug", day=BEFORE.date())
    lines = feature_lines(world.store, asked(world, ids))
    known = known_outcomes(world.store, lines, BEFORE)
    assert known.found.to_pylist() == ["drug", None, None, "", "", None, None]
    epoch = (DAY - dt.date(1970, 1, 1)).days
    assert known.on[[0, 3, 4]].tolist() == [epoch, epoch + 3, epoch]
    assert not known.random.any()


def test_a_random_draw_has_the_weight_of_its_chance(world):
    ids = world.records(2)
    for record_id, arm, chance in ((ids[0], "random", 0.25), (ids[1], "targeted", 0.25)):
        world.outcome(record_id)
        row = {
            "plan": "old", "source": "s", "record_id": record_id, "day": DAY, "arm": arm,
            "inclusion_probability": chance, "expected_harm": 1.0,
        }  # fmt: skip
        world.store.append("draw", pa.Table.from_pylist([row]))
    known = known_outcomes(world.store, feature_lines(world.store, asked(world, ids)), BEFORE)
    assert known.weight.tolist() == [4.0, 1.0]
    assert known.random.tolist() == [True, False]


def test_names_nationality_and_birth_change_no_feature(world):
    """The same records with other names, countries, births and telephones give the same numbers, to the last bit."""
    ids = world.records(40, days=5)
    for i, record_id in enumerate(ids):
        world.outcome(record_id, confirmation="confirmed" if i % 3 else "none", harm_class="drug" if i % 3 else None)
        party(world, record_id, identifier=f"i{i % 4}", address=f"{i % 3} Road", country="NL", born="1980", name="Ann")
    first = _features(world, ids)
    world.store.execute("UPDATE party SET name = 'Zé ' || record_id, country = 'XX', born = '2001', phone = record_id")
    np.testing.assert_array_equal(_features(world, ids), first)


def _features(world, ids):
    lines = feature_lines(world.store, asked(world, ids))
    known = known_outcomes(world.store, lines, BEFORE)
    spec = default_spec(lines)
    walked = past_features(lines, known, spec, ("any", "drug"))
    warm = State.learn(lines, known, spec, ("any", "drug")).features(lines)
    return np.concatenate([walked.values, warm.values])
