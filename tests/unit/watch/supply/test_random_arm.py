"""What random inspections find reaches supply signals as rows, with its interval; without a plan there is none."""

import numpy as np
import pytest

from counterflow.core.seeds import generator
from counterflow.flow import watch_supply
from counterflow.store.duckdb_store import DuckDBStore
from counterflow.target.loop.drift_input import Watched


def drawn(before, recent, n=240):
    rng = generator(5, "arm")
    day = np.sort(rng.integers(20000, 20360, n)).astype(float)
    edge = day.max() - 90
    found = (rng.random(n) < np.where(day > edge, recent, before)).astype(float)
    texts = np.full(n, "A", object)
    return Watched(day, np.full(n, before), texts, texts, rng.random(n) < 0.5, found, {})


def test_a_rise_in_what_random_inspections_find_is_told(monkeypatch):
    monkeypatch.setattr(watch_supply, "watched_in_store", lambda *_: drawn(0.05, 0.35))
    rows = watch_supply.random_arm(None)
    recent, before = rows[0], rows[1]
    assert recent["low"] > before["high"]
    assert before["rate"] == pytest.approx(0.05, abs=0.03)
    told = next(row for row in rows if row["kind"] == "random_hits")
    assert told["alarm"]


def test_without_a_plan_there_is_nothing_to_tell():
    assert watch_supply.random_arm(DuckDBStore(None, threads=1)) == []
