"""Swapping names and protected attributes of every party leaves every score as it was, from tables to score."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.seeds import generator
from counterflow.flow.target_audit import audit
from counterflow.target.features.stored import feature_lines
from counterflow.target.models.kept import usable_model
from counterflow.target.models.scoring import learned_chances
from counterflow.target.models.train import train

from .conftest import World

BEFORE = dt.date(2026, 3, 2)
FIRST = dt.date(2026, 1, 5)
PEOPLE = {
    True: (["Amina Diallo", "Igor Petrov", "Mary Smith"], ["ML", "RU", "GB"], ["1990", "1971", "1985-02-03"]),
    False: (["Chen Wei", "Juan Pérez", "Fatima Khan"], ["CN", "MX", "PK"], ["1960", "2001", "1999-12-31"]),
}
_PROTECTED = ("nationality", "religion", "ethnicity", "birth_country")


def filled(folder, *, telling):
    """A workspace whose finds go with the sender's name, country and birth exactly, and with the goods a little."""
    folder.mkdir()
    world = World(folder)
    world.path = folder
    rng = generator(9, "swapped")
    count = 600
    hit = rng.random(count) < 0.25
    heading = np.where(rng.random(count) < 0.6, hit, rng.random(count) < 0.5)
    days = [FIRST + dt.timedelta(days=i % 50) for i in range(count)]
    who = rng.integers(0, 3, count)
    records, goods, parties, outcomes = [], [], [], []
    for i in range(count):
        names, countries, born = PEOPLE[bool(hit[i]) == telling]
        key = {"source": "s", "record_id": f"r{i:04d}", "batch": "b"}
        seen = dt.datetime.combine(days[i], dt.time(8), dt.UTC)
        protected = [(name, countries[who[i]]) for name in _PROTECTED]
        records.append(
            key
            | {
                "first_seen": seen, "declared_on": days[i], "office": "A", "lane": "mail", "sender": "post",
                "departure": "NL", "origin": "CN", "item_id": f"item{i}", "attributes": [("tax_rate", "8"), *protected],
            }
        )  # fmt: skip
        goods.append(key | {"line": 1, "hs": "300200" if heading[i] else "300300", "description": "goods"})
        for role in ("consignor", "importer"):
            party = {"role": role, "name": names[who[i]], "country": countries[who[i]], "born": born[who[i]]}
            party |= {"email": f"{names[who[i]].split()[0].lower()}@example.org"}
            if i % 2:
                party["identifier"] = f"id{i % 40}"
            parties.append(key | party)
        if days[i] < BEFORE - dt.timedelta(days=7):
            at = seen + dt.timedelta(hours=6)
            outcomes.append(
                {
                    "source": "s", "record_id": key["record_id"], "plan": "old", "state": "inspected",
                    "confirmation": "confirmed" if hit[i] else "none", "harm_class": "revenue" if hit[i] else None,
                    "time": at, "recorded_at": at,
                }
            )  # fmt: skip
    from counterflow.core.tables import TABLES

    for table, rows in (("consignment", records), ("goods_line", goods), ("party", parties), ("outcome", outcomes)):
        world.store.append(table, pa.Table.from_pylist(rows, schema=TABLES[table].schema))
    return world


@pytest.fixture(scope="module")
def two_worlds(tmp_path_factory):
    """The same records twice; in the second everybody has another's name, country, birth and creed."""
    folder = tmp_path_factory.mktemp("swapped")
    made = [filled(folder / name, telling=telling) for name, telling in (("one", True), ("other", False))]
    yield made
    for world in made:
        world.ledger.close()
        world.store.close()


def scores(world):
    train(world, BEFORE, judge=False)
    kept, _ = usable_model(world, BEFORE)
    assert kept is not None
    records = world.store.query("SELECT source, record_id FROM consignment ORDER BY source, record_id")
    return learned_chances(world.store, records, kept)["revenue"], kept


def test_swapping_names_and_protected_attributes_leaves_every_score_unchanged(two_worlds):
    (one, kept), (other, _) = (scores(world) for world in two_worlds)
    assert np.ptp(one) > 0.01
    assert np.array_equal(one, other)
    assert not any(
        word in name for name in kept.scorer.state.features(_lines(two_worlds[0])).names for word in _PROTECTED
    )


def _lines(world):
    records = world.store.query("SELECT source, record_id FROM consignment ORDER BY source, record_id")
    return feature_lines(world.store, records, attributes=("tax_rate",))


def test_what_features_see_of_a_party_is_no_name(two_worlds):
    text = str(_lines(two_worlds[0]).table.to_pylist()).casefold()
    for names, _, born in PEOPLE.values():
        for word in [*names, *(name.split()[0] for name in names), *(b for b in born if "-" in b)]:
            assert word.casefold() not in text


def test_the_audit_looks_at_the_features_of_the_model_in_use(two_worlds):
    world = two_worlds[0]
    train(world, BEFORE, judge=False)
    ids = [row["record_id"] for row in world.store.rows("SELECT record_id FROM consignment ORDER BY record_id")]
    draw = {
        "plan": "P", "source": "s", "office": "A", "lane": "mail", "day": BEFORE, "arm": "", "expected_harm": 1.0,
        "inclusion_probability": 0.1,
    }  # fmt: skip
    world.store.append("draw", pa.Table.from_pylist([draw | {"record_id": record} for record in ids]))
    made = audit(world, groups={record: "odd" if i % 2 else "even" for i, record in enumerate(ids)})
    rows = {(row["group"], row["of"]): row for row in made["proxies"]}
    assert {of for _, of in rows} == {"features", "features without origin and departure", "score"}
    # odd records alone have identifiers, so what features see of the importer tells them: the audit says so
    assert rows["odd", "features"]["auc"] >= 0.5
    assert 0 < rows["odd", "score"]["low"] <= rows["odd", "score"]["auc"] <= rows["odd", "score"]["high"] <= 1
    assert any("learned from" in words for words in made["said"])
