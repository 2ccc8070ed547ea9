"""How rules are held against each other: at equal alert rates, and at equal delay."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("bench_orders_diversion")


RATES, WAITS = np.array([0.01, 0.05, 0.03]), np.array([6.0, 2.0, 4.0])


def test_delay_at_an_alert_rate_is_read_between_two_settings(bench):
    assert bench.at_most(RATES, WAITS, 0.04) == pytest.approx(3)
    assert bench.at_most(RATES, WAITS, 0.5) == 2
    assert math.isnan(bench.at_most(RATES, WAITS, 0.005))


def test_a_louder_setting_that_is_slower_does_not_count(bench):
    assert bench.at_most(np.array([0.01, 0.02]), np.array([3.0, 5.0]), 0.02) == 3


def test_alert_rate_at_a_delay_is_read_the_same_way(bench):
    assert bench.as_soon(RATES, WAITS, 3) == pytest.approx(0.04)
    assert bench.as_soon(RATES, WAITS, 9) == pytest.approx(0.01)
    assert math.isnan(bench.as_soon(RATES, WAITS, 1))


def test_buyers_fall_into_two_halves_that_never_change(bench):
    halves = [bench.half_of(f"B{number}") for number in range(400)]
    assert 150 < halves.count("development") < 250
    assert halves == [bench.half_of(f"B{number}") for number in range(400)]


def test_each_of_two_suppliers_sees_its_own_customer_and_alarms_come_back_to_one(bench):
    lines = pa.table({"customer_id": ["a", "a"], "supplier_id": ["S1", bench.SECOND]})
    seen = bench.apart(lines)["customer_id"].to_pylist()
    assert len(set(seen)) == 2
    raised = pa.table({"setting": ["s", "s"], "customer_id": seen, "product": ["p", "p"], "month": [1, 1]})
    assert bench.back_to_one(raised)["customer_id"].to_pylist() == ["a"]
