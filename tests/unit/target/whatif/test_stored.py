"""What stored weeks say of a lane: arrivals, the random arm, the order of the latest plan."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.target.whatif.stored import stored_weeks

SEEN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_crossings_tell_the_hours_and_declarations_the_days(world):
    world.records(140, offices=("A", "B"), days=7)
    crossings = [
        {"source": "s", "record_id": f"{day}-{i}", "batch": "b", "port": "P", "lane": "cars",
         "hour": dt.datetime(2026, 3, 1 + day, 8 + i % 2, tzinfo=dt.UTC)}
        for day in range(4) for i in range(10)
    ]  # fmt: skip
    world.store.append("crossing", pa.Table.from_pylist(crossings))
    of = stored_weeks(world.store)
    cars = of("cars", "*")
    assert (sum(cars.arrivals), cars.arrivals[8], cars.arrivals[9]) == pytest.approx((10, 5, 5))
    assert sum(of("mail", "*").arrivals) == pytest.approx(20)
    assert sum(of("mail", "A").arrivals) == pytest.approx(10)
    assert of("mail", "nowhere") is None
    assert of("nothing", "*") is None


def test_only_settled_outcomes_of_the_random_arm_count(world):
    rows = [("random", "inspected", "confirmed", "drug"), ("random", "inspected", "none", None),
            ("random", "inspected", "refuted", None), ("random", "inspected", "suspected", "drug"),
            ("random", "not_presented", "none", None), ("targeted", "inspected", "confirmed", "drug")]  # fmt: skip
    draws, outcomes = [], []
    for i, (arm, state, confirmation, harm_class) in enumerate(rows):
        key = {"source": "s", "record_id": str(i), "plan": "p"}
        draws.append(key | {"office": "A", "lane": "mail", "day": dt.date(2026, 3, 2), "arm": arm,
                            "inclusion_probability": 0.1, "expected_harm": 1.0})  # fmt: skip
        outcomes.append(key | {"state": state, "confirmation": confirmation, "harm_class": harm_class, "time": SEEN,
                               "recorded_at": SEEN})  # fmt: skip
    world.store.append("draw", pa.Table.from_pylist(draws))
    world.store.append("outcome", pa.Table.from_pylist(outcomes))
    assert stored_weeks(world.store)("mail", "*").random == {"drug": (1, 3)}


def test_the_lift_of_the_latest_plan_rises_to_all_of_it(world):
    draws = [
        {"source": "s", "record_id": str(i), "plan": "p", "lane": "mail", "day": dt.date(2026, 3, 2), "arm": "",
         "inclusion_probability": 0.1, "expected_harm": 1.0 / (i + 1)}
        for i in range(400)
    ]  # fmt: skip
    world.store.append("draw", pa.Table.from_pylist(draws))
    plan = {"plan": "p", "starts": dt.date(2026, 3, 2), "ends": dt.date(2026, 3, 2), "seed": 1, "random_share": 0.1}
    world.store.append("plan", pa.Table.from_pylist([plan | {"made_at": SEEN}]))
    lift = stored_weeks(world.store)("mail", "*").lift
    assert lift[-1] == (1.0, 1.0)
    assert all(y >= x for x, y in lift)
    assert dict(lift)[0.1] == pytest.approx(sum(1 / k for k in range(1, 41)) / sum(1 / k for k in range(1, 401)))
